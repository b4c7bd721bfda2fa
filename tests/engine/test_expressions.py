"""Random expressions: every way to a gradient agrees with every other, and with differences."""

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

import autograd_tiny
from autograd_tiny import (
    Value,
    assert_gradients,
    backward_steps,
    check_gradients,
    formula,
    forward_steps,
    grad,
    hvp,
    jvp,
    to_scalars,
    value_and_grad,
)
from autograd_tiny.gradients import gradients_or_zero
from autograd_tiny.testing import NAMES, Function, arrays, expressions, functions, numbers, shapes, values
from autograd_tiny.value import ancestors

# Functions of a scalar, a vector and a column, so that broadcasting takes part.
MIXED = st.tuples(numbers(), arrays((3,)), arrays((2, 1))).flatmap(functions)
QUICK = settings(max_examples=40)
UNTIL_FOUND = settings(max_examples=2000, phases=[Phase.generate])
# A chain of up to 8 operations with slopes up to 30 or so: differences keep 6 digits of the largest intermediate.
LOOSE = {"rtol": 1e-5, "atol": 1e-6}
SAME = {"rtol": 1e-11, "atol": 1e-11}  # the same sums in another order


def leaves_and_output(f: Function) -> tuple[list[Value], Value]:
    leaves = [Value(x, name) for x, name in zip(f.point, NAMES, strict=False)]
    z = f(*leaves)
    return leaves, z if not z.shape else (z * z).sum()


def same(a: Any, b: Any) -> bool:
    return np.shape(a) == np.shape(b) and np.allclose(a, b, **SAME)


@QUICK
@given(functions())
def test_scalar_gradients_are_differences(f: Function) -> None:
    assert_gradients(f, *f.point, **LOOSE)


@QUICK
@given(MIXED)
def test_array_gradients_are_differences(f: Function) -> None:
    assert_gradients(f, *f.point, **LOOSE)


@QUICK
@given(functions(max_operations=4))
def test_second_derivatives_are_differences(f: Function) -> None:
    report = check_gradients(f, *f.point, order=2, rtol=1e-4, atol=1e-4)
    assert report.verdict != "wrong", report  # unsure where a slope has a kink, as that of celu at 0 has


@QUICK
@given(st.one_of(functions(), MIXED))
def test_backward_is_grad_is_the_recorded_grad(f: Function) -> None:
    leaves, z = leaves_and_output(f)
    z.backward(1.0)
    plain, recorded = gradients_or_zero(z, leaves), gradients_or_zero(z, leaves, create_graph=True)
    reached = set(ancestors(z))
    for leaf, g, h in zip(leaves, plain, recorded, strict=True):
        assert np.shape(g.data) == np.shape(h.data) == leaf.shape
        assert np.shape(leaf.grad) == leaf.shape
        assert same(g.data, h.data)
        assert same(leaf.grad, g.data)
        assert leaf.has_grad == (leaf in reached)


@QUICK
@given(st.one_of(functions(), MIXED))
def test_value_and_grad(f: Function) -> None:
    leaves, z = leaves_and_output(f)

    def scalar(*inputs: Value) -> Value:
        y = f(*inputs)
        return y if not y.shape else (y * y).sum()

    value, gradients = value_and_grad(scalar)(*f.point)
    assert value == z.data
    assert all(same(g, h.data) for g, h in zip(gradients, gradients_or_zero(z, leaves), strict=True))
    assert all(type(g) is type(leaf.data) for g, leaf in zip(gradients, leaves, strict=True))


