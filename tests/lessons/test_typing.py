"""What one types in a terminal beyond a line: pasted code, edited code, words without a colon, input, films."""

import io
import math
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pexpect
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from lessons.faces import input as reading
from lessons.faces import output, terminal
from lessons.faces.colour import image, way
from lessons.faces.terminal import cleaned, edited
from lessons.faces.text import Plain
from lessons.format import document
from lessons.format.lesson import Lesson
from lessons.session.commands import understand
from lessons.session.session import Session

ROOT = Path(__file__).parents[2]
SLOPE = "def slope(w):\n    square = w**2\n\n    return 3 * square - 6 * w"


def taken(lesson: Lesson, lines: list[str], at: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the lesson from a step on with these lines."""
    typed = iter(lines)

    def read(prompt: str) -> str:
        try:
            return next(typed)
        except StopIteration:
            raise EOFError from None

    session = Session(lesson)
    session.goto(at)
    with pytest.raises(EOFError):
        terminal.take(session, Plain(), read)


PASTED = [
    (SLOPE, SLOPE),
    ("    x = 1\n\n    y = 2\n", "x = 1\n\ny = 2"),
    ("│ def f(x):    │\n│     return x │", "def f(x):\n    return x"),
    (">>> x = 1\n>>> def f():\n...     return x", "x = 1\ndef f():\n    return x"),
    ("x | y", "x | y"),
    ("", ""),
]


@pytest.mark.parametrize(("pasted", "meant"), PASTED)
def test_pasted_code_is_cleaned(pasted: str, meant: str) -> None:
    assert cleaned(pasted) == meant


@pytest.mark.parametrize(
    ("line", "defined", "kind", "name", "text"),
    [
        ("hint", (), "command", "hint", ""),
        ("next", (), "command", "next", ""),
        ("help", (), "command", "help", ""),
        ("list", (), "command", "list", ""),
        ("goto 3", (), "command", "goto", "3"),
        ("goto by-hand", (), "command", "goto", "by-hand"),
        ("train 7", (), "command", "train", "7"),
        ("hint", ("hint",), "python", "", "hint"),
        ("hint me", (), "python", "", "hint me"),
        ("help(w)", (), "python", "", "help(w)"),
        ("next = 3", (), "python", "", "next = 3"),
        ("nex", (), "python", "", "nex"),
        ("a = 1\n\nb = 2", (), "python", "", "a = 1\n\nb = 2"),
    ],
)
def test_a_command_needs_no_colon_where_no_variable_has_its_name(
    line: str, defined: tuple[str, ...], kind: str, name: str, text: str
) -> None:
    meaning = understand(line, None, {}, defined)
    assert (meaning.kind, meaning.name, meaning.text) == (kind, name, text)


def test_edited_in_one_s_own_editor(
    small: Lesson, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = tmp_path / "seen"
    script = tmp_path / "editor.py"
    script.write_text(
        "import pathlib, sys\n"
        f"seen = pathlib.Path({str(seen)!r})\n"
        "file = pathlib.Path(sys.argv[1])\n"
        "seen.write_text((seen.read_text() if seen.exists() else '') + file.read_text() + '---')\n"
        f"file.write_text({SLOPE!r} if seen.read_text().count('---') > 1 else file.read_text() + '# mine')\n"
    )
    monkeypatch.setenv("EDITOR", f"{sys.executable} {script}")
    monkeypatch.delenv("VISUAL", raising=False)
    taken(small, [":edit", ":edit"], "code", monkeypatch)
    shown = capsys.readouterr().out
    first, second, _ = seen.read_text().split("---")
    assert first == "def slope(w):\n    return w**2\n", "it begins with the starter"
    assert second.rstrip().endswith("# mine"), "and goes on with the last attempt"
    assert "✗ not at 5.0" in shown and "✓ Right." in shown


def test_without_an_editor_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch, small: Lesson, capsys: Any) -> None:
    monkeypatch.delenv("EDITOR", raising=False)
    monkeypatch.delenv("VISUAL", raising=False)
    with pytest.raises(OSError, match="set EDITOR"):
        edited("x")
    taken(small, [":edit"], "code", monkeypatch)
    assert "set EDITOR, or type the code" in capsys.readouterr().out
    monkeypatch.setenv("EDITOR", "no-such-editor-here")
    taken(small, [":edit"], "code", monkeypatch)
    assert "It cannot be edited" in capsys.readouterr().out


def test_a_film_steps_in_the_terminal_however_long(text: str, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    film = text.replace("id=circuit\nz\n", "id=circuit\nviz.film(sum([z * w] * 9, z))\n")
    lesson = document.parse(film, "small")
    taken(lesson, [":play", *[""] * 3, "q", "play", *[""] * 99], "circuit", monkeypatch)
    shown = capsys.readouterr().out
    assert ":play steps through it here" in shown
    assert shown.count("  4  ") >= 1 and "backward" in shown
    assert "That was the film" in shown
    taken(document.parse(text, "small"), [":play"], "circuit", monkeypatch)
    assert "There is no film here" in capsys.readouterr().out


def test_the_picture_itself_is_offered_once(small: Lesson, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    taken(small, ["", "", ":back", ":goto circuit"], "0", monkeypatch)
    shown = capsys.readouterr().out
    assert ":live shows each picture" in shown.split("Step 1 of 10")[0]
    assert " ".join(shown.split()).count(terminal.OFFER) == 1


def test_images_stand_in_terminals_that_can_show_them(monkeypatch: pytest.MonkeyPatch, small: Lesson) -> None:
    for name in ("AUTOGRAD_TINY_IMAGES", "KITTY_WINDOW_ID", "TERM_PROGRAM"):
        monkeypatch.delenv(name, raising=False)
    for term, program, wanted in (
        ("xterm-256color", "", ""),
        ("xterm-kitty", "", "kitty"),
        ("xterm-256color", "iTerm.app", "sixel"),
        ("foot", "", "sixel"),
        ("dumb", "", ""),
    ):
        monkeypatch.setenv("TERM", term)
        monkeypatch.setenv("TERM_PROGRAM", program)
        assert way() == wanted
    picture = Session(small).pic("circuit").page.pictures[0]  # type: ignore[union-attr]
    assert image(picture) is None
    pytest.importorskip("textual_image", reason="textual-image is not installed (extra: terminal)")
    for chosen in ("kitty", "sixel"):
        monkeypatch.setenv("AUTOGRAD_TINY_IMAGES", chosen)
        assert hasattr(image(picture), "__rich_console__")


# In a real terminal ---------------------------------------------------------------------------------------------------


def spawned(shelf: Path, home: Path, place: str, size: tuple[int, int]) -> Iterator[pexpect.spawn]:
    """A lesson in a terminal of this size."""
    code = (
        "from pathlib import Path\nfrom lessons.format import library\nfrom lessons.__main__ import main\n"
        f"library.TEXTS = Path({str(shelf)!r})\nmain([{place!r}])\n"
    )
    surroundings = {**os.environ, "TERM": "xterm-256color", "AUTOGRAD_TINY_HOME": str(home), "PYTHONPATH": str(ROOT)}
    for name in ("NO_COLOR", "EDITOR", "VISUAL"):
        surroundings.pop(name, None)
    child = pexpect.spawn(sys.executable, ["-c", code], env=surroundings, dimensions=size, encoding="utf-8", timeout=30)
    yield child
    child.close(force=True)


@pytest.fixture
def screen(shelf: Path, home: Path) -> Iterator[pexpect.spawn]:
    for child in spawned(shelf, home, "small/code", (24, 80)):
        child.expect("small 9/10")
        yield child


@pytest.mark.parametrize("brackets", [True, False], ids=["bracketed", "plain"])
def test_pasted_code_stays_whole(screen: pexpect.spawn, brackets: bool) -> None:
    pasted = SLOPE.replace("\n", "\r")
    screen.send(f"\x1b[200~{pasted}\x1b[201~" if brackets else pasted)
    screen.expect("6 \\* w")
    screen.send("\r")
    if not brackets:
        screen.send("\r")
    screen.expect("Right.")
    screen.expect("small 9/10")


def test_the_learner_s_own_line_stands_in_the_error(screen: pexpect.spawn) -> None:
    for line in ("def slope(w):", "    return w / 0", ""):
        screen.send(f"{line}\r")
        screen.expect("\r\n")
    screen.expect("line 2: return w / 0")
    screen.expect("ZeroDivisionError")


def test_a_prompt_of_several_lines_edits_the_starter(screen: pexpect.spawn) -> None:
    screen.send(":edit\r")
    screen.expect("Esc, then Enter")
    screen.expect("return")  # the prompt has begun: keys before it are not its own
    screen.send("    return 3 * w**2 - 6 * w")
    screen.send("\x1b\r")
    screen.expect("not at 5.0")  # the starter's own return comes first
    screen.expect("small 9/10")
    screen.send(":edit\r")
    screen.expect("Esc, then Enter")
    screen.expect("return")
    screen.send("\x03")
    screen.expect("Nothing is changed")


def test_what_code_prints_and_asks_is_shown_at_once(screen: pexpect.spawn) -> None:
    screen.send("import time; print('begun', flush=True); time.sleep(1); print('ended')\r")
    screen.expect("\r\nbegun")
    screen.expect("\r\nended")
    screen.send("n = input('how many? ')\r")
    screen.expect("\nhow many\\? ")
    screen.send("3\r")
    screen.expect("small 9/10")
    screen.send("n * 2\r")
    screen.expect("'33'")


def test_a_new_width_is_taken(screen: pexpect.spawn) -> None:
    screen.setwinsize(24, 50)
    screen.send("hint\r")
    screen.expect("\n[^\n]*╰(─+)╯")
    assert len(screen.match[1]) == 48


# What is longer than the terminal -------------------------------------------------------------------------------------


@given(st.lists(st.text(alphabet="ab\n漢é\x1b[m", max_size=200), max_size=8), st.integers(6, 12), st.integers(5, 40))
def test_nothing_new_scrolls_away_before_it_can_be_read(texts: list[str], rows: int, columns: int) -> None:
    """However long texts and lines are: no more than a screen between two pauses, and all is shown."""
    terminal, screens = io.StringIO(), []

    def enter(prompt: str) -> str:
        screens.append(terminal.getvalue().removeprefix("".join(screens)))
        return ""

    read = reading.Keyboard()
    with (
        patch("builtins.input", enter),
        patch.object(output.Pager, "_size", os.terminal_size((columns, rows))),
        patch.dict(os.environ, {"TERM": "dumb"}),
    ):
        pager = output.Pager(terminal, read)
        for text in texts:
            pager.write(text)
        pager.flush()
    assert terminal.getvalue() == "".join(texts)
    for screen in screens:
        lines = output.INVISIBLE.sub("", screen).split("\n")[:-1]
        taken = [max(1, math.ceil(cell_len(line) / columns)) for line in lines]
        assert sum(taken) < rows or len(taken) == 1


@pytest.fixture
def low(shelf: Path, home: Path) -> Iterator[pexpect.spawn]:
    yield from spawned(shelf, home, "small/2", (12, 80))


def test_a_page_that_is_longer_than_the_terminal_stops_before_its_top_is_gone(low: pexpect.spawn) -> None:
    low.expect(output.MORE)
    assert "The circuit" in low.before
    assert low.before.count("\n") < 12
    low.send("\r")
    low.expect("small 2/10")
    assert "The circuit" not in low.before


def test_what_is_typed_at_the_pause_is_the_next_line(low: pexpect.spawn) -> None:
    low.expect(output.MORE)
    low.send("w.data + 1000\r")
    low.expect("1005.0")
    assert output.MORE not in low.before


@pytest.mark.parametrize("key", ["q\r", "\x03"])
def test_enough_of_a_page_is_enough(low: pexpect.spawn, key: str) -> None:
    low.expect(output.MORE)
    low.send(key)
    low.expect("small 2/10")
    assert low.before.count("\n") < 4
    low.send("w.data + 1000\r")
    low.expect("1005.0")


def test_a_lesson_can_be_left_at_a_pause(low: pexpect.spawn) -> None:
    low.expect(output.MORE)
    low.send("\x04")
    low.expect("Goodbye")
    low.expect(pexpect.EOF)


def test_a_pipe_never_waits(shelf: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert output.paged(reading.Pipe(io.StringIO())) is None
    assert output.paged(reading.Keyboard()) is None, "standard output is captured here"
