"""PyTorch as an oracle: with copied weights, its layers give our outputs and gradients to 1e-10.

The tolerance leaves room for another order of summation (1e-14 here) and for nothing else.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from autograd_tiny import Value, nn
from tests.nn.layers import normal

torch = pytest.importorskip("torch", reason="PyTorch is absent: pip install -e '.[peers]'")
F = torch.nn.functional

T, B, D, H = 7, 3, 4, 5
CLOSE = {"rtol": 1e-10, "atol": 1e-10}


def tensor(x: Any) -> Any:
    return torch.tensor(np.asarray(x), dtype=torch.float64, requires_grad=True)


def compare(ours: Value, theirs: Any, pairs: Sequence[tuple[Value, Any]]) -> None:
    """Equal values, and for one random upstream gradient equal gradients of each pair."""
    np.testing.assert_allclose(ours.data, theirs.detach().numpy(), **CLOSE)
    g = normal(*ours.shape, seed=7)
    ours.backward(seed=g)
    theirs.backward(torch.tensor(g))
    for v, t in pairs:
        np.testing.assert_allclose(v.grad, t.grad.numpy(), **CLOSE)


def gates_to_torch(a: np.ndarray) -> np.ndarray:
    """Columns i | f | o | g in PyTorch's order i | f | g | o."""
    i, f, o, g = np.split(a, 4, axis=-1)
    return np.concatenate([i, f, g, o], -1)


def copy(module: Any, suffix: str, weights: dict[str, np.ndarray]) -> None:
    for name, a in weights.items():
        parameter = getattr(module, f"{name}_{suffix}")
        parameter.data = torch.tensor(np.ascontiguousarray(a.T))


def weights_of(cell: nn.Cell) -> dict[str, np.ndarray]:
    """A cell's weights under PyTorch's names, transposed later by `copy`."""
    p = {name: v.data for name, v in cell.parameters().items()}
    if isinstance(cell, nn.LSTMCell):
        p = {name: gates_to_torch(a) for name, a in p.items()}
    if isinstance(cell, nn.GRUCell):
        zeros = np.zeros(2 * cell.hidden_size)
        hh, bias_hh = np.concatenate([p["W"], p["W_h"]], 1), np.concatenate([zeros, p["b_h"]])
        return {"weight_ih": p["U"], "weight_hh": hh, "bias_ih": p["b"], "bias_hh": bias_hh}
    return {"weight_ih": p["U"], "weight_hh": p["W"], "bias_ih": p["b"], "bias_hh": 0 * p["b"]}


def jittered(cell: nn.Cell) -> nn.Cell:
    """Biases that are not zero, so that they count."""
    for k, p in enumerate(cell.parameters().values()):
        p.data = p.data + 0.1 * normal(*p.shape, seed=k)
    return cell


RECURRENT: dict[str, tuple[Callable[[int, int], nn.Cell], Callable[..., Any]]] = {
    "tanh": (lambda d, k: nn.RNNCell(d, H, seed=k), torch.nn.RNN),
    "relu": (
        lambda d, k: nn.RNNCell(d, H, nonlinearity="relu", seed=k),
        lambda *a, **o: torch.nn.RNN(*a, nonlinearity="relu", **o),
    ),
    "LSTM": (lambda d, k: nn.LSTMCell(d, H, seed=k), torch.nn.LSTM),
    "GRU": (lambda d, k: nn.GRUCell(d, H, reset_after=True, seed=k), torch.nn.GRU),
}


@pytest.mark.parametrize("name", RECURRENT)
@pytest.mark.parametrize("batch", [(), (B,)], ids=["one sequence", "a batch"])
def test_recurrent_cells(name: str, batch: tuple[int, ...]) -> None:
    make, theirs = RECURRENT[name]
    cell, module = jittered(make(D, 1)), theirs(D, H).double()
    copy(module, "l0", weights_of(cell))
    states = [normal(*batch, H, seed=k) for k in range(len(cell.memory))]
    x, ours = Value(normal(T, *batch, D)), [Value(s) for s in states]
    tx, given = tensor(x.data), [tensor(s[None]) for s in states]
    outputs, _ = nn.unroll(cell, x, tuple(ours) if len(ours) > 1 else ours[0])
    expected, _ = module(tx, tuple(given) if len(given) > 1 else given[0])
    compare(outputs, expected, [(x, tx)])
    for ours_, theirs_ in zip(ours, given, strict=True):
        np.testing.assert_allclose(ours_.grad, theirs_.grad.numpy()[0], **CLOSE)
    p = cell.parameters()
    recurrent = p["W"].grad if name != "GRU" else np.concatenate([p["W"].grad, p["W_h"].grad], 1)
    for mine, torchs in ((p["U"].grad, "weight_ih_l0"), (recurrent, "weight_hh_l0"), (p["b"].grad, "bias_ih_l0")):
        mine = gates_to_torch(mine) if name == "LSTM" else mine
        np.testing.assert_allclose(mine.T, getattr(module, torchs).grad.numpy(), **CLOSE)


