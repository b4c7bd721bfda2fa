"""The site: each step a page, no link that leads nowhere, nothing from elsewhere, same input, same bytes."""

import json
import re
import sys
from pathlib import Path

import pytest

from lessons.__main__ import main
from lessons.format import library
from lessons.site import links, questions, reference
from lessons.site.build import MARK, build, content
from lessons.site.chrome import POLICY, to

LARGEST = 700_000  # bytes of a page


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A site of the small lesson and a second one."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("texts")
        small = Path(__file__).with_name("small.md").read_text("utf-8")
        (folder / "small.md").write_text(small, "utf-8")
        (folder / "other.md").write_text(
            small.replace("A small lesson", "Another lesson").replace("order = 1", "order = 2"), "utf-8"
        )
        patch.setattr(library, "TEXTS", folder)
        return content()


def text(site: dict[str, bytes], name: str) -> str:
    return site[name].decode()


def test_every_step_has_a_page_that_leads_on(site: dict[str, bytes]) -> None:
    for step in range(1, 11):
        page = text(site, f"lessons/small/{step}.html")
        assert f"step {step} of 10" in page
        following = f"{step + 1}.html" if step < 10 else "../other/index.html" if "lessons/other/1.html" in site else ""
        assert not following or f'rel="next" href="{following}"' in page or step == 10


def test_what_counts_as_answered_is_what_a_page_can_judge(site: dict[str, bytes]) -> None:
    for name, asked in re.findall(r'data-lesson="([\w-]+)"[^>]*data-counts="([^"]*)"', site["index.html"].decode()):
        pages = "".join(text.decode() for place, text in site.items() if place.startswith(f"lessons/{name}/"))
        assert asked.split() == re.findall(r'data-question="([\w-]+)" data-accept="(?!code)', pages) or not pages


def test_no_link_leads_nowhere(site: dict[str, bytes]) -> None:
    assert links.broken(site) == []


def test_a_link_that_leads_nowhere_would_be_found(site: dict[str, bytes]) -> None:
    page = text(site, "index.html")
    wrong = page.replace(
        "</main>", '<a href="nowhere.html">x</a><a href="map.html#no">y</a><img src="no.png" alt=""></main>'
    )
    found = links.broken({**site, "index.html": wrong.encode()})
    assert found == ["index.html → nowhere.html", "index.html → map.html#no", "index.html → no.png"]


def test_pages_fetch_nothing_and_run_only_the_sites_scripts(site: dict[str, bytes]) -> None:
    for name, data in site.items():
        if not name.endswith(".html") or b'<a class="home"' not in data:
            continue
        page = data.decode()
        assert POLICY in page
        assert not re.search(r'(?:src|action)="(?:https?:)?//', page), name
        scripts = re.findall(r"<script([^>]*)>", page)
        assert all(' src="' in each or 'type="application/json"' in each for each in scripts), name
        assert not re.search(r'<[^>]*\s(?:style|on\w+)="', page), name
        assert len(data) < LARGEST, name


def test_ids_are_unique(site: dict[str, bytes]) -> None:
    for name, data in site.items():
        if name.endswith(".html"):
            ids = re.findall(r'<[^>]*(?<![\w-])id="([^"]+)"', data.decode())
            assert len(ids) == len(set(ids)), name


def test_a_page_can_be_read_without_a_script(site: dict[str, bytes]) -> None:
    asking = [name for name in site if name.startswith("lessons/small/") and b"data-accept" in site[name]]
    assert len(asking) >= 4
    for name in asking:
        assert all(part in text(site, name) for part in ("<h1>", "Hints and the answer", 'class="question"'))


def test_answers_stand_in_no_search(site: dict[str, bytes]) -> None:
    page = text(site, "search.html")
    found = json.loads(re.findall(r'id="index">(.*?)</script>', page)[0])
    assert ["The number", "lessons/small/1.html", "A small lesson"] in found["pages"]


def test_the_same_input_gives_the_same_bytes(site: dict[str, bytes], shelf: Path) -> None:
    again = content(["small"])
    same = [
        name for name in again if name in site and name.startswith(("lessons/small/1", "assets", "reference", "guides"))
    ]
    assert len(same) > 20
    assert all(again[name] == site[name] for name in same if "lessons/small/10" not in name)


@pytest.mark.slow
def test_a_build_takes_away_what_an_earlier_one_has_left(shelf: Path, tmp_path: Path) -> None:
    target = tmp_path / "site"
    build(target)
    (shelf / "other.md").unlink()
    told = build(target)
    assert not list((target / "lessons" / "other").glob("*")) and str(told.pages) in str(told)
    assert (target / MARK).exists()


def test_a_folder_that_holds_something_else_is_left_alone(shelf: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="holds something else"):
        build(tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "mine"


def test_the_command_names_what_is_missing(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["build"]) == 2
    assert "build takes a folder" in capsys.readouterr().err
    assert main(["build", str(tmp_path / "x"), "gatess"]) == 2
    assert "did you mean gates" in capsys.readouterr().err


def test_addresses_between_pages() -> None:
    assert to("lessons/a/3.html", "lessons/b/2.html") == "../a/3.html"
    assert to("index.html#x", "guides/index.html") == "../index.html#x"
    assert to("map.html", "index.html") == "map.html"


def test_sentences_are_packed_without_loss() -> None:
    said = ["One.", "Two mistakes together. One. And: Three.", "Two mistakes together. One. And the sign is not right."]
    packed = questions.packed(said)
    words = {1: questions.TURNED, 2: questions.TWICE}
    for sentence, told in zip(said, packed["said"], strict=True):
        pieces = [packed["pieces"][k] for k in ([told] if isinstance(told, int) else told)]
        assert (pieces[0] if isinstance(told, int) else words[len(pieces)].format(*pieces)) == sentence
    assert packed["pieces"] == ["One.", "Three."]


def test_a_package_that_cannot_be_imported_has_a_page_that_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("autograd_tiny.testing")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "hypothesis", None)  # as if it were not installed
    _, page = reference.pages(("autograd_tiny.testing",))
    assert "Not installed where these pages were written" in page.body and "pip install" in page.body
