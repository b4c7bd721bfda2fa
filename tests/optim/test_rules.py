"""Update rules: PyTorch's numbers, one flat buffer, and what they refuse."""

import copy
import pickle
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from autograd_tiny import Value, nn
from autograd_tiny.errors import GraphError, ShapeError
from autograd_tiny.optim import SGD, Adagrad, Adam, Optimizer, RMSprop, clip_by_norm, clip_by_value, cosine, stepwise
from autograd_tiny.program.c.compiler import COMPILERS

RULES: dict[str, tuple[type[Optimizer], dict[str, Any]]] = {
    "SGD": (SGD, {"lr": 0.1}),
    "SGD, momentum": (SGD, {"lr": 0.03, "momentum": 0.9}),
    "SGD, Nesterov": (SGD, {"lr": 0.03, "momentum": 0.9, "nesterov": True}),
    "SGD, weight decay": (SGD, {"lr": 0.03, "momentum": 0.5, "weight_decay": 0.2}),
    "Adagrad": (Adagrad, {"lr": 0.1}),
    "Adagrad, start": (Adagrad, {"lr": 0.1, "eps": 0.0, "initial_accumulator_value": 1e-8}),
    "RMSprop": (RMSprop, {"lr": 0.01}),
    "RMSprop, momentum": (RMSprop, {"lr": 0.01, "alpha": 0.9, "momentum": 0.7}),
    "Adam": (Adam, {"lr": 0.02}),
    "Adam, weight decay": (Adam, {"lr": 0.02, "betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.1}),
}

each_rule = pytest.mark.parametrize("name", RULES)


def start() -> dict[str, np.ndarray[Any, Any]]:
    rng = np.random.default_rng(3)
    return {"W": rng.normal(size=(3, 2)), "b": rng.normal(size=2)}


def loss(W: Any, b: Any, X: Any) -> Any:
    """Something with curvature, whose minimum moves with the minibatch: so no gradient dies out to rounding errors."""
    y = (X @ W + b).tanh() - X[:, :2]
    return (y * y).sum() + (W**4).sum() * 0.1 + (b * b * b * b).sum()


def minibatch(step: int) -> np.ndarray[Any, Any]:
    return np.random.default_rng(step).normal(size=(5, 3))


def parameters() -> dict[str, Value]:
    return {name: Value(array, name) for name, array in start().items()}


def made(name: str, of: Any) -> Optimizer:
    rule, settings = RULES[name]
    return rule(of, **settings)


def train(optimizer: Optimizer, p: dict[str, Value], steps: int, clip: Callable[[Any], Any] = lambda _: None) -> None:
    for _ in range(steps):
        optimizer.zero_grad()
        loss(p["W"], p["b"], minibatch(optimizer.steps)).backward()
        clip(optimizer)
        optimizer.step()


@each_rule
def test_a_hundred_steps_end_where_pytorch_ends(name: str) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is the oracle; pip install -e .[peers]")
    rule, settings = RULES[name]
    p = parameters()
    train(rule(p, **settings), p, 100)

    peer = {k: torch.tensor(a, requires_grad=True) for k, a in start().items()}
    optimizer = getattr(torch.optim, rule.__name__)(peer.values(), **settings)
    for k in range(100):
        optimizer.zero_grad()
        loss(peer["W"], peer["b"], torch.tensor(minibatch(k))).backward()
        optimizer.step()
    for name in p:
        # The same formulas summed in another order: a hundred steps of rounding, at 1e-16 each.
        np.testing.assert_allclose(p[name].data, peer[name].detach().numpy(), rtol=1e-11, atol=1e-13)


@each_rule
def test_the_flat_buffer_changes_nothing(name: str) -> None:
    together, apart = parameters(), parameters()
    train(made(name, together), together, 7)
    optimizers = [made(name, [p]) for p in apart.values()]
    for k in range(7):
        for o in optimizers:
            o.zero_grad()
        loss(apart["W"], apart["b"], minibatch(k)).backward()
        for o in optimizers:
            o.step()
    for name in together:
        np.testing.assert_array_equal(together[name].data, apart[name].data)


@each_rule
def test_a_saved_state_goes_on_exactly(name: str) -> None:
    straight, broken = parameters(), parameters()
    train(made(name, straight), straight, 9)
    first = made(name, broken)
    train(first, broken, 4)
    resumed = {k: Value(v.data.copy(), k) for k, v in broken.items()}
    second = made(name, resumed)
    second.load(first.state())
    train(second, resumed, 5)
    for k in straight:
        np.testing.assert_array_equal(straight[k].data, resumed[k].data)


@each_rule
@pytest.mark.parametrize("copied", [copy.deepcopy, lambda both: pickle.loads(pickle.dumps(both))])
def test_a_copy_goes_on_exactly_and_alone(name: str, copied: Callable[[Any], Any]) -> None:
    straight, p = parameters(), parameters()
    train(made(name, straight), straight, 9)
    optimizer = made(name, p)
    train(optimizer, p, 4)
    before = {k: v.data.copy() for k, v in p.items()}
    other, its = copied((optimizer, p))
    train(other, its, 5)
    for k in straight:
        np.testing.assert_array_equal(its[k].data, straight[k].data)
        np.testing.assert_array_equal(p[k].data, before[k])
    train(optimizer, p, 5)
    for k in straight:
        np.testing.assert_array_equal(p[k].data, straight[k].data)


@each_rule
def test_floats_train_as_arrays_do(name: str) -> None:
    scalar, array = Value(1.5, "s"), Value([1.5], "a")
    one, other = made(name, [scalar]), made(name, [array])
    for _ in range(5):
        one.zero_grad()
        (scalar**4).backward()
        clip_by_value(one, 2.0)
        one.step()
        other.zero_grad()
        (array**4).sum().backward()
        clip_by_value(other, 2.0)
        other.step()
    assert type(scalar.data) is float
    # pow of floats and of arrays may differ in the last digit
    assert scalar.data == pytest.approx(array.data[0], rel=1e-13)


def test_float32_stays_float32() -> None:
    p = [Value(np.ones(3, np.float32)), Value(np.ones(3))]
    optimizer = Adam(p)
    (p[0] * p[1]).sum().backward()
    optimizer.step()
    assert [v.data.dtype for v in p] == [np.float32, np.float64]
    assert len(optimizer.buffers) == 2


def two_ways(name: str, dtype: Any) -> Iterator[tuple[Value, Value]]:
    """Parameters of one rule and of the same rule compiled, after the same gradients."""
    rng, shapes = np.random.default_rng(5), ((3, 41), (1003,), (), (7,))
    pairs = [[Value(x.copy() if x.shape else float(x)) for _ in range(2)]
             for x in (np.asarray(rng.normal(size=shape), dtype) for shape in shapes)]  # fmt: skip
    plain, native = (made(name, list(values)) for values in zip(*pairs, strict=True))
    native.native()
    pairs = list(zip(plain.parameters.values(), native.parameters.values(), strict=True))
    for _ in range(12):
        for pair in pairs:
            g = np.asarray(rng.normal(size=pair[0].shape), dtype) * rng.choice([0, 1, 1e-5, 1e5])
            for p in pair:
                p.grad = g.copy() if g.shape else float(g)
        plain.step()
        native.step()
    yield from pairs


@pytest.mark.skipif(not any(map(shutil.which, COMPILERS)), reason="no C compiler on this machine")
def test_compiled_rules_give_the_same_bits() -> None:
    for name in RULES:
        for dtype in (np.float64, np.float32):
            for p, q in two_ways(name, dtype):
                assert np.array_equal(p.data, q.data), f"{name}, {dtype.__name__}, {p.shape}"


def test_a_rule_of_ones_own_is_its_equations() -> None:
    class Lion(Optimizer):
        """p ← p − lr·m/(|m| + eps), with |m| as √m²; eps is an attribute, like lr and steps."""

        def __init__(self, parameters: Any, lr: float, beta: float = 0.9) -> None:
            self.beta, self.eps = beta, 1e-3
            super().__init__(parameters, lr, {"mean": 0.0})

        def equations(self) -> tuple[str, ...]:
            change = "p -= lr / steps * (mean / (sqrt(square) + eps))"
            return "mean *= beta", "mean += g * (1 - beta)", "square = mean * mean", change

    w = Value([1.0, -2.0], "w")
    optimizer = Lion([w], 0.1)
    mean, p = np.zeros(2), w.data.copy()
    for steps in (1, 2, 3):
        (w * w).sum().backward()
        mean = 0.9 * mean + 0.1 * w.grad
        optimizer.step()
        optimizer.zero_grad()
        p = p - 0.1 / steps * mean / (np.abs(mean) + 1e-3)
        assert np.allclose(w.data, p, rtol=1e-14)


def test_new_numbers_assigned_to_a_parameter_are_adopted() -> None:
    p = Value([1.0, 2.0], "p")
    optimizer = SGD([p], lr=0.5)
    p.data = np.array([10.0, 20.0])
    p.grad = np.array([2.0, 4.0])
    optimizer.step()
    np.testing.assert_array_equal(p.data, [9.0, 18.0])
    p.data = np.ones(3)
    p.grad = np.ones(3)
    with pytest.raises(ShapeError, match=r"'p': expected shape \(2,\), got \(3,\)"):
        optimizer.step()


@each_rule
def test_a_parameter_without_gradient_stays(name: str) -> None:
    used, unused = Value([1.0, -2.0], "used"), Value([3.0], "unused")
    optimizer = made(name, [unused, used])
    (used * used).sum().backward()
    optimizer.step()
    assert unused.data[0] == 3.0
    assert (used.data != [1.0, -2.0]).all()


def test_a_step_before_any_backward_is_refused() -> None:
    with pytest.raises(GraphError, match="no gradient has reached any parameter"):
        SGD([Value([1.0])], lr=1.0).step()


@pytest.mark.parametrize("steps", [0, 1, 2, 5])
def test_a_graph_is_refused_after_a_step_however_many_steps_were_before_it(steps: int) -> None:
    p = Value(np.arange(40.0), "p")
    optimizer = SGD([p], 0.1)

    def step() -> None:
        p.grad = np.ones(40)
        optimizer.step()

    for _ in range(steps):
        step()
    z = (p * p).sum()
    optimizer.zero_grad()
    z.backward()
    assert np.array_equal(p.grad, 2 * p.data)
    z = (p * p).sum()
    step()
    with pytest.raises(GraphError, match="p"):
        z.backward()


def test_a_shared_weight_is_updated_once() -> None:
    w = Value([2.0], "w")
    optimizer = SGD({"encoder": w, "decoder": w}, lr=0.25)
    w.grad = np.array([4.0])
    optimizer.step()
    assert w.data[0] == 1.0


@pytest.mark.parametrize(
    ("build", "error", "words"),
    [
        (lambda: SGD([], lr=0.1), ValueError, "no parameters"),
        (lambda: SGD(nn.Linear(1, 1), lr=0.1), TypeError, r"layer\.parameters\(\), not a Linear"),  # type: ignore[arg-type]
        (lambda: SGD(Value(1.0), lr=0.1), TypeError, "not a Value"),  # type: ignore[arg-type]
        (lambda: cosine(0.1, T_max=0), ValueError, "T_max = 0"),
        (lambda: stepwise(0.1, step_size=0), ValueError, "step_size = 0"),
        (lambda: SGD([Value(1.0) * 2], lr=0.1), GraphError, "only leaves"),
        (lambda: SGD({"W": np.ones(2)}, lr=0.1), TypeError, "'W' is a ndarray"),  # type: ignore[dict-item]
        (lambda: SGD([Value(1.0)], lr=-0.1), ValueError, "lr = -0.1"),
        (lambda: SGD([Value(1.0)], lr=float("nan")), ValueError, "lr = nan"),
        (lambda: SGD([Value(1.0)], lr=0.1, nesterov=True), ValueError, "give a momentum"),
        (lambda: Adagrad([Value(1.0)], eps=0.0), ValueError, "0/0"),
        (lambda: RMSprop([Value(1.0)], alpha=1.0), ValueError, "alpha = 1.0"),
        (lambda: Adam([Value(1.0)], betas=(0.9, 1.0)), ValueError, "beta2 = 1.0"),
        (lambda: SGD([Value(1.0)], 0.1).load(Adam([Value(1.0)]).state()), ValueError, "unknown"),
        (lambda: Adam([Value([1.0])]).load(Adam([Value([1.0, 2.0])]).state()), ShapeError, "mean.0"),
    ],
)
def test_bad_input_is_named(build: Callable[[], object], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        build()


def test_clipping_keeps_the_direction_or_the_box() -> None:
    p = [Value([0.0, 0.0], "p"), Value(0.0, "q")]

    def arrive() -> None:
        p[0].grad, p[1].grad = np.array([3.0, -4.0]), 12.0

    for target in (p, SGD(p, lr=1.0)):
        arrive()
        assert clip_by_norm(target, 100.0) == 13.0
        assert (p[0].grad.tolist(), p[1].grad) == ([3.0, -4.0], 12.0)
        assert clip_by_norm(target, 6.5) == 13.0
        assert (p[0].grad.tolist(), p[1].grad) == ([1.5, -2.0], 6.0)
        arrive()
        clip_by_value(target, 3.5)
        assert (p[0].grad.tolist(), p[1].grad) == ([3.0, -3.5], 3.5)


def test_clipping_one_gradient_leaves_others_that_share_its_array() -> None:
    b, c = Value([1.0, 1.0], "b"), Value([1.0, 1.0], "c")
    (b + c).backward(seed=np.array([30.0, 40.0]))
    clip_by_norm([b], 5.0)
    assert (b.grad.tolist(), c.grad.tolist()) == ([3.0, 4.0], [30.0, 40.0])


def test_a_gradient_that_is_not_finite_has_no_direction() -> None:
    p = Value([1.0], "W")
    p.grad = np.array([np.inf])
    with pytest.raises(ValueError, match="'W' is not finite"):
        clip_by_norm([p], 1.0)


@pytest.mark.parametrize("clip", [clip_by_norm, clip_by_value])
@pytest.mark.parametrize("limit", [0.0, -1.0, float("nan")])
def test_a_limit_is_positive(clip: Callable[..., object], limit: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        clip([Value(1.0)], limit)


def test_clipping_happens_between_backward_and_step() -> None:
    p = parameters()
    train(SGD(p, lr=1.0), p, 1, clip=lambda o: clip_by_norm(o, 1e-3))
    moved = np.concatenate([(p[k].data - a).ravel() for k, a in start().items()])
    assert np.linalg.norm(moved) == pytest.approx(1e-3)
