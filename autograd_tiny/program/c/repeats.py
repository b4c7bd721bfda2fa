"""Long programs in C: unrolled loops found again, each as a function with a loop.

Lines that say the same, step after step, about places that lie evenly apart become one loop over an array. A block is
`period` lines that repeat `count` times; its repetitions run one after the other (`Body`), or, where none needs
another, eight at a time (`Lanes`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_tiny.program.dialects import C
from autograd_tiny.program.lines import Line
from autograd_tiny.program.texts import pointed

# Blocks: lines that say the same, step after step, about places that lie evenly apart ---------------------------------
#
# Every name and every number of a long program gets a place. A block is `period` lines that repeat `count` times
# such that the places of each repetition lie as far from those of the last as those from the ones before.


Array = np.ndarray[Any, Any]
WINDOWS = (1, 4, 16, 64, 256, 1024)  # how many equal lines make one look for a repetition
FEWEST = 16  # lines that a loop must save


@dataclass(frozen=True)
class Block:
    """Lines from `start` on: `period` of them, `count` times."""

    start: int
    period: int
    count: int

    @property
    def end(self) -> int:
        """The first line behind the block."""
        return self.start + self.period * self.count


class Places:
    """Where the names and numbers of lines are: arguments, then the names in order, then the numbers.

    `table` holds, line after line, the place of the target and those of the arguments.
    """

    def __init__(self, lines: Sequence[Line], arguments: Sequence[str]) -> None:
        self.of = {name: k for k, name in enumerate(arguments)}
        self.inputs = len(self.of)
        for line in lines:
            self.of.setdefault(line.target, len(self.of))
        self.names = len(self.of)
        self.numbers: list[str] = []
        table: list[int] = []
        starts, forms = [0], []
        known: dict[tuple[Any, ...], int] = {}
        for line in lines:
            table.append(self.of[line.target])
            kinds = []
            for arg in line.args:
                place = self._place(arg)
                kinds.append(arg if place is None else (place >= self.inputs) + (place >= self.names))
                table.append(-1 if place is None else place)
            starts.append(len(table))
            forms.append(known.setdefault((line.text, line.adds, *kinds), len(known)))
        self.table, self.starts, self.forms = np.array(table), np.array(starts), np.array(forms)

    def _place(self, arg: str) -> int | None:
        """The place of an argument; None for what is no plain number, such as infinity."""
        place = self.of.get(arg)
        if place is None and arg.strip("(-)")[:1].isdigit():
            self.numbers.append(arg)
            return self.names + len(self.numbers) - 1
        return place

    def repetitions(self, block: Block) -> Array:
        """The places of a block, one row per repetition."""
        return self.table[self.starts[block.start] : self.starts[block.end]].reshape(block.count, -1)


def blocks(places: Places) -> Iterator[Block]:
    """The program as blocks; what does not repeat is a block of count 1."""
    again = [_next_equal(ranks) for ranks in _windows(places.forms)]
    at, straight, size = 0, 0, len(places.forms)
    while at < size:
        candidates = {int(later[at]) - at for later in again if later[at]}
        found = [_repeated(places, at, period) for period in candidates]
        best = max(found, key=lambda block: block.end, default=Block(at, 1, 1))
        if best.period * (best.count - 1) < FEWEST:
            at += 1
            continue
        if straight < at:
            yield Block(straight, at - straight, 1)
        yield best
        at = straight = best.end
    if straight < size:
        yield Block(straight, size - straight, 1)


def _windows(forms: Array) -> Iterator[Array]:
    """For each window, a number per line: equal where as many lines from there on have equal forms."""
    ranks, width = forms, 1
    for window in WINDOWS:
        while width < window:
            shifted = np.full(len(ranks), -1)
            shifted[: max(0, len(ranks) - width)] = ranks[width:]
            ranks = np.unique(ranks * (len(ranks) + 2) + shifted + 1, return_inverse=True)[1]
            width *= 2
        yield ranks


def _next_equal(ranks: Array) -> Array:
    """For each line the next one of the same rank; 0 if there is none."""
    order = np.argsort(ranks, kind="stable")
    later = np.zeros(len(ranks), int)
    same = ranks[order[1:]] == ranks[order[:-1]]
    later[order[:-1][same]] = order[1:][same]
    return later


def _repeated(places: Places, start: int, period: int) -> Block:
    """As many repetitions from `start` on as lie evenly apart; at least three, or none."""
    forms, none = places.forms, Block(start, 1, 1)
    if not np.array_equal(forms[start : start + 2 * period], forms[start + period : start + 3 * period]):
        return none
    if not _even(places.repetitions(Block(start, period, 3))).all():
        return none
    differs = forms[start + period :] != forms[start : len(forms) - period]
    same = int(differs.argmax()) if differs.any() else len(differs)
    block = Block(start, period, 1 + same // period)
    uneven = ~_even(places.repetitions(block))
    return Block(start, period, 2 + int(uneven.argmax())) if uneven.any() else block


def _even(rows: Array) -> Array:
    """For each row from the third on, whether it is as far from the last as that from the one before."""
    apart = np.diff(rows, axis=0)
    return np.asarray((apart[1:] == apart[:-1]).all(axis=1))


# A block of lines as a C function: straight on, or a loop with one repetition after the other -------------------------


SHORT = 50  # lines of a loop that keeps what it needs again out of the array


class Body:
    """One block: which of its names are its own, and where the others lie."""

    def __init__(self, block: Block, lines: Sequence[Line], places: Places) -> None:
        self.block, self.places, self.rows = block, places, places.repetitions(block)
        self.lines = lines[block.start : block.start + block.period]
        self.first = self.rows[0]
        self.step: Array = self.rows[1] - self.first if block.count > 1 else np.zeros_like(self.first)
        begins = places.starts[block.start : block.start + block.period] - places.starts[block.start]
        self.begins = [int(k) for k in begins]
        self.own: dict[int, int] = {}  # the place of a name that is computed here → the cell of its first line
        for line, k in zip(self.lines, self.begins, strict=True):
            if not line.adds:
                self.own.setdefault(int(self.first[k]), k)

        self.added = [k for k in self.begins if not self.is_own(k)]  # cells of names of others that are added to
        keeps = block.count > 1 and len(self.lines) <= SHORT
        self.carried = self._carried() if keeps else {}
        self.sums = self._sums() if keeps else set()

    def is_own(self, cell: int) -> bool:
        """Whether a cell names what the same repetition computes."""
        k = self.own.get(int(self.first[cell]))
        return k is not None and self.step[k] == self.step[cell]

    @property
    def entangled(self) -> bool:
        """Whether something is added to a repetition's own name out of rhythm: then there is no loop."""
        return any(int(self.first[k]) in self.own for k in self.added)

    def _carried(self) -> dict[int, int]:
        """Cells that name what the repetition before has computed, and where that was."""
        found = {}
        changed = self.rows[:, self.added]
        for cell, (first, step) in enumerate(zip(self.first.tolist(), self.step.tolist(), strict=True)):
            k = self.own.get(first + step)
            if k is not None and self.step[k] == step and not np.isin(self.rows[:, k], changed).any():
                found[cell] = k
        return found

    def _sums(self) -> set[int]:
        """Places that every repetition adds to, and nothing else in the block reaches in another way."""
        found = {int(self.first[k]) for k in self.added if self.step[k] == 0}
        moving = self.rows[:, self.step != 0]
        return {place for place in found if not (moving == place).any()}

    def outside(self) -> Array:
        """The places of names that have to be in the array for this block."""
        cells = [k for k in range(len(self.first)) if not self.is_own(k) and k not in self.carried]
        found = np.concatenate([self.rows[:, cells].ravel(), self.first[list(self.carried)]])
        return found[(found >= self.places.inputs) & (found < self.places.names)]

    def function(self, number: int, index: Array) -> Iterator[str]:
        """The block as a C function; `index` says where in the array a place is, −1: nowhere."""
        many = self.block.count > 1
        indent = "        " if many else "    "
        tables: dict[str, str] = {}
        text = [f"{indent}{self._statement(n, index, tables)}" for n in range(len(self.lines))]
        yield f"static void part_{number}(const double *restrict inputs, double *restrict m) {{"
        yield from [f"    static const double {name}[] = {{{numbers}}};" for numbers, name in tables.items()]
        yield from [f"    double p{cell}_ = m[{index[self.first[cell]]}];" for cell in self.carried]
        yield from [f"    double s{place}_ = m[{index[place]}];" for place in sorted(self.sums)]
        yield from [f"    for (long k = 0; k < {self.block.count}; k++) {{"] if many else []
        yield from text
        yield from [f"        p{cell}_ = v{k}_;" for cell, k in self.carried.items()]
        yield from ["    }"] if many else []
        yield from [f"    m[{index[place]}] = s{place}_;" for place in sorted(self.sums)]
        yield from ["}", ""]

    def _statement(self, n: int, index: Array, tables: dict[str, str]) -> str:
        line, begin = self.lines[n], self.begins[n]
        args = [self._written(begin + 1 + j, arg, index, tables) for j, arg in enumerate(line.args)]
        value = pointed(line.text).format(*args)
        if not self.is_own(begin):
            return self._addition(begin, value, index)
        kept = f"{self._array('m', index[self.rows[:, begin]])} = " if index[self.first[begin]] >= 0 else ""
        name = self._name(begin)
        return f"{kept}{name} += {value};" if line.adds else f"double {name} = {kept}{value};"

    def _addition(self, cell: int, value: str, index: Array) -> str:
        """A statement that adds to what another block computes."""
        return f"{self._outer(cell, index)} += {value};"

    def _written(self, cell: int, arg: str, index: Array, tables: dict[str, str]) -> str:
        """What stands for an argument."""
        place, column = int(self.first[cell]), self.rows[:, cell]
        if place < 0:
            return arg  # infinity
        if place >= self.places.names:
            return self._number(column, tables)
        if place < self.places.inputs:
            return self._array("inputs", column)
        return self._name(cell) if self.is_own(cell) else self._outer(cell, index)

    def _outer(self, cell: int, index: Array) -> str:
        """What another repetition or another block computes."""
        if cell in self.carried:
            return f"p{cell}_"
        place = int(self.first[cell])
        return f"s{place}_" if place in self.sums else self._array("m", index[self.rows[:, cell]])

    def _number(self, column: Array, tables: dict[str, str]) -> str:
        numbers = [self.places.numbers[place - self.places.names] for place in column]
        if len(set(numbers)) == 1:
            return pointed(numbers[0])
        return f"{tables.setdefault(', '.join(n.strip('()') for n in numbers), f'c_{len(tables)}')}[k]"

    def _name(self, cell: int) -> str:
        return f"v{self.own[int(self.first[cell])]}_"

    def _array(self, name: str, column: Array) -> str:
        first, step = int(column[0]), int(column[1] - column[0]) if len(column) > 1 else 0
        moving = "k" if abs(step) == 1 else f"{abs(step)} * k"
        return f"{name}[{first} {'-' if step < 0 else '+'} {moving}]" if step else f"{name}[{first}]"


