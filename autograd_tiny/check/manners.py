"""What is looked at before any slope: a function that is one, inputs left alone, gradients of shape and kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_tiny.check.report import Finding
from autograd_tiny.check.slopes import EPS

CHANCE = 1e4 * EPS  # relative: sums may be taken in another order each time


def not_the_same(first: Any, again: Any) -> list[Finding]:
    """A finding if f gave two answers at the same inputs."""
    if first.shape == again.shape and np.array_equal(first, again, equal_nan=True):
        return []
    if first.shape == again.shape and np.all(np.abs(again - first) <= CHANCE * np.max(np.abs(first), initial=0.0)):
        return []
    if first.shape != again.shape:
        said = f"shape {first.shape}, and then {again.shape}"
    else:
        k = int(np.argmax(np.abs(again - first)))
        said = f"{first.flat[k]:.6g}, and then {again.flat[k]:.6g}"
    return [Finding(
        f"f gives {said} at the same inputs: it draws random numbers or keeps a state, so it has no derivative; "
        "seed it anew in each call, or switch that off.", "unsure",
    )]  # fmt: skip


def not_finite(value: Any) -> list[Finding]:
    """A finding if f is not finite where it is to be checked."""
    bad = value[~np.isfinite(value)]
    if not bad.size:
        return []
    where = "" if value.ndim == 0 else f" in {bad.size} of its {value.size} numbers"
    return [Finding(f"f is {bad.flat[0]}{where} at these inputs, so there is nothing to differentiate.", "unsure")]


def overwritten(who: str, before: Sequence[Any], after: Sequence[Any], names: Sequence[str]) -> list[Finding]:
    """A finding for each input that a function changed in place."""
    changed = [
        name for name, x, y in zip(names, before, after, strict=True)
        if np.shape(x) == np.shape(y) and not np.array_equal(x, y, equal_nan=True)
    ]  # fmt: skip
    return [
        Finding(f"{who} overwrites {name} in place; it should leave its inputs alone (work on a copy).", "unsure", name)
        for name in changed
    ]


def misshapen(name: str, gradient: Any, x: Any) -> list[Finding]:
    """A finding if a gradient is no array of real, finite numbers of its input's shape."""
    g = np.asarray(gradient)
    if g.dtype.kind not in "fiub":
        return [Finding(f"The gradient of {name} holds {_kinds(g)}, not real numbers.", "wrong", name)]
    if g.shape != np.shape(x):
        return [Finding(f"The gradient of {name} has shape {g.shape}; {name} has {np.shape(x)}.", "wrong", name)]
    if not np.isfinite(g).all():
        bad = g[~np.isfinite(g)]
        return [Finding(f"The gradient of {name} is {bad.flat[0]} in {bad.size} of {g.size} numbers.", "wrong", name)]
    return []


def _kinds(g: Any) -> str:
    return "complex numbers" if g.dtype.kind == "c" else f"numbers of type {g.dtype}"


def rounded(name: str, gradient: Any, x: Any) -> list[Finding]:
    """A finding if a gradient has fewer digits than its input: whole numbers, float32."""
    g, original = np.asarray(gradient), np.asarray(x)
    if original.dtype != np.float64:
        return []
    if g.dtype.kind in "iub" and g.size and np.any(g):
        return [
            Finding(
                f"The gradient of {name} is an array of {g.dtype}: whole numbers lose what lies between.", "right", name
            )
        ]
    if g.dtype.kind == "f" and g.dtype.itemsize < 8:
        return [Finding(f"The gradient of {name} is {g.dtype} although {name} is float64.", "right", name)]
    return []


def single(value: Callable[[Sequence[Any]], Any], points: Sequence[Any], here: Any) -> list[Finding]:
    """A finding if f gives numbers of float32 wherever it is asked: those of float64 are that by chance never."""

    def is_single(v: Any) -> bool:
        with np.errstate(all="ignore"):
            return bool(np.array_equal(np.asarray(v, np.float32).astype(float), v)) and bool(np.isfinite(v).all())

    random = np.random.default_rng(0)
    around = ([x * random.uniform(0.9, 1.1, x.shape) for x in points] for _ in range(3))
    values = [here] if is_single(here) and points else []
    values += [value(moved) for moved in around] if values else []
    if not values or not all(map(is_single, values)) or all(np.array_equal(v, np.round(v, 3)) for v in values):
        return []
    return [Finding(
        "f computes in float32, so its values have 7 digits and its slopes 4 or so; for a sharper check, compute in "
        "float64.", "right",
    )]  # fmt: skip
