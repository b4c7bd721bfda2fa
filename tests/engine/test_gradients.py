"""Gradients as values: by what they may be asked, which seed they begin with, and how they follow the numbers."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_tiny as ad
from autograd_tiny import Value, grad, trace
from autograd_tiny.errors import GraphError, ShapeError
from autograd_tiny.gradients import gradients_or_zero
from autograd_tiny.value import Constant, ancestors

# Seeds and targets ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("seed", [2, 2.0, np.float64(2), Value(2.0), [2.0, 2.0], Value([2.0, 2.0])], ids=repr)
def test_one_number_as_a_seed_is_that_number_everywhere(seed: Any, create_graph: bool) -> None:
    x = Value([1.0, 3.0])
    for z, slope in ((x + 1.0, [2.0, 2.0]), (x * x, [4.0, 12.0]), (x, [2.0, 2.0])):
        (g,) = grad(z, [x], seed=seed, create_graph=create_graph)
        assert isinstance(g, Value) and g.data.tolist() == slope


def test_a_seed_that_is_a_value_is_differentiated_like_any_other() -> None:
    for x, u in ((Value(3.0), Value(0.0)), (Value([3.0, 3.0]), Value([0.0, 0.0]))):
        (g,) = grad(x * x, [x], seed=u, create_graph=True)
        assert np.all(g.data == 0.0)
        assert np.all(grad(ad.sum(g), [u])[0].data == 6.0)


@pytest.mark.parametrize("create_graph", [False, True])
def test_a_seed_of_another_shape_is_refused(create_graph: bool) -> None:
    x = Value([1.0, 2.0])
    for seed in ([1.0, 2.0, 3.0], Value([1.0, 2.0, 3.0]), Value([[1.0], [2.0]])):
        with pytest.raises(ShapeError, match=r"seed: shape .* for an output of shape \(2,\)"):
            grad(x * 2, [x], seed=seed, create_graph=create_graph)


def test_without_create_graph_a_gradient_is_a_number_with_no_history() -> None:
    w = Value(2.0)
    for ask in (grad, gradients_or_zero):
        (g,) = ask(w * w, [w])
        assert g.data == 4.0 and g.inputs == ()


def test_by_a_constant_nothing_is_differentiated() -> None:
    z = Value(2.0) * 3
    for ask in (grad, gradients_or_zero):
        for constant in (z.inputs[1], Constant(3.0)):
            with pytest.raises(GraphError, match="input 0 does not reach the output"):
                ask(z, [constant])


@pytest.mark.parametrize("create_graph", [False, True])
def test_an_output_may_be_its_own_input(create_graph: bool) -> None:
    x = Value(0.0)
    z = x * 5.0
    assert [g.data for g in grad(z, {"z": z, "x": x}, create_graph=create_graph).values()] == [1.0, 5.0]


def test_of_no_inputs_there_is_nothing_to_move_along() -> None:
    assert ad.value_and_grad(lambda: Value(3.0))() == (3.0, [])
    assert ad.jvp(lambda: Value(3.0), [], []) == (3.0, 0.0)
    assert ad.hvp(lambda: Value(3.0), [], []) == (3.0, [])


def test_a_slope_along_a_direction_is_found_however_large_the_value() -> None:
    assert ad.jvp(lambda x: x * 1e200, 1e100, 1.0) == (1e300, 1e200)


def test_only_what_is_a_function_can_be_differentiated_later() -> None:
    with pytest.raises(TypeError, match="value_and_grad: f: expected a function, got Value"):
        ad.value_and_grad(Value(3.0))  # type: ignore[arg-type]


# Where a function bends -----------------------------------------------------------------------------------------------


CHOSEN: dict[str, tuple[Callable[[Any], Value], float, float]] = {  # its slopes at −2 and at 2
    "leaky_relu": (lambda x: ad.leaky_relu(x, 0.1), 0.1, 1.0),
    "clip": (lambda x: ad.clip(x, 0.0, 3.0), 0.0, 1.0),
    "where": (lambda x: ad.where(x > 0, x * 5.0, x * 3.0), 3.0, 5.0),
    "maximum": (lambda x: ad.maximum(0.5, x), 0.0, 1.0),
}


@pytest.mark.parametrize(("f", "left", "right"), CHOSEN.values(), ids=CHOSEN)
def test_one_number_chooses_once_and_a_program_chooses_anew(
    f: Callable[[Any], Value], left: float, right: float
) -> None:
    def slope(x: Any, u: Any) -> Value:
        (g,) = grad(f(x), [x], seed=u, create_graph=True)
        return g

    program = trace(slope, 2.0, 3.0)
    for number, wanted in ((-2.0, left), (2.0, right)):
        u = Value(3.0)
        g = slope(Value(number), u)
        assert isinstance(g, Value) and g.data == pytest.approx(3.0 * wanted)
        assert gradients_or_zero(g, [u])[0].data == pytest.approx(wanted)
        value, gradients = program.value_and_grad(number, 3.0)
        assert [value, *gradients] == pytest.approx([3.0 * wanted, 0.0, wanted])


def test_what_one_number_has_chosen_is_not_chosen_again_in_its_slope() -> None:
    x, u = Value(-2.0), Value(3.0)
    (slope,) = grad(ad.leaky_relu(x), [x], seed=u, create_graph=True)
    assert {v.op for v in ancestors(slope)} == {"", "mul"}


def test_the_slope_of_a_magnitude_is_a_plain_number_but_for_what_came_before() -> None:
    x = Value(-2.0)
    (slope,) = grad(ad.abs(x), [x], create_graph=True)
    assert slope.data == -1.0
    with pytest.raises(GraphError, match="its gradient is 0"):
        grad(slope, [x])


BENT: dict[str, Callable[[Any], Value]] = {
    "abs": lambda x: ad.sum(ad.abs(x) * x * x),
    "max": lambda x: ad.max(x * x) * 3.0,
    "max of rows": lambda x: ad.sum(ad.max(ad.outer(x, x), axis=1)),
    "max of equals": lambda x: ad.max(ad.stack([x * x, x * x])) + ad.sum(ad.max(ad.stack([x, x, x * x], 1), axis=1)),
    "where": lambda x: ad.sum(ad.where(x > 0, x * x * x, x * x)),
    "where, whatever the numbers": lambda x: ad.sum(ad.where([True, False, True], x * x * x, x * x)),
    "maximum": lambda x: ad.sum(ad.maximum(x * x, 2.0 * x)),
}


@pytest.mark.parametrize("f", BENT.values(), ids=BENT)
def test_slopes_taken_inside_a_traced_function_follow_the_numbers(f: Callable[[Any], Value]) -> None:
    def along(x: Any) -> Value:
        (slope,) = grad(f(x), [x], create_graph=True)
        return ad.sum(slope * [1.0, 2.0, -1.0] * x)

    program = trace(along, np.array([1.0, -2.0, 0.5]))
    for point in ([-1.0, 3.0, 2.5], [2.5, 0.25, -3.0]):
        value, gradients = ad.value_and_grad(along)(point)
        assert program(np.array(point)) == pytest.approx(value, rel=1e-12)
        np.testing.assert_allclose(program.value_and_grad(np.array(point))[1], gradients, rtol=1e-12)


@pytest.mark.parametrize("wrap", [float, lambda x: np.array([x, 2.0])], ids=["a float", "an array"])
def test_a_recorded_gradient_of_a_kink_follows_the_numbers(wrap: Callable[[float], Any]) -> None:
    def slope(x: Value) -> Value:
        (g,) = grad(ad.sum(ad.abs(x) * 3.0), [x], create_graph=True)
        return ad.sum(g * x)

    program = trace(slope, wrap(1.0))
    for x in (-2.0, 0.0, 2.0):
        value, (gradient,) = program.value_and_grad(wrap(x))
        assert value == np.sum(3.0 * np.abs(wrap(x)))
        assert np.array_equal(gradient, 3.0 * np.sign(wrap(x)))
