"""What is traced, what is guarded, what is refused; inputs of whole numbers; weights that a function captured."""

from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np
import pytest

import autograd_tiny as ad
from autograd_tiny import Value, exp, grad, nn, scope, trace, value_and_grad, where
from autograd_tiny.errors import ShapeError
from autograd_tiny.program import ProgramError
from autograd_tiny.program.tracing import source_of, whole_numbers
from tests.engine.dialects import ARRAY_DIALECTS, defined, given

CLOSE = {"rtol": 1e-10, "atol": 1e-12}  # other orders of summing
RANDOM = np.random.default_rng(3)


# Captured weights -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch", [(), (2,)], ids=["single", "batch"])
@pytest.mark.parametrize("cell_class", [nn.RNNCell, nn.LSTMCell, nn.GRUCell])
def test_cells_with_captured_weights(cell_class: Any, batch: tuple[int, ...]) -> None:
    cell = cell_class(3, 4)
    weights = list(cell.parameters().values())
    first, other = RANDOM.normal(size=(2, 5, *batch, 3))

    def f(xs: Value) -> Value:
        outputs, _ = nn.unroll(cell, xs)
        return (outputs[-1] * outputs[-1]).sum() + sum(o.sum() for o in outputs)

    program = trace(f, first)
    f(Value(other)).backward()
    wanted = [weight.grad.copy() for weight in weights]
    for weight in weights:
        weight.grad = None
    for times in (1, 2):  # `.grad` accumulates, as in eager backpropagation
        assert program.backward(other) == pytest.approx(f(Value(other)).data, rel=1e-12)
        for weight, gradient in zip(weights, wanted, strict=True):
            assert np.allclose(weight.grad, times * gradient, **CLOSE)
    for weight in weights:
        weight.data = weight.data * 1.1
    assert program(other) == pytest.approx(f(Value(other)).data, rel=1e-12)


# Whole numbers --------------------------------------------------------------------------------------------------------

TABLE = Value(RANDOM.normal(size=(7, 4)), "E")
INDEXED: dict[str, Callable[[Any], Value]] = {
    "rows": lambda ids: ad.tanh(TABLE[ids]).sum(),
    "one at a time": lambda ids: sum(TABLE[ids[t]].sum() * (t + 1) for t in range(4)),
    "slices": lambda ids: (TABLE[ids[1:]] * TABLE[ids[:-1]]).sum(),
    "every other": lambda ids: (TABLE[ids[::2]] ** 2).sum(),
    "reshaped": lambda ids: ad.exp(TABLE[ids.reshape(2, 2)][1]).sum(),
    "columns": lambda ids: (TABLE[ids.reshape(2, 2)[:, 1]] ** 3).sum(),
    "classes": lambda ids: nn.cross_entropy(TABLE[:4] @ TABLE.T, ids),
    "iterated": lambda ids: sum((TABLE[k] ** 2).sum() for k in ids),
}


@pytest.mark.share(2)
@pytest.mark.parametrize("dialect", ["itself", *ARRAY_DIALECTS])
@pytest.mark.parametrize("f", INDEXED.values(), ids=INDEXED)
def test_whole_numbers_index(f: Callable[[Any], Value], dialect: str) -> None:
    program = trace(f, np.array([1, 2, 5, 0]))
    for ids in (np.array([3, 3, 0, 6]), np.array([6, 1, 1, 1])):
        TABLE.grad = None
        z = f(ids)
        z.backward()
        wanted, TABLE.grad = TABLE.grad.copy(), None
        if dialect == "itself":
            assert program.backward(ids) == pytest.approx(z.data, rel=1e-12)
            found = TABLE.grad
        else:
            source = program.source(dialect)
            value, (found,) = defined(source)(given(ids, dialect), given(TABLE.data, dialect))
            assert float(value) == pytest.approx(z.data, rel=1e-12)
        assert np.allclose(np.asarray(found), wanted, **CLOSE)


def test_a_part_of_whole_numbers_is_written_as_the_part_that_it_is() -> None:
    random, data = Random(1), np.arange(60).reshape(3, 4, 5)
    whole = whole_numbers(data, "ids")

    def index(n: int) -> Any:
        start = random.randrange(n)
        return random.choice([start, slice(None), slice(start, None), slice(start, n, 2)])

    for _ in range(300):
        part = whole[tuple(map(index, data.shape))]
        if isinstance(part, np.ndarray):
            part = part.T if random.random() < 0.3 else part
            text = source_of(part, {"ids": whole})
            assert text and np.array_equal(eval(text, {"ids": data}), part), text
    assert source_of(whole[:, 1:3].T, {"ids": whole}) == "ids[:, 1:3].T"


