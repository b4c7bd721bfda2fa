"""What a speaker adds to a film: callouts at gates, in every format, and notes."""

import re
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import viz
from autograd_tiny import Value, scope, tanh
from viz.layout.geometry import Rectangle
from viz.output import tikz
from viz.page.callouts import GAP, called_out, extent
from viz.page.page import Curve, Page, Shape, Text


def cubic() -> Value:
    w = Value(5.0, "w")
    x, y = w**2, w - 3
    x.label, y.label = "x", "y"
    z = x * y
    z.label = "z"
    return z


def texts(drawing: viz.Drawing) -> str:
    return " ".join("".join(run.text for run in mark.line) for mark in drawing.page.marks if isinstance(mark, Text))


def test_a_callout_stands_in_its_frame_only_and_in_every_format(tmp_path: Path) -> None:
    film = viz.film(cubic())
    plain = viz.film(cubic()).page
    assert film.annotate(5, film.circuit.values[-1], "swap the inputs") is film
    assert film.page.width == plain.width  # nothing else moves
    for number, drawing in enumerate(film):
        assert ("swap the inputs" in texts(drawing)) == (number == 5)
        assert ("swap the inputs" in drawing.description) == (number == 5)
    assert re.search(r"\\only<6\| handout:0>\{\n(?:.*\n)*?.*swap the inputs", tikz.film_document(film))
    assert "swap the inputs" in film.svg and "swap the inputs" in film.save(tmp_path / "z.html").read_text("utf-8")
    assert film.save(tmp_path / "z.pdf").stat().st_size > viz.film(cubic()).save(tmp_path / "y.pdf").stat().st_size
    assert film.save(tmp_path / "z.gif").read_bytes() != viz.film(cubic()).save(tmp_path / "y.gif").read_bytes()


@pytest.mark.parametrize(("gate", "target"), [("x", "gate1"), ("w", "leaf0"), ("gate3", "gate3"), ("sum0", "sum0")])
def test_gates_are_named_by_label_or_id(gate: str, target: str) -> None:
    assert viz.film(cubic()).annotate(0, gate, "here").remarks[0].target == target


def test_a_value_within_a_folded_scope_is_called_out_at_the_scope() -> None:
    x = Value(0.5, "x")
    with scope("cell"):
        h = tanh(x * 2)
        h.label = "h"
    film = viz.film(h * x, fold="cell").annotate(1, h, "all of it")
    (node,) = film.circuit.folded
    assert film.remarks[0].target == node.id


def test_what_cannot_be_annotated_is_refused() -> None:
    film = viz.film(cubic())
    with pytest.raises(IndexError, match="frame 9 of 9"):
        film.annotate(9, "x", "too late")
    with pytest.raises(ValueError, match=r"no gate of 'q'; labels: w, x, y, z"):
        film.annotate(0, "q", "nobody")
    with pytest.raises(ValueError, match="no gate of this value"):
        film.annotate(0, Value(1.0), "nobody")
    with pytest.raises(TypeError, match="write a sentence"):
        film.annotate(0, "x", "  ")


def test_notes_are_told_by_frame(tmp_path: Path) -> None:
    film = viz.film(cubic()).note(5, "ask who gets which").note(-1, "both <paths>")
    assert film.notes == ("", "", "", "", "", "ask who gets which", "", "", "both <paths>")
    assert r"\note<6>{ask who gets which}" in tikz.film_document(film)
    assert "both &lt;paths&gt;" in film.save(tmp_path / "z.html").read_text("utf-8")
    assert texts(film[5]) == texts(viz.film(cubic())[5])


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(["gate1", "gate2", "gate3", "leaf0", "sum0"]), st.text("ab, ", min_size=1, max_size=120))
def test_a_callout_covers_nothing(target: str, words: str) -> None:
    if not words.strip():
        return
    bare = viz.film(cubic()).drawn
    page = called_out(bare, target, words, "callout0")
    (bubble,) = (mark.place for mark in page.marks if mark.id == "callout0" and isinstance(mark, Shape))
    inside = bubble.width / 2 <= bubble.x <= page.width - bubble.width / 2
    assert inside and bubble.height / 2 <= bubble.y <= page.foot - bubble.height / 2 + GAP
    assert not [mark.id for mark in bare.marks if not isinstance(mark, Curve) and overlap(bubble, extent(mark))]


def overlap(one: Rectangle, other: Rectangle) -> bool:
    across = abs(one.x - other.x) < (one.width + other.width) / 2
    return across and abs(one.y - other.y) < (one.height + other.height) / 2


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 14), st.text("ab, ", min_size=30, max_size=120))
def test_the_line_of_a_callout_goes_through_no_other_gate(number: int, words: str) -> None:
    bare = crowd()
    gates = {
        mark.id: mark.place for mark in bare.marks if isinstance(mark, Shape) and re.fullmatch(r"gate\d+", mark.id)
    }
    target = sorted(gates)[number % len(gates)]
    page = called_out(bare, target, f"x{words}", "callout0")
    (line,) = (mark.path.points for mark in page.marks if mark.id == "callout0" and isinstance(mark, Curve))
    (x0, y0), (x1, y1) = line[0], line[-1]
    for part in range(101):
        x, y = x0 + (x1 - x0) * part / 100, y0 + (y1 - y0) * part / 100
        for name, place in gates.items():
            assert name == target or abs(x - place.x) > place.width / 2 - 1 or abs(y - place.y) > place.height / 2 - 1


@cache
def crowd() -> Page:
    """Many gates side by side, and below each other."""
    xs = [Value(0.1 * k, f"x{k}") for k in range(5)]
    return viz.draw(sum(tanh(x * y) for x, y in pairwise(xs))).page
