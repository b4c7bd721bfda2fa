"""Writing files: the one place of the engine and the pictures that does."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


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