@pytest.mark.parametrize(
    "f",
    [
        lambda ids: TABLE[ids + 1].sum(),
        lambda ids: TABLE[ids].sum() * float(ids[0]),
        lambda ids: (TABLE[ids] * (ids > 1)[:, None]).sum(),
    ],
    ids=["arithmetic", "a factor", "a mask"],
)
def test_whole_numbers_only_index(f: Any) -> None:
    with pytest.raises(ProgramError, match="outside the graph"):
        trace(f, np.array([1, 2, 0]))


# Guards ---------------------------------------------------------------------------------------------------------------

BRANCHES: dict[str, tuple[Callable[..., Any], tuple[Any, ...], tuple[Any, ...], tuple[Any, ...]]] = {
    # the function, traced at, goes the same way at, and another way at
    "if": (lambda x: x * 2 if x > 0 else x * 3, (1.0,), (4.0,), (-1.0,)),
    "number on the left": (lambda x: x * 2 if x >= 1 else x * 3, (1.5,), (4.0,), (-1.0,)),
    "truth": (lambda x: x * 2 if x else x * 3, (1.5,), (4.0,), (0.0,)),
    "max": (lambda x, y: max(x, y) * 2, (1.0, 2.0), (0.0, 3.0), (3.0, 2.0)),
    "float()": (lambda x: x * 2 if float(x) > 0 else x * 3, (1.0,), (1.0,), (-1.0,)),
    "not in the result": (lambda x, y: x * 2 if y * 3 > 1 else x * 5, (1.0, 2.0), (2.0, 1.0), (1.0, -2.0)),
    "all": (lambda x: x.sum() if (x > 0).all() else x.sum() * 2, (np.ones(2),), (2 * np.ones(2),), (-np.ones(2),)),
    "any, array on the left": (
        lambda x: x.sum() if np.any(np.zeros(2) < x) else x.sum() * 2, (np.ones(2),), (2 * np.ones(2),), (-np.ones(2),)
    ),
    "as a factor": (lambda x: (x * (x > 0)).sum(), (np.array([1.0, -2]),), (np.array([2.0, -1]),), (np.ones(2),)),
    "while": (lambda x: _halved(x), (5.0,), (6.0,), (50.0,)),
    "whole numbers": (lambda ids: TABLE[3].sum() if ids[0] > 0 else TABLE[2].sum(),
                      (np.array([1, 2]),), (np.array([4, 4]),), (np.array([0, 2]),)),
    "a choice and a branch": (
        lambda x: ad.where(x > 0, x, -x).sum() * (2 if np.all(x > 0) else 1),
        (np.ones(2),), (2 * np.ones(2),), (np.array([1.0, -1]),),
    ),
}  # fmt: skip


def _halved(x: Value) -> Value:
    while x > 1:
        x = x / 2
    return x


@pytest.mark.parametrize(("f", "traced", "same", "other"), BRANCHES.values(), ids=BRANCHES)
def test_a_branch_is_guarded(f: Any, traced: Any, same: Any, other: Any) -> None:
    program = trace(f, *traced)
    assert program(*same) == pytest.approx(f(*map(_leaf, same)).data, rel=1e-14)
    with pytest.raises(ProgramError, match=r"when traced: trace again .* or write where"):
        program.value_and_grad(*other)


def _leaf(x: Any) -> Any:
    return x if isinstance(x, np.ndarray) and x.dtype.kind == "i" else Value(x)


def test_dialects_without_branches_refuse_guards() -> None:
    program = trace(lambda x: x * 2 if x > 0 else x * 3, 1.0)
    assert "if not (x > 0): raise" in program.source("python")
    for dialect in ("torch", "jax", "c"):
        with pytest.raises(ProgramError, match=r"asks x > 0, .* write where"):
            program.source(dialect)


CHOICES: dict[str, Callable[[Value], Any]] = {
    "where": lambda x: ad.where(x > 0, x * 2, x * 3),
    "reflected": lambda x: ad.where(x < 1, x * 2, x * 3),
    "both": lambda x: ad.where((x > 0) & (x < 1), x * 2, x * 3),
    "either": lambda x: ad.where((x < 0) | (x > 1), x * x, x),
    "not": lambda x: ad.where(np.logical_not(x > 0), x * 2, x * 3),
    "of something computed": lambda x: ad.where(x * x > 1, x, 0.0) + x,
    "of a choice": lambda x: ad.where(ad.where(x > 0, x, -2 * x) > 1, x * 2, x),
    "np.where": lambda x: np.where(x > 0, x * 2, x * 3),
    "between numbers": lambda x: x * ad.where(x > 0, 1.0, -1.0),
}