@pytest.mark.parametrize("name", RECURRENT)
def test_bidirectional_stacks(name: str) -> None:
    make, theirs = RECURRENT[name]
    module = theirs(D, H, num_layers=2, bidirectional=True).double()
    layers = []
    for k, size in enumerate((D, 2 * H)):
        cells = [jittered(make(size, 2 * k)), jittered(make(size, 2 * k + 1))]
        layers.append(nn.Bidirectional(*cells))
        copy(module, f"l{k}", weights_of(cells[0]))
        copy(module, f"l{k}_reverse", weights_of(cells[1]))
    x, tx = Value(normal(T, B, D)), tensor(normal(T, B, D))
    compare(layers[1](layers[0](x)[0])[0], module(tx)[0], [(x, tx)])


@pytest.mark.parametrize("name", RECURRENT)
def test_stacked_cells(name: str) -> None:
    make, theirs = RECURRENT[name]
    cells = [jittered(make(D, 1)), jittered(make(H, 2))]
    module = theirs(D, H, num_layers=2).double()
    for k, cell in enumerate(cells):
        copy(module, f"l{k}", weights_of(cell))
    x, tx = Value(normal(T, B, D)), tensor(normal(T, B, D))
    compare(nn.unroll(nn.StackedCells(cells), x)[0], module(tx)[0], [(x, tx)])


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("padding", [0, (1, 2)])
@pytest.mark.parametrize("stride", [1, (2, 3)])
@pytest.mark.parametrize("kernel", [1, 3, (2, 4)])
@pytest.mark.parametrize("batch", [(), (2,)])
def test_conv2d(batch: tuple[int, ...], kernel: Any, stride: Any, padding: Any, bias: bool) -> None:
    layer = nn.Conv2d(3, 4, kernel, stride, padding, bias, seed=1)
    x = Value(normal(*batch, 3, 7, 6))
    tx, tW, tb = tensor(x.data), tensor(layer.W.data), tensor(layer.b.data) if bias else None
    pairs = [(x, tx), (layer.W, tW)] + ([(layer.b, tb)] if bias else [])
    compare(layer(x), F.conv2d(tx, tW, tb, stride, padding), pairs)


@pytest.mark.parametrize(("kernel", "stride", "padding"), [(1, 1, 0), (3, 1, 1), (4, 3, 2)])
def test_conv1d(kernel: int, stride: int, padding: int) -> None:
    layer = nn.Conv1d(2, 3, kernel, stride, padding, seed=1)
    x = Value(normal(2, 2, 9))
    tx, tW, tb = tensor(x.data), tensor(layer.W.data), tensor(layer.b.data)
    compare(layer(x), F.conv1d(tx, tW, tb, stride, padding), [(x, tx), (layer.W, tW), (layer.b, tb)])


@pytest.mark.parametrize("stride", [None, 1, (3, 2)])
@pytest.mark.parametrize("kernel", [2, 3, (1, 2), (2, 1)])
@pytest.mark.parametrize("name", ["max_pool", "avg_pool"])
def test_pooling_2d(name: str, kernel: Any, stride: Any) -> None:
    x = Value(normal(2, 3, 7, 6))
    tx = tensor(x.data)
    compare(getattr(nn, name)(x, kernel, stride), getattr(F, f"{name}2d")(tx, kernel, stride), [(x, tx)])


@pytest.mark.parametrize(("kernel", "stride"), [(2, None), (3, 3), (3, 2), (1, 4)])
@pytest.mark.parametrize("name", ["max_pool", "avg_pool"])
def test_pooling_1d(name: str, kernel: int, stride: int | None) -> None:
    x = Value(normal(2, 3, 8))
    tx = tensor(x.data)
    compare(getattr(nn, name)(x, (kernel,), stride), getattr(F, f"{name}1d")(tx, kernel, stride), [(x, tx)])


