"""Folded scopes: whatever is folded, what is still drawn says exactly what the open picture says."""

import itertools
import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import viz
from autograd_tiny import Value, nn, scope, where
from viz import readings, scopes
from viz.circuit import Circuit, circuit
from viz.lettering import plain
from viz.places import places

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


paths = st.lists(st.sampled_from(NAMES), max_size=2)
every_path = [path for length in (1, 2) for path in itertools.product(NAMES, repeat=length)]
patterns = st.lists(st.sampled_from(every_path), min_size=1, max_size=3)
few = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def close(one: object, other: object) -> bool:
    return (one is None and other is None) or bool(np.allclose(one, other, ROUNDING, ROUNDING))


@given(graphs(), patterns)
@few
def test_every_number_still_drawn_is_the_sum_of_what_it_stands_for_in_the_open_picture(z: Value, folded: list) -> None:
    opened, closed = circuit([z]), circuit([z], folded=folded)
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
    drawn = circuit([z], folded=folded)
    seen = readings.recorded(drawn)
    for node in drawn.nodes:
        if node.kind == "fan":
            parts = [seen[branch.id].gradient for branch in drawn.branches(node.value)]
            assert len(parts) > 1 and close(sum(parts), seen[f"wire{node.value}"].gradient)


@given(graphs(), patterns)
@few
def test_each_use_is_drawn_once_or_lies_within_one_folded_scope(z: Value, folded: list) -> None:
    drawn = circuit([z], folded=folded)
    uses = {use: position for position, found in drawn.uses.items() for use in found}
    of = places(drawn.values, drawn.outputs, drawn.uses, folded).of
    visible = [use for wire in drawn.wires if wire.stem for use in wire.uses]
    hidden = [use for use, position in uses.items() if of[position] == of[use[0]]]
    assert sorted(visible + hidden) == sorted(uses)
    assert all(drawn.node(f"gate{of[place]}").folded for place, _ in hidden)


@given(graphs(), patterns)
@few
def test_gates_come_after_what_enters_them_and_folded_ones_hide_only_their_scope(z: Value, folded: list) -> None:
    drawn = circuit([z], folded=folded)
    place = {node.id: number for number, node in enumerate(drawn.nodes)}
    for wire in drawn.wires:
        assert place[wire.tail] < place[wire.head]
        assert drawn.wires_into(wire.head)[drawn.wires_into(wire.head).index(wire)] is wire
    for node in drawn.folded:
        assert node.folded in folded and node.scope == node.folded[:-1]
        assert all(drawn.values[i].scope[: len(node.folded)] == node.folded for i in node.inside)
    assert circuit([z], folded=folded) == drawn


@given(graphs(), patterns)
@few
def test_downstream_is_local_times_upstream_of_a_folded_scope_too(z: Value, folded: list) -> None:
    drawn = circuit([z], folded=folded)
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
    entering = {wire.value: wire.id for wire in folded.wires if wire.use and wire.use[0] in of_scope}
    if len(of_scope) == 1:  # of several blocks of one scope the inside shows all at once
        leaves = {
            node.value
            for node in inside.nodes
            if node.kind == "leaf" and inside.values[node.value].scope[:1] != (name,)
        }
        assert leaves == entering.keys()
        for position, wire in entering.items():
            assert close(outer[wire].gradient, inner[f"wire{position}"].gradient)


@given(graphs(), patterns)
@settings(few, max_examples=12)
def test_a_film_passes_each_gate_once_forward_and_once_backward(z: Value, folded: list) -> None:
    known = {scopes.path(found) for found in scopes.scopes_of(circuit([z]).values)}
    film = viz.film(z, fold=sorted({scopes.path(path) for path in folded} & known))
    gates = [node.id for node in film.circuit.nodes if node.kind == "gate"]
    lit = [part for frame in film.frames for part in sorted(frame.active) if part.startswith("gate")]
    assert lit == [*gates, *reversed(gates)]
    numbers = {mark.id for mark in film.page.marks if mark.id.endswith((".value", ".gradient"))}
    assert numbers <= film.frames[-1].shown
    final = {mark.id: mark for mark in film[-1].page.marks}
    for mark in viz.draw(z, fold=list(film.folded)).page.marks:
        if mark.id.endswith(".gradient"):
            assert final[mark.id].line == mark.line


