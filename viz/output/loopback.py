"""A server that only this machine reaches, and there only who knows its address.

Another web site open in the same browser must learn nothing: it cannot guess the token in the address, and a request
that was led here by another host's name (DNS rebinding) or comes from another origin is refused before the token is
looked at.
"""

from __future__ import annotations

import secrets
import socketserver
import sys
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any

LOOPBACK = "127.0.0.1"
NAMES = frozenset({LOOPBACK, "localhost"})  # at any port: a tunnel may give it another one
HEARTBEAT = 15.0  # seconds between signs of life, by which a closed tab is noticed
HTML = "text/html; charset=utf-8"
EVENTS = "text/event-stream; charset=utf-8"
GUARDS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",  # the address is the secret
    "X-Content-Type-Options": "nosniff",
}


class Server(socketserver.ThreadingTCPServer):
    """Serves under one token; a thread per request, none of which keeps the process alive."""

    daemon_threads = True
    allow_reuse_address = sys.platform != "win32"  # a port that was just given back can be taken again
    block_on_close = False
    request_queue_size = 64

    def __init__(self, handler: type[Handler], token: str, port: int = 0, names: frozenset[str] = NAMES):
        self.token, self.names = token, names
        super().__init__((LOOPBACK, port), handler)

    @property
    def address(self) -> str:
        """Where the page is."""
        return f"http://{LOOPBACK}:{self.server_address[1]}/{self.token}/"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: a tab that was closed in the middle of an answer is no news in a REPL."""


class Handler(BaseHTTPRequestHandler):
    """Answers one request, if it may be answered: `get` is told what is wanted behind the token."""

    server: Server
    server_version, sys_version = "autograd-tiny", ""
    timeout = 30.0

    def do_GET(self) -> None:
        """Something is to be shown."""
        self.admit(self.get)

    def get(self, wanted: str) -> None:
        """Nothing is here to be had."""
        self.send_error(HTTPStatus.NOT_FOUND)

    def admit(self, answer: Callable[[str], None]) -> None:
        """Refuse what comes from elsewhere, then look at the token, then at what is wanted."""
        if not self.is_from_here():
            return self.send_error(HTTPStatus.FORBIDDEN)
        token, slash, wanted = self.path.partition("?")[0].removeprefix("/").partition("/")
        if not slash or not secrets.compare_digest(token.encode(), self.server.token.encode()):
            return self.send_error(HTTPStatus.NOT_FOUND)
        answer(wanted)

    def is_from_here(self) -> bool:
        """One Host header, which names this machine, and no other origin; a link from another site may lead here."""
        hosts = self.headers.get_all("Host", [])
        if len(hosts) != 1 or hosts[0].partition(":")[0] not in self.server.names:
            return False
        led = self.headers.get("Sec-Fetch-Site", "") in ("cross-site", "same-site")
        if led and self.headers.get("Sec-Fetch-Mode") != "navigate":
            return False
        return all(self.is_own(origin, hosts[0]) for origin in self.headers.get_all("Origin", []))

    def is_own(self, origin: str, host: str) -> bool:
        """Whether an origin is the one that was asked for."""
        return origin == f"http://{host}"

    def say(self, status: HTTPStatus, kind: str, body: bytes, more: dict[str, str] | None = None) -> None:
        """A whole answer."""
        self.head(status, kind, {**(more or {}), "Content-Length": str(len(body))})
        self.wfile.write(body)

    def head(self, status: HTTPStatus, kind: str, more: dict[str, str] | None = None) -> None:
        """The head of an answer, whose body follows."""
        self.send_response(status)
        for name, value in {"Content-Type": kind, **GUARDS, **(more or {})}.items():
            self.send_header(name, value)
        self.end_headers()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """A refusal says its number and no more."""
        status = HTTPStatus(code)
        self.close_connection = True
        self.say(status, "text/plain; charset=utf-8", f"{status.value} {status.phrase}\n".encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the terminal belongs to the learner."""
