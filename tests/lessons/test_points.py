"""Points: a lesson's names at its own numbers and at random ones; central differences at them."""

import numpy as np
import pytest
from hypothesis import given, settings

from autograd_tiny import Value, grad
from autograd_tiny.learners.case import Target
from lessons.check.proving import central_difference
from lessons.judging.right import lesson_point, random_points
from tests.engine.test_mistakes import circuits, shared


@settings(max_examples=60)
@given(circuits())
def test_the_central_difference_is_the_engines_derivative(made: tuple[Value, list[Value]]) -> None:
    output, leaves = made
    for leaf, engine in zip(leaves, grad(output, leaves), strict=True):
        # The difference has an error of about 1e-10.
        assert central_difference(Target(output, leaf)) == pytest.approx(engine.data, rel=1e-5, abs=1e-5)


def test_points_recompute_what_depends_on_the_leaves() -> None:
    names = shared() | {"rate": 0.1, "flag": True, "W": Value(np.ones(2))}
    assert set(lesson_point(names).names) == {"w", "x", "y", "z", "rate", "W[0]", "W[1]"}
    points = list(random_points(names))
    assert len(points) > 5
    for point in points:
        w = point.names["w"]
        assert point.names["z"] == pytest.approx(w**2 * (w - 3))
        assert point.names["rate"] == 0.1
    assert {point.names["w"] > 0 for point in points} == {True, False}


def test_points_outside_a_domain_are_left_out() -> None:
    w = Value(0.5, label="w")
    assert all(point.names["w"] > 0 for point in random_points({"w": w, "z": w.log()}))
