"""Programs with loops: what a recording repeats, at any length, in every dialect that has loops over arrays."""

import ast
import copy
import re
import shutil
import tracemalloc
from collections.abc import Callable
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import pytest

from autograd_tiny import Value, nn, stack, tanh, trace
from autograd_tiny.program import Program, ProgramError
from autograd_tiny.program.c.compiler import COMPILERS
from autograd_tiny.program.dialects import DIALECTS
from autograd_tiny.program.rolled.fitting import Frame, Unrollable, fitted, number, worked_out
from autograd_tiny.program.rolled.pages.floats import Floats
from autograd_tiny.program.rolled.pages.source import PAGES, WINDOWS
from autograd_tiny.program.rolled.reading import Run, runs
from autograd_tiny.program.rolled.running import Loops
from tests.engine.dialects import ARRAY_DIALECTS, JAVASCRIPT, defined, evaluated_in_javascript, given, needs
from tests.engine.rolled_cases import CASES, SINGLE_NUMBERS, agree, agree_everywhere, exactly, ids, numbers

LENGTHS = (1, 2, 3, 7, 20)
needs_compiler = pytest.mark.skipif(not any(map(shutil.which, COMPILERS)), reason="no C compiler on this machine")


@pytest.mark.share(3)
@pytest.mark.parametrize("name", CASES)
def test_one_program_runs_at_every_length(name: str) -> None:
    f, inputs = CASES[name]
    program = trace(f, *inputs(5))
    for length in LENGTHS:
        agree_everywhere(program, CASES[name], length)


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


@pytest.mark.share(6)
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


@pytest.mark.share(6)
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


PARTITIONS = sorted({tuple(map(sizes.index, sizes)) for sizes in product(range(4), repeat=4)})


@pytest.mark.parametrize("equal", PARTITIONS, ids=str)
def test_equal_sizes_are_no_equal_lengths(equal: tuple[int, ...]) -> None:
    """Steps, units, symbols and samples may be as many as each other, and everything an input."""
    T, H, V, B = [(4, 5, 3, 6)[k] for k in equal]

    def loss(xs: Value, h: Value, U: Value, W: Value, b: Value, targets: Any, out: Value) -> Value:
        states = []
        for t in range(len(xs)):
            h = tanh(xs[t] @ U + h @ W + b)
            states.append(h)
        return nn.cross_entropy(stack(states) @ out, targets)

    def inputs(T: int) -> tuple[Any, ...]:
        weights = [numbers(*shape) for shape in ((V, H), (H, H), (H,))]
        return numbers(T, B, V), numbers(B, H), *weights, ids(T, B) % V, numbers(H, V)

    program = trace(loss, *inputs(T))
    for length in (T, 1, 9):
        agree_everywhere(program, (loss, inputs), length)


def test_no_choice_of_inputs_is_tried_twice() -> None:
    tried: list[tuple[int, int]] = []

    def f(x: Value, y: Value, h: Value) -> Any:
        tried.append((len(x), len(y)))
        for a, b in zip(x, y, strict=True):
            h = tanh(h * a + b)
        return h.sum()

    program = trace(f, numbers(9, 2), numbers(9, 2), numbers(2))
    tried.clear()
    assert isinstance(program.loops, Loops)
    assert len(tried) == len(set(tried)) > 4


def test_what_does_not_walk_along_keeps_its_length() -> None:
    def loss(xs: Value, w: Value, ys: Value) -> Value:
        h = Value(0.0)
        for x in xs:
            h = tanh(w * h + x)
        for y in ys:
            h = tanh(w * h - y)
        return h.sum()

    program = trace(loss, numbers(4), numbers(4), numbers(4))
    assert isinstance(program.loops, Loops)
    inputs = program.loops.code.inputs  # the first step is another: h has one number there
    assert (inputs["xs"], inputs["w"], inputs["ys"]) == (("T + 1",), ("4",), ("S",))


