"""A linearised graph is the derivative: J t is the engine's jvp, and the transpose is one, for every operation."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

import autograd_tiny as at
import autograd_tiny.value
from autograd_tiny import Value
from autograd_tiny.arrays.lines import MATRICES
from autograd_tiny.errors import GraphError
from autograd_tiny.gradients import jvp
from autograd_tiny.optim.linearization import Linearization
from autograd_tiny.table import TABLE

rng = np.random.default_rng(0)
POSITIVE = rng.uniform(0.2, 0.8, (3, 4))  # inside the domain of every operation, away from kinks
OTHER = rng.uniform(1.2, 1.8, (3, 1))

GRAPHS: dict[str, tuple[Callable[..., Value], list[Any]]] = {
    "sum": (lambda x: x.sum(axis=1), [POSITIVE]),
    "mean": (lambda x: x.mean(axis=0, keepdims=True), [POSITIVE]),
    "max": (lambda x: x.max(axis=1), [POSITIVE]),
    "logsumexp": (lambda x: at.logsumexp(x, axis=1), [POSITIVE]),
    "log softmax": (lambda x: at.log_softmax(x), [POSITIVE]),
    "elements": (
        lambda x: at.clip(x, 0.3, 0.6) + at.leaky_relu(x, 0.1) + at.where(POSITIVE > 0.5, x, x * x),
        [POSITIVE],
    ),
    "whole max": (lambda x: x.max(), [POSITIVE]),
    "reshape": (lambda x: x.reshape(2, 6), [POSITIVE]),
    "transpose": (lambda x: x.T, [POSITIVE]),
    "broadcast": (lambda y: at.broadcast_to(y, (3, 5)), [OTHER]),
    "take": (lambda x: x[1:, 2], [POSITIVE]),
    "take twice": (lambda x: x[[0, 2, 0]] * x[1], [POSITIVE]),
    "scatter": (lambda x: at.scatter(x, (slice(0, 3),), (5, 4)), [POSITIVE]),
    "stack": (lambda x, y: at.stack([x, x * y, x], axis=1), [POSITIVE, OTHER]),
    "concatenate": (lambda x, y: at.concatenate([y, x, y], axis=1), [POSITIVE, OTHER]),
    "matmul": (lambda x, y: x.T @ y, [POSITIVE, OTHER]),
    "matrix and vector": (lambda x, y: x @ y + (y @ x.T).sum(), [POSITIVE, rng.normal(size=4)]),
    "batched": (lambda x, y: x @ y, [rng.normal(size=(2, 3, 4)), rng.normal(size=(4, 5))]),
    "floats": (lambda a, b: a * b.exp() - a / b, [0.7, 1.3]),
    "float and array": (lambda a, x: (x * a + a).tanh() - (x**a).mean(), [0.7, POSITIVE]),
    "softmax": (lambda x: at.softmax(x), [POSITIVE]),
}
for name, op in TABLE.items():
    if op.elementwise and len(op.parameters) == len(op.defaults):  # else above
        apply = getattr(at, name, None) or getattr(Value, f"__{name}__")
        GRAPHS[name] = (apply, [POSITIVE + (op.domain == "x >= 1")] if op.arity == 1 else [POSITIVE, OTHER])


SQUARE = np.eye(3) * np.arange(2.0, 5.0) + rng.normal(size=(3, 3)) / 9
GRAPHS["cumsum"] = (lambda x: np.cumsum(x, 1), [SQUARE])
for op in MATRICES:
    GRAPHS[op.name] = (partial(at.functions.apply, op.name), [SQUARE] * (op.arity or 1))


def test_every_operation_is_covered() -> None:
    met = {v.op for f, inputs in GRAPHS.values() for v in at.value.ancestors(f(*map(Value, inputs)))}
    assert set(TABLE) <= met


def linearised(name: str) -> tuple[Linearization, Callable[..., Value], list[Any], list[Any], Value]:
    f, inputs = GRAPHS[name]
    leaves = [Value(x) for x in inputs]
    output = f(*leaves)
    directions = [rng.normal(size=np.shape(x)) if np.ndim(x) else float(rng.normal()) for x in inputs]
    return Linearization([output], leaves), f, inputs, directions, output


@pytest.mark.parametrize("name", GRAPHS)
def test_pushing_is_the_directional_derivative(name: str) -> None:
    linear, f, inputs, directions, _ = linearised(name)
    (pushed,) = linear.push(directions)
    np.testing.assert_allclose(pushed, jvp(f, inputs, directions)[1], rtol=1e-12, atol=1e-14)  # rounding only


@pytest.mark.parametrize("name", GRAPHS)
def test_pulling_is_the_transpose(name: str) -> None:
    linear, _, _, directions, output = linearised(name)
    u = rng.normal(size=output.shape)
    (pushed,), pulled = linear.push(directions), linear.pull([u])
    there = np.vdot(pushed, u)
    back = sum(float(np.vdot(t, p)) for t, p in zip(directions, pulled, strict=True))
    assert back == pytest.approx(there, rel=1e-12, abs=1e-13)


def test_a_graph_may_be_cut_at_an_inner_value() -> None:
    x = Value([1.0, 2.0])
    y = x * x
    z = y * x
    (pushed,) = Linearization([z], [y]).push([np.ones(2)])
    np.testing.assert_array_equal(pushed, x.data)  # the way from x around y does not count


def test_an_output_that_does_not_depend_stays_where_it_is() -> None:
    x, other = Value([1.0, 2.0]), Value([5.0])
    linear = Linearization([x * 2, other * 3], [x])
    moved, still = linear.push([np.ones(2)])
    assert moved.tolist() == [2.0, 2.0] and still.tolist() == [0.0]
    assert linear.pull([np.ones(2), np.ones(1)])[0].tolist() == [2.0, 2.0]
    with pytest.raises(GraphError, match="no output depends"):
        Linearization([other * 3], [x])


@pytest.mark.slow
def test_a_chain_of_a_hundred_thousand_is_no_recursion() -> None:
    x = Value([0.5])
    z = x
    for _ in range(100_000):
        z = z + x
    linear = Linearization([z], [x])
    assert linear.push([np.ones(1)])[0][0] == linear.pull([np.ones(1)])[0][0] == 100_001
