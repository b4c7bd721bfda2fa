"""The general way to apply an operation: any shapes, any parameters, and every error in words."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_tiny import flags, numbers, readings, recorders, refusals
from autograd_tiny.constants import Constant, constant
from autograd_tiny.rules import rule
from autograd_tiny.scopes import births, present
from autograd_tiny.table import Op
from autograd_tiny.value import Operand, Value


def record(op: Op, *operands: Operand, **parameters: Any) -> Value:
    """Apply an operation to values or numbers and record it; the general way, for every shape and parameter.

    Operations on constants alone give a constant. Raises DomainError, ShapeError, TypeError.
    """
    inputs = tuple(v if isinstance(v, Value) else Constant(v) for v in operands)
    z = compute(op, inputs, parameters)
    tracked = tuple(k for k, v in enumerate(inputs) if not isinstance(v, Constant))
    return recorded(op, inputs, z, tracked, parameters) if tracked else constant(z)


def compute(op: Op, inputs: tuple[Value, ...], parameters: dict[str, Any]) -> Any:
    """The number an operation gives, or the error that says why there is none.

    Refused is an infinity made of finite numbers, and NaN made of anything but NaN.
    """
    data = tuple(v._data for v in inputs)
    try:
        z = _number(op, data, parameters)
    except (ArithmeticError, ValueError, IndexError, TypeError) as stopped:
        raise refusals.forward_error(op, inputs, stopped) from None
    if not np.all(np.isfinite(z)) and (error := refusals.undefined(op, inputs, parameters.values(), z)):
        raise error from None
    return z if z.__class__ is np.ndarray and z.ndim else float(z)


def _number(op: Op, data: tuple[Any, ...], parameters: dict[str, Any]) -> Any:
    world = world_of(op, data, parameters)
    if world is numbers.FLOATS and not all(map(math.isfinite, data)):  # Python's functions disagree about infinities
        return _number(op, tuple(map(np.atleast_1d, data)), parameters)[0]
    forward, letters = readings.forward(op, world), (data,) if op.arity is None else data
    try:
        with flags.strict():  # sigmoid takes another form then
            return forward(*letters, **parameters)
    except FloatingPointError:  # raised for some finite results, too: the number itself is judged
        with flags.quiet():
            return forward(*letters, **parameters)


def world_of(op: Op, data: tuple[Any, ...], parameters: dict[str, Any]) -> numbers.World:
    """The world in which an operation runs: floats if all it meets are floats, else arrays."""
    arrays = any(x.__class__ is not float for x in data) or any(isinstance(p, np.ndarray) for p in parameters.values())
    return numbers.ARRAYS if arrays or not op.elementwise else numbers.FLOATS


def recorded(op: Op, inputs: tuple[Value, ...], z: Any, tracked: tuple[int, ...], parameters: dict[str, Any]) -> Value:
    """A new value `z` that remembers its operation and inputs."""
    v: Value = object.__new__(Value)
    v._data, v._grad, v._birth, v._label, v.scope = z, None, next(births), "", present()
    arrays = world_of(op, tuple(x._data for x in inputs), parameters) is numbers.ARRAYS
    v._rule = rule(op, arrays, tracked).with_parameters(parameters)
    v._x, v._y = (inputs, None) if op.arity is None else (*inputs, None)[:2]
    return v


def over_objects(error: TypeError, op: Op, *operands: Any, **parameters: Any) -> Any:
    """An operation on an object array of values: element by element, as NumPy has it with the array on the left.

    Anything else that is no number raises `error`.
    """
    if not op.elementwise or not any(isinstance(x, np.ndarray) and x.dtype == object for x in operands):
        raise error
    try:
        return np.frompyfunc(lambda *elements: record(op, *elements, **parameters), len(operands), 1)(*operands)
    except TypeError as inner:
        raise inner from None


recorders.introduce(
    Value=Value, Constant=Constant, constant=constant, record=record, recorded=recorded, over_objects=over_objects
)
