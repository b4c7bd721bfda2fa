"""Bad input gets an error that names the thing and the remedy: one table, call → error → what it says."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_tiny as ad
import viz
from autograd_tiny import Value
from autograd_tiny.errors import AutogradError, DomainError, GraphError, ShapeError

NUMBER, ARRAY, MATRIX = Value(2.0, "v"), Value([1.0, 2.0, 3.0], "a"), Value([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], "M")
ZERO, RATIO = Value(0.0, "zero"), Value(-1.0, "ratio")


NO_NUMBERS: dict[str, tuple[Callable[[], Any], str]] = {
    "text": (lambda: Value("3"), "real numbers, got str '3'"),
    "None": (lambda: Value(None), "NoneType"),
    "complex": (lambda: Value(1j), "complex 1j; use its .real"),
    "complex array": (lambda: Value(np.array([1j])), "complex"),
    "ragged": (lambda: Value([[1, 2], [3]]), "ragged list; pad"),
    "ragged tuple": (lambda: Value((1, (2, 3))), "ragged tuple"),
    "dict": (lambda: Value({1: 2}), "dict {1: 2}"),
    "set": (lambda: Value({1}), "set {1}"),
    "generator": (lambda: Value(x for x in [1]), "generator"),
    "array of text": (lambda: Value(np.array(["a", "b"])), "array(['a', 'b']"),
    "object array of text": (lambda: Value(np.array(["a"], dtype=object)), "array(['a'], dtype=object)"),
    "a Value": (lambda: Value(NUMBER), "got a Value; use it as it is"),
    "a list of Values": (lambda: Value([NUMBER, NUMBER]), "autograd_tiny.stack"),
    "long text": (lambda: Value("x" * 10_000), "…"),
    "v + None": (lambda: NUMBER + None, "NoneType None"),
    "v * text": (lambda: NUMBER * "a", "str 'a'"),
    "text + v": (lambda: "a" + NUMBER, "str 'a'"),
    "v + complex": (lambda: NUMBER + 1j, "complex 1j"),
    "a + dict": (lambda: ARRAY + {}, "dict {}"),
    "v * object array of text": (lambda: NUMBER * np.array(["a"], dtype=object), "str 'a'"),
    "exp of text": (lambda: ad.exp("a"), "str 'a'"),
    "stack of text": (lambda: ad.stack(["a", "b"]), "str 'a'"),
    "grad of a number": (lambda: ad.grad(3.0, [NUMBER]), "the output is a float, not a Value"),
    "grad by a number": (lambda: ad.grad(NUMBER * 2, [3.0]), "input 0 is a float"),
    "grad by no Values": (
        lambda: ad.grad(NUMBER * 2, 3.0),
        "inputs: expected a Value or a list of Values or a dict, got float 3.0",
    ),
    "steps of a number": (lambda: list(ad.forward_steps(3.0)), "a Value is needed"),
    "formula of a number": (lambda: ad.formula(3.0), "got float 3.0"),
    "scalars of an array": (lambda: ad.to_scalars(np.ones(2)), "a Value is needed"),
    "assigned gradient": (lambda: setattr(NUMBER, "grad", "x"), "str 'x'"),
    "unknown NumPy function": (lambda: np.convolve(ARRAY, ARRAY), "numpy.convolve does not record"),
    "np.add.reduceat": (lambda: np.add.reduceat(ARRAY, [0]), "numpy.add.reduceat does not record"),
    "np.add into": (lambda: np.add(ARRAY, 1.0, out=np.ones(3)), "numpy.add with out= does not record"),
    "unknown ufunc": (lambda: np.nextafter(ARRAY, 1.0), "numpy.nextafter does not record"),
    "len": (lambda: len(NUMBER), "a scalar Value has no length"),
    "iteration": (lambda: list(NUMBER), "scalar"),
    "axis of the wrong kind": (lambda: MATRIX.sum(axis="rows"), "sum: (2, 3)"),
}

DOMAIN: dict[str, tuple[Callable[[], Any], str]] = {
    "log": (lambda: RATIO.log(), "log: x = -1.0 ('ratio'): defined for x > 0"),
    "log 0": (lambda: ad.log(0.0), "log: x = 0.0: defined for x > 0"),
    "np.log": (lambda: np.log(RATIO), "log: x = -1.0 ('ratio')"),
    "log of an array": (lambda: Value([1.0, -2.0], "r").log(), "log: x[1] = -2.0 ('r')"),
    "sqrt": (lambda: RATIO.sqrt(), "sqrt: x = -1.0 ('ratio'): defined for x >= 0"),
    "asin": (lambda: ad.asin(NUMBER), "asin: x = 2.0 ('v'): defined for abs(x) <= 1"),
    "÷ 0": (lambda: NUMBER / 0, "div: y = 0.0: defined for y != 0"),
    "÷ a Value": (lambda: NUMBER / ZERO, "div: y = 0.0 ('zero')"),
    "1 ÷ a Value": (lambda: 1 / ZERO, "div: y = 0.0 ('zero')"),
    "0 ÷ 0": (lambda: ZERO / ZERO, "div: y = 0.0 ('zero')"),
    "array ÷ 0": (lambda: ARRAY / np.array([1.0, 0.0, 1.0]), "div: y[1] = 0.0"),
    "0 ** -1": (lambda: ZERO**-1, "pow: x = 0.0 ('zero'), y = -1.0"),
    "array 0 ** -1": (lambda: Value([1.0, 0.0]) ** -1, "pow: x[1] = 0.0, y[1] = -1.0"),
    "negative ** ½": (lambda: RATIO**0.5, "pow: x = -1.0 ('ratio'), y = 0.5"),
    "exp": (lambda: Value(1000.0, "big").exp(), "exp: x = 1000.0 ('big'): the result is too large"),
    "exp of an array": (lambda: Value([1000.0], "big").exp(), "exp: x = an array of shape (1,) ('big')"),
    "× overflow": (lambda: Value(1e308, "big") * 10, "mul: x = 1e+308 ('big'), y = 10.0: the result is too large"),
    "** overflow": (lambda: Value(1e200) ** 2, "pow: x = 1e+200, y = 2.0: the result is too large"),
    "sum overflow": (lambda: Value(1e308) + 1e308, "add: x = 1e+308"),
    "sin of infinity": (lambda: Value(float("inf"), "end").sin(), "sin: x = inf ('end')"),
    "a huge int": (lambda: Value(10**400), "too large for a float"),
    "v + a huge int": (lambda: NUMBER + 10**400, "too large for a float"),
    "√ at its edge": (lambda: ZERO.sqrt().backward(), "sqrt: x = 0.0 ('zero'): no finite derivative"),
    "√ of an array at 0, where is said": (
        lambda: ad.sqrt(Value([[4.0, 1.0], [9.0, 0.0]], "x"))[0, 0].backward(),
        "sqrt: x[1, 1] = 0.0 ('x'): no finite derivative there (invalid value encountered in divide); keep the input "
        "inside the domain, not at its edge; if only other places are needed, take them first: f(x[k]), not f(x)[k]",
    ),
    "where, broadcast": (
        lambda: ad.sum(Value([[1.0], [0.0]], "x") ** Value([2.0, 0.5], "n")).backward(),
        "pow: x[1, 0] = 0.0 ('x'), y[1] = 0.5 ('n'): no finite derivative",
    ),
    "var of too few": (lambda: ad.var([1.0, 2.0], ddof=3), "var: 2 numbers with ddof=3: n − ddof must be positive"),
    "∞ − ∞": (lambda: ad.softmax(Value([-np.inf, -np.inf])), "∞ − ∞ or the like is no number"),
    "grad of √ at 0": (lambda: ad.grad(ZERO.sqrt(), [ZERO]), "sqrt: x = 0.0 ('zero'): no finite derivative"),
    "steps of √ at 0": (lambda: list(ad.backward_steps(ZERO.sqrt())), "sqrt: x = 0.0 ('zero'): no finite derivative"),
    "∂/∂y of negative ** y": (lambda: (Value(-2.0, "x") ** Value(2.0)).backward(), "pow: x = -2.0 ('x')"),
    "** ½ of an array at 0": (lambda: (Value([0.0, 1.0]) ** 0.5).sum().backward(), "pow"),
    "∂/∂y of negatives ** y": (lambda: (Value([-2.0]) ** Value([2.0])).sum().backward(), "pow"),
    "√ of an array at 0": (lambda: Value([0.0, 1.0]).sqrt().backward([1.0, 1.0]), "sqrt"),
}

SHAPES: dict[str, tuple[Callable[[], Any], str]] = {
    "+": (lambda: ARRAY + Value([1.0, 2.0], "b"), "add: (3,) ('a') + (2,) ('b'): shapes do not broadcast"),
    "÷": (lambda: ARRAY / np.ones(2), "div: (3,) ('a') ÷ (2,): shapes do not broadcast"),
    "**": (lambda: ARRAY ** np.ones(2), "pow: (3,) ('a') ^ (2,): shapes do not broadcast"),
    "@": (
        lambda: Value(np.ones((5, 3))) @ np.ones((4, 2)),
        "(5, 3) @ (4, 2): inner sizes 3 and 4 differ; transpose one?",
    ),
    "@ of batches": (lambda: Value(np.ones((2, 1, 3))) @ np.ones((3, 3, 1)), "the batch sizes differ"),
    "@ of a scalar": (lambda: NUMBER @ MATRIX, "a scalar has no inner size; multiply with *"),
    "@ of scalars": (lambda: NUMBER @ 3, "a scalar has no inner size; multiply with *"),
    "reshape": (lambda: MATRIX.reshape(4, -1), "reshape: (2, 3) holds 6 numbers, which do not fill (4, -1)"),
    "reshape to nothing": (lambda: MATRIX.reshape(-1, -1), "(-1, -1)"),
    "broadcast": (lambda: ad.broadcast_to(ARRAY, (2, 2)), "broadcast: (3,) ('a')"),
    "axis": (lambda: ARRAY.sum(1), "sum: (3,) ('a'): axis 1 is out of bounds"),
    "transpose": (lambda: MATRIX.transpose(5, 0), "axis 5 is out of bounds"),
    "transpose twice the same": (lambda: MATRIX.transpose(0, 0), "transpose: (2, 3) ('M')"),
    "swapaxes": (lambda: MATRIX.swapaxes(0, 2), "axis 2 is out of bounds"),
    "stack": (lambda: ad.stack([ARRAY, NUMBER]), "stack: (3,) ('a'), () ('v')"),
    "stack of nothing": (lambda: ad.stack([]), "stack"),
    "concatenate": (lambda: ad.concatenate([ARRAY, MATRIX]), "concatenate: (3,) ('a'), (2, 3) ('M')"),
    "where": (lambda: ad.where([True, False], ARRAY, 0.0), "where: (3,) ('a')"),
    "mean of nothing": (lambda: Value([]).mean(), "mean: (0,)"),
    "max of nothing": (lambda: Value([]).max(), "max: (0,)"),
    "seed": (lambda: (ARRAY * 2).backward(np.ones(2)), "seed: shape (2,) for an output of shape (3,)"),
    "tangent": (lambda: ad.jvp(ad.exp, [np.ones(2)], [np.ones(3)]), "tangent: shape (3,) for an input of shape (2,)"),
    "tangents": (lambda: ad.jvp(ad.exp, [1.0], [1.0, 2.0]), "2 for 1 inputs"),
    "vectors": (lambda: ad.hvp(ad.exp, [1.0], []), "0 for 1 inputs"),
    "assigned gradient": (lambda: setattr(ARRAY, "grad", [1.0, 2.0]), "grad: shape (2,) for data of shape (3,) ('a')"),
}

BOUNDS: dict[str, tuple[Callable[[], Any], str]] = {
    "index": (lambda: ARRAY[5], "take: (3,) ('a'): index 5 is out of bounds for axis 0 with size 3"),
    "too many": (lambda: ARRAY[0, 0], "take: (3,) ('a'): too many indices"),
    "text": (lambda: ARRAY["x"], "take: (3,) ('a')"),
    "float": (lambda: ARRAY[1.5], "take: (3,) ('a')"),
    "of a scalar": (lambda: NUMBER[0], "take: () ('v')"),
    "take": (lambda: ad.take(MATRIX, [0, 9], axis=1), "take: (2, 3) ('M')"),
}

GRAPH: dict[str, tuple[Callable[[], Any], str]] = {
    "array without a seed": (lambda: (ARRAY * 2).backward(), "shape (3,), not (); reduce it first, as in v.sum()"),
    "grad without a seed": (lambda: ad.grad(MATRIX * 2, [MATRIX]), "shape (2, 3)"),
    "steps without a seed": (lambda: list(ad.backward_steps(ARRAY * 2)), "shape (3,)"),
    "value_and_grad of an array": (lambda: ad.value_and_grad(ad.exp)([1.0, 2.0]), "shape (2,)"),
    "unreachable": (lambda: ad.grad(NUMBER * 2, [NUMBER, RATIO]), "input 1 ('ratio') does not reach the output"),
    "a constant": (lambda: ad.grad(ad.grad(3 * NUMBER, [NUMBER], create_graph=True)[0], [NUMBER]), "its gradient is 0"),
    "named output": (lambda: ad.grad(NUMBER, [RATIO]), "the output ('v')"),
    "a copy": (lambda: ad.grad(NUMBER * 2, [Value(NUMBER.data)]), "from this very Value"),
}

OTHER: dict[str, tuple[Callable[[], Any], str]] = {
    "notation": (lambda: ad.formula(NUMBER, "html"), "notation 'html'"),
    "method": (lambda: ad.check_gradients(ad.exp, 1.0, method="magic"), "method 'magic'"),
    "order": (lambda: ad.check_gradients(ad.exp, 1.0, order=3), "order 3"),
    "truth of an array": (lambda: bool(ARRAY), "ambiguous"),
}

TABLE = [
    (error, name, call, said)
    for error, cases in (
        (TypeError, NO_NUMBERS),
        (DomainError, DOMAIN),
        (ShapeError, SHAPES),
        (IndexError, BOUNDS),
        (GraphError, GRAPH),
        (ValueError, OTHER),
    )
    for name, (call, said) in cases.items()
]


@pytest.mark.parametrize(("error", "name", "call", "said"), TABLE, ids=[f"{e.__name__} {n}" for e, n, _, _ in TABLE])
def test_bad_input(error: type[Exception], name: str, call: Callable[[], Any], said: str) -> None:
    with pytest.raises(error) as raised:
        call()
    assert said in str(raised.value)
    assert len(str(raised.value)) < 400
    assert raised.value.__suppress_context__ or raised.value.__context__ is None  # one error, not a story


def test_every_error_of_the_engine_is_a_value_error() -> None:
    for error in (AutogradError, DomainError, ShapeError, GraphError):
        assert issubclass(error, ValueError)


def test_a_long_label_is_shortened_in_errors() -> None:
    with pytest.raises(DomainError) as raised:
        Value(-1.0, "x" * 10_000).log()
    assert len(str(raised.value)) < 120


def test_nothing_is_left_half_done() -> None:
    v = Value(0.0, "v")
    with pytest.raises(DomainError):
        v.sqrt().backward()
    v.zero_grad()
    (v * 3).backward()
    assert v.grad == 3.0


def test_a_gradient_may_be_added_to_by_hand_before_any_pass() -> None:
    for x in (Value([1.0, 2.0], "x"), Value(1.0, "x")):
        x.grad += 0.5
        (x * 2).sum().backward()
        assert np.all(x.grad == 2.5)


def test_who_speaks_in_an_error() -> None:
    v, w = Value([1.0, 2.0], "v"), Value(1.0, "w")
    for call, said in (
        (lambda: ad.grad(v * 2, [v]), "grad: the output has shape (2,)"),
        (lambda: (v * 2).backward(), "backward: the output has shape (2,)"),
        (lambda: ad.value_and_grad(lambda v: v * 2)([1.0, 2.0]), "value_and_grad: the output has shape (2,)"),
        (lambda: ad.grad(v.sum(), {"w": w}), "grad: input 'w' does not reach"),
        (lambda: viz.paths(v.sum(), w), "paths: input ('w') does not reach"),
    ):
        with pytest.raises(GraphError, match=re.escape(said)):
            call()
    with pytest.raises(TypeError, match="grad: input 'W' is a float"):
        ad.grad(v.sum(), {"W": 1.0})
    with pytest.raises(TypeError, match=r"a scalar Value \('w'\) is one number"):
        list(w)


def test_no_grad_is_a_decorator_with_and_without_brackets() -> None:
    for decorated in (ad.no_grad(lambda x: x * 2), ad.no_grad()(lambda x: x * 2)):
        assert decorated(Value(1.0)).inputs == ()
    with pytest.raises(TypeError, match="no_grad: got 3; write `with no_grad"):
        ad.no_grad(3)
