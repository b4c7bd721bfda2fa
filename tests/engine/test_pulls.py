"""What a gate hands on: nothing to constants, all that is asked for to others, in their precision and order."""

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import numpy as np
import pytest

import autograd_tiny as ad
from autograd_tiny import Value, grad
from autograd_tiny.value import Constant, ancestors

# Gates, and the shapes that they are given.
GATES: dict[str, tuple[Callable[..., Value], tuple[tuple[int, ...], ...]]] = {
    "+": (lambda x, y: x + y, ((2, 3), (3,))),
    "×": (lambda x, y: x * y, ((2, 3), (2, 1))),
    "÷": (lambda x, y: x / y, ((3,), (3,))),
    "^": (lambda x, y: x**y, ((1,), (2, 1))),
    "numbers": (lambda x, y: x**y / y, ((), ())),
    "of one": (lambda x, y: ad.exp(x) * ad.softsign(y), ((3,), (3,))),
    "of one, limited": (lambda x, y: ad.clip(x, [[0.0, 1.0, 0.0]], 3.0) * ad.elu(y, 0.5), ((1, 1), (3,))),
    "max": (ad.maximum, ((2, 3), ())),
    "where": (lambda x, y: ad.where([[True], [False]], x, y), ((2, 3), (3,))),
    "W h": (lambda x, y: x @ y, ((2, 3), (3,))),
    "h W": (lambda x, y: x @ y, ((2,), (2, 3))),
    "x · y": (lambda x, y: x @ y, ((3,), (3,))),
    "X Y": (lambda x, y: x @ y, ((2, 3), (3, 4))),
    "X Yᵀ": (lambda x, y: x @ y.T, ((2, 3), (4, 3))),
    "batches": (lambda x, y: x @ y, ((4, 2, 3), (3, 2))),
    "batches of batches": (lambda x, y: x @ y, ((2, 1, 1, 2, 3), (3, 2))),
    "batches and a vector": (lambda x, y: x @ y, ((2, 1, 2, 3), (3,))),
    "parts of a product": (lambda x, y: sum(z * z for z in x @ y) + (x @ y)[0], ((2, 3), (3,))),
    "stack": (lambda x, y: ad.stack([x, y, x]), ((3,), (3,))),
    "columns": (lambda x, y: ad.stack([x, y], 1), ((3,), (3,))),
    "stack of numbers": (lambda x, y: ad.stack([y, x]), ((), ())),
    "a row, often": (lambda x, y: x[1] * y + x[1] + x[-1], ((2, 3), (3,))),
    "rows by an array": (lambda x, y: x[np.array([1, 0, 1])] * y, ((2, 3), (3,))),
    "slices that overlap": (lambda x, y: x[:2] * y[1:] + x[1:], ((3,), (3,))),
    "all rows": (lambda x, y: sum((row * row for row in x), y), ((4, 3), (3,))),
    "the only row": (lambda x, y: sum(row * y for row in x), ((1, 3), (3,))),
    "some rows": (lambda x, y: ad.split(x, 2)[1] * next(iter(y)), ((4,), (3,))),
    "a row and the whole": (lambda x, y: x[0] * x + sum(row * y for row in x), ((2, 3), (3,))),
    "concatenate": (lambda x, y: ad.concatenate([x, y]), ((2, 3), (1, 3))),
}
KINDS: dict[str, Callable[[Value], Value]] = {
    "leaf": lambda x: x, "constant": lambda x: Constant(x.data), "inner value": lambda x: x * 1.0,
}  # fmt: skip


def _given(shapes: Sequence[tuple[int, ...]]) -> list[Any]:
    numbers = np.random.default_rng(4)
    return [numbers.uniform(0.5, 2.0, shape) if shape else float(numbers.uniform(0.5, 2.0)) for shape in shapes]


@pytest.mark.parametrize(("f", "shapes"), GATES.values(), ids=GATES)
def test_each_input_receives_the_same_whatever_the_others_are(f: Callable[..., Value], shapes: Any) -> None:
    given = _given(shapes)
    leaves = [Value(x) for x in given]
    z = f(*leaves)
    seed = np.arange(1.0, z.size + 1).reshape(z.shape)
    right = [g.data for g in grad(z, leaves, seed=seed)]
    for kinds in set(product(KINDS, repeat=2)) - {("constant", "constant")}:
        leaves = [Value(x) for x in given]
        z = f(*[KINDS[kind](leaf) for kind, leaf in zip(kinds, leaves, strict=True)])
        reached = [(leaf, g) for kind, leaf, g in zip(kinds, leaves, right, strict=True) if kind != "constant"]
        for times in (1, 2):
            z.backward(seed)
            for leaf, g in reached:
                np.testing.assert_allclose(leaf.grad, times * g, rtol=1e-14)
        for x in ancestors(z):
            assert np.shape(x.grad) == x.shape and (x.shape or type(x.grad) is float)
            assert not (x.is_constant and np.any(x.grad))
        for (leaf, g), create_graph in product(reached, [False, True]):
            np.testing.assert_allclose(grad(z, [leaf], seed=seed, create_graph=create_graph)[0].data, g, rtol=1e-14)


@pytest.mark.parametrize(("f", "shapes"), GATES.values(), ids=GATES)
def test_a_value_that_is_used_twice_receives_both(f: Callable[..., Value], shapes: Any) -> None:
    x, y = map(Value, _given(shapes))
    h, k = x * 1.0, y * 1.0
    once, twice = ad.sum(f(h, k)), ad.sum(f(h, k) + f(h, k))
    for one, two in zip(grad(once, [h, k]), grad(twice, [h, k]), strict=True):
        np.testing.assert_allclose(two.data, 2 * one.data, rtol=1e-14)
    twice.backward()
    for v, one in zip((h, k, x, y), 2 * grad(once, [h, k]), strict=True):
        np.testing.assert_allclose(v.grad, 2 * one.data, rtol=1e-14)


