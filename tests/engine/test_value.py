"""The value itself: numbers as Python computes them, operands by place and by name, what a result of no axes is."""

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_tiny as ad
from autograd_tiny import Value, value
from autograd_tiny.errors import GraphError
from autograd_tiny.graphs.steps import contributions
from autograd_tiny.value import Constant, ancestors

POINTS = [0.1 + 0.037 * k for k in range(200)]


@pytest.mark.parametrize("name", ["exp", "sin", "cos", "tanh", "log", "sqrt", "log1p"])
def test_numbers_are_pythons_to_the_last_digit(name: str) -> None:
    for x in POINTS:
        assert getattr(ad, name)(Value(x)).data == getattr(math, name)(x)


def test_slopes_of_numbers_are_pythons_to_the_last_digit() -> None:
    for f, slope in ((ad.sin, math.cos), (ad.sinh, math.cosh), (lambda x: x**1.3, lambda x: 1.3 * x ** (1.3 - 1))):
        for x in map(Value, POINTS):
            f(x).backward()
            assert x.grad == slope(x.data)


def test_what_has_no_axes_is_a_float() -> None:
    v = Value([2.0])
    for z in (v.reshape(()), v[0], ad.where([[True]], v, 0.0)[0, 0], v @ v, v.sum()):
        z.backward()
        assert type(z.data) is type(z.grad) is float
    assert type(ad.where(np.array(True), Value(2.0), 0.0).data) is float


RECORDED: dict[str, tuple[Callable[..., Value], float]] = {
    "by place": (lambda f, x: f(x, -0.5, 1.0), 1.0), "by name": (lambda f, x: f(x, low=-0.5, high=1.0), 1.0),
    "both": (lambda f, x: f(x, -0.5, high=1.0), 1.0), "by letter": (lambda f, x: f(low=-0.5, high=1.0, x=x), 1.0),
}  # fmt: skip


@pytest.mark.parametrize(("called", "number"), RECORDED.values(), ids=RECORDED)
def test_operands_come_by_place_or_by_name(called: Callable[..., Value], number: float) -> None:
    z = called(value.recorder("clip"), Value(3.0))
    assert z.data == number and dict(z.parameters) == {"low": -0.5, "high": 1.0}


def test_operands_by_letter_and_parameters_by_default() -> None:
    subtract = value.recorder("sub")
    x, y = Value(3.0), Value(1.0)
    for z in (subtract(x, y), subtract(x, y=y), subtract(y=y, x=x)):
        assert z.data == 2.0 and z.inputs == (x, y)
    assert value.recorder("elu")(Value(-1.0)).data == math.expm1(-1.0)
    assert value.recorder("elu")(Value(-1.0), 2.0).data == 2.0 * math.expm1(-1.0)
    stacked: Any = value.recorder("stack")
    assert stacked(x, y, axis=0).inputs == (x, y)


@pytest.mark.parametrize("operands", [(), (1.0,), (1.0, 2.0, 3.0)], ids=len)
def test_too_few_or_too_many_operands_are_refused(operands: tuple[float, ...]) -> None:
    with pytest.raises(TypeError):
        value.recorder("sub")(*map(Value, operands))


def test_a_detached_number_is_a_constant_of_the_same_name() -> None:
    x = Value([1.0, 2.0], "x")
    number = (x * 1.0).detach()
    assert x.detach().label == "x" and number.label == ""
    assert number.is_constant and number.data.tolist() == [1.0, 2.0]
    z = ad.sum(x * x.detach())
    z.backward()
    assert x.grad.tolist() == [1.0, 2.0]


def test_clearing_reaches_all_that_a_value_depends_on() -> None:
    x = Value([1.0, 2.0])
    y = x * x
    z = ad.sum(y)
    z.backward()
    y.grad = np.ones(2)
    z.zero_grad()
    for v, how in ((x, "cleared"), (y, ""), (z, "")):
        assert v.has_grad and not np.any(v.grad) and np.shape(v.grad) == v.shape and v._rule.gradient == how


def test_a_gradient_is_set_or_cleared_by_hand() -> None:
    for x, one in ((Value(2.0), 1.0), (Value([2.0, 3.0]), np.ones(2))):
        for given, how in ((one, "set"), (0.0, "cleared"), (one, "set"), (None, "cleared")):
            x.grad = given
            assert x._rule.gradient == how and x.has_grad == (given is not None)
            assert np.all(x.grad == (0.0 if given is None else given))


def test_what_is_no_value_has_no_ancestors() -> None:
    x = Value(0.0)
    assert ancestors(x) == [x]
    assert ancestors(x * 1.0, x)[0] is x
    with pytest.raises(TypeError, match="got float"):
        ancestors(x, 3.0)


def test_a_value_or_a_constant_of_a_number() -> None:
    x = Value(0.0)
    assert value.value(x) is x
    made = value.value(2)
    assert isinstance(made, Constant) and type(made.data) is float
    numbers = np.ones(2)
    assert value.value(numbers).data is not numbers


def test_a_leaf_that_is_its_own_output_needs_a_seed() -> None:
    for x in (Value(2.0), Constant(2.0)):
        with pytest.raises(GraphError, match="not computed from Values"):
            x.backward()
        x.backward(3.0)
        x.backward(3.0)
        assert x.grad == 6.0


def test_what_flows_back_through_a_gate_is_told_by_the_numbers_that_it_read() -> None:
    x, y = Value(2.0), Value(3.0)
    z = x * y
    x.data = 5.0
    assert [float(share) for _, share in contributions(z, 1.0)] == [3.0, 2.0]
    assert value.contributions(z, 1.0) == [3.0, 5.0]
    assert value.contributions(z, 1.0, (7.0, 8.0, 56.0), (1,)) == [None, 7.0]


@pytest.mark.parametrize("sign", ["add", "sub", "mul", "truediv", "pow", "mod", "floordiv"])
def test_a_number_may_stand_on_either_side(sign: str) -> None:
    f = getattr(operator, sign)
    for z in (f(Value(7.0), 2), f(7, Value(2.0)), f(Value(7.0), Value(2.0))):
        assert isinstance(z, Value) and z.data == f(7.0, 2.0)
        assert [x.data for x in z.inputs] == [7.0, 2.0]


def test_what_a_value_does_not_have_is_an_error() -> None:
    with pytest.raises(AttributeError):
        _ = Value(1.0).lable
