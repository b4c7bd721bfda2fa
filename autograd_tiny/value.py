"""The engine: a value remembers how it was computed, and a backward pass carries gradients back along that memory.

    w = Value(5.0, "w")
    z = w**2 * (w - 3)      # records x = w², y = w − 3, z = x·y
    z.backward()            # w.grad == 45.0

    x, y   the inputs of an operation      z   its result      g = ∂L/∂z   the upstream gradient

`record` applies a line of the table and keeps the operation and its inputs. `backpropagate` walks what an output
depends on from the last born to the first; there `pull` lets each gate hand its gradient on. Nothing recurses.
`fast` puts compiled functions in the place of `record`, `pull` and the walk; AUTOGRAD_TINY=plain leaves it out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from functools import cache
from operator import attrgetter
from threading import RLock
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_tiny import changes, numbers, shapes
from autograd_tiny.behaviour import Behaviour, as_text
from autograd_tiny.by_hand import ByHand, by_hand, contributions_by_hand
from autograd_tiny.compiling import LEAF, Rule, arguments, forward, has_edges, pullback
from autograd_tiny.data import as_float, as_gradient, as_seed, copied, owned, zeros_like
from autograd_tiny.errors import flags, messages
from autograd_tiny.numpy_functions import over_objects
from autograd_tiny.scopes import births, present, questions
from autograd_tiny.table import TABLE, Op
from autograd_tiny.words.words import word

Operand = Any  # a Value, a float, an int, an ndarray, a (nested) list of numbers

# Recording ------------------------------------------------------------------------------------------------------------


def record(op: Op, *operands: Operand, **parameters: Any) -> Value:
    """Apply an operation to values or numbers and record it; operations on constants alone give a constant.

    Raises DomainError, ShapeError, TypeError.
    """
    inputs = tuple(v if isinstance(v, Value) else Constant(v) for v in operands)
    z = compute(op, inputs, parameters)
    tracked = tuple(k for k, v in enumerate(inputs) if not v.is_constant)
    kept = tracked and present().__class__ is tuple  # in `no_grad` nothing is
    return recorded(op, inputs, z, tracked, parameters) if kept else constant(z)


def compute(op: Op, inputs: tuple[Value, ...], parameters: dict[str, Any]) -> Any:
    """The number an operation gives, or the error that says why there is none.

    Refused is an infinity made of finite numbers, and NaN made of anything but NaN.
    """
    data = tuple(v._data for v in inputs)
    try:
        z = _number(op, data, parameters)
    except (ArithmeticError, ValueError, IndexError, TypeError) as stopped:
        raise messages.forward_error(op, inputs, stopped) from None
    if not np.all(np.isfinite(z)) and (error := messages.undefined(op, inputs, parameters.values(), z)):
        raise error from None
    return z if z.__class__ is np.ndarray and z.ndim else float(z)


def _number(op: Op, data: tuple[Any, ...], parameters: dict[str, Any]) -> Any:
    world = world_of(op, data, parameters)
    if world is numbers.FLOATS and not all(map(math.isfinite, data)):  # Python's functions disagree about infinities
        return _number(op, tuple(map(np.atleast_1d, data)), parameters)[0]
    letters = (data,) if op.arity is None else data
    try:
        with flags.strict():  # sigmoid takes another form then
            return forward(op, world)(*letters, **parameters)
    except FloatingPointError:  # raised for some finite results, too: the number itself is judged
        with flags.quiet():
            return forward(op, world)(*letters, **parameters)


def world_of(op: Op, data: Iterable[Any], parameters: dict[str, Any]) -> numbers.World:
    """The world in which an operation runs: floats if all it meets are floats, else arrays."""
    arrays = any(x.__class__ is not float for x in data) or any(isinstance(p, np.ndarray) for p in parameters.values())
    return numbers.ARRAYS if arrays or not op.elementwise else numbers.FLOATS


def recorded(op: Op, inputs: tuple[Value, ...], z: Any, tracked: tuple[int, ...], parameters: dict[str, Any]) -> Value:
    """A new value `z` that remembers its operation and inputs."""
    v: Value = object.__new__(Value)
    v._data, v._grad, v._birth, v._label, v.scope = z, None, next(births), "", present()
    arrays = world_of(op, (x._data for x in inputs), parameters) is numbers.ARRAYS
    v._rule = rule(op, arrays, tracked).with_parameters(parameters)
    v._x, v._y = (inputs, None) if op.arity is None else (*inputs, None)[:2]
    return v


@cache
def rule(op: Op, arrays: bool, tracked: tuple[int, ...]) -> Rule:
    """The rule of an operation without further parameters, over floats or arrays."""
    return Rule(op, numbers.ARRAYS if arrays else numbers.FLOATS, tracked, {}, pull)


def recorder(name: str) -> Callable[..., Value]:
    """The function that applies operation `name` to values or numbers and records it."""
    op = TABLE[name]

    def apply_and_record(*operands: Operand, **parameters: Any) -> Value:
        operands += tuple(parameters.pop(letter) for letter in arguments(op) if letter in parameters)
        given = dict(zip(op.parameters, operands[op.arity :] if op.arity else (), strict=False))
        named = dict(zip(op.parameters, op.defaults, strict=False)) | given | parameters
        try:
            return record(op, *(operands[: op.arity] if op.parameters else operands), **named)
        except TypeError as error:
            return over_objects(record, error, op, *operands, **parameters)  # type: ignore[no-any-return]

    apply_and_record.__name__, apply_and_record.__doc__ = op.name, op.description
    apply_and_record.records = name, ""  # type: ignore[attr-defined]  # `fast` finds it by this
    return apply_and_record


def reflected(name: str) -> Callable[..., Value]:
    """The operator with a number on the left and a value on the right: called as (right, left)."""

    def apply_and_record(right: Operand, left: Operand) -> Value:
        return recorder(name)(left, right)

    apply_and_record.records = name, "reflected"  # type: ignore[attr-defined]
    return apply_and_record


# The value ------------------------------------------------------------------------------------------------------------


class Value(Behaviour, ByHand):
    """A float or an array of floats, with the operation and the inputs that made it.

    `data` may be any real number, array (copied) or nested list; ints become floats. `label` names the value
    in pictures, formulas and errors. Raises TypeError for what is not real numbers.

    As in micrograd, `_children` and `_op` record an operation by hand; its pullback is then assigned to `_backward`.

    >>> w = Value(5.0, "w")
    >>> z = w**2 * (w - 3)
    >>> z.backward()
    >>> z.data, w.grad
    (50.0, 45.0)
    """

    __slots__ = ("_birth", "_data", "_grad", "_label", "_rule", "_x", "_y", "scope")

    _data: Any  # float, or ndarray with at least one axis
    _label: str
    scope: tuple[str, ...]
    _grad: Any  # None until a backward pass arrives
    _rule: Rule
    _x: Any  # the first input; of a variadic operation, the tuple of all inputs; None for a leaf
    _y: Value | None  # the second input
    _birth: int  # a value is born after its inputs, so order of birth is a topological order

    def __init__(self, data: Any, label: Any = "", _op: str = "", *, _children: tuple[Value, ...] = ()) -> None:
        self._data = data if data.__class__ is float else owned(data)
        if label.__class__ is tuple:  # micrograd's order: Value(data, (left, right), "*")
            _children, label = label, ""
        self._rule = by_hand(_op, _op, len(_children)) if _children else LEAF
        self._grad, self._x, self._y = None, _children or None, None
        self._birth, self.scope = next(births), present()
        self._label = label if label.__class__ is str else as_text(label)

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
        with passing:
            return zeros_like(self._data) if self._grad is None else self._grad

    @grad.setter
    def grad(self, gradient: Any) -> None:
        given = None if gradient is None else as_gradient(gradient, self)
        nothing = given is None or not (given if given.__class__ is float else given.any())
        with passing:
            self._grad = given
            self._rule = self._rule.with_gradient("cleared" if nothing else "set")

    @property
    def has_grad(self) -> bool:
        """Whether a backward pass has reached this value (or `zero_grad` has set it to 0)."""
        return self._grad is not None

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

    def _carry(self) -> None:
        carry(self)

    def _record(self, name: str, *operands: Operand, **parameters: Any) -> Value:
        return recorder(name)(self, *operands, **parameters)

    def detach(self) -> Value:
        """The same number as a constant: no gradient flows through it."""
        asked = questions()
        number = Constant(self._data) if asked is None else Value(self._data)
        number._label = self._label
        if asked is not None:  # a program reads it anew, and what is computed from it
            asked.detached[number] = self
        return number

    # Operations -----------------------------------------------------------------------------------------------------

    __add__, __sub__, __mul__, __truediv__ = recorder("add"), recorder("sub"), recorder("mul"), recorder("div")
    __pow__, __matmul__, __neg__, __abs__ = map(recorder, ("pow", "matmul", "neg", "abs"))
    __mod__, __floordiv__, dot = recorder("mod"), recorder("floor_divide"), recorder("matmul")

    __radd__, __rsub__, __rmul__, __rtruediv__ = reflected("add"), reflected("sub"), reflected("mul"), reflected("div")
    __rpow__, __rmatmul__ = reflected("pow"), reflected("matmul")
    __rmod__, __rfloordiv__ = reflected("mod"), reflected("floor_divide")

    if TYPE_CHECKING:  # further operations of the table by all their names, as tanh and arctan (below)

        def __getattr__(self, name: str) -> Callable[..., Value]: ...

    # Backward ------------------------------------------------------------------------------------------------------

    def backward(self, seed: Operand = None) -> None:
        """Backpropagate: every value that this one depends on learns its gradient ∂self/∂value.

        Inner gradients start fresh at each call; those of leaves accumulate until `zero_grad`.
        `seed` is ∂L/∂self, 1 by default; an array must be given one (GraphError).
        """
        backpropagate(self, seed)

    def zero_grad(self) -> None:
        """Set to 0 the gradient of this value and of everything it depends on."""
        with passing:
            for v in ancestors(self):
                v._grad = zeros_like(v._data)
                v._rule = v._rule.with_gradient("cleared" if v._x is None else "")


for _op in TABLE.values():
    if _op.elementwise and not _op.parameters:
        for _name in (_op.name, *word(_op.name).names.split()):
            setattr(Value, _name, recorder(_op.name))


class Constant(Value):
    """A number that is an input of operations, such as the 3 of `w - 3`, and receives no gradient."""

    __slots__ = ()

    def __init__(self, data: Any) -> None:
        self._data = owned(data)
        self._grad, self._rule, self._x, self._y = None, LEAF, None, None
        self._birth, self._label, self.scope = next(births), "", present()

    @property
    def is_constant(self) -> bool:
        """Whether this is a number met in an expression: it is."""
        return True


def constant(number: Any) -> Constant:
    """A Constant made without checking: of a float, an int, or an array that is in nobody else's hands."""
    v: Constant = object.__new__(Constant)
    v._data = as_float(number) if number.__class__ is int else number
    v._grad, v._rule, v._x, v._y = None, LEAF, None, None
    v._birth, v._label, v.scope = next(births), "", present()
    return v


