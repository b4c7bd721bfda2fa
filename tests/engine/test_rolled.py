"""Programs with loops: what a recording repeats, at any length, in every dialect that has loops over arrays."""

import re
import shutil
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from autograd_tiny import Value, exp, log, nn, tanh, trace
from autograd_tiny.program import Program, ProgramError
from autograd_tiny.program.c.compiler import COMPILERS
from autograd_tiny.program.rolled.fitting import Frame, Unrollable, fitted
from autograd_tiny.program.rolled.repetition import Run, runs
from autograd_tiny.program.rolled.running import Loops
from tests.engine.dialects import ARRAY_DIALECTS, JAVASCRIPT, defined, evaluated_in_javascript, given, needs

LENGTHS = (1, 2, 3, 7, 20)
needs_compiler = pytest.mark.skipif(not any(map(shutil.which, COMPILERS)), reason="no C compiler on this machine")
Case = tuple[Callable[..., Any], Callable[[int], tuple[Any, ...]]]


def numbers(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape)).standard_normal(shape)


def ids(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape)).integers(0, 7, shape)


def char_rnn(kind: type[nn.Cell], batch: tuple[int, ...] = ()) -> Case:
    cell, out = kind(7, 5, seed=1), nn.Linear(5, 7, seed=2)

    def loss(text: Any, following: Any) -> Value:
        states, _ = nn.unroll(cell, nn.one_hot(text, 7))
        return nn.cross_entropy(out(states), following, reduction="sum")

    return loss, lambda T: (ids(T, *batch), np.roll(ids(T, *batch), 1, 0))


def unrolled(cell: nn.Cell, *batch: int) -> Case:
    return lambda xs: (nn.unroll(cell, xs)[0] ** 2).mean(), lambda T: (numbers(T, *batch, cell.input_size),)


def scalars() -> Case:
    U, W, V = Value(0.5, "U"), Value(-0.3, "W"), Value(1.1, "V")

    def loss(xs: Value) -> Value:
        s, total = Value(0.0, "s0"), Value(0.0)
        for x in xs:
            s = (U * x + W * s).sigmoid()
            total = total + (V * s).sigmoid()
        return total

    return loss, lambda T: (numbers(T),)


def lecture() -> Case:
    shapes = {"Wxh": (5, 4), "Whh": (5, 5), "Why": (4, 5), "bh": (5, 1), "by": (4, 1)}
    Wxh, Whh, Why, bh, by = (Value(numbers(*shape) * 0.3, name) for name, shape in shapes.items())

    def loss(xs: Value, targets: Any) -> Value:
        h, total = Value(np.zeros((5, 1)), "h"), Value(0.0)
        for t in range(len(xs)):
            h = tanh(Wxh @ xs[t] + Whh @ h + bh)
            y = Why @ h + by
            total = total - log(exp(y) / exp(y).sum())[targets[t], 0]
        return total

    return loss, lambda T: (numbers(T, 4, 1), ids(T) % 4)


def both_ways() -> Case:
    layer = nn.Bidirectional(nn.RNNCell(4, 5, seed=1), nn.GRUCell(4, 5, seed=2))
    return lambda xs: (layer(xs)[0] ** 2).sum(), lambda T: (numbers(T, 3, 4),)


def translation() -> Case:
    reader, writer = nn.LSTMCell(4, 5, seed=1), nn.LSTMCell(4, 5, seed=2)

    def loss(xs: Value, ys: Value) -> Value:
        outputs, _ = nn.unroll(writer, ys, nn.unroll(reader, xs)[1])
        return (outputs * outputs).sum()

    return loss, lambda T: (numbers(T, 3, 4), numbers(T, 3, 4))


def step_by_step() -> Case:
    cell, out = nn.LSTMCell(4, 5, seed=1), nn.Linear(5, 2)

    def loss(xs: Value) -> Value:
        outputs, _ = nn.unroll(cell, list(xs))
        total = Value(0.0)
        for h in outputs:
            total = total + (out(h) ** 2).sum()
        return total

    return loss, lambda T: (numbers(T, 3, 4),)


def following() -> Case:
    cell, out = nn.RNNCell(7, 5, seed=1), nn.Linear(5, 7, seed=2)

    def loss(text: Any) -> Value:
        states, _ = nn.unroll(cell, nn.one_hot(text[:-1], 7))
        return nn.cross_entropy(out(states), text[1:])

    return loss, lambda T: (ids(T + 1),)


def attentive() -> Case:
    reader, writer, attention = nn.RNNCell(4, 5, seed=1), nn.RNNCell(5, 5, seed=2), nn.Attention(5, 5)

    def loss(xs: Value, ys: Value) -> Value:
        states, h = nn.unroll(reader, xs)
        total = Value(0.0)
        for y in ys:
            h = writer(attention(h, states)[0], h)
            total = total + ((h - y) ** 2).sum()
        return total

    return loss, lambda T: (numbers(T, 2, 4), numbers(T, 2, 5))


