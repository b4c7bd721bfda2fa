"""Folded scopes: whatever is folded, what is still drawn says exactly what the open picture says."""

import itertools

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import viz
from autograd_tiny import Value, scope
from autograd_tiny.graphs.namesakes import entered
from autograd_tiny.value import ancestors
from viz.graph import scopes
from viz.graph.circuit import Circuit, Scope, circuit, places
from viz.wires import readings

# Sums of the same terms in another order: a few roundings of numbers of moderate size.
ROUNDING = 1e-9
NAMES = ("a", "b")


@st.composite
def graphs(draw: st.DrawFn) -> Value:
    """A graph of scalars, recorded in random nested scopes that are left and entered again, after its backward pass."""
    values = []
    for name in "xyw":
        with scope(*draw(paths)):
            values.append(Value(draw(st.floats(-2, 2)), name))
    for _ in range(draw(st.integers(2, 14))):
        with scope(*draw(paths)):
            u, v = draw(st.sampled_from(values)), draw(st.sampled_from(values[-4:]))
            values.append(draw(st.sampled_from([u + v, u * v, u - v, v.tanh(), v * 0.5, v + v])))
    values[-1].backward()
    return values[-1]


def closing(z: Value, patterns: list[Scope]) -> frozenset[Scope]:
    """All calls of the scopes of these names."""
    every = scopes.scopes_of(scopes.instances(ancestors(z)))
    return frozenset(scope for scope in every if tuple(map(entered, scope)) in patterns)


paths = st.lists(st.sampled_from(NAMES), max_size=2)
every_path = [path for length in (1, 2) for path in itertools.product(NAMES, repeat=length)]
patterns = st.lists(st.sampled_from(every_path), min_size=1, max_size=3)
few = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def close(one: object, other: object) -> bool:
    return (one is None and other is None) or bool(np.allclose(one, other, ROUNDING, ROUNDING))


@given(graphs(), patterns)
@few
def test_every_number_still_drawn_is_the_sum_of_what_it_stands_for_in_the_open_picture(z: Value, folded: list) -> None:
    opened, closed = circuit([z]), circuit([z], folded=closing(z, folded))
    known, seen = readings.recorded(opened), readings.recorded(closed)
    share = {wire.use: known[wire.id].gradient for wire in opened.wires if wire.use}
    for wire in closed.wires:
        assert seen[wire.id].value == opened.values[wire.value].data
        if closed.whole(wire):
            assert seen[wire.id].gradient == known[f"wire{wire.value}"].gradient
        elif wire.uses:
            assert close(seen[wire.id].gradient, sum(share[use] for use in wire.uses))


@given(graphs(), patterns)
@few
def test_the_branches_at_every_sum_still_add_up(z: Value, folded: list) -> None:
    drawn = circuit([z], folded=closing(z, folded))
    seen = readings.recorded(drawn)
    for node in drawn.nodes:
        if node.kind == "fan":
            parts = [seen[branch.id].gradient for branch in drawn.branches(node.value)]
            assert len(parts) > 1 and close(sum(parts), seen[f"wire{node.value}"].gradient)


@given(graphs(), patterns)
@few
def test_each_use_is_drawn_once_or_lies_within_one_folded_scope(z: Value, folded: list) -> None:
    drawn = circuit([z], folded=closing(z, folded))
    uses = {use: position for position, found in drawn.uses.items() for use in found}
    of = places(drawn.stands, drawn.outputs, drawn.uses, closing(z, folded)).of
    visible = [use for wire in drawn.wires if wire.stem for use in wire.uses]
    hidden = [use for use, position in uses.items() if of[position] == of[use[0]]]
    assert sorted(visible + hidden) == sorted(uses)
    assert all(drawn.node(f"gate{of[place]}").folded for place, _ in hidden)


@given(graphs(), patterns)
@few
def test_gates_come_after_what_enters_them_and_folded_ones_hide_only_their_scope(z: Value, folded: list) -> None:
    drawn = circuit([z], folded=closing(z, folded))
    place = {node.id: number for number, node in enumerate(drawn.nodes)}
    for wire in drawn.wires:
        assert place[wire.tail] < place[wire.head]
        assert drawn.wires_into(wire.head)[drawn.wires_into(wire.head).index(wire)] is wire
    for node in drawn.folded:
        assert tuple(map(entered, node.folded)) in folded and node.scope == node.folded[:-1]
        assert all(drawn.stands[i][: len(node.folded)] == node.folded for i in node.inside)
    assert circuit([z], folded=closing(z, folded)) == drawn


@given(graphs(), patterns)
@few
def test_downstream_is_local_times_upstream_of_a_folded_scope_too(z: Value, folded: list) -> None:
    drawn = circuit([z], folded=closing(z, folded))
    seen = readings.recorded(drawn, local=True)
    for node in drawn.folded:
        results = drawn.wires_out_of(node.id)
        for wire in drawn.wires_into(node.id):
            assert (seen[wire.id].local is not None) == (len(results) == 1)
            if len(results) == 1:
                assert close(seen[wire.id].gradient, seen[wire.id].local * seen[results[0].id].gradient)


def inside_leaves(drawn: Circuit) -> set[int]:
    return {node.value for node in drawn.nodes if node.kind == "leaf"}


@given(graphs(), st.sampled_from(NAMES))
@few
def test_inside_and_outside_of_a_scope_agree_about_what_crosses_its_border(z: Value, name: str) -> None:
    folded, inside = circuit([z], folded=[(name,)]), circuit([z], within=(name,))
    outer, inner = readings.recorded(folded), readings.recorded(inside)
    of_scope = {node.value for node in folded.folded}
    assert len(of_scope) <= 1
    entering = {wire.value: wire.id for wire in folded.wires if wire.use and wire.use[0] in of_scope}
    leaves = {node.value for node in inside.nodes if node.kind == "leaf" and inside.stands[node.value][:1] != (name,)}
    assert leaves == entering.keys()
    for position, wire in entering.items():
        assert close(outer[wire].gradient, inner[f"wire{position}"].gradient)


@given(graphs(), patterns)
@settings(few, max_examples=12)
def test_a_film_passes_each_gate_once_forward_and_once_backward(z: Value, folded: list) -> None:
    film = viz.film(z, fold=sorted(map(scopes.path, closing(z, folded))))
    gates = [node.id for node in film.circuit.nodes if node.kind == "gate"]
    lit = [part for frame in film.frames for part in sorted(frame.active) if part.startswith("gate")]
    assert lit == [*gates, *reversed(gates)]
    numbers = {mark.id for mark in film.page.marks if mark.id.endswith((".value", ".gradient"))}
    assert numbers <= film.frames[-1].shown
    final = {mark.id: mark for mark in film[-1].page.marks}
    for mark in viz.draw(z, fold=list(film.folded)).page.marks:
        if mark.id.endswith(".gradient"):
            assert final[mark.id].line == mark.line
