"""Pictures in the terminal itself, where it can show them: kitty's way, or sixels (foot, iTerm2, WezTerm, mlterm …)."""

from __future__ import annotations

import os
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

from lessons.session.pages import Picture

KITTY = ("xterm-kitty", "xterm-ghostty")
SIXEL = ("foot", "mlterm", "contour", "yaft", "sixel")  # beginnings of TERM
SIXEL_PROGRAMS = ("iTerm.app", "WezTerm", "mintty")


def way() -> str:
    """How this terminal shows images: "kitty", "sixel", or "" if it does not. AUTOGRAD_TINY_IMAGES says otherwise."""
    own = os.environ.get("AUTOGRAD_TINY_IMAGES")
    if own is not None:
        return own if own in ("kitty", "sixel") else ""
    term, program = os.environ.get("TERM", ""), os.environ.get("TERM_PROGRAM", "")
    if term in KITTY or os.environ.get("KITTY_WINDOW_ID") or program == "ghostty":
        return "kitty"
    return "sixel" if program in SIXEL_PROGRAMS or term.startswith(SIXEL) else ""


def image(picture: Picture) -> Any:
    """The picture for rich to print; None where the terminal, or the library for it (extra: terminal), cannot."""
    chosen = way()
    if not chosen:
        return None
    try:
        from PIL import Image as Pixels

        shown = import_module(f"textual_image.renderable.{'tgp' if chosen == 'kitty' else 'sixel'}").Image
    except ImportError:
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = picture.save(Path(folder), ".png")
        with Pixels.open(path) as opened:
            return shown(opened.convert("RGB"), width="auto", height="auto")
