"""Scopes: names for parts of a graph, so that a picture can draw a box around them and fold it."""

from __future__ import annotations

from contextlib import ContextDecorator
from typing import Any

from autograd_tiny.recorders import here


class scope(ContextDecorator):
    """Name what is recorded inside: `with scope("t=1"):` puts "t=1" into each new value's `scope`.

    Scopes nest; two blocks of the same names are one scope. Also works as a decorator.
    """

    def __init__(self, *names: str) -> None:
        self.names = tuple(map(str, names))
        self.outer: list[tuple[str, ...]] = []

    def __enter__(self) -> None:
        self.outer.append(here.scope)
        here.scope = here.scope + self.names

    def __exit__(self, *error: Any) -> None:
        here.scope = self.outer.pop()
