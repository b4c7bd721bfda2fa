"""Calls: a graph's scopes are drawn one box a call, and no wire of an acyclic graph runs back, whatever is entered."""

import copy
import pickle
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import autograd_tiny as at
import viz
from autograd_tiny import Value, nn, scope, to_scalars
from autograd_tiny.value import ancestors
from viz.graph import scopes
from viz.graph.circuit import Circuit, Scope, circuit
from viz.layout.layout import lay_out
from viz.layout.rows.seats import seating
from viz.look import look
from viz.wires.inscriptions import Reading, inscribe
from viz.wires.readings import recorded
from viz.words.lettering import plain

NAMES = ("block", "block 2", "t=1", "t=2", "Linear")


@st.composite
def graphs(draw: st.DrawFn) -> Value:
    """Gates and leaves recorded in random nested scopes; some scopes are objects that are entered again."""
    again = [scope(name) for name in NAMES[:3]]
    values: list[Any] = [Value(0.5, "x")]

    def record(depth: int) -> None:
        for _ in range(draw(st.integers(1, 3))):
            choice = draw(st.integers(0, 4)) if depth < 3 else 4
            if choice == 0:
                with scope(draw(st.sampled_from(NAMES))):
                    record(depth + 1)
            elif choice == 1:
                with draw(st.sampled_from(again)):
                    record(depth + 1)
            elif choice == 2:
                values.append(Value(0.25, draw(st.sampled_from("xw"))))
            else:
                u, v = draw(st.sampled_from(values)), draw(st.sampled_from(values[-3:]))
                values.append(draw(st.sampled_from([u + v, u * v, v.tanh(), v * 0.5])))

    for _ in range(draw(st.integers(1, 4))):
        record(0)
    return at.sum(at.stack(values[-4:]))


def assert_boxes_lead_on(drawn: Circuit) -> None:
    """Within each box, its parts (gates, and boxes as wholes) can be put in an order that all wires follow."""
    scope_of = {node.id: node.scope for node in drawn.nodes}
    for around in [(), *(box.scope for box in drawn.boxes)]:
        leads = {
            (one, other)
            for wire in drawn.wires
            for one, other in [[_part(around, end, scope_of[end]) for end in (wire.tail, wire.head)]]
            if one and other and one != other
        }
        while leads:
            first = {one for one, _ in leads} - {other for _, other in leads}
            assert first, f"{sorted(map(str, leads))} lead in a circle"
            leads = {(one, other) for one, other in leads if one not in first}


def _part(around: Scope, node: str, stands: Scope) -> str | Scope | None:
    if stands[: len(around)] != around:
        return None
    return stands[: len(around) + 1] if len(stands) > len(around) else node


few = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@given(graphs(), st.none() | st.integers(0, 2))
@few
def test_no_box_waits_for_itself(z: Value, depth: int | None) -> None:
    stands = scopes.instances(ancestors(z))
    folded = frozenset[Scope]() if depth is None else scopes.deeper(stands, depth)
    drawn = circuit([z], folded=folded)
    assert_boxes_lead_on(drawn)
    assert len({node.folded for node in drawn.folded}) == len(drawn.folded)  # one gate a call


@given(graphs())
@few
def test_scalars_copies_and_pickles_have_the_same_calls(z: Value) -> None:
    def shown(v: Value) -> list[tuple[str, Scope]]:
        return sorted((x.op, where) for x, where in scopes.instances(ancestors(v)).items() if x.inputs)

    assert shown(copy.deepcopy(z)) == shown(z) == shown(pickle.loads(pickle.dumps(z)))
    assert set(scopes.instances(ancestors(to_scalars(z))).values()) >= {where for _, where in shown(z)}


def mlp() -> Any:
    layers = [nn.Linear(2, 3, seed=1), nn.Linear(3, 3, seed=2), nn.Linear(3, 2, seed=3)]
    x: Any = Value(np.ones(2), "x")
    for layer in layers:
        x = at.tanh(at.relu(layer(x)))
    return x


def same_layer_twice() -> Any:
    layer = nn.Linear(2, 2, seed=1)
    return layer(at.relu(layer(Value(np.ones(2), "x"))))


def residual_twice() -> Any:
    x: Any = Value(np.ones(2), "x")
    for k in range(2):
        x = at.tanh(nn.Residual(nn.Sequential(nn.Linear(2, 2, seed=k), at.tanh))(x))
    return x


def sequences(count: int = 2) -> list[Value]:
    return [Value(np.full((1, 2), 0.1 * t), "x") for t in range(1, count + 1)]


