"""How far a learner has come: one JSON file in the user's data folder, written atomically.

A file that cannot be read is moved aside, never overwritten; a folder that cannot be written to is told once, and the
lesson goes on.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from lessons.parts import Snapshot

FORM = 1


@dataclass(frozen=True)
class Progress:
    """What is remembered: a snapshot per lesson, the lesson last taken, and what went wrong in reading."""

    lessons: dict[str, Snapshot] = field(default_factory=dict)
    last: str = ""
    notice: str = ""


def folder() -> Path:
    """Where a user's data belongs on this system; AUTOGRAD_TINY_HOME says otherwise."""
    home = Path.home()
    if own := os.environ.get("AUTOGRAD_TINY_HOME"):
        return Path(own)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", home / "AppData" / "Local")) / "autograd-tiny"
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "autograd-tiny"
    return Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share") / "autograd-tiny"


def load() -> Progress:
    """What is remembered; nothing, with a notice, where the file is broken (it is then moved aside)."""
    path = folder() / "progress.json"
    try:
        return _read(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Progress()
    except OSError as error:
        return Progress(notice=f"Your progress cannot be read ({error.strerror}): {path}")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Progress(notice=_aside(path))


def remember(name: str, snapshot: Snapshot) -> str:
    """Write down where a lesson stands; "" or, where that is impossible, why."""
    from autograd_tiny import files  # reading needs no engine, and the first screen no waiting

    known = load()
    table = {
        "form": FORM,
        "last": name,
        "lessons": {k: asdict(v) for k, v in (known.lessons | {name: snapshot}).items()},
    }
    try:
        folder().mkdir(parents=True, exist_ok=True)
        files.write(folder() / "progress.json", json.dumps(table, indent=1, ensure_ascii=False) + "\n")
    except OSError as error:
        return f"Your progress cannot be saved ({error.strerror or error}); the lesson goes on without."
    return ""


def keeper(name: str, tell: Callable[[str], None] = print) -> Callable[[Snapshot], None]:
    """What writes a session's snapshots down; it says once, not again and again, that this is impossible."""
    said: list[str] = []

    def keep(snapshot: Snapshot) -> None:
        problem = remember(name, snapshot)
        if problem and not said:
            said.append(problem)
            tell(problem)

    return keep


def _read(table: dict[str, Any]) -> Progress:
    lessons = {str(name): _snapshot(each) for name, each in table["lessons"].items()}
    return Progress(lessons, str(table.get("last", "")))


def _snapshot(table: dict[str, Any]) -> Snapshot:
    done = {str(question): str(how) for question, how in table["done"].items()}
    return Snapshot(int(table["at"]), int(table["step"]), done, bool(table["finished"]))


def _aside(path: Path) -> str:
    """Move a broken file to a name that is free."""
    number = 1
    while (aside := path.with_name(f"progress.broken-{number}.json")).exists():
        number += 1
    try:
        path.rename(aside)
    except OSError:
        return f"Your progress file is broken and cannot be moved aside: {path}"
    return f"Your progress file could not be read. It is kept as {aside}; a new one begins."
