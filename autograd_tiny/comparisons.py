"""Answers to questions about values, while a function is traced: they remember what was asked.

`where(x > 0, a, b)` goes on with the question, so a program asks it anew. Whatever else looks at an answer (an `if`,
`.all()`, arithmetic) turns it into a guard: the program goes the same way only while the answer is the same.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from autograd_tiny.scopes import questions

_COMBINED = {"bitwise_and": "({}) & ({})", "bitwise_or": "({}) | ({})", "bitwise_xor": "({}) != ({})"}
_INVERTED = "({}) == 0"  # ~True is −2 in Python


PLACE = re.compile(r"\{(\d+)\}")


def moved(text: str, by: int) -> str:
    """A template whose places begin at number `by`."""
    return PLACE.sub(lambda place: f"{{{int(place[1]) + by}}}", text) if by else text


class Answer(np.lib.mixins.NDArrayOperatorsMixin):
    """What a comparison gave: `number`, a bool or an array of them, and the question as a text with places."""

    __slots__ = ("args", "number", "text")
    __hash__ = object.__hash__

    def __init__(self, number: Any, text: str, args: tuple[Any, ...]) -> None:
        self.number, self.text, self.args = number, text, args

    shape = property(lambda self: np.shape(self.number))
    ndim = property(lambda self: np.ndim(self.number))
    size = property(lambda self: np.size(self.number))
    dtype = property(lambda self: np.dtype(bool))

    def guarded(self) -> Any:
        """The plain answer, for whoever goes another way if it is another."""
        if (asked := questions()) is not None and all(self is not other for other in asked.answers):
            asked.answers.append(self)
        return self.number

    def __bool__(self) -> bool:
        return bool(self.guarded())

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.array(self.guarded(), dtype)

    def __array_ufunc__(self, ufunc: Any, method: str, *operands: Any, **options: Any) -> Any:
        name = ufunc.__name__.replace("logical", "bitwise").replace("not", "invert")
        if method == "__call__" and not options and (name in _COMBINED or name == "bitwise_invert" or name == "invert"):
            followed = _combined(ufunc, name, operands)
            if followed is not None:
                return followed
        plain = [np.asarray(x.guarded()) if isinstance(x, Answer) else x for x in operands]
        return getattr(ufunc, method)(*plain, **options)

    def __getitem__(self, index: Any) -> Any:
        return np.asarray(self.guarded())[index]

    def __len__(self) -> int:
        return len(self.number)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(np.asarray(self.guarded()), name)


def _combined(ufunc: Any, name: str, operands: tuple[Any, ...]) -> Any:
    """The answer to a question made of two, or its contrary; None if something else than answers is among them."""
    plain = [x.number if isinstance(x, Answer) else x for x in operands]
    if any(np.asarray(x).dtype != bool for x in plain):
        return None
    number = ufunc(*plain)
    number = number if np.ndim(number) else bool(number)
    if len(operands) == 1:
        return Answer(number, _INVERTED.format(operands[0].text), operands[0].args)
    if any(x.__class__ in (bool, np.bool_) for x in operands):  # a single answer that is known settles it, or not
        known, other = sorted(operands, key=lambda x: isinstance(x, Answer))
        if name == "bitwise_xor":
            return None
        return other if bool(known) == (name == "bitwise_and") else bool(known)
    texts: list[str] = []
    args: list[Any] = []
    for x in operands:
        text, more = (x.text, x.args) if isinstance(x, Answer) else ("{0}", (x,))
        texts.append(moved(text, len(args)))
        args += more
    return Answer(number, _COMBINED[name].format(*texts), tuple(args))
