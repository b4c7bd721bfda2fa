"""NumPy's own functions record; arrays and NumPy's scalars stand on either side; object arrays hold Values."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd_tiny import Value, to_scalars
from autograd_tiny.value import Constant, ancestors

A = np.array([0.2, 0.5, 0.7])
M = np.array([[0.1, 0.9], [0.4, 0.3]])

UNARY = (
    "tanh exp log sqrt sin cos tan sinh cosh arcsin arccos arctan abs absolute fabs negative square positive"
    " sum mean max amax min amin ravel transpose squeeze"
).split()


@pytest.mark.parametrize("name", UNARY)
def test_functions_of_one(name: str) -> None:
    f = getattr(np, name)
    for number in (0.6, A, M):
        v = Value(number)
        z = f(v)
        assert isinstance(z, Value)
        assert np.allclose(z.data, f(number), rtol=1e-14)
        assert np.shape(z.data) == np.shape(f(number))
        z.backward(np.ones(z.shape))
        assert v.has_grad


@pytest.mark.parametrize("name", "add subtract multiply divide true_divide power float_power maximum minimum".split())
@pytest.mark.parametrize("pair", [(0.6, 2.0), (A, 2.0), (0.6, A), (A, A), (M, M[0])], ids=lambda p: str(np.shape(p[0])))
def test_functions_of_two(name: str, pair: tuple[Any, Any]) -> None:
    f, (x, y) = getattr(np, name), pair
    for z in (f(Value(x), Value(y)), f(Value(x), y), f(x, Value(y))):
        assert isinstance(z, Value)
        assert np.allclose(z.data, f(x, y), rtol=1e-14)


CALLS: dict[str, Callable[[Any, Any], Any]] = {
    "sum axis": lambda a, m: np.sum(m, axis=0),
    "sum keepdims": lambda a, m: np.sum(m, axis=1, keepdims=True),
    "mean axis": lambda a, m: np.mean(m, 0),
    "var": lambda a, m: np.var(m),
    "var axis": lambda a, m: np.var(m, 0, ddof=1),
    "std keepdims": lambda a, m: np.std(m, axis=1, keepdims=True),
    "max axis": lambda a, m: np.max(m, axis=1),
    "min axis": lambda a, m: np.min(m, axis=1),
    "stack": lambda a, m: np.stack([a, a * 2, a], axis=-1),
    "concatenate": lambda a, m: np.concatenate([m, m], axis=1),
    "vstack": lambda a, m: np.vstack([a, a]),
    "hstack": lambda a, m: np.hstack([a, a]),
    "where": lambda a, m: np.where(a > 0.4, a, 0.0),
    "clip": lambda a, m: np.clip(a, 0.3, 0.6),
    "clip by name": lambda a, m: np.clip(a, a_min=0.3, a_max=None),
    "reshape": lambda a, m: np.reshape(m, (4,)),
    "reshape -1": lambda a, m: np.reshape(m, -1),
    "transpose": lambda a, m: np.transpose(m, (1, 0)),
    "swapaxes": lambda a, m: np.swapaxes(m, 0, 1),
    "expand_dims": lambda a, m: np.expand_dims(a, 0),
    "broadcast_to": lambda a, m: np.broadcast_to(a, (2, 3)),
    "take": lambda a, m: np.take(m, [1, 1, 0], axis=1),
    "outer": lambda a, m: np.outer(a, a),
    "dot": lambda a, m: np.dot(m, m),
    "matmul": lambda a, m: np.matmul(m, m),
    "flip": lambda a, m: np.flip(m, 0),
    "fliplr": lambda a, m: np.fliplr(m),
    "roll": lambda a, m: np.roll(a, 1),
    "rot90": lambda a, m: np.rot90(m),
    "repeat": lambda a, m: np.repeat(m, 2, axis=1),
    "tile": lambda a, m: np.tile(a, (2, 2)),
    "moveaxis": lambda a, m: np.moveaxis(m, 0, 1),
    "diagonal": lambda a, m: np.diagonal(m),
    "atleast_2d": lambda a, m: np.atleast_2d(a),
    "delete": lambda a, m: np.delete(m, 0, axis=1),
    "array @": lambda a, m: M @ m,
    "@ array": lambda a, m: m @ M,
    "array +": lambda a, m: A + a,
    "array −": lambda a, m: A - a,
    "array ×": lambda a, m: A * a,
    "array ÷": lambda a, m: A / a,
    "array **": lambda a, m: A**a,
    "** array": lambda a, m: a**A,
    "broadcast on the left": lambda a, m: np.ones((2, 1)) * a,
    "float64 ×": lambda a, m: np.float64(3) * a,
    "× float64": lambda a, m: a * np.float64(3),
    "float32 −": lambda a, m: np.float32(3) - a,
    "int64 ÷": lambda a, m: np.int64(3) / a,
    "int array": lambda a, m: np.arange(3) * a,
    "boolean array": lambda a, m: (A > 0.4) * a,
    "list": lambda a, m: [1, 2, 3] * a if isinstance(a, Value) else np.array([1, 2, 3]) * a,
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_calls_record_and_give_numpys_numbers(call: Any) -> None:
    a, m = Value(A), Value(M)
    z, expected = call(a, m), call(A, M)
    assert isinstance(z, Value)
    assert z.shape == np.shape(expected)
    assert np.allclose(z.data, expected, rtol=1e-14)
    z.backward(np.ones(z.shape))
    assert a.has_grad or m.has_grad


ANSWERS: dict[str, Callable[[Any], Any]] = {
    "shape": np.shape,
    "ndim": np.ndim,
    "size": np.size,
    "argmax": np.argmax,
    "argmin": np.argmin,
    "argsort": np.argsort,
    "isfinite": np.isfinite,
    "isnan": np.isnan,
    "zeros_like": np.zeros_like,
    "ones_like": np.ones_like,
    "allclose": lambda a: np.allclose(a, A),
    "array_equal": lambda a: np.array_equal(a, A),
    "less": lambda a: np.less(a, 0.4),
    "array on the left": lambda a: A >= a,  # noqa: SIM300
    "scalar on the left": lambda a: np.float64(0.5) == a,
    "any": lambda a: np.any(a > 0.6),
}


@pytest.mark.parametrize("ask", ANSWERS.values(), ids=ANSWERS)
def test_questions_without_a_derivative_are_answered_in_numbers(ask: Any) -> None:
    answer = ask(Value(A))
    assert not isinstance(answer, Value)
    assert np.array_equal(answer, ask(A))


def values(*numbers: float) -> np.ndarray:
    return np.array([Value(x) for x in numbers], dtype=object)


OBJECTS: dict[str, tuple[Callable[[Any], Any], bool]] = {
    "@ itself": (lambda o: o @ o, True),
    "array @": (lambda o: np.ones((2, 3)) @ o, True),
    "@ array": (lambda o: o @ np.ones((3, 2)), True),
    "+ 1": (lambda o: o + 1, True),
    "2 ×": (lambda o: 2 * o, True),
    "÷": (lambda o: 1 / o, True),
    "**": (lambda o: o**2, True),
    "−": (lambda o: -o, True),
    "abs": (lambda o: np.abs(o), True),
    **{name: (getattr(np, name), True) for name in (
        "tanh", "exp", "log", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "arcsin", "arccos", "arctan",
    )},
    "sum": (lambda o: o.sum(), True),
    "mean": (lambda o: o.mean(), True),
    "np.mean of a list": (lambda o: np.mean(list(o)), True),
    "std": (lambda o: np.std(o), True),
    "max": (lambda o: np.max(o), True),
}  # fmt: skip


@pytest.mark.parametrize(("f", "recorded"), OBJECTS.values(), ids=OBJECTS)
def test_object_arrays(f: Any, recorded: bool) -> None:
    o = values(*A)
    result = f(o)
    elements = result.ravel().tolist() if isinstance(result, np.ndarray) else [result]
    assert all(isinstance(v, Value) for v in elements)
    assert np.allclose([v.data for v in elements], np.ravel(f(A)), rtol=1e-14)


@pytest.mark.parametrize(
    "f", [lambda v, o: v * o, lambda v, o: o * v, lambda v, o: v + o, lambda v, o: o - v, lambda v, o: v**o]
)
def test_a_value_beside_an_object_array(f: Any) -> None:
    result = f(Value(2.0), values(*A))
    assert [v.data for v in result] == pytest.approx(list(f(2.0, A)))


def test_a_network_on_object_arrays_is_the_network_on_arrays() -> None:
    weights, x = Value(M, "W"), np.array([0.5, -1.0])
    loss = (np.tanh(weights @ x) ** 2).sum()
    scalar = to_scalars(loss)
    loss.backward()
    scalar.backward()
    assert scalar.data == pytest.approx(loss.data, rel=1e-14)
    found = {v.label: v.grad for v in ancestors(scalar) if v.label}
    assert found == pytest.approx({f"W[{i},{j}]": weights.grad[i, j] for i in range(2) for j in range(2)}, rel=1e-13)


def test_what_cannot_be_recorded_is_an_error_not_a_silent_number() -> None:
    a = Value(A)
    for call in (
        lambda: np.add(a, 1, out=np.zeros(3)),
        lambda: np.add.reduceat(a, [0, 1]),
        lambda: np.linalg.qr(a),
        lambda: np.spacing(a),
        lambda: np.sum(a, dtype=np.float32),
    ):
        with pytest.raises(TypeError):
            call()


def test_an_array_takes_in_values_only_as_objects() -> None:
    assert np.array([Value(1.0), Value(2.0)]).dtype == object
    assert np.asarray(Value(1.0)).dtype == object
    target = np.zeros(2)
    target[0] = float(Value(3.0))  # asked for by name: a plain number
    assert target.tolist() == [3.0, 0.0]


STORED = (
    """\
