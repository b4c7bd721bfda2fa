"""Constants: the numbers met in an expression, such as the 3 of `w - 3`. They are inputs that receive no gradient."""

from __future__ import annotations

from typing import Any

from autograd_tiny.data import as_float, owned
from autograd_tiny.rules import LEAF
from autograd_tiny.scopes import births, present
from autograd_tiny.value import Operand, Value

new = object.__new__


class Constant(Value):
    """A number that is an input of operations and receives no gradient."""

    __slots__ = ()

    def __init__(self, data: Any) -> None:
        self._data = owned(data)
        self._grad, self._rule, self._x, self._y = None, LEAF, None, None
        self._birth, self._label, self.scope = next(births), "", present()

    @property
    def is_constant(self) -> bool:
        """Whether this is a number met in an expression: it is."""
        return True


def value(x: Operand) -> Value:
    """`x` itself if it is a Value, else a constant of it."""
    return x if isinstance(x, Value) else Constant(x)


def constant(number: Any) -> Constant:
    """A Constant made without checking: of a float, an int, or an array that is in nobody else's hands."""
    v = new(Constant)
    v._data = as_float(number) if number.__class__ is int else number
    v._grad, v._rule, v._x, v._y = None, LEAF, None, None
    v._birth, v._label, v.scope = next(births), "", present()
    return v
