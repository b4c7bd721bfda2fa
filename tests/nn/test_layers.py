"""What layers share (names, modes, composition), and the laws of the single kinds."""

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_tiny import Value, nn, trace, value_and_grad
from autograd_tiny.errors import ShapeError
from autograd_tiny.value import ancestors
from tests.nn.layers import B, D, H, T, normal, stacked

SAME = {"rtol": 1e-13, "atol": 1e-13}  # one computation in two orders of summation


class Network(nn.Layer):
    def __init__(self) -> None:
        self.encoder = nn.RNNCell(D, H)
        self.heads = [nn.Linear(H, 2), nn.Linear(H, 3, bias=False, seed=1)]
        self.normal = nn.BatchNorm(H)
        self.drop = nn.Dropout()
        self.scale = Value(2.0, "scale")
        self.tied = self.encoder.W


def test_parameters_are_named_by_attributes_each_once() -> None:
    network = Network()
    names = "encoder.U encoder.W encoder.b heads.0.W heads.0.b heads.1.W normal.gamma normal.beta scale"
    assert list(network.parameters()) == names.split()
    assert network.parameters()["encoder.W"] is network.tied
    assert list(network.buffers()) == ["normal.running_mean", "normal.running_var"]


def test_layers_are_named_by_the_attributes_that_hold_them() -> None:
    network = Network()
    network.encoder.name = "reader"
    assert [part.name for part in network.every()] == ["Network", "reader", "heads 0", "heads 1", "normal", "drop"]
    assert nn.Linear(2, 2).name == "Linear"
    assert [cell.name for cell in stacked().cells] == ["LSTM 1", "GRU 2", "RNN 3"]


def test_layers_record_in_their_scope() -> None:
    layer = nn.Sequential(nn.Linear(D, H), np.tanh, nn.Linear(H, 2, seed=1))
    gates = [v for v in ancestors(layer(normal(B, D))) if v.inputs]
    assert [(v.op, v.scope) for v in gates] == [
        ("matmul", ("Sequential", "Linear 1")), ("add", ("Sequential", "Linear 1")), ("tanh", ("Sequential",)),
        ("matmul", ("Sequential", "Linear 3")), ("add", ("Sequential", "Linear 3")),
    ]  # fmt: skip


def test_modes_and_gradients_reach_all_parts() -> None:
    network = Network()
    network.eval()
    assert not any(part.training for part in network.every())
    network.train()
    assert all(part.training for part in network.every())
    network.encoder(normal(D)).sum().backward()
    assert network.encoder.W.has_grad
    network.zero_grad()
    assert not np.any(network.encoder.W.grad)


def test_a_layer_shows_its_parameters() -> None:
    assert repr(nn.Linear(3, 2)) == "Linear(W (3, 2), b (2,))"


@pytest.mark.parametrize("shape", [(D,), (B, D), (T, B, D), (2, T, B, D)])
def test_linear_acts_on_the_last_axis(shape: tuple[int, ...]) -> None:
    layer, x = nn.Linear(D, H), normal(*shape)
    np.testing.assert_allclose(layer(x).data, x @ layer.W.data + layer.b.data, **SAME)


def test_linear_refuses_by_name() -> None:
    with pytest.raises(ShapeError, match=re.escape("Linear: input has shape (2, 5), expected (…, 3)")):
        nn.Linear(3, 2)(normal(2, 5))


@given(st.lists(st.integers(0, 4), min_size=1, max_size=9))
def test_a_product_with_one_hot_rows_gathers_and_adds_up(ids: list[int]) -> None:
    W, dense = Value(normal(5, 3)), Value(normal(5, 3))
    g = normal(len(ids), 3, seed=1)
    gathered, product = nn.one_hot(ids, 5) @ W, np.eye(5)[ids] @ dense
    gathered.backward(seed=g)
    product.backward(seed=g)
    np.testing.assert_array_equal(gathered.data, product.data)
    np.testing.assert_allclose(W.grad, dense.grad, **SAME)


def test_one_hot_is_an_array_where_one_is_needed() -> None:
    rows = nn.one_hot([[2, 0]], 3)
    np.testing.assert_array_equal(np.asarray(rows), [[[0, 0, 1], [1, 0, 0]]])
    assert (rows.shape, len(rows), rows[0].shape) == ((1, 2, 3), 1, (2, 3))


@pytest.mark.parametrize("make", [lambda ids: nn.one_hot(ids, 4), nn.Embedding(4, 2)])
def test_ids_outside_are_named(make: Any) -> None:
    with pytest.raises(IndexError, match=re.escape("id[1][0] = 4, expected 0 … 3")):
        make([[0, 3], [4, 5]])
    with pytest.raises(IndexError, match=re.escape("id[0] = -1, expected 0 … 3")):
        make([-1])
    with pytest.raises(TypeError, match="ids must be whole numbers, got float64"):
        make([0.5])


# Composition ---------------------------------------------------------------------------------------------------------


