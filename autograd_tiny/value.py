"""The one class of the engine: a number (or an array of numbers) that remembers how it was computed.

    w = Value(5.0, "w")
    z = w**2 * (w - 3)      # records x = w², y = w − 3, z = x·y
    z.backward()            # w.grad == 45.0

A value is born after its inputs, so birth order is a topological order of the graph.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograd_tiny import changes, graph, protocols, refusals
from autograd_tiny.arranged import Arranged
from autograd_tiny.data import as_gradient, owned, zeros_like
from autograd_tiny.manners import Manners
from autograd_tiny.pending import Room, completed
from autograd_tiny.recorders import apply, recorder, reflected
from autograd_tiny.rules import LEAF, Rule, by_hand
from autograd_tiny.scopes import births, present
from autograd_tiny.shapes import Axis
from autograd_tiny.table import Op

Operand = Any  # a Value, a float, an int, an ndarray, a (nested) list of numbers


_MICROGRADS = {"mul": "*", "sub": "-", "neg": "-", "div": "/", "pow": "**", "relu": "ReLU", "sigmoid": "sigmoid"}


def _text(label: Any) -> str:
    return "" if label is None else str(label)


class Value(Arranged, Manners):
    """A float or an array of floats, with the operation and the inputs that made it.

    `data` may be any real number, array (copied) or nested list; ints become floats. `label` names the value
    in pictures, formulas and errors. Raises TypeError for what is not real numbers.

    As in micrograd, `_children` and `_op` record an operation by hand; its pullback is then assigned to `_backward`.
    """

    __slots__ = ("_birth", "_data", "_grad", "_label", "_rule", "_x", "_y", "scope")

    _data: Any  # float, or ndarray with at least one axis
    _label: str
    scope: tuple[str, ...]
    _grad: Any  # None until a backward pass arrives
    _rule: Rule
    _x: Any  # the first input; of a variadic operation, the tuple of all inputs; None for a leaf
    _y: Value | None  # the second input
    _birth: int

    def __init__(self, data: Any, label: Any = "", _op: str = "", *, _children: tuple[Value, ...] = ()) -> None:
        self._data = owned(data)
        if label.__class__ is tuple:  # micrograd's order: Value(data, (left, right), "*")
            _children, label = label, ""
        rule = by_hand(_op, _op, len(_children)) if _children else LEAF
        self._grad, self._rule, self._x, self._y = None, rule, _children or None, None
        self._birth, self.scope = next(births), present()
        self._label = label if label.__class__ is str else _text(label)

    # What is known of a value ---------------------------------------------------------------------------------------

    @property
    def data(self) -> Any:
        """The number: a float, or an array, which may be written to until something is computed from it.

        What is assigned is converted and copied as at birth. A graph that has read another number cannot be
        differentiated any more (GraphError): compute it again after the change.
        """
        number = self._data
        if number.__class__ is np.ndarray:
            changes.lend(self)
        return number

    @data.setter
    def data(self, number: Any) -> None:
        before = self._data
        if number is not before:  # else it was written to in place, by `v.data -= …`
            self._data = owned(number)
        changes.mark(self, before)

    @property
    def grad(self) -> Any:
        """∂L/∂self as the last backward passes left it: a float or array of the data's shape; 0 before any."""
        with graph.passing:
            return completed(self) if self.has_grad else zeros_like(self._data)

    @grad.setter
    def grad(self, gradient: Any) -> None:
        given = None if gradient is None else as_gradient(gradient, self)
        nothing = given is None or not (given if given.__class__ is float else given.any())
        with graph.passing:
            self._grad = given
            self._rule = self._rule.with_gradient("cleared" if nothing else "set")

    @property
    def label(self) -> str:
        """The name in pictures, formulas and errors; whatever is assigned becomes text, None none."""
        return self._label

    @label.setter
    def label(self, label: Any) -> None:
        self._label = _text(label)

    @property
    def has_grad(self) -> bool:
        """Whether a backward pass has reached this value (or `zero_grad` has set it to 0)."""
        return self._grad is not None and self._grad.__class__ is not Room

    @property
    def inputs(self) -> tuple[Value, ...]:
        """The values this one was computed from, in order and with repeats; () for a leaf."""
        if self._x.__class__ is tuple:
            return self._x
        return () if self._x is None else (self._x,) if self._y is None else (self._x, self._y)

    @property
    def op(self) -> str:
        """The name of the operation in the table; "" for a leaf."""
        return self._rule.op.name if self._rule.op else ""

    @property
    def operation(self) -> Op | None:
        """The operation's line in the table; None for a leaf."""
        return self._rule.op

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Further parameters of the operation: axis, shape, index …"""
        return self._rule.parameters

    @property
    def birth(self) -> int:
        """When this value was born: a count over all values."""
        return self._birth

    @property
    def is_constant(self) -> bool:
        """Whether this is a number met in an expression, such as the 3 of `w - 3`; it receives no gradient."""
        return False

    # What programs ask for that were written for micrograd.
    _prev = property(lambda self: self.inputs)
    _op = property(lambda self: _MICROGRADS.get(self.op, self._rule.op.symbol if self._rule.op else ""))

    @property
    def _backward(self) -> Callable[[], None]:
        """Carry this one value's gradient to its inputs; what is assigned does so instead, as `def _backward(): …`."""
        return lambda: graph.carry(self)

    @_backward.setter
    def _backward(self, carry: Callable[[], None]) -> None:
        if self._rule.op is None:
            raise refusals.no_inputs(self)
        self._rule = by_hand(self.op, self._rule.op.symbol, len(self.inputs), carry)

    # Operations -----------------------------------------------------------------------------------------------------

    __add__, __sub__, __mul__, __truediv__ = recorder("add"), recorder("sub"), recorder("mul"), recorder("div")
    __pow__, __matmul__ = recorder("pow"), recorder("matmul")
    __neg__, __abs__ = recorder("neg"), recorder("abs")

    __radd__, __rsub__, __rmul__, __rtruediv__ = reflected("add"), reflected("sub"), reflected("mul"), reflected("div")
    __rpow__, __rmatmul__ = reflected("pow"), reflected("matmul")

    def __pos__(self) -> Value:
        return self

    conjugate = __pos__  # asked for by np.var of an object array

    exp, log, sqrt = recorder("exp"), recorder("log"), recorder("sqrt")
    sin, cos, tan = recorder("sin"), recorder("cos"), recorder("tan")
    asin, acos, atan = recorder("asin"), recorder("acos"), recorder("atan")
    sinh, cosh, tanh = recorder("sinh"), recorder("cosh"), recorder("tanh")
    arcsin, arccos, arctan = asin, acos, atan  # the names by which np.arcsin of an object array calls its elements
    sigmoid, relu, softplus = recorder("sigmoid"), recorder("relu"), recorder("softplus")
    abs, dot = recorder("abs"), recorder("matmul")

    def sum(self, axis: Axis = None, keepdims: bool = False) -> Value:
        """The sum over `axis` (None: over everything), as `numpy.sum`."""
        return apply("sum", self, axis=axis, keepdims=keepdims)

    def mean(self, axis: Axis = None, keepdims: bool = False) -> Value:
        """The mean over `axis` (None: over everything), as `numpy.mean`."""
        return apply("mean", self, axis=axis, keepdims=keepdims)

    def max(self, axis: Axis = None, keepdims: bool = False) -> Value:
        """The maximum over `axis`; where n numbers are equal winners, each receives 1/n of the gradient."""
        return apply("max", self, axis=axis, keepdims=keepdims)

    def min(self, axis: Axis = None, keepdims: bool = False) -> Value:
        """The minimum over `axis`: −max(−self)."""
        return -(-self).max(axis, keepdims)

    def clip(self, min: Any = None, max: Any = None) -> Value:
        """Limited to [min, max]; no gradient flows where it is limited, edges included."""
        return protocols.RECORDED["clip"](self, min, max)  # type: ignore[no-any-return]

    # Backward ------------------------------------------------------------------------------------------------------

    def backward(self, seed: Operand = None) -> None:
        """Backpropagate: every value that this one depends on learns its gradient ∂self/∂value.

        Inner gradients start fresh at each call; those of leaves accumulate until `zero_grad`.
        `seed` is ∂L/∂self, 1 by default; an array must be given one (GraphError).
        """
        graph.backward(self, seed)

    def zero_grad(self) -> None:
        """Set to 0 the gradient of this value and of everything it depends on."""
        with graph.passing:
            for v in graph.ancestors(self):
                v._grad = zeros_like(v._data)
                v._rule = v._rule.with_gradient("cleared" if v._x is None else "")
