"""What runs in the main thread, one after the other, and how it is interrupted.

Glossary: a *job* is what a tab has asked for; it runs here, because only here a signal can end an endless loop, while
the server's threads go on answering.
"""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue

Job = Callable[[], None]
BREATH, TURN = 0.25, 0.01  # seconds between two turns that other threads get, and how long one lasts
POLL = 0.5 if sys.platform == "win32" else None  # seconds: on Windows a signal does not wake who waits


class Runner:
    """Jobs from any thread, run in the main one; Ctrl-C ends the code that runs, or, where none does, everything."""

    def __init__(self) -> None:
        self._jobs: SimpleQueue[tuple[Job, Job] | None] = SimpleQueue()
        self._running = self._held = self._late = self._asked = False

    def ask(self, job: Job, afterwards: Job = lambda: None) -> None:
        """Have this run when all before it has, and then, however it ended, what comes afterwards."""
        self._jobs.put((job, afterwards))

    def leave(self) -> None:
        """Have `run` end when all before it has run."""
        self._jobs.put(None)

    def interrupt(self) -> None:
        """End the code that runs, from another thread; nothing where none does."""
        if not self._running:
            return
        self._asked = True
        if sys.platform == "win32":
            import _thread

            _thread.interrupt_main()
        else:
            main = threading.main_thread().ident
            assert main is not None
            signal.pthread_kill(main, signal.SIGINT)

    def run(self) -> None:
        """Run what is asked for until Ctrl-C, or `leave`."""
        before = signal.signal(signal.SIGINT, self._interrupted)
        breathe()
        try:
            while asked := self._next():
                job, afterwards = asked
                with contextlib.suppress(KeyboardInterrupt):  # one that came a moment too late
                    job()
                self._running = self._held = self._late = self._asked = False
                afterwards()
        finally:
            signal.signal(signal.SIGINT, before)

    def _next(self) -> tuple[Job, Job] | None:
        while POLL:
            with contextlib.suppress(Empty):
                return self._jobs.get(timeout=POLL)
        return self._jobs.get()

    @contextlib.contextmanager
    def interruptible(self) -> Iterator[None]:
        """While this lasts, an interrupt is a KeyboardInterrupt."""
        self._running = True
        every(BREATH)
        try:
            yield
        finally:
            every(0.0)
            self._running = False

    @property
    def held(self) -> Held:
        """While this lasts, an interrupt waits: nobody is to be left with a lock that is never given back."""
        return Held(self)

    def hold(self, held: bool) -> None:
        """Let interrupts wait, or come, the one that has waited first."""
        self._held = held
        if not held and self._late:
            self._late = False
            raise KeyboardInterrupt

    def _interrupted(self, number: int, frame: object) -> None:
        asked, self._asked = self._asked, False
        if self._running and self._held:
            self._late = True
        elif self._running:
            raise KeyboardInterrupt
        elif not asked:
            self._jobs.put(None)  # Ctrl-C in the terminal, where nothing runs


# Other threads get a turn now and then, even from calls that keep the interpreter to themselves: a regular expression
# does, or a power of large numbers, for minutes; but such calls look for signals. Windows has none of this kind.


def breathe() -> None:
    """From now on, here in the main thread, signals of the clock give other threads a turn."""
    if sys.platform != "win32":
        signal.signal(signal.SIGALRM, lambda number, frame: time.sleep(TURN))
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM})


def every(seconds: float) -> None:
    """Have such a signal come so often; 0 is never."""
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_REAL, seconds, seconds)


def rest() -> None:
    """No more signals, not even one that is on its way: it would end the program that takes this one's place."""
    every(0.0)
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})


class Held:
    """A stretch in which interrupts wait."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    def __enter__(self) -> None:
        self._runner.hold(True)

    def __exit__(self, *_: object) -> None:
        self._runner.hold(False)
