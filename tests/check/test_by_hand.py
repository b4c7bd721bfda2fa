"""Derivatives written by hand: however they are given, of whatever scale, right is right and wrong is wrong."""

import time
from collections import namedtuple
from functools import update_wrapper
from typing import Any

import numpy as np
import pytest

import autograd_tiny as at
from autograd_tiny import Value, check_gradients
from autograd_tiny.errors import GraphError

RNG = np.random.default_rng(0)
A, B, X = RNG.normal(size=(4, 3)), RNG.normal(size=(3,)), RNG.normal(size=3)
Pair = namedtuple("Pair", "w b")


def loss(x: Any, y: Any) -> Any:
    return np.sum(np.tanh(A @ x) * 2) + np.sum(y * y)


def slopes(x: Any, y: Any) -> Any:
    return 2 * A.T @ (1 - np.tanh(A @ x) ** 2), 2 * y


def layer(x: Any) -> Any:
    return np.tanh(A @ x)


def layer_jacobian(x: Any) -> Any:
    return (1 - layer(x) ** 2)[:, None] * A


WAYS: dict[str, tuple[Any, tuple[Any, ...], dict[str, Any]]] = {
    "grad": (loss, (X, B), {"grad": slopes}),
    "grad of one": (lambda x: x @ x, (X,), {"grad": lambda x: 2 * x}),
    "grad, number by number": (np.sin, (X,), {"grad": np.cos}),
    "vjp": (layer, (X,), {"vjp": lambda x, g: layer_jacobian(x).T @ g}),
    "vjp, curried": (layer, (X,), {"vjp": lambda x: lambda g: layer_jacobian(x).T @ g}),
    "vjp of two": (lambda x, y: x * y, (X, B), {"vjp": lambda x, y, g: (g * y, g * x)}),
    "vjp of several outputs": (lambda x: (x * x, np.sum(x)), (X,), {"vjp": lambda x, g: 2 * x * g[0] + g[1]}),
    "jvp": (layer, (X,), {"jvp": lambda x, v: layer_jacobian(x) @ v}),
    "jvp with the value": (layer, (X,), {"jvp": lambda x, v: (layer(x), layer_jacobian(x) @ v)}),
    "jvp of pairs": (lambda x, y: x * y, (X, B), {"jvp": lambda p, t: p[0] * t[1] + t[0] * p[1]}),
    "jacobian": (layer, (X,), {"jacobian": layer_jacobian}),
    "hvp": (lambda x: np.sum(x**3), (X,), {"hvp": lambda x, v: 6 * x * v}),
    "hvp with grad": (lambda x: np.sum(x**3), (X,), {"hvp": lambda x, v: 6 * x * v, "grad": lambda x: 3 * x * x}),
    "returns": (lambda x: (x @ x, 2 * x), (X,), {"returns": "value, grads"}),
    "returns one by one": (lambda x, y: (loss(x, y), *slopes(x, y), "h"), (X, B), {"returns": "loss, *grads, h"}),
    "returns gradients first": (lambda x: (2 * x, x @ x), (X,), {"returns": "grads, value"}),
    "a dict": (lambda p: loss(p["x"], p["y"]), ({"x": X, "y": B},),
               {"grad": lambda p: dict(zip("xy", slopes(p["x"], p["y"]), strict=True))}),
    "a tuple": (lambda p: loss(*p), ((X, B),), {"grad": lambda p: slopes(*p)}),
    "a named tuple": (lambda p: loss(p.w, p.b), (Pair(X, B),), {"grad": lambda p: Pair(*slopes(p.w, p.b))}),
    "labels are data": (lambda x, k: np.sum(x[k] ** 2), (X, np.array([0, 0, 2])),
                        {"grad": lambda x, k: 2 * x * np.array([2, 0, 1])}),
    "a whole number": (lambda x: x * x, (3,), {"grad": lambda x: 2 * x}),
    "float32": (lambda x: np.sum(x * x), (X.astype(np.float32),), {"grad": lambda x: 2 * x}),
    "a large output of one input": (lambda x: np.outer(x, x), (X,), {"vjp": lambda x, g: (g + g.T) @ x}),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_give_a_right_one(way: str) -> None:
    f, inputs, given = WAYS[way]
    report = check_gradients(f, *inputs, **given)
    assert report.ok and report.rows and not report.why, report


def worse(answer: Any) -> Any:
    """An answer with 1 % more in every number."""
    if isinstance(answer, dict):
        return {name: worse(part) for name, part in answer.items()}
    if isinstance(answer, tuple):
        parts = [worse(part) for part in answer]
        return type(answer)(*parts) if hasattr(answer, "_fields") else tuple(parts)
    return worse_of(answer) if callable(answer) else answer if isinstance(answer, str) else 1.01 * np.asarray(answer)


def worse_of(f: Any) -> Any:
    return update_wrapper(lambda *inputs: worse(f(*inputs)), f)


@pytest.mark.parametrize("way", [way for way in WAYS if "returns" not in way and way != "jvp with the value"])
def test_every_way_to_give_a_wrong_one(way: str) -> None:
    f, inputs, given = WAYS[way]
    wrong = given | {
        name: worse_of(derivative) for name, derivative in given.items() if name != "grad" or len(given) == 1
    }
    if "curried" in way:
        wrong = {"vjp": lambda x: lambda g: 1.01 * layer_jacobian(x).T @ g}
    report = check_gradients(f, *inputs, **wrong)
    assert report.verdict == "wrong" and not report.ok and report.why, report


@pytest.mark.parametrize("scale", [1e-12, 1e-6, 1.0, 1e6, 1e12])
@pytest.mark.parametrize("size", [1e-12, 1e-6, 1.0, 1e6, 1e12])
def test_any_scale(scale: float, size: float) -> None:
    f, df = (lambda x: size * np.sin(x / scale)), (lambda x: size / scale * np.cos(x / scale))
    assert check_gradients(f, 0.7 * scale, grad=df).ok
    for factor in (-1, 0, 2, 1.01, 1.001):
        assert check_gradients(f, 0.7 * scale, grad=lambda x, factor=factor: factor * df(x)).verdict == "wrong"


REASONS: dict[str, tuple[Any, str]] = {
    "sign": (lambda g: -g, "wrong sign"),
    "twice": (lambda g: 2 * g, "twice what it should be"),
    "mean": (lambda g: g / 5, "5 times too small, as a mean"),
    "sum": (lambda g: g * 7, "7 times too large, as a sum"),
    "factor": (lambda g: g * 1.37, "1.37 times"),
    "transposed": (lambda g: g.T, "transposed"),
    "reversed": (lambda g: np.flip(g, 0), "reversed along axis 0"),
    "zero": (lambda g: 0 * g, "0 everywhere"),
    "clipped": (lambda g: np.clip(g, -1, 1), "clipped to ±1"),
    "one number": (lambda g: g * np.where(np.arange(16).reshape(4, 4) == 6, 3, 1), "only at [1, 2]: factor 3"),
    "a row": (lambda g: g * np.array([1, 1, -1, 1])[:, None], "in row 2: sign"),
    "a constant": (lambda g: g + 0.25, "0.25 too much everywhere"),
    "mean subtracted": (lambda g: g - g.mean(), "its mean was subtracted"),
}


@pytest.mark.parametrize("mistake", REASONS)
def test_what_is_wrong_is_read_off_the_numbers(mistake: str) -> None:
    plant, sentence = REASONS[mistake]
    M, W = RNG.normal(size=(4, 4)), RNG.normal(size=(4, 4))
    report = check_gradients(lambda W: np.sum(W**3 * M), W, grad=lambda W: plant(3 * W * W * M))
    assert report.verdict == "wrong" and sentence in report.why, report


def test_two_gradients_that_are_swapped() -> None:
    report = check_gradients(lambda x, y: np.sum(x * x * y), X, B, grad=lambda x, y: (x * x, 2 * x * y))
    assert "x has the gradient of y: the two are swapped" in report.why and "swapped with x" in report.by_input()["y"]


def test_a_penalty_that_was_forgotten() -> None:
    report = check_gradients(lambda w: np.sum(np.sin(w)) + 0.05 * w @ w, X, grad=np.cos)
    assert "lacks a term 0.1 · w" in report.why


# Before any slope


def test_a_function_that_is_none() -> None:
    report = check_gradients(lambda x: np.sum(x * RNG.random(3)), X, grad=np.ones_like)
    assert report.verdict == "unsure" and "draws random numbers or keeps a state" in report.why


def test_inputs_are_left_alone() -> None:
    def f(x: Any) -> Any:
        x *= 2
        return np.sum(x)

    x = X.copy()
    report = check_gradients(f, x, grad=lambda x: 2 * np.ones(3))
    assert "f overwrites x in place" in report.why and not report.ok and np.array_equal(x, X)


def test_shapes_kinds_and_numbers_of_a_gradient() -> None:
    def why(df: Any) -> str:
        report = check_gradients(lambda x: x @ x, X, grad=df)
        assert report.verdict == "wrong"
        return report.why

    assert "has shape (3, 1); x has (3,)" in why(lambda x: 2 * x[:, None])
    assert "is nan in 1 of 3 numbers" in why(lambda x: np.array([2 * x[0], np.nan, 2 * x[2]]))
    assert "complex numbers" in why(lambda x: 2j * x)
    assert "whole numbers lose" in why(lambda x: np.array([7, 8, 9]))


def test_not_finite_at_the_point() -> None:
    report = check_gradients(np.log, -1.0, grad=lambda x: 1 / x)
    assert report.verdict == "unsure" and "f is nan at these inputs" in report.why


def test_float32_inside_is_found_out() -> None:
    f = lambda x: float(np.sum(np.tanh(x.astype(np.float32))))  # noqa: E731
    report = check_gradients(f, X, grad=lambda x: 1 - np.tanh(x) ** 2)
    assert report.verdict != "wrong" and "f computes in float32" in report.why
    assert check_gradients(f, X, grad=lambda x: 1.5 * (1 - np.tanh(x) ** 2)).verdict == "wrong"


def test_kinks_edges_jumps() -> None:
    assert check_gradients(np.abs, 0.0, grad=lambda x: 0.3).verdict == "unsure"
    assert check_gradients(np.abs, 0.0, grad=lambda x: 1.3).verdict == "wrong"
    assert "edge" in str(check_gradients(np.sqrt, 0.0, grad=lambda x: np.inf))
    assert check_gradients(np.sign, 0.0, grad=lambda x: 0.0).verdict == "unsure"
    for d in (1e-3, 1e-6, 1e-9):
        assert check_gradients(lambda x: np.abs(x - 1), 1 - d, grad=lambda x: -1.0).ok
        assert check_gradients(lambda x: np.abs(x - 1), 1 - d, grad=lambda x: 0.5).verdict == "wrong"


# Large, several points, options


@pytest.mark.slow
def test_a_million_parameters_in_seconds() -> None:
    w = RNG.normal(size=1_000_000)
    start = time.process_time()
    report = check_gradients(lambda w: np.sum(np.tanh(w)), w, grad=lambda w: 1 - np.tanh(w) ** 2)
    assert report.ok and "is missed with probability" in report.chance and "seed 0" in str(report)
    assert time.process_time() - start < 20  # two or three

    def one_wrong(w: Any) -> Any:
        g = 1 - np.tanh(w) ** 2
        g[123_456] *= 2
        return g

    wrong = check_gradients(lambda w: np.sum(np.tanh(w)), w, grad=one_wrong)
    assert wrong.verdict == "wrong" and any(row.index == (123_456,) and row.verdict == "wrong" for row in wrong.rows)


def test_points_that_f_is_not_defined_at_are_passed_over() -> None:
    report = check_gradients(np.arcsin, 0.5, grad=lambda x: 1 / np.sqrt(1 - x * x), points=3)
    assert report.ok and "Point 3 was passed over" in report.why


def test_the_complex_step_does_not_certify_a_lost_path() -> None:
    def lost(x: Value) -> Value:
        return x * Value(x.data)

    report = check_gradients(lost, 3.0, method="complex")
    assert report.verdict == "wrong" and "f is not what its graph computes" in report.why
    assert check_gradients(lambda x: at.exp(x), 3.0, method="complex").ok


def test_a_dict_of_values() -> None:
    p = {"W": Value([[1.0, 2.0]], "W"), "b": np.array([0.5])}
    report = check_gradients(lambda p: (p["W"] * p["W"]).sum() * p["b"].sum(), p)
    assert report.ok and set(report.by_input()) == {"W", "b"}


REFUSED: dict[str, tuple[Any, str]] = {
    "returns": (lambda: check_gradients(loss, X, B, returns="grads"), 'as "value, grads"'),
    "returns too few": (lambda: check_gradients(loss, X, B, returns="value, grads"), "f returns a float"),
    "both": (lambda: check_gradients(loss, X, B, returns="value, grads", grad=slopes), "give one of them"),
    "a missing one": (lambda: check_gradients(lambda p: p["a"], {"a": 1.0, "b": 2.0}, grad=lambda p: {"a": 1.0}),
                      "no gradient is given for b"),
    "an array": (lambda: check_gradients(lambda x: A @ x, X, grad=lambda x: x), "give vjp="),
    "a Jacobian's shape": (lambda: check_gradients(layer, X, jacobian=lambda x: A.T), r"is \(4, 3\)"),
    "points": (lambda: check_gradients(np.sin, 1.0, grad=np.cos, points=0), "points=0"),
    "complex": (lambda: check_gradients(np.sin, 1.0, grad=np.cos, method="complex"), "for functions of Values"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_can_not_be_meant_is_named(what: str) -> None:
    call, words = REFUSED[what]
    with pytest.raises(ValueError, match=words):
        call()


def test_a_function_of_numbers_without_a_derivative_gets_the_remedy() -> None:
    with pytest.raises(GraphError, match="given with grad="):
        check_gradients(lambda x: float(x.data), 1.0)


# The report


def test_the_plot_is_a_v(tmp_path: Any) -> None:
    report = check_gradients(np.sin, 0.5, grad=np.cos)
    chart = report.plot()
    bars = chart.panels[0]
    assert bars and "error bar" in chart.words()
    chart.save(tmp_path / "v.svg")
    assert check_gradients(lambda x: (x * x).sum(), X).plot(1)
    with pytest.raises(ValueError, match="row 7"):
        report.plot(7)


def test_rows_and_lines() -> None:
    report = check_gradients(lambda x: np.sum(x**2), X, grad=lambda x: 2 * x * [1, 1, 1.5])
    assert report.by_input()["x"].startswith("x: 1 of 3 wrong, relative 0.")
    row = max(report.rows, key=lambda row: row.error)
    assert row.place == "x[2]" and row.relative == pytest.approx(1 / 3) and 0 < row.bar < 1e-6 and row.step > 0
    assert "WRONG" in str(report) and report.evaluations < 100


def test_a_number_alone_is_looked_at_farther_away_too() -> None:
    forgotten = check_gradients(lambda w: w**2 * (w - 3), 3.0, grad=lambda w: w**2, points=3)
    assert check_gradients(lambda w: w**2 * (w - 3), 3.0, grad=lambda w: w**2).verdict == "right"
    assert forgotten.verdict == "wrong" and {row.point for row in forgotten.rows} == {0, 1, 2}
