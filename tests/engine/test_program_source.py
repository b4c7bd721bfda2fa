"""The source is for reading: short, named by labels and steps, the same each time; what each pass does; linear cost."""

import re
from typing import Any

import numpy as np
import pytest

import autograd_tiny as ad
from autograd_tiny import ProgramError, Value, scope, trace
from autograd_tiny.program.dialects import JAVASCRIPT
from autograd_tiny.program.lines import Line
from autograd_tiny.program.passes import PASSES
from autograd_tiny.program.printing import source
from autograd_tiny.words import WORDS
from tests.engine.dialects import HAVE, defined, run
from tests.engine.passing import code, printed
from tests.stopwatch import spent


def cubic(w: Value) -> Value:
    return w**2 * (w - 3)


def scalar_rnn(U: Value, W: Value, V: Value, *xs: Value) -> Value:
    """The lecture's: s_t = σ(U x_t + W s_{t−1}), o_t = σ(V s_t), L = Σ o_t."""
    s: Any = 0.0
    L: Any = 0.0
    for t, x in enumerate(xs, 1):
        with scope(f"t={t}"):
            s = ad.sigmoid(U * x + W * s)
            s.label = "s"
            o = ad.sigmoid(V * s)
            o.label = "o"
        L = L + o
    L.label = "L"
    return L


def test_the_program_of_the_lectures_example_fits_in_ten_lines() -> None:
    text = trace(cubic, 5.0).source("python")
    assert len(text.strip().splitlines()) <= 10
    assert text.startswith("def program(w):\n    # forward\n")
    assert "    # backward\n    dz_dw = " in text and "\n    dz_dw += " in text
    assert defined(text)(5.0) == (50.0, [45.0])


def test_the_scalar_rnn_over_three_steps_fits_on_a_page() -> None:
    text = trace(scalar_rnn, 0.5, -0.3, 0.8, 1.0, 2.0, -1.0).source("python")
    assert len(text[text.index("def program") :].strip().splitlines()) <= 60
    for line in ("    # t=2", "    s_2 = sigmoid(", "    dL_ds_2 = ", "    dL_ds_2 += ", "    dL_dW += "):
        assert f"\n{line}" in text
    assert not re.search(r"= 0 \+|\b1 \*|\* 1\b|= \w+$", text.split("# forward")[1], re.M)  # nothing idle


@pytest.mark.parametrize("dialect", ["python", "numpy", "torch", "jax", "javascript"])
def test_the_same_function_gives_the_same_source(dialect: str) -> None:
    texts = {trace(scalar_rnn, 0.5, -0.3, 0.8, 1.0, 2.0).source(dialect) for _ in range(2)}
    assert len(texts) == 1


def test_javascript_reads_like_the_formula() -> None:
    text = trace(cubic, 5.0).source("javascript")
    assert text.splitlines()[2:] == [
        "function program(w) {", "    // forward", "    const v1 = w * w;", "    const v2 = w - 3;",
        "    const z = v1 * v2;", "    // backward", "    let dz_dw = v1;", "    dz_dw += v2 * 2 * w;",
        "    return [z, [dz_dw]];", "}",
    ]  # fmt: skip


def test_every_word_that_is_said_to_stand_in_arrays_js_stands_there() -> None:
    assert {name for name, word in WORDS.items() if word.meaning("javascript") == "arrays.js"} <= set(
        JAVASCRIPT.defined
    )


def test_a_program_in_javascript_brings_only_what_it_uses() -> None:
    text = trace(lambda x: ad.tanh(x) * x, 0.5).source("javascript")
    assert "const tanh = Math.tanh;" in text and text.count("function") == 2  # one of them in the comment
    text = trace(lambda x: ad.tanh(x).sum(), np.ones(2)).source("javascript")
    assert "const tanh = each(Math.tanh);" in text and "matmul" not in text and "concatenate" not in text


@pytest.mark.parametrize("label", ["function", "Math", "let", "each", "sum", "</script>", "a\u2028b"])
def test_no_label_can_break_javascript(label: str) -> None:
    def f(x: Value) -> Value:
        with scope(label):
            z = ad.tanh(x * 2)
            z.label = label
        return (z * z).sum()

    x = np.array([0.5, 0.25])
    text = trace(f, x).source("javascript")
    assert not any(sign in text for sign in "\u2028\u2029\r")
    if HAVE["javascript"]:
        assert np.allclose(run(trace(f, x), "javascript", x)[0], f(Value(x)).data)


