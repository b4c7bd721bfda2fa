"""At the edges (probabilities of 0 and 1, masks, ties, −∞) what PyTorch also has means what it means there."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

import autograd_tiny as at
from autograd_tiny import Value, nn, trace
from autograd_tiny.errors import DomainError
from autograd_tiny.gradients import gradients_or_zero

INF = float("inf")
Case = tuple[Callable[..., Any], str, tuple[Any, ...]]  # ours; PyTorch's, an expression of its F and inputs; inputs


def bce_at(*pairs: tuple[float, float]) -> tuple[Any, ...]:
    return tuple(np.array(pairs).T)


ROW, GRID = np.array([1.0, 3.0, 3.0, -2.0]), np.array([[0.5, -1.0, 2.0], [2.0, 2.0, -INF]])
IMAGE = np.arange(48.0).reshape(1, 3, 4, 4) % 7
# Gradients are compared for the first input; the others are plain.
CASES: dict[str, Case] = {
    "probabilities that do not sum to 1": (
        nn.cross_entropy, "F.cross_entropy(x, y)",
        (np.array([[1.0, 2.0], [9.0, -9.0]]), np.array([[1.0, 1.0], [0, 3]])),
    ),
    "probabilities of 0": (nn.cross_entropy, "F.cross_entropy(x, y)", (ROW[None], np.zeros((1, 4)))),
    "logits of −∞": (nn.cross_entropy, "F.cross_entropy(x, y)", (GRID, np.array([0, 1]))),
    "a class of −∞": (nn.cross_entropy, "F.cross_entropy(x, y)", (GRID, np.array([0, 2]))),
    "bce at 0 and 1": (
        partial(nn.binary_cross_entropy, reduction="none"), "F.binary_cross_entropy(x, y, reduction='none')",
        bce_at((0, 1), (0, 0), (1, 1), (1, 0), (0.5, 1), (0, 0.25), (1, 0.25)),
    ),
    "bce near 0 and 1": (
        partial(nn.binary_cross_entropy, reduction="sum"), "F.binary_cross_entropy(x, y, reduction='sum')",
        bce_at((1e-13, 1), (1e-50, 1), (5e-324, 1), (1 - 1e-15, 0), (1e-11, 1), (1e-13, 0.5)),
    ),
    "bce with huge logits": (
        nn.binary_cross_entropy_with_logits, "F.binary_cross_entropy_with_logits(x, y)",
        bce_at((800, 0), (-800, 1), (800, 1), (0, 0.5)),
    ),
    "softmax with −∞": (lambda x: at.softmax(x) ** 2, "F.softmax(x, -1) ** 2", (GRID,)),
    "log_softmax with −∞": (lambda x: at.log_softmax(x)[0], "F.log_softmax(x, -1)[0]", (GRID,)),
    "logsumexp with −∞": (partial(at.logsumexp, axis=-1), "torch.logsumexp(x, -1)", (GRID,)),
    "norm at 0": (at.norm, "torch.linalg.vector_norm(x)", (np.zeros(3),)),
    "norm of rows, one 0": (
        partial(at.norm, axis=1), "torch.linalg.vector_norm(x, dim=1)", (np.array([[3.0, 4], [0, 0]]),),
    ),
    "std of equals": (at.std, "torch.std(x, correction=0)", (np.ones(3),)),
    "std, ddof": (partial(at.std, ddof=1), "torch.std(x, correction=1)", (ROW,)),
    "var of one": (at.var, "torch.var(x, correction=0)", (np.ones(1),)),
    "max with ties": (at.max, "torch.amax(x, 0)", (ROW,)),
    "maximum with ties": (at.maximum, "torch.maximum(x, y)", (ROW, np.array([1.0, 2, 3, 4]))),
    "minimum with ties": (at.minimum, "torch.minimum(x, y)", (ROW, np.array([1.0, 2, 3, 4]))),
    "maximum with a number": (
        lambda x: at.maximum(x, 0.0), "torch.maximum(x, torch.zeros(4))", (np.array([0.0, -1, 1, 0]),),
    ),
    "relu at 0": (at.relu, "F.relu(x)", (np.array([0.0, -0.0, 1, -1]),)),
    "hard_tanh at its edges": (at.hard_tanh, "F.hardtanh(x)", (np.array([-1.0, 1, 0, 2]),)),
    "leaky_relu at 0": (at.leaky_relu, "F.leaky_relu(x)", (np.array([-1.0, 1, 2]),)),
    "clip inside": (lambda x: at.clip(x, -1, 2), "torch.clip(x, -1, 2)", (np.array([-1.5, 0, 1.9, 2.1]),)),
    "clip by values": (
        lambda x, y: at.clip(y, x, 9.0), "torch.clip(y, x, torch.full((4,), 9.))", (ROW, ROW[::-1] + 0.5),
    ),
    "x ** 0": (lambda x: x**0, "x ** 0", (np.array([0.0, -1, 5e-324]),)),
    "average over what fills a window": (partial(nn.avg_pool, kernel_size=3), "F.avg_pool2d(x, 3)", (IMAGE,)),
    "windows that overlap": (
        partial(nn.avg_pool, kernel_size=(2, 3), stride=(1, 1)), "F.avg_pool2d(x, (2, 3), (1, 1))", (IMAGE,),
    ),
    "a mask of booleans": (
        nn.scaled_dot_product_attention, "F.scaled_dot_product_attention(x, x2, x3, attn_mask=y)",
        (GRID[:1].repeat(2, 0), np.eye(2, 3), np.eye(2), np.array([[True, False], [True, True]])),
    ),
    "a mask that lets nothing be seen": (
        nn.scaled_dot_product_attention, "F.scaled_dot_product_attention(x, x2, x3, attn_mask=y)",
        (GRID[:1].repeat(2, 0), np.eye(2, 3), np.eye(2), np.array([[False, False], [True, True]])),
    ),
    "a mask of floats": (
        nn.scaled_dot_product_attention, "F.scaled_dot_product_attention(x, x2, x3, attn_mask=y)",
        (GRID[:1].repeat(2, 0), np.eye(2, 3), np.eye(2), np.array([[0.0, -INF], [1.5, -0.5]])),
    ),
}  # fmt: skip


def ours(case: str) -> tuple[Any, Any]:
    function, _, (first, *rest) = CASES[case]
    x = Value(first)
    z = function(x, *rest)
    return z.data, gradients_or_zero(at.sum(z), [x])[0].data


@pytest.mark.parametrize("case", CASES)
def test_as_pytorch(case: str) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is absent: pip install -e '.[peers]'")
    _, expression, (first, *rest) = CASES[case]
    x = torch.tensor(first, dtype=torch.float64, requires_grad=True)
    names = dict(zip(("x2", "x3") if len(rest) > 1 else (), map(torch.tensor, rest[:-1]), strict=bool(len(rest) > 1)))
    names |= {"y": torch.tensor(np.ascontiguousarray(rest[-1]))} if rest else {}
    z = eval(expression, {"F": torch.nn.functional, "torch": torch, "x": x} | names)
    z.sum().backward()
    value, gradient = ours(case)
    np.testing.assert_allclose(value, z.detach().numpy(), rtol=1e-7, atol=1e-14)
    np.testing.assert_allclose(gradient, x.grad.numpy(), rtol=1e-7, atol=1e-14)  # PyTorch's 1e-12 is a float32


def test_by_hand() -> None:
    value, slope = ours("bce at 0 and 1")
    np.testing.assert_allclose(value, [100, 0, 0, 100, np.log(2), 25, 75], rtol=1e-14)
    np.testing.assert_allclose(slope, [-1e12, 0, 0, 1e12, -2, -0.25e12, 0.75e12], rtol=1e-14)
    logits, target = Value([[1.0, 2.0]]), [[1.0, 1.0]]
    loss = nn.cross_entropy(logits, np.array(target))
    assert loss.data == pytest.approx(2 * np.log1p(np.e) - 1, rel=1e-14)  # −Σ log softmax: log(1 + e) and log(1 + 1/e)
    loss.backward()
    assert logits.grad[0] == pytest.approx(2 / (1 + np.exp([1.0, -1.0])) - 1, rel=1e-13)  # 2·softmax − 1
    assert ours("norm at 0")[1].tolist() == ours("std of equals")[1].tolist() == [0.0, 0.0, 0.0]
    assert ours("maximum with a number")[1].tolist() == [0.5, 0.0, 1.0, 0.5]
    assert ours("a mask that lets nothing be seen")[0][0].tolist() == [0.0, 0.0]
    scores = at.softmax(Value([0.0, 0.5]) + np.array([0.0, -INF]))
    q = Value(np.zeros((1, 1)))
    seen = nn.scaled_dot_product_attention(q, np.ones((2, 1)), np.array([[3.0], [5.0]]), [[0.0, -INF]])
    assert scores.data.tolist() == [1.0, 0.0] and seen.data.tolist() == [[3.0]]


def test_a_learned_mask_receives_its_gradient() -> None:
    bias = Value(np.zeros((2, 2)), "bias")
    at.sum(nn.scaled_dot_product_attention(np.eye(2), np.eye(2), np.array([[1.0], [2.0]]), bias)).backward()
    assert np.all(bias.grad != 0)


def test_our_attention_refuses_a_mask_that_could_be_read_in_two_ways() -> None:
    layer = nn.Attention(2, score="dot")
    with pytest.raises(TypeError, match="Attention: the mask holds floats; give booleans"):
        layer(np.ones((1, 2)), np.ones((3, 1, 2)), mask=np.array([[1.0], [0.0], [1.0]]))
    nothing, weights = layer(np.ones((1, 2)), np.ones((3, 1, 2)), mask=np.zeros((3, 1), bool))
    assert not nothing.data.any() and not weights.data.any()


def test_a_probability_outside_0_and_1_is_refused() -> None:
    for p in (-0.1, 1.1, -1e-13):
        with pytest.raises(DomainError, match=r"a probability is not in \[0, 1\]"):
            nn.binary_cross_entropy(Value([0.5, p]), [1.0, 0.0])


def test_a_program_takes_the_logarithms_as_they_are() -> None:
    target, p = np.array([1.0, 0.0]), np.array([0.1, 0.2])
    program = trace(lambda p: nn.binary_cross_entropy(p, target), np.array([0.3, 0.6]))
    assert program(p) == pytest.approx(nn.binary_cross_entropy(p, target).data, rel=1e-14)
    assert "log" in program.source("c")
    with pytest.raises(ArithmeticError):
        program(np.array([0.0, 0.6]))
