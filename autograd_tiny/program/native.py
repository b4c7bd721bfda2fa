"""Down to the metal: a program compiled by the machine's own C compiler, once, and kept.

The compiled file lies in a folder of the user's cache that nobody else may write to; its name is a hash of everything
that went into it.
"""

from __future__ import annotations

import ctypes
import hashlib
import math
import os
import platform
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from autograd_tiny.program.metal import Arrays, Floats
from autograd_tiny.program.program import Program
from autograd_tiny.program.tracing import ProgramError
from autograd_tiny.value import Value

COMPILERS = ("cc", "gcc", "clang")
_ALWAYS = ("-std=c99", "-fPIC", "-shared", "-w")
# Floats are computed as Python computes them, without contraction; but several at once, as many as this machine can.
# Loops over arrays may use all it has: fused products, and functions for several numbers where the C library has them.
_AS_PYTHON = ("-O2", "-ffp-contract=off", "-fno-trapping-math", "-lm")
FLOATS = (
    (*_AS_PYTHON, "-fopenmp-simd", "-march=native", "-mprefer-vector-width=512"),
    (*_AS_PYTHON, "-fopenmp-simd", "-march=native"),
    ("-O2", "-ffp-contract=off", "-lm"),
)
_LOOPS = ("-O3", "-ffp-contract=fast", "-fno-math-errno", "-fopenmp-simd")
ARRAYS = (
    (*_LOOPS, "-march=native", "-DVECTOR_MATH", "-lmvec", "-lm"),
    (*_LOOPS, "-march=native", "-lm"),
    ("-O3", "-lm"),
)


class Native(Program):
    """A compiled program with the manners of the program it was made from; made by `Program.native`."""

    def __init__(self, program: Program, library: ctypes.CDLL) -> None:
        vars(self).update(vars(program))
        self.runner: Floats | Arrays = Floats(self.code, library) if self.code.scalar else Arrays(self.code, library)
        self._whole = self._forward = self.runner
        simple = self.code.scalar and not self.captured and not self._several
        self._direct = [float] * len(self.code.inputs) if simple else None  # of such inputs nothing is to be checked

    @property
    def dialect(self) -> str:
        """What runs is C."""
        return "c"

    def value_and_grad(self, *inputs: Any) -> tuple[Any, list[Any]]:
        """The value and the gradients; plain floats go straight to C and back."""
        if list(map(type, inputs)) == self._direct:
            (value,), gradients = self.runner(*inputs)
            if -math.inf < value < math.inf:
                return value, gradients
        return super().value_and_grad(*inputs)

    def batch(self, rows: Any) -> tuple[Any, Any]:
        """Many inputs at once: rows (n, number of inputs) to values (n,) and gradients (n, number of inputs)."""
        if not isinstance(self.runner, Floats):
            raise ProgramError("batch: this program takes arrays; trace it with one more axis for the batch")
        given = np.ascontiguousarray(rows, float)
        wanted = len(self.code.inputs)
        if given.ndim != 2 or given.shape[1] != wanted:
            raise ProgramError(f"batch: expected rows of {wanted} inputs, (n, {wanted}); got {given.shape}")
        outside = np.array([leaf._data for leaf in self.captured])
        results = self.runner.rows(np.hstack([given, np.broadcast_to(outside, (len(given), len(outside)))]))
        count = len(self.code.values)
        return results[:, 0] if count == 1 else results[:, :count], results[:, count : count + wanted]

    def deliver(self, places: Mapping[Value, Any]) -> None:
        """Let `backward` write gradients straight into these arrays: an optimiser's, by captured value."""
        if isinstance(self.runner, Arrays):
            first = len(self.code.values) + len(self.code.inputs) - len(self.code.whole)
            for k, leaf in enumerate(self.captured, first):
                if leaf in places:
                    self.runner.deliver(k, places[leaf])

    def native(self) -> Native:
        """This program: it is compiled already."""
        return self

    def __repr__(self) -> str:
        return f"<compiled {super().__repr__()}>"


def native(program: Program) -> Native:
    """The program, compiled; ProgramError says what stands in the way."""
    return Native(program, ctypes.CDLL(str(compiled(program.source("c"), FLOATS if program.code.scalar else ARRAYS))))


def compiled(text: str, choices: tuple[tuple[str, ...], ...] = FLOATS) -> Path:
    """The shared library of a source, from the cache if it was there; of the choices of flags the first that work."""
    compiler = found_compiler()
    words = [text, compiler, *_ALWAYS, *map(str, choices), platform.platform(), _processor()]
    library = folder() / f"{hashlib.sha256(chr(0).join(words).encode()).hexdigest()[:32]}.so"
    if not library.exists():
        _compile(text, compiler, choices, library)
    return library


def found_compiler() -> str:
    """This machine's C compiler; ProgramError if it has none."""
    compiler = next(filter(None, map(shutil.which, COMPILERS)), None)
    if compiler is None:
        raise ProgramError(
            "native: this machine has no C compiler (cc, gcc or clang; Debian: apt install gcc); "
            "program.value_and_grad computes the same"
        )
    return compiler


def _processor() -> str:
    """What the processor can do: a folder may be shared by machines, and not every one runs what another compiled."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor()
    return next((line for line in lines if line.startswith(("flags", "Features"))), platform.processor())


def _compile(text: str, compiler: str, choices: tuple[tuple[str, ...], ...], library: Path) -> None:
    """Compile in a folder of its own and move the result to its place in one go."""
    with tempfile.TemporaryDirectory(dir=library.parent) as room:
        source, made = Path(room, "program.c"), Path(room, "program.so")
        source.write_text(text, encoding="utf-8")
        for flags in choices:
            command = [compiler, *_ALWAYS, "-o", str(made), str(source), *flags]
            done = subprocess.run(command, capture_output=True, text=True)
            if not done.returncode:
                os.replace(made, library)
                return
        raise ProgramError(f"native: {compiler} failed: {done.stderr.strip()[:400]}; program.value_and_grad serves")


def folder() -> Path:
    """The user's own folder for compiled programs; ProgramError if somebody else could put something there."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "autograd-tiny" / "programs"
    base.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = base.stat()
    if hasattr(os, "getuid") and status.st_uid != os.getuid():
        raise ProgramError(f"native: {base} belongs to another user; set XDG_CACHE_HOME to a folder of your own")
    if hasattr(os, "getuid") and stat.S_IMODE(status.st_mode) & 0o022:
        raise ProgramError(f"native: others may write to {base}: chmod 700 it, or set XDG_CACHE_HOME")
    return base
