"""Thumbnails of arrays: what their squares say, in every form of picture."""

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from hypothesis.extra import numpy as arrays

import viz
from autograd_tiny import Value, tanh
from viz.layout.geometry import outermost
from viz.look import THEMES
from viz.page.page import Shape
from viz.wires.inscriptions import HIGH, SMALLEST, WIDE, thumbnail

FLOATS = some.floats(-1e300, 1e300) | some.sampled_from([0.0, np.nan, np.inf, -np.inf])


def layer(shape: tuple[int, ...] = (3, 4)) -> Value:
    x = Value(np.linspace(-1.0, 1.0, int(np.prod(shape))).reshape(shape), "x")
    y: Value = tanh(x)
    y.sum().backward()
    return y


def squares(drawing: viz.Drawing, part: str) -> list[Shape]:
    return [mark for mark in drawing.page.marks if isinstance(mark, Shape) and mark.id.endswith(part)]


@given(arrays.arrays(np.float64, arrays.array_shapes(max_dims=3, max_side=60), elements=FLOATS))
def test_a_thumbnail_shows_the_number_furthest_from_zero_of_each_block(x: np.ndarray[Any, Any]) -> None:
    made = thumbnail(x)
    assert made is not None
    assert made.width <= WIDE + SMALLEST and made.height <= HIGH + SMALLEST
    shares = np.array(made.rows)
    assert np.isnan(shares).any() == (not np.isfinite(x).all())
    finite = shares[np.isfinite(shares)]
    if finite.size and finite.any():
        assert np.abs(finite).max() == 1.0
    if np.isfinite(x).all() and x.any():
        largest = x.ravel()[np.abs(x).argmax()]
        assert np.sign(largest) in np.sign(shares[np.abs(shares) == 1.0])
    assert (x == 0).all() == (shares == 0).all()


def test_squares_keep_the_place_and_the_sign_of_their_numbers() -> None:
    made = thumbnail(np.array([[1.0, 0.0, -0.5], [0.0, 0.25, 0.0]]))
    assert made is not None
    found = [*made.squares(0.0, 0.0, "value", THEMES["lecture"])]
    assert [(each.x / made.side, each.y / made.side) for each in found] == [(0.5, 0.5), (2.5, 0.5), (1.5, 1.5)]
    assert [each.colour for each in found] == ["#00703C", "#ACACAC", "#B0D3C3"]


def test_heat_is_asked_for() -> None:
    assert "<rect" not in viz.draw(layer(), background="transparent").svg
    drawing = viz.draw(layer(), arrays="heat")
    assert len(squares(drawing, "wire0.value")) > 5 and len(squares(drawing, "wire0.gradient")) > 1
    assert "‖" in drawing.svg and "A square for each number" in drawing.svg
    with pytest.raises(ValueError, match="arrays='hot' is unknown; known: size, heat"):
        viz.draw(layer(), arrays="hot")


@pytest.mark.parametrize("direction", ["LR", "RL", "TB", "BT"])
@pytest.mark.parametrize("shape", [(3, 4), (40,), (2, 50), (5, 1, 8, 8)])
def test_thumbnails_stand_beside_their_wires_and_on_nothing_else(direction: str, shape: tuple[int, ...]) -> None:
    drawing = viz.draw(layer(shape), arrays="heat", direction=direction)
    gates = [mark.place for mark in drawing.page.marks if isinstance(mark, Shape) and mark.id.startswith("gate")]
    sides = [outermost([mark.place for mark in squares(drawing, part)]) for part in ("wire0.value", "wire0.gradient")]
    for one, other in [*((side, gate) for side in sides for gate in gates), (sides[0], sides[1])]:
        apart = (
            abs(one.x - other.x) >= (one.width + other.width) / 2,
            abs(one.y - other.y) >= (one.height + other.height) / 2,
        )
        assert any(apart)
    for side in sides:
        assert side.x - side.width / 2 >= 0 and side.x + side.width / 2 <= drawing.page.width


def test_small_arrays_and_single_numbers_stay_as_they_are() -> None:
    w = Value(np.array([1.0, 2.0]), "w")
    z = (w * w).sum()
    z.backward()
    assert viz.draw(z, arrays="heat").svg == viz.draw(z).svg


def test_a_film_reveals_thumbnails_with_their_numbers() -> None:
    film = viz.film(layer(), arrays="heat")
    first, last = film[0].svg, film[-1].svg
    assert first.count("<rect") < last.count("<rect")


@pytest.mark.parametrize("suffix", ["svg", "png", "pdf", "tex", "dot", "html"])
def test_every_form_takes_them(suffix: str, tmp_path: Any) -> None:
    assert viz.draw(layer(), arrays="heat", theme="dark").save(tmp_path / f"z.{suffix}").stat().st_size > 500


def test_what_is_no_number_is_seen() -> None:
    x = np.ones((3, 4))
    x[1, 2] = np.nan
    assert THEMES["lecture"].ink in re.findall('fill="(#......)"', viz.draw(tanh(Value(x, "x")), arrays="heat").svg)
