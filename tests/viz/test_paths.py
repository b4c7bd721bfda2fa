"""The sum over paths: it is the gradient, however many there are, and every path is told and drawn apart."""

import re
from collections.abc import Callable
from itertools import combinations
from math import dist, fsum, isfinite
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_tiny as at
import viz
from autograd_tiny import Value
from autograd_tiny.value import ancestors
from tests.viz.networks import scalar_rnn
from viz.look import PATHS, THEMES
from viz.page.page import Curve, Shape, Text
from viz.page.strokes import extent
from viz.paths.paths import LIMIT
from viz.paths.picture import BADGE, hue


def shared_parameter() -> tuple[Value, Value]:
    w = Value(5.0, "w")
    x, y = w**2, w - 3
    x.label, y.label = "x", "y"
    z = x * y
    z.label = "z"
    return z, w


@st.composite
def graphs(draw: st.DrawFn) -> tuple[Value, Value]:
    """A random graph of sums, products and bounded functions over w and b, and w."""
    w = Value(draw(st.floats(-2, 2)), "w")
    values = [w, Value(draw(st.floats(-2, 2)), "b")]
    for kind in draw(st.lists(st.sampled_from(["add", "mul", "tanh", "sin", "sub"]), min_size=1, max_size=9)):
        x, y = (values[draw(st.integers(0, len(values) - 1))] for _ in range(2))
        makers: dict[str, Callable[[], Value]] = {
            "add": lambda x=x, y=y: x + y,
            "sub": lambda x=x, y=y: x - y,
            "mul": lambda x=x, y=y: x * y,
            "tanh": lambda x=x: x.tanh(),
            "sin": lambda x=x: x.sin(),
        }
        values.append(makers[kind]())
    return values[-1] + w, w


def walked(z: Value, w: Value) -> int:
    """The number of paths by walking every one of them."""
    return 1 if z is w else sum(walked(x, w) for x in z.inputs)


@settings(max_examples=60)
@given(graphs())
def test_the_products_of_all_paths_add_up_to_the_gradient(graph: tuple[Value, Value]) -> None:
    z, w = graph
    found = viz.paths(z, w, limit=100)
    [gradient] = at.grad(z, w)
    assert found.total == gradient.data
    assert found.count == walked(z, w)
    assert len(found.products) == min(found.count, 100) == len({route.steps for route in found.first})
    if found.count <= 100 and all(map(isfinite, found.products)):
        # Each of at most ten factors and a hundred terms rounds by 1e-16 of the largest product.
        assert fsum(found.products) == pytest.approx(found.total, abs=1e-13 * max(map(abs, found.products)), rel=1e-12)


@settings(max_examples=30)
@given(graphs())
def test_every_step_goes_on_where_the_last_one_led(graph: tuple[Value, Value]) -> None:
    z, w = graph
    for route in viz.paths(z, w).first:
        here = z
        for step in route.steps:
            assert step.consumer is here
            here = step.input
        assert here is w


def test_the_lecture_s_example() -> None:
    z, w = shared_parameter()
    found = viz.paths(z, w)
    assert (found.count, found.products, found.total) == (2, (20.0, 25.0), 45.0)
    assert str(found).splitlines() == [
        "∂z/∂w = 45.00: the sum over 2 paths",
        "",
        "1  z ← × ← x ← ( )² ← w  ∂z/∂x · ∂x/∂w = 2.00 × 10.00 = 20.00",
        "2  z ← × ← y ← −3 ← w    ∂z/∂y · ∂y/∂w = 25.00 × 1.00 = 25.00",
        "Σ  all paths             = 45.00",
    ]
    assert not w.has_grad and not z.has_grad


def test_a_square_has_one_path_and_a_product_with_itself_two() -> None:
    w = Value(5.0, "w")
    assert viz.paths(w**2, w).products == (10.0,) and "there is one path" in str(viz.paths(w**2, w))
    twice = viz.paths(w * w, w)
    assert twice.products == (5.0, 5.0)
    assert "×₁" in str(twice) and "×₂" in str(twice) and "v2 = w·w" in str(twice)
    assert viz.paths(w, w).products == (1.0,)


