"""Charts: whatever the numbers are, they are drawn, told and printed, the same each time; wrong ones are named."""

import doctest
import inspect
import math
import re
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import viz
from autograd_tiny import Value
from viz.chart.labels import _spread, power
from viz.chart.words import blocks, figure
from viz.words.blocks import sparkline
from viz.words.lettering import line, width

RNG = np.random.default_rng(0)
SVG = "{http://www.w3.org/2000/svg}"
NUMBERS = st.lists(st.floats() | st.none(), min_size=1, max_size=20)
LOSSES = {"plain": [4.0, 2.0, 1.0, 0.5], "momentum": [4.0, 1.0, 0.25, 0.06]}

CHARTS: dict[str, Callable[..., viz.Chart]] = {
    "lines": lambda **o: viz.chart(LOSSES, x="step", y="loss", log="y", title="Two <rules> & $more$", **o),
    "runs": lambda **o: viz.chart({"Adam": RNG_ROWS, "SGD": 2 * RNG_ROWS}, kind="line", **o),
    "family": lambda **o: viz.chart({f"layer {k}": RNG_ROWS[0] + k for k in range(12)}, **o),
    "one end": lambda **o: viz.chart(
        {n: [0, 1, 3 + k / 40] for k, n in enumerate(("one", "two", "three", "four"))}, **o
    ),
    "pairs": lambda **o: viz.chart({"a": ([0, 1, 4], [1, 2, 3]), "b": {0.5: 2.0, 3.0: 1.0}}, **o),
    "scatter": lambda **o: viz.chart({"one": RNG_ROWS[:, :2]}, kind="scatter", names="abcde", equal=True, **o),
    "bars": lambda **o: viz.chart({"SGD": 0.4, "Adam": 0.1}, y="loss", **o),
    "groups": lambda **o: viz.chart({"train": [1, 2], "test": [2, 3]}, kind="bar", names=["one", "two"], **o),
    "long bars": lambda **o: viz.chart({f"a rather long name {k}": k for k in range(9)}, log="y", **o),
    "histograms": lambda **o: viz.chart({"first": RNG_ROWS, "second": RNG_ROWS / 9}, kind="histogram", x="size", **o),
    "matrix": lambda **o: viz.chart(RNG_ROWS, names="abcde", columns=list("0123456"), x="read", y="written", **o),
    "matrices": lambda **o: viz.chart({"one": np.abs(LARGE) + 1e-9, "two": LARGE**2 + 1e-9}, log=True, **o),
    "ratio": lambda **o: viz.chart(np.exp(LARGE), log=True, middle=1, **o),
    "image": lambda **o: viz.chart({"red": np.ones((4, 5, 3)) * [1, 0, 0]}, kind="image", **o),
    "panels": lambda **o: viz.chart({"relu": LOSSES, "tanh": LOSSES}, x="t", y="size", note="A note.", **o),
    "several": lambda **o: viz.chart([viz.chart(LOSSES, title="Lines"), viz.chart(RNG_ROWS)], title="Both", **o),
}
OPTIONS: list[dict[str, Any]] = [{}, {"fit": "slide"}, {"theme": "dark"}, {"theme": "print", "fit": (400, 300)}]
RNG_ROWS = RNG.normal(size=(5, 7))
LARGE = RNG.normal(size=(40, 60))


@pytest.mark.share(5)
@pytest.mark.parametrize("name", CHARTS)
def test_every_kind_is_a_picture_in_words_and_stays_the_same(name: str, tmp_path: Path) -> None:
    number = list(CHARTS).index(name)
    options = OPTIONS[number % len(OPTIONS)]
    chart, again = CHARTS[name](**options), CHARTS[name](**options)
    root = ElementTree.fromstring(chart.svg)
    assert root[0].text == chart.title and root[1].text == chart.description
    assert len(chart.description) > 20 and chart.title
    wide, high = map(float, root.get("viewBox", "").split()[2:])
    fit = options.get("fit", "page")
    wanted = (1280, 720) if fit == "slide" else (860, high * 4 / 3) if fit == "page" else fit
    assert (wide * 4 / 3, high * 4 / 3) == pytest.approx(wanted, rel=1e-3)
    assert str(chart) == str(again) and len(str(chart).splitlines()) >= 2
    for suffix in ("svg", "html", "txt", ("png", "pdf")[number % 2]):  # painting is slow
        first, second = (each.save(tmp_path / f"{k}.{suffix}").read_bytes() for k, each in enumerate((chart, again)))
        assert first == second and len(first) > 30, suffix