@pytest.mark.parametrize("f", CHOICES.values(), ids=CHOICES)
def test_a_choice_follows_the_numbers(f: Callable[[Any], Any]) -> None:
    program = trace(f, 0.5)
    for x in (0.5, 2.0, -0.5, -3.0):
        assert program.value_and_grad(x) == value_and_grad(f)(x)
    row = np.array([0.5, 2.0, -0.5, -3.0])
    over_rows = trace(lambda x: ad.sum(f(x)), np.ones(4))
    (value, (gradient,)), (wanted, (slope,)) = over_rows.value_and_grad(row), value_and_grad(lambda x: f(x).sum())(row)
    assert value == pytest.approx(wanted, rel=1e-14) and np.allclose(gradient, slope, **CLOSE)


# Refusals -------------------------------------------------------------------------------------------------------------

DROPOUT, GENERATOR = nn.Dropout(0.5), np.random.default_rng()


@pytest.mark.parametrize(
    ("f", "example", "said"),
    [
        (lambda x: DROPOUT(x).sum(), np.ones(30), r"in Dropout is different each time.*draw it outside"),
        (lambda x: x * GENERATOR.normal(), 1.0, "is different each time"),
        (lambda x: x * GENERATOR.normal() if x > 0 else x, 1e-9, "is different each time"),
        (lambda x: x * float(x), 1.0, r"outside the graph \(float\(v\)"),
        (lambda x: x * x.data, 1.0, "outside the graph"),
        (lambda x: x[np.argmax(x.data) - 1] * np.max(x.data), np.array([1.0, 3.0]), "outside the graph"),
        (lambda x: 3.0, 1.0, "returned a float, expected a Value"),
        (lambda x: None, 1.0, "returned a NoneType"),
        (lambda x: (), 1.0, "expected a Value"),
        (lambda x: x * 2, np.ones(2), r"shape \(2,\); return a scalar first"),
    ],
)
def test_what_would_be_frozen_is_refused(f: Any, example: Any, said: str) -> None:
    with pytest.raises(ProgramError, match=said):
        trace(f, example)


DETACHED: list[Callable[[Value], Value]] = [
    lambda x: (x * x.detach()).sum(),
    lambda x: ((x.detach() * 2 + 1) * x).sum(),
    lambda x: (x.detach().detach().tanh() * x**2).sum(),
    lambda x: where(x.detach() * 2 > 1, x * 2, x * 3).sum(),
    lambda x: x.clip(0.0, (x * x).detach()).sum(),
    lambda x: exp(x - x.detach().max()).sum(),
    lambda x: (grad((x * x * x.detach()).sum(), [x], create_graph=True)[0] * x).sum(),
    lambda x: (x * x).detach().sum() + x.sum(),
]


@pytest.mark.parametrize("f", DETACHED)
def test_what_is_detached_is_read_anew_and_has_no_gradient(f: Callable[[Value], Value]) -> None:
    program = trace(f, np.array([0.3, 2.0]))
    for numbers in ([0.3, 2.0], [1.5, -0.4]):
        x = Value(np.array(numbers))
        z = f(x)
        z.backward()
        value, (gradient,) = program.value_and_grad(x.data)
        np.testing.assert_allclose([value, *gradient], [z.data, *x.grad], rtol=1e-14)


def test_a_branch_on_what_is_detached_is_guarded() -> None:
    program = trace(lambda x: x * 2 if x.detach() > 1 else x * 3, 3.0)
    with pytest.raises(ProgramError, match="x > 1 was True when traced"):
        program(0.5)


def test_only_functions_are_traced() -> None:
    with pytest.raises(TypeError, match="expected a function, got Value"):
        trace(Value(1.0), 1.0)  # type: ignore[arg-type]


def test_inputs_are_checked() -> None:
    program = trace(lambda x, ids: (x[ids] ** 2).sum(), np.ones(3), np.array([0, 2]))
    for wrong, error, said in [
        ((np.ones(3),), TypeError, "1 inputs given, expected 2: x, ids"),
        ((np.ones(4), np.array([0, 1])), ShapeError, r"x has shape \(4,\), traced with \(3,\)"),
        ((np.ones(3), np.array([0, 1, 2])), ShapeError, r"ids has shape \(3,\)"),
        ((np.ones(3), np.array([0.0, 1.0])), TypeError, "ids is float64, traced with whole numbers"),
        ((np.array(list("abc")), np.array([0, 1])), TypeError, "real numbers"),
        ((np.ones(3) * 1j, np.array([0, 1])), TypeError, "real numbers"),
    ]:
        with pytest.raises(error, match=said):
            program(*wrong)
    assert program([1, 2, 3], [0, 2]) == 10.0


