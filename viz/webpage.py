"""What every page stands on: assets, a picture inside, embedded data, and a policy that lets nothing else in."""

from __future__ import annotations

import base64
import hashlib
import json
from importlib.resources import files
from string import Template


def asset(owner: str, name: str) -> Template:
    """A file of `viz/OWNER_assets`; `$name` in it is filled in."""
    return Template((files(__package__) / f"{owner}_assets" / name).read_text(encoding="utf-8"))


STYLE = asset("webpage", "webpage.css").template  # every page's style begins with it


def inline(svg: str) -> str:
    """The `<svg>` element alone: HTML has no place for the XML declaration, doctype and comments before it."""
    start = svg.find("<svg")
    if start < 0:
        raise ValueError("page: film.svg holds no <svg> element")
    return svg[start:].rstrip()


def embedded(record: object) -> str:
    """JSON that cannot end the script element it stands in, whatever a label says."""
    text = json.dumps(record, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def policy(style: str, script: str) -> str:
    """The content security policy of a page that fetches nothing and runs exactly this style and this script."""
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
