"""Numbers as pictures print them."""

import math
import re

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from viz.words import figures

PRINTED = [
    (5.0, "5.00"),
    (-3.0, "−3.00"),
    (0.0, "0.00"),
    (-0.0, "0.00"),
    (0.6225, "0.62"),
    (0.005, "0.01"),
    (0.004, "0.004"),
    (-0.0003, "−0.0003"),
    (3e-7, "3e−7"),
    (-2.5e-300, "−2e−300"),
    (999999.0, "999999.00"),
    (1.2e9, "1.2e9"),
    (-1e12, "−1e12"),
    (math.nan, "NaN"),
    (math.inf, "∞"),
    (-math.inf, "−∞"),
]


@pytest.mark.parametrize(("x", "text"), PRINTED)
def test_numbers_print_short_and_honestly(x: float, text: str) -> None:
    assert figures.number(x) == text


@example(0.5, 0)  # half a unit is rounded to even
@given(st.floats(-1e300, 1e300) | st.sampled_from([math.inf, -math.inf, math.nan]), st.integers(0, 6))
def test_only_zero_prints_as_zero_and_every_print_reads_back(x: float, precision: int) -> None:
    text = figures.number(x, precision)
    assert len(text) <= 16 and "-" not in text
    if math.isfinite(x):
        seen = figures.as_printed(x, precision)
        assert (seen == 0) == (x == 0)
        # The coarsest print has one significant figure: it is off by at most half a unit of it.
        assert abs(seen - x) <= max(0.5 * 10.0**-precision, 0.5 * abs(x)) * (1 + 1e-9)


@pytest.mark.parametrize(
    ("array", "lines"),
    [
        ([1, -2.5], ("[1.00  −2.50]",)),
        ([[1, 2], [3, 4]], ("[1.00  2.00]", "[3.00  4.00]")),
        (np.zeros((3, 4)), ("(3, 4)",)),
        (np.zeros(7), ("(7,)",)),
        (np.zeros((0, 3)), ("(0, 3)",)),
        (np.array([0.0] * 9 + [np.nan]), ("(10,) with NaN",)),
        (np.array([0.0] * 9 + [np.inf]), ("(10,) with ∞",)),
    ],
)
def test_small_arrays_show_their_numbers_and_large_ones_their_shape(array: object, lines: tuple[str, ...]) -> None:
    assert figures.lines(np.asarray(array, dtype=float)) == lines


@pytest.mark.parametrize(
    ("array", "text"),
    [
        (3.0, "3.00"),
        ([1, 2], "[1.00  2.00]"),
        ([[1, 2]], "[[1.00  2.00]]"),
        ([[1], [2]], "[[1.00] [2.00]]"),
        (np.zeros((3, 4)), "(3, 4)"),
    ],
)
def test_in_a_sentence_a_matrix_keeps_its_brackets(array: object, text: str) -> None:
    assert figures.inline(np.asarray(array, dtype=float)) == text


@pytest.mark.parametrize(
    ("factors", "sign"),
    [((2.0, 25.0), "="), ((0.335, 0.335), "≈"), ((1.5, -0.0487), "≈"), ((math.nan, 1.0), "="), ((0.0, 3.0), "=")],
)
def test_products_that_look_wrong_in_print_are_marked(factors: tuple[float, float], sign: str) -> None:
    x, y = factors
    assert figures.equals(x * y, lambda a, b: a * b, factors) == sign


@pytest.mark.parametrize(("x", "text"), [(3.0, "3"), (0.5, "0.5"), (-2.0, "−2"), (math.pi, "3.142"), (1e-9, "1e−9")])
def test_constants_print_as_they_were_typed(x: float, text: str) -> None:
    assert figures.short(x) == text


@given(arrays(np.float64, array_shapes(min_dims=1, max_dims=3, max_side=4)))
def test_a_tooltip_has_every_digit(array):
    shape, _, numbers = figures.whole(array).partition("\n")
    assert shape == f"shape {array.shape}"
    found = re.findall(r"[−\w.+]+", numbers)
    assert np.array_equal([float(x.replace("−", "-")) for x in found], array.ravel(), equal_nan=True)