def encoder_and_decoder() -> Any:
    _, state = nn.unroll(nn.RNNCell(2, 2, seed=1), sequences())
    outputs, _ = nn.unroll(nn.RNNCell(2, 2, seed=2), sequences(3), at.tanh(state))
    return outputs[-1]


def stacked() -> Any:
    hs: Any = sequences(3)
    for seed in range(2):
        hs, _ = nn.unroll(nn.RNNCell(2, 2, seed=seed), [at.tanh(h) for h in hs])
    return hs[-1]


def stacked_arrays() -> Any:
    hs: Any = Value(np.ones((3, 1, 2)), "x")
    for seed in range(2):
        hs, _ = nn.unroll(nn.GRUCell(2, 2, seed=seed), at.tanh(hs))
    return hs


def both_ways() -> Any:
    layer = nn.Bidirectional(nn.RNNCell(2, 1, seed=1), nn.RNNCell(2, 1, seed=2))
    outputs, _ = layer(sequences(3))
    outputs, _ = layer([at.tanh(o) for o in outputs])
    return at.sum(at.stack(outputs))


def stack_of_cells() -> Any:
    cell = nn.StackedCells([nn.RNNCell(2, 2, seed=1), nn.RNNCell(2, 2, seed=2)], residual=True)
    outputs, state = nn.unroll(cell, sequences())
    outputs, _ = nn.unroll(cell, outputs, state)
    return outputs[-1]


def interleaved() -> Any:
    h: Any = Value(0.5, "h")
    for t in (1, 2, 3):
        with scope(f"t={t}"):
            h = h.tanh()
        with scope(f"t={t}"):
            h = h * h.sin()
    return h


def neurons() -> Any:
    xs: list[Any] = [Value(0.1, "x"), Value(0.2, "x")]
    for width in (3, 2, 1):
        layer = []
        for _ in range(width):
            with scope("neuron"):
                layer.append(at.tanh(sum((Value(0.3, "w") * x for x in xs), Value(0.0, "b"))))
        xs = layer
    return xs[0]


NETWORKS: dict[str, Callable[[], Any]] = {
    f.__name__: f
    for f in (
        mlp, same_layer_twice, residual_twice, encoder_and_decoder, stacked, stacked_arrays, both_ways, stack_of_cells,
        interleaved, neurons,
    )
}  # fmt: skip


@pytest.fixture(params=NETWORKS)
def network(request: pytest.FixtureRequest) -> Value:
    z = at.sum(NETWORKS[request.param]())
    z.backward()
    return z


def circuits(z: Value) -> Iterator[Circuit]:
    stands = scopes.instances(ancestors(z))
    for depth in range(max(map(len, stands.values())) + 1):
        yield circuit([z], folded=scopes.deeper(stands, depth))


@pytest.mark.share(3)
def test_no_wire_of_a_network_runs_back(network: Value) -> None:
    for drawn in circuits(network):
        assert_boxes_lead_on(drawn)
        assert_wires_run_on(drawn, recorded(drawn))


@given(graphs())
@settings(few, max_examples=25)
def test_no_wire_of_a_random_graph_runs_back(z: Value) -> None:
    assert_wires_run_on(circuit([z]), {})


def assert_wires_run_on(drawn: Circuit, readings: Mapping[str, Reading]) -> None:
    """Every wire leads to the right; in rows, which may be continued below, to the same column or a later one."""
    if rows := seating(drawn):
        source = {wire.head: wire.tail for wire in drawn.wires if wire.head.startswith("sum")}  # a Σ stands with it
        column = {node: seat.column for node, seat in rows.seats.items()}
        assert all(column[source.get(w.tail, w.tail)] <= column[source.get(w.head, w.head)] for w in drawn.wires)
        return
    layout = lay_out(drawn, inscribe(drawn, readings, look()), look(), 30.0)
    for wire in drawn.wires:
        points = layout.paths[wire.id].points
        assert points[-1][0] > points[0][0], f"{wire.id} runs back"


def test_a_rolled_network_and_its_steps_have_the_layer_that_each_of_them_calls() -> None:
    out = nn.Linear(2, 1, seed=2)
    hs, _ = nn.unroll(nn.RNNCell(2, 2, seed=1), sequences(3))
    z = at.sum(at.stack([at.relu(out(h)) for h in hs]))
    captions = [mark.id for mark in viz.draw(z, layout="rows", fit=None).page.marks if mark.id.endswith(".caption")]
    assert len(captions) == len(set(captions)) == 9  # t, RNN and Linear, three of each
    rolled = viz.rolled(z)
    assert [plain(mark.line) for mark in rolled.page.marks if mark.id.endswith(".caption")] == [
        "each step t", "RNN", "Linear",
    ]  # fmt: skip
