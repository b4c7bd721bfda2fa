"""The terminal face, through pipes and a real terminal: what is typed, what is shown, how one leaves."""

import io
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from lessons.__main__ import main
from lessons.faces import input as reading
from lessons.session.commands import COMMANDS, LOOKED_UP, TAKEN, understand
from viz.live.live import running

ROOT = Path(__file__).parents[2]


class Typed:
    """What a run of ``python -m lessons`` printed."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.capsys, self.monkeypatch = capsys, monkeypatch

    def __call__(self, *arguments: str, lines: str = "") -> str:
        self.monkeypatch.setattr("sys.stdin", io.StringIO(lines))
        self.code = main(list(arguments))
        printed = self.capsys.readouterr()
        self.errors = printed.err
        return printed.out


@pytest.fixture
def typed(shelf: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Typed:
    monkeypatch.chdir(tmp_path)
    return Typed(capsys, monkeypatch)


def test_the_first_screen_lists_the_lessons_and_proposes_one(typed: Typed) -> None:
    shown = typed(lines=":quit\n")
    assert re.search(r"1  small +Everything a lesson can contain", shown)
    assert "Enter begins small" in shown
    assert shown.rstrip().endswith("Goodbye. The lesson remembers where you are: python -m lessons")
    assert (typed.code, typed.errors) == (0, "")


def test_enter_begins_and_goes_on_where_one_stopped(typed: Typed) -> None:
    assert "Step 2 of 10 · The circuit" in typed(lines="\n\n\n")
    assert "Enter goes on with small" in typed(lines=":quit\n")
    assert "Step 2 of 10 · The circuit" in typed(lines="\n")
    assert "step 2" in typed("list")


@pytest.mark.parametrize("line", ["2", "other"])
def test_a_lesson_is_chosen_by_number_or_name(typed: Typed, line: str) -> None:
    assert "Another lesson" in typed(lines=f"9\nsmol\n{line}\n").split("did you mean small")[1]


def test_a_lesson_and_a_step_on_the_command_line(typed: Typed) -> None:
    assert "Step 3 of 10 · The derivative" in typed("small/3", lines=":quit\n")
    assert "Step 4 of 10 · One path" in typed("small/path", lines=":quit\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["smal"], "did you mean small?"),
        (["small/77"], "from 0 to 10"),
        (["small", "other"], "One lesson at a time"),
        (["export"], "export takes one lesson"),
        (["check", "nothing"], "There is no lesson 'nothing'"),
    ],
)
def test_what_is_not_there_is_told_with_the_nearest(typed: Typed, arguments: list[str], said: str) -> None:
    typed(*arguments, lines=":quit\n")
    assert said in typed.errors
    assert typed.code == 2


def test_a_whole_lesson_typed(typed: Typed) -> None:
    shown = typed(
        "small",
        lines="\n\n\n:hint\n25\n45\n\n\n= 2w*y\n\nthe share through y\n\n(3, 2)\n\n-1\n\n1 -1; 1 -1; 1 -1\n\n"
        "def slope(w):\n    return 3*w**2 - 6*w\n\n\n\n\n",
    )
    assert shown.count("✓ Right.") == 7
    assert "The path from w through x is missing" in " ".join(shown.split())
    assert "7 answered of 7 questions" in shown
    assert "Another lesson" in shown, "Enter after the end goes on to the next lesson"
    assert "✓ done" in typed("list")


def test_free_play_between_the_steps(typed: Typed) -> None:
    shown = typed(
        "small/1", lines="w.data * 2\nw = 0\nfor i in range(2):\n    print('i =', i)\n\nnobody\n:next\nw.data\n"
    )
    assert "10.0" in shown
    assert "i = 0\ni = 1" in shown
    assert "NameError: name 'nobody' is not defined" in shown
    assert shown.rstrip().splitlines()[-3] == "5.0"


def test_commands_are_found_by_their_beginning(typed: Typed) -> None:
    shown = typed(
        "small/3",
        lines=":hin\n:s\n:frob\n:goto\n:goto 4\n:back\n:list\n:help\n:pic\n:again\n:skip\n:reset\n:export\n:q\n",
    )
    for said in (
        "Hint: Two paths.",
        ":solve or :skip",
        "There is no :frob",
        "Where to?",
        "Step 4 of 10",
        "▸  3",
        "small-circuit.svg",
        "Your variables are forgotten",
        "small.ipynb",
        *(f":{name}" for name in COMMANDS),
    ):
        assert said in shown


def test_an_answer_that_was_not_meant_as_one_says_how_to_compute(typed: Typed) -> None:
    assert TAKEN in " ".join(typed("small/3", lines="2*5 + 1000\n").split())
    assert TAKEN not in " ".join(typed("small/3", lines="= 2*5 + 1000\n").split())
    twice = " ".join(typed("small/3", lines="2*5 + 1000\n3*5 + 1000\n").split())
    assert twice.count(TAKEN) == 1
    assert twice.count("✗") == 2


def test_a_name_that_may_be_an_answer_is_looked_up_and_says_so_once(typed: Typed) -> None:
    shown = typed("small/3", lines="w\nw\nw.grad\n= w\n")
    assert shown.count("Value(data=5.0, label='w')\n") == 2
    assert shown.count(LOOKED_UP) == 1
    assert "✗" in shown
    assert LOOKED_UP not in typed("small/1", lines="w\n")


def test_a_command_gives_a_block_up(typed: Typed) -> None:
    shown = typed("small/3", lines="def f(a): return a\n:hint\nx[\n:2]\n")
    assert "Hint: Two paths." in shown
    assert "SyntaxError" not in shown


def test_an_answer_with_an_open_bracket_is_answered_at_once(typed: Typed) -> None:
    shown = " ".join(typed("small/3", lines="2w(w-3 + w²\n45\n").split())
    assert "1 '(' too many" in shown
    assert "✓ Right." in shown
    assert "..." not in shown  # the prompt inside a Python block


def test_without_anyone_typing_the_lesson_plays_by_itself(typed: Typed, tmp_path: Path, home: Path) -> None:
    shown = typed("--pictures", "drawn")
    assert "Step 10 of 10 · The end" in shown
    assert "= 45. 20 + 25." in shown
    assert sorted(path.name for path in (tmp_path / "drawn").iterdir()) == ["other-circuit.svg", "small-circuit.svg"]
    assert not home.exists(), "a tour is nobody's progress"
    assert (typed.code, typed.errors) == (0, "")


def test_the_tour_finds_another_folder_where_it_may_not_write(typed: Typed, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    place = re.search(r"pictures of 2 lessons are in (\S+);", typed("--pictures", "taken/drawn"))
    assert place
    assert len(list(Path(place[1]).iterdir())) == 2


def test_progress_that_cannot_be_saved_is_told_once(
    typed: Typed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("")
    monkeypatch.setenv("AUTOGRAD_TINY_HOME", str(tmp_path / "taken" / "home"))
    shown = typed("small", lines="\n\n:pic\n")
    assert shown.count("cannot be saved") == 2  # the progress once, the picture once
    assert "Step 2 of 10" in shown
    assert shown.rstrip().endswith("\nGoodbye."), "what is not remembered is not promised"


def test_progress_of_another_form_is_not_promised_either(typed: Typed, home: Path) -> None:
    home.mkdir()
    (home / "progress.json").write_text('{"form": 2, "lessons": {}}')
    shown = typed("small", lines="\n:quit\n")
    assert "written in form 2" in shown
    assert shown.rstrip().endswith("\nGoodbye.")


LEAVES = ["exit()", "quit()", "import sys; sys.exit()", "raise SystemExit", "raise SystemExit(3)", ":quit", ":q"]
CLOSES = ["import sys; sys.stdin.close()", "import sys; sys.stdin = None", "import sys; sys.stdout.close()"]
BREAKS = ["raise GeneratorExit", "raise KeyboardInterrupt", "class E(BaseException): pass\n\nraise E"]


@pytest.mark.parametrize("line", LEAVES + CLOSES + BREAKS)
def test_leaving_works_however_one_leaves(typed: Typed, line: str) -> None:
    shown = typed("small/1", lines=f"{line}\nw.data * 7\n")
    assert (typed.code, typed.errors) == (0, "")
    assert "Traceback" not in shown
    assert shown.rstrip().endswith("Goodbye. The lesson remembers where you are: python -m lessons")
    assert ("35.0" in shown) == (line not in LEAVES and "stdin.close" not in line)


def test_the_last_words_of_an_exit_are_shown(typed: Typed) -> None:
    assert "\nenough\nGoodbye" in typed("small/1", lines="import sys; print('so'); sys.exit('enough')\n")


def test_an_exercise_that_ends_the_program_is_not_checked(typed: Typed) -> None:
    assert "slope ends the program" in typed("small/code", lines="def slope(w): raise SystemExit\n\nw\n")


OUTPUTS = {
    "</dev/null >/dev/full": 2,
    ">/dev/full": 2,
    "<&- >/dev/null": 0,
    ">&-": 0,
    "| head -1": 0,
    "<&- >&- 2>&-": 0,
}


@pytest.mark.skipif(sys.platform == "win32", reason="a shell of another kind")
@pytest.mark.parametrize(("streams", "code"), OUTPUTS.items())
def test_closed_and_full_streams_are_no_traceback(streams: str, code: int) -> None:
    command = f"set -o pipefail; '{sys.executable}' -m lessons list {streams}"
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, "Traceback" in done.stderr, "ignored" in done.stderr) == (code, False, False)


def test_a_broken_progress_file_is_told(typed: Typed, home: Path) -> None:
    home.mkdir()
    (home / "progress.json").write_text("{")
    assert "progress.broken-1.json" in typed(lines=":quit\n")


def test_help_and_export(typed: Typed, tmp_path: Path) -> None:
    assert "python -m lessons check" in typed("--help")
    assert "small.ipynb" in typed("export", "small", "--to", "ipynb")
    assert (tmp_path / "small.ipynb").exists()


@pytest.mark.parametrize(
    ("line", "kind", "name", "text"),
    [
        ("", "command", "next", ""),
        ("  ", "command", "next", ""),
        (":goto  3 ", "command", "goto", "3"),
        (":b", "command", "back", ""),
        ("= 3", "answer", "", "3"),
        ("==3", "python", "", "==3"),
        ("x = 3", "python", "", "x = 3"),
        (":", "unknown", "", None),
        (":NEXT", "command", "next", ""),
        ("45", "python", "", "45"),
    ],
)
def test_what_a_line_means(line: str, kind: str, name: str, text: str | None) -> None:
    meaning = understand(line, None, {})
    assert (meaning.kind, meaning.name) == (kind, name)
    assert text is None or meaning.text == text


def test_completion_knows_commands_and_names() -> None:
    keyboard = reading.Keyboard()
    keyboard.names = {"weight": 3.0}
    assert keyboard._complete(":hi", 0) == ":hint"
    assert keyboard._complete(":hi", 1) is None
    assert keyboard._complete("wei", 0) == "weight"


@pytest.fixture(params=[signal.default_int_handler, signal.SIG_IGN], ids=["heeding", "ignoring"])
def screen(shelf: Path, home: Path, request: pytest.FixtureRequest) -> Iterator[pexpect.spawn]:
    """The lessons in a real terminal of 80 × 24, whose parent heeds Ctrl-C or ignores it."""
    code = (
        "from pathlib import Path\nfrom lessons.format import library\nfrom lessons.__main__ import main\n"
        f"library.TEXTS = Path({str(shelf)!r})\nmain()\n"
    )
    surroundings = {**os.environ, "TERM": "xterm-256color", "AUTOGRAD_TINY_HOME": str(home), "PYTHONPATH": str(ROOT)}
    surroundings.pop("NO_COLOR", None)
    before = signal.signal(signal.SIGINT, request.param)  # what is ignored is ignored by the child
    try:
        child = pexpect.spawn(
            sys.executable, ["-c", code], env=surroundings, dimensions=(24, 80), encoding="utf-8", timeout=20
        )
    finally:
        signal.signal(signal.SIGINT, before)
    yield child
    child.close(force=True)


def test_in_a_terminal_with_colours_ctrl_c_and_ctrl_d(screen: pexpect.spawn, tmp_path: Path) -> None:
    screen.expect("Enter begins small")
    screen.send("\r")
    screen.expect("A small lesson")
    screen.send("\r")
    screen.expect("The number")
    assert "\x1b[" in screen.before, "there are colours"
    screen.send("def f(a):\r")
    screen.expect(r"\.\.\. ")
    screen.sendintr()  # gives the block up
    screen.expect("small 1/10")
    started = tmp_path / "started"
    screen.send(f"import pathlib, time; pathlib.Path({str(started)!r}).touch(); time.sleep(60)\r")
    while not started.exists():
        time.sleep(0.02)
    screen.sendintr()
    screen.expect("stopped")
    screen.expect("small 1/10")
    screen.send("half a line")
    screen.expect("half a line")  # readline is listening
    screen.sendintr()
    screen.expect("Ctrl-C again")
    screen.expect("small 1/10")
    screen.sendeof()
    screen.expect("Goodbye")
    screen.expect(pexpect.EOF)


def test_in_a_terminal_ctrl_c_twice_leaves_and_the_place_is_kept(screen: pexpect.spawn, home: Path) -> None:
    screen.expect("Enter begins small")
    screen.send("1\r\r")
    for typed in ("once", "twice"):
        screen.expect("small 1/10")
        screen.send(typed)
        screen.expect(typed)  # readline is listening
        screen.sendintr()
    screen.expect("Goodbye")
    screen.expect(pexpect.EOF)
    assert '"step": 1' in (home / "progress.json").read_text()


@pytest.mark.parametrize("line", ["exit()", "import sys; sys.stdin.close()", "\x04"], ids=repr)
def test_in_a_terminal_leaving_works_however_one_leaves(screen: pexpect.spawn, line: str) -> None:
    screen.expect("Enter begins small")
    screen.send("1\r")
    screen.expect("small 0/10")
    screen.send(line if line == "\x04" else f"{line}\r")
    screen.expect("Goodbye")
    screen.expect(pexpect.EOF)
    assert "Traceback" not in screen.before
    screen.close()
    assert screen.exitstatus == 0


def test_live_shows_the_pictures_of_the_lesson_in_the_browser(
    typed: Typed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("viz.output.browser.opens", lambda address: True)
    try:
        shown = typed("small/1", lines=":live\n:next\n:pic\nviz.draw(w * w, title='mine')\n:q\n")
        page = running()
        assert page is not None
        assert "There is no picture yet; the next one will be there." in shown
        assert f"Pictures appear at {page}" in shown
        assert f"It is on the live page: {page}" in shown
        assert [entry.title for entry in page._history.state.entries] == ["Circuit of z", "mine"]
        assert not list(tmp_path.rglob("*.svg"))  # nothing is opened twice
        typed("small/2", lines=":live\n:q\n")  # the picture that is on the screen already
        assert [entry.title for entry in page._history.state.entries] == ["Circuit of z", "mine"]
        assert page._history.state.at == 1
    finally:
        if page := running():
            page.stop()
