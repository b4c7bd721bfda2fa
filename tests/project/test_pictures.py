"""The gallery is what its programs make today; what they are run with, and what is shown of them, is one text."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from docs.exhibition.exhibits import read
from docs.exhibition.works import Picture
from lessons.check.writing import same
from lessons.pages.markdown import coloured
from tests.project.checkout import ROOT

GALLERY = ROOT / "docs" / "gallery"
TOLD = read((ROOT / "docs" / "exhibition" / "exhibits.md").read_text("utf-8"))


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gallery")
    command = [sys.executable, "-m", "docs.exhibition", "--into", folder]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return folder


def unnamed(text: str) -> str:
    """Without the ids of pictures, which are fingerprints of their every digit."""
    return re.sub(r"\bp[0-9a-f]{10}\b", "p", text)


@pytest.mark.slow  # and not for `make lowest`: another matplotlib draws the same curves with other bytes
def test_the_gallery_is_up_to_date(fresh: Path) -> None:
    """Numbers may differ in their last digits, because another machine's NumPy adds in another order."""
    names = {path.name for path in fresh.iterdir()}
    assert names == {path.name for path in GALLERY.iterdir()}, "run `make pictures` and look at what changed"
    texts = {name: [unnamed((folder / name).read_text("utf-8")) for folder in (fresh, GALLERY)] for name in names}
    changed = [name for name, (now, kept) in sorted(texts.items()) if now != kept and not same(now, kept)]
    assert not changed, "run `make pictures` and look at what changed"


@pytest.mark.slow
def test_the_gallery_stays_small(fresh: Path) -> None:
    assert sum(path.stat().st_size for path in fresh.iterdir()) < 4e6  # a repository is cloned by many


@pytest.mark.slow
def test_every_program_stands_on_both_pages_as_it_was_run(fresh: Path) -> None:
    markdown, html = ((fresh / name).read_text("utf-8") for name in ("README.md", "index.html"))
    for group in TOLD.groups:
        for exhibit in group.exhibits:
            assert f"```python\n{exhibit.program}```" in markdown
            assert f"<code>{coloured(exhibit.program.rstrip())}</code>" in html
            assert f'<h3 id="{exhibit.id}">' in html and f'href="#{exhibit.id}"' in html


@pytest.mark.slow
def test_every_picture_is_shown_told_and_found(fresh: Path) -> None:
    markdown, html = ((fresh / name).read_text("utf-8") for name in ("README.md", "index.html"))
    pictures = {path.name for path in fresh.glob("*.svg")}
    in_html = dict(re.findall(r'<img src="([^"]+)"[^>]* alt="([^"]*)">', html))
    in_markdown = {file: alt for alt, file in re.findall(r"^!\[(.*)\]\((.*)\)$", markdown, flags=re.MULTILINE)}
    assert in_html.keys() == in_markdown.keys() == pictures
    assert all(len(alt) > 30 for alt in (*in_html.values(), *in_markdown.values()))


@pytest.mark.slow
def test_what_the_pages_point_to_is_there(fresh: Path) -> None:
    html = (fresh / "index.html").read_text("utf-8")
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    for target in re.findall(r'(?:href|src)="([^"]+)"', html):
        assert target[1:] in ids if target.startswith("#") else (fresh / target).is_file()


@pytest.mark.parametrize("text", ["### A\n\nWords.\n\n```python\n1\n```\n", "### A\n\nSource: S\n\nWords.\n"])
def test_an_exhibit_without_source_or_program_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="exhibit 'A': give one line `Source"):
        read(f"# T\n\nBefore.\n\n```python\n0\n```\n\nAfter.\n\n## G\n\n{text}")


def test_an_alternative_text_ends_with_a_sentence() -> None:
    long = Picture("z.svg", 1, 1, "Circuit of z", ". ".join(f"Gate {k} gives {k}" for k in range(99)) + ".")
    assert long.alt.startswith("Circuit of z. Gate 0 gives 0.") and long.alt.endswith(". …") and len(long.alt) < 400
    assert Picture("z.svg", 1, 1, "Circuit of z", "Circuit of z: 1 gate.").alt == "Circuit of z: 1 gate."


def test_colours_change_no_sign_of_a_program() -> None:
    program = 'for x in [f"a{1}", 2.5]:  # "no" <b>\n    pass'
    bare = re.sub(r"</?span[^>]*>", "", coloured(program))
    assert bare == program.replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")
    assert '<span class="comment"># &quot;no&quot; &lt;b&gt;</span>' in coloured(program)
