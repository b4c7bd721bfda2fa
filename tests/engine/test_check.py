"""The gradient check itself: right gradients pass at every scale, wrong ones are named."""

import numpy as np
import pytest

import autograd_tiny as ad
from autograd_tiny import Value, assert_gradients, check_gradients
from autograd_tiny.errors import GraphError

RIGHT = {
    "a scalar": (lambda x: x**2 * (x - 3), (5.0,)),
    "an int": (lambda x: x * x, (3,)),
    "a Value": (lambda x: x * x, (Value(3.0),)),
    "a list": (lambda x: (x * x).sum(), ([1.0, 2.0],)),
    "several": (lambda x, y: (x @ y).tanh(), (np.ones((2, 3)), np.ones((3, 2)) / 5)),
    "float32": (lambda x: (x * x).sum(), (np.ones(3, np.float32),)),
    "large numbers": (lambda x: x * x, (1e8,)),
    "small numbers": (ad.log, (1e-4,)),
    "tiny numbers": (ad.log, (1e-7,)),
    "near an edge": (ad.sqrt, (1e-6,)),
    "near the other edge": (ad.asin, (1 - 1e-7,)),
    "a constant": (lambda x: x * 0 + 3, (1.0,)),
    "an unused input": (lambda x, y: x * 2, (1.0, 2.0)),
    "no number at all": (lambda: Value(1.0), ()),
    "empty": (lambda x: x.sum(), (np.zeros((0, 2)),)),
    "a large input": (lambda x: (x**3).sum(), (np.ones((40, 40)),)),
}


@pytest.mark.parametrize(("f", "inputs"), RIGHT.values(), ids=RIGHT)
def test_right_gradients_pass(f: object, inputs: tuple[object, ...]) -> None:
    report = check_gradients(f, *inputs)
    assert report.ok and bool(report), report
    assert "all derivatives agree" in str(report)
    assert_gradients(f, *inputs)


def forgotten_path(x: Value) -> Value:
    return x * Value(x.data)  # the second x is another leaf, so half of the gradient is missing


def doubled(x: Value) -> Value:
    return x + x - Value(x.data)


@pytest.mark.parametrize("f", [forgotten_path, doubled], ids=lambda f: f.__name__)
def test_wrong_gradients_are_named(f: object) -> None:
    report = check_gradients(f, Value(3.0, "w"))
    assert not report.ok
    assert "WRONG" in str(report) and "w " in str(report)
    assert "1 of 1 derivatives wrong" in str(report)
    with pytest.raises(AssertionError, match="gradients differ from central differences"):
        assert_gradients(f, 3.0)


def test_the_wrong_number_is_pointed_at() -> None:
    def partly(x: Value) -> Value:
        return x[0] * 2 + Value(x.data)[1] * 3

    report = check_gradients(partly, Value([1.0, 2.0], "x"))
    (wrong,) = (c for c in report.comparisons if not c.ok)
    assert (wrong.name, wrong.index, wrong.analytic) == ("x", (1,), 0.0)
    assert wrong.numerical == pytest.approx(3.0)
    assert report.largest_error == pytest.approx(3.0)


@pytest.mark.parametrize("f", [ad.abs, ad.relu, lambda x: x + 0.01 * ad.abs(x), lambda x: -ad.maximum(x, 2 * x)])
def test_at_a_kink_a_subgradient_is_neither_right_nor_wrong(f: object) -> None:
    report = check_gradients(f, 0.0)
    assert report.verdict == "unsure" and not report.ok and "kink" in str(report)
    assert_gradients(f, 0.0)  # it is no error either


def test_a_wrong_large_gradient_is_seen_along_directions() -> None:
    report = check_gradients(lambda x: (x * Value(x.data)).sum(), np.ones((40, 40)))
    assert report.verdict == "wrong" and 20 < len(report.rows) < 30  # two directions, and some of its numbers
    assert "24 of 24 sampled wrong, relative 0.5" in report.by_input()["x"]
    assert len(check_gradients(lambda x: x.sum(), np.ones((40, 40))).rows) == 2
    assert len(check_gradients(lambda x: x.sum(), np.ones((30, 30)), full=True).rows) == 900


def test_the_full_jacobian() -> None:
    report = check_gradients(lambda x: x * x, np.arange(3.0), full=True)
    assert len(report.comparisons) == 9 and report.ok


