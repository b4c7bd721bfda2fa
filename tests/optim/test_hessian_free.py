"""Hessian-free: its products are the Gauss-Newton matrix's, a quadratic takes one step, and no step leads uphill."""

from typing import Any

import numpy as np
import pytest

from autograd_tiny import Value, nn, value_and_grad
from autograd_tiny.errors import GraphError
from autograd_tiny.optim import Evaluation, HessianFree
from autograd_tiny.optim.conjugate_gradients import minimise

rng = np.random.default_rng(0)


def network() -> tuple[dict[str, Value], Any]:
    """A small classifier: its parameters, and its objective."""
    X, classes = rng.normal(size=(20, 3)), rng.integers(0, 4, 20)
    p = {"U": Value(rng.normal(size=(3, 5)), "U"), "V": Value(rng.normal(size=(5, 4)), "V"), "s": Value(0.7, "s")}

    def objective() -> Evaluation:
        h = (X @ p["U"]).tanh()
        scores = (h @ p["V"]) * p["s"]
        return Evaluation(nn.cross_entropy(scores, classes), [scores], [h])

    return p, objective


def jacobian(f: Any, theta: np.ndarray[Any, Any], at: np.ndarray[Any, Any], eps: float = 1e-6) -> np.ndarray[Any, Any]:
    columns = []
    for k in range(len(at)):
        e = np.zeros(len(at))
        e[k] = eps
        theta[...] = at + e
        above = f()
        theta[...] = at - e
        columns.append((above - f()) / (2 * eps))
    theta[...] = at
    return np.stack(columns, axis=1)


@pytest.mark.parametrize("structural", [0.0, 0.3])
def test_products_are_those_of_the_damped_gauss_newton_matrix(structural: float) -> None:
    p, objective = network()
    optimizer = HessianFree(p, damping=0.5, structural=structural)
    theta = optimizer.flat.collect()

    def seen(what: str) -> np.ndarray[Any, Any]:
        optimizer.flat.hand_back()
        return np.ravel(getattr(objective(), what)[0].data)

    now = objective()
    J = jacobian(lambda: seen("outputs"), theta, theta.copy())
    J_s = jacobian(lambda: seen("states"), theta, theta.copy())
    optimizer.flat.hand_back()
    softmax = np.exp(now.outputs[0].data)
    softmax /= softmax.sum(1, keepdims=True)
    blocks = [(np.diag(s) - np.outer(s, s)) / len(softmax) for s in softmax]  # the cross entropy's second derivative
    H = np.zeros((80, 80))
    for k, block in enumerate(blocks):
        H[4 * k : 4 * k + 4, 4 * k : 4 * k + 4] = block
    G = J.T @ H @ J + 0.5 * structural * J_s.T @ J_s + 0.5 * np.eye(len(theta))
    d = rng.normal(size=len(theta))
    # The matrix comes from central differences: exact to about 1e-9.
    np.testing.assert_allclose(optimizer._curvature(now)(d), G @ d, rtol=1e-6, atol=1e-8)


def test_least_squares_takes_one_step() -> None:
    A, b = rng.normal(size=(30, 6)), rng.normal(size=30)
    x = Value(np.zeros(6), "x")

    def objective() -> Evaluation:
        y = A @ x
        return Evaluation(nn.mse(y, b), [y])

    done = HessianFree([x], damping=0.0).step(objective)
    best = np.linalg.lstsq(A, b, rcond=None)[0]
    np.testing.assert_allclose(x.data, best, rtol=1e-8)  # conjugate gradients end in six iterations, up to rounding
    assert done.ratio == pytest.approx(1.0) and done.length == 1.0


def test_no_step_leads_uphill_and_training_ends_low() -> None:
    p, objective = network()
    optimizer = HessianFree(p, damping=1.0)
    steps = [optimizer.step(objective) for _ in range(40)]
    for done in steps:
        assert done.after <= done.before
    assert objective().loss.data == steps[-1].after < 0.1 * steps[0].before
    assert type(p["s"].data) is float
    assert steps[-1].evaluations == optimizer.evaluations > 40


def test_damping_follows_the_models_promises() -> None:
    p, objective = network()
    optimizer = HessianFree(p, damping=1.0)
    for _ in range(15):
        before = optimizer.damping
        done = optimizer.step(objective)
        factor = 2 / 3 if done.ratio > 0.75 else 1.0 if done.ratio >= 0.25 else 3 / 2
        assert optimizer.damping == pytest.approx(before * factor)
        assert done.damping == before


def test_conjugate_gradients_solve_and_descend() -> None:
    M = rng.normal(size=(12, 12))
    A, b = M @ M.T + np.eye(12), rng.normal(size=12)
    way = minimise(lambda v: A @ v, b, np.zeros(12), 40)
    np.testing.assert_allclose(way[-1].x, np.linalg.solve(A, b), rtol=1e-6)
    phis = [it.phi for it in way]
    assert phis == sorted(phis, reverse=True)
    for it in way:
        assert it.phi == pytest.approx(0.5 * it.x @ A @ it.x - b @ it.x, rel=1e-9)


@pytest.mark.parametrize(
    ("objective", "words"),
    [
        (lambda x: Evaluation((x * 0).sum(), [x * x]), "does not reach"),
        (lambda x: (lambda y: Evaluation(y.sum(), [y]))(x * 2), "linear in the outputs"),
        (lambda x: (lambda y: Evaluation((y * y), [y]))(x * 2), r"shape \(2,\), not \(\)"),
        (lambda x: (lambda y: Evaluation(-(y * y).sum(), [y]))(x * 2), "must be convex"),
        (lambda x: (lambda y: Evaluation((y * y).sum(), [y]))(x * 0), "its gradient is 0"),
    ],
)
def test_objectives_that_cannot_be_are_named(objective: Any, words: str) -> None:
    x = Value([1.0, 2.0], "x")
    with pytest.raises(GraphError, match=words):
        HessianFree([x], damping=1e-3).step(lambda: objective(x))


def test_parameters_of_two_dtypes_are_refused() -> None:
    with pytest.raises(TypeError, match="float32 and float64; use one"):
        HessianFree([Value(np.ones(2, np.float32)), Value(np.ones(2))])


def test_an_objective_may_itself_ask_for_a_derivative() -> None:
    w = Value(1.0, "w")

    def objective() -> Evaluation:
        _, [slope] = value_and_grad(lambda x: w * x)(2.0)  # w itself
        error = slope - 3.0
        return Evaluation(error * error, [error])

    HessianFree({"w": w}, damping=0.0).step(objective)
    assert w.data == pytest.approx(3.0, rel=1e-12)
