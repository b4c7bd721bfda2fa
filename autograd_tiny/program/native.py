"""Down to the metal: a scalar program compiled by the machine's own C compiler, once, and kept.

The compiled file lies in a folder of the user's cache that nobody else may write to; its name is a hash of everything
that went into it.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import shutil
import stat
import struct
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_tiny.program.tracing import ProgramError

if TYPE_CHECKING:
    from autograd_tiny.program.program import Program

COMPILERS = ("cc", "gcc", "clang")
FLAGS = ("-O2", "-std=c99", "-fPIC", "-shared", "-ffp-contract=off", "-w")  # no contraction: the same numbers


class Native:
    """A compiled program with the manners of the program it was made from; made by `Program.native`."""

    def __init__(self, program: Program, library: ctypes.CDLL) -> None:
        self.program = program
        code = program.code
        self._values, self._count = len(code.values), len(code.values) + len(code.gradients)
        self._pack, self._unpack = struct.Struct(f"{len(code.arguments)}d"), struct.Struct(f"{self._count}d")
        self._inputs, self._results = np.zeros(len(code.arguments)), np.zeros(self._count)
        self._pointers = _pointer(self._inputs), _pointer(self._results)
        self._one, self._many = library.program, library.programs
        self._one.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
        self._many.argtypes = [ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
        self._one.restype = self._many.restype = None

    def source(self) -> str:
        """The C that was compiled."""
        return self.program.source("c")

    def __call__(self, *inputs: Any) -> Any:
        """The value, or the tuple of values."""
        return self.value_and_grad(*inputs)[0]

    def value_and_grad(self, *inputs: Any) -> tuple[Any, list[float]]:
        """The value and one gradient per input, as `Program.value_and_grad`."""
        values, gradients = self.program.run_with(self._run, inputs)
        return values, gradients[: len(self.program.code.inputs)]

    def batch(self, rows: Any) -> tuple[Any, Any]:
        """Many inputs at once: rows (n, number of inputs) to values (n,) and gradients (n, number of inputs)."""
        given = np.ascontiguousarray(rows, float)
        wanted = len(self.program.code.inputs)
        if given.ndim != 2 or given.shape[1] != wanted:
            raise ProgramError(f"batch: expected rows of {wanted} inputs, (n, {wanted}); got {given.shape}")
        outside = np.array([leaf.data for leaf in self.program.captured])
        given = np.ascontiguousarray(np.hstack([given, np.broadcast_to(outside, (len(given), len(outside)))]))
        results = np.empty((len(given), self._count))
        self._many(len(given), _pointer(given), _pointer(results))
        values = results[:, 0] if self._values == 1 else results[:, : self._values]
        return values, results[:, self._values : self._values + wanted]

    def _run(self, *numbers: float) -> tuple[tuple[float, ...], list[float]]:
        self._pack.pack_into(self._inputs.data, 0, *numbers)
        self._one(*self._pointers)
        results = self._unpack.unpack_from(self._results.data)
        return results[: self._values], list(results[self._values :])

    def __repr__(self) -> str:
        return f"<compiled {self.program!r}>"


def _pointer(array: Any) -> int:
    return int(array.ctypes.data)


def native(program: Program) -> Native:
    """The program, compiled; ProgramError says what stands in the way."""
    text = program.source("c")
    return Native(program, ctypes.CDLL(str(compiled(text))))


def compiled(text: str) -> Path:
    """The shared library of a source, from the cache if it has been there before."""
    compiler = next(filter(None, map(shutil.which, COMPILERS)), None)
    if compiler is None:
        raise ProgramError(
            "native: this machine has no C compiler (cc, gcc or clang; Debian: apt install gcc); "
            "program.value_and_grad computes the same"
        )
    key = hashlib.sha256("\0".join([text, compiler, *FLAGS, platform.platform()]).encode()).hexdigest()
    library = folder() / f"{key[:32]}.so"
    if not library.exists():
        _compile(text, compiler, library)
    return library


def _compile(text: str, compiler: str, library: Path) -> None:
    """Compile in a folder of its own and move the result to its place in one go."""
    with tempfile.TemporaryDirectory(dir=library.parent) as room:
        source, made = Path(room, "program.c"), Path(room, "program.so")
        source.write_text(text, encoding="utf-8")
        done = subprocess.run([compiler, *FLAGS, "-o", str(made), str(source), "-lm"], capture_output=True, text=True)
        if done.returncode:
            raise ProgramError(f"native: {compiler} failed: {done.stderr.strip()[:400]}; program.value_and_grad serves")
        os.replace(made, library)


def folder() -> Path:
    """The user's own folder for compiled programs; ProgramError if somebody else could put something there."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "autograd-tiny" / "programs"
    base.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = base.stat()
    if hasattr(os, "getuid") and (status.st_uid != os.getuid() or stat.S_IMODE(status.st_mode) & 0o022):
        raise ProgramError(f"native: others may write to {base}: chmod 700 it, or set XDG_CACHE_HOME")
    return base
