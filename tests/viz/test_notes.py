"""What pictures say of a gradient that is not the sum of what the pass drawn brought: what is known, and no more."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import viz
from autograd_tiny import Value, functions, optim
from autograd_tiny.testing import arrays
from autograd_tiny.testing import functions as random_functions
from autograd_tiny.value import ancestors
from viz.graph.circuit import circuit
from viz.wires.prose import notes
from viz.wires.readings import recorded


def cubic() -> tuple[Value, Value, Value]:
    w = Value(5.0, "w")
    x, y = w**2, w - 3
    z = x * y
    x.label, y.label, z.label = "x", "y", "z"
    return w, x, z


def cleared(w: Value, x: Value, z: Value) -> None:
    z.backward()
    w.zero_grad()


def assigned_zero(w: Value, x: Value, z: Value) -> None:
    z.backward()
    w.grad = 0


def assigned_none(w: Value, x: Value, z: Value) -> None:
    z.backward()
    w.grad = None


def by_optimizer(w: Value, x: Value, z: Value) -> None:
    z.backward()
    optim.SGD([w], lr=0.0).zero_grad()


def by_hand(w: Value, x: Value, z: Value) -> None:
    z.backward()
    w.grad = 3.0


def by_hand_before(w: Value, x: Value, z: Value) -> None:
    w.grad = 3.0
    z.backward()


def clipped(w: Value, x: Value, z: Value) -> None:
    z.backward()
    optim.clip_by_norm([w], 1.0)


def clipped_in_vain(w: Value, x: Value, z: Value) -> None:
    z.backward()
    optim.clip_by_norm([w], 100.0)


def twice(w: Value, x: Value, z: Value) -> None:
    z.backward()
    z.backward()


def once_after_clearing(w: Value, x: Value, z: Value) -> None:
    twice(w, x, z)
    z.zero_grad()
    z.backward()


def twice_after_clearing(w: Value, x: Value, z: Value) -> None:
    w.zero_grad()
    twice(w, x, z)


def cleared_before_another(w: Value, x: Value, z: Value) -> None:
    cleared(w, x, z)
    (w * 3).backward()


def by_hand_then_cleared_then_once(w: Value, x: Value, z: Value) -> None:
    w.grad = 7.0
    w.zero_grad()
    z.backward()


def cancelled(w: Value, x: Value, z: Value) -> None:
    z.backward()
    z.backward(-1.0)


def within_a_larger_pass(w: Value, x: Value, z: Value) -> None:
    (z + x).backward()


def carried_by_hand(w: Value, x: Value, z: Value) -> None:
    z.grad, w.grad = 1.0, 20.0


def everything_cleared(w: Value, x: Value, z: Value) -> None:
    z.backward()
    z.zero_grad()


CLEARED = "The gradient of w has been cleared."
SET = "The gradient of w was set by hand or clipped."
ADDED = "Other passes or uses have added to the gradient of w; zero_grad() clears it."
REPLACED = "The gradient of x comes from another pass, or has been changed since."
BROUGHT = "this pass: 20.00 + 25.00"
HISTORIES = {
    Value.backward: ("", "45.00  Σ = 20.00 + 25.00"),
    cleared: (CLEARED, f"0.00  cleared; {BROUGHT}"),
    assigned_zero: (CLEARED, f"0.00  cleared; {BROUGHT}"),
    assigned_none: (CLEARED, "5.00            cleared"),
    by_optimizer: (CLEARED, "5.00            cleared"),
    by_hand: (SET, f"3.00  set by hand or clipped; {BROUGHT}"),
    by_hand_before: (SET, f"48.00  set by hand or clipped; {BROUGHT}"),
    clipped: (SET, f"1.00  set by hand or clipped; {BROUGHT}"),
    clipped_in_vain: ("", "45.00  Σ = 20.00 + 25.00"),
    twice: (ADDED, "90.00  Σ = 20.00 + 25.00, and 45.00 besides"),
    once_after_clearing: ("", "45.00  Σ = 20.00 + 25.00"),
    twice_after_clearing: (ADDED, f"90.00  {BROUGHT}"),
    cleared_before_another: (ADDED, f"3.00  {BROUGHT}"),  # no −42 from anywhere
    by_hand_then_cleared_then_once: ("", "45.00  Σ = 20.00 + 25.00"),
    cancelled: (ADDED, "0.00  Σ = −20.00 − 25.00, and 45.00 besides"),
    within_a_larger_pass: (f"{ADDED} {REPLACED}", "55.00  Σ = 20.00 + 25.00, and 10.00 besides"),
    carried_by_hand: (SET, f"20.00  set by hand or clipped; {BROUGHT}"),
    everything_cleared: ("", "0.00  Σ = 0.00 + 0.00"),
}


@pytest.mark.parametrize("history", HISTORIES, ids=lambda history: history.__name__)
def test_each_history_has_its_words(history: Callable[..., None]) -> None:
    w, x, z = cubic()
    history(z) if history is Value.backward else history(w, x, z)
    note, row = HISTORIES[history]
    drawing = viz.draw(z)
    assert notes(circuit([z]), recorded(circuit([z]))) == note
    assert drawing.description.endswith(f". {note}" if note else ").")
    below = "".join(run.text for mark in drawing.page.marks if mark.id.startswith("caption") for run in mark.line)
    assert below.replace(" ", "") == note.replace(" ", "")
    assert next(line for line in drawing.words().splitlines() if line.startswith("w  ×2")).endswith(row)
    if "Σ" not in row:
        assert "0.00 (the sum" not in drawing.description and "besides" not in drawing.svg


def test_a_picture_half_carried_by_hand_is_said_to_be_so() -> None:
    _, x, z = cubic()
    z.grad, x.grad = 1.0, 7.0
    assert notes(circuit([z]), recorded(circuit([z]))) == (
        "The gradient of z was set by hand; the gradient of x is not what follows from it."
    )
    assert viz.text(z).count("branch") == 2 and "20.00" not in viz.text(z)  # nothing has arrived at w


def test_arrays_may_have_been_written_to() -> None:
    W = Value(np.array([1.0, 2.0]), "W")
    z = (W * W).sum()
    z.backward()
    W.grad[0] = 7.0
    assert notes(circuit([z]), recorded(circuit([z]))) == (
        "Other passes or uses have added to the gradient of W, or an array was written to; zero_grad() clears it."
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@settings(max_examples=60, deadline=None)
@given(st.data())
def test_one_pass_leaves_nothing_to_say_in_its_own_precision(dtype: type, data: st.DataObject) -> None:
    shape = data.draw(st.sampled_from([(3,), (2, 3), (3, 3)]))
    f = data.draw(random_functions([data.draw(arrays(shape)), data.draw(arrays(shape))], max_operations=6))
    leaves = [Value(x.astype(dtype), f"x{k}") for k, x in enumerate(f.point)]
    z = functions.sum(f(*leaves) * 0.1)
    for passes in (1, 2):
        z.backward()
        found = recorded(circuit([z]))
        told = notes(circuit([z]), found)
        if passes == 1:
            assert told == ""
    reached = [x for x in leaves if x in set(ancestors(z)) and np.any(x.grad)]
    assert all(x.label in told for x in reached)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_deep_products_of_matrices_leave_nothing_to_say(dtype: type) -> None:
    random = np.random.default_rng(0)
    W, h, b = (
        Value(random.normal(size=size).astype(dtype), name) for name, size in (("W", (8, 8)), ("h", (5, 8)), ("b", 8))
    )
    s = Value(0.3, "s")  # a float beside float32 has no more precision than that
    z = h
    for _ in range(12):
        z = functions.tanh(z @ W * s + b)
    loss = functions.mean(z * z)
    loss.backward()
    assert notes(circuit([loss]), recorded(circuit([loss]))) == ""
    loss.backward()
    assert "W, h, b and s" in notes(circuit([loss]), recorded(circuit([loss])))
