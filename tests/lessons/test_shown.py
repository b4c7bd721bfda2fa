"""What a `show` block may give besides circuits: charts, and films of charts."""

import re
from pathlib import Path

import pytest

import viz
from autograd_tiny import Value
from lessons.check.writing import same
from lessons.faces.html import _picture
from lessons.format import document, library
from lessons.format.lesson import Show
from lessons.session.pages import Picture, picture


def test_a_chart_is_shown_in_every_face(tmp_path: Path) -> None:
    chart = viz.chart({"plain": [4.0, 2.0, 1.0]}, x="step", y="loss", title="Losses")
    shown = Picture("losses", "alt", chart)
    assert shown.drawing is chart and not shown.moves and shown.text.startswith("Losses")
    assert shown.save(tmp_path).read_text("utf-8") == chart.svg
    assert chart.description in _picture(shown)


def test_a_circuit_with_sliders_is_shown_as_a_page(tmp_path: Path) -> None:
    w = Value(2.0, "w")
    played = Picture("sliders", "alt", viz.play(w * w - 3))
    assert played.note == "a page with 1 slider" and not played.moves and "w" in played.text
    assert played.save(tmp_path).suffix == ".html" and played.save(tmp_path, ".svg").read_text("utf-8").startswith(
        "<svg"
    )
    assert "<iframe" in _picture(played) and 'type="range"' in played.made.html


def test_a_film_of_charts_is_shown_as_a_film(tmp_path: Path) -> None:
    w = Value(2.0, "w")
    watch = viz.flow.training({"w": w})
    for _ in range(3):
        watch((w * w).tanh())
    film = Picture("film", "alt", watch.film())
    assert film.moves and film.note == "a film of 3 frames" and "Step 1, loss" in film.text
    assert film.save(tmp_path).suffix == ".html" and film.drawing.svg
    assert "<iframe" in _picture(film)


@pytest.mark.slow  # as the gallery's: another matplotlib draws the same curves with other bytes
@pytest.mark.parametrize("path", library.paths(), ids=lambda path: path.stem)
def test_the_stored_pictures_are_those_of_today(path: Path) -> None:
    lesson, folder = document.read(path), path.parent / "pictures"
    shows = [part for part in lesson.parts if isinstance(part, Show)]
    for show in shows:
        stored, drawn = (path.parent / show.path).read_text("utf-8"), picture(lesson, show).drawing.svg
        now, kept = (re.sub(r"\bp[0-9a-f]{10}\b", "p", text) for text in (drawn, stored))
        assert now == kept or same(now, kept), f"{show.id}: run `python -m lessons check {lesson.id} --write` and look"
    assert {each.path for each in shows} == {f"pictures/{each.name}" for each in folder.glob(f"{lesson.id}-*.svg")} - {
        f"pictures/{each.name}"
        for other in library.paths()
        if other.stem.startswith(f"{lesson.id}-")
        for each in folder.glob(f"{other.stem}-*.svg")
    }
