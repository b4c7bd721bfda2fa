"""First weights. Matrices have the shape (in, out); kernels of convolutions (out, in, …).

Each function returns an array and takes `seed`: an int, or a NumPy Generator to draw from.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_tiny.errors.arguments import annotated

Shape = int | tuple[int, ...]
Seed = int | np.random.Generator
Array = np.ndarray[Any, np.dtype[np.float64]]


@annotated
def uniform(shape: Shape, bound: float, *, seed: Seed = 0) -> Array:
    """Numbers spread evenly over [−bound, bound]."""
    return np.random.default_rng(seed).uniform(-bound, bound, shape)


@annotated
def normal(shape: Shape, std: float = 1.0, *, seed: Seed = 0) -> Array:
    """Gaussian numbers of mean 0; the lecture's char-RNN takes std = 0.01."""
    return np.random.default_rng(seed).normal(0.0, std, shape)


@annotated
def glorot_uniform(shape: tuple[int, ...], *, seed: Seed = 0) -> Array:
    """Even numbers of variance 2 / (in + out): signals keep their size both ways (Glorot & Bengio, 2010)."""
    return uniform(shape, math.sqrt(6 / sum(_fans(shape))), seed=seed)


@annotated
def glorot_normal(shape: tuple[int, ...], *, seed: Seed = 0) -> Array:
    """Gaussian numbers of variance 2 / (in + out) (Glorot & Bengio, 2010)."""
    return normal(shape, math.sqrt(2 / sum(_fans(shape))), seed=seed)


@annotated
def he_uniform(shape: tuple[int, ...], *, seed: Seed = 0) -> Array:
    """Even numbers of variance 2 / in: a relu silences half its inputs (He et al., 2015)."""
    return uniform(shape, math.sqrt(6 / _fans(shape)[0]), seed=seed)


@annotated
def he_normal(shape: tuple[int, ...], *, seed: Seed = 0) -> Array:
    """Gaussian numbers of variance 2 / in (He et al., 2015)."""
    return normal(shape, math.sqrt(2 / _fans(shape)[0]), seed=seed)


@annotated
def orthogonal(shape: tuple[int, int], gain: float = 1.0, *, seed: Seed = 0) -> Array:
    """A matrix that keeps lengths: all its singular values equal `gain` (Saxe et al., 2014)."""
    if len(shape) != 2:
        raise ValueError(f"orthogonal: shape {shape}, expected (rows, columns)")
    rows, columns = shape
    q, r = np.linalg.qr(normal((max(shape), min(shape)), seed=seed))
    q = q * np.where(np.diag(r) < 0, -1.0, 1.0)  # without the signs, some rotations would never be drawn
    return np.ascontiguousarray(gain * (q if rows >= columns else q.T))


@annotated
def sparse(size: int, density: float = 0.1, spectral_radius: float = 0.9, *, seed: Seed = 0) -> Array:
    """A reservoir (size, size): Gaussian where it is not zero, its largest |eigenvalue| as given.

    Below a radius of 1 an echo state network forgets its start. ValueError if the draw has no
    eigenvalue but 0, which happens when it is small and too sparse.
    """
    if size < 1:
        raise ValueError(f"sparse: size = {size}, expected at least 1")
    if not 0 < density <= 1:
        raise ValueError(f"sparse: density = {density}, expected a share of weights in (0, 1]")
    if spectral_radius < 0:
        raise ValueError(f"sparse: spectral_radius = {spectral_radius}, expected a number from 0 on")
    rng = np.random.default_rng(seed)
    W = rng.normal(size=(size, size)) * (rng.random((size, size)) < density)
    radius = float(np.abs(np.linalg.eigvals(W)).max())
    if radius < 1e-6:  # far above rounding errors of a nilpotent matrix, far below any other
        raise ValueError(f"sparse: {size} units at density {density} have no loops; raise the density or the size")
    return np.asarray(W * (spectral_radius / radius))


def _fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """How many inputs each output sums, and how many outputs each input feeds."""
    if len(shape) < 2:
        raise ValueError(f"initialisation: shape {shape} has no inputs and outputs; expected (in, out) or (out, in, …)")
    if len(shape) == 2:
        return shape[0], shape[1]
    window = math.prod(shape[2:])
    return shape[1] * window, shape[0] * window
