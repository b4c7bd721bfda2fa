"""Infinities and NaN: a float and an array of one number are the same number, and the same errors."""

import math
from itertools import product
from typing import Any

import numpy as np
import pytest

from autograd_tiny import Value, compiling, errors, numbers
from autograd_tiny.functions import apply
from autograd_tiny.table import TABLE
from tests.engine.samples import ELEMENTWISE, PARAMETERS

inf, nan = math.inf, math.nan
NUMBERS = (-inf, -1e308, -2.5, -1.0, -0.0, 0.0, 1e-310, 0.5, 1.0, 3.0, 800.0, 1e308, inf, nan)
TOO_LARGE, NO_NUMBER = "the result is too large for a float", "∞ − ∞ or the like is no number"


def result(name: str, point: tuple[Any, ...]) -> Any:
    """What an operation gives, or its error."""
    try:
        return apply(name, *map(Value, point), **PARAMETERS.get(name, {})).data
    except errors.DomainError as error:
        return error


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_a_float_is_an_array_of_one_number(name: str) -> None:
    for point in product(NUMBERS, repeat=TABLE[name].arity or 1):
        one, many = result(name, point), result(name, tuple(np.array([x]) for x in point))
        assert type(one) is type(many) if isinstance(one, Exception) else np.shape(many) == (1,), (point, one, many)
        if not isinstance(one, Exception):
            # The two libraries' functions may differ in their last digits.
            assert np.allclose(one, many[0], rtol=1e-13, atol=0, equal_nan=True), (point, one, many)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_an_error_says_what_is_true(name: str) -> None:
    for point in product(NUMBERS, repeat=TABLE[name].arity or 1):
        for given in (point, tuple(np.array([x]) for x in point)):
            error, finite = result(name, given), all(map(math.isfinite, point))
            if not isinstance(error, Exception):
                assert np.isfinite(error) or not finite  # an infinity is made of infinities, and of nothing else
                assert not np.isnan(error) or any(map(math.isnan, point))
            elif "defined for" not in str(error):
                assert (TOO_LARGE if finite else NO_NUMBER) in str(error), (point, error)


def test_only_the_elements_that_have_no_number_are_refused() -> None:
    endless = Value([inf, 1.0])
    assert (endless + 1).data.tolist() == [inf, 2.0] and (endless * endless).data.tolist() == [inf, 1.0]
    for wrong in (lambda: endless * [1.0, 1e308] * 10, lambda: Value([inf, 1e308]) * 10):
        with pytest.raises(errors.DomainError, match=TOO_LARGE):
            wrong()
    for wrong in (lambda: endless - endless, lambda: endless * 0, lambda: Value([inf, -inf]).sum()):
        with pytest.raises(errors.DomainError, match=NO_NUMBER):
            wrong()
    with pytest.raises(errors.DomainError, match=NO_NUMBER):
        endless @ np.array([0.0, 1.0])
    assert math.isnan(Value([nan, inf]).sum().data) and Value([inf, 1e308]).sum().data == inf


BOUNDS = [(-0.5, 1.0), (5.0, 1.0), (1.0, 1.0), (-inf, 1.0), (0.0, inf), (inf, -inf), (nan, 1.0), (0.0, nan), (nan, nan)]


@pytest.mark.parametrize("world", ["FLOATS", "ARRAYS"])
@pytest.mark.parametrize(("low", "high"), BOUNDS)
def test_clip_is_numpys_in_every_world(world: str, low: float, high: float) -> None:
    clip = compiling.forward(TABLE["clip"], getattr(numbers, world))
    for x in (*NUMBERS, 0.7, 7.0):
        assert np.array_equal(clip(x, low, high), np.clip(x, low, high), equal_nan=True)


def test_bounds_that_are_values_receive_gradients() -> None:
    x, low, high = Value([-1.0, 0.5, 3.0]), Value(0.0), Value([1.0, 1.0, 2.0])
    z = x.clip(low, high)
    z.backward([1.0, 10.0, 100.0])
    assert z.data.tolist() == [0.0, 0.5, 2.0]
    assert (x.grad.tolist(), low.grad, high.grad.tolist()) == ([0.0, 10.0, 0.0], 1.0, [0.0, 0.0, 100.0])
