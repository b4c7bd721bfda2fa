"""Trainings: whether their stored runs are those of the code, and what the lesson claims is true of every run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import numpy as np

from lessons.check.proving import can_fail
from lessons.format.lesson import Lesson, LessonError, Train
from lessons.judging.right import Names, evaluate
from lessons.session.execution import short_traceback
from lessons.session.history import after, code_key
from lessons.session.training import as_stored, collected, stored_key, stored_runs

# Trained anew on another processor, a curve is the same to a part in a thousand of its height: sums are taken in
# another order there, and what is trained magnifies that.
LIKE = 1e-3

Runs: TypeAlias = Mapping[int, Mapping[str, Any]]  # by seed: curves by name


def problems(lesson: Lesson, again: bool = False) -> Iterator[tuple[int, str]]:
    """What does not hold of the lesson's trainings, with the lines; `again` recomputes every run."""
    for train in lesson.parts:
        if isinstance(train, Train):
            yield from ((train.line, f"{train.id}: {problem}") for problem in _problems(lesson, train, again))


def _problems(lesson: Lesson, train: Train, again: bool) -> Iterator[str]:
    if stale(lesson, train):
        why = "its stored runs come from other code or seeds" if train.stored else "its runs are not stored"
        yield f"{why} (check --write)"
        return
    runs = stored_runs(train)
    yield from _false(lesson, train, runs)
    if again:
        try:
            anew = computed(lesson, train)
        except LessonError as error:
            yield error.message
            return
        yield from _false(lesson, train, anew)
        yield from _different(runs, anew)


def stale(lesson: Lesson, train: Train) -> bool:
    """Whether there are no stored runs, or such of other code or other seeds."""
    return stored_key(train) != _key(lesson, train) or tuple(stored_runs(train)) != train.seeds


def _key(lesson: Lesson, train: Train) -> str:
    return code_key((*lesson.before(train), train))


def computed(lesson: Lesson, train: Train) -> dict[int, dict[str, Any]]:
    """Every run, trained now, each from the lesson's names as they are at the block. LessonError where one fails."""
    runs = {}
    for seed in train.seeds:
        names = after((*lesson.before(train), train)).names
        if train.define not in names:
            raise LessonError(f"{train.id}: it does not run; `python -m lessons check` says why", train.line)
        try:
            runs[seed] = collected(names[train.define](seed))
        except Exception as error:
            raise LessonError(
                f"{train.id}, seed {seed}: {short_traceback(error, f'<lesson: {train.id}>')}", train.line
            ) from None
    return runs


def recomputed(lesson: Lesson, train: Train) -> str:
    """The text of the file that stores the runs, trained now."""
    return as_stored(train, computed(lesson, train), _key(lesson, train))


def _false(lesson: Lesson, train: Train, runs: Runs) -> Iterator[str]:
    """The claims that are not true of every run, with the seeds of those of which they are not, or of any run."""
    names = after((*lesson.before(train), train)).names
    for claim in train.holds:
        try:
            false = [str(seed) for seed in runs if not _true(claim, names, runs, seed)]
            if false:
                yield f"holds is false for seed{'s' * (len(false) > 1)} {', '.join(false)}: {claim}"
            elif not can_fail(claim, names | _seen(runs, next(iter(runs)))):
                yield f"holds claims nothing; it is true whatever is trained: {claim}"
        except LessonError as error:
            yield f"holds: {error.message}"
    if train.holds and _true_of_idle(train, names, runs):
        yield "holds is true of runs that stay where they begin: claim what the training changes"


def _true_of_idle(train: Train, names: Names, runs: Runs) -> bool:
    """Whether all is claimed of the same runs, too, if nothing changes after their first step."""
    idle = {seed: {name: [curve[0]] * len(curve) for name, curve in run.items()} for seed, run in runs.items()}
    try:
        return all(_true(claim, names, idle, seed) for claim in train.holds for seed in idle)
    except LessonError:
        return False  # it can't be read of them


def _true(claim: str, names: Names, runs: Runs, seed: int) -> bool:
    return bool(evaluate(claim, {**names, **_seen(runs, seed)}))


def _seen(runs: Runs, seed: int) -> dict[str, Any]:
    """What a claim can name of one run: its curves as arrays, its seed, all runs."""
    curves = {name: curve if isinstance(curve[0], str) else np.asarray(curve) for name, curve in runs[seed].items()}
    return {**curves, "seed": seed, "runs": runs}


def _different(runs: Runs, anew: Runs) -> Iterator[str]:
    """Where the stored curves are not those that training gives now."""
    for seed, run in anew.items():
        for name, curve in run.items():
            stored = runs[seed].get(name, [])
            if len(stored) != len(curve):
                yield f"seed {seed}: {name} has {len(curve)} steps now, the file says {len(stored)}"
            elif not isinstance(curve[0], str) and not _alike(np.asarray(stored), np.asarray(curve)):
                at = int(np.nanargmax(np.abs(np.asarray(stored) - np.asarray(curve))))
                now = f"{curve[at]:.6g} now, the file says {stored[at]:.6g}"
                yield f"seed {seed}: {name} at step {at} is {now} (check --train --write)"


def _alike(one: Any, other: Any) -> bool:
    height = float(np.max(np.abs(one[np.isfinite(one)]), initial=0.0))
    return np.allclose(one, other, rtol=LIKE, atol=LIKE * height, equal_nan=True)
