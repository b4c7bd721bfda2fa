"""The press: the one module that runs Graphviz.

It always runs the Graphviz that pygraphviz carries, never a `dot` on PATH: the same version on every machine gives the
same bytes. It runs in a child process with a time limit, because Graphviz cannot be interrupted in-process, writes to
stderr, and some graphs take it minutes. A child costs about 40 ms; a worker kept alive would save 30 of them and would
have to be guarded against orphans, forks and Ctrl-C.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import IO, Any

TIMEOUT = 10.0  # seconds


class LayoutError(RuntimeError):
    """A picture could not be laid out: too large for its time limit, or refused by Graphviz."""


class TooSlow(LayoutError):
    """The time limit passed."""


def engrave(documents: Sequence[str], engine: str, form: str, timeout: float = TIMEOUT) -> list[bytes]:
    """Each DOT document laid out by `engine` ("dot", "nop2") and rendered as `form` ("json0", "png", "pdf")."""
    with tempfile.TemporaryFile() as file:
        offsets = [_append(file, document) for document in documents]
        command = [sys.executable, "-I", "-S", str(_CHILD), _folder(), str(timeout), engine, form, *offsets]
        file.seek(0)
        done = _run(command, file, timeout)
    if done.returncode:
        raise LayoutError(f"Graphviz ended with {done.returncode}: {_last_line(done.stderr)}")
    return list(_split(done.stdout, len(documents)))


KEPT, LONGEST = 256, 100_000  # documents whose layout is remembered, and signs of one
_laid_out: dict[str, Any] = {}


def laid_out(documents: Sequence[str], timeout: float = TIMEOUT) -> list[Any]:
    """Where "dot" puts the parts of each document, from its JSON. Not to be changed: the next who asks has the same.

    A picture that looks for its room asks for the same box, or the same row, again and again.
    """
    known = {document: _laid_out.pop(document, None) for document in documents}
    asked = [document for document, found in known.items() if found is None]
    answers = engrave(asked, "dot", "json0", timeout) if asked else ()
    known |= {document: json.loads(answer) for document, answer in zip(asked, answers, strict=True)}
    _laid_out.update({document: found for document, found in known.items() if len(document) <= LONGEST})
    for oldest in list(_laid_out)[: max(len(_laid_out) - KEPT, 0)]:
        _laid_out.pop(oldest, None)
    return [known[document] for document in documents]


_CHILD = Path(__file__).with_name("press_child.py")


def _append(file: IO[bytes], document: str) -> str:
    place = file.tell()
    file.write(document.encode("utf-8") + b"\n")
    return str(place)


def _folder() -> str:
    spec = importlib.util.find_spec("pygraphviz")
    if spec is None or not spec.submodule_search_locations:
        raise LayoutError("pygraphviz is not installed: pip install 'pygraphviz>=2'")
    return spec.submodule_search_locations[0]


def _run(command: list[str], file: IO[bytes], timeout: float) -> subprocess.CompletedProcess[bytes]:
    # subprocess.run kills the child on timeout and on Ctrl-C alike.
    environment = os.environ | fonts_environment()
    try:
        return subprocess.run(command, stdin=file, capture_output=True, timeout=timeout, env=environment, check=False)
    except subprocess.TimeoutExpired as error:
        raise TooSlow(f"stopped after {timeout:g} s") from error


def _last_line(stderr: bytes) -> str:
    lines = stderr.decode("utf-8", "replace").split("\n")
    return next((text for text in reversed(lines) if text.strip()), "without a word")


def _split(output: bytes, count: int) -> Iterator[bytes]:
    place = 0
    for _ in range(count):
        end = output.index(b"\n", place)
        start, length = end + 1, int(output[place:end])
        yield output[start : start + length]
        place = start + length


# Fonts for PNG and PDF: where Graphviz's text engine finds them, and what to say where there are none ----------------
#
# SVG and HTML name their fonts and leave the letters to the browser. PNG and PDF need real fonts: the text engine in
# pygraphviz's wheel (pango with fontconfig) brings none, and without any it draws empty boxes without complaint.


@cache
def fonts_environment() -> dict[str, str]:
    """What to add to Graphviz's environment: a fontconfig file of ours where a slim machine has none."""
    if "FONTCONFIG_FILE" in os.environ or sys.platform != "linux" or Path("/etc/fonts/fonts.conf").exists():
        return {}
    return {"FONTCONFIG_FILE": str(Path(__file__).with_name("fonts.conf"))}


@cache
def fonts_available() -> bool:
    """Whether the machine has any font at all; elsewhere than on Linux the system brings some."""
    return sys.platform != "linux" or any(_holds_fonts(folder) for folder in _folders())


def _folders() -> list[Path]:
    home = [Path.home() / ".fonts", Path.home() / ".local/share/fonts"]
    return [Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), *home]


def _holds_fonts(folder: Path) -> bool:
    return any(
        name.lower().endswith((".ttf", ".otf", ".ttc", ".pfb")) for _, _, names in os.walk(folder) for name in names
    )
