"""Namesakes: what has one name is told apart, in the order of birth, wherever several of it occur in one graph.

Linear, Linear 2        the calls of a scope that was entered twice under one parent
t=1, t=2, t=1 (2)       a family of numbered scopes that begins anew: the second sequence, as a whole
encoder/t=1, encoder/t=2    one encoder, where a loop enters it for each of its steps
W, W_2                  leaves of one label
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Sequence
from typing import NamedTuple

from autograd_tiny.scopes import Call, Names, Step
from autograd_tiny.value import Value

Path = tuple[Hashable, ...]


class _Told(NamedTuple):
    """When a call was entered, and as what."""

    birth: int
    name: str


Calls = dict[Path, dict[Hashable, _Told]]  # by their parent

_STEP = re.compile(r"(.*=)\s*[-−]?\d+", re.DOTALL)


class Instance(str):
    """A call of a scope as it is shown; `entered` is the name it was given, `run` its number among its namesakes."""

    __slots__ = ("entered", "run")
    entered: str
    run: int


def instance(name: str, count: int) -> Instance:
    """The name of a scope's call number `count`."""
    shown = Instance(name if count == 1 else nth(name, count))
    shown.entered, shown.run = name, count
    return shown


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
    calls: Calls = {}
    paths: dict[int, Path] = {}  # of each tuple of names: the values of one block share theirs
    for scope in scopes:
        if id(scope) not in paths:
            paths[id(scope)] = _path(scope, calls)
    shown: dict[Path, Names] = {(): ()}
    ends = {*paths.values()}
    todo: list[list[Path]] = [[()]]  # the paths of each scope: several where a loop enters it again and again
    for parents in todo:
        inside = [((*parent, call), told) for parent in parents for call, told in calls.get(parent, {}).items()]
        ordered = sorted(inside, key=lambda each: each[1].birth)
        names = {path: entered(told.name) for path, told in ordered}
        groups = _looped([(path, name, _row(path, calls, ends)) for path, name in names.items()])
        for group, instance in zip(groups, _apart([names[group[0]] for group in groups]), strict=True):
            shown |= dict.fromkeys(group, (*shown[parents[0]], instance))
        todo += groups
    return [shown[paths[id(scope)]] for scope in scopes]


def _row(path: Path, calls: Calls, ends: Collection[Path]) -> Names:
    """The way to the numbered scope that is all there is in a call; () where there is anything else."""
    way: Names = ()
    while path not in ends and len(calls.get(path, ())) == 1:
        ((call, told),) = calls[path].items()
        path, way = (*path, call), (*way, entered(told.name))
        if _STEP.fullmatch(way[-1]):
            return way
    return ()


def _looped(inside: Sequence[tuple[Path, str, Names]]) -> list[list[Path]]:
    """Calls as scopes: those of one name, each with one numbered scope, are one until a number comes again."""
    groups: list[list[Path]] = []
    latest: dict[str, tuple[list[Path], set[Names]]] = {}
    for path, name, way in inside:
        group, met = latest.get(name, ([], {way}))
        if not way or way in met:
            group, met = [], set()
            groups.append(group)
        group.append(path)
        if way:
            latest[name] = group, {*met, way}
        else:
            latest.pop(name, None)
    return groups


def _path(scope: Names, calls: Calls) -> Path:
    """What identifies each name of a scope; those not met before are entered among their parent's calls."""
    path: Path = ()
    for k, name in enumerate(scope):
        call = scope[k + 1] if isinstance(name, Step) and k + 1 < len(scope) else name
        # A name that was assigned by hand is no call: equal ones are one scope.
        which: Hashable = (name, id(call)) if isinstance(call, Call) else name
        birth = call.birth if isinstance(call, Call) else 0
        calls.setdefault(path, {}).setdefault(which, _Told(birth, name))
        path = (*path, which)
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
