"""Scopes: names for parts of a graph, so that a picture can draw a box around them and fold it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from autograd_tiny.recorders import here


@contextmanager
def scope(*names: str) -> Iterator[None]:
    """Name what is recorded inside: `with scope("t=1"):` puts "t=1" into each new value's `scope`.

    Scopes nest; two blocks of the same names are one scope. Also works as a decorator.
    """
    outer = here.scope
    here.scope = (*outer, *map(str, names))
    try:
        yield
    finally:
        here.scope = outer
