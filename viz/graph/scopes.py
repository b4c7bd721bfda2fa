"""Scopes of a graph: which there are, which a learner asks to fold, and which fold by themselves.

A scope is a path of names, `("t=1", "cell")`, written "t=1/cell", its calls told apart: `instances` of a graph says
where each value stands.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase

from autograd_tiny import Value
from autograd_tiny.graphs.namesakes import entered, instances, nth, run
from viz.graph.model import Scope
from viz.words.lettering import shorten

READABLE = 200  # gates: a picture of more is folded until it has no more
LISTED = 20  # scopes that an error names
AUTOMATIC = "auto"

Stands = Mapping[Value, Scope]

GAP = "⋯"  # steps that are left out
TIMES = "×"  # before how many calls of a scope are drawn as one
STEP = re.compile(rf"(?:t|step|time)\s*=\s*(?:{GAP}|-?)\d+")
FAMILY = re.compile(rf"(.*?\w)[\s=#]\s*((?:{GAP}|-?)\d+)")  # layer=3, block 4


def is_step(name: str) -> bool:
    """Whether a scope is a step in time."""
    return bool(STEP.fullmatch(entered(name)))


def step_of(scope: Scope) -> Scope:
    """The time step that a scope lies in, as a scope; () outside of all."""
    return next((opening for opening in openings(scope) if is_step(opening[-1])), ())


def family_of(name: str) -> str:
    """What a numbered scope is called without its number; "" for one that has none."""
    found = FAMILY.fullmatch(entered(name))
    return found[1] if found else ""


__all__ = ["AUTOMATIC", "READABLE", "Stands", "instances"]


def scopes_of(stands: Stands) -> tuple[Scope, ...]:
    """Every scope in which something was recorded, and those around it, in the order in which they begin."""
    met = dict.fromkeys(stands.values())
    return tuple(dict.fromkeys(opening for scope in met for opening in openings(scope)))


def openings(scope: Scope) -> Iterator[Scope]:
    """The scopes around this one, outermost first, and itself."""
    return (scope[: depth + 1] for depth in range(len(scope)))


def path(scope: Scope) -> str:
    """A scope as one writes it: `t=1/cell`."""
    return "/".join(scope)


def chosen(stands: Stands, fold: str | Iterable[str] | None, depth: int | str | None) -> frozenset[Scope]:
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
        return readable(stands)
    deep = deeper(stands, depth) if isinstance(depth, int) else frozenset()
    several = isinstance(fold, Iterable) and not isinstance(fold, str)
    return deep | named(stands, tuple(fold) if several else () if fold is None else (fold,))  # type: ignore[arg-type]


def deeper(stands: Stands, depth: int) -> frozenset[Scope]:
    """The scopes inside more than `depth` others."""
    return frozenset(scope for scope in scopes_of(stands) if len(scope) > depth)


def degrees(stands: Stands) -> list[frozenset[Scope]]:
    """What to fold, from nothing but the innermost scopes to everything.

    What holds a row, such as an encoder its steps, is no level of its own: it closes when all else is closed.
    """
    every, holders = scopes_of(stands), row_holders(stands)
    level = {scope: sum(opening not in holders for opening in openings(scope)) for scope in every}
    deepest, outer = max(level.values(), default=0), max(map(len, holders), default=0)
    inside = [frozenset(scope for scope in every if level[scope] > depth) for depth in range(deepest, -1, -1)]
    return [*inside, *(inside[-1] | deeper(stands, depth) for depth in range(outer - 1, -1, -1))]


def row_holders(stands: Stands) -> frozenset[Scope]:
    """The scopes, outside of all steps, that hold several steps or others of one numbered family, and those around."""
    families = Counter((scope[:-1], family_of(scope[-1]), run(scope[-1])) for scope in scopes_of(stands))
    rows = (prefix for (prefix, family, _), count in families.items() if family and count > 1)
    return frozenset(opening for prefix in rows if not step_of(prefix) for opening in openings(prefix))


def number_of(name: str) -> int:
    """The number of a numbered scope."""
    found = FAMILY.fullmatch(entered(name))
    return int(found[2]) if found and GAP not in found[2] else 0


def is_gap(scope: Scope) -> bool:
    """Whether a scope is drawn in place of steps that are left out."""
    return bool(scope) and f"={GAP}" in scope[-1]


def is_several(scope: Scope) -> bool:
    """Whether a scope is drawn in place of several, left out or as one: from these, values of a kind have one wire."""
    return is_gap(scope) or (bool(scope) and f" {TIMES}" in scope[-1])


def apart(stands: Stands, opened: Collection[Scope]) -> list[frozenset[Scope]]:
    """All closed but these scopes and those around them; inside of them all open, then less and less."""
    around = {opening for scope in opened for opening in openings(scope)}
    every = scopes_of(stands)
    closed = frozenset(scope for scope in every if scope not in around and not outermost(scope, opened))
    inside = [scope for scope in every if outermost(scope, opened) and scope not in around]
    deepest = max((len(scope) for scope in inside), default=0)
    levels = (closed | {scope for scope in inside if len(scope) > depth} for depth in range(deepest, 0, -1))
    return list(dict.fromkeys([closed, *levels]))


def unwrapped(stands: Stands, folded: frozenset[Scope]) -> frozenset[Scope]:
    """The same, and the scopes that hold nothing but one of these: t=1, where all of it is t=1/RNN."""
    members = Counter(opening for value, scope in stands.items() if value.inputs for opening in openings(scope))
    found = set(folded)
    for scope in sorted(folded, key=len, reverse=True):
        while len(scope) > 1 and members[scope] == members[scope[:-1]]:
            scope = scope[:-1]
            found.add(scope)
    return frozenset(found)


def named(stands: Stands, patterns: Sequence[str], option: str = "fold") -> frozenset[Scope]:
    """The scopes of these names: "cell", "t=1/cell", or with wildcards "t=*/cell"; ValueError where there is none."""
    if not patterns:
        return frozenset()
    known = _spellings(stands)
    found: set[Scope] = set()
    for pattern in patterns:
        if not isinstance(pattern, str):
            raise TypeError(f'{option}={pattern!r}: name scopes by text: "cell", "t=1/cell", ["cell", "t=*"]')
        matching = [scope for scope in known if _matches(scope, pattern, known)]
        if not matching:
            raise ValueError(_unknown(f"{option}={pattern!r}", pattern, tuple(known)))
        found.update(matching)
    return frozenset(found)


def readable(stands: Stands) -> frozenset[Scope]:
    """What to fold so that at most `READABLE` gates are left: as many levels as it takes, the innermost first."""
    folded = frozenset[Scope]()
    for folded in degrees(stands):
        if gates(stands, folded) <= READABLE:
            break
    return folded


def gates(stands: Stands, folded: Collection[Scope]) -> int:
    """How many gates a picture has that folds these scopes."""
    found = Counter(scope for value, scope in stands.items() if value.inputs)
    closed = {scope: outermost(scope, folded) for scope in found}
    return len(set(filter(None, closed.values()))) + sum(found[scope] for scope in found if not closed[scope])


def outermost(scope: Scope, folded: Collection[Scope]) -> Scope:
    """Of the folded scopes that this one is or lies in, the outermost; () where there is none."""
    return next((opening for opening in openings(scope) if opening in folded), ())


def exact(scope: Scope, stands: Stands) -> str:
    """A path that names this scope and no other: `block 1` where there is a `block 2`."""
    known = _spellings(stands)
    return path(tuple(known[opening][-1] for opening in openings(scope)))


def _spellings(stands: Stands) -> dict[Scope, tuple[str, ...]]:
    """What each scope may be called: by its name as it was entered, as it is shown, the first of several by 1."""
    known = scopes_of(stands)
    calls = Counter((scope[:-1], entered(scope[-1])) for scope in known)
    found: dict[Scope, tuple[str, ...]] = {}
    for scope in known:
        name, shown = entered(scope[-1]), scope[-1]
        first = shown == name and calls[scope[:-1], name] > 1
        found[scope] = (name, shown, nth(name, 1)) if first else (name, shown)
    return found


def _matches(scope: Scope, pattern: str, known: Mapping[Scope, Sequence[str]]) -> bool:
    """Whether the pattern is the scope's name, its path, or the end of its path, in any of their spellings."""
    levels = [known[opening] for opening in openings(scope)]
    parts = pattern.split("/")
    if len(parts) <= len(levels):
        ends = zip(levels[-len(parts) :], parts, strict=True)
        if all(any(name == part or fnmatchcase(name, part) for name in names) for names, part in ends):
            return True
    shown = (path(scope[start:]) for start in range(len(scope)))
    plain = (path(tuple(names[0] for names in levels[start:])) for start in range(len(scope)))
    return any(end == pattern or fnmatchcase(end, pattern) for end in (*shown, *plain))


def _unknown(given: str, pattern: str, known: Sequence[Scope]) -> str:
    if not known:
        return f'{given}: this graph has no scopes; record its parts in them: with scope("cell"): …'
    paths = [shorten(path(scope), 60) for scope in known]
    near = get_close_matches(pattern, [*dict.fromkeys([scope[-1] for scope in known] + paths)], n=1)
    guess = f"; did you mean {near[0]!r}?" if near else "."
    more = f" and {len(paths) - LISTED} more" if len(paths) > LISTED else ""
    return f"{given} is no scope of this graph{guess} Scopes: {', '.join(paths[:LISTED])}{more}"
