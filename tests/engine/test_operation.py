"""Operations of one's own: checked, drawn, formulated and differentiated again like ours; matrices of derivatives."""

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_tiny as ad
import viz
from autograd_tiny import (
    Value,
    check_gradients,
    formula,
    grad,
    hessian,
    jacobian,
    no_grad,
    operation,
    scope,
    to_scalars,
    trace,
    value_and_grad,
)
from autograd_tiny.table import OWN


@pytest.fixture(autouse=True)
def forgotten() -> Any:
    """What a test declares is gone after it."""
    before = dict(OWN)
    yield
    OWN.clear()
    OWN.update(before)


def squared() -> Callable[..., Value]:
    @operation("g * 2 * x", symbol="sq", name="squared")
    def f(x: Any) -> Any:
        """x²."""
        return x * x

    return f


def times() -> Callable[..., Value]:
    @operation(lambda g, x, y, z: g * y, lambda g, x, y, z: g * x, name="times")
    def f(x: Any, y: Any) -> Any:
        return x * y

    return f


def test_whatever_a_pullback_gives_a_gradient_has_its_numbers_kind() -> None:
    @operation(lambda g, x, z: np.float64(2.0) * g, name="doubled")
    def f(x: Any) -> Any:
        return 2 * x

    number, row = Value(3.0), Value(np.ones(2, np.float32)) * 1
    f(number).backward()
    ad.sum(f(row) * np.ones(2)).backward()
    assert type(number.grad) is float and number.grad == 2.0
    assert row.grad.dtype == np.float32 and row.grad.tolist() == [2.0, 2.0]


@pytest.mark.parametrize("x", [1.5, np.array([0.5, 2.0]), np.array([[0.5], [3.0]])], ids=np.shape)
def test_an_operation_of_ones_own_is_one(x: Any) -> None:
    f, g = squared(), times()
    assert check_gradients(f, x).ok and check_gradients(f, x, method="complex").ok
    assert check_gradients(g, x, 2.0).ok and check_gradients(g, 2.0, x).ok
    v = Value(x, "v")
    z = ad.sum(ad.exp(f(v)) * g(v, v))
    ours = ad.sum(ad.exp(v * v) * (v * v))
    assert np.allclose(z.data, ours.data, rtol=1e-14)
    assert np.allclose(grad(z, [v])[0].data, grad(ours, [v])[0].data, rtol=1e-13)
    z.backward()
    assert np.allclose(v.grad, grad(ours, [v])[0].data, rtol=1e-13)
    again, ours_again = (grad(ad.sum(grad(y, [v], create_graph=True)[0]), [v])[0] for y in (z, ours))
    assert np.allclose(again.data, ours_again.data, rtol=1e-12)
    assert np.allclose(np.sum(to_scalars(z)).data, z.data)
    assert pickle.loads(pickle.dumps(z)).data == z.data


def test_it_is_drawn_and_written_by_its_name() -> None:
    f = squared()
    z = f(Value(3.0, "w"))
    assert (z.op, formula(z), f.__doc__) == ("squared", "squared(w)", "x².")
    assert "sq" in viz.draw(z).svg and "squared(w)" in viz.text(z)


def test_it_may_be_declared_again() -> None:
    first = squared()
    z = first(Value(3.0))

    @operation(lambda g, x, z: g * 3, name="squared")
    def other(x: Any) -> Any:
        return 3 * x

    v = Value(2.0)
    assert (other(v).data, grad(other(v), [v])[0].data) == (6.0, 3.0)
    z.backward()
    assert z.inputs[0].grad == 6.0


def test_a_name_of_ours_may_be_used_again() -> None:
    @operation("g * 3")
    def softsign(x: Any) -> Any:
        return x * 3.0

    for number in (2.0, np.array([2.0])):
        x = Value(number)
        own, ours = softsign(x), ad.softsign(x)
        assert (np.sum(own.data), np.sum(ours.data)) == (6.0, pytest.approx(2 / 3))
        slopes = [np.sum(grad(ad.sum(z), [x])[0].data) for z in (own, ours)]
        assert slopes == [3.0, pytest.approx(1 / 9)]
    again = pickle.loads(pickle.dumps(own))
    assert again.operation.own and not pickle.loads(pickle.dumps(ours)).operation.own


def test_what_is_wrong_is_said() -> None:
    with pytest.raises(ValueError, match="2 inputs, 1 pullbacks"):
        operation("g", name="one")(lambda x, y: x)
    for name, said in (("exp", "is taken"), ("shape_of", "is taken"), ("no name", "is no name")):
        with pytest.raises(ValueError, match=f"{name!r} {said}"):
            operation("g", name=name)(lambda x: x)
    with pytest.raises(ad.ProgramError, match="squared is an operation of your own"):
        trace(squared(), 2.0)

    @operation(lambda g, x, z: np.ones(3))
    def wrong(x: Any) -> Any:
        return x * 2.0

    with pytest.raises(ValueError, match=r"wrong: the pullback to x gives shape \(3,\) for an input of shape \(2,\)"):
        ad.sum(wrong(Value([1.0, 2.0]))).backward()


