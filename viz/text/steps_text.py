"""An unrolled network as text: a row for each value of a step, a column for each step.

    3 steps            t=1    t=2    t=3
    s = tanh(a)       0.31  −0.42  −0.79
                 ∂   −2.81  −2.65  −2.37

Glossary: a *step* is what is computed in a scope such as `t=2`; values of steps are partners by their keys.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence, Set
from typing import TypeAlias

from rich.cells import cell_len

from autograd_tiny.value import Value
from autograd_tiny.words.words import word
from viz.graph import wording
from viz.words.columns import aligned

NUMBERED = re.compile(r"(\w+)=(\d+)")
MOST, LEAST = 9, 5  # columns; of more steps the middle is left out, of wide ones more of it
WIDEST = 40  # cells of a name with its step
LINE = 80  # cells of a line
WRITTEN_OUT = 22  # letters of a step within another one
DEPTH = 3  # steps within one another that are written out
ELIDED = "…"

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
    """The lines of the table: of values that have a name, or of all where none has one.

    Of many steps those in the middle are left out; of few that are wider than a line, what does not fit stands below.
    """
    few = len(steps) <= MOST
    tables = (_cells(steps, most, name, value, gradient) for most in ([MOST] if few else range(MOST, LEAST - 1, -1)))
    table = next(tables)
    while sum(_widths(table)) + 2 * (len(table[0]) - 1) > LINE and (narrower := next(tables, None)):
        table = narrower
    return _in_blocks(table)


def _cells(steps: Steps, most: int, name: wording.Name, value: Told, gradient: Told) -> list[list[str]]:
    columns = list(steps)
    keys = list(dict.fromkeys(key for values in steps.values() for key in values))
    shown = [key for key in keys if any(key in values and values[key].label for values in steps.values())] or keys
    gap = len(columns) > MOST
    places = [*columns[: most - 4], *columns[-3:]] if gap else columns
    cells = [[f"{len(columns)} steps", "", *places]]
    for key in shown:
        told = [[read(steps[at][key]) if key in steps[at] else "" for at in places] for read in (value, gradient)]
        own = _own_constants(key, steps)
        cells.append([_title(key, steps, name, {x for group in own for x in group.values()}), "", *told[0]])
        if any(told[1]):
            cells.append(["", "∂", *told[1]])
        if len(own) == 1:
            cells.append([f"{'':>3}{ELIDED}", "", *(value(own[0][at]) if at in own[0] else "" for at in places)])
    return [[*line[: most - 2], "⋯", *line[most - 2 :]] for line in cells] if gap else cells


def _widths(cells: Sequence[Sequence[str]]) -> list[int]:
    return [min(WIDEST, max(map(cell_len, column))) for column in zip(*cells, strict=True)]


def _in_blocks(cells: Sequence[Sequence[str]]) -> list[str]:
    """The table in lines of equal columns; what is wider than a line goes on in a block below."""
    widths = _widths(cells)
    first = last = 2  # the first two columns begin every block
    lines: list[str] = []
    while first < len(widths):
        room = LINE - sum(widths[:2]) - 2
        while last < len(widths) and (last == first or sum(widths[first : last + 1]) + 2 * (last + 1 - first) <= room):
            last += 1
        block = [[*row[:2], *row[first:last]] for row in cells]
        block[0][0] = cells[0][0] if first == 2 else ""
        lines += [""] * bool(lines) + aligned(block, "<>" + ">" * (last - first), WIDEST)
        first = last
    return lines


def written(v: Value, name: wording.Name, own: Set[Value] = frozenset(), depth: int = 0) -> str:
    """What computes a value, inputs without a name written out where they are short; the constants `own` are "…"."""

    def operand(x: Value, binding: int) -> str:
        if x.label or not x.inputs:
            return name(x)
        inner = written(x, name, own, depth + 1) if depth < DEPTH else ELIDED
        return wording.bracketed(inner if len(inner) <= WRITTEN_OUT else ELIDED, word(x.op).binds, binding)

    return wording.step(v, operand, lambda x: ELIDED if x in own else wording.constant(x))


def _own_constants(key: Key, steps: Steps) -> list[dict[str, Value]]:
    """The numbers in what computes a value that each step has of its own: by place, then by step."""
    partners = {at: values[key] for at, values in steps.items() if key in values}
    waiting, own = [(partners, 0)], []
    while waiting:
        group, depth = waiting.pop(0)
        for slot in range(min(len(v.inputs) for v in group.values())):
            inputs = {at: v.inputs[slot] for at, v in group.items()}
            if all(x.is_constant for x in inputs.values()):
                own += [inputs] if len(set(map(wording.constant, inputs.values()))) > 1 else []
            elif depth < DEPTH and not any(x.label or not x.inputs for x in inputs.values()):
                waiting.append((inputs, depth + 1))
    return own


def _title(key: Key, steps: Steps, name: wording.Name, own: Set[Value]) -> str:
    """`s = tanh(a)`: what computes it in its second step, say, without the numbers of steps in its names."""
    there = [column for column, values in steps.items() if key in values]
    column = there[min(1, len(there) - 1)]
    v = steps[column][key]
    letter, _, number = column.partition("=")
    step = f" = {written(v, name, own)}" if v.inputs else ""
    bare = re.sub(rf"(?<=[^\W\d])_?{number}(?!\d)", "", name(v) + step)
    return re.sub(rf"(?<=[^\W\d])_?{int(number) - 1}(?!\d)", f"({letter}−1)", bare)