def final() -> Case:
    cell = nn.GRUCell(4, 5, seed=1)
    return lambda xs: (nn.unroll(cell, xs)[1] ** 2).sum(), lambda T: (numbers(T, 3, 4),)


def logistic_map() -> Case:
    a = Value(0.9, "a")

    def loss(xs: Value) -> Value:
        s = Value(0.5, "s0")
        for x in xs:
            s = a * s * (1 - s) + x * 0.01
        return s

    return loss, lambda T: (numbers(T),)


def gated() -> Case:
    """Single numbers throughout: a gated cell, what it should say, and a way that depends on no step."""
    w, f, i, c0 = Value(0.7, "w"), Value(0.4, "f"), Value(-0.6, "i"), Value(0.2, "c0")

    def loss(xs: Value, ys: Value, h: Value) -> Value:
        c, total = c0, Value(0.0)
        for x, y in zip(xs, ys, strict=True):
            gate = (f * h + w * x).sigmoid()
            c = gate * c + (1 - gate) * tanh(i * x)
            h = gate * tanh(c)
            total = total + (h - y) ** 2
        return total + w * w

    return loss, lambda T: (numbers(T), numbers(T), 0.3)


stacked = nn.StackedCells([nn.LSTMCell(4, 5, seed=1), nn.LSTMCell(5, 5, seed=2)])
alike = nn.StackedCells([nn.RNNCell(5, 5, seed=1), nn.RNNCell(5, 5, seed=2)])
CASES: dict[str, Case] = {
    "char-RNN": char_rnn(nn.RNNCell),
    "char-LSTM of a batch": char_rnn(nn.LSTMCell, (3,)),
    "GRU": unrolled(nn.GRUCell(4, 5, seed=1), 3),
    "peepholes": unrolled(nn.LSTMCell(4, 5, seed=1, peephole=True, learn_initial_state=True), 3),
    "MUT2": unrolled(nn.MUT2Cell(4, 4, seed=1)),
    "multiplicative": unrolled(nn.MultiplicativeRNNCell(4, 5, seed=1)),
    "stacked": unrolled(stacked, 3),
    "stacked alike": unrolled(alike, 3),
    "scalars": scalars(),
    "the lecture's loop": lecture(),
    "both ways": both_ways(),
    "translation": translation(),
    "step by step": step_by_step(),
    "what follows": following(),
    "attentive": attentive(),
    "the last state": final(),
    "logistic map": logistic_map(),
    "gated numbers": gated(),
}
SINGLE_NUMBERS = ("scalars", "logistic map", "gated numbers")


def agree(ours: Any, exact: Any) -> None:
    np.testing.assert_allclose(ours, exact, rtol=1e-9, atol=1e-12)  # sums in another order: some last digits


def exactly(case: Case, length: int) -> tuple[float, list[Any], list[Any]]:
    """The value, the gradients by the inputs and by what was captured, from the recorded graph."""
    f, inputs = case
    operands = [x if x.dtype.kind == "i" else Value(x) for x in map(np.asarray, inputs(length))]
    program = trace(f, *inputs(length))
    for leaf in program.captured:
        leaf.zero_grad()
    z = f(*operands)
    z.backward()
    return z.data, [x.grad for x in operands if isinstance(x, Value)], [leaf.grad for leaf in program.captured]


@pytest.mark.parametrize("name", CASES)
def test_one_program_runs_at_every_length(name: str) -> None:
    f, inputs = CASES[name]
    program = trace(f, *inputs(5))
    for length in LENGTHS:
        value, gradients, of_captured = exactly(CASES[name], length)
        z, found = program.value_and_grad(*inputs(length))
        agree(z, value)
        for ours, exact in zip(found, gradients, strict=True):
            agree(ours, exact)
        for leaf in program.captured:
            leaf.zero_grad()
        agree(program.backward(*inputs(length)), value)
        for leaf, exact in zip(program.captured, of_captured, strict=True):
            agree(leaf.grad, exact)
        agree(program(*inputs(length)), value)


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("dialect", ["python", *ARRAY_DIALECTS, JAVASCRIPT])
def test_the_printed_loops_run_at_every_length(name: str, dialect: str) -> None:
    f, inputs = CASES[name]
    program = trace(f, *inputs(5))
    assert isinstance(program.loops, Loops)
    if dialect == "python" and name not in SINGLE_NUMBERS:
        with pytest.raises(ProgramError, match="computes with single floats"):
            program.source(dialect, rolled=True)
        return
    source, taken = program.source(dialect, rolled=True), program.loops.code.taken
    printed = partial(evaluated_in_javascript, source) if dialect == "javascript" else defined(source)
    for length in (1, 4):
        value, gradients, of_captured = exactly(CASES[name], length)
        z, found = printed(*[given(x, dialect) for x in [*inputs(length), *[leaf.data for leaf in taken]]])
        agree(np.asarray(z), value)
        exact = dict(zip(map(id, program.captured), of_captured, strict=True))
        for ours, wanted in zip(found, [*gradients, *[exact[id(leaf)] for leaf in taken]], strict=True):
            agree(np.asarray(ours), wanted)