@pytest.mark.parametrize("dtypes", ["ff", "fd", "df", "dd"])
@pytest.mark.parametrize(("f", "shapes"), GATES.values(), ids=GATES)
def test_a_gradient_has_the_precision_of_its_number(f: Callable[..., Value], shapes: Any, dtypes: Any) -> None:
    leaves = [Value(np.asarray(x, dtype)) for x, dtype in zip(_given(shapes), dtypes, strict=True)]
    z = ad.sum(f(*[leaf * 1 for leaf in leaves]) * 2)
    z.backward()
    for x in ancestors(z):
        assert x.is_constant or np.result_type(x.grad) == np.result_type(x.data)
    for x, g in zip(leaves, grad(z, leaves), strict=True):
        assert np.result_type(x.data) == np.result_type(g.data)


@pytest.mark.parametrize("turned", [False, True])
def test_the_gradient_of_a_matrix_lies_in_memory_as_the_matrix_does(turned: bool) -> None:
    V, W = Value(np.ones((3, 4))), Value(np.ones((4, 2)))
    v, w = (V * 1.0, W * 1.0) if not turned else (Value(np.ones((4, 3))).T, Value(np.ones((2, 4))).T)
    ad.sum(v @ w).backward()
    for matrix in (v, w):
        assert matrix.grad.flags.c_contiguous == (not turned)
        assert matrix.data.strides == matrix.grad.strides


def test_where_nothing_divides_what_is_no_number_flows_on() -> None:
    for x, y in ((Value(2.0), Value(np.inf)), (Value([2.0]), Value([np.inf])), (Value([[2.0]]), Value([np.inf]))):
        (x * y).backward(0.0)
        assert np.all(np.isnan(x.grad)) and np.all(y.grad == 0.0)


def test_what_gives_nothing_leaves_a_gradient_of_zeros() -> None:
    for number in (2.0, [2.0, 3.0]):
        x = Value(number)
        z = ad.sum(Value(x.data, (x,), "silent") * 1.0)
        (g,) = grad(z, [x])
        z.backward()
        for gradient in (g.data, x.grad):
            assert np.array_equal(gradient, np.zeros(x.shape)) and gradient is not x.data
        assert np.array_equal(x.data, number)


@pytest.mark.parametrize("number", [3.0, [3.0, 5.0]], ids=["numbers", "arrays"])
def test_what_somebody_wrote_gives_to_those_who_are_asked_for(number: Any) -> None:
    x, y = Value(number), Value(number)
    z = Value(x.data * y.data, (x, y), "*")

    def own() -> None:
        x.grad += z.grad * y.data
        y.grad += z.grad * x.data

    z._backward = own
    output = ad.sum(x * 2 + z * x)
    for one in (x, y):
        assert np.all(grad(output, [one])[0].data == (2 + 2 * x.data * y.data if one is x else x.data**2))
    output.backward()
    assert np.all(x.grad == 2 + 2 * x.data * y.data) and np.all(y.grad == x.data**2)


def test_after_a_pass_gradients_are_plain_numbers() -> None:
    x = Value([1.0, 2.0], "x")
    for z, shown in ((x * 3.0, "[3., 3.]"), (x[1:] * 3.0, "[3., 6.]"), (x @ [[1.0], [1.0]], "[4., 7.]")):
        ad.sum(z).backward()
        assert repr(x) == f"Value(data=[1., 2.], grad={shown}, label='x')"


def test_an_output_knows_how_its_gradient_came_to_be() -> None:
    z = Value(2.0) * 3.0
    for how, gradient in (("set", 5.0), ("cleared", 0.0)):
        z.grad = gradient
        assert z._rule.gradient == how
        z.backward()
        assert z._rule.gradient == "" and z.grad == 1.0


def test_a_gradient_that_was_read_stays_what_it_was() -> None:
    x = Value([1.0, 2.0])
    for z in (ad.sum(x * x), x[0] * x[1], ad.sum(ad.outer(x, x) @ x), ad.sum(sum(row * row for row in x) * x)):
        z.backward()
        read = x.grad
        before = read.copy()
        z.backward()
        assert np.array_equal(read, before) and not np.array_equal(x.grad, before)


# One step by hand, as micrograd's `v._backward()` ---------------------------------------------------------------------


def test_a_step_before_any_gradient_gives_nothing() -> None:
    for x in (Value(2.0), Value([2.0, 3.0])):
        z = x * x
        z._backward()
        x._backward()
        assert not x.has_grad and not z.has_grad


def test_a_step_gives_each_input_memory_of_its_own() -> None:
    a, b = Value([1.0, 2.0], "a"), Value([3.0, 4.0])
    z = a + b
    z.grad = np.ones(2)
    z._backward()
    assert repr(a) == "Value(data=[1., 2.], grad=[1., 1.], label='a')"
    a.grad *= 10
    assert b.grad.tolist() == z.grad.tolist() == [1.0, 1.0]
    z._backward()
    assert (a.grad.tolist(), b.grad.tolist()) == ([11.0, 11.0], [2.0, 2.0])


def test_steps_add_up() -> None:
    for x in (Value(2.0), Value([2.0])):
        z = x * 3.0
        z.grad, read = 1.0, []
        for _ in range(3):
            z._backward()
            read.append(x.grad)
        assert [np.sum(gradient) for gradient in read] == [3.0, 6.0, 9.0]
