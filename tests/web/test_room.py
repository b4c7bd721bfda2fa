"""What the room keeps of what is printed, and how a training is told."""

import json
import subprocess
import sys
import threading

import hypothesis.strategies as st
import pytest
from hypothesis import given

from lessons.web import room as keeping
from lessons.web.classroom import binds
from lessons.web.completion import completed
from lessons.web.room import Room, printed
from lessons.web.runner import Runner
from lessons.web.streams import POINTS, Watching

PIECES = st.lists(st.text("ab\n", max_size=3_000), max_size=12)


def everything(room: Room) -> dict[str, object]:
    told = room.after(0, 0.0)
    assert told is not None
    news: dict[str, object] = json.loads(told)
    return news


@given(PIECES)
def test_the_beginning_and_the_end_of_what_is_printed_are_kept(pieces: list[str]) -> None:
    told: dict[str, object] = {"text": ""}
    for piece in pieces:
        told = printed(told, piece)
    whole = "".join(pieces)
    head, end, left = str(told.get("head", "")), str(told["text"]), told.get("left", 0)
    assert whole.startswith(head) and whole.endswith(end)
    assert len(head) + left + len(end) == len(whole)  # type: ignore[operator]
    assert len(head) + len(end) <= keeping.HEAD + keeping.TAIL


@pytest.mark.parametrize(
    ("pieces", "shown"),
    [
        (["10%", "\r20%", "\r100%\n"], "100%\n"),
        (["a\r\nb"], "a\nb"),
        (["\x1b[31mred\x1b[0m"], "red"),
        (["kept\n", "1\r2"], "kept\n2"),
    ],
)
def test_what_a_terminal_would_write_over_is_written_over(pieces: list[str], shown: str) -> None:
    told: dict[str, object] = {"text": ""}
    for piece in pieces:
        told = printed(told, piece)
    assert told == {"text": shown}


def test_endless_printing_keeps_little_where_nobody_looks() -> None:
    room = Room()
    for _ in range(50_000):
        room.write("x\n")
    assert len(room._printed) <= keeping.WAITING
    (entry,) = everything(room)["log"]  # type: ignore[misc]
    assert entry["left"] + len(entry["head"]) + len(entry["text"]) == 100_000


def test_each_tab_is_told_what_is_new_to_it() -> None:
    room = Room()
    room.put("scene", {"at": 1})
    room.add("typed", text="1 + 1")
    room.write("2\n")
    first = everything(room)
    assert [entry["kind"] for entry in first["log"]] == ["typed", "output"]  # type: ignore[attr-defined]
    turn = int(str(first["turn"]))
    assert room.after(turn, 0.0) is None
    room.write("3\n")
    later = json.loads(room.after(turn, 0.0) or "")
    assert [entry["text"] for entry in later["log"]] == ["2\n3\n"]
    assert "scene" not in later


def test_who_waits_is_told_at_once_and_of_the_end() -> None:
    room = Room()
    heard: list[str | None] = []
    waiting = threading.Thread(target=lambda: heard.append(room.after(0, 30.0)))
    waiting.start()
    room.write("now")
    waiting.join(30.0)
    assert heard and "now" in (heard[0] or "")
    room.end(0.0)
    assert json.loads(room.after(10**9, 0.0) or "")["ended"]


def test_the_log_forgets_its_beginning() -> None:
    room = Room()
    for number in range(keeping.MOST + 5):
        room.add("typed", text=str(number))
    told = everything(room)
    assert told["first"] == 6
    assert len(told["log"]) == keeping.MOST  # type: ignore[arg-type]


@given(st.integers(1, 5_000))
def test_a_long_training_is_told_in_few_points(steps: int) -> None:
    room = Room()
    watch = Watching(room, Runner(), room.add("training"))
    for step in range(steps):
        watch({"loss": float(step), "sample": "hello", "bad": float("nan")})
    watch(None)
    (entry,) = everything(room)["log"]  # type: ignore[misc]
    loss = entry["curves"]["loss"]
    assert len(loss) <= POINTS + 1
    assert loss == sorted(loss) and loss[0] == 0.0 and loss[-1] > 0.4 * (steps - 1) - 1
    assert set(entry["curves"]["bad"]) == {None}
    assert entry["text"].startswith(f"step {steps}: loss")


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("val", ["value"]),
        ("x = value.re", ["real"]),
        ("value.real.im", ["imag"]),
        ("12", []),
        ("", []),
        (":ne", [":next"]),
        ("broken.", []),
        ("nothing.at.all", []),
    ],
)
def test_proposals(text: str, options: list[str]) -> None:
    class Broken:
        def __dir__(self) -> list[str]:
            raise RuntimeError

    assert completed(text, len(text), {"value": 3.0, "broken": Broken()})["options"] == options


@pytest.mark.parametrize(
    ("code", "bound"),
    [
        ("def slope(w):\n    return w", True),
        ("import math\nslope = math.sin", True),
        ("class slope: pass", True),
        ("async def slope(): pass", True),
        ("slope(2)", False),
        ("slope == 2", False),
        ("def other():\n    slope = 2", False),
        ("def slopes(): pass", False),
        ("x = slope", False),
    ],
)
def test_what_a_program_binds(code: str, bound: bool) -> None:
    assert binds(code, "slope") == bound


def test_the_server_listens_before_anything_heavy_is_brought() -> None:
    heavy = "{'numpy', 'autograd_tiny', 'markdown_it', 'viz.drawing', 'viz.look'}"
    program = f"import sys, lessons.web.start; print({heavy} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert ran.stdout == "set()\n"
