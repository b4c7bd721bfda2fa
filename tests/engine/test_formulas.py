"""Formulas say what the graph computes: two leaves are never one, and strange numbers can be written."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hn

import autograd_tiny
from autograd_tiny import Value, compiling, formula, functions, grad
from autograd_tiny.arrays.lines import LINES
from autograd_tiny.functions import apply
from autograd_tiny.numbers import ARRAYS
from autograd_tiny.table import TABLE
from autograd_tiny.value import ancestors, value

W, V = Value(5.0, "w"), Value(2.0, "v")

WRITTEN = {
    "w**2*(w - 3)": (W**2 * (W - 3), r"w^{2} \left(w - 3\right)"),
    "1/v": (V**-1, r"\frac{1}{v}"),
    "-w": (-W, "-w"),
    "v/2": (V / 2, r"\frac{v}{2}"),
    "2**v": (2**V, "2^{v}"),
    "(w**v)**3": ((W**V) ** 3, r"\left(w^{v}\right)^{3}"),
    "(w**v)**w": ((W**V) ** W, r"\left(w^{v}\right)^{w}"),
    "nan*v": (V * float("nan"), "nan v"),
    "inf*v": (V * float("inf"), "inf v"),
    "v + 1e+16": (V + 1e16, "v + 1e+16"),
    "x - x_2": (Value(1.0, "x") - Value(2.0, "x"), "x - x_{2}"),
    "v1 - v2": (Value(1.0, "v1") - Value(2.0), r"\mathrm{v1} - \mathrm{v2}"),
}


@pytest.mark.parametrize(("plain", "value", "latex"), [(p, *vl) for p, vl in WRITTEN.items()], ids=WRITTEN)
def test_formula(plain: str, value: Value, latex: str) -> None:
    assert formula(value) == plain
    assert formula(value, "latex") == latex


def test_the_gradient_reads_as_a_learner_writes_it() -> None:
    w = Value(5.0, "w")
    z = w**2 * (w - 3)
    (g,) = grad(z, [w], create_graph=True)
    (h,) = grad(g, [w])
    assert (z.data, g.data, h.data) == (50.0, 45.0, 24.0)
    assert formula(g) == "2*w*(w - 3) + w**2"


def test_infinite_exponents() -> None:
    assert formula(Value(0.5, "x") ** float("inf")) == "x**inf"


# Evaluated back ------------------------------------------------------------------------------------------------------

OURS = {name: getattr(autograd_tiny, name) for name in autograd_tiny.__all__} | {
    name: getattr(functions, name) for name in dir(functions) if not name.startswith("_")
}
PYTHON = {name: getattr(np, name) for name in ("array", "zeros", "inf", "nan", "float32")}


def evaluated(text: str, leaves: Mapping[str, Any]) -> Any:
    """What Python makes of a formula where functions are ours."""
    return eval(text, OURS | PYTHON | {"slice": slice, "bool": bool} | dict(leaves))


def in_numpy(text: str, leaves: Mapping[str, Any]) -> Any:
    """The same without a single Value: functions that NumPy has are NumPy's."""
    ours = {name: compiling.forward(op, ARRAYS) for name, op in TABLE.items() if op.elementwise}
    names = ours | {name: getattr(np, name) for name in TABLE if hasattr(np, name)} | {"broadcast_to": np.broadcast_to}
    mine = ("sigmoid", "softplus", "scatter", "logsumexp", "clip")
    theirs = {
        "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan, "pow": np.power, "clip": np.clip,
        "relu": lambda x: np.maximum(x, 0.0), "hard_tanh": lambda x: np.clip(x, -1, 1),
    }  # fmt: skip
    return eval(text, names | {name: ARRAYS[name] for name in mine} | theirs | PYTHON | dict(leaves))