def test_too_many_paths_are_counted_and_summed_all_the_same() -> None:
    w = Value(1.0, "w")
    z = w
    for _ in range(20):
        z = z + z
    found = viz.paths(z, "w")
    assert found.count == 2**20 and found.total == 2.0**20
    assert "1,048,576 paths; the first 12 are shown" in str(found) and "1,048,564 more" in str(found)
    for _ in range(980):
        z = z + z
    found = viz.paths(z, w)
    assert found.count == 2**1000 and found.total == 2.0**1000
    assert "at least 2^1,000 paths" in str(found)


def test_a_long_chain_is_walked_without_recursion() -> None:
    w = Value(0.5, "w")
    z = w
    for _ in range(20_000):
        z = z + 0.0
    found = viz.paths(z, w)
    assert found.count == 1 and len(found.first[0].steps) == 20_000 and found.total == 1.0
    assert len(str(found)) < 400


def test_what_leads_nowhere_is_no_path() -> None:
    """The condition of a choice passes no gradient on: the paths go around it."""
    w, v = Value(2.0, "w"), Value(3.0, "v")
    z = at.where(w > 1, w * v, w)
    assert viz.paths(z, w).total == 3.0
    assert sum(viz.paths(z, w).products) == 3.0


def test_a_dead_unit_s_path_is_there_and_brings_nothing() -> None:
    w = Value(-1.0, "w")
    found = viz.paths(at.relu(w) + w, w)
    assert sorted(found.products) == [0.0, 1.0]


def test_an_array_s_number_is_reached_by_the_scalar_circuit() -> None:
    W, x = Value(np.array([[0.5, -1.0], [1.5, 2.0]]), "W"), np.array([1.0, -2.0])
    loss = at.sum(at.tanh(W @ x))
    loss.label = "L"
    with pytest.raises(ValueError, match=r"'W' of shape \(2, 2\) lies on the way from 'W' to 'L'.*to_scalars"):
        viz.paths(loss, W)
    [gradient] = at.grad(loss, W)
    found = viz.paths(at.to_scalars(loss), "W[0,1]")
    assert found.count == 1
    assert found.products[0] == pytest.approx(gradient.data[0, 1], rel=1e-12)  # four factors


# The drawing


def test_each_path_has_a_stripe_along_its_wires_and_a_number() -> None:
    z, w = shared_parameter()
    page = viz.paths(z, w).drawing.page
    stripes = {mark.id: mark.stroke for mark in page.marks if isinstance(mark, Curve) and ".path" in mark.id}
    assert set(stripes) == {
        *(f"{wire}.path{number}" for wire in ("wire0", "wire3") for number in (1, 2)),
        *("wire0-0.path1", "wire1.path1", "wire0-1.path2", "wire2.path2"),
    }
    colours = {
        number: {stroke for name, stroke in stripes.items() if name.endswith(f"path{number}")} for number in "12"
    }
    assert all(len(each) == 1 for each in colours.values()) and colours["1"] != colours["2"]
    badges = {mark.id: mark.stroke for mark in page.marks if isinstance(mark, Shape) and mark.id.endswith(".badge")}
    for number in "12":
        assert {badges[f"path{number}.badge"], badges[f"row{number}.badge"]} == colours[number]
    shown = ["".join(run.text for run in mark.line) for mark in page.marks if isinstance(mark, Text)]
    assert "∂z/∂x · ∂x/∂w = 2.00 × 10.00 = 20.00" in shown and "= 45.00" in shown


def test_numbers_stand_where_their_paths_run_apart() -> None:
    """Four paths leave w along one line: none of their numbers hides another one."""
    w, h = Value(0.6, "w"), Value(0.5, "h0")
    for t in range(1, 5):
        with at.scope(f"t={t}"):
            h = (h * w + 0.1).tanh()
            h.label = "h"
    page = viz.paths(h, w).drawing.page
    badges = [mark.place for mark in page.marks if isinstance(mark, Shape) and mark.id.startswith("path")]
    assert len(badges) == 4
    assert all(dist((a.x, a.y), (b.x, b.y)) >= BADGE for a, b in combinations(badges, 2))


