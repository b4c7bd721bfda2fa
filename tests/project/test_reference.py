"""The docstrings of what is public: each says what the thing is, and shows an example, which is executed."""

from __future__ import annotations

import doctest
import inspect
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd_tiny
from autograd_tiny.table import TABLE
from docs import reference

PACKAGES = (
    "autograd_tiny", "autograd_tiny.arrays.linalg", "autograd_tiny.nn", "autograd_tiny.optim", "autograd_tiny.errors",
    "autograd_tiny.program",
)  # fmt: skip
KNOWN = {"np": np, **{name: getattr(autograd_tiny, name) for name in autograd_tiny.__all__}}
KNOWN |= {name: import_module(f"autograd_tiny.{name}") for name in ("nn", "optim")}


def public(package: str) -> Iterator[tuple[str, Callable[..., Any]]]:
    """The functions and classes that a package shows, by name; lines of the table are documented by the table."""
    module = import_module(package)
    for name in dir(module):
        thing = getattr(module, name)
        if (
            not name.startswith("_")
            and callable(thing)
            and not (package == "autograd_tiny" and thing.__name__ in TABLE)
        ):
            yield name, thing


THINGS = [pytest.param(p, x, id=f"{p}.{name}") for p in PACKAGES for name, x in public(p)]


@pytest.mark.parametrize(("package", "thing"), THINGS)
def test_what_is_public_is_explained_and_shown(package: str, thing: Callable[..., Any]) -> None:
    text = inspect.getdoc(thing) or ""
    assert text.split("\n")[0].rstrip().endswith((".", ":", "…")) or len(text.split("\n\n")[0]) > 20
    assert ">>>" in text, "an example is missing"


@pytest.mark.parametrize(("package", "thing"), THINGS)
def test_what_is_shown_is_true(package: str, thing: Callable[..., Any]) -> None:
    module, report = import_module(package), list[str]()
    names = KNOWN | {name: getattr(module, name) for name in dir(module)}
    examples = doctest.DocTestParser().get_doctest(inspect.getdoc(thing) or "", dict(names), str(thing), None, 0)
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(examples, out=report.append)
    assert not report, "".join(report)


@pytest.mark.slow
def test_the_reference_has_a_page_for_each_package(tmp_path: Path) -> None:
    pages = reference.build(tmp_path)
    assert all(page.stat().st_size for page in pages)
    value = (tmp_path / "autograd_tiny.html").read_text("utf-8")
    assert 'id="Value.backward"' in value
    assert 'id="Value.sum"' in value, "what Value inherits stands on its page"


def test_a_link_that_leads_nowhere_is_found() -> None:
    there, page = (
        Path("a/there.html"),
        '<p id="x"></p><a href="../b.html#y">b</a> <a href="#x">x</a> <a href="https://z">z</a>',
    )
    assert reference.broken_links({there: page, Path("b.html"): '<p id="y"></p>'}) == []
    assert reference.broken_links({there: page, Path("b.html"): ""}) == ["a/there.html → ../b.html#y"]
