"""What a character model has learned, measured on what it writes: spelling, capitals, quotation marks, brackets.

The lecture looks at a sample and sees that short words are spelled correctly and long ones messed up, that a new
sentence starts with a big letter, and that brackets are balanced. Here each of these is a share, between 0 and 1, which
can be held against that of the text that was read, and of letters drawn by chance.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Set
from math import log2

import numpy as np

LENGTHS = ((1, 3), (4, 6), (7, 9), (10, 99))  # of words, in letters
WORD = re.compile(r"[a-z]+(?:'[a-z]+)*")
AFTER_STOP = re.compile(r"[.?!][\"')\]]*\s+[\"'(\[]*([A-Za-z])")
ELSEWHERE = re.compile(r"[a-z,;] ([A-Za-z])")


def words(text: str) -> list[str]:
    """The words of a text, in small letters.

    >>> words('"Don\\'t," said HE.')
    ["don't", 'said', 'he']
    """
    return WORD.findall(text.lower())


def real_words(written: str, known: Set[str]) -> dict[tuple[int, int], float]:
    """The share of words that are known ones, by length: {(1, 3): 0.97, (4, 6): 0.6, …}; NaN where there are none.

    >>> real_words("the bat of Batterel", {"the", "of", "battery"})[1, 3]
    0.6666666666666666
    """
    found = words(written)
    return {(a, b): share(word in known for word in found if a <= len(word) <= b) for a, b in LENGTHS}


def capitals(text: str) -> float:
    """The share of sentences, after a full stop or the like, that begin with a capital letter.

    >>> capitals("One. Two? three! 'Four.'")
    0.6666666666666666
    """
    return share(letter.isupper() for letter in AFTER_STOP.findall(text))


def capitals_elsewhere(text: str) -> float:
    """The share of words within a sentence that begin with a capital letter: what chance there is of one anyway."""
    return share(letter.isupper() for letter in ELSEWHERE.findall(text))


def closed(text: str, opening: str = '"', closing: str = '"') -> float:
    """The share of marks that find their partner in their line: each opened is closed, and none is closed unopened.

    A mark that opens and closes alike, such as ", opens at the beginning of a line and after a space, - or (.

    >>> closed("(a(b))"  " ) (", "(", ")")
    0.6666666666666666
    """
    return share(paired for line in text.splitlines() for paired in _paired(line, opening, closing))


def _paired(line: str, opening: str, closing: str) -> Iterator[bool]:
    """For each mark whether it has a partner."""
    nested = opening != closing
    waiting = 0
    for at, mark in enumerate(line):
        if mark not in (opening, closing):
            continue
        if mark == opening if nested else at == 0 or line[at - 1] in " -(":
            if waiting and not nested:
                yield False  # the one before was left open
                waiting = 0
            waiting += 1
        elif waiting:
            waiting -= 1
            yield from (True, True)
        else:
            yield False
    yield from [False] * waiting


def share(each: Iterator[bool]) -> float:
    """How many of all are true; NaN of none."""
    counted = list(each)
    return sum(counted) / len(counted) if counted else float("nan")


# The simplest model to compare with: a table of what followed the last few characters ---------------------------------


class Counts:
    """How often each character followed each `order` characters of a text: a model without a hidden state.

    >>> Counts("hello hello", 1).after("l")
    {'l': 2, 'o': 2}
    """

    def __init__(self, text: str, order: int) -> None:
        self.order, self.start = order, text[:order]
        self.alphabet = sorted(set(text))
        self.tables: list[dict[str, Counter[str]]] = []
        for length in range(order + 1):
            table: defaultdict[str, Counter[str]] = defaultdict(Counter)
            for at in range(length, len(text)):
                table[text[at - length : at]][text[at]] += 1
            self.tables.append(dict(table))

    def after(self, context: str) -> dict[str, int]:
        """What followed these characters, or as many of the last of them as are known."""
        for length in range(min(self.order, len(context)), -1, -1):
            if found := self.tables[length].get(context[len(context) - length :]):
                return dict(found)
        return {}

    def probability(self, context: str, character: str) -> float:
        """How likely a character is: the shorter contexts say what the longer ones have not seen (Witten and Bell)."""
        p = 1 / len(self.alphabet)
        for length in range(min(self.order, len(context)) + 1):
            found = self.tables[length].get(context[len(context) - length :])
            if found:
                p = (found[character] + len(found) * p) / (found.total() + len(found))
        return p

    def bits(self, text: str) -> float:
        """How many bits each character of a text costs: log₂ of its surprise."""
        costs = [-log2(self.probability(text[max(at - self.order, 0) : at], text[at])) for at in range(len(text))]
        return sum(costs) / len(costs)

    def write(self, length: int, rng: np.random.Generator) -> str:
        """`length` characters, each drawn as often as it followed those before."""
        text = self.start
        for _ in range(length):
            found = self.after(text[len(text) - self.order :])
            numbers = np.array(list(found.values()))
            text += list(found)[int(np.searchsorted(numbers.cumsum(), rng.integers(numbers.sum()), side="right"))]
        return text[self.order :]
