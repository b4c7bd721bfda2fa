"""A line of the table as functions: each operation's text, compiled into what runs.

    forward(op, world)         z = …            over the numbers of `world`
    pullback(op, k, world)     g, x, y, z ↦ the contribution to input number k
    domain(op)                 inputs ↦ where the operation is defined

`fast` reads the same texts once more, for speed.

The compiled text is registered with `linecache`, so a traceback shows the line that ran.
"""

from __future__ import annotations

import ast
import linecache
import re
from collections.abc import Callable
from copy import copy
from functools import cache
from textwrap import indent
from typing import Any

from autograd_tiny import numbers
from autograd_tiny.errors import GraphError
from autograd_tiny.numbers import World
from autograd_tiny.table import Op

LETTERS = ("x", "y")


def define(name: str, source: str, world: World, function: str = "") -> Callable[..., Any]:
    """The `function` (else `name`) that `source` defines, living in `world` and reading its other names there."""
    filename = f"<autograd_tiny: {name}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    exec(compile(source, filename, "exec"), world)  # the text is ours, from the table: never a user's
    return world[function or name]  # type: ignore[no-any-return]


def arguments(op: Op) -> tuple[str, ...]:
    """The letters of an operation's inputs; a variadic one receives all of them as the tuple xs."""
    return ("xs",) if op.arity is None else LETTERS[: op.arity]


@cache
def names_in(text: str) -> frozenset[str]:
    """The names that an expression mentions."""
    return frozenset(node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name))


class _Inline(ast.NodeTransformer):
    """Over floats, where(c, a, b) is `a if c else b`: no call, and the other branch is not computed."""

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "where":
            condition, a, b = node.args
            return ast.IfExp(condition, a, b)
        return node


@cache
def over_floats(text: str) -> str:
    """A table text as Python writes it for plain floats."""
    return ast.unparse(_Inline().visit(ast.parse(text, mode="eval")))


def _text(text: str, world: World) -> str:
    return over_floats(text) if world is numbers.FLOATS else text


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


LEAF = Rule(None, {}, (), {}, lambda v, slots=None: None)

_compiled: dict[tuple[str, Op, int], Callable[..., Any]] = {}


def _once(kind: str, op: Op, world: World, make: Callable[[], Callable[..., Any]]) -> Callable[..., Any]:
    key = (kind, op, id(world))
    if key not in _compiled:
        _compiled[key] = make()
    return _compiled[key]


def require_text(op: Op, texts: Any) -> None:
    """GraphError for an operation without a text: one that somebody wrote by hand, as in micrograd."""
    if not texts:
        raise GraphError(
            f"{op.name}: written by hand, with its own _backward; it can be neither computed again nor differentiated "
            "twice; write it with operations of autograd_tiny"
        )


def forward(op: Op, world: World) -> Callable[..., Any]:
    """The operation itself: inputs and further parameters in, z out."""

    require_text(op, op.forward)

    def make() -> Callable[..., Any]:
        name, head = f"forward_{op.name}", ", ".join((*arguments(op), *op.parameters))
        return define(name, f"def {name}({head}):\n    return {_text(op.forward, world)}\n", world)

    return _once("forward", op, world, make)


def pullback(op: Op, k: int, world: World) -> Callable[..., Any]:
    """The contribution to input `k`: a function of g, the inputs, z and the parameters."""

    require_text(op, op.pullbacks)

    def make() -> Callable[..., Any]:
        letters = arguments(op) if op.arity is not None else ("xs", "k")
        head = ", ".join(("g", *letters, "z", *op.parameters))
        name = f"{op.name}_pullback_{k}" if op.arity is not None else f"{op.name}_pullback"
        body = f"    return {_text(op.pullbacks[k if op.arity is not None else 0], world)}\n"
        if op.name == "matmul":
            body = _between_matrices(body, k)
        return define(name, f"def {name}({head}):\n{body}", world)

    return _once(f"pullback {k if op.arity is not None else ''}", op, world, make)


def has_edges(text: str) -> bool:
    """Whether a pullback has no finite result somewhere: it divides, or takes a power or a logarithm."""
    return "/" in text or re.search(r"\b(pow|log)\(", text) is not None


def guarded(body: str) -> str:
    """A function's body in which what is an error for floats, such as a zero divisor, is one for arrays too."""
    return "    with strict_slopes():\n" + indent(body, "    ")


def _between_matrices(body: str, k: int) -> str:
    """Vectors count as matrices of one row (x) or column (y): converted before, converted back after."""
    letter = LETTERS[k]
    again = "c[..., 0, :]" if k == 0 else "c[..., 0]"
    return (
        f"    vector = len(shape_of({letter})) == 1\n"
        "    g, x, y = as_matrices(g, x, y, reshape)\n"
        f"{body.replace('return', 'c =')}"
        f"    return {again} if vector else c\n"
    )


@cache
def domain(op: Op) -> Callable[..., Any]:
    """The predicate that tells where an operation is defined, over arrays and floats alike."""
    head = ", ".join(arguments(op))
    source = f"def domain_{op.name}({head}):\n    return {op.domain}\n"
    return define(f"domain_{op.name}", source, numbers.ARRAYS)
