"""The names that a lesson's blocks make, each block executed once: they are kept by the code so far, and copied.

Glossary: *blocks* are what is executed, in order; *own* functions and classes are those that the blocks define.
"""

from __future__ import annotations

import builtins
import copy
import gc
import hashlib
import sys
import types
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from autograd_tiny import Value
from lessons.format.lesson import Block, Train
from lessons.session.execution import Names, Outcome, execute
from lessons.session.training import Training, training

Key: TypeAlias = tuple[tuple[str, str], ...]
KEPT = 100  # states: a lesson has some twenty


@dataclass(frozen=True)
class State:
    """The names after some blocks, and how the last of them went."""

    names: Names
    outcomes: tuple[Outcome, ...]


_known: OrderedDict[Key, State] = OrderedDict()


def after(blocks: Sequence[Block]) -> State:
    """The names after these blocks, for the caller alone: nothing that happens to them reaches anybody else."""
    state = _reached(blocks)
    twin = copied(state.names)
    return State(_executed(blocks).names if twin is None else twin, state.outcomes)


def code_key(blocks: Sequence[Block]) -> str:
    """A short name of the code so far."""
    return hashlib.sha256("\0".join(block.code for block in blocks).encode()).hexdigest()[:16]


def _reached(blocks: Sequence[Block]) -> State:
    """The state that is kept of these blocks; what nobody knows yet is executed."""
    key = tuple((block.code, getattr(block, "stored", "")) for block in blocks)
    if key in _known:
        _known.move_to_end(key)
        return _known[key]
    if not blocks:
        return State({}, ())
    before = _reached(blocks[:-1])
    names = copied(before.names)
    state = _executed(blocks) if names is None else State(names, (*before.outcomes, executed(blocks[-1], names)))
    if not state.outcomes[-1].stopped:
        _known[key] = state
        if len(_known) > KEPT:
            _known.popitem(last=False)
    return state


def _executed(blocks: Sequence[Block]) -> State:
    """All these blocks executed once more."""
    names: Names = {}
    return State(names, tuple(executed(block, names) for block in blocks))


def executed(block: Block, names: Names) -> Outcome:
    """Run one block in these names; a training's function then knows its stored runs."""
    outcome = execute(block.code, names, f"<lesson: {block.id}>")
    if isinstance(block, Train) and not outcome.error:
        names[block.define] = training(block, names[block.define])
    return outcome


# Copies: as deep as what can change; the functions that the blocks define get the copy for their globals -------------


ATOMS = (
    type(None), bool, int, float, complex, str, bytes, Value,
    types.ModuleType, types.BuiltinFunctionType, types.CodeType,
)  # fmt: skip


def copied(names: Names) -> Names | None:
    """Names of their own with the same meaning; None where that cannot be had, as with a lesson's own classes."""
    functions = list(_own(names))
    if not all(_is_simple(thing, names) for thing in functions):
        return None
    twin: Names = {}
    memo: dict[int, Any] = {id(thing): thing for thing in (builtins.__dict__, *sys.modules.values())}
    memo |= {id(f): types.FunctionType(f.__code__, twin, f.__name__) for f in functions}
    try:
        for function in functions:
            _complete(memo[id(function)], function, memo)
        twin.update((name, _copy(value, memo)) for name, value in names.items())
    except Exception:  # whatever refuses to be copied is made anew
        return None
    return twin


def _own(names: Names) -> Iterator[Any]:
    """The functions and classes that can be reached from these names and belong to no module."""
    waiting, met = list(names.values()), {id(names), id(builtins.__dict__)}
    while waiting:
        thing = waiting.pop()
        if id(thing) in met or isinstance(thing, ATOMS):
            continue  # nothing of a lesson's own hangs on a number
        met.add(id(thing))
        if isinstance(thing, types.FunctionType):
            generated = thing.__code__.co_filename.startswith("<autograd_tiny")  # the engine's own
            if thing.__globals__.get("__name__") not in sys.modules and not generated:
                yield thing
            waiting += [thing.__defaults__, thing.__kwdefaults__, *(thing.__closure__ or ())]
        elif isinstance(thing, type):
            # Code that runs in bare names makes classes "of the builtins".
            if (
                getattr(thing, "__module__", "builtins") == "builtins"
                and getattr(builtins, thing.__name__, None) is not thing
                and thing.__flags__ & HEAP
            ):
                yield thing
        else:
            waiting += gc.get_referents(thing)


HEAP = 1 << 9  # of a class made in Python


def _is_simple(thing: Any, names: Names) -> bool:
    """Whether it is a function of these names and nothing else: not of a namespace of its own, not around a cell."""
    return isinstance(thing, types.FunctionType) and thing.__globals__ is names and not thing.__closure__


def _copy(value: Any, memo: dict[int, Any]) -> Any:
    if isinstance(value, Training):
        return Training(copy.deepcopy(value.function, memo), value.runs)  # runs never change
    return copy.deepcopy(value, memo)


def _complete(twin: types.FunctionType, function: types.FunctionType, memo: dict[int, Any]) -> None:
    """What a function has beside its code; its defaults may hold other functions."""
    twin.__defaults__ = copy.deepcopy(function.__defaults__, memo)
    twin.__kwdefaults__ = copy.deepcopy(function.__kwdefaults__, memo)
    twin.__dict__.update(copy.deepcopy(function.__dict__, memo))
    twin.__doc__, twin.__annotations__ = function.__doc__, function.__annotations__
    twin.__qualname__ = function.__qualname__
