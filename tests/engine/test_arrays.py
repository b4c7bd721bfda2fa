"""Shapes: broadcasting, indexing, reductions, products and joins as in NumPy, in every combination, float32 kept."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import basic_indices, integer_array_indices, mutually_broadcastable_shapes

import autograd_tiny as ad
from autograd_tiny import Value, assert_gradients, grad, shapes
from autograd_tiny.errors import GraphError

QUICK = settings(max_examples=60)


def numbered(shape: tuple[int, ...], dtype: Any = np.float64) -> np.ndarray:
    return (np.arange(1, int(np.prod(shape)) + 1).reshape(shape) / 8 + 0.3).astype(dtype)


@pytest.mark.parametrize("op", ["add", "sub", "mul", "div", "pow", "maximum", "minimum"])
@QUICK
@given(mutually_broadcastable_shapes(num_shapes=2, min_side=0, max_side=3, max_dims=3), st.booleans())
def test_broadcasting(op: str, sizes: Any, narrow: bool) -> None:
    dtype = np.float32 if narrow else np.float64
    x, y = (Value(numbered(shape, dtype)) for shape in sizes.input_shapes)
    z = getattr(ad, op)(x, y)
    assert z.shape == sizes.result_shape
    z.backward(np.ones(z.shape))
    for v, g in zip((x, y), grad(z, [x, y], seed=np.ones(z.shape)), strict=True):
        assert np.shape(v.grad) == np.shape(g.data) == v.shape
        if v.shape and z.shape and all(u.shape for u in (x, y)):
            assert v.data.dtype == v.grad.dtype == g.data.dtype == z.data.dtype == dtype


# What to add to make every float32 graph stay float32: numbers of Python's own do not widen it.
NARROW = {
    "scalar arithmetic": lambda v: 2 * v + 1 - v / 3 + v**2,
    "functions": lambda v: v.exp().log().sqrt() + ad.sigmoid(v) + ad.softplus(v) + ad.tanh(v) + ad.sin(v) * ad.cos(v),
    "kinks": lambda v: ad.relu(v) + ad.leaky_relu(v) + ad.hard_tanh(v) + ad.clip(v, 0.0, 1.0) + ad.abs(v),
    "choice": lambda v: ad.where(v > 1, v, 0.0) + ad.maximum(v, 1.0) + ad.minimum(v, 1.0),
    "reductions": lambda v: v.sum(0) + v.mean(1, keepdims=True) + v.max(0),
    "products": lambda v: (v @ v.T) @ v,
    "joins": lambda v: ad.stack([v, v])[0] + ad.concatenate([v, v], 1)[:, :3],
    "shapes": lambda v: v.reshape(-1)[[0, 1, 1]].reshape(3, 1) + ad.broadcast_to(v[0], (3, 3)),
    "softmax": lambda v: ad.softmax(v) + ad.log_softmax(v, axis=0),
    "norms": lambda v: ad.norm(v, axis=1) + ad.logsumexp(v, axis=0),
}


@pytest.mark.parametrize("f", NARROW.values(), ids=NARROW)
def test_float32_stays_float32(f: Any) -> None:
    v = Value(numbered((3, 3), np.float32))
    z = f(v)
    assert z.dtype == np.float32
    z.backward(np.ones(z.shape))
    assert v.grad.dtype == np.float32
    assert grad(f(v), [v], seed=np.ones(z.shape))[0].dtype == np.float32
    assert grad(f(v), [v], seed=np.ones(z.shape), create_graph=True)[0].dtype == np.float32


INDICES: dict[str, Any] = {
    "int": 1,
    "negative": -1,
    "numpy int": np.int64(2),
    "slice": slice(1, None),
    "backwards": slice(None, None, -1),
    "nothing": slice(0, 0),
    "all": ...,
    "empty tuple": (),
    "None": None,
    "tuple": (1, 2),
    "mixed": (slice(None), -1),
    "ellipsis": (..., 0),
    "new axis in the middle": (slice(None), None, slice(1, 3)),
    "ints": [0, 2],
    "repeats": [0, 0, 0, 1],
    "negative ints": [-1, 0, -1],
    "no ints": [],
    "int array": np.array([[0, 1], [1, 1]]),
    "int array of another class": np.array([0, 1, 1]).view(type("Own", (np.ndarray,), {})),
    "two int arrays": ([0, 0, 1], [1, 1, 2]),
    "int array and slice": (slice(None), [1, 1]),
    "int array and int": ([0, 0], 1),
    "booleans": [True, False, True],
    "mask": np.arange(12).reshape(3, 4) % 3 == 0,
    "no mask": np.zeros((3, 4), bool),
    "mask of columns": (slice(None), np.array([True, False, True, True])),
    "True": True,
    "grid": np.ix_([0, 2], [1, 3]),
}


@pytest.mark.parametrize("index", INDICES.values(), ids=INDICES)
def test_indexing(index: Any) -> None:
    data = numbered((3, 4))
    v = Value(data)
    assert np.array_equal(v[index].data, data[index])
    assert_gradients(lambda v: v[index] * v[index], data, full=True)
    z = (v[index] * 1.0).sum() if v[index].shape else v[index]
    z.backward()
    counted = np.zeros_like(data)
    np.add.at(counted, index if not isinstance(index, list) else np.array(index, int if not index else None), 1.0)
    assert np.array_equal(v.grad, counted)
    (recorded,) = grad((v[index] * v[index]).sum(), [v], create_graph=True)
    assert np.allclose(recorded.data, 2 * counted * data)


@QUICK
@given(st.one_of(basic_indices((3, 2, 4), allow_ellipsis=True, allow_newaxis=True), integer_array_indices((3, 2, 4))))
def test_any_index(index: Any) -> None:
    data = numbered((3, 2, 4))
    v = Value(data)
    z = v[index]
    assert np.array_equal(z.data, data[index])
    z.backward(np.ones(z.shape))
    counted = np.zeros_like(data)
    np.add.at(counted, index, 1.0)
    assert np.array_equal(v.grad, counted)


AXES = (None, 0, 1, 2, -1, -3, (0,), (0, 1), (2, 0), (-1, 1), (0, 1, 2), ())


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", AXES, ids=str)
@pytest.mark.parametrize("name", ["sum", "mean", "max", "min", "norm", "logsumexp"])
def test_reductions(name: str, axis: Any, keepdims: bool) -> None:
    if axis == () and name in ("max", "min"):
        pytest.skip("an empty tuple of axes reduces nothing")
    data = np.random.default_rng(3).permutation(24).reshape(2, 3, 4) / 5 + 0.1
    expected = {
        "norm": lambda: np.sqrt((data**2).sum(axis, keepdims=keepdims)),
        "logsumexp": lambda: np.log(np.exp(data).sum(axis, keepdims=keepdims)),
    }.get(name, lambda: getattr(np, name)(data, axis=axis, keepdims=keepdims))()
    z = getattr(ad, name)(Value(data), axis=axis, keepdims=keepdims)
    assert z.shape == np.shape(expected)
    assert np.allclose(z.data, expected, rtol=1e-13)
    assert_gradients(lambda v: getattr(ad, name)(v, axis=axis, keepdims=keepdims), data)


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0)], ids=str)
def test_sums_of_nothing(shape: tuple[int, ...]) -> None:
    v = Value(np.zeros(shape))
    for z in (v.sum(), (v * 2 + 1).tanh().sum(), v.sum(axis=0).sum(), v.reshape(-1).sum(), v.T.sum(), v[:0].sum()):
        z.backward()
        assert z.data == 0.0
        assert v.grad.shape == shape


MATRICES = [
    ((3,), (3,)), ((3,), (3, 2)), ((2, 3), (3,)), ((2, 3), (3, 2)), ((4, 2, 3), (3,)), ((3,), (4, 3, 2)),
    ((4, 2, 3), (3, 2)), ((2, 3), (4, 3, 2)), ((4, 2, 3), (4, 3, 1)), ((1, 2, 3), (4, 3, 2)), ((4, 2, 3), (1, 3, 2)),
    ((2, 1, 2, 3), (4, 3, 2)), ((2, 3), (3, 0)), ((0, 3), (3, 2)), ((1, 1), (1, 1)), ((1,), (1,)),
]  # fmt: skip


@pytest.mark.parametrize(("left", "right"), MATRICES, ids=str)
def test_matrix_products(left: tuple[int, ...], right: tuple[int, ...]) -> None:
    x, y = numbered(left), numbered(right)[::-1].copy()
    z = Value(x) @ Value(y)
    assert np.allclose(z.data, x @ y, rtol=1e-14)
    assert np.shape(z.data) == np.shape(x @ y)
    assert_gradients(ad.matmul, x, y)
    assert_gradients(ad.matmul, x, y, order=2)
    assert np.allclose((Value(x) @ y).data, x @ y)
    assert np.allclose((x @ Value(y)).data, x @ y)


@pytest.mark.parametrize("axis", range(-3, 3))
def test_stack(axis: int) -> None:
    a, b = numbered((2, 3)), -numbered((2, 3))
    assert np.array_equal(ad.stack([Value(a), b], axis).data, np.stack([a, b], axis))
    assert_gradients(lambda a, b: ad.stack([a, b * 2, a], axis) ** 2, a, b)


@pytest.mark.parametrize("axis", [None, *range(-2, 2)])
def test_concatenate(axis: int | None) -> None:
    a, b = numbered((2, 2)), -numbered((2, 2))
    assert np.array_equal(ad.concatenate([Value(a), b], axis).data, np.concatenate([a, b], axis))
    assert_gradients(lambda a, b: ad.concatenate([a, b * 2, a], axis) ** 2, a, b)


SHAPING = {
    "reshape": (lambda m, v: m.reshape(v, (4, 3)), (2, 6)),
    "reshape -1": (lambda m, v: m.reshape(v, (3, -1)), (2, 6)),
    "flat": (lambda m, v: m.reshape(v, -1), (2, 3, 2)),
    "transpose": (lambda m, v: m.transpose(v), (2, 3, 4)),
    "axes": (lambda m, v: m.transpose(v, (1, 2, 0)), (2, 3, 4)),
    "negative axes": (lambda m, v: m.transpose(v, (-1, 0, 1)), (2, 3, 4)),
    "swapaxes": (lambda m, v: m.swapaxes(v, -1, 0), (2, 3, 4)),
    "expand_dims": (lambda m, v: m.expand_dims(v, -1), (2, 3)),
    "squeeze": (lambda m, v: m.squeeze(v), (1, 3, 1)),
    "squeeze one": (lambda m, v: m.squeeze(v, 0), (1, 3, 1)),
    "ravel": (lambda m, v: m.ravel(v), (2, 3)),
    "broadcast_to": (lambda m, v: m.broadcast_to(v, (4, 2, 3)), (2, 1)),
    "take": (lambda m, v: m.take(v, [5, 0, 0]), (2, 3)),
    "take rows": (lambda m, v: m.take(v, [1, 0, 1], axis=0), (2, 3)),
    "take along -1": (lambda m, v: m.take(v, 2, axis=-1), (2, 3)),
    "outer": (lambda m, v: m.outer(v, v), (3,)),
    "dot": (lambda m, v: m.dot(v, v), (3,)),
    "vstack": (lambda m, v: m.vstack([v, v]), (3,)),
    "vstack of a row and a matrix": (lambda m, v: m.vstack([v[0], v, v[1]]), (2, 3)),
    "vstack of scalars": (lambda m, v: m.vstack([v[0], v[1]]), (2,)),
    "hstack": (lambda m, v: m.hstack([v, v]), (2, 3)),
    "hstack of a scalar and a row": (lambda m, v: m.hstack([v[1], v, v[0]]), (3,)),
    "hstack of one": (lambda m, v: m.hstack([v]), (2, 3)),
    "hstack beside a plain number": (lambda m, v: m.hstack([2.0, v]), (3,)),
    "hstack beside a plain list": (lambda m, v: m.hstack([[1.0, 2.0], v]), (3,)),
    "vstack beside a plain list": (lambda m, v: m.vstack([[1.0, 2.0, 3.0], v]), (2, 3)),
    "where": (lambda m, v: m.where(np.array([True, False, True]), v, 0.0), (2, 3)),
    "clip": (lambda m, v: m.clip(v, 0.5, 0.9), (2, 3)),
}


@pytest.mark.parametrize(("f", "shape"), SHAPING.values(), ids=SHAPING)
def test_shaping_as_in_numpy(f: Any, shape: tuple[int, ...]) -> None:
    data = numbered(shape)
    expected = f(np, data)
    ours, through_numpy = f(ad, Value(data)), f(np, Value(data))
    assert ours.shape == through_numpy.shape == expected.shape
    assert np.allclose(ours.data, expected)
    assert np.allclose(through_numpy.data, expected)
    assert_gradients(lambda v: f(ad, v), data)


@pytest.mark.parametrize("width", [2, 40], ids="rows of {}".format)  # wide rows are added one by one
@pytest.mark.parametrize("index", [[1, 1, -3], [[0, 2], [2, -1]], [[[1]], [[1]]], []], ids=str)
def test_rows_that_are_named_twice_receive_both(index: list[Any], width: int) -> None:
    rows = np.array(index, int)
    v, weights = Value(numbered((3, width))), numbered((*rows.shape, width))
    v[rows].backward(weights)
    expected = np.zeros((3, width))
    np.add.at(expected, rows, weights)
    assert np.allclose(v.grad, expected, rtol=1e-14, atol=0)


def test_a_row_is_added_wherever_it_is_scattered() -> None:
    row, places = Value(numbered((40,))), np.array([[0, 1], [1, 1]])
    z, expected = ad.scatter(row, places, (3, 40)), np.zeros((3, 40))
    np.add.at(expected, places, row.data)
    z.backward(np.ones((3, 40)))
    assert np.array_equal(z.data, expected)
    assert np.array_equal(row.grad, np.full(40, 4.0))


def test_methods_of_shape() -> None:
    v = Value(numbered((2, 3)))
    for w in (v.reshape(3, 2), v.reshape((3, 2)), v.reshape([3, -1]), v.T.T.reshape(np.int64(3), 2)):
        assert w.shape == (3, 2)
    assert v.T.shape == v.transpose().shape == v.transpose(1, 0).shape == v.transpose((1, 0)).shape == (3, 2)
    assert Value(2.0).reshape(1, 1).reshape(()).data == 2.0
    assert Value([2.0]).reshape(()).shape == ()


@pytest.mark.parametrize("axis", [0, -1, None])
def test_a_scalar_reduces_to_itself(axis: int | None) -> None:
    for f in (ad.sum, ad.mean, ad.max, ad.logsumexp, ad.norm):
        v = Value(3.0)
        z = f(v, axis=axis)
        z.backward()
        assert z.data == pytest.approx(3.0)
        assert v.grad == 1.0
        assert type(v.grad) is float
    assert ad.softmax(Value(3.0)).data == 1.0


def test_constants() -> None:
    v, output = Value(numbered((3,))), ad.exp(numbered((3,)))
    z = v * numbered((3,)) + 2.0
    constants = [z.inputs[0].inputs[1], z.inputs[1]]
    z.backward(np.ones(3))
    assert np.array_equal(v.grad, numbered((3,)))
    assert all(x.is_constant and np.shape(x.grad) == x.shape for x in constants)
    assert not any(np.any(x.grad) for x in constants)  # nothing flows to them
    assert output.is_constant
    output.backward(numbered((3,)))  # yet as the output, a constant has the gradient that is given to it
    assert np.array_equal(output.grad, numbered((3,)))


@pytest.mark.parametrize("index", [(), ..., None, (..., None)], ids=str)
def test_a_number_may_be_indexed(index: object) -> None:
    v = Value(-2.0)
    z = (v * v)[index] * 1.0
    z.backward(np.ones(z.shape))
    assert v.grad == -4.0 and isinstance(v.grad, float)
    assert [g.data for g in ad.grad(v[index].sum(), [v])] == [1.0]


def test_a_mean_over_no_numbers_at_all_gives_no_gradient() -> None:
    v = Value(np.zeros((2, 0)))
    v.mean(0, keepdims=True).sum().backward()
    assert v.grad.shape == (2, 0)


def test_parts_of_a_scalar_add_to_its_gradient() -> None:
    x = Value(2.0)
    z = x * 2 + x[()] * 3 + x[None].sum() * 7 + x * 5
    z.backward()
    assert x.grad == 17.0
    z.backward()
    assert x.grad == 34.0
    assert grad(z, x)[0].data == 17.0


def test_an_array_needs_a_seed_whether_or_not_an_input_reaches_it() -> None:
    for f in (lambda x: x * np.ones(2), lambda x: Value([1.0, 2.0])):
        with pytest.raises(GraphError, match=r"shape \(2,\)"):
            ad.value_and_grad(f)(3.0)
    assert ad.value_and_grad(lambda x: Value(7.0))(3.0) == (7.0, [0.0])


def test_shapes_of_what_is_no_array_yet() -> None:
    x = Value(numbered((2, 2)))
    assert shapes.shape_of([[1.0, 2.0]]) == shapes.shape_of(((1.0, 2.0),)) == (1, 2)
    assert shapes.shape_of(2.0) == shapes.shape_of(2) == shapes.shape_of(np.float64(2.0)) == ()
    assert shapes.shape_of(x) == (2, 2)
