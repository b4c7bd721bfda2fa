"""Gradients as values: what a backward pass yields, without touching any `.grad`.

The same table serves twice. Read over numbers, the pullbacks give numbers; read over `Value`s, they
record what they compute, so that a gradient is a graph that can be differentiated again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd_tiny import changes, functions, numbers, shapes, value
from autograd_tiny.comparisons import Answer
from autograd_tiny.compiling import pullback
from autograd_tiny.data import as_seed, fitted
from autograd_tiny.errors import ShapeError, messages
from autograd_tiny.errors.arguments import annotated, require_function
from autograd_tiny.nesting import answer, evaluated, nested
from autograd_tiny.scopes import questions, recorded
from autograd_tiny.shapes import Axis
from autograd_tiny.value import Constant, Operand, Value, ancestors
from autograd_tiny.words import WORDS

Inputs = Value | Sequence[Value] | Mapping[str, Value]


def _where(condition: Any, x: Any, y: Any) -> Any:
    """As `where`; with a single number there is nothing to choose later, so the choice itself is not recorded."""
    if condition.__class__ is not Answer and np.ndim(condition) == 0 and not condition and y.__class__ is not float:
        return y
    return functions.where(condition, x, y)


def _sign(x: Value) -> Any:
    """The sign as plain numbers; while one traces, as what a program asks for anew."""
    return np.sign(x._data) if questions() is None else functions.sign(x)


def _winners(x: Value, z: Value, axis: Axis) -> Any:
    """Each maximum's share, likewise."""
    if questions() is None:
        return numbers.ARRAYS["winners"](x, z, axis)
    won = functions.where(x == z, 1.0, 0.0)
    return won / functions.sum(won, axis, keepdims=True)


# The world in which pullbacks record: the table's words mean the operations themselves.
VALUES = numbers.World(
    numbers.ASKED
    | {name: f for name, f in functions.OFFERED.items() if name in WORDS}
    | {"take": Value.__getitem__, "swap": shapes.swap}
    | {"where": _where, "sign": _sign, "winners": _winners}
)


def numeric(v: Value, g: Any, slots: tuple[int, ...]) -> list[Any]:
    """What flows back through these slots as plain numbers, each in its input's shape and precision."""
    found = value.contributions(v, g, changes.numbers_read(v), slots)
    return [fitted(found[k], v.inputs[k]) for k in slots]


def symbolic(v: Value, g: Value, slots: tuple[int, ...]) -> list[Value]:
    """What flows back through these slots as a graph: the contributions remember how they were computed."""
    op, inputs, parameters = v._rule.op, v.inputs, v.parameters
    assert op is not None
    if (asked := questions()) is not None and v in asked.choices:
        parameters = {"condition": asked.choices[v]}
    found = []
    for k in slots:
        letters = (inputs, k) if op.arity is None else inputs
        c = pullback(op, k, VALUES)(g, *letters, v, **parameters)
        found.append(shapes.unbroadcast(c, inputs[k].shape))
    return found


@annotated
def grad(output: Value, inputs: Inputs, *, seed: Operand = None, create_graph: bool = False) -> Any:
    """The gradients ∂output/∂input, one Value per input, each of its input's shape; no `.grad` is touched.

    Returns a list; for a dict of inputs, a dict with the same keys.

    `seed` is ∂L/∂output (default 1; needed for an array). With `create_graph` each gradient is a graph that can be
    differentiated again; inside a function that `value_and_grad`, `jvp`, `hvp` or `trace` is differentiating, gradients
    are graphs anyway. GraphError names an input that does not reach the output.

    >>> w = Value(5.0, "w")
    >>> [slope] = grad(w**2 * (w - 3), [w], create_graph=True)
    >>> slope.data, grad(slope, [w])[0].data
    (45.0, 24.0)
    """
    if not isinstance(output, Value):
        raise TypeError(f"grad: the output is a {type(output).__name__}, not a Value")
    listed = [inputs] if isinstance(inputs, Value) else inputs
    named: Mapping[Any, Any] = inputs if isinstance(inputs, Mapping) else dict(enumerate(listed))
    order = ancestors(output)
    reached = set(order)
    for name, x in named.items():
        if not isinstance(x, Value):
            raise TypeError(f"grad: input {name!r} is a {type(x).__name__}, not a Value")
        if x not in reached or isinstance(x, Constant):
            raise messages.unreachable(name, x, output)
    found = _grad(order, named.values(), seed, create_graph or nested(output, seed))
    return dict(zip(inputs, found, strict=True)) if named is inputs else found


def _grad(order: list[Value], targets: Collection[Value], seed: Operand, graph: bool, who: str = "grad") -> list[Value]:
    """As `grad`, of the last value in `order`, whose ancestors it holds."""
    output, way = order[-1], way_to(targets, order)
    if not graph:
        return [Value(g) for g in numerically(order, way, targets, as_seed(seed, output, who))]
    changes.check_all(order)
    given = isinstance(seed, Value) and seed.shape == output.shape
    with recorded():
        found = _propagate(output, way, seed if given else Constant(as_seed(seed, output, who)), symbolic)
    return [found[x] for x in targets]


Way = dict[Value, tuple[int, ...]]  # the inputs through which gradients flow, by value, in order of birth


def way_to(targets: Iterable[Any], order: list[Any]) -> Way:
    """Through which of its inputs each value depends on a target, in order of birth: only there gradients flow."""
    depends, way = set(targets), Way()
    for v in order:
        slots = tuple(k for k in v._rule.tracked if v.inputs[k] in depends)
        if slots:
            depends.add(v)
            way[v] = slots
    return way


