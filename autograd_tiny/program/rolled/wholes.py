"""How a line of a loop reads about all its steps at once."""

from __future__ import annotations

import ast
import re

from autograd_tiny.program.rolled.loops import Line, Loop, Rolled, from_the_end, parted
from autograd_tiny.program.rolled.passes import is_number
from autograd_tiny.program.texts import parsed

STEP = re.compile(r"\bt\b")  # what goes with the step

# Functions that do to each row of an array what they do to the row alone.
_ELEMENTWISE = frozenset(
    "tanh sigmoid exp log sqrt sin cos tan relu softplus abs sign where maximum minimum clip".split()
)


class Wholes:
    """How a line of a loop reads about all its steps at once."""

    def __init__(self, code: Rolled, loop: Loop) -> None:
        self.steps = loop.steps
        self.own = {parted(line.target).name for line in loop.lines if "@" in line.target}
        self.shapes = {parted(line.target).name: line.shape for line in code.lines if not line.part}
        self.shapes |= {**code.inputs, **code.captured}
        for name, array in code.constants.items():
            if not isinstance(array, str):
                self.shapes[name] = tuple(map(str, array.shape))

    def shape(self, arg: str) -> tuple[str, ...] | None:
        """The shape of what a line reads; None where it is not known."""
        if is_number(arg):
            return ()
        name, place, row = parted(arg)
        shape = self.shapes.get(name)
        if shape is None:
            return None
        whole = (self.steps, *shape) if place in ("all", "before", "flip") else shape
        return whole[1:] if row else whole

    def varies(self, arg: str) -> bool:
        """Whether it is another at each step."""
        return bool(parted(arg).row) or parted(arg).place in ("0", "-1", "1") or bool(STEP.search(arg))

    def is_steady(self, line: Line) -> bool:
        """Whether a line is the same at each step."""
        fixed = not any(map(self.varies, line.args)) and not STEP.search(line.text)
        return fixed and not line.adds and not line.part

    def at_once(self, line: Line) -> Line | None:
        """The line about all steps; None if it cannot be said at once."""
        given = [self.shape(arg) for arg in line.args]
        if line.adds or line.part or self.is_steady(line) or None in given or STEP.search(line.text):
            return None
        which = [self.varies(arg) for arg in line.args]
        text = self._text(line, which, given)  # type: ignore[arg-type]
        arrays = [self.array(arg) for arg in line.args]
        if text is None or None in arrays:
            return None
        for k, (_, form) in enumerate(arrays):  # type: ignore[misc]
            text = text.replace(f"{{{k}}}", form.format(f"{{{k}}}"))
        return Line(line.target, text, tuple([name for name, _ in arrays]), (self.steps, *line.shape))  # type: ignore[misc]

    def array(self, arg: str) -> tuple[str, str] | None:
        """All that the steps read under this name, in their order: of what array, and in what form."""
        name, place, row = parted(arg)
        if row:
            whole = arg.partition("#")[0]
            long, n = (self.shape(whole) or ("",))[0] == self.steps, self.steps
            if row == "t":
                return whole, "{}" if long else f"{{}}[:{n}]"
            if long and row == from_the_end(n):
                return whole, "flip({}, 0)"
            later = re.fullmatch(r"t \+ (\d+)", row)
            return (whole, f"{{}}[{later[1]}:{n} + {later[1]}]") if later else None
        if place in ("0", "-1"):
            return f"{name}@{'all' if place == '0' else 'before'}", "{}"
        return None if place == "1" or STEP.search(arg) else (arg, "{}")

    def _text(self, line: Line, which: list[bool], given: list[tuple[str, ...]]) -> str | None:
        if line.text in ("{0} @ {1}", "{0} @ {1}.T") and which == [True, False] and len(given[1]) == 2:
            return line.text
        if line.text == "{0} @ {1}" and which == [False, True] and (len(given[0]), len(given[1])) == (2, 1):
            return "{1} @ {0}.T"
        if not is_elementwise(line.text):
            return None
        fits = [
            shape == line.shape if varying else len(shape) <= len(line.shape)
            for shape, varying in zip(given, which, strict=True)
        ]
        return line.text if all(fits) else None


def is_elementwise(text: str) -> bool:
    """Whether a text does the same to every number."""
    return all(_is_simple(node) for node in ast.walk(parsed(text)))


def _is_simple(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in _ELEMENTWISE and not node.keywords
    if isinstance(node, ast.BinOp):
        return not isinstance(node.op, ast.MatMult)
    return not isinstance(node, ast.Subscript | ast.Attribute | ast.List | ast.Tuple)
