"""What has no name of its own and is used once is written where it is used: s = sigmoid(U * x + W * s0)."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache

from autograd_tiny.comparisons import PLACE, moved
from autograd_tiny.program.lines import Code, Line

MOST = 8  # names and numbers in one line
LONGEST = 120  # signs, where names are long

_UNNAMED = re.compile(r"(d\w+_d)?v\d+")  # as `naming` calls what has no label, and its gradient


def inline(code: Code) -> Code:
    """A number without a label that is used once is written where it is used."""
    wanted = (*code.values, *code.gradients, *(arg for guard in code.guards for arg in guard.args))
    uses = Counter([arg for line in code.lines for arg in line.args])
    uses.update([*wanted, *wanted, *[line.target for line in code.lines if line.adds]])
    return code.with_lines(*(tuple(_inlined(part, uses)) for part in (code.forward, code.backward)))


def _inlined(lines: tuple[Line, ...], uses: Counter[str]) -> Iterator[Line]:
    once = {arg for line in lines for arg in line.args if uses[arg] == 1}
    waiting: dict[str, Line] = {}  # lines that will be written where they are used
    for line in lines:
        for arg in line.args:
            if arg in waiting:
                inner = waiting.pop(arg)
                together = _together(line, line.args.index(arg), inner)
                if together is None:
                    yield inner
                else:
                    line = together
        if line.target in once and "where" not in line.text and _UNNAMED.fullmatch(line.target):
            waiting[line.target] = line
        else:
            yield line


def _together(line: Line, k: int, inner: Line) -> Line | None:
    """The line with another one in its place `k`; None if that would be too long, or not the same."""
    args = line.args[:k] + inner.args + line.args[k + 1 :]
    if len(args) > MOST or len(line.text) + len(inner.text) + len("".join(args)) - 4 * len(args) > LONGEST:
        return None
    text = composed(line.text, k, inner.text, len(inner.args))
    return line.reading(args, text) if text else None


@cache
def composed(text: str, k: int, inner: str, count: int) -> str:
    """One template, of `count` places, in place `k` of another, in brackets where it needs them.

    "" where it cannot stand: where it would be computed twice, or only sometimes.
    """
    if text.count(f"{{{k}}}") != 1 or "where" in text:
        return ""

    def place(found: re.Match[str]) -> str:
        number = int(found[1])
        return f"({moved(inner, k)})" if number == k else f"{{{number + (count - 1) * (number > k)}}}"

    marked = PLACE.sub(r"_\1_", PLACE.sub(place, text))
    written = ast.unparse(ast.parse(marked, mode="eval"))
    return "" if "--" in written else re.sub(r"\b_(\d+)_\b", r"{\1}", written)  # -- decrements in C
