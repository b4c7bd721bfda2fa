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
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from textwrap import fill
from typing import Any

import numpy as np
from rich.cells import cell_len

from autograd_tiny.errors.arguments import annotated
from autograd_tiny.graphs.steps import BackwardStep
from autograd_tiny.value import Value, ancestors
from autograd_tiny.words.words import word
from viz.graph import wording
from viz.graph.adopted import adopted, is_foreign
from viz.graph.circuit import Circuit, circuit
from viz.graph.history import as_recorded, standing_for, told
from viz.look import look
from viz.text import steps_text
from viz.told.predictions import Predict, chosen
from viz.wires.inscriptions import Reading
from viz.wires.readings import complete, recorded, steps_from, totals_of
from viz.wires.secrets import kept_back
from viz.words import figures
from viz.words.columns import aligned, cut
from viz.words.figures import Precision

WIDTH = 100  # columns
DEEP = 46  # columns of the circuit itself; a tree that needs more becomes a table
SMALL = 30  # values; a larger graph becomes a table
ADDED_UP = 300  # values; in a larger network what is shared has too many terms to tell
ENDS = 30  # rows shown of each end of a table


@annotated
def text(
    value: Value, *, show: str = "both", precision: Precision = 2, seed: Any = None, predict: Predict = None
) -> str:
    """The circuit that computes `value`: names, steps, values and gradients, at most 100 columns wide.

    With show="locals" each row of a tree also tells the local derivative of the gate that it enters. An unrolled
    network, computed in scopes t=1, t=2, …, has a column for each step.

    Gradients are those that a backward pass has left; without one they have no column. With a `seed` they are those of
    a pass that begins with it, and what is recorded stays as it is. A `?` stands for those of the values `predict`,
    and what would tell them is left out.
    """
    if is_foreign(value):
        value = adopted(value)
    if not isinstance(value, Value):
        raise TypeError(f"text: draws a Value, not {type(value).__name__}; wrap the number: Value(5.0, 'w')")
    if show not in ("both", "locals"):
        raise ValueError(f'text: show is "both" or "locals", not {show!r}')
    look(precision=precision)
    (value,), copies = as_recorded([value])
    order = [v for v in ancestors(value) if not v.is_constant or v is value]
    steps = () if seed is None else steps_from(value, seed)
    asked = frozenset(standing_for(copies, chosen(predict)))  # a set compares by identity, a tuple by numbers
    unrolled = show == "both" and steps_text.steps_of(order)
    if len(order) <= SMALL and not unrolled:
        rows = tree(value, order, precision, steps, asked, show == "locals")
        if all(cell_len(row.circuit) <= DEEP for row in rows):
            return _with_changes(_printed("circuit", rows), order, precision)
    sums = _sums(value, order, precision, steps, asked) if unrolled else {}
    return _with_changes(_table(order, _gradients(value, steps, asked), precision, asked, sums), order, precision)


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
    sums: Mapping[Value, str],
) -> str:
    """One row per value in the order of their birth; the middle of a long table is counted, not shown.

    Of an unrolled network the steps are columns; what is said of the gradients that add stands in `sums`.
    """
    name = wording.names(order)
    uses = Counter(x for v in order for x in v.inputs)
    in_steps = steps_text.steps_of(order)
    if in_steps:
        inside = {v for values in in_steps.values() for v in values.values()}
        besides = [v for v in order if v not in inside and (v.label or v is order[-1])]
        outer = [
            _line(place, v, printed(v, gradient(v), precision, asked), name, uses[v], precision, steps_text.written)
            for place, v in enumerate(besides, 1)
        ]
        told = (lambda v: number(v._data, precision)), (lambda v: printed(v, gradient(v), precision, asked))
        outer = [
            replace(row, note="  ".join(filter(None, (row.note, sums.get(v, "")))))
            for row, v in zip(outer, besides, strict=True)
        ]
        columns = steps_text.rows(in_steps, name, *told)
        return "\n".join([*columns, "", _printed("besides", outer)])
    gap = max(0, len(order) - 2 * ENDS)
    shown = [*enumerate(order[: -gap - ENDS], 1), *enumerate(order[-ENDS:], len(order) - ENDS + 1)]
    rows = [_line(place, v, printed(v, gradient(v), precision, asked), name, uses[v], precision) for place, v in shown]
    if gap:
        rows.insert(ENDS, Row(f"… {gap:,} values between …", "", ""))
    return _printed(f"{len(order):,} values", rows)


def _by_names(v: Value, name: wording.Name) -> str:
    return wording.step(v, wording.by_name(name))


def _sums(
    output: Value, order: Sequence[Value], precision: Precision, steps: Sequence[BackwardStep], asked: Set[Value]
) -> dict[Value, str]:
    """Of each shared value of a network that is not large, how its gradient adds up."""
    if len(order) > ADDED_UP:
        return {}
    graph = _graph(output, order, precision, steps, asked, with_locals=False)
    return {v: _sum(v, graph) for v in order if graph.shared(v)}


