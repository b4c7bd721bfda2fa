"""A program with loops in C, for one length: a loop is a loop in C, and a row is a pointer into its array."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from autograd_tiny.program.c.arrays import array_source
from autograd_tiny.program.c.loops import Loops as Statements
from autograd_tiny.program.c.memory import Memory, Place, nested
from autograd_tiny.program.c.native import runner
from autograd_tiny.program.c.runners import Arrays, Floats
from autograd_tiny.program.lines import Line as Plain
from autograd_tiny.program.printing import require_known
from autograd_tiny.program.rolled.at_once import IN_C
from autograd_tiny.program.rolled.fitting import Lengths
from autograd_tiny.program.rolled.loops import Line, Loop, parted
from autograd_tiny.program.rolled.running import Looped, Loops
from autograd_tiny.value import Value


class Compiled(Loops):
    """A program with loops that is compiled for each length when it is first met."""

    passes = IN_C

    def source(self, lengths: Lengths) -> str:
        """The program's text in C for so many steps."""
        return self._source(Looped(self.code, lengths), Steps)

    def _source(self, looped: Looped, writer: Callable[[Looped, Memory], Statements]) -> str:
        require_known(looped.rolled.lines, "c")
        return array_source(looped.code, partial(writer, looped))

    def runner(self, lengths: Lengths) -> Floats | Arrays:
        """The program compiled for so many steps."""
        return runner(Looped(self.code, lengths).code, self.source(lengths))

    def at(self, lengths: Lengths, forward: bool = False) -> Any:
        """The compiled function; without gradients it computes them all the same."""

        return self.kept((lengths, False), lambda: self._delivering(self.runner(lengths)))

    def deliver(self, places: Mapping[Value, Any]) -> None:
        """Let gradients by what was captured be written straight into these arrays."""
        self._places = dict(places)
        for function in self._made.values():
            self._delivering(function)

    def _delivering(self, function: Floats | Arrays) -> Floats | Arrays:
        for k, name in enumerate(self.code.gradients, len(self.code.values)):
            if name in self.places and isinstance(function, Arrays):
                function.deliver(k, self.places[name])
        return function

    def may_be_infinite(self, function: Any, numbers: Sequence[Any], flagged: bool) -> bool:
        """What the processor's flags say."""
        return bool(function.flagged)