@pytest.mark.skipif(not HAVE["javascript"], reason="no Node.js on this machine")
def test_a_page_refuses_what_goes_another_way() -> None:
    program = trace(lambda x: x * 2 if x > 0 else x, 1.0)
    assert run(program, "javascript", 3.0)[0] == 6.0
    with pytest.raises(RuntimeError, match="x > 0 was True when traced"):
        run(program, "javascript", -1.0)
    with pytest.raises(RuntimeError, match=r"3 numbers given, expected shape \(2\)"):
        run(trace(lambda x: x.sum(), np.ones(2)), "javascript", np.ones(3))


@pytest.mark.parametrize("index", [slice(None, None, -1), (0, slice(None), [1, 1])], ids=str)
def test_an_index_that_pytorch_reads_otherwise_is_refused(index: Any) -> None:
    program = trace(lambda x: x[index].sum(), np.ones((3, 2, 2)))
    with pytest.raises(ProgramError, match="as NumPy does; take the part in two steps"):
        program.source("torch")
    assert "def program" in program.source("jax")


def test_an_unknown_dialect_is_refused() -> None:
    program = trace(lambda x: (x * x).sum(), np.ones(2))
    with pytest.raises(ValueError, match="'cobol' is unknown; choose one of python, numpy"):
        program.source("cobol")
    with pytest.raises(ValueError, match="computes with single floats"):
        program.source("python")


def test_explain_tells_of_every_pass() -> None:
    program = trace(cubic, 5.0)
    told = program.explain()
    assert told == program.explain() and all(name in told for name, *_ in program.account)
    assert program.account[0][2] == len(program.plain.lines)
    assert program.account[-1][3] == len(program.code.lines)


# Passes ---------------------------------------------------------------------------------------------------------------


def test_constants_are_worked_out() -> None:
    z = [Line("v1", "0"), Line("v2", "{0} + {1}", ("v1", "x")), Line("z", "{0} * {0}", ("v2",))]
    back = [Line("dz", "1"), Line("dz_dx", "{0} * 2 * {1}", ("dz", "x"))]
    assert printed("constants", code(z, back, ("dz_dx",), x=())) == [
        "v1 = 0", "v2 = x", "z = v2 * v2", "dz = 1", "dz_dx = 2 * x", "return z, [dz_dx]",
    ]  # fmt: skip


def test_copies_keep_their_name() -> None:
    z = [Line("z", "{0} + {1}", ("x", "y"))]
    back = [Line("dz_dv", "{0}", ("x",)), Line("dz_dy", "{0} * {1}", ("dz_dv", "y"))]
    assert printed("copies", code(z, back, ("dz_dv", "dz_dy"), x=(), y=())) == [
        "z = x + y", "dz_dy = x * y", "return z, [x, dz_dy]",
    ]  # fmt: skip


def test_what_grows_is_no_copy() -> None:
    z = [Line("z", "{0} * {0}", ("x",))]
    back = [Line("dz_dx", "{0}", ("x",)), Line("dz_dx", "{0}", ("x",), adds=True)]
    assert "dz_dx += x" in printed("copies", code(z, back, ("dz_dx",), x=()))


def test_common_subexpressions_are_computed_once() -> None:
    z = [Line("v1", "exp({0})", ("x",)), Line("v2", "exp({0})", ("x",)), Line("z", "{0} * {1}", ("v1", "v2"))]
    assert printed("common", code(z, [], (), x=())) == ["v1 = exp(x)", "z = v1 * v1", "return z, []"]


def test_what_is_used_once_is_written_where_it_is_used() -> None:
    z = [
        Line("v1", "{0} - {1}", ("x", "y")), Line("v2", "{0} - {1}", ("x", "v1")), Line("h", "exp({0})", ("v2",)),
        Line("v3", "{0} + {1}", ("x", "y")), Line("v4", "where({0} <= 0, 0.0, {0})", ("v3",)),
        Line("z", "{0} * {1}", ("h", "v4")),
    ]  # fmt: skip
    assert printed("inline", code(z, [], (), x=(), y=())) == [
        "h = exp(x - (x - y))", "v3 = x + y", "v4 = 0.0 if v3 <= 0 else v3", "z = h * v4", "return z, []",
    ]  # fmt: skip


def test_long_sums_are_broken_into_lines() -> None:
    def total(*xs: Value) -> Value:
        z: Any = xs[0] * 2
        for x in xs:
            z = z + x * 3
        return z * z

    lines = trace(total, *range(1, 60)).source("python").splitlines()[1:-1]
    assert max(map(len, lines)) <= 110 and len(lines) < 20 + 59


def test_dead_lines_go() -> None:
    z = [Line("v1", "exp({0})", ("x",)), Line("v2", "log({0})", ("v1",)), Line("z", "{0} * 2", ("x",))]
    assert printed("dead", code(z, [], (), x=())) == ["z = x * 2", "return z, []"]


