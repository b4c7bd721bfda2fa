"""Functions over arrays and complex numbers that NumPy does not have."""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def _each(function: Any) -> Any:
    """A function of floats as one of arrays, each number's; NumPy has no loop of its own for it."""
    one = np.frompyfunc(function, 1, 1)

    def over_arrays(x: Any) -> Any:
        return np.asarray(one(x), x.dtype if isinstance(x, np.ndarray | np.generic) else float)

    return over_arrays


erf, erfc = _each(math.erf), _each(math.erfc)


# In the complex plane, close to the real axis: for the complex step, which only looks for the slope there.


def _beside(function: Any, slope: Any) -> Any:
    """f(a + ib) where b is small: f(a) + ib·f′(a + ib/2), with f as it is on the real axis."""

    def near(x: Any) -> Any:
        real, imaginary = np.real(x), np.imag(x)
        return function(real) + 1j * imaginary * slope(real + 0.5j * imaginary)

    return near


complex_erf = _beside(erf, lambda x: 2 / math.sqrt(math.pi) * np.exp(-x * x))
complex_erfc = _beside(erfc, lambda x: -2 / math.sqrt(math.pi) * np.exp(-x * x))


def complex_cbrt(x: Any) -> Any:
    """The root whose real part has the sign of x."""
    return np.where(np.real(x) < 0, -1.0, 1.0) * np.where(np.real(x) < 0, -x, x) ** (1 / 3)


def complex_atan2(x: Any, y: Any) -> Any:
    """The angle of the point (y, x): by the quotient that is not large."""
    flat = np.abs(np.real(x)) <= np.abs(np.real(y))
    quotient = np.where(flat, x, y) / np.where(flat, y, x)
    straight = np.where(flat, np.where(np.real(y) < 0, math.pi, 0.0), math.pi / 2) * np.where(np.real(x) < 0, -1.0, 1.0)
    return straight + np.where(flat, 1.0, -1.0) * np.arctan(quotient)
