"""Derivatives inside derivatives: a function that is being differentiated may itself ask for derivatives.

While `value_and_grad`, `jvp`, `hvp` or `trace` runs a function, the leaves it made are *being differentiated*.
Whatever derivative is taken meanwhile and depends on one of them is recorded and answered in Values, so that the
outer derivative sees how the inner one was computed. Everything else is answered in plain floats and arrays, also
where the inputs are Values of a graph that one builds oneself: that goes on with `grad(…, create_graph=True)`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from autograd_tiny.scopes import is_recorded, recorded
from autograd_tiny.value import Operand, Value, ancestors, value


def evaluated(f: Callable[..., Any], inputs: Sequence[Operand]) -> tuple[Value, list[Value]]:
    """f's value at `inputs`, and the leaves that stood for them."""
    leaves = [fresh(x) for x in inputs]
    with being_differentiated(leaves):
        return value(f(*leaves)), leaves


def fresh(x: Operand) -> Value:
    """A new leaf with the number (and label) of `x`, for one differentiation to call its own.

    If `x` may depend on what is being differentiated outside, the leaf is 1·x: the inner derivative goes no further
    than the leaf, the outer one passes through it.
    """
    if not isinstance(x, Value):
        return Value(x)
    if not _differentiated.get() or x.is_constant or not is_recorded():
        return Value(x._data, x.label)
    leaf: Value = x * 1.0
    leaf.label = x.label
    return leaf


# Of this thread or task.
_differentiated: ContextVar[frozenset[Any]] = ContextVar("differentiated", default=frozenset())


@contextmanager
def being_differentiated(leaves: Iterable[Any]) -> Iterator[None]:
    """Inside, everything is recorded, derivatives that depend on these leaves among it."""
    outer = _differentiated.set(_differentiated.get().union(leaves))
    try:
        with recorded():
            yield
    finally:
        _differentiated.reset(outer)


def nested(*values: Any) -> bool:
    """Whether any of these depends on what is being differentiated outside, and is to be differentiated with it."""
    outside = _differentiated.get()
    if not outside or not is_recorded():
        return False
    return not outside.isdisjoint(ancestors(*(v for v in values if isinstance(v, Value))))


def answer(v: Value, within: bool) -> Any:
    """A result for whoever asked: a Value inside a function that is being differentiated, else its plain number."""
    return v if within else v._data
