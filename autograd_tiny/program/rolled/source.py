"""A program with loops as text, in every dialect that has them."""

from __future__ import annotations

from autograd_tiny.program.dialects import DIALECTS
from autograd_tiny.program.printing import require_words
from autograd_tiny.program.rolled.javascript import Script
from autograd_tiny.program.rolled.loops import Rolled
from autograd_tiny.program.rolled.printing import Page, Scan
from autograd_tiny.program.tracing import ProgramError

PAGES: dict[str, type[Page]] = {"numpy": Page, "torch": Page, "jax": Scan, "javascript": Script}


def source(code: Rolled, name: str) -> str:
    """The program in a dialect; ProgramError if that has no loops over arrays."""
    if name not in PAGES:
        raise ProgramError(f"source: no loops are written in {name!r}; choose one of {', '.join(PAGES)}")
    require_words([line.text for line in code.lines], name)
    return "\n".join(PAGES[name](code, DIALECTS[name]).written()) + "\n"