def test_order_two() -> None:
    assert check_gradients(lambda x: x**3, 2.0, order=2).ok
    assert check_gradients(lambda x: x**3, 2.0, order=2, method="complex", rtol=1e-13, atol=1e-14).ok


def test_a_whole_jacobian_names_output_and_input() -> None:
    report = check_gradients(lambda x: x * x, Value([1.0, 2.0], "x"), full=True)
    assert [(c.name, c.index, c.analytic) for c in report.comparisons] == [
        ("z[0] by x", (0,), 2.0), ("z[0] by x", (1,), 0.0), ("z[1] by x", (0,), 0.0), ("z[1] by x", (1,), 4.0)
    ]  # fmt: skip


def test_inputs_are_called_as_the_function_calls_them() -> None:
    for way in ({}, {"grad": lambda first, second: (second, first)}):
        report = check_gradients(lambda first, second: first * second, 2.0, 3.0, **way)
        assert report.ok and [row.name for row in report.rows] == ["first", "second"]
    assert [row.name for row in check_gradients(lambda *x: x[0] * x[1], 2.0, 3.0).rows] == ["input 0", "input 1"]
    assert [row.name for row in check_gradients(lambda first: first * 2, Value(2.0, "w")).rows] == ["w"]


def test_what_cannot_be_checked_is_named() -> None:
    for inputs in ((), ("a",), ({},)):
        with pytest.raises(TypeError, match="check_gradients: the inputs hold no numbers"):
            check_gradients(np.cos, *inputs, grad=np.sin)
    report = check_gradients(lambda W: (W * 2.0).sum(), np.ones((2, 3)), grad=lambda W: np.ones((3, 2)) * 2)
    assert str(report).endswith("the derivative is wrong") and "analytic" not in str(report)
    for options, said in (
        ({"eps": 1e-6}, "there is no option eps; there are method, rtol"),
        ({"metod": "complex"}, "did you mean method"),
    ):
        with pytest.raises(TypeError, match=said):
            check_gradients(lambda x: x * x, 1.0, **options)


def test_an_input_without_a_path_is_named() -> None:
    report = check_gradients(lambda x, y: x * 2, Value(1.0, "x"), Value(2.0, "left out"))
    assert report.ok and report.apart == ("left out",)
    assert "no path leads to the output from left out" in str(report)
    assert check_gradients(lambda x: x * 2, 1.0).apart == ()
    wrong = check_gradients(lambda x, y: x * Value(y.data), 1.0, 2.0)  # y counts, but its gradient is lost
    assert not wrong.ok and wrong.apart == ("y",)


@pytest.mark.parametrize("order", [1, 2])
def test_a_function_of_something_else_is_refused(order: int) -> None:
    w = Value([1.0, 2.0], "w")
    with pytest.raises(GraphError, match="no path leads from w or input 1 to the output"):
        assert_gradients(lambda *_: (w * w).sum(), w, 3.0, order=order)
    with pytest.raises(GraphError, match="no path"):
        assert_gradients(lambda x: x.data * 2, 3.0, order=order)


def test_at_order_two_a_straight_line_has_a_path() -> None:
    assert_gradients(lambda x: x * 3, 2.0, order=2)


def test_functions_that_need_values_get_them() -> None:
    assert_gradients(lambda x: ad.grad(x**3, x, create_graph=True)[0], 1.5)
    assert_gradients(lambda x: x**2, 0.0, order=2)  # its slope is 0 there, as that of a constant is everywhere
    assert_gradients(lambda x: x * 5 if x.is_constant else x * x, 1.5)  # not the same function of constants


def test_numerical_evaluations_record_nothing() -> None:
    kinds = []

    def f(x: Value) -> Value:
        kinds.append(x.is_constant)
        return (x * x).sum()

    assert_gradients(f, np.arange(4.0))
    assert kinds[0] is False and all(kinds[1:]) and len(kinds) == 2 + 2 * 4


def test_infinity_agrees_with_nothing() -> None:
    def leaping(x: Value) -> Value:
        return x * 2 + Value(np.inf if x.data > 1.0 else 0.0)

    report = check_gradients(leaping, 1.0)
    assert report.verdict == "unsure" and "edge" in str(report)
    with pytest.raises(AssertionError, match="can't be told"):
        assert_gradients(leaping, 1.0)
