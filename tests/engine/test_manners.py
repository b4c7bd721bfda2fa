"""How a value behaves in a REPL: printed, compared, converted, iterated, hashed, copied, pickled."""

import copy
import pickle
from typing import Any

import numpy as np
import pytest

from autograd_tiny import Value, grad, stack, value_and_grad
from autograd_tiny.value import ancestors

REPRS = [
    (lambda: Value(2), "Value(data=2.0)"),
    (lambda: Value(2.5, "w"), "Value(data=2.5, label='w')"),
    (lambda: Value(2.5, label="w") * 2, "Value(data=5.0)"),
    (lambda: Value([1, 2]), "Value(data=[1., 2.])"),
    (lambda: Value(0.1 + 0.2), "Value(data=0.30000000000000004)"),
    (lambda: Value(float("nan")), "Value(data=nan)"),
    (lambda: Value([]), "Value(data=[])"),
]


@pytest.mark.parametrize(("make", "shown"), REPRS, ids=[shown for _, shown in REPRS])
def test_repr(make: Any, shown: str) -> None:
    assert repr(make()) == str(make()) == f"{make()}" == shown


def test_repr_shows_the_gradient_once_there_is_one() -> None:
    v = Value(3.0, "v")
    (v * v).backward()
    assert repr(v) == "Value(data=3.0, grad=6.0, label='v')"
    v.zero_grad()
    assert repr(v) == "Value(data=3.0, grad=0.0, label='v')"


@pytest.mark.parametrize("shape", [(1000,), (100, 100), (10, 10, 10, 10)], ids=str)
def test_repr_shortens_arrays(shape: tuple[int, ...]) -> None:
    text = repr(Value(np.random.default_rng(0).standard_normal(shape), "x" * 10_000))
    assert len(text) < 500
    assert "\n" not in text
    assert f"shape={shape}" in text


HOSTILE = [
    "<b>&amp;",
    '"quoted"',
    "it's",
    "two\nlines",
    "tab\t",
    "🦊 é ∂",
    "x" * 10_000,
    "\\",
    "{}",
    "%s",
    "\0",
    " ",
    "‮",
]


@pytest.mark.parametrize("label", HOSTILE, ids=[ascii(label[:12]) for label in HOSTILE])
def test_hostile_labels(label: str) -> None:
    from autograd_tiny import formula, to_scalars

    v = Value(-1.0, label)
    assert v.label == label
    assert "\n" not in repr(v) and len(repr(v)) < 150
    assert eval(repr(v), {"Value": Value}).data == v.data
    with pytest.raises(ValueError) as raised:
        v.log()
    assert "\n" not in str(raised.value) and len(str(raised.value)) < 150
    assert pickle.loads(pickle.dumps(v * 2)).inputs[0].label == label
    formula(v * 2)
    formula(v * 2, "latex")
    to_scalars(Value([1.0, 2.0], label) * 2)


def test_comparisons_compare_data() -> None:
    a, b = Value(2.0), Value(3.0)
    assert a < b and b > a and a <= b and b >= a and a != b and a == Value(2.0)
    assert a == 2 and a < 2.5 and a > 1 and a >= 2
    assert 1 < a and np.float64(2) == a  # noqa: SIM300 - the number stands on the left
    assert a != "2" and a != None  # noqa: E711
    assert (a == "2") is False and (a == None) is False  # noqa: E711
    assert (Value([1.0, 5.0]) > b).tolist() == [False, True]
    assert sorted([Value(3.0), Value(1.0), Value(2.0)])[0].data == 1.0
    assert max([a, b]) is b and min(a, b) is a
    with pytest.raises(TypeError):
        _ = a < "x"


def test_hashing_goes_by_identity() -> None:
    a, b = Value(2.0), Value(2.0)
    assert a == b
    assert len({a, b}) == 2
    assert {a: "a", b: "b"}[b] == "b"
    assert Value([1.0]) in {Value([1.0]): 1} or True  # arrays hash too, by identity
    assert len({a, a * 1, a}) == 2


def test_conversions() -> None:
    v = Value(2.7)
    assert (float(v), int(v), complex(v), v.item()) == (2.7, 2, 2.7 + 0j, 2.7)
    assert f"{v:.3f}" == "2.700" and "%.1f" % v == "2.7"  # noqa: UP031
    assert f"{v:>8.2f}" == "    2.70"
    assert bool(v) and not Value(0.0)
    assert Value([[3.5]]).item() == 3.5
    with pytest.raises(TypeError):
        float(Value([1.0, 2.0]))
    with pytest.raises(ValueError):
        bool(Value([1.0, 2.0]))


def test_sums_products_and_unpacking() -> None:
    values = [Value(x) for x in (1.0, 2.0, 3.0)]
    assert sum(values).data == sum(values, Value(0.0)).data == 6.0
    v = Value([1.0, 2.0, 3.0], "v")
    a, b, c = v
    (a * b * c).backward()
    assert v.grad.tolist() == [6.0, 3.0, 2.0]
    assert len(v) == 3 and [x.data for x in reversed(list(v))] == [3.0, 2.0, 1.0]
    assert sum(v).data == 6.0
    assert 2.0 in v and 5.0 not in v
    assert [row.shape for row in Value(np.ones((2, 3)))] == [(3,), (3,)]