@pytest.mark.share(5)
@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_fits_into_any_page(name: str) -> None:
    """No style that a strict policy forbids, no id that another picture has; letters of 9 px."""
    svg = CHARTS[name]().svg
    assert not re.search(r"<style|style=|<script|<metadata|<!--", svg)
    prefix = re.search(r'aria-labelledby="(p[0-9a-f]{10})-title', svg)
    assert prefix and all(each.startswith(prefix[1]) for each in re.findall(r' id="([^"]*)"', svg))
    assert set(re.findall(r'(?:href="#|url\(#)([^")]*)', svg)) <= set(re.findall(r' id="([^"]*)"', svg))
    sizes = [float(size) * 4 / 3 for size in re.findall(r'font-size="([\d.]+)px"', svg)]
    assert not sizes or min(sizes) >= 9


Box = tuple[float, float, float, float]


def written(svg: str) -> dict[Box, str]:
    """The texts that stand straight, by their boxes."""
    found = {}
    for text in ElementTree.fromstring(svg).iter(f"{SVG}text"):
        turned = re.match(r"rotate\((-?\d+)", text.get("transform", ""))
        angle = int(turned[1]) if turned else 0
        place = re.search(r"([-\d.]+) ([-\d.]+)\)$", text.get("transform", "")) if angle else None
        x, y = (float(place[k]) if place else float(text.get("xy"[k - 1], "nan")) for k in (1, 2))
        size, words = float(text.get("font-size", "").removesuffix("px")), text.text or ""
        wide = 0.9 * width(line(words), size)  # Helvetica is narrower than the widest font that may stand in
        start = {"middle": -wide / 2, "end": -wide}.get(text.get("text-anchor", ""), 0.0)
        if angle == 0:
            found[x + start, y - 0.72 * size, x + start + wide, y] = words
        elif angle == -90:
            found[x - 0.72 * size, y - start - wide, x, y - start] = words
    return found


@pytest.mark.share(5)
@pytest.mark.parametrize("name", CHARTS)
def test_no_text_lies_on_another_or_leaves_the_picture(name: str) -> None:
    for fit in ("page", "slide"):
        svg = CHARTS[name](fit=fit).svg
        wide, high = map(float, ElementTree.fromstring(svg).get("viewBox", "").split()[2:])
        texts = list(written(svg).items())
        assert texts
        for k, (box, words) in enumerate(texts):
            assert box[0] >= -1 and box[1] >= 0 and box[2] <= wide + 1 and box[3] <= high + 1, words
            for its, other in texts[:k]:
                across, up = min(box[2], its[2]) - max(box[0], its[0]), min(box[3], its[3]) - max(box[1], its[1])
                assert across < 1 or up < 1, (words, other)


@settings(max_examples=12, deadline=None)
@given(NUMBERS, NUMBERS, st.booleans())
def test_any_numbers_are_drawn_or_refused_by_name(one: list[Any], other: list[Any], log: bool) -> None:
    """NaN, infinities, None, subnormal and enormous numbers: a picture, no warning, and what is missing is said."""
    try:
        chart = viz.chart({"one": one, "other": other}, log="y" if log else False)
    except ValueError as error:
        assert "there is no" in str(error)
        return
    ElementTree.fromstring(chart.svg)
    for name, numbers in (("one", one), ("other", other)):
        told = re.search(rf"\b{name}: (.*?)\.(?: |$)", chart.description)
        assert told
        for word, count in (
            ("NaN", sum(x is not None and math.isnan(x) for x in numbers)),
            (" ∞", numbers.count(math.inf)),
        ):
            assert (f"{count}{' ' * (word == 'NaN')}{word}" in told[1]) == bool(count)
    assert str(chart)


