"""``python -m lessons web``: a server, a browser, and one learner at work until Ctrl-C."""

from __future__ import annotations

import errno
import os
import secrets
import sys
from threading import Thread

from lessons.format import library
from lessons.format.lesson import LessonError
from lessons.web.classroom import Classroom, later
from lessons.web.room import Room
from lessons.web.runner import rest
from lessons.web.server import Server
from viz.output.browser import opens
from viz.output.loopback import NAMES

FAREWELL = 0.5  # seconds that the end of the process waits for its tabs to hear of it
NOTICE = 0.2  # seconds after which the server notices that it is to stop
BREATH = 0.2  # seconds that whoever asked for another Python has to hear that it comes
ANEW = "AUTOGRAD_TINY_ANEW"  # what a restarted Python goes on with: its port, and the lesson
TOKEN = "AUTOGRAD_TINY_TOKEN"  # who starts the server for somebody else may choose the secret, and so knows the address
HOSTS = "AUTOGRAD_TINY_HOSTS"  # and the names of hosts that pass requests on to it


def serve(wanted: str, port: int, browser: bool) -> int:
    """Show a lesson (LESSON or LESSON/STEP), or the map, in the browser; the exit code. LessonError, OSError."""
    if anew := os.environ.pop(ANEW, ""):
        port, wanted, browser = int(anew.partition(" ")[0]), anew.partition(" ")[2], False
    if wanted:
        library.path_of(wanted.partition("/")[0])
    room = Room()
    classroom = Classroom(room, lambda lesson: later(BREATH, restarted, server, lesson))
    server = _listening(classroom, room, port)
    Thread(target=server.serve_forever, args=(NOTICE,), name="lessons.web", daemon=True).start()
    told = "Python was restarted. " if anew else ""
    print(f"{told}Your lesson is at {server.address}\nCtrl-C ends it; it remembers where you are.", flush=True)
    if browser:
        Thread(target=opens, args=(server.address,), daemon=True).start()  # some browsers are slow to answer
    classroom.begin(wanted, bool(anew))
    classroom.runner.run()
    room.end(FAREWELL)
    server.shutdown()
    server.server_close()
    print("\nGoodbye. The lesson remembers where you are: python -m lessons web")
    return 0


def restarted(server: Server, lesson: str) -> None:
    """Another Python in the place of this one, at the same address: whatever it is at, it ends with it."""
    os.environ.update({ANEW: f"{server.server_address[1]} {lesson}", TOKEN: server.token})
    sys.stdout.flush()
    rest()
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def _listening(classroom: Classroom, room: Room, port: int) -> Server:
    token = os.environ.get(TOKEN) or secrets.token_urlsafe(24)
    hosts = frozenset(os.environ.get(HOSTS, "").split())
    if not 0 <= port < 1 << 16:
        raise LessonError(f"A port is a number from 1 to 65535, not {port}.")
    try:
        return Server(classroom, room, token, port, NAMES | hosts)
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        why = "is taken" if error.errno == errno.EADDRINUSE else "is not for you to use"
        raise LessonError(f"Port {port} {why}; leave --port out, and a free one is found.") from None
