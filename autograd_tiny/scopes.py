"""Scopes: names for parts of a graph, so that a picture can draw a box around them and fold it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from autograd_tiny import eager


@contextmanager
def scope(*names: str) -> Iterator[None]:
    """Name what is recorded inside: `with scope("t=1"):` puts "t=1" into each new value's `scope`.

    Scopes nest; two blocks of the same names are one scope. Also works as a decorator.
    """
    outer = eager.FLOATS["scope"]
    eager.FLOATS["scope"] = (*outer, *map(str, names))
    try:
        yield
    finally:
        eager.FLOATS["scope"] = outer