def test_what_has_no_place_is_marked_and_told() -> None:
    chart = viz.chart({"loss": [1.0, math.nan, None, math.inf, 0.0, -math.inf, 2.0]}, log="y")
    assert "1 NaN; 1 ∞; 1 −∞; 1 not above 0" in chart.description
    marks = [line for line in chart.figure().axes[0].lines if line.get_marker() in ("x", "^", "v")]
    assert [(mark.get_marker(), list(mark.get_xdata())) for mark in marks] == [
        ("x", [1.0]),
        ("^", [3.0]),
        ("v", [4.0, 5.0]),
    ]
    heat = viz.chart([[1.0, math.nan], [None, math.inf]])
    assert {text.get_text() for text in heat.figure().axes[0].texts} == {"1", "×", "∞"}


def test_what_may_be_given() -> None:
    rows = [1.0, 4.0, 9.0]
    wanted = viz.chart(rows).svg
    arrays = np.array(rows), np.array(rows, np.float32), Value(np.array(rows))
    for same in (tuple(rows), *arrays, [Value(x) for x in rows], (x for x in rows), {0: 1.0, 1: 4, 2: 9}, {"": rows}):
        assert viz.chart(same).svg == wanted, same
    assert viz.chart(range(3)).panels[0].series[0].ys.tolist() == [0, 1, 2]
    assert viz.chart(rows, xs=[2, 3, 4]).svg == viz.chart(([2, 3, 4], rows)).svg != wanted
    assert [panel.kind for panel in viz.chart({"a": RNG_ROWS, "b": RNG_ROWS}).panels] == ["heat", "heat"]


@pytest.mark.parametrize(
    ("data", "options", "message"),
    [
        ({"a": "text"}, {}, "'a': expected real numbers"),
        ([], {}, "no numbers"),
        ({}, {}, "nothing in it"),
        ([[1, 2], [3]], {}, "rows differ in length"),
        ([1j], {}, "real numbers"),
        ([0.0, -1.0], {"log": "y"}, "no positive number"),
        ([math.nan], {}, "no finite number"),
        ({"a": ([1, 2], [1, 2, 3])}, {}, "2 xs, but 3 numbers"),
        ([1, 2], {"kind": "pie"}, "known: line, scatter"),
        ([1, 2], {"fit": "poster"}, "known: page, slide"),
        ([1, 2], {"fit": (10, 10)}, "200 to 8000"),
        ([1, 2], {"log": "z"}, "known"),
        ([1, 2], {"limits": (2, 1)}, "first must be below"),
        ([1, 2], {"limits": (0, 1), "log": "y"}, "begins above 0"),
        ([1, 2], {"theme": "pink"}, "theme"),
        ([[1, 2]], {"names": ["a", "b"]}, "2 names for 1 rows"),
        ({"a": [1, 2], "b": [1]}, {"kind": "bar"}, "one length"),
        ([1, 2], {"kind": "heat"}, "expected a matrix"),
        ([1, 2], {"across": 0}, "at least one"),
    ],
)
def test_what_cannot_be_drawn_is_named(data: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message) as caught:
        viz.chart(data, **options)
    assert str(caught.value).startswith(("chart: ", "theme"))


def test_panels_of_one_chart_share_their_ends_and_charts_keep_their_own() -> None:
    shared = viz.chart({"a": {"x": [1, 2]}, "b": {"x": [5, 90]}}).figure().axes
    assert shared[0].get_ylim() == shared[1].get_ylim()
    own = viz.chart([viz.chart([1, 2]), viz.chart([5, 90])]).figure().axes
    assert own[0].get_ylim() != own[1].get_ylim()


