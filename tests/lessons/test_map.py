"""The map of the lessons: nothing overlaps, no line runs through a box, all of it fits a page and a slide."""

import re
from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lessons.faces import way
from lessons.format import library
from lessons.format.lesson import Snapshot
from lessons.format.library import Entry
from lessons.map import picture
from lessons.map.places import LETTERS, WIDE, Plan, divided, plan
from lessons.map.wires import Wires, plain
from lessons.pages.pictures import has_night
from lessons.session.standing import standings
from viz.drawing import FORMATS
from viz.layout.geometry import Point
from viz.page.callouts import extent
from viz.page.page import Shape, Text

PARTS = ("I. Circuits", "II. Sequences", "III. Memory", "IV. Learning", "V. Images", "VI. Programs")


@st.composite
def shelves(draw: st.DrawFn) -> list[Entry]:
    """Some lessons in some parts that build on any that stand before them, or after."""
    titles = st.text("abcdefg ", min_size=1, max_size=60).filter(str.strip)
    count = draw(st.integers(1, 24))
    order = draw(st.permutations(range(count)))
    parts = sorted(draw(st.lists(st.integers(0, 5), min_size=count, max_size=count)))
    made = []
    for n in range(count):
        before = [f"l{other}" for other in range(count) if order[other] < order[n]]
        needs = draw(st.lists(st.sampled_from(before), max_size=3, unique=True)) if before else []
        made.append(Entry(f"l{n}", draw(titles), PARTS[parts[n]], n, "s", tuple(needs), 10))
    return made


def laid(entries: list[Entry]) -> tuple[Plan, Wires]:
    parts = {
        part: {e.id: e.title for e in entries if e.part == part} for part in dict.fromkeys(e.part for e in entries)
    }
    there = plan(parts)
    return there, Wires(there, picture.direct({entry.id: entry.needs for entry in entries}))


def courses(wires: Wires) -> dict[tuple[str, str], list[Point]]:
    return {edge: plain(wires.corners(edge)) for edge in (*wires.straight, *wires.bent)}


def touches(point: Point, box: tuple[float, float, float, float]) -> bool:
    left, top, right, bottom = box
    return left <= point[0] <= right and top <= point[1] <= bottom


def through(a: Point, b: Point, box: tuple[float, float, float, float]) -> bool:
    left, top, right, bottom = box
    (x0, x1), (y0, y1) = sorted((a[0], b[0])), sorted((a[1], b[1]))
    return x0 < right - 0.01 and x1 > left + 0.01 and y0 < bottom - 0.01 and y1 > top + 0.01


