"""Lessons in Python and in IPython: the first screen is shown, the lesson's names are there, commands are calls."""

import io
import sys
from pathlib import Path
from typing import Any, ClassVar

import pytest

import lessons
from lessons.faces.python import Lesson
from lessons.faces.text import called
from lessons.format import library


@pytest.fixture
def lesson(shelf: Path, capsys: pytest.CaptureFixture[str]) -> Lesson:
    return lessons.start("small")


def test_start_shows_the_first_screen_once(lesson: Lesson, capsys: pytest.CaptureFixture[str]) -> None:
    shown = capsys.readouterr().out
    assert "A small lesson" in shown and "It has an opening" in shown
    assert "lesson.use(globals())" in shown
    assert repr(lesson) == "<lesson small, step 0>"
    lesson.next()
    assert "The number" in repr(lesson)


def test_without_show_nothing_is_printed(shelf: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "A small lesson" in repr(lessons.start("small", show=False))
    assert capsys.readouterr().out == ""


def test_the_lesson_s_names_are_there_and_what_is_one_s_own_stays(lesson: Lesson) -> None:
    names: dict[str, Any] = {"y": "mine"}
    lesson.use(names)
    assert "w" not in names and "viz" in names
    lesson.next()
    assert names["w"].data == 5.0
    lesson.next()
    assert names["z"].data == 50.0
    assert names["y"] == "mine"
    names["z"] = 7
    lesson.next()
    lesson.answer("45")
    lesson.next()
    assert names["z"] == 7
    assert names["w"].grad == 45.0
    assert not [name for name in names if name.startswith("__")]


def test_in_ipython_the_names_are_there_by_themselves(
    shelf: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Shell:
        user_ns: ClassVar[dict[str, Any]] = {}

    class Module:
        @staticmethod
        def get_ipython() -> Shell:
            return Shell()

    monkeypatch.setitem(sys.modules, "IPython", Module)
    lesson = lessons.start("small")
    lesson.next()
    assert Shell.user_ns["w"].data == 5.0


def test_pictures_open(lesson: Lesson, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("viz.output.browser.opens", lambda address: False)
    assert lesson.open() == "There is no picture yet."
    lesson.goto("circuit")
    assert lesson.open() == f"Open it in a browser: {home / 'pictures' / 'small-circuit.svg'}"
    assert (home / "pictures" / "small-circuit.svg").exists()


def test_it_is_written_as_a_notebook(lesson: Lesson, tmp_path: Path) -> None:
    assert lesson.export(tmp_path).name == "small.ipynb"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Try :hint.", "Try `lesson.hint()`."),
        ("Type `:pic` here", "Type `lesson.open()` here"),
        ("`:live` shows", "`viz.live()` shows"),
        ("`x[:next]`", "`x[:next]`"),
        ("a::b", "a::b"),
    ],
)
def test_commands_are_calls(text: str, said: str) -> None:
    assert called(text) == said


def test_the_end_says_how_to_start_the_next_one(lesson: Lesson) -> None:
    lesson.goto("the-end")
    reply = lesson.next()
    assert reply.following == "other"
    assert 'lesson = lessons.start("other")' in repr(reply)
    assert f"about {library.minutes('other')} minutes" in repr(reply)
    assert "lessons.start" in reply._repr_html_()


def test_an_error_in_code_of_a_notebook_s_cell_shows_the_learner_s_line(lesson: Lesson, tmp_path: Path) -> None:
    import linecache

    source = "def slope(w):\n    return w / 0\n"
    name = str(tmp_path / "cell.py")
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    names: dict[str, Any] = {}
    exec(compile(source, name, "exec"), names)
    lesson.goto("code")
    said = lesson.answer(names["slope"]).text
    assert "line 2: return w / 0" in said
    assert "ZeroDivisionError" in said


def test_printing_goes_where_it_is_wanted_as_it_comes(lesson: Lesson) -> None:
    live = io.StringIO()
    reply = lesson.run("print('a'); 1/0", live)
    assert live.getvalue() == "a\n"
    assert "ZeroDivisionError" in reply.text and "a\n" not in reply.text
    assert lesson.run("print('a')").text == "a"