NOT_SIMPLIFIED = {
    "a quotient of arrays": (lambda x: functions.sum(x / x), "sum(x/x)", 3.0),
    "a power 0 of an array": (lambda x: functions.sum(x**0), "sum(x**0)", 3.0),
    "a difference of arrays": (lambda x: (x - x).reshape(3, 1), "reshape(x - x, (3, 1))", np.zeros((3, 1))),
    "no times an array": (lambda x: functions.stack([x * 0, x]), "stack([0*x, x], axis=0)", [[0] * 3, [1, 2, 3]]),
    "a shape that only a term had": (
        lambda x: x + np.ones((2, 3)) - np.ones((2, 3)),
        "(x + array([[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]])) - array([[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]])",
        [[1, 2, 3]] * 2,
    ),
    "axes that stay": (lambda x: x.reshape(1, 3).transpose(0, 1), "transpose(reshape(x, (1, 3)), (0, 1))", [[1, 2, 3]]),
    "axes exchanged": (lambda x: x.reshape(1, 3).transpose(), "reshape(x, (1, 3)).T", [[1], [2], [3]]),
    "a choice": (lambda x: functions.where(False, x, 2 * x), "where(False, x, 2*x)", [2, 4, 6]),
    "a list": (lambda x: x * [0.5, 1.0, 2.0], "x*array([0.5, 1.0, 2.0])", [0.5, 2, 6]),
    "float32": (lambda x: x * np.array([0.1, 1, 2], np.float32), "x*array([0.1, 1.0, 2.0], float32)", [0.1, 2, 6]),
    "a part": (lambda x: x[np.array([2, 0])][None, ::-1], "x[array([2, 0])][None, ::-1]", [[1, 3]]),
    "of one index": (lambda x: x[(np.array([2, 0]),)], "x[array([2, 0]),]", [3, 1]),
    "placed": (lambda x: functions.scatter(x, slice(1, 4), (5,)), "scatter(x, slice(1, 4), (5,))", [0, 1, 2, 3, 0]),
    "a slope": (lambda x: functions.leaky_relu(-x, 0.5), "leaky_relu(-x, 0.5)", [-0.5, -1, -1.5]),
    "infinite bounds": (lambda x: x.clip(max=2.0), "clip(x, -inf, 2)", [1, 2, 2]),
}


@pytest.mark.parametrize(("f", "text", "value"), NOT_SIMPLIFIED.values(), ids=NOT_SIMPLIFIED)
def test_arrays_keep_what_their_formula_needs(f: Callable[[Value], Value], text: str, value: Any) -> None:
    x = np.array([1.0, 2.0, 3.0])
    z = f(Value(x, "x"))
    assert formula(z) == text
    for found in (evaluated(text, {"x": x}), evaluated(text, {"x": Value(x)}), in_numpy(text, {"x": x})):
        assert np.shape(getattr(found, "data", found)) == z.shape
        assert np.allclose(getattr(found, "data", found), value)


EXTREME = {
    "a product too large": (lambda x: x * 1e200 * 1e200 * 0.0, 0.0),
    "a product too small": (lambda x: x * 1e-200 * 1e-200, 1e-300),
    "a divisor too small": (lambda x: x / 1e-310 * 0.0, 0.0),
    "an exponent too large": (lambda x: x**1e200 / x**-1e200 * 1e200, 1.0),
}


@pytest.mark.parametrize(("f", "x"), EXTREME.values(), ids=EXTREME)
def test_no_coefficient_leaves_the_range_of_floats(f: Callable[[Value], Value], x: float) -> None:
    z = f(Value(x, "x"))
    assert evaluated(formula(z), {"x": x}) == pytest.approx(z.data)


LABELS = {
    "x-1": ("2*(x-1)", "(x-1)**2"),
    "x - 1": ("2*(x - 1)", "(x - 1)**2"),
    "h[0]": ("2*(h[0])", "(h[0])**2"),
    "3": ("2*(3)", "(3)**2"),
    "w₁": ("2*w₁", "w₁**2"),
    "x) + (1": ("2*'x) + (1'", "'x) + (1'**2"),
    "a # b": ("2*'a # b'", "'a # b'**2"),
    "exp": ("2*exp", "exp**2"),
}


@pytest.mark.parametrize(("label", "twice", "squared"), [(k, *v) for k, v in LABELS.items()], ids=LABELS)
def test_a_label_is_one_thing(label: str, twice: str, squared: str) -> None:
    x = Value(3.0, label)
    assert (formula(2 * x), formula(x**2)) == (twice, squared)
    assert balanced(formula(2 * x, "latex"))


def test_a_label_that_looks_like_a_formula_is_never_taken_for_it() -> None:
    x, leaf = Value(3.0, "x"), Value(7.0, "x - 1")
    assert formula(functions.exp(2 * (x - 1)) - functions.exp(2 * leaf)) == "exp(2*(x - 1)) - exp(2*(x - 1))"
    assert formula(functions.exp(Value(1.0, "exp"))) == "exp(exp_2)"


def test_a_large_array_has_a_name_that_nothing_else_has() -> None:
    a, b, c1 = np.arange(100.0), np.ones(100), Value(1.0, "c1")
    z = c1 * a - c1 * b + functions.where(a > 3, c1 * a, 0.0)
    assert formula(z) == "c1*c2 - c1*c3 + where(c4, c1*c2, 0)"
    assert np.array_equal(evaluated(formula(z), {"c1": 1.0, "c2": a, "c3": b, "c4": a > 3}).data, z.data)


def balanced(latex: str) -> bool:
    """Whether every brace and every \\left is closed, in order."""
    depth = 0
    bare = latex.replace(r"\{", "").replace(r"\}", "")
    for brace in bare:
        depth += {"{": 1, "}": -1}.get(brace, 0)
        if depth < 0:
            return False
    return depth == 0 and bare.count(r"\left") == bare.count(r"\right")


