"""Lettering: text that knows its italics, subscripts and role, measured without any font.

run     a piece of text in one face and role       line    runs side by side
role    what a text means ("ink", "value", "gradient", "local", "muted"); a theme turns it into a colour
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from viz.words import notation

Role = Literal["ink", "value", "gradient", "local", "muted"]
SIZE = 13.0  # points, of values and symbols
SMALL = 10.0  # points, of captions of boxes, local derivatives, long symbols
LEAST = 10.0  # points: no index is set smaller
LINE = 18 / 13  # height of a line, in ems; whole points keep wires level, because Graphviz rounds to points
LONGEST = 24  # characters of a label that are drawn; the whole label stands in the tooltip

# Widths in ems, rounded up, of DejaVu Sans: the widest of the fonts that browsers and machines put in Helvetica's
# place. Measuring by this table keeps every layout the same on every machine, whatever fonts it has.
_WIDTHS = {
    0.3: "ijlIJ'",
    0.35: " ,./:;|·\\",
    0.4: "()-[]ftᵀ",
    0.45: "!r²³",
    0.5: '"*_`‖',
    0.6: "?cszFLkvxyγλ∂",
    0.75: "ABCKNRUVXZαφ∇",
    0.85: "&DGHOQ#+<=>^w~−×÷∞≈ω→",
    1.0: "%@Wm…M",
}
_WIDTH = {letter: width for width, letters in _WIDTHS.items() for letter in letters}


@dataclass(frozen=True)
class Run:
    """A piece of text in one face: `shift` is −1 for a subscript, 1 for a superscript."""

    text: str
    role: Role = "ink"
    italic: bool = False
    shift: int = 0


Line = tuple[Run, ...]


def line(text: str, role: Role = "ink") -> Line:
    """Upright text as a line; an empty text is an empty line."""
    return (Run(text, role),) if text else ()


def name(label: str, role: Role = "ink") -> Line:
    """A label as mathematics writes it: italic, `s_1`, `v1` and `W_xh` with subscripts, shortened where long.

    A second `h0`, `h0_2`, has both numbers below the line.

    Formulas between dollars, `$\\hat{y}_{t-1}$`, are read as LaTeX.
    """
    if "$" in label and (formulas := _formulas(label, role)):
        return formulas
    text = shorten(label)
    parts = re.fullmatch(r"([^\W\d_]{1,2})_([\w,+−-]{1,6})|([^\W\d_])(\d{1,3}(?:_\d{1,3})?)", text)
    if parts is None:
        return (Run(text, role, italic=True),) if text else ()
    letter, index = (part.replace("_", ",") for part in parts.groups() if part is not None)
    return (Run(letter, role, italic=True), Run(index, role, italic=not index.replace(",", "").isdigit(), shift=-1))


def sentence(text: str, role: Role = "ink", formula: bool = True) -> Line:
    """A sentence, or a formula: its letters are italic and `s_1`, `v1` get their subscripts; σ(…) stays upright."""
    if not formula:
        return line(text, role)
    runs: list[Run] = []
    place = 0
    for found in _NAME.finditer(text):
        runs += (*line(text[place : found.start()], role), *name(found[0], role))
        place = found.end()
    return (*runs, *line(text[place:], role))


# A letter with its index, between characters that belong to no word; ² and ᵀ belong to none, though Python thinks so.
_LETTER, _INDEX = r"[^\W\d_²³¹⁰⁴-⁹ᵀ]", r"[^\W²³¹⁰⁴-⁹ᵀ]"
_NUMBER = "[0-9]{1,3}(?:_[0-9]{1,3})?"
_NAME = re.compile(rf"(?<![\w.])(?:{_LETTER}{{1,2}}_{_INDEX}{{1,6}}|{_LETTER}(?:{_NUMBER})?)(?!{_INDEX}|\()")


def _formulas(label: str, role: Role) -> Line:
    """A label with formulas in it; empty where there are none, or too much to draw."""
    pieces = [(clean(text), formula) for text, formula in notation.spans(label[: 2 * notation.LONGEST])]
    if not any(formula for _, formula in pieces) or len(label) > 2 * notation.LONGEST:
        return ()
    runs = []
    for text, formula in pieces:
        runs += [Run(text + " ", role, italic=True)] if text else []
        runs += [Run(drawable(piece.text), role, piece.italic, piece.shift) for piece in formula]
    return tuple(runs) if sum(len(run.text) for run in runs) <= LONGEST else ()


def plain(text: Line) -> str:
    """The line as characters, subscripts written `s_1`."""
    before = (0, *(run.shift for run in text))
    return "".join(
        ("", "^", "_")[run.shift if run.shift != last else 0] + run.text
        for run, last in zip(text, before, strict=False)
    )


def paint(text: Line, role: Role) -> Line:
    """The same line in another role."""
    return tuple(Run(run.text, role, run.italic, run.shift) for run in text)


BELOW = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def spelled(text: Line) -> str:
    """The line as one writes it: as `plain`, but with the digits below the line that there are, s₁."""
    return re.sub(r"_(\d+)", lambda found: found[1].translate(BELOW), plain(text))


def clean(text: str) -> str:
    """One line of drawable characters: white space folded, controls and lone surrogates replaced.

    XML 1.0 forbids most controls, and marks of writing direction would reorder their neighbours in the picture.
    """
    return drawable(" ".join(text.split()))


def drawable(text: str) -> str:
    """The text without what XML 1.0 forbids and without marks of writing direction; its spaces stay."""
    if text.isprintable():  # most are; none of what is replaced counts as printable
        return text
    kept = (letter for letter in text if letter not in _DIRECTIONS)
    return "".join("\ufffd" if _undrawable(letter) else letter for letter in kept)


def shorten(text: str, limit: int = LONGEST) -> str:
    """The text cleaned, and cut with an ellipsis beyond `limit` characters."""
    # A label may be a whole book: what cannot be drawn anyway need not be cleaned.
    whole = clean(_unset(text[: 64 * limit]))
    return whole if len(whole) <= limit else whole[: limit - 1] + "…"


def _unset(text: str) -> str:
    """Formulas between dollars as characters, `h_t−1`."""
    if "$" not in text:
        return text
    return "".join(
        words or plain(tuple(Run(p.text, "ink", p.italic, p.shift) for p in formula))
        for words, formula in notation.spans(text)
    )


def width(text: Line, size: float = SIZE) -> float:
    """Points that the line needs at most, in any of the usual fonts."""
    return sum(_wide(run.text, run, size) for run in text)


def _wide(text: str, like: Run, size: float) -> float:
    """Points that a text needs in the face of a run."""
    return size_of(like, size) * _reach(text)


@lru_cache(maxsize=4096)
def _reach(text: str) -> float:
    """How far the letters reach, in their size: captions say the same words again and again."""
    return sum(map(_advance, text))


def size_of(run: Run, size: float) -> float:
    """The size in which a run of a line of that size is set: an index is smaller, as far as it can be read."""
    return max(0.72 * size, min(size, LEAST)) if run.shift else size


_DIRECTIONS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _undrawable(letter: str) -> bool:
    return unicodedata.category(letter) in ("Cc", "Cs", "Cn") or letter in "\ufffe\uffff"


def _advance(letter: str) -> float:
    if letter in _WIDTH:
        return _WIDTH[letter]
    if unicodedata.combining(letter) or letter in "\u200d\ufe0f":
        return 0.0
    if unicodedata.east_asian_width(letter) in "WF" or ord(letter) > 0xFFFF:
        return 1.4  # ideographs are an em wide; emoji fonts draw larger than their neighbours
    return 0.65 if ord(letter) < 128 or letter.islower() else 0.85


# Captions broken into lines that fit below their picture -------------------------------------------------------------


LONGEST_WORD = 40  # characters of a word before it is broken in any case


def wrap(text: Line, room: float, size: float = SIZE) -> tuple[Line, ...]:
    """The line broken between words so that each part is at most `room` points wide; a longer word is broken.

    A newline in the text always breaks.
    """
    lines: list[list[Run]] = [[]]
    used = 0.0
    for word in _words(text, room, size):
        if word.text == "\n":
            lines.append([])
            used = 0.0
            continue
        if used and used + _wide(word.text.rstrip(), word, size) > room:
            lines.append([])
            used = 0.0
        lines[-1].append(word)
        used += _wide(word.text, word, size)
    return tuple(_merged(words) for words in lines if words)


def balanced(text: Line, room: float, size: float = SIZE) -> tuple[Line, ...]:
    """The line broken into as few lines as there can be, of about the same length."""
    lines = wrap(text, room, size)
    widest = max((width((word,), size) for word in _words(text, room, size)), default=0.0)  # no word is broken for it
    again = wrap(text, min(room, max(widest, 1.12 * width(text, size) / max(len(lines), 1))), size)
    return again if len(again) == len(lines) else lines


def _words(text: Line, room: float, size: float) -> list[Run]:
    """The runs cut after each space, and where a word has no room; a subscript, which follows without one, stays."""
    pieces: list[Run] = []
    for run in text:
        for part in re.findall(rf"\n|[^\s]{{1,{LONGEST_WORD}}}[^\S\n]*|[^\S\n]+", run.text):
            shown = part if part == "\n" else clean(part) + (" " if part[-1].isspace() else "")
            pieces += _broken(replace(run, text=shown), room, size)
    return pieces


def _broken(word: Run, room: float, size: float) -> Iterator[Run]:
    """The word in pieces that have room, a letter at least in each."""
    while len(word.text) > 1 and _wide(word.text.rstrip(), word, size) > room:
        fits = (k for k in range(1, len(word.text)) if _wide(word.text[: k + 1], word, size) > room)
        k = next(fits, len(word.text) - 1)
        yield replace(word, text=word.text[:k])
        word = replace(word, text=word.text[k:])
    yield word


def _merged(words: list[Run]) -> Line:
    merged: list[Run] = []
    for word in words:
        if merged and _face(merged[-1]) == _face(word):
            merged[-1] = replace(word, text=merged[-1].text + word.text)
        else:
            merged.append(word)
    return tuple(merged)


def _face(run: Run) -> tuple[Role, bool, int]:
    return run.role, run.italic, run.shift
