"""Values of one shape as the rows of an array, and names for such arrays."""

from __future__ import annotations

from collections.abc import Sequence

from autograd_tiny.program.lines import Code, Line
from autograd_tiny.shapes import Shape


class Fresh:
    """Names that a program does not use yet."""

    def __init__(self, code: Code) -> None:
        self.used = {*code.arguments, *code.constants, *(line.target for line in code.lines)}

    def __call__(self, stem: str) -> str:
        """`stem`, with a number behind it if it is taken."""
        name, count = stem, 1
        while name in self.used:
            count += 1
            name = f"{stem}_{count}"
        self.used.add(name)
        return name


def stacked(names: Sequence[str], shape: Shape, target: str) -> Line:
    """The line that stacks values of one shape."""
    places = ", ".join(f"{{{k}}}" for k in range(len(names)))
    return Line(target, f"stack([{places}], 0)", tuple(names), (len(names), *shape))
