"""The number worlds over which the table is read: floats, arrays, complex numbers.

Each world is a mapping from the words that the table uses to functions. Where a world finds each of them is a column of
the second table (`words`). Where the textbook formula overflows or loses digits, the world has a stable form.
"""

from __future__ import annotations

import math
from importlib import import_module
from typing import Any

import numpy as np

from autograd_tiny import shapes
from autograd_tiny.errors import flags
from autograd_tiny.words import WORDS, Word
from autograd_tiny.words.texts import define
from autograd_tiny.words.words import OURS


class World(dict[str, Any]):
    """What the table's words mean: functions by name. Each world is itself, whatever it holds."""

    __hash__ = object.__hash__  # type: ignore[assignment]


__warningregistry__ = flags.WATCHED  # what NumPy would only warn of in these functions, mostly overflow, is an error


def float_sigmoid(x: float) -> float:
    """1 / (1 + e⁻ˣ)."""
    # e^-|x| never overflows, and the branch keeps small results exact to the last digit.
    e = math.exp(-abs(x))
    return 1.0 / (1.0 + e) if x >= 0 else e / (1.0 + e)


_ONE = np.array(1.0)  # of no axes: NumPy takes 0.2 µs less to begin with it than with Python's 1.0


def array_sigmoid(x: Any) -> Any:
    """1 / (1 + e⁻ˣ), each number's."""
    try:
        e = np.exp(-x)
    except (FloatingPointError, TypeError):  # e^-x is too large for a float: the form that is slower, but safe
        e = np.exp(-np.abs(x))
        return np.where(x >= 0, 1.0, e) / (1.0 + e)
    one = _ONE if e.dtype is _ONE.dtype else 1.0  # an array of float64 would make float64 of float32
    e += one
    return one / e


def array_softplus(x: Any) -> Any:
    """log(1 + eˣ), each number's."""
    return np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))


def complex_sigmoid(x: Any) -> Any:
    """1 / (1 + e⁻ˣ) in the complex plane."""
    e = np.exp(np.where(np.real(x) >= 0, -x, x))
    return np.where(np.real(x) >= 0, 1.0, e) / (1.0 + e)


def complex_softplus(x: Any) -> Any:
    """log(1 + eˣ) in the complex plane."""
    e = np.exp(np.where(np.real(x) >= 0, -x, x))
    return np.where(np.real(x) >= 0, x, 0.0) + np.log(1.0 + e)


# The worlds, from the second table ------------------------------------------------------------------------------------


def _meaning(word: Word, world: str) -> Any:
    """The function that a word's column names: of a library, or one of ours."""
    module, _, name = word.meaning(world).rpartition(".")
    if module == "numbers":
        return globals()[name]
    return getattr(import_module(f"autograd_tiny.words.{module}" if module in OURS else module), name)


def _world(name: str) -> World:
    """Every word that has a meaning in the world of this name."""
    meanings: dict[str, Any] = {"__warningregistry__": flags.WATCHED}  # where written functions find their words
    for word in WORDS.values():
        if not (said := word.meaning(name)) or said.startswith(("= ", "def ")):
            define(word.name, word.source(name), meanings)
        elif said != "-":
            meanings[word.name] = _meaning(word, name)
    return World(ASKED | {word: meanings[word] for word in WORDS if word in meanings})


# What the table asks of shapes: the same in every world, and answered before a program is written.
ASKED = World({name: getattr(shapes, name) for name in ("shape_of", "count", "kept", "inverse", "along", "portion")})

FLOATS, ARRAYS, COMPLEX = map(_world, ("float", "array", "complex"))
