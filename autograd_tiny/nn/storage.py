"""Parameters in a file, and as a table."""

from __future__ import annotations

import io
import math
import os
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from autograd_tiny import files
from autograd_tiny.nn.layer import Layer
from autograd_tiny.value import Value

# What NumPy and zipfile raise for files that are no .npz, or only the beginning or the ruins of one (zipfile says
# NotImplementedError of a way of packing that it does not know).
_DAMAGE = (BadZipFile, zlib.error, EOFError, KeyError, AttributeError, NotImplementedError, RuntimeError)

Owner = Layer | Mapping[str, Value]


def save(path: str | os.PathLike[str], owner: Owner) -> Path:
    """Write parameters (and buffers) by name as .npz, wholly or not at all; same numbers, same bytes."""
    content = io.BytesIO()
    parameters = {name: p._data for name, p in _parameters(owner).items()}
    np.savez(content, **parameters, **_buffers(owner))
    return files.write(path, content.getvalue())


def load(path: str | os.PathLike[str], owner: Owner) -> None:
    """Read what `save` wrote into a layer of the same form; nothing changes unless everything fits.

    ValueError names the file, and what is missing in it, what is too much, what has another shape.
    """
    arrays, parameters, buffers = _read(path), _parameters(owner), _buffers(owner)
    _compare(path, arrays, {name: np.shape(x) for name, x in (parameters | buffers).items()})
    for name, p in parameters.items():
        p.data = arrays[name].astype(p.dtype) if p.shape else float(arrays[name])
    for name, buffer in buffers.items():
        buffer[...] = arrays[name]


def _parameters(owner: Owner) -> dict[str, Any]:
    return owner.parameters() if isinstance(owner, Layer) else dict(owner)


def _buffers(owner: Owner) -> dict[str, Any]:
    return owner.buffers() if isinstance(owner, Layer) else {}


def _read(path: str | os.PathLike[str]) -> dict[str, Any]:
    content = io.BytesIO(Path(path).read_bytes())  # NumPy would leave a damaged file open
    try:
        with np.load(content, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (*_DAMAGE, ValueError, TypeError) as error:
        reason = "it is cut short, damaged, or something else than parameters in .npz"
        raise ValueError(f"cannot load {Path(path)}: {reason}") from error


def _compare(path: str | os.PathLike[str], arrays: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    faults = [f"{name!r} is missing" for name in expected if name not in arrays]
    faults += [f"{name!r} is unknown here" for name in arrays if name not in expected]
    faults += [
        f"{name!r} has shape {arrays[name].shape}, expected {tuple(shape)}"
        for name, shape in expected.items()
        if name in arrays and arrays[name].shape != tuple(shape)
    ]
    faults += [
        f"{name!r} holds {x.dtype}, expected real numbers" for name, x in arrays.items() if x.dtype.kind not in "biuf"
    ]
    if faults:
        raise ValueError(f"cannot load {Path(path)} into this layer: {'; '.join(faults)}")


def summary(owner: Owner) -> str:
    """A table of all parameters: name, shape, how many numbers; and their total."""
    rows = [(name, str(p.shape), f"{math.prod(p.shape):,}") for name, p in _parameters(owner).items()]
    total = sum(math.prod(p.shape) for p in _parameters(owner).values())
    table = [("parameter", "shape", "count"), *rows, ("total", "", f"{total:,}")]
    widths = [max(len(row[k]) for row in table) for k in range(3)]
    lines = [f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c:>{widths[2]}}" for a, b, c in table]
    rule = "─" * len(lines[0])
    return "\n".join([lines[0], rule, *lines[1:-1], rule, lines[-1]])
