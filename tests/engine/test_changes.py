"""What was recorded is what is differentiated: numbers that change under a graph are refused, arrays are copied."""

import copy
import gc
import pickle
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_tiny as ad
from autograd_tiny import Value, changes, grad, nn, optim
from autograd_tiny.errors import GraphError

SIZES: dict[str, Any] = {"float": 2.0, "small": np.array([[2.0, 3.0]]), "large": np.arange(40.0).reshape(4, 10) + 2}


def _assigned(p: Value) -> None:
    p.data = 5.0 if p.shape == () else np.full(p.shape, 5.0)


def _subtracted(p: Value) -> None:
    p.data -= 0.5


def _stepped(p: Value) -> None:
    p.grad = np.ones(p.shape) if p.shape else 1.0
    optim.SGD([p], lr=0.5).step()


def _element(p: Value) -> None:
    p.data[0, 0] = 5.0


def _filled(p: Value) -> None:
    p.data.fill(7.0)


def _reshaped(p: Value) -> None:
    p.data = np.ones(3)


CHANGES: dict[str, Callable[[Value], None]] = {
    "=": _assigned, "-=": _subtracted, "step": _stepped, "[0, 0] =": _element, "fill": _filled,
    "another shape": _reshaped,
}  # fmt: skip

READERS: dict[str, Callable[[Value, Value], Any]] = {
    "backward": lambda z, p: z.backward(),
    "grad": lambda z, p: grad(z, [p]),
    "graph of the gradient": lambda z, p: grad(z, [p], create_graph=True),
    "pickle": lambda z, p: pickle.dumps(z),
}

GRAPHS: dict[str, Callable[[Value], Value]] = {
    "itself": lambda p: ad.sum(p * p * p),
    "a view": lambda p: ad.sum(p.reshape(-1) * 2.0 + ad.tanh(p.reshape(-1))),
    "a view of a view": lambda p: ad.sum(ad.exp(0.1 * p.reshape(-1)[::-1].reshape(-1, 1))) if p.shape else p * 3.0,
    "later": lambda p: ad.sum((Value(1.0) * 2.0 + p) * p),
}


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
@pytest.mark.parametrize("graph", GRAPHS.values(), ids=GRAPHS)
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("number", SIZES.values(), ids=SIZES)
def test_a_changed_number_is_refused(number: Any, change: Any, graph: Any, read: Any) -> None:
    if np.shape(number) == () and change in (_element, _filled):
        pytest.skip("a float has no elements to write to")
    p = Value(number, "p")
    z = graph(p)
    change(p)
    with pytest.raises(GraphError, match=r"'p'.*compute the output again"):
        read(z, p)
    again = ad.sum(p * p)  # what is recorded afterwards is differentiated
    assert np.allclose(grad(again, [p])[0].data, 2 * p.data)
    p.zero_grad()
    again.backward()
    assert np.allclose(p.grad, 2 * p.data)


def test_the_error_tells_the_number_then_and_now() -> None:
    w = Value(2.0, "w")
    y = w * w * w
    w.data = 5.0
    with pytest.raises(GraphError, match=r"'w' was 2\.0 when mul was computed, and is 5\.0 now"):
        y.backward()
    v = Value([1.0, 2.0, 3.0], "v")
    y = (v * v).sum()
    v.data[1] = 7.0
    with pytest.raises(GraphError, match=r"'v'\[1\] was 2\.0 when mul was computed, and is 7\.0 now"):
        y.backward()


@pytest.mark.parametrize("number", SIZES.values(), ids=SIZES)
def test_a_number_that_is_as_it_was_again_is_not_refused(number: Any) -> None:
    p = Value(number, "p")
    z = ad.sum(p * p)
    for step in (1.0, -1.0, 2.0):  # as numerical derivatives are taken by hand
        before = np.copy(p.data) if p.shape else p.data
        p.data = before + step
        ad.sum(p * p)
        p.data = before
    z.backward()
    assert np.allclose(p.grad, 2 * p.data)


def test_after_many_changes_what_is_not_remembered_is_computed_again() -> None:
    p, q = Value(1.0, "p"), Value(1.0, "q")
    z, still = p * 3.0, q * 3.0
    for k in range(50):
        p.data = q.data = float(k)
    q.data = 1.0
    still.backward()
    assert q.grad == 3.0
    with pytest.raises(GraphError, match="'p'"):
        z.backward()


