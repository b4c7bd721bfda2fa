"""Gates from inside: the scalar circuit of one array operation, and a scope with its inputs and outputs."""

import numpy as np
import pytest

import viz
from autograd_tiny import Value, nn, scope, where
from viz.graph.circuit import circuit
from viz.page.interiors import scalar_circuit
from viz.wires import readings


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


def network(steps: int = 3) -> Value:
    cell = nn.LSTMCell(2, 2, seed=1)
    xs = [Value(np.full((1, 2), 0.5 + t), f"x{t + 1}") for t in range(steps)]
    outputs, _ = nn.unroll(cell, xs)
    with scope("loss"):
        loss = (outputs[-1] * outputs[-1]).sum()
    loss.label = "L"
    loss.backward()
    return loss


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
    drawn = circuit(scalar_circuit(s))
    known = readings.recorded(drawn)
    found = {value.label: known[f"wire{i}"] for i, value in enumerate(drawn.values) if value.label}
    for index, number in np.ndenumerate(W.grad):
        label = f"W[{','.join(map(str, index))}]"
        assert close(found[label].gradient, number) and found[label].value == W.data[index]
    for index, number in np.ndenumerate(x.grad):
        assert close(found[f"x[{index[0]}]"].gradient, number)
    assert sum(name.startswith("gate") and name.endswith(".face") for name in shown) == 10  # 6 products, 4 sums


def test_only_the_part_of_a_gradient_that_passes_this_operation_is_shown() -> None:
    v = Value(np.array([1.0, 2.0]), "v")
    square = v * v
    (square.sum() + (v * 3).sum()).backward()
    drawn = circuit(scalar_circuit(square))
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
