"""Garbage goes away at once: a graph holds no cycle, so training keeps memory flat without the collector."""

import gc
import tracemalloc
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from autograd_tiny import Value, backward_steps, formula, forward_steps, grad, hvp, jvp, softmax, stack, to_scalars


@pytest.fixture
def uncollected() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def scalar_step(p: Value) -> None:
    loss = ((p * 2 + 1).tanh() - 0.5) ** 2 + (p.exp() / (p * p + 1)).sigmoid()
    p.grad = 0
    loss.backward()
    p.data -= 0.01 * p.grad


def array_step(p: Value) -> None:
    rows = [softmax(p @ np.ones((3, 3)) + k) for k in range(3)]
    loss = (stack(rows) ** 2).sum() + p[0] * p.max()
    p.zero_grad()
    loss.backward()
    p.data = p.data - 0.01 * p.grad


def second_order_step(p: Value) -> None:
    (slope,) = grad((p * p * p).sum(), [p], create_graph=True)
    grad((slope * slope).sum(), [p])


def reading_step(p: Value) -> None:
    z = (p * p).sum()
    list(forward_steps(z))
    list(backward_steps(z))
    to_scalars(z).backward()
    formula(z)
    hvp(lambda x: (x**3).sum(), [p.data], [p.data])
    jvp(lambda x: (x**3).sum(), [p.data], [p.data])


STEPS: dict[str, tuple[Callable[[Value], None], object]] = {
    "scalars": (scalar_step, 0.3),
    "arrays": (array_step, [0.3, 0.1, -0.2]),
    "second order": (second_order_step, [0.3, 0.1, -0.2]),
    "steps and readings": (reading_step, [0.3, 0.1, -0.2]),
}


@pytest.mark.share(4)
@pytest.mark.parametrize(("step", "start"), STEPS.values(), ids=STEPS)
def test_no_cycles(step: Callable[[Value], None], start: object, uncollected: None) -> None:
    p = Value(start)
    step(p)  # compiles what it needs, and compiling leaves garbage of Python's own
    gc.collect()
    for _ in range(20):
        step(p)
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        gc.collect()
        left = [x for x in gc.garbage if isinstance(x, Value) or type(x).__module__.startswith("autograd_tiny")]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
    assert left == []


@pytest.mark.share(2)
@pytest.mark.parametrize(("step", "start"), list(STEPS.values())[:2], ids=list(STEPS)[:2])
def test_a_thousand_steps_keep_memory_flat(step: Callable[[Value], None], start: object, uncollected: None) -> None:
    p = Value(start)
    tracemalloc.start()
    for _ in range(100):
        step(p)
    before, _ = tracemalloc.get_traced_memory()
    for _ in range(1000):
        step(p)
    freed_late = gc.collect()  # also empties Python's own lists of free tuples
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert freed_late == 0
    assert after - before < 20_000  # one float kept by each step would be 24 kB, one graph each 2 MB


def test_bytes_per_operation() -> None:
    x = v = Value(1.0)
    for _ in range(1000):  # birth numbers beyond the small ints that Python keeps anyway
        v = v * x
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for _ in range(10_000):
        v = v * x
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (after - before) / 10_000 <= 200  # the promise; measured: 144 with the float and the birth number
