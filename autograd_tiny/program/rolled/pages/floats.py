"""A program with loops in Python's own numbers: step by step, sequences as lists."""

from __future__ import annotations

import re
from collections.abc import Iterator

from autograd_tiny.program.dialects import Dialect
from autograd_tiny.program.lines import Line as Plain
from autograd_tiny.program.rolled.loops import Line, Loop, Rolled, parted
from autograd_tiny.program.rolled.pages.printing import Page
from autograd_tiny.program.tracing import ProgramError

_ZEROS = re.compile(r"zeros\(\(([^,]+),\)\)")


class Floats(Page):
    """Writes one program over floats; what stands in an array outside the loops is no single float: ProgramError."""

    def __init__(self, code: Rolled, dialect: Dialect) -> None:
        super().__init__(code, dialect)
        arrays = [*[x for x in (*code.inputs.values(), *code.captured.values()) if len(x) > 1], *code.constants]
        whole = [line for line in code.lines if line.shape and not self._is_room(line) and not line.part]
        parts = [arg for line in code.lines for arg in line.args if parted(arg).place in ("all", "before", "flip")]
        if arrays or whole or parts or any(len(line.shape) > 1 or ":" in line.part for line in code.lines):
            raise ProgramError(
                "source: 'python' computes with single floats, and this program has arrays; choose 'numpy'"
            )

    def _is_room(self, line: Line) -> bool:
        return bool(_ZEROS.fullmatch(line.text))

    def plain(self, line: Line) -> Plain:
        """The line as one of a straight program; a part of a list is a place in it."""
        read = super().plain(line)
        if self._is_room(line):
            return read._replace(text=_list(line.text), shape=())
        return read._replace(target=f"{read.target}[{line.part}]", part="", adds=True, shape=()) if line.part else read

    def result(self, arg: str) -> str:
        """A result; a list for an array on which nothing depends."""
        return _list(arg) if _ZEROS.fullmatch(arg) else super().result(arg)

    def array(self, name: str, loop: Loop) -> Iterator[str]:
        """Room for a sequence, with what it begins with."""
        start = [f"[{self.start(loop.initial[name])}]"] if name in loop.initial else []
        room = _list(f"zeros(({loop.steps},))")
        yield f"{name} = {' + '.join([room, *start] if loop.backward else [*start, room])}"


def _list(zeros: str) -> str:
    """Room for so many numbers."""
    return _ZEROS.sub(lambda m: f"[0.0] * ({m[1]})" if " " in m[1] else f"[0.0] * {m[1]}", zeros)
