"""Namesakes: what has one name is told apart, in the order of birth, wherever several of it occur in one graph.

Linear, Linear 2        the calls of a scope that was entered twice under one parent
t=1, t=2, t=1 (2)       a family of numbered scopes that begins anew: the second sequence, as a whole
W, W_2                  leaves of one label
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence

from autograd_tiny.scopes import Call, Names
from autograd_tiny.value import Value

_STEP = re.compile(r"(.*=)\s*[-−]?\d+", re.DOTALL)
_AGAIN = re.compile(r"(.*\d) \((\d+)\)", re.DOTALL)


def instances(order: Iterable[Value]) -> dict[Value, Names]:
    """The scope of each of a graph's values, the names of its calls told apart."""
    values = list(order)
    calls: dict[tuple[Hashable, ...], dict[Hashable, str]] = {}  # by their parent
    paths: dict[int, tuple[Hashable, ...]] = {}  # of each tuple of names: values of one block share theirs
    for v in values:
        if id(v.scope) not in paths:
            around: tuple[Hashable, ...] = ()
            for name in v.scope:
                # A name that was assigned by hand is no call; it is the same scope wherever it stands.
                call = id(name) if isinstance(name, Call) else name
                calls.setdefault(around, {}).setdefault(call, name)
                around = (*around, call)
            paths[id(v.scope)] = around
    shown: dict[tuple[Hashable, ...], Names] = {(): ()}
    for around, inside in calls.items():
        for call, name in zip(inside, _apart(list(inside.values())), strict=True):
            shown[(*around, call)] = (*shown[around], name)
    return {v: shown[paths[id(v.scope)]] for v in values}


def labels(order: Iterable[Value]) -> dict[Value, str]:
    """The labels of a graph's leaves, those that have none left out: W, and W_2 for a second W."""
    leaves = [v for v in order if v.label and not v.inputs and not v.is_constant]
    taken = {v.label for v in leaves}
    met: Counter[str] = Counter()
    found: dict[Value, str] = {}
    for v in leaves:
        met[v.label] += 1
        found[v] = v.label if met[v.label] == 1 else _free(v.label, met, taken)
    return found


def _free(label: str, met: Counter[str], taken: set[str]) -> str:
    while (name := f"{label}_{met[label]}") in taken:
        met[label] += 1
    taken.add(name)
    return name


def run_of(name: str) -> tuple[str, int]:
    """A numbered scope's own name and in which run of its family it stands: ("t=1", 2) for `t=1 (2)`."""
    found = _AGAIN.fullmatch(name)
    return (found[1], int(found[2])) if found else (name, 1)


def _apart(names: Sequence[str]) -> Iterator[str]:
    """The names of one parent's calls, all different."""
    taken = set(names)
    for name, run in zip(names, _runs(names), strict=True):
        shown = name if run == 1 else f"{name} ({run})" if name[-1:].isdigit() else f"{name} {run}"
        while run > 1 and shown in taken:  # somebody called a scope "Linear 2": the second Linear is "Linear (2)"
            shown, run = f"{name} ({run})", run + 1
        taken.add(shown)
        yield shown


def _runs(names: Sequence[str]) -> list[int]:
    """In which run of its family each name stands: 1, 1, 2 for t=1, t=2, t=1; a name without `=` is a family alone.

    Where all of a family come equally often, each run has them all; else one ends where any of its names comes again.
    """
    often = Counter(names)
    families = [found[1] if (found := _STEP.fullmatch(name)) else name for name in names]
    counts: dict[str, set[int]] = {}
    for family, name in zip(families, names, strict=True):
        counts.setdefault(family, set()).add(often[name])
    met, latest, runs = Counter[str](), Counter[str](), []
    for family, name in zip(families, names, strict=True):
        met[name] = max(met[name] + 1, latest[family])
        if len(counts[family]) > 1:
            latest[family] = met[name]
        runs.append(met[name])
    return runs
