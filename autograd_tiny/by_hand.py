"""Operations that one writes oneself, as in micrograd: `out = Value(t, (x,), "tanh")`, then `out._backward = …`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd_tiny import numbers
from autograd_tiny.compiling import Rule
from autograd_tiny.data import zeros_like
from autograd_tiny.errors import messages
from autograd_tiny.table import Op
from autograd_tiny.words.words import word


def by_hand(name: str, symbol: str, inputs: int, own: Callable[[], None] = lambda: None, owner: Any = None) -> Rule:
    """The rule of an operation that somebody wrote himself: `own` adds to the gradients of the owner's inputs."""

    def pull(v: Any) -> None:
        own()

    pull.owner = owner  # type: ignore[attr-defined]  # a copy of the value has this rule, too
    op = Op(name or "by hand", symbol or "?", "", (), arity=None, elementwise=False)
    return Rule(op, numbers.ARRAYS, tuple(range(inputs)), {}, pull)


def contributions_by_hand(v: Any, g: Any) -> list[Any]:
    """What such an operation brings to its inputs: it can only add to gradients, so all of an input's at one place.

    What somebody wrote reads and writes the very values that they had; where `v` is a copy of one, as pictures make
    them, those are asked, and left as they were.
    """
    owner = getattr(v._rule.pull, "owner", None)
    v = v if owner is None else owner
    places = {x: k for k, x in reversed(list(enumerate(v.inputs))) if k in v._rule.tracked}
    before = [(x, x._grad) for x in (*places, v)]
    contributions: list[Any] = [None] * len(v.inputs)
    try:
        for x in places:
            x._grad = zeros_like(x._data)
        v._grad = g
        v._rule.pull(v)
        for x, k in places.items():
            contributions[k] = x.grad
    finally:
        for x, gradient in before:
            x._grad = gradient
    return contributions


class ByHand:
    """What programs ask a `Value` for that were written for micrograd."""

    __slots__ = ()

    _rule: Rule
    op: Any
    inputs: Any
    _carry: Callable[[], None]  # this one value's gradient to its inputs

    _prev = property(lambda self: self.inputs)
    _op = property(lambda self: word(self.op).micrograd or (self._rule.op.symbol if self._rule.op else ""))

    @property
    def _backward(self) -> Callable[[], None]:
        """Carry this one value's gradient to its inputs; what is assigned does so instead, as `def _backward(): …`."""
        return self._carry

    @_backward.setter
    def _backward(self, own: Callable[[], None]) -> None:
        if self._rule.op is None:
            raise messages.no_inputs(self)
        self._rule = by_hand(self.op, self._rule.op.symbol, len(self.inputs), own, self)  # type: ignore[misc]  # a slot of Value
