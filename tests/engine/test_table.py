"""The laws of the table, held for every line: its pullbacks are its derivatives, and all its readings agree."""

import inspect
import math
import re
from contextlib import suppress
from itertools import product
from typing import Any

import numpy as np
import pytest

import autograd_tiny as ad
from autograd_tiny import Value, assert_gradients, backward_steps, compiling, formula, grad
from autograd_tiny.compiling import arguments, domain
from autograd_tiny.fast.pulls import names_in
from autograd_tiny.fast.recorders import recorder, reflected
from autograd_tiny.numbers import ARRAYS, FLOATS
from autograd_tiny.table import TABLE, Op
from autograd_tiny.value import record
from tests.engine.samples import ELEMENTWISE, PARAMETERS, SECOND, STRUCTURAL, Application, apply, points

# Central differences lose digits to rounding, ~1e-11 beside values near 1, and a steep pow a few more.
CENTRAL = {"rtol": 1e-6, "atol": 1e-8}
# The complex step subtracts nothing: agreement to rounding.
COMPLEX = {"method": "complex", "rtol": 1e-12, "atol": 1e-14}


def test_every_line_is_tried() -> None:
    assert set(ELEMENTWISE) | {application.name for application in STRUCTURAL} == set(TABLE)


@pytest.mark.parametrize("op", TABLE.values(), ids=TABLE)
def test_a_line_is_complete(op: Op) -> None:
    assert TABLE[op.name] is op
    assert op.symbol and op.forward
    assert all(isinstance(given, tuple) for given in (op.pullbacks, op.parameters, op.defaults, op.locals))
    assert len(op.pullbacks) == (op.arity or 1) == len(op.locals)
    assert all(bool(text) == op.elementwise for text in op.locals)
    assert not any("g" in names_in(text) for text in op.locals if text)


# On the borders of every domain, and on both sides of them.
BORDERS = (-2.5, -2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5)


@pytest.mark.parametrize("name", [name for name, op in TABLE.items() if op.domain])
def test_the_domain_is_where_the_number_exists(name: str) -> None:
    op = TABLE[name]
    for point in product(BORDERS, repeat=len(arguments(op))):
        with np.errstate(all="ignore"):
            z = compiling.forward(op, ARRAYS)(*map(np.array, point), *op.defaults)
        assert domain(op)(*point) == np.isfinite(z), point


@pytest.mark.parametrize("name, said", [
    ("mul", "z = x * y; ∂z/∂x = y, ∂z/∂y = x."),
    ("log", "z = log(x), defined for x > 0; ∂z/∂x = 1 / x."),
    ("logit", "z = log(x) - log1p(-x), defined for 0 < x < 1; ∂z/∂x = 1 / (x * (1 - x))."),
    ("leaky_relu", "z = where(x > 0, x, negative_slope * x); ∂z/∂x = where(x > 0, 1, negative_slope). "
     "At 0 it has the left slope, as in PyTorch."),
    ("concatenate", "z = concatenate(xs, axis); pullbacks take(g, portion(xs, axis, k))."),
])  # fmt: skip
def test_an_operation_is_described_by_its_line(name: str, said: str) -> None:
    assert TABLE[name].description == said


def test_steps_are_the_operations_that_no_gradient_passes() -> None:
    steps = {name for name, op in TABLE.items() if op.is_step}
    assert steps == {"sign", "floor", "ceil", "trunc", "round", "floor_divide"}
    assert {name for name in ELEMENTWISE if _is_flat(name)} == {*steps, "heaviside"}  # its y counts at x = 0 alone


def _is_flat(name: str) -> bool:
    for point in points(name):
        leaves = [Value(x) for x in point]
        apply(name, *leaves).backward()
        if any(leaf.grad for leaf in leaves):
            return False
    return True


def _called_alike(name: str) -> Any:
    return getattr(np, {"round": "rint", "div": "divide"}.get(name, name), None)


