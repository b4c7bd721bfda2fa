"""Every cell, layer and loss has the gradients that central differences give, in parameters and inputs."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd_tiny import Value, assert_gradients, nn
from tests.nn.layers import CELLS, B, D, H, T, in_terms_of, mixed, normal, stacked


@pytest.mark.parametrize("learned", [False, True], ids=["h0 given", "h0 learned"])
@pytest.mark.parametrize("name", CELLS)
def test_cells_through_time(name: str, learned: bool) -> None:
    cell = CELLS[name](seed=1, learn_initial_state=learned)

    def run(xs: Value, *state: Value) -> Value:
        outputs, last = nn.unroll(cell, xs, (state if len(state) > 1 else state[0]) if state else None)
        return mixed(outputs) + sum(mixed(part) for part in (last if isinstance(last, tuple) else (last,)))

    state = [] if learned else [normal(B, H, seed=k) for k, _ in enumerate(cell.memory)]
    f, points = in_terms_of(cell, run)
    assert_gradients(f, *points, normal(T, B, D), *state)


@pytest.mark.parametrize("residual", [False, True])
def test_stacks(residual: bool) -> None:
    cell = stacked(residual=residual)
    f, points = in_terms_of(cell, lambda xs: mixed(nn.unroll(cell, xs)[0]))
    assert_gradients(f, *points, normal(T, B, D))


LAYERS: dict[str, tuple[Callable[[], nn.Layer], tuple[Any, ...]]] = {
    "Linear": (lambda: nn.Linear(D, H), (normal(T, B, D),)),
    "Linear without bias": (lambda: nn.Linear(D, H, bias=False), (normal(D),)),
    "Conv1d": (lambda: nn.Conv1d(2, 3, 3, stride=2, padding=1), (normal(2, 2, 6),)),
    "Conv2d": (lambda: nn.Conv2d(2, 3, (2, 3), stride=(1, 2), padding=(1, 0)), (normal(2, 2, 3, 5),)),
    "Attention additive": (lambda: nn.Attention(D, H, 5), (normal(B, D), normal(T, B, H))),
    "Attention dot": (lambda: nn.Attention(D, score="dot"), (normal(B, D), normal(T, B, D), normal(T, B, 2))),
    "BatchNorm": (lambda: nn.BatchNorm(3), (normal(4, 3, 2),)),
    "Maxout": (lambda: nn.Maxout(D, 2, 3), (normal(B, D),)),
    "RBF": (lambda: nn.RBF(D, 2), (normal(B, D),)),
    "Residual": (lambda: nn.Residual(nn.Sequential(nn.Linear(D, H), np.tanh, nn.Linear(H, D))), (normal(B, D),)),
}


@pytest.mark.parametrize("name", LAYERS)
def test_layers(name: str) -> None:
    make, inputs = LAYERS[name]
    layer = make()

    def run(*xs: Value) -> Value:
        found = layer(*xs)  # type: ignore[operator]
        return mixed(found[0] if isinstance(found, tuple) else found)

    f, points = in_terms_of(layer, run)
    assert_gradients(f, *points, *inputs)


def test_bidirectional() -> None:
    layer = nn.Bidirectional(nn.GRUCell(D, H, seed=1), nn.RNNCell(D, H, seed=2))
    f, points = in_terms_of(layer, lambda xs: mixed(layer(xs)[0]))
    assert_gradients(f, *points, normal(T, B, D))


def test_embedding_adds_up_the_gradients_of_repeated_ids() -> None:
    layer = nn.Embedding(5, D)
    f, points = in_terms_of(layer, lambda: mixed(layer([[1, 1], [4, 0]])))
    assert_gradients(f, *points)


CLASSES = np.array([[0, 2], [1, 1], [3, 0]])
SIGNS = np.array([1.0, -1.0, 1.0])
LOSSES: dict[str, tuple[Callable[..., Value], tuple[np.ndarray, ...]]] = {
    "mse": (nn.mse, (normal(T, B), normal(T, B, seed=1))),
    "cross_entropy": (lambda s: nn.cross_entropy(s, CLASSES), (normal(3, 2, 4),)),
    "cross_entropy of one": (lambda s: nn.cross_entropy(s, 2), (normal(4),)),
    "cross_entropy, soft": (lambda s: nn.cross_entropy(s, np.full((2, 4), 0.25)), (normal(2, 4),)),
    "hinge": (lambda s: nn.hinge(s, SIGNS), (normal(3),)),
    "hinge of classes": (lambda s: nn.hinge(s, CLASSES), (normal(3, 2, 4),)),
    "binary_cross_entropy": (lambda p: nn.binary_cross_entropy(p, SIGNS > 0), (np.array([0.2, 0.7, 0.9]),)),
    "bce with logits": (lambda x: nn.binary_cross_entropy_with_logits(x, SIGNS > 0), (normal(3),)),
    "l1_penalty": (lambda *ws: nn.l1_penalty(ws, 0.1), (normal(3), normal(2, 2))),
    "l2_penalty": (lambda *ws: nn.l2_penalty(ws, 0.1), (normal(3), normal(2, 2))),
    "max_pool": (lambda x: mixed(nn.max_pool(x, (2, 3), (1, 2))), (normal(2, 4, 7),)),
    "avg_pool": (lambda x: mixed(nn.avg_pool(x, (3,))), (normal(2, 7),)),
    "attention over many queries": (
        lambda q, k, v: mixed(nn.scaled_dot_product_attention(q, k, v)), (normal(2, 3), normal(4, 3), normal(4, 2)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LOSSES)
def test_losses_and_functions(name: str) -> None:
    f, inputs = LOSSES[name]
    assert_gradients(f, *inputs)
