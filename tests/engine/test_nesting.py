"""Derivatives of derivatives: nested, they are those of calculus and of JAX."""

from collections.abc import Callable
from functools import partial
from math import cos, exp
from typing import Any

import numpy as np
import pytest

import autograd_tiny as at
from autograd_tiny import Value, check_gradients, trace

V = np.array([0.3, -0.7, 1.1])
W = np.array([[0.2, -0.5, 0.4], [0.9, 0.1, -0.3]])


class Ours:
    """What a nested derivative is written with; `Jax` below has the same names."""

    sin, cos, exp, tanh, sum = at.sin, at.cos, at.exp, at.tanh, at.sum

    @staticmethod
    def d(f: Callable[..., Any], k: int = 0) -> Callable[..., Any]:
        """The derivative by input k."""
        return lambda *xs: at.value_and_grad(f)(*xs)[1][k]

    @staticmethod
    def d_by_grad(f: Callable[..., Any]) -> Callable[..., Any]:
        """The same through `grad`, without create_graph: there is a leaf only where something is differentiated."""

        def slope(x: Any) -> Any:
            leaf = at.mul(x, 1.0) if isinstance(x, Value) else Value(x)
            return at.grad(f(leaf), leaf)[0]

        return slope

    @staticmethod
    def value(f: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *xs: at.value_and_grad(f)(*xs)[0]

    @staticmethod
    def push(f: Callable[..., Any], *tangents: Any) -> Callable[..., Any]:
        return lambda *xs: at.jvp(f, xs, tangents)[1]

    @staticmethod
    def hvp(f: Callable[..., Any], *vectors: Any) -> Callable[..., Any]:
        return lambda *xs: at.hvp(f, xs, vectors)[1][0]


def repeated(d: Callable[..., Any], f: Callable[..., Any], times: int) -> Callable[..., Any]:
    for _ in range(times):
        f = d(f)
    return f


# name: (the function of an engine m that is to be evaluated, its inputs, the right value by hand or None)
CASES: dict[str, tuple[Callable[..., Callable[..., Any]], tuple[Any, ...], Any]] = {
    "grad in grad, closure": (lambda m: m.d(lambda x: m.d(lambda y: x * y * y)(x)), (3.0,), 12.0),
    "perturbation confusion": (lambda m: m.d(lambda x: x * m.d(lambda y: x + y)(1.0)), (1.0,), 1.0),
    "perturbation confusion, product": (lambda m: m.d(lambda x: x * m.d(lambda y: x * y)(2.0)), (3.0,), 6.0),
    "perturbation confusion, forward": (
        lambda m: m.push(lambda x: x * m.push(lambda y: x * y, 1.0)(2.0), 1.0), (3.0,), 6.0,
    ),
    "the value inside": (lambda m: m.d(lambda x: m.value(lambda y: y * y * x)(x)), (3.0,), 27.0),
    "grad in jvp": (lambda m: m.push(m.d(lambda x: x**4), 1.0), (2.0,), 48.0),
    "jvp in grad": (lambda m: m.d(m.push(lambda x: x**4, 1.0)), (2.0,), 48.0),
    "jvp in jvp": (lambda m: m.push(m.push(lambda x: x**4, 1.0), 1.0), (2.0,), 48.0),
    "hvp in grad": (lambda m: m.d(m.hvp(lambda x: x**4, 1.0)), (2.0,), 48.0),
    "grad in hvp": (lambda m: m.hvp(m.d(lambda x: x**4), 1.0), (2.0,), 48.0),
    "grad in jvp in hvp": (lambda m: m.hvp(m.push(m.d(lambda x: x**6), 1.0), 1.0), (1.5,), 360 * 1.5**2),
    "hvp in hvp": (lambda m: m.hvp(lambda x: m.hvp(lambda y: y**5, 1.0)(x) * x, 1.0), (0.5,), 240 * 0.5**2),
    "the direction is differentiated": (lambda m: m.d(lambda x: m.push(lambda y: y**3, x)(2.0)), (5.0,), 12.0),
    "the vector is differentiated": (lambda m: m.d(lambda x: m.hvp(lambda y: y**3, x * x)(2.0)), (5.0,), 120.0),
    "third order": (lambda m: repeated(m.d, m.sin, 3), (0.4,), -cos(0.4)),
    "fourth order": (lambda m: repeated(m.d, lambda x: m.exp(2 * x), 4), (0.4,), 16 * exp(0.8)),
    "fifth order": (lambda m: repeated(m.d, lambda x: x**7, 5), (0.9,), 2520 * 0.9**2),
    "fifth order, mixed": (
        lambda m: m.d(m.push(m.d(m.push(m.d(m.sin), 1.0)), 1.0)), (0.4,), cos(0.4),
    ),
    "grad without create_graph": (lambda m: m.d(m.d_by_grad(lambda x: x * x * x)), (2.0,), 12.0),
    "grad without create_graph, thrice": (lambda m: m.d(repeated(m.d_by_grad, m.sin, 2)), (0.4,), -cos(0.4)),
    "three levels of closures": (
        lambda m: m.d(lambda x: m.d(lambda y: m.d(lambda z: x * y * z * z)(y))(x)), (2.0,), 16.0,
    ),
    "an inner leaf of a plain number": (lambda m: m.d(lambda x: m.d(lambda y: m.sin(x * y))(0.5)), (0.7,), None),
    "an input that is not used": (lambda m: m.d(lambda x: x * m.d(lambda y, u: x * u, 0)(x, x) + x), (0.7,), 1.0),
    "several inputs": (lambda m: m.d(lambda x, y: m.d(lambda a, b: a * a * b, 1)(x * y, y), 1), (3.0, 2.0), 36.0),
    "mixed": (lambda m: m.d(m.d(lambda x, y: m.sin(x * y) * y, 0), 1), (0.3, 0.8), None),
    "the same input twice": (lambda m: m.d(lambda x: m.d(lambda a, b: a * b * b, 0)(x, x)), (3.0,), 6.0),
    "arrays": (lambda m: m.d(lambda x: m.sum(m.d(lambda y: m.sum(m.tanh(y) * x * x))(x))), (V,), None),
    "arrays, closure of a matrix": (
        lambda m: m.d(lambda w: m.sum(m.d(lambda x: m.sum(m.tanh(w @ x) ** 2))(V) ** 2)), (W,), None,
    ),
    "gradient penalty": (
        lambda m: m.d(lambda w, x: m.sum(m.d(lambda x: m.sum(m.tanh(w @ x)))(x) ** 2) + m.sum(w @ x)), (W, V), None,
    ),
    "arrays, hvp in grad": (lambda m: m.d(lambda x: m.sum(m.hvp(lambda y: m.sum(m.sin(y)), V)(x) ** 2)), (V,), None),
    "arrays, jvp in grad": (lambda m: m.d(lambda x: m.sum(m.push(lambda y: m.tanh(W @ y), V)(x) ** 2)), (V,), None),
    "a step of learning, learned": (
        lambda m: m.d(lambda r: m.sum((V - r * m.d(lambda w: m.sum(m.sin(w) * w))(V)) ** 2)), (0.1,), None,
    ),
    "three steps of learning, learned": (lambda m: m.d(partial(descended, m)), (0.1,), None),
}  # fmt: skip


def descended(m: Any, rate: Any) -> Any:
    w = rate * 0.0 + 2.0
    for _ in range(3):
        w = w - rate * m.d(lambda v: m.sin(v) * v)(w)
    return w * w


@pytest.mark.parametrize("case", [case for case in CASES if CASES[case][2] is not None])
def test_nested_derivatives_are_those_of_calculus(case: str) -> None:
    function, inputs, right = CASES[case]
    assert plain(function(Ours)(*inputs)) == pytest.approx(right, rel=1e-12)


@pytest.mark.share(4)
@pytest.mark.parametrize("case", CASES)
def test_nested_derivatives_are_those_of_jax(case: str) -> None:
    function, inputs, _ = CASES[case]
    right = np.asarray(function(jax_names())(*inputs))
    np.testing.assert_allclose(plain(function(Ours)(*inputs)), right, rtol=1e-11, atol=1e-13)


def jax_names() -> Any:
    jax = pytest.importorskip("jax", reason="JAX is not installed")
    jax.config.update("jax_enable_x64", True)
    np_ = jax.numpy

    class Jax:
        sin, cos, exp, tanh, sum = np_.sin, np_.cos, np_.exp, np_.tanh, np_.sum
        d = staticmethod(lambda f, k=0: jax.grad(f, k))
        d_by_grad = staticmethod(jax.grad)
        value = staticmethod(lambda f: lambda *xs: jax.value_and_grad(f)(*xs)[0])
        push = staticmethod(lambda f, *ts: lambda *xs: jax.jvp(f, xs, ts)[1])
        hvp = staticmethod(lambda f, *vs: lambda *xs: jax.jvp(jax.grad(f), xs, vs)[1])

    return Jax


def plain(x: Any) -> Any:
    return x.data if isinstance(x, Value) else x


@pytest.mark.parametrize("case", CASES)
def test_a_program_of_a_nested_derivative_computes_it_for_other_numbers(case: str) -> None:
    function, inputs, _ = CASES[case]
    f, other = function(Ours), [x * 1.1 for x in inputs]
    program = trace(lambda *xs: at.sum(f(*xs)), *inputs)
    assert program(*other) == pytest.approx(np.sum(plain(f(*other))), rel=1e-12)


def test_answers_are_plain_where_nothing_outer_is_differentiated() -> None:
    w = Value(2.0, "w")
    for x in (3.0, Value(3.0, "x"), w):
        value, [slope] = at.value_and_grad(lambda y: w * y * y)(x)
        assert type(value) is float and type(slope) is float
    assert [type(r) for r in at.jvp(at.sin, [w], [1.0])] == [float, float]
    assert type(at.hvp(at.sin, [w], [1.0])[1][0]) is float
    assert at.grad(w * w, [w])[0].inputs == ()  # asked for without create_graph
    assert w.grad == 0.0


def test_answers_are_values_exactly_where_they_depend_on_what_is_differentiated() -> None:
    w, seen = Value(2.0, "w"), []

    def f(x: Value) -> Value:
        seen.append(at.value_and_grad(lambda y: w * y)(3.0))  # of x nothing is used
        seen.append(at.value_and_grad(lambda y: x * y)(3.0))
        return x

    at.value_and_grad(f)(5.0)
    (value, [slope]), (inner, [inner_slope]) = seen
    assert (value, slope) == (6.0, 2.0) and type(value) is type(slope) is float
    assert isinstance(inner, Value) and isinstance(inner_slope, Value)
    assert (inner.data, inner_slope.data) == (15.0, 5.0)


def test_after_an_error_answers_are_plain_again() -> None:
    def broken(x: Value) -> Value:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        at.value_and_grad(broken)(1.0)
    x = Value(2.0)
    assert type(at.value_and_grad(lambda y: x * y)(x)[0]) is float


def test_a_nested_derivative_is_checked_like_any_other() -> None:
    def f(x: Value, w: Value) -> Value:
        return at.value_and_grad(lambda y: at.sum(at.tanh(y * w) ** 2))(x)[1][0] * w

    assert check_gradients(f, V, V * 0.5 + 1.0, order=1).ok
    assert check_gradients(f, V, V * 0.5 + 1.0, order=2).ok


def test_labels_stay() -> None:
    labels = []

    def f(x: Value) -> Value:
        at.value_and_grad(lambda y: labels.append(y.label) or y * y)(x)
        return x

    at.value_and_grad(f)(Value(1.0, "w"))
    assert labels == ["w"]


def test_only_what_leads_to_a_target_is_differentiated() -> None:
    """The exponent's derivative does not exist at −2; nobody asks for it."""
    n, x = Value(2.0, "n"), Value(-2.0, "x")
    xs, ns = Value([-2.0, -3.0], "x"), Value([2.0, 3.0], "n")
    assert at.grad(x**n, [x])[0].data == -4.0
    assert at.grad(x**n, [x], create_graph=True)[0].data == -4.0
    assert at.grad(at.sum(xs**ns), [xs])[0].data.tolist() == [-4.0, 27.0]
    assert at.grad(at.sum(xs**ns), [xs], create_graph=True)[0].data.tolist() == [-4.0, 27.0]
    assert at.value_and_grad(lambda x: x**n)(-2.0) == (4.0, [-4.0])
    assert at.jvp(lambda x: x**n, [-2.0], [1.0]) == (4.0, -4.0)
    assert at.hvp(lambda x: x**n, [-2.0], [1.0]) == (4.0, [2.0])
    with pytest.raises(at.errors.DomainError, match=r"pow: x = -2\.0"):
        at.grad(x**n, [n])


@pytest.mark.parametrize(
    "f",
    [
        lambda a, b: at.sum(a @ b), lambda a, b: at.sum(at.stack([a, b, a])),
        lambda a, b: at.sum(at.concatenate([a, b])),
        lambda a, b: at.sum(a / b + at.where(a > 0, a, b)), lambda a, b: at.sum(at.maximum(a, b) * b),
        lambda a, b: at.sum(a[0] * b), lambda a, b: at.sum(at.tanh(a @ b[0]) * b[1, 0]),
    ],
)  # fmt: skip
def test_the_gradient_of_one_input_is_that_among_both(f: Callable[..., Value]) -> None:
    a, b = Value([[0.4, -0.3], [0.7, 1.2]]), Value([[1.1, 0.6], [-0.2, 0.9]])
    both = at.grad(f(a, b) ** 2, [a, b])
    for create_graph in (False, True):
        for target, right in zip((a, b), both, strict=True):
            (alone,) = at.grad(f(a, b) ** 2, [target], create_graph=create_graph)
            np.testing.assert_allclose(alone.data, right.data, rtol=1e-14)


def test_a_target_may_be_an_inner_value_and_the_way_stops_there() -> None:
    x, n = Value(-2.0), Value(2.0)
    y = x**n
    assert at.grad(y * y * x, [y])[0].data == pytest.approx(2 * 4.0 * -2.0)
    assert [g.data for g in at.grad(y * y * x, [y, x])] == pytest.approx([-16.0, 5 * 16.0])


def test_one_input_needs_no_list_and_what_is_given_back_are_plain_numbers() -> None:
    def cube(x: Value) -> Value:
        return x**3

    for x, v in ((2.0, 1.0), ([2.0], [1.0]), ((2.0,), (1.0,))):
        (value, tangent), (same, (product,)) = at.jvp(cube, x, v), at.hvp(cube, x, v)
        assert (value, tangent, same, product) == (8.0, 12.0, 8.0, 12.0)
        assert {float} == {type(number) for number in (value, tangent, same, product)}


# no_grad -------------------------------------------------------------------------------------------------------------


def _cubes(x: Any) -> Any:
    return (x**3).sum()


DERIVATIVES: dict[str, Any] = {
    "value_and_grad": lambda x: at.value_and_grad(_cubes)(x)[1][0],
    "jvp": lambda x: at.jvp(_cubes, (x,), (np.ones(2),))[1],
    "hvp": lambda x: at.hvp(_cubes, (x,), (np.ones(2),))[1][0],
    "jacobian": lambda x: at.jacobian(_cubes, x),
    "hessian": lambda x: at.hessian(_cubes, x),
    "trace": lambda x: trace(_cubes, np.ones(2)).value_and_grad(x)[1][0],
    "check": lambda x: [row.analytic for row in check_gradients(_cubes, x).comparisons],
}


@pytest.mark.parametrize("derivative", DERIVATIVES.values(), ids=DERIVATIVES)
def test_a_function_is_differentiated_also_where_nothing_is_recorded(derivative: Any) -> None:
    x = np.array([1.0, 2.0])
    right = np.array(derivative(x))  # a program's arrays are used again
    assert right.any()
    with at.no_grad():
        assert np.array_equal(derivative(x), right)
        assert not (Value(2.0) * 3).inputs  # and afterwards nothing is, as before


def test_a_gradient_is_a_graph_where_one_is_asked_for() -> None:
    x = Value(2.0)
    y = x**3
    with at.no_grad():
        [slope] = at.grad(y, [x], create_graph=True)
    assert at.grad(slope, [x])[0].data == 12.0


def test_what_is_differentiated_without_recording_is_a_number_outside() -> None:
    def product(x: Value) -> Value:
        with at.no_grad():
            _, [slope] = at.value_and_grad(lambda y: y**3)(x)
        return x * slope

    assert at.value_and_grad(product)(2.0) == (24.0, [12.0])
