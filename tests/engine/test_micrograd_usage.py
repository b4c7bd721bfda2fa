"""Code written for micrograd runs unchanged: its expression graph, its kind of network, its kind of training."""

import math
import random
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

import viz
from autograd_tiny import Value, grad, to_scalars, trace


class Neuron:
    def __init__(self, inputs: int, nonlinear: bool = True) -> None:
        self.w = [Value(random.uniform(-1, 1)) for _ in range(inputs)]
        self.b = Value(0)
        self.nonlinear = nonlinear

    def __call__(self, x: list) -> Value:
        z = sum((w * x for w, x in zip(self.w, x, strict=True)), self.b)  # the sum starts with a Value
        return z.relu() if self.nonlinear else z

    def parameters(self) -> list[Value]:
        return [*self.w, self.b]


class Layer:
    def __init__(self, inputs: int, outputs: int, nonlinear: bool = True) -> None:
        self.neurons = [Neuron(inputs, nonlinear) for _ in range(outputs)]

    def __call__(self, x: list) -> list[Value]:
        return [neuron(x) for neuron in self.neurons]

    def parameters(self) -> list[Value]:
        return [p for neuron in self.neurons for p in neuron.parameters()]


class MLP:
    def __init__(self, *sizes: int) -> None:
        pairs = list(pairwise(sizes))
        self.layers = [Layer(m, n, nonlinear=k < len(pairs) - 1) for k, (m, n) in enumerate(pairs)]

    def __call__(self, x: list) -> Value:
        for layer in self.layers:
            x = layer(x)
        return x[0]

    def parameters(self) -> list[Value]:
        return [p for layer in self.layers for p in layer.parameters()]

    def zero_grad(self) -> None:
        for p in self.parameters():
            p.grad = 0


