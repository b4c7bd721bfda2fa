"""Hessian-free optimisation: Newton's method by conjugate gradients, no matrix formed.

    θ   all parameters in a row     g = ∂L/∂θ     d   the step
    J   derivative of the outputs by θ            H   second derivative of the loss by the outputs
    G = Jᵀ H J   the Gauss–Newton matrix: never negative where the loss is convex in the outputs
    q(d) = gᵀd + ½ dᵀ(G + λ)d   the quadratic model of the loss's change, with the damping λ

(Martens, Deep learning via Hessian-free optimization, 2010; Martens and Sutskever, Learning recurrent
neural networks with Hessian-free optimization, 2011.)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_tiny.errors import DomainError, GraphError
from autograd_tiny.errors.arguments import annotated
from autograd_tiny.gradients import grad, gradients_or_zero
from autograd_tiny.nesting import being_differentiated
from autograd_tiny.optim.conjugate_gradients import Iterate, minimise
from autograd_tiny.optim.flat import Array, FlatData, Parameters, named
from autograd_tiny.optim.linearization import Linearization
from autograd_tiny.optim.optimizer import check_range
from autograd_tiny.value import Value

MEMORY = 0.95  # conjugate gradients start from this much of the last solution
SHRINK, SLOPE = 0.8, 1e-2  # the line search: how much shorter, and which share of the slope's promise is enough


@dataclass(frozen=True)
class Evaluation:
    """What an objective gives: the loss, the outputs in which it is convex, and the states to hold still, if any.

    >>> w = Value([1.0, 2.0], "w")
    >>> Evaluation(loss=(w * w).sum(), outputs=[w]).loss.data
    5.0
    """

    loss: Value
    outputs: Sequence[Value]
    states: Sequence[Value] = ()


@dataclass(frozen=True)
class Step:
    """What one step did.

    Losses before and after; conjugate gradient iterations; the damping it used; `ratio`, the true change
    over what the model promised; `length`, the share of the step taken; `evaluations`, how many
    gradients, curvature products and losses were computed since the start.
    """

    before: float
    after: float
    iterations: int
    damping: float
    ratio: float
    length: float
    evaluations: int


_FLAT = "the loss is flat here: its gradient is 0"
_NOT_CONVEX = "the curvature is not positive: the loss must be convex in the outputs (scores, not probabilities)"

Objective = Callable[[], Evaluation]
Product = Callable[[Array], Array]


class HessianFree:
    """Minimise an objective over leaf Values: `step(objective)` records it, solves for a step, and takes it.

    `damping` λ adapts itself as Levenberg's and Marquardt's does: less where the model keeps its promise.
    `structural` μ adds λμ‖J_s d‖² for the objective's `states` s: the states of a recurrent network turn
    abruptly where a step is too long, before the loss tells.

    >>> w = Value([4.0, -4.0], "w")
    >>> def objective():
    ...     output = w * np.array([1.0, 10.0])
    ...     return Evaluation((output * output).sum(), [output])
    ...
    >>> optimizer = HessianFree([w])
    >>> step = optimizer.step(objective)
    >>> step.after < 1e-2 * step.before
    True
    """

    @annotated
    def __init__(
        self, parameters: Parameters, damping: float = 1.0, *, structural: float = 0.0, iterations: int = 100
    ) -> None:
        check_range("HessianFree", damping=(damping, 0.0, math.inf), structural=(structural, 0.0, math.inf))
        check_range("HessianFree", iterations=(iterations, 1, math.inf))
        self.parameters = named(parameters)
        dtypes = {np.result_type(p._data) for p in self.parameters.values()}
        if len(dtypes) > 1:
            raise TypeError(f"HessianFree: parameters of {' and '.join(sorted(map(str, dtypes)))}; use one dtype")
        self.damping, self.structural, self.iterations = damping, structural, iterations
        self.flat = FlatData(self.parameters, dtypes.pop())
        self.solution = np.zeros_like(self.flat.collect())
        self.evaluations = 0

    def step(self, objective: Objective) -> Step:
        """Take one step, never uphill: where nothing leads down, θ stays and the damping rises."""
        theta = self.flat.collect().copy()
        now = self._evaluation(objective)
        g, before, damping = self._gradient(now), _number(now), self.damping
        way = minimise(self._curvature(now), -g, MEMORY * self.solution, self.iterations)
        if not way:
            raise GraphError(f"HessianFree: {_NOT_CONVEX if g.any() else _FLAT}")
        best, after = self._best(way, objective, theta)
        ratio = (after - before) / best.phi if best.phi < 0 else -math.inf
        self._adapt(ratio)
        length, after = self._shorten(best.x, objective, theta, before, after, float(g @ best.x))
        self.solution = way[-1].x
        return Step(before, after, way[-1].number, damping, ratio, length, self.evaluations)

    def _evaluation(self, objective: Objective) -> Evaluation:
        with being_differentiated(self.parameters.values()):  # the objective may ask for derivatives itself
            return objective()

    def _gradient(self, now: Evaluation) -> Array:
        self.evaluations += 1
        return _row(g._data for g in gradients_or_zero(now.loss, list(self.parameters.values())))

    def _curvature(self, now: Evaluation) -> Product:
        """The product with G + λ (and with λμ J_sᵀJ_s), from the graph as it was recorded, once."""
        outputs, states = list(now.outputs), list(now.states) if self.structural else []
        J = Linearization([*outputs, *states], list(self.parameters.values()))
        H = _loss_curvature(now.loss, outputs)
        still, damping = self.structural * self.damping, self.damping

        def product(d: Array) -> Array:
            self.evaluations += 1
            moved = J.push(self._parts(d))
            seen, held = moved[: len(outputs)], moved[len(outputs) :]
            return _row(J.pull([*H(seen), *(still * t for t in held)])) + damping * d

        return product

    def _parts(self, d: Array) -> list[Any]:
        parts = zip(self.flat.slices, self.flat.parts, strict=True)
        return [d[s].reshape(part.shape) if part.ndim else float(d[s][0]) for s, part in parts]

    def _loss(self, objective: Objective, theta: Array) -> float:
        """The loss at θ; infinite where it does not exist. θ is left there."""
        self.evaluations += 1
        self.flat.array[...] = theta
        self.flat.hand_back()
        try:
            return _number(self._evaluation(objective))
        except DomainError:
            return math.inf

    def _best(self, way: list[Iterate], objective: Objective, theta: Array) -> tuple[Iterate, float]:
        """Walk back along the iterates as long as the loss falls: late ones trust the model too far."""
        best, lowest = way[-1], self._loss(objective, theta + way[-1].x)
        for earlier in reversed(way[:-1]):
            loss = self._loss(objective, theta + earlier.x)
            if loss >= lowest:
                break
            best, lowest = earlier, loss
        return best, lowest

    def _adapt(self, ratio: float) -> None:
        if ratio > 0.75:
            self.damping *= 2 / 3
        elif not ratio >= 0.25:
            self.damping *= 3 / 2

    def _shorten(
        self, d: Array, objective: Objective, theta: Array, before: float, loss: float, slope: float
    ) -> tuple[float, float]:
        """Take the step, shortened until it keeps a little of the slope's promise; its length and the loss there."""
        length = 1.0
        while not loss <= before + SLOPE * length * min(slope, 0.0):
            length *= SHRINK
            if length < 1e-6:
                length, loss = 0.0, before
                break
            loss = self._loss(objective, theta + length * d)
        self.flat.array[...] = theta + length * d
        self.flat.hand_back()
        return length, loss


def _loss_curvature(loss: Value, outputs: list[Value]) -> Callable[[list[Array]], list[Array]]:
    """Products with the loss's second derivative by the outputs: the directional derivative of its gradient."""
    gradients = grad(loss, outputs, create_graph=True)
    if not any(g.inputs for g in gradients):
        raise GraphError("HessianFree: the loss is linear in the outputs: there is no curvature to use")
    return Linearization(gradients, outputs).push


def _number(now: Evaluation) -> float:
    loss = float(now.loss._data)
    return loss if math.isfinite(loss) else math.inf


def _row(parts: object) -> Array:
    return np.concatenate([np.ravel(part) for part in parts])  # type: ignore[attr-defined]
