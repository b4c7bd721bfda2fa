"""Derivatives as properties: hypothesis finds where they are wrong; kinks fail nobody; arrays are as asked."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from autograd_tiny import assert_gradients, operation
from autograd_tiny.check import GradientReport
from autograd_tiny.testing import (
    arrays,
    functions,
    given_gradients,
    labels,
    masks,
    networks,
    positive_definite,
    probabilities,
    scales,
    shapes,
)
from tests.project.checkout import ROOT


def tanh_slope(x: np.ndarray) -> np.ndarray:
    return 1 - np.tanh(x) ** 2


def tanh(x: np.ndarray) -> np.ndarray:
    return np.tanh(x)  # whose own input has no name before NumPy 2.4


def relu(x: np.ndarray) -> np.ndarray:
    return np.maximum(x, 0.0)


@given_gradients(tanh, tanh_slope, x=arrays(shapes(), magnitudes=scales(1e-3, 10)))
def test_an_elementwise_derivative_holds(x: np.ndarray, report: GradientReport) -> None:
    assert (report.ok and report.rows[0].name == "x") or not x.shape


@given_gradients(relu, lambda x: (x > 0) * 1.0, x=arrays((3,)))
def test_a_right_relu_does_not_fail_at_its_kink() -> None:
    pass


@given_gradients(np.max, lambda x: (x == x.max()) * 1.0, x=arrays(shapes(min_dims=1), unique=True))
def test_the_largest_of_distinct_numbers() -> None:
    pass


@given_gradients(np.cumsum, lambda x, g: np.cumsum(g[::-1])[::-1], x=arrays((4,)))
def test_with_one_argument_more_it_is_a_vjp() -> None:
    pass


@given_gradients(lambda x, y: (x * y).tanh().sum(), x=arrays((2,)), y=arrays((2,)))
def test_functions_of_values_need_no_derivative() -> None:
    pass


@pytest.mark.slow
def test_a_derivative_that_is_wrong_somewhere_is_found() -> None:
    @settings(database=None, derandomize=True)
    @given_gradients(lambda x: np.sum(x**3), lambda x: 3 * x * np.abs(x), x=arrays((2,)))
    def test_cube() -> None:
        pass

    with pytest.raises(AssertionError, match="WRONG") as caught:
        test_cube()
    assert "where the input is negative" in str(caught.value) or "sign" in str(caught.value)


def test_inputs_are_named() -> None:
    with pytest.raises(TypeError, match="give a strategy for each"):
        given_gradients(np.tanh, tanh_slope)


@given(arrays(shapes(min_dims=1), magnitudes=scales(1e-3, 1e3), avoid=(0.0, 1.0)), st.data())
def test_what_is_avoided_is_never_near(x: np.ndarray, data: st.DataObject) -> None:
    assert np.all(x != 0) and np.all(x != 1)


@given(arrays((6,), unique=True, avoid=0.0))
def test_unique_numbers_are_apart(x: np.ndarray) -> None:
    assert np.min(np.diff(np.sort(x))) > 1e-3 and np.min(np.abs(x)) > 1e-3


@given(arrays((40, 50)))
@settings(max_examples=5)
def test_large_arrays_are_drawn(x: np.ndarray) -> None:
    assert x.shape == (40, 50) and np.isfinite(x).all()


@given(labels(5, 3), masks((2, 3)), probabilities((2, 4)), positive_definite(3), networks())
@settings(max_examples=30)
def test_kinds_of_arrays(labels: np.ndarray, masks: np.ndarray, p: np.ndarray, A: np.ndarray, network: object) -> None:
    assert labels.shape == (5,) and labels.dtype.kind == "i" and 0 <= labels.min() <= labels.max() < 3
    assert masks.dtype == bool and masks.shape == (2, 3)
    assert np.allclose(p.sum(-1), 1) and p.min() > 0
    assert np.allclose(A, A.T) and np.linalg.eigvalsh(A).min() > 0.4
    h, parameters = network
    for k in range(1, len(parameters) // 2 + 1):
        h = np.tanh(h @ parameters[f"W{k}"] + parameters[f"b{k}"])


def test_operations_of_ones_own_take_part() -> None:
    @operation("g * 2 * x")
    def squared_here(x: object) -> object:
        return x * x

    f = find(functions(names=[squared_here, "tanh", "add"]), lambda f: "squared_here(" in f.source)
    assert_gradients(f, *f.point)


def test_the_fixture_checks(gradcheck: object) -> None:
    assert gradcheck(np.sin, 0.5, grad=np.cos).ok
    with pytest.raises(AssertionError, match="wrong sign"):
        gradcheck(np.sin, 0.5, grad=lambda x: -np.cos(x))


def shell(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "autograd_tiny.check", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


@pytest.mark.slow
def test_the_shell_checks_and_plots(tmp_path: object) -> None:
    place = "tests.check.test_testing"
    right = shell("numpy:sin", "--inputs", f"{place}:HALF", "--grad", "numpy:cos", "--plot", str(tmp_path / "v.svg"))
    assert (right.returncode, right.stderr) == (0, "") and "all derivatives agree" in right.stdout
    assert "error bar" in (tmp_path / "v.svg").read_text("utf-8")
    wrong = shell("numpy:sin", "--inputs", f"{place}:HALF", "--grad", "numpy:sin")
    assert wrong.returncode == 1 and "WRONG" in wrong.stdout
    unsure = shell("numpy:abs", "--inputs", f"{place}:ZERO", "--grad", "numpy:sign")
    assert unsure.returncode == 2 and "kink" in unsure.stdout
    lost = shell("numpy:sin", "--inputs", f"{place}:NOTHING", "--grad", "numpy:cos")
    assert lost.returncode == 3 and "has no NOTHING" in lost.stderr


HALF, ZERO = 0.5, 0.0
