"""Programs equal the engine wherever they run: any index, any layout in memory, any beginning of the gradient."""

import copy
import gc
import linecache
import shutil
import sys
import threading
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_tiny as ad
from autograd_tiny import Program, ProgramError, Value, grad, nn, trace, value_and_grad
from autograd_tiny.errors import DomainError
from autograd_tiny.program.c import native
from autograd_tiny.program.c.compiler import COMPILERS
from tests.engine.dialects import ALL_DIALECTS, ARRAY_DIALECTS, JAVASCRIPT, run

NO_COMPILER = not any(map(shutil.which, COMPILERS))
C = pytest.param("c", marks=pytest.mark.skipif(NO_COMPILER, reason="no C compiler on this machine"))
RUNS = ["program", *ARRAY_DIALECTS, C, JAVASCRIPT]
# The same operations in another order of summing, and each library's own exp and tanh: some last digits.
CLOSE = {"rtol": 1e-9, "atol": 1e-11}


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    monkeypatch.setattr(native, "FLOATS", (("-O0", "-lm"),))  # the same text, compiled in a tenth of the time
    monkeypatch.setattr(native, "ARRAYS", (("-O0", "-lm"),))


def results(program: Program, dialect: str, *inputs: Any) -> tuple[Any, list[Any]]:
    """Value and gradients, however the program is run."""
    if dialect == "program":
        program.value_and_grad(*inputs)  # the second time, its memory holds other numbers
        return program.value_and_grad(*inputs)
    return program.native().value_and_grad(*inputs) if dialect == "c" else run(program, dialect, *inputs)


def agrees(f: Callable[..., Value], dialect: str, *inputs: Any) -> None:
    """The program of f in a dialect gives what the engine gives."""
    found, wanted = results(trace(f, *inputs), dialect, *inputs), value_and_grad(f)(*inputs)
    for one, other in zip([found[0], *found[1]], [wanted[0], *wanted[1]], strict=True):
        assert np.shape(one) == np.shape(other)
        assert np.allclose(one, other, **CLOSE)


def weighed(z: Value) -> Value:
    """A sum in which every number has another weight."""
    return ad.sum(z * np.cos(np.arange(z.size) + 0.5).reshape(z.shape)) if z.shape else z * 1.5


def second(f: Callable[..., Value]) -> Callable[..., Value]:
    """The gradients of f, weighed."""
    return lambda *xs: sum((weighed(g) for g in grad(f(*xs), list(xs), create_graph=True)), Value(0.0) * 1.0)


# Any index ------------------------------------------------------------------------------------------------------------

SHAPE = (3, 4, 2)


@st.composite
def indices(draw: st.DrawFn, plain: bool = False) -> Any:
    """An index of an array of SHAPE: arrays that broadcast and repeat, slices, …; masks and None, if not `plain`."""
    common = draw(st.sampled_from([(1,), (2,), (3,), (4,), (2, 1), (1, 3), (2, 3)]))
    first = draw(st.integers(0, len(SHAPE)))  # axes before the …
    last = draw(st.integers(not first, len(SHAPE) - first)) if first < len(SHAPE) else 0
    parts: list[Any] = []
    for k, size in enumerate(SHAPE[:first] + SHAPE[len(SHAPE) - last :]):
        parts += [...] if k == first else []
        parts += draw(one_part(size, common, plain))
    return tuple(parts)


@st.composite
def one_part(draw: st.DrawFn, size: int, common: tuple[int, ...], plain: bool) -> list[Any]:
    numbers = st.integers(-size, size - 1)
    forms = ["array", "array", "short", "single", "number", "slice", "turned", "all"]
    kind = draw(st.sampled_from(forms if plain else [*forms, "mask", "new axis"]))
    if kind in ("array", "short", "single"):
        shape = {"array": common, "short": common[-1:], "single": (1,) * len(common)}[kind]
        count = int(np.prod(shape))
        return [np.array(draw(st.lists(numbers, min_size=count, max_size=count))).reshape(shape)]
    if kind == "mask":
        return [np.array(draw(st.lists(st.booleans(), min_size=size, max_size=size)))]
    if kind == "number":
        return [draw(numbers)]
    if kind == "slice":
        first = draw(st.integers(0, size - 1))
        return [slice(first, draw(st.integers(first + 1, size)), draw(st.sampled_from([None, 2])))]
    return {"turned": [slice(None, None, -1)], "new axis": [None, slice(None)]}.get(kind, [slice(None)])