# Repetitions that do not need each other, eight at a time: a compiler makes one instruction of eight equal ones -------
#
# What they all add to lies in `terms` first, and is added up afterwards in the order of the repetitions, as Python
# does: sums in another order would end in other digits. Where the repetitions are no multiple of eight, the last eight
# begin earlier, and compute some again.


WIDTH, TOGETHER = 8, 4  # repetitions at a time; sums at a time, since each addition to one waits for the last
_CALL = re.compile(r"(\w+)\(")


def _is_open(name: str) -> bool:
    """Whether a word calls nothing of the library: so the compiler sees what it does."""
    return name == "abs" or ("{" in C.defined[name] and all(map(_is_open, C.needs[name])))


_OPEN = frozenset(filter(_is_open, C.defined))


ADD_UP = f"""\
static void add_up(long n, const long *sums, const double *restrict terms, long from, double *restrict m) {{
    for (long j = 0; j < n; j += {TOGETHER}, sums += {TOGETHER}, terms += {TOGETHER * WIDTH}) {{
        double a = m[sums[0]], b = m[sums[1]], c = m[sums[2]], d = m[sums[3]];
        for (long k = from; k < {WIDTH}; k++) {{
            a += terms[k], b += terms[{WIDTH} + k], c += terms[{2 * WIDTH} + k], d += terms[{3 * WIDTH} + k];
        }}
        m[sums[0]] = a, m[sums[1]] = b, m[sums[2]] = c, m[sums[3]] = d;
    }}
}}
"""


