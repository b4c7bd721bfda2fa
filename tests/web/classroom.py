"""A classroom in a process of its own, and one who speaks to it as a tab does."""

import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

PATIENCE = 30.0  # seconds: a busy machine may be slow
SMALL = Path(__file__).parents[1] / "lessons" / "small.md"
START = """
import pathlib, sys
from lessons.__main__ import main
from lessons.format import library
library.TEXTS = pathlib.Path(sys.argv[1])
sys.exit(main(["web", "--no-browser", *sys.argv[2:]]))
"""


def shelf(folder: Path) -> Path:
    """A library that holds the small lesson, and a second one."""
    folder.mkdir(parents=True, exist_ok=True)
    text = SMALL.read_text("utf-8")
    (folder / "small.md").write_text(text, "utf-8")
    other = text.replace("A small lesson", "Another lesson").replace("order = 1", 'order = 2\nneeds = ["small"]')
    (folder / "other.md").write_text(other, "utf-8")
    return folder


class Classroom:
    """The process, its address, and what it has told so far."""

    def __init__(self, folder: Path, *arguments: str, **environment: str) -> None:
        told = os.environ | {"AUTOGRAD_TINY_HOME": str(folder / "home"), "PYTHONUNBUFFERED": "1"} | environment
        command = [sys.executable, "-c", START, str(shelf(folder / "texts")), *arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=told)
        assert self.process.stdout is not None
        self.said = self.process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)/([\w-]+)/", self.said)
        self.port, self.token = (int(found[1]), found[2]) if found else (0, "")
        self.address = found[0] if found else ""
        self.turn, self.scene, self.state, self.log = 0, dict[str, Any](), dict[str, Any](), dict[int, dict[str, Any]]()

    def restarted(self) -> "Classroom":
        """The same process, after Python has taken its own place: what it tells begins anew."""
        assert self.process.stdout is not None
        again = object.__new__(Classroom)
        again.__dict__ |= self.__dict__ | {"turn": 0, "scene": {}, "state": {}, "log": {}}
        again.said = next(line for line in self.process.stdout if "http://" in line)
        again.address = again.said[again.said.index("http://") :].strip()
        return again

    def request(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[Any, bytes]:
        """An answer to exactly these headers; a header of several values is written with | between them."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.putrequest(method, path.replace("TOKEN", self.token), skip_host=True, skip_accept_encoding=True)
        for name, value in ({"Host": f"127.0.0.1:{self.port}"} | headers).items():
            for each in value.split("|") if value else ():
                connection.putheader(name.replace("_", "-"), each.replace("PORT", str(self.port)))
        if body is not None and "Content_Length" not in headers:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        with contextlib.closing(connection), connection.getresponse() as answer:
            streams = (answer.headers["Content-Type"] or "").startswith("text/event-stream")
            return answer, answer.readline() if streams else answer.read()

    def post(self, body: bytes, **headers: str) -> tuple[Any, bytes]:
        own = {"Origin": "http://127.0.0.1:PORT", "Content-Type": "application/json"}
        return self.request("POST", "/TOKEN/do", body, **(own | headers))

    def ask(self, what: str, **more: Any) -> dict[str, Any]:
        """What a tab that has heard all the news is told."""
        at = [self.scene["lesson"], self.scene["at"]] if self.scene.get("view") == "lesson" else None
        answer, body = self.post(json.dumps({"do": what, "at": at, **more}).encode())
        assert answer.status == 200, body
        told: dict[str, Any] = json.loads(body)
        return told

    def told(self, since: int = 0) -> Iterator[dict[str, Any]]:
        """What a tab is told that knows this turn."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.request("GET", f"/{self.token}/events?since={since}")
        end = time.monotonic() + PATIENCE
        with contextlib.closing(connection), connection.getresponse() as answer:
            for line in answer:
                assert time.monotonic() < end, (self.scene, self.log)  # a sign of life comes now and then
                if line.startswith(b"data: "):
                    yield json.loads(line.removeprefix(b"data: "))

    def everything(self) -> dict[str, Any]:
        """What a tab is told that is opened now."""
        with contextlib.closing(self.told()) as news:  # type: ignore[type-var]
            return next(news)

    def news(self) -> Iterator[dict[str, Any]]:
        """All that is told from now on, beginning with everything that is new."""
        with contextlib.closing(self.told(self.turn)) as news:  # type: ignore[type-var]
            for told in news:
                self.turn = told["turn"]
                self.scene = told.get("scene", self.scene)
                self.state |= told
                self.log |= {entry["n"]: entry for entry in told["log"]}
                yield told

    def until(self, question: Callable[[], Any]) -> Any:
        """Listen until this is so."""
        if found := question():
            return found
        with contextlib.closing(self.news()) as news:  # type: ignore[type-var]
            for _ in news:
                if found := question():
                    return found
        raise AssertionError("no more is told")

    def arrive(self) -> dict[str, Any]:
        """The scene, as soon as all its pictures are there."""
        self.until(lambda: self.scene and "waiting" not in str(self.scene.get("pieces")))
        return self.scene

    def move(self, what: str, **more: Any) -> dict[str, Any]:
        """The scene after a move."""
        assert self.ask(what, **more) == {}
        self.scene = {}
        return self.arrive()

    def answered(self, what: str, **more: Any) -> str:
        """The kind of what is said to an answer."""
        self.scene = {**self.scene, "said": None}
        here = self.scene
        assert "refused" not in self.ask(what, **more)
        self.until(lambda: self.scene is not here and self.scene["said"])
        return str(self.scene["said"][-1]["kind"])

    def typed(self, text: str) -> list[dict[str, Any]]:
        """The entries after a line at the prompt, when Python is at rest again."""
        known = max(self.log, default=0)
        self.state.pop("busy", None)
        assert self.ask("type", text=text) == {"taken": True}
        self.until(lambda: self.state.get("busy") is False and max(self.log, default=0) > known)
        return [entry for n, entry in sorted(self.log.items()) if n > known]

    def end(self, how: int = signal.SIGKILL) -> str:
        """End the process, and what it still said."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        said, _ = self.process.communicate(timeout=PATIENCE)
        return said
