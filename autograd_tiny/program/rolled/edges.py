"""What the gates of a step read: of how many steps before, and along which edges gradients flow back.

A cell may read what it computed two steps ago, or ten (taps, skip connections over steps). A state that is detached at
every tenth step is read at all of them alike; only no gradient passes there, as in truncated backpropagation.
"""

from __future__ import annotations

from collections.abc import Sequence

from autograd_tiny.program.rolled.fitting import Unrollable
from autograd_tiny.program.rolled.reading import Reading
from autograd_tiny.program.writing import dependent
from autograd_tiny.value import Value

ALWAYS, NEVER = "", "never"  # when gradients flow along an edge; else a condition on t


class Edges:
    """The edges of one recording."""

    def __init__(self, reading: Reading, wanted: Sequence[Value]) -> None:
        self.reading = reading
        self.taps = [self._taps(loop) for loop in range(len(reading.loops))]
        self._flows: dict[tuple[int, int, int], str] = {}
        self.depends = self._dependent(wanted) if reading.run.detached else dependent(reading.run.order, wanted)

    # Of how many steps before -----------------------------------------------------------------------------------------

    def _taps(self, loop: int) -> dict[int, int]:
        """Of each slot that is read more than one step later, how many steps later at most."""
        taps: dict[int, int] = {}
        for v in self.slots(loop, self.reading.loops[loop].count - 1):
            for x in self.reading.inputs(v):
                slot, back = self.back(v, x)
                if back > 1:
                    taps[slot] = max(back, taps.get(slot, 0))
        return dict(sorted(taps.items()))

    def slots(self, loop: int, step: int) -> list[Value]:
        """The gates of a step."""
        return [self.reading.slot(loop, step, slot) for slot in range(self.reading.loops[loop].period)]

    def back(self, v: Value, x: Value) -> tuple[int, int]:
        """Which slot of its own loop a gate reads, and how many steps before; 0 also for anything else."""
        here, there = self.reading.places.get(v), self.reading.places.get(x)
        if here is None or there is None or here.loop != there.loop:
            return -1, 0
        if there.step > here.step:
            raise Unrollable("a step reads what a later one computes")
        return there.slot, here.step - there.step

    def deepest(self, loop: int) -> int:
        """How many steps a loop reads back at most; from that step on, all are alike."""
        return max(1, *self.taps[loop].values()) if self.taps[loop] else 1

    def tracked(self, v: Value) -> list[int]:
        """The inputs of a gate, by number, to which gradients flow at some step."""
        inputs = self.reading.inputs(v)
        return [j for j in v._rule.tracked if inputs[j] in self.depends and self.flows(v, j) != NEVER]

    # Along which edges gradients flow ---------------------------------------------------------------------------------

    def flows(self, v: Value, j: int) -> str:
        """When gradients flow to input number j of a gate: ALWAYS, NEVER, or a condition on the step t."""
        detached, here = self.reading.run.detached, self.reading.places.get(v)
        if not detached or here is None:
            return NEVER if v.inputs[j] in detached else ALWAYS
        key = here.loop, here.slot, j
        if key not in self._flows:
            gates = [self.reading.slot(here.loop, k, here.slot) for k in range(self.reading.loops[here.loop].count)]
            cut = [k for k, gate in enumerate(gates) if gate.inputs[j] in detached]
            self._flows[key] = _condition(cut, len(gates), self.reading.inputs(gates[0])[j] in self.depends)
        return self._flows[key]

    def _dependent(self, wanted: Sequence[Value]) -> set[Value]:
        """What depends on one of `wanted`, at this step or another."""
        self.depends = set(wanted)
        for v in self.reading.gates:
            if self.tracked(v):
                self.depends.add(v)
        return self.depends


def _condition(cut: Sequence[int], count: int, begun: bool) -> str:
    """When a value that is detached at some of the steps is not; `begun`: it begins with what has a gradient."""
    if not cut:
        return ALWAYS
    if list(cut) == [0] and count > 1:  # detached before the first step, which is not every so many
        return "t > 0" if begun else ALWAYS
    first, every = cut[0], cut[1] - cut[0] if len(cut) > 1 else 0
    if list(cut) == list(range(first, count)):
        return f"t < {first}" if first else NEVER
    if not every:
        raise Unrollable("a state is detached at one step alone; a longer example shows whether it is again")
    if first > every or list(cut) != list(range(first, count, every)):
        raise Unrollable(f"a state is detached at the steps {[k + 1 for k in cut]}, which are not every so many")
    but_first = " | (t < 1)" if first == every and begun else ""
    return f"(t % {every} != {first % every}){but_first}" if but_first else f"t % {every} != {first % every}"
