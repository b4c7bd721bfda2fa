"""For classes: the report on one or more learners, and lessons as slides and handouts."""

import csv
import io
import json
import re
from pathlib import Path

import pytest

from lessons.__main__ import main
from lessons.classes.handout import page
from lessons.classes.slides import complaint, document, typeset
from lessons.format import document as documents
from lessons.format import library
from lessons.format.lesson import Lesson, LessonError, Snapshot
from lessons.session import progress
from lessons.session.session import Session
from tests.viz.latex import compiled


@pytest.fixture
def learners(shelf: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Two learners' files."""
    marks = {"slope": "right", "path": "solved", "larger": "skipped"}
    files = []
    for name, snapshot in (
        ("ada", Snapshot(5, 4, marks, False, {"slope": 3, "path": 2}, 600.0)),
        ("alan", Snapshot(9, 10, {"slope": "right"}, True, {"slope": 1}, 66.0)),
    ):
        monkeypatch.setenv("AUTOGRAD_TINY_HOME", str(tmp_path / name))
        progress.remember("small", snapshot)
        files.append(tmp_path / name / "progress.json")
    return files


def printed(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    assert main([str(word) for word in words]) == 0
    return capsys.readouterr().out


def test_a_report_as_text(learners: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, "report", *learners).splitlines()
    assert lines[0].split()[:3] == ["ada", "questions", "answered"]
    assert re.fullmatch(r"  small +7 +1 +1 +1 +5 +10\.0 +step 4", lines[1])
    assert re.fullmatch(r"  small +7 +1 +0 +0 +1 +1\.1 +read, 6 open", lines[3])
    assert "  small/path: 1 wrong, 1 looked up" in lines
    assert "  small/slope: 2 wrong, 0 looked up" in lines


def test_a_report_as_json_and_csv(learners: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    table = json.loads(printed(capsys, "report", *learners, "--to", "json"))
    assert table["ada"]["small"]["looked up"] == 1
    assert table["ada"]["small"]["each"]["slope"] == {"state": "answered", "attempts": 3}
    assert table["alan"]["small"]["finished"] is True
    rows = list(csv.DictReader(io.StringIO(printed(capsys, "report", *learners, "--to", "csv"))))
    assert len(rows) == 14
    assert rows[0] == {
        "learner": "ada", "lesson": "small", "question": "slope", "state": "answered", "attempts": "3",
    }  # fmt: skip


def test_one_s_own_report(learners: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, "report").startswith("you ")


def test_files_that_are_none_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "broken.json").write_text("{")
    for name, said in (("nothing.json", "no such file"), ("broken.json", "no progress file")):
        assert main(["report", str(tmp_path / name)]) == 2
        assert said in capsys.readouterr().err
    assert (tmp_path / "broken.json").read_text() == "{", "somebody else's file is left as it is"
    assert main(["report", "--to", "xml"]) == 2


def test_attempts_and_time_are_remembered_by_a_session(small: Lesson, home: Path) -> None:
    session = Session(small, keep=progress.keeper("small"))
    session.goto("slope")
    for answer in ("1", "w(", "2", "45"):
        session.answer(answer)
    known = progress.load().lessons["small"]
    assert known.attempts == {"slope": 3}, "what cannot be read is no attempt"
    assert known.seconds >= 0
    again = Session(small, known, progress.keeper("small", since=known))
    again.goto("path")
    again.answer("1")
    assert progress.load().lessons["small"].attempts == {"slope": 3, "path": 1}


def test_a_handout_asks_and_its_solutions_answer(small: Lesson) -> None:
    asked, solved = page(small, solutions=False), page(small, solutions=True)
    for text in (asked, solved):
        assert text.count('<section class="question') == 7
        assert "<svg" in text and "http" not in re.sub(r'xmlns(:\w+)?="[^"]*"', "", text)
        assert "dz/dw" in text, "formulas as text"
    assert "The answer" not in asked and "20 + 25." not in asked
    assert "45.0" not in asked, "what follows a question tells its answer"
    assert solved.count("The answer") == 6 and "45.0" in solved
    assert "Name: ___" in asked and "Name: ___" not in solved


@pytest.mark.slow
@pytest.mark.parametrize("path", library.paths(), ids=lambda path: path.stem)
def test_every_lesson_as_slides(path: Path, tmp_path: Path) -> None:
    text = document(documents.read(path), tmp_path)
    for name in ("frame", "itemize", "enumerate", "tikzpicture", "tabular", "document"):
        assert text.count(f"\\begin{{{name}}}") == text.count(f"\\end{{{name}}}"), name
    opened = re.sub(r"\\[\\{}]", "", text)
    assert opened.count("{") == opened.count("}")
    assert "\N{OBJECT REPLACEMENT CHARACTER}" not in text
    body = text.partition(r"\begin{document}")[2]
    strange = set(re.findall(r"[^\x00-\x7f]", re.sub(r"(?m)^%.*$|\$[^$]*\$", "", body)))
    assert not strange, "every letter is one that LaTeX knows"


def test_slides_are_set_by_latex(text: str, tmp_path: Path) -> None:
    film = "```python show id=reel\nimport viz\n\nviz.film(z)\n```\n\n![The way back.](pictures/small-reel.svg)\n\n"
    code = "{'a': [1,\n      2]}  # \\, $, %, __init__ and -- too; αβ  ∂L/∂w\n" + "x = 1 + 1" * 20
    head, middle, tail = text.partition("## The end")
    (tmp_path / "small.md").write_text(f"{head}{film}{middle}\n\n```python\n{code}\n```\n{tail}", encoding="utf-8")
    pages = compiled(document(documents.read(tmp_path / "small.md"), tmp_path), tmp_path).pages
    read = [each.extract_text() for each in pages]
    assert "def slope" in "".join(read) and "return" in "".join(read)
    assert not [each for each in read if re.match(r"(?s).* I{1,3}$", each.splitlines()[0])], (
        "a slide alone has no number"
    )


@pytest.mark.slow
def test_a_lesson_with_films_is_set_by_latex(tmp_path: Path) -> None:
    assert len(compiled(document(library.load("gates"), tmp_path), tmp_path).pages) > 50
    assert typeset(tmp_path / "z.tex").read_bytes().startswith(b"%PDF")


def test_what_latex_says_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = "This is pdfTeX\n! Undefined control sequence.\n<recently read> \\itsend\nl.523 \\itsend\n! Emergency stop."
    assert complaint(said) == "line 523: Undefined control sequence."
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LessonError, match="no pdflatex on this machine"):
        typeset(tmp_path / "z.tex")


def test_the_shell_exports(
    shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("shutil.which", lambda program: None)
    for form, files in {
        "notebook": ["small.ipynb"],
        "slides": ["small-slides.tex"],
        "handout": ["small-handout.html", "small-solutions.html"],
    }.items():
        said = printed(capsys, "export", "small", "--to", form, "--into", tmp_path / form)
        assert ("There is no pdflatex on this machine" in said) == (form == "slides")
        assert set(files) <= {path.name for path in (tmp_path / form).iterdir()}
    assert main(["export", "small", "--to", "papyrus"]) == 2
    assert "known: notebook" in capsys.readouterr().err