@needs("jax")
@pytest.mark.parametrize("name", CASES)
def test_the_printed_loops_run_on_the_parts_of_a_shard_map(name: str) -> None:
    import jax

    f, inputs = CASES[name]
    program = trace(f, *inputs(5))
    assert isinstance(program.loops, Loops)
    printed, spec = defined(program.source("jax", rolled=True)), jax.sharding.PartitionSpec
    mesh = jax.sharding.Mesh(np.array(jax.devices()[:1]), ("part",))

    def part(xs: list[Any], weights: list[Any]) -> Any:
        return jax.tree.map(lambda number: jax.numpy.asarray(number)[None], printed(*[x[0] for x in xs], *weights))

    sharded = jax.shard_map(part, mesh=mesh, in_specs=(spec("part"), spec()), out_specs=spec("part"))
    xs, weights = [np.asarray(x)[None] for x in inputs(4)], [leaf.data for leaf in program.loops.code.taken]
    value, gradients = jax.eval_shape(sharded, xs, weights)
    assert value.shape == (1,) and len(gradients) == sum(x.dtype.kind == "f" for x in xs) + len(weights)


@needs("torch")
@pytest.mark.parametrize("name", [name for name in CASES if name != "the lecture's loop"])  # its text[t] is a number
def test_the_printed_loops_run_on_the_default_device(name: str) -> None:
    import torch

    f, inputs = CASES[name]
    program = trace(f, *inputs(5))
    assert isinstance(program.loops, Loops)
    with torch.device("meta"):  # which every machine has: tensors without numbers
        printed = defined(program.source("torch", rolled=True))
        value, gradients = printed(*[given(x, "torch") for x in [*inputs(4), *[x.data for x in program.captured]]])
    assert {result.device.type for result in (value, *gradients)} == {"meta"}


@pytest.mark.slow
@needs_compiler
@pytest.mark.parametrize("name", CASES)
def test_compiled_loops_agree(name: str) -> None:
    f, inputs = CASES[name]
    program = trace(f, *inputs(5))
    native = program.native()
    for length in (5, 1, 9):
        z, found = native.value_and_grad(*inputs(length))
        exact, gradients = program.value_and_grad(*inputs(length))
        agree(z, exact)
        for ours, wanted in zip(found, gradients, strict=True):
            agree(ours, wanted)


@needs_compiler
def test_a_long_program_is_compiled_in_loops() -> None:
    f, inputs = CASES["char-LSTM of a batch"]
    program = trace(f, *inputs(120))
    text = program.source("c")
    assert "for (long t = 0; t < 120; t++) {" in text and len(text.splitlines()) < 500
    agree(program.native().value_and_grad(*inputs(120))[0], program.value_and_grad(*inputs(120))[0])
    assert "_lines" not in vars(program.traced)


@pytest.mark.parametrize("length", [15, 16, 17])
def test_a_state_may_be_as_long_as_the_sequence(length: int) -> None:
    cell = nn.LSTMCell(3, 16)
    start = (numbers(16), numbers(16) / 2)
    program = trace(lambda xs, h, c: (nn.unroll(cell, xs, (h, c))[0] ** 2).sum(), numbers(length, 3), *start)
    assert not isinstance(program.loops, str), program.loops
    for other in (length, 16, 4):
        xs = [Value(x) for x in (numbers(other, 3), *start)]
        z = (nn.unroll(cell, xs[0], (xs[1], xs[2]))[0] ** 2).sum()
        z.backward()
        found, gradients = program.value_and_grad(*[x.data for x in xs])
        for ours, exact in zip((found, *gradients), (z.data, *[x.grad for x in xs]), strict=True):
            agree(ours, exact)


@needs_compiler
def test_more_than_a_page_is_loops_in_c() -> None:
    f, inputs = CASES["char-LSTM of a batch"]
    program = trace(f, *inputs(9))
    assert "for (long t = 0; t < 9; t++) {" in program.source("c")
    assert program.source("c", rolled=True) == program.source("c") != program.source("c", rolled=False)
    with pytest.raises(ProgramError, match="there is no loop in it"):
        trace(lambda x: x.sum(), np.ones(3)).source("c", rolled=True)


