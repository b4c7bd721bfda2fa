"""Numbers in a text that go with the step t and the length T, found by comparing the text at several of them.

at T = 4, t = 1   "reshape({0}[1], (8, 3))"
at T = 4, t = 2   "reshape({0}[2], (8, 3))"      →      "reshape({0}[t], (2 * T, 3))"
at T = 5, t = 1   "reshape({0}[1], (10, 3))"
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

_WHOLE = re.compile(r"(?<![\w.{])\d+(?![\w.}])")


class Unrollable(Exception):
    """Why a recording does not become a loop."""


class Frame(NamedTuple):
    """The length of a recording, and the step looked at; outside the loops step 0."""

    length: int
    step: int


def fitted(texts: Mapping[Frame, str]) -> str:
    """The one text that gives all of these; Unrollable if there is none."""
    frames, each = list(texts), list(texts.values())
    if len(set(each)) == 1:
        return each[0]
    between = {tuple(_WHOLE.split(text)) for text in each}
    if len(between) > 1:
        raise Unrollable(f"what differs from step to step is more than numbers: {each[0]!r}, {each[-1]!r}")
    columns = zip(*[map(int, _WHOLE.findall(text)) for text in each], strict=True)
    numbers = [_expression(frames, column) for column in columns]
    (pieces,) = between
    text = pieces[0]
    for number, after in zip(numbers, pieces[1:], strict=True):
        inside = re.search(r"[-+*/@]\s*$", text) or re.match(r"\s*[-+*/@.]", after)
        text += (f"({number})" if inside and " " in number else number) + after
    return text


def _expression(frames: Sequence[Frame], numbers: Sequence[int]) -> str:
    """a + b·t + c·T as a text."""
    if len(set(numbers)) == 1:
        return str(numbers[0])
    table = np.array([(1, frame.step, frame.length) for frame in frames], float)
    solution = np.linalg.lstsq(table, np.array(numbers, float), rcond=None)[0]
    a, b, c = (round(float(x)) for x in solution)
    if any(a + b * frame.step + c * frame.length != number for frame, number in zip(frames, numbers, strict=True)):
        raise Unrollable(f"a number goes neither with the step nor with the length: {list(numbers)}")
    return written([(c, "T"), (b, "t"), (a, "")])


def written(terms: Sequence[tuple[int, str]]) -> str:
    """A sum of products, such as "2 * T - t + 1"."""
    text = ""
    for factor, name in terms:
        if factor:
            size = str(abs(factor)) if not name else name if abs(factor) == 1 else f"{abs(factor)} * {name}"
            sign = ("-" if factor < 0 else "") if not text else " - " if factor < 0 else " + "
            text += sign + size
    return text or "0"