@pytest.mark.parametrize("number", [SIZES["small"], SIZES["large"]], ids=["small", "large"])
def test_an_array_that_somebody_kept_may_be_written_to_at_any_time(number: Any) -> None:
    p = Value(number, "p")
    kept = p.data
    kept[0, 0] = 4.0  # before anything is computed from it
    z = ad.sum(p * p)
    z.backward()
    assert p.grad[0, 0] == 8.0
    kept[0, 1] += 1.0
    with pytest.raises(GraphError, match="'p'"):
        z.backward()


def test_results_that_are_overwritten_are_refused() -> None:
    a = Value([1.0, 2.0], "a")
    h = ad.exp(a)
    z = ad.sum(h * h)
    h.data[0] = 0.0
    with pytest.raises(GraphError, match="the result of exp"):
        z.backward()


def test_looking_at_numbers_changes_nothing() -> None:
    layer = nn.Linear(6, 5)
    x = np.ones((4, 6))
    (expected,) = grad(ad.sum(ad.tanh(layer(x))), [layer.W])
    h = layer(x)
    z = ad.sum(ad.tanh(h))
    assert h.data.max() >= h.data.min() and layer.W.data.shape == (6, 5)
    shown = layer.W.data
    z.backward()
    assert np.array_equal(layer.W.grad, expected.data) and shown is layer.W.data


@pytest.mark.parametrize("update", ["in place", "anew", "optimizer"])
def test_loops_that_record_anew_go_on_without_a_word(update: str) -> None:
    p, q = Value(3.0, "p"), Value(np.ones((5, 5)), "q")
    optimizer = optim.SGD([p, q], lr=0.05)
    for _ in range(60):
        loss = (p - 1.0) ** 2 + ad.sum((q * 2.0 - 1.0) ** 2)
        p.zero_grad()
        q.zero_grad()
        loss.backward()
        if update == "optimizer":
            optimizer.step()
        elif update == "in place":
            p.data -= 0.05 * p.grad
            q.data -= 0.05 * q.grad
        else:
            p.data = p.data - 0.05 * p.grad
            q.data = q.data - 0.05 * q.grad
    assert abs(p.data - 1.0) < 0.01 and np.allclose(q.data, 0.5, atol=0.01)


def test_marks_hold_no_graph() -> None:
    p = Value(SIZES["large"], "p")
    for _ in range(3):
        p.data -= 0.1
    gc.collect()
    before = len(gc.get_objects())
    for _ in range(200):
        p.data -= 0.1
    gc.collect()
    assert len(gc.get_objects()) - before < 20


# Arrays are copied ----------------------------------------------------------------------------------------------------

ENTRANCES: dict[str, tuple[Any, Callable[[Value, Any], Value]]] = {
    "operand": (np.array([1.0, 2.0, 0.5]), lambda w, a: w * a),
    "operand on the left": (np.array([1.0, 2.0, 0.5]), lambda w, a: a * w),
    "operand of a NumPy function": (np.array([1.0, 2.0, 0.5]), lambda w, a: np.multiply(a, w)),
    "matrix": (np.eye(3), lambda w, a: a @ w),
    "transposed": (np.arange(9.0).reshape(3, 3).T, lambda w, a: a @ w),
    "broadcast": (np.broadcast_to(np.array([2.0]), (3,)), lambda w, a: w * a),
    "stacked": (np.array([1.0, 2.0, 0.5]), lambda w, a: ad.exp(ad.stack([w, a]))),
    "whole numbers": (np.array([1, 2, 3]), lambda w, a: w * a),
    "index": (np.array([0, 1, 1]), lambda w, a: w[a]),
    "index in a tuple": (np.array([0, 1, 1]), lambda w, a: ad.outer(w, w)[a, 1]),
    "mask": (np.array([True, False, True]), lambda w, a: w[a]),
    "condition": (np.array([True, False, True]), lambda w, a: ad.where(a, w, 2.0)),
    "bounds": (np.array([0.0, 5.0, 0.0]), lambda w, a: ad.clip(w, a, 10.0)),
    "take": (np.array([0, 1, 1]), lambda w, a: ad.take(w, a)),
    "scatter": (np.array([0, 1, 1]), lambda w, a: ad.scatter(w, a, (3,))),
    "ids": (np.array([0, 1, 1]), lambda w, a: _embedding(w)(a)),
    "classes": (np.array([0, 1, 1]), lambda w, a: nn.cross_entropy(ad.outer(w, w), a)),
    "shares": (np.full((3, 3), 1 / 3), lambda w, a: nn.cross_entropy(ad.outer(w, w), a)),
    "targets": (np.array([1.0, 2.0, 0.5]), lambda w, a: nn.mse(w, a)),
    "masked attention": (np.eye(3) > 0, lambda w, a: _attention(w, a)),
}