def _line(
    place: int,
    v: Value,
    gradient: str,
    name: wording.Name,
    uses: int,
    precision: Precision,
    written: Callable[[Value, wording.Name], str] = _by_names,
) -> Row:
    step = f" = {written(v, name)}" if v.inputs else ""
    fan = f"×{uses}" if uses > 1 else ""
    return Row(f"{place:>4,}  {name(v)}{step}", number(v._data, precision), gradient, fan)


def _printed(title: str, rows: Sequence[Row]) -> str:
    """The rows under their headings, in aligned columns; without any gradient there is no column of them."""
    known = any(row.gradient for row in rows)
    headed = (Row(title, "value", "gradient" if known else ""), *rows)
    cells = [(row.circuit, row.value, *((row.gradient,) if known else ()), row.note) for row in headed]
    return "\n".join(cut(line, WIDTH) for line in aligned(cells, "<>><" if known else "<><", DEEP))


# A small circuit as rows of a tree: the output at the root, its inputs below -----------------------------------------
#
# A value used more than once is drawn once, below, where the contributions of its branches add.


WRITTEN_OUT = 22  # columns of an unnamed step within another step; a longer one is an ellipsis
COLUMN = 26  # columns of a value or gradient


@dataclass(frozen=True)
class Row:
    """One line: what is computed, its value, its gradient, and what there is to say of it."""

    circuit: str
    value: str
    gradient: str
    note: str = ""


@dataclass(frozen=True)
class Graph:
    """What the rows are written from; `shares` are the contributions of the backward pass, per consumer and slot.

    `readings` hold the sums, as far as they are known; those of the values `asked` are to be predicted.
    """

    output: Value
    order: Sequence[Value]
    name: wording.Name
    wires: Mapping[Value, Sequence[tuple[Value, int]]]
    shares: Mapping[tuple[Value, int], figures.Number]
    readings: Mapping[Value, Reading]
    precision: Precision
    asked: Set[Value]
    slopes: Mapping[tuple[Value, int], figures.Number]  # the local derivatives that are to be told
    steps: dict[Value, str] = field(default_factory=dict)

    def local(self, use: tuple[Value, int]) -> str:
        """What is said of the local derivative of a wire."""
        slope = self.slopes.get(use)
        return "" if slope is None else f"local {number(slope, self.precision)}"

    def shared(self, v: Value) -> bool:
        """Whether more than one wire leaves `v`."""
        return len(self.wires[v]) > 1


def number(data: figures.Number, precision: Precision) -> str:
    """A float, or an array where it is short enough for a column, else its shape."""
    line = figures.inline(data, precision)
    if len(line) <= COLUMN:
        return line
    return str(np.shape(data)) + ("" if np.isfinite(data).all() else " with NaN or ∞")


def printed(v: Value, gradient: figures.Number | None, precision: Precision, asked: Set[Value] = frozenset()) -> str:
    """A value's gradient for its column: blank before it is known, `?` where it is to be predicted."""
    return "?" if v in asked else "" if gradient is None else number(gradient, precision)


def tree(
    output: Value,
    order: Sequence[Value],
    precision: Precision,
    steps: Sequence[BackwardStep] = (),
    asked: Set[Value] = frozenset(),
    with_locals: bool = False,
) -> list[Row]:
    """The output's tree, then one for each shared value, results before inputs; `with_locals` at each wire its own.

    Gradients are those of the backward pass `steps`, or, without any, what is recorded.
    """
    graph = _graph(output, order, precision, steps, asked, with_locals)
    _write_steps(graph)
    roots = [v for v in reversed(graph.order) if v is graph.output or graph.shared(v)]
    return [row for root in roots for row in (_root(root, graph), *_branches(root, graph))]


def _root(v: Value, graph: Graph) -> Row:
    title, note = _title(v, graph), _became(graph.readings[v], graph.precision)
    if graph.shared(v):
        title += f"  ×{len(graph.wires[v])}"
        note = _sum(v, graph)
    return _row(title, v, printed(v, graph.readings[v].gradient, graph.precision, graph.asked), note, graph)


def _branches(root: Value, graph: Graph) -> Iterator[Row]:
    """Everything below `root`, depth first, down to leaves and shared values."""
    stack = _below(root, "", graph)
    while stack:
        v, stem, inner, use = stack.pop()
        if graph.shared(v):
            branches = {wire: number for number, wire in enumerate(graph.wires[v], 1)}
            note = _noted(graph.local(use), f"branch {branches[use]} of {len(branches)}")
            yield _row(
                stem + graph.name(v), v, printed(v, graph.shares.get(use), graph.precision, frozenset()), note, graph
            )
        else:
            gradient = printed(v, graph.readings[v].gradient, graph.precision, graph.asked)
            note = _noted(graph.local(use), _became(graph.readings[v], graph.precision))
            yield _row(stem + _title(v, graph), v, gradient, note, graph)
            stack += _below(v, inner, graph)