@pytest.mark.parametrize("name", [name for name in ELEMENTWISE if isinstance(_called_alike(name), np.ufunc)])
def test_a_number_is_numpys_where_numpy_has_the_function(name: str) -> None:
    op = TABLE[name]
    grid = [point for point in product(BORDERS, repeat=len(arguments(op))) if not op.domain or domain(op)(*point)]
    columns = [np.array(column) for column in zip(*grid, strict=True)]
    ours, numpys = compiling.forward(op, ARRAYS)(*columns), _called_alike(name)(*columns)
    np.testing.assert_allclose(ours, numpys, rtol=1e-15, atol=0)
    np.testing.assert_allclose([compiling.forward(op, FLOATS)(*point) for point in grid], numpys, rtol=1e-15, atol=0)


# Beyond the points at which slopes are compared with differences: name, inputs, value, slopes.
FAR_OUT: tuple[tuple[str, tuple[float, ...], float, tuple[float, ...]], ...] = (
    ("relu6", (7.0,), 6.0, (0.0,)),
    ("hard_sigmoid", (4.0,), 1.0, (0.0,)),
    ("elu", (1000.0,), 1000.0, (1.0,)),
    ("celu", (1000.0,), 1000.0, (1.0,)),
    ("selu", (1000.0,), 1050.7009873554805, (1.0507009873554805,)),
    ("fmax", (3.0, math.nan), 3.0, (1.0, 0.0)),
    ("fmax", (math.nan, 3.0), 3.0, (0.0, 1.0)),
    ("fmin", (3.0, math.nan), 3.0, (1.0, 0.0)),
    ("fmin", (math.nan, 3.0), 3.0, (0.0, 1.0)),
    ("heaviside", (0.0, 0.3), 0.3, (0.0, 1.0)),
    ("heaviside", (1.0, 0.3), 1.0, (0.0, 0.0)),
    ("hypot", (0.0, 0.0), 0.0, (0.0, 0.0)),
    ("hypot", (0.6, 0.8), 1.0, (0.6, 0.8)),
    ("hypot", (0.0, 2.0), 2.0, (0.0, 1.0)),
    ("hypot", (2.0, 0.0), 2.0, (1.0, 0.0)),
    ("pow", (0.0, 0.0), 1.0, (0.0, 0.0)),
    ("pow", (0.0, 1.0), 0.0, (1.0, 0.0)),
    ("pow", (0.0, 2.0), 0.0, (0.0, 0.0)),
)


@pytest.mark.parametrize("name, point, value, slopes", FAR_OUT)
def test_values_and_slopes_far_out(
    name: str, point: tuple[float, ...], value: float, slopes: tuple[float, ...]
) -> None:
    for inputs in (point, [np.array([x]) for x in point]):
        leaves = [Value(x) for x in inputs]
        z = apply(name, *leaves).sum()
        z.backward()
        assert z.data == pytest.approx(value, rel=1e-15)
        assert [float(np.sum(leaf.grad)) for leaf in leaves] == pytest.approx(slopes, rel=1e-15)


@pytest.mark.parametrize("name", ["elu", "celu", "selu"])
def test_what_is_not_chosen_does_not_overflow(name: str) -> None:
    x, world = np.array([1000.0, -1000.0]), dict[str, Any]()
    exec(ad.trace(lambda x: apply(name, x).sum(), x).source("numpy"), world)
    value, [slope] = world["program"](x)  # NumPy warns of an overflow, and a warning is an error here
    assert np.isfinite(value) and np.isfinite(slope).all()


def test_how_often_one_number_goes_into_another_is_a_whole_number() -> None:
    x, y = np.random.default_rng(0).uniform([[-100.0], [-3.0]], [[100.0], [3.0]], (2, 5000))
    quotients = compiling.forward(TABLE["floor_divide"], ARRAYS)(x, y)
    assert np.array_equal(quotients, np.floor_divide(x, y))


