"""Taking turns: what one process reads in a folder and writes back, no other changes in between."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

PATIENCE = 5.0  # seconds; a turn takes milliseconds
BUSY = {errno.EACCES, errno.EAGAIN, errno.EDEADLK}


@contextlib.contextmanager
def turn(folder: Path) -> Iterator[None]:
    """One process or thread at a time in this folder; a turn ends with its process, however that ends.

    OSError where another does not end its turn. Where the system has no locks, everybody goes on at once.
    """
    # A folder can be locked itself; on Windows it cannot.
    windows = sys.platform == "win32"
    place = os.open(folder / "progress.lock", os.O_RDWR | os.O_CREAT) if windows else os.open(folder, os.O_RDONLY)
    try:
        _wait(place)
        yield
    finally:
        os.close(place)


def _wait(place: int) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return _lock(place)
        except OSError as error:
            if error.errno not in BUSY:
                return None
            if time.monotonic() > until:
                raise OSError(errno.EBUSY, "another session is writing, and does not end") from None
        time.sleep(0.01)


def _lock(place: int) -> None:
    """Lock what is open under this number, or fail at once."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(place, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
