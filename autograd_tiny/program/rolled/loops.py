"""Programs with loops: lines, some of which are repeated for t = 0 … T − 1, forward or from the end.

What a loop computes anew at every step is a sequence. Within a loop a line reads

    "h@0"     the element of this step         h[t]
    "h@-1"    that of the step before          h[t − 1]; before the first step, the initial value
    "X#t"     a row of an array from outside   X[t]

and outside "h@end" is the last element, "h@all" all of them, row by row, "h@before" those that the steps read at
"h@-1", and "h@flip" all from the last to the first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, NamedTuple

from autograd_tiny.program.rolled.fitting import TIMES
from autograd_tiny.value import Value

Texts = tuple[str, ...]


class Line(NamedTuple):
    """One line, as in a straight program; its shape and the numbers in it may depend on t and T."""

    target: str
    text: str
    args: Texts = ()
    shape: Texts = ()
    adds: bool = False
    part: str = ""


@dataclass(frozen=True)
class Loop:
    """Lines for every step; `initial` is what each sequence that is read one step later begins with."""

    lines: tuple[Line, ...]
    initial: Mapping[str, str] = field(default_factory=dict)
    backward: bool = False  # from the last step to the first
    steps: str = "T"


Part = Line | Loop


@dataclass(frozen=True)
class Rolled:
    """A whole program with loops over T steps (others over S), T taken from the length of an input.

    Shapes are texts, in which T may stand. `constants` are arrays, or texts that make them for any T.
    """

    lengths: Texts
    inputs: Mapping[str, Texts]
    captured: Mapping[str, Texts]
    forward: tuple[Part, ...]
    backward: tuple[Part, ...]
    values: Texts
    gradients: Texts
    constants: Mapping[str, Any] = field(default_factory=dict)
    whole: frozenset[str] = frozenset()
    taken: tuple[Value, ...] = ()  # the captured values themselves
    single_precision: bool = False  # whether its arrays are of float32
    seen: tuple[int, ...] = ()  # of how many steps the recordings were that it is made from

    @property
    def times(self) -> dict[str, str]:
        """What each length is called, and how it is taken from an input."""
        return dict(zip(TIMES, self.lengths, strict=False))

    @property
    def parts(self) -> tuple[Part, ...]:
        """Forward and backward."""
        return self.forward + self.backward

    @property
    def lines(self) -> Iterator[Line]:
        """All lines, those of a loop once."""
        for part in self.parts:
            yield from part.lines if isinstance(part, Loop) else (part,)

    def with_parts(self, forward: tuple[Part, ...], backward: tuple[Part, ...]) -> Rolled:
        """The same program, rewritten."""
        return replace(self, forward=forward, backward=backward)


def element(name: str, shift: int = 0) -> str:
    """How a line reads an element of a sequence."""
    return f"{name}@{shift}"


class Arg(NamedTuple):
    """An argument taken apart: "h@all#t" is the row "t" of "all" of the sequence "h"."""

    name: str
    place: str = ""
    row: str = ""


@lru_cache(10_000)
def parted(arg: str) -> Arg:
    """An argument's name, its place in a sequence ("" for what no step changes), and the row of an array."""
    whole, _, row = arg.partition("#")
    name, _, place = whole.partition("@")
    return Arg(name, place, row)


def from_the_end(steps: str) -> str:
    """The row t from the end, of so many."""
    name, _, less = steps.partition(" - ")
    return f"{name} - t - {int(less or 0) + 1}"


_PART = re.compile(r"\{0\}\[(\.\.\., )?(\d+):(\d+)\]")


def part_of(line: Line) -> slice | None:
    """Which part, along the last axis, of its argument a line is; None for another line."""
    part = _PART.fullmatch(line.text)
    return slice(int(part[2]), int(part[3])) if part and (part[1] or len(line.shape) == 1) else None


def turned(text: str, axes: int, to: int, back: bool = False) -> str:
    """A text about an array of so many axes whose axis `to` comes first; `back`: whose first axis becomes that one."""
    others = [k for k in range(axes) if k != (0 if back else to)]
    order = [*others[:to], 0, *others[to:]] if back else [to, *others]
    if order == list(range(axes)):
        return text
    return f"{text}.T" if order == [1, 0] and re.fullmatch(r"\{\d+\}", text) else f"transpose({text}, {tuple(order)})"
