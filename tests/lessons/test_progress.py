"""Progress: remembered, atomic, and never lost to a broken file or a read-only folder."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lessons import progress
from lessons.parts import Snapshot

NAMES = st.text(min_size=1, max_size=8)
SNAPSHOTS = st.builds(
    Snapshot,
    st.integers(0, 99),
    st.integers(0, 20),
    st.dictionaries(NAMES, st.sampled_from(["right", "solved"])),
    st.booleans(),
)


def test_nothing_is_known_at_first(home: Path) -> None:
    assert progress.load() == progress.Progress()
    assert not home.exists(), "reading alone writes nothing"


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(NAMES, SNAPSHOTS, min_size=1, max_size=4))
def test_what_is_remembered_is_known_again(home: Path, known: dict[str, Snapshot]) -> None:
    (home / "progress.json").unlink(missing_ok=True)
    for name, snapshot in known.items():
        assert progress.remember(name, snapshot) == ""
    assert progress.load() == progress.Progress(known, last=list(known)[-1])
    assert [path.name for path in home.iterdir()] == ["progress.json"], "no drafts are left behind"


BROKEN = [
    "",
    "{",
    "[]",
    "null",
    '"text"',
    '{"lessons": 3}',
    '{"lessons": {"a": {}}}',
    '{"lessons": {"a": {"at": "x"}}}',
    "\x00",
    "[" * 9999,
]


@pytest.mark.parametrize("content", BROKEN, ids=lambda content: content[:20])
def test_a_broken_file_is_moved_aside_and_told(home: Path, content: str) -> None:
    home.mkdir()
    (home / "progress.json").write_text(content, encoding="utf-8")
    assert "progress.broken-1.json" in progress.load().notice
    assert (home / "progress.broken-1.json").read_text(encoding="utf-8") == content
    assert progress.load() == progress.Progress()


def test_bytes_that_are_no_text_and_earlier_broken_files_are_kept(home: Path) -> None:
    home.mkdir()
    (home / "progress.broken-1.json").write_text("earlier")
    (home / "progress.json").write_bytes(b"\xff\xfe\x00")
    assert "progress.broken-2.json" in progress.load().notice
    assert (home / "progress.broken-1.json").read_text() == "earlier"


def test_remembering_over_a_broken_file_keeps_it_too(home: Path) -> None:
    home.mkdir()
    (home / "progress.json").write_text("{")
    assert progress.remember("a", Snapshot(at=1)) == ""
    assert (home / "progress.broken-1.json").read_text() == "{"
    assert progress.load().lessons == {"a": Snapshot(at=1)}


def test_a_folder_that_cannot_be_written_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "a file, where a folder is wanted"
    blocked.write_text("")
    monkeypatch.setenv("AUTOGRAD_TINY_HOME", str(blocked / "home"))
    told: list[str] = []
    keep = progress.keeper("a", told.append)
    for at in range(3):
        keep(Snapshot(at=at))
    assert len(told) == 1
    assert "cannot be saved" in told[0]
    assert progress.load().lessons == {}


@pytest.mark.skipif(
    os.geteuid() == 0 if hasattr(os, "geteuid") else True, reason="root may write into read-only folders"
)
def test_a_read_only_folder_is_told(home: Path) -> None:
    home.mkdir(mode=0o500)
    assert "cannot be saved" in progress.remember("a", Snapshot())


def test_the_file_is_plain_json(home: Path) -> None:
    progress.remember("gates", Snapshot(3, 2, {"q": "right"}))
    table = json.loads((home / "progress.json").read_text(encoding="utf-8"))
    assert table["lessons"]["gates"] == {"at": 3, "step": 2, "done": {"q": "right"}, "finished": False}


def test_each_system_has_its_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("AUTOGRAD_TINY_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")
    assert progress.folder() == tmp_path / "autograd-tiny"
    monkeypatch.setattr("sys.platform", "darwin")
    assert progress.folder().parts[-3:] == ("Library", "Application Support", "autograd-tiny")
