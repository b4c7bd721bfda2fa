"""Whether the readings of a case agree, and what is wrong where they do not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_tiny.errors import AutogradError
from tests.fuzz.cases import Case
from tests.fuzz.readings import EVERY, READINGS, Answer, NotThere

# Other orders of the same sums, in values up to 30 with slopes up to 100 each.
CLOSE, SINGLE, BY_DIFFERENCES = 1e-8, 3e-3, 1e-5


@dataclass(frozen=True)
class Disagreement:
    """A reading that does not give what the first one gives."""

    reading: str
    kind: str  # "value", "gradient of x", or the class of an error
    found: Any
    wanted: Any

    def __str__(self) -> str:
        return f"{self.reading}: {self.kind} {_shown(self.found)}, wanted {_shown(self.wanted)}"


def _shown(x: Any) -> str:
    return x if isinstance(x, str) else np.array2string(np.asarray(x), precision=9, separator=", ")


class Unreadable(Exception):
    """The case itself has no answer: a derivative that does not exist."""


def disagreements(case: Case, readings: Iterable[str], counts: Counter[str] | None = None) -> list[Disagreement]:
    """What the readings give otherwise than the first, eager one; `counts` learns how many were asked."""
    counts = Counter() if counts is None else counts
    with np.errstate(all="ignore"):
        try:
            wanted = READINGS["eager"](case)
        except Exception as error:
            if case.order == 2 and isinstance(error, AutogradError):
                raise Unreadable(str(error)) from None
            return [Disagreement("eager", type(error).__name__, str(error)[:300], "an answer")]
        counts["eager"] += 1
        found = []
        for name in readings:
            if name != "eager":
                found += _asked(name, case, wanted, counts)
        return found


def _asked(name: str, case: Case, wanted: Answer, counts: Counter[str]) -> list[Disagreement]:
    try:
        answer = READINGS[name](case)
    except NotThere:
        return []
    except Exception as error:
        return [Disagreement(name, type(error).__name__, str(error)[:300], wanted.value)]
    counts[name] += 1
    return list(_compared(name, case, answer, wanted))


def _compared(name: str, case: Case, answer: Answer, wanted: Answer) -> Iterable[Disagreement]:
    scale = 1.0 + max([abs(wanted.value), *(np.max(np.abs(g)) for g in wanted.gradients or () if np.size(g))])
    tolerance = (SINGLE if case.single else BY_DIFFERENCES if name == "differences" else CLOSE) * scale

    def differ(a: Any, b: Any) -> bool:
        return np.shape(a) != np.shape(b) or not np.allclose(a, b, rtol=0, atol=tolerance)

    if answer.value is not None and differ(answer.value, wanted.value):
        yield Disagreement(name, "value", answer.value, wanted.value)
    for label, ours, theirs in zip(case.names, answer.gradients or (), wanted.gradients or (), strict=False):
        if differ(ours, theirs):
            yield Disagreement(name, f"gradient of {label}", ours, theirs)
    if answer.slope is not None:
        slope = sum(np.sum(g * d) for g, d in zip(wanted.gradients or (), case.directions, strict=True))
        if differ(answer.slope, slope):
            yield Disagreement(name, "slope", answer.slope, slope)


def due(number: int, readings: Collection[str]) -> list[str]:
    """The readings that are asked of graph `number`: dear ones only now and then."""
    return [name for name in READINGS if name in readings and number % EVERY.get(name, 1) == 0]
