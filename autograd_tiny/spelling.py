"""How learners spell formulas: the text of one becomes tokens of plain Python, or a kind question.

Glossary: *tokens* are the numbers, names and signs of a formula; *calls* are the names that are functions in it.
"""

from __future__ import annotations

import difflib
import keyword
import math
import re
import unicodedata
from collections.abc import Collection, Iterator

LONGEST = 4000  # characters; the longest formula of the lessons has under 200
DEEPEST = 60  # nested parentheses
MOST = 12  # known names that are listed

# What a learner may call, and the name under which the engine knows it.
FUNCTIONS = {
    "exp": "exp", "log": "log", "ln": "log", "sqrt": "sqrt", "abs": "abs",
    "sin": "sin", "cos": "cos", "tan": "tan", "sinh": "sinh", "cosh": "cosh", "tanh": "tanh",
    "asin": "asin", "acos": "acos", "atan": "atan", "arcsin": "asin", "arccos": "acos", "arctan": "atan",
    "sigmoid": "sigmoid", "σ": "sigmoid", "relu": "relu", "leaky_relu": "leaky_relu", "softplus": "softplus",
    "hard_tanh": "hard_tanh", "max": "maximum", "maximum": "maximum", "min": "minimum", "minimum": "minimum",
}  # fmt: skip

POWERS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
SIGNS = str.maketrans(dict.fromkeys("·×⋅∗∙", "*") | dict.fromkeys("−–‒", "-") | {"÷": "/", "∕": "/", "√": " sqrt"})
TOKEN = re.compile(r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[^\W\d]\w*|\*\*|//|[-+*/(),^]|\s+")
BETWEEN = {"*", "/", "**"}  # signs that need something on both sides; a + or − may stand before a number
STRAY = {
    "=": "only the right side is wanted", ".": "decimals are written 0.5", "[": "use ( )", "{": "use ( )",
    "//": "a division is written /", "%": "there is no remainder", "~": "a minus is written -",
}  # fmt: skip


class ExpressionError(ValueError):
    """A text that is not a formula; the message says what is wrong and what may have been meant."""

    def __init__(self, message: str) -> None:
        short = message if len(message) <= 240 else f"{message[:160]} … {message[-70:]}"
        super().__init__(short)


def plain_name(name: str) -> str:
    """A name as Python reads it (Unicode NFKC), its subscripts as digits: w₁ is w1."""
    return unicodedata.normalize("NFKC", name)


def tokens(text: str, known: Collection[str] = frozenset()) -> list[str]:
    """The tokens in plain Python, with ``*`` where the lectures write no sign; `known` names are no functions.

    Raises ExpressionError where a sign is missing in earnest, or the text can be read in two ways.
    """
    if len(text) > LONGEST:
        raise ExpressionError(f"a formula of {len(text):,} characters is too long; at most {LONGEST:,} are read")
    spelled = list(_spelled(text))
    calls = {name for name in FUNCTIONS if name not in known}
    whole: list[str] = []
    doubt = ""
    for i, token in enumerate(spelled):
        before = spelled[i - 1] if i else "("
        if token in BETWEEN and before in (*BETWEEN, "+", "-", "(", ","):
            raise ExpressionError(f"something is missing before the sign {'^' if token == '**' else token}")
        if token in calls and spelled[i + 1 : i + 2] != ["("]:
            raise ExpressionError(f"{token} is a function: {token}({next(filter(_is_name, spelled[i + 1 :]), 'x')})?")
        if _ends(before) and _begins(token) and not (before in calls and token == "("):
            product = before in known and token == "("  # w(w - 3): what is a name of a number is no function
            doubt = doubt or ("" if product else _doubt(spelled[i - 2] if i > 1 else "", before, token))
            whole.append("*")
        whole.append(token)
    if doubt and whole.count("(") == whole.count(")"):  # brackets are balanced first, by whoever reads the tokens
        raise ExpressionError(doubt.replace("{fix}", "".join(whole)))
    return whole


def nearest(name: str, known: Collection[str]) -> str:
    """What a name that nobody knows may have meant; the known ones are listed in their order."""
    near = difflib.get_close_matches(name, [*known, *FUNCTIONS], 1)
    listed = ", ".join(list(known)[:MOST]) + (", …" if len(known) > MOST else "")
    return f"there is no {name} here; " + (f"{near[0]}?" if near else f"known: {listed or 'no names'}")


def _spelled(text: str) -> Iterator[str]:
    plain = re.sub(r"[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+", lambda power: f"**({power[0].translate(POWERS)})", text)
    plain = plain_name(plain.translate(SIGNS))
    position = depth = 0
    while position < len(plain):
        token = TOKEN.match(plain, position)
        if token is None:
            raise ExpressionError(_stray(plain[position]))
        if token[0] in STRAY:
            raise ExpressionError(_stray(token[0]))
        position = token.end()
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        if depth > DEEPEST:
            raise ExpressionError(f"parentheses more than {DEEPEST} deep; write the formula in smaller pieces")
        _check(token[0])
        if not token[0].isspace():
            yield "**" if token[0] == "^" else re.sub(r"^0+(?=[0-9])", "", token[0])


def _check(token: str) -> None:
    if keyword.iskeyword(token):
        raise ExpressionError(f"{token} is a word of Python, not a name in a formula")
    if _is_number(token) and not math.isfinite(float(token)):
        raise ExpressionError(f"{token} is too large for a float")


def _doubt(two_before: str, before: str, token: str) -> str:
    """Why no sign between these two is no product ({fix}: the formula with all signs); "" where it is one."""
    if _is_name(before):
        near = difflib.get_close_matches(before, FUNCTIONS, 1, 0.7) if token == "(" and len(before) > 1 else []
        return f"there is no function {before}; {near[0]}(…)?" if near else "a sign is missing: {fix}?"
    if _is_number(token):
        return "a sign is missing: {fix}?"
    if _is_number(before) and (two_before == "/" or (two_before == "**" and _is_name(token))):
        sign = "^" if two_before == "**" else "/"
        return f"{sign}{before}{token} can be read in two ways: write {sign}({before}*{token} …) or {{fix}}"
    return ""


def _stray(character: str) -> str:
    return (
        f"{character!r} has no place in a formula ({STRAY.get(character, 'it has numbers, names, + - * / ^ and ( )')})"
    )


def _is_name(token: str) -> bool:
    return token[:1].isidentifier()


def _is_number(token: str) -> bool:
    return token[:1].isdigit() or (token[:1] == "." and len(token) > 1)


def _ends(token: str) -> bool:
    return token == ")" or _is_name(token) or _is_number(token)


def _begins(token: str) -> bool:
    return token == "(" or _is_name(token) or _is_number(token)
