"""Charts: numbers lie where the axes say, nothing is lost silently, same curves give the same bytes."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lessons.experiments.drawing.chart import Axis, Curve, chart, sparkline

NUMBERS = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30)


@given(NUMBERS)
def test_any_numbers_make_a_readable_picture_within_its_frame(ys: list[float]) -> None:
    svg = chart("a < b & c", [Curve("one", ys), Curve("two", ys[::-1])], x="step", y="loss")
    root = ElementTree.fromstring(svg)
    title, description = root[0].text, root[1].text
    assert title == "a < b & c" and description is not None and "one: from" in description
    for path in root.iter("{http://www.w3.org/2000/svg}path"):
        if path.get("stroke-width"):
            points = re.findall(r"([\d.-]+) ([\d.-]+)", path.get("d", ""))
            assert len(points) == len(ys)
            assert all(0 <= float(a) <= 640 and 0 <= float(b) <= 380 for a, b in points)
    assert svg == chart("a < b & c", [Curve("one", ys), Curve("two", ys[::-1])], x="step", y="loss")


@given(st.floats(1e-9, 1e9), st.floats(1.001, 1e6), st.booleans())
def test_ticks_are_few_and_lie_on_the_axis(low: float, factor: float, log: bool) -> None:
    axis = Axis(low, low * factor, 0.0, 100.0, log)
    assert len(axis.ticks()) <= 9
    # An end that misses a round number by rounding has its tick; on the shortest axis that is 0.0003 away.
    assert all(-1e-3 <= axis.place(tick) <= 100 + 1e-3 for tick in axis.ticks())


def test_a_gap_stands_where_a_number_is_not_finite() -> None:
    svg = chart("t", [Curve("c", [1.0, 2.0, float("nan"), 3.0, float("inf"), 4.0])], x="x", y="y")
    assert [d.count("M") for d in re.findall(r'd="([^"]*)" fill="none" stroke="#0072B2"', svg)] == [3]
    with pytest.raises(ValueError, match="no positive number"):
        chart("t", [Curve("c", [0.0, -1.0])], x="x", y="y", log=True)


def test_names_of_curves_that_end_together_stand_apart() -> None:
    svg = chart("t", [Curve(name, [0.0, 1.0]) for name in "abcdef"], x="x", y="y")
    ys = [float(y) for y in re.findall(r'y="([\d.]+)" text-anchor="start"[^>]*>[a-f]<', svg)]
    assert len(ys) == 6
    assert all(abs(a - b) >= 12 for k, a in enumerate(ys) for b in ys[:k])


def test_a_sparkline_spans_its_range() -> None:
    assert sparkline([0.0, 1.0, 2.0, float("nan")]) == "▁▅█×"
    assert len(sparkline(range(1000))) == 40
    assert sparkline([]) == ""