@pytest.mark.parametrize("shape", [(6, 3), (2, 3, 4), (2, 3, 4, 5)])
def test_batch_norm(shape: tuple[int, ...]) -> None:
    layer, module = nn.BatchNorm(3), torch.nn.BatchNorm1d(3) if len(shape) < 4 else torch.nn.BatchNorm2d(3)
    module = module.double()
    for mode in (True, True, False):  # twice in training, so that the running numbers move twice; then with them
        layer.train(mode)
        module.train(mode)
        module.zero_grad()
        layer.zero_grad()
        x = Value(normal(*shape, seed=mode))
        tx = tensor(x.data)
        compare(layer(x), module(tx), [(x, tx), (layer.gamma, module.weight), (layer.beta, module.bias)])
        np.testing.assert_allclose(layer.running_mean, module.running_mean.numpy(), **CLOSE)
        np.testing.assert_allclose(layer.running_var, module.running_var.numpy(), **CLOSE)


@pytest.mark.parametrize("masked", [False, True])
def test_scaled_dot_product_attention(masked: bool) -> None:
    values = [Value(normal(*shape, seed=k)) for k, shape in enumerate([(2, 4, 5), (2, 6, 5), (2, 6, 3)])]
    tensors = [tensor(v.data) for v in values]
    mask = np.tri(4, 6, dtype=bool) if masked else None
    theirs = F.scaled_dot_product_attention(*tensors, attn_mask=torch.tensor(mask) if masked else None)
    compare(nn.scaled_dot_product_attention(*values, mask), theirs, list(zip(values, tensors, strict=True)))


def test_dot_attention_is_scaled_dot_product_attention_in_time_major_order() -> None:
    query, keys, values = Value(normal(B, D)), Value(normal(T, B, D, seed=1)), Value(normal(T, B, 2, seed=2))
    tq, tk, tv = tensor(query.data), tensor(keys.data), tensor(values.data)
    theirs = F.scaled_dot_product_attention(tq[:, None], tk.transpose(0, 1), tv.transpose(0, 1))[:, 0]
    ours, _ = nn.Attention(D, score="dot")(query, keys, values)
    compare(ours, theirs, [(query, tq), (keys, tk), (values, tv)])


def test_additive_attention_is_its_equation() -> None:
    layer = nn.Attention(D, H, 6, seed=3)
    query, keys = Value(normal(B, D)), Value(normal(T, B, H))
    tq, tk = tensor(query.data), tensor(keys.data)
    W_q, W_k, v = (tensor(p.data) for p in layer.parameters().values())
    a = torch.softmax(torch.tanh(tq @ W_q + tk @ W_k) @ v, 0)
    context, weights = layer(query, keys)
    np.testing.assert_allclose(weights.data, a.detach().numpy(), **CLOSE)
    pairs = list(zip(layer.parameters().values(), (W_q, W_k, v), strict=True))
    compare(context, torch.einsum("tb,tbk->bk", a, tk), [(query, tq), (keys, tk), *pairs])


CLASSES = np.array([2, 0, 1, 2])
BITS = np.array([1.0, 0.0, 1.0, 0.0])
LOSSES = {
    "mse": (nn.mse, F.mse_loss, normal(4), normal(4, seed=1)),
    "cross_entropy": (nn.cross_entropy, F.cross_entropy, 9 * normal(4, 3), CLASSES),
    "cross_entropy of probabilities": (nn.cross_entropy, F.cross_entropy, normal(4, 3), np.full((4, 3), 1 / 3)),
    "bce": (nn.binary_cross_entropy, F.binary_cross_entropy, np.array([0.1, 0.6, 0.7, 0.4]), BITS),
    "bce with logits": (
        nn.binary_cross_entropy_with_logits, F.binary_cross_entropy_with_logits, 9 * normal(4), BITS,
    ),
}  # fmt: skip


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("name", LOSSES)
def test_losses(name: str, reduction: str) -> None:
    ours, theirs, data, target = LOSSES[name]
    x, tx = Value(data), tensor(data)
    compare(ours(x, target, reduction=reduction), theirs(tx, torch.tensor(target), reduction=reduction), [(x, tx)])


def test_multiclass_hinge() -> None:
    x, tx = Value(normal(4, 3)), tensor(normal(4, 3))
    compare(nn.hinge(x, CLASSES), 3 * F.multi_margin_loss(tx, torch.tensor(CLASSES)), [(x, tx)])


def test_linear_and_embedding() -> None:
    linear, embedding = nn.Linear(D, H, seed=1), nn.Embedding(6, D, seed=2)
    ids = np.array([[0, 5, 2], [2, 2, 1]])
    W, b, E = tensor(linear.W.data), tensor(linear.b.data), tensor(embedding.E.data)
    theirs = F.linear(F.embedding(torch.tensor(ids), E), W.T, b)
    compare(linear(embedding(ids)), theirs, [(linear.W, W), (linear.b, b), (embedding.E, E)])
