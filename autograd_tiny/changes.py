"""Numbers that change under a graph: what a value's data were when a gate read them, and what they are now.

A derivative is computed from the numbers at hand. If one of them was set (`p.data = …`, `p.data -= …`, an optimizer's
step) or written to (`p.data[0] = …`) after a gate had read it, the result would belong neither to the old number nor to
the new one, so a backward pass refuses it. Whoever changes a number, or hands out an array that can be written to,
leaves a mark on the value's rule. Times are births: what has the higher count came later. A loop that records its graph
anew after each change meets no mark that is later than its first gate, and pays nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from sys import getrefcount
from typing import Any, NamedTuple

import numpy as np

from autograd_tiny.compiling import Rule, forward
from autograd_tiny.errors import messages
from autograd_tiny.errors.flags import quiet
from autograd_tiny.scopes import births

REMEMBERED = 8  # changes of one value
SMALL = 16  # numbers in an array that is copied, so that it can be told what it was
UNKNOWN: Any = object()  # numbers that were not kept

# Who holds the array of a value: the value, and the argument of getrefcount.
HOLDERS = 2


Holder = Callable[[], Any] | None  # a weak reference: None, and giving None, means that there is nobody


@dataclass(slots=True)
class Change:
    """A number was changed at some time after `after` and before `by`; it had been `before` (or UNKNOWN)."""

    after: int
    by: int
    before: Any


class Marked(Rule):
    """The rule of a value whose number was changed, or whose array was handed out, after it was made: its alone."""

    __slots__ = ("changes", "holder", "in_hand", "lent", "seen")

    def __init__(self, rule: Rule, changes: tuple[Change, ...], lent: int, seen: Any, holder: Holder = None) -> None:
        self.op, self.world, self.tracked, self.parameters = rule.op, rule.world, rule.tracked, rule.parameters
        self.pull, self.gradient = rule.pull, rule.gradient
        if len(changes) > REMEMBERED:
            earliest = changes[-REMEMBERED].by
            changes = (Change(earliest, earliest, UNKNOWN), *changes[1 - REMEMBERED :])
        self.changes = changes
        self.lent = lent  # when the array was last handed out; −1: not since it was changed or replaced
        self.seen = seen  # what it held then
        self.in_hand = lent >= 0  # whether somebody may have it still
        self.holder = holder  # who of our own holds it besides the value, as long as there is somebody


class _Clock:
    latest = -1  # when the latest mark was made, on whatever value


def mark(v: Any, before: Any, holder: Holder = None) -> None:
    """Remember that the number of `v` has just been changed; `before` was it, or is the array that was written to."""
    now = _Clock.latest = next(births)
    changes, lent, seen = _marks(v._rule)
    if before is v._data:
        change = Change(lent, now, seen) if lent >= 0 else Change(now, now, UNKNOWN)
    else:
        change = Change(now, now, kept(before))
    if getattr(v._rule, "in_hand", False) and (before is v._data or holder is not None):  # who has it, has it still
        v._rule = Marked(v._rule, (*changes, change), now, kept(v._data), holder)
    else:
        v._rule = Marked(v._rule, (*changes, change), -1, UNKNOWN, holder)


def mark_each(values: Iterable[Any], holder: Holder) -> None:
    """As `mark`, of numbers that were not kept. Two changes in a row are one then: so it is at every training step."""
    now = _Clock.latest = next(births)
    for v in values:
        rule = v._rule
        if rule.__class__ is Marked and rule.lent < 0 and rule.holder is holder and rule.changes:
            last = rule.changes[-1]
            if last.before is UNKNOWN:
                last.by = now
                continue
        mark(v, UNKNOWN, holder)


def renewed(at: int) -> int:
    """Now, if a mark made `at` some time is as good as one made now: no gate was born since, and no mark made.

    −1 if it has to be made again.
    """
    now = next(births)
    if not at == _Clock.latest == now - 1:
        return -1
    _Clock.latest = now
    return now


def latest() -> int:
    """When the latest mark was made."""
    return _Clock.latest


def lend(v: Any) -> None:
    """Remember that the array of `v` is being handed out to somebody who may write to it."""
    rule, now = v._rule, next(births)
    changes, lent, seen = _marks(rule)
    if lent >= 0 and seen is not UNKNOWN and not same(seen, v._data):
        changes = (*changes, Change(lent, now, seen))
    v._rule = Marked(rule, changes, now, kept(v._data), rule.holder if rule.__class__ is Marked else None)
    _Clock.latest = now


def hold(v: Any, holder: Holder) -> None:
    """Remember who else holds the array of `v`, and tells when it writes to it."""
    v._rule = Marked(v._rule, *_marks(v._rule), holder)


def marks_apart(rule: Rule) -> Rule:
    """The same rule for a copy of its value, whose number changes for itself."""
    if not isinstance(rule, Marked):
        return rule
    return Marked(rule, tuple(map(copy, rule.changes)), rule.lent, rule.seen)


def _marks(rule: Any) -> tuple[tuple[Change, ...], int, Any]:
    return (rule.changes, rule.lent, rule.seen) if rule.__class__ is Marked else ((), -1, UNKNOWN)


def kept(number: Any) -> Any:
    """A number as it can be remembered: an array copied if it is small, else UNKNOWN."""
    if number.__class__ is not np.ndarray:
        return number
    return number.copy() if number.size <= SMALL else UNKNOWN


def number_read(x: Any, consumer: Any) -> Any:
    """The number that `x` had when the gate `consumer` was computed; UNKNOWN if it was not kept, or may be another."""
    if x._rule.__class__ is not Marked:
        return x._data
    born, (changes, lent, seen) = consumer._birth, _marks(x._rule)
    for change in changes:
        if born < change.by:
            return change.before if born < change.after else UNKNOWN
    return seen if born < lent else UNKNOWN if _doubtful(x) else x._data


def numbers_read(v: Any) -> tuple[Any, ...]:
    """The numbers of a gate's inputs, and its own, as they were when it was computed (or are, if that is not known)."""
    pairs = [(x, number_read(x, v)) for x in (*v.inputs, v)]
    return tuple([x._data if read is UNKNOWN else read for x, read in pairs])


