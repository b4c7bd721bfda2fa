"""The text to learn: read from a file, as characters and as places in their alphabet."""

from __future__ import annotations

import codecs
import unicodedata
from pathlib import Path

import numpy as np


def read(path: Path, encoding: str = "utf-8") -> str:
    """A file's text, with \\n line ends; ValueError names the file, and the offset of a byte that is no character."""
    if path.is_dir():
        raise ValueError(f"{path} is a folder; name a text file")
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise ValueError(f"{path}: there is no such file") from None
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from error
    try:
        text = raw.decode(encoding)
    except LookupError:  # "hex" is a codec as well, but not of texts
        raise ValueError(f"encoding {encoding!r} is unknown; common ones are utf-8, latin-1, cp1252, utf-16") from None
    except UnicodeDecodeError as error:
        marked = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        raise ValueError(
            f"{path}: byte 0x{raw[error.start]:02x} at offset {error.start} is not {encoding}; "
            f"name the file's encoding, such as --encoding {'utf-16' if marked else 'latin-1'}"
        ) from None
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def alphabet_of(text: str) -> str:
    """The different characters of a text, sorted; ValueError if there are not two."""
    alphabet = "".join(sorted(set(text)))
    if not text:
        raise ValueError("the text is empty; there is nothing to learn")
    if len(alphabet) < 2:
        raise ValueError(f"the text knows one character only, {alphabet!r}; there is nothing to predict")
    return alphabet


def require_length(characters: int, seq_length: int, streams: int = 1) -> None:
    """ValueError unless the part of each stream holds a stretch of `seq_length` and the character that follows."""
    if seq_length < 1:
        raise ValueError(f"seq_length = {seq_length}: expected at least 1")
    part = characters // streams
    if part < seq_length + 1:
        has = f"the text has {characters} characters to train on"
        has += f", {part} for each of {streams} streams" if streams > 1 else ""
        raise ValueError(
            f"{has}, a sequence needs {seq_length} and the one that follows; give a longer text or a seq_length of at "
            f"most {max(part - 1, 1)}"
        )


def encoded(text: str, alphabet: str) -> np.ndarray:
    """Each character's place in the alphabet; ValueError names those that are not in it."""
    unknown = sorted(set(text) - set(alphabet))
    if unknown:
        told = ", ".join(f"{c!r} ({unicodedata.name(c, f'U+{ord(c):04X}')})" for c in unknown[:5])
        more = f" and {len(unknown) - 5} more" if len(unknown) > 5 else ""
        raise ValueError(f"the model has never seen {told}{more}; it knows {alphabet!r}")
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    letters = np.frombuffer(alphabet.encode("utf-32-le", "surrogatepass"), np.uint32)
    return np.searchsorted(letters, points)
