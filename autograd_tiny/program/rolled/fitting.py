"""Numbers in a text that go with the step t and the lengths T, S …, found by comparing the text at several of them.

at T = 4, t = 1   "reshape({0}[1], (8, 3))"
at T = 4, t = 2   "reshape({0}[2], (8, 3))"      →      "reshape({0}[t], (2 * T, 3))"
at T = 5, t = 1   "reshape({0}[1], (10, 3))"
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

_WHOLE = re.compile(r"(?<![\w.{])\d+(?![\w.}])")


class Unrollable(Exception):
    """Why a recording does not become a loop."""


TIMES = ("T", "S", "R")  # what lengths are called: of an encoder's text, of the decoder's …
Lengths = tuple[int, ...]  # how many steps each of them is


class Frame(NamedTuple):
    """The lengths of a recording, and the step looked at; outside the loops step 0."""

    lengths: Lengths
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
    """a + b·t + c·T + d·S as a text."""
    if len(set(numbers)) == 1:
        return str(numbers[0])
    table = np.array([(1, frame.step, *frame.lengths) for frame in frames])
    solution = np.linalg.lstsq(table.astype(float), np.array(numbers, float), rcond=None)[0]
    a, b, *factors = whole = [round(float(x)) for x in solution]
    if np.any(table @ whole != numbers):
        raise Unrollable(f"a number goes neither with the step nor with the length: {list(numbers)}")
    return written([*zip(factors, TIMES, strict=False), (b, "t"), (a, "")])


def written(terms: Sequence[tuple[int, str]]) -> str:
    """A sum of products, such as "2 * T - t + 1"."""
    text = ""
    for factor, name in terms:
        if factor:
            size = str(abs(factor)) if not name else name if abs(factor) == 1 else f"{abs(factor)} * {name}"
            sign = ("-" if factor < 0 else "") if not text else " - " if factor < 0 else " + "
            text += sign + size
    return text or "0"


# Such texts at given lengths ------------------------------------------------------------------------------------------


def named(lengths: Lengths) -> dict[str, int]:
    """What each length is called."""
    return dict(zip(TIMES, lengths, strict=False))


_SUM = re.compile(r"(?<![\w.{])(?<![-+*/@] )\d+(?: [-+*] \d+)+(?![\w.}])")


@lru_cache(10_000)
def worked_out(text: str, lengths: Lengths) -> str:
    """A text with the lengths as numbers, and sums and products of plain numbers worked out: 3 * (T + 1) is 12."""
    for name, length in named(lengths).items():
        text = re.sub(rf"(?<![.\w]){name}\b", str(length), text)
    before = ""
    while text != before:
        before = text
        text = _SUM.sub(lambda m: str(eval(m[0])), text)  # numbers alone
        text = re.sub(r"(?<=[-+*] )\((\d+)\)", r"\1", text)
    return text


@lru_cache(10_000)
def number(text: str, lengths: Lengths) -> int:
    """A number that goes with the lengths: of numerals, T, + − *."""
    return int(text) if text.isdigit() else int(eval(text, named(lengths)))  # a text of ours


def made_of(text: str, lengths: Lengths) -> Any:
    """The array that a text makes with arange and zeros."""
    return eval(text, {**named(lengths), "arange": np.arange, "zeros": np.zeros})  # a text of ours
