"""Rules: the table read as backward steps, one compiled function per operation.

A *pull* takes a value whose gradient is complete and gives each input its contribution. It closes
over nothing, so a graph holds no reference cycle and is freed the moment it is dropped.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from autograd_tiny import numbers
from autograd_tiny.pending import Pending, completed, give, pending
from autograd_tiny.readings import LETTERS, arguments, define, names_in, over_floats, pullback
from autograd_tiny.table import Op


class Rule:
    """How a value came to be: the operation, its further parameters, and the pull that runs backward."""

    __slots__ = ("op", "parameters", "pull", "tracked", "world")

    def __init__(
        self, op: Op | None, world: numbers.World, tracked: tuple[int, ...], parameters: dict[str, Any], pull: Pull
    ) -> None:
        self.op, self.world, self.tracked, self.parameters, self.pull = op, world, tracked, parameters, pull

    def with_parameters(self, parameters: dict[str, Any]) -> Rule:
        """The same rule for an application with further parameters."""
        return Rule(self.op, self.world, self.tracked, parameters, self.pull) if parameters else self


Pull = Callable[[Any], None]


LEAF = Rule(None, {}, (), {}, lambda v: None)


_ARRAYS: numbers.World = numbers.ARRAYS | {
    "give": give, "Pending": Pending, "ndarray": np.ndarray, "errstate": np.errstate,
}  # fmt: skip


@cache
def rule(op: Op, arrays: bool, tracked: tuple[int, ...]) -> Rule:
    """The rule of an operation without further parameters, over floats or arrays; its pull compiles when first used."""

    def compile_pull(v: Any) -> None:
        made.pull = pull(op, arrays, tracked)
        made.pull(v)

    world = numbers.ARRAYS if arrays else numbers.FLOATS
    made = Rule(op, world, tracked, {}, _SPECIAL.get(op.name, compile_pull))
    return made


@cache
def pull(op: Op, arrays: bool, tracked: tuple[int, ...]) -> Pull:
    """The backward step of a value: from its gradient to contributions in its `tracked` inputs."""
    texts = [op.pullbacks[k] if arrays else over_floats(op.pullbacks[k]) for k in tracked]
    used = frozenset[str]().union(*map(names_in, texts))
    slots = dict(zip(LETTERS, ("_x", "_y"), strict=True))
    lines = ["g = v._grad", *([_COMPLETE] if arrays else [])]
    lines += [f"{letter.upper()} = v.{slots[letter]}" for letter in arguments(op)]
    lines += [f"{letter} = {letter.upper()}.data" for letter in arguments(op) if letter in used]
    lines += ["z = v.data"] if "z" in used else []
    lines += [f"{name} = v._rule.parameters[{name!r}]" for name in op.parameters if name in used]
    for k, text in zip(tracked, texts, strict=True):
        target = LETTERS[k].upper()
        lines += _giving(op, target, text) if arrays else [f"{target}._grad += {text}"]
    name = f"pull_{op.name}_{''.join(LETTERS[k] for k in tracked)}"
    return define(
        name,
        f"def {name}(v):\n" + _guarded(lines, arrays and any("/" in t for t in texts)),
        _ARRAYS if arrays else numbers.FLOATS,
    )


_COMPLETE = "if g.__class__ is Pending: g = v._grad = g.complete()"


def _giving(op: Op, target: str, text: str) -> list[str]:
    """What `give` does with a first contribution that fits is written out, because most are such and calls cost."""
    X = target
    fits = f"{X}._grad.__class__ is float"
    if op.arity != 1 or op.parameters or not op.elementwise:  # else it fits by itself
        fits += f" and {X}.data.__class__ is ndarray and c.shape == {X}.data.shape and c.dtype is {X}.data.dtype"
    return [f"c = {text}", f"if {fits}: {X}._grad = c", f"else: give({X}, c)"]


def _guarded(lines: list[str], divides: bool) -> str:
    """The lines as a function's body; where arrays are divided, a zero divisor is an error as it is for floats."""
    if not divides:
        return "".join(f"    {line}\n" for line in lines)
    return '    with errstate(divide="raise", invalid="raise"):\n' + "".join(f"        {line}\n" for line in lines)


def _pull_product(v: Any) -> None:
    """A product of matrices. Where one is a vector, the other's outer products are collected."""
    X, Y, g, tracked = v._x, v._y, v._grad, v._rule.tracked
    if g.__class__ is Pending:
        g = v._grad = g.complete()
    x, y = X.data, Y.data
    if x.ndim == 2 and y.ndim == 1:
        if 0 in tracked:
            collecting = X._grad if X._grad.__class__ is Pending else pending(X)
            collecting.left.append(g)
            collecting.right.append(y)
        if 1 in tracked:
            give(Y, g.dot(x))  # what @ does, but between vectors and matrices it begins sooner
    elif x.ndim == 1 and y.ndim == 2:
        if 0 in tracked:
            give(X, y.dot(g))
        if 1 in tracked:
            collecting = Y._grad if Y._grad.__class__ is Pending else pending(Y)
            collecting.left.append(x)
            collecting.right.append(g)
    elif x.ndim == y.ndim == 2:
        if 0 in tracked:
            _give_product(X, g, y.T)
        if 1 in tracked:
            _give_product(Y, x.T, g)
    else:
        _pull_each(v)


def _give_product(value: Any, a: Any, b: Any) -> None:
    if value._grad.__class__ is Pending:
        value._grad.add_product(a, b)
    else:
        give(value, a @ b)


def _pull_part(v: Any) -> None:
    """A part of an array: its gradient is added in place."""
    g, collecting = v._grad, v._x._grad
    if g.__class__ is Pending:
        g = v._grad = g.complete()
    if collecting.__class__ is not Pending:
        collecting = pending(v._x)
    collecting.add_part(v._rule.parameters["index"], g)


def _pull_stack(v: Any) -> None:
    """Values stacked: each receives its slice of the gradient."""
    g, axis, inputs = completed(v), v._rule.parameters["axis"], v._x
    slices = list(np.moveaxis(g, axis, 0) if axis else g)
    for k in v._rule.tracked:
        x = inputs[k]
        if x._grad.__class__ is float and x.data.__class__ is np.ndarray and x.data.dtype is g.dtype:
            x._grad = slices[k]
        else:
            give(x, slices[k])


def _pull_each(v: Any) -> None:
    """Each pullback as a function of its own."""
    given = contributions(v, completed(v))
    for k in v._rule.tracked:
        give(v.inputs[k], given[k])


_SPECIAL: dict[str, Pull] = {
    "matmul": _pull_product, "take": _pull_part, "stack": _pull_stack, "concatenate": _pull_each,
}  # fmt: skip


def contributions(v: Any, g: Any) -> list[Any]:
    """What flows back through each input of `v` when the gradient `g` arrives, still broadcast; None for a constant."""
    rule, data = v._rule, tuple([x.data for x in v.inputs])
    found: list[Any] = [None] * len(data)
    for k in rule.tracked:
        letters = (data, k) if rule.op.arity is None else data
        found[k] = pullback(rule.op, k, rule.world)(g, *letters, v.data, **rule.parameters)
    return found