def value(x: Operand) -> Value:
    """`x` itself if it is a Value, else a constant of it."""
    return x if isinstance(x, Value) else Constant(x)


# Backpropagation ------------------------------------------------------------------------------------------------------

passing = RLock()  # gradients live in the values while a pass computes them, so one pass runs at a time
birth = attrgetter("_birth")


def ancestors(*outputs: Any) -> list[Any]:
    """Everything that `outputs` depend on, themselves included, inputs before results.

    A value is born after its inputs, so birth order is a topological order.
    """
    for v in outputs:
        if not hasattr(v, "_rule"):
            raise messages.not_a_value(v)
    seen = set(outputs)
    found = list(seen)
    for v in found:  # grows while it is read
        for x in v.inputs:
            if x not in seen:
                seen.add(x)
                found.append(x)
    found.sort(key=birth)
    return found


def backpropagate(output: Value, seed: Operand = None) -> None:
    """Backpropagate from `output`: afterwards every value it depends on knows its gradient.

    Each value hands its gradient on once all its consumers have added to it: that is what reverse order of birth
    guarantees. Inner gradients start fresh; those of leaves accumulate until `zero_grad`.
    """
    g = as_seed(seed, output)
    if output._x is None and seed is None:  # whoever gives a seed knows what they differentiate
        raise messages.nothing_recorded(output)
    order = ancestors(output)
    changes.check_all(order)
    v = output
    with passing, messages.differentiating(lambda: v):
        for v in order:
            v._grad = zeros_like(v._data) if v._grad is None or v._x is not None else copied(v._grad)
        output._grad += g
        output._rule = output._rule.with_gradient("")
        for v in reversed(order):
            v._rule.pull(v)


