"""Circuits that another engine has recorded are drawn as ours are, with that engine's gradients."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import viz
from autograd_tiny import Value, sigmoid
from autograd_tiny.numbers import float_sigmoid
from viz.graph.adopted import adopted, is_foreign


class Number:
    """A number of an engine that somebody wrote: it remembers its inputs, in order."""

    def __init__(self, data: float, label: str = "", inputs: tuple[Any, ...] = (), op: str = "") -> None:
        self.data, self.label, self.inputs, self.op, self.grad = data, label, inputs, op, 0.0

    def _backward(self) -> None:
        for x, share in zip(self.inputs, self.shares(), strict=True):
            x.grad += share

    def shares(self) -> tuple[float, ...]:
        """What this gate sends back."""
        g, at = self.grad, [x.data for x in self.inputs]
        if self.op == "+":
            return g, g
        if self.op in ("×", "*"):
            return g * at[1], g * at[0]
        if self.op == "σ":
            return (g * self.data * (1 - self.data),)
        return (3 * g * at[0] ** 2,) if self.op else ()


def plus(x: Number, y: Number) -> Number:
    return Number(x.data + y.data, "", (x, y), "+")


def times(x: Number, y: Number, sign: str = "×") -> Number:
    return Number(x.data * y.data, "", (x, y), sign)


def sigma(x: Number) -> Number:
    return Number(float_sigmoid(x.data), "", (x,), "σ")


def cube(x: Number) -> Number:
    return Number(x.data**3, "", (x,), "cube")


def backward(output: Number) -> None:
    order: list[Number] = []

    def visit(v: Number) -> None:
        if v not in order:
            for x in v.inputs:
                visit(x)
            order.append(v)

    visit(output)
    output.grad = 1.0
    for v in reversed(order):
        v._backward()


@settings(max_examples=10, deadline=None)
@given(st.floats(-2, 2), st.floats(-2, 2), st.sampled_from("×*"))
def test_gates_known_here_are_ours(a: float, b: float, sign: str) -> None:
    x, y = Number(a, "x"), Number(b, "y")
    z = sigma(plus(times(x, y, sign), times(x, x, sign)))
    z.label = "z"
    backward(z)
    u, v = Value(a, "x"), Value(b, "y")
    ours = sigmoid(u * v + u * u)
    ours.label = "z"
    ours.backward()
    assert viz.text(z) == viz.text(ours)
    assert viz.draw(z).svg == viz.draw(ours).svg


def test_other_gates_are_asked_what_they_send() -> None:
    a = Number(2.0, "a")
    d = plus(times(cube(a), a), Number(3.0))  # a⁴ + 3
    backward(d)
    told = viz.text(d)
    assert "24.00 + 8.00" in told and "cube(a)" in told and "+ 3" in told
    assert a.grad == 32.0  # asking changes nothing
    assert viz.film(d).captions


def test_wrong_gradients_are_drawn_as_they_are() -> None:
    a = Number(7.0, "a")
    s = times(a, a)
    s.grad, a.grad = 1.0, 7.0  # somebody wrote = for +=
    assert "7.00 + 7.00, and −7.00 besides" in viz.text(s)
    assert adopted(s).inputs[0].grad == 7.0
    told = viz.draw(s).description  # nothing has been added to it, nor would zero_grad() help
    assert "The gradient of a is not the sum of what comes along the branches." in told and "zero_grad" not in told


def test_a_number_that_disagrees_with_its_sign_is_kept() -> None:
    s = Number(9.0, "s", (Number(1.0, "a"), Number(2.0, "b")), "+")
    assert adopted(s).data == 9.0 and adopted(s).op == "+"  # by hand: it is no sum


def test_deep_circuits_need_no_stack() -> None:
    v = Number(1.0, "v")
    for _ in range(5000):
        v = plus(v, v if v.data < 2 else Number(1.0, "one"))
    assert adopted(v).data == v.data


@pytest.mark.parametrize("thing", [3.0, "x", object(), Value(1.0), {1: 2}])
def test_what_records_nothing_is_not_adopted(thing: Any) -> None:
    assert not is_foreign(thing)