@QUICK
@given(st.one_of(functions(), MIXED))
def test_the_sum_of_all_contributions_is_the_gradient(f: Function) -> None:
    leaves, z = leaves_and_output(f)
    sums: dict[Value, Any] = {}
    steps = list(backward_steps(z))
    for step in steps:
        for share in step.contributions:
            sums[share.input] = sums.get(share.input, 0.0) + share.contribution
            assert same(share.total, sums[share.input])
            assert share.upstream is step.upstream
            assert share.consumer is step.value
            assert step.value.inputs[share.slot] is share.input
    assert not any(v.has_grad for v in ancestors(z))  # steps compute and touch nothing
    z.backward(1.0)  # of a transposed scalar, which is a leaf, too
    for v in ancestors(z):
        if not v.is_constant and v is not z:
            assert same(sums[v], v.grad)
    gates = [id(s.value) for s in forward_steps(z)]
    assert gates[::-1] == [id(s.value) for s in steps[1:]]
    assert [s.index for s in steps] == list(range(1, len(steps) + 1))
    reached = set(ancestors(z))
    assert all((leaf in sums) == (leaf in reached) for leaf in leaves if leaf is not z)


@QUICK
@given(MIXED)
def test_scalars_give_the_same_numbers_and_gradients(f: Function) -> None:
    leaves, z = leaves_and_output(f)
    scalar = to_scalars(z)
    assert np.isclose(scalar.data, z.data, rtol=1e-12, atol=1e-300)
    scalar.backward(1.0)
    z.backward(1.0)
    by_label = {v.label: v for v in ancestors(scalar)}
    for leaf in leaves:
        for index in np.ndindex(leaf.shape):
            name = f"{leaf.label}[{','.join(map(str, index))}]" if index else leaf.label
            found = by_label[name].grad if name in by_label else 0.0
            assert same(found, np.asarray(leaf.grad)[index])


@QUICK
@given(st.one_of(functions(), MIXED))
def test_copies_keep_numbers_gradients_and_sharing(f: Function) -> None:
    _, z = leaves_and_output(f)
    z.backward(1.0)  # it may be a leaf itself
    for twin in (pickle.loads(pickle.dumps(z)), copy.deepcopy(z)):
        order, copied = ancestors(z), ancestors(twin)
        place = {v: k for k, v in enumerate(order)}
        where = {v: k for k, v in enumerate(copied)}
        by_place = dict(zip(sorted(place.values()), order, strict=True))
        assert len(order) == len(copied)
        edges = sorted((v.op, str(v.data), v.label, v.scope, len(v.inputs), str(v.grad)) for v in by_place.values())
        assert edges == sorted((v.op, str(v.data), v.label, v.scope, len(v.inputs), str(v.grad)) for v in where)
        before = {v.label: v.grad for v in order if v.label}
        twin.backward(1.0)
        assert all(same(v.grad, 2 * before[v.label]) for v in copied if v.label)


@QUICK
@given(functions(), st.data())
def test_jvp_and_hvp_against_differences(f: Function, data: st.DataObject) -> None:
    tangents = [data.draw(numbers(-1, 1)) for _ in f.point]
    h = 1e-5

    def moved(step: float) -> list[Value]:
        return [Value(x + step * t) for x, t in zip(f.point, tangents, strict=True)]

    ahead, behind = moved(h), moved(-h)
    above, below = f(*ahead), f(*behind)
    value, slope = jvp(f, f.point, tangents)
    assert value == f(*f.point).data
    assert np.isclose(slope, (above.data - below.data) / (2 * h), rtol=1e-4, atol=1e-4)
    value, products = hvp(f, f.point, tangents)
    up, down = gradients_or_zero(above, ahead), gradients_or_zero(below, behind)
    for product, a, b in zip(products, up, down, strict=True):
        assert np.isclose(product, (a.data - b.data) / (2 * h), rtol=1e-3, atol=1e-3)


@QUICK
@given(MIXED, st.data())
def test_jvp_is_the_transpose_of_the_pullback(f: Function, data: st.DataObject) -> None:
    tangents = [data.draw(arrays(np.shape(x), -1, 1)) for x in f.point]
    leaves = [Value(x) for x in f.point]
    z = f(*leaves)
    u = data.draw(arrays(z.shape, -1, 1))
    _, forward = jvp(f, f.point, tangents)
    pulled = gradients_or_zero(z, leaves, seed=u)
    inner = sum(np.sum(g.data * t) for g, t in zip(pulled, tangents, strict=True))
    assert np.isclose(np.sum(forward * u), inner, rtol=1e-9, atol=1e-9)


