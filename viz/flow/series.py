"""Steps and their nodes: the scopes of one family, `t=1`, `t=2`, …, and what has the same name in each.

family  what numbered scopes have in common: t of `t=3`, block of `block 3`
depth   the family of a graph without any: its gates along the longest path, numbered from the first
step    what stands behind `t=`, and in which run of the family: a second sequence has steps of its own

row     what has one name throughout: its values by step      carried  rows that a later step goes on from: the state
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

from autograd_tiny import Value
from autograd_tiny.graphs.namesakes import entered, instances, run
from viz.graph import wording
from viz.graph.model import Scope
from viz.graph.scopes import path
from viz.words.lettering import shorten

LISTED = 12  # names that an error lists
DEPTH = "depth"
_NUMBERED = re.compile(r"(.*\S)(?:\s*=\s*|\s+)([+-]?\d+(?:\.\d+)?)", re.DOTALL)

Place = tuple[tuple[str, ...], str]  # the scopes around and within a step without the step itself, and the label


@dataclass(frozen=True)
class Row:
    """The values of one name, by step."""

    name: str
    values: Mapping[str, Value]
    labelled: bool
    carried: bool


@dataclass(frozen=True)
class Series:
    """The steps of a family in their order, and its rows: the state first, then the others as they were computed.

    `links` are the pairs of steps of which the second goes on from the first.
    """

    steps: tuple[str, ...]
    rows: tuple[Row, ...]
    links: frozenset[tuple[str, str]]

    @property
    def direction(self) -> int:
        """1 where each step goes on from the one before it, −1 from the one after it; 0 where it is otherwise."""
        place = {step: k for k, step in enumerate(self.steps)}
        found = {place[after] - place[before] for before, after in self.links if {before, after} <= place.keys()}
        return found.pop() if found in ({1}, {-1}) else 0


def series(values: Sequence[Value], over: str) -> Series:
    """The rows of the steps `over=…`; ValueError names the families there are."""
    if over == DEPTH and not any(parted(name)[0] == DEPTH for v in values for name in v.scope):
        return _longest(values)
    scopes = instances(values)
    steps = {value: step for value, scope in scopes.items() if (step := step_of(scope, over))}
    found: dict[Place, dict[tuple[int, int], dict[str, Value]]] = {}  # by place; by run, and number within the step
    met: Counter[tuple[Place, Step]] = Counter()
    for value, step in steps.items():
        if not value.is_constant:
            place = _place(value, scopes[value], over, step)
            found.setdefault(place, {}).setdefault((step.run, met[place, step]), {})[step.name] = value
            met[place, step] += 1
    if not found:
        raise ValueError(_unknown(scopes.values(), over))
    carried, links = _carried(steps)
    carried -= _totals(carried, steps)
    names = _names([*found])
    rows = []
    for place, alike in found.items():
        for nth, row in enumerate(alike.values(), 1):
            name = names[place] + (f" #{nth}" if nth > 1 else "")
            rows.append(Row(name, row, bool(_any(row).label), not carried.isdisjoint(row.values())))
    rows.sort(key=lambda row: not row.carried)
    shown = {step for row in rows for step in row.values}
    ordered = _sorted(tuple(dict.fromkeys(step.name for step in steps.values() if step.name in shown)))
    return Series(ordered, tuple(rows), frozenset(links))


class Step(NamedTuple):
    """A step of a family: what stands behind `t=`, and the run that it belongs to."""

    name: str
    run: int


def step_of(scope: Scope, over: str) -> Step | None:
    """The step of that family that a scope lies in."""
    for name in scope:
        family, step = parted(name)
        if family == over and step:
            return Step(step, run(name))
    return None


def parted(name: str) -> tuple[str, str]:
    """The family and the step of a scope: t, 3 of `t=3`; block, 3 of `block 3`; itself and nothing of another."""
    given = entered(name)
    if found := _NUMBERED.fullmatch(given):
        return found[1].strip(), found[2]
    family, sign, step = given.partition("=")
    return family.strip(), step.strip() if sign else ""


def families(values: Iterable[Value]) -> dict[str, int]:
    """The families of a graph, and how many steps each has."""
    found: dict[str, set[str]] = {}
    for names in dict.fromkeys(v.scope for v in values):
        for family, step in map(parted, names):
            if step:
                found.setdefault(family, set()).add(step)
    return {family: len(steps) for family, steps in found.items()}


def family_of(graphs: Sequence[Sequence[Value]]) -> str:
    """The one family that all graphs have, time before others; the depth if they have none; else ValueError."""
    each = [families(values) for values in graphs]
    common = [name for name in each[0] if all(name in others for others in each)]
    several = [name for name in common if any(others[name] > 1 for others in each)] or common
    if len(several) == 1 or "t" in several:
        return "t" if "t" in several else several[0]
    if not any(each):
        return DEPTH
    there = several or dict.fromkeys(name for others in each for name in others)
    listed = ", ".join(f"over={shorten(name)!r}" for name in [*there][:LISTED])
    raise ValueError(f"flow: which steps? There are {listed}, and over='depth' for the longest path")


def _longest(values: Sequence[Value]) -> Series:
    """The gates along the longest path to the last value, numbered from the first: one row, and those with labels."""
    depth: dict[Value, int] = {}
    for v in values:  # by birth
        depth[v] = 1 + max((depth[x] for x in v.inputs), default=-1)
    v = values[-1]
    way = [v]
    while v.inputs:
        v = max(v.inputs, key=lambda x: (not x.is_constant, depth[x]))
        way.append(v)
    gates = [v for v in reversed(way) if v.inputs and not v.is_constant]
    if not gates:
        raise ValueError("flow: over='depth': nothing was computed in this graph")
    steps = tuple(map(str, range(1, len(gates) + 1)))
    rows = {"path": Row("path", dict(zip(steps, gates, strict=True)), True, True)}
    for step, v in zip(steps, gates, strict=True):
        if v.label:
            name = _stem(v.label, re.sub(r"\D", "", v.label) or step)
            row = rows.setdefault(name, Row(name, {}, True, False))
            rows[name] = replace(row, values={**row.values, step: v})
    several = {name: row for name, row in rows.items() if name == "path" or len(row.values) > 1}
    return Series(steps, tuple(several.values()), frozenset(pairwise(steps)))


def chosen(series: Series, nodes: str | Sequence[str] | None) -> Series:
    """The rows of these names; None: the labelled ones and the state. ValueError names those there are.

    "state" are the carried ones, "all" all; a node of such a name is given in a list.
    """
    if nodes == "all":
        return series
    if nodes == "state":
        return replace(series, rows=tuple(row for row in series.rows if row.carried) or series.rows)
    if nodes is None:
        some = tuple(row for row in series.rows if row.labelled or row.carried) or series.rows
        return replace(series, rows=some)
    wanted = (nodes,) if isinstance(nodes, str) else tuple(nodes)
    known = {row.name: row for row in series.rows}
    for name in wanted:
        if name not in known:
            listed = ", ".join(shorten(each) for each in [*known][:LISTED]) + (", …" if len(known) > LISTED else "")
            raise ValueError(f"flow: nodes={nodes!r}: no node is called {name!r}; there are {listed}")
    return replace(series, rows=tuple(known[name] for name in dict.fromkeys(wanted)))


def _any(row: Mapping[str, Value]) -> Value:
    return next(iter(row.values()))


def _place(value: Value, scope: Scope, over: str, step: Step) -> Place:
    around = tuple(name for name in scope if parted(name)[0] != over)
    return around, _stem(value.label, step.name) if value.label else wording.gate(value)


def _stem(label: str, step: str) -> str:
    """A label without its step: `h` of h3, h_3 and h_{3}."""
    found = re.fullmatch(rf"(.*?\D)[_^]?[{{(\[]?{re.escape(step)}[}})\]]?", label)
    return found[1].rstrip("_^{([") or label if found else label


def _names(places: Sequence[Place]) -> dict[Place, str]:
    """Each place's label, after the scopes around it where these are not the same everywhere."""
    several = len({around for around, _ in places}) > 1
    return {(around, label): path((*around, label)) if several else label for around, label in places}


