"""Text that is no Markdown inside Markdown: what a learner typed, what an error says. Every face shows it as it is.

Glossary: an *escape* is a backslash and the sign that it takes its meaning from.
"""

from __future__ import annotations

import re

ESCAPE = r"\\[!-/:-@\[-`{-~]"
SIGN = r"[\\`*\[\]<&$~]|(?<![^\W_])_|_(?![^\W_])|:(?=[a-z])"  # what would mean something: the last one is a command's
FIRST = r"^([-#>+=|])|^(\d+)([.)])(?= |$)"  # what would, as the first of a line
CODE = r"```.*?```|`[^`\n]*`"  # needs DOTALL


def quoted(text: str) -> str:
    """The text in one line, its signs without meaning."""
    line = re.sub(SIGN, r"\\\g<0>", " ".join(text.split()))
    return re.sub(FIRST, lambda found: f"\\{found[1]}" if found[1] else f"{found[2]}\\{found[3]}", line)


def fenced(text: str) -> str:
    """The text with its lines and blanks, as a block; three backquotes in it are kept from closing it."""
    inside = text.replace("```", "`\N{WORD JOINER}``")
    return f"```text\n{inside}\n```"


def unquoted(markdown: str) -> str:
    """Markdown without its escapes; code has none."""
    return re.sub(f"({CODE})|{ESCAPE}", lambda found: found[1] or found[0][1:], markdown, flags=re.DOTALL)


def outside(markdown: str) -> list[str]:
    """The text cut at its code and its escapes, which have the odd places."""
    return re.split(f"({ESCAPE}|{CODE})", markdown, flags=re.DOTALL)