@QUICK
@given(functions(smooth=False))
def test_formulas_can_always_be_written(f: Function) -> None:
    _, z = leaves_and_output(f)
    assert formula(z)
    assert formula(z, "latex").count("{") == formula(z, "latex").count("}")


ARITHMETIC = ("add", "sub", "mul", "div", "neg", "exp", "sin", "tanh", "sqrt", "log", "pow")


@QUICK
@given(functions(names=ARITHMETIC, max_operations=6))
def test_a_formula_is_python_that_gives_the_value(f: Function) -> None:
    leaves, z = leaves_and_output(f)
    names = {name: getattr(np, name) for name in ("exp", "sin", "tanh", "sqrt", "log")}
    point = {leaf.label: np.float64(leaf.data) for leaf in leaves}
    with np.errstate(all="ignore"):
        found = eval(formula(z), names | point)
    # Collecting terms may cancel: digits are lost as differences of numbers up to 30² lose them.
    assert np.isclose(found, z.data, rtol=1e-7, atol=1e-7) or not np.isfinite(found)


# The strategies themselves ------------------------------------------------------------------------------------------


@QUICK
@given(expressions())
def test_expressions_are_graphs_over_named_scalars(z: Value) -> None:
    assert isinstance(z, Value)
    assert z.op
    assert z.shape == ()
    assert {v.label for v in ancestors(z) if not v.inputs and not v.is_constant} <= set(NAMES)


@QUICK
@given(st.data())
def test_expressions_over_given_leaves(data: st.DataObject) -> None:
    x, y = data.draw(values(label="p")), data.draw(values(shapes(), label="q"))
    z = data.draw(expressions([x, y], max_operations=3))
    assert {v.label for v in ancestors(z) if not v.inputs and not v.is_constant} <= {"p", "q"}
    assert len(list(forward_steps(z))) <= 3  # none where all that was drawn changes nothing, as a reshape to the same


@QUICK
@given(arrays(), arrays((2, 0)), arrays((2,), 0.5, 1.0, dtype=np.float32))
def test_arrays(any_shape: np.ndarray, empty: np.ndarray, narrow: np.ndarray) -> None:
    assert any_shape.ndim >= 1
    assert empty.shape == (2, 0)
    assert narrow.dtype == np.float32
    assert np.all((narrow >= 0.5) & (narrow <= 1.0))


@QUICK
@given(functions(smooth=True, names=("relu", "abs", "log", "sqrt", "sub")))
def test_smooth_functions_keep_away_from_kinks(f: Function) -> None:
    results = [*f.point, *(Function(f.point, f.steps[: k + 1])(*f.point).data for k in range(len(f.steps)))]
    for step in f.steps:
        if step.name in ("relu", "abs", "log", "sqrt"):
            assert abs(results[step.inputs[0]]) >= 0.02


@given(functions([0.5, np.array([[1.0, -2.0, 0.5]])], max_operations=4))
def test_a_function_prints_as_the_program_that_it_is(f: Function) -> None:
    space: dict[str, Any] = {"np": np, "at": autograd_tiny}
    exec(f.source, space)
    assert same(space["f"](*map(Value, f.point)).data, f(*f.point).data)
    assert f.source in repr(f)


@pytest.mark.share(2)
@pytest.mark.parametrize("name", sorted({"take", "scatter", "stack", "concatenate", "broadcast", "matmul", "where"}))
def test_functions_of_arrays_change_shapes(name: str) -> None:
    find(functions([np.ones((2, 3))]), lambda f: any(step.name == name for step in f.steps), settings=UNTIL_FOUND)


def test_grad_by_an_inner_value() -> None:
    x = Value(3.0)
    y = x * x
    (g,) = grad(y * y, [y])
    assert g.data == 18.0
