"""Programs with loops that keep little: the states at the beginning of every window of √T steps, and one window.

Backward, each window is computed once more from the state that was kept, the last window first (Chen et al. 2016,
"Training deep nets with sublinear memory cost"). So a step is computed twice, and of T steps about 2√T are kept. Every
number is computed as it would be without windows, in the same order: gradients are the same to the last bit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from math import prod

from autograd_tiny.program.dialects import Dialect
from autograd_tiny.program.printing import statement
from autograd_tiny.program.rolled.fitting import Lengths, number
from autograd_tiny.program.rolled.loops import Line, Loop, Rolled, parted
from autograd_tiny.program.rolled.pages.floats import Floats
from autograd_tiny.program.rolled.pages.printing import Page
from autograd_tiny.program.rolled.passes import loops


@dataclass(frozen=True)
class Recomputation:
    """A loop that is run again, window by window, for the loop that carries its gradients back."""

    forward: Loop
    names: frozenset[str]  # the sequences that are computed once more
    read: frozenset[str]  # those that the way back reads

    @property
    def carried(self) -> list[str]:
        """The sequences that are kept at the beginning of every window."""
        return [name for name in self.forward.initial if name in self.names]

    @property
    def kept(self) -> list[str]:
        """The sequences of which one window is kept."""
        return sorted({*self.carried, *(self.read & self.names)})

    @property
    def again(self) -> list[Line]:
        """The lines that are computed once more."""
        return [line for line in self.forward.lines if parted(line.target).name in self.names]


class Windows(Page):
    """Writes one program so that backward a loop is run again in windows of √T steps."""

    def __init__(self, code: Rolled, dialect: Dialect) -> None:
        super().__init__(code, dialect)
        self.used = {parted(line.target).name for line in code.lines} | {*code.inputs, *code.captured, *code.constants}
        self.first, self.stop, self.size = map(self._fresh, ("start", "stop", "K"))
        self.plans = {id(loop): plan for loop in loops(code) if loop.backward and (plan := self._plan(loop))}
        self.kept -= {name for plan in self.plans.values() for name in plan.names}
        self.window = {name: self._fresh(f"{name}_window") for plan in self.plans.values() for name in plan.kept}
        self.saved = {name: self._fresh(f"{name}_saved") for plan in self.plans.values() for name in plan.carried}
        self.now: Recomputation | None = None  # what is being run again

    def _fresh(self, name: str) -> str:
        while name in self.used:
            name += "_"
        self.used.add(name)
        return name

    # What is run again ------------------------------------------------------------------------------------------------

    def _plan(self, back: Loop) -> Recomputation | None:
        """How to do without what a loop backward reads of one forward; None if it reads of several, or of none."""
        read = {name for name, place in _elements(back.lines) if place and self.home[name] is not back}
        homes = [loop for loop in loops(self.code) if any(self.home[name] is loop for name in read)]
        if len(homes) != 1 or homes[0].backward or homes[0].steps != back.steps:
            return None
        others = self.code.with_parts(self.code.forward, tuple([x for x in self.code.backward if x is not back]))
        whole = Page(others, self.dialect).kept
        names = _needed(homes[0], read - whole, whole)
        return Recomputation(homes[0], frozenset(names), frozenset(read)) if names else None

    # On paper ---------------------------------------------------------------------------------------------------------

    def read(self, arg: str) -> str:
        """How an argument is written; of what is run again there is one window."""
        name, place, row = parted(arg)
        if self.now is None or name not in self.now.kept or row or place not in ("0", "-1"):
            return super().read(arg)
        later = int(place) + (name in self.starts)
        return f"{self.window[name]}[t - {self.first}{f' + {later}' if later else ''}]"

    def body(self) -> Iterator[str]:
        """What the function does."""
        first, *rest = super().body()
        yield first
        yield f"{self.size} = max(1, int(T ** 0.5))  # steps in a window"
        yield from rest

    def loop(self, loop: Loop) -> Iterator[str]:
        """A loop; one forward keeps what a window begins with, one backward runs the windows again."""
        plan = self.plans.get(id(loop))
        plans = [each for each in self.plans.values() if each.forward is loop]
        if plan:
            yield from self._backward(loop, plan)
        elif plans:
            yield from self._forward(loop, plans[0])
        else:
            yield from super().loop(loop)

    def _forward(self, loop: Loop, plan: Recomputation) -> Iterator[str]:
        """The loop without what only the way back needs."""
        for name in plan.carried:
            yield self.room(self.saved[name], f"-(-{_bracketed(loop.steps)} // {self.size})", name)
        lines = list(super().loop(replace(loop, lines=self.needed(loop, plan))))
        head = next(k for k, line in enumerate(lines) if line.startswith("for t in "))
        yield from lines[: head + 1]
        if plan.carried:
            yield f"    if t % {self.size} == 0:"
        for name in plan.carried:
            yield f"        {self.saved[name]}[t // {self.size}] = {self.read(f'{name}@-1')}"
        yield from lines[head + 1 :]

    def needed(self, loop: Loop, plan: Recomputation) -> tuple[Line, ...]:
        """The lines of a loop that somebody needs before it is run again."""
        results = {parted(line.target).name for line in loop.lines if "@" not in line.target} | self.kept
        ends = {parted(arg).name for arg in self._arguments() if parted(arg).place == "end"}
        needed = _needed(loop, {*results, *ends, *plan.carried}, set())
        return tuple([line for line in loop.lines if parted(line.target).name in needed])

    def _arguments(self) -> Iterator[str]:
        for line in self.code.lines:
            yield from line.args
        yield from (start for loop in loops(self.code) for start in loop.initial.values())
        yield from (*self.code.values, *self.code.gradients)

    def _backward(self, loop: Loop, plan: Recomputation) -> Iterator[str]:
        for name in plan.kept:
            yield self.room(self.window[name], f"{self.size} + 1" if name in self.starts else self.size, name)
        self.now = plan
        lines = list(super().loop(loop))
        head = next(k for k, line in enumerate(lines) if line.startswith("for t in "))
        yield from lines[:head]
        yield f"for {self.first} in reversed(range(0, {loop.steps}, {self.size})):"
        yield f"    {self.stop} = min({self.first} + {self.size}, {loop.steps})"
        for name in plan.carried:
            yield f"    {self.window[name]}[0] = {self.saved[name]}[{self.first} // {self.size}]"
        yield f"    for t in range({self.first}, {self.stop}):"
        yield from (f"        {statement(self.plain(line), self.dialect)}" for line in plan.again)
        yield f"    for t in reversed(range({self.first}, {self.stop})):"
        inner = [line for line in lines[head + 1 :] if line.startswith(" ")]
        yield from (f"    {line}" for line in inner)
        yield from lines[head + 1 + len(inner) :]
        self.now = None

    def room(self, array: str, rows: str, name: str) -> str:
        """Room for so many elements of a sequence."""
        if self.dialect.name == "torch":
            return f"{array} = [None] * ({rows})"
        shape = self.shapes[name]
        return f"{array} = zeros(({', '.join([rows, *shape])}{'' if shape else ','}))"

    # In numbers -------------------------------------------------------------------------------------------------------

    def numbers(self, lengths: Lengths) -> tuple[int, int]:
        """How many numbers the loops keep for the way back at these lengths, and how many without windows."""
        size = max(1, int(lengths[0] ** 0.5))
        each = {name: prod(number(n, lengths) for n in self.shapes[name]) for name in self.window}
        steps = {name: number(self.home[name].steps, lengths) for name in self.window}
        of_windows = sum(-(-steps[name] // size) * each[name] for name in self.saved)
        few = sum((size + (name in self.starts)) * each[name] for name in each)
        return of_windows + few, sum((steps[name] + (name in self.starts)) * each[name] for name in each)


class FloatWindows(Windows, Floats):
    """The same over single floats: sequences are lists."""

    def room(self, array: str, rows: str, name: str) -> str:
        """Room for so many elements of a sequence."""
        return f"{array} = [0.0] * ({rows})"


def _elements(lines: Iterable[Line]) -> Iterator[tuple[str, str]]:
    """The elements of sequences that lines read, by name and place; none at rows of arrays."""
    for line in lines:
        for name, place, row in map(parted, line.args):
            yield name, place if place in ("0", "1", "-1") and not row else ""


def _needed(loop: Loop, names: set[str], there: set[str]) -> set[str]:
    """Which of its sequences a loop must compute to have these; some are there anyway."""
    own = {parted(line.target).name for line in loop.lines}
    needed = (names & own) - there
    while True:
        more = {name for line in loop.lines if parted(line.target).name in needed for name, _ in _elements([line])}
        more = (more & own) - there - needed
        if not more:
            return needed
        needed |= more


def _bracketed(steps: str) -> str:
    return f"({steps})" if " " in steps else steps