class Lanes(Body):
    """A block as a loop over eights of repetitions."""

    def __init__(self, block: Block, lines: Sequence[Line], places: Places) -> None:
        super().__init__(block, lines, places)
        self.carried, self.sums = {}, set()
        self.terms = {cell: j for j, cell in enumerate(k for k in self.added if self.step[k] == 0)}

    @property
    def possible(self) -> bool:
        """Whether no repetition needs another, and none calls the library."""
        again = self.block.count % WIDTH and len(self.terms) < len(self.added)  # would be added twice
        calls = {name for line in self.lines for name in _CALL.findall(line.text)}
        return self.block.count >= WIDTH and not again and calls <= _OPEN and self._alone()

    def _alone(self) -> bool:
        """Whether what a repetition writes is met in no other, but for sums, which are met nowhere else."""
        sums = self.first[list(self.terms)]
        cells = np.delete(np.arange(len(self.first)), list(self.terms))
        places = self.rows[:, cells].ravel()
        if len(set(sums.tolist())) < len(sums) or np.isin(sums, places).any():
            return False
        order = np.argsort(places, kind="stable")
        begins = np.flatnonzero(np.diff(places[order], prepend=-2))
        repetition = order // len(cells)
        written = np.isin(cells, self.begins)[order % len(cells)]
        several = np.minimum.reduceat(repetition, begins) != np.maximum.reduceat(repetition, begins)
        return not (several & np.logical_or.reduceat(written, begins)).any()

    def function(self, number: int, index: Array) -> Iterator[str]:
        """The block as a C function; `index` says where in the array a place is, −1: nowhere."""
        tables: dict[str, str] = {}
        text = [f"            {self._statement(n, index, tables)}" for n in range(len(self.lines))]
        last = self.block.count - WIDTH
        sums = [int(index[self.first[cell]]) for cell in self.terms]
        sums += [int(index.max()) + 1] * (-len(sums) % TOGETHER)  # a place that nobody reads
        yield f"static void part_{number}(const double *restrict inputs, double *restrict m) {{"
        yield from [f"    static const double {name}[] = {{{numbers}}};" for numbers, name in tables.items()]
        if sums:
            yield f"    static const long sums[] = {{{', '.join(map(str, sums))}}};"
            yield f"    static double terms[{WIDTH * len(sums)}];"
        yield f"    for (long start = 0; start < {self.block.count}; start += {WIDTH}) {{"
        yield f"        const long first = start < {last} ? start : {last};"
        yield "        #pragma omp simd"
        yield f"        for (long lane = 0; lane < {WIDTH}; lane++) {{"
        yield "            const long k = first + lane;"
        yield from text
        yield "        }"
        yield from [f"        add_up({len(sums)}, sums, terms, start - first, m);"] if sums else []
        yield from ["    }", "}", ""]

    def _addition(self, cell: int, value: str, index: Array) -> str:
        if cell not in self.terms:
            return super()._addition(cell, value, index)
        return f"terms[lane + {WIDTH * self.terms[cell]}] = {value};"