def test_same_bytes_every_theme_and_every_format(tmp_path: Path) -> None:
    z, w = shared_parameter()
    assert viz.paths(z, w).svg == viz.paths(*shared_parameter()).svg
    assert len({viz.paths(z, w, theme=theme).svg for theme in THEMES}) == len(THEMES)
    for suffix in ("svg", "png", "pdf", "dot", "tex", "txt", "html"):
        assert viz.paths(z, w).save(tmp_path / f"paths.{suffix}").stat().st_size > 100
    assert (tmp_path / "paths.txt").read_text("utf-8") == str(viz.paths(z, w)) + "\n"


@settings(max_examples=8)
@given(graphs())
def test_every_mark_lies_on_the_page_and_ids_occur_once(graph: tuple[Value, Value]) -> None:
    drawing = viz.paths(*graph, limit=5).drawing
    ids = [group.get("id") for group in ElementTree.fromstring(drawing.svg).iter("{http://www.w3.org/2000/svg}g")]
    assert len(ids) == len(set(ids))
    for mark in drawing.page.marks:
        room = extent(mark)
        assert room.x - room.width / 2 >= 0 and room.x + room.width / 2 <= drawing.page.width, mark.id
        assert room.y - room.height / 2 >= 0 and room.y + room.height / 2 <= drawing.page.height, mark.id


@settings(max_examples=8)
@given(st.text(max_size=30), st.text(max_size=30))
def test_hostile_labels_do_no_harm(one: str, other: str) -> None:
    w = Value(2.0, one)
    z = w * w
    z.label = other
    found = viz.paths(z, w)
    assert ElementTree.fromstring(found.svg) is not None and str(found) and found.description


def test_a_notebook_shows_it_and_the_text_where_it_cannot() -> None:
    z, w = shared_parameter()
    shown = viz.paths(z, w)._repr_mimebundle_()
    assert "image/svg+xml" in shown and shown["text/plain"].startswith("∂z/∂w = 45.00")


# Refusals

z0, w0 = shared_parameter()
WRONG: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: viz.paths(z0, Value(1.0, "q")), at.errors.GraphError, "q"),
    (lambda: viz.paths(z0, "v"), ValueError, "depends on nothing called 'v'.* Labels: w, x, y, z"),
    (lambda: viz.paths(z0, 3.0), TypeError, "got float"),  # type: ignore[arg-type]
    (lambda: viz.paths("z", w0), TypeError, "got str"),  # type: ignore[arg-type]
    (lambda: viz.paths(z0, w0, limit=0), ValueError, "between 1 and 100"),
    (lambda: viz.paths(z0, w0, theme="pink"), ValueError, "lecture"),
    (lambda: viz.paths(Value(1.0, "a") + Value(2.0, "a"), "a"), ValueError, "2 values are called 'a'"),
]


@pytest.mark.parametrize(("make", "error", "message"), WRONG)
def test_what_cannot_be_shown_is_refused(make: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        make()
    assert not any(v.has_grad for v in ancestors(z0))


def test_every_name_in_the_legend_is_explained() -> None:
    w, x = Value(-0.5, "w"), Value(2.0, "x")
    a = (w * x).sigmoid()
    z = ((a + x) * a - 1) ** 2
    z.label = "z"
    legend = str(viz.paths(z, x)).partition("where")[2]
    used, explained = set(re.findall(r"\bv\d+", legend)), set(re.findall(r"\b(v\d+) =", legend))
    assert used == explained and len(used) == 5


@pytest.mark.parametrize("steps", [2, pytest.param(6, marks=pytest.mark.slow)])
def test_paths_fit_their_page(steps: int) -> None:
    found = viz.paths(scalar_rnn(steps), "W")
    whole = viz.paths(scalar_rnn(steps), "W", fit=None)
    assert found.drawing.page.width <= 860 * 10 / 9 < whole.drawing.page.width
    assert str(found) == str(whole)


def test_each_path_has_a_colour_by_night() -> None:
    day, night = ([hue(k, THEMES[name]) for k in range(LIMIT)] for name in ("lecture", "dark"))
    assert len({*day}) == len({*night}) == LIMIT
    assert [PATHS[colour] for colour in day] == night
