"""Arrays in C: the same numbers as NumPy's, from loops written out."""

import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import autograd_tiny as ad
from autograd_tiny import Program, ProgramError, Value, nn, trace
from autograd_tiny.program.c import native
from autograd_tiny.program.c.compiler import COMPILERS
from autograd_tiny.testing import Function
from tests.engine.samples import ELEMENTWISE, MATRICES, STRUCTURAL
from tests.engine.test_program import CHOICES, CHOSEN, array_functions, elementwise, points, powers, structural

compiler = pytest.mark.skipif(not any(map(shutil.which, COMPILERS)), reason="no C compiler on this machine")
NEW_AXIS = "new axis"


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder


def agree(program: Program, *inputs: Any) -> None:
    """Sums are taken in another order there, and exp and tanh are those of another library: a few last digits."""
    value, gradients = program.native().value_and_grad(*inputs)
    wanted, wanted_gradients = program.value_and_grad(*inputs)
    for found, expected in zip([value, *gradients], [wanted, *wanted_gradients], strict=True):
        assert np.shape(found) == np.shape(expected)
        assert np.allclose(found, expected, rtol=1e-10, atol=1e-12 * (1 + np.max(np.abs(expected), initial=0)))


def together(parts: list[tuple[Any, list[Any]]]) -> tuple[Any, list[Any]]:
    """Many functions as one, because the compiler takes its time to begin."""

    def total(*inputs: Value) -> Value:
        found, rest = Value(0.0), list(inputs)
        for f, own in parts:
            found, rest = found + f(*rest[: len(own)]), rest[len(own) :]
        return found

    return total, [x for _, own in parts for x in own]


@compiler
@pytest.mark.parametrize(
    ("order", "share"), [(1, 6), *(pytest.param(*each, marks=pytest.mark.slow) for each in ((1, 1), (2, 4)))]
)
def test_every_structure(order: int, share: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "ARRAYS", (("-O0", "-lm"),))  # the same loops, compiled in a tenth of the time
    parts, chosen = [], STRUCTURAL[::share]
    for application in chosen:
        f, inputs = structural(application, order), [np.abs(x) + 0.1 for x in application.inputs()]
        try:
            trace(f, *inputs).source("c")
        except ProgramError as refusal:
            assert NEW_AXIS in str(refusal) or "'c' has no " in str(refusal)
        else:
            parts.append((f, inputs))
    assert len(parts) >= len([a for a in chosen if a.name not in MATRICES]) - 1
    f, inputs = together(parts)
    agree(trace(f, *inputs), *inputs)


@compiler
def test_every_line_of_the_table() -> None:
    parts = [(elementwise(name, 1), [np.array(x) for x in zip(*points(name), strict=True)]) for name in ELEMENTWISE]
    f, inputs = together([*parts, (powers, [np.array([0.5, 1.0, 2.5])])])
    agree(trace(f, *inputs), *inputs)


@compiler
def test_what_whole_numbers_choose(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "ARRAYS", (("-O0", "-lm"),))

    def total(x: Value, i: Any) -> Value:
        return sum((f(x, i) for f in CHOSEN.values()), Value(0.0))

    agree(trace(total, *CHOICES), *CHOICES)


@compiler
@given(f=array_functions(8))
@settings(max_examples=8, deadline=None)  # each example runs the compiler
def test_random_array_expressions(f: Function) -> None:
    def total(*inputs: Value) -> Value:
        return ad.sum(f(*inputs)) + 0.0 * sum((x.sum() for x in inputs), Value(0.0))

    program = trace(total, *f.point)
    try:
        program.source("c")
    except ProgramError as refusal:  # by name: an index that C does not take
        assert re.search("'c' (takes no|does not|has no) ", str(refusal))
        return
    if not (program.code.guards or program.code.scalar):
        agree(program, *f.point)