def test_a_residual_of_nothing_is_the_identity() -> None:
    layer = nn.Linear(D, D)
    for p in layer.parameters().values():
        p.data = np.zeros(p.shape)
    x = Value(normal(B, D))
    y = nn.Residual(layer)(x)
    y.backward(seed=normal(B, D, seed=1))
    np.testing.assert_array_equal(y.data, x.data)
    np.testing.assert_array_equal(x.grad, normal(B, D, seed=1))
    with pytest.raises(ShapeError, match=re.escape("Residual: f(x) has shape (2, 4), expected that of x, (2, 3)")):
        nn.Residual(nn.Linear(D, H))(x)


@pytest.mark.parametrize("residual", [False, True])
def test_a_stack_is_its_cells_one_after_the_other(residual: bool) -> None:
    cell, xs = stacked(residual=residual), normal(T, B, D)
    outputs, last = nn.unroll(cell, xs)
    x, states = Value(xs), []
    for k, part in enumerate(cell.cells):
        h, state = nn.unroll(part, x)
        x = x + h if residual and k else h
        states.append(state)
    np.testing.assert_allclose(outputs.data, x.data, **SAME)
    np.testing.assert_allclose(last[0][1].data, states[0][1].data, **SAME)
    again, _ = nn.unroll(cell, xs[1:], nn.unroll(cell, xs[:1])[1])
    np.testing.assert_allclose(again.data, outputs.data[1:], **SAME)


def test_a_stack_records_in_nested_scopes() -> None:
    outputs, _ = nn.unroll(stacked(), list(normal(2, D)))
    scopes = {v.scope for v in ancestors(outputs[-1]) if v.op == "matmul"}
    assert scopes == {(f"t={t}", "StackedCells", cell) for t in (1, 2) for cell in ("LSTM 1", "GRU 2", "RNN 3")}


def test_stacks_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ShapeError, match="RNNCell has input_size 3, but the cell below it gives 4"):
        nn.StackedCells([nn.RNNCell(D, H), nn.RNNCell(D, H)])
    with pytest.raises(ShapeError, match="all hidden sizes must be equal"):
        nn.StackedCells([nn.RNNCell(D, H), nn.RNNCell(H, D)], residual=True)
    with pytest.raises(ValueError, match="no cells"):
        nn.StackedCells([])
    with pytest.raises(ShapeError, match="input sizes 3 and 4; make them equal"):
        nn.Bidirectional(nn.RNNCell(D, H), nn.RNNCell(H, H))


def test_both_directions_see_the_whole_sequence() -> None:
    layer = nn.Bidirectional(nn.RNNCell(D, H, seed=1), nn.LSTMCell(D, 2, seed=2))
    xs = [Value(x) for x in normal(T, B, D)]
    outputs, (last, (first, _)) = layer(xs)
    array, _ = layer(np.stack([x.data for x in xs]))
    np.testing.assert_allclose([y.data for y in outputs], array.data, **SAME)
    np.testing.assert_array_equal(outputs[-1].data[:, :H], last.data)
    np.testing.assert_array_equal(outputs[0].data[:, H:], first.data)
    outputs[1].sum().backward()
    assert all(np.any(x.grad) for x in xs)


# Regularisers --------------------------------------------------------------------------------------------------------


def test_dropout_keeps_the_mean_and_is_silent_after_training() -> None:
    layer, x = nn.Dropout(0.3, seed=1), Value(np.ones(100_000))
    dropped = layer(x)
    assert set(np.unique(dropped.data)) == {0.0, 1 / 0.7}
    # The share that is dropped has a standard deviation of √(0.3·0.7/100 000) = 0.0014.
    assert np.mean(dropped.data == 0) == pytest.approx(0.3, abs=0.007)
    dropped.sum().backward()
    np.testing.assert_array_equal(x.grad, dropped.data)
    assert not np.array_equal(layer(x).data, dropped.data)
    layer.eval()
    assert layer(x) is x
    with pytest.raises(ValueError, match=r"p = 1\.5"):
        nn.Dropout(1.5)


def test_dropout_of_everything_is_0_with_gradient_0() -> None:
    x = Value([[1.0, -2.0]])
    (nn.Dropout(1.0)(x) + x).sum().backward()
    assert nn.Dropout(1.0)(x).data.tolist() == [[0.0, 0.0]] and x.grad.tolist() == [[1.0, 1.0]]


def test_batch_norm_gives_each_feature_mean_0_and_variance_1() -> None:
    layer, x = nn.BatchNorm(3, eps=0.0), 5 + 3 * normal(50, 3, 4)
    y = layer(x).data
    np.testing.assert_allclose(y.mean((0, 2)), 0, atol=1e-12)
    np.testing.assert_allclose(y.var((0, 2)), 1, rtol=1e-12)
    np.testing.assert_allclose(layer(7 * x + 2).data, y, rtol=1e-9, atol=1e-9)  # scale and shift are taken out


