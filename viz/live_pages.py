"""The pages of a live session: the shell that follows, and each picture as it stands in it."""

from __future__ import annotations

import gzip
import re
from functools import cache
from html import escape, unescape
from typing import Any

from viz import player
from viz.live_history import Entry
from viz.webpage import STYLE, asset, inline, policy, sizes

POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">')


@cache
def shell() -> tuple[str, str]:
    """The page that follows, and its policy: it may ask its own server for news, and show what is served there."""
    style = STYLE + asset("live", "live.css").template.strip()
    script = asset("live", "live.js").template.strip()
    text = asset("live", "live.html").substitute(style=style, script=script)
    return text, f"{policy(style, script)}; connect-src 'self'; frame-src 'self'; frame-ancestors 'none'"


def entry(picture: Any) -> Entry:
    """A drawing or a film as an entry of the history; TypeError for anything else."""
    if hasattr(picture, "captions"):
        return _entry(picture.title, len(picture.captions), player.page(picture))
    if not hasattr(picture, "svg"):
        raise TypeError(f"live: expected a drawing, a film or a Value, got {type(picture).__name__}")
    return _entry(picture.title, 0, still(picture))


def _entry(title: str, frames: int, html: str) -> Entry:
    """Compressed once; framing is allowed or not in a header only, so the page's own policy goes there with it."""
    own = POLICY.search(html)
    assert own, "every page of ours states its policy"
    return Entry(title, frames, gzip.compress(html.encode(), 5, mtime=0), f"{unescape(own[1])}; frame-ancestors 'self'")


def still(picture: Any) -> str:
    """A drawing as one HTML page, without scripts."""
    svg = inline(picture.svg)
    style = STYLE + asset("live", "still.css").substitute(sizes(svg)).strip()
    parts = {"title": escape(picture.title), "style": style, "picture": svg}
    return asset("live", "still.html").substitute(parts, policy=policy(style))
