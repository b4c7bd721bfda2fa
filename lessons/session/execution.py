"""Code of a lesson, or of the learner, executed: what it prints, what it gives, and how it fails in a few lines."""

from __future__ import annotations

import ast
import contextlib
import io
import linecache
import re
import sysconfig
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

Names = dict[str, Any]
TYPED = "<you>"  # <you 1>, <you 2>, … so that a traceback finds the right text
LONG = 300  # characters of one line of an error


@dataclass(frozen=True)
class Outcome:
    """What an execution printed and nobody was told live, its last value, and how it failed, if it did."""

    output: str
    value: Any = None
    error: str = ""
    stopped: bool = False  # by Ctrl-C
    left: bool = False  # by exit(), quit(), sys.exit() …


class _Printed(io.StringIO):
    """What code prints: kept, or told to `live` at once and not kept; it stays open, whoever closes it."""

    def __init__(self, live: TextIO | None = None) -> None:
        super().__init__()
        self._live = live

    def write(self, text: str) -> int:
        """Take note of a text."""
        if self._live is None:
            return super().write(text)
        with contextlib.suppress(OSError, ValueError):  # whoever read it has gone
            self._live.write(text)
            self._live.flush()
        return len(text)

    def close(self) -> None:
        pass


def execute(code: str, names: Names, source: str = TYPED, live: TextIO | None = None) -> Outcome:
    """Run the code in these names as a notebook would; never raises.

    What it prints, with the repr of a last expression, is written to `live` at once, or kept where there is none.
    """
    printed = _Printed(live)
    linecache.cache[source] = (len(code), None, code.splitlines(keepends=True), source)
    value: Any = None
    error, stopped, left = "", False, False
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        try:
            value = _execute(code, names, source)
            if value is not None:
                print(repr(value))
        except KeyboardInterrupt:
            error, stopped = "stopped", True
        except SystemExit as exit:
            error, left = exit.code if isinstance(exit.code, str) else "", True
        except BaseException as exception:
            error = short_traceback(exception, source)
    return Outcome(printed.getvalue().rstrip(), value, error, stopped, left)


def _execute(code: str, names: Names, source: str) -> Any:
    tree = ast.parse(code, source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, source, "exec"), names)
    return eval(compile(ast.Expression(last.value), source, "eval"), names) if isinstance(last, ast.Expr) else None


OURS = Path(__file__).parents[2]
THEIRS = tuple(Path(path).resolve() for path in sysconfig.get_paths().values())


def _is_learners(frame: traceback.FrameSummary) -> bool:
    """Whether a line stands in code of the learner's own: in a notebook's cell, or a file that is nobody else's."""
    if frame.filename.startswith("<"):
        return frame.filename.startswith(("<ipython", "<stdin", "<python"))
    path = Path(frame.filename).resolve()
    return not path.is_relative_to(OURS) and not any(map(path.is_relative_to, THEIRS))


UNREAD = re.compile(r'  File "<you \d+>", line (\d+)')  # where the learner's code cannot be read


def _unread(line: str) -> str | None:
    """A line of what an exception says: where code cannot be read, by its number, if it has several lines."""
    if not line.startswith("  File "):
        return line
    where = UNREAD.fullmatch(line)
    return f"line {where[1]}:" if where and where[1] != "1" else None


def short_traceback(exception: BaseException, source: str = TYPED) -> str:
    """The exception's own words, and the lines that led to it: the learner's own, else of this source; none of ours."""
    told = traceback.TracebackException.from_exception(exception, limit=-50, compact=True)
    typed, own = (
        [frame for frame in told.stack if frame.filename.startswith(name[:4]) and frame.line]
        for name in (TYPED, source)
    )
    frames = typed or [frame for frame in told.stack if _is_learners(frame) and frame.line] or own
    lines = [f"line {frame.lineno}: {frame.line}" for frame in frames[-3:]]
    only = len(frames) == 1 and frames[0].lineno == 1  # a single typed line is on the screen already
    said = "".join(told.format_exception_only()).rstrip().splitlines()
    told_lines = [*([] if only else lines), *(read for line in said if (read := _unread(line)) is not None)]
    return "\n".join(line if len(line) <= LONG else f"{line[:LONG]}…" for line in told_lines)
