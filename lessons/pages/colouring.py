"""Python in HTML: comments, strings, keywords and numbers told apart, alike under every version of Python."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from keyword import kwlist

SIGN = re.compile(
    r'(?P<comment>#.*)|(?P<string>\b[frb]*"(?:[^"\\\n]|\\.)*"|"(?:[^"\\\n]|\\.)*")'
    rf"|(?P<keyword>\b(?:{'|'.join(kwlist)})\b)|(?P<number>\b\d+(?:\.\d+)?\b)"
)


def coloured(program: str) -> str:
    """The program with a `<span>` around each of its signs; only strings in double quotes are known."""
    return "".join(_parts(program))


def _parts(program: str) -> Iterator[str]:
    end = 0
    for sign in SIGN.finditer(program):
        yield escape(program[end : sign.start()])
        yield f'<span class="{sign.lastgroup}">{escape(sign[0])}</span>'
        end = sign.end()
    yield escape(program[end:])
