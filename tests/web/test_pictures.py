"""Whatever address of a picture is shown, its page is there when it is shown."""

import json
import re
import threading
from collections import deque
from typing import Any

import pytest

from lessons.format import library
from lessons.web.classroom import Classroom
from lessons.web.room import Room
from tests.web.classroom import shelf

ADDRESS = re.compile(r"picture/([\w-]+)")
ENLARGED = re.compile(r'<figure class="picture(?! film| played| waiting)[^>]*? id="([\w-]+)"')


class Offering(Room):
    """What a tab could ask for, at the moment when it is shown."""

    classroom: Classroom

    def __init__(self) -> None:
        super().__init__()
        self.offered: list[tuple[str, bool]] = []

    def put(self, name: str, value: Any) -> None:
        super().put(name, value)
        if isinstance(value, dict) and value.get("view") == "map":
            self.offer("map")
        self.read(value)

    def add(self, kind: str, **told: Any) -> int:
        number = super().add(kind, **told)
        self.read(told)
        return number

    def read(self, told: Any) -> None:
        text = json.dumps(told).replace('\\"', '"')
        for name in ADDRESS.findall(text) + ENLARGED.findall(text):
            self.offer(name)

    def offer(self, name: str) -> None:
        self.offered.append((name, self.classroom.page(name) is not None))


@pytest.fixture
def room(tmp_path, monkeypatch) -> Offering:
    monkeypatch.setenv("AUTOGRAD_TINY_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(library, "TEXTS", shelf(tmp_path / "texts"))
    room = Offering()
    room.classroom = Classroom(room)
    return room


def done(room: Offering, *requests: dict[str, Any]) -> None:
    """Have this asked for, one after the other, as the server's threads do; until all is done, and drawn."""
    classroom, turn = room.classroom, threading.Event()

    def ask() -> None:
        for request in requests:
            scene = room.part("scene") or {}
            classroom.asked({"at": [scene.get("lesson"), scene.get("at")], **request})
            classroom.runner.ask(turn.set)
            turn.wait()
            turn.clear()
        classroom.runner.leave()

    thread = threading.Thread(target=ask)
    thread.start()
    classroom.runner.run()
    thread.join()


def test_what_is_shown_is_there(room: Offering) -> None:
    typed = [{"do": "type", "text": text} for text in ("z", "viz.film(z)", "viz.chart([3.0, 2.0])")]
    circuit = {"do": "goto", "place": "circuit"}
    done(room, {"do": "map"}, {"do": "open", "lesson": "small"}, circuit, *typed, {"do": "map"})
    done(room, {"do": "open", "lesson": "other"}, circuit, *typed)
    done(room, {"do": "open", "lesson": "small"}, circuit)
    names = [name for name, _ in room.offered]
    assert names.count("map") == 2 and "yours-2" in names and {"small-circuit", "other-circuit"} <= {*names}, names
    assert [name for name, there in room.offered if not there] == []


def test_ones_own_pictures_stay_as_long_as_the_log_shows_them(room: Offering, monkeypatch) -> None:
    monkeypatch.setattr("lessons.web.sheets.MOST", most := 12)
    room._log = deque(maxlen=most)
    done(room, {"do": "open", "lesson": "small"}, {"do": "goto", "place": "circuit"})
    lessons = {name for name, _ in room.offered}
    done(room, *[{"do": "type", "text": "viz.chart([3.0, 2.0])"}] * most)
    log = json.loads(room.after(0, 0.0) or "")["log"]
    shown = {name for entry in log for name in ENLARGED.findall(str(entry.get("html", "")))}
    assert lessons and len(shown) > 2
    assert [name for name in lessons | shown if room.classroom.page(name) is None] == []
