"""The way through the lessons: how far one has come, what comes next, the shortest way to a lesson, the map."""

import io
import subprocess
import sys
from pathlib import Path

import pytest

from lessons.__main__ import main
from lessons.faces import way
from lessons.format import library
from lessons.format.lesson import LessonError, Snapshot
from lessons.format.library import Entry
from lessons.map.picture import direct
from lessons.session import progress
from lessons.session.standing import Standing, after, details, next_lesson, standings


def entry(name: str, *needs: str) -> Entry:
    return Entry(name, name.title(), "I. Circuits", 1, "s", needs, 10, (), ("q", "r"))


LESSONS = [entry("a"), entry("b", "a"), entry("c", "a"), entry("d", "b", "c")]


def known(**finished: str) -> list[Standing]:
    done = {name: Snapshot(9, 9, dict.fromkeys(marks.split(), "right"), True) for name, marks in finished.items()}
    return standings(LESSONS, done)


@pytest.mark.parametrize(
    ("finished", "last", "wanted"),
    [
        ({}, "", "a"),
        ({"a": "q r"}, "", "b"),
        ({"a": "q r"}, "c", "c"),
        ({"a": "q r"}, "a", "b"),
        ({"a": "", "b": ""}, "", "c"),
        ({"b": ""}, "", "a"),
        (dict.fromkeys("abcd", ""), "", "a"),
    ],
)
def test_what_comes_next(finished: dict[str, str], last: str, wanted: str) -> None:
    assert next_lesson(known(**finished), last) == wanted


@pytest.mark.parametrize(
    ("finished", "lesson", "wanted"),
    [
        ({"a": ""}, "a", "b"),
        ({"a": "", "b": ""}, "b", "c"),
        ({"a": "", "b": "", "c": ""}, "c", "d"),
        (dict.fromkeys("abcd", ""), "d", ""),
    ],
)
def test_what_comes_after_a_lesson(finished: dict[str, str], lesson: str, wanted: str) -> None:
    assert after(lesson, known(**finished)) == wanted


@pytest.mark.parametrize(
    ("snapshot", "state"),
    [
        (None, ""),
        (Snapshot(3, 2), "step 2"),
        (Snapshot(9, 9, {"q": "right", "r": "solved"}, True), "✓ done"),
        (Snapshot(9, 9, {"q": "right", "r": "skipped"}, True), "read, 1 open"),
        (Snapshot(9, 9, {}, True), "read, 2 open"),
    ],
)
def test_a_lesson_is_done_when_its_questions_are(snapshot: Snapshot | None, state: str) -> None:
    assert Standing(LESSONS[0], snapshot).state == state


def test_details_say_what_it_needs_and_opens() -> None:
    every = known(a="q")
    assert details(every[1], every) == "2 questions · 10 min · needs a ✓ · opens d"
    assert details(every[0], every) == "read, 1 open · 1 of 2 answered · 10 min · opens b, c"


def test_the_way_is_the_order_in_which_the_engine_would_compute() -> None:
    assert [line.split()[1] for line in way.aim("d", known()).splitlines()[2:6]] == ["a", "b", "c", "d"]
    said = way.aim("d", known(a="", b=""))
    assert "2 lessons, about 20 minutes (2 behind you)" in said
    assert "next: python -m lessons c" in said
    assert "You have been there" in way.aim("a", known(a=""))


def test_a_shortcut_is_not_drawn() -> None:
    assert direct({"a": [], "b": ["a"], "c": ["a", "b", "elsewhere"]}) == {"a": [], "b": ["a"], "c": ["b"]}


@pytest.mark.parametrize("name", ["vector", "lsmt"])
def test_a_way_to_nowhere_says_what_may_be_meant(name: str) -> None:
    with pytest.raises(LessonError, match="There is no lesson"):
        way.aim(name, standings(library.entries(), {}))


@pytest.fixture
def typed(shelf: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> object:
    def run(*words: str, lines: str = "") -> str:
        monkeypatch.setattr("sys.stdin", io.StringIO(lines))
        assert main(list(words)) == 0
        return capsys.readouterr().out

    return run


def test_the_shell_maps_and_aims(typed, home: Path) -> None:  # type: ignore[no-untyped-def]
    assert "2  other" in typed("map")
    assert (home / "pictures" / "map.svg").exists()
    assert "The way to other: 1 lesson, about" in typed("aim", "other")
    assert (home / "pictures" / "aim-other.svg").exists()


def test_the_end_says_what_comes_next_and_enter_goes_there(typed) -> None:  # type: ignore[no-untyped-def]
    progress.remember("small", Snapshot(0, 0))
    shown = typed("small/10", lines="\n\n\n:map\n:quit\n")
    assert "A small lesson is read to its end: none answered of 7 questions" in shown
    assert "Next: other, about" in shown and "Enter goes there." in shown
    assert "Another lesson\n" in shown.split("Enter goes there.")[1]
    assert "[read, 7 open]" in shown


def test_the_first_screen_waits_for_no_engine() -> None:
    code = (
        "import io, sys\nsys.stdin = io.StringIO(':quit\\n')\nfrom lessons.__main__ import main\nmain([])\n"
        "heavy = {'numpy', 'autograd_tiny', 'viz', 'matplotlib', 'prompt_toolkit'} & set(sys.modules)\n"
        "sys.exit(', '.join(heavy) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_lesson_that_is_not_there_is_none(shelf: Path) -> None:
    with pytest.raises(LessonError, match=r"There is no lesson 'smal'; did you mean small\?"):
        library.load("smal")
