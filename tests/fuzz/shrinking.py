"""A failing case made small: steps are left out for as long as the same reading fails in the same way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from autograd_tiny.testing.function import CONSTANT, Function, Step
from tests.fuzz.agreement import Disagreement, Unreadable, disagreements
from tests.fuzz.cases import Case

MOST = 300  # attempts


def shrunk(case: Case, wrong: Disagreement) -> tuple[Case, Disagreement]:
    """A smaller case in which the same is wrong, and what is wrong there."""
    left = MOST
    progress = True
    while progress and left:
        progress = False
        for smaller in _smaller(case):
            left -= 1
            again = _still(smaller, wrong)
            if again is not None:
                case, wrong, progress = smaller, again, True
                break
            if not left:
                break
    return case, wrong


def _still(case: Case, wrong: Disagreement) -> Disagreement | None:
    try:
        found = disagreements(case, [wrong.reading])
    except Unreadable:
        return None
    return next((d for d in found if _sort(d) == _sort(wrong)), None)


def _sort(wrong: Disagreement) -> tuple[str, str]:
    """What is wrong, without where: the kind, and how an error begins."""
    return wrong.kind.split()[0], wrong.found[:8] if isinstance(wrong.found, str) else ""


def _smaller(case: Case) -> Iterator[Case]:
    """Cases with a step less, an input less, or a lower order."""
    if case.order == 2:
        yield replace(case, order=1)
    f = case.function
    if case.single:
        yield case.with_function(Function(tuple(np.asarray(x, float) if np.ndim(x) else x for x in f.point), f.steps))
    data = _numbers(f)
    for k in reversed(range(len(f.steps))):
        for steps in _without(f, k, data):
            for inputs in (False, True):  # an input that nothing needs may decide what kind of program it is
                smaller = _pruned(Function(f.point, steps), inputs)
                if smaller.point and len(smaller.steps) + len(smaller.point) < len(f.steps) + len(f.point):
                    yield case.with_function(smaller)
    for k, x in enumerate(f.point):
        if len(f.point) > 1:
            yield case.with_function(_pruned(_held(f, k, x), inputs=False))


def _numbers(f: Function) -> list[Any]:
    """The number at each place of the function."""
    data = list(f.point)
    for k in range(len(f.steps)):
        try:
            data.append(Function(f.point, f.steps[: k + 1])(*f.point).data)
        except Exception:
            return data
    return data


def _without(f: Function, k: int, data: list[Any]) -> Iterator[tuple[Step, ...]]:
    """The steps without number k: the function ends before it, or its input or its number stands for its result."""
    place, step = len(f.point) + k, f.steps[k]
    if k:
        yield f.steps[:k]
    if place >= len(data):
        return
    for x in step.inputs:
        if np.shape(data[x]) == np.shape(data[place]):
            later = tuple(s._replace(inputs=tuple(x if j == place else j for j in s.inputs)) for s in f.steps[k + 1 :])
            yield (*f.steps[:k], step, *later)  # nothing needs it any more: it is pruned
    if step.name != CONSTANT:
        yield (*f.steps[:k], Step(CONSTANT, (), {"data": data[place]}), *f.steps[k + 1 :])


def _held(f: Function, k: int, x: Any) -> Function:
    """Input k becomes a constant."""
    n = len(f.point)
    moved = {j: j if j < k else n - 1 if j == k else j - 1 if j < n else j for j in range(n + len(f.steps))}
    steps = tuple(s._replace(inputs=tuple(moved[j] for j in s.inputs)) for s in f.steps)
    return Function((*f.point[:k], *f.point[k + 1 :]), (Step(CONSTANT, (), {"data": x}), *steps))


def _pruned(f: Function, inputs: bool) -> Function:
    """Without steps (and inputs, if asked) on which the result does not depend."""
    n = len(f.point)
    needed, waiting = set[int](() if inputs else range(n)), [n + len(f.steps) - 1]
    while waiting:
        place = waiting.pop()
        if place not in needed:
            needed.add(place)
            waiting += f.steps[place - n].inputs if place >= n else ()
    new = {old: k for k, old in enumerate(sorted(needed))}
    steps = (s._replace(inputs=tuple(new[j] for j in s.inputs)) for k, s in enumerate(f.steps) if n + k in needed)
    return Function(tuple(x for k, x in enumerate(f.point) if k in needed), tuple(steps))
