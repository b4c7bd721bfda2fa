"""Linear algebra of matrices and stacks of them: inverses, determinants, eigenvalues, singular values, norms.

Names, arguments and meaning are those of `numpy.linalg`; gradients are PyTorch's. What takes a symmetric matrix takes
(a + aᵀ) / 2, as JAX does: of a symmetric one nothing else, and each gradient is symmetric too.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from autograd_tiny import functions
from autograd_tiny.arrays import lines as lines
from autograd_tiny.arrays.products import cross, multi_dot, tensordot, vecdot
from autograd_tiny.arrays.rearranging import moveaxis
from autograd_tiny.errors import ShapeError
from autograd_tiny.errors.arguments import annotated
from autograd_tiny.functions import max as greatest
from autograd_tiny.functions import min as least
from autograd_tiny.functions import value, where
from autograd_tiny.numpy_functions import record_as
from autograd_tiny.scopes import questions
from autograd_tiny.shapes import Axis, axes_of
from autograd_tiny.value import Operand, Value, recorder


class Eigen(NamedTuple):
    """Eigenvalues in ascending order, and the eigenvectors as columns."""

    eigenvalues: Value
    eigenvectors: Value


class Singular(NamedTuple):
    """A matrix as U · diag(S) · Vh."""

    U: Value
    S: Value
    Vh: Value


class SignAndLog(NamedTuple):
    """A determinant's sign, as plain numbers, and the logarithm of its size."""

    sign: Any
    logabsdet: Value


def _matrix(who: str, a: Operand, square: bool = True) -> Value:
    x = value(a)
    if x.ndim < 2 or (square and x.shape[-1] != x.shape[-2]):
        raise ShapeError(
            f"{who}: {x.shape}; expected {'square matrices (…, n, n)' if square else 'matrices (…, m, n)'}"
        )
    return x


@annotated
def inv(a: Operand) -> Value:
    """The inverse of each square matrix; DomainError where there is none. To multiply with it, `solve` is better.

    >>> linalg.inv([[2.0, 0.0], [0.0, 4.0]]).data
    array([[0.5 , 0.  ],
           [0.  , 0.25]])
    """
    return recorder("inv")(_matrix("inv", a))


@annotated
def solve(a: Operand, b: Operand) -> Value:
    """The x with a x = b, for a vector b (n,) or matrices b (…, n, k); DomainError where a is singular.

    >>> linalg.solve([[2.0, 0.0], [0.0, 4.0]], [2.0, 8.0]).data
    array([1., 2.])
    """
    x, y = _matrix("solve", a), value(b)
    columns = y.reshape(-1, 1) if y.ndim == 1 else y
    if columns.ndim < 2 or columns.shape[-2] != x.shape[-1]:
        raise ShapeError(f"solve: {x.shape} and {y.shape}; b is a vector (n,), or matrices (…, n, k)")
    z = recorder("solve")(x, columns)
    return z[..., 0] if y.ndim == 1 else z


@annotated
def det(a: Operand) -> Value:
    """The determinant of each square matrix; its gradient asks for an inverse, and a singular matrix has none.

    >>> linalg.det([[2.0, 1.0], [0.0, 4.0]]).data
    7.999999999999998
    """
    return recorder("det")(_matrix("det", a))


@annotated
def slogdet(a: Operand) -> SignAndLog:
    """The determinant's sign (plain numbers: it has no slope) and log|det|, which does not overflow.

    >>> linalg.slogdet([[1.0, 0.0], [0.0, -1.0]]).sign.item()
    -1.0
    """
    x = _matrix("slogdet", a)
    sign = np.linalg.slogdet(x._data)[0]
    if questions() is not None:  # a program must find it anew
        d = det(x)
        sign = where(d > 0, 1.0, where(d < 0, -1.0, 0.0))
    return SignAndLog(sign, recorder("logabsdet")(x))


@annotated
def pinv(a: Operand) -> Value:
    """The inverse of Moore and Penrose of each matrix; its gradient holds as long as the rank stays the same.

    >>> linalg.pinv([[2.0], [0.0]]).data.tolist()
    [[0.5, 0.0]]
    """
    return recorder("pinv")(_matrix("pinv", a, square=False))


@annotated
def cholesky(a: Operand) -> Value:
    """The lower triangle L with L Lᵀ = a, a symmetric and positive definite; DomainError if it is not.

    >>> linalg.cholesky([[4.0, 0.0], [0.0, 9.0]]).data
    array([[2., 0.],
           [0., 3.]])
    """
    return recorder("cholesky")(_matrix("cholesky", a))


@annotated
def eigvalsh(a: Operand) -> Value:
    """The eigenvalues of a symmetric matrix, in ascending order.

    >>> linalg.eigvalsh([[2.0, 0.0], [0.0, 1.0]]).data
    array([1., 2.])
    """
    return recorder("eigenvalues")(_matrix("eigvalsh", a))


@annotated
def eigh(a: Operand) -> Eigen:
    """Eigenvalues and eigenvectors of a symmetric matrix; vectors have a gradient where no two values are equal.

    >>> linalg.eigh([[2.0, 0.0], [0.0, 1.0]]).eigenvalues.data
    array([1., 2.])
    """
    x = _matrix("eigh", a)
    return Eigen(recorder("eigenvalues")(x), recorder("eigenvectors")(x))


