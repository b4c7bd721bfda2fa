"""Which scopes are folded: those that are asked for, by name or depth; or as many as make a picture readable."""

import re

import numpy as np
import pytest

import viz
from autograd_tiny import Value, nn, scope
from autograd_tiny.value import ancestors
from viz.graph import scopes
from viz.graph.circuit import Circuit, circuit
from viz.wires import readings
from viz.words.lettering import plain


def close(one: object, other: object) -> bool:
    return bool(np.allclose(one, other, 1e-9))  # the same terms in another order: a few roundings


def sigmoid_neuron() -> Value:
    w, x, b = Value(2.0, "w"), Value(-1.0, "x"), Value(1.0, "b")
    with scope("neuron"):
        a = w * x + b
        with scope("σ"):
            f = 1 / (1 + (-a).exp())
    f.label = "f"
    f.backward()
    return f


def stands(*outputs: Value) -> scopes.Stands:
    return scopes.instances(ancestors(*outputs))


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
    f = sigmoid_neuron()
    assert faces(circuit([f], folded=scopes.chosen(stands(f), fold, "auto"))) == gates  # type: ignore[arg-type]


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
    drawn = circuit([loss], folded=scopes.named(stands(loss), ["t=*"]))
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


def test_a_scope_is_one_gate_for_each_time_it_is_entered() -> None:
    h = Value(0.5, "h")
    for _ in range(3):
        with scope("cell"):
            h = (h * 2).tanh()
        h = h + 1
    assert faces(circuit([h], folded=scopes.named(stands(h), ["cell"]))) == [
        "cell", "+1", "cell 2", "+1", "cell 3", "+1",
    ]  # fmt: skip
    with scope("cell"):
        g = ((Value(1.0, "x") * 2).tanh() * 3).exp()
    assert faces(circuit([g], folded=[("cell",)])) == ["cell"]


def test_scopes_that_were_assigned_and_feed_each_other_are_one_gate_for_each_stretch() -> None:
    x = Value(1.0, "x")
    p = x * 2
    q, r = p.tanh(), x * 3
    s = r.exp()
    p.scope, q.scope, r.scope, s.scope = ("a",), ("b",), ("b",), ("a",)
    drawn = circuit([q + s], folded=[("a",), ("b",)])
    assert faces(drawn) == ["a", "b", "a", "+"]


def blocks() -> Value:
    """Three calls of "block", the second with a "neuron" twice, and a scope that somebody called "block 3"."""
    x = Value(0.5, "x")
    for k in range(3):
        with scope("block"):
            for _ in range(1 + (k == 1)):
                with scope("neuron"):
                    x = x.tanh()
    with scope("block 3"):
        return x * 2


@pytest.mark.share(3)
@pytest.mark.parametrize(
    ("fold", "folded"),
    [
        ("block", ("block", "block 2", "block (3)")),
        ("block 1", ("block",)),
        ("block 2", ("block 2",)),
        ("block 3", ("block 3",)),
        ("neuron", ("block/neuron", "block 2/neuron", "block 2/neuron 2", "block (3)/neuron")),
        ("block/neuron", ("block/neuron", "block 2/neuron", "block 2/neuron 2", "block (3)/neuron")),
        ("block 2/neuron", ("block 2/neuron", "block 2/neuron 2")),
        ("block 2/neuron 1", ("block 2/neuron",)),
        ("neuron ?", ("block 2/neuron", "block 2/neuron 2")),
        ("block 2/*", ("block 2/neuron", "block 2/neuron 2")),
    ],
)
def test_a_name_names_all_its_calls_and_a_number_one(fold: str, folded: tuple[str, ...]) -> None:
    assert viz.draw(blocks(), fold=fold).folded == folded
    assert viz.film(blocks(), fold=fold).folded == folded


def test_steps_of_a_second_sequence_are_named_with_it() -> None:
    hs, h = nn.unroll(nn.RNNCell(1, 1, seed=1), [Value([0.1]), Value([0.2])])
    hs, h = nn.unroll(nn.RNNCell(1, 1, seed=2), [*hs, h], h)
    assert viz.draw(h, fold="t=*").folded == ("t=1", "t=2", "t=1 (2)", "t=2 (2)", "t=3 (2)")
    assert viz.draw(h, fold="t=2").folded == ("t=2", "t=2 (2)")
    assert viz.draw(h, fold="t=1 (2)").folded == ("t=1 (2)",)
    assert viz.draw(h, fold="t=1 (1)").folded == ("t=1",)


def test_the_inside_of_one_call_is_asked_for_by_its_number() -> None:
    with pytest.raises(ValueError, match="names 3 scopes; give one path: block 1, block 2, block \\(3\\)"):
        viz.inside(blocks(), "block")
    assert viz.inside(blocks(), "block 1").title == "Inside block"
    assert viz.inside(blocks(), "block 2").title == "Inside block 2"


def test_twenty_four_neurons_are_never_folded_into_one_gate() -> None:
    total: Value = Value(0.0, "b")
    for k in range(24):
        with scope("neuron"):
            w = Value(0.1 * k, "w")
            total = total + (w * 2 + 1).tanh() * 0.5 + (w * 3).exp() + w.sin() * w.cos()
    drawing = viz.draw(total)
    assert len(drawing.folded) == 24 and drawing.folded[-1] == "neuron 24"


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
    assert scopes.chosen(stands(layers(6, 11)), None, "auto") == frozenset()  # 198 gates


def test_more_fold_from_the_innermost_scopes_until_they_can_be_read_and_it_is_said() -> None:
    drawing = viz.draw(layers(7, 10), fit=None)  # 210 gates
    assert len(drawing.folded) == 70 and drawing.folded[0] == "layer 1/neuron 1"
    assert re.search(
        "210 gates drawn as 70; folded: layer 1/neuron 1 … layer 1/neuron 7, .* and 4 more", drawing.description
    )
    assert "depth=None opens everything" in drawing.source
    deeper = viz.draw(layers(21, 10), fit=None)  # 630 gates: 210 neurons are too many still
    assert len(deeper.folded) == 10
    film = viz.film(layers(7, 10), fit=None)
    assert len(film.folded) == 70 and "210 gates drawn as 70" in film.captions[0]


def test_what_cannot_be_folded_and_is_too_large_is_refused_at_once_and_scopes_are_advised() -> None:
    x = Value(0.5, "x")
    for _ in range(10_001):
        x = x + 1.0
    with pytest.raises(viz.LayoutError, match=r"10001 gates.*fold a scope"):
        viz.draw(x)


@pytest.mark.slow
def test_a_very_large_graph_in_scopes_is_drawn_folded() -> None:
    x = Value(0.5, "x")
    for number in range(4):
        with scope(f"part {number + 1}"):
            for _ in range(5_000):
                x = x * 0.999
    assert viz.draw(x).folded == ("part 1", "part 2", "part 3", "part 4")
