"""Jacobians from step to step, read off a recorded graph, and how much they can stretch a gradient.

state   what a step hands on: h; (h, c) of an LSTM, its parts held independent of one another
J       ∂state_k/∂state_{k−1}, all numbers of a state as one vector
gain    ‖J‖, its largest singular value: no gradient is stretched more on its way back
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise
from operator import mul
from typing import Any

import numpy as np

from autograd_tiny import Value, gradients
from autograd_tiny.errors.messages import differentiating
from autograd_tiny.graphs.steps import contributions
from autograd_tiny.value import birth
from autograd_tiny.words.words import word

Array = np.ndarray[Any, np.dtype[np.float64]]
State = tuple[Value, ...]

LARGEST = 256  # numbers of a state: a Jacobian takes one backward pass for each


def pulled(outputs: State, seeds: Sequence[Any], inputs: State) -> list[Any]:
    """What arrives at each input when the seeds flow back from the outputs; no path runs through an input.

    An output that is an input as well sends back its seed, and keeps what arrives.
    """
    flowing: dict[Value, Any] = dict(zip(outputs, seeds, strict=True))
    arrived: dict[Value, Any] = {}
    order = between(outputs, inputs)
    wanted, ends = set(order), set(inputs)
    v = outputs[0]
    with differentiating(lambda: v):
        for v in reversed(order):
            if v not in flowing:
                continue
            for slot, share in contributions(v, flowing[v]):
                x = v.inputs[slot]
                into = arrived if x in ends else flowing
                if x in ends or x in wanted:
                    into[x] = into[x] + share if x in into else share
    return [arrived.get(x, np.zeros(x.shape)) for x in inputs]


def between(outputs: State, inputs: State) -> list[Value]:
    """What depends on an input and leads to an output, the outputs included, in order of birth."""
    first, ends = min(x.birth for x in inputs), set(inputs)
    found = dict.fromkeys(outputs)
    waiting = list(outputs)
    while waiting:
        for x in waiting.pop().inputs:
            if x.birth > first and x not in found and x not in ends:  # what is older cannot depend on an input
                found[x] = None
                waiting.append(x)
    order = sorted(found, key=birth)
    way = gradients.way_to(list(inputs), order)
    return [v for v in order if v in way or v in ends]


def jacobian(outputs: State, inputs: State) -> Array:
    """∂outputs/∂inputs as a matrix: a row per number of the outputs. ValueError if there are too many."""
    rows = sum(_count(v) for v in outputs)
    if rows > LARGEST:
        raise ValueError(f"flow: the Jacobian of a state of {rows} numbers takes as many backward passes per step, "
                         f"and at most {LARGEST} are made: leave jacobians=True out")  # fmt: skip
    return np.concatenate([_rows(v, inputs) for v in outputs])


def _rows(output: Value, inputs: State) -> Array:
    """A backward pass per number of one output, from it to the inputs and no further."""
    order = [v for v in between((output,), inputs) if v not in set(inputs)]
    met = dict.fromkeys([*inputs, *(x for v in order for x in v.inputs), *order])
    everything = [*(v for v in met if v is not output), output]
    seeds = np.eye(_count(output)).reshape(-1, *output.shape) if output.ndim else [1.0]
    way = gradients.way_to(list(inputs), order)
    return np.stack([_flat(gradients.numerically(everything, way, list(inputs), seed)) for seed in seeds])


def gain(J: Array) -> float:
    """‖J‖, the largest singular value; NaN or ∞ where J has one."""
    worst = float(np.abs(J).max(initial=0.0))
    return float(np.linalg.norm(J, 2)) if math.isfinite(worst) else worst


def gains(states: Sequence[State]) -> list[float]:
    """‖J‖ of each step but the first."""
    return [gain(jacobian(after, before)) for before, after in pairwise(states)]


def bound(factors: Sequence[float], last: float) -> list[float]:
    """How long each step's gradient can be at most: the last one's length, times the factor of each step on the way.

    With γ_W γ_φ for every factor, the lecture's (γ_W γ_φ)^{T−k} times the last.
    """
    return list(accumulate(reversed(factors), mul, initial=last))[::-1]


def held(totals: Sequence[Any], state: State) -> list[Any]:
    """Each part's gradient with the other parts held fixed: without what came through another part of the state."""
    through = pulled(state, totals, state)
    with np.errstate(invalid="ignore", over="ignore"):  # ∞ − ∞ is NaN, and marked as such
        return [total - share for total, share in zip(totals, through, strict=True)]


def factor(before: Value, after: Value) -> float | None:
    """γ_W γ_φ: what a chain of matrix products and nonlinearities can stretch at most; None where it is no chain."""
    product, last, seen = 1.0, before, {before}
    for v in between((after,), (before,)):
        inner = [x for x in v.inputs if x in seen]
        stretch = _stretch(v, last) if len(inner) == 1 and inner[0] is last else None
        if stretch is None:
            return None
        product *= stretch
        last = v
        seen.add(v)
    return product if last is after else None


def _stretch(v: Value, x: Value) -> float | None:
    if v.op == "matmul":
        (other,) = (y for y in v.inputs if y is not x)
        return float(np.linalg.norm(np.atleast_2d(other.data), 2))
    if v.op == "mul":
        (other,) = (y for y in v.inputs if y is not x)
        return float(np.abs(other.data).max())
    return word(v.op).steepest


def _count(v: Value) -> int:
    return int(np.prod(v.shape))


def _flat(numbers: Iterable[Any]) -> Array:
    return np.concatenate([np.ravel(x) for x in numbers])
