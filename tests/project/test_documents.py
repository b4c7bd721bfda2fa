"""What the documents quote stands in the code, what they execute prints what they say, what they link to is there."""

import importlib.util
import os
import re
import subprocess
import sys

import pytest

from lessons.format import library
from tests.project import documents
from tests.project.checkout import ROOT
from tests.project.documents import DOCUMENTS, Excerpt

RUN = [document for document in DOCUMENTS if document != "docs/GROWING.md"]
PEERS = [
    pytest.mark.skipif(importlib.util.find_spec(name) is None, reason=f"{name} is absent: pip install -e '.[peers]'")
    for name in ("torch", "jax")
]
QUOTED = [(document, excerpt) for document in DOCUMENTS for excerpt in documents.excerpts(document)]


@pytest.mark.parametrize(("document", "excerpt"), QUOTED, ids=lambda part: str(getattr(part, "file", part)))
def test_an_excerpt_equals_the_code(document: str, excerpt: Excerpt) -> None:
    assert documents.stands(excerpt), f"{document} quotes what {excerpt.file} does not say: {excerpt.lines}"


def test_other_lines_would_be_found() -> None:
    file, lines = QUOTED[0][1]
    assert not documents.stands(Excerpt(file, (*lines, "x = y")))


@pytest.mark.parametrize("document", [*RUN, pytest.param("docs/GROWING.md", marks=[pytest.mark.slow, *PEERS])])
def test_examples_print_what_the_page_says(document: str) -> None:
    environment = {name: setting for name, setting in os.environ.items() if name != "AUTOGRAD_TINY"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.project.documents", document],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=400,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("", "")


def test_commands_print_what_the_page_says() -> None:
    for block in documents.blocks("docs/READING.md", "console"):
        command, _, printed = block.removeprefix("$ ").partition("\n")
        ours = command.replace("python ", f'"{sys.executable}" ')
        done = subprocess.run(ours, shell=True, cwd=ROOT, capture_output=True, text=True, timeout=60)
        assert (done.stdout, done.stderr) == (printed, "")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document: str) -> None:
    assert [path for path in documents.targets(document) if not path.exists()] == []


def test_a_course_teaches_first_what_a_lesson_needs() -> None:
    course = re.findall(r"^\| \d\. .*\|$", documents.text("docs/TEACHING.md"), flags=re.MULTILINE)
    names = [name for lecture in course for name in re.findall(r"/([\w-]+)\.md\)", lecture)]
    assert len(course) == 4 and len(names) == len(set(names))
    for place, name in enumerate(names):
        assert set(library.load(name).needs) <= set(names[:place]), name


@pytest.mark.parametrize(("file", "name"), documents.walked("docs/ARCHITECTURE.md"))
def test_a_walk_passes_what_is_there(file: str, name: str) -> None:
    assert re.search(rf"^(def|class) {name}\b", (ROOT / file).read_text("utf-8"), flags=re.MULTILINE)
