"""Straight-line programs: lines that compute one name after the other, without branches and loops.

A line speaks the table's language. Its text has places {0}, {1} … for the names and numbers it reads:

    Line("z", "{0} * {1}", ("x", "y"))                     z = x * y
    Line("dz_dw", "{0}", ("dz_dx",), adds=True)            dz_dw += dz_dx
    Line("dz_dX", "{0}", ("dz_dh",), part="2")             dz_dX[2] += dz_dh
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Any, NamedTuple

from autograd_tiny.shapes import Shape

Scope = tuple[str, ...]


class Line(NamedTuple):
    """One line; `adds` where it adds to what its target holds already, `part` the index where it adds to a part."""

    target: str
    text: str
    args: tuple[str, ...] = ()
    shape: Shape = ()
    adds: bool = False
    part: str = ""
    scope: Scope = ()

    def reading(self, args: tuple[str, ...], text: str = "") -> Line:
        """The line with other arguments, and another text if there is one."""
        return Line(self.target, text or self.text, args, self.shape, self.adds, self.part, self.scope)

    def renamed(self, names: Mapping[str, str]) -> Line:
        """The line with those of its arguments renamed that are in `names`."""
        return self.reading(tuple([names.get(arg, arg) for arg in self.args]))

    @property
    def value(self) -> str:
        """The right-hand side, in the table's language."""
        return self.text.format(*self.args)

    @property
    def single(self) -> bool:
        """Whether the line gives its target a value of its own, without reading what was there."""
        return not self.adds and not self.part

    def __str__(self) -> str:
        place = f"{self.target}[{self.part.format(*self.args)}]" if self.part else self.target
        return f"{place} {'=' if self.single else '+='} {self.value}"


@dataclass(frozen=True)
class Guard:
    """A question that the traced function asked about its numbers, and the answer it went on with."""

    text: str
    args: tuple[str, ...]
    answer: bool

    @property
    def question(self) -> str:
        """The question, as it is asked again when the program runs."""
        return self.text.format(*self.args)


@dataclass(frozen=True)
class Code:
    """A whole program: what it is given, its lines forward and backward, and what it returns.

    `inputs` and `captured` are names of arguments with their shapes (integer arrays among them in `whole`, those of
    float32 in `single`); `constants` are arrays that the function met. `values` are the results, `gradients` one per
    input that has one. `single_precision` says that there are arrays of float32 and none of float64.
    """

    inputs: Mapping[str, Shape]
    captured: Mapping[str, Shape]
    forward: tuple[Line, ...]
    backward: tuple[Line, ...]
    values: tuple[str, ...]
    gradients: tuple[str, ...]
    constants: Mapping[str, Any] = field(default_factory=dict)
    guards: tuple[Guard, ...] = ()
    whole: frozenset[str] = frozenset()
    single: frozenset[str] = frozenset()
    single_precision: bool = False

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """All lines, forward and backward."""
        return self.forward + self.backward

    @cached_property
    def growing(self) -> frozenset[str]:
        """The names that more is added to after their first line."""
        return frozenset([line.target for line in self.lines if line.adds or line.part])

    @property
    def arguments(self) -> tuple[str, ...]:
        """The names of all arguments, in order."""
        return (*self.inputs, *self.captured)

    @cached_property
    def rounded(self) -> tuple[bool, ...]:
        """Whether each gradient is one of an array of float32, and so an array of float32 itself."""
        return tuple(name in self.single for name in self.arguments if name not in self.whole)

    def shape_of(self, result: str) -> Shape:
        """The shape of a value or gradient: a name, a number, or zeros(…) where nothing arrives."""
        zeros = re.fullmatch(r"zeros\((.*)\)", result)
        if zeros:
            return ast.literal_eval(zeros[1])  # type: ignore[no-any-return]
        return self.shapes.get(result, ())

    @cached_property
    def shapes(self) -> dict[str, Shape]:
        """The shape of every name."""
        given = {**self.inputs, **self.captured, **{name: array.shape for name, array in self.constants.items()}}
        return given | {line.target: line.shape for line in self.lines}

    @cached_property
    def scalar(self) -> bool:
        """Whether every number in it is a float."""
        shapes = (*self.inputs.values(), *self.captured.values(), *[line.shape for line in self.lines])
        return not self.whole and not self.constants and not any(shapes)

    def with_lines(self, forward: tuple[Line, ...], backward: tuple[Line, ...]) -> Code:
        """The same program, its lines rewritten."""
        return replace(self, forward=forward, backward=backward)


def owned(lines: Sequence[Line]) -> Iterator[Line]:
    """Where more is added to an array later, its first line makes an array of its own and not a view of another."""
    growing = {line.target for line in lines if line.adds or line.part}
    met: set[str] = set()
    for line in lines:
        if line.shape and line.target in growing and line.target not in met:
            met.add(line.target)
            if line.part:
                yield Line(line.target, f"zeros({line.shape})", shape=line.shape, scope=line.scope)
            elif is_view(line.text):
                line = line._replace(text=f"copy({line.text})")
        yield line


@cache
def is_view(text: str) -> bool:
    """Whether a text may name memory that another name holds too."""
    tree = ast.parse(re.sub(r"\{(\d+)\}", r"_\1_", text), mode="eval").body
    if isinstance(tree, ast.Call):
        return isinstance(tree.func, ast.Name) and tree.func.id in _VIEWS
    return isinstance(tree, ast.Name | ast.Subscript | ast.Attribute)


_VIEWS = ("reshape", "transpose", "swapaxes", "broadcast_to")


# Values of one shape as the rows of an array, and names for such arrays -----------------------------------------------


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
