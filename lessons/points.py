"""The lesson's names as numbers, at the lesson's values and at random ones.

Glossary: *names* is a lesson's namespace; a *point* gives every scalar name a number: leaves get random ones, and what
was computed from them is computed again.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from autograd_tiny import Value
from autograd_tiny.graphs.replay import Number, run

TRIES = 60  # random points; some may fall outside a domain
SEED = 1  # the same points every time: a counterexample can be shown to a friend


@dataclass(frozen=True)
class Point:
    """One setting of all the names: `names` for formulas, `numbers` for the whole circuit."""

    names: Mapping[str, float]
    numbers: Mapping[Value, Number]


def lesson_point(names: Mapping[str, Any]) -> Point:
    """The numbers that the lesson itself uses."""
    scalars = scalar_values(names)
    numbers = run(list(scalars.values()), {})
    return Point(_named(names, scalars, numbers), numbers)


def random_points(names: Mapping[str, Any]) -> Iterator[Point]:
    """Settings at which everything is defined: some near the lesson's values, some with other signs."""
    scalars = scalar_values(names)
    chance = random.Random(SEED)
    leaves = [v for v in run(list(scalars.values()), {}) if not v.inputs and not v.is_constant]
    for attempt in range(TRIES):
        given = {v: _other(v.data, chance, attempt) for v in leaves}
        try:
            numbers = run(list(scalars.values()), given)
        except (ArithmeticError, ValueError):
            continue
        yield Point(_named(names, scalars, numbers), numbers)


def scalar_values(names: Mapping[str, Any]) -> dict[str, Value]:
    """The names that stand for a Value holding one number."""
    return {name: v for name, v in names.items() if isinstance(v, Value) and v.data.__class__ is float}


def scalar_names(names: Mapping[str, Any]) -> tuple[str, ...]:
    """The names that an expression answer may use: labelled Values, other Values, plain numbers; none that begins _."""
    values = sorted(scalar_values(names).items(), key=lambda item: item[1].label != item[0])
    return tuple(name for name in (*dict(values), *_plain(names)) if not name.startswith("_"))


def _plain(names: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(v) for name, v in names.items() if isinstance(v, int | float) and not isinstance(v, bool)}


def _named(names: Mapping[str, Any], scalars: Mapping[str, Value], numbers: Mapping[Value, Number]) -> dict[str, float]:
    return {name: float(numbers[v]) for name, v in scalars.items()} | _plain(names)


def _other(data: Number, chance: random.Random, attempt: int) -> Number:
    """Another number (or array) of the same size; every second time it may change its sign. Two decimals: a
    counterexample should be easy to type.
    """
    if data.__class__ is not float:
        return data * chance.uniform(0.5, 1.5)
    size = abs(data) or 0.5
    other = round(size * chance.uniform(0.4, 1.7), 2) or 0.5
    keep = chance.random() < 0.5 if attempt % 2 else True
    return other if (data >= 0) == keep else -other
