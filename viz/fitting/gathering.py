"""Gathering: what stands in no scope, or beside many of its kind, as few gates, where there is no room for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from autograd_tiny.graphs.namesakes import entered, numbered
from autograd_tiny.scopes import called
from viz.fitting.elision import Gap, from_to
from viz.graph.circuit import SEPARATE, Circuit
from viz.graph.folding import WIDEST
from viz.graph.model import Node, Scope
from viz.graph.scopes import TIMES
from viz.layout.rows.series import home_of
from viz.words.lettering import name, spelled


def loose(circuit: Circuit, steps_only: bool = False) -> list[Gap]:
    """What stands in no scope, as few gates: what is made of the same folded scopes, such as a step's loss, is one.

    With `steps_only` so is all that is made of the same steps, folded scopes or not, such as a step's readout and loss.
    """
    made_of: dict[str, frozenset[str]] = {}
    groups: dict[frozenset[str], list[Node]] = {}
    for node in circuit.nodes:
        into = circuit.wires_into(node.id)
        sources = frozenset[str]().union(*(made_of[wire.tail] for wire in into))
        own = home_of(node) if steps_only else node.folded or node.scope
        is_loose = node.kind == "gate" and bool(sources if steps_only else into) and not own
        is_leaf = steps_only and not own
        made_of[node.id] = sources if is_loose or is_leaf or node.kind == "fan" else frozenset([node.id])
        if is_loose:
            groups.setdefault(sources, []).append(node)
    several = _with_single(circuit, [*groups.values()])
    members = [_inside(nodes) for nodes in several]
    terms = _terms(circuit) if several else {}
    names = _named(circuit, [_name(circuit, nodes, terms) for nodes in several])
    where = "outside of all steps" if steps_only else "of no scope"
    counts = [sum(_gates_in(circuit, node) for node in nodes) for nodes in several]
    return [
        Gap(name, inside, f"{count} gates {where}") for name, inside, count in zip(names, members, counts, strict=True)
    ]


def _with_single(circuit: Circuit, groups: Sequence[Sequence[Node]]) -> list[list[Node]]:
    """The groups of several gates, and with each the single gates that only it needs, such as a factor of a loss."""
    several = [[*nodes] for nodes in groups if len(nodes) > 1]
    home = {node.id: number for number, nodes in enumerate(several) for node in nodes}
    for (node,) in reversed([nodes for nodes in groups if len(nodes) == 1]):
        users = {home.get(head) for head in _heads(circuit, node)}
        if len(users) == 1 and (number := users.pop()) is not None:
            several[number].append(node)
            home[node.id] = number
    return several


def _heads(circuit: Circuit, node: Node) -> Iterator[str]:
    """What the results of a node enter, behind their Σs."""
    for wire in circuit.wires_out_of(node.id):
        fan = circuit.node(wire.head).kind == "fan"
        yield from (branch.head for branch in circuit.wires_out_of(wire.head)) if fan else (wire.head,)


def _inside(nodes: Sequence[Node]) -> frozenset[int]:
    return frozenset(at for node in nodes for at in (node.inside or (node.value,)))


def _named(circuit: Circuit, names: Sequence[str]) -> list[Scope]:
    """Scopes of these names, those of one name told apart, none of them one that was recorded."""
    taken = {entered(scope[0]) for scope in circuit.stands if scope}
    free = [each if each not in taken else f"… {each}" for each in names]
    return numbered([(called(each, birth),) for birth, each in enumerate(free)])


def _name(circuit: Circuit, nodes: Sequence[Node], terms: Mapping[int, int]) -> str:
    """What a reader would call gates: their result's label, L's term, what stands in them; else their number."""
    inside = _inside(nodes)
    results = [at for at in inside if at in circuit.outputs or any(to not in inside for to, _ in circuit.uses[at])]
    if len(results) == 1 and (label := circuit.labels[results[0]]):
        return spelled(name(label))
    if len(results) == 1 and results[0] in terms:
        return f"{spelled(name(circuit.labels[terms[results[0]]]))}’s term".removeprefix("’s ")
    faces = Counter(spelled(node.face) for node in nodes)
    listed = ", ".join(f"{count} {face}" if count > 1 else face for face, count in faces.items())
    return listed if len(listed) <= WIDEST else f"{sum(_gates_in(circuit, node) for node in nodes)} gates"


def _terms(circuit: Circuit) -> dict[int, int]:
    """The values that are added up to an output, and nothing else is done to them: each with the output."""
    into: dict[int, list[int]] = {}
    for at, uses in circuit.uses.items():
        for consumer, _ in uses:
            into.setdefault(consumer, []).append(at)
    found = {at: at for at in circuit.outputs}
    todo = [*circuit.outputs]
    for at in todo:
        if circuit.values[at].op == "add":
            fresh = [term for term in into[at] if term not in found]
            found |= dict.fromkeys(fresh, found[at])
            todo += fresh
    return found


def namesakes(circuit: Circuit) -> list[Gap]:
    """The folded calls of one scope that stand side by side, such as a layer that is on top of each step, as one."""
    kinds: dict[Scope, list[Node]] = {}
    behind: dict[str, frozenset[Scope]] = {}
    chained: set[Scope] = set()
    for node in circuit.nodes:
        before = frozenset[Scope]().union(*(behind[wire.tail] for wire in circuit.wires_into(node.id)))
        kind = (*node.folded[:-1], entered(node.folded[-1])) if node.folded and not home_of(node) else ()
        chained |= {kind} & before
        behind[node.id] = before | {kind} if kind else before
        if kind:
            kinds.setdefault(kind, []).append(node)
    return [
        Gap((*kind[:-1], f"{kind[-1]} {TIMES}{len(nodes)}"), _inside(nodes), from_to([node.folded for node in nodes]))
        for kind, nodes in kinds.items()
        if len(nodes) > 1 and kind not in chained
    ]


def inputs(circuit: Circuit) -> list[Gap]:
    """Many leaves that enter the same folded scopes, such as a sequence that is read by a closed network, as one."""
    groups: dict[frozenset[str], list[Node]] = {}
    for node in circuit.nodes:
        if node.kind == "leaf" and not node.scope:
            groups.setdefault(frozenset(_heads(circuit, node)), []).append(node)
    many = [
        nodes
        for heads, nodes in groups.items()
        if len(nodes) > SEPARATE and all(circuit.node(head).folded for head in heads)
    ]
    ends = [(spelled(nodes[0].face), spelled(nodes[-1].face), len(nodes)) for nodes in many]
    names = [f"{count} inputs" if first == last else f"{first} … {last}" for first, last, count in ends]
    return [Gap(name, _inside(nodes), name[0]) for name, nodes in zip(_named(circuit, names), many, strict=True)]


def _gates_in(circuit: Circuit, node: Node) -> int:
    return sum(bool(circuit.values[at].inputs) for at in node.inside) if node.folded else 1