def _below(v: Value, inner: str, graph: Graph) -> list[tuple[Value, str, str, tuple[Value, int]]]:
    """The inputs of `v`, last first, each with the strokes before it and before what lies below it."""
    inputs = [(x, (v, slot)) for slot, x in enumerate(v.inputs) if not x.is_constant]
    return [
        (x, inner + ("└─ " if last else "├─ "), inner + ("   " if last else "│  "), use)
        for last, (x, use) in zip([True] + [False] * len(inputs), reversed(inputs), strict=False)
    ]


def _noted(*notes: str) -> str:
    return ", ".join(filter(None, notes))


def _title(v: Value, graph: Graph) -> str:
    """`x = w²`, or the step alone where the value has no name of its own."""
    if not v.inputs:
        return graph.name(v)
    return f"{graph.name(v)} = {graph.steps[v]}" if _named(v, graph) else graph.steps[v]


def _named(v: Value, graph: Graph) -> bool:
    return bool(v.label) or not v.inputs or graph.shared(v)


def _write_steps(graph: Graph) -> None:
    """Every step, with unnamed inputs written out where they are short: inputs stand before results in the order."""
    for v in graph.order:
        if v.inputs:
            graph.steps[v] = wording.step(v, lambda x, binding: _operand(x, binding, graph))


def _operand(x: Value, binding: int, graph: Graph) -> str:
    if _named(x, graph):
        return graph.name(x)
    inner = graph.steps[x] if cell_len(graph.steps[x]) <= WRITTEN_OUT else "…"
    return wording.bracketed(inner, word(x.op).binds, binding)


def _sum(v: Value, graph: Graph) -> str:
    """Where the gradient of a shared value comes from: its branches, and what else became of it."""
    reading = graph.readings[v]
    parts = [part for use in graph.wires[v] if (part := graph.shares.get(use)) is not None]
    became = _became(reading, graph.precision)
    if not parts or (reading.gradient is None and v not in graph.asked):  # it is not known, or would tell what is asked
        return became
    if np.ndim(parts[0]) > 0:
        return "; ".join(filter(None, ("branches ADD", became)))
    shown = [figures.number(part, graph.precision) for part in parts]
    added = _added(shown if len(shown) < 5 else [*shown[:3], "…", shown[-1]])
    if reading.origin and reading.besides is None:
        return "; ".join(filter(None, (became, f"this pass: {added}")))
    terms = parts if reading.besides is None else [*parts, reading.besides]
    total = sum(terms) if reading.gradient is None else reading.gradient
    sign = figures.equals(total, lambda *seen: sum(seen), terms, graph.precision)
    return ", and ".join(filter(None, (f"Σ {sign} {added}", became)))


_BECAME = {"cleared": "cleared", "set": "set by hand or clipped", "replaced": "not of this pass alone"}


def _became(reading: Reading, precision: Precision) -> str:
    """What a gradient is besides what this pass brought; of an array, that it is more."""
    if reading.besides is None:
        return _BECAME.get(reading.origin, "")
    return "more besides" if np.ndim(reading.besides) else f"{figures.number(reading.besides, precision)} besides"


def _added(terms: Sequence[str]) -> str:
    """`20.00 − 3.00 + 1.00`"""
    first, *rest = terms
    return first + "".join(f" − {term[1:]}" if term.startswith("−") else f" + {term}" for term in rest)


def _graph(
    output: Value,
    order: Sequence[Value],
    precision: Precision,
    steps: Sequence[BackwardStep],
    asked: Set[Value],
    with_locals: bool,
) -> Graph:
    drawn, read = what_pictures_show(output, steps, asked, with_locals)
    stems = {drawn.values[wire.value]: read[wire.id] for wire in drawn.wires if wire.stem}
    shares = {(drawn.values[wire.use[0]], wire.use[1]): read[wire.id].gradient for wire in drawn.wires if wire.use}
    slopes = {(drawn.values[wire.use[0]], wire.use[1]): read[wire.id].local for wire in drawn.wires if wire.use}
    named, wires = wording.names(order), wording.wires(order)
    return Graph(output, order, named, wires, shares, stems, precision, asked, slopes if with_locals else {})


def what_pictures_show(
    output: Value, steps: Sequence[BackwardStep], asked: Set[Value], with_locals: bool = False
) -> tuple[Circuit, dict[str, Reading]]:
    """The circuit with everything open, and its numbers: of the backward pass `steps`, or, without any, recorded."""
    drawn = circuit([output])
    read = complete(drawn, steps) if steps else recorded(drawn, with_locals)
    return drawn, kept_back(drawn, read, [place for place, v in enumerate(drawn.values) if v in asked])


def _row(circuit: str, v: Value, gradient: str, note: str, graph: Graph) -> Row:
    return Row(circuit, number(v._data, graph.precision), gradient, note)
