"""PyTorch as an oracle: where it has a function of the same name, ours gives its values, gradients and defaults."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_tiny as ad
from autograd_tiny import Value

torch = pytest.importorskip("torch", reason="PyTorch is absent: pip install -e '.[peers]'")
F = torch.nn.functional

VECTOR = np.array([-2.0, -0.5, 0.0, 0.5, 1.0, 3.0])
TIED = np.array([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]])
INSIDE = np.array([-0.9, -0.2, 0.3, 0.8])
POSITIVE = np.array([0.1, 0.7, 2.0, 5.0])
MANY = np.array([-7.0, -2.9, -1.3, -0.4, 0.3, 1.2, 2.8, 5.5])  # at no kink
LARGE = np.array([-1000.0, -30.0, 0.0, 30.0, 1000.0])

# name: ours, PyTorch's, the numbers
UNARY: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any], np.ndarray]] = {
    **{name: (getattr(ad, name), getattr(torch, name), VECTOR) for name in (
        "abs", "exp", "sin", "cos", "tan", "atan", "sinh", "cosh", "tanh", "sigmoid", "relu", "neg",
        "sum", "mean", "max", "min",
    )},
    **{name: (getattr(ad, name), getattr(torch, name), INSIDE) for name in ("asin", "acos")},
    **{name: (getattr(ad, name), getattr(torch, name), POSITIVE) for name in ("log", "sqrt")},
    **{name: (getattr(ad, name), getattr(torch, name), VECTOR) for name in (
        "asinh", "exp2", "expm1", "erf", "erfc", "sinc", "square", "deg2rad", "rad2deg", "sign", "floor", "ceil",
        "trunc", "round", "fix",
    )},
    **{name: (getattr(ad, name), getattr(torch, name), POSITIVE) for name in ("log2", "log10", "log1p", "reciprocal")},
    **{name: (getattr(ad, name), getattr(torch, name), INSIDE) for name in ("atanh", "arctanh", "arcsin")},
    "acosh": (ad.acosh, torch.acosh, POSITIVE + 1),
    "logit": (ad.logit, torch.logit, (INSIDE + 1) / 2),
    "halves to even": (ad.round, torch.round, np.array([0.5, 1.5, -2.5, 2.4])),
    "decimals": (lambda v: ad.round(v, 1), lambda v: torch.round(v, decimals=1), np.array([0.26, -1.74, 3.0])),
    **{name: (getattr(ad, name), getattr(F, theirs), MANY) for name, theirs in {
        "softsign": "softsign", "elu": "elu", "celu": "celu", "selu": "selu", "silu": "silu", "swish": "silu",
        "mish": "mish", "gelu": "gelu", "relu6": "relu6", "log_sigmoid": "logsigmoid",
        "logsigmoid": "logsigmoid",
    }.items()},
    "elu(0.5)": (lambda v: ad.elu(v, 0.5), lambda v: F.elu(v, 0.5), MANY),
    "celu(2)": (lambda v: ad.celu(v, alpha=2.0), lambda v: F.celu(v, 2.0), MANY),
    "gelu by tanh": (lambda v: ad.gelu(v, approximate="tanh"), lambda v: F.gelu(v, approximate="tanh"), MANY),
    "log_sigmoid at ±1000": (ad.log_sigmoid, F.logsigmoid, LARGE),
    "elu at ±1000": (ad.elu, F.elu, LARGE + 0.5),
    "silu at ±1000": (ad.silu, F.silu, LARGE),
    "mish at ±1000": (ad.mish, F.mish, LARGE),
    "gelu at ±1000": (ad.gelu, F.gelu, LARGE),
    "glu": (ad.glu, F.glu, VECTOR),
    "softmin": (ad.softmin, lambda v: F.softmin(v, -1), VECTOR),
    "nan_to_num": (ad.nan_to_num, torch.nan_to_num, VECTOR),
    "leaky_relu": (ad.leaky_relu, F.leaky_relu, VECTOR),
    "leaky_relu(0.2)": (lambda v: ad.leaky_relu(v, negative_slope=0.2), lambda v: F.leaky_relu(v, 0.2), VECTOR),
    "hard_tanh": (ad.hard_tanh, F.hardtanh, np.array([-2.0, -0.3, 0.7, 1.5])),
    "softplus": (ad.softplus, F.softplus, VECTOR),
    "softplus at ±1000": (ad.softplus, F.softplus, LARGE),
    "sigmoid at ±1000": (ad.sigmoid, torch.sigmoid, LARGE),
    "softmax": (ad.softmax, lambda v: torch.softmax(v, -1), VECTOR),
    "softmax at ±1000": (ad.softmax, lambda v: torch.softmax(v, -1), LARGE),
    "softmax of columns": (lambda v: ad.softmax(v, axis=0), lambda v: torch.softmax(v, 0), TIED),
    "log_softmax": (ad.log_softmax, lambda v: torch.log_softmax(v, -1), VECTOR),
    "log_softmax at ±1000": (ad.log_softmax, lambda v: torch.log_softmax(v, -1), LARGE),
    "logsumexp": (ad.logsumexp, lambda v: torch.logsumexp(v, -1), VECTOR),
    "logsumexp at ±1000": (ad.logsumexp, lambda v: torch.logsumexp(v, -1), LARGE),
    "logsumexp of columns": (lambda v: ad.logsumexp(v, 0, True), lambda v: torch.logsumexp(v, 0, keepdim=True), TIED),
    "norm": (ad.norm, torch.linalg.vector_norm, VECTOR),
    "norm of rows": (lambda v: ad.norm(v, axis=1), lambda v: torch.linalg.vector_norm(v, dim=1), TIED),
    "clip": (lambda v: ad.clip(v, -0.7, 0.7), lambda v: torch.clip(v, -0.7, 0.7), VECTOR),
    "clip(max)": (lambda v: ad.clip(v, max=0.7), lambda v: torch.clip(v, max=0.7), VECTOR),
    "amax with ties": (lambda v: ad.max(v, axis=1), lambda v: torch.amax(v, 1), TIED),
    "amin with ties": (lambda v: ad.min(v, axis=0), lambda v: torch.amin(v, 0), TIED),
    "square": (lambda v: v**2, lambda v: v**2, VECTOR),
    "** 0": (lambda v: v**0, lambda v: v**0, VECTOR),
    "** 1": (lambda v: v**1, lambda v: v**1, VECTOR),
    "** -1": (lambda v: v**-1, lambda v: v**-1, POSITIVE),
    "2 **": (lambda v: 2**v, lambda v: 2**v, VECTOR),
    "where": (lambda v: ad.where(v > 0, v * 2, 1.0), lambda v: torch.where(v > 0, v * 2, 1.0), VECTOR),
    "repeated index": (lambda v: v[[0, 0, 3]], lambda v: v[[0, 0, 3]], VECTOR),
    "outer": (lambda v: ad.outer(v, v), lambda v: torch.outer(v, v), VECTOR),
    "stack": (lambda v: ad.stack([v, v * 2], axis=-1), lambda v: torch.stack([v, v * 2], -1), TIED),
    "concatenate": (lambda v: ad.concatenate([v, v], axis=1), lambda v: torch.cat([v, v], 1), TIED),
    "swapaxes": (lambda v: ad.swapaxes(v, 0, 1), lambda v: torch.swapaxes(v, 0, 1), TIED),
}  # fmt: skip

BINARY = {
    "maximum": (ad.maximum, torch.maximum),
    "minimum": (ad.minimum, torch.minimum),
    "pow": (lambda x, y: (x * x + 0.5) ** y, lambda x, y: (x * x + 0.5) ** y),
    "÷": (lambda x, y: x / (y + 5), lambda x, y: x / (y + 5)),
    "×": (ad.mul, torch.mul),
    "dot": (ad.dot, torch.dot),
    **{
        name: (getattr(ad, name), getattr(torch, name))
        for name in (
            "logaddexp",
            "logaddexp2",
            "atan2",
            "arctan2",
            "hypot",
            "remainder",
            "fmod",
        )
    },
}

# The same formulas in another libm and another order of sums.
CLOSE = {"rtol": 1e-12, "atol": 1e-14}


def weights(shape: tuple[int, ...]) -> np.ndarray:
    return np.cos(np.arange(int(np.prod(shape)))).reshape(shape)


def both(ours: Any, theirs: Any, numbers: list[np.ndarray]) -> tuple[list[Value], Any, list[Any], Any]:
    v, t = [Value(x) for x in numbers], [torch.tensor(x, requires_grad=True) for x in numbers]
    z, w = ours(*v), theirs(*t)
    (z * weights(z.shape)).sum().backward()
    (w * torch.tensor(weights(tuple(w.shape)))).sum().backward()
    return v, z, t, w


@pytest.mark.parametrize(("ours", "theirs", "numbers"), UNARY.values(), ids=UNARY)
def test_functions(ours: Any, theirs: Any, numbers: np.ndarray) -> None:
    (v,), z, (t,), w = both(ours, theirs, [numbers])
    assert np.allclose(z.data, w.detach().numpy(), **CLOSE)
    if t.grad is not None:
        assert np.allclose(v.grad, t.grad.numpy(), **CLOSE)


@pytest.mark.parametrize(("ours", "theirs"), BINARY.values(), ids=BINARY)
def test_functions_of_two(ours: Any, theirs: Any) -> None:
    v, z, t, w = both(ours, theirs, [np.array([1.0, 2.0, 3.0]), np.array([2.0, 2.0, 1.0])])
    assert np.allclose(z.data, w.detach().numpy(), **CLOSE)
    for x, y in zip(v, t, strict=True):
        assert np.allclose(x.grad, y.grad.numpy(), **CLOSE)


STEPS: list[tuple[Callable[..., Any], Callable[..., Any]]] = [
    (ad.tanh, torch.tanh),
    (ad.sigmoid, torch.sigmoid),
    (ad.sin, torch.sin),
    (ad.relu, torch.relu),
    (lambda x: ad.softmax(x, -1), lambda x: torch.softmax(x, -1)),
    (lambda x: x.T, lambda x: x.T),
    (lambda x: x[::2] if x.shape[0] > 2 else x, lambda x: x[::2] if x.shape[0] > 2 else x),
    (lambda x: x / (1 + x * x), lambda x: x / (1 + x * x)),
    (lambda x: x - ad.mean(x, axis=0), lambda x: x - torch.mean(x, dim=0)),
    (lambda x: x @ x.T, lambda x: x @ x.T),
    (lambda x: ad.maximum(x, 0.1), lambda x: torch.clamp(x, min=0.1)),
]


@pytest.mark.parametrize("seed", range(20))
def test_random_graphs(seed: int) -> None:
    random = np.random.default_rng(seed)
    start = random.standard_normal((4, 3))
    chosen = [STEPS[k] for k in random.integers(0, len(STEPS), 6)]
    v, t = Value(start), torch.tensor(start, requires_grad=True)
    z, w = v, t
    for ours, theirs in chosen:
        z, w = ours(z) + 0.1, theirs(w) + 0.1
    (z * z).sum().backward()
    (w * w).sum().backward()
    assert np.allclose(z.data, w.detach().numpy(), rtol=1e-10)
    # Gradients grow through the products; compare at the scale of the largest.
    assert np.allclose(v.grad, t.grad.numpy(), rtol=1e-9, atol=1e-10 * float(t.grad.abs().max()))


def test_second_derivatives() -> None:
    start = np.array([0.3, -0.8, 1.2])
    v, t = Value(start), torch.tensor(start, requires_grad=True)
    z, w = (ad.softmax(v * v) * v.tanh()).sum(), (torch.softmax(t * t, -1) * t.tanh()).sum()
    (g,), (h,) = ad.grad(z, [v], create_graph=True), torch.autograd.grad(w, [t], create_graph=True)
    (gg,), (hh,) = ad.grad((g * g).sum(), [v]), torch.autograd.grad((h * h).sum(), [t])
    assert np.allclose(gg.data, hh.numpy(), **CLOSE)


def test_leaves_accumulate_and_inner_gradients_start_fresh() -> None:
    v, t = Value(3.0), torch.tensor(3.0, dtype=torch.float64, requires_grad=True)
    y, u = v * v, t * t
    u.retain_grad()
    z, w = y * 2, u * 2
    for _ in range(3):
        z.backward()
        u.grad = None  # PyTorch keeps a retained inner gradient; ours starts fresh
        w.backward(retain_graph=True)
    assert (v.grad, y.grad) == (t.grad.item(), u.grad.item()) == (36.0, 2.0)


def test_two_losses_add_up_in_shared_leaves() -> None:
    v, t = Value([1.0, 2.0]), torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    (v**2).sum().backward()
    (v**3).sum().backward()
    (t**2).sum().backward()
    (t**3).sum().backward()
    assert v.grad.tolist() == t.grad.tolist()
    v.zero_grad()
    assert v.grad.tolist() == [0.0, 0.0]
