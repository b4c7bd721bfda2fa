"""Writing files: the one place of the engine and the pictures that does."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import IO, Any, TypeVar
from zipfile import ZipFile, ZipInfo

import numpy as np


def write(path: str | os.PathLike[str], content: bytes | str) -> Path:
    """Put `content` at `path`, wholly or not at all: a reader never sees half a file.

    The parent folder must exist; text is written as UTF-8 with its own line ends.
    """
    target = Path(path)
    if not target.parent.is_dir():
        raise FileNotFoundError(f"cannot write {target}: there is no folder {target.parent}; create it first")
    if target.is_dir():
        raise IsADirectoryError(f"cannot write {target}: this is a folder; add a file name")
    _replace(target, content.encode("utf-8") if isinstance(content, str) else content)
    return target


def _replace(target: Path, content: bytes) -> None:
    try:
        handle, draft = tempfile.mkstemp(dir=target.parent, prefix=".draft-")
    except PermissionError as error:
        raise PermissionError(f"cannot write {target}: the folder {target.parent} is read-only") from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        # mkstemp makes files that only their owner may read; a new file follows the user's umask instead.
        os.chmod(draft, target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask())
        os.replace(draft, target)
    except OSError as error:  # a full disk names no file, a failed move the draft
        raise OSError(error.errno, error.strerror, str(target)) from error
    finally:
        Path(draft).unlink(missing_ok=True)


def _umask() -> int:
    # The only way to read the mask is to set it.
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


# Arrays by name in the bytes of an .npz file, without pickle; what a file holds is known before it is unpacked --------


Array = np.ndarray[Any, Any]
_T = TypeVar("_T")


class Damage(ValueError):
    """The bytes are no .npz of arrays, or only a part or the ruins of one."""


@dataclass(frozen=True)
class Header:
    """What an entry says of itself."""

    shape: tuple[int, ...]
    dtype: Any

    @property
    def size(self) -> int:
        """Bytes in memory."""
        return prod(self.shape) * int(self.dtype.itemsize)


def packed(arrays: Mapping[str, Any]) -> bytes:
    """The bytes of a file of these arrays; same numbers, same bytes."""
    content = io.BytesIO()
    np.savez(content, **arrays)
    return content.getvalue()


def headers(content: bytes) -> dict[str, Header]:
    """What a file holds, by name; nothing but the headers is unpacked. Raises Damage."""
    return _each(content, _header)


def arrays(content: bytes) -> dict[str, Array]:
    """The arrays by name, in memory of their own; their checksums are compared. Raises Damage."""
    return _each(content, _array)


def _each(content: bytes, read: Callable[[ZipInfo, IO[bytes]], _T]) -> dict[str, _T]:
    found = {}
    try:
        with ZipFile(io.BytesIO(content)) as archive:
            for entry in archive.infolist():
                name = entry.filename.removesuffix(".npy")
                if name in found:  # the one that was looked at would not be the one that is read
                    raise Damage(f"two entries are called {name!r}")
                with archive.open(entry) as file:
                    found[name] = read(entry, file)
    except Exception as error:  # NumPy and zipfile raise a dozen kinds over damaged files, in words that mislead
        raise Damage("it is cut short, damaged, or something else than arrays in .npz") from error
    return found


def _header(entry: ZipInfo, file: IO[bytes]) -> Header:
    if np.lib.format.read_magic(file) != (1, 0):  # the headers of other versions may be gigabytes themselves
        raise Damage("another version of .npy")
    shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    header = Header(shape, dtype)
    if dtype.hasobject or file.tell() + header.size != entry.file_size:
        raise Damage("objects, or another number of bytes than the shape has")
    return header


def _array(entry: ZipInfo, file: IO[bytes]) -> Array:
    _header(entry, file)
    file.seek(0)
    array: Array = np.lib.format.read_array(file, allow_pickle=False)
    return array
