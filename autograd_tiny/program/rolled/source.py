"""A program with loops as text, in every dialect that has them."""

from __future__ import annotations

from autograd_tiny.program.dialects import DIALECTS
from autograd_tiny.program.printing import require_words
from autograd_tiny.program.rolled.floats import Floats
from autograd_tiny.program.rolled.javascript import Script
from autograd_tiny.program.rolled.printing import Page, Scan
from autograd_tiny.program.rolled.running import Loops

PAGES: dict[str, type[Page]] = {"numpy": Page, "torch": Page, "jax": Scan, "javascript": Script, "python": Floats}


def source(made: Loops, name: str) -> str:
    """The program in a dialect; ProgramError says what that cannot express."""
    code = made.step_by_step if name == "python" else made.text
    page = PAGES[name](code, DIALECTS[name])
    require_words([line.text for line in code.lines], name)
    return "\n".join(page.written()) + "\n"
