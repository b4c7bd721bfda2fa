"""The reference of all public names: what `help()` says, as pages."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from html import escape
from importlib import import_module
from types import ModuleType
from typing import Any

from lessons.pages import markdown
from lessons.site.chrome import Page, to

PACKAGES = (
    "autograd_tiny", "autograd_tiny.arrays.linalg", "autograd_tiny.errors", "autograd_tiny.nn",
    "autograd_tiny.nn.initialisation", "autograd_tiny.optim", "autograd_tiny.program", "autograd_tiny.check",
    "autograd_tiny.testing", "viz", "viz.flow", "viz.cells", "viz.live", "lessons",
)  # fmt: skip
PLACE = "reference/{}.html"
EXAMPLE = re.compile(r"^ *(?:>>>|\.\.\.)", re.MULTILINE)
QUOTED = re.compile(r"(: |-> )'([^']*)'")  # an annotation, as a module keeps it
COLUMNS = re.compile(r"^.*\S {3,}\S.*$", re.MULTILINE)  # lines of a table
TYPED = re.compile(r"(?:(?:python -m|make) .*\n?)+")  # in a shell
ADDRESS = re.compile(r" at 0x[0-9a-f]+")


def pages(packages: tuple[str, ...] = PACKAGES) -> Iterator[Page]:
    """A page for each package, and the list of them."""
    modules = {name: _module(name) for name in packages}
    here = "reference/index.html"
    items = "".join(
        f'<li><h2><a href="{to(PLACE.format(name), here)}"><code>{name}</code></a></h2>'
        f"<p>{markdown.inline(_first(module), lambda target: '')}</p></li>"
        for name, module in modules.items()
    )
    yield Page(here, "Reference", f'<h1>Reference</h1>\n<ul class="cards">{items}</ul>', "reference of all names")
    for name, module in modules.items():
        yield _package(name, module)


def _module(name: str) -> ModuleType:
    """A package; in the place of one that lacks what it needs here, one that says what that is."""
    try:
        return import_module(name)
    except ImportError as lacking:
        return ModuleType(name, f"Not installed where these pages were written: {lacking}")


def _first(module: ModuleType) -> str:
    return (module.__doc__ or "").partition("\n")[0]


def _package(name: str, module: ModuleType) -> Page:
    names = sorted(getattr(module, "__all__", None) or [each for each in dir(module) if not each.startswith("_")])
    members = {each: getattr(module, each) for each in names if not inspect.ismodule(getattr(module, each, module))}
    listed = "".join(f'<li><a href="#{each}">{escape(each)}</a></li>' for each in members)
    index = f"<details><summary>{len(members)} names</summary><ul>{listed}</ul></details>" if members else ""
    entries = "".join(_entry(each, thing) for each, thing in members.items())
    body = (
        f'<div class="prose"><h1><code>{name}</code></h1>\n{documented(module.__doc__ or "")}'
        f"{index}</div>\n"
        f'<dl class="names">{entries}</dl>'
    )
    return Page(PLACE.format(name), name, body, f"{name} {' '.join(members)}", _first(module))


def _entry(name: str, thing: Any) -> str:
    inside = "".join(_methods(name, thing)) if inspect.isclass(thing) else ""
    kind = "class " if inspect.isclass(thing) else ""
    methods = f'<dl class="names">{inside}</dl>' if inside else ""
    return _named(name, f"{kind}{name}", _signature(thing), documented(_said(thing)) + methods)


def _named(place: str, name: str, signature: str, inside: str) -> str:
    head = f'<dt id="{escape(place)}">{escape(name)}<code>{escape(signature)}</code></dt>'
    return f"{head}<dd>{inside}</dd>\n"


def _methods(owner: str, of: type) -> Iterator[str]:
    """What a class offers of its own or of our other classes, but not what every object has."""
    for name in sorted(dir(of)):
        member = inspect.getattr_static(of, name)
        home = next((base for base in of.__mro__ if name in vars(base)), object)
        if name.startswith("_") or home.__module__.split(".")[0] not in ("autograd_tiny", "viz", "lessons"):
            continue
        said = _said(member.fget if isinstance(member, property) else member)
        if said:
            signature = "" if isinstance(member, property) else _signature(getattr(of, name))
            yield _named(f"{owner}.{name}", name, signature, documented(said))


def _said(thing: Any) -> str:
    """What is written of a thing itself: not what its class says of all of them."""
    own = getattr(thing, "__doc__", None)
    return inspect.cleandoc(own) if isinstance(own, str) and own != type(thing).__doc__ else ""


def _signature(thing: Any) -> str:
    if not callable(thing):
        return ""
    try:
        return ADDRESS.sub("", QUOTED.sub(r"\1\2", str(inspect.signature(thing))))
    except (TypeError, ValueError):
        return "(…)"


def documented(text: str) -> str:
    """A docstring: prose is Markdown, examples are programs, what is indented, in columns or typed stands as it is."""
    blocks = [block for block in re.split(r"\n\s*\n", text) if block.strip()]
    return "".join(map(_block, blocks))


def _block(block: str) -> str:
    if EXAMPLE.match(block):
        return markdown.code(inspect.cleandoc(block)) + "\n"
    if block.startswith("  ") or TYPED.fullmatch(block) or len(COLUMNS.findall(block)) > block.count("\n") / 2 > 0:
        return markdown.output(inspect.cleandoc("\n" + block), "text", "Text") + "\n"
    return markdown.html(block, lambda target: target if target.startswith("http") else "")
