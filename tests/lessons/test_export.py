"""Exported notebooks run: in a kernel, as learners have it, every lesson from the first cell to the last."""

from pathlib import Path
from typing import Any

import pytest

from lessons.check.writing import same
from lessons.faces.notebook import export, notebook
from lessons.format import document, library
from lessons.format.lesson import Exercise, Lesson, Predict, Run, Show
from lessons.session import progress
from lessons.session.commands import SESSION

nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed (extra: test)")
nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed (extra: test)")


def executed(lesson: Lesson, folder: Path) -> dict[str, Any]:
    """The cells of the lesson's notebook by their ids, as they stand after all of them have run."""
    book = nbformat.read(export(lesson, folder), as_version=4)
    nbformat.validate(book)
    nbclient.NotebookClient(book, timeout=120, resources={"metadata": {"path": str(folder)}}).execute()
    return {cell["id"]: cell for cell in book.cells}


def printed(cell: Any) -> str:
    """What a cell prints, and the repr of its last value."""
    texts = (output.get("text") or output.get("data", {}).get("text/plain", "") for output in cell["outputs"])
    return "\n".join(text.rstrip("\n") for text in texts)


@pytest.mark.slow
@pytest.mark.parametrize("path", library.paths(), ids=lambda path: path.stem)
def test_every_exported_notebook_runs(path: Path, tmp_path: Path) -> None:
    lesson = document.read(path)
    cells = executed(lesson, tmp_path)
    for part in lesson.parts:
        if isinstance(part, Run):
            # IPython breaks a long value into lines; `same` does not mind.
            assert same(printed(cells[part.id]), part.output), part.id
        elif isinstance(part, Show):
            assert any(form in str(cells[part.id]["outputs"]) for form in ("data:image/svg", "<iframe")), part.id
        elif isinstance(part, Predict):
            assert "nothing to read yet" in printed(cells[part.id]), part.id
        elif isinstance(part, Exercise):
            assert printed(cells[part.id]).startswith("✗ "), part.id
    assert progress.load().last == lesson.id


def test_a_notebook_goes_on_with_the_progress_of_its_lesson(shelf: Path, small: Lesson) -> None:
    progress.remember("small", progress.Snapshot(3, 2, {"slope": "right"}))
    names: dict[str, Any] = {}
    for cell in notebook(small)["cells"][:1]:
        exec("".join(cell["source"]), names)
    names[SESSION].goto("path")
    names[SESSION].answer(20)
    assert progress.load().lessons["small"].done == {"slope": "right", "path": "right"}


def test_pictures_compute_nothing_in_the_notebook(small: Lesson) -> None:
    text = small.text.replace("id=circuit\nz\n", "id=circuit\nz.backward()\nw = 3\nz\n")
    cells = {cell["id"]: "".join(cell["source"]) for cell in notebook(document.parse(text, "small"))["cells"]}
    assert cells["circuit"] == f'{SESSION}.pic("circuit")'


@pytest.mark.slow
def test_in_a_notebook_the_first_screen_is_shown_and_the_names_are_there(tmp_path: Path, home: Path) -> None:
    cells = [
        "import lessons\nlesson = lessons.start('gates')",
        "lesson.next()",
        "x.data",
        "lesson.goto('circuit')",
        "q",
    ]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbclient.NotebookClient(book, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    first, _, number, page, value = (str(cell["outputs"]) for cell in book.cells)
    assert "Which one moves the result the most" in first and "<h3>" in first
    assert "2.0" in number
    assert "data:image/svg" in page
    assert "-3.0" in value or "<svg" in value or "svg" in value