# Named scopes -------------------------------------------------------------------------------------------------------


def sigmoid_neuron() -> Value:
    w, x, b = Value(2.0, "w"), Value(-1.0, "x"), Value(1.0, "b")
    with scope("neuron"):
        a = w * x + b
        with scope("σ"):
            f = 1 / (1 + (-a).exp())
    f.label = "f"
    f.backward()
    return f


def faces(drawn: Circuit) -> list[str]:
    return [plain(node.face) for node in drawn.nodes if node.kind == "gate"]


def network(steps: int = 3) -> Value:
    cell = nn.LSTMCell(2, 2, seed=1)
    xs = [Value(np.full((1, 2), 0.5 + t), f"x{t + 1}") for t in range(steps)]
    outputs, _ = nn.unroll(cell, xs)
    with scope("loss"):
        loss = (outputs[-1] * outputs[-1]).sum()
    loss.label = "L"
    loss.backward()
    return loss


def test_sigma_is_one_gate_whose_local_derivative_is_its_own() -> None:
    f = sigmoid_neuron()
    drawn = circuit([f], folded=[("neuron", "σ")])
    assert faces(drawn) == ["×", "+", "σ"]
    [wire] = drawn.wires_into(drawn.folded[0].id)
    # (1 − σ) σ, from the four parts: equal to rounding.
    assert close(readings.recorded(drawn)[wire.id].local, f.data * (1 - f.data))
    assert drawn.folded[0].tooltip == "neuron › σ, folded, 4 gates: −, exp, +1, 1/x"


@pytest.mark.parametrize(
    ("fold", "gates"),
    [
        ("σ", ["×", "+", "σ"]),
        ("neuron", ["neuron"]),
        ("neuron/σ", ["×", "+", "σ"]),
        ("n*", ["neuron"]),
        (["σ", "neuron"], ["neuron"]),
        ((), ["×", "+", "−", "exp", "+1", "1/x"]),
    ],
)
def test_scopes_are_named_by_name_path_or_wildcard(fold: object, gates: list[str]) -> None:
    values = circuit([sigmoid_neuron()]).values
    assert faces(circuit([values[-1]], folded=scopes.chosen(values, fold, "auto"))) == gates  # type: ignore[arg-type]


@pytest.mark.parametrize(("depth", "count"), [(0, 1), (1, 3), (2, 6), (None, 6)])
def test_depth_is_how_many_levels_are_open(depth: int | None, count: int) -> None:
    drawing = viz.draw(sigmoid_neuron(), depth=depth)
    assert f": {count} gate" in drawing.description
    assert drawing.folded == {0: ("neuron",), 1: ("neuron/σ",)}.get(depth if depth is not None else 9, ())


def test_a_name_with_the_signs_of_a_pattern_is_itself() -> None:
    with scope("h[0]"):
        y = Value(1.0, "x").tanh() * 2
    assert viz.draw(y, fold="h[0]").folded == ("h[0]",)


def test_unknown_scopes_name_the_known_ones() -> None:
    f = sigmoid_neuron()
    with pytest.raises(ValueError, match=r"did you mean 'neuron'\? Scopes: neuron, neuron/σ"):
        viz.draw(f, fold="neurons")
    with pytest.raises(ValueError, match="has no scopes; record its parts in them"):
        viz.film(Value(1.0, "x") * 2, fold="cell")
    with pytest.raises(TypeError, match="name scopes by text"):
        viz.draw(f, fold=[("neuron",)])  # type: ignore[list-item]


@pytest.mark.parametrize("depth", [-1, 1.5, True, "all"])
def test_a_depth_that_is_none_is_refused(depth: object) -> None:
    with pytest.raises(ValueError, match="number of levels to open"):
        viz.draw(sigmoid_neuron(), depth=depth)  # type: ignore[arg-type]


def test_open_pictures_are_what_they_were_and_all_pictures_are_the_same_each_time() -> None:
    f = sigmoid_neuron()
    assert viz.draw(f).svg == viz.draw(f, depth=None).svg == viz.draw(f, fold=()).svg == viz.draw(f, depth=2).svg
    assert viz.draw(f, fold="σ").svg == viz.draw(f, fold="σ").svg == viz.draw(f, depth=1).svg
    assert viz.draw(f, fold="σ").source != viz.draw(f).source


