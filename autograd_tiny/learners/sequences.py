"""Mistakes in time: what goes wrong where the same step is taken again and again.

Steps are read from the scopes: any family of numbered ones, ``t=1, t=2, …``, ``layer=1, …``. A wire *crosses* where it
leads from one step to another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

import numpy as np

from autograd_tiny.graphs.replay import Change, Wire
from autograd_tiny.learners.case import Case, Mistake
from autograd_tiny.learners.faults import Changes, each, name, nothing, others, upstream_alone
from autograd_tiny.value import Value

NUMBERED = re.compile(r"(.+)=(\d+)")
INDEX = re.compile(r"_?\d+$")
STEPS = {"t": "step", "time": "step"}  # how a step of a family is called, where not by the family's own name


def sequences(case: Case) -> Iterator[Mistake]:
    """The mistakes of every family of numbered scopes, the likeliest first."""
    for family in dict.fromkeys(
        found[1] for v, _ in case.way for part in v.scope if (found := NUMBERED.fullmatch(part))
    ):
        steps = Steps(case, family)
        if len(steps.all) > 1:
            yield from steps.mistakes()
        elif len(steps.whole) > 1:
            yield from steps.of_one_step()


class Steps:
    """A case cut into the steps of one family of scopes."""

    def __init__(self, case: Case, family: str) -> None:
        self.case, self.family, self.step = case, family, STEPS.get(family, family)
        self.all = sorted({t for v, _ in case.way if (t := self.of(v)) is not None})
        self.whole = {t for v in case.around if (t := self.of(v)) is not None}
        self.crossing = [wire for wire in case.way if self.crosses(wire)]

    def of(self, v: Value) -> int | None:
        """The step in which a value was computed."""
        found = (NUMBERED.fullmatch(part) for part in v.scope)
        return next((int(its[2]) for its in found if its and its[1] == self.family), None)

    def crosses(self, wire: Wire) -> bool:
        """Whether a wire leads from one step to another."""
        before, after = self.of(wire[0].inputs[wire[1]]), self.of(wire[0])
        return None not in (before, after) and before != after

    def mistakes(self) -> Iterator[Mistake]:
        """All of them."""
        yield from self._uses()
        yield from self._way_back()
        yield from self._states()

    def _uses(self) -> Iterator[Mistake]:
        """What is used at every step: one of them only, or one forgotten, or the mean."""
        x, case = name(self.case.target.input), self.case
        used = sorted({t for v, _ in case.last if (t := self.of(v)) is not None})
        if self.of(case.target.input) is not None:
            yield from self.of_one_step()
        if len(used) < 2 or self.of(case.target.input) is not None:
            return
        at = {t: [wire for wire in case.last if self.of(wire[0]) == t] for t in used}
        add = f"{x} is used at every {self.step}, and the gradients of all its uses ADD."
        for t in (used[-1], *used[:-1]):
            rest = {*case.last} - {*at[t]}
            yield self._broken("one step", f"That is what {self.step} {t} brings, alone.", each(rest, nothing), add)
        for t in used:
            yield self._broken("step missed", f"What {self.step} {t} brings is missing.", each(at[t], nothing), add)
        yield Mistake(
            "mean over steps",
            case.right / len(used),
            f"That is the mean over the {len(used)} {self.step}s; the gradient is their sum.",
        )

    def of_one_step(self) -> Iterator[Mistake]:
        """What is asked for belongs to one step; the mean over them, or the sum."""
        case, x = self.case, self.case.target.input
        alike = [v for v in case.around if self.of(v) is not None and INDEX.sub("", v.label) == INDEX.sub("", x.label)]
        yield Mistake(
            "mean over steps",
            case.right / len(self.whole),
            f"That is divided by the number of {self.step}s, as for a mean over them.",
        )
        if x.label and all(v in case.sound.gradients for v in alike):
            yield Mistake(
                "all steps",
                sum(case.sound.gradients[v] for v in alike),
                f"You added what belongs to all {self.step}s; {name(x)} is of one {self.step} only.",
            )

    def _way_back(self) -> Iterator[Mistake]:
        """What comes back from later steps: nothing, or without its weight."""
        if not self.crossing:
            return
        yield self._broken(
            "truncated",
            f"Nothing came back from later {self.step}s: each error went back through its own {self.step} only.",
            each(self.crossing, nothing),
        )
        weighted = [wire for wire in self.crossing if wire[0].op in ("mul", "matmul")]
        names = ", ".join(dict.fromkeys(name(other) for wire in weighted for other in others(wire)))
        yield self._broken(
            "bridge",
            f"On the way from {self.step} to {self.step} the factor {names} is missing.",
            each(weighted, upstream_alone),
        )

    def _states(self) -> Iterator[Mistake]:
        """A factor, or a slope, is taken from the step before or after."""
        case, x, step = self.case, name(self.case.target.input), self.step
        met = [
            (wire, v)
            for wire in case.last
            for v in others(wire)
            if not (self._moved(v, 1) is None is self._moved(v, -1))
        ]
        for by in (1, -1):
            taken, its = (self._relation(met, by), self._relation(met, 0)) if met else ("", "")
            yield self._broken(
                "another step's state",
                f"You paired what arrives at each {step} with {taken}; there {x} meets {its}.",
                self._shifted(case.last, by, own=False),
            )
            bent = [wire for wire in case.way if len(wire[0].inputs) == 1]
            beside = "after" if by > 0 else "before"
            yield self._broken(
                "neighbour's slope",
                f"Those are the slopes of the {step} {beside}, a "
                f"neighbour's. Each gate has the "
                f"slope of its own {step}.",
                self._shifted(bent, by, own=True),
            )

    def _relation(self, met: list[tuple[Wire, Value]], by: int) -> str:
        """What is met at a use, moved by so many steps: the state of the same step, of the step before, or after."""
        wire, v = met[-1]
        there, here = self._index(v), self.of(wire[0])
        apart = 0 if there is None or here is None else there + by - here
        where = "the same" if not apart else f"{abs(apart)} {'after' if apart > 0 else 'before'}"
        which = {
            "1 after": f"the {self.step} after",
            "1 before": f"the {self.step} before",
            "the same": f"the same {self.step}",
        }
        return f"{INDEX.sub('', v.label)} of {which.get(where, f'a {self.step} {where}')}"

    def _broken(self, kind: str, sentence: str, changes: Changes, rule: str = "") -> Mistake:
        number = self.case.broken(changes) if changes else np.nan
        return Mistake(kind, number, sentence, rule, changes=changes)

    def _shifted(self, wires: list[Wire], by: int, own: bool) -> Changes:
        """These wires worked out with the numbers of another step: of the gate itself, or of what is met at it."""
        changes: dict[Wire, Change] = {}
        for wire in wires:
            concerned = [wire[0], *wire[0].inputs] if own else others(wire)
            moved = {v: self._moved(v, by) for v in concerned}
            moved |= {v: self._first(wires, wire, v, by, own) for v, other in moved.items() if other is None}
            there = {v: self.case.numbers[other] for v, other in moved.items() if other is not None}
            if there:
                changes[wire] = self.case.with_other(wire, there)
        return changes

    def _first(self, wires: list[Wire], wire: Wire, v: Value, by: int, own: bool) -> Value | None:
        """What a state that comes from outside, with a name of its own, is at the step where it comes in."""
        if own or by < 0 or self.of(v) is not None:
            return None
        named = [x for other in wires for x in others(other) if self.of(x) is not None]
        return self._called(named[0].label, self.of(wire[0])) if named else None

    def _moved(self, v: Value, by: int) -> Value | None:
        """The value of the same name, so many steps later."""
        own = self._index(v)
        return self._called(v.label, own + by) if v.label and own is not None else None

    def _called(self, label: str, t: int | None) -> Value | None:
        """The value of this name at a step."""
        return self.places.get((INDEX.sub("", label), t))

    @cached_property
    def places(self) -> dict[tuple[str, int | None], Value]:
        """Everything with a name by that name, without its number, and its step."""
        return {(INDEX.sub("", v.label), self._index(v)): v for v in reversed(self.case.around)}

    def _index(self, v: Value) -> int | None:
        """The step of a value: by its scope, else by the number in its name."""
        number = INDEX.search(v.label)
        return t if (t := self.of(v)) is not None else int(number[0].lstrip("_")) if number else None