@pytest.mark.parametrize(
    ("f", "outside"),
    [
        (ad.log, -1.0),
        (lambda x: 1 / x, 0.0),
        (ad.exp, 1000.0),
        (ad.sqrt, 0.0),
        (lambda x: ad.log(x.sum()), -np.ones(2)),
    ],
)
def test_outside_a_domain_the_error_is_the_engines(f: Any, outside: Any) -> None:
    with pytest.raises(ValueError) as wanted:
        value_and_grad(f)(outside)
    with pytest.raises(type(wanted.value)) as found:
        trace(f, np.abs(outside) * 0.001 + 0.5).value_and_grad(outside)
    assert str(found.value).split(":")[0] == str(wanted.value).split(":")[0]


def test_what_a_call_gives() -> None:
    assert trace(lambda x: x, 2.0).value_and_grad(5.0) == (5.0, [1.0])
    assert trace(lambda x: (x * 2, x * 3), 2.0).value_and_grad(5.0) == ((10.0, 15.0), [2.0])
    value, gradients = trace(lambda x, y: x * 2, 2.0, np.ones(2)).value_and_grad(5.0, np.ones(2))
    assert (value, gradients[0], gradients[1].tolist()) == (10.0, 2.0, [0.0, 0.0])
    assert trace(lambda x: Value(3.0) * 2, 2.0).value_and_grad(5.0) == (6.0, [0.0])


def test_results_are_the_callers_own() -> None:
    program = trace(lambda x: (x * x).sum(), np.ones(3))
    x = np.array([1.0, 2.0, 3.0])
    _, (first,) = program.value_and_grad(x)
    program.value_and_grad(10 * x)
    first += 1
    assert first.tolist() == [3.0, 5.0, 7.0] and x.tolist() == [1.0, 2.0, 3.0]
    assert program.value_and_grad(x)[1][0].tolist() == [2.0, 4.0, 6.0]


def test_a_batch_of_floats_is_not_written_into() -> None:
    program = trace(lambda w, x: w * x + x * w * w, 1.0, 2.0)
    w, x = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    value, gradients = defined(program.source("numpy"))(w, x)
    assert (w.tolist(), x.tolist()) == ([1.0, 2.0], [3.0, 4.0])
    assert value.tolist() == [6.0, 24.0] and gradients[0].tolist() == [9.0, 20.0]


def test_single_precision_stays_single() -> None:
    def f(x: Value) -> Value:
        return ad.tanh(x * np.float32(2)).sum()

    x = np.array([0.5, -1.0], np.float32)
    _, (gradient,) = trace(f, x).value_and_grad(x)
    assert gradient.dtype == np.float32
    assert np.allclose(gradient, value_and_grad(f)(x)[1][0], rtol=1e-6)  # float32 has 7 digits


HOSTILE = [
    "a\nb", "'''", '"""', "if", "lambda", "λ", "π_ö", "1x", "program", "exp", "array", "z", "v1", "dz_dw", "c1", "at",
    "where", "int", "double", "x" * 200, "\0", "\ud800", "*/ int main", "\\", "# no", "{0}", "{}", "{{x}}", "%s",
    "\u2028import os", "None", "__debug__", "_", "sum", "zeros", "answer1", "copy", "dot", "add", "room_0", "one",
    "n_1", "place_0", "steps_3", "inf", "w", "w_2", "Program", "abs", "torch", "np",
]  # fmt: skip


@pytest.mark.parametrize("shape", [(), (3,)], ids=["floats", "arrays"])
def test_hostile_labels_and_scopes(shape: tuple[int, ...]) -> None:
    weight = Value(1.5, "w")

    def f(*xs: Value) -> Value:
        total: Any = 0.0
        for name, x in zip(HOSTILE, xs, strict=True):
            with scope(name):
                y = ad.tanh(x * x) * weight
                y.label = name
                total = total + y
        return ad.sum(total)

    labelled = [Value(np.full(shape, 0.01 * (k + 1)), name) for k, name in enumerate(HOSTILE)]
    numbers = [x.data for x in labelled]
    program, wanted = trace(f, *labelled), value_and_grad(f)(*numbers)
    dialect = "numpy" if shape else "python"
    for value, gradients in (
        program.value_and_grad(*numbers),
        defined(program.source(dialect))(*numbers, weight.data),
    ):
        assert value == pytest.approx(wanted[0], rel=1e-12)
        for one, other in zip(gradients[: len(numbers)], wanted[1], strict=True):
            assert np.allclose(one, other, **CLOSE)
    for other in ("numpy", "torch", "jax"):
        compile(program.source(other), "<source>", "exec")
        program.source(other).encode()
