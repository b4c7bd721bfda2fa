"""Places: which values stand together in one gate because their scope is folded, and in which order gates come.

A place is known by one position: a value's own where it stands alone, that of its last result where it is a scope.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from viz.parts import Scope, Use
from viz.scopes import outermost

Uses = Mapping[int, tuple[Use, ...]]
Edge = tuple[int, int]


@dataclass(frozen=True)
class Places:
    """`of` gives each value's place; `order` are the places, inputs before results; `members` the values in each."""

    of: tuple[int, ...]
    order: tuple[int, ...]
    members: Mapping[int, tuple[int, ...]]
    scopes: Mapping[int, Scope]


def places(stands: Sequence[Scope], outputs: Collection[int], uses: Uses, folded: Collection[Scope]) -> Places:
    """The places of values in these scopes where those `folded` are closed; of nested ones the outermost counts.

    A scope that its own results enter again, through gates outside of it, cannot be one gate: it becomes one gate for
    each of its stretches. (Scopes that were assigned by hand may be such, or those of tasks that wait for each other.)
    """
    scopes = _closed(stands, frozenset(folded))
    keys = _merged(scopes, frozenset())
    if folded and (knots := _knots(_edges(keys, uses))):
        keys = _merged(scopes, frozenset(scopes[key] for key in knots))
    of = _known_by_results(keys, outputs, uses)
    members: dict[int, list[int]] = {}
    for position, place in enumerate(of):
        members.setdefault(place, []).append(position)
    order = _sorted(members, _edges(of, uses)) if folded else tuple(members)
    named = {place: scopes[place] for place in members if scopes[place]}
    return Places(tuple(of), order, {place: tuple(found) for place, found in members.items()}, named)


def _closed(stands: Sequence[Scope], folded: frozenset[Scope]) -> list[Scope]:
    """For each value the outermost folded scope that it was recorded in; () where there is none."""
    closed = {scope: outermost(scope, folded) for scope in set(stands)}
    return [closed[scope] for scope in stands]


def _merged(scopes: Sequence[Scope], in_stretches: frozenset[Scope]) -> list[int]:
    """A key for each value, the same for all of one scope, or of one stretch of it: the position of the first."""
    first: dict[Scope, int] = {}
    keys: list[int] = []
    for position, scope in enumerate(scopes):
        starts = scope in in_stretches and (not position or scopes[position - 1] != scope)
        if not scope:
            keys.append(position)
        elif starts:
            first[scope] = position
            keys.append(position)
        else:
            keys.append(first.setdefault(scope, position))
    return keys


def _edges(keys: Sequence[int], uses: Uses) -> set[Edge]:
    return {
        (keys[position], keys[consumer])
        for position, found in uses.items()
        for consumer, _ in found
        if keys[position] != keys[consumer]
    }


def _knots(edges: Collection[Edge]) -> frozenset[int]:
    """The places on cycles, and between them: what is left when sources and then sinks are taken away."""
    ends = {end for edge in edges for end in edge}
    ahead = ends.difference(_sorted(ends, edges))
    return frozenset(ahead.difference(_sorted(ends, {(b, a) for a, b in edges}))) if ahead else frozenset()


def _sorted(places: Iterable[int], edges: Iterable[Edge]) -> tuple[int, ...]:
    """The places, each after all that it needs, otherwise by position; without those that a cycle keeps waiting."""
    waits = dict.fromkeys(places, 0)
    leads: dict[int, list[int]] = {}
    for tail, head in edges:
        leads.setdefault(tail, []).append(head)
        waits[head] += 1
    ready = [place for place, count in waits.items() if not count]
    heapify(ready)
    order: list[int] = []
    while ready:
        order.append(heappop(ready))
        for head in leads.get(order[-1], ()):
            waits[head] -= 1
            if not waits[head]:
                heappush(ready, head)
    return tuple(order)


def _known_by_results(keys: Sequence[int], outputs: Collection[int], uses: Uses) -> list[int]:
    """Each place by the position of the last value that leaves it."""
    last: dict[int, int] = {}
    for position, key in enumerate(keys):
        if position in outputs or any(keys[consumer] != key for consumer, _ in uses[position]):
            last[key] = position
    return [last[key] for key in keys]