@given(st.lists(st.floats(0, 100), min_size=1, max_size=12))
def test_names_are_spread_apart_between_the_ends(places: list[float]) -> None:
    gap = 8.0
    found = _spread(sorted(places), gap, 0.0, 100.0)
    assert all(b - a >= gap - 1e-9 for a, b in pairwise(found))
    assert found[0] >= -1e-9 and found[-1] <= 100 + 1e-9


def test_numbers_and_blocks() -> None:
    assert [figure(x) for x in (0.0123, 1.234, 12345, 1.23e-7, -2, math.inf)] == [
        "0.0123", "1.23", "12,345", "1.23e−7", "−2", "∞"]  # fmt: skip
    assert [power(x) for x in (1, 10, 1e-7, 2e-7)] == ["1", "10¹", "10⁻⁷", "2×10⁻⁷"]
    assert blocks([0, 0.5, 1, math.nan]) == "▁▅█ "
    assert (
        sparkline([0.0, 1.0, 2.0, float("nan")]) == "▁▅█×" and len(sparkline(range(1000))) == 40 and sparkline([]) == ""
    )


def test_a_users_style_changes_nothing_and_stays() -> None:
    import matplotlib

    wanted = viz.chart(LOSSES).svg
    with matplotlib.rc_context({"lines.linewidth": 9, "font.size": 30, "axes.grid": True}):
        assert viz.chart(LOSSES).svg == wanted
        assert matplotlib.rcParams["lines.linewidth"] == 9


def test_it_shows_itself_in_a_notebook_and_as_png_of_any_size(tmp_path: Path) -> None:
    from PIL import Image

    chart = viz.chart(LOSSES)
    shown = chart._repr_mimebundle_()
    assert set(shown) == {"text/html", "image/svg+xml", "text/plain"} and chart._repr_svg_() == chart.svg
    with Image.open(chart.save(tmp_path / "a.png", width=430)) as image:
        assert image.width == 430
    with pytest.raises(ValueError, match="suffix"):
        chart.save(tmp_path / "a.bmp")


def test_the_page_holds_every_number() -> None:
    page = viz.chart(LOSSES, x="step", title="a < b").html
    assert "<h1>a &lt; b</h1>" in page and '<th scope="row">3</th><td>0.5</td><td>0.06</td>' in page
    assert "<script" not in page


def test_small_numbers_of_a_matrix_have_two_figures_each() -> None:
    heat = viz.chart([[0.00713, 0.0149, 0.5], [1.234, -0.0099, 0.0]])
    assert [text.get_text() for text in heat.figure().axes[0].texts] == [
        "0.0071", "0.015", "0.5", "1.23", "−0.0099", "0",
    ]  # fmt: skip


def test_a_matrix_s_numbers_are_printed_where_there_is_room_or_as_asked() -> None:
    for shape, printed, bars in (((3, 3), None, 0), ((20, 20), None, 1), ((3, 3), False, 1), ((20, 20), True, 0)):
        figure = viz.chart(np.full(shape, 2.0), printed=printed).figure()
        assert len(figure.axes) == 1 + bars and bool(figure.axes[0].texts) == (not bars)
    holed = np.ones((20, 20))
    holed[3, 3] = np.nan
    assert len(viz.chart(holed).figure().axes) == 2  # the sign of NaN takes no scale away


@pytest.mark.parametrize("thing", [viz.chart, viz.flow, viz.flow.compare, viz.flow.training])
def test_what_its_help_shows_is_true(thing: Any) -> None:
    report: list[str] = []
    examples = doctest.DocTestParser().get_doctest(inspect.getdoc(thing) or "", {}, str(thing), None, 0)
    assert examples.examples
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(examples, out=report.append)
    assert not report, "".join(report)


def test_matplotlib_waits_until_something_is_drawn() -> None:
    program = "import sys, viz; c = viz.chart([1, 2]); print(c); assert 'matplotlib' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True).returncode == 0