def test_a_negative_alpha_bends_upwards() -> None:
    z = ad.elu(x := Value(-1.0), alpha=-1.0)
    z.backward()
    assert (z.data, x.grad) == (-math.expm1(-1.0), -math.exp(-1.0))


def test_what_functions_take_if_they_are_told_nothing() -> None:
    assert {name: op.defaults for name, op in TABLE.items() if op.elementwise and op.defaults} == {
        "leaky_relu": (0.01,), "elu": (1.0,), "celu": (1.0,),
    }  # fmt: skip


def test_zero_is_zero_to_relu() -> None:
    assert str(ad.relu(Value(-0.0)).data) == "0.0"


def test_what_turns_a_corner_or_jumps_is_not_analytic() -> None:
    corners = {name for name, op in TABLE.items() if op.kink or op.is_step} | {"heaviside"}
    corners -= {"hypot"}  # its tip is one point
    analytic = {name for name, op in TABLE.items() if op.analytic}
    assert not corners & analytic
    assert {"mul", "exp", "where", "matmul", "sum", "take"} <= analytic


def test_a_length_is_curved_across_and_not_along() -> None:
    def curvatures(x: float, y: float) -> Any:
        return ad.hessian(lambda v: ad.hypot(v[0], v[1]))([x, y])

    assert np.array_equal(curvatures(0.0, 2.0), [[0.5, 0.0], [0.0, 0.0]])
    assert np.array_equal(curvatures(2.0, 0.0), [[0.0, 0.0], [0.0, 0.5]])
    assert np.array_equal(curvatures(0.0, 0.0), np.zeros((2, 2)))  # at the tip there is none


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_pullbacks_are_derivatives_over_floats(name: str, order: int) -> None:
    for point in points(name):
        assert_gradients(lambda *inputs: apply(name, *inputs), *point, order=order, **CENTRAL)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_pullbacks_are_derivatives_over_arrays(name: str, order: int) -> None:
    columns = [np.array(column) for column in zip(*points(name), strict=True)]
    assert_gradients(lambda *inputs: apply(name, *inputs), *columns, order=order, full=order == 1, **CENTRAL)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("shapes", [((4, 1), (4,)), ((4,), (2, 2, 1)), ((), (4,)), ((2, 2), ())], ids=str)
@pytest.mark.parametrize("name", [name for name in ELEMENTWISE if TABLE[name].arity == 2])
def test_broadcasting_is_undone(name: str, shapes: tuple[tuple[int, ...], ...], order: int) -> None:
    first, second = (np.array(column) for column in zip(*points(name), strict=True))
    x, y = (
        numbers[:1].reshape(()) if shape == () else numbers.reshape(shape)
        for numbers, shape in zip((first, second), shapes, strict=True)
    )
    assert_gradients(lambda x, y: apply(name, x, y), x, y, order=order, **CENTRAL)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("name", [name for name in ELEMENTWISE if TABLE[name].analytic])
def test_the_complex_step_agrees_to_rounding(name: str, order: int) -> None:
    if order == 2 and name in ("where", "asin", "acos"):
        pytest.skip("their pullbacks pass through √ near its edge or choose; the central difference holds them")
    for point in points(name):
        assert_gradients(lambda *inputs: apply(name, *inputs), *point, order=order, **COMPLEX)


@pytest.mark.parametrize("name", [name for name in ELEMENTWISE if not TABLE[name].analytic])
def test_where_the_complex_step_fails_it_says_so(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} is not analytic"):
        assert_gradients(lambda *inputs: apply(name, *inputs), *points(name)[0], method="complex")


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("application", STRUCTURAL, ids=str)
def test_pullbacks_of_structure(application: Application, order: int) -> None:
    def curved(*inputs: Value) -> Value:  # linear operations have no second derivative of their own
        return application(*(x * x for x in inputs)) if order == 2 else application(*inputs)

    # Squares keep the order of numbers only where they are positive.
    inputs = [np.abs(x) + 0.1 for x in application.inputs()] if order == 2 else application.inputs()
    assert_gradients(curved, *inputs, order=order, full=order == 1, **CENTRAL)


