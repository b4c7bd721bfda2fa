"""Rules: the table read as backward steps, one compiled function per operation.

A *pull* takes a value whose gradient is complete and gives each input its contribution. It closes
over nothing, so a graph holds no reference cycle and is freed the moment it is dropped.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from autograd_tiny import numbers, shapes
from autograd_tiny.pending import Pending, pending
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


def completed(v: Any) -> Any:
    """The gradient of a value all of whose consumers have given; what was pending is added up."""
    if v._grad.__class__ is Pending:
        v._grad = v._grad.complete()
    return v._grad


LEAF = Rule(None, {}, (), {}, lambda v: None)


def give(value: Any, c: Any) -> None:
    """Add the contribution `c` to a value's gradient, undoing broadcasting. The lecture's "ADD gradients"."""
    data, before = value.data, value._grad
    if data.__class__ is not np.ndarray or not data.shape:  # a float, or what somebody assigned instead of one
        value._grad = before + shapes.unbroadcast(c, ())
        return
    if c.shape != data.shape:
        c = shapes.unbroadcast(c, data.shape)
    if c.dtype is not data.dtype:
        c = c.astype(data.dtype)
    if before.__class__ is Pending:
        before.add(c)
    else:
        value._grad = c if before.__class__ is float else before + c  # an array's float gradient is the fresh 0


_ARRAYS: numbers.World = numbers.ARRAYS | {"give": give, "completed": completed, "errstate": np.errstate}


@cache
def rule(op: Op, arrays: bool, tracked: tuple[int, ...]) -> Rule:
    """The rule of an operation without further parameters, over floats or arrays; its pull compiles when first used."""

    def compile_pull(v: Any) -> None:
        made.pull = pull(op, arrays, tracked)
        made.pull(v)

    made = Rule(op, numbers.ARRAYS if arrays else numbers.FLOATS, tracked, {}, compile_pull)
    return made


@cache
def pull(op: Op, arrays: bool, tracked: tuple[int, ...]) -> Pull:
    """The backward step of a value: from its gradient to contributions in its `tracked` inputs."""
    if op.name in _SPECIAL:
        return lambda v: _SPECIAL[op.name](v, tracked)
    texts = [op.pullbacks[k] if arrays else over_floats(op.pullbacks[k]) for k in tracked]
    used = frozenset[str]().union(*map(names_in, texts))
    slots = dict(zip(LETTERS, ("_x", "_y"), strict=True))
    lines = ["g = completed(v)" if arrays else "g = v._grad"]
    lines += [f"{letter.upper()} = v.{slots[letter]}" for letter in arguments(op)]
    lines += [f"{letter} = {letter.upper()}.data" for letter in arguments(op) if letter in used]
    lines += ["z = v.data"] if "z" in used else []
    lines += [f"{name} = v._rule.parameters[{name!r}]" for name in op.parameters if name in used]
    for k, text in zip(tracked, texts, strict=True):
        target = LETTERS[k].upper()
        lines.append(f"give({target}, {text})" if arrays else f"{target}._grad += {text}")
    name = f"pull_{op.name}_{''.join(LETTERS[k] for k in tracked)}"
    return define(
        name,
        f"def {name}(v):\n" + _guarded(lines, arrays and any("/" in t for t in texts)),
        _ARRAYS if arrays else numbers.FLOATS,
    )


def _guarded(lines: list[str], divides: bool) -> str:
    """The lines as a function's body; where arrays are divided, a zero divisor is an error as it is for floats."""
    if not divides:
        return "".join(f"    {line}\n" for line in lines)
    return '    with errstate(divide="raise", invalid="raise"):\n' + "".join(f"        {line}\n" for line in lines)


def _pull_product(v: Any, tracked: tuple[int, ...]) -> None:
    """A product of matrices. Where one is a vector, the other's outer products are collected."""
    X, Y, g = v._x, v._y, completed(v)
    x, y = X.data, Y.data
    if x.ndim == 2 and y.ndim == 1:
        if 0 in tracked:
            pending(X).add_outer(g, y)
        if 1 in tracked:
            give(Y, g @ x)
    elif x.ndim == 1 and y.ndim == 2:
        if 0 in tracked:
            give(X, y @ g)
        if 1 in tracked:
            pending(Y).add_outer(x, g)
    else:
        _pull_each(v, tracked)


def _pull_part(v: Any, tracked: tuple[int, ...]) -> None:
    """A part of an array: its gradient is added in place."""
    pending(v._x).add_part(v._rule.parameters["index"], completed(v))


def _pull_stack(v: Any, tracked: tuple[int, ...]) -> None:
    """Values stacked: each receives its slice of the gradient."""
    g, axis = completed(v), v._rule.parameters["axis"]
    slices = np.moveaxis(g, axis, 0) if axis else g
    for k in tracked:
        give(v._x[k], slices[k])


def _pull_each(v: Any, tracked: tuple[int, ...]) -> None:
    """Each pullback as a function of its own."""
    given = contributions(v, completed(v))
    for k in tracked:
        give(v.inputs[k], given[k])


_SPECIAL = {"matmul": _pull_product, "take": _pull_part, "stack": _pull_stack, "concatenate": _pull_each}


def contributions(v: Any, g: Any) -> list[Any]:
    """What flows back through each input of `v` when the gradient `g` arrives, still broadcast; None for a constant."""
    rule, data = v._rule, tuple([x.data for x in v.inputs])
    found: list[Any] = [None] * len(data)
    for k in rule.tracked:
        letters = (data, k) if rule.op.arity is None else data
        found[k] = pullback(rule.op, k, rule.world)(g, *letters, v.data, **rule.parameters)
    return found
