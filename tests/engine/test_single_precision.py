"""Programs over arrays of float32: in loops, compiled and in every dialect, held to the same in float64."""

import shutil
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from autograd_tiny import Value, nn, trace
from autograd_tiny.program.c.compiler import COMPILERS
from autograd_tiny.program.rolled.running import Loops
from tests.engine.dialects import ARRAY_DIALECTS, defined, given

EPS = float(np.finfo(np.float32).eps)
needs_compiler = pytest.mark.skipif(not any(map(shutil.which, COMPILERS)), reason="no C compiler on this machine")


def cells(D: int, H: int, seed: int) -> Iterator[nn.Cell]:
    yield nn.RNNCell(D, H, seed=seed)
    yield nn.LSTMCell(D, H, seed=seed)
    yield nn.LSTMCell(D, H, seed=seed, peephole=True, learn_initial_state=True)
    yield nn.GRUCell(D, H, seed=seed)
    yield nn.MultiplicativeRNNCell(D, H, seed=seed)
    yield nn.StackedCells([nn.LSTMCell(D, H, seed=seed), nn.RNNCell(H, D, seed=seed)])


CELLS = ("RNN", "LSTM", "peepholes", "GRU", "multiplicative", "stacked")


def close(found: Any, exact: Any) -> None:
    """Within a few hundred roundings of the largest number: so many terms have the sums here."""
    assert np.max(np.abs(found - exact), initial=0.0) <= 256 * EPS * (1 + np.max(np.abs(exact), initial=0.0))


def results(program: Any, cell: nn.Cell, xs: Any) -> list[Any]:
    """The value, the gradient of the input, and those of the cell."""
    for p in cell.parameters().values():
        p.zero_grad()
    value, (gradient,) = program.value_and_grad(xs)
    assert program.backward(xs) == value
    close(program(xs), value)
    return [value, gradient, *(np.copy(p.grad) for p in cell.parameters().values())]


@pytest.mark.share(4)
@pytest.mark.parametrize("which", range(len(CELLS)), ids=CELLS)
@pytest.mark.parametrize("way", ["NumPy", "windows", pytest.param("C", marks=needs_compiler)])
def test_loops_in_single_precision_are_near_those_in_double(which: int, way: str) -> None:
    rng = np.random.default_rng(which)
    for T, B, D, H in np.add(rng.integers(1, 9, (2, 4)), [8, 0, 1, 1]):
        cell = list(cells(int(D), int(H), int(T)))[which]

        def loss(xs: Value, cell: nn.Cell = cell) -> Value:
            return (nn.unroll(cell, xs)[0] ** 2).sum()

        wanted = {n: rng.normal(size=(n, B, D)) for n in (T, T + 5)}
        exact = {n: results(trace(loss, xs), cell, xs) for n, xs in wanted.items()}
        cell.astype(np.float32)
        program = trace(loss, wanted[T].astype(np.float32), checkpoint=way == "windows")
        assert isinstance(program.loops, Loops), program.loops
        program = program.native() if way == "C" else program
        for n, xs in wanted.items():
            found = results(program, cell, xs.astype(np.float32))
            for ours, theirs in zip(found, exact[n], strict=True):
                close(ours, theirs)
            assert {x.dtype for x in found[1:]} == {np.dtype(np.float32)}


@pytest.mark.share(3)
@pytest.mark.parametrize("dialect", ARRAY_DIALECTS)
def test_printed_loops_stay_in_single_precision(dialect: str) -> None:
    cell = nn.LSTMCell(3, 4, seed=1)
    cell.astype(np.float32)
    xs = np.random.default_rng(0).normal(size=(9, 2, 3)).astype(np.float32)
    program = trace(lambda xs: (nn.unroll(cell, xs)[0] ** 2).sum(), xs)
    printed = defined(program.source(dialect, rolled=True))
    operands = [xs, *[leaf.data for leaf in program.captured]]
    if dialect == "torch":
        import torch

        value, gradients = printed(*map(torch.tensor, operands))
    else:
        value, gradients = printed(*[given(x, dialect) for x in operands])
    exact, (gradient,) = program.value_and_grad(xs)
    close(np.asarray(value), exact)
    close(np.asarray(gradients[0]), gradient)
    assert {str(np.asarray(g).dtype) for g in gradients} == {"float32"}


@needs_compiler
def test_compiled_loops_are_of_floats() -> None:
    cell = nn.GRUCell(3, 4, seed=1)
    loss = lambda xs: (nn.unroll(cell, xs)[0] ** 2).sum()  # noqa: E731
    texts = []
    for dtype in (np.float64, np.float32):
        cell.astype(dtype)
        texts.append(trace(loss, np.ones((30, 2, 3), dtype)).source("c"))
    assert "double *row_h" in texts[0] and "float *" not in texts[0]
    assert "float *row_h" in texts[1] and "double *row" not in texts[1]


def test_float32_beside_float64_stays_straight() -> None:
    cell = nn.RNNCell(3, 4, seed=1)
    program = trace(lambda xs: (nn.unroll(cell, xs)[0] ** 2).sum(), np.ones((9, 3), np.float32))
    assert "there are arrays of float32 and of float64" in str(program.loops)


def test_a_program_in_single_precision_runs_without_gradients() -> None:
    x = np.ones(3, np.float32)
    assert trace(lambda x: (x * x).sum(), x)(x) == 3.0
