"""Fonts for PNG and PDF: where Graphviz's text engine finds them, and what to say where there are none.

SVG and HTML name their fonts and leave the letters to the browser. PNG and PDF need real fonts: the text engine in
pygraphviz's wheel (pango with fontconfig) brings none, and without any it draws empty boxes without complaint.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path


@cache
def environment() -> dict[str, str]:
    """What to add to Graphviz's environment: a fontconfig file of ours where a slim machine has none."""
    if "FONTCONFIG_FILE" in os.environ or sys.platform != "linux" or Path("/etc/fonts/fonts.conf").exists():
        return {}
    return {"FONTCONFIG_FILE": str(Path(__file__).with_name("fonts.conf"))}


@cache
def available() -> bool:
    """Whether the machine has any font at all; elsewhere than on Linux the system brings some."""
    return sys.platform != "linux" or any(_holds_fonts(folder) for folder in _folders())


def _folders() -> list[Path]:
    home = [Path.home() / ".fonts", Path.home() / ".local/share/fonts"]
    return [Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), *home]


def _holds_fonts(folder: Path) -> bool:
    return any(
        name.lower().endswith((".ttf", ".otf", ".ttc", ".pfb")) for _, _, names in os.walk(folder) for name in names
    )
