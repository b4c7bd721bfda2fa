"""Programs compute what the engine computes: for every line of the table, at both orders, in every dialect."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_tiny as ad
from autograd_tiny import Value, grad, trace, value_and_grad
from autograd_tiny.compiling import define
from autograd_tiny.program import ProgramError
from autograd_tiny.program.run.python import MANY, float_source
from autograd_tiny.testing import Function, arrays, functions
from tests.engine.dialects import ALL_DIALECTS, ARRAY_DIALECTS, JAVASCRIPT, batched, run
from tests.engine.samples import ELEMENTWISE, MATRICES, STRUCTURAL, Application, apply, points

# The same operations in another order of summing, and each library's own exp and tanh: some last digits.
CLOSE = {"rtol": 1e-11, "atol": 1e-12}


def agree(found: tuple[Any, Any], wanted: tuple[Any, Any]) -> None:
    assert np.allclose(found[0], wanted[0], **CLOSE)
    for one, other in zip(found[1], wanted[1], strict=True):
        assert np.shape(one) == np.shape(other)
        assert np.allclose(one, other, **CLOSE, equal_nan=True)


def second(f: Any, *inputs: Value) -> Value:
    """A scalar made of the gradients of f, each element with another weight, so that none cancels."""
    found = grad(f(*inputs), list(inputs), create_graph=True)
    return sum((_weighed(g * (k + 1.5)) for k, g in enumerate(found)), Value(0.0) * 1.0)


def _weighed(z: Value) -> Value:
    return (z * np.cos(np.arange(z.size)).reshape(z.shape)).sum() if z.shape else z


def elementwise(name: str, order: int) -> Any:
    def f(*inputs: Value) -> Value:
        z = apply(name, *inputs)
        return _weighed(z * z)

    return f if order == 1 else lambda *inputs: second(f, *inputs)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_every_line_over_floats(name: str, order: int) -> None:
    f = elementwise(name, order)
    program = trace(f, *points(name)[1])
    for point in points(name):  # one program for all points: on either side of every kink
        agree(program.value_and_grad(*point), value_and_grad(f)(*point))
        agree(run(program, "python", *point), value_and_grad(f)(*point))
        assert program(*point) == program.value_and_grad(*point)[0]


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("dialect", [JAVASCRIPT])
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_every_line_over_the_numbers_of_a_page(name: str, dialect: str, order: int) -> None:
    f = elementwise(name, order)
    program = trace(f, *points(name)[1])
    for point in points(name):
        agree(run(program, dialect, *point), value_and_grad(f)(*point))


@pytest.mark.share(3)
@pytest.mark.parametrize("dialect", ARRAY_DIALECTS)
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_every_line_over_batches_of_floats(name: str, dialect: str) -> None:
    f = elementwise(name, 1)
    columns = [np.array(column) for column in zip(*points(name), strict=True)]
    values, gradients = batched(trace(f, *points(name)[1]), dialect, *columns)
    for k, point in enumerate(points(name)):
        agree((values[k], [g[k] for g in gradients]), value_and_grad(f)(*point))


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_every_line_over_arrays(name: str, order: int) -> None:
    f = elementwise(name, order)
    columns = [np.array(column) for column in zip(*points(name), strict=True)]
    program = trace(f, *columns)
    for numbers in (columns, [column[::-1].copy() for column in columns]):
        wanted = value_and_grad(f)(*numbers)
        agree(program.value_and_grad(*numbers), wanted)
        agree(run(program, "numpy", *numbers), wanted)


def structural(application: Application, order: int) -> Any:
    def f(*inputs: Value) -> Value:
        z = application(*(x * x for x in inputs)) if order == 2 else application(*inputs)
        return _weighed(z * z)

    return f if order == 1 else lambda *inputs: second(f, *inputs)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("application", STRUCTURAL, ids=str)
def test_every_structure(application: Application, order: int) -> None:
    f = structural(application, order)
    inputs = [np.abs(x) + 0.1 for x in application.inputs()]
    program = trace(f, *inputs)
    matrices = application.name in MATRICES  # whose rows are not to be exchanged
    for numbers in (inputs, [x[::-1].copy() if x.ndim and not matrices else x * 2 for x in inputs]):
        wanted = value_and_grad(f)(*numbers)
        agree(program.value_and_grad(*numbers), wanted)
        agree(run(program, "numpy", *numbers), wanted)


ONE_OF_EACH = {application.name: application for application in STRUCTURAL}


@pytest.mark.share(3)
@pytest.mark.parametrize("dialect", [*ARRAY_DIALECTS[1:], JAVASCRIPT])
@pytest.mark.parametrize("application", ONE_OF_EACH.values(), ids=str)
def test_structures_in_other_dialects(application: Application, dialect: str) -> None:
    f = structural(application, 1)
    inputs = [np.abs(x) + 0.1 for x in application.inputs()]
    program = trace(f, *inputs)
    if dialect == "javascript" and application.name in MATRICES | {"cumsum"}:
        with pytest.raises(ProgramError, match="'javascript' has no "):
            program.source(dialect)
        return
    agree(run(program, dialect, *inputs), value_and_grad(f)(*inputs))


@pytest.mark.share(3)
@pytest.mark.parametrize("dialect", [*ARRAY_DIALECTS[1:], JAVASCRIPT])
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_arrays_in_other_dialects(name: str, dialect: str) -> None:
    f = elementwise(name, 1)
    columns = [np.array(column) for column in zip(*points(name), strict=True)]
    agree(run(trace(f, *columns), dialect, *columns), value_and_grad(f)(*columns))


def powers(x: Value) -> Value:
    """Numbers as exponents, some of which become something simpler, and a number as the base."""
    return _weighed(x**0 + x**1 + x**2 + x**3 + x**-1 + x**0.5 + 2**x)


@pytest.mark.parametrize("dialect", [*ARRAY_DIALECTS, JAVASCRIPT])
def test_powers_with_numbers(dialect: str) -> None:
    x = np.array([0.5, 1.0, 2.5])
    agree(run(trace(powers, x), dialect, x), value_and_grad(powers)(x))


# Numbers and rows that whole numbers among the inputs choose, by themselves and within other expressions.
CHOSEN: dict[str, Any] = {
    "a row": lambda x, i: (x[i[0]] ** 2).sum(),
    "a row beside others": lambda x, i: (x[i[0]] * x.T[i[1]] * x[:, i[2]]).sum(),
    "a row with all": lambda x, i: (x[i] * x[i[0]]).sum(),
    "one number": lambda x, i: x[i[0], i[1]] * x[i[2], 0],
    "one number of a result": lambda x, i: -ad.log_softmax(x)[i[0], i[1]],
    "steps": lambda x, i: ad.tanh(x @ ad.tanh(x[i[0]]) + x[i[1]]).sum(),
    "joined": lambda x, i: (ad.stack([x[i[0]], x[i[2]]]) ** 2).sum(),
    "of a table": lambda x, i: (x[i.reshape(1, 3)] ** 2).sum() - x[i[1:]].sum(),
}
CHOICES = np.arange(16.0).reshape(4, 4) / 7 - 1, np.array([1, 3, 1])


@pytest.mark.share(3)
@pytest.mark.parametrize("dialect", [*ARRAY_DIALECTS, JAVASCRIPT])
@pytest.mark.parametrize("f", CHOSEN.values(), ids=CHOSEN)
def test_what_whole_numbers_choose(f: Any, dialect: str) -> None:
    x, i = CHOICES
    program, wanted = trace(f, x, i), value_and_grad(lambda x: f(x, i))(x)
    agree(program.value_and_grad(x, i), wanted)
    agree(run(program, dialect, x, i), wanted)


# Random expressions ---------------------------------------------------------------------------------------------------


@given(functions(max_operations=10))
@settings(max_examples=150)
def test_random_scalar_expressions(f: Function) -> None:
    agree(trace(f, *f.point).value_and_grad(*f.point), value_and_grad(f)(*f.point))


@given(functions(max_operations=5))
@settings(max_examples=80)
def test_random_scalar_expressions_at_second_order(f: Function) -> None:
    _holds_at_second_order(lambda *inputs: f(*inputs) + 0.0 * sum(inputs, Value(0.0)), f.point)


def _holds_at_second_order(f: Any, point: tuple[Any, ...]) -> None:
    def g(*inputs: Value) -> Value:
        return second(f, *inputs)

    try:
        wanted = value_and_grad(g)(*point)
    except (ValueError, ArithmeticError):
        return  # the engine has no second derivative there, and says so
    agree(trace(g, *point).value_and_grad(*point), wanted)


SHAPES = st.sampled_from([(3,), (2, 3), (1, 3), (2, 1)])


@st.composite
def array_functions(draw: st.DrawFn, max_operations: int) -> Function:
    inputs = [draw(arrays(draw(SHAPES), -2.0, 2.0)) for _ in range(draw(st.integers(1, 2)))]
    return draw(functions(inputs, max_operations))


@given(array_functions(8))
@settings(max_examples=150)
def test_random_array_expressions(f: Function) -> None:
    def total(*inputs: Value) -> Value:
        return ad.sum(f(*inputs)) + 0.0 * sum((x.sum() for x in inputs), Value(0.0))

    program, wanted = trace(total, *f.point), value_and_grad(total)(*f.point)
    agree(program.value_and_grad(*f.point), wanted)
    agree(run(program, "numpy", *f.point), wanted)


@given(array_functions(4))
@settings(max_examples=60)
def test_random_array_expressions_at_second_order(f: Function) -> None:
    _holds_at_second_order(lambda *inputs: ad.sum(f(*inputs)) + 0.0 * sum(x.sum() for x in inputs), f.point)


@given(functions(max_operations=10))
@settings(max_examples=100)
def test_the_form_of_long_programs_computes_the_same(f: Function) -> None:
    program = trace(f, *f.point)
    if not program.code.guards:
        quick = define("quick", float_source(program.code), {}, "program")
        value, gradients = quick(*f.point)
        wanted = run(program, "python", *f.point)
        assert np.array_equal([value, *gradients], [wanted[0], *wanted[1]], equal_nan=True)  # to the last digit


def test_a_long_program_sums_in_the_order_of_the_engine() -> None:
    def f(w: Value, b: Value) -> Value:
        z: Any = b
        for k in range(100):
            z = ad.relu(z * w + b * (1e-5 * k)) - 3
        return z * z

    assert len(trace(f, 0.7, 1.1).code.lines) > MANY
    assert trace(f, 0.7, 1.1).value_and_grad(0.3, -2.0) == value_and_grad(f)(0.3, -2.0)


@pytest.mark.parametrize("dialect", [*ALL_DIALECTS, JAVASCRIPT])
def test_pasted_source_gives_the_same_numbers(dialect: str) -> None:
    def f(w: Value, x: Value) -> Value:
        return ad.tanh(w * x) ** 2 + ad.where(w > x, w, ad.softplus(x)) / ad.sigmoid(x - w)

    program = trace(f, 0.3, 0.8)
    for point in ((0.3, 0.8), (1.5, -0.4)):
        agree(run(program, dialect, *point), value_and_grad(f)(*point))


TABLES: dict[str, Any] = {
    "rows": lambda E, x, y: ad.tanh(E[x]).sum(),
    "rows twice": lambda E, x, y: (ad.tanh(E[x]) * E[y]).sum(),
    "rows and all": lambda E, x, y: (ad.tanh(E[x]).sum() * E).sum(),
    "rows of what was computed": lambda E, x, y: (ad.exp(E)[x] * 3).sum(),
    "rows of a transpose": lambda E, x, y: ad.tanh(E.T[[0, 2, 2, 1]]).sum() + ad.tanh(E[y]).sum(),
    "rows one after the other": lambda E, x, y: (E[x][y] * E[x]).sum(),
}


@pytest.mark.parametrize("f", TABLES.values(), ids=TABLES)
def test_rows_of_a_table_collect_their_gradients(f: Any) -> None:
    E, x, y = np.linspace(-1, 1, 15).reshape(5, 3), np.array([1, 3, 3, 0]), np.array([2, 0, 3, 2])
    program = trace(lambda E: f(E, x, y), E)
    asked = trace(f, E, x, y)
    for k in (1.0, 2.0):  # the second run finds what the first has left
        value, (expected,) = value_and_grad(lambda E: f(E, x, y))(k * E)
        for got in (program.value_and_grad(k * E), asked.value_and_grad(k * E, x, y)):
            assert np.isclose(got[0], value) and np.allclose(got[1][0], expected, atol=1e-14)
