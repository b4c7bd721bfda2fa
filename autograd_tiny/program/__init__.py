"""Straight-line programs: backpropagation as the code one would have written by hand.

program = trace(f, 5.0)
print(program.source("python"))
z, [dz_dw] = program.value_and_grad(5.0)
"""

from autograd_tiny.program.program import Program, trace
from autograd_tiny.program.tracing import ProgramError

__all__ = ["Program", "ProgramError", "trace"]


def __dir__() -> list[str]:
    """What is public."""
    return __all__