def _embedding(w: Value) -> Any:
    layer = nn.Embedding(3, 1)
    layer.E = w.reshape(3, 1)
    return layer


def _attention(w: Value, mask: Any) -> Value:
    q = ad.outer(w, w)
    return nn.scaled_dot_product_attention(q, q * 2.0, q + 1.0, mask)[0]


def _overwrite(a: np.ndarray) -> None:
    while not a.flags.writeable:
        assert isinstance(a.base, np.ndarray)
        a = a.base
    a[...] = ~a if a.dtype == bool else 2 if a.dtype.kind == "i" else 9.0


@pytest.mark.parametrize("name", ENTRANCES)
def test_an_array_handed_in_cannot_change_a_graph(name: str) -> None:
    array, f = ENTRANCES[name]
    kind = array.copy() if name not in ("transposed", "broadcast") else None
    given = kind if kind is not None else np.array(array).T.copy().T if name == "transposed" else _broadcast(array)
    w, twin = Value([0.3, 0.7, -0.2], "w"), Value([0.3, 0.7, -0.2], "w")
    expected = ad.sum(ad.sin(f(w, np.array(given))))
    z = ad.sum(ad.sin(f(twin, given)))
    _overwrite(given)
    expected.backward()
    z.backward()
    assert z.data == expected.data
    assert np.array_equal(w.grad, twin.grad)
    assert np.array_equal(ad.to_scalars(z).data, ad.to_scalars(expected).data)


def _broadcast(array: np.ndarray) -> np.ndarray:
    return np.broadcast_to(np.array(array[:1]), array.shape)


def test_data_gradients_and_seeds_are_copied_too() -> None:
    buffer = np.ones(3)
    v = Value(buffer)
    v.grad = buffer
    w = Value(0.0)
    w.data = buffer
    z = v * 2.0
    z.backward(buffer)
    buffer[:] = 9.0
    assert v.data.tolist() == w.data.tolist() == z.grad.tolist() == [1.0, 1.0, 1.0]
    assert v.grad.tolist() == [3.0, 3.0, 3.0]


def test_a_buffer_that_is_used_again() -> None:
    w, buffer, total = Value(np.ones(2)), np.zeros(2), Value(0.0)
    for k in range(3):
        buffer[:] = k
        total = total + (w * buffer).sum()
    total.backward()
    assert w.grad.tolist() == [3.0, 3.0]


def test_an_array_that_is_locked_for_good_is_not_copied() -> None:
    array = np.ones(1000)
    array.flags.writeable = False
    z = Value(2.0) * array
    assert z.inputs[1].data is array


# Nothing recorded, nothing to differentiate ---------------------------------------------------------------------------


@pytest.mark.parametrize("loss", [Value(3.0, "loss"), ad.sum(np.ones(3)), Value(float(Value(2.0) * 3.0))])
def test_a_backward_pass_over_nothing_is_refused(loss: Value) -> None:
    with pytest.raises(GraphError, match="not computed from Values"):
        loss.backward()
    loss.backward(1.0)  # a gradient that is given is one
    assert loss.grad == 1.0


def test_step_says_what_is_the_matter() -> None:
    p = Value(1.0, "p")
    with pytest.raises(GraphError, match="depend on them"):
        optim.SGD([p], lr=0.1).step()


# One pass at a time ---------------------------------------------------------------------------------------------------


