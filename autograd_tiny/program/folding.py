"""What is known before the program is given any number: it is worked out when the program is written."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache

from autograd_tiny.comparisons import PLACE
from autograd_tiny.program.lines import Code, Line, owned
from autograd_tiny.program.texts import specialised

_MARK = re.compile(r"\b_(\d+)_\b")


def constants(code: Code) -> Code:
    """What is known beforehand is worked out: 1·g is g, and 0 + x is x."""
    growing = code.growing
    known: dict[str, float] = {}

    def folded(lines: Iterable[Line]) -> Iterator[Line]:
        for line in lines:
            if not known.keys().isdisjoint(line.args):
                found = tuple([(k, known[arg]) for k, arg in enumerate(line.args) if arg in known])
                text, places = _with_numbers(line.text, found, bool(line.shape))
                line = line.reading(tuple([line.args[k] for k in places]), text)
            if not line.args and not line.shape and line.target not in growing:
                number = _number(line.text)
                if number is not None:
                    known[line.target] = number
            yield line

    return code.with_lines(tuple(folded(code.forward)), tuple(owned(tuple(folded(code.backward)))))


@cache
def _with_numbers(text: str, numbers: tuple[tuple[int, float], ...], array: bool) -> tuple[str, tuple[int, ...]]:
    """A template with numbers in some places, and which of its places are left."""
    # NumPy counts an array of 1 among the whole numbers, and one of 1.0 not.
    known = {f"_{k}_": float(number) if array else number for k, number in numbers}
    tree = specialised(PLACE.sub(r"_\1_", text), known, {})
    marked = ast.unparse(tree)
    left = sorted({int(k) for k in _MARK.findall(marked)})
    return _MARK.sub(lambda found: f"{{{left.index(int(found[1]))}}}", marked), tuple(left)


@cache
def _number(text: str) -> float | None:
    try:
        number = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return None
    return number if number.__class__ in (int, float) else None
