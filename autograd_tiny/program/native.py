"""Down to the metal: scalar programs as C99, compiled by the machine's own compiler."""

from __future__ import annotations

from typing import Any

from autograd_tiny.program.lines import Code
from autograd_tiny.program.tracing import ProgramError


def c_source(code: Code) -> str:
    """The program as C99."""
    raise ProgramError("source: 'c' is being written")


def native(program: Any) -> Any:
    """The program compiled."""
    raise ProgramError("native: being written")
