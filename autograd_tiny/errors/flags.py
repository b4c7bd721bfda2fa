"""Floating-point flags: what overflows is an error here, whatever a process has told NumPy or Python to do about it.

NumPy is told by its error state, Python by its filters of warnings. To enter a state of our own takes a microsecond,
more than to add two arrays. So fast code asks whether the state is the usual one, in which NumPy warns, and runs where
no warning passes; only in any other state it enters `strict`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Context
from typing import Any

import numpy as np

error_state: Callable[[], Any]  # an object that stands for NumPy's error state in this thread or task
try:
    error_state = np._core.umath._extobj_contextvar.get  # type: ignore[attr-defined]
except AttributeError:  # a NumPy that keeps it elsewhere: something new each time is never the usual state
    error_state = object
USUAL = Context().run(error_state)

# The registry of warnings of a module from which none passes: it is no dict, and so Python raises TypeError before it
# asks any filter what to do.
WATCHED: tuple[()] = ()


def strict() -> np.errstate:
    """The state in which every flag is a FloatingPointError, but for numbers too small to matter."""
    return np.errstate(all="raise", under="ignore")


def quiet() -> np.errstate:
    """The state in which infinities and NaN are results like others."""
    return np.errstate(all="ignore")


def strict_slopes() -> np.errstate:
    """The state of a pullback: what explodes is infinite, as over floats; where there is no derivative, an error."""
    return np.errstate(over="ignore", under="ignore", divide="raise", invalid="raise")


def watched_in_dot() -> bool:
    """Whether NumPy's `dot` raises flags as its other products do; in older ones it overflows in silence."""
    with strict():
        try:
            np.full((1, 2), 1e200).dot(np.full(2, 1e200))
        except FloatingPointError:
            return True
    return False