def _carried(steps: Mapping[Value, Step]) -> tuple[set[Value], set[tuple[str, str]]]:
    """What a step takes from another step of its run, and which from which."""
    found, links = set[Value](), set[tuple[str, str]]()
    for value, step in steps.items():
        for x in value.inputs:
            before = steps.get(x)
            if before is not None and before.run == step.run and before.name != step.name:
                found.add(x)
                links.add((before.name, step.name))
    return found, links


def _totals(carried: set[Value], steps: Mapping[Value, Step]) -> set[Value]:
    """Scalars to which each step only adds, beside a state: the loss so far."""
    uses: dict[Value, set[str]] = {}
    for value in steps:
        for x in value.inputs:
            uses.setdefault(x, set()).add(value.op)
    found = {v for v in carried if v.shape == () and uses[v] <= {"add", "sum"} and not v.label}
    return found if found != carried else set()


def _sorted(steps: tuple[str, ...]) -> tuple[str, ...]:
    """Numbers by size; names as they were recorded."""
    numbered = all(re.fullmatch(r"[+-]?\d+(\.\d+)?", step) for step in steps)
    return tuple(sorted(steps, key=lambda step: (float(step), step))) if numbered else steps


def _unknown(scopes: Iterable[Scope], over: str) -> str:
    names = dict.fromkeys(entered(name) for scope in scopes for name in scope)
    known = dict.fromkeys(family for family, step in map(parted, names) if step)
    if known:
        there = "; there are " + ", ".join(f"over={shorten(family)!r}" for family in [*known][:LISTED])
    else:
        there = f'; record each step in one: with scope(f"{over}={{k}}"): … (nn.unroll does so), or take over="depth"'
    return f"flow: over={over!r}: nothing in this graph was recorded in scopes {over}=…{there}"


def merged(columns: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """The steps of several graphs in one order."""
    steps = tuple(dict.fromkeys(step for each in columns for step in each))
    return _sorted(steps)
