"""Numbers as learners write them: in words, in percent, with their thousands set apart; and whole arrays of them.

`site/assets/numbers.js` says the same in JavaScript, and a test holds the two against each other.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TypeAlias

from autograd_tiny.learners.expression import DEEPEST, ExpressionError, parse

Shape: TypeAlias = tuple[int, ...]

ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
SMALL = {
    **{word: size for size, word in enumerate(ONES)},
    **{word: 10 * size for size, word in enumerate(TENS, 2)},
    **dict.fromkeys(("nought", "nil", "none", "nothing"), 0),
}
LARGE = {"million": 1_000_000, "thousand": 1_000, "hundred": 100}
BELOW = "half third quarter fifth sixth seventh eighth ninth tenth".split()  # one half is 1/2, two thirds 2/3
PARTS = {word: size for size, word in enumerate(BELOW, 2)} | {"fourth": 4, "hundredth": 100, "thousandth": 1000}
PARTS |= {f"{word}s": size for word, size in PARTS.items()} | {"halves": 2}
SIGN_WORDS = {"minus": "-", "negative": "-", "plus": ""}
INSIDE = ("and", "point", "a", "an")  # two and a half, zero point five
WORD = "|".join(sorted({*SMALL, *LARGE, *PARTS, *INSIDE}, key=lambda word: (-len(word), word)))
SPOKEN = re.compile(
    rf"(?<![\w.])(?:(?:{'|'.join(SIGN_WORDS)})\s+)?(?:[0-9]+\s+)?(?:{WORD})(?:[\s-]+(?:{WORD}))*(?!\w)", re.IGNORECASE
)
TIMES = re.compile(r"(?<=[0-9])\s*x\s*(?=[0-9])")  # 36 x 16, where x is no name
SIGNED = re.compile(rf"(?<!\w)({'|'.join(SIGN_WORDS)})\s+(?=[0-9.(])", re.IGNORECASE)
VULGAR = re.compile(r"(?<![\w.])([0-9]*)\s*([¼-¾⅐-⅞])")
PERCENT = re.compile(r"([-+−]?)\s*(?:([0-9]+)\.?([0-9]*)|\.([0-9]+))\s*(?:%|per\s?cent)", re.IGNORECASE)
APART = "\u00a0\u2009\u202f'’_"  # what sets thousands apart and separates nothing else
GROUPED = re.compile(rf"(?<![\w.])[1-9][0-9]{{0,2}}(?:[{APART}][0-9]{{3}})+(?!\w)")
EQUATION = re.compile(r"^[^=]*[^=\s][^=]*=(?=[^=]*[^=\s][^=]*$)")  # dz/dw = 45: only the right side is wanted
BY_SPACES = re.compile(r"[-+−]?[1-9][0-9]{0,2}(?: [0-9]{3})+(?:\.[0-9]*)?")  # as a lone number
BY_COMMAS = re.compile(r"[-+−]?[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]*)?")
LEAST_GROUPED = 1000  # below, 1,860 might be meant for 1.860
VOCABULARY = {
    "ones": ONES, "tens": TENS, "small": SMALL, "large": LARGE, "parts": PARTS, "signs": SIGN_WORDS, "inside": INSIDE,
    "apart": APART,
}  # fmt: skip


def plainly(text: str, wanted: float = 0.0, percent: bool = False, names: Collection[str] = ()) -> str:
    """An answer as a formula has it: 40% is 0.40, or 40 where percent are asked for; 1,860 is 1860."""
    text = in_figures(EQUATION.sub("", text), names).strip()
    if BY_SPACES.fullmatch(text):
        return text.replace(" ", "")
    if abs(wanted) >= LEAST_GROUPED and BY_COMMAS.fullmatch(text):
        return text.replace(",", "")
    hundredths = PERCENT.fullmatch(text)
    if not hundredths:
        return text
    sign, whole, part = hundredths[1], hundredths[2] or "", hundredths[3] or hundredths[4] or ""
    if percent:
        return f"{sign}{whole}.{part}" if part else f"{sign}{whole}"
    whole = whole.rjust(3, "0")
    return f"{sign}{whole[:-2]}.{whole[-2:]}{part}"


def in_figures(text: str, names: Collection[str] = ()) -> str:
    """A text with its numbers in figures: five is 5, one half 1/2, 2½ is 5/2, 28 600 with a thin space 28600.

    A word that is one of the `names` is no number.
    """
    alone = text.strip()

    def figures(found: re.Match[str]) -> str:
        words = re.split(r"[\s-]+", found[0].casefold())
        if keyword.iskeyword(found[0]) or any(word in names for word in words if word not in INSIDE):
            return found[0]
        return _bracketed(_figures(words), found[0] == alone) or found[0]

    def vulgar(found: re.Match[str]) -> str:
        above, below = unicodedata.normalize("NFKC", found[2]).split("⁄")
        return _bracketed(f"{int(found[1] or 0) * int(below) + int(above)}/{below}", found[0] == alone.lstrip("-+−"))

    text = VULGAR.sub(vulgar, SPOKEN.sub(figures, text))
    text = text if "x" in names else TIMES.sub("*", text)
    text = SIGNED.sub(lambda found: SIGN_WORDS[found[1].casefold()], text)
    return GROUPED.sub(lambda found: re.sub(f"[{APART}]", "", found[0]), text)


def _bracketed(figures: str, whole: bool) -> str:
    """A fraction keeps together in a formula: w / one half is w / (1/2)."""
    return figures if whole or "/" not in figures else f"({figures})"


def _figures(words: Sequence[str]) -> str:
    """The figures of a number in words; "" where they are none."""
    sign = SIGN_WORDS.get(words[0])
    words = words[sign is not None :]
    if "point" in words:
        whole, behind = words[: words.index("point")], words[words.index("point") + 1 :]
        before = _whole(whole) if whole else 0
        digits = [str(ONES.index(word)) for word in behind if word in ONES[:10]]
        spoken = before is not None and 0 < len(digits) == len(behind)
        return f"{sign or ''}{before}.{''.join(digits)}" if spoken else ""
    if words and words[-1] in PARTS:
        return _fraction(sign or "", words[:-1], PARTS[words[-1]])
    number = _whole(words)
    return "" if number is None else f"{sign or ''}{number}"


def _fraction(sign: str, count: Sequence[str], below: int) -> str:
    """`count` of these parts: half, a half, two thirds, two and a half."""
    whole: int | None = 0
    if "and" in count:
        whole, count = _whole(count[: count.index("and")]), count[count.index("and") + 1 :]
    above = 1 if list(count) in ([], ["a"], ["an"]) else _whole(count)
    return "" if whole is None or above is None else f"{sign}{whole * below + above}/{below}"


def _whole(words: Sequence[str]) -> int | None:
    """Seventeen, forty-two, three hundred and five, 28 thousand."""
    for name, size in LARGE.items():
        if name in words:
            place = words.index(name)
            before, after = words[:place], words[place + 1 :]
            many = 1 if list(before) in ([], ["a"]) else _whole(before)
            rest = 0 if not after else _whole(after[after[0] == "and" :])
            return None if many is None or rest is None or rest >= size else many * size + rest
    if len(words) == 1:
        return int(words[0]) if re.fullmatch("[0-9]+", words[0]) else SMALL.get(words[0])
    if len(words) == 2 and words[0] in TENS and words[1] in ONES[1:10]:
        return SMALL[words[0]] + SMALL[words[1]]
    return None


# Arrays: brackets, and between them commas, semicolons or spaces ------------------------------------------------------


@dataclass(frozen=True)
class Cell:
    """A number of an array: as it was typed, and what it is worth."""

    text: str
    number: float


@dataclass(frozen=True)
class Cells:
    """An array as it was typed: its numbers in order; its shape, None where its rows are not equally long."""

    cells: tuple[Cell, ...]
    shape: Shape | None


Tree: TypeAlias = "str | list[Tree]"
OPEN, CLOSED = "([{", ")]}"


def read_array(text: str, names: Mapping[str, float]) -> Cells:
    """The array that a text spells, in brackets, or with ; between rows; ExpressionError where it spells none.

    Its numbers may be formulas in the `names`: [1/2, 2*3]. Between numbers stand commas or spaces: as in a matrix
    of MATLAB, [1 -2] are two and [1 - 2] is one.
    """
    plain = re.sub(r"\b(?:np\.|numpy\.)?array\(", "(", in_figures(text, names))
    tree = _tree(plain)
    cells = (Cell(cell, float(parse(cell, names).evaluate(names))) for cell in _leaves(tree))
    return Cells(tuple(cells), _shape(tree))


def _tree(text: str) -> Tree:
    deepest = max(accumulate((letter in OPEN) - (letter in CLOSED) for letter in text), default=0)
    if deepest > DEEPEST:
        raise ExpressionError(f"brackets more than {DEEPEST} deep")
    items = _items(text)
    return items[0] if len(items) == 1 else items


def _items(text: str) -> list[Tree]:
    """What stands side by side in a text: its rows, or its numbers."""
    rows = _split(text, ";")
    if len(rows) > 1 or text.strip().endswith(";"):
        inside = [_items(row) for row in rows]
        return [row[0] if len(row) == 1 and isinstance(row[0], list) else row for row in inside]
    return [_item(word) for piece in _split(text, ",") for word in _split(piece, " ")]


def _item(text: str) -> Tree:
    """One thing between separators: an array in brackets, or a number; (5) and (1 + 2) are numbers."""
    if text[0] not in OPEN or next(_closes(text)) != len(text) - 1:
        return text
    inside = _items(text[1:-1])
    return inside[0] if text[0] == "(" and len(inside) == 1 else inside


def _closes(text: str) -> Iterator[int]:
    """Where the brackets that are open nowhere else are closed; ExpressionError where one is not."""
    depth = 0
    for place, letter in enumerate(text):
        depth += (letter in OPEN) - (letter in CLOSED)
        if depth < 0:
            raise ExpressionError(f"there is a '{letter}' too many")
        if letter in CLOSED and not depth:
            yield place
    if depth:
        raise ExpressionError("a bracket is not closed")


def _split(text: str, separator: str) -> list[str]:
    """The pieces of a text between separators that stand in no bracket; spaces beside a sign separate nothing."""
    list(_closes(text))
    pieces, begin, depth = [], 0, 0
    for place, letter in enumerate(text):
        depth += (letter in OPEN) - (letter in CLOSED)
        ends = letter in ",;" if separator == "," else letter == separator
        if separator == " ":
            ends = text[place : place + 2] == "][" or (letter.isspace() and not _is_inside(text, place))
        if ends and not depth:
            pieces.append(text[begin : place + (letter == "]")])
            begin = place + 1
    return [piece.strip() for piece in (*pieces, text[begin:]) if piece.strip()]


def _is_inside(text: str, place: int) -> bool:
    """Whether a space stands within a formula: after a sign, or before one that has a space behind it, too."""
    before, after = text[:place].rstrip(), text[place:].lstrip()
    return bool(re.search(r"[-+−*/^·×÷@(]$", before) or re.match(r"[*/^·×÷@]|[-+−](?=\s)", after))


def _leaves(tree: Tree) -> Iterator[str]:
    if isinstance(tree, str):
        yield tree
        return
    for part in tree:
        yield from _leaves(part)


def _shape(tree: Tree) -> Shape | None:
    if isinstance(tree, str):
        return ()
    shapes = {_shape(part) for part in tree}
    if len(shapes) > 1 or None in shapes:
        return None
    return (len(tree), *(next(iter(shapes), None) or ()))
