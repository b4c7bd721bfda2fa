"""Whether this machine's compiler computes what the engine computes: tried once, before its first program is trusted.

Compilers have faults. gcc 12.2, for one, has read other numbers than it should where a mask chooses among two arrays,
and only on machines with AVX. So a dozen small programs are compiled as all others are, and held against the engine;
flags under which one of them differs are not used.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any

import numpy as np

from autograd_tiny import functions as ad
from autograd_tiny.program.c import c_source, compiler
from autograd_tiny.program.c.compiler import Flags
from autograd_tiny.program.c.runners import called
from autograd_tiny.program.tracing import ProgramError
from autograd_tiny.program.writing import traced
from autograd_tiny.value import Value

CLOSE = 1e-9  # sums are taken in another order there, and functions are those of another library
XS = np.sin(np.arange(63.0)) + 1.2  # positive, all different; so many that some are left over of eights and fours


def _x(*shape: int) -> Any:
    return XS[: math.prod(shape)].reshape(shape)


MASK, SLOPES, ROWS = np.eye(4, 5) > 0, np.cos(np.arange(20.0)).reshape(4, 5), np.array([2, 0, 2, 1])

# What compilers make quick: choices, sums, products, functions of several numbers at once, parts in any order.
ARRAYS: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "choices by a mask": (lambda x, y: ad.where(MASK, x, y) * SLOPES, (_x(4, 5), 3 - _x(4, 5))),
    "choices by numbers": (lambda x, y: ad.where(x > 1, x * y, y), (_x(61), 3 - _x(61))),
    "limits": (lambda x: ad.relu(ad.clip(x, 0.5, 1.5) - 1) * ad.maximum(x, 1.1) + ad.abs(x - 1), (_x(61),)),
    "functions": (lambda x: ad.exp(x) * ad.tanh(x) + ad.log(x) * ad.sin(x) + ad.cos(x) / x, (_x(61),)),
    "slopes at the origin": (lambda x: ad.sigmoid(x) * ad.softplus(x) + ad.sqrt(x), (_x(13),)),
    "rows and columns": (lambda x, y: x * y / (1 + y), (_x(3, 1), _x(1, 19))),
    "sums": (lambda x: ad.sum(x * x, 0) + ad.max(x, 0) * ad.mean(x), (_x(3, 21),)),
    "logarithms of sums": (lambda x: ad.logsumexp(x, 1), (_x(3, 21),)),
    "products": (lambda x, y: (x @ y) @ y[0], (_x(5, 7), _x(7, 9))),
    "rows named twice": (lambda x: x[ROWS] * x[1], (_x(3, 21),)),
    "steps": (lambda x: x[::-2, 1:].T, (_x(3, 21),)),
    "parts side by side": (lambda x, y: ad.concatenate([x, y * 2], 1), (_x(4, 5), _x(4, 9))),
}


def over_arrays(*inputs: Value) -> tuple[Value, ...]:
    """All that is tried with arrays: the sum of everything, and each part's own."""
    given, parts = iter(inputs), []
    for f, examples in ARRAYS.values():
        z = f(*(next(given) for _ in examples))
        parts.append(ad.sum(z * np.cos(np.arange(z.size)).reshape(z.shape)))
    return (sum(parts, parts[0] * 0.5), *parts)


def over_floats(*inputs: Value) -> tuple[Value, ...]:
    """What is tried with floats: samples that are computed side by side, and steps of which each needs the last."""
    x, y, z = inputs
    hidden = [ad.maximum(x * math.sin(k) + y, 0.0) for k in range(27)]
    scores = [ad.where(h > 0.3, h * z, x - h) * (1 / (k + 3)) for k, h in enumerate(hidden)]
    for k in range(40):
        y = ad.tanh(y * x + z * math.cos(k)) * ad.sigmoid(z) + ad.clip(x, -0.2, 0.2) / 3
    return (sum((ad.abs(1 - s) * z for s in scores), y * 0.5),)


def trusted(choices: tuple[Flags, ...], scalar: bool) -> Flags:
    """The first of the choices of flags under which programs of floats, or of arrays, compile and compute rightly."""
    return _trusted(choices, scalar, compiler.key(*map(str, choices), str(scalar)))


@cache
def _trusted(choices: tuple[Flags, ...], scalar: bool, key: str) -> Flags:
    note = compiler.folder() / f"{key}.flags"
    try:
        return choices[int(note.read_text())]
    except (OSError, ValueError, IndexError):
        pass  # not tried yet
    reasons: list[ProgramError] = []
    for k, flags in enumerate(choices):
        try:
            _try(flags, scalar)
        except ProgramError as reason:
            reasons.append(reason)
            continue
        with suppress(OSError):  # then it is tried again next time
            note.write_text(str(k))
        return flags
    raise reasons[-1]


def _try(flags: Flags, scalar: bool) -> None:
    """ProgramError if the compiler does not know these flags, or computes something else under them."""
    f: Any = over_floats if scalar else over_arrays
    inputs = [0.3, 0.4, 0.5] if scalar else [x for _, examples in ARRAYS.values() for x in examples]
    tried = traced(f, tuple(inputs))
    values, gradients = called(tried.code, compiler.loaded(c_source(tried.code, tried.plain), flags))(*inputs)
    eager = [Value(x) for x in inputs]
    outputs = f(*eager)
    outputs[0].backward()
    found, wanted = [*values, *gradients], [*(z.data for z in outputs), *(x.grad for x in eager)]
    close = [np.allclose(x, y, rtol=CLOSE, atol=CLOSE) for x, y in zip(found, wanted, strict=True)]
    if not all(close):
        wrong = [] if scalar else [name for name, right in zip(ARRAYS, close[1:], strict=False) if not right]
        raise ProgramError(
            f"native: {compiler.found_compiler()} computes wrong numbers here ({', '.join(wrong) or 'gradients'}, "
            f"with {' '.join(flags)}); install another compiler, or another version of it; {compiler.SERVES}"
        )
