from pathlib import Path

import pytest

from lessons.faces import python
from lessons.format import document, library
from lessons.format.lesson import Lesson
from lessons.session.session import Session

SMALL = Path(__file__).with_name("small.md")

python.install()  # as `lessons.start` does


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A learner's folder of its own for every test."""
    folder = tmp_path / "home"
    monkeypatch.setenv("AUTOGRAD_TINY_HOME", str(folder))
    return folder


@pytest.fixture
def text() -> str:
    return SMALL.read_text(encoding="utf-8")


@pytest.fixture
def small() -> Lesson:
    return document.read(SMALL)


@pytest.fixture
def session(small: Lesson) -> Session:
    return Session(small)


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A library that holds the small lesson and a second one."""
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "small.md").write_bytes(SMALL.read_bytes())
    other = (
        SMALL.read_text(encoding="utf-8").replace("A small lesson", "Another lesson").replace("order = 1", "order = 2")
    )
    (folder / "other.md").write_text(other, encoding="utf-8")
    monkeypatch.setattr(library, "TEXTS", folder)
    return folder
