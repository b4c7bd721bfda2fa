"""Numbers that have changed since they were used: pictures draw what was recorded, and say what it is now.

A copy of the graph holds the numbers that its gates have read, so that everything that draws reads one place. A value
that two gates have met with different numbers is drawn once for each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from autograd_tiny import Value
from autograd_tiny.changes import UNKNOWN, Marked, Then, numbers_then, same
from autograd_tiny.compiling import LEAF, Rule
from autograd_tiny.errors import messages
from autograd_tiny.graphs.copying import shallow_copy
from autograd_tiny.value import ancestors
from viz.words import figures
from viz.words.figures import Precision

FEW = 4  # changes that a caption tells


class Changed(Rule):
    """The rule of a copy whose original has the number `now`; UNKNOWN if the copy has it, for the old one is lost.

    `made` is what a gate had computed, where somebody has set it to the number that the copy has.
    """

    __slots__ = ("made", "now")
    made: Any
    now: Any


def as_recorded(outputs: Sequence[Value]) -> tuple[tuple[Value, ...], Mapping[Value, Value]]:
    """The outputs with the numbers that were recorded, and what stands for each of their values where these are copies.

    Where nothing has changed they are the outputs themselves.
    """
    order = ancestors(*outputs)
    if not any(v._rule.__class__ is Marked for v in order):
        return tuple(outputs), {}
    then = numbers_then(order)
    if not then.changed:
        return tuple(outputs), {}
    copies = _copies(order, then)
    return tuple(copies[output] for output in outputs), copies


def standing_for(copies: Mapping[Value, Value], values: Iterable[Value]) -> tuple[Value, ...]:
    """What stands for these values in a graph as it was recorded: themselves, or their copies."""
    return tuple(copies.get(v, v) if isinstance(v, Value) else v for v in values)


def _copies(order: Sequence[Value], then: Then) -> dict[Value, Value]:
    first: dict[Value, Any] = {}  # what each leaf was when it was used first
    for (v, k), number in then.read.items():
        first.setdefault(v.inputs[k], number)
    copies: dict[Value, Value] = {}
    further: dict[Value, list[Value]] = {}
    for v in order:
        for k, x in enumerate(v.inputs):
            number = then.read[v, k]
            if not any(same(twin._data, number) for twin in (copies[x], *further.get(x, ()))):  # set after it was made
                leaf = _copy(x, number, (), then)
                leaf._birth = v._birth - 0.5  # type: ignore[assignment]  # just before it is used
                further.setdefault(x, []).append(leaf)
        twins = [(copies[x], *further.get(x, ())) for x in v.inputs]
        inputs = [next(x for x in each if same(x._data, then.read[v, k])) for k, each in enumerate(twins)]
        copies[v] = _copy(v, then.made[v] if inputs else first.get(v, v._data), tuple(inputs), then)
    return copies


def _copy(v: Value, number: Any, inputs: tuple[Value, ...], then: Then) -> Value:
    """A copy with this number; one of a gate without inputs is what somebody has set the gate to."""
    twin: Value = shallow_copy(v)
    twin._data = number
    twin._x = (inputs if v._x.__class__ is tuple else inputs[0]) if inputs else None
    twin._y = inputs[1] if inputs and v._y is not None else None
    rule = v._rule if inputs else LEAF
    was_set, gone = v._x is not None and not inputs, v in then.lost
    kind = Changed if was_set or gone or not same(number, v._data) else Rule
    twin._rule = kind(rule.op, rule.world, rule.tracked, rule.parameters, rule.pull).with_gradient(v._rule.gradient)
    if isinstance(twin._rule, Changed):
        twin._rule.now = UNKNOWN if gone else v._data
        twin._rule.made = then.made[v] if was_set else UNKNOWN
    return twin


def lost(values: Iterable[Value]) -> list[Value]:
    """Those of the values whose numbers are not what they were, and nobody knows what that was."""
    return [v for v in values if isinstance(v._rule, Changed) and v._rule.now is UNKNOWN]


def refuse_lost(output: Value) -> None:
    """GraphError for a graph that cannot be walked through as it was recorded; it names the value and the remedy."""
    for v in ancestors(output):
        for x in lost(v.inputs):
            raise messages.changed(x, None, v)


def told(values: Sequence[Value], name: Callable[[Value], str], precision: Precision) -> str:
    """What has changed, in sentences; empty where nothing has."""
    changed = [v for v in values if isinstance(v._rule, Changed)]
    gone = lost(changed)
    sentences = {v: _sentence(v, name(v), precision) for v in changed if v not in set(gone)}
    each = list(filter(None, sentences.values()))
    plain = [v for v, sentence in sentences.items() if not sentence]
    more = [f"{len(each) - FEW} more have changed."] if len(each) > FEW else []
    drawn = [f"Changed since, and drawn as recorded: {_listed(list(map(name, plain)))}."] if plain else []
    lacking = [f"Changed since, and drawn as now, for what was recorded is lost: {_listed(list(map(name, gone)))}."]
    return " ".join([*each[:FEW], *more, *drawn, *(lacking if gone else [])])


def _sentence(v: Value, name: str, precision: Precision) -> str:
    """What a value was and is; empty where both print the same."""
    assert isinstance(v._rule, Changed)
    then, now = figures.inline(v._data, precision), figures.inline(v._rule.now, precision)
    computed = "" if v._rule.made is UNKNOWN else f"computed as {figures.inline(v._rule.made, precision)}, and was "
    if then == now and not computed:
        return ""
    return f"{name} was {computed}{then} when it was used" + (f", and is {now} now." if then != now else ".")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:FEW]) + (f" and {len(names) - FEW} more" if len(names) > FEW else "")