def test_a_cell_has_its_state_and_its_output_as_two_wires() -> None:
    loss = network()
    drawn = circuit([loss], folded=scopes.named(circuit([loss]).values, ["t=*"]))
    first, second, third = drawn.folded[:3]
    called = [drawn.values[wire.value].label for wire in drawn.wires_out_of(first.id)]
    assert called == ["c", "h"] and [drawn.values[w.value].label for w in drawn.wires_out_of(third.id)] == ["h"]
    assert {drawn.values[wire.value].label for wire in drawn.wires_into(second.id)} == {"x2", "U", "W", "b", "h", "c"}
    # c is used inside its own cell, too: its wire says what comes from outside, its tooltip the whole gradient.
    known = readings.recorded(drawn)
    [c] = [wire for wire in drawn.wires_out_of(first.id) if drawn.values[wire.value].label == "c"]
    assert np.array_equal(known[c.id].total, drawn.values[c.value].grad)
    assert not np.allclose(known[c.id].gradient, known[c.id].total)
    assert "gradient from every use" in viz.draw(loss, depth=0).svg


def test_a_scope_that_its_own_results_enter_again_is_one_gate_for_each_block() -> None:
    h = Value(0.5, "h")
    for _ in range(3):
        with scope("cell"):
            h = (h * 2).tanh()
        h = h + 1  # outside: one gate for all three would have to wait for itself
    assert faces(circuit([h], folded=[("cell",)])) == ["cell", "+1", "cell", "+1", "cell", "+1"]
    with scope("cell"):
        g = ((Value(1.0, "x") * 2).tanh() * 3).exp()
    assert faces(circuit([g], folded=[("cell",)])) == ["cell"]


def test_two_scopes_that_feed_each_other_are_told_apart_by_their_blocks() -> None:
    x = Value(1.0, "x")
    with scope("a"):
        p = x * 2
    with scope("b"):
        q, r = p.tanh(), x * 3
    with scope("a"):
        s = r.exp()
    drawn = circuit([q + s], folded=[("a",), ("b",)])
    assert faces(drawn) == ["a", "b", "a", "+"]


def test_captions_tell_a_folded_gate_in_one_step_forward_and_one_backward() -> None:
    film = viz.film(sigmoid_neuron(), fold="σ")
    assert film.folded == ("neuron/σ",)
    assert "forward 3 of 3: σ, 4 gates in one: f = 0.27" in film.captions
    through = film.captions[5]
    assert through.startswith("backward 1 of 3: σ, 4 gates in one: downstream = local × upstream")
    assert through.endswith("∂f/∂(w·x + b) → (0.20)(1.00) = 0.20")


def test_captions_of_a_cell_tell_what_arrives_and_what_it_passes_on() -> None:
    captions = viz.film(network(2), depth=0).captions
    [told] = [caption for caption in captions if caption.startswith("backward 3 of 3")]
    assert "t=1, 16 gates in one: upstream" in told and ", from outside" in told and "∂L/∂h0 = " in told


# Folding by itself --------------------------------------------------------------------------------------------------


def layers(width: int, count: int) -> Value:
    x = Value(0.1, "x")
    for number in range(count):
        with scope(f"layer {number + 1}"):
            for neuron in range(width):
                with scope(f"neuron {neuron + 1}"):
                    x = (x * 0.9 + 0.1).tanh()
    x.label = "y"
    x.backward()
    return x


def test_up_to_two_hundred_gates_nothing_is_folded() -> None:
    values = circuit([layers(6, 11)]).values  # 198 gates
    assert scopes.chosen(values, None, "auto") == frozenset()


def test_more_fold_from_the_innermost_scopes_until_they_can_be_read_and_it_is_said() -> None:
    drawing = viz.draw(layers(7, 10))  # 210 gates
    assert len(drawing.folded) == 70 and drawing.folded[0] == "layer 1/neuron 1"
    assert re.search("210 gates drawn as 70; folded: layer 1/neuron 1, .* and 64 more", drawing.description)
    assert "depth=None opens everything" in drawing.source
    deeper = viz.draw(layers(21, 10))  # 630 gates: 210 neurons are too many still
    assert len(deeper.folded) == 10
    film = viz.film(layers(7, 10))
    assert len(film.folded) == 70 and "210 gates drawn as 70" in film.captions[0]