@compiler
def test_a_network_through_time_with_rows_of_a_table() -> None:
    cell, embedding, readout = nn.LSTMCell(5, 8), nn.Embedding(11, 5), nn.Linear(8, 11)

    def loss(x: Any, y: Any, h: Value, c: Value) -> Value:
        outputs, _ = nn.unroll(cell, embedding(x), (h, c))
        return nn.cross_entropy(readout(outputs), y)

    numbers = np.random.default_rng(0)
    x, y = numbers.integers(0, 11, (2, 7))
    start = [numbers.normal(size=8) for _ in range(2)]
    program = trace(loss, x, y, *start)
    agree(program, x, y, *start)
    again = [numbers.normal(size=8) for _ in range(2)]
    agree(program, y, x, *again)
    for run in (program, program.native()):
        for leaf in program.captured:
            leaf.zero_grad()
        run.backward(x, y, *start)
        gradients = [leaf.grad for leaf in program.captured]
        if run is program:
            wanted = [np.copy(g) for g in gradients]
    assert all(np.allclose(g, w, rtol=1e-10, atol=1e-14) for g, w in zip(gradients, wanted, strict=True))


@compiler
def test_gradients_are_delivered_where_they_are_wanted() -> None:
    w = Value([[1.0, 2.0], [3.0, 4.0]], "w")
    place, compiled = np.zeros((2, 2)), trace(lambda x: (w @ x).sum(), [5.0, 6.0]).native()
    compiled.deliver({w: place})
    compiled.backward([5.0, 6.0])
    assert place.tolist() == [[5.0, 6.0], [5.0, 6.0]] and w.grad is place


@compiler
def test_an_index_outside_its_axis_is_refused() -> None:
    table = Value(np.arange(8.0).reshape(4, 2))
    compiled = trace(lambda ids: (table[ids] ** 2).sum(), np.array([0, 3])).native()
    assert compiled(np.array([-1, 0])) == 36.0 + 49.0 + 0.0 + 1.0
    for wrong in (4, -5):
        with pytest.raises(IndexError, match="outside the axis"):
            compiled(np.array([0, wrong]))
    assert compiled(np.array([1, 1])) == 2 * (4.0 + 9.0)


def test_the_source_reads_like_loops() -> None:
    text = trace(lambda x: ad.sum(ad.tanh(x) * x, 0).sum(), np.ones((3, 4))).source("c")
    assert "for (int i = 0; i < 3; i++) {" in text and "v1[4 * i + j] = tanh(x[4 * i + j]);" in text


def test_loops_have_counters_that_no_array_is_called() -> None:
    text = trace(lambda i, j: (i * j).sum(), np.ones(3), np.ones(3)).source("c")
    assert "for (int k = 0; k < 3; k++) {" in text and "i[k] * j[k]" in text


def test_what_c_does_not_write_is_refused() -> None:
    with pytest.raises(ProgramError, match="masks"):
        trace(lambda x: x[np.array([True, False, True])].sum(), np.ones(3)).source("c")
    compiled = trace(lambda x: (x * x).sum(), np.ones(3)).source("c")
    assert "program(" in compiled


@compiler
def test_products_of_every_size() -> None:
    """Tiles of the product's rows and columns, what is left of them, and more terms than are taken at a time."""
    parts: list[tuple[Any, list[Any]]] = []
    numbers = np.random.default_rng(0)
    sizes = [(1, 7, 300), (3, 1, 2), (4, 8, 9), (8, 24, 5), (9, 25, 257), (13, 50, 1), (2, 9, 600), (17, 31, 0)]
    for k, (n, m, terms) in enumerate(sizes):
        left, right = k % 2, k // 2 % 2  # which of the two is read across
        x = numbers.normal(size=(terms, n) if left else (n, terms))
        y = numbers.normal(size=(m, terms) if right else (terms, m))
        weights = numbers.normal(size=(n, m))

        def product(x: Value, y: Value, left: int = left, right: int = right, weights: Any = weights) -> Value:
            z = (x.T if left else x) @ (y.T if right else y)
            return ad.sum(z * z * weights)

        parts.append((product, [x, y]))
    stack = [numbers.normal(size=shape) for shape in ((3, 5, 4), (4, 30))]
    parts.append((lambda x, y: ad.sum((x @ y) ** 3), stack))
    parts.append((lambda x, y: ad.sum((x[:, ::2] @ y) ** 3), stack))  # whose rows do not lie at equal distances
    for n, terms in [(1, 1), (3, 9), (4, 16), (7, 33), (41, 5), (100, 90)]:  # times a vector, from either side
        x, u, v = (numbers.normal(size=shape) for shape in ((n, terms), n, terms))
        parts.append((lambda x, u, v: ad.sum((x @ v) ** 3) + ad.sum((u @ x) ** 3) + u @ x[:, ::-1] @ v, [x, u, v]))
    f, inputs = together(parts)
    agree(trace(f, *inputs), *inputs)