@pytest.mark.parametrize(
    ("pullbacks", "error", "said"),
    [
        (
            ("g * 2 * y",),
            ValueError,
            r"operation square: the pullback to x, 'g \* 2 \* y', has an unknown name y; .* g, x, z",
        ),
        (("g * 2 * a",), ValueError, "unknown name a"),
        (("foo(x)",), ValueError, "unknown name foo"),
        (("g * 2 *",), ValueError, r"the pullback to x, 'g \* 2 \*', is no expression: invalid syntax"),
        ((3,), TypeError, "the pullback to x is 3; give a text"),
        (
            (lambda x: x,),
            TypeError,
            r"is called as \(g, x, z\), and <lambda> takes \(x\); write @operation\(pullback to x",
        ),
        ((lambda g, x: x,), TypeError, r"is called as \(g, x, z\)"),
        ((lambda g, x, z: g, lambda g, x, z: g), TypeError, r"is called as \(g, x, y, z\)"),
    ],
)
def test_what_is_wrong_with_a_pullback_is_said_at_once(pullbacks: Any, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        operation(*pullbacks, name="square")(lambda a: a * a)


def test_a_text_may_use_every_word_and_what_is_ones_own() -> None:
    twice = operation(lambda g, *xs: 2 * g, name="twice")(lambda x: 2 * x)
    again = operation("where(x > 0, g, twice(g) - g) * cos(x) / cos(x)", name="same")(lambda x: x * 1.0)
    assert grad(again(Value(-1.0)) + twice(Value(0.0)), []) == []
    x = Value(-1.0)
    assert grad(again(x), [x])[0].data == pytest.approx(1.0, rel=1e-15)


def test_what_an_operation_cannot_do_is_named() -> None:
    shout = operation("g", name="shout")(lambda x: "loud")
    with pytest.raises(TypeError, match=r"shout: \(\): the function gives a str; it must give a float or an array"):
        shout(Value(1.0))
    with pytest.raises(TypeError, match=r"squared: takes 1 input \(x\), got 2"):
        squared()(Value(1.0), 2.0)
    for make in (value_and_grad, jacobian, hessian):
        with pytest.raises(TypeError, match=f"{make.__name__}: f: expected a function, got"):
            make(Value(2.0) * 3)


def test_matrices_of_derivatives() -> None:
    A = np.arange(6.0).reshape(2, 3)
    x = np.array([0.5, -1.0, 2.0])
    assert np.allclose(jacobian(lambda x: A @ x, x), A)
    assert np.allclose(jacobian(lambda x: ad.tanh(A @ x))(x), (1 - np.tanh(A @ x) ** 2)[:, None] * A)
    by_x, by_c = jacobian(lambda x, c: ad.sum(x) * c, x, 3.0)
    assert by_x.tolist() == [3.0, 3.0, 3.0] and by_c == 1.5
    assert jacobian(lambda x: x * x, 3.0) == 6.0
    assert jacobian(lambda m: m @ m, np.eye(2)).shape == (2, 2, 2, 2)
    B = A.T @ A
    assert np.allclose(hessian(lambda x: x @ (B @ x), x), B + B.T)
    (xx, xc), (cx, cc) = hessian(lambda x, c: ad.sum(x * x) * c, x, 3.0)
    assert np.allclose(xx, 6 * np.eye(3)) and np.allclose(xc, 2 * x) and np.allclose(cx, 2 * x) and cc == 0.0
    with pytest.raises(ValueError, match=r"hessian: the function gives shape \(3,\)"):
        hessian(lambda x: x * x, x)
    slope = value_and_grad(lambda c: ad.sum(jacobian(lambda y: y * y * c, x)))(2.0)[1][0]
    assert slope == 2 * x.sum()  # matrices nest


def test_gradients_by_name() -> None:
    parameters = {"W": Value([1.0, 2.0]), "b": Value(3.0)}
    loss = ad.sum(parameters["W"]) * parameters["b"]
    gradients = grad(loss, parameters)
    assert {name: g.data if not g.shape else g.data.tolist() for name, g in gradients.items()} == {
        "W": [3.0, 3.0], "b": 3.0,
    }  # fmt: skip


def test_nothing_is_recorded_where_nobody_wants_it() -> None:
    v, a = Value(2.0), Value([1.0, 2.0])
    with no_grad():
        for z in (v * 3, 3 - v, v**2, ad.exp(a), a @ a, a[0], ad.stack([v, v]), *a, *ad.split(a, 2)):
            assert z.is_constant and z.inputs == ()
        with scope("inside"), no_grad():
            assert (v * 2).is_constant
        assert (v * 2).is_constant
    z = v * v
    assert z.inputs == (v, v) and z.scope == ()

    @no_grad()
    def score(x: Value) -> Value:
        return x * 2

    with scope("s"):
        assert score(v).is_constant and (v * 2).scope == ("s",)


def test_a_detached_number_receives_nothing() -> None:
    v = Value([1.0, 2.0], "v")
    ad.sum(v * v.detach()).backward()
    assert v.grad.tolist() == [1.0, 2.0] and v.detach().label == "v"
    v.data[0] = 5.0
    assert v.detach().data.tolist() == [5.0, 2.0]


def test_a_part_of_a_value_is_not_assigned() -> None:
    with pytest.raises(TypeError, match=r"'v'.*where, stack or concatenate"):
        Value([1.0, 2.0], "v")[0] = 3.0
