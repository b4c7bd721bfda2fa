"""Progress: remembered, atomic, and never lost to a broken file, another session, or a folder that is closed."""

import codecs
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lessons.format.lesson import Lesson, Snapshot
from lessons.session import progress, turns
from lessons.session.session import Session

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
    "{}",
    '{"lessons": []}',
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


SOUND = {"at": 3, "step": 2, "done": {"q": "right"}, "finished": False}
BROKEN_ENTRIES = [
    None,
    [],
    "text",
    {},
    SOUND | {"at": "x"},
    SOUND | {"at": [1]},
    SOUND | {"step": None},
    SOUND | {"at": float("inf")},
    SOUND | {"at": float("nan")},
    SOUND | {"done": ["q"]},
    {key: value for key, value in SOUND.items() if key != "finished"},
]


def written(home: Path, table: object, mark: bytes = b"") -> bytes:
    """The file with this table in it."""
    home.mkdir(exist_ok=True)
    content = mark + json.dumps(table).replace("Infinity", "1e999").encode()
    (home / "progress.json").write_bytes(content)
    return content


@pytest.mark.parametrize("entry", BROKEN_ENTRIES, ids=repr)
def test_a_broken_entry_sets_no_other_back_and_is_kept(home: Path, entry: object) -> None:
    content = written(home, {"form": 1, "last": "gates", "lessons": {"bad": entry, "gates": SOUND}})
    known = progress.load()
    assert known.lessons == {"gates": Snapshot(3, 2, {"q": "right"})}
    assert "'bad' cannot be read" in known.notice
    assert (home / "progress.json").read_bytes() == content, "reading alone changes nothing"
    assert progress.remember("vectors", Snapshot(1)) == ""
    kept = json.loads((home / "progress.json").read_text())["lessons"]
    assert json.dumps(kept["bad"]) == json.dumps(entry)
    assert kept["gates"] == SOUND
    assert progress.remember("bad", Snapshot(2)) == ""
    assert set(progress.load().lessons) == {"bad", "gates", "vectors"}
    assert json.dumps(json.loads((home / "progress.broken-1.json").read_text())["lessons"]["bad"]) == json.dumps(entry)


def test_endless_numbers_and_strange_marks_are_no_tracebacks(home: Path) -> None:
    home.mkdir()
    endless = "9" * 5000
    (home / "progress.json").write_text(
        f'{{"lessons": {{"a": {{"at": {endless}, "step": 1, "done": {{}}, "finished": true}}, '
        '"b": {"at": 2, "step": 1, "done": {"q": "?", "r": [], "s": "solved"}, "finished": "no"}}}'
    )
    assert progress.load().lessons == {"b": Snapshot(2, 1, {"s": "solved"}, False)}


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
def test_a_byte_order_mark_is_no_obstacle(home: Path, mark: bytes) -> None:
    written(home, {"form": 1, "lessons": {"gates": SOUND}}, mark)
    assert progress.load() == progress.Progress({"gates": Snapshot(3, 2, {"q": "right"})})


def test_half_a_character_can_be_written(home: Path) -> None:
    assert progress.remember("\ud800", Snapshot(1)) == ""
    assert progress.load().lessons == {"\ud800": Snapshot(1)}


@pytest.mark.parametrize("form", [2, 1.5, "1", None, [1]], ids=repr)
def test_a_form_that_is_not_ours_is_left_alone(home: Path, form: object) -> None:
    content = written(home, {"form": form, "last": "gates", "lessons": {"gates": SOUND}})
    assert "left as it is" in progress.load().notice
    assert "nothing is saved" in progress.remember("gates", Snapshot(9))
    assert {path.name: path.read_bytes() for path in home.iterdir()} == {"progress.json": content}


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), OSError(5, "Input/output error")])
def test_what_cannot_be_read_is_not_taken_for_empty(
    home: Path, error: OSError, monkeypatch: pytest.MonkeyPatch
) -> None:
    progress.remember("gates", Snapshot(3))
    content = (home / "progress.json").read_bytes()

    def fails(path: Path) -> bytes:
        raise error

    with monkeypatch.context() as reading:
        reading.setattr(Path, "read_bytes", fails)
        assert str(error.strerror) in progress.load().notice
        assert str(error.strerror) in progress.remember("gates", Snapshot(9))
    assert (home / "progress.json").read_bytes() == content


def test_a_folder_in_the_file_s_place_is_no_empty_file(home: Path) -> None:
    (home / "progress.json" / "precious").mkdir(parents=True)
    assert "cannot be read" in progress.load().notice
    assert "cannot be read" in progress.remember("gates", Snapshot())
    assert (home / "progress.json" / "precious").is_dir()