def parameters(draw: st.DrawFn, name: str, xs: list[Value]) -> dict[str, Any]:
    """Whatever an operation may be given besides its inputs."""
    x, axes = xs[0], st.integers(-max(xs[0].ndim, 1), max(xs[0].ndim, 1) - 1)
    wide = np.broadcast_shapes(*(v.shape for v in xs[:2])) if name == "where" else x.shape
    index = hn.basic_indices(x.shape, allow_newaxis=True) | integer_indices(x.shape)
    some = {
        "condition": st.booleans() | hn.arrays(bool, wide),
        "negative_slope": st.floats(0, 1), "alpha": st.floats(0.5, 1.5),
        "low": st.just(-0.5), "high": st.sampled_from([1.0, np.inf]),
        "axis": st.none() | axes if name in ("sum", "mean", "max", "logsumexp") else axes,
        "keepdims": st.booleans(),
        "axes": st.permutations(range(x.ndim)).map(tuple),
        "shape": st.permutations(x.shape).map(tuple) if name == "reshape" else st.just((2, *x.shape)),
        "index": index if name == "take" else st.just((1, Ellipsis)),
    }  # fmt: skip
    return {key: draw(some[key]) for key in TABLE[name].parameters}


def integer_indices(shape: tuple[int, ...]) -> st.SearchStrategy[Any]:
    """Index arrays, as ids pick rows."""
    if not shape or 0 in shape:
        return st.just(Ellipsis)
    return hn.arrays(int, st.integers(0, 3), elements=st.integers(-shape[0], shape[0] - 1))


# The input that stays off the edges.
EDGES = {name: 1 if "y !=" in op.domain else 0 for name, op in TABLE.items() if op.domain or name == "tan"}
JUMPS = {name for name, op in TABLE.items() if op.is_step or name in ("mod", "fmod", "heaviside")}


def drawn_gate(draw: st.DrawFn, pool: list[Value]) -> Value:
    """One more operation over what is there, any of the table; the tanh where it is not defined, or too large."""
    drawn = set(TABLE) - JUMPS - {line.name for line in LINES}  # a last digit moves what jumps
    name = draw(st.sampled_from(sorted(drawn)))
    op = TABLE[name]
    xs = [draw(st.sampled_from(pool)) for _ in range(draw(st.integers(1, 3)) if op.arity is None else op.arity)]
    try:
        if name in EDGES and not 0.1 < np.min(np.abs(xs[EDGES[name]].data), initial=1.0) <= 1.0:
            raise ValueError(name)
        z = apply(name, *xs, **parameters(draw, name, xs))
        if np.all(np.abs(z.data) < 30) and z.size < 100:
            return z
    except (ValueError, TypeError, IndexError):  # AutogradErrors among them
        pass
    return functions.tanh(xs[0])


@st.composite
def graphs(draw: st.DrawFn) -> tuple[dict[str, Value], Value]:
    """A graph over the whole table, with its leaves by label."""
    number = st.floats(-2, 2).map(lambda x: round(x, 3))
    shapes = st.sampled_from([(), (), (3,), (1,), (2, 3), (3, 1), (2, 1, 3), (3, 3), (0,), (2, 0)])
    array = shapes.flatmap(
        lambda shape: (
            hn.arrays(draw(st.sampled_from([float, float, np.float32])), shape, elements=number) if shape else number
        )
    )
    leaves = {name: Value(draw(array), name) for name in "xyw"}
    constants = [value(draw(array)) for _ in range(2)]
    pool = [*leaves.values(), *constants]
    for _ in range(draw(st.integers(1, 8))):
        pool.append(drawn_gate(draw, pool))
    return leaves, pool[-1]


@settings(max_examples=300, deadline=None)
@given(graphs())
def test_every_formula_evaluates_to_the_value(graph: tuple[dict[str, Value], Value]) -> None:
    leaves, z = graph
    text = formula(z)
    numbers = {name: leaf.data if leaf.ndim else np.float64(leaf.data) for name, leaf in leaves.items()}
    single = any(v.ndim and v.dtype == np.float32 for v in ancestors(z))
    with np.errstate(all="ignore"):
        for found in (evaluated(text, numbers), evaluated(text, leaves), in_numpy(text, numbers)):
            data = getattr(found, "data", found)
            assert np.shape(data) == z.shape, text
            assert np.allclose(data, z.data, rtol=1e-3 if single else 1e-7, atol=1e-3 if single else 1e-7), text
    latex = formula(z, "latex")
    assert balanced(latex), latex
    assert latex.count("where") == text.count("where")
