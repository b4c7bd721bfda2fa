"""`to_scalars`: the scalar circuit computes what the array graph computes: value, gradients, and theirs."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_tiny as at
from autograd_tiny import Value, to_scalars
from autograd_tiny.arrays.lines import LINES, MATRICES
from autograd_tiny.errors import AutogradError, GraphError
from autograd_tiny.functions import apply
from autograd_tiny.table import TABLE, Op
from autograd_tiny.value import ancestors

SHAPES = [(), (), (1,), (2,), (3,), (0,), (1, 1), (2, 3), (3, 1), (1, 3), (0, 2), (2, 0), (3, 3), (2, 1, 3)]
Random = np.random.Generator
NUMBERS = [name for name in TABLE if name not in {line.name for line in LINES}]  # not of whole matrices


def random_leaf(rng: Random, label: str) -> Value:
    """A leaf on a coarse grid, so that there are ties, zeros and kinks."""
    shape = SHAPES[rng.integers(len(SHAPES))]
    data = rng.integers(-4, 5, shape) / 2.0 if rng.random() < 0.5 else rng.normal(size=shape)
    return Value(data if shape else float(data), label)


def random_axis(rng: Random, ndim: int) -> Any:
    axes = [k - ndim * int(rng.integers(2)) for k in range(ndim) if rng.random() < 0.5]
    return (None, *axes, tuple(axes))[rng.integers(len(axes) + 2)]


def random_index(rng: Random, shape: tuple[int, ...]) -> Any:
    """An index with repeats, slices, masks, new axes, and arrays that broadcast."""
    parts: list[Any] = []
    for n in shape[: rng.integers(len(shape) + 1)]:
        kinds = [slice(None), slice(None, None, -1), slice(0, max(n - 1, 0)), rng.random(n) < 0.5]
        kinds += [int(rng.integers(-n, n)), rng.integers(-n, n, 3), rng.integers(-n, n, (2, 1))] if n else []
        parts.append(kinds[rng.integers(len(kinds))])
    if rng.random() < 0.2:
        parts.insert(rng.integers(len(parts) + 1), None)
    return tuple(parts)


def shaping(name: str, x: Value, rng: Random, values: list[Value]) -> Value:
    """One operation on shapes, a reduction or a product, about `x`, with random parameters."""
    if name in ("sum", "mean", "logsumexp", "max"):
        return apply(name, x, random_axis(rng, x.ndim), bool(rng.integers(2)))
    if name == "reshape":
        return x.reshape([(-1,), (*x.shape, 1), (1, *x.shape), x.shape[::-1]][rng.integers(4)])
    if name == "transpose":
        return apply(name, x, tuple(int(k) for k in rng.permutation(x.ndim)))
    if name == "broadcast":
        return apply(name, x, (2, *(3 if n == 1 else n for n in x.shape)))
    if name == "take":
        return x[random_index(rng, x.shape)]
    if name == "scatter":
        index = random_index(rng, (3, 2))
        return at.scatter(apply("broadcast", at.sum(x), np.zeros((3, 2))[index].shape), index, (3, 2))
    if name in ("stack", "concatenate"):
        alike = [v for v in values if v.shape == x.shape]
        chosen = [alike[rng.integers(len(alike))] for _ in range(rng.integers(1, 4))]
        return apply(name, x, *chosen, 0.5 * np.ones(x.shape), axis=int(rng.integers(-1, x.ndim + (name == "stack"))))
    assert name == "matmul"
    return x @ values[rng.integers(len(values))]


def random_step(rng: Random, values: list[Value]) -> Value:
    name = NUMBERS[rng.integers(len(NUMBERS))]
    op, (x, y) = TABLE[name], (values[rng.integers(len(values))] for _ in range(2))
    if not op.elementwise:
        return shaping(name, x, rng, values)
    whole = np.broadcast_shapes(*(v.shape for v in (x, y)[: op.arity]))
    given = {
        "negative_slope": 0.25, "low": rng.choice([-0.5, 0.0], whole), "high": 1.0,
        "condition": rng.random(whole) < 0.5, "alpha": 0.75,
    }  # fmt: skip
    if not whole:
        given |= {"low": -0.5, "condition": bool(rng.integers(2))}
    if name == "pow" and rng.random() < 0.5:
        return x ** float(rng.integers(-1, 4))
    return apply(name, *(x, y)[: op.arity], **{p: given[p] for p in op.parameters})


def random_graph(seed: int, steps: int = 6) -> tuple[list[Value], Value]:
    """Some leaves, and a scalar that depends on them through operations of the whole table."""
    rng = np.random.default_rng(seed)
    leaves = [random_leaf(rng, f"x{k}") for k in range(3)]
    values = list(leaves)
    for _ in range(steps):
        try:
            z = random_step(rng, values)
        except (ValueError, ArithmeticError, IndexError):
            continue
        if z.size <= 60 and np.all(np.abs(z.data) < 50):
            values.append(z)
    total = Value(0.0) * 1.0
    for v in values:
        total = total + at.sum(v * rng.normal(size=v.shape))
    return leaves, total


def gradients_of(scalar: Value, leaves: list[Value], order: int) -> list[Any]:
    """The gradient in each leaf's shape, or with order 2 that of Σ gradient², found by the labels of the elements."""
    elements = {v.label: v for v in ancestors(scalar) if not v.inputs and v.label}
    targets = list(elements.values())
    found = at.grad(scalar, targets, create_graph=order == 2) if targets else []
    if order == 2:
        squares = sum((g * g for g in found if not g.is_constant), Value(0.0) * 1.0)
        reached = set(ancestors(squares))
        targets = [v for v in targets if v in reached]
        found = at.grad(squares, targets) if targets else []
    by_label = {v.label: g.data for v, g in zip(targets, found, strict=True)}
    result = []
    for x in leaves:
        array = np.zeros(x.shape)
        for index in np.ndindex(*x.shape):
            name = f"{x.label}[{','.join(map(str, index))}]" if index else x.label
            array[index] = by_label.get(name, 0.0)
        result.append(array)
    return result


