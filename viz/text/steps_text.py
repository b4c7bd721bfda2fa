"""An unrolled network as text: a row for each value of a step, a column for each step.

    3 steps            t=1    t=2    t=3
    s = tanh(a)       0.31  −0.42  −0.79
                 ∂   −2.81  −2.65  −2.37

Glossary: a *step* is what is computed in a scope such as `t=2`; values of steps are partners by their keys.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from autograd_tiny.value import Value
from autograd_tiny.words.words import word
from viz.graph import wording
from viz.words.columns import aligned

NUMBERED = re.compile(r"(\w+)=(\d+)")
MOST = 9  # columns; of more steps the middle is left out
WIDEST = 40  # cells of a name with its step
WRITTEN_OUT = 22  # letters of a step within another one

Key: TypeAlias = tuple[str, tuple[str, ...], str, int]
Steps: TypeAlias = Mapping[str, Mapping[Key, Value]]
Told: TypeAlias = Callable[[Value], str]


def steps_of(order: Sequence[Value]) -> Steps:
    """The values of each step of a numbered family of scopes, by their keys; empty where there are no such steps.

    A step of one value is a link of a chain, and steps that have little in common are no steps.
    """
    steps: dict[str, dict[Key, Value]] = {}
    count = Counter[tuple[str, tuple[str, ...], str, str]]()
    for v in order:
        if v.scope and NUMBERED.fullmatch(v.scope[0]):
            values = steps.setdefault(v.scope[0], {})
            values[(*_key(v), count[*_key(v), v.scope[0]])] = v
            count[*_key(v), v.scope[0]] += 1
    families = {name.partition("=")[0] for name in steps}
    least = min(map(len, steps.values()), default=0)
    every = {key for values in steps.values() for key in values}
    return steps if len(steps) > 1 and len(families) == 1 and least > 1 and len(every) <= 2 * least else {}


def _key(v: Value) -> tuple[str, tuple[str, ...], str]:
    """What a value has in common with its partners in other steps."""
    number = v.scope[0].partition("=")[2]
    return v.op, v.scope[1:], v.label.removesuffix(number).rstrip("_")


def rows(steps: Steps, name: wording.Name, value: Told, gradient: Told) -> list[str]:
    """The lines of the table: of values that have a name, or of all where none has one."""
    columns = list(steps)
    keys = list(dict.fromkeys(key for values in steps.values() for key in values))
    shown = [key for key in keys if any(key in values and values[key].label for values in steps.values())] or keys
    gap = len(columns) > MOST
    places = [*columns[: MOST - 4], *columns[-3:]] if gap else columns
    cells = [[f"{len(columns)} steps", "", *places]]
    for key in shown:
        told = [[read(steps[at][key]) if key in steps[at] else "" for at in places] for read in (value, gradient)]
        cells.append([_title(key, steps, name), "", *told[0]])
        if any(told[1]):
            cells.append(["", "∂", *told[1]])
    if gap:
        cells = [[*line[: MOST - 2], "⋯", *line[MOST - 2 :]] for line in cells]
    return aligned(cells, "<>" + ">" * (len(cells[0]) - 2), WIDEST)


def _step(v: Value, name: wording.Name, depth: int = 0) -> str:
    """What computes a value, its inputs without a name written out where they are short."""

    def operand(x: Value, binding: int) -> str:
        if x.label or not x.inputs or depth > 2:
            return name(x)
        inner = _step(x, name, depth + 1)
        return wording.bracketed(inner, word(x.op).binds, binding) if len(inner) <= WRITTEN_OUT else "(…)"

    return wording.step(v, operand)


def _title(key: Key, steps: Steps, name: wording.Name) -> str:
    """`s = tanh(a)`: what computes it in its second step, say, without the numbers of steps in its names."""
    there = [column for column, values in steps.items() if key in values]
    column = there[min(1, len(there) - 1)]
    v = steps[column][key]
    letter, _, number = column.partition("=")
    step = f" = {_step(v, name)}" if v.inputs else ""
    own = re.sub(rf"(?<=[^\W\d])_?{number}(?!\d)", "", name(v) + step)
    return re.sub(rf"(?<=[^\W\d])_?{int(number) - 1}(?!\d)", f"({letter}−1)", own)
