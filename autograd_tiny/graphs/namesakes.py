"""Namesakes: what has one name is told apart, in the order of birth, wherever several of it occur in one graph.

Linear, Linear 2        the calls of a scope that was entered twice under one parent
t=1, t=2, t=1 (2)       a family of numbered scopes that begins anew: the second sequence, as a whole
W, W_2                  leaves of one label
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence

from autograd_tiny.scopes import Call, Names
from autograd_tiny.value import Value

Path = tuple[Hashable, ...]

_STEP = re.compile(r"(.*=)\s*[-−]?\d+", re.DOTALL)


class Instance(str):
    """A call of a scope as it is shown; `entered` is the name it was given, `run` its number among its namesakes."""

    __slots__ = ("entered", "run")
    entered: str
    run: int


def entered(name: str) -> str:
    """The name of a scope as it was given: `Linear` for `Linear 2`."""
    return name.entered if isinstance(name, Instance) else name


def run(name: str) -> int:
    """In which run of its family a scope's name stands: 2 for `t=1 (2)`."""
    return name.run if isinstance(name, Instance) else 1


def instances(order: Iterable[Value]) -> dict[Value, Names]:
    """The scope of each of a graph's values, the names of its calls told apart."""
    values = list(order)
    return dict(zip(values, numbered([v.scope for v in values]), strict=True))


def numbered(scopes: Sequence[Names]) -> list[Names]:
    """These scopes, calls of one name under one parent told apart in the order in which they were entered."""
    calls: dict[Path, dict[Hashable, str]] = {}  # by their parent
    paths: dict[int, Path] = {}  # of each tuple of names: the values of one block share theirs
    for scope in scopes:
        if id(scope) not in paths:
            paths[id(scope)] = _path(scope, calls)
    shown: dict[Path, Names] = {(): ()}
    for parent, inside in calls.items():
        ordered = dict(sorted(inside.items(), key=lambda each: _birth(each[1])))
        for child, instance in zip(ordered, _apart(list(map(entered, ordered.values()))), strict=True):
            shown[(*parent, child)] = (*shown[parent], instance)
    return [shown[paths[id(scope)]] for scope in scopes]


def _birth(name: str) -> int:
    return name.birth if isinstance(name, Call) else 0


def _path(scope: Names, calls: dict[Path, dict[Hashable, str]]) -> Path:
    """What identifies each name of a scope; those not met before are entered among their parent's calls."""
    path: Path = ()
    for name in scope:
        # A name that was assigned by hand is no call: equal ones are one scope.
        call: Hashable = id(name) if isinstance(name, Call) else name
        calls.setdefault(path, {}).setdefault(call, name)
        path = (*path, call)
    return path


def nth(name: str, count: int) -> str:
    """The name of a scope's second, third, … call: `Linear 2`, `t=1 (2)`."""
    return f"{name} ({count})" if name[-1:].isdigit() else f"{name} {count}"


def _apart(names: Sequence[str]) -> list[Instance]:
    """The names of one parent's calls, all different."""
    taken, apart = set(names), []
    for name, count in zip(names, _runs(names), strict=True):
        shown, number = name if count == 1 else nth(name, count), count
        while count > 1 and shown in taken:  # somebody called a scope "Linear 2": the second Linear is "Linear (2)"
            shown, number = f"{name} ({number})", number + 1
        taken.add(shown)
        apart.append(Instance(shown))
        apart[-1].entered, apart[-1].run = name, count
    return apart


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


def labels(order: Iterable[Value]) -> dict[Value, str]:
    """The labels of a graph's leaves, without those that have none: W, and W_2 for a second W.

    LaTeX gets its number behind it: `$h_0$ (2)`.
    """
    leaves = [v for v in order if v.label and not v.inputs and not v.is_constant]
    taken = {v.label for v in leaves}
    met: Counter[str] = Counter()
    found: dict[Value, str] = {}
    for v in leaves:
        met[v.label] += 1
        found[v] = v.label if met[v.label] == 1 else _free(v.label, met, taken)
    return found


def _free(label: str, met: Counter[str], taken: set[str]) -> str:
    before, after = (" (", ")") if label.endswith("$") else ("_", "")
    while (name := f"{label}{before}{met[label]}{after}") in taken:
        met[label] += 1
    taken.add(name)
    return name