ANSWERS = """
import sys
from lessons.session import progress
from lessons.format.lesson import Snapshot
me, count = sys.argv[1], int(sys.argv[2])
keep = progress.keeper("shared")
done = {}
for n in range(count):
    done[f"{me}-{n}"] = "right"
    keep(Snapshot(n, n, dict(done)))
    assert progress.remember(f"lesson-{me}", Snapshot(n)) == ""
assert keep.saved
"""


def test_ten_processes_that_write_at_once_lose_nothing(home: Path) -> None:
    count = 6
    running = [subprocess.Popen([sys.executable, "-c", ANSWERS, str(me), str(count)]) for me in range(10)]
    assert [process.wait(60) for process in running] == [0] * 10
    known = progress.load()
    assert set(known.lessons) == {"shared", *(f"lesson-{me}" for me in range(10))}
    assert known.lessons["shared"].done == {f"{me}-{n}": "right" for me in range(10) for n in range(count)}
    assert [path.name for path in home.iterdir()] == ["progress.json"]


MERGED = [
    # what the file says, what the session began with, what it says now, and what the file says then
    ({"a": "right"}, {}, {"b": "right"}, {"a": "right", "b": "right"}),
    ({"a": "right"}, {"a": "right"}, {}, {}),  # asked again
    ({"a": "right"}, {}, {"a": "skipped"}, {"a": "right"}),
    ({"a": "skipped"}, {}, {"a": "solved"}, {"a": "solved"}),
    ({"a": "right", "b": "right"}, {"a": "right"}, {"a": "right"}, {"a": "right", "b": "right"}),
    ({}, {"a": "right"}, {"a": "right", "b": "right"}, {"b": "right"}),  # another session has begun anew
]


@pytest.mark.parametrize(("file", "since", "now", "then"), MERGED)
def test_a_session_writes_what_has_changed_in_it(
    home: Path, file: dict[str, str], since: dict[str, str], now: dict[str, str], then: dict[str, str]
) -> None:
    progress.remember("a", Snapshot(done=file))
    assert progress.remember("a", Snapshot(5, 2, now), Snapshot(done=since)) == ""
    assert progress.load().lessons["a"] == Snapshot(5, 2, then)


def test_an_end_reached_in_one_session_is_not_undone_by_another(home: Path) -> None:
    one, other = progress.keeper("a"), progress.keeper("a")
    one(Snapshot(9, finished=True))
    other(Snapshot(1))
    assert progress.load().lessons["a"] == Snapshot(1, finished=True)
    progress.keeper("a", since=Snapshot(1, finished=True))(Snapshot(0))  # begins anew
    assert progress.load().lessons["a"] == Snapshot(0)


def test_a_turn_that_never_ends_is_told_and_nothing_is_overwritten(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PATIENCE", 0.05)
    progress.remember("a", Snapshot(1))
    keep = progress.keeper("a", since=Snapshot(1))
    with turns.turn(home):
        keep(Snapshot(2, done={"q": "right"}))
        assert not keep.saved
        assert progress.load().lessons == {"a": Snapshot(1)}
    keep(Snapshot(3, done={"q": "right"}))
    assert keep.saved
    assert progress.load().lessons == {"a": Snapshot(3, done={"q": "right"})}


def test_where_the_system_has_no_locks_the_lesson_goes_on(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unsupported(place: int) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(turns, "_lock", unsupported)
    assert progress.remember("a", Snapshot(1)) == ""


def test_without_a_home_there_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("AUTOGRAD_TINY_HOME")
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setattr(Path, "home", nowhere)
    assert "AUTOGRAD_TINY_HOME" in progress.load().notice
    assert "AUTOGRAD_TINY_HOME" in progress.remember("a", Snapshot())


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


def test_what_is_being_written_is_there_the_next_day(small: Lesson) -> None:
    keep = progress.keeper("small", print, None)
    session = Session(small, None, keep)
    assert session.drafting("code", "def slope(w):\n    return 0")
    assert not session.drafting("code", "def slope(w):\n    return 0")  # no news
    assert not session.drafting("slope", "45") and not session.drafting("nowhere", "")  # no exercises
    again = Session(small, progress.load().lessons["small"])
    again.goto("code")
    assert again.draft == "def slope(w):\n    return 0"
    again.reset(everything=True)
    again.goto("code")
    assert "w**2" in again.draft


def test_drafts_of_two_sessions_are_merged() -> None:
    since = Snapshot(drafts={"a": "1", "b": "1"})
    progress.remember("small", since)
    progress.remember("small", replace(since, drafts={"a": "2", "b": "1"}), since)
    progress.remember("small", replace(since, drafts={"a": "1", "b": "1", "c": "3"}), since)
    assert progress.load().lessons["small"].drafts == {"a": "2", "b": "1", "c": "3"}