def lies_on(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether two straight lines have more than a point in common."""
    for k, other in ((0, 1), (1, 0)):
        if a[k] == b[k] and c[k] == d[k] and abs(a[k] - c[k]) < 0.5:
            low, high = (
                max(min(a[other], b[other]), min(c[other], d[other])),
                min(max(a[other], b[other]), max(c[other], d[other])),
            )
            return high - low > 0.01
    return False


@given(shelves())
def test_no_line_runs_through_a_box(entries: list[Entry]) -> None:
    there, wires = laid(entries)
    left = {name: wires.edges[place.column] for name, place in there.lessons.items()}
    boxes = {name: (left[name], p.top, left[name] + WIDE, p.bottom) for name, p in there.lessons.items()}
    for (need, name), course in courses(wires).items():
        assert touches(course[0], boxes[need]) and touches(course[-1], boxes[name])
        for a, b in pairwise(course):
            assert a[0] == b[0] or a[1] == b[1]
            assert not any(through(a, b, box) for box in boxes.values()), (need, name)


@given(shelves())
def test_every_need_is_a_line_or_a_way_of_lines(entries: list[Entry]) -> None:
    lines = courses(laid(entries)[1])
    drawn = {entry.id: [need for need, name in lines if name == entry.id] for entry in entries}
    for entry in entries:
        assert set(entry.needs) <= set(library.ancestors(entry.id, drawn))
        assert set(drawn[entry.id]) <= set(entry.needs)


NEEDS = {entry.id: entry.needs for entry in library.entries()}


@pytest.mark.parametrize("target", ["", *NEEDS])
def test_no_line_lies_on_another_lessons(target: str) -> None:
    on_the_way = library.ancestors(target, NEEDS) if target else NEEDS
    lines = courses(laid([entry for entry in library.entries() if entry.id in on_the_way])[1])
    for (one, course), (other, second) in combinations(lines.items(), 2):
        if one[0] != other[0]:
            pairs = ((a, b) for a in pairwise(course) for b in pairwise(second))
            assert not any(lies_on(*a, *b) for a, b in pairs), (one, other)


@given(shelves())
def test_texts_stand_in_their_boxes(entries: list[Entry]) -> None:
    known = standings(entries, {entry.id: Snapshot(3, 2) for entry in entries})
    marks = picture.page(known, entries[0].id, "The map").marks
    boxes = {mark.id: extent(mark) for mark in marks if isinstance(mark, Shape)}
    for one, other in combinations(boxes.values(), 2):
        apart = abs(one.x - other.x) >= (one.width + other.width) / 2, abs(one.y - other.y) >= one.height / 2
        assert any(apart)
    for mark in marks:
        if isinstance(mark, Text) and mark.id in boxes and mark.id != "legend":
            text, box = extent(mark), boxes[mark.id]
            assert abs(text.x - box.x) + text.width / 2 <= box.width / 2 + 1, mark
            assert abs(text.y - box.y) + text.height / 2 <= box.height / 2, mark


def test_our_map_is_read_on_a_page_and_on_a_slide() -> None:
    """Letters are of 12 pixels on a page that is 860 pixels wide, and on a slide of 1280 × 720."""
    page = picture.page(standings(library.entries(), {}), "", "The map")
    shown = 860 / page.width, min(1280 / page.width, 720 / page.height)
    assert min(shown) * LETTERS >= 11.9
    assert min(shown) * min(mark.size for mark in page.marks if isinstance(mark, Text)) >= 9


def test_columns_are_as_short_as_can_be() -> None:
    assert divided([]) == [(0, 0)]
    assert divided([5.0]) == [(0, 1)]
    assert divided([10, 7, 5, 8, 3, 1]) == [(0, 1), (1, 3), (3, 6)]
    assert divided([1, 1, 9]) == [(0, 2), (2, 3)]


# What is said --------------------------------------------------------------------------------------------------------

READ = Snapshot(9, 9, {}, True)


def test_signs_say_how_lessons_stand_and_the_next_one_is_lit() -> None:
    entries = [replace(entry, questions=()) for entry in library.entries()]
    drawn = way.drawn(standings(entries, {"gates": READ, "class-example": Snapshot(3, 2)}))
    assert "Gates (done); The class example (begun, next), which builds on Gates;" in drawn.description
    lit = [mark.id for mark in drawn.page.marks if isinstance(mark, Shape) and mark.fill == drawn.page.theme.lit]
    assert lit == ["lesson1", "legend"]
    assert drawn.svg.count("✓") == 2 and drawn.svg.count("▸") == 2  # each once more in the legend
    assert "next" in drawn.svg and "1 of 10 done" in drawn.svg


def test_nothing_is_lit_where_all_is_done() -> None:
    entries = library.entries()[:3]
    drawn = way.drawn(standings(entries, {entry.id: READ for entry in entries}))
    assert "next" not in drawn.svg and drawn.page.theme.lit not in drawn.svg


def test_every_lesson_is_a_link_where_there_is_an_address() -> None:
    known = standings(library.entries(), {})
    made = way.linked(known, lambda name: "" if name == "lstm" else f"{name}.html")
    links = re.findall(r'<a href="([^"]+)" aria-label="([^"]+)">', made)
    assert links == [(f"{s.entry.id}.html", s.entry.title) for s in known if s.entry.id != "lstm"]
    assert has_night(made)


def test_the_way_to_a_lesson_is_all_that_it_builds_on() -> None:
    drawn = way.drawn(standings(library.entries(), {}), "deep-chains")
    assert drawn.title == "The way to Deep chains"
    assert drawn.description.count(";") == 2 and "Gates (next)" in drawn.description


def test_titles_stand_in_their_short_form() -> None:
    drawn = way.drawn(standings(library.entries(), {}))
    assert ">Shared parameters<" in drawn.svg and "Shared parameters: gradients add" in drawn.description


def test_the_map_is_saved_in_every_form(tmp_path: Path) -> None:
    drawn = way.drawn(standings(library.entries(), {}), "vectors")
    for suffix in FORMATS:
        assert drawn.save(tmp_path / f"map{suffix}").stat().st_size > 100
    assert (tmp_path / "map.svg").read_text("utf-8") == way.drawn(standings(library.entries(), {}), "vectors").svg
