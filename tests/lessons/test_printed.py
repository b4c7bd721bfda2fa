"""Outputs agree when a reader would say so."""

import pytest

from lessons.check.printed import same

SAME = [
    ("w  45.0  1.2e-11  ok", "w  45.0  9e-12  ok"),
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
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_rounding_is_no_difference(one: str, other: str) -> None:
    assert same(one, other) and same(other, one)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_another_word_or_number_is(one: str, other: str) -> None:
    assert not same(one, other) and not same(other, one)
