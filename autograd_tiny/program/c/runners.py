"""Calling compiled programs: where their inputs and results lie, as C sees them."""

from __future__ import annotations

import ctypes
import platform
import struct
from threading import RLock
from typing import Any

import numpy as np

from autograd_tiny.program.lines import Code

Results = tuple[tuple[Any, ...], list[Any]]


# What <fenv.h> calls FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW.
_FLAGS = {"x86_64": 13, "amd64": 13, "aarch64": 7, "arm64": 7}.get(platform.machine().lower(), 0)


class Flags:
    """The processor's flags, which say whether infinity or NaN has come up since they were cleared."""

    def __init__(self, library: ctypes.CDLL) -> None:
        known = bool(_FLAGS) and hasattr(library, "feclearexcept")  # of <math.h>, which comes with the library
        self._functions = (library.feclearexcept, library.fetestexcept) if known else None

    def clear(self) -> None:
        """Begin anew."""
        if self._functions:
            self._functions[0](_FLAGS)

    @property
    def raised(self) -> bool:
        """Whether one has been raised, or may have been."""
        return self._functions is None or bool(self._functions[1](_FLAGS))


class Floats:
    """A compiled program over floats: `program(inputs, results)`, and `programs` for many rows of inputs.

    It computes in memory of its own, but while it is called no other thread runs: the library is a PyDLL.
    """

    flagged = True  # whether it is to be asked if the numbers are finite

    def __init__(self, code: Code, library: ctypes.CDLL) -> None:
        count, slopes = len(code.values), len(code.gradients)
        self._count, self._room = count + slopes, ctypes.c_double * (count + slopes)
        self._packed = struct.Struct(f"{len(code.arguments)}d").pack
        self._first = struct.Struct(f"{count}d")
        self._values, self._slopes = self._first.unpack_from, struct.Struct(f"{slopes}d").unpack_from
        held = ctypes.PyDLL(library._name)
        self._one, self._many = held.program, held.programs
        self._one.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
        self._many.argtypes = [ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
        self._one.restype = self._many.restype = None

    def __call__(self, *numbers: float) -> Results:
        """Values and gradients."""
        results = self._room()
        self._one(self._packed(*numbers), results)
        return self._values(results), list(self._slopes(results, self._first.size))

    def rows(self, rows: Any) -> Any:
        """Rows of inputs to rows of values and gradients."""
        given, results = np.ascontiguousarray(rows, float), np.empty((len(rows), self._count))
        self._many(len(given), address(given), address(results))
        return results


# A library is one in a process, however often it is loaded, and so are the arrays in it: its programs take turns.
_turns: dict[str, Any] = {}


def _turn(library: ctypes.CDLL) -> Any:
    return _turns.setdefault(library._name, RLock())


class Arrays:
    """A compiled program over arrays; its results lie in arrays that the next call uses again."""

    def __init__(self, code: Code, library: ctypes.CDLL) -> None:
        self._dtype = np.dtype(np.float32 if code.single_precision else np.float64)
        self._kinds = [np.dtype(np.int64) if name in code.whole else self._dtype for name in code.arguments]
        self._values = len(code.values)
        self._results = [np.zeros(code.shape_of(name), self._dtype) for name in (*code.values, *code.gradients)]
        self._inputs = struct.Struct(f"{len(self._kinds)}P").pack
        self._outputs = (ctypes.c_void_p * len(self._results))(*map(address, self._results))
        self._program = library.program
        self._program.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
        self._program.restype = ctypes.c_int
        self._flags, self.flagged, self._turn = Flags(library), True, _turn(library)

    def __call__(self, *numbers: Any) -> Results:
        """Values and gradients; IndexError if a whole number is outside the axis that it indexes."""
        given = list(map(np.ascontiguousarray, numbers, self._kinds))
        with self._turn:
            inputs = self._inputs(*map(address, given))
            self._flags.clear()
            if self._program(inputs, self._outputs):
                raise IndexError("program: an index is outside the axis that it indexes")
            self.flagged = self._flags.raised
        return tuple(self._results[: self._values]), self._results[self._values :]

    def deliver(self, k: int, place: Any) -> None:
        """Let result `k` be written into this array, if it is one that C can write to."""
        if place.flags.c_contiguous and place.dtype == self._dtype and place.shape == self._results[k].shape:
            self._results[k], self._outputs[k] = place, address(place)


def called(code: Code, library: ctypes.CDLL) -> Floats | Arrays:
    """A compiled program as a function that Python calls."""
    return Floats(code, library) if code.scalar else Arrays(code, library)


_addressof, _first_byte = ctypes.addressof, ctypes.c_char.from_buffer  # not looked up anew for each array


def address(array: Any) -> int:
    """Where in memory an array's numbers begin."""
    try:
        return _addressof(_first_byte(array))  # the quickest of all ways to ask
    except (TypeError, ValueError):  # it cannot be written to, or holds nothing
        return int(array.__array_interface__["data"][0])
