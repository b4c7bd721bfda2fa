"""The C dialect: a program as C99 text."""

from autograd_tiny.program.c.arrays import array_source
from autograd_tiny.program.c.floats import float_source
from autograd_tiny.program.lines import Code


def c_source(code: Code) -> str:
    """The program as a function over floats, or over arrays if it has any."""
    return float_source(code) if code.scalar else array_source(code)
