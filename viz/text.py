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
from collections.abc import Sequence

from rich.cells import cell_len

from autograd_tiny.backward import ancestors
from autograd_tiny.value import Value
from viz import wording
from viz.columns import aligned, cut
from viz.look import look
from viz.tree import Row, number, tree

WIDTH = 100  # columns
DEEP = 46  # columns of the circuit itself; a tree that needs more becomes a table
SMALL = 30  # values; a larger graph becomes a table
ENDS = 30  # rows shown of each end of a table


def text(value: Value, *, precision: int = 2) -> str:
    """The circuit that computes `value`: names, steps, values and gradients, at most 100 columns wide.

    Gradients are those that a backward pass has left; without one their column stays blank.
    """
    if not isinstance(value, Value):
        raise TypeError(f"text: draws a Value, not {type(value).__name__}; wrap the number: Value(5.0, 'w')")
    look(precision=precision)
    order = [v for v in ancestors(value) if not v.is_constant or v is value]
    if len(order) <= SMALL:
        rows = tree(value, order, precision)
        if all(cell_len(row.circuit) <= DEEP for row in rows):
            return _printed("circuit", rows)
    return _table(order, precision)


def _table(order: Sequence[Value], precision: int) -> str:
    """One row per value in the order of their birth; the middle of a long table is counted, not shown."""
    name = wording.names(order)
    uses = Counter(x for v in order for x in v.inputs)
    gap = max(0, len(order) - 2 * ENDS)
    shown = [*enumerate(order[: -gap - ENDS], 1), *enumerate(order[-ENDS:], len(order) - ENDS + 1)]
    rows = [_line(place, v, name, uses[v], precision) for place, v in shown]
    if gap:
        rows.insert(ENDS, Row(f"… {gap:,} values between …", "", ""))
    return _printed(f"{len(order):,} values", rows)


def _line(place: int, v: Value, name: wording.Name, uses: int, precision: int) -> Row:
    step = f" = {wording.step(v, wording.by_name(name))}" if v.inputs else ""
    gradient = number(v.grad, precision) if v.has_grad else ""
    fan = f"×{uses}" if uses > 1 else ""
    return Row(f"{place:>4,}  {name(v)}{step}", number(v.data, precision), gradient, fan)


def _printed(title: str, rows: Sequence[Row]) -> str:
    """The rows under their headings, in aligned columns."""
    cells = [(row.circuit, row.value, row.gradient, row.note) for row in (Row(title, "value", "gradient"), *rows)]
    return "\n".join(cut(line, WIDTH) for line in aligned(cells, "<>><", DEEP))
