"""At kinks the table's rules hold; at ±1000 nothing overflows, nothing is NaN; infinities and NaN pass through seen."""

import itertools
import math
import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import pytest

import autograd_tiny as ad
from autograd_tiny import Value, formula, functions, grad, trace
from autograd_tiny.compiling import forward
from autograd_tiny.errors import AutogradError
from autograd_tiny.numbers import FLOATS
from autograd_tiny.table import LEFT, SHARED, SMALLEST, TABLE, Op
from autograd_tiny.value import record
from tests.engine.dialects import ALL_DIALECTS, JAVASCRIPT, run

# The smallest element, by norm, of the subdifferential.
KINKS: dict[str, tuple[Callable[..., Value], tuple[float, ...], tuple[float, ...]]] = {
    "relu": (ad.relu, (0.0,), (0.0,)),
    "abs": (ad.abs, (0.0,), (0.0,)),
    "leaky_relu": (ad.leaky_relu, (0.0,), (0.01,)),
    "hard_tanh above": (ad.hard_tanh, (1.0,), (0.0,)),
    "hard_tanh below": (ad.hard_tanh, (-1.0,), (0.0,)),
    "clip": (lambda x: ad.clip(x, -1.0, 2.0), (2.0,), (0.0,)),
    "maximum": (ad.maximum, (3.0, 3.0), (0.5, 0.5)),
    "minimum": (ad.minimum, (3.0, 3.0), (0.5, 0.5)),
    "maximum of one": (lambda x: ad.maximum(x, x), (3.0,), (1.0,)),
    "maximum with a number": (lambda x: ad.maximum(x, 0.0), (0.0,), (0.5,)),
    "max of three": (lambda x, y, z: ad.max(ad.stack([x, y, z])), (2.0, 2.0, 2.0), (1 / 3, 1 / 3, 1 / 3)),
    "max of two of three": (lambda x, y, z: ad.max(ad.stack([x, y, z])), (2.0, 1.0, 2.0), (0.5, 0.0, 0.5)),
    "min of two": (lambda x, y: ad.min(ad.stack([x, y])), (2.0, 2.0), (0.5, 0.5)),
    "a length": (lambda x: ad.abs(x) ** 1, (0.0,), (0.0,)),
    "norm": (lambda x, y: ad.norm(ad.stack([x, y])), (0.0, 0.0), (0.0, 0.0)),
    "std": (lambda x, y: ad.std(ad.stack([x, y])), (3.0, 3.0), (0.0, 0.0)),
    "clip at a Value": (lambda x, y: ad.clip(x, -1.0, y), (2.0, 2.0), (0.5, 0.5)),
    "clip by a Value": (lambda x, y: ad.clip(x, y, 5.0), (1.0, 2.0), (0.0, 1.0)),
    "0 ** 0": (lambda x: x**0, (0.0,), (0.0,)),
    "tiny ** 0": (lambda x: x**0, (5e-324,), (0.0,)),
    "-tiny ** 0": (lambda x: x**0, (-1e-310,), (0.0,)),
    "0 ** 1": (lambda x: x**1, (0.0,), (1.0,)),
    "0 ** 2": (lambda x: x**2, (0.0,), (0.0,)),
}


@pytest.mark.parametrize(("f", "point", "slopes"), KINKS.values(), ids=KINKS)
def test_the_rule_at_kinks(f: Any, point: tuple[float, ...], slopes: tuple[float, ...]) -> None:
    leaves = [Value(x) for x in point]
    z = f(*leaves)
    assert [g.data for g in grad(z, leaves)] == pytest.approx(slopes, rel=1e-15)
    assert [g.data for g in grad(z, leaves, create_graph=True)] == pytest.approx(slopes, rel=1e-15)
    z.backward()
    assert [v.grad for v in leaves] == pytest.approx(slopes, rel=1e-15)
    if "max of" not in f.__name__ and len(point) < 3:
        arrays = [Value([x, x]) for x in point]
        total = ad.sum(ad.stack([f(*(a[k] for a in arrays)) for k in range(2)]))
        total.backward()
        assert [a.grad.tolist() for a in arrays] == [[s, s] for s in slopes]


