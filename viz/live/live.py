"""A page that follows the session: each new drawing and film appears there as it is made.

live = viz.live()       opens the page; viz.draw(z) and viz.film(z) now appear on it
live.show(film, 3)      puts a film's fourth frame in front of every tab
live.stop()
"""

from __future__ import annotations

import atexit
import gzip
import secrets
from html import escape
from http import HTTPStatus
from threading import Lock, Thread
from typing import Any

from autograd_tiny import Value
from viz import audience
from viz.drawing import draw
from viz.live.pages import History, header, shell
from viz.output import loopback
from viz.output.loopback import EVENTS, HEARTBEAT, HTML

NOTICE = 0.2  # seconds after which the server notices that it is to stop
FAREWELL = 0.3  # seconds that the end of the process waits for its tabs to hear of it

_running: list[Live] = []
_lock = Lock()


class Live:
    """A running page; its repr is its address. Only this machine can reach it, and only who knows the address."""

    def __init__(self) -> None:
        from viz.live.live import Server  # a web server is not needed before there is a page
        from viz.live.pages import History

        self._history = History()
        self._server = Server(self._history, secrets.token_urlsafe(24))
        Thread(target=self._server.serve_forever, args=(NOTICE,), name="viz.live", daemon=True).start()
        audience.followers.append(self.show)
        atexit.register(self._say_goodbye)
        self._following = True

    @property
    def address(self) -> str:
        """Where the page is."""
        return self._server.address

    def show(self, picture: Any, frame: int | None = None) -> None:
        """Put a drawing, a film or a value in front of every tab, a film at the frame counted from 0.

        TypeError for anything else, IndexError for a frame that the film has not, RuntimeError after `stop`.
        """
        from viz.live.pages import entry

        if not self._following:
            raise RuntimeError("live: this page has stopped; viz.live() opens another one")
        if isinstance(picture, Value):
            draw(picture)  # and so it is announced
            return
        new = entry(picture)
        if frame is not None and not 0 <= frame < new.frames:
            raise IndexError(f"live: frame {frame} of {new.title!r}, which has {new.frames}; they count from 0")
        self._history.show(new, frame)

    def stop(self) -> None:
        """End the page: its tabs say so and keep the picture they show."""
        with _lock:
            if not self._following:
                return
            self._following = False
            _running[:] = [page for page in _running if page is not self]
        audience.followers.remove(self.show)
        atexit.unregister(self._say_goodbye)
        self._say_goodbye()
        self._server.shutdown()
        self._server.server_close()

    def _say_goodbye(self) -> None:
        self._history.end(FAREWELL)

    def __repr__(self) -> str:
        return self.address

    def _repr_html_(self) -> str:
        return f'<a href="{escape(self.address)}" target="_blank" rel="noopener">{escape(self.address)}</a>'


def running() -> Live | None:
    """The page that follows now, if there is one."""
    return _running[0] if _running else None


def live(*, browser: bool = True) -> Live:
    """Open a page that follows: every drawing and film made from now on appears there; its address is printed.

    Called again it opens the same page again. `browser=False` opens none: open the address yourself.
    """
    with _lock:
        if not _running:
            _running.append(Live())
        page = _running[0]
    print(f"Pictures appear at {page}", flush=True)
    if browser:
        from viz.output.browser import opens

        Thread(target=opens, args=(page.address,), daemon=True).start()  # some browsers are slow to answer
    return page


# The server behind a live page: three kinds of answers ----------------------------------------------------------------
# /TOKEN/             the page that follows
# /TOKEN/events       what there is to see, told anew at every change (server-sent events)
# /TOKEN/picture/7    one picture, as a page of its own


class Server(loopback.Server):
    """Serves one history."""

    def __init__(self, history: History, token: str):
        self.history = history
        super().__init__(Handler, token)


class Handler(loopback.Handler):
    """Answers one request."""

    server: Server

    def get(self, wanted: str) -> None:
        """The page, its news, or a picture."""
        if wanted == "":
            text, policy = shell()
            return self.say(HTTPStatus.OK, HTML, text.encode(), {"Content-Security-Policy": policy})
        return self._events() if wanted == "events" else self._picture(wanted)

    def _picture(self, wanted: str) -> None:
        entries = {f"picture/{entry.number}": entry for entry in self.server.history.state.entries}
        if wanted not in entries:
            return self.send_error(HTTPStatus.NOT_FOUND)
        try:
            page = entries[wanted].sheet.compressed()
        except Exception:  # whatever it is, a tab is told so, and the REPL is left in peace
            return self.send_error(HTTPStatus.INTERNAL_SERVER_ERROR)
        policy = {"Content-Security-Policy": header(gzip.decompress(page).decode())}
        return self.say(HTTPStatus.OK, HTML, page, {"Content-Encoding": "gzip", **policy})

    def _events(self) -> None:
        """One event at once, one at every change; the last one says that it is the last."""
        self.head(HTTPStatus.OK, EVENTS)
        turn = -1
        with self.server.history.watched():
            while True:
                state = self.server.history.after(turn, HEARTBEAT)
                self.wfile.write(f"data: {state.record()}\n\n".encode() if state else b": still here\n\n")
                if state and state.ended:
                    return
                turn = state.turn if state else turn
