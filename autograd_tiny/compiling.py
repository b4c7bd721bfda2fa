"""A line of the table as functions: each operation's text, compiled into what runs.

forward(op, world)         z = …            over the numbers of `world`
pullback(op, k, world)     g, x, y, z ↦ the contribution to input number k
domain(op)                 inputs ↦ where the operation is defined
"""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import copy
from functools import cache
from typing import Any

from autograd_tiny import numbers, shapes
from autograd_tiny.errors import GraphError
from autograd_tiny.numbers import World
from autograd_tiny.table import Op
from autograd_tiny.words.texts import define, over_floats

LETTERS = ("x", "y")


def arguments(op: Op) -> tuple[str, ...]:
    """The letters of an operation's inputs; a variadic one receives all of them as the tuple xs."""
    return ("xs",) if op.arity is None else LETTERS[: op.arity]


class Rule:
    """How a value came to be: an operation, its further parameters, and the pull that carries its gradient back.

    `gradient` tells how the value's gradient came to be, where no pass has made it: it was "cleared", or "set" by hand.
    """

    __slots__ = ("gradient", "op", "parameters", "pull", "tracked", "world")

    def __init__(
        self,
        op: Op | None,
        world: World,
        tracked: tuple[int, ...],
        parameters: dict[str, Any],
        pull: Callable[..., None],
    ) -> None:
        self.op, self.world, self.tracked, self.parameters, self.pull = op, world, tracked, parameters, pull
        self.gradient = ""

    def with_parameters(self, parameters: dict[str, Any]) -> Rule:
        """The same rule for an application with further parameters."""
        return Rule(self.op, self.world, self.tracked, parameters, self.pull) if parameters else self

    def with_gradient(self, how: str) -> Rule:
        """The same rule for a value whose gradient was "cleared" or "set" by hand; "" if passes have made all of it."""
        if how == self.gradient:
            return self
        twin = copy(self)
        twin.gradient = how
        return twin


LEAF = Rule(None, World(), (), {}, lambda v: None)


def require_text(op: Op, texts: Any) -> None:
    """GraphError for an operation without a text: one that somebody wrote by hand, as in micrograd."""
    if not texts:
        raise GraphError(
            f"{op.name}: written by hand, with its own _backward; it can be neither computed again nor differentiated "
            "twice; write it with operations of autograd_tiny"
        )


@cache
def forward(op: Op, world: World) -> Callable[..., Any]:
    """The operation itself: inputs and further parameters in, z out."""
    require_text(op, op.forward)
    return _function(f"forward_{op.name}", (*arguments(op), *op.parameters), op.forward, world)


@cache
def pullback(op: Op, k: int, world: World) -> Callable[..., Any]:
    """The contribution to input `k`: a function of g, the inputs, z and the parameters."""
    require_text(op, op.pullbacks)
    if op.arity is None and k:  # one text serves every input: it is told which
        return pullback(op, 0, world)
    letters = arguments(op) if op.arity is not None else ("xs", "k")
    function = _function(f"{op.name}_pullback_{k}", ("g", *letters, "z", *op.parameters), op.pullbacks[k], world)
    return _between_matrices(function, k, world["reshape"]) if op.name == "matmul" else function


@cache
def domain(op: Op) -> Callable[..., Any]:
    """The predicate that tells where an operation is defined, over arrays and floats alike."""
    return _function(f"domain_{op.name}", arguments(op), op.domain, numbers.ARRAYS)


def _function(name: str, letters: tuple[str, ...], text: str, world: World) -> Callable[..., Any]:
    text = over_floats(text) if world is numbers.FLOATS else text
    return define(name, f"def {name}({', '.join(letters)}):\n    return {text}\n", world)


def _between_matrices(function: Callable[..., Any], k: int, reshape: Any) -> Callable[..., Any]:
    """Vectors count as matrices of one row (x) or column (y): converted before, converted back after."""

    def product_pullback(g: Any, x: Any, y: Any, z: Any) -> Any:
        c = function(*shapes.as_matrices(g, x, y, reshape), z)
        if len(shapes.shape_of((x, y)[k])) > 1:
            return c
        return c[..., 0, :] if k == 0 else c[..., 0]

    return product_pullback


def has_edges(text: str) -> bool:
    """Whether a pullback has no finite result somewhere: it divides, or takes a power or a logarithm."""
    return "/" in text or re.search(r"\b(pow|log)\(", text) is not None