@annotated
def svdvals(a: Operand) -> Value:
    """The singular values of each matrix, in descending order.

    >>> linalg.svdvals([[3.0, 0.0], [0.0, -4.0]]).data
    array([4., 3.])
    """
    return recorder("singular_values")(_matrix("svdvals", a, square=False))


@annotated
def svd(a: Operand, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """A matrix as U · diag(S) · Vh; with compute_uv=False only S.

    U and Vh have a gradient where no two singular values are equal. A matrix that is not square needs
    full_matrices=False: what would fill up U or Vh is arbitrary and has no derivative.

    >>> linalg.svd([[3.0, 0.0], [0.0, -4.0]]).S.data
    array([4., 3.])
    """
    x = _matrix("svd", a, square=False)
    if not compute_uv:
        return svdvals(x)
    if full_matrices and x.shape[-1] != x.shape[-2]:
        raise ShapeError(f"svd: {x.shape} is not square: what fills up U or Vh has no derivative; full_matrices=False")
    return Singular(recorder("left_singular")(x), svdvals(x), recorder("right_singular")(x))


@annotated
def matrix_power(a: Operand, n: int) -> Value:
    """Each square matrix multiplied with itself n times; for n < 0 its inverse −n times, for n = 0 the identity.

    >>> linalg.matrix_power([[1.0, 1.0], [0.0, 1.0]], 3).data
    array([[1., 3.],
           [0., 1.]])
    """
    x = _matrix("matrix_power", a)
    if n == 0:
        return value(np.broadcast_to(np.eye(x.shape[-1]), x.shape))
    base, left, result = inv(x) if n < 0 else x, abs(n), None
    while True:  # by squares: a⁵ = a · (a²)²
        if left % 2:
            result = base if result is None else result @ base
        left //= 2
        if not left:
            break
        base = base @ base
    assert result is not None
    return result


@annotated
def norm(x: Operand, ord: float | str | None = None, axis: Axis = None, keepdims: bool = False) -> Value:
    """The length of vectors (along one axis) or the size of matrices (along two); the Euclidean one by default.

    As `numpy.linalg.norm`: for vectors any number, ∞ and −∞ (the largest and smallest absolute value) included; for
    matrices "fro", "nuc", ±1, ±2 and ±∞. At the zero vector, where the Euclidean one has a kink, its slope is 0.
    ValueError for others; ord=0 counts, and has no slope.

    >>> norm([3.0, -4.0]).data, norm([3.0, -4.0], 1).data
    (5.0, 7.0)
    """
    v = value(x)
    if ord is None:
        return functions._norm(v, axis, keepdims)
    axes = axes_of(v.ndim, axis)
    if len(axes) == 1:
        return _vector_norm(v, ord, axes[0], keepdims)
    if len(axes) == 2 and axes[0] != axes[1]:
        return _matrix_norm(v, ord, axes, keepdims)
    raise ShapeError(f"norm: {v.shape} with axis={axis}: ord={ord} is for one axis (vectors) or two (matrices)")


def _vector_norm(x: Value, ord: Any, axis: int, keepdims: bool) -> Value:
    if ord in ("fro", "nuc") or isinstance(ord, str) or ord == 0 or ord != ord:
        raise ValueError(f"norm: ord={ord!r} of vectors has no gradient; it may be ∞, −∞ or a number other than 0")
    if ord == 2:
        return functions._norm(x, axis, keepdims)
    size = functions.abs(x)
    if abs(ord) == np.inf:
        return _extreme(size, ord, axis, keepdims)
    if ord == 1:
        return size.sum(axis, keepdims)
    total = (size**ord).sum(axis, keepdims)
    if ord < 0:
        mean: Value = total ** (1 / ord)
        return mean
    zero = total == 0  # all are 0: a kink, at which the slope is 0
    return where(zero, 0.0, where(zero, 1.0, total) ** (1 / ord))


def _extreme(sizes: Value, ord: float, axis: int, keepdims: bool) -> Value:
    """The largest size for a positive ord, 0 of none, else the smallest."""
    if ord > 0 and not sizes.shape[axis]:
        return functions.sum(sizes, axis, keepdims)
    return (greatest if ord > 0 else least)(sizes, axis, keepdims)


def _matrix_norm(x: Value, ord: Any, axes: tuple[int, ...], keepdims: bool) -> Value:
    if ord == "fro":
        return functions._norm(x, axes, keepdims)
    known = ("nuc", 1, -1, 2, -2, np.inf, -np.inf)
    if ord not in known:
        raise ValueError(f"norm: ord={ord!r} of matrices; it may be 'fro', 'nuc', ±1, ±2 or ±∞")
    m = moveaxis(x, axes, (-2, -1))
    if ord in ("nuc", 2, -2):
        s = svdvals(m)
        size = s.sum(-1) if ord == "nuc" else s[..., 0 if ord == 2 else -1]
    else:
        sums = functions.abs(m).sum(-2 if abs(ord) == 1 else -1)
        size = _extreme(sums, ord, -1, False)
    return size.reshape([1 if k in axes else n for k, n in enumerate(x.shape)]) if keepdims else size


record_as(
    inv, solve, det, slogdet, pinv, cholesky, eigvalsh, eigh, svdvals, svd, matrix_power, norm,
)  # fmt: skip
__all__ = [
    "cholesky", "cross", "det", "eigh", "eigvalsh", "inv", "matrix_power", "multi_dot", "norm", "pinv", "slogdet",
    "solve", "svd", "svdvals", "tensordot", "vecdot",
]  # fmt: skip


def __dir__() -> list[str]:
    """What is public."""
    return __all__
