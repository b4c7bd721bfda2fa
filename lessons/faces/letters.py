"""Letters that a terminal lacks are spelled, bytes that are none are read as ?: no lesson ends because of either."""

from __future__ import annotations

import sys


def take_any() -> None:
    """Have the standard streams take whatever is written or typed."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    if not encoding.casefold().startswith("utf"):
        from viz.words import ascii  # which nobody else has to wait for

        ascii.speak()