def moons(n: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Two interleaved half circles with a little noise, labelled −1 and 1."""
    angle = np.pi * generator.random(n)
    side = np.arange(n) % 2
    x = np.where(side, 1 - np.cos(angle), np.cos(angle))
    y = np.where(side, 0.5 - np.sin(angle), np.sin(angle))
    return np.stack([x, y], 1) + 0.05 * generator.standard_normal((n, 2)), 2 * side - 1


def test_the_expression_graph_of_its_readme() -> None:
    a, b = Value(-4.0), Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    g.backward()
    # The numbers printed in micrograd's README, to its four decimals.
    assert f"{g.data:.4f}" == "24.7041"
    assert f"{a.grad:.4f}" == "138.8338"
    assert f"{b.grad:.4f}" == "645.5773"


def test_a_network_learns_the_moons() -> None:
    random.seed(1337)
    points, labels = moons(60, np.random.default_rng(1337))
    model = MLP(2, 8, 8, 1)

    def loss() -> tuple[Value, float]:
        inputs = [list(map(Value, row)) for row in points]
        scores = list(map(model, inputs))
        losses = [(1 + -yi * score).relu() for yi, score in zip(labels, scores, strict=True)]
        data_loss = sum(losses) * (1.0 / len(losses))  # the sum starts with 0
        weight_loss = 1e-4 * sum(p * p for p in model.parameters())
        right = [(yi > 0) == (score.data > 0) for yi, score in zip(labels, scores, strict=True)]
        return data_loss + weight_loss, sum(right) / len(right)

    for k in range(50):
        total, accuracy = loss()
        model.zero_grad()
        total.backward()
        for p in model.parameters():
            p.data -= (1.0 - 0.9 * k / 50) * p.grad
    assert accuracy > 0.95
    assert total.data < 0.2
    assert all(type(p.data) is float for p in model.parameters())


@pytest.mark.parametrize("step", [np.float64(0.1), np.float32(0.1), np.array(0.1), 0.1], ids=lambda s: type(s).__name__)
def test_any_kind_of_step_size_does(step: float) -> None:
    p = Value(3.0)
    for _ in range(60):
        loss = (p - 1) ** 2
        p.grad = 0
        loss.backward()
        p.data -= step * p.grad
    assert p.data == pytest.approx(1.0, abs=1e-5)  # 2·0.8^60 = 3e-6 remains
    assert type(p.grad) is float


TANH_TWICE: dict[str, Callable[[Value], Value]] = {
    "in one": lambda n: n.tanh(),
    "from exp": lambda n: ((2 * n).exp() - 1) / ((2 * n).exp() + 1),
    "with ** -1": lambda n: ((2 * n).exp() - 1) * ((2 * n).exp() + 1) ** -1,
}


@pytest.mark.parametrize("tanh", TANH_TWICE.values(), ids=TANH_TWICE)
def test_the_neuron_of_its_lecture(tanh: Callable[[Value], Value]) -> None:
    x1, x2 = Value(2.0, label="x1"), Value(0.0, label="x2")
    w1, w2 = Value(-3.0, label="w1"), Value(1.0, label="w2")
    b = Value(6.8813735870195432, label="b")
    o = tanh(x1 * w1 + x2 * w2 + b)
    o.label = "o"
    o.backward()
    # tanh(arsinh 1) = 1/√2, so 1 − o² = ½.
    assert o.data == pytest.approx(0.5**0.5, rel=1e-12)
    assert [v.grad for v in (x1, w1, x2, w2)] == pytest.approx([-1.5, 1.0, 0.5, 0.0], rel=1e-12)


def test_the_bug_of_the_lecture_can_be_shown() -> None:
    a = Value(3.0)
    (a + a).backward()
    assert a.grad == 2.0
    (a + a).backward()
    assert a.grad == 4.0  # leaves accumulate until somebody sets them to zero
    a.grad = 0
    (a + a).backward()
    assert a.grad == 2.0


def test_in_place_operators_make_new_values() -> None:
    a = b = Value(2.0)
    a += 1
    a *= 2
    a -= 1
    a /= 5
    a **= 2
    assert (a.data, b.data) == (1.0, 2.0)
    a.backward()
    assert b.grad == pytest.approx(2 * 2 / 5)


def test_functions_that_draw_its_graphs_walk_ours() -> None:
    x = Value(1.0, label="x")
    y = (x * x + 1).tanh()
    y.label = "y"
    nodes, edges, left = set(), set(), [y]
    while left:
        v = left.pop()
        nodes.add(v)
        edges |= {(child, v) for child in v._prev}
        left += v._prev
    assert sorted(v._op for v in nodes) == ["", "", "*", "+", "tanh"]
    assert (x, (y._prev[0]._prev[0])) in edges


def test_the_backward_pass_one_value_at_a_time() -> None:
    a, b, c, f = Value(2.0, label="a"), Value(-3.0, label="b"), Value(10.0), Value(-0.2)
    e = a * b
    d = e + c
    L = (d * f).tanh()
    L.grad = 1.0
    for v in (L, *L._prev, d, e):
        v._backward()
    by_hand = [v.grad for v in (a, b, c, f)]
    for v in (a, b, c, f):
        v.grad = 0.0
    L.backward()
    assert by_hand == [v.grad for v in (a, b, c, f)]
    W = Value(np.ones((2, 3)))
    h = W @ np.arange(3.0)
    s = h.sum()
    s.grad = 1.0
    s._backward()
    h._backward()
    assert W.grad.tolist() == [[0.0, 1.0, 2.0]] * 2
    h._backward()  # gradients accumulate
    assert W.grad.tolist() == [[0.0, 2.0, 4.0]] * 2


def test_an_operation_written_as_in_the_lecture() -> None:
    def tanh(v: Value) -> Value:
        t = math.tanh(v.data)
        out = Value(t, (v,), "tanh")

        def _backward() -> None:
            v.grad += (1 - t**2) * out.grad

        out._backward = _backward
        return out

    p, q = Value(0.7, "p"), Value(0.3, "q")
    z = tanh(p * q) * p + tanh(p)
    z.backward()
    expected = grad((p * q).tanh() * p + p.tanh(), [p, q])
    assert [p.grad, q.grad] == pytest.approx([g.data for g in expected], rel=1e-14)
    assert [g.data for g in grad(z, [p, q])] == pytest.approx([p.grad, q.grad], rel=1e-14)
    assert viz.text(z) and viz.draw(z).svg.count("tanh") >= 2
    for refused in (lambda: grad(z, [p], create_graph=True), lambda: to_scalars(z), lambda: trace(tanh, 0.5).source()):
        with pytest.raises(ValueError, match="written by hand"):
            refused()
    assert Value(0.0, (), "input")._prev == ()
    assert Value(0.0, _children=(p, q), _op="own")._op == "own"


def test_operations_carry_micrograds_signs() -> None:
    a = Value(2.0)
    made = (a + a, a * a, a - 1, a / 3, a.relu(), a.tanh(), a.exp())
    assert [v._op for v in made] == ["+", "*", "-", "/", "ReLU", "tanh", "exp"]


def test_drawing_what_was_written_by_hand_leaves_its_gradients_alone() -> None:
    x = Value(3.0, "x")
    y = Value(x.data**2, (x,), "sq")

    def _backward() -> None:
        x.grad += 2 * x.data * y.grad

    y._backward = _backward
    z = y * 2
    z.backward()
    for picture in (viz.draw(z).svg, viz.draw(z, fit=None).svg, viz.ledger(z), viz.text(z)):
        assert "12" in str(picture)
        assert x.grad == 12.0