def test_what_cannot_be_folded_and_is_too_large_is_refused_at_once_and_scopes_are_advised() -> None:
    x = Value(0.5, "x")
    for _ in range(10_001):
        x = x + 1.0
    with pytest.raises(viz.LayoutError, match=r"10001 gates.*fold a scope"):
        viz.draw(x)


def test_a_very_large_graph_in_scopes_is_drawn_folded() -> None:
    x = Value(0.5, "x")
    for number in range(4):
        with scope(f"part {number + 1}"):
            for _ in range(5_000):
                x = x * 0.999
    assert viz.draw(x).folded == ("part 1", "part 2", "part 3", "part 4")


# From inside --------------------------------------------------------------------------------------------------------


def product() -> tuple[Value, Value, Value]:
    W, x = Value(np.array([[0.5, -1.0, 0.25], [1.5, 0.5, -0.75]]), "W"), Value(np.array([1.0, -2.0, 0.5]), "x")
    s = W @ x
    s.label = "s"
    s.sigmoid().sum().backward()
    return W, x, s


def test_a_matrix_product_opens_to_its_scalar_circuit_with_its_gradients() -> None:
    W, x, s = product()
    drawing = viz.inside(s)
    assert drawing.title == "Inside s = W @ x"
    shown = {mark.id: mark for mark in drawing.page.marks}
    drawn = circuit(_scalars(s))
    known = readings.recorded(drawn)
    found = {value.label: known[f"wire{i}"] for i, value in enumerate(drawn.values) if value.label}
    for index, number in np.ndenumerate(W.grad):
        label = f"W[{','.join(map(str, index))}]"
        assert close(found[label].gradient, number) and found[label].value == W.data[index]
    for index, number in np.ndenumerate(x.grad):
        assert close(found[f"x[{index[0]}]"].gradient, number)
    assert sum(name.startswith("gate") and name.endswith(".face") for name in shown) == 10  # 6 products, 4 sums


def _scalars(value: Value) -> list[Value]:
    from viz.interiors import scalar_circuit

    return scalar_circuit(value)


def test_only_the_part_of_a_gradient_that_passes_this_operation_is_shown() -> None:
    v = Value(np.array([1.0, 2.0]), "v")
    square = v * v
    (square.sum() + (v * 3).sum()).backward()
    drawn = circuit(_scalars(square))
    known = readings.recorded(drawn)
    stems = [known[f"wire{i}"].gradient for i, value in enumerate(drawn.values) if value.label.startswith("v[")]
    assert stems == [2.0, 4.0]  # 2v, without the 3 of the other branch


def test_where_no_backward_pass_has_been_the_inside_has_values_only() -> None:
    v = Value(np.array([1.0, 2.0]), "v").exp()
    assert "Gradients" not in viz.inside(v).description
    assert viz.inside(where(np.array([True, False]), v, 0.0)).title.startswith("Inside")


def test_gates_shared_by_several_results_pass_on_the_gradients_of_all() -> None:
    x = Value(0.5, "x")
    shared = x.tanh() * 2
    results = [shared.exp(), shared * x]
    (results[0] * 3 + results[1] * 5).backward()
    drawn = circuit(results)
    known = readings.recorded(drawn)
    parts = [known[branch.id].gradient for branch in drawn.branches(0)]
    assert len(parts) == 2 and close(sum(parts), x.grad)


def test_the_inside_of_a_scope_has_named_ends() -> None:
    f = sigmoid_neuron()
    drawing = viz.inside(f, "σ")
    texts = ["".join(run.text for run in mark.line) for mark in drawing.page.marks if hasattr(mark, "line")]
    assert "w·x + b" in texts and "f" in texts and drawing.title == "Inside neuron › σ"
    assert viz.inside(f, "neuron").folded == ("neuron/σ",)


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda z: viz.inside(z, "LSTM"), "names 3 scopes; give one path: t=1/LSTM"),
        (lambda z: viz.inside(z, "cell"), "scope='cell' is no scope of this graph"),
        (lambda z: viz.inside(Value(1.0, "w")), "'w' is a leaf"),
        (lambda z: viz.inside(Value(1.0, "w") * 2), "one gate already; name a scope"),
    ],
)
def test_what_has_no_inside_says_why(ask, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        ask(network())
