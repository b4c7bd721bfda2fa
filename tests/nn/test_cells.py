"""What holds for every cell, and the equations as the lectures print them."""

import re
from typing import Any

import numpy as np
import pytest

from autograd_tiny import Value, nn, to_scalars
from autograd_tiny.errors import ShapeError
from autograd_tiny.value import ancestors
from tests.nn.layers import CELLS, B, D, H, T, normal, stacked

SAME = {"rtol": 1e-13, "atol": 1e-13}  # one computation in two orders of summation

every_cell = pytest.mark.parametrize("name", CELLS)


def parts(state: Any) -> tuple[Value, ...]:
    return state if isinstance(state, tuple) else (state,)


def randomised(cell: nn.Cell) -> nn.Cell:
    """All parameters different from 0, biases included."""
    for k, p in enumerate(cell.parameters().values()):
        p.data = normal(*p.shape, seed=k)
    return cell


def numbers(cell: nn.Cell) -> dict[str, np.ndarray]:
    return {name: p.data for name, p in cell.parameters().items()}


def sigma(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


# Laws of all cells ---------------------------------------------------------------------------------------------------


@every_cell
def test_unroll_is_the_cell_step_by_step(name: str) -> None:
    cell, xs = randomised(CELLS[name]()), normal(T, B, D)
    outputs, last = nn.unroll(cell, xs)
    state = None
    for t in range(T):
        state = cell(xs[t], state)
        np.testing.assert_allclose(outputs[t].data, parts(state)[0].data, **SAME)
    for ours, theirs in zip(parts(last), parts(state), strict=True):
        np.testing.assert_allclose(ours.data, theirs.data, **SAME)


@every_cell
def test_a_list_gives_a_list_of_the_same_numbers(name: str) -> None:
    cell, xs = randomised(CELLS[name]()), normal(T, B, D)
    array, _ = nn.unroll(cell, xs)
    listed, _ = nn.unroll(cell, list(xs))
    assert isinstance(listed, list)
    assert array.shape == (T, B, H)
    np.testing.assert_allclose([h.data for h in listed], array.data, **SAME)


@every_cell
def test_one_hot_rows_stand_for_the_array(name: str) -> None:
    cell, ids = randomised(CELLS[name]()), np.array([[0, 2], [1, 1], [2, 0]])
    gathered, _ = nn.unroll(cell, nn.one_hot(ids, D))
    dense, _ = nn.unroll(cell, np.eye(D)[ids])
    np.testing.assert_allclose(gathered.data, dense.data, **SAME)


@every_cell
def test_samples_do_not_meet(name: str) -> None:
    cell, xs = randomised(CELLS[name]()), normal(T, B, D)
    batch, _ = nn.unroll(cell, xs)
    for k in range(B):
        alone, _ = nn.unroll(cell, xs[:, k])
        np.testing.assert_allclose(batch.data[:, k], alone.data, **SAME)


@every_cell
def test_a_sequence_can_be_continued(name: str) -> None:
    cell, xs = randomised(CELLS[name]()), normal(T, B, D)
    whole, _ = nn.unroll(cell, xs)
    _, middle = nn.unroll(cell, xs[:2])
    rest, _ = nn.unroll(cell, xs[2:], middle)
    np.testing.assert_allclose(rest.data, whole.data[2:], **SAME)


@every_cell
def test_backwards_in_time_is_forwards_through_the_reversed_sequence(name: str) -> None:
    cell, xs = randomised(CELLS[name]()), normal(T, B, D)
    backwards, first = nn.unroll(cell, xs, reverse=True)
    forwards, last = nn.unroll(cell, xs[::-1])
    np.testing.assert_allclose(backwards.data, forwards.data[::-1], **SAME)
    np.testing.assert_allclose(parts(first)[0].data, parts(last)[0].data, **SAME)


@every_cell
def test_seeds_decide(name: str) -> None:
    a, b, c = (numbers(CELLS[name](seed=k)) for k in (3, 3, 4))
    assert all(np.array_equal(a[key], b[key]) for key in a)
    assert not all(np.array_equal(a[key], c[key]) for key in a)


@every_cell
def test_without_bias_there_is_no_bias(name: str) -> None:
    cell = CELLS[name](bias=False)
    assert not [key for key in cell.parameters() if key.startswith("b")]
    assert nn.unroll(cell, normal(T, B, D))[0].shape == (T, B, H)


@every_cell
def test_a_learned_initial_state_is_shared_by_all_samples(name: str) -> None:
    cell = CELLS[name](learn_initial_state=True)
    for key in cell.memory:
        cell.parameters()[f"{key}0"].data = normal(H, seed=5)
    learned, _ = nn.unroll(cell, normal(T, B, D))
    given = tuple(normal(B, H) * 0 + normal(H, seed=5) for _ in cell.memory)
    expected, _ = nn.unroll(cell, normal(T, B, D), given if len(given) > 1 else given[0])
    np.testing.assert_array_equal(learned.data, expected.data)
    learned.backward(seed=np.ones(learned.shape))
    assert np.any(cell.parameters()["h0"].grad)


@every_cell
def test_the_initial_state_has_a_gradient_to_look_at(name: str) -> None:
    cell = randomised(CELLS[name]())
    start = cell.initial_state((B,))
    outputs, _ = nn.unroll(cell, normal(T, B, D), start)
    outputs.sum().backward()
    assert all(np.any(part.grad) and part.shape == (B, H) for part in parts(start))


@every_cell
def test_steps_record_in_their_scopes(name: str) -> None:
    cell = CELLS[name]()
    outputs, _ = nn.unroll(cell, [Value(x) for x in normal(T, B, D)])
    gates = [v for v in ancestors(outputs[-1]) if v.inputs]
    assert [v.scope[0] for v in gates] == sorted(v.scope[0] for v in gates)
    assert {v.scope for v in gates} == {(f"t={t}", cell.name) for t in range(1, T + 1)}
    assert Value(1.0).scope == ()


@every_cell
def test_scalars_give_the_same_numbers(name: str) -> None:
    cell = randomised(CELLS[name]())
    output = nn.unroll(cell, normal(2, D))[0].sum()
    assert float(to_scalars(output).data) == pytest.approx(output.data, rel=1e-12)  # another order of summation


@every_cell
def test_wrong_shapes_name_the_cell_the_expected_and_what_came(name: str) -> None:
    cell = CELLS[name]()
    kind = type(cell).__name__
    with pytest.raises(ShapeError, match=re.escape(f"{kind}: input has shape (2, 7), expected (…, {D})")):
        cell(normal(2, 7))
    with pytest.raises(ShapeError, match=re.escape(f"{kind}: input has shape (), expected (…, {D})")):
        cell(1.0)
    wrong = (normal(B, H + 1),) * len(cell.memory)
    with pytest.raises(ShapeError, match=re.escape(f"{kind}: state h has shape (2, 5), expected (2, 4)")):
        cell(normal(B, D), wrong if len(wrong) > 1 else wrong[0])
    with pytest.raises(ShapeError, match=f"{kind}: .* at least one time step"):
        nn.unroll(cell, [])
    with pytest.raises(ShapeError, match=f"{kind}: .* at least one time step"):
        nn.unroll(cell, np.zeros((0, B, D)))
    with pytest.raises(ShapeError, match=f"{kind}: input has shape"):
        nn.unroll(cell, [normal(B, D), normal(B, D + 1)])
    with pytest.raises(ShapeError, match=re.escape(f"{kind}: the input of t=2 has shape (3, {D}), expected (2, {D})")):
        nn.unroll(cell, [normal(2, D), normal(3, D)])
    with pytest.raises(ShapeError, match=re.escape(f"{kind}: the sequence has shape ({D},), expected (T, …, {D})")):
        nn.unroll(cell, normal(D))  # one input is no sequence


def test_a_failing_step_leaves_no_scope_behind() -> None:
    cell = nn.RNNCell(D, H)
    cell.W.data = normal(H + 1, H)
    with pytest.raises(ShapeError):
        nn.unroll(cell, [normal(B, D)] * 2)
    assert Value(1.0).scope == ()


def test_a_state_of_another_kind_is_refused() -> None:
    with pytest.raises(TypeError, match=re.escape("LSTMCell: the state is a ndarray, expected (h, c)")):
        nn.LSTMCell(D, H)(normal(D), normal(H))
    with pytest.raises(TypeError, match="StackedCells: the state is a tuple, expected a tuple of 3, one per cell"):
        stacked()(normal(D), (normal(H),))
    both = nn.Bidirectional(nn.RNNCell(D, H), nn.RNNCell(D, H))
    with pytest.raises(TypeError, match="Bidirectional: the state is a ndarray, expected"):
        both(normal(T, 2, D), normal(2, H))  # type: ignore[arg-type]


@pytest.mark.parametrize("sizes", [(0, 3), (3, -1), (2.5, 3), (True, 2)])
def test_sizes_are_whole_numbers(sizes: tuple[Any, Any]) -> None:
    with pytest.raises(ValueError, match=r"RNNCell: (input|hidden)_size = .*, expected a whole number, at least 1"):
        nn.RNNCell(*sizes)


def test_unknown_choices_list_the_known_ones() -> None:
    with pytest.raises(ValueError, match="nonlinearity 'swish' is unknown; choose one of tanh, sigmoid, relu"):
        nn.RNNCell(D, H, nonlinearity="swish")
    with pytest.raises(ValueError, match=r"forget_bias = 1\.0 needs bias=True"):
        nn.LSTMCell(D, H, bias=False, forget_bias=1.0)


def test_cells_of_float32_stay_float32() -> None:
    cell = nn.LSTMCell(D, H)
    cell.astype(np.float32)
    outputs, (_, c) = nn.unroll(cell, normal(T, B, D).astype(np.float32))
    outputs.backward(seed=np.ones(outputs.shape, np.float32))
    assert {outputs.dtype, c.dtype, cell.W.grad.dtype} == {np.dtype(np.float32)}


# The equations as printed --------------------------------------------------------------------------------------------


def step(cell: nn.Cell, *state: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray, tuple[np.ndarray, ...]]:
    """A cell's weights, an input, and what one step makes of it from `state`."""
    x = normal(D, seed=20)
    after = randomised(cell)(x, state if len(state) > 1 else state[0])
    return numbers(cell), x, tuple(part.data for part in parts(after))


def test_the_concatenated_form_is_the_plain_one_with_its_matrices_on_top_of_each_other() -> None:
    plain, joined = randomised(nn.RNNCell(D, H)), nn.ConcatenatedRNNCell(D, H)
    joined.W.data = np.concatenate([plain.U.data, plain.W.data])
    joined.b = plain.b
    ours, theirs = (nn.unroll(cell, normal(T, B, D))[0].data for cell in (joined, plain))
    np.testing.assert_allclose(ours, theirs, **SAME)


def test_lstm_as_printed() -> None:
    h, c = normal(H, seed=21), normal(H, seed=22)
    p, x, (h1, c1) = step(nn.LSTMCell(D, H), h, c)
    a = np.concatenate([x, h]) @ np.concatenate([p["U"], p["W"]]) + p["b"]  # W (x; h), as the lecture has it
    i, f, o, g = *sigma(a[: 3 * H]).reshape(3, H), np.tanh(a[3 * H :])
    np.testing.assert_allclose(c1, f * c + i * g, **SAME)
    np.testing.assert_allclose(h1, o * np.tanh(f * c + i * g), **SAME)


def test_peepholes_without_weight_are_no_peepholes() -> None:
    plain, peeping = randomised(nn.LSTMCell(D, H)), nn.LSTMCell(D, H, peephole=True)
    for name in "UWb":
        setattr(peeping, name, getattr(plain, name))
    for name in ("p_i", "p_f", "p_o"):
        peeping.parameters()[name].data = np.zeros(H)
    ours, theirs = (nn.unroll(cell, normal(T, B, D))[0].data for cell in (peeping, plain))
    np.testing.assert_allclose(ours, theirs, **SAME)


def test_peepholes_see_the_memory_the_output_gate_the_new_one() -> None:
    h, c = normal(H, seed=21), normal(H, seed=22)
    p, x, (h1, c1) = step(nn.LSTMCell(D, H, peephole=True), h, c)
    i, f, o, g = (x @ p["U"] + h @ p["W"] + p["b"]).reshape(4, H)
    new = sigma(f + p["p_f"] * c) * c + sigma(i + p["p_i"] * c) * np.tanh(g)
    np.testing.assert_allclose(c1, new, **SAME)
    np.testing.assert_allclose(h1, sigma(o + p["p_o"] * new) * np.tanh(new), **SAME)


def test_the_forget_bias_opens_the_gate() -> None:
    cell = nn.LSTMCell(D, H, forget_bias=100.0)
    for p in (cell.U, cell.W):
        p.data = np.zeros(p.shape)
    c = normal(H)
    _, (_, kept) = nn.unroll(cell, normal(50, D), (np.zeros(H), c))
    np.testing.assert_allclose(kept.data, c, **SAME)  # σ(100) = 1 to the last digit, and g = tanh 0 writes nothing


def test_gru_as_printed() -> None:
    h = normal(H, seed=21)
    p, x, (h1,) = step(nn.GRUCell(D, H), h)
    xr, xz, xh = (x @ p["U"] + p["b"]).reshape(3, H)
    hr, hz = (h @ p["W"]).reshape(2, H)
    r, z = sigma(xr + hr), sigma(xz + hz)
    np.testing.assert_allclose(h1, z * h + (1 - z) * np.tanh(xh + (r * h) @ p["W_h"]), **SAME)


@pytest.mark.parametrize("kind", [nn.MUT1Cell, nn.MUT2Cell, nn.MUT3Cell])
@pytest.mark.parametrize("size", [D, H])
def test_mutants_as_printed(kind: Any, size: int) -> None:
    h, cell = normal(H, seed=21), randomised(kind(size, H))
    p, x = numbers(cell), normal(size, seed=20)
    itself = x @ p.get("P", np.eye(size))
    assert ("P" in p) == (size != H and kind is not nn.MUT3Cell)
    z, r, written = {
        nn.MUT1Cell: lambda: (x @ p["W_xz"], x @ p["W_xr"] + h @ p["W_hr"], np.tanh(itself)),
        nn.MUT2Cell: lambda: (x @ p["W_xz"] + h @ p["W_hz"], itself + h @ p["W_hr"], x @ p["W_xh"]),
        nn.MUT3Cell: lambda: (x @ p["W_xz"] + np.tanh(h) @ p["W_hz"], x @ p["W_xr"] + h @ p["W_hr"], x @ p["W_xh"]),
    }[kind]()
    z, r = sigma(z + p["b_z"]), sigma(r + p["b_r"])
    expected = np.tanh((r * h) @ p["W_hh"] + written + p["b_h"]) * z + h * (1 - z)
    np.testing.assert_allclose(cell(x, h).data, expected, **SAME)


# Three-way factors ---------------------------------------------------------------------------------------------------


def test_factors_give_each_character_a_chosen_transition_matrix() -> None:
    characters = 3
    chosen = normal(characters, H, H)
    cell = nn.MultiplicativeRNNCell(characters, H, factors=characters * H)
    # Factor (k, j) listens to character k alone, sees hidden unit j, and sends row j of that character's matrix.
    cell.W_xf.data = np.repeat(np.eye(characters), H, axis=1)
    cell.W_hf.data = np.tile(np.eye(H), characters)
    cell.W_fh.data = chosen.reshape(-1, H)
    h = normal(B, H)
    for k in range(characters):
        x = np.eye(characters)[k]
        np.testing.assert_allclose(cell.transition(x).data, chosen[k], **SAME)
        expected = np.tanh(cell.U.data[k] + h @ chosen[k])
        np.testing.assert_allclose(cell(np.tile(x, (B, 1)), h).data, expected, **SAME)


def test_a_transition_is_a_sum_of_rank_one_matrices_and_is_what_a_step_uses() -> None:
    cell, x, h = randomised(nn.MultiplicativeRNNCell(D, H, 2)), normal(D), normal(H)
    p = numbers(cell)
    w, u, v = p["W_xf"].T, p["W_hf"].T, p["W_fh"]  # the lecture's letters, one row per factor
    summed = sum((x @ w[f]) * np.outer(u[f], v[f]) for f in range(2))
    np.testing.assert_allclose(cell.transition(x).data, summed, **SAME)
    assert np.linalg.matrix_rank(cell.transition(x).data) == 2
    np.testing.assert_allclose(cell(x, h).data, np.tanh(x @ p["U"] + p["b"] + h @ summed), **SAME)


def test_factors_need_fewer_weights_than_a_matrix_per_character() -> None:
    cell = nn.MultiplicativeRNNCell(86, 1500, 1500, bias=False)
    assert sum(p.size for p in cell.parameters().values()) < 86 * 1500 * 1500 / 40
