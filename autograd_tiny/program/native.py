"""Down to the metal: a program compiled by the machine's own C compiler, once, and kept."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Mapping, Sequence
from threading import RLock
from typing import Any

import numpy as np

from autograd_tiny.program import selftest
from autograd_tiny.program.compiler import COMPILERS, loaded
from autograd_tiny.program.metal import Arrays, Floats, called
from autograd_tiny.program.program import Program, all_finite
from autograd_tiny.program.tracing import ProgramError
from autograd_tiny.value import Value

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
        self.runner: Floats | Arrays = called(self.code, library)
        self._one_at_a_time = RLock()
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
            if -math.inf < value < math.inf and math.isfinite(sum(gradients)):
                return value, gradients
        return super().value_and_grad(*inputs)

    def _finite(self, gradients: Sequence[Any]) -> bool:
        return not self.runner.flagged or all_finite(gradients)

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
    text, scalar = program.source("c"), program.code.scalar
    return Native(program, loaded(text, selftest.trusted(FLOATS if scalar else ARRAYS, scalar)))


__all__ = ["ARRAYS", "COMPILERS", "FLOATS", "Native", "native"]
