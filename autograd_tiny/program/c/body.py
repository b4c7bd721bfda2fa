"""A block of lines as a C function: straight on, or a loop with one repetition after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from autograd_tiny.program.lines import Line
from autograd_tiny.program.rolling import Array, Block, Places
from autograd_tiny.program.texts import pointed

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
