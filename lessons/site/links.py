"""Whether every link of the site leads somewhere."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from html import unescape
from urllib.parse import unquote

REFERS = re.compile(r'<(?:a|link|script|img|iframe|form)\b[^>]*?\s(?:href|src|action)="([^"]*)"')
NAMED = re.compile(r'(?<![\w-])id="([^"]+)"')


def broken(files: Mapping[str, bytes]) -> list[str]:
    """Each link, "page → address", whose page or place is not among these files; none to the web is tried."""
    texts = {name: data.decode() for name, data in files.items() if name.endswith(".html") and not _framed(data)}
    places = {name: set(map(unescape, NAMED.findall(text))) for name, text in texts.items()}
    return [
        f"{name} → {address}"
        for name, text in texts.items()
        for address in dict.fromkeys(map(unescape, REFERS.findall(text)))
        if not _leads(address, name, files, places)
    ]


def _framed(data: bytes) -> bool:
    """Whether it is a page by itself, a film say, whose links are its own."""
    return b'<a class="home"' not in data


def _leads(address: str, here: str, files: Mapping[str, bytes], places: Mapping[str, set[str]]) -> bool:
    if re.match(r"[a-z]+:", address):
        return True
    file, _, anchor = address.partition("#")
    place = os.path.normpath(os.path.join(os.path.dirname(here), unquote(file))).replace(os.sep, "/") if file else here
    return place in files and (not anchor or unquote(anchor) in places.get(place, ()))
