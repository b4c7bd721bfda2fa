"""Windows that are computed once more, in C: what every window of √T steps begins with is kept, and one window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import isqrt, prod

import numpy as np

from autograd_tiny.program.c.memory import Memory
from autograd_tiny.program.c.native import runner
from autograd_tiny.program.c.runners import Arrays, Floats
from autograd_tiny.program.rolled.at_once import STEP_BY_STEP
from autograd_tiny.program.rolled.fitting import Lengths
from autograd_tiny.program.rolled.loops import Loop, Rolled, parted
from autograd_tiny.program.rolled.native import Compiled, Steps, counted
from autograd_tiny.program.rolled.pages.checkpoint import Recomputation, Windows
from autograd_tiny.program.rolled.running import Checkpointed, Looped, Sequences


class Kept(Sequences):
    """The sequences of which all elements are kept: none that is computed once more. Parts are arrays of their own."""

    def __init__(self, code: Rolled, lengths: Lengths, again: frozenset[str]) -> None:
        self.again = again
        super().__init__(code, lengths)
        self.within = {}

    def _keep_what_parts_are_of(self) -> None:
        self.kept -= self.again

    def is_part(self, name: str) -> bool:
        """No part is a view: where the whole lies goes with the window."""
        return False


class Again(Steps):
    """Writes a loop backward so that each window of steps is computed once more before, the last window first."""

    def __init__(self, page: Windows, looped: Looped, memory: Memory) -> None:
        super().__init__(looped, memory)
        self.page, self.size = page, max(1, isqrt(self.of.lengths[0]))
        self.first, self.stop, self.copied = map(memory.free, ("start", "stop", "n"))
        memory.reserve([*page.saved.values(), *page.window.values(), self.first, self.stop, self.copied])
        self.now: Recomputation | None = None  # what is being run again

    def _loop(self, loop: Loop) -> None:
        plan = self.page.plans.get(id(loop))
        if plan is None:
            forth = next((each for each in self.page.plans.values() if each.forward is loop), None)
            lines = self.page.needed(loop, forth) if forth else loop.lines
            self.saving = forth.carried if forth else []
            for name in self.saving:
                self.new(self.page.saved[name], (-(-self._steps(loop) // self.size), *self._size(name)))
            super()._loop(replace(loop, lines=lines))
            return
        for name in plan.kept:
            self.new(self.page.window[name], (self.size + (name in self.of.starts), *self._size(name)))
        self.now = plan
        super()._loop(loop)
        self.now = None

    def _write(self, loop: Loop) -> None:
        if self.now is None:
            body = self._of_step(loop.lines, loop)
            saves = [self._copy(self.page.saved[name], f"t / {self.size}", name, "", name) for name in self.saving]
            if saves:
                body = [f"if (t % {self.size} == 0) {{", *(f"    {line}" for line in saves), "}", *body]
            head = f"long t = 0; t < {self._steps(loop)}; t++"
            backward = f"long t = {self._steps(loop) - 1}; t >= 0; t--"
            self.blocks.append(counted(backward if loop.backward else head, body))
            return
        plan, steps, first = self.now, self._steps(loop), self.first
        again, back = self._of_step(plan.again, plan.forward), self._of_step(loop.lines, loop)
        begins = [
            self._copy(self.page.window[name], "", self.page.saved[name], f"{first} / {self.size}", name)
            for name in plan.carried
        ]
        body = [
            f"const long {self.stop} = {first} + {self.size} < {steps} ? {first} + {self.size} : {steps};",
            *begins,
            *counted(f"long t = {first}; t < {self.stop}; t++", again),
            *counted(f"long t = {self.stop} - 1; t >= {first}; t--", back),
        ]
        last = (steps - 1) // self.size * self.size
        self.blocks.append(counted(f"long {first} = {last}; {first} >= 0; {first} -= {self.size}", body))

    def _copy(self, to: str, row: str, of: str, which: str, name: str) -> str:
        """A statement that copies an element of a sequence, from and to rows of arrays."""
        size, n = prod(self._size(name)), self.copied
        into, given = (f"{array}[{f'{size} * ({k}) + ' if k else ''}{n}]" for array, k in ((to, row), (of, which)))
        if of == name and not self._size(name):
            given = of
        return f"for (long {n} = 0; {n} < {size}; {n}++) {into} = {given};"

    def _root(self, name: str, place: str) -> str:
        """The row of a window; else of a sequence that is kept whole."""
        variable = f"row_{name}_{place.replace('-', 'm')}"
        if self.now is None or name not in self.now.kept:
            return super()._root(name, place)
        if variable not in self._pointers:
            shape = self._size(name)
            self.memory.row(variable, np.zeros(shape))
            row = f"t - {self.first} + {int(place) + (name in self.of.starts)}"
            self._pointers[variable] = f"double *{variable} = {self.page.window[name]} + {prod(shape)} * ({row});"
        return variable

    def _row(self, arg: str, loop: Loop) -> str:
        name, place, row = parted(arg)
        if self.now and name in self.now.kept and not row and place in ("0", "-1"):
            return self._root(name, place)
        return super()._row(arg, loop)

    def _steps(self, loop: Loop) -> int:
        return self.of.size((loop.steps,))[0]

    def _size(self, name: str) -> Sequence[int]:
        return self.of.size(self.of.shapes[name])


class CompiledWindows(Compiled, Checkpointed):
    """A program that keeps little, compiled for each length when it is first met."""

    passes = STEP_BY_STEP

    def _looped(self, lengths: Lengths) -> Looped:
        again = frozenset(name for plan in self.page.plans.values() for name in plan.names)
        return Looped(self.text, lengths, sequences=Kept(self.text, lengths, again))

    def source(self, lengths: Lengths) -> str:
        """The program's text in C for so many steps."""
        return self._source(self._looped(lengths), lambda looped, memory: Again(self.page, looped, memory))

    def runner(self, lengths: Lengths) -> Floats | Arrays:
        """The program compiled for so many steps."""
        return runner(self._looped(lengths).code, self.source(lengths))