def possible(index: Any) -> bool:
    try:
        np.zeros(SHAPE)[index]
    except IndexError:  # arrays, or a mask's rows, that do not broadcast
        return False
    return True


def parts_of(chosen: list[Any]) -> Callable[[Value], Value]:
    return lambda x: sum((weighed(x[index] * x[index]) * (k + 1) for k, index in enumerate(chosen)), Value(0.0) * 1.0)


X = np.sin(np.arange(24.0)).reshape(SHAPE)


@pytest.mark.parametrize("order", [1, 2])
@settings(max_examples=60, deadline=None)
@given(index=indices().filter(possible))
def test_any_index(order: int, index: Any) -> None:
    f = parts_of([index]) if order == 1 else second(lambda x: parts_of([index])(x * x))
    for dialect in ("program", "numpy"):
        agrees(f, dialect, X)


@pytest.mark.share(2)
@pytest.mark.parametrize("dialect", RUNS[2:])
@settings(max_examples=12, deadline=None)  # JAX and compilers take their time to begin
@given(chosen=st.lists(indices(plain=True).filter(possible), min_size=1, max_size=6))
def test_any_index_in_other_dialects(dialect: str, chosen: list[Any]) -> None:
    allowed = []
    for index in chosen:
        try:
            trace(parts_of([index]), X).source(dialect)
        except ProgramError as refusal:
            assert dialect in str(refusal) and "as NumPy does" in str(refusal)
        else:
            allowed.append(index)
    if allowed:
        agrees(parts_of(allowed), dialect, X)


@settings(max_examples=40, deadline=None)
@given(index=indices().filter(possible), at=st.integers(0, 2), ids=st.lists(st.integers(-3, 2), min_size=3, max_size=3))
def test_an_index_of_which_a_part_is_an_input(index: Any, at: int, ids: list[int]) -> None:
    """Which elements are named twice is known only when the program runs."""
    table, numbers = Value(X, "table"), np.array(ids)

    def f(given: Any) -> Value:
        mixed = tuple(given if k == at and isinstance(part, np.ndarray) else part for k, part in enumerate(index))
        return weighed(table[mixed] * table[mixed]) + weighed(table[given] * 0.5)

    try:
        program = trace(f, np.array([0, 1, 2]))
    except (IndexError, ValueError):  # three numbers do not broadcast with the others
        return
    place = np.zeros(SHAPE)
    for delivered in (False, True):
        if delivered:
            program.deliver({table: place})
        for given_ids in (numbers, numbers[::-1].copy()):
            table.zero_grad()
            f(given_ids).backward()
            wanted = table.grad.copy()
            table.grad = None
            program.backward(given_ids)
            assert np.allclose(table.grad, wanted, **CLOSE)
            assert not delivered or table.grad is place


@pytest.mark.share(3)
@pytest.mark.parametrize("dialect", RUNS)
@pytest.mark.parametrize(
    "index",
    [
        np.array([-2, 0]), ([0, -3, 1],), (np.array([1]), np.array([0, 0, 3])), ([[0, 1]], [[2], [2]]),
        ([0, 1], [[0], [0], [1]]), (np.array([2]),), (0, np.array([1, 1])), (slice(1, None), np.array([3, -1])),
    ],
    ids=str,
)  # fmt: skip
def test_an_element_that_is_named_twice_receives_both(dialect: str, index: Any) -> None:
    agrees(lambda x: weighed(x[index]), dialect, np.arange(12.0).reshape(3, 4))


# Any beginning of the gradient, and numbers among arrays --------------------------------------------------------------