VARIANTS: dict[str, list[dict[str, float]]] = {
    "leaky_relu": [{"negative_slope": slope} for slope in (-0.5, 0.01, 2.0)],
    "elu": [{"alpha": alpha} for alpha in (0.5, 2.0)],
    "celu": [{"alpha": alpha} for alpha in (0.5, 2.0)],
    "clip": [{"low": -1.0, "high": 2.0}],
}
PLACES = (-3.0, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0, 6.0)
NEAR = 1e-6  # slopes of one side are right to this times the curvature, which is no larger than they are


def sides(f: Callable[[float], float], x: float) -> tuple[float, float] | None:
    """The slopes of f to the left and to the right of a kink; None where f has none, jumps or ends."""
    try:
        before, here, after = f(x - NEAR), f(x), f(x + NEAR)
    except (ArithmeticError, ValueError):
        return None
    left, right = (here - before) / NEAR, (after - here) / NEAR
    return (left, right) if 1e-4 * (abs(left) + abs(right) + 1) < abs(right - left) < 1e3 else None


def moved(op: Op, others: Sequence[float], k: int, parameters: dict[str, float], x: float) -> float:
    """The operation with another number as its input k."""
    return float(forward(op, FLOATS)(*others[:k], x, *others[k + 1 :], **parameters))


@pytest.mark.parametrize(
    "op", [op for op in TABLE.values() if op.elementwise and op.name != "where"], ids=lambda op: op.name
)
def test_what_the_table_says_of_kinks(op: Op) -> None:
    met = 0
    for parameters in VARIANTS.get(op.name) or [dict(zip(op.parameters, op.defaults, strict=True))]:
        for x, k in itertools.product(PLACES, range(op.arity or 0)):
            others = [x] * (op.arity or 0)  # equal inputs, and one of them moves
            slopes = sides(partial(moved, op, others, k, parameters), x)
            if slopes is None:
                continue
            met += 1
            leaves = [Value(each) for each in others]
            found = grad(record(op, *leaves, **parameters), leaves)[k].data
            smallest = min(slopes, key=abs) if min(slopes) * max(slopes) > 0 else 0.0
            wanted = {SMALLEST: smallest, LEFT: slopes[0], SHARED: 0.5}[op.kink]
            assert found == pytest.approx(wanted, abs=1e-4), (x, k, parameters, slopes)
    assert bool(met) == bool(op.kink), "its words speak of a kink where there is one"


def test_to_scalars_shares_ties_the_same() -> None:
    x = Value([2.0, 2.0, 1.0, 2.0], "x")
    scalar = ad.to_scalars(x.max())
    scalar.backward()
    found = {v.label: v.grad for v in ad.value.ancestors(scalar) if v.label}
    assert found == pytest.approx({"x[0]": 1 / 3, "x[1]": 1 / 3, "x[2]": 0.0, "x[3]": 1 / 3})


EXTREMES: dict[str, tuple[Callable[[Any], Value], float, float, float]] = {
    # at x: the value and the slope
    "sigmoid up": (ad.sigmoid, 1000.0, 1.0, 0.0),
    "sigmoid down": (ad.sigmoid, -1000.0, 0.0, 0.0),
    "sigmoid to the last digit": (ad.sigmoid, -40.0, math.exp(-40.0), math.exp(-40.0)),
    "softplus up": (ad.softplus, 1000.0, 1000.0, 1.0),
    "softplus down": (ad.softplus, -1000.0, 0.0, 0.0),
    "softplus to the last digit": (ad.softplus, -40.0, math.exp(-40.0), math.exp(-40.0)),
    "tanh up": (ad.tanh, 1000.0, 1.0, 0.0),
    "tanh down": (ad.tanh, -1000.0, -1.0, 0.0),
    "exp down": (ad.exp, -1000.0, 0.0, 0.0),
    "atan": (ad.atan, 1e100, math.pi / 2, 1e-200),
}