target[0] = v
target[:] = a * 3
target[:] = [v, v]
target[target == 0] = v
target[...] = objects
target[1] += v
rows[1] = np.tanh(np.eye(2) @ rows[0]) * a
rows[:, 0] = a
filled = np.zeros_like(a); filled[0] = v
np.array([v, v], float)
np.array(a, dtype=np.float32)
np.asarray([[v], [v]], dtype=float)
np.full(2, v, float)
np.fromiter((x for x in [v, v]), float)
objects.astype(float)
objects.reshape(2, 1).astype(dtype=float)
target.fill(v)
target.put([0], v)
np.copyto(target, a)
np.array([
    v,
    v,
], dtype=float)
from numpy import array; array([v], float)
math.exp(v)
[math.tanh(x) for x in [v, v]]""".replace("\n    ", " ")
    .replace("\n]", "]")
    .splitlines()
)

KEPT = """\
float(v)
int(v)
round(v, 1)
[float(x) for x in objects]
list(map(float, [v, v]))
target[0] = float(v)
target[int(v)] = v.data
target[:] = a.data
boxes = np.empty(2, object); boxes[:] = [v, v]; boxes[0] = v; boxes[:] = a
np.array([v, v]); np.array([v, v], dtype=object)
plain = [0, 0]; plain[0] = v; named = {}; named[0] = v
math.isnan(v); math.floor(v)
target[0] = Constant(2.0); np.array([Constant(2.0)], float)
"%.2f" % v; f"{v:.2f}"
""".splitlines()


def _names() -> dict[str, Any]:
    v = Value(1.0, "v")
    objects = np.array([v, v])
    return {
        "np": np, "math": math, "Constant": Constant, "v": v, "a": Value([1.0, 2.0], "a"), "objects": objects,
        "target": np.zeros(2), "rows": np.zeros((2, 2)),
    }  # fmt: skip


@pytest.mark.parametrize("statement", STORED)
def test_no_value_vanishes_into_an_array_of_numbers(statement: str) -> None:
    with pytest.raises((TypeError, ValueError)) as caught:
        exec(statement, _names())
    reason = str(caught.value.__cause__ or caught.value)  # NumPy says "setting an array element with a sequence" on top
    assert "gradient" in reason and ("np.stack" in reason or "autograd_tiny" in reason)


@pytest.mark.parametrize("statement", KEPT)
def test_the_bare_number_is_given_to_whoever_asks_for_it(statement: str) -> None:
    exec(statement, _names())