NUMBERS: dict[str, Callable[[Any], Any]] = {
    "a stack of floats": lambda x: weighed(ad.stack([ad.sin(x), ad.cos(x), ad.exp(x)])),
    "a stack of floats that are used again": lambda x: weighed(ad.stack([ad.sin(x), x, ad.sin(x)])) * ad.sin(x),
    "a stack of a float": lambda x: ad.stack([x])[0],
    "rows of a stack": lambda x: (
        ad.stack([ad.stack([x, ad.exp(x)]), ad.stack([ad.sin(x), x])])[1] @ np.array([0.3, 0.7])
    ),
    "a new axis": lambda x: weighed(x[None] * x),
    "two new axes": lambda x: x[None, ..., None].sum() * x,
    "no axis": lambda x: x[()] * x[...],
    "reshaped": lambda x: ad.reshape(x, (1, 1))[0, 0],
    "reshaped and back": lambda x: ad.reshape(ad.reshape(x * x, (1,)), ()) * -1.5,
    "broadcast": lambda x: ad.sum(ad.broadcast_to(x, (3,))),
    "broadcast and multiplied": lambda x: (ad.broadcast_to(x, (2,)) @ ad.broadcast_to(x, (2,))) * 1.0,
    "the product of an array with itself": lambda x: ad.broadcast_to(x, (2,)) @ ad.broadcast_to(x, (2,)),
    "side by side": lambda x: weighed(ad.concatenate([ad.reshape(x, (1,)), ad.reshape(x * x, (1,))])),
    "one of an array": lambda x: (x * np.array([1.0, 2.0]))[1],
    "the largest of one": lambda x: ad.max(ad.reshape(x, (1, 1))),
    "the mean of one": lambda x: ad.mean(ad.reshape(x, (1,))) + ad.sum(x) + ad.mean(x),
    "the last of a turned array": lambda x: ad.transpose(ad.stack([x, x * x])[None])[1, 0],
    "the sum of logarithms": lambda x: ad.logsumexp(ad.stack([x, x * 2])),
    "a constant": lambda x: ad.sum(ad.broadcast_to(1.0, (2,))) * x,
}


@pytest.mark.parametrize("dialect", RUNS[:3])
@pytest.mark.parametrize("name", NUMBERS)
def test_floats_among_arrays(name: str, dialect: str) -> None:
    agrees(NUMBERS[name], dialect, 0.6)


@pytest.mark.share(6)
@pytest.mark.parametrize("dialect", RUNS)
def test_all_floats_among_arrays(dialect: str) -> None:
    def f(x: Value) -> Value:
        return sum((f(x * x) * (k + 1) for k, f in enumerate(NUMBERS.values())), x)

    agrees(f, dialect, 0.6)
    agrees(lambda x: f(x[0]) * f(x[1]), dialect, np.array([0.6, -0.4]))
    agrees(second(f), dialect, 0.6)


# Any layout in memory -------------------------------------------------------------------------------------------------

M = np.sin(np.arange(12.0)).reshape(3, 4)
LAYOUTS: dict[str, Callable[[Any], Any]] = {
    "in rows": np.array,
    "in columns": np.asfortranarray,
    "transposed": lambda m: np.array(m.T).T,
    "turned round": lambda m: np.array(m[::-1, ::-1])[::-1, ::-1],
    "every second": lambda m: np.repeat(np.repeat(m, 2, 0), 2, 1)[::2, ::2],
    "broadcast rows": lambda m: np.broadcast_to(m[:1], m.shape),
    "broadcast columns": lambda m: np.broadcast_to(m[:, :1], m.shape),
    "moved axes": lambda m: np.moveaxis(np.array(np.moveaxis(m, -1, 0)), 0, -1),
}


def with_constants(layout: Callable[[Any], Any], turning: bool = True) -> Callable[[Value, Value], Value]:
    """Operations that meet constants: operands, targets, masks and indices, all laid out the same way."""
    constant, mask = layout(M), layout(M > 0.2)
    ids = layout(np.arange(12).reshape(3, 4) % 3)

    def f(x: Value, y: Value) -> Value:
        z = weighed(x * constant) + weighed(x @ constant.T) + weighed(constant.T @ y)
        z = z + weighed(ad.where(mask, x, y)) + weighed(ad.where(mask, constant, x)) + weighed(y[ids])
        z = z + weighed(ad.concatenate([x, constant]) * ad.stack([constant, y])[0, :1]) + ad.mean((y - constant) ** 2)
        z = z + weighed(np.moveaxis(x, 0, 1) @ y) + weighed(np.rollaxis(x, 1) @ y)
        z = z + weighed(np.rot90(x) * np.moveaxis(y, 0, 1)[::-1]) if turning else z
        return z + nn.cross_entropy(x, layout(np.abs(M))[:, ::2].argmax(1)) + weighed(ad.maximum(x, constant))

    return f


