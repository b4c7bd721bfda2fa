"""Short programs written line by line, and how they read after one pass."""

from typing import Any

from autograd_tiny.program.lines import Code, Line
from autograd_tiny.program.passes import PASSES
from autograd_tiny.program.printing import source


def code(forward: list[Line], backward: list[Line], gradients: tuple[str, ...], **inputs: Any) -> Code:
    return Code(inputs, {}, tuple(forward), tuple(backward), (forward[-1].target,), gradients)


def printed(name: str, program: Code) -> list[str]:
    """The lines of a program after one pass."""
    (rewrite, *_) = [each.rewrite for each in PASSES if each.name == name]
    text = source(rewrite(program), "numpy" if not program.scalar else "python")
    return [line.strip() for line in text.split("program(")[1].splitlines()[1:] if "#" not in line]