@pytest.mark.parametrize(
    ("cut", "reason"),
    [
        ({7}, "a state is detached at one step alone"),
        ({2, 3, 5, 7}, r"at the steps \[3, 4, 6, 8\], which are not every so many"),
    ],
)
def test_what_is_detached_now_and_then_stays_straight(cut: set[int], reason: str) -> None:
    W = Value(0.8, "W")

    def f(xs: Value) -> Value:
        s = Value(0.1)
        for t, x in enumerate(xs):
            s = tanh(W * (s.detach() if t in cut else s) + x)
        return s

    assert re.search(reason, str(trace(f, numbers(30)).loops))


def summands(tree: ast.expr) -> list[str]:
    if isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Add):
        return [*summands(tree.left), *summands(tree.right)]
    return [ast.dump(tree)]


@pytest.mark.parametrize("name", ["multiples", "taps", "char-LSTM of a batch", "numbers with taps"])
def test_no_line_adds_the_same_twice(name: str) -> None:
    f, inputs = CASES[name]
    program = trace(f, *inputs(5))
    assert isinstance(program.loops, Loops)
    for line in program.loops.code.lines:
        names = [f"_{line.args.index(arg)}_" for arg in line.args]
        for tree in ast.walk(ast.parse(line.text.format(*names), mode="eval").body):
            if isinstance(tree, ast.BinOp):
                assert len(set(summands(tree))) == len(summands(tree)), line


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
    assert "at 12 steps the function does something else than at 5 and 6" in str(program.loops)
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
    f, inputs = CASES["gated numbers"]
    program = program_of(f, *inputs(5))
    with pytest.raises(ValueError, match=r"program: ys has shape"):
        program.value_and_grad(inputs(5)[0], *inputs(4)[1:])


def test_time_may_be_any_axis() -> None:
    f, inputs = CASES["batch first"]
    program = program_of(f, *inputs(5))
    assert isinstance(program.loops, Loops)
    assert list(program.loops.code.inputs.values()) == [("2", "T", "3"), ("2", "T"), ("3", "2", "T")]
    assert "over T = xs.shape[1] steps" in program.explain()
    assert re.search(r"for t in range\(T\):\n.*xs_turned\[t\]|= xs_turned @ ", program.source("numpy", rolled=True))
    xs, targets, weights = inputs(7)
    for wrong in ((xs[:1], targets, weights), (xs, targets[:, :6], weights), (xs[..., :2], targets, weights)):
        with pytest.raises(ValueError, match="trace again for another shape"):
            program.value_and_grad(*wrong)


def test_windows_have_a_length_of_their_own() -> None:
    f, inputs = CASES["windows that overlap"]
    program = program_of(f, *inputs(5))
    assert "over T = (len(xs) - 6) // 4 steps" in program.explain()
    program.value_and_grad(numbers(14, 2, 2))  # two windows
    with pytest.raises(ValueError, match="trace again for another shape"):
        program.value_and_grad(numbers(15, 2, 2))


def test_repetitions_are_found() -> None:
    assert runs("xabababy") == [Run(1, 2, 3)]
    assert runs("aaaabcbcbc") == [Run(0, 1, 4), Run(4, 2, 3)]
    assert runs("abc") == []


def test_numbers_that_go_with_step_and_length_are_found() -> None:
    frames = [Frame((T, S), t) for T, S in ((4, 9), (5, 9), (4, 10)) for t in (1, 2)]
    texts = {f: f"x[{f.lengths[0] - f.step}], {2 * f.lengths[0] + f.lengths[1] - 1} * y, v1" for f in frames}
    assert fitted(texts) == "x[T - t], (2 * T + S - 1) * y, v1"
    with pytest.raises(Unrollable):
        fitted({f: f"x[{f.lengths[0] * f.lengths[1]}]" for f in [*frames, Frame((7, 7), 1)]})
    with pytest.raises(Unrollable):
        fitted({Frame((4,), 1): "x", Frame((5,), 1): "y"})


def test_texts_are_worked_out_at_given_lengths() -> None:
    texts = {"reshape({0}, (3 * (T - 1), 5))": "reshape({0}, (12, 5))", "zeros((2 * T + S - 1, S))": "zeros((13, 4))"}
    texts |= {"x * 3 - 1": "x * 3 - 1", "{1}[T - t]": "{1}[5 - t]", "2.0 * v1 + T": "2.0 * v1 + 5"}
    assert {text: worked_out(text, (5, 4)) for text in texts} == texts
    assert [number(text, (5, 4)) for text in ("7", "T", "2 * S - T")] == [7, 5, 3]