# Layout: where in the array of a long C program each number lies ------------------------------------------------------


def indices(bodies: Sequence[Body], places: Places, results: Sequence[str]) -> Array:
    """Where in the array each place is, −1 for what is not in it: the first way that leaves all loops even.

    Best without gaps, and what repetitions side by side keep side by side; otherwise in the order of places.
    """
    needed = _needed(bodies, places, results)
    order = np.arange(len(needed))
    for ranks in (_beside(bodies, order), order):
        found = np.empty_like(order)
        found[np.argsort(ranks)] = np.cumsum(needed[np.argsort(ranks)]) - 1
        close = np.where(needed, found, -1)
        if all((np.diff(close[body.rows], 2, axis=0) == 0).all() for body in bodies if body.block.count > 2):
            return close
    return np.where(needed, order - places.inputs, -1)


def _needed(bodies: Sequence[Body], places: Places, results: Sequence[str]) -> Array:
    """Which places have to be in the array."""
    needed = np.zeros(places.names + len(places.numbers) + 1, bool)
    for body in bodies:
        needed[body.outside()] = True
    needed[[places.of[name] for name in results if name in places.of]] = True
    needed[: places.inputs] = False
    for body in bodies:  # what one repetition keeps, all keep
        for k in body.own.values():
            needed[body.rows[:, k]] = needed[body.rows[:, k]].any()
    return needed


def _beside(bodies: Sequence[Body], order: Array) -> Array:
    """The places' order if in `Lanes` all repetitions of one line come before those of the next."""
    ranks = order.copy()
    for body in bodies:
        if isinstance(body, Lanes) and body.own:
            own = body.rows[:, list(body.own.values())]
            ranks[own.T] = np.sort(own, axis=None).reshape(own.shape[::-1])
    return ranks
