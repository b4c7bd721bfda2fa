"""Parameters in a file, and as a table."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from autograd_tiny import files
from autograd_tiny.errors.arguments import annotated
from autograd_tiny.nn.layer import Layer
from autograd_tiny.value import Value

Owner = Layer | Mapping[str, Value]


@annotated
def save(path: str | os.PathLike[str], owner: Owner) -> Path:
    """Write parameters (and buffers) by name as .npz, wholly or not at all; same numbers, same bytes.

    >>> import tempfile
    >>> path = nn.save(tempfile.mkdtemp() + "/layer.npz", nn.Linear(3, 2, seed=1))
    >>> path.name
    'layer.npz'
    """
    parameters = {name: p._data for name, p in _parameters(owner).items()}
    return files.write(path, files.packed({**parameters, **_buffers(owner)}))


@annotated
def load(path: str | os.PathLike[str], owner: Owner) -> None:
    """Read what `save` wrote into a layer of the same form; nothing changes unless everything fits.

    ValueError names the file, and what is missing in it, what is too much, what has another shape.

    >>> import tempfile
    >>> layer, other = nn.Linear(3, 2, seed=1), nn.Linear(3, 2, seed=2)
    >>> nn.load(nn.save(tempfile.mkdtemp() + "/layer.npz", layer), other)
    >>> np.array_equal(layer.W.data, other.W.data)
    True
    """
    content, parameters, buffers = Path(path).read_bytes(), _parameters(owner), _buffers(owner)
    try:
        _compare(path, files.headers(content), {name: np.shape(x) for name, x in (parameters | buffers).items()})
        arrays = files.arrays(content)
    except files.Damage as error:
        raise ValueError(f"cannot load {Path(path)}: {error}") from error
    for name, p in parameters.items():
        p.data = arrays[name].astype(p.dtype) if p.shape else float(arrays[name])
    for name, buffer in buffers.items():
        buffer[...] = arrays[name]


def _parameters(owner: Owner) -> dict[str, Any]:
    return owner.parameters() if isinstance(owner, Layer) else dict(owner)


def _buffers(owner: Owner) -> dict[str, Any]:
    return owner.buffers() if isinstance(owner, Layer) else {}


def _compare(path: str | os.PathLike[str], headers: Mapping[str, files.Header], expected: Mapping[str, Any]) -> None:
    faults = [f"{name!r} is missing" for name in expected if name not in headers]
    faults += [f"{name!r} is unknown here" for name in headers if name not in expected]
    faults += [
        f"{name!r} has shape {headers[name].shape}, expected {tuple(shape)}"
        for name, shape in expected.items()
        if name in headers and headers[name].shape != tuple(shape)
    ]
    faults += [
        f"{name!r} holds {x.dtype}, expected real numbers" for name, x in headers.items() if x.dtype.kind not in "biuf"
    ]
    if faults:
        raise ValueError(f"cannot load {Path(path)} into this layer: {'; '.join(faults)}")


@annotated
def summary(owner: Owner) -> str:
    """A table of all parameters: name, shape, how many numbers; and their total.

    >>> print(nn.summary(nn.Linear(3, 2)))
    parameter  shape   count
    ────────────────────────
    W          (3, 2)      6
    b          (2,)        2
    ────────────────────────
    total                  8
    """
    rows = [(name, str(p.shape), f"{math.prod(p.shape):,}") for name, p in _parameters(owner).items()]
    total = sum(math.prod(p.shape) for p in _parameters(owner).values())
    table = [("parameter", "shape", "count"), *rows, ("total", "", f"{total:,}")]
    widths = [max(len(row[k]) for row in table) for k in range(3)]
    lines = [f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c:>{widths[2]}}" for a, b, c in table]
    rule = "─" * len(lines[0])
    return "\n".join([lines[0], rule, *lines[1:-1], rule, lines[-1]])