def test_transposes_cancel() -> None:
    z = [
        Line("v1", "{0}.T", ("A",), (3, 2)),
        Line("v2", "{0} @ {1}.T", ("B", "v1"), (4, 3)),
        Line("z", "sum({0})", ("v2",)),
    ]
    assert "v2 = B @ A" in printed("transposes", code(z, [], (), A=(2, 3), B=(4, 2)))


def test_a_sum_that_is_transposed_is_transposed_whole() -> None:
    def twice(W: Value, x: Value, y: Value) -> Value:
        columns = W.T
        return ((x @ columns) ** 2).sum() + ((y @ columns) ** 2).sum()

    generator = np.random.default_rng(1)
    inputs = [generator.normal(size=shape) for shape in ((3, 4), (2, 4), (2, 4))]
    for one, other in zip(
        trace(twice, *inputs).value_and_grad(*inputs)[1], ad.value_and_grad(twice)(*inputs)[1], strict=True
    ):
        assert np.allclose(one, other, rtol=1e-12)


def rnn_program(T: int = 3) -> Any:
    generator = np.random.default_rng(0)
    W, U, xs = generator.normal(size=(4, 4)), generator.normal(size=(3, 4)), generator.normal(size=(T, 3))

    def f(W: Value, U: Value, xs: Value) -> Value:
        h: Any = np.zeros(4)
        loss: Any = 0.0
        for t in range(T):
            with scope(f"t={t + 1}"):
                h = ad.tanh(xs[t] @ U + h @ W)
                h.label = "h"
                loss = loss + (h * h).sum()
        return loss

    return trace(f, W, U, xs), (f, (W, U, xs))


def test_a_sum_of_outer_products_becomes_one_product() -> None:
    program, (f, inputs) = rnn_program()
    before, after = source(program.plain, "numpy"), program.source("numpy")
    assert before.count("outer(") == 2 * 3 and "outer(" not in after
    assert re.search(r"\w+\.T @ \w+", after)
    wanted = ad.value_and_grad(f)(*inputs)
    for text in (before, after):
        value, gradients = defined(text)(*inputs)
        assert value == pytest.approx(wanted[0], rel=1e-12)
        for one, other in zip(gradients, wanted[1], strict=True):
            assert np.allclose(one, other, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("number", range(len(PASSES)), ids=[each.name for each in PASSES])
def test_every_pass_keeps_the_numbers(number: int) -> None:
    program, (_, inputs) = rnn_program()
    wanted = defined(source(program.plain, "numpy"))(*inputs)
    shorter = program.plain
    for each in PASSES[: number + 1]:
        shorter = each.rewrite(shorter)
    value, gradients = defined(source(shorter, "numpy"))(*inputs)
    assert value == pytest.approx(wanted[0], rel=1e-13)
    for one, other in zip(gradients, wanted[1], strict=True):
        assert np.allclose(one, other, rtol=1e-11, atol=1e-13)
    assert PASSES[number].sentence.endswith(".")


# Size -----------------------------------------------------------------------------------------------------------------


def chain(n: int) -> Any:
    def f(x: Value) -> Value:
        for _ in range(n // 2):
            x = (x * 0.999).sin()
        return x

    return f


def cost(n: int) -> float:
    """Seconds per operation to trace, write and compile a chain of n operations."""
    start = spent()
    trace(chain(n), 0.5).value_and_grad(0.5)
    return (spent() - start) / n


def test_cost_grows_in_proportion() -> None:
    cost(100)
    short = min(cost(2_000) for _ in range(2))
    assert cost(20_000) < 3 * short  # what is quadratic would take ten times as long per operation


def test_many_values_of_one_name() -> None:
    def f(x: Value) -> Value:
        for _ in range(8_000):
            x = x * 0.999
            x.label = "h"
        return x

    start = spent()
    assert trace(f, 1.0)(1.0) == pytest.approx(0.999**8_000, rel=1e-9)
    assert spent() - start < 10  # names were once looked for from the beginning: 1 ms a name


@pytest.mark.slow
def test_a_long_chain_needs_no_deeper_stack() -> None:
    program = trace(chain(200_000), 0.5)
    value, (slope,) = program.value_and_grad(0.5)
    wanted, (gradient,) = ad.value_and_grad(chain(200_000))(0.5)
    assert value == pytest.approx(wanted, rel=1e-9) and slope == pytest.approx(gradient, rel=1e-9)


@pytest.mark.parametrize("label", ["s", "s_2", "s₂"])
def test_a_label_that_names_its_step_already_names_it_once(label: str) -> None:
    def f(x: Value) -> Value:
        with scope("t=2"):
            s = ad.tanh(x)
            s.label = label
        return s * s

    assert "    s_2 = tanh(x)" in trace(f, 0.5).source("python")
