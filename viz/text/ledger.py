"""The ledger of a backward pass: every += with its numbers and its path, one line a wire.

∂z/∂w += ∂z/∂x · ∂x/∂w = 2.00 × 10.00 = 20.00   via z ← × ← x ← ( )² ← w   running sum 20.00
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import attrgetter
from re import sub
from textwrap import fill
from typing import Any

import numpy as np
from rich.cells import cell_len

from autograd_tiny.errors.arguments import annotated
from autograd_tiny.graphs.steps import Contribution, backward_steps
from autograd_tiny.value import Value, ancestors
from viz.graph import wording
from viz.graph.circuit import circuit
from viz.graph.history import as_recorded, refuse_lost, standing_for, told
from viz.look import look
from viz.told.predictions import Predict, chosen
from viz.wires.readings import complete
from viz.wires.secrets import hidden
from viz.words import figures
from viz.words.columns import aligned

ENDS = 100  # lines shown of each end of a long ledger
PATH = 40  # columns of a path; of a longer one the end is shown
LEGEND = 40  # names without a label that are explained
COLUMN = 48  # columns of any part; longer ones are cut
WIDTH = 80  # columns of a line, unless a name is very long

Use = tuple[Value, int]


@dataclass(frozen=True)
class Entry:
    """One line in its columns: target, the chain rule in symbols, in numbers, the path, and the sum so far."""

    target: str
    rule: str
    numbers: str
    path: str = ""
    total: str = ""


@dataclass(frozen=True)
class Book:
    """What every line is written with: names, wires, decimals, and what is kept back of the gradients `asked` for."""

    output: Value
    name: wording.Name
    wires: Mapping[Value, Sequence[Use]]
    precision: figures.Precision
    asked: Collection[Value] = ()
    hidden: Collection[Value] = ()
    hidden_uses: Collection[Use] = ()

    def number(self, x: figures.Number, kept_back: bool, of: Value) -> str:
        """A number; in place of one to be predicted a `?`, of one that would tell it an ellipsis."""
        return ("?" if of in self.asked else "…") if kept_back else figures.inline(x, self.precision)


@annotated
def ledger(
    value: Value,
    *,
    precision: figures.Precision = 2,
    paths: bool = True,
    width: int = WIDTH,
    predict: Predict = None,
) -> str:
    """Every contribution of the backward pass from `value`, in the order in which they are added.

    Each with the path it came along, unless `paths` is False; what makes lines wider than `width` columns stands below
    them. An array result is seeded with ones: what is then derived is the sum of its numbers. No gradient is touched. A
    `?` stands for the gradients of the values `predict`, and what would tell them is left out.
    """
    if not isinstance(value, Value):
        raise TypeError(f"ledger: lists the backward pass of a Value, not {type(value).__name__}")
    look(precision=precision)
    if width < 1:
        raise ValueError(f"ledger: width = {width}: expected columns, at least 1")
    (value,), copies = as_recorded([value])
    refuse_lost(value)
    order = [v for v in ancestors(value) if not v.is_constant or v is value]
    seed = np.ones_like(value._data) if value.ndim else 1.0
    book = Book(
        value,
        wording.names(order),
        wording.wires(order),
        precision,
        *_kept_back(value, seed, frozenset(standing_for(copies, chosen(predict)))),
    )
    total = sum(map(len, book.wires.values()))
    shares = (share for step in backward_steps(value, seed) for share in step.contributions)
    first, last = _ends(shares)
    entries = [_seed(book, seed), *(_entry(share, book) for share in first)]
    gap = total - len(first) - len(last)
    rest = [_entry(share, book) for share in last]
    lines = _printed([*entries, *rest], paths, width)
    if gap:
        lines.insert(len(entries), f"… {gap:,} contributions between …")
    changed = fill(told(order, book.name, precision), width, break_long_words=False)
    return "\n".join(lines) + _legend([*first, *last], book, width) + (f"\n\n{changed}" if changed else "")


def _kept_back(value: Value, seed: figures.Number, asked: Collection[Value]) -> Iterator[Collection[Any]]:
    """What is asked for, and the values and uses that would tell it."""
    yield asked
    if asked:
        drawn = circuit([value])
        places = [place for place, v in enumerate(drawn.values) if v in asked]
        values, uses = hidden(drawn, complete(drawn, tuple(backward_steps(value, seed))), places)
        yield {drawn.values[place] for place in values}
        yield {(drawn.values[place], slot) for place, slot in uses}


def _ends(shares: Iterable[Contribution]) -> tuple[list[Contribution], list[Contribution]]:
    """The first and the last of them: a million are walked through, and not kept."""
    walking = iter(shares)
    return list(islice(walking, ENDS)), list(deque(walking, maxlen=ENDS))


def _seed(book: Book, seed: figures.Number) -> Entry:
    name = book.name(book.output)
    return Entry(f"∂{name}/∂{name}", "seed", f"= {book.number(seed, book.output in book.hidden, book.output)}")


def _entry(share: Contribution, book: Book) -> Entry:
    top, result, source = (book.name(v) for v in (book.output, share.consumer, share.input))
    return Entry(
        f"∂{top}/∂{source}",
        _chain(share, f"∂{top}/∂{result}", f"∂{result}/∂{source}", book),
        _numbers(share, book),
        "via " + _path(share.consumer, source, book),
        _total(share, book),
    )


def _chain(share: Contribution, upstream: str, local: str, book: Book) -> str:
    """Upstream · local; a product of matrices by its own rule; of other shapes only what they pass through."""
    if share.local is not None:
        return f"+= {upstream} · {local}"
    if share.consumer.op != "matmul":
        return f"+= {upstream} back through {share.consumer.op}"
    letters = dict(zip("xy", share.consumer.inputs, strict=True))
    names = {letter: wording.constant(v) if v.is_constant else book.name(v) for letter, v in letters.items()} | {
        "g": upstream
    }
    transposed = sub(r"swap\((\w)\)", r"\1ᵀ", share.rule)
    return "+= " + sub(r"[gxy](?=ᵀ|\b)", lambda letter: names[letter[0]], transposed)


def _numbers(share: Contribution, book: Book) -> str:
    kept_back = (share.consumer, share.slot) in book.hidden_uses
    result = book.number(share.contribution, kept_back, share.input)
    if kept_back or share.local is None or any(map(np.ndim, (share.upstream, share.local))):
        return f"= {result}"
    factors = (float(share.upstream), float(share.local))
    sign = figures.equals(float(share.contribution), lambda a, b: a * b, factors, book.precision)
    printed = [figures.number(x, book.precision) for x in factors]
    return f"= {' × '.join(f'({x})' if x.startswith('−') else x for x in printed)} {sign} {result}"


def _path(gate: Value, end: str, book: Book) -> str:
    """Names and gates from the output to `end`; it begins at a Σ where several paths have been added before."""
    path = end
    while True:
        named = gate.label or gate is book.output
        joined = len(book.wires[gate]) > 1
        start = f"Σ {book.name(gate)} ← " if joined else f"{book.name(gate)} ← " if named else ""
        longer = f"{start}{wording.gate(gate)} ← {path}"
        if cell_len(longer) > PATH:
            return f"… ← {path}"
        path = longer
        if joined or gate is book.output:
            return path
        gate = book.wires[gate][0][0]


def _total(share: Contribution, book: Book) -> str:
    if len(book.wires[share.input]) < 2 or share.input in book.hidden:
        return ""
    return f"running sum {figures.inline(share.total, book.precision)}"


def _legend(shares: Sequence[Contribution], book: Book, width: int) -> str:
    """What the values without a name of their own stand for."""
    met = {v: None for share in shares for v in (share.consumer, share.input) if v.inputs and not v.label}
    spoken = wording.by_name(book.name)
    steps = [f"{book.name(v)} = {wording.step(v, spoken)}" for v in sorted(met, key=attrgetter("birth"))]
    if len(steps) > LEGEND:
        steps[LEGEND:] = [f"… ({len(steps) - LEGEND:,} more)"]
    unbroken = ",   ".join(step.replace(" ", "\xa0") for step in steps)  # a line ends between steps, not within one
    lines = fill("where  " + unbroken, width, subsequent_indent="       ", break_long_words=False)
    return "\n\n" + lines.replace("\xa0", " ") if steps else ""


def _printed(entries: Sequence[Entry], paths: bool, width: int) -> list[str]:
    """One text per entry, in aligned columns: the sum, then the path too, moves below where a line is too wide."""
    sums = aligned([(entry.target, entry.rule, entry.numbers) for entry in entries], "<<<", COLUMN)
    column = 2 + max(map(cell_len, sums))
    further = [(entry.path, entry.total) if paths else (entry.total, "") for entry in entries]
    beside = aligned(further, "<<", COLUMN)
    if all(column + cell_len(text) <= width for text in beside):
        return [_beside(line, column, text) for line, text in zip(sums, beside, strict=True)]
    if all(column + cell_len(path) <= width for path, _ in further):
        first = [_beside(line, column, path) for line, (path, _) in zip(sums, further, strict=True)]
        return [_below(line, column, total) for line, (_, total) in zip(first, further, strict=True)]
    inner = 2 + max(min(COLUMN, cell_len(entry.target)) for entry in entries)
    return [_below(line, inner, "  ".join(filter(None, parts))) for line, parts in zip(sums, further, strict=True)]


def _beside(line: str, column: int, text: str) -> str:
    return f"{line}{' ' * (column - cell_len(line))}{text}" if text else line


def _below(line: str, column: int, text: str) -> str:
    return f"{line}\n{' ' * column}{text}" if text else line
