"""Why a gradient is wrong, found by making the mistake: f is recorded, and its backward pass run with faults in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from autograd_tiny.check.why.mistakes import Mistake, Mistakes
from autograd_tiny.check.why.reasons import Reason
from autograd_tiny.errors.flags import quiet
from autograd_tiny.graphs.replay import Fault, Wire, backward
from autograd_tiny.value import Value

SAME = 1e-7  # relative: a pass with the same mistake is the same but for rounding; others are not
EFFORT = 40_000  # gates that are walked through in search of a mistake: a second or two


@dataclass
class Suspect:
    """A recorded function, the gradients that are claimed of it, and which of them are wrong."""

    output: Value
    leaves: list[Value]
    u: Any
    claimed: list[Any]
    wrong: list[bool]
    names: dict[Value, str]  # what f calls its values

    def __post_init__(self) -> None:
        self.faults = Mistakes(self.output, self.leaves, self.names)
        self.right = self.passed(None)
        self.walked = 0

    @property
    def seed(self) -> Any:
        """What arrives at the output."""
        return np.asarray(self.u).reshape(self.output.shape) if self.output.shape else float(np.ravel(self.u)[0])

    def passed(self, fault: Fault | None, overwrite: bool = False) -> list[Any]:
        """The gradients of the leaves in a backward pass with a fault in it."""
        gradients = backward(self.output, self.faults.numbers, fault, overwrite, self.seed).gradients
        return [np.asarray(gradients.get(x, np.zeros(x.shape)), float) for x in self.leaves]

    def reasons(self) -> list[tuple[str, Reason]]:
        """For each wrong input the mistake that explains it: one for all of them, or each its own."""
        partly: dict[int, Mistake] = {}
        tried: list[Mistake] = []
        for mistake in self.faults.all(self.seed):
            found = self.tried(mistake)
            if found is None:
                break
            tried.append(mistake)
            fits = [k for k, g in enumerate(found) if self.fits(k, g)]
            if len(fits) == len(self.leaves):
                return self.told({k: mistake for k, bad in enumerate(self.wrong) if bad})
            for k in fits:
                if self.wrong[k]:
                    partly.setdefault(k, mistake)
        if len(partly) < sum(self.wrong):
            partly = self.pairs([m for m in tried if m.fault and not m.overwrite]) or partly
        return self.told(partly)

    def tried(self, mistake: Mistake) -> list[Any] | None:
        """The gradients that a mistake gives; none that fit where it can't be made; None when it has taken too long."""
        self.walked += len(self.faults.order)
        if self.walked > EFFORT:
            return None
        try:
            with quiet():
                return self.passed(mistake.fault, mistake.overwrite)
        except (ArithmeticError, ValueError, TypeError):
            return [None for _ in self.leaves]

    def fits(self, k: int, g: Any) -> bool:
        """Whether this is what is claimed of leaf k."""
        c = self.claimed[k]
        if g is None or c is None or np.shape(g) != np.shape(c):
            return c is None
        largest = float(np.max(np.abs(g), initial=0.0))
        return bool(np.all(np.abs(c - g) <= SAME * largest)) and (not self.wrong[k] or largest > 0)

    def pairs(self, mistakes: Sequence[Mistake]) -> dict[int, Mistake]:
        """Two mistakes at once that explain everything."""
        for a, b in combinations(mistakes, 2):
            both = Mistake(
                f"{a.tag}; {b.tag}", f"{a.sentence} And: {b.sentence}", _one_after_the_other(a.fault, b.fault)
            )
            found = self.tried(both)
            if found is None:
                break
            if all(self.fits(k, g) for k, g in enumerate(found)):
                return {k: both for k, bad in enumerate(self.wrong) if bad}
        return {}

    def told(self, mistakes: dict[int, Mistake]) -> list[tuple[str, Reason]]:
        """A reason for each input; those of one mistake share its sentence."""
        inputs = defaultdict(list)
        for k, mistake in mistakes.items():
            inputs[mistake.sentence].append(self.leaves[k].label)
        return [
            (self.leaves[k].label, Reason(m.tag, f"{', '.join(inputs[m.sentence])}: {m.sentence}"))
            for k, m in sorted(mistakes.items())
        ]


def _one_after_the_other(a: Fault | None, b: Fault | None) -> Fault:
    assert a and b

    def fault(wire: Wire, g: Any, c: Any) -> Any:
        between = a(wire, g, c)
        return None if between is None else b(wire, g, between) if between is c else between

    return fault