def _doubtful(x: Any, others: int = 0, gates: Sequence[Any] = ()) -> bool:
    """Whether somebody to whom the array was handed out has written to it since, or still can.

    Once nobody but these gates (and so many others) has it in hand any more, that is not asked again.
    """
    rule = x._rule
    if rule.__class__ is not Marked or not rule.in_hand:
        return False
    if rule.seen is not UNKNOWN and not same(rule.seen, x._data):
        return True
    holder = rule.holder() if rule.holder is not None else None
    rule.in_hand = getrefcount(x._data) > HOLDERS + (holder is not None) + others or (
        holder is not None and getrefcount(holder.memory) > holder.held + _views(holder.memory, gates)
    )
    return rule.in_hand and rule.seen is UNKNOWN


def _views(memory: Any, gates: Sequence[Any]) -> int:
    """How many gates' numbers are views of an array: a view of a part is one of the whole, too."""
    return sum(getattr(v._data, "base", None) is memory for v in gates)


def same(a: Any, b: Any) -> bool:
    """Whether two numbers are one and the same, NaN included."""
    return a is b or np.array_equal(a, b, equal_nan=True)


def check(gates: Sequence[Any], leaves: Iterable[Any], others: int = 0) -> None:
    """Refuse to differentiate `gates` (in order of birth) over `leaves` if a number that they read is another now.

    `others` hold each leaf's array besides it. GraphError names the value, the number then and now, and the remedy.
    """
    doubts = [_doubtful(x, others, gates) for x in leaves if x._rule.__class__ is Marked and x._rule.in_hand]
    if gates and (_Clock.latest > gates[0]._birth or any(doubts)):
        _check_each(gates)


def check_all(values: Sequence[Any]) -> None:
    """As `check`, of everything that an output depends on, in order of birth."""
    gates = [v for v in values if v._x is not None]
    check(gates, (v for v in values if v._x is None and v._data.__class__ is np.ndarray))


def _check_each(gates: Sequence[Any]) -> None:
    views: dict[Any, Any] = {}  # whose numbers lie in an array that may have been written to, and whose array that is
    for v in gates:
        for x in (*v.inputs, v):
            read = UNKNOWN if x in views else number_read(x, v)
            if read is not UNKNOWN:
                if not same(read, x._data):
                    raise messages.changed(x, read, v)
            elif x is not v and getattr(v._data, "base", None) is not None:
                views[v] = views.get(x, x)
            elif not _recomputed(v):
                raise messages.changed(views.get(x, x), None, v)


def _recomputed(v: Any) -> bool:
    """Whether the inputs as they are now give the gate's number."""
    return gives(v, tuple([x._data for x in v.inputs]), v._data)


def gives(v: Any, data: tuple[Any, ...], number: Any) -> bool:
    """Whether the operation of `v` makes this number of these, but for rounding."""
    if not v._rule.op.forward:
        return True
    try:
        z = made_of(v, data)
    except (ArithmeticError, ValueError):
        return False
    digits = 1e-4 if np.result_type(z) == np.float32 else 1e-10
    return np.shape(z) == np.shape(number) and (
        np.array_equal(z, number) or np.allclose(z, number, digits, digits, equal_nan=True)
    )


def made_of(v: Any, data: tuple[Any, ...]) -> Any:
    """What the operation of `v` makes of these numbers."""
    op = v._rule.op
    with quiet():
        return forward(op, v._rule.world)(*((data,) if op.arity is None else data), **v._rule.parameters)


class Then(NamedTuple):
    """What every number of a graph was: `made` by each gate, and `read` by slot; `lost` are those that nobody knows."""

    made: dict[Any, Any]
    read: dict[tuple[Any, int], Any]
    lost: set[Any]

    @property
    def changed(self) -> bool:
        """Whether any number is another now."""
        unchanged = all(same(number, v._data) for v, number in self.made.items())
        return (
            bool(self.lost) or not unchanged or not all(same(n, v.inputs[k]._data) for (v, k), n in self.read.items())
        )


def numbers_then(order: Sequence[Any]) -> Then:
    """The numbers of a graph, given in order of birth, as they were when each was read."""
    then, views = Then({}, {}, set()), set[Any]()  # views of what may have been written to
    for v in order:
        if v._x is None:
            then.made[v] = v._data
            continue
        data = tuple([_read_then(x, v, then.made) for x in v.inputs])
        unsure = [x for x, number in zip(v.inputs, data, strict=True) if number is UNKNOWN or x in views]
        data = tuple([x._data if n is UNKNOWN else n for x, n in zip(v.inputs, data, strict=True)])
        number = number_read(v, v)
        number = v._data if number is UNKNOWN else number
        view = getattr(number, "base", None) is not None
        if view and not unsure and any(n is not x._data for x, n in zip(v.inputs, data, strict=True)):
            number = made_of(v, data)
        if unsure and view:
            views.add(v)
        elif unsure and not gives(v, data, number):
            then.lost.update(unsure)
        then.made[v] = number
        then.read.update({(v, k): n for k, n in enumerate(data)})
    return then


def _read_then(x: Any, v: Any, made: dict[Any, Any]) -> Any:
    return number_read(x, v) if x._rule.__class__ is Marked else made[x]
