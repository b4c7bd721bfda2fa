"""Outputs agree when a reader would say so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lessons.check.writing import RELATIVE, same

SAME = [
    ("w  45.0  1.2e-11  ok", "w  45.0  9e-12  ok"),
    ("all derivatives agree, largest error 1.2e-11", "all derivatives agree, largest error 3e-12"),
    ("[0.1 0.2]\n", "[0.1 0.2]"),
    ("a   1\nb  10", "a 1\nb 10"),
    ("Value(data=0.30000000000000004)", "Value(data=0.3)"),
]
DIFFERENT = [
    ("w  45.0", "w  45.1"),
    ("ok", "WRONG"),
    ("1 2", "1 2 3"),
    ("x = 1e-3", "x = 2e-3"),
    ("-1.0", "1.0"),
    ("w  45.0  1.2e-11  ok", "w  45.0  3e-05  ok"),
    ("at the first step 4e-10", "at the first step 4e-20"),
    ("4629000 weights", "4629001 weights"),
    ("0.0", "1e-12"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_rounding_is_no_difference(one: str, other: str) -> None:
    assert same(one, other) and same(other, one)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_another_word_or_number_is(one: str, other: str) -> None:
    assert not same(one, other) and not same(other, one)


@given(st.floats(1e-300, 1e300), st.sampled_from([-1, 1]), st.floats(2 * RELATIVE, 10))
def test_a_small_number_counts_as_much_as_a_large_one(size: float, sign: int, more: float) -> None:
    """What differs in a digit that is printed is different, at any size; what differs by rounding is not."""
    number = sign * size
    assert same(f"{number!r}", f"{number * (1 + 1e-12)!r}")
    assert not same(f"{number!r} left", f"{number * (1 + more)!r} left")


@given(st.integers(), st.integers())
def test_whole_numbers_are_counts(one: int, other: int) -> None:
    assert same(f"{one} gates", f"{other} gates") == (one == other)
