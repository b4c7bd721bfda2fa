"""The documents in `docs`: what they quote from the code, what they execute, and where they point.

`python -m tests.project.documents docs/READING.md` executes one and prints what is not as the page says.
"""

from __future__ import annotations

import doctest
import re
import sys
from pathlib import Path
from typing import NamedTuple

from tests.project.checkout import ROOT

DOCUMENTS = tuple(f"docs/{name}.md" for name in ("READING", "ARCHITECTURE", "CHECKING", "TEACHING", "WEB", "GROWING"))
GAP = "# …"  # between two excerpts of one file


class Excerpt(NamedTuple):
    """Lines that a document quotes from a file."""

    file: str
    lines: tuple[str, ...]


def text(document: str) -> str:
    """What a document says."""
    return (ROOT / document).read_text("utf-8")


def blocks(document: str, language: str) -> list[str]:
    """Its blocks of code in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text(document), flags=re.MULTILINE | re.DOTALL)


def excerpts(document: str) -> list[Excerpt]:
    """What a document quotes: blocks that begin with the file's name in a comment."""
    found = []
    for block in blocks(document, "python"):
        head, *lines = block.splitlines()
        if re.fullmatch(r"# \S+\.py", head):
            parts = "\n".join(lines).split(f"{GAP}\n")
            found += [Excerpt(head.removeprefix("# "), tuple(part.splitlines())) for part in parts]
    return found


def stands(excerpt: Excerpt) -> bool:
    """Whether the file has these lines, one after the other."""
    lines = tuple((ROOT / excerpt.file).read_text("utf-8").splitlines())
    n = len(excerpt.lines)
    return any(lines[k : k + n] == excerpt.lines for k in range(len(lines) - n + 1))


def executed(document: str) -> str:
    """What goes otherwise than the page says when its examples are executed in order; "" if nothing does."""
    session, report, names = doctest.DocTestRunner(), list[str](), dict[str, object]()
    for block in blocks(document, "python"):
        if ">>>" in block:
            examples = doctest.DocTestParser().get_doctest(block, names, document, document, 0)
            session.run(examples, out=report.append, clear_globs=False)
            names |= examples.globs
    return "".join(report)


def targets(document: str) -> list[Path]:
    """The files and folders that a document links to."""
    prose = re.sub(r"^```.*?^```$", "", text(document), flags=re.MULTILINE | re.DOTALL)
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", prose)
    return [(ROOT / document).parent / link for link in links]


def walked(document: str) -> list[tuple[str, str]]:
    """The functions and classes that a walk passes: rows of a table that begin with a file and a name in it."""
    return re.findall(r"^\| `(\S+\.py)` \| `(\w+)` \|", text(document), flags=re.MULTILINE)


def folders(document: str) -> set[str]:
    """The folders that a table of them names."""
    return set(re.findall(r"^\| `([\w/]+)` \|", text(document), flags=re.MULTILINE))


if __name__ == "__main__":
    sys.stdout.write(executed(sys.argv[1]))
