"""The words of the lines in `arrays.lines`: functions of numpy.linalg, phrases of their pullbacks, running sums.

A phrase reads alike over NumPy's, PyTorch's and JAX's arrays, and over values. C, JavaScript and floats have none.
"""

from __future__ import annotations

from typing import Any

from autograd_tiny.words.words import Word

_NOWHERE: dict[str, Any] = {"float": "-", "c": "-", "javascript": "-"}
_MODULES = {"array": "numpy.linalg", "torch": "torch.linalg", "jax": "jax.numpy.linalg"}


def _library(call: str, **columns: Any) -> Word:
    """A function that every library of linear algebra has."""
    name = call.partition("(")[0]
    said: dict[str, Any] = {world: f"{module}.{name}" for world, module in _MODULES.items()}
    return Word(call, **_NOWHERE, **said, **columns)


def _part(name: str, text: str, **columns: Any) -> Word:
    """One of several results of such a function."""
    function = text.partition("(")[0]
    said: dict[str, Any] = {
        world: f"def {name}(x):\n    from {module} import {function}\n    return {text}"
        for world, module in _MODULES.items()
    }
    return Word(name, **_NOWHERE, **said, **columns)


def _phrase(call: str, text: str) -> Word:
    said = f"def {call}:\n    return {text}"
    return Word(call, **_NOWHERE, array=said, torch=said)


_TORCH_FLIP = "def flip(x, axis):\n    return torch.flip(x, (axis,))"
_TORCH_EYE = "def eye(n):\n    return torch.eye(n, dtype=torch.{dtype})"
_TORCH_TRI = "def tri(n):\n    return torch.ones((n, n), dtype=torch.{dtype}).tril()"

# fmt: off
LINES = (
    _library("inv(x)", said="inverse", back=("−zᵀ @ g @ zᵀ",)),
    _library("solve(x, y)", said="solution", back=("−x⁻ᵀ @ g @ zᵀ", "x⁻ᵀ @ g")),
    _library("det(x)", said="determinant", latex=r"\det", back=("g·z x⁻ᵀ",)),
    _library("pinv(x)", said="pseudo inverse"),
    _library("cholesky(x)", said="cholesky factor"),
    _part("logabsdet", "slogdet(x)[1]", said="log of the absolute determinant", back=("g x⁻ᵀ",)),
    _part("eigenvalues", "eigvalsh(x)", said="eigenvalues"),
    _part("eigenvectors", "eigh(x)[1]", said="eigenvectors"),
    _part("singular_values", "svd(x, full_matrices=False)[1]", said="singular values"),
    _part("left_singular", "svd(x, full_matrices=False)[0]", said="left singular vectors"),
    _part("right_singular", "svd(x, full_matrices=False)[2]", said="right singular vectors"),
    # running sums, and the order reversed
    Word("cumsum(x, axis)", float="-", array="arrays.running", numpy="cumsum", c="c.loops", javascript="-",
         said="running sum", back=("the running sum of g, from the end",)),
    Word("flip(x, axis)", float="-", array="flip", torch=_TORCH_FLIP, c="c.view", javascript="arrays.js"),
    # what their texts say besides
    Word("eye(n)", **_NOWHERE, array="eye", torch=_TORCH_EYE),
    Word("tri(n)", **_NOWHERE, array="tri", torch=_TORCH_TRI),
    _phrase("swap(x)", "x.swapaxes(-1, -2)"),
    _phrase("symmetric(x)", "(x + swap(x)) / 2"),
    _phrase("skew(x)", "x - swap(x)"),
    _phrase("row(x)", "x[..., None, :]"),
    _phrase("column(x)", "x[..., None]"),
    _phrase("off_diagonal(x)", "x * (1 - eye(x.shape[-1]))"),
    _phrase("lower_half(x)", "tri(x.shape[-1]) - eye(x.shape[-1]) / 2"),
    _phrase("gaps(x)", "x[..., None, :] - x[..., :, None] + eye(x.shape[-1])"),
    # what of g no combination of the columns of z gives; nothing where z is square
    _phrase("outside(g, z)", "g * 0 if z.shape[-2] == z.shape[-1] else g - z @ (swap(z) @ g)"),
)
# fmt: on
PHRASES = ("symmetric", "skew", "row", "column", "off_diagonal", "lower_half", "gaps", "outside")
