"""Pulls: the backward step of one value, which takes its complete gradient and gives each input its contribution.

Most are compiled from the table's texts; products, parts and joins have functions of their own, which spare memory.
A pull closes over nothing, so a graph holds no reference cycle and is freed the moment it is dropped.

    v      the value, z its data               g   ∂L/∂z, its gradient
    X, Y   its inputs, x and y their data      c   a contribution to ∂L/∂x or ∂L/∂y
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from functools import cache
from textwrap import indent
from typing import Any

import numpy as np
from numpy import ndarray

from autograd_tiny import numbers
from autograd_tiny.compiling import LETTERS, Rule, arguments, has_edges
from autograd_tiny.errors.flags import strict_slopes
from autograd_tiny.fast.collected import Pending, completed, give, pending
from autograd_tiny.table import Op
from autograd_tiny.value import contributions
from autograd_tiny.words.texts import define, over_floats

Pull = Callable[[Any], None]

_ARRAYS: dict[str, Any] = {  # where pulls over arrays find their names, beside the table's words
    "give": give, "Pending": Pending, "ndarray": ndarray, "float64": np.float64().dtype, "strict_slopes": strict_slopes,
}  # fmt: skip


@cache
def names_in(text: str) -> frozenset[str]:
    """The names that an expression mentions."""
    return frozenset(node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name))


@cache
def compiled(op: Op, arrays: bool, tracked: tuple[int, ...]) -> Pull:
    """The pull of an operation for its `tracked` inputs, from the table's texts."""
    texts = [op.pullbacks[k] for k in tracked]
    used = frozenset[str]().union(*map(names_in, texts))
    slots = dict(zip(LETTERS, ("_x", "_y"), strict=True))
    lines = ["g = v._grad", *([_COMPLETE] if arrays else [])]
    lines += [f"{letter.upper()} = v.{slots[letter]}" for letter in arguments(op)]
    lines += [f"{letter} = {letter.upper()}._data" for letter in arguments(op) if letter in used]
    lines += ["z = v._data"] if "z" in used else []
    lines += [f"{name} = v._rule.parameters[{name!r}]" for name in op.parameters if name in used]
    lines += _giving_arrays(op, tracked, texts) if arrays else _adding_floats(tracked, texts)
    _ARRAYS.update(numbers.ARRAYS)  # each time: there may be new ones
    name = f"pull_{op.name}_{''.join(LETTERS[k] for k in tracked)}"
    return define(
        name,
        f"def {name}(v):\n" + _body(lines, arrays and any(map(has_edges, texts))),
        _ARRAYS if arrays else numbers.FLOATS,
    )


_COMPLETE = "if g.__class__ is Pending: g = v._grad = g.complete()"


def _adding_floats(tracked: tuple[int, ...], texts: list[str]) -> list[str]:
    return [f"{LETTERS[k].upper()}._grad += {over_floats(text)}" for k, text in zip(tracked, texts, strict=True)]


def _giving_arrays(op: Op, tracked: tuple[int, ...], texts: list[str]) -> list[str]:
    """What `give` does with a first contribution that fits is written out, because most are such and calls cost."""
    lines: list[str] = []
    if op.elementwise:  # so that every contribution has the shape and dtype of g
        texts, lines = _with_array_numerals(texts)
        lines += ["shape = g.shape; dtype = g.dtype"] if op.arity != 1 or op.parameters else []
    for k, text in zip(tracked, texts, strict=True):
        X = LETTERS[k].upper()
        fits = f"{X}._grad.__class__ is float"
        if not op.elementwise:
            fits += f" and {X}._data.__class__ is ndarray and c.shape == {X}._data.shape and c.dtype is {X}._data.dtype"
        elif op.arity != 1 or op.parameters:
            fits += f" and (d := {X}._data).__class__ is ndarray and d.shape == shape and d.dtype is dtype"
        lines += [f"c = {text}", f"if {fits}: {X}._grad = c", f"else: give({X}, c)"]
    return lines


def _with_array_numerals(texts: list[str]) -> tuple[list[str], list[str]]:
    """Numerals as arrays of no axes, because NumPy takes half a microsecond to convert each of Python's.

    Beside float32 they stay as they are: an array of float64 would make float64 of the result.
    """
    names = {numeral: "n" + re.sub(r"\W", "_", numeral) for text in texts for numeral in _NUMERAL.findall(text)}
    _ARRAYS.update({f"array_{name}": np.array(float(numeral)) for numeral, name in names.items()})
    lines = [f"{name} = array_{name} if g.dtype is float64 else {numeral}" for numeral, name in names.items()]
    return [_NUMERAL.sub(lambda found: names[found[0]], text) for text in texts], lines


