"""Calling compiled programs: where their inputs and results lie, as C sees them."""

from __future__ import annotations

import ctypes
import platform
import struct
from typing import Any

import numpy as np

from autograd_tiny.program.lines import Code

Results = tuple[tuple[Any, ...], list[Any]]


# What <fenv.h> calls FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW.
_FLAGS = {"x86_64": 13, "amd64": 13, "aarch64": 7, "arm64": 7}.get(platform.machine().lower(), 0)
MANY = 64  # gradients from which on the processor's flags are quicker asked than the numbers


class Flags:
    """The processor's flags, which say whether infinity or NaN has come up since they were cleared."""

    def __init__(self, library: ctypes.CDLL) -> None:
        try:
            self._clear, self._raised = library.feclearexcept, library.fetestexcept
        except AttributeError:  # no <math.h> with this library
            self._clear = self._raised = lambda flags: 1

    def clear(self) -> None:
        """Begin anew."""
        self._clear(_FLAGS)

    @property
    def raised(self) -> bool:
        """Whether one may have been raised: unknown processors are always asked for the numbers."""
        return not _FLAGS or bool(self._raised(_FLAGS))


class Floats:
    """A compiled program over floats: `program(inputs, results)`, and `programs` for many rows of inputs."""

    def __init__(self, code: Code, library: ctypes.CDLL) -> None:
        count, slopes = len(code.values), len(code.gradients)
        given, results = np.zeros(len(code.arguments)), np.zeros(count + slopes)
        self._count, self._pointers = len(results), (_address(given), _address(results))
        self._given, self._results = given.data, results.data
        self._pack = struct.Struct(f"{len(given)}d")
        self._values, self._slopes = struct.Struct(f"{count}d"), struct.Struct(f"{slopes}d")
        self._one, self._many = library.program, library.programs
        self._one.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
        self._many.argtypes = [ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
        self._one.restype = self._many.restype = None
        self._flags = Flags(library) if slopes > MANY else None
        self.flagged = True  # whether the numbers have to be looked at

    def __call__(self, *numbers: float) -> Results:
        """Values and gradients."""
        self._pack.pack_into(self._given, 0, *numbers)
        if self._flags is None:
            self._one(*self._pointers)
        else:
            self._flags.clear()
            self._one(*self._pointers)
            self.flagged = self._flags.raised
        slopes = self._slopes.unpack_from(self._results, self._values.size)
        return self._values.unpack_from(self._results), list(slopes)

    def rows(self, rows: Any) -> Any:
        """Rows of inputs to rows of values and gradients."""
        given, results = np.ascontiguousarray(rows, float), np.empty((len(rows), self._count))
        self._many(len(given), _address(given), _address(results))
        return results


class Arrays:
    """A compiled program over arrays; its results lie in arrays that the next call uses again."""

    def __init__(self, code: Code, library: ctypes.CDLL) -> None:
        self._kinds = [np.int64 if name in code.whole else np.float64 for name in code.arguments]
        self._values = len(code.values)
        self._results = [np.zeros(code.shape_of(name)) for name in (*code.values, *code.gradients)]
        self._inputs = (ctypes.c_void_p * max(len(self._kinds), 1))()
        self._outputs = (ctypes.c_void_p * len(self._results))(*map(_address, self._results))
        self._program = library.program
        self._program.restype = ctypes.c_int
        self._flags, self.flagged = Flags(library), True

    def __call__(self, *numbers: Any) -> Results:
        """Values and gradients; IndexError if a whole number is outside the axis that it indexes."""
        given = [np.ascontiguousarray(number, kind) for number, kind in zip(numbers, self._kinds, strict=True)]
        self._inputs[: len(given)] = list(map(_address, given))
        self._flags.clear()
        if self._program(self._inputs, self._outputs):
            raise IndexError("program: an index is outside the axis that it indexes")
        self.flagged = self._flags.raised
        return tuple(self._results[: self._values]), self._results[self._values :]

    def deliver(self, k: int, place: Any) -> None:
        """Let result `k` be written into this array, if it is one that C can write to."""
        if place.flags.c_contiguous and place.dtype == np.float64 and place.shape == self._results[k].shape:
            self._results[k], self._outputs[k] = place, _address(place)


def called(code: Code, library: ctypes.CDLL) -> Floats | Arrays:
    """A compiled program as a function that Python calls."""
    return Floats(code, library) if code.scalar else Arrays(code, library)


def _address(array: Any) -> int:
    return int(array.__array_interface__["data"][0])
