"""What is said of an answer: a record."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Verdict:
    """What the learner hears: right, wrong (and how we know why), or unreadable, which is no attempt at all."""

    kind: str  # "right", "wrong", "unreadable"
    message: str
    reason: str = ""  # of a wrong one: "listed", "diagnosed", "elsewhere", "near", "form", "shape", "unknown"
