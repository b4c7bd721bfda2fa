"""Symbols: what a formula calls its leaves and its large arrays, in Python and in LaTeX."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from autograd_tiny.graphs.algebra import Atom
from autograd_tiny.graphs.literals import large_arrays
from autograd_tiny.graphs.namesakes import labels
from autograd_tiny.learners.expression import plain_name
from autograd_tiny.value import Value

HELD = re.compile("\ue000(\\d+)\ue001")  # a label that is held back, by its number: no formula has these characters
_UNSAFE = frozenset("()#'\"\\\n\r")  # what brackets would not hold together
_GREEK = frozenset(
    "alpha beta gamma delta epsilon zeta eta theta kappa lambda mu nu xi pi rho sigma tau phi chi psi omega".split()
)


@dataclass(frozen=True)
class Symbols:
    """The names of leaves, and of large arrays by their ids; labels that are no names are held back to the end."""

    leaves: Mapping[Value, str]
    arrays: Mapping[int, str]
    held: tuple[str, ...]

    def atom(self, v: Value) -> Atom:
        """A leaf; a label that could be read as an expression is represented by its number among those held back."""
        name = self.leaves[v]
        if name not in self.held:
            return Atom(name, latex_name(name), shape=v.shape)
        return Atom(f"\ue000{self.held.index(name)}\ue001", rf"\left({latex_name(name)}\right)", shape=v.shape)

    def restored(self, text: str) -> str:
        """A text with the labels that have been held back, in brackets, or in quotes where these would not do."""
        return HELD.sub(lambda number: _kept_together(self.held[int(number[1])]), text)


def symbols(order: list[Value], reserved: Collection[str]) -> Symbols:
    """A name for each leaf that no other has: its label; x_2 for a second x; v1, v2, … without one."""
    leaves = [v for v in order if v.operation is None and not v.is_constant]
    named = labels(leaves)
    taken, names = {*reserved, *named.values()}, dict[Value, str]()
    for v in leaves:
        plain = named.get(v, "")
        free = (f"{plain}_{k}" if plain else f"v{k}" for k in count(2 if plain else 1))
        names[v] = plain if plain and plain not in reserved else next(name for name in free if name not in taken)
        taken.add(names[v])
    free = (f"c{k}" for k in count(1) if f"c{k}" not in taken)
    known: dict[tuple[Any, ...], str] = {}  # by contents: every use of an array keeps a copy of its own
    arrays: dict[int, str] = {}
    for x in _arrays(order):
        contents = x.shape, x.dtype, x.tobytes()
        arrays[id(x)] = known[contents] = known.get(contents) or next(free)
    return Symbols(names, arrays, tuple(name for name in names.values() if not plain_name(name).isidentifier()))


def _arrays(order: list[Value]) -> Iterator[Any]:
    for v in order:
        for given in (*v.parameters.values(), *((v._data,) if v.is_constant else ())):
            yield from large_arrays(given)


def _kept_together(label: str) -> str:
    return f"({label})" if _UNSAFE.isdisjoint(label) else repr(label)


def latex_name(name: str) -> str:
    """A label as LaTeX: subscripts after _, Greek letters by name, several letters upright."""
    stem, _, below = name.partition("_")
    if not re.fullmatch(r"\w*", name):
        escaped = re.sub(r"([\\{}$&#^_%~])", lambda m: rf"\char{ord(m[1])} ", name)
        return rf"\mathrm{{{escaped}}}"
    head = rf"\{stem}" if stem in _GREEK else stem if len(stem) <= 1 else rf"\mathrm{{{stem}}}"
    return head + (f"_{{{below}}}" if below else "")


def latex_text(name: str) -> str:
    """A name as upright LaTeX text."""
    return name.replace("_", r"\_")


def latex_code(text: str) -> str:
    """Python in LaTeX, as it is typed."""
    return rf"\mathtt{{{latex_text(text)}}}"
