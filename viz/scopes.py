"""Scopes of a graph: which there are, which a learner asks to fold, and which fold by themselves.

A scope is a path of names, `("t=1", "cell")`, written "t=1/cell".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase

from autograd_tiny import Value
from viz.lettering import shorten
from viz.parts import Scope

READABLE = 200  # gates: a picture of more is folded until it has no more
LISTED = 20  # scopes that an error names
AUTOMATIC = "auto"


def scopes_of(values: Iterable[Value]) -> tuple[Scope, ...]:
    """Every scope in which something was recorded, and those around it, in the order in which they begin."""
    met = dict.fromkeys(value.scope for value in values)
    return tuple(dict.fromkeys(scope[: depth + 1] for scope in met for depth in range(len(scope))))


def path(scope: Scope) -> str:
    """A scope as one writes it: `t=1/cell`."""
    return "/".join(scope)


def chosen(values: Sequence[Value], fold: str | Iterable[str] | None, depth: int | str | None) -> frozenset[Scope]:
    """The scopes to fold: those that `fold` names, and those deeper than `depth`.

    Without either, those that must be folded for the picture to be readable. ValueError names what there is.
    """
    if (
        depth != AUTOMATIC
        and depth is not None
        and (not isinstance(depth, int) or isinstance(depth, bool) or depth < 0)
    ):
        raise ValueError(f'depth={depth!r}: give the number of levels to open, 0, 1, 2, …, None for all, or "auto"')
    if fold is None and depth == AUTOMATIC:
        return readable(values)
    deep = deeper(values, depth) if isinstance(depth, int) else frozenset()
    several = isinstance(fold, Iterable) and not isinstance(fold, str)
    return deep | named(values, tuple(fold) if several else () if fold is None else (fold,))  # type: ignore[arg-type]


def deeper(values: Iterable[Value], depth: int) -> frozenset[Scope]:
    """The scopes inside more than `depth` others."""
    return frozenset(scope for scope in scopes_of(values) if len(scope) > depth)


def named(values: Iterable[Value], patterns: Sequence[str], option: str = "fold") -> frozenset[Scope]:
    """The scopes of these names: "cell", "t=1/cell", or with wildcards "t=*/cell"; ValueError where there is none."""
    if not patterns:
        return frozenset()
    known = scopes_of(values)
    found: set[Scope] = set()
    for pattern in patterns:
        if not isinstance(pattern, str):
            raise TypeError(f'{option}={pattern!r}: name scopes by text: "cell", "t=1/cell", ["cell", "t=*"]')
        matching = [scope for scope in known if _matches(scope, pattern)]
        if not matching:
            raise ValueError(_unknown(f"{option}={pattern!r}", pattern, known))
        found.update(matching)
    return frozenset(found)


def readable(values: Sequence[Value]) -> frozenset[Scope]:
    """What to fold so that at most `READABLE` gates are left: as many levels as it takes, the innermost first."""
    deepest = max((len(scope) for scope in scopes_of(values)), default=0)
    attempts = (deeper(values, depth) for depth in range(deepest, -1, -1))
    folded = frozenset[Scope]()
    for folded in attempts:
        if gates(values, folded) <= READABLE:
            break
    return folded


def gates(values: Iterable[Value], folded: Collection[Scope]) -> int:
    """How many gates a picture has that folds these scopes."""
    found = Counter(value.scope for value in values if value.inputs)
    closed = {scope: outermost(scope, folded) for scope in found}
    return len(set(filter(None, closed.values()))) + sum(found[scope] for scope in found if not closed[scope])


def outermost(scope: Scope, folded: Collection[Scope]) -> Scope:
    """Of the folded scopes that this one is or lies in, the outermost; () where there is none."""
    openings = (scope[:depth] for depth in range(1, len(scope) + 1))
    return next((opening for opening in openings if opening in folded), ())


def _matches(scope: Scope, pattern: str) -> bool:
    """Whether the pattern is the scope's name, its path, or the end of its path."""
    ends = (path(scope[start:]) for start in range(len(scope)))
    return any(end == pattern or fnmatchcase(end, pattern) for end in ends)


def _unknown(given: str, pattern: str, known: Sequence[Scope]) -> str:
    if not known:
        return f'{given}: this graph has no scopes; record its parts in them: with scope("cell"): …'
    paths = [shorten(path(scope), 60) for scope in known]
    near = get_close_matches(pattern, [*dict.fromkeys([scope[-1] for scope in known] + paths)], n=1)
    guess = f"; did you mean {near[0]!r}?" if near else "."
    more = f" and {len(paths) - LISTED} more" if len(paths) > LISTED else ""
    return f"{given} is no scope of this graph{guess} Scopes: {', '.join(paths[:LISTED])}{more}"
