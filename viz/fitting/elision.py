"""Elision: of many steps in a row some are shown, and the others stand in one place, ⋯, or as one block, ×96."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from autograd_tiny.graphs.namesakes import instance, run
from viz.graph.circuit import Circuit
from viz.graph.model import Scope
from viz.graph.scopes import GAP, TIMES, family_of, is_step, number_of
from viz.layout.rows.seats import Seating, seating
from viz.words.lettering import shorten

Steps = Sequence[object] | None  # numbers of steps, from the end where negative; "⋯" or ... for those between them
BETWEEN = (..., "…", "⋯", "...")
LAST = ("T", "last")
WHOLE = 1  # of a row of steps of which so many are shown, all are one gate


@dataclass(frozen=True)
class Gap:
    """The steps that are not shown, as the values in them, by position; `scope` is the one they are drawn in."""

    scope: Scope
    members: frozenset[int]
    note: str


def gaps(circuit: Circuit, steps: Sequence[object] | int) -> list[Gap]:
    """What is left out where only these steps are shown, or so many of a series: the first ones and the last ones.

    Those that are open among closed ones are shown, and then what stands beside them. Layers of which more than so many
    follow each other become one block. ValueError for steps that there are not.
    """
    found = seating(circuit, behind=False, upright=True)
    if found is None:
        return []
    series = {column.series for column in found.columns if column.series >= 0}
    return _with_leaves(circuit, [gap for number in sorted(series) for gap in _gaps(circuit, found, number, steps)])


def _with_leaves(circuit: Circuit, left_out: Sequence[Gap]) -> list[Gap]:
    """The same, and the inputs that several of these read, and nothing else: left out with the first of them."""
    home = {at: number for number, gap in enumerate(left_out) for at in gap.members}
    leaves: dict[int, set[int]] = {}
    for node in circuit.nodes:
        users = [home.get(consumer, len(left_out)) for consumer, _ in circuit.uses[node.value]]
        if node.kind == "leaf" and node.value not in home and len({*users}) > 1 and len(left_out) not in users:
            leaves.setdefault(min(users), set()).add(node.value)
    return [replace(gap, members=gap.members | leaves.get(number, set())) for number, gap in enumerate(left_out)]


def _gaps(circuit: Circuit, found: Seating, series: int, steps: Sequence[object] | int) -> Iterator[Gap]:
    columns = [k for k, column in enumerate(found.columns) if column.series == series]
    names = [found.columns[k].step for k in columns]
    if isinstance(steps, int) and (steps == WHOLE or not is_step(names[0][-1])):
        if len(names) > steps:
            yield Gap((*names[0][:-1], _whole(names)), _members(circuit, found, columns), from_to(names))
        return
    shown = _ends(names, steps, _open(found, columns)) if isinstance(steps, int) else _chosen(names, steps)
    hidden = [k for k in range(len(names)) if k not in shown]
    stretches = [[k for _, k in each] for _, each in groupby(enumerate(hidden), lambda pair: pair[1] - pair[0])]
    for number, stretch in enumerate(stretches, 1):
        if len(stretch) > 1 or not isinstance(steps, int):
            name = instance(f"{family_of(names[0][-1])}={GAP}{number}", run(names[0][-1]))
            members = _members(circuit, found, [columns[k] for k in stretch])
            yield Gap((*names[0][:-1], name), members, from_to([names[k] for k in stretch]))


def _whole(names: Sequence[Scope]) -> str:
    """What a row is called that is one gate: t = 1 … 30, block ×96."""
    first, last = names[0][-1], names[-1][-1]
    if not is_step(first):
        return f"{family_of(first)} {TIMES}{len(names)}"
    return instance(f"{family_of(first)} = {number_of(first)} … {number_of(last)}", run(first))


def _open(found: Seating, columns: Sequence[int]) -> list[int]:
    """The places of the open ones among closed ones."""
    places = [place for place, k in enumerate(columns) if k not in found.closed]
    return places if len(places) < len(columns) else []


def _ends(names: Sequence[Scope], most: int, opened: Sequence[int] = ()) -> Collection[int]:
    """The first steps, and the last one or two, by their numbers: of a row that runs back it is the same ones.

    Those that are `opened` among closed ones are always among them, and then what stands beside them.
    """
    count, last = len(names), 1 if most < 5 else 2
    places = sorted(range(count), key=lambda k: number_of(names[k][-1]))
    if count <= most:
        return range(count)
    if not opened:
        return [*places[: most - last], *places[count - last :]]
    beside = [k + side for side in (-1, 1) for k in opened if 0 <= k + side < count]
    return [*dict.fromkeys([*opened, places[0], places[-1], *beside, *places])][: max(most - 1, len(opened))]


def _chosen(names: Sequence[Scope], steps: Sequence[object]) -> Collection[int]:
    """The places of the steps that are asked for."""
    numbers = {number_of(name[-1]): k for k, name in enumerate(names)}
    found = []
    for step in steps:
        if step in LAST:
            found.append(len(names) - 1)
        elif isinstance(step, int) and not isinstance(step, bool) and (step in numbers or -len(names) <= step < 0):
            found.append(numbers[step] if step in numbers else len(names) + step)
        elif step not in BETWEEN:
            raise ValueError(
                f"steps: {step!r} is no step; there are {', '.join(map(str, list(numbers)[:3]))} … {max(numbers)}, "
                'numbers from the end such as -1, "T", and "⋯" for what lies between'
            )
    return found


def _members(circuit: Circuit, found: Seating, columns: Collection[int]) -> frozenset[int]:
    """The values that are drawn in these columns."""
    there = [node for node in circuit.nodes if node.kind != "end" and node.id in found.seats]
    inside = [node for node in there if found.seats[node.id].column in columns]
    return frozenset(at for node in inside for at in (node.inside or (node.value,)))


def from_to(names: Sequence[Scope]) -> str:
    """What is said of scopes in a row: the first and the last."""
    first, last = shorten(names[0][-1]), shorten(names[-1][-1])
    return first if len(names) == 1 else f"{first} … {last}"
