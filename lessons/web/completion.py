"""What may stand where the cursor is: names, attributes, commands."""

from __future__ import annotations

import re
import rlcompleter
from collections.abc import Mapping
from typing import Any

from lessons.session.commands import COMMANDS

WORD = re.compile(r"[\w.]*$")
MOST = 100  # proposals
# Commands that do something here: pictures, editor and end are on the page, or the page's own.
OFFERED = {name: what for name, what in COMMANDS.items() if name not in ("pic", "play", "live", "edit", "quit")}


def completed(text: str, at: int, names: Mapping[str, Any]) -> dict[str, Any]:
    """The proposals for the word before this place, and where it begins; attributes that begin with _ on demand."""
    before = text[:at]
    if before.startswith(":") and " " not in before:
        return {"from": 0, "options": [f":{name}" for name in OFFERED if name.startswith(before[1:])]}
    word = WORD.search(before)
    assert word is not None
    if not word[0] or word[0][0].isdigit():
        return {"from": at, "options": []}
    completer, stem = rlcompleter.Completer(dict(names)), word[0].rpartition(".")[0]
    found: list[str] = []
    while len(found) < MOST and (each := _proposal(completer, word[0], len(found))):
        found.append(each)
    begin = len(stem) + 1 if stem else 0
    shown = [each.rstrip("() ")[begin:] for each in found]
    return {"from": word.start() + begin, "options": sorted(set(filter(None, shown)), key=str.casefold)}


def _proposal(completer: rlcompleter.Completer, word: str, number: int) -> str | None:
    try:
        return completer.complete(word, number)
    except Exception:  # an attribute of the learner's may do anything
        return None
