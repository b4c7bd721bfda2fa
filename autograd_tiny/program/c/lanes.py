"""Repetitions that do not need each other, eight at a time: a compiler makes one instruction of eight equal ones.

What they all add to lies in `terms` first, and is added up afterwards in the order of the repetitions, as Python does:
sums in another order would end in other digits. Where the repetitions are no multiple of eight, the last eight begin
earlier, and compute some again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from autograd_tiny.program.c.body import Body
from autograd_tiny.program.lines import Line
from autograd_tiny.program.rolling import Array, Block, Places

WIDTH, TOGETHER = 8, 4  # repetitions at a time; sums at a time, since each addition to one waits for the last
_CALL = re.compile(r"(\w+)\(")
_OPEN = {"where", "abs", "maximum", "minimum", "sign", "clip"}  # not in the library: the compiler sees what they do

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