@pytest.mark.parametrize("way", ["NumPy", pytest.param("C", marks=needs_compiler)])
def test_gradients_are_delivered_from_loops(way: str) -> None:
    cell = nn.LSTMCell(3, 4)
    xs, leaves = numbers(120, 3), cell.parameters()
    plain = trace(lambda xs: (nn.unroll(cell, xs)[0] ** 2).sum(), xs)
    program = plain.native() if way == "C" else plain
    plain.backward(xs)
    wanted = {name: np.copy(p.grad) for name, p in leaves.items()}
    places = {p: np.zeros(p.shape) for p in leaves.values()}
    program.deliver(places)
    for _ in range(2):
        for p in leaves.values():
            p.grad = None
        program.backward(xs)
        for name, p in leaves.items():
            agree(p.grad, wanted[name])
            assert p.grad is places[p] or way == "NumPy"
    assert "_lines" not in vars(plain.traced)


@pytest.mark.parametrize("length", [3, 25, 300])
def test_the_char_rnn_is_a_page_at_any_length(length: int) -> None:
    f, inputs = CASES["char-RNN"]
    text = trace(f, *inputs(length)).source("numpy", rolled=True)
    assert len(text.splitlines()) <= 60
    assert "for t in range(T):" in text
    assert "for t in reversed(range(T)):" in text
    assert "h[t + 1] = tanh(" in text


def test_a_page_of_straight_lines_stays_straight() -> None:
    f, inputs = CASES["scalars"]
    assert "for t" not in trace(f, *inputs(2)).source("numpy")
    assert "for t in range(T)" in trace(f, *inputs(30)).source("numpy")
    assert "for t" not in trace(f, *inputs(30)).source("numpy", rolled=False)


def test_what_is_long_is_never_written_straight() -> None:
    f, inputs = CASES["char-LSTM of a batch"]
    program = trace(f, *inputs(120))
    value, _, _ = exactly(CASES["char-LSTM of a batch"], 120)
    agree(program.value_and_grad(*inputs(120))[0], value)
    assert "in loops" in repr(program)
    assert "_lines" not in vars(program.traced)


def test_it_explains_its_loops() -> None:
    f, inputs = CASES["char-RNN"]
    text = trace(f, *inputs(5)).explain()
    assert "loops: 2, over T = len(text) steps" in text
    assert "carrying h" in text
    assert re.search(r"kept of all steps: .*h \(T, 5\)", text)


def program_of(f: Callable[..., Any], *inputs: Any) -> Program:
    return trace(f, *inputs)


def test_what_does_not_repeat_stays_straight() -> None:
    program = program_of(lambda x: (x * x).sum(), numbers(4))
    with pytest.raises(ProgramError, match="there is no loop in it: nothing is repeated"):
        program.source("numpy", rolled=True)
    with pytest.raises(ValueError, match="trace again for another shape"):
        program.value_and_grad(numbers(5))


def test_a_function_that_changes_with_the_length_is_no_loop() -> None:
    W = Value(0.5, "W")

    def f(xs: Value) -> Value:
        s = Value(0.0)
        for x in xs:
            s = tanh(W * s + x)
        return s * 2 if len(xs) > 10 else s

    program = program_of(f, numbers(12))
    assert "at the traced length the function does something else" in str(program.loops)
    with pytest.raises(ValueError, match="trace again"):
        program.value_and_grad(numbers(13))


def test_a_branch_on_a_number_is_no_loop() -> None:
    def f(xs: Value) -> Value:
        s = Value(0.0)
        for x in xs:
            s = s + (x if x > 0 else -x)
        return s

    assert "its way depends on numbers" in str(program_of(f, np.ones(5)).loops)


def test_shapes_that_do_not_go_together_are_refused() -> None:
    f, inputs = CASES["translation"]
    program = program_of(f, *inputs(5))
    with pytest.raises(ValueError, match=r"program: ys has shape"):
        program.value_and_grad(inputs(5)[0], inputs(4)[1])


def test_repetitions_are_found() -> None:
    assert runs("xabababy") == [Run(1, 2, 3)]
    assert runs("aaaabcbcbc") == [Run(0, 1, 4), Run(4, 2, 3)]
    assert runs("abc") == []


def test_numbers_that_go_with_step_and_length_are_found() -> None:
    frames = [Frame(4, 1), Frame(4, 2), Frame(5, 1), Frame(5, 2)]
    texts = {f: f"x[{f.length - f.step}], {2 * f.length} * y, v1" for f in frames}
    assert fitted(texts) == "x[T - t], (2 * T) * y, v1"
    with pytest.raises(Unrollable):
        fitted({f: f"x[{f.length * f.length}]" for f in [*frames, Frame(7, 1)]})
    with pytest.raises(Unrollable):
        fitted({Frame(4, 1): "x", Frame(5, 1): "y"})
