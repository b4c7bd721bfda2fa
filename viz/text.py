"""The circuit as text for a terminal: a tree where it is small, a table where it is not.

    z = x·y               50.00      1.00
    ├─ x = w²             25.00      2.00
    │  └─ w                5.00     20.00   branch 1 of 2
    └─ y = w − 3           2.00     25.00
       └─ w                5.00     25.00   branch 2 of 2
    w  ×2                  5.00     45.00   Σ = 20.00 + 25.00

A value used more than once is drawn once, below, where the contributions of its branches add.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence, Set
from textwrap import fill
from typing import Any

from rich.cells import cell_len

from autograd_tiny.arguments import annotated
from autograd_tiny.graphs.steps import BackwardStep
from autograd_tiny.value import Value, ancestors
from viz import figures, wording
from viz.columns import aligned, cut
from viz.figures import Precision
from viz.history import as_recorded, standing_for, told
from viz.look import look
from viz.predictions import Predict, chosen
from viz.readings import steps_from, totals_of
from viz.tree import Row, number, printed, tree, what_pictures_show

WIDTH = 100  # columns
DEEP = 46  # columns of the circuit itself; a tree that needs more becomes a table
SMALL = 30  # values; a larger graph becomes a table
ENDS = 30  # rows shown of each end of a table


@annotated
def text(value: Value, *, precision: Precision = 2, seed: Any = None, predict: Predict = None) -> str:
    """The circuit that computes `value`: names, steps, values and gradients, at most 100 columns wide.

    Gradients are those that a backward pass has left; without one they have no column. With a `seed` they are those of
    a pass that begins with it, and what is recorded stays as it is. A `?` stands for those of the values `predict`,
    and what would tell them is left out.
    """
    if not isinstance(value, Value):
        raise TypeError(f"text: draws a Value, not {type(value).__name__}; wrap the number: Value(5.0, 'w')")
    look(precision=precision)
    (value,), copies = as_recorded([value])
    order = [v for v in ancestors(value) if not v.is_constant or v is value]
    steps = () if seed is None else steps_from(value, seed)
    asked = frozenset(standing_for(copies, chosen(predict)))  # a set compares by identity, a tuple by numbers
    if len(order) <= SMALL:
        rows = tree(value, order, precision, steps, asked)
        if all(cell_len(row.circuit) <= DEEP for row in rows):
            return _with_changes(_printed("circuit", rows), order, precision)
    return _with_changes(_table(order, _gradients(value, steps, asked), precision, asked), order, precision)


def _with_changes(text: str, order: Sequence[Value], precision: Precision) -> str:
    """The text, and below it which numbers are others now."""
    changed = fill(told(order, wording.names(order), precision), WIDTH, break_long_words=False)
    return f"{text}\n\n{changed}" if changed else text


def _gradients(
    value: Value, steps: Sequence[BackwardStep], asked: Set[Value]
) -> Callable[[Value], figures.Number | None]:
    """A value's gradient after these steps, or, without any, the recorded one; None where there is none to be told."""
    if asked:
        drawn, read = what_pictures_show(value, steps, asked)
        told = {drawn.values[wire.value]: read[wire.id].gradient for wire in drawn.wires if wire.stem}
        return told.get
    if not steps:
        return lambda v: v.grad if v.has_grad else None
    totals = totals_of(steps)
    return lambda v: totals.get(id(v))


def _table(
    order: Sequence[Value],
    gradient: Callable[[Value], figures.Number | None],
    precision: Precision,
    asked: Set[Value],
) -> str:
    """One row per value in the order of their birth; the middle of a long table is counted, not shown."""
    name = wording.names(order)
    uses = Counter(x for v in order for x in v.inputs)
    gap = max(0, len(order) - 2 * ENDS)
    shown = [*enumerate(order[: -gap - ENDS], 1), *enumerate(order[-ENDS:], len(order) - ENDS + 1)]
    rows = [_line(place, v, printed(v, gradient(v), precision, asked), name, uses[v], precision) for place, v in shown]
    if gap:
        rows.insert(ENDS, Row(f"… {gap:,} values between …", "", ""))
    return _printed(f"{len(order):,} values", rows)


def _line(place: int, v: Value, gradient: str, name: wording.Name, uses: int, precision: Precision) -> Row:
    step = f" = {wording.step(v, wording.by_name(name))}" if v.inputs else ""
    fan = f"×{uses}" if uses > 1 else ""
    return Row(f"{place:>4,}  {name(v)}{step}", number(v._data, precision), gradient, fan)


def _printed(title: str, rows: Sequence[Row]) -> str:
    """The rows under their headings, in aligned columns; without any gradient there is no column of them."""
    known = any(row.gradient for row in rows)
    headed = (Row(title, "value", "gradient" if known else ""), *rows)
    cells = [(row.circuit, row.value, *((row.gradient,) if known else ()), row.note) for row in headed]
    return "\n".join(cut(line, WIDTH) for line in aligned(cells, "<>><" if known else "<><", DEEP))
