"""Operations of one's own: a forward function and a pullback for each input, and the rest follows as for ours.

x, y   the inputs, as plain numbers      z   the result      g = ∂L/∂z   the upstream gradient
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from functools import update_wrapper
from inspect import Parameter, signature
from typing import Any

import numpy as np

from autograd_tiny import gradients, numbers, shapes
from autograd_tiny.compiling import LETTERS
from autograd_tiny.errors import ShapeError, messages
from autograd_tiny.errors.arguments import require_function
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
    In a text the inputs are called x, y, whatever your function calls them, its result z, and the upstream gradient g.
    Written with functions that take Values too, as texts are, a pullback can be differentiated again. `symbol` stands
    in the gate, `name` (the function's own) in formulas and errors; an operation that is not `elementwise` says so.
    `trace` and `viz.play` refuse it: no dialect has its function. Check it with `check_gradients`. ValueError for a
    name that is taken, a text that is no expression of these letters, or pullbacks that are not one for each input;
    TypeError for a pullback that is neither a text nor a function of these arguments.

    >>> import numpy as np
    >>> @operation("g * 2 * x")
    ... def squared(x):
    ...     return x * x
    >>> x = Value(3.0)
    >>> squared(x).backward()
    >>> x.grad
    6.0
    """

    for letter, pullback in zip(LETTERS, pullbacks, strict=False):
        _require_pullback(pullback, letter, ", ".join(["g", *LETTERS[: len(pullbacks)], "z"]))

    def declare(function: Callable[..., Any]) -> Callable[..., Value]:
        require_function("operation", function)
        op = _declared(function, pullbacks, symbol, name or function.__name__, elementwise)

        def apply(*operands: Any) -> Value:
            return record(op, *operands)

        return update_wrapper(apply, function)

    return declare


def _declared(
    function: Callable[..., Any], pullbacks: Sequence[Pullback], symbol: str, name: str, elementwise: bool
) -> Op:
    arity = sum(p.kind in _POSITIONAL for p in signature(function).parameters.values())
    if not name.isidentifier():
        raise ValueError(f"operation: {name!r} is no name of letters, digits and _; give one with name=")
    if name in _TAKEN:
        raise ValueError(f"operation: the name {name!r} is taken; give another one with name=")
    if not 1 <= arity <= len(LETTERS) or len(pullbacks) != arity:
        raise ValueError(
            f"operation {name}: {arity} inputs, {len(pullbacks)} pullbacks; give one for each, at most two"
        )
    letters, met = ", ".join(LETTERS[:arity]), name in _KNOWN or name in numbers.ARRAYS
    called = f"{name}_{next(births)}" if met else name
    words, texts = {called: _numeric(function)}, []
    for letter, pullback in zip(LETTERS, pullbacks, strict=False):
        if isinstance(pullback, str):
            _require_text(pullback, name, letter, {"g", *LETTERS[:arity], "z"})
            texts.append(pullback)
        else:
            words[f"{called}_by_{letter}"] = _fitted(pullback, name, letter)
            texts.append(f"{called}_by_{letter}(g, {letters}, z)")
    op = Op(name, symbol or name, f"{called}({letters})", tuple(texts), arity=arity, elementwise=elementwise, own=True)
    for world in (numbers.FLOATS, numbers.ARRAYS, numbers.COMPLEX, gradients.VALUES):
        world.update(words)
    gradients.VALUES[called] = lambda *operands: record(op, *operands)
    OWN[name] = op
    return op


def _require_pullback(pullback: Any, letter: str, called_as: str) -> None:
    """TypeError for what cannot be a pullback, such as the function itself where `@operation` was written bare."""
    if isinstance(pullback, str):
        return
    if not callable(pullback):
        raise TypeError(
            f"operation: the pullback to {letter} is {pullback!r}; give a text of the table's language, as in "
            f"'g * 2 * x', or a function of ({called_as})"
        )
    try:
        signature(pullback).bind(*called_as.split(", "))
    except TypeError:
        given = getattr(pullback, "__name__", "what is given")
        raise TypeError(
            f"operation: the pullback to {letter} is called as ({called_as}), and {given} takes "
            f"{signature(pullback)}; write @operation(pullback to x, …) above the function itself"
        ) from None
    except ValueError:  # some of NumPy's do not say what they take
        return


def _require_text(text: str, name: str, letter: str, letters: set[str]) -> None:
    """ValueError for a text that is no expression, or has a name that neither is one of `letters` nor a known word."""
    who = f"operation {name}: the pullback to {letter}, {text!r}"
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except SyntaxError as error:
        raise ValueError(f"{who}, is no expression: {error.msg}") from None
    known = letters | _KNOWN | OWN.keys()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id not in known:
            raise ValueError(
                f"{who}, has an unknown name {node.id}; its letters are {', '.join(sorted(letters))}, whatever "
                "your function calls its inputs, and functions are those of the table; or give a function"
            )


def _numeric(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function; TypeError where what it gives are no numbers."""

    def computed(*inputs: Any) -> Any:
        z = function(*inputs)
        if not isinstance(z, int | float | complex | np.number | np.ndarray) or np.asarray(z).dtype.kind in "OSU":
            raise TypeError(f"the function gives a {type(z).__name__}; it must give a float or an array")
        return z

    return computed


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
