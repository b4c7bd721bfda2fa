"""The server of one classroom.

/TOKEN/                  the page
/TOKEN/FILE              its scripts and its style
/TOKEN/events?since=N&of=ROOM  what there is to see, told anew at every change (server-sent events)
/TOKEN/picture/NAME      a picture that zooms or plays, as a page of its own
/TOKEN/do                (POST, JSON) what a tab asks for
"""

from __future__ import annotations

import json
import secrets
import time
from functools import cache
from http import HTTPStatus
from importlib.resources import files
from typing import Any
from urllib.parse import parse_qsl

from lessons.web.classroom import Classroom
from lessons.web.room import Room
from viz.output import loopback
from viz.output.loopback import EVENTS, HEARTBEAT, HTML, NAMES

KINDS = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
SCRIPTS = ("news.js", "web.js", "log.js", "editor.js", "codemirror.js")
LONGEST = 1_000_000  # bytes that a tab may send
BREATH, MORE = 0.05, 5e-5  # seconds between two tellings, and for each letter that a tab has to show
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{}'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Server(loopback.Server):
    """Serves one classroom under one token; `names` are the hosts by whose name it may be asked."""

    def __init__(self, classroom: Classroom, room: Room, token: str, port: int = 0, names: frozenset[str] = NAMES):
        self.classroom, self.room = classroom, room
        super().__init__(Handler, token, port, names)


class Handler(loopback.Handler):
    """Answers one request."""

    server: Server
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Something is to be done."""
        self.admit(self._post)

    def is_own(self, origin: str, host: str) -> bool:
        """Whether an origin is the one that was asked for; a host that passes requests on may speak https."""
        return super().is_own(origin, host) or (host.partition(":")[0] not in NAMES and origin == f"https://{host}")

    def get(self, wanted: str) -> None:
        """The page, a file of it, the news, or a picture."""
        kind, _, name = wanted.partition("/")
        if wanted == "":
            nonce = secrets.token_urlsafe(16)
            return self.say(
                HTTPStatus.OK, HTML, page(nonce).encode(), {"Content-Security-Policy": POLICY.format(nonce)}
            )
        if wanted == "events":
            return self._events()
        if wanted == "style.css":
            return self.say(HTTPStatus.OK, KINDS[".css"], sheet().encode())
        if wanted in SCRIPTS:
            return self.say(HTTPStatus.OK, KINDS[".js"], asset(wanted).encode())
        if kind == "picture" and name:
            return self._picture(name)
        self.send_error(HTTPStatus.NOT_FOUND)

    def _picture(self, name: str) -> None:
        from viz.live.pages import header

        try:
            made = self.server.classroom.page(name)
        except Exception:  # whatever it is, the tab is told so, and the lesson goes on
            return self.send_error(HTTPStatus.INTERNAL_SERVER_ERROR)
        if made is None:
            return self.send_error(HTTPStatus.NOT_FOUND)
        self.say(HTTPStatus.OK, HTML, made.encode(), {"Content-Security-Policy": header(made)})

    def _events(self) -> None:
        """All that is new since the turn that the tab knows, at every change; the last one says that it is the last."""
        self.close_connection = True
        self.head(HTTPStatus.OK, EVENTS, {"Connection": "close", "X-Accel-Buffering": "no"})
        known = dict(parse_qsl(self.path.partition("?")[2]))
        room, since = self.server.room, known.get("since", "0")
        turn = int(since) if since.isdecimal() and known.get("of", room.name) == room.name else 0
        with room.watched():
            while True:
                news = room.after(turn, HEARTBEAT)
                self.wfile.write(f"data: {news}\n\n".encode() if news else b": still here\n\n")
                if news:
                    told: dict[str, Any] = json.loads(news)
                    turn = told["turn"]
                    if told["ended"]:
                        return
                    time.sleep(min(BREATH + MORE * len(news), 1.0))

    def _post(self, wanted: str) -> None:
        request = self._request() if wanted == "do" else None
        if request is None:
            return self.send_error(HTTPStatus.NOT_FOUND if wanted != "do" else HTTPStatus.BAD_REQUEST)
        answer = json.dumps(self.server.classroom.asked(request))
        self.say(HTTPStatus.OK, "application/json", answer.encode())

    def _request(self) -> dict[str, Any] | None:
        """What the tab asks for; None where it is no JSON object of a reasonable length, from this very page."""
        own = self.headers.get("Origin") and self.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
        length = self.headers.get("Content-Length", "")
        kind = self.headers.get_content_type()
        if not own or kind != "application/json" or not length.isdecimal() or int(length) > LONGEST:
            return None
        try:
            request = json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError):
            return None
        return request if isinstance(request, dict) else None


def asset(name: str) -> str:
    """The text of a file beside this one; what pages of pictures follow their server with is theirs."""
    if name == "news.js":
        from viz.output.webpage import NEWS

        return NEWS
    return (files(__package__) / "assets" / name).read_text(encoding="utf-8")


@cache
def sheet() -> str:
    """The style of the whole page."""
    from lessons.pages.pictures import style

    return style() + asset("web.css")


def page(nonce: str) -> str:
    """The page; styles that its editor makes carry the nonce."""
    return asset("web.html").replace("$nonce", nonce)
