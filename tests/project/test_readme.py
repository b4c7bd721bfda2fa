"""What the README shows is what happens: its Python is run, its commands exist, its pictures are there."""

import doctest
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from lessons.check.writing import same
from tests.project.checkout import ROOT
from viz.live.live import running

TEXT = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", TEXT, flags=re.MULTILINE | re.DOTALL)
COMMANDS = [
    line.removeprefix("$ ").split("  #")[0].strip()
    for language, block in BLOCKS
    if language in {"sh", "console"}
    for line in block.splitlines()
]
TARGETS = set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text("utf-8"), flags=re.MULTILINE))


class Reader(doctest.OutputChecker):
    """Numbers may differ by rounding: the README is tested on more than one machine."""

    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        return same(want, got)


def test_the_two_commands_are_there() -> None:
    assert {"make lessons", "make test"} <= set(COMMANDS)


def test_the_python_of_the_readme_says_what_it_prints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # pictures that it saves
    monkeypatch.setattr("viz.output.browser.opens", lambda address: False)
    names: dict[str, object] = {}
    report: list[str] = []
    for language, block in BLOCKS:
        if language == "python" and ">>>" in block:
            session = doctest.DocTestParser().get_doctest(block, names, "README.md", "README.md", 0)
            doctest.DocTestRunner(Reader()).run(session, out=report.append, clear_globs=False)
            names |= session.globs
        elif language == "python":
            exec(compile(block, "README.md", "exec"), names)
    if page := running():
        page.stop()
    assert "z" in names
    assert not report, "".join(report)


@pytest.mark.parametrize("command", [line for line in COMMANDS if line.startswith("make")])
def test_a_make_command_has_its_target(command: str) -> None:
    assert set(shlex.split(command)[1:]) <= TARGETS


@pytest.mark.share(2)
@pytest.mark.parametrize(
    "command",
    [line for line in COMMANDS if line.startswith("python -m") and not line.endswith("lessons check")],  # make check is
)
def test_a_python_command_runs(command: str, tmp_path: Path) -> None:
    environment = os.environ | {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
    words = [sys.executable, *shlex.split(command)[1:]]
    done = subprocess.run(
        words, cwd=tmp_path, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600
    )
    assert (done.returncode, done.stderr) == (0, "")
    if "--save" in words:
        assert (tmp_path / words[words.index("--save") + 1]).stat().st_size > 0


@pytest.mark.parametrize("target", re.findall(r"(?:src=\"|\]\()(?!https?:|#)([^\")]+)", TEXT))
def test_what_the_readme_points_to_is_there(target: str) -> None:
    assert (ROOT / target).exists()


def test_every_other_line_of_a_shell_block_is_understood() -> None:
    known = ("make ", "python -m ", "git clone ", "cd ", "pip install ")
    assert not [line for line in COMMANDS if line and not line.startswith(known)]
