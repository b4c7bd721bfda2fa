"""Mathematics for a terminal that lacks its letters: ∂f/∂w² is written df/dw^2, where others write ?f/?w?."""

from __future__ import annotations

import codecs
import re
import sys
import unicodedata

from viz.words.notation import NAMES

_RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿᵀᵗⁱ", "0123456789+-=()nTti", strict=True))
_TABLE = """
    ∂ d  × *  · *  ⋅ *  − -  → ->  ← <-  ⇒ =>  ↦ ->  ≈ ~  ≠ !=  ≤ <=  ≥ >=  ∞ inf  √ sqrt  ′ '  … ...  ⋯ ...  ⋮ :  ‖ ||
    Σ Sum  ∑ Sum  Π Prod  ∏ Prod  ∇ grad  ± +-  ÷ /  ⊙ (*)  ⟨ <  ⟩ >  – -  — -  “ "  ” "  „ "  ‘ '  ’ '  • *  › >  ▸ >
    ✓ v  ✗ x  ★ *  ◐ o  ─ -  ━ -  ═ =  │ |  ┃ |  ║ |
"""
_WORDS = _TABLE.split()
_SPELLED = dict(zip(_WORDS[::2], _WORDS[1::2], strict=True))
_CORNERS = range(0x2500, 0x2580)  # of boxes and tables


def spelled(text: str) -> str:
    """The text in ASCII: each sign by what one types for it, a letter without its accents, what is left as ?."""
    raised = "".join(_RAISED)
    text = re.sub(f"[{raised}]+", lambda power: "^" + "".join(_RAISED[letter] for letter in power[0]), text)
    return "".join(letter if letter.isascii() else _letter(letter) for letter in text)


def _letter(letter: str) -> str:
    if letter in _SPELLED:
        return _SPELLED[letter]
    if ord(letter) in _CORNERS:
        return "+"
    plain = unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode()
    return plain or NAMES.get(letter, "?")


def speak() -> None:
    """Have standard output and error spell what their encoding lacks."""
    codecs.register_error("spelled", _lacking)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="spelled")


def _lacking(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return spelled(error.object[error.start : error.end]), error.end
