"""The table read eagerly: functions that compute and record in one go, and the backward step of each value.

Speed lives here. A recorder is straight-line code around the table's text: when its inputs are
floats it makes the new value on the spot, otherwise it hands over to the general `record`. A pull is
the table's pullbacks around the same letters. Neither closes over a value, so a graph holds no
reference cycle and is freed the moment it is dropped.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_tiny import numbers, shapes
from autograd_tiny.readings import LETTERS, arguments, define, names_in, over_floats, pullback
from autograd_tiny.table import TABLE, Op

if TYPE_CHECKING:
    from autograd_tiny.value import Value

# A gradient to which nothing has been added yet, known by identity: the first array needs no addition.
ZERO = float("0")


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


def give(value: Any, c: Any) -> None:
    """Add the contribution `c` to a value's gradient, undoing broadcasting. The lecture's "ADD gradients"."""
    data, before = value.data, value._grad
    if data.__class__ is float:
        c = shapes.unbroadcast(c, ())
    else:
        if c.shape != data.shape:
            c = shapes.unbroadcast(c, data.shape)
        if c.dtype is not data.dtype:
            c = c.astype(data.dtype)
    value._grad = c if before is ZERO else before + c


# What the compiled functions know: numbers' functions, and from `value`: Value, constant and record.
FLOATS: numbers.World = numbers.FLOATS | {"scope": (), "born": count().__next__, "new": object.__new__}
ARRAYS: numbers.World = numbers.ARRAYS | {"give": give, "errstate": np.errstate}

_UNARY = """\
def record_{name}(left):
    x = left.data if left.__class__ is Value else None
    if x.__class__ is not float:
        return record({name}_op, left)
    try:
        z = {text}
    except (ArithmeticError, ValueError):
        return record({name}_op, left)
    if z * 0.0:  # infinite or NaN
        return record({name}_op, left)
    right = None
    rule = {name}_x
"""

_BINARY = """\
def record_{name}(left, right):
    rule = {name}_xy
    if right.__class__ is not Value:
        if right.__class__ is not float and right.__class__ is not int:
            return record({name}_op, left, right)
        right = constant(right)
        rule = {name}_x
    x = left.data
    y = right.data
    if x.__class__ is not float or y.__class__ is not float or left.__class__ is not Value:
        return record({name}_op, left, right)
    try:
        z = {text}
    except (ArithmeticError, ValueError):
        return record({name}_op, left, right)
    if z * 0.0:  # infinite or NaN
        return record({name}_op, left, right)
"""

_NEW_VALUE = """\
    v = new(Value)
    v.data = z
    v._grad = None
    v._rule = rule
    v._x = left
    v._y = right
    v._birth = born()
    v.label = ""
    v.scope = scope
    return v
"""


@cache
def recorder(name: str) -> Callable[..., Value]:
    """The function that applies operation `name`, of one or two inputs, to values and records it.

    Whatever is not a finite float goes to the general `record`, which also words the errors.
    """
    op = TABLE[name]
    FLOATS[f"{name}_op"] = op
    for letters in ("x", "xy")[: op.arity]:
        FLOATS[f"{name}_{letters}"] = rule(op, False, tuple(range(len(letters))))
    template = _UNARY if op.arity == 1 else _BINARY
    source = template.format(name=name, text=over_floats(op.forward)) + _NEW_VALUE
    return define(f"record_{name}", source, FLOATS)


def apply(name: str, *operands: Any, **parameters: Any) -> Value:
    """Apply operation `name` in the general way; see `recording.record`."""
    return FLOATS["record"](TABLE[name], *operands, **parameters)  # type: ignore[no-any-return]


def reflected(name: str) -> Callable[..., Value]:
    """The operator with a number on the left and a value on the right."""
    return lambda right, left: apply(name, left, right)


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
    if not op.elementwise:
        return _structural_pull(op, tracked)
    texts = [op.pullbacks[k] if arrays else over_floats(op.pullbacks[k]) for k in tracked]
    used = frozenset[str]().union(*map(names_in, texts))
    slots = dict(zip(LETTERS, ("_x", "_y"), strict=True))
    lines = ["g = v._grad"]
    lines += [f"{letter.upper()} = v.{slots[letter]}" for letter in arguments(op)]
    lines += [f"{letter} = {letter.upper()}.data" for letter in arguments(op) if letter in used]
    lines += ["z = v.data"] if "z" in used else []
    lines += [f"{name} = v._rule.parameters[{name!r}]" for name in op.parameters if name in used]
    for k, text in zip(tracked, texts, strict=True):
        target = LETTERS[k].upper()
        lines.append(f"give({target}, {text})" if arrays else f"{target}._grad += {text}")
    name = f"pull_{op.name}_{''.join(LETTERS[k] for k in tracked)}"
    return define(name, f"def {name}(v):\n" + _guarded(lines, arrays and any("/" in t for t in texts)), _world(arrays))


def _world(arrays: bool) -> numbers.World:
    return ARRAYS if arrays else FLOATS


def _guarded(lines: list[str], divides: bool) -> str:
    """The lines as a function's body; where arrays are divided, a zero divisor is an error as it is for floats."""
    if not divides:
        return "".join(f"    {line}\n" for line in lines)
    return '    with errstate(divide="raise", invalid="raise"):\n' + "".join(f"        {line}\n" for line in lines)


def _structural_pull(op: Op, tracked: tuple[int, ...]) -> Pull:
    """The backward step of a reduction, a product or a change of shape: each pullback as a function."""

    def structural(v: Any) -> None:
        for k in tracked:
            give(v.inputs[k], contribution(v, k, v._grad))

    return structural


def contribution(v: Any, k: int, g: Any) -> Any:
    """What flows back through input `k` of value `v` when the gradient `g` arrives, in numbers; still broadcast."""
    inputs = tuple(x.data for x in v.inputs)
    letters = (inputs, k) if v._rule.op.arity is None else inputs
    return pullback(v._rule.op, k, v._rule.world)(g, *letters, v.data, **v._rule.parameters)
