"""The pages of a live session: the shell that follows, and each picture as it stands in it."""

from __future__ import annotations

import hashlib
import re
from functools import cache, partial
from html import unescape
from typing import Any

from viz import player
from viz.live_history import Entry, Sheet
from viz.webpage import STYLE, asset, inline, policy, sizes, written

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
    if not hasattr(picture, "svg"):
        raise TypeError(f"live: expected a drawing, a film or a Value, got {type(picture).__name__}")
    captions = getattr(picture, "captions", ())
    mark = hashlib.sha256("\0".join([picture.svg, *captions]).encode("utf-8", "replace")).digest()
    return Entry(picture.title, len(captions), mark, Sheet(partial(page, picture)))


def page(picture: Any) -> str:
    """What `save` would write as .html; of a picture that has no page of its own, a plain one."""
    if hasattr(picture, "captions"):
        return player.page(picture)
    own = getattr(picture, "html", None)  # asked for once: its levels are laid out anew each time
    return own if isinstance(own, str) else still(picture)


def header(html: str) -> str:
    """A page's policy, as a header: only there can it say who may frame the page."""
    own = POLICY.search(html)
    assert own, "every page of ours states its policy"
    return f"{unescape(own[1])}; frame-ancestors 'self'"


def still(picture: Any) -> str:
    """A picture as one HTML page, without scripts."""
    svg = inline(picture.svg)
    style = STYLE + asset("live", "still.css").substitute(sizes(svg)).strip()
    parts = {"title": written(picture.title), "style": style, "picture": svg}
    return asset("live", "still.html").substitute(parts, policy=policy(style))