@compiler
@pytest.mark.skipif(np.finfo(np.longdouble).nmant < 60, reason="there are no more digits to compare with")
def test_exponentials_are_right_to_two_units_in_the_last_place() -> None:
    numbers = np.random.default_rng(0).random((40, 1085))
    x = np.ldexp(1 + numbers, np.arange(-1074, 11)).ravel()  # every exponent
    x = np.concatenate([x, -x, np.linspace(-745, 709, 30_000), [0.0, -0.0]])
    exp = trace(lambda x: (ad.sum(x) * 0.0, ad.exp(ad.minimum(x, 709.7))), x).native()
    others = trace(lambda x: (ad.sum(x) * 0.0, ad.tanh(x), ad.sigmoid(x)), x).native()
    wide = x.astype(np.longdouble)
    small = np.exp(-np.abs(wide))
    exact = [np.exp(np.minimum(wide, 709.7)), np.tanh(wide), np.where(wide >= 0, 1, small) / (1 + small)]
    # σ is a quotient of two rounded numbers, which alone may be off by two.
    for found, wanted, most in zip((*exp(x)[1:], *others(x)[1:]), exact, (2, 2, 2.5), strict=True):
        assert np.max(np.abs(found - wanted) / np.spacing(np.abs(wanted.astype(float)))) <= most


@compiler
def test_infinities_and_nan_of_exponentials() -> None:
    compiled = trace(lambda x: (ad.sum(x[:1]), ad.exp(x)), np.zeros(9)).native()
    assert compiled.runner is not None
    x = np.array([1.0, np.inf, -np.inf, np.nan, 709.7, 710.0, -746.0, 1e300, -1e300])
    _, found = compiled.runner(x)[0]
    assert np.array_equal(np.isnan(found), np.isnan(x)) and np.array_equal(np.isinf(found), (x > 709.8) & ~np.isnan(x))
    assert found[2] == found[6] == found[8] == 0.0


@compiler
def test_infinities_and_nan_of_tangents_and_sums() -> None:
    compiled = trace(lambda x: (ad.sum(x[:1]), ad.tanh(x), ad.logsumexp(x, 0)), np.zeros(9)).native()
    assert compiled.runner is not None
    x = np.array([1.0, np.inf, -np.inf, np.nan, 22.0, -1e300, 5e-324, 0.0, -0.0])
    _, tangents, total = compiled.runner(x)[0]
    assert np.array_equal(tangents, np.tanh(x), equal_nan=True) and np.signbit(tangents[-2:]).tolist() == [False, True]
    assert np.isnan(total)  # whichever place NaN has
    for k in range(9):
        assert np.isnan(compiled.runner(np.where(np.arange(9) == k, np.nan, 1.0))[0][2])


def test_a_gradient_in_another_form_is_written_in_that_form() -> None:
    """A transpose, another shape: nothing is copied in the end."""
    W, b = Value(np.ones((3, 4)), "W"), Value(np.ones((3, 1)), "b")

    def f(ids: Any, x: Value) -> Value:
        return ad.sum((W.T[ids] * b.reshape(-1) + x @ W.T) ** 2)

    ids, x = np.array([0, 2, 0]), np.ones((3, 4))
    text = trace(f, ids, x).source("c")
    program = text[text.index("int program(") :]
    assert "for (" not in program[: program.index("return")] and not re.search(r"results\[[1-9]\]\[", program)


def test_what_passes_through_a_loop_is_no_array() -> None:
    text = trace(lambda x: ad.sum(ad.tanh(x * x + 1) ** 2), np.ones((3, 400))).source("c")
    assert "double v" in text and text.count("static double v") < text.count("double v")


def test_rows_that_are_named_are_looked_up_once() -> None:
    table = Value(np.ones((7, 40)))
    text = trace(lambda ids: ad.sum(ad.tanh(table[ids])), np.array([1, 2])).source("c")
    assert "const long place_1 = at(ids[i], 7);" in text
    assert not [line for line in text.splitlines() if "+= " in line and "at(" in line]
