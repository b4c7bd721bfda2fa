"""The server behind a live page: this machine only, one secret address, three kinds of answers.

/TOKEN/             the page that follows
/TOKEN/events       what there is to see, told anew at every change (server-sent events)
/TOKEN/picture/7    one picture, as a page of its own

Another web site open in the same browser must learn nothing: it cannot guess the token, and a request that was led
here by another host's name (DNS rebinding) or comes from another origin is refused before the token is looked at.
"""

from __future__ import annotations

import gzip
import socketserver
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from secrets import compare_digest
from typing import Any

from viz.live.pages import History, header, shell

LOOPBACK = "127.0.0.1"
NAMES = {LOOPBACK, "localhost"}  # at any port: a tunnel may give it another one
HEARTBEAT = 15.0  # seconds between signs of life, by which a closed tab is noticed
HTML = "text/html; charset=utf-8"
GUARDS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",  # the address is the secret
    "X-Content-Type-Options": "nosniff",
}


class Server(socketserver.ThreadingTCPServer):
    """Serves one history under one token; a thread per request, none of which keeps the process alive."""

    daemon_threads = True

    def __init__(self, history: History, token: str):
        self.history, self.token = history, token
        super().__init__((LOOPBACK, 0), Handler)

    @property
    def address(self) -> str:
        """Where the page is."""
        return f"http://{LOOPBACK}:{self.server_address[1]}/{self.token}/"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: a tab that was closed in the middle of an answer is no news in a REPL."""


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    server: Server
    server_version, sys_version = "autograd-tiny", ""
    timeout = 30.0

    def do_GET(self) -> None:
        """Refuse what comes from elsewhere, then look at the token, then at what is wanted."""
        if not self._is_from_here():
            return self.send_error(HTTPStatus.FORBIDDEN)
        token, slash, wanted = self.path.partition("?")[0].removeprefix("/").partition("/")
        if not slash or not compare_digest(token.encode(), self.server.token.encode()):
            return self.send_error(HTTPStatus.NOT_FOUND)
        if wanted == "":
            text, policy = shell()
            return self._say(HTTPStatus.OK, HTML, text.encode(), {"Content-Security-Policy": policy})
        return self._events() if wanted == "events" else self._picture(wanted)

    def _is_from_here(self) -> bool:
        """One Host header, which names this machine, and no other origin."""
        hosts = self.headers.get_all("Host", [])
        if len(hosts) != 1 or hosts[0].partition(":")[0] not in NAMES:
            return False
        return all(origin == f"http://{hosts[0]}" for origin in self.headers.get_all("Origin", []))

    def _picture(self, wanted: str) -> None:
        entries = {f"picture/{entry.number}": entry for entry in self.server.history.state.entries}
        if wanted not in entries:
            return self.send_error(HTTPStatus.NOT_FOUND)
        try:
            page = entries[wanted].sheet.compressed()
        except Exception:  # whatever it is, a tab is told so, and the REPL is left in peace
            return self.send_error(HTTPStatus.INTERNAL_SERVER_ERROR)
        policy = {"Content-Security-Policy": header(gzip.decompress(page).decode())}
        return self._say(HTTPStatus.OK, HTML, page, {"Content-Encoding": "gzip", **policy})

    def _events(self) -> None:
        """One event at once, one at every change; the last one says that it is the last."""
        self._head(HTTPStatus.OK, "text/event-stream; charset=utf-8", {})
        turn = -1
        with self.server.history.watched():
            while True:
                state = self.server.history.after(turn, HEARTBEAT)
                self.wfile.write(f"data: {state.record()}\n\n".encode() if state else b": still here\n\n")
                if state and state.ended:
                    return
                turn = state.turn if state else turn

    def _say(self, status: HTTPStatus, kind: str, body: bytes, more: dict[str, str]) -> None:
        self._head(status, kind, {**more, "Content-Length": str(len(body))})
        self.wfile.write(body)

    def _head(self, status: HTTPStatus, kind: str, more: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, **GUARDS, **more}.items():
            self.send_header(name, value)
        self.end_headers()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """A refusal says its number and no more."""
        status = HTTPStatus(code)
        self._say(status, "text/plain; charset=utf-8", f"{status.value} {status.phrase}\n".encode(), {})

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the terminal belongs to the learner."""