Shares = Callable[[Value, Any, tuple[int, ...]], list[Any]]  # v, g, slots ↦ what flows back through each slot


def numerically(order: list[Value], way: Way, targets: Iterable[Value], seed: Any) -> list[Any]:
    """The gradients of `targets` as plain numbers; no `.grad` is touched."""
    changes.check_all(order)
    sums = _propagate(order[-1], way, seed, numeric)
    return [sums[x] for x in targets]


def _propagate(output: Value, way: Way, seed: Any, shares: Shares) -> dict[Value, Any]:
    """The gradient of every value on the way, from the output back to the inputs; what arrives at one value ADDS UP."""
    gradients: dict[Value, Any] = {output: seed}
    v = output
    with messages.differentiating(lambda: v):
        for v, slots in reversed(way.items()):
            for k, c in zip(slots, shares(v, gradients[v], slots), strict=True):
                x = v.inputs[k]  # the earlier consumer's term first, as in the product rule
                gradients[x] = c + gradients[x] if x in gradients else c
    return gradients


def value_and_grad(f: Callable[..., Value]) -> Callable[..., tuple[Any, list[Any]]]:
    """A function that gives f's value and its gradients, `(value, [one per input])`, as plain floats and arrays.

    f takes values and returns a scalar Value; an input it does not use has gradient 0. Derivatives nest: inside a
    function that is being differentiated (or traced), value and gradients are Values if they depend on its inputs.

    >>> value_and_grad(lambda w, b: w * 3 + b)(2.0, 1.0)
    (7.0, [3.0, 1.0])
    """

    require_function("value_and_grad", f)

    def evaluate(*inputs: Operand) -> tuple[Any, list[Any]]:
        output, leaves = evaluated(f, inputs)
        within = nested(output)
        gradients = gradients_or_zero(output, leaves, within, who="value_and_grad")
        return answer(output, within), [answer(g, within) for g in gradients]

    return evaluate


def gradients_or_zero(
    output: Value, inputs: list[Value], create_graph: bool = False, seed: Any = None, who: str = "grad"
) -> list[Value]:
    """As `grad`, but an input that does not reach the output has the gradient 0."""
    for k, x in enumerate(inputs):
        if isinstance(x, Constant):
            raise messages.unreachable(k, x, output, who)
    order = ancestors(output)
    reached = set(order)
    used = [x for x in inputs if x in reached]
    found = dict(zip(used, _grad(order, used, seed, create_graph, who), strict=True))
    return [found[x] if x in found else Constant(np.zeros(x.shape)) for x in inputs]


# Derivatives along a direction: backward twice, no matrix formed ------------------------------------------------------


@annotated
def jvp(f: Callable[..., Value], primals: Sequence[Operand], tangents: Sequence[Operand]) -> tuple[Any, Any]:
    """The directional derivative J·t of f at `primals` along `tangents`: (value, tangent of the value), as numbers.

    A pullback is linear in its upstream gradient u, so differentiating ⟨pullback(u), t⟩ by u gives J·t:
    backward twice makes forward. Nests as `value_and_grad` does.

    >>> jvp(lambda x, y: x * y, (3.0, 4.0), (1.0, 0.0))
    (12.0, 4.0)
    """
    output, leaves = evaluated(f, _as_list(primals))
    directions = _directions(leaves, _as_list(tangents))
    within = nested(output, *directions)
    u = Value(np.ones_like(output._data))
    along = _inner(gradients_or_zero(output, leaves, create_graph=True, seed=u), directions)
    (tangent,) = gradients_or_zero(along, [u], create_graph=within)
    return answer(output, within), answer(tangent, within)


@annotated
def hvp(f: Callable[..., Value], inputs: Sequence[Operand], vectors: Sequence[Operand]) -> tuple[Any, list[Any]]:
    """The product of f's Hessian with `vectors`, no matrix formed: (value, [one product per input]), as numbers.

    The gradient of ⟨∇f, v⟩ (Pearlmutter, Fast exact multiplication by the Hessian, 1994). Nests as `value_and_grad`.

    >>> hvp(lambda x: x**3, [2.0], [1.0])
    (8.0, [12.0])
    """
    output, leaves = evaluated(f, _as_list(inputs))
    directions = _directions(leaves, _as_list(vectors))
    within = nested(output, *directions)
    along = _inner(gradients_or_zero(output, leaves, True, who="hvp"), directions)
    products = gradients_or_zero(along, leaves, create_graph=within)
    return answer(output, within), [answer(product, within) for product in products]


def _as_list(given: Any) -> Sequence[Any]:
    return given if isinstance(given, list | tuple) else [given]


def _directions(leaves: list[Value], tangents: Sequence[Operand]) -> list[Value]:
    if len(leaves) != len(tangents):
        raise ShapeError(f"tangents: {len(tangents)} for {len(leaves)} inputs; give one of each input's shape")
    directions = [functions.value(t) for t in tangents]
    for x, t in zip(leaves, directions, strict=True):
        if t.shape != x.shape:
            raise messages.wrong_tangent(t._data, x)
    return directions


@recorded()
def _inner(values: Sequence[Value], directions: Sequence[Value]) -> Value:
    """Σ ⟨value, direction⟩ as a scalar value."""
    products = (v * t for v, t in zip(values, directions, strict=True))
    return functions.value(sum(product.sum() if product.ndim else product for product in products))