def test_threads_may_share_leaves() -> None:
    shared = Value([1.0, 2.0], "shared")
    wrong: list[Any] = []
    start = threading.Barrier(3)

    def differentiate(factor: float) -> None:
        start.wait()
        for _ in range(400):
            (g,) = grad((shared * factor * shared).sum(), [shared])
            if g.data.tolist() != [2 * factor, 4 * factor]:
                wrong.append(g.data)

    threads = [threading.Thread(target=differentiate, args=(float(k),)) for k in range(1, 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_copy_of_a_graph_is_refused_as_the_graph_is() -> None:
    p = Value(2.0, "p")
    z = p * 3 * p
    p.data = 5.0
    with pytest.raises(GraphError, match=r"'p' was 2\.0 when mul"):
        copy.deepcopy(z).backward()
    twin = copy.deepcopy(p * 3 * p)
    twin.backward()  # the number has not changed since this graph was recorded


@pytest.mark.parametrize("looked_at", [0, 1])
def test_parts_that_were_looked_at_are_joined(looked_at: int) -> None:
    x = Value(np.arange(4.0), "x")
    parts = ad.split(x * 2, 2)
    assert parts[looked_at].data.shape == (2,)
    (parts[0] * parts[1]).sum().backward()
    assert np.array_equal(x.grad, [8.0, 12.0, 0.0, 4.0])


def test_what_happens_to_a_graph_later_leaves_its_copy_alone() -> None:
    p = Value(SIZES["large"], "p")
    optimizer = optim.SGD([p], lr=0.1)

    def train() -> Value:
        loss = ad.sum(p * p)
        p.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    train()
    z = ad.sum(p * p)
    twin = copy.deepcopy(z)
    train()
    train()
    (gate,), ((leaf, *_),) = twin.inputs, [v.inputs for v in twin.inputs]
    assert changes.number_read(leaf, gate) is leaf.data
    (original,) = z.inputs
    assert changes.number_read(p, original) is changes.UNKNOWN


def test_an_optimizer_that_holds_the_numbers_makes_no_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    p, looked_at = Value(SIZES["large"], "p"), list[Any]()
    monkeypatch.setattr(changes, "_recomputed", lambda v: looked_at.append(v) or True)
    p.data[...] = 2.0  # as whoever sets weights does
    optimizer = optim.SGD([p], lr=0.1)
    p.data[...] = 3.0
    grad(ad.sum(p * p), [p])
    ad.sum(p * p).backward()
    assert not looked_at
    somebody = p.data
    grad(ad.sum(p * p), [p])
    assert looked_at
    assert somebody is p.data and optimizer


@pytest.mark.parametrize("stepped", [False, True])
@pytest.mark.parametrize("gone", ["the optimizer", "nobody", "the original"])
def test_who_holds_a_number_is_counted_as_long_as_it_is_there(stepped: bool, gone: str) -> None:
    p = Value(SIZES["large"], "p")
    optimizer = optim.SGD([p], lr=0.1)
    if stepped:
        ad.sum(p * p).backward()
        optimizer.step()
    q = copy.deepcopy(p) if gone == "the original" else p
    if gone == "the optimizer":
        del optimizer
    somebody, z = q.data, ad.sum(q * 3 * q)
    somebody[...] = 5.0
    with pytest.raises(GraphError, match=r"has been written to since mul was computed"):
        z.backward()


VIEWS: dict[str, Any] = {
    "all of it": lambda x: x, "a row": lambda x: x[0], "its transpose": lambda x: x.T, "flat": lambda x: x.reshape(-1),
}  # fmt: skip


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("change", ["none", "a step", "in place"])
@pytest.mark.parametrize("trained", [False, True])
@pytest.mark.parametrize("size", ["small", "large"])
def test_whoever_has_an_array_in_hand_has_it_after_a_change(size: str, trained: bool, change: str, view: str) -> None:
    p = Value(SIZES[size], "p")
    optimizer = optim.SGD([p], lr=0.1)
    if trained:
        ad.sum(p * p).backward()
        optimizer.step()
    part = VIEWS[view](p.data)
    if change == "a step":
        p.zero_grad()
        ad.sum(p * p).backward()
        optimizer.step()
    elif change == "in place":
        p.data -= 0.5
    z = ad.sum(p * 3 * p)
    part[...] = 5.0
    with pytest.raises(GraphError):
        z.backward()


def test_what_is_proven_once_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A training loop that looks at its numbers, and whose graphs hold views of them, is not looked at gate by gate."""
    W, looked_at = Value(SIZES["large"], "W"), list[Any]()
    monkeypatch.setattr(changes, "_recomputed", lambda v: looked_at.append(v) or True)
    optimizer = optim.SGD([W], lr=0.1)
    for _ in range(3):
        assert np.abs(W.data).max() > 0
        W.zero_grad()
        z = ad.sum(W.T * W[0, 0])
        z.backward()
        optimizer.step()
    assert not looked_at
