"""The program as Python runs it fastest over floats: few names, and every number with a point.

It computes line by line what the readable program says. Two things slow that down once it is long: to reach any but the
first 256 names of a function takes two instructions, and a whole number among floats is converted each time it is met.
So names whose numbers nobody needs any more serve again, and what is added to one name is added several at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

from autograd_tiny.comparisons import moved
from autograd_tiny.program.dialects import PYTHON
from autograd_tiny.program.lines import Code, Line
from autograd_tiny.program.passes import composed
from autograd_tiny.program.printing import header
from autograd_tiny.program.texts import over_one, pointed

MANY = 128  # lines from which on it pays
WIDE = 16  # names in one sum

Sum = tuple[str, str, tuple[str, ...]]  # a name, the text that it becomes, and the names and numbers in there


def float_source(code: Code) -> str:
    """The text that runs."""
    lines, names = _renamed(code)
    results = [names.get(name, name) for name in (*code.values, *code.gradients)]
    count = len(code.values)
    values = results[0] if count == 1 else f"({', '.join(results[:count])})"
    head = [*header(code, PYTHON), f"def program({', '.join(code.arguments)}):"]
    return "\n".join([*head, *lines, f"    return {values}, [{', '.join(results[count:])}]"]) + "\n"


def _summed(lines: Iterable[Line]) -> Iterator[Sum]:
    """What is added to a name waits until there is more, or until it is read: dw = dw + g1 * x1 + g2 * x2."""
    waiting: dict[str, Sum] = {}
    for target, text, args, _, adds, *_ in lines:
        for arg in args:
            if arg in waiting:
                yield waiting.pop(arg)
        if not adds:
            yield target, text, args
            continue
        _, so_far, before = waiting.pop(target, (target, "{0}", (target,)))
        longer = target, _plus(so_far, len(before), text, len(args)), (*before, *args)
        if len(longer[2]) < WIDE:
            waiting[target] = longer
        else:
            yield longer
    yield from waiting.values()


@cache
def _plus(text: str, count: int, term: str, places: int) -> str:
    """A sum of one more term, in brackets if it needs them."""
    return composed(f"{text} + {{{count}}}", count, term, places) or f"{text} + ({moved(term, count)})"


def _renamed(code: Code) -> tuple[list[str], dict[str, str]]:
    """The lines, in as few names as they can do with, and what each name has become."""
    lines = list(_summed(code.lines))
    last = {arg: number for number, (_, _, args) in enumerate(lines) for arg in args}
    last |= dict.fromkeys((*code.values, *code.gradients), -1)  # results stay
    defined = {target for target, _, _ in lines}
    names: dict[str, str] = {}
    free: list[str] = []
    written = []
    for number, (target, text, args) in enumerate(lines):
        value = _running(text).format(*[names.get(arg) or pointed(arg) for arg in args])
        for arg in args:
            if last[arg] == number and arg in defined:
                defined.remove(arg)  # an argument may stand there twice
                free.append(names[arg])
        if target not in names:
            names[target] = free.pop() if free else f"_{len(names)}"
        written.append(f"    {names[target]} = {value}")
    return written, names


@cache
def _running(text: str) -> str:
    """A template as Python runs it over floats."""
    return pointed(over_one(text))
