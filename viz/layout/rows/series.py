"""Time steps in a circuit: sibling scopes `t=1`, `t=2`, …, as `unroll` and `with scope("t=1")` make them.

A second sequence under the same parent, `t=1 (2)`, `t=2 (2)`, …, is a series of its own.

A step's parts are known by keys: what does the same in several steps has the same key in each. Keys come from the order
of operations, so that a first step without a past, or a last one without a future, is a step like the others.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from autograd_tiny.graphs.namesakes import run
from viz.graph.circuit import Circuit, Node, Scope
from viz.graph.scopes import family_of, is_gap, is_step, step_of

ALIKE = 0.6  # the share of a step's gates that must have their like in the longest step


@dataclass(frozen=True)
class Series:
    """The scopes of the steps, in the order in which they were taken; `prefix` is the scope around them all."""

    prefix: Scope
    steps: tuple[Scope, ...]


def home_of(node: Node) -> Scope:
    """The step that a node belongs to: a folded one is a gate of its own; () outside of all."""
    step = step_of(node.folded or node.scope)
    return node.folded if not step and node.folded and family_of(node.folded[-1]) else step


def all_series(circuit: Circuit) -> tuple[Series, ...]:
    """Every series of at least two steps, in the order of their first gates."""
    found: dict[tuple[Scope, str, int], dict[Scope, int]] = {}
    for node in circuit.nodes:
        if node.kind == "gate" and (step := home_of(node)):
            steps = found.setdefault((step[:-1], family_of(step[-1]), run(step[-1])), {})
            steps.setdefault(step, _birth(circuit, node, step))
    ordered = ((prefix, sorted(steps, key=steps.__getitem__)) for (prefix, *_), steps in found.items())
    several = (Series(prefix, tuple(steps)) for prefix, steps in ordered if len(steps) > 1)
    return tuple(each for each in several if is_step(each.steps[0][-1]) or _chained(circuit, each))


def _birth(circuit: Circuit, node: Node, step: Scope) -> int:
    """When a step began: of steps that are left out, without what stands in no step and is left out with them."""
    depth = len(step) - 1
    own = (at for at in node.inside if not is_gap(step) or any(map(family_of, circuit.stands[at][depth : depth + 1])))
    return min(own, default=node.value)


def _chained(circuit: Circuit, series: Series) -> bool:
    """Whether folded scopes are made of each other, as layers are, and not side by side, as neurons."""
    number = {step: k for k, step in enumerate(series.steps)}
    gates = {node.id: number[node.folded] for node in circuit.folded if node.folded in number}
    stems = {wire.head: wire.tail for wire in circuit.wires if wire.head.startswith("sum")}

    def follows(node: str) -> bool:
        sources = (gates.get(stems.get(wire.tail, wire.tail)) for wire in circuit.wires_into(node))
        return any(source == gates[node] - 1 for source in sources if source is not None)

    return len(gates) == len(number) and all(follows(node) for node, k in gates.items() if k)


def align(lists: Sequence[Sequence[Hashable]]) -> list[list[int]]:
    """A key for each entry of each list: entries that stand for each other share one."""
    longest = max(lists, key=len)
    made: dict[tuple[Hashable, ...], list[int]] = {tuple(longest): list(range(len(longest)))}
    fresh = len(longest)
    for each in map(tuple, lists):
        if each not in made:
            keys = dict(_pairs(longest, each))
            others = (k for k in range(len(each)) if k not in keys)
            keys |= {k: fresh + number for number, k in enumerate(others)}
            fresh += len(each)
            made[each] = [keys[k] for k in range(len(each))]
    return [made[tuple(each)] for each in lists]


def alike(lists: Sequence[Sequence[Hashable]]) -> bool:
    """Whether every list is, for the most part, like the longest one."""
    longest = max(lists, key=len)
    return all(
        sum(1 for _ in _pairs(longest, each)) >= ALIKE * max(len(each), 1)
        for each in set(map(tuple, lists)) - {tuple(longest)}
    )


def _pairs(longest: Sequence[Hashable], other: Sequence[Hashable]) -> list[tuple[int, int]]:
    """(place in the other list, place in the longest) of entries that stand for each other."""
    blocks = SequenceMatcher(None, longest, other, autojunk=False).get_matching_blocks()
    return [(block.b + k, block.a + k) for block in blocks for k in range(block.size)]
