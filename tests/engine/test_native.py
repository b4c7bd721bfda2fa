"""The C dialect: the same numbers as Python's, at the machine's own pace."""

import math
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd_tiny import ProgramError, Value, maximum, sigmoid, tanh, trace, where
from autograd_tiny.errors import DomainError
from autograd_tiny.program.c import compiler as machine
from autograd_tiny.program.c import floats, native, repeats
from autograd_tiny.testing import Function, functions

compiler = pytest.mark.skipif(not any(map(shutil.which, machine.COMPILERS)), reason="no C compiler on this machine")


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder


def cubic(w: Value) -> Value:
    return w**2 * (w - 3)


def test_the_source_reads_like_the_other_dialects() -> None:
    text = trace(cubic, 5.0).source("c")
    assert "double v2 = w - 3.0;" in text and "dz_dw += v2 * 2.0 * w;" in text


@compiler
def test_values_gradients_and_rows() -> None:
    compiled = trace(cubic, 5.0).native()
    assert compiled.value_and_grad(5.0) == (50.0, [45.0])
    values, gradients = compiled.batch([[5.0], [2.0], [-1.0]])
    assert values.tolist() == [50.0, -4.0, -4.0] and gradients[:, 0].tolist() == [45.0, 0.0, 9.0]


@compiler
@settings(max_examples=12, deadline=None)  # each example runs the compiler
@given(f=functions())
def test_it_equals_the_python_program(f: Function) -> None:
    try:
        program = trace(f, *f.point)
        value, gradients = program.value_and_grad(*f.point)
    except ValueError:  # a derivative does not exist there, or a branch was asked for
        return
    if program.code.guards:
        return
    z, dz = program.native().value_and_grad(*f.point)
    # The same operations in the same order; only the library's functions may differ in their last digit.
    assert math.isclose(z, value, rel_tol=1e-12, abs_tol=1e-300)
    assert np.allclose(dz, gradients, rtol=1e-10, atol=1e-300)


@compiler
def test_whole_numbers_do_not_divide_as_in_c() -> None:
    program = trace(lambda x, y: where(x > 0, x * 1e-5, y) / 3 + sigmoid(x) * (1 / y) + maximum(x, 2), 1.0, 4.0)
    for point in ((1.0, 4.0), (-2.0, 3.0), (7.0, 0.5)):
        assert np.allclose(program.native().value_and_grad(*point)[1], program.value_and_grad(*point)[1], rtol=1e-14)


@compiler
def test_long_programs_are_split_and_stay_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def chain(x: Value, w: Value) -> Value:
        for _ in range(100):
            x = x * w + 0.5
        return x

    program = trace(chain, 0.3, 0.9)
    monkeypatch.setattr(floats, "LONG", 37)
    monkeypatch.setattr(repeats, "FEWEST", 10_000)
    assert "part_5" in program.source("c")
    assert program.native().value_and_grad(0.2, 0.8) == program.value_and_grad(0.2, 0.8)


@compiler
def test_errors_are_the_engines() -> None:
    compiled = trace(lambda x: x.log(), 2.0).native()
    with pytest.raises(DomainError, match=r"log: x = -1.0"):
        compiled(-1.0)
    with pytest.raises(TypeError, match="2 inputs given, expected 1"):
        compiled(1.0, 2.0)
    with pytest.raises(ProgramError, match="rows of 1 inputs"):
        compiled.batch([1.0, 2.0])


def test_branches_are_refused() -> None:
    with pytest.raises(ProgramError, match=r"x > 0.*where"):
        trace(lambda x: x * 2 if x > 0 else x, 1.0).source("c")


def test_without_a_compiler_it_says_what_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "COMPILERS", ("no-such-compiler",))
    with pytest.raises(ProgramError, match=r"no C compiler.*value_and_grad"):
        trace(cubic, 5.0).native()


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="no file modes on this system")
def test_a_folder_that_others_write_to_is_refused() -> None:
    machine.folder().chmod(0o777)
    with pytest.raises(ProgramError, match="chmod 700"):
        machine.folder()


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="no file modes on this system")
def test_a_folder_of_another_user_is_refused_with_a_remedy_that_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    owner = machine.folder().stat().st_uid
    monkeypatch.setattr(os, "getuid", lambda: owner + 1)
    with pytest.raises(ProgramError, match="belongs to another user; set XDG_CACHE_HOME"):
        machine.folder()


