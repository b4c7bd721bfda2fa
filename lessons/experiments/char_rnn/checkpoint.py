"""Checkpoints: everything a training needs to go on, in one .npz file of arrays and JSON, without pickle.

A file is written beside its target and then takes its place, so that at every moment there is a whole one.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from autograd_tiny import files

FORM = "autograd-tiny char-rnn, form 1"
NAME = "checkpoint.npz"
ABOUT = "about"  # the entry that holds the JSON; all others are arrays


class CheckpointError(ValueError):
    """A checkpoint that cannot be gone on from; the message names the file."""


def write(path: Path, about: Mapping[str, Any], arrays: Mapping[str, Any]) -> None:
    """Save `about` (what JSON can hold) and arrays by name."""
    told = json.dumps({"form": FORM, **about}, ensure_ascii=False).encode("utf-8", "surrogatepass")
    content = io.BytesIO()
    np.savez(content, **{ABOUT: np.frombuffer(told, np.uint8)}, **arrays)
    files.write(path, content.getvalue())


def read(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What `write` saved; CheckpointError names a file that is missing, truncated, or something else."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise CheckpointError(f"{path}: there is no such checkpoint; `train` makes one") from None
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror}") from error
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as entries:
            arrays = {name: entries[name] for name in entries.files}  # every entry's checksum is compared here
        about = json.loads(arrays.pop(ABOUT).tobytes().decode("utf-8", "surrogatepass"))
    except Exception:  # NumPy and zipfile raise a dozen kinds over damaged files, in words that mislead
        raise CheckpointError(f"{path} is not a char-RNN checkpoint, or only a part of one") from None
    if not isinstance(about, dict) or about.get("form") != FORM:
        found = about.get("form") if isinstance(about, dict) else None
        raise CheckpointError(f"{path} is not a checkpoint of this program: it says {found!r}, expected {FORM!r}")
    return about, arrays


def located(run: Path) -> Path:
    """The checkpoint of a run: `run` is its folder, or the file itself."""
    return run if run.is_file() or run.suffix == ".npz" else run / NAME
