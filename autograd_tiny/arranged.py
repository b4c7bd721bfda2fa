"""The numbers of a value as an array: its shape, its parts, and the same numbers in another shape or order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from autograd_tiny import shapes
from autograd_tiny.recorders import apply

if TYPE_CHECKING:
    from autograd_tiny.value import Value


class Arranged:
    """The parts of `Value` that move numbers about and compute none; names and meanings are NumPy's."""

    __slots__ = ()

    _data: Any

    shape = property(lambda self: () if self._data.__class__ is float else self._data.shape)
    ndim = property(lambda self: 0 if self._data.__class__ is float else self._data.ndim)
    size = property(lambda self: 1 if self._data.__class__ is float else self._data.size)
    # A float has no dtype: if it had, NumPy would make floats of the values in np.mean([v, w]).
    dtype = property(lambda self: self._data.dtype)

    def ravel(self) -> Value:
        """All numbers in one row."""
        return self.reshape(-1)

    flatten = ravel

    def reshape(self, *shape: Any) -> Value:
        """The same numbers in another shape, as `numpy.reshape`; one size may be −1."""
        target = shapes.resolved(shape[0] if len(shape) == 1 else shape, self)
        return cast("Value", self) if target == self.shape else apply("reshape", self, shape=target)

    def transpose(self, *axes: Any) -> Value:
        """The axes permuted (default: reversed), as `numpy.transpose`."""
        chosen = axes[0] if len(axes) == 1 and isinstance(axes[0], tuple | list) else axes
        order = shapes.axes_of(self.ndim, tuple(chosen) or tuple(reversed(range(self.ndim))))
        return cast("Value", self) if self.ndim < 2 else apply("transpose", self, axes=order)

    def swapaxes(self, a: int, b: int) -> Value:
        """Two axes exchanged, as `numpy.swapaxes`."""
        order = list(range(self.ndim))
        (a,), (b,) = shapes.axes_of(self.ndim, a), shapes.axes_of(self.ndim, b)
        order[a], order[b] = order[b], order[a]
        return self.transpose(*order)

    @property
    def T(self) -> Value:
        """The transpose: axes reversed."""
        return apply("transpose", self, axes=(1, 0)) if self.ndim == 2 else self.transpose()

    def __getitem__(self, index: Any) -> Value:
        return apply("take", self, index=shapes.plain_index(index))