@compiler
def test_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    trace(cubic, 5.0).native()
    monkeypatch.setattr(machine, "_compiled", lambda *_: pytest.fail("compiled again"))
    trace(cubic, 4.0).native()


def repeating(depth: int, width: int) -> Callable[..., Value]:
    """A network over time whose lines repeat: weights shared by all steps, sums over steps."""

    def f(*weights: Value) -> Value:
        states: list[Any] = [weights[k] * 0.1 for k in range(width)]
        loss: Any = weights[0] * weights[1]
        for t in range(depth):
            mixed = [
                weights[k] * states[k] + states[k - 1] * weights[-1] + math.sin(t * width + k) for k in range(width)
            ]
            states = [tanh(v) for v in mixed]
            loss = loss + sum(s * s for s in states) * (1.0 / (t + 1)) + (states[0] if t == depth // 2 else 0.0)
        return loss

    return f


@compiler
@pytest.mark.parametrize(("depth", "width"), [(40, 2), (30, 5), (100, 1)])
def test_loops_are_found_again(depth: int, width: int) -> None:
    program = trace(repeating(depth, width), *np.linspace(-1.0, 1.0, width + 2))
    text = program.source("c")
    assert "for (long k" in text and text.count("\n") < len(program.code.lines) * 0.7
    numbers = np.linspace(-0.7, 0.9, width + 2).tolist()
    value, gradients = program.native().value_and_grad(*numbers)
    wanted = program.value_and_grad(*numbers)
    # The same operations in the same order; only the library's tanh may differ in its last digit.
    assert np.allclose([value, *gradients], [wanted[0], *wanted[1]], rtol=1e-12)


def agrees_in_loops(f: Callable[..., Value], point: tuple[float, ...]) -> None:
    """C agrees with Python, although every repetition, however short, becomes a loop."""
    try:
        program = trace(f, *point)
        value, gradients = program.value_and_grad(*point)
    except ValueError:
        return
    if program.code.guards:
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(floats, "LONG", 5)
        patch.setattr(repeats, "FEWEST", 2)
        z, dz = program.native().value_and_grad(*point)
    assert math.isclose(z, value, rel_tol=1e-11, abs_tol=1e-300)
    assert np.allclose(dz, gradients, rtol=1e-9, atol=1e-300)


@compiler
@settings(max_examples=12, deadline=None)
@given(f=functions(max_operations=6), depth=st.integers(3, 9))
def test_any_repeated_function_in_loops(f: Function, depth: int) -> None:
    def steps(*inputs: Value) -> Value:
        z: Any = inputs[0]
        for k in range(depth):
            z = z * 0.5 + tanh(f(z, *inputs[1:])) * (0.1 * k + 0.3) * inputs[-1]
        return z

    agrees_in_loops(steps, f.point)


def over_samples(count: int) -> Callable[..., Value]:
    """A loss of many samples, which need each other only in sums; hidden numbers are used in two loops."""

    def f(w: Value, v: Value, b: Value) -> Value:
        hidden = [maximum(w * math.sin(k) + b, 0.0) for k in range(count)]
        scores = [where(h > 0.3, h * v, w - h) * (1.0 / (k + 3)) for k, h in enumerate(hidden)]
        loss: Any = sum(abs(1 - s) * v for s in scores)
        return loss + sum(h * h * b for h in hidden)

    return f


@compiler
@pytest.mark.parametrize("count", [61, 64])  # eights, and a last eight that begins earlier
@pytest.mark.parametrize("flags", [native.FLOATS, native.FLOATS[-1:]])
def test_samples_side_by_side_sum_in_the_same_order(
    count: int, flags: tuple[tuple[str, ...], ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(native, "FLOATS", flags)
    program = trace(over_samples(count), 0.3, 0.4, 0.5)
    text = program.source("c")
    assert text.count("#pragma omp simd") >= 2 and "add_up(" in text
    compiled = program.native()
    for point in ((0.3, 0.4, 0.5), (-0.7, 1.1, 0.01), (1e-3, -2.0, -0.0)):
        # Only + − × ÷ and choices, in the same order: every bit is the same, zeros' signs too.
        assert repr(compiled.value_and_grad(*point)) == repr(program.value_and_grad(*point))


def test_what_needs_its_predecessor_is_not_computed_side_by_side() -> None:
    def chain(x: Value, w: Value) -> Value:
        for _ in range(300):
            x = x * w + 0.5
        return x

    text = trace(chain, 0.3, 0.9).source("c")
    assert "for (long k" in text and "simd" not in text


@compiler
@settings(max_examples=12, deadline=None)
@given(f=functions(max_operations=6), count=st.integers(8, 21))
def test_any_function_of_samples(f: Function, count: int) -> None:
    def loss(*inputs: Value) -> Value:
        return sum((f(inputs[0] * (1 + 0.01 * k), *inputs[1:]) * inputs[-1] for k in range(count)), inputs[0] * 0.5)

    agrees_in_loops(loss, f.point)


@compiler
@settings(max_examples=12, deadline=None)
@given(order=st.lists(st.integers(0, 7), min_size=3, max_size=12), shared=st.booleans())
def test_steps_that_take_their_weights_in_any_order(order: list[int], shared: bool) -> None:
    """A loop goes on only as long as its weights lie evenly apart."""
    order = [0, 1, 2, 3, *order]

    def steps(*weights: Value) -> Value:
        x, loss = weights[-1] * 0.5, weights[0] * 0.1
        for k, place in enumerate(order):
            x = x * weights[place] + (0.5 if shared else math.cos(k))
            loss = loss + x * weights[place] if k % 3 else loss + x
        return loss

    agrees_in_loops(steps, tuple(np.linspace(-0.9, 1.1, 9).tolist()))


@compiler
@settings(max_examples=12, deadline=None)
@given(lags=st.lists(st.integers(1, 4), min_size=1, max_size=3), depth=st.integers(4, 12), taken=st.integers(0, 8))
def test_steps_that_need_earlier_ones(lags: list[int], depth: int, taken: int) -> None:
    """What the step before has computed is kept; what the one before that has, or what grows, lies in the array."""

    def steps(a: Value, b: Value) -> Value:
        xs: list[Any] = [a, b, a * b, a + b, a - b]
        for k in range(depth):
            xs.append(tanh(sum((xs[-lag] * (0.3 + 0.1 * lag) for lag in lags), a * 0.1)) + xs[-1] * b * (0.1 * k))
        return sum(xs[5:], b * 0.5) + xs[taken % len(xs)] * xs[-1]

    agrees_in_loops(steps, (0.3, -0.7))


@compiler
@pytest.mark.parametrize("depth", [5, 9, 14])
def test_steps_that_add_more_than_they_read(depth: int) -> None:
    """A tree: each step reads the next of all that the steps before have made, and makes two."""

    def tree(a: Value, b: Value) -> Value:
        xs: list[Any] = [a]
        for k in range(depth):
            xs += [xs[k] * b + 0.1 * k, xs[k] * a - b]
        return sum(xs, b * 0.5)

    agrees_in_loops(tree, (0.7, -0.6))


@compiler
@pytest.mark.parametrize("shared", [0, 2, 5])
def test_steps_that_all_add_to_one_of_several_sums(shared: int) -> None:
    """Each step adds to the gradient of one weight of its own, and all to that of the shared one."""

    def steps(*weights: Value) -> Value:
        x: Any = weights[0] * 0.3
        for k, w in enumerate(weights):
            x = x * w + weights[shared] * (0.2 * k + 0.1)
        return x + sum((w * (k + 0.5) for k, w in enumerate(weights)), weights[0] * 0.1)

    agrees_in_loops(steps, tuple(np.linspace(-0.9, 1.1, 7).tolist()))
