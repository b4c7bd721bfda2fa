"""The program as Python runs it fastest over floats: few names, and every number with a point.

It computes line by line what the readable program says. Two things slow that down once it is long: to reach any but the
first 256 names of a function takes two instructions, and a whole number among floats is converted each time it is met.
So names whose numbers nobody needs any more serve again.
"""

from __future__ import annotations

import re
from functools import cache

from autograd_tiny.program.dialects import PYTHON
from autograd_tiny.program.lines import Code
from autograd_tiny.program.printing import header
from autograd_tiny.program.texts import over_one

MANY = 128  # lines from which on it pays

_WHOLE = re.compile(r"(?<![\w.{\[])(?<!e[-+])(\d+)(?![\w.}\]])")


def float_source(code: Code) -> str:
    """The text that runs."""
    lines, names = _renamed(code)
    results = [names.get(name, name) for name in (*code.values, *code.gradients)]
    count = len(code.values)
    values = results[0] if count == 1 else f"({', '.join(results[:count])})"
    head = [*header(code, PYTHON), f"def program({', '.join(code.arguments)}):"]
    return "\n".join([*head, *lines, f"    return {values}, [{', '.join(results[count:])}]"]) + "\n"


def _renamed(code: Code) -> tuple[list[str], dict[str, str]]:
    """The lines, in as few names as they can do with, and what each name has become."""
    last = {arg: number for number, line in enumerate(code.lines) for arg in line.args}
    last |= dict.fromkeys((*code.values, *code.gradients), -1)  # results stay
    defined = {line.target for line in code.lines}
    names: dict[str, str] = {}
    free: list[str] = []
    written = []
    for number, (target, text, args, _, adds, *_) in enumerate(code.lines):
        value = with_points(text).format(*[names.get(arg) or with_points(arg) for arg in args])
        for arg in args:
            if last[arg] == number and arg in defined:
                defined.remove(arg)  # an argument may stand there twice
                free.append(names[arg])
        if not adds:
            names[target] = free.pop() if free else f"_{len(names)}"
        written.append(f"    {names[target]} {'+=' if adds else '='} {value}")
    return written, names


@cache
def with_points(text: str) -> str:
    """A template or a number as Python runs it, whole numbers as floats."""
    return _WHOLE.sub(r"\1.0", over_one(text))