@pytest.mark.parametrize("application", [a for a in STRUCTURAL if TABLE[a.name].analytic], ids=str)
def test_the_complex_step_agrees_on_structure(application: Application) -> None:
    assert_gradients(application, *application.inputs(), **COMPLEX)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_all_readings_give_the_same_number(name: str) -> None:
    op, parameters = TABLE[name], PARAMETERS.get(name, {})
    for point in points(name):
        over_floats = compiling.forward(op, FLOATS)(*point, **parameters)
        over_arrays = compiling.forward(op, ARRAYS)(*(np.array([x]) for x in point), **parameters)
        recorded, general = apply(name, *map(Value, point)), record(op, *point, **parameters)
        # NumPy's vectorised functions may differ from libm's in the last digits.
        assert np.allclose([over_floats, *over_arrays, general.data], recorded.data, rtol=1e-14, atol=0)
        assert type(recorded.data) is float


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_numbers_stay_floats(name: str) -> None:
    for point in points(name):
        given = [point, tuple(map(Value, point)), (point[0], *map(Value, point[1:])), (Value(point[0]), *point[1:])]
        assert {type(apply(name, *inputs).data) for inputs in given} == {float}


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_all_readings_give_the_same_gradients(name: str) -> None:
    for point in points(name):
        leaves, twins = [Value(x) for x in point], [Value([x]) for x in point]
        apply(name, *leaves).backward()
        apply(name, *twins).backward([1.0])
        z = apply(name, *leaves)
        numbers, recorded = grad(z, leaves), grad(z, leaves, create_graph=True)
        for k in range(len(point)):
            found = [twins[k].grad[0], numbers[k].data, recorded[k].data]
            assert np.allclose(found, leaves[k].grad, rtol=1e-13, atol=0)
            assert type(leaves[k].grad) is float


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_the_words_for_local_derivatives_are_true(name: str) -> None:
    op = TABLE[name]
    for point in points(name):
        z = apply(name, *map(Value, point))
        names = dict(zip("xy", point, strict=False)) | {"z": z.data} | PARAMETERS.get(name, {})
        *_, last = backward_steps(z)
        for text, share in zip(op.locals, last.contributions, strict=True):
            assert eval(text, ARRAYS | names) == pytest.approx(share.local, rel=1e-13)
            assert share.rule == op.pullbacks[share.slot]
            assert share.contribution == pytest.approx(share.local * share.upstream, rel=1e-13)


@pytest.mark.parametrize("notation", ["plain", "latex"])
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_every_line_can_be_written(name: str, notation: str) -> None:
    labels = ("x", "y")[: TABLE[name].arity]
    z = apply(name, *(Value(number, label) for number, label in zip(points(name)[2], labels, strict=True)))
    text = formula(z, notation)
    assert all(label in text for label in labels)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_a_plain_formula_is_python_that_gives_the_value(name: str) -> None:
    point = points(name)[2]
    z = apply(name, *(Value(number, label) for number, label in zip(point, "xy", strict=False)))
    ours = {op.name: compiling.forward(op, FLOATS) for op in TABLE.values() if op.elementwise and op.name != "where"}
    names = FLOATS | ours | dict(zip("xy", point, strict=False))
    assert eval(formula(z), names) == pytest.approx(z.data, rel=1e-14)


@pytest.mark.parametrize("application", STRUCTURAL, ids=str)
def test_structure_can_be_written(application: Application) -> None:
    z = application(*(Value(x, f"a{k}") for k, x in enumerate(application.inputs())))
    assert "a0" in formula(z)
    assert "a" in formula(z, "latex")