def gradients_of_arrays(output: Value, leaves: list[Value], order: int) -> list[Any]:
    reached = set(ancestors(output))
    targets = [x for x in leaves if x in reached]
    found = at.grad(output, targets, create_graph=order == 2)
    if order == 2:
        squares = sum((at.sum(g * g) for g in found), Value(0.0) * 1.0)
        reached = set(ancestors(squares))
        targets = [x for x in targets if x in reached]
        found = at.grad(squares, targets) if targets else []
    by_leaf = dict(zip(targets, (g.data for g in found), strict=True))
    return [by_leaf.get(x, np.zeros(x.shape)) for x in leaves]


def agree(output: Value, leaves: list[Value], order: int = 1, rtol: float = 1e-9) -> None:
    try:
        right = gradients_of_arrays(output, leaves, order)
    except AutogradError:
        return  # at the edge of a domain: √x at 0
    scalar = to_scalars(output)
    assert type(scalar.data) is float and all(type(v.data) is float for v in ancestors(scalar))
    np.testing.assert_allclose(scalar.data, output.data, rtol, 1e-9)
    for ours, wanted in zip(gradients_of(scalar, leaves, order), right, strict=True):
        np.testing.assert_allclose(ours, wanted, rtol, 1e-7 * max(1.0, float(np.max(np.abs(wanted), initial=0.0))))


@given(st.integers(0, 2**32 - 1), st.sampled_from([1, 2]))
def test_random_graphs_over_the_whole_table(seed: int, order: int) -> None:
    leaves, output = random_graph(seed)
    agree(output, leaves, order)


def test_the_random_graphs_hold_every_operation_of_the_table() -> None:
    found = {v.op for seed in range(400) for v in ancestors(random_graph(seed)[1])}
    assert found - {""} == set(NUMBERS)


@pytest.mark.parametrize("op", MATRICES, ids=lambda op: op.name)
def test_what_takes_whole_matrices_is_refused_by_name(op: Op) -> None:
    x = Value(np.eye(2) * 2 + 0.1, "A")
    z = apply(op.name, *[x] * (op.arity or 1))
    with pytest.raises(GraphError, match=f"to_scalars: {op.name} .*solve a smaller one by hand"):
        at.to_scalars(z)


X, Y, S = Value([[0.5, -1.0, 0.5]], "x"), Value([[0.3], [-0.4], [0.8]], "y"), Value(0.7, "s")
CASES: dict[str, Callable[[], Value]] = {
    "parts of a scalar": lambda: S * 2 + S[()] * 3 + at.sum(S[None] * np.ones(2)) + S * 5,
    "a scalar broadcast": lambda: at.sum(at.broadcast_to(S, (3,))),
    "a stack of scalars": lambda: at.sum(at.stack([S, S * 2, S]) * np.array([1.0, 2.0, 3.0])),
    "a product of shape (1, 1)": lambda: at.sum(X @ Y),
    "a product of nothing": lambda: at.sum(at.reshape(S, 1)[:0].reshape(1, 0) @ np.ones((0, 2))) + S,
    "an empty sum": lambda: at.sum(X[:, :0]) + S,
    "an empty scatter": lambda: at.sum(at.scatter(X[:, :0].ravel(), np.zeros(0, int), (3,))) + S,
    "a sum of a scalar": lambda: at.sum(S) * at.mean(S) * at.max(S) * at.logsumexp(S),
    "of a scalar an axis": lambda: at.sum(S, 0) + at.max(S, -1),
    "taken twice": lambda: at.sum(X[0, np.array([0, 0, 2])] * np.array([1.0, 2.0, 3.0])),
    "scattered twice": lambda: at.sum(at.scatter(X[0], np.array([1, 1, 0]), (2,)) ** 2),
    "a maximum with ties": lambda: at.max(X) * 3 + at.sum(at.max(X, 0)),
    "where with an array": lambda: at.sum(at.where(np.array([[True], [False], [True]]), X, Y * S)),
    "clip with arrays": lambda: at.sum(at.clip(X, np.array([[-0.5], [0.0]]), 0.4)),
    "batches": lambda: at.sum(at.stack([X, X * 2]) @ Y),
    "everything of shape ()": lambda: at.reshape(S, (1, 1))[0, 0] + at.transpose(S) + at.reshape(S, ()),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_corners(case: str) -> None:
    for order in (1, 2):
        agree(CASES[case](), [X, Y, S], order)


def test_an_array_output_gives_its_scalars_in_its_shape() -> None:
    whole = to_scalars(X @ Y)
    assert whole.shape == (1, 1) and isinstance(whole[0, 0], Value) and type(whole[0, 0].data) is float
    assert to_scalars(X[:, :0]).shape == (1, 0)
    one, two = to_scalars(at.broadcast_to(S, (2,)))
    assert one is two and one.label == "s"


def test_float32_gives_the_same_to_its_precision() -> None:
    w = Value(np.array([[0.5, -0.25], [1.5, 0.75]], np.float32), "w")
    agree(at.sum(at.tanh(w @ w) * at.softmax(w)) + at.max(w), [w], rtol=1e-5)
