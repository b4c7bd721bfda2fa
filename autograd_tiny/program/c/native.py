"""Down to the metal: a program compiled by the machine's own C compiler, once, and kept."""

from __future__ import annotations

from typing import Any

from autograd_tiny.program.c.compiler import loaded
from autograd_tiny.program.c.runners import Arrays, Floats, called
from autograd_tiny.program.c.selftest import trusted
from autograd_tiny.program.lines import Code

# Floats are computed as Python computes them, without contraction; but several at once, as many as this machine can.
# Loops over arrays may use all it has: fused products, and functions for several numbers where the C library has them.
_AS_PYTHON = ("-O2", "-ffp-contract=off", "-fno-trapping-math", "-lm")
FLOATS = (
    (*_AS_PYTHON, "-fopenmp-simd", "-march=native", "-mprefer-vector-width=512"),
    (*_AS_PYTHON, "-fopenmp-simd", "-march=native"),
    ("-O2", "-ffp-contract=off", "-lm"),
)
# Of what -O3 does besides -O2 these make loops quicker; the rest takes a third of the compiler's time for nothing.
_QUICK = ("-O2", "-ftree-vectorize", "-fvect-cost-model=dynamic", "-fpeel-loops")
_LOOPS = (*_QUICK, "-ffp-contract=fast", "-fno-math-errno", "-fopenmp-simd")
ARRAYS = (
    (*_LOOPS, "-march=native", "-DVECTOR_MATH", "-lmvec", "-lm"),
    (*_LOOPS, "-march=native", "-lm"),
    ("-O3", "-lm"),
)


def loop(text: str) -> Any:
    """The function `program` of a text in C that loops over arrays; sums and products are rounded one by one."""
    return loaded(text, (*trusted(ARRAYS, False), "-ffp-contract=off")).program


def runner(code: Code, text: str) -> Floats | Arrays:
    """What runs the program whose text in C this is; ProgramError says what stands in the way."""
    return called(code, loaded(text, trusted(FLOATS if code.scalar else ARRAYS, code.scalar)))
