"""Where recording stands: the present scope, the count of births, and the questions asked while a function is traced.

A scope names a part of a graph, so that a picture can draw a box around it and fold it. Each time it is entered is a
call of its own: a layer that is used twice is two boxes (`namesakes` numbers them). Scope and questions belong to the
thread or task that set them (context variables); the births of all threads are counted together.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ContextDecorator, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import count
from typing import Any

Names = tuple[str, ...]

births = count()  # the next number is the birth of the next value, or of the next scope that is entered


class Call(str):
    """A scope's name, entered once: two calls are two objects, however alike they read; whoever makes one counts it."""

    __slots__ = ("birth",)
    birth: int

    def __reduce__(self) -> tuple[Any, ...]:
        return called, (str(self), self.birth)


def called(name: str, birth: int) -> Call:
    """A scope's name that was entered at that count of births."""
    call = Call(name)
    call.birth = birth
    return call


class Step(str):
    """A name that all sequences share, such as t=1: the call inside it tells whose step it is."""

    __slots__ = ()


_scope: ContextVar[Names] = ContextVar("scope", default=())
present = _scope.get  # the scope in which values are being recorded at the moment
enter = _scope.set  # from now on: for a loop over steps; otherwise `scope` or `within`


@contextmanager
def within(names: Names) -> Iterator[None]:
    """Record in exactly this scope for a while, wherever recording stands."""
    outer = enter(present().__class__(names))
    try:
        yield
    finally:
        _scope.reset(outer)


class Unrecorded(tuple[str, ...]):
    """The scope in which nothing is recorded: what is computed there are constants. So it is inside and around it."""

    __slots__ = ()

    def __bool__(self) -> bool:  # also without names it is another scope than ()
        return True

    def __add__(self, names: Names) -> Names:  # type: ignore[override]
        return Unrecorded((*self, *names))

    def __getitem__(self, part: Any) -> Any:
        names = super().__getitem__(part)
        return Unrecorded(names) if isinstance(part, slice) else names


class recorded(ContextDecorator):
    """Record what is computed inside, also within `no_grad`: for whoever is going to differentiate it."""

    within: type[Names] = tuple

    def __enter__(self) -> None:
        _outside.set((*_outside.get(), present()))
        enter(self.within(present()))

    def __exit__(self, *error: Any) -> None:
        *others, outer = _outside.get()
        _outside.set(tuple(others))
        enter(outer)


class no_grad(recorded):
    """Record nothing inside: `with no_grad():` operations on values give constants, which keep no graph alive.

    Of the thread or task alone; also works as a decorator, `@no_grad` or `@no_grad()`. A function that is
    differentiated inside (`value_and_grad`, `jvp`, `trace` …) is recorded all the same, for itself.

    >>> from autograd_tiny import Value
    >>> with no_grad():
    ...     (Value(2.0) * 3).inputs
    ()
    """

    within = Unrecorded

    def __new__(cls, _function: Any = None, /) -> Any:
        made = super().__new__(cls)
        if _function is None:
            return made
        if not callable(_function):
            raise TypeError(f"no_grad: got {_function!r}; write `with no_grad():`, or `@no_grad` above a function")
        return made(_function)


def is_recorded() -> bool:
    """Whether what is computed now is recorded."""
    return present().__class__ is tuple


_outside: ContextVar[tuple[Names, ...]] = ContextVar("outside", default=())  # of each `recorded` and `no_grad`


class scope(ContextDecorator):
    """Name what is recorded inside: `with scope("t=1"):` puts "t=1" into each new value's `scope`.

    Scopes nest. Every time one is entered is an instance of its own, also of the same object: pictures draw two boxes,
    "block" and "block 2", in the order of birth. Only one that a loop enters for each numbered scope inside, as
    `with scope("encoder", f"t={t}"):` does, is one box. Also works as a decorator, and then each call is one.

    >>> with scope("t=1"):
    ...     h = Value(1.0, "x").tanh()
    ...
    >>> h.scope
    ('t=1',)
    """

    def __init__(self, *names: str) -> None:
        self.names = tuple(map(str, names))

    def __enter__(self) -> None:
        birth, names = next(births), present()
        for name in self.names:
            call = Call(name)  # as `called` says it, in less time
            call.birth = birth
            names += (call,)
        enter(names)

    def __exit__(self, *error: Any) -> None:
        enter(present()[: -len(self.names) or None])


@dataclass(frozen=True)
class Questions:
    """What a function asks of its values' numbers while it is traced."""

    answers: list[Any] = field(default_factory=list)  # those on which its way depends
    choices: dict[Any, Any] = field(default_factory=dict)  # by the value of a `where`, the answer that it follows
    detached: dict[Any, Any] = field(default_factory=dict)  # by a leaf, the value whose number it is


_questions: ContextVar[Questions | None] = ContextVar("questions", default=None)
questions = _questions.get  # None unless a function is being traced


@contextmanager
def asking() -> Iterator[Questions]:
    """Keep what is asked of values meanwhile."""
    outer = _questions.set(kept := Questions())
    try:
        yield kept
    finally:
        _questions.reset(outer)
