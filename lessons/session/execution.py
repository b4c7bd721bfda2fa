"""Code of a lesson, and of the learner, executed; two namespaces that cannot harm each other.

Glossary: *lesson names* come from the lesson's run blocks and answer its questions; *play names* come from a second
execution of the same blocks, with what the learner defined on top (the *overlay*). Nothing typed reaches the first.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import io
import linecache
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from lessons.format.lesson import Run

Names = dict[str, Any]
TYPED = "<you>"  # <you 1>, <you 2>, … so that a traceback finds the right text
MISSING = object()
LONG = 300  # characters of one line of an error


@dataclass(frozen=True)
class Outcome:
    """What an execution printed (with the repr of a last expression), its last value, and how it failed, if it did."""

    output: str
    value: Any = None
    error: str = ""
    stopped: bool = False  # by Ctrl-C
    left: bool = False  # by exit(), quit(), sys.exit() …


class _Printed(io.StringIO):
    """What code prints; it stays open, whoever closes it."""

    def close(self) -> None:
        pass


def execute(code: str, names: Names, source: str = TYPED) -> Outcome:
    """Run the code in these names as a notebook would; never raises."""
    printed = _Printed()
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


def short_traceback(exception: BaseException, source: str = TYPED) -> str:
    """The exception's own words, and the lines that led to it: of what was typed, else of this source; none of ours."""
    told = traceback.TracebackException.from_exception(exception, limit=-50, compact=True)
    typed, own = (
        [frame for frame in told.stack if frame.filename.startswith(name[:4]) and frame.line]
        for name in (TYPED, source)
    )
    frames = typed or own
    lines = [f"line {frame.lineno}: {frame.line}" for frame in frames[-3:]]
    only = len(frames) == 1 and frames[0].lineno == 1  # a single typed line is on the screen already
    said = "".join(told.format_exception_only()).rstrip().splitlines()
    told_lines = [*([] if only else lines), *(line for line in said if not line.startswith("  File "))]
    return "\n".join(line if len(line) <= LONG else f"{line[:LONG]}…" for line in told_lines)


@dataclass
class Workspace:
    """The lesson's names up to some run block, and the learner's own on top of a copy of them."""

    blocks: Sequence[Run]
    lesson: Names = field(default_factory=dict)
    play: Names = field(default_factory=dict)
    overlay: Names = field(default_factory=dict)
    outputs: list[str] = field(default_factory=list)  # of the blocks executed so far
    _base: Names = field(default_factory=dict)
    _replayed: int = -1
    _typed: int = 0

    def reach(self, count: int) -> None:
        """Have exactly the first `count` blocks executed in the lesson's names."""
        if count < len(self.outputs):
            self.lesson, self.outputs = {}, []
        for block in self.blocks[len(self.outputs) : count]:
            outcome = execute(block.code, self.lesson, f"<lesson: {block.id}>")
            self.outputs.append("\n".join(filter(None, (outcome.output, outcome.error))))

    def output(self, block: Run) -> str:
        """What this block printed."""
        return self.outputs[list(self.blocks).index(block)]

    def run(self, code: str) -> Outcome:
        """The learner's code, with the lesson's names at hand."""
        self.replay()
        self._typed += 1
        outcome = execute(code, self.play, f"<you {self._typed}>")
        self.overlay = {k: v for k, v in self.play.items() if v is not self._base.get(k, MISSING)}
        return outcome

    def forget(self) -> None:
        """Drop all that the learner defined."""
        self.overlay, self._replayed = {}, -1

    def replay(self) -> None:
        """Build the play names anew where the lesson has moved on; the lesson's own names then win once."""
        if self._replayed == len(self.outputs):
            return
        fresh: Names = {}
        for block in self.blocks[: len(self.outputs)]:
            execute(block.code, fresh, f"<lesson: {block.id}>")
        self._base = _engine_names() | fresh
        own = {name: value for name, value in self.overlay.items() if name not in fresh}
        # The dictionary itself stays: functions that the learner wrote live in it.
        self.play.clear()
        self.play.update(self._base | own | {"__builtins__": builtins, "__name__": "__lesson__"})
        self._base |= {name: self.play[name] for name in ("__builtins__", "__name__")}
        self._replayed = len(self.outputs)


def _engine_names() -> Names:
    """What a learner may use without an import: the engine's names that hide no built-in, viz and np."""
    import numpy as np

    import autograd_tiny
    import viz

    public = {name: getattr(autograd_tiny, name) for name in autograd_tiny.__all__ if not hasattr(builtins, name)}
    return public | {"viz": viz, "np": np}