def test_data_and_gradients_are_plain_floats_where_the_value_is_scalar() -> None:
    v = Value(np.float32(2))
    z = (v * Value(np.array([1.0, 2.0]))).sum() + v.exp() + np.float64(3)
    z.backward()
    assert [type(x) for x in (v.data, v.grad, z.data, z.grad)] == [float] * 4
    assert (v.shape, v.ndim, v.size) == ((), 0, 1)
    assert type(Value([1.0, 2.0])[0].data) is type(Value([1.0]).sum().data) is float


def test_grad_before_and_after() -> None:
    v, a = Value(2.0), Value([1.0, 2.0])
    assert v.grad == 0.0 and not v.has_grad
    assert a.grad.tolist() == [0.0, 0.0] and not a.has_grad
    (v * a).sum().backward()
    assert v.has_grad and a.has_grad
    a.grad = 0
    assert a.grad.tolist() == [0.0, 0.0]
    v.grad = None
    assert not v.has_grad
    v.grad += 1.5
    assert v.grad == 1.5


def test_no_gradient_is_another_ones_memory() -> None:
    a, b = Value([1.0, 2.0]), Value([3.0, 4.0])
    seed = np.ones(2)
    (a + b).backward(seed)
    a.grad *= 10  # as clipping does
    seed[:] = 7
    assert a.grad.tolist() == [10.0, 10.0]
    assert b.grad.tolist() == [1.0, 1.0]
    c = Value(np.ones((2, 2)))
    c.sum().backward()
    c.grad *= 0.5  # a broadcast gradient would be read-only
    assert c.grad.tolist() == [[0.5, 0.5], [0.5, 0.5]]


def test_no_result_of_grad_is_another_ones_memory() -> None:
    a, b = Value([1.0, 2.0]), Value([3.0, 4.0])
    for x, y in (
        [g.data for g in grad(a + b, [a, b], seed=np.ones(2))],
        [g.data for g in grad((a + b).sum(), [a, b])],
        value_and_grad(lambda a, b: (a + b).sum())(a, b)[1],
    ):
        x *= 10
        assert y.tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    "twin_of", [copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))], ids=["deepcopy", "pickle"]
)
def test_a_copied_graph_is_a_graph_of_its_own(twin_of: Any) -> None:
    w, x = Value(2.0, "w"), Value([1.0, 2.0], "x")
    z = (stack([w * x[0], w]) ** 2).sum() + x.max() * w.tanh() - 3
    z.label = "z"
    z.backward()
    twin = twin_of(z)
    before = {v.label: np.copy(v.grad) for v in ancestors(z) if v.label}
    assert (twin.data, twin.label, twin.grad, twin.op) == (z.data, "z", z.grad, "sub")
    leaves = {v.label: v for v in ancestors(twin) if v.label}
    assert leaves["w"] is not w
    twin.backward()
    assert np.allclose(leaves["w"].grad, 2 * before["w"]) and np.allclose(leaves["x"].grad, 2 * before["x"])
    assert np.allclose(w.grad, before["w"])
    assert [v.op for v in ancestors(twin)].count("") == [v.op for v in ancestors(z)].count("")
    assert sum(v.is_constant for v in ancestors(twin)) == sum(v.is_constant for v in ancestors(z))


def test_a_copied_model_keeps_sharing_its_parameters() -> None:
    w = Value(2.0, "w")
    model = {"w": w, "again": [w], "loss": w * w}
    twin = copy.deepcopy(model)
    assert twin["w"] is twin["again"][0] is twin["loss"].inputs[0] is twin["loss"].inputs[1]
    assert twin["w"] is not w


def test_results_copied_together_keep_sharing_the_way_to_them() -> None:
    hidden = Value(2.0, "w") * 3
    one, two = copy.deepcopy([hidden + 1, hidden.tanh()])
    assert one.inputs[0] is two.inputs[0] is not hidden


def test_a_shallow_copy_shares_inputs() -> None:
    w = Value(2.0, "w")
    z = copy.copy(w * 3)
    z.backward()
    assert (z.data, w.grad) == (6.0, 3.0)


def test_a_label_is_text() -> None:
    v = Value(2.0, 3)
    z = v * v
    z.label = None
    assert (v.label, z.label, repr(z)) == ("3", "", "Value(data=4.0)")


def test_attributes_are_fixed() -> None:
    with pytest.raises(AttributeError):
        Value(1.0).lable = "typo"  # a misspelt name is an error, not a silent new attribute


@pytest.mark.parametrize("new", [3, np.float64(3), np.float32(3), np.array(3.0), True])
def test_assigned_data_becomes_a_float_where_it_is_used(new: Any) -> None:
    v = Value(1.0)
    v.data = new
    z = (v * v + v / 2).tanh()
    z.backward()
    assert type(z.data) is type(v.grad) is float
    assert type((v * np.ones(2)).sum().data) is float


def test_every_operation_has_a_birth_after_its_inputs() -> None:
    x = Value(1.0)
    z = (x * 2 + x.tanh()).exp()
    assert [v.birth for v in ancestors(z)] == sorted(v.birth for v in ancestors(z))
    assert all(i.birth < v.birth for v in ancestors(z) for i in v.inputs)
    assert (x * x).inputs == (x, x)
    assert (x * 3).inputs[1].is_constant and not x.is_constant