def test_a_program_of_batch_norm_computes_and_measures_nothing() -> None:
    layer, x = nn.BatchNorm(3), normal(5, 3)
    program = trace(lambda x: (layer(x) ** 3).sum(), x)
    program.value_and_grad(x + 1)
    assert not layer.running_mean.any() and (layer.running_var == 1).all()
    value, [gradient] = program.value_and_grad(x)
    expected, [slope] = value_and_grad(lambda x: (layer(x) ** 3).sum())(x)
    assert value == pytest.approx(expected) and np.allclose(gradient, slope, rtol=1e-10, atol=1e-12)  # rounding
    assert layer.running_mean.any()


def test_batch_norm_refuses_what_it_cannot_normalise() -> None:
    with pytest.raises(ValueError, match=re.escape("one number per feature in (1, 3) has no variance")):
        nn.BatchNorm(3)(normal(1, 3))
    with pytest.raises(ShapeError, match=re.escape("BatchNorm: input has shape (4, 2), expected (B, 3, …)")):
        nn.BatchNorm(3)(normal(4, 2))


def test_penalties_take_dicts_and_lists() -> None:
    layer = nn.Linear(D, H)
    W, b = layer.W.data, layer.b.data
    assert nn.l2_penalty(layer.parameters(), 0.5).data == pytest.approx(0.5 * ((W**2).sum() + (b**2).sum()))
    assert nn.l1_penalty([layer.W]).data == pytest.approx(np.abs(W).sum())
    with pytest.raises(ValueError, match="penalty: there are no parameters"):
        nn.l2_penalty([])


# Other units ---------------------------------------------------------------------------------------------------------


def test_maxout_of_two_pieces_can_be_relu_and_abs() -> None:
    layer, x = nn.Maxout(1, 2, 2, bias=False), normal(20, 1)
    layer.W.data = np.array([[1.0, 0.0, 1.0, -1.0]])
    np.testing.assert_array_equal(layer(x).data, np.concatenate([np.maximum(x, 0), np.abs(x)], 1))


def test_rbf_answers_fully_at_its_centre_and_less_away() -> None:
    layer = nn.RBF(D, 4, gamma=0.5)
    np.testing.assert_array_equal(np.diag(layer(layer.c.data).data), 1.0)
    moved = layer(layer.c.data + np.array([2.0, 0.0, 0.0])).data
    np.testing.assert_allclose(np.diag(moved), np.exp(-0.5 * 4), **SAME)


# Attention -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("score", ["additive", "dot"])
def test_attention_is_a_weighted_mean_that_ignores_order_and_masked_places(score: str) -> None:
    layer, query, keys = nn.Attention(D, score=score), normal(B, D), normal(5, B, D)
    context, weights = layer(query, keys)
    assert (context.shape, weights.shape) == ((B, D), (5, B))
    np.testing.assert_allclose(weights.data.sum(0), 1, **SAME)
    np.testing.assert_allclose(layer(query, keys[::-1])[0].data, context.data, **SAME)
    mask = np.arange(5)[:, None] < np.full(B, 3)
    hidden, seen = layer(query, keys, mask=mask)
    np.testing.assert_allclose(hidden.data, layer(query, keys[:3])[0].data, **SAME)
    assert not np.any(seen.data[3:])
    alone, _ = layer(query[0], keys[:, 0])
    np.testing.assert_allclose(alone.data, context.data[0], **SAME)


def test_attention_refuses_by_name() -> None:
    layer = nn.Attention(D, H)
    with pytest.raises(ShapeError, match=re.escape("Attention: query has shape (2, 4), expected (…, 3)")):
        layer(normal(B, H), normal(T, B, H))
    with pytest.raises(ShapeError, match=re.escape("Attention: keys has shape (3, 3, 4), expected (T, 2, 4)")):
        layer(normal(B, D), normal(T, 3, H))
    with pytest.raises(ShapeError, match=re.escape("Attention: values has shape (4, 2, 4), expected (3, 2, V)")):
        layer(normal(B, D), normal(T, B, H), normal(T + 1, B, H))
    with pytest.raises(ShapeError, match=re.escape("Attention: mask has shape (4, 2), expected (3, 2)")):
        layer(normal(B, D), normal(T, B, H), mask=np.ones((T + 1, B), bool))
    with pytest.raises(ShapeError, match=re.escape("attention: key has shape (4, 5), expected (…, S, 3)")):
        nn.scaled_dot_product_attention(normal(2, 3), normal(4, 5), normal(4, 5))
    with pytest.raises(ShapeError, match=re.escape("attention: query has shape (3,), expected (…, L, E)")):
        nn.scaled_dot_product_attention(normal(3), normal(4, 3), normal(4, 3))
    with pytest.raises(ShapeError, match=re.escape("attention: key has shape (3,), expected (…, S, 3)")):
        nn.scaled_dot_product_attention(normal(2, 3), normal(3), normal(3))
    with pytest.raises(ValueError, match="score 'cosine' is unknown; choose additive or dot"):
        nn.Attention(D, score="cosine")
    with pytest.raises(ValueError, match="query_size 3 = key_size 4"):
        nn.Attention(D, H, score="dot")
