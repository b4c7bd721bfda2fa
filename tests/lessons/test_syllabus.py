"""What the lecture documents contain has a lesson and a place in it; what they print or claim, its computed number.

`syllabus.toml` has a row for each.
"""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from lessons.check.claims import claims
from lessons.format import library
from lessons.format.lesson import Exercise, Lesson, Predict, Run, Step, Train

TABLE = tomllib.loads(Path(__file__).with_name("syllabus.toml").read_text("utf-8"))
DOCUMENTS = {"000", "001", "002", "003", "004"}
ROWS = [
    (lesson, thing, place)
    for lesson, row in TABLE["lessons"].items()
    for thing, place in row.items()
    if thing != "sources"
]
REFEREED = [*TABLE["printed"], *TABLE["claims"]]


lesson_of = cache(library.load)


def step_with(lesson: Lesson, place: str) -> Step | None:
    """The step that holds this block."""
    return next((step for step in lesson.steps if any(getattr(part, "id", "") == place for part in step.parts)), None)


def computed(lesson: Lesson, step: Step) -> str:
    """All that is computed in a step: outputs, numbers in sentences, and what the check holds to be true."""
    found = []
    for part in step.parts:
        match part:
            case Run():
                found.append(part.output)
            case Train():
                found += part.holds
            case Predict():
                found += [part.answer, part.holds]
            case Exercise():
                found.append(part.check)
    said = (claim for claim in claims(lesson) if any(claim.part is part for part in step.parts))
    return "\n".join([*found, *(f"{claim.code} → {claim.written}" for claim in said)])


def test_every_lesson_has_its_row_and_every_row_its_lesson() -> None:
    assert set(TABLE["lessons"]) == {entry.id for entry in library.entries()}
    assert all(row["sources"] and len(row) > 2 for row in TABLE["lessons"].values())
    assert {row["lesson"] for row in REFEREED} <= set(TABLE["lessons"])
    assert all(row["shows"] for row in REFEREED)


def test_a_number_that_is_only_said_is_not_computed() -> None:
    lesson = library.load("pooling")
    step = step_with(lesson, "verdict")
    assert step and "396" in computed(lesson, step) and "397" not in computed(lesson, step)
    assert step_with(lesson, "nowhere") is None


def test_every_document_is_drawn_from_and_refereed() -> None:
    assert {source for row in TABLE["lessons"].values() for source in row["sources"]} == DOCUMENTS
    assert {row["document"] for row in TABLE["printed"]} == DOCUMENTS


@pytest.mark.parametrize("name", TABLE["lessons"])
def test_a_lesson_names_the_documents_that_it_is_drawn_from(name: str) -> None:
    named = {source.file for source in lesson_of(name).source}
    assert set(TABLE["lessons"][name]["sources"]) <= named


@pytest.mark.parametrize(("name", "thing", "place"), ROWS, ids=[f"{name}: {thing}" for name, thing, _ in ROWS])
def test_what_a_lesson_must_hold_has_its_place(name: str, thing: str, place: str) -> None:
    lesson = lesson_of(name)
    assert step_with(lesson, place), f"{name} has no block {place}, which is to show: {thing}"


@pytest.mark.parametrize("row", REFEREED, ids=[row["as"] for row in REFEREED])
def test_what_is_printed_or_claimed_has_its_computed_number(row: dict[str, Any]) -> None:
    lesson = lesson_of(row["lesson"])
    step = step_with(lesson, row["place"])
    assert step, f"{lesson.id} has no block {row['place']}, which is to referee: {row['as']}"
    missing = [number for number in row["shows"] if number not in computed(lesson, step)]
    assert not missing, f"{lesson.id}, {step.title}: not computed there: {missing}"
