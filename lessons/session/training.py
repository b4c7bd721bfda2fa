"""A training inside a lesson: a generator function of a seed, the runs that are stored of it, and new ones.

Glossary: a *run* is what the function yields from one seed, as *curves*: by name, one number (or text) for each yield.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from autograd_tiny import Value
from lessons.format.lesson import Curves, Train

Yielded: TypeAlias = Mapping[str, Any]
DIGITS = 6  # significant ones of what is stored: more than a curve or a sentence shows
LOSS = "loss"  # what a bare number is


@dataclass(frozen=True)
class Training:
    """A generator function, called with a seed, and its stored runs: `learn.runs[0]["loss"]` is an array over steps."""

    function: Callable[[int], Iterable[Any]]
    runs: Mapping[int, Mapping[str, Any]]

    def __call__(self, seed: int) -> Iterator[Yielded]:
        """Train anew from this seed; what is yielded, as numbers and texts by name."""
        return map(entries, self.function(seed))

    def curves(self, name: str = LOSS) -> dict[str, Any]:
        """One curve of every run, as a chart takes them: {"seed 0": …, "seed 1": …}."""
        return {f"seed {seed}": run[name] for seed, run in self.runs.items()}

    def __repr__(self) -> str:
        lengths = [len(next(iter(run.values()), ())) for run in self.runs.values()]
        seeds = ", ".join(map(str, self.runs))
        return f"{len(lengths)} runs of {max(lengths)} steps, seeds {seeds}" if lengths else "no runs are stored yet"


def training(train: Train, function: Callable[[int], Iterable[Any]]) -> Training:
    """The training with what is stored of it."""
    return Training(function, stored_runs(train))


def entries(yielded: Any) -> Yielded:
    """What was yielded, by name: a dictionary, or one number, the loss. TypeError for anything else."""
    table = yielded if isinstance(yielded, Mapping) else {LOSS: yielded}
    return {str(name): _plain(value) for name, value in table.items()}


def _plain(value: Any) -> float | str:
    number = value.data if isinstance(value, Value) else value
    if isinstance(number, str):
        return number
    if np.ndim(number) == 0 and isinstance(number, int | float | np.number | np.bool_ | np.ndarray):
        return float(number)
    raise TypeError(f"a training yields numbers and texts by name, not {value!r}")


def collected(seen: Iterable[Yielded]) -> dict[str, list[Any]]:
    """All that a run yields, as curves."""
    curves: dict[str, list[Any]] = {}
    for entry in seen:
        for name, value in entry.items():
            curves.setdefault(name, []).append(value)
    return curves


# The file beside the lesson -------------------------------------------------------------------------------------------


def as_stored(train: Train, runs: Mapping[int, Curves], key: str) -> str:
    """The text of the file; `key` stands for the code that the runs come from."""
    told = {str(seed): {name: list(map(_rounded, curve)) for name, curve in runs[seed].items()} for seed in train.seeds}
    lines = ",\n".join(f"  {json.dumps(seed)}: {json.dumps(run, ensure_ascii=False)}" for seed, run in told.items())
    return f'{{"code": "{key}", "runs": {{\n{lines}\n}}}}\n'


def _rounded(value: Any) -> Any:
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) and math.isfinite(value) else value


def stored_runs(train: Train) -> dict[int, dict[str, Any]]:
    """The stored runs by their seeds, numbers as arrays; none where the file does not say any."""
    try:
        runs = json.loads(train.stored)["runs"] if train.stored else {}
        return {int(seed): {name: _curve(values) for name, values in run.items()} for seed, run in runs.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}


def stored_key(train: Train) -> str:
    """What the stored runs say of the code that they come from."""
    try:
        return str(json.loads(train.stored)["code"])
    except (ValueError, KeyError, TypeError):
        return ""


def _curve(values: list[Any]) -> Any:
    return values if any(isinstance(value, str) for value in values) else np.array(values, dtype=float)