@pytest.mark.share(4)
@pytest.mark.parametrize("dialect", RUNS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_any_layout(layout: str, dialect: str) -> None:
    x, y = np.cos(M), np.exp(M)
    agrees(with_constants(LAYOUTS[layout], turning=dialect != "torch"), dialect, x, y)
    if dialect not in ("torch", "jax"):
        agrees(with_constants(np.array), dialect, LAYOUTS[layout](x), LAYOUTS[layout](y))


@pytest.mark.parametrize("dialect", RUNS)
def test_a_program_keeps_the_constants_that_it_met(dialect: str) -> None:
    constant, ids, mask = np.array([1.0, 2.0, 3.0]), np.array([0, 2]), np.array([True, False, True])
    program = trace(lambda x: ad.sum(x[ids]) + ad.sum(ad.where(mask, x, constant) * constant), constant)
    constant[:], ids[:], mask[:] = 9.0, 1, False
    x = np.array([0.5, 0.6, 0.7])
    value, (gradient,) = results(program, dialect, x)
    assert np.isclose(value, 1.2 + 0.5 + 4.0 + 2.1) and np.allclose(gradient, [2.0, 0.0, 4.0])


def test_equal_constants_are_one() -> None:
    def f(x: Value) -> Value:
        for _ in range(4):
            x = ad.tanh(x @ np.eye(3))
        return ad.sum(x)

    assert len(trace(f, np.ones(3)).code.constants) == 1


# Precision ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", ["program", C])
@pytest.mark.parametrize("dtypes", [("float32", "float32"), ("float32", "float64")], ids=str)
def test_gradients_have_the_precision_of_their_inputs(dialect: str, dtypes: tuple[str, str]) -> None:
    x, y = (np.cos(M).astype(dtype) for dtype in dtypes)
    weights = Value(np.sin(M).astype("float32"), "w")

    def f(x: Value, y: Value) -> Value:
        return weighed(ad.tanh(x * y) * weights)

    program = trace(f, x, y)
    program = program.native() if dialect == "c" else program
    value, gradients = program.value_and_grad(x, y)
    wanted, wanted_gradients = value_and_grad(f)(x, y)
    assert value == pytest.approx(wanted, rel=1e-5)  # float32 has 7 digits
    for one, other in zip(gradients, wanted_gradients, strict=True):
        assert one.dtype == other.dtype and np.allclose(one, other, rtol=1e-5)
    program.backward(x, y)
    assert weights.grad.dtype == np.float32


# clip -----------------------------------------------------------------------------------------------------------------

BOUNDS = [(-0.5, 1.0), (5.0, 1.0), (1.0, 1.0), (None, 1.0), (0.0, None), (np.array([0.0, 3.0]), 1.0)]
NUMBERS_TO_CLIP = (-3.0, -0.5, 0.0, 0.7, 1.0, 3.0, 7.0)


def clipped(x: Value) -> Value:
    """Clipped numbers times others, so that the slope of the slope is none of 0 and 1."""
    rows = [
        (ad.clip(x, low, high) * (k + 1.5), k) for k, (low, high) in enumerate(BOUNDS) if np.ndim(low) == 0 or x.shape
    ]
    return sum((weighed(z * z * x + x**3 * (k + 0.5)) for z, k in rows), Value(0.0) * 1.0)


@pytest.mark.share(3)
@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("dialect", ["program", *ALL_DIALECTS, C, JAVASCRIPT])
def test_clip(dialect: str, order: int) -> None:
    f = clipped if order == 1 else second(clipped)
    for x in NUMBERS_TO_CLIP:
        if dialect == "python":
            agrees(f, dialect, x)
        else:
            agrees(f, dialect, np.array([x, 0.25]))


# Threads, copies and edges --------------------------------------------------------------------------------------------

FUNCTIONS: dict[str, tuple[Callable[..., Value], Callable[[int], Any]]] = {
    "arrays": (lambda x: weighed(ad.tanh(x @ np.cos(M).T) * ad.sum(x)), lambda k: np.full(4, 0.1 * k)),
    "floats": (lambda x: sum((ad.tanh(x * k + 0.1) * x for k in range(150)), x), lambda k: 0.1 * k),
}


@pytest.mark.parametrize("dialect", ["program", C])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_threads_share_a_program(name: str, dialect: str) -> None:
    f, example = FUNCTIONS[name]
    program = trace(f, example(1))
    program = program.native() if dialect == "c" else program
    wanted = [repr(program.value_and_grad(example(k))) for k in range(4)]
    wrong: list[int] = []

    def calls(k: int) -> None:
        for _ in range(150):
            if repr(program.value_and_grad(example(k))) != wanted[k] or program(example(k)) != values[k]:
                wrong.append(k)

    values = [program(example(k)) for k in range(4)]
    threads = [threading.Thread(target=calls, args=(k,)) for k in range(4)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert not wrong


@pytest.mark.parametrize("dialect", ["program", C])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_copy_computes_in_memory_of_its_own(name: str, dialect: str) -> None:
    f, example = FUNCTIONS[name]
    program = trace(f, example(1))
    program = program.native() if dialect == "c" else program
    wanted = program.value_and_grad(example(2))
    other = copy.deepcopy(program)
    assert type(other) is type(program) and other.dialect == program.dialect
    assert repr(other.value_and_grad(example(2))) == repr(wanted) and other._whole is not program._whole


def test_the_text_of_a_program_goes_with_it() -> None:
    f, example = FUNCTIONS["arrays"]
    kept = len(linecache.cache)
    for _ in range(3):
        trace(f, example(1)).value_and_grad(example(1))
    gc.collect()
    assert len(linecache.cache) <= kept + 1  # other functions may be read meanwhile, for the first time


EDGES: dict[str, tuple[Callable[[Any], Any], Any, Any, str]] = {
    "√ at 0": (
        lambda x: ad.sum(ad.sqrt(x)),
        np.array([1.0, 2.0]),
        np.array([0.0, 1.0]),
        "sqrt: .* no finite derivative",
    ),
    "√ of a float at 0": (ad.sqrt, 1.0, 0.0, "sqrt: x = 0.0 .* no finite derivative"),
    "power": (lambda x: ad.sum(x**0.5), np.array([1.0, 2.0]), np.array([0.0, 1.0]), "pow: .* no finite derivative"),
    "overflow": (
        lambda x: ad.sum(1 / (1 + ad.exp(x))),
        np.array([1.0, 2.0]),
        np.array([1e3, 1.0]),
        "exp: .* too large",
    ),
    "a value": (lambda x: ad.sum(x * x), np.array([1.0, 2.0]), np.array([1e200, 1.0]), "mul: .* too large"),
}


@pytest.mark.parametrize("filters", ["error", "ignore"])
@pytest.mark.parametrize("dialect", ["program", C])
@pytest.mark.parametrize("name", EDGES)
def test_what_is_not_finite_gets_the_engines_words(name: str, dialect: str, filters: Any) -> None:
    """Whatever the process does with warnings, and whatever NumPy is told to do with flags."""
    f, example, edge, said = EDGES[name]
    program = trace(f, example)
    program = program.native() if dialect == "c" else program
    with warnings.catch_warnings(), np.errstate(all="ignore" if filters == "ignore" else "raise"):
        warnings.simplefilter(filters)
        with pytest.raises(DomainError, match=said):
            program.value_and_grad(edge)
        assert np.isfinite(program.value_and_grad(example)[0])


def test_captured_values_are_looked_at_too() -> None:
    w = Value([0.0, 1.0], "w")
    program = trace(lambda x: ad.sum(ad.sqrt(w) * x), np.ones(2))
    with pytest.raises(DomainError, match=r"sqrt: .*'w'.* no finite derivative"):
        program.backward(np.ones(2))


@pytest.mark.parametrize("dialect", RUNS)
@pytest.mark.parametrize("shape", [(3,), (2, 1)], ids=str)
@pytest.mark.parametrize("keepdims", [True, False])
@pytest.mark.parametrize("reduce", [ad.sum, ad.mean, ad.max, ad.logsumexp])
def test_a_reduction_over_no_axes_leaves_the_numbers_as_they_are(
    reduce: Any, keepdims: bool, shape: Any, dialect: str
) -> None:
    x = np.arange(1.0, 3.0 + (shape == (3,))).reshape(shape)

    def f(x: Value) -> Value:
        return ad.sum(ad.sin(reduce(x, axis=(), keepdims=keepdims)))

    value, (gradient,) = value_and_grad(f)(x)
    found = results(trace(f, x), dialect, x)
    assert np.allclose(found[0], value, **CLOSE) and np.allclose(found[1][0], gradient, **CLOSE)


@pytest.mark.parametrize(
    "shapes", [((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((5, 2, 3), (3, 4)), ((2, 0), (0, 3))], ids=str
)
def test_products_of_one_precision_beside_another(shapes: Any) -> None:
    x, y = (np.random.default_rng(k).normal(size=shape).astype(np.float32) for k, shape in enumerate(shapes))

    def f(x: Value) -> Value:
        return ad.sum(ad.tanh(x @ y) * np.full(1, 1.5))

    value, (gradient,) = value_and_grad(f)(x)
    found = results(trace(f, x), "program", x)
    assert np.isclose(found[0], value, rtol=1e-5)  # float32 has seven digits
    assert np.allclose(found[1][0], gradient, rtol=1e-4) and found[1][0].dtype == gradient.dtype == np.float32


@pytest.mark.parametrize("dialect", RUNS)
def test_conditions_that_are_known_beside_others(dialect: str) -> None:
    powers = np.array([1.26, 2.18, -0.43, 0.0])

    def f(x: Value) -> Value:  # the slope of a power asks whether base and exponent are 0
        return ad.sum(grad(ad.sum(ad.cos(x) ** powers), [x], create_graph=True)[0] * x)

    x = np.array([0.1, 0.53, -1.4, 0.2])
    value, (gradient,) = value_and_grad(f)(x)
    found = results(trace(f, x), dialect, x)
    assert np.allclose(found[0], value, **CLOSE) and np.allclose(found[1][0], gradient, **CLOSE)


@pytest.mark.parametrize("dialect", [*ALL_DIALECTS, JAVASCRIPT])
@pytest.mark.parametrize("g", [ad.exp, ad.sigmoid, ad.softplus, ad.relu, ad.leaky_relu, lambda v: ad.clip(v, 0, 1)])
def test_numbers_that_come_of_numbers_alone(g: Callable[[Value], Value], dialect: str) -> None:
    def f(x: Value) -> Value:
        return (g(ad.where(True, 2.19, x) - ad.where(True, 1.5, x)) + g(ad.where(True, 2.19, x))) * x

    value, (gradient,) = value_and_grad(f)(-0.5)
    found = results(trace(f, -0.5), dialect, -0.5)
    assert np.allclose(found[0], value, **CLOSE) and np.allclose(found[1][0], gradient, **CLOSE)


@pytest.mark.skipif(NO_COMPILER, reason="no C compiler on this machine")
def test_programs_of_one_text_take_turns() -> None:
    W = np.random.default_rng(0).normal(size=(60, 60))

    def f(x: Value) -> Value:
        return ad.sum(ad.tanh(ad.tanh(x @ W) @ W) ** 2)

    wrong: list[int] = []

    def compute(program: Program, k: int) -> None:
        x = np.full(60, 0.01 * (k + 1))
        value, (gradient,) = value_and_grad(f)(x)
        for _ in range(300):
            found = program.value_and_grad(x)
            if not (np.isclose(found[0], value) and np.allclose(found[1][0], gradient)):
                wrong.append(k)

    programs = [trace(f, np.ones(60)).native() for _ in range(2)]
    threads = [threading.Thread(target=compute, args=(program, k)) for k, program in enumerate(programs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
