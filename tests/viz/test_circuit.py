"""The record as nodes, wires and boxes; and the numbers on them."""

import numpy as np
import pytest

import autograd_tiny as ag
from autograd_tiny import Value, scope
from viz.graph.circuit import Circuit, circuit
from viz.wires import readings
from viz.words.lettering import plain


def faces(value: Value, constants: bool = False) -> list[str]:
    return [plain(node.face) for node in circuit([value], constants).nodes if node.kind == "gate"]


FOLDED = [
    (lambda w: w - 3, "−3"),
    (lambda w: 3 - w, "3−"),
    (lambda w: w + 2.5, "+2.5"),
    (lambda w: w + -1, "−1"),
    (lambda w: 2 * w, "×2"),
    (lambda w: w * -2, "×(−2)"),
    (lambda w: w / 4, "÷4"),
    (lambda w: 1 / w, "1/x"),
    (lambda w: w**2, "( )²"),
    (lambda w: w**-1, "( )^−1"),
    (lambda w: 2**w, "2^x"),
    (lambda w: ag.maximum(w, 0.0), "max 0"),
]


@pytest.mark.parametrize(("make", "face"), FOLDED)
def test_constants_fold_into_their_gate_and_stand_as_leaves_on_wish(make, face) -> None:
    z = make(Value(5.0, "w"))
    assert faces(z) == [face]
    folded, spread = circuit([z]), circuit([z], constants=True)
    assert [node.kind for node in folded.nodes] == ["leaf", "gate", "end"]
    assert sum(node.kind == "leaf" for node in spread.nodes) == 2


def test_each_use_of_a_value_is_a_branch_and_a_value_used_once_is_one_wire() -> None:
    x = Value(3.0, "x")
    square = circuit([x * x])
    assert [wire.use for wire in square.branches(0)] == [(1, 0), (1, 1)]
    once = circuit([(x + 1).tanh()])
    assert not any(node.kind == "fan" for node in once.nodes) and len(once.wires) == 3


def test_an_output_that_is_used_again_ends_in_its_name_and_goes_on() -> None:
    y = Value(2.0, "x").exp()
    z = y * 3
    both = circuit([y, z])
    assert [node.kind for node in both.nodes if node.value == 1] == ["gate", "end", "fan"]


def test_scopes_are_nested_boxes_and_a_wire_lies_in_the_box_of_both_its_ends() -> None:
    w = Value(1.0, "w")
    with scope("t=1"), scope("cell"):
        h = (w * w).tanh()
    drawn = circuit([h + 1])
    assert [box.scope for box in drawn.boxes] == [("t=1",), ("t=1", "cell")]
    scopes = {wire.id: wire.scope for wire in drawn.wires}
    assert scopes["wire1"] == ("t=1", "cell") and scopes["wire0-0"] == () and scopes["wire2"] == ()


def gradients(drawn: Circuit, position: int) -> tuple[list[object], object]:
    known = readings.recorded(drawn)
    return [known[wire.id].gradient for wire in drawn.branches(position)], known[f"wire{position}"].gradient


def test_the_branches_of_w_add_to_the_stem() -> None:
    w = Value(5.0, "w")
    z = w**2 * (w - 3)
    assert gradients(circuit([z]), 0) == ([None, None], None)
    z.backward()
    assert gradients(circuit([z]), 0) == ([20.0, 25.0], 45.0)


def test_drawing_reads_gradients_and_writes_none() -> None:
    W, x = Value(np.ones((2, 3)), "W"), Value(np.arange(3.0), "x")
    L = ((W @ x).tanh() * (W @ x)).sum()
    L.backward()
    before = W.grad.copy()
    drawn = circuit([L])
    branches, stem = gradients(drawn, 0)
    # The same two additions in the same order: equal to the last bit.
    assert np.array_equal(branches[0] + branches[1], stem) or np.array_equal(branches[1] + branches[0], stem)
    assert np.array_equal(W.grad, before)


def test_a_forgotten_zero_grad_shows_on_the_stem() -> None:
    w = Value(5.0, "w")
    z = w**2 * (w - 3)
    z.backward()
    z.backward()
    assert gradients(circuit([z]), 0) == ([20.0, 25.0], 90.0)


def test_where_no_derivative_exists_the_values_are_drawn_all_the_same() -> None:
    z = Value(0.0, "x").sqrt()
    z.grad = 1.0
    assert readings.recorded(circuit([z]))["wire0"].value == 0.0
