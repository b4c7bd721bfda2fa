"""Where typed lines come from: a terminal with history and completion, or a pipe whose lines are echoed."""

from __future__ import annotations

import contextlib
import select
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from lessons.session.commands import COMMANDS

CONTINUED = "... "  # the prompt inside a Python block
AT_ONCE = 0.03  # seconds: nobody types a line in that time, whoever pastes several does
CLOSED = (ValueError, RuntimeError, OSError)  # what reading raises where someone has closed the input, or taken it away


class Keyboard:
    """Lines typed in a terminal; Tab completes commands and names, where readline exists."""

    def __init__(self) -> None:
        self.names: Mapping[str, Any] = {}
        self.turn = 0  # how many lines have been read
        self._readline: Any = None
        self._waiting: list[str] = []
        _heed_ctrl_c()
        with contextlib.suppress(ImportError):
            import readline

            self._readline = readline
            readline.set_completer(self._complete)
            readline.set_completer_delims(" \t\n=+-*/(),[]")
            readline.parse_and_bind("bind ^I rl_complete" if "libedit" in (readline.__doc__ or "") else "tab: complete")

    def more(self) -> bool:
        """Whether further lines are there already, as where they are pasted."""
        if self._waiting:
            return False
        try:
            return bool(select.select([sys.stdin], [], [], AT_ONCE)[0])
        except (*CLOSED, AttributeError, TypeError):
            return False

    def put_back(self, lines: Sequence[str]) -> None:
        """These lines come next."""
        self._waiting = [*lines, *self._waiting]

    def __call__(self, prompt: str) -> str:
        """The next line. The first Ctrl-C clears what is typed, a second one is a KeyboardInterrupt."""
        self.turn += 1
        if self._waiting:
            return self._waiting.pop(0)
        interrupted = False
        while True:
            try:
                return input(prompt)
            except CLOSED:
                raise EOFError from None
            except KeyboardInterrupt:
                print()
                if interrupted or prompt == CONTINUED:
                    raise
                interrupted = True
                print("(Ctrl-C again, Ctrl-D or :quit leaves)")

    def _complete(self, text: str, state: int) -> str | None:
        import rlcompleter

        if text.startswith(":"):
            found = [f":{name}" for name in COMMANDS if name.startswith(text[1:])]
            return found[state] if state < len(found) else None
        return rlcompleter.Completer(dict(self.names)).complete(text, state)


class Pipe:
    """Lines from a pipe or a file, each echoed after its prompt so that the transcript can be read."""

    def __init__(self, lines: TextIO, first: str = "") -> None:
        self.names: Mapping[str, Any] = {}
        self._lines, self._first = lines, first

    def __call__(self, prompt: str) -> str:
        """The next line."""
        try:
            line, self._first = self._first or self._lines.readline(), ""
        except CLOSED:
            line = ""
        if not line:
            raise EOFError
        print(f"{prompt}{line.rstrip()}", flush=True)
        return line.rstrip("\n")


def _heed_ctrl_c() -> None:
    """A parent that ignores Ctrl-C, such as a shell's background job, hands that down: whoever types wants it back."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.default_int_handler)
