"""The program as Python runs it fastest over floats: few names, and every number with a point.

It computes line by line what the readable program says. Two things slow that down once it is long: to reach any but the
first 256 names of a function takes two instructions, and a whole number among floats is converted each time it is met.
So names whose numbers nobody needs any more serve again, and what is added to one name is added several at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

from autograd_tiny.program.dialects import PYTHON
from autograd_tiny.program.inlining import composed
from autograd_tiny.program.lines import Code, Line
from autograd_tiny.program.printing import header
from autograd_tiny.program.texts import over_one, pointed

MANY = 128  # lines from which on it pays
WIDE = 16  # names in one sum


def float_source(code: Code) -> str:
    """The text that runs."""
    lines, names = _renamed(code)
    results = [names.get(name, name) for name in (*code.values, *code.gradients)]
    count = len(code.values)
    values = results[0] if count == 1 else f"({', '.join(results[:count])})"
    head = [*header(code, PYTHON), f"def program({', '.join(code.arguments)}):"]
    return "\n".join([*head, *lines, f"    return {values}, [{', '.join(results[count:])}]"]) + "\n"


def _summed(lines: Iterable[Line]) -> Iterator[Line]:
    """What is added to a name waits until there is more, or until it is read: dw = dw + g1 * x1 + g2 * x2."""
    waiting: dict[str, Line] = {}
    for line in lines:
        for arg in line.args:
            if arg in waiting:
                yield waiting.pop(arg)
        if not line.adds:
            yield line
            continue
        so_far = waiting.pop(line.target, None) or Line(line.target, "{0}", (line.target,))
        count = len(so_far.args)
        text = composed(f"{so_far.text} + {{{count}}}", count, line.text, len(line.args))
        longer = so_far.reading((*so_far.args, *line.args), text)
        if not text:
            yield from (so_far, line) if count > 1 else (line,)
        elif len(longer.args) < WIDE:
            waiting[line.target] = longer
        else:
            yield longer
    yield from waiting.values()


def _renamed(code: Code) -> tuple[list[str], dict[str, str]]:
    """The lines, in as few names as they can do with, and what each name has become."""
    lines = list(_summed(code.lines))
    last = {arg: number for number, line in enumerate(lines) for arg in line.args}
    last |= dict.fromkeys((*code.values, *code.gradients), -1)  # results stay
    defined = {line.target for line in lines}
    names: dict[str, str] = {}
    free: list[str] = []
    written = []
    for number, (target, text, args, _, adds, *_) in enumerate(lines):
        value = _running(text).format(*[names.get(arg) or pointed(arg) for arg in args])
        for arg in args:
            if last[arg] == number and arg in defined:
                defined.remove(arg)  # an argument may stand there twice
                free.append(names[arg])
        if target not in names:
            names[target] = free.pop() if free else f"_{len(names)}"
        written.append(f"    {names[target]} {'+=' if adds else '='} {value}")
    return written, names


@cache
def _running(text: str) -> str:
    """A template as Python runs it over floats."""
    return pointed(over_one(text))