DOMAINS = {
    "div": [((1.0, 0.0), "y = 0.0")],
    "pow": [((0.0, -1.0), "x = 0.0, y = -1.0"), ((-2.0, 0.5), "x = -2.0, y = 0.5")],
    "log": [((0.0,), "x = 0.0"), ((-1.0,), "x = -1.0")],
    "sqrt": [((-4.0,), "x = -4.0")],
    "asin": [((1.5,), "x = 1.5")],
    "acos": [((-1.5,), "x = -1.5")],
    **{name: [((0.0,), "x = 0.0"), ((-1.0,), "x = -1.0")] for name in ("log2", "log10")},
    "log1p": [((-1.0,), "x = -1.0"), ((-2.0,), "x = -2.0")],
    "logit": [((0.0,), "x = 0.0"), ((1.0,), "x = 1.0"), ((1.5,), "x = 1.5")],
    "acosh": [((0.5,), "x = 0.5")],
    "atanh": [((1.0,), "x = 1.0"), ((-1.5,), "x = -1.5")],
    **{name: [((1.0, 0.0), "y = 0.0")] for name in ("mod", "fmod", "floor_divide")},
}


def test_every_domain_is_tried() -> None:
    assert set(DOMAINS) == {name for name, op in TABLE.items() if op.domain}


@pytest.mark.parametrize(("name", "point", "said"), [(n, *case) for n, cases in DOMAINS.items() for case in cases])
def test_outside_the_domain_is_an_error(name: str, point: tuple[float, ...], said: str) -> None:
    with pytest.raises(ValueError) as scalar:
        apply(name, *(Value(x) for x in point))
    assert str(scalar.value).startswith(f"{name}: {said}")
    with pytest.raises(ValueError) as array:
        apply(name, *(Value([inside, x], "ratio") for inside, x in zip(points(name)[1], point, strict=True)))
    assert f"[1] = {point[-1]!r} ('ratio')" in str(array.value)


def test_locals_at_each_line_are_what_a_book_says() -> None:
    book = {"mul": ("y", "x"), "add": ("1", "1"), "sub": ("1", "-1"), "exp": ("z",), "tanh": ("1 - z * z",)}
    assert {name: TABLE[name].locals for name in book} == book


def test_second_numbers_differ_from_the_first() -> None:
    assert all(not math.isclose(x, y) for name in ELEMENTWISE for x, *_ in points(name) for y in SECOND)


@pytest.mark.parametrize("name", sorted({*ELEMENTWISE} - {"clip", "where"}))  # which have NumPy's names
def test_the_inputs_are_called_as_in_the_table(name: str) -> None:
    op, f, point = TABLE[name], getattr(ad, name), points(name)[0]
    named = dict(zip(arguments(op), point, strict=True))
    for make in (float, lambda x: np.array([x])):
        given = {letter: make(x) for letter, x in named.items()}
        assert np.all(f(**given).data == f(*given.values()).data)
    if not op.parameters and name not in ("gelu", "round"):  # which have one more
        count = len(point) + 1
        with pytest.raises(TypeError, match=rf"{name}.* takes {op.arity} (input|positional).* {count}"):
            f(*point, 1.0)
    with pytest.raises(TypeError, match=f"^{name}"):
        f(*point, inclination=1.0)


def test_a_product_with_1_is_not_said() -> None:
    assert TABLE["leaky_relu"].locals == ("where(x > 0, 1, negative_slope)",)
    texts = [text for op in TABLE.values() for text in op.locals]
    assert not [text for text in texts if re.search(r"\* 1(?![\d.e])|(?<![\d.])1 \*", text)]


@pytest.mark.parametrize("op", [op for op in TABLE.values() if op.elementwise and not op.parameters], ids=str)
def test_a_recorder_is_what_it_says_before_it_is_first_called_and_after(op: Op) -> None:
    made = {arguments(op): recorder(op.name)} | ({("y", "x"): reflected(op.name)} if op.arity == 2 else {})
    for letters, function in made.items():
        for _ in range(2):
            assert tuple(inspect.signature(function).parameters) == letters
            assert (function.__name__, function.__doc__) == (op.name, op.description)
            with suppress(ValueError):  # outside its domain
                function(Value(0.5), *[0.5] * (len(letters) - 1))
