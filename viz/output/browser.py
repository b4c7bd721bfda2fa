"""Opening an address in the reader's browser, where there is one."""

from __future__ import annotations

import os
import sys
import webbrowser


def opens(address: str) -> bool:
    """Whether a browser took the address. Without a display nobody is asked: a text browser would take the terminal."""
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return False
    try:
        return webbrowser.open(address)
    except webbrowser.Error:
        return False
