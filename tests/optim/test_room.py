"""After `zero_grad` the next gradient is written where the last one stood: the same numbers, and nobody's are lost."""

import copy
import os
import pickle
from collections.abc import Callable

import numpy as np
import pytest

from autograd_tiny import Value, grad, optim, take
from autograd_tiny.data import lined_up
from autograd_tiny.fast.collected import Room

pytestmark = pytest.mark.skipif(os.environ.get("AUTOGRAD_TINY") == "plain", reason="the plain engine leaves no room")

RNG = np.random.default_rng(11)
X = RNG.standard_normal((5, 3))


def parameters() -> dict[str, Value]:
    shapes: tuple[tuple[int, ...], ...] = ((3, 4), (4,), (4, 4), ())
    return {name: Value(RNG.standard_normal(shape) / 3, name) for name, shape in zip("WbVs", shapes, strict=True)}


LOSSES: dict[str, Callable[[dict[str, Value]], Value]] = {
    "products of matrices": lambda p: ((X @ p["W"] + p["b"]).tanh() @ p["V"] * p["s"]).sum(),
    "collected outer products": lambda p: (
        sum(((x @ p["W"] + p["b"]).tanh() @ p["V"] for x in X), p["b"]).sum() * p["s"]
    ),
    "parts and the whole": lambda p: (
        (take(p["V"], [0, 0, 2], 0) ** 2).sum() + p["V"][1, 2] * p["W"].T[0, 0] + p["W"].sum()
    ),
    "not all of them": lambda p: (p["b"] * p["b"]).sum(),
}


def used(optimizer: optim.Optimizer, loss: Callable[[dict[str, Value]], Value]) -> None:
    """One step, so that the optimiser has room for gradients."""
    p = optimizer.parameters
    (loss(p) + sum(v.sum() for v in p.values())).backward()
    optimizer.step()
    optimizer.zero_grad()


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_gradients_in_used_memory_are_the_same(loss: Callable[[dict[str, Value]], Value], times: int) -> None:
    p = parameters()
    used(optim.SGD(p, 0.01), loss)
    assert isinstance(p["W"]._grad, Room) and not p["W"].has_grad
    fresh = {name: Value(v.data) for name, v in p.items()}
    for _ in range(times):
        loss(p).backward()
        loss(fresh).backward()
    for name, v in p.items():
        assert v.has_grad == fresh[name].has_grad
        # The same sums; only in memory of another's may their order differ.
        assert np.allclose(v.grad, fresh[name].grad, rtol=1e-14, atol=0)


def test_between_steps_the_gradient_is_zero() -> None:
    p = parameters()
    used(optim.SGD(p, 0.01), LOSSES["products of matrices"])
    assert all(not np.any(v.grad) for v in p.values())
    assert "grad" not in repr(p["W"])
    assert not copy.copy(p["W"]).has_grad and not pickle.loads(pickle.dumps(p["W"])).has_grad
    assert not np.shares_memory(grad(LOSSES["products of matrices"](p), p["W"])[0].data, p["W"]._grad.array)


def test_a_gradient_that_somebody_keeps_is_not_overwritten() -> None:
    p, loss = parameters(), LOSSES["products of matrices"]
    optimizer = optim.SGD(p, 0.01)
    used(optimizer, loss)
    loss(p).backward()
    optimizer.step()
    kept = p["W"].grad
    before = kept.copy()
    optimizer.zero_grad()
    (loss(p) * 2).backward()
    assert np.array_equal(kept, before) and not np.array_equal(p["W"].grad, before)


@pytest.mark.parametrize("number", [np.full((2, 2), 5.0), np.full(3, 5.0, np.float32)], ids=["shape", "precision"])
def test_room_of_another_kind_is_left_alone(number: np.ndarray) -> None:
    p = {"b": Value(np.ones(3))}
    optimizer = optim.SGD(p, 0.01)
    p["b"].sum().backward()
    optimizer.step()
    optimizer.zero_grad()
    p["b"].data = number
    (p["b"] * 3).sum().backward()
    assert p["b"].grad.dtype == number.dtype
    assert np.array_equal(p["b"].grad, np.full(number.shape, 3.0))


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("shape", [(0,), (1,), (3,), (2, 5), (7, 1, 3)])
def test_arrays_that_are_read_often_begin_with_a_line_of_the_cache(shape: tuple[int, ...], dtype: str) -> None:
    kept = [lined_up(shape, dtype) for _ in range(5)]
    for array in kept:
        assert array.shape == shape and array.dtype == dtype and not array.any() and array.flags.c_contiguous
        assert not array.size or array.__array_interface__["data"][0] % 64 == 0
        array += 1.0