class Steps(Statements):
    """Writes the statements of the straight part as they are, and a loop over the steps for each loop."""

    def __init__(self, looped: Looped, memory: Memory) -> None:
        super().__init__(memory)
        self.looped, self.of = looped, looped.sequences
        self.memory.put("t", np.zeros((), np.int64))
        self.memory.reserve(self.of.shapes)
        self._pointers: dict[str, str] = {}
        self._turned: dict[str, Place] = {}  # arrays from outside that lie the other way round, for a loop's products
        self._before: list[list[str]] | None = None  # blocks that stand before the loop that is being written

    def line(self, line: Plain) -> None:
        """One line of the straight part, or a whole loop."""
        if line.target in self.looped.numbers:
            self._loop(self.looped.numbers[line.target])
        elif line.text not in ("kept", *self.looped.numbers):
            super().line(line)

    def _loop(self, loop: Loop) -> None:
        names = list(dict.fromkeys(parted(line.target).name for line in loop.lines if "@" in line.target))
        for name in names:
            if name in self.of.kept and not self._is_view(name):
                steps = self.of.size((loop.steps,))[0] + (name in self.of.starts)
                self.new(name, (steps, *self.of.size(self.of.shapes[name])))
        for name in names:
            if name in loop.initial:
                self._begin(name, loop)
        self._write(loop)
        for name in names:
            if name in self.of.kept:
                self._given(name, loop)

    def _write(self, loop: Loop) -> None:
        """The loop itself, when there is room for its sequences, and they have begun."""
        steps = self.of.size((loop.steps,))[0]
        head = f"long t = {steps - 1}; t >= 0; t--" if loop.backward else f"long t = 0; t < {steps}; t++"
        body = self._of_step(loop.lines, loop)
        self.blocks.append(counted(head, body))

    def _of_step(self, lines: Sequence[Line], loop: Loop) -> list[str]:
        """The statements of a step; what has to be there before its loop is put there."""
        self.close()
        outer, self.blocks, self._pointers, self._before = self.blocks, [], {}, []
        for line in lines:
            self._step(line, loop)
        self.close()
        inner, self.blocks, self._before = self.blocks, [*outer, *self._before], None
        return [*filter(None, self._pointers.values()), *[line for block in inner for line in block]]

    def _product(self, out: Place, x: Place, y: Place, sign: str) -> None:
        """What each step multiplies many rows by, column by column, is turned once for all steps."""
        outside = y.owner in self.looped.code.arguments and y.view.size == self.memory.space[y.owner].size
        by_columns = y.view.ndim == 2 and y.view.flags.f_contiguous and not y.view.flags.c_contiguous
        if outside and by_columns and x.view.ndim > 1 and self._before is not None:
            y = self._turned.get(y.owner) or self._turn(y, self._before)
        super()._product(out, x, y, sign)

    def _turn(self, y: Place, before: list[list[str]]) -> Place:
        place = self._turned[y.owner] = self.new(self.memory.free(f"{y.owner}_turned"), y.view.shape)
        counters = self.memory.counting(y.view.shape)
        statement = f"{place.element(counters)} = {y.element(counters)};"
        before.append([*nested(y.view.shape, counters, [statement])])
        return place

    # Sequences --------------------------------------------------------------------------------------------------------

    def _is_view(self, name: str) -> bool:
        return name in self.of.within or self.of.is_part(name)

    def _begin(self, name: str, loop: Loop) -> None:
        start = ast.parse(self.looped._read(loop.initial[name]), mode="eval").body
        shape = self.of.size(self.of.shapes[name])
        if name in self.of.kept:
            place = self.memory.where(self.memory.space[name][-1 if loop.backward else 0, ...])
            assert place is not None
            self.into(place, start)
        elif self._is_view(name):
            self.into(self.operand(ast.parse(self._root(name, "0"), mode="eval").body), start)
        else:
            self.into(self.new(name, shape), start)

    def _given(self, name: str, loop: Loop) -> None:
        """The names under which a kept sequence is read behind its loop."""
        space, begun = self.memory.space, name in self.of.starts
        whole = space[name] if not self._is_view(name) else self._whole_view(name)
        rows = whole if self._is_view(name) or not begun else whole[:-1] if loop.backward else whole[1:]
        space[f"{name}_all"], space[f"{name}_flip"] = rows, rows[::-1]
        space[f"{name}_end"] = rows[0 if loop.backward else -1, ...]
        if begun:
            space[f"{name}_before"] = whole[:-1]

    def _whole_view(self, name: str) -> Any:
        whole, index = self.of.part_of(name)
        base = self._whole_view(whole) if self._is_view(whole) else self._elements(whole)
        return base[index]

    def _elements(self, name: str) -> Any:
        whole = self.memory.space[name]
        if name not in self.of.starts:
            return whole
        return whole[:-1] if self.of.home[name].backward else whole[1:]

    # One step ---------------------------------------------------------------------------------------------------------

    def _step(self, line: Line, loop: Loop) -> None:
        name = parted(line.target).name
        if "@" in line.target and self.of.is_there(name):
            return
        args = tuple([self.looped._at_length(self._row(arg, loop)) for arg in line.args])
        text, shape = self.looped._at_length(line.text), self.of.size(line.shape)
        target = self._row(line.target, loop) if "@" in line.target else line.target
        plain = Plain(target, text, args, shape, line.adds, self.looped._at_length(line.part))
        if line.part or line.adds:
            super().line(plain)
        else:
            tree = ast.parse(plain.value, mode="eval").body
            known = target in self.memory.space
            self.into(self._named(target) if known else self.new(target, shape), tree)

    def _row(self, arg: str, loop: Loop) -> str:
        name, place, row = parted(arg)
        if row:
            return self._outer_row(arg)
        if place not in ("0", "1", "-1"):
            return self.looped._read(arg)
        return self._root(name, place) if name in self.of.kept or self._is_view(name) else name

    def _root(self, name: str, place: str) -> str:
        """The row of a kept sequence, as a pointer; of a part of another one, as a view of its row."""
        variable = f"row_{name}_{place.replace('-', 'm')}"
        known = self._pointers if name in self.of.kept else self.memory.space
        if variable in known:
            return variable
        if self._is_view(name):
            whole, index = self.of.part_of(name)
            base = self._root(whole, place) if whole in self.of.kept or self._is_view(whole) else whole
            if base not in self.memory.space:
                self.new(base, self.of.size(self.of.shapes[whole]))
            self.memory.space[variable] = self.memory.space[base][index]
            self._pointers.setdefault(variable, "")  # a part of another
            return variable
        shape = self.of.size(self.of.shapes[name])
        size = int(np.prod(shape, dtype=int))
        first = int(place) + (name in self.of.starts and not self.of.home[name].backward)
        self.memory.row(variable, np.zeros(shape))
        at = f"t + {first}" if first > 0 else f"t - {-first}" if first else "t"
        self._pointers[variable] = f"double *{variable} = {name} + {size} * ({at});"
        return variable

    def _outer_row(self, arg: str) -> str:
        whole, _, row = arg.partition("#")
        array = self.looped._read(whole)
        view = self.memory.space[array]
        place = self.memory.where(view)
        assert place is not None
        index = self.looped._at_length(row)
        variable = "row_" + re.sub(r"\W+", "_", f"{array}_{index}")
        if variable not in self._pointers:
            self.memory.row(variable, view[0, ...])
            kind = "const long long" if view.dtype.kind == "i" else "const double"
            start = f"{place.owner} + {place.offset}" if place.offset else place.owner
            self._pointers[variable] = f"{kind} *{variable} = {start} + {place.steps[0]} * ({index});"
        return variable


def counted(head: str, body: Sequence[str]) -> list[str]:
    """A loop in C."""
    return [f"for ({head}) {{", *(f"    {line}" for line in body), "}"]
