"""Gradients as values: what a backward pass yields, without touching any `.grad`.

The same table serves twice. Read over numbers, the pullbacks give numbers; read over `Value`s, they
record what they compute, so that a gradient is a graph that can be differentiated again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_tiny import functions, graph, numbers, pulls, refusals, shapes
from autograd_tiny.answers import Answer
from autograd_tiny.arguments import annotated
from autograd_tiny.changes import check_all, numbers_read
from autograd_tiny.constants import Constant
from autograd_tiny.data import as_seed
from autograd_tiny.graph import ancestors, backward, differentiating
from autograd_tiny.nesting import answer, evaluated, nested
from autograd_tiny.readings import pullback
from autograd_tiny.scopes import questions
from autograd_tiny.shapes import Axis
from autograd_tiny.value import Operand, Value

__all__ = ["ancestors", "backward", "contributions", "grad", "value_and_grad"]

_FUNCTIONS = (
    "exp log sqrt sin cos tan asin acos atan sinh cosh tanh sigmoid softplus "
    "pow maximum minimum where clip sum reshape transpose scatter stack concatenate"
).split()


def _where(condition: Any, x: Any, y: Any) -> Any:
    """As `where`; with a single number there is nothing to choose later, so the choice itself is not recorded."""
    if condition.__class__ is not Answer and np.ndim(condition) == 0 and not condition and isinstance(y, Value):
        return y
    return functions.where(condition, x, y)


def _sign(x: Value) -> Any:
    """The sign as plain numbers; while one traces, as a choice that a program makes anew."""
    return np.sign(x._data) if questions() is None else functions.where(x > 0, 1.0, functions.where(x < 0, -1.0, 0.0))


def _winners(x: Value, z: Value, axis: Axis) -> Any:
    """Each maximum's share, likewise."""
    if questions() is None:
        return numbers.STRUCTURE["winners"](x, z, axis)
    won = functions.where(x == z, 1.0, 0.0)
    return won / functions.sum(won, axis, keepdims=True)


# The world in which pullbacks record: the table's names mean the operations themselves.
VALUES: numbers.World = (
    numbers.STRUCTURE
    | {name: getattr(functions, name) for name in _FUNCTIONS}
    | {
        "broadcast": functions.broadcast_to,
        "take": Value.__getitem__,
        "where": _where,
        "sign": _sign,
        "winners": _winners,
    }
)


def contributions(v: Value, g: Any) -> list[tuple[int, Any]]:
    """What flows back from `v` through each of its inputs when the gradient `g` (numbers) arrives.

    Pairs (slot, contribution) with the contribution in the shape and precision of that input; constants get none.
    """
    given = pulls.contributions(v, g, numbers_read(v))
    return [(k, _fitted(given[k], x)) for k, x in enumerate(v.inputs) if given[k] is not None]


def _fitted(c: Any, x: Value) -> Any:
    c = shapes.unbroadcast(c, x.shape)
    return c.astype(x.dtype, copy=False) if x.shape else c


def _recorded_contributions(v: Value, g: Value, slots: tuple[int, ...]) -> list[Value]:
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
def grad(
    output: Value, inputs: Value | Sequence[Value], *, seed: Operand = None, create_graph: bool = False
) -> list[Value]:
    """The gradients ∂output/∂input, one Value per input, each of its input's shape; no `.grad` is touched.

    `seed` is ∂L/∂output (default 1; needed for an array). With `create_graph` each gradient is a graph
    that can be differentiated again; so it is where the output depends on a leaf that `value_and_grad`, `jvp`,
    `hvp` or `trace` is at work on. GraphError names an input that does not reach the output.
    """
    if not isinstance(output, Value):
        raise TypeError(f"grad: the output is a {type(output).__name__}, not a Value")
    targets = [inputs] if isinstance(inputs, Value) else list(inputs)
    order = ancestors(output)
    _check_reachable(output, targets, set(order))
    return _grad(order, targets, seed, create_graph or nested(output, seed))


def _grad(order: list[Value], targets: list[Value], seed: Operand, create_graph: bool) -> list[Value]:
    """As `grad`, of the last value in `order`, whose ancestors it holds."""
    output, way = order[-1], graph.way_to(targets, order)
    if not create_graph:
        return [Value(g) for g in graph.gradients(order, way, targets, as_seed(seed, output))]
    check_all(order)
    found = _propagate(output, way, _seed(seed, output))
    return [found[x] for x in targets]


def _seed(seed: Operand, output: Value) -> Value:
    given = isinstance(seed, Value) and seed.shape == output.shape
    return seed if given else Constant(as_seed(seed, output))


def _check_reachable(output: Value, targets: list[Value], reached: set[Value]) -> None:
    for k, x in enumerate(targets):
        if not isinstance(x, Value):
            raise TypeError(f"grad: input {k} is a {type(x).__name__}, not a Value")
        if x not in reached or isinstance(x, Constant):
            raise refusals.unreachable(k, x, output)


def _propagate(output: Value, way: graph.Way, seed: Value) -> dict[Value, Value]:
    """The gradient of every value on the way as a graph, from the output back to the inputs."""
    gradients: dict[Value, Value] = {output: seed}
    v = output
    with differentiating(lambda: v):
        for v, slots in reversed(way.items()):
            inputs = v.inputs
            for k, c in zip(slots, _recorded_contributions(v, gradients[v], slots), strict=True):
                x = inputs[k]  # the earlier consumer's term first, as in the product rule
                gradients[x] = c + gradients[x] if x in gradients else c
    return gradients


def value_and_grad(f: Callable[..., Value]) -> Callable[..., tuple[Any, list[Any]]]:
    """A function that gives f's value and its gradients, `(value, [one per input])`, as plain floats and arrays.

    f takes values and returns a scalar Value; an input it does not use has gradient 0. Derivatives nest: inside a
    function that is being differentiated (or traced), value and gradients are Values if they depend on its inputs.
    """

    def evaluate(*inputs: Operand) -> tuple[Any, list[Any]]:
        output, leaves = evaluated(f, inputs)
        within = nested(output)
        gradients = gradients_or_zero(output, leaves, create_graph=within)
        return answer(output, within), [answer(g, within) for g in gradients]

    return evaluate


def gradients_or_zero(output: Value, inputs: list[Value], create_graph: bool = False, seed: Any = None) -> list[Value]:
    """As `grad`, but an input that does not reach the output has the gradient 0."""
    for k, x in enumerate(inputs):
        if isinstance(x, Constant):
            raise refusals.unreachable(k, x, output)
    order = ancestors(output)
    reached = set(order)
    used = [x for x in inputs if x in reached]
    found = dict(zip(used, _grad(order, used, seed, create_graph), strict=True)) if used else {}
    if not used:
        as_seed(seed, output)
    return [found[x] if x in found else Constant(np.zeros(x.shape)) for x in inputs]