_NUMERAL = re.compile(r"\b\d+(?:\.\d+)?(?:e-?\d+)?")


def _body(lines: list[str], edges: bool) -> str:
    """With edges, what is an error for floats, such as a zero divisor, is one for arrays too."""
    body = "".join(f"    {line}\n" for line in lines)
    return "    with strict_slopes():\n" + indent(body, "    ") if edges else body


def _pull_product(v: Any) -> None:
    """A product of matrices. Between a matrix and a vector, the matrix's outer products are collected."""
    X, Y, g, tracked = v._x, v._y, v._grad, v._rule.tracked
    if g.__class__ is Pending:
        g = completed(v)
    x, y = X._data, Y._data
    if x.ndim + y.ndim != 3:
        _pull_matrices(v, g)
        return
    if y.ndim == 1:  # z = W y
        matrix, vector, c, outer = X, Y, 1 in tracked and g.dot(x), 0 in tracked and (g, y)
    else:  # z = x W
        matrix, vector, c, outer = Y, X, 0 in tracked and y.dot(g), 1 in tracked and (x, g)
    if outer:
        gradient = matrix._grad
        if gradient.__class__ is not Pending:
            gradient = pending(matrix)
        gradient.outer.append(outer)
    if c is not False:  # `dot` is as g @ x, but sooner begun; older NumPys overflow in it in silence
        before = vector._grad
        if before.__class__ is Pending or c.dtype is not vector._data.dtype:
            give(vector, c)
        else:
            vector._grad = c if before.__class__ is float else before + c


def _pull_matrices(v: Any, g: Any) -> None:
    """A product of matrices proper. Each gradient lies in memory as its matrix does: a transpose's along columns."""
    X, Y, tracked = v._x, v._y, v._rule.tracked
    x, y = X._data, Y._data
    if not x.ndim == y.ndim == 2:
        pull_each(v)
        return
    if 0 in tracked:
        _give_product(X, g, y.T)
    if 1 in tracked:
        _give_product(Y, x.T, g)


def _give_product(value: Any, a: Any, b: Any) -> None:
    if value._grad.__class__ is Pending:
        value._grad.add_product(a, b)
    elif value._data.flags.c_contiguous:
        give(value, a @ b)
    else:
        give(value, (b.T @ a.T).T)


def _pull_part(v: Any) -> None:
    """A part of an array: its gradient is added in place. Whatever an index takes of a single number, it takes once."""
    x, g = v._x, completed(v)
    if x._data.__class__ is ndarray:
        pending(x).add_part(v._rule.parameters["index"], g)
    else:
        give(x, g)


def _pull_stack(v: Any) -> None:
    """Values stacked: each receives its slice of the gradient."""
    g, axis, inputs = completed(v), v._rule.parameters["axis"], v._x
    slices, dtype = np.moveaxis(g, axis, 0) if axis else g, g.dtype
    for k in v._rule.tracked:
        x, c = inputs[k], slices[k]
        if x._grad.__class__ is float and (data := x._data).__class__ is ndarray and data.dtype is dtype:
            x._grad = c
        else:
            give(x, c)


def pull_each(v: Any, slots: tuple[int, ...] | None = None) -> None:
    """Each pullback as a function of its own: to the inputs in these slots, to all that are tracked by default."""
    given = contributions(v, completed(v), slots=slots)
    for k in v._rule.tracked if slots is None else slots:
        give(v.inputs[k], given[k])


SPECIAL: dict[str, Pull] = {
    "matmul": _pull_product, "take": _pull_part, "stack": _pull_stack, "concatenate": pull_each,
}  # fmt: skip


@cache
def rule(op: Op, arrays: bool, tracked: tuple[int, ...]) -> Rule:
    """The rule of an operation without further parameters, over floats or arrays; its pull compiles when first used."""

    def compile_pull(v: Any) -> None:
        made.pull = compiled(op, arrays, tracked)
        made.pull(v)

    world = numbers.ARRAYS if arrays else numbers.FLOATS
    made = Rule(op, world, tracked, {}, SPECIAL.get(op.name, compile_pull) if not op.own else pull_each)
    return made


def pull_some(v: Any, slots: tuple[int, ...]) -> None:
    """Carry v's gradient to some of its tracked inputs only: the others' derivatives are not even computed."""
    op = v._rule.op
    if not op.pullbacks:  # written by hand: all or nothing
        v._rule.pull(v)
    elif op.name in SPECIAL or op.own:
        pull_each(v, slots)
    else:
        compiled(op, v._rule.world is numbers.ARRAYS, slots)(v)