@pytest.mark.parametrize("traced", [(5, 8), (8, 5), (6, 6)])
def test_each_length_is_found_whatever_it_is_called(traced: tuple[int, int]) -> None:
    W, U = Value(numbers(3, 3) * 0.3, "T"), Value(numbers(3, 3) * 0.2, "S")
    b = Value(numbers(3), "R")

    def f(T: Value, S: Value) -> Value:
        h = b
        for x in T:
            h = tanh(x + h @ W)
        for y in S:
            h = tanh(y * b - h @ U)
        return h.sum()

    program = trace(f, *[numbers(n, 3) for n in traced])
    assert isinstance(program.loops, Loops)
    assert program.loops.code.lengths == ("len(T_2)", "len(S_2)")
    assert "over T = len(T_2) and S = len(S_2) steps" in program.explain()
    for lengths in ((1, 1), (1, 7), (9, 2), traced):
        agree_everywhere(program, (f, lambda _, at=lengths: tuple(numbers(n, 3) for n in at)), 0)  # type: ignore[misc]


# Windows that are computed once more ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["step by step", "scalars", "taps", "truncated", "translation", "windows"])
def test_windows_that_are_computed_once_more_give_the_same_gradients(name: str) -> None:
    f, inputs = CASES[name]
    program = trace(f, *inputs(5), checkpoint=True)
    for length in (*LENGTHS, 5):
        agree_everywhere(program, CASES[name], length)


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("dialect", ["python", "numpy", "torch"])
def test_windows_are_written(name: str, dialect: str) -> None:
    """To the last bit what the program gives that keeps everything, and computes each step in the same order."""
    f, inputs = CASES[name]
    program, plain = (trace(f, *inputs(5), checkpoint=checkpoint) for checkpoint in (True, False))
    assert isinstance(plain.loops, Loops)
    if dialect == "python" and name not in SINGLE_NUMBERS:
        with pytest.raises(ProgramError, match="computes with single floats"):
            program.source(dialect)
        return
    pages = [WINDOWS[dialect], {**PAGES, "python": Floats}[dialect]]
    texts = ["\n".join(page(plain.loops.step_by_step, DIALECTS[dialect]).written()) for page in pages]
    assert texts[0] == program.source(dialect).rstrip()
    for length in (1, 4, 11):
        operands = [given(x, dialect) for x in [*inputs(length), *[leaf.data for leaf in plain.loops.code.taken]]]
        (z, found), (wanted, exact) = (defined(text)(*operands) for text in texts)
        assert np.array_equal(np.asarray(z), np.asarray(wanted))
        for ours, theirs in zip(found, exact, strict=True):
            assert np.array_equal(np.asarray(ours), np.asarray(theirs))


def of_long_texts() -> Callable[[Value], Value]:
    cell = nn.LSTMCell(1, 24, seed=1)

    def loss(xs: Value) -> Value:
        state, total = None, Value(0.0)
        for x in xs:
            state = cell(x, state)
            total = total + (state[0] ** 2).sum()
        return total

    return loss


# By how much memory grows where there are four times as many steps: as these; in windows of √T twice, and the inputs.
GROWTH = pytest.mark.parametrize(("checkpoint", "low", "high"), [(False, 2.8, 4.1), (True, 1.2, 2.2)])


@GROWTH
def test_windows_keep_little(checkpoint: bool, low: float, high: float) -> None:
    """Four times as many steps need four times as much memory; in windows of √T twice as much, and the inputs."""
    program, peaks = trace(of_long_texts(), numbers(5, 1), checkpoint=checkpoint), []
    for length in (400, 1600):
        tracemalloc.start()
        program.value_and_grad(numbers(length, 1))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert low < peaks[1] / peaks[0] < high


