"""Two values with one number are two values: nothing of ours asks whether they are equal."""

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

import autograd_tiny as at
import viz
from autograd_tiny import Value, optim
from tests.project.test_arguments import CALLS


@pytest.fixture
def incomparable(monkeypatch: pytest.MonkeyPatch) -> None:
    def compared(*values: Value) -> bool:
        raise AssertionError("values are told apart by what they are, not by their numbers")

    monkeypatch.setattr(Value, "__eq__", compared)
    monkeypatch.setattr(Value, "__ne__", compared)


@pytest.mark.usefixtures("incomparable")
@pytest.mark.parametrize(
    "function", [f for f in CALLS if f is not at.nan_to_num], ids=lambda f: f"{f.__module__}.{f.__name__}"
)
def test_no_function_compares_values(function: Callable[..., Any]) -> None:
    function(*CALLS[function])


@pytest.mark.usefixtures("incomparable")
def test_neither_do_the_others() -> None:
    a, b = Value(2.0, "a"), Value(2.0, "b")
    z = a * b + a
    z.backward()
    copy.deepcopy(z), pickle.loads(pickle.dumps(z)), repr(z), at.formula(z, "latex")
    at.trace(lambda a, b: a * b + a, 2.0, 2.0).value_and_grad(2.0, 2.0)
    assert viz.text(z, predict=a).count("?") == 1
    assert viz.draw(z, predict=[a, b]).svg.count("<svg") == 1
    assert len(viz.film(z, predict=[b]).questions) == 1
    optim.Adam([a, b], 0.1).step()
    z.zero_grad()


def test_only_what_is_to_be_predicted_is_left_out() -> None:
    a, b = Value(2.0, "a"), Value(2.0, "b")
    asked = viz.text(a * b, predict=a).splitlines()
    assert [line.count("?") for line in asked if line.startswith(("├─ a", "└─ b"))] == [1, 0]
