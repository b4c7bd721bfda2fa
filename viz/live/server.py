"""The server behind a live page: three kinds of answers.

/TOKEN/             the page that follows
/TOKEN/events       what there is to see, told anew at every change (server-sent events)
/TOKEN/picture/7    one picture, as a page of its own
"""

from __future__ import annotations

import gzip
from http import HTTPStatus

from viz.live.pages import History, header, shell
from viz.output import loopback
from viz.output.loopback import EVENTS, HEARTBEAT, HTML


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
