"""Operations of one's own: a forward function and a pullback for each input, and the rest follows as for ours.

x, y   the inputs, as plain numbers      z   the result      g = ∂L/∂z   the upstream gradient
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import update_wrapper
from inspect import Parameter, signature
from typing import Any

from autograd_tiny import gradients, numbers, shapes
from autograd_tiny.compiling import LETTERS
from autograd_tiny.errors import ShapeError, messages
from autograd_tiny.scopes import births
from autograd_tiny.table import OWN, TABLE, Op
from autograd_tiny.value import Value, record
from autograd_tiny.words.words import word

Pullback = str | Callable[..., Any]

# What pictures, formulas and programs write in a form of their own; any other name of an operation may be used again.
_PLAIN = frozenset(op.name for op in TABLE.values() if op.elementwise and not op.parameters and word(op.name).is_plain)
_KNOWN = frozenset(numbers.ARRAYS) | frozenset(TABLE)
_TAKEN = _KNOWN - _PLAIN
_POSITIONAL = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)


def operation(
    *pullbacks: Pullback, symbol: str = "", name: str = "", elementwise: bool = True
) -> Callable[[Callable[..., Any]], Callable[..., Value]]:
    """Make a function of numbers an operation: `@operation(pullback to x, pullback to y)`, one for each input.

    The function takes floats and arrays (at most two inputs) and gives a float or an array. A pullback is a function of
    (g, x, z) or (g, x, y, z), or a text of the table's language such as "g * z"; what it gives may be broadcast still.
    Written with functions that take Values too, as texts are, it can be differentiated again. `symbol` stands in the
    gate, `name` (the function's own) in formulas and errors; an operation that is not `elementwise` says so. ValueError
    for a name that is taken, or pullbacks that are not one for each input. Check it with `check_gradients`.

    >>> import numpy as np
    >>> @operation("g * 2 * x")
    ... def squared(x):
    ...     return x * x
    >>> x = Value(3.0)
    >>> squared(x).backward()
    >>> x.grad
    6.0
    """

    def declare(function: Callable[..., Any]) -> Callable[..., Value]:
        op = _declared(function, pullbacks, symbol, name or function.__name__, elementwise)

        def apply(*operands: Any) -> Value:
            return record(op, *operands)

        return update_wrapper(apply, function)

    return declare


def _declared(
    function: Callable[..., Any], pullbacks: Sequence[Pullback], symbol: str, name: str, elementwise: bool
) -> Op:
    arity = sum(p.kind in _POSITIONAL for p in signature(function).parameters.values())
    if not name.isidentifier() or name in _TAKEN:
        raise ValueError(f"operation: the name {name!r} is taken, or no name; give another one with name=")
    if not 1 <= arity <= len(LETTERS) or len(pullbacks) != arity:
        raise ValueError(
            f"operation {name}: {arity} inputs, {len(pullbacks)} pullbacks; give one for each, at most two"
        )
    letters, met = ", ".join(LETTERS[:arity]), name in _KNOWN or name in numbers.ARRAYS
    called = f"{name}_{next(births)}" if met else name
    words, texts = {called: function}, []
    for letter, pullback in zip(LETTERS, pullbacks, strict=False):
        texts.append(pullback if isinstance(pullback, str) else f"{called}_by_{letter}(g, {letters}, z)")
        if not isinstance(pullback, str):
            words[f"{called}_by_{letter}"] = _fitted(pullback, name, letter)
    op = Op(name, symbol or name, f"{called}({letters})", tuple(texts), arity=arity, elementwise=elementwise, own=True)
    for world in (numbers.FLOATS, numbers.ARRAYS, numbers.COMPLEX, gradients.VALUES):
        world.update(words)
    gradients.VALUES[called] = lambda *operands: record(op, *operands)
    OWN[name] = op
    return op


def _fitted(pullback: Callable[..., Any], name: str, letter: str) -> Callable[..., Any]:
    """The pullback; ShapeError names it where what it gives is no gradient of its input."""

    def checked(g: Any, *others: Any) -> Any:
        c, x = pullback(g, *others), others[LETTERS.index(letter)]
        try:
            shapes.unbroadcast(c, shapes.shape_of(x))
        except (ValueError, TypeError, AttributeError, IndexError):
            raise ShapeError(messages.not_a_gradient(name, letter, c, x)) from None
        return c

    return checked
