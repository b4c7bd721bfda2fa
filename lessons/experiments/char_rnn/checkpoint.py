"""Checkpoints: everything a training needs to go on, in one .npz file of arrays and JSON, without pickle.

A file is written beside its target and then takes its place, so that at every moment there is a whole one.
"""

from __future__ import annotations

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
    files.write(path, files.packed({ABOUT: np.frombuffer(told, np.uint8), **arrays}))


def read(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What `write` saved; CheckpointError names a file that is missing, truncated, or something else."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise CheckpointError(f"{path}: there is no such checkpoint; `train` makes one") from None
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror}") from error
    try:
        if sum(header.size for header in files.headers(content).values()) > len(content):
            raise files.Damage("it is packed: what `write` wrote is not")
        arrays = files.arrays(content)
        about = json.loads(arrays.pop(ABOUT).tobytes().decode("utf-8", "surrogatepass"))
    except (ValueError, KeyError, RecursionError):
        raise CheckpointError(f"{path} is not a char-RNN checkpoint, or only a part of one") from None
    if not isinstance(about, dict) or about.get("form") != FORM:
        found = about.get("form") if isinstance(about, dict) else None
        raise CheckpointError(
            f"{path} is not a checkpoint of this program: it says {repr(found)[:60]}, expected {FORM!r}"
        )
    return about, arrays


def require_alike(given: Any, example: Any, name: str = "about") -> None:
    """Refuse what is not of the example's kind, all the way in: ValueError names the place.

    Whole numbers are counts. A list's entries are like its first one, None stands for a float or nothing.
    """
    if isinstance(example, dict) and isinstance(given, dict):
        for key, part in example.items():
            if key not in given:
                raise ValueError(f"{key!r} is missing in {name!r}")
            require_alike(given[key], part, key)
    elif isinstance(example, list) and isinstance(given, list):
        for part in given:
            require_alike(part, example[0], name)
    elif isinstance(example, tuple) and isinstance(given, list) and len(given) == len(example):
        for part, like in zip(given, example, strict=True):
            require_alike(part, like, name)
    elif not (type(given) is type(example) or (type(given) in (int, float) and isinstance(example, float | None))):
        raise ValueError(f"{name!r} is a {type(given).__name__}, expected a {type(example or 0.0).__name__}")
    elif isinstance(given, int) and not isinstance(given, bool) and not 0 <= given < 2**53:
        raise ValueError(f"{name!r} is {str(given)[:24]}, expected a count")


def located(run: Path) -> Path:
    """The checkpoint of a run: `run` is its folder, or the file itself."""
    return run if run.is_file() or run.suffix == ".npz" else run / NAME