@pytest.mark.parametrize(("f", "x", "value", "slope"), EXTREMES.values(), ids=EXTREMES)
@pytest.mark.parametrize("make", [float, lambda x: [x]], ids=["float", "array"])
def test_extremes(f: Any, x: float, value: float, slope: float, make: Any) -> None:
    v = Value(make(x))
    z = f(v).sum()
    z.backward()
    # e⁻⁴⁰(1 − e⁻⁴⁰) differs from e⁻⁴⁰ by 4e-18 relative; libm and NumPy by some last digits
    assert z.data == pytest.approx(value, rel=1e-14, abs=0)
    assert float(np.sum(v.grad)) == pytest.approx(slope, rel=1e-14, abs=1e-300)


@pytest.mark.parametrize("shift", [0.0, 1000.0, -1000.0, 1e8])
@pytest.mark.parametrize("order", [1, 2])
def test_softmax_far_away(shift: float, order: int) -> None:
    x = np.array([0.0, 1.0, 2.0]) + shift
    exact = np.exp([0.0, 1.0, 2.0]) / np.exp([0.0, 1.0, 2.0]).sum()
    assert np.allclose(ad.softmax(Value(x)).data, exact, rtol=1e-14)
    assert np.allclose(ad.log_softmax(Value(x)).data, np.log(exact), rtol=1e-7 if shift == 1e8 else 1e-12)
    assert ad.logsumexp(Value(x)).data == pytest.approx(shift - math.log(exact[0]), rel=1e-14)
    v = Value(x)
    assert np.allclose(grad(ad.logsumexp(v), [v])[0].data, exact, rtol=1e-14)
    if abs(shift) <= 1000:
        ad.assert_gradients(
            lambda v: ad.log_softmax(v) * np.array([1.0, 2.0, 3.0]), x, order=order, rtol=1e-4, atol=1e-6
        )


@pytest.mark.parametrize("x", [[1000.0, -1000.0], [-1000.0, -1000.0], [1000.0, 1000.0], [0.0, -1000.0]])
@pytest.mark.parametrize("f", [ad.softmax, ad.log_softmax, ad.logsumexp], ids=lambda f: f.__name__)
def test_no_nan_at_a_thousand(f: Any, x: list[float]) -> None:
    v = Value(x)
    z = (f(v) * np.array([1.0, 2.0])).sum()
    z.backward()
    (g,) = grad(z, [v], create_graph=True) if z.op else [v]
    assert np.all(np.isfinite(z.data))
    assert np.all(np.isfinite(v.grad))
    assert np.all(np.isfinite(g.data))


def test_infinities_and_nan_pass_through() -> None:
    infinity, nan = Value(float("inf")), Value(float("nan"))
    assert (infinity + 1).data == math.inf
    assert math.isnan((nan * 2).data)
    assert math.isnan(nan.exp().data)
    assert "nan" in repr(nan)
    assert "inf" in repr(infinity)
    nan.backward(1.0)
    assert nan.grad == 1.0


@pytest.mark.parametrize("f", [ad.maximum, ad.minimum])
def test_nan_wins_on_both_sides(f: Any) -> None:
    nan = float("nan")
    assert math.isnan(f(Value(nan), 1.0).data)
    assert math.isnan(f(Value(1.0), nan).data)
    assert np.isnan(f(Value([1.0, nan]), [nan, 1.0]).data).all()


def test_the_order_of_derivatives_of_a_power_does_not_matter_at_0() -> None:
    """∂²(xⁿ)/∂x∂n = 1/x at n = 0: what is done for x⁰ at a tiny x must not reach there."""
    x, n = Value(3.0), Value(0.0)
    for first, second in ((x, n), (n, x)):
        (slope,) = grad(x**n, [first], create_graph=True)
        assert grad(slope, [second])[0].data == pytest.approx(1 / 3, rel=1e-15)


