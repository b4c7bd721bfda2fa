"""Rules: how a value came to be, and the pull that carries its gradient back."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from functools import cache
from typing import Any

from autograd_tiny import numbers, pulls
from autograd_tiny.pulls import Pull
from autograd_tiny.table import Op


class Rule:
    """How a value came to be: the operation, its further parameters, and the pull that runs backward.

    `gradient` tells how the value's gradient came to be, where no pass has made it: it was "cleared", or "set" by hand.
    """

    __slots__ = ("gradient", "op", "parameters", "pull", "tracked", "world")

    def __init__(
        self, op: Op | None, world: numbers.World, tracked: tuple[int, ...], parameters: dict[str, Any], pull: Pull
    ) -> None:
        self.op, self.world, self.tracked, self.parameters, self.pull = op, world, tracked, parameters, pull
        self.gradient = ""

    def with_parameters(self, parameters: dict[str, Any]) -> Rule:
        """The same rule for an application with further parameters."""
        return Rule(self.op, self.world, self.tracked, parameters, self.pull) if parameters else self

    def pull_some(self, v: Any, slots: tuple[int, ...]) -> None:
        """Carry v's gradient to some of its tracked inputs only: the others' derivatives are not even computed."""
        assert self.op is not None
        if not self.op.pullbacks:  # written by hand: all or nothing
            self.pull(v)
        elif self.op.name in pulls.SPECIAL:
            pulls.pull_each(v, slots)
        else:
            pulls.compiled(self.op, self.world is numbers.ARRAYS, slots)(v)

    def with_gradient(self, how: str) -> Rule:
        """The same rule for a value whose gradient was "cleared" or "set" by hand; "" if passes have made all of it."""
        if how == self.gradient:
            return self
        twin = copy(self)
        twin.gradient = how
        return twin


LEAF = Rule(None, {}, (), {}, lambda v: None)


@cache
def rule(op: Op, arrays: bool, tracked: tuple[int, ...]) -> Rule:
    """The rule of an operation without further parameters, over floats or arrays; its pull compiles when first used."""

    def compile_pull(v: Any) -> None:
        made.pull = pulls.compiled(op, arrays, tracked)
        made.pull(v)

    world = numbers.ARRAYS if arrays else numbers.FLOATS
    made = Rule(op, world, tracked, {}, pulls.SPECIAL.get(op.name, compile_pull))
    return made


def by_hand(name: str, symbol: str, inputs: int, carry: Callable[[], None] = lambda: None) -> Rule:
    """The rule of an operation that somebody wrote himself, as in micrograd: `carry` adds to the inputs' gradients."""
    op = Op(name or "by hand", symbol or "?", "", (), arity=None, elementwise=False)
    return Rule(op, numbers.ARRAYS, tuple(range(inputs)), {}, lambda v: carry())