def test_what_windows_keep_is_told() -> None:
    f, inputs = CASES["step by step"]
    program = trace(f, *inputs(400), checkpoint=True)
    found = re.search(
        r"so at T = 400 the way back needs ([\d,]+) numbers of the steps, where it would be ([\d,]+)", program.explain()
    )
    assert found
    few, many = (int(n.replace(",", "")) for n in found.groups())
    assert few < many / 8  # about 2√T of T
    assert "kept at the beginning of every window of √T steps: c\n" in program.explain()


@pytest.mark.slow
@needs_compiler
@pytest.mark.parametrize("name", CASES)
def test_compiled_windows_agree(name: str) -> None:
    f, inputs = CASES[name]
    native = trace(f, *inputs(5), checkpoint=True).native()
    for length in (5, 1, 11):
        agree_everywhere(native, CASES[name], length)


@pytest.mark.share(2)
@needs_compiler
@GROWTH
def test_compiled_windows_keep_little(checkpoint: bool, low: float, high: float) -> None:
    loss, sizes = of_long_texts(), []
    for length in (144, 576):
        xs = numbers(length, 1)
        native = trace(loss, xs, checkpoint=checkpoint).native()
        text = native.source("c")
        sizes.append(sum(map(int, re.findall(r"^static double \w+\[(\d+)\];", text, re.MULTILINE))))
        value, gradients, _ = exactly((loss, lambda _, xs=xs: (xs,)), length)  # type: ignore[misc]
        z, found = native.value_and_grad(xs)
        for ours, exact in zip((z, *found), (value, *gradients), strict=True):
            np.testing.assert_allclose(ours, exact, rtol=1e-12, atol=1e-12)
    assert low < sizes[1] / sizes[0] < high
    assert ("of one window, which is computed once more" in native.explain()) == checkpoint
    assert copy.copy(native).checkpoint == checkpoint


def test_windows_are_refused_by_name() -> None:
    program = trace(*(lambda case: (case[0], *case[1](5)))(CASES["scalars"]), checkpoint=True)
    for dialect in ("jax", "javascript"):
        with pytest.raises(ProgramError, match=f"not written in '{dialect}'"):
            program.source(dialect)
    with pytest.raises(ProgramError, match="trace: checkpoint: there is no loop"):
        trace(lambda x: (x * x).sum(), numbers(4), checkpoint=True)


VIEWS: dict[str, Callable[[Value], Value]] = {
    "everywhere the same": lambda xs: xs.sum(),
    "the same at each step": lambda xs: (xs.sum(0) * 2.0).sum(),
    "turned": lambda xs: xs.T[1].sum(),
}


@pytest.mark.parametrize("name", VIEWS)
def test_a_gradient_that_begins_as_a_view_is_an_array_before_more_is_added(name: str) -> None:
    def f(xs: Value) -> Value:
        h = xs[0] * 0.5
        for x in xs:
            h = tanh(h * 0.5 + x)
        return h.sum() + VIEWS[name](xs)

    program = trace(f, np.ones((6, 3)))
    text: dict[str, Any] = {}
    exec(program.source("numpy", rolled=True), text)
    for length in (2, 6, 9):
        xs = np.linspace(-1, 1, 3 * length).reshape(length, 3)
        leaf = Value(xs)
        f(leaf).backward()
        for run in (program.value_and_grad, text["program"]):
            assert np.allclose(run(xs)[1][0], leaf.grad, rtol=1e-12, atol=1e-15)


def test_torch_refuses_steps_backwards_in_loops_too() -> None:
    def loss(xs: Value, weights: Value) -> Value:
        h = Value(np.zeros(3))
        for x in xs:
            h = tanh(h[::-1] * weights + x)
        return h.sum()

    program = trace(loss, np.ones(7), np.ones(3))
    assert "for t in range(T)" in program.source("numpy", rolled=True)
    with pytest.raises(ProgramError, match=r"'torch' does not read the index \[.*-1\] as NumPy does"):
        program.source("torch", rolled=True)


def test_arrays_without_numbers_have_no_loops() -> None:
    program = trace(lambda xs, h: sum((x * h).sum() + x for x in xs), np.ones(7), np.ones(0))
    with pytest.raises(ProgramError, match="there are arrays without numbers"):
        program.source("numpy", rolled=True)
    assert program(np.ones(7), np.ones(0)) == 7.0
