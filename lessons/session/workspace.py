"""Two namespaces that cannot harm each other: the lesson's, and the one that the learner plays in.

Glossary: *lesson names* come from the lesson's blocks and answer its questions; *play names* come from a second
execution of the same blocks, with what the learner defined on top (the *overlay*). Nothing typed reaches the first.
"""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TextIO

from lessons.format.lesson import Block
from lessons.session.execution import Names, Outcome, execute
from lessons.session.history import after

MISSING = object()


@dataclass
class Workspace:
    """The lesson's names up to some run block, and the learner's own on top of a copy of them."""

    blocks: Sequence[Block]
    lesson: Names = field(default_factory=dict)
    play: Names = field(default_factory=dict)
    overlay: Names = field(default_factory=dict)
    outputs: list[str] = field(default_factory=list)  # of the blocks executed so far
    _base: Names = field(default_factory=dict)
    _replayed: int = -1
    _typed: int = 0

    def reach(self, count: int) -> None:
        """Have exactly the first `count` blocks executed in the lesson's names."""
        if count != len(self.outputs):
            state = after(self.blocks[:count])
            self.lesson = state.names
            self.outputs = ["\n".join(filter(None, (each.output, each.error))) for each in state.outcomes]

    def output(self, block: Block) -> str:
        """What this block printed."""
        return self.outputs[list(self.blocks).index(block)]

    def run(self, code: str, live: TextIO | None = None) -> Outcome:
        """The learner's code, with the lesson's names at hand."""
        self.replay()
        self._typed += 1
        outcome = execute(code, self.play, f"<you {self._typed}>", live)
        self.overlay = {k: v for k, v in self.play.items() if v is not self._base.get(k, MISSING)}
        return outcome

    def forget(self) -> None:
        """Drop all that the learner defined."""
        self.overlay, self._replayed = {}, -1

    def replay(self) -> None:
        """Build the play names anew where the lesson has moved on; the lesson's own names then win once."""
        if self._replayed == len(self.outputs):
            return
        fresh = after(self.blocks[: len(self.outputs)]).names
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
