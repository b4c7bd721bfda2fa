"""Unrolled loops found again: lines that say the same, step after step, about places that lie evenly apart.

Every name and every number of a long program gets a place. A block is `period` lines that repeat `count` times
such that the places of each repetition lie as far from those of the last as those from the ones before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_tiny.program.lines import Line

Array = np.ndarray[Any, Any]
WINDOWS = (1, 4, 16, 64, 256, 1024)  # how many equal lines make one look for a repetition
FEWEST = 16  # lines that a loop must save


@dataclass(frozen=True)
class Block:
    """Lines from `start` on: `period` of them, `count` times."""

    start: int
    period: int
    count: int

    @property
    def end(self) -> int:
        """The first line behind the block."""
        return self.start + self.period * self.count


class Places:
    """Where the names and numbers of lines are: arguments, then the names in order, then the numbers.

    `table` holds, line after line, the place of the target and those of the arguments.
    """

    def __init__(self, lines: Sequence[Line], arguments: Sequence[str]) -> None:
        self.of = {name: k for k, name in enumerate(arguments)}
        self.inputs = len(self.of)
        for line in lines:
            self.of.setdefault(line.target, len(self.of))
        self.names = len(self.of)
        self.numbers: list[str] = []
        table: list[int] = []
        starts, forms = [0], []
        known: dict[tuple[Any, ...], int] = {}
        for line in lines:
            table.append(self.of[line.target])
            kinds = []
            for arg in line.args:
                place = self._place(arg)
                kinds.append(arg if place is None else (place >= self.inputs) + (place >= self.names))
                table.append(-1 if place is None else place)
            starts.append(len(table))
            forms.append(known.setdefault((line.text, line.adds, *kinds), len(known)))
        self.table, self.starts, self.forms = np.array(table), np.array(starts), np.array(forms)

    def _place(self, arg: str) -> int | None:
        """The place of an argument; None for what is no plain number, such as infinity."""
        place = self.of.get(arg)
        if place is None and arg.strip("(-)")[:1].isdigit():
            self.numbers.append(arg)
            return self.names + len(self.numbers) - 1
        return place

    def repetitions(self, block: Block) -> Array:
        """The places of a block, one row per repetition."""
        return self.table[self.starts[block.start] : self.starts[block.end]].reshape(block.count, -1)


def blocks(places: Places) -> Iterator[Block]:
    """The program as blocks; what does not repeat is a block of count 1."""
    again = [_next_equal(ranks) for ranks in _windows(places.forms)]
    at, straight, size = 0, 0, len(places.forms)
    while at < size:
        candidates = {int(later[at]) - at for later in again if later[at]}
        found = [_repeated(places, at, period) for period in candidates]
        best = max(found, key=lambda block: block.end, default=Block(at, 1, 1))
        if best.period * (best.count - 1) < FEWEST:
            at += 1
            continue
        if straight < at:
            yield Block(straight, at - straight, 1)
        yield best
        at = straight = best.end
    if straight < size:
        yield Block(straight, size - straight, 1)


def _windows(forms: Array) -> Iterator[Array]:
    """For each window, a number per line: equal where as many lines from there on have equal forms."""
    ranks, width = forms, 1
    for window in WINDOWS:
        while width < window:
            shifted = np.full(len(ranks), -1)
            shifted[: max(0, len(ranks) - width)] = ranks[width:]
            ranks = np.unique(ranks * (len(ranks) + 2) + shifted + 1, return_inverse=True)[1]
            width *= 2
        yield ranks


def _next_equal(ranks: Array) -> Array:
    """For each line the next one of the same rank; 0 if there is none."""
    order = np.argsort(ranks, kind="stable")
    later = np.zeros(len(ranks), int)
    same = ranks[order[1:]] == ranks[order[:-1]]
    later[order[:-1][same]] = order[1:][same]
    return later


def _repeated(places: Places, start: int, period: int) -> Block:
    """As many repetitions from `start` on as lie evenly apart; at least three, or none."""
    forms, none = places.forms, Block(start, 1, 1)
    if not np.array_equal(forms[start : start + 2 * period], forms[start + period : start + 3 * period]):
        return none
    if not _even(places.repetitions(Block(start, period, 3))).all():
        return none
    differs = forms[start + period :] != forms[start : len(forms) - period]
    same = int(differs.argmax()) if differs.any() else len(differs)
    block = Block(start, period, 1 + same // period)
    uneven = ~_even(places.repetitions(block))
    return Block(start, period, 2 + int(uneven.argmax())) if uneven.any() else block


def _even(rows: Array) -> Array:
    """For each row from the third on, whether it is as far from the last as that from the one before."""
    apart = np.diff(rows, axis=0)
    return np.asarray((apart[1:] == apart[:-1]).all(axis=1))
