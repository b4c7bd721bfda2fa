"""Loops over a value and `split`: the same parts, gradients and names as indices give."""

import numpy as np
import pytest

from autograd_tiny import Value, assert_gradients, check_gradients, scope, split
from autograd_tiny.errors import ShapeError

SPLITS = [
    ((6,), 3, 0),
    ((6,), 1, 0),
    ((6,), (2, 3), -1),
    ((6,), [], 0),
    ((4, 6), 2, 1),
    ((4, 6), (1, 5), -1),
    ((4, 6), 4, 0),
    ((2, 3, 4), (1,), 1),
    ((0, 2), 3, 0),
    ((3,), (2, 9), 0),
]


@pytest.mark.parametrize(("shape", "places", "axis"), SPLITS, ids=str)
def test_split_is_numpys(shape: tuple[int, ...], places: object, axis: int) -> None:
    x = np.arange(float(np.prod(shape))).reshape(shape)
    ours, theirs = split(Value(x), places, axis), np.split(x, places, axis)
    assert len(ours) == len(theirs)
    assert all(np.array_equal(a.data, b) and a.op == "take" for a, b in zip(ours, theirs, strict=True))
    assert all(np.array_equal(a.data, b.data) for a, b in zip(np.split(Value(x), places, axis), ours, strict=True))


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize(("shape", "places", "axis"), [s for s in SPLITS if np.prod(s[0])], ids=str)
def test_gradients_reach_the_parts_that_are_used(shape: tuple[int, ...], places: object, axis: int, order: int) -> None:
    def f(x: Value) -> Value:
        first, *_, last = [x * 0, *split(x, places, axis)]
        return (first.sum() + (last * last * last).sum()) + (split(x, places, axis)[0] ** 2).sum()

    assert_gradients(f, np.arange(float(np.prod(shape))).reshape(shape) / 7 - 0.4, order=order)


def test_a_loop_records_each_part_when_its_turn_comes() -> None:
    x = Value([[1.0, 2.0], [3.0, 4.0]], "x")
    found = []
    for k, row in enumerate(x):
        with scope(f"t={k}"):
            found.append((row, row * 2))
    (a, _), (b, doubled) = found
    assert (a.parameters["index"], b.parameters["index"]) == (0, 1)
    assert a.birth < found[0][1].birth < b.birth < doubled.birth
    assert [v.data for v in Value([1.0, 2.0])] == [1.0, 2.0]
    assert all(type(v.data) is float for v in Value([1.0, 2.0]))


def test_parts_of_a_constant_are_constants() -> None:
    assert all(part.is_constant for part in split(np.arange(4.0), 2))


@pytest.mark.parametrize("reused", [False, True])
def test_parts_used_twice_add_up(reused: bool) -> None:
    def f(x: Value) -> Value:
        total = Value(0.0)
        parts = list(x)
        for k in range(3):
            part = parts[k] if reused else x[k]
            total = total + (part * part).sum() + (part * (k + 1)).sum()
        return total + (x * x * x).sum() + x[1, 0] * x[2, 1]

    assert check_gradients(f, np.arange(6.0).reshape(3, 2) / 5).ok


@pytest.mark.parametrize(("x", "places"), [([1.0, 2.0, 3.0], 2), ([1.0, 2.0], 0), (1.0, 1)])
def test_what_cannot_be_split_is_named(x: object, places: int) -> None:
    with pytest.raises(ShapeError, match=f"split: .* do not make {places} equal parts"):
        split(Value(x), places)
