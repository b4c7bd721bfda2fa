"""`python -m docs.reference [DIR]`: the reference of all public names, as pages, from their docstrings (`make docs`).

What stands there is what `help()` says; the tests execute its examples. A link that leads nowhere is an error.
"""

from __future__ import annotations

import argparse
import os
import re
import warnings
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType

from pdoc import doc, render

from lessons.site.reference import PACKAGES

TARGET = Path("build") / "reference"


def build(target: Path) -> list[Path]:
    """Write the pages into a folder; ValueError names every link between them that leads nowhere."""
    render.configure(docformat="markdown", footer_text="autograd-tiny")
    modules = {name: doc.Module(_whole(name)) for name in PACKAGES}
    _adopt(modules)
    with warnings.catch_warnings():  # it then shows the annotation as it is written
        warnings.filterwarnings("ignore", "Error parsing type annotation", UserWarning)
        pages = {Path(f"{name.replace('.', '/')}.html"): render.html_module(x, modules) for name, x in modules.items()}
        pages |= {Path("index.html"): render.html_index(modules), Path("search.js"): render.search_index(modules)}
    if broken := broken_links(pages):
        raise ValueError(f"links that lead nowhere: {', '.join(broken)}")
    for path, text in pages.items():
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).write_text(text, "utf-8")
    return [target / path for path in pages]


def _whole(name: str) -> ModuleType:
    """A module with everything that it shows, also what it only brings when asked, which pdoc would not see."""
    module = import_module(name)
    for shown in dir(module):
        vars(module).setdefault(shown, getattr(module, shown))
    return module


def _adopt(modules: Mapping[str, doc.Module]) -> None:
    """Show what a class inherits from one that no page shows as its own: a reader of `Value` looks for `sum` there."""
    classes = [
        member for module in modules.values() for member in module.members.values() if isinstance(member, doc.Class)
    ]
    shown = {c.taken_from for c in classes}
    for c in classes:
        ours = {origin: m for origin, m in c.inherited_members.items() if origin[0].split(".")[0] in PACKAGES}
        hidden = {origin: m for origin, m in ours.items() if origin not in shown}
        vars(c)["own_members"] = c.own_members + [m for members in hidden.values() for m in members]
        vars(c)["inherited_members"] = {origin: m for origin, m in ours.items() if origin not in hidden}


def broken_links(pages: dict[Path, str]) -> list[str]:
    """The links within these pages, "page → address", whose page or place on it does not exist."""
    places = {path: set(re.findall(r'\bid="([^"]+)"', text)) for path, text in pages.items()}
    broken = []
    for path, text in pages.items():
        for address in re.findall(r'<a [^>]*href="([^"$]+)"', text):  # $: a script fills it in
            if re.match(r"[a-z]+:", address):
                continue
            file, _, place = address.partition("#")
            page = Path(os.path.normpath(path.parent / file)) if file else path
            if page not in pages or (place and place not in places[page]):
                broken.append(f"{path} → {address}")
    return broken


if __name__ == "__main__":
    options = argparse.ArgumentParser(prog="python -m docs.reference", description=__doc__)
    options.add_argument("DIR", type=Path, nargs="?", default=TARGET, help=f"where the pages go ({TARGET})")
    for page in build(options.parse_args().DIR):
        print(page)
