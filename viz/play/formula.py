"""A formula in pieces, so that its leaves can be shown by name and by number."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from autograd_tiny import Value, formula
from autograd_tiny.errors import GraphError

LONGEST = 160  # characters that are read at a glance
Piece = tuple[str, str | int]  # "text", "raised" (an exponent) or "leaf" (its number among the controls)
_PARTS = re.compile(r"\*\*(\d+)(?![\w.])|([^\W\d]\w*)(?!\w*\()|(\s*)(\*|-)(\s*)")


def pieces(output: Value, controls: Mapping[str, int]) -> tuple[Piece, ...]:
    """The formula of a value over the controls of those names; nothing where it is too long, or cannot be written."""
    try:
        text = formula(output)
    except GraphError:
        return ()
    return tuple(_pieces(text, controls)) if len(text) <= LONGEST else ()


def _pieces(text: str, controls: Mapping[str, int]) -> Iterator[Piece]:
    end = 0
    for found in _PARTS.finditer(text):
        exponent, name, before, sign, after = found.groups()
        if name and name not in controls:
            continue
        yield from [("text", text[end : found.start()])] if found.start() > end else []
        end = found.end()
        if exponent:
            yield "raised", exponent
        elif name:
            yield "leaf", controls[name]
        else:
            yield "text", "·" if sign == "*" else f"{before}−{after}"
    yield from [("text", text[end:])] if end < len(text) else []