def pull(v: Value) -> None:
    """One gate hands its gradient on: each input receives local derivative × upstream, and what arrives adds up."""
    for x, c in zip(v.inputs, contributions(v, v._grad), strict=True):
        if c is not None:
            x._grad += shapes.unbroadcast(c, x.shape)


def contributions(
    v: Value, g: Any, data: tuple[Any, ...] | None = None, slots: tuple[int, ...] | None = None
) -> list[Any]:
    """What flows back through each input of `v` when the gradient `g` arrives, still broadcast; None for a constant.

    `data` are the numbers of the inputs and of `v` itself, if they are not to be read from the values; `slots` are the
    inputs that are asked for, if not all that are no constants.
    """
    rule = v._rule
    assert rule.op is not None
    if not rule.op.pullbacks:
        return contributions_by_hand(v, g)
    *xs, z = data or [*[x._data for x in v.inputs], v._data]
    found: list[Any] = [None] * len(xs)
    # What is an error for floats, such as a zero divisor, is one for arrays too.
    arrays = rule.world is numbers.ARRAYS and any(map(has_edges, rule.op.pullbacks))
    with flags.strict_slopes() if arrays else nullcontext():
        for k in rule.tracked if slots is None else slots:
            letters = (xs, k) if rule.op.arity is None else xs
            found[k] = pullback(rule.op, k, rule.world)(g, *letters, z, **rule.parameters)
    return found


def carry(v: Value) -> None:
    """One step of a backward pass, micrograd's `v._backward()`: add to each input's gradient what v brings there."""
    if v._grad is None:
        return
    with passing, messages.differentiating(lambda: v):
        for x in v.inputs:
            x._grad = zeros_like(x._data) if x._grad is None else copied(x._grad)
        v._rule.pull(v)