def test_a_length_of_0_is_chosen_anew_in_a_program() -> None:
    def f(x: Value) -> Value:
        return ad.sum(ad.norm(x, axis=1))

    for example in ([[3.0, 4.0], [1.0, 1.0]], [[3.0, 4.0], [0.0, 0.0]]):
        program = ad.trace(f, np.array(example))
        value, [slope] = program.value_and_grad(np.array([[0.0, 0.0], [3.0, 4.0]]))
        assert value == 5.0 and np.allclose(slope, [[0.0, 0.0], [0.6, 0.8]], rtol=1e-15, atol=0)


def test_clip_by_values_is_numpys_also_with_low_above_high() -> None:
    x = np.array([-2.0, 0.5, 3.0])
    for low, high in ((-1.0, 1.0), (2.0, -1.0), (None, 0.7), (0.7, None)):
        boxed = [None if bound is None else Value(bound) for bound in (low, high)]
        assert Value(x).clip(*boxed).data.tolist() == np.clip(x, low, high).tolist()
    assert np.clip(Value(x), Value(0.0), 1.0).data.tolist() == [0.0, 0.5, 1.0]


@pytest.mark.parametrize("op", [op for op in TABLE.values() if op.elementwise and op.arity == 1], ids=str)
@pytest.mark.parametrize("x", [-1e5, -800.0, 800.0, 1e5])
def test_far_out_a_gradient_that_is_there_is_one_as_a_graph_too(op: Op, x: float) -> None:
    for number in (x, np.array([x, x])):
        v, seed = Value(number), np.ones(np.shape(number)) if np.shape(number) else 1.0
        try:
            z = record(op, v, **dict(zip(op.parameters, op.defaults, strict=True)))
            (expected,) = grad(z, [v], seed=seed)
        except ValueError:  # outside the domain, or too large
            continue
        (found,) = grad(z, [v], seed=seed, create_graph=True)
        assert np.allclose(found.data, expected.data, equal_nan=True)


NEAR_ZERO = (-2.5, -1.0, -0.5, -0.3, -0.0, 0.0, 0.3, 0.5, 1.0, 1.7, 3.0)
EITHER = re.compile(r"\b(maximum|minimum|fmax|fmin|clip)\b")  # of 0.0 and -0.0 NumPy takes the one or the other


def sided(name: str, xs: Sequence[Any]) -> tuple[float, bool] | str:
    """The result and on which side of zero it is, or the error's name."""
    try:
        z = float(np.ravel(functions.apply(name, *map(Value, xs)).data)[0])
    except (AutogradError, ArithmeticError) as error:
        return type(error).__name__
    return round(z, 12), bool(np.signbit(z))


@pytest.mark.parametrize(
    "op",
    [op for op in TABLE.values() if op.elementwise and not op.parameters and op.arity in (1, 2)],
    ids=lambda op: op.name,
)
def test_a_number_alone_and_one_in_an_array_lie_on_the_same_side_of_zero(op: Op) -> None:
    for xs in itertools.product(NEAR_ZERO, repeat=op.arity or 0):
        alone, among = sided(op.name, xs), sided(op.name, [np.array([x]) for x in xs])
        if not (EITHER.search(op.forward) and alone[:1] == among[:1] == (0.0,)):
            assert alone == among, xs


@pytest.mark.parametrize("dialect", [*ALL_DIALECTS, JAVASCRIPT])
def test_minus_zero_stays_what_it_is(dialect: str) -> None:
    """The angle of (-1, -0.0) is -π, that of (-1, 0.0) is π."""

    def f(x: Any) -> Any:
        return functions.atan2(-0.0, x - 1.1) + functions.atan2(functions.trunc(x - 0.3), x - 1.1)

    x = Value(0.1, "x")
    program = trace(f, 0.1)
    assert f(x).data == program(0.1) == pytest.approx(-2 * math.pi)
    assert float(run(program, dialect, 0.1)[0]) == pytest.approx(-2 * math.pi)
    for z in (f(x), x * -0.0 + functions.atan2(x - 0.1, -0.0)):
        assert eval(formula(z), vars(functions) | {"x": x}).data == z.data
