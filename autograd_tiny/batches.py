"""A recorded graph computed again for many inputs at once: every array gets one more axis, the last, that counts them.

    x   the numbers of a value of shape (…), as (…, n); (…, 1) where they are the same for all n

With that axis last, elementwise operations broadcast as before; the others keep to the axes before it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd_tiny.compiling import forward
from autograd_tiny.flags import quiet
from autograd_tiny.numbers import ARRAYS
from autograd_tiny.shapes import axes_of
from autograd_tiny.table import Op
from autograd_tiny.value import Value

Array = np.ndarray
Parameters = Mapping[str, Any]


def replay(order: Sequence[Value], given: Mapping[Value, Array]) -> Array:
    """The last value of `order` for all the inputs in `given`, each leaf's as (…, n)."""
    found: dict[Value, Array] = {}
    with quiet():  # what leaves a domain shows as NaN
        for v in order:
            if v in given:
                found[v] = given[v]
            elif v.operation is None:
                found[v] = np.asarray(v._data)[..., None]
            else:
                found[v] = _computed(v.operation, [found[x] for x in v.inputs], v.parameters)
    return found[order[-1]]


def _computed(op: Op, inputs: list[Array], given: Parameters) -> Array:
    if op.name == "matmul":
        return _product(*inputs)
    if op.elementwise:
        parameters = {name: p[..., None] if isinstance(p, np.ndarray) else p for name, p in given.items()}
    else:
        parameters = {**given, **_MOVED[op.name](inputs, given)}
    if op.arity is not None:
        return np.asarray(forward(op, ARRAYS)(*inputs, **parameters))
    n = max(x.shape[-1] for x in inputs)
    return np.asarray(forward(op, ARRAYS)(tuple(np.broadcast_to(x, (*x.shape[:-1], n)) for x in inputs), **parameters))


def _reduced(inputs: list[Array], given: Parameters) -> Parameters:
    return {"axis": axes_of(inputs[0].ndim - 1, given["axis"])}


def _shaped(inputs: list[Array], given: Parameters) -> Parameters:
    return {"shape": (*given["shape"], inputs[0].shape[-1])}


def _permuted(inputs: list[Array], given: Parameters) -> Parameters:
    return {"axes": (*given["axes"], len(given["axes"]))}


def _indexed(inputs: list[Array], given: Parameters) -> Parameters:
    parts = given["index"] if isinstance(given["index"], tuple) else (given["index"],)
    return {"index": (*parts, slice(None)) if any(part is ... for part in parts) else given["index"]}


def _joined(more: int) -> Callable[[list[Array], Parameters], Parameters]:
    return lambda inputs, given: {"axis": given["axis"] % (inputs[0].ndim - 1 + more)}


# The parameters that speak of axes, as they read with one axis more.
_MOVED: dict[str, Callable[[list[Array], Parameters], Parameters]] = {
    "sum": _reduced, "mean": _reduced, "max": _reduced, "logsumexp": _reduced,
    "reshape": _shaped, "broadcast": _shaped, "transpose": _permuted, "take": _indexed,
    "scatter": lambda inputs, given: {**_shaped(inputs, given), **_indexed(inputs, given)},
    "stack": _joined(1), "concatenate": _joined(0),
}  # fmt: skip


def _product(x: Array, y: Array) -> Array:
    """Matrix products, one for each of the n: for NumPy the axis that counts them has to come first."""
    row, column = x.ndim == 2, y.ndim == 2  # vectors count as matrices of one row (x) or one column (y)
    x, y = np.moveaxis(x, -1, 0), np.moveaxis(y, -1, 0)
    x, y = x[:, None, :] if row else x, y[:, :, None] if column else y
    rank = max(x.ndim, y.ndim)
    x, y = (m.reshape(m.shape[0], *(1,) * (rank - m.ndim), *m.shape[1:]) for m in (x, y))
    z = x @ y
    z = z[..., 0] if column else z
    z = z if not row else z[..., 0] if column else z[..., 0, :]
    return np.moveaxis(z, 0, -1)
