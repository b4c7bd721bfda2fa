r"""LaTeX mathematics in labels: `$h_{t-1}$` as pieces of Unicode, for pictures that no TeX sets.

A label is never passed on to TeX: what is read here are letters, signs, the commands in the tables, scripts,
fractions and roots. Anything else is no mathematics, and the label stands as it was typed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace

# Signs of mathematics and their names in LaTeX: one table, read from names to signs and from signs to names ----------

_LETTERS = """
    alpha α  beta β  gamma γ  delta δ  varepsilon ε  epsilon ϵ  zeta ζ  eta η  theta θ  vartheta ϑ  iota ι  kappa κ
    lambda λ  mu μ  nu ν  xi ξ  pi π  rho ρ  sigma σ  varsigma ς  tau τ  upsilon υ  varphi φ  phi ϕ  chi χ  psi ψ
    omega ω  ell ℓ  hbar ℏ
"""
_SIGNS = """
    Gamma Γ  Delta Δ  Theta Θ  Lambda Λ  Xi Ξ  Pi Π  Sigma Σ  Upsilon Υ  Phi Φ  Psi Ψ  Omega Ω
    partial ∂  nabla ∇  infty ∞  sum ∑  prod ∏  int ∫  surd √  emptyset ∅  forall ∀  exists ∃  top ⊤  bot ⊥  prime ′
    times ×  div ÷  cdot ·  pm ±  mp ∓  odot ⊙  oplus ⊕  ominus ⊖  otimes ⊗  ast ∗  circ ∘  bullet •  star ⋆  cup ∪
    cap ∩  wedge ∧  vee ∨  neg ¬  dagger †  ddagger ‡  mid ∣  langle ⟨  rangle ⟩  ldots …  cdots ⋯  vdots ⋮
    approx ≈  equiv ≡  sim ∼  simeq ≃  neq ≠  leq ≤  geq ≥  ll ≪  gg ≫  propto ∝  in ∈  notin ∉  subset ⊂  supset ⊃
    to →  leftarrow ←  uparrow ↑  downarrow ↓  leftrightarrow ↔  Rightarrow ⇒  Leftarrow ⇐  Leftrightarrow ⇔  mapsto ↦
    triangle △  clubsuit ♣  diamondsuit ♢  heartsuit ♡  spadesuit ♠
"""
_SYNONYMS = """
    rightarrow →  gets ←  le ≤  ge ≥  ne ≠  dots …  Vert ‖  lVert ‖  rVert ‖  | ‖  vert |  lvert |  rvert |  lbrace {
    rbrace }  { {  } }  % %  # #  & &  _ _
"""
# Accents by their combining characters: in mathematics, in text.
_ACCENTS = """
    0300 grave `    0301 acute '    0302 hat ^      0303 tilde ~    0304 bar =    0306 breve u
    0307 dot .      0308 ddot "     030A mathring r 030C check v    20D7 vec -
"""


def _read(table: str) -> dict[str, str]:
    words = table.split()
    return dict(zip(words[::2], words[1::2], strict=True))


LETTERS, SIGNS = _read(_LETTERS), _read(_SIGNS)  # lower-case letters are italic
NAMED = LETTERS | SIGNS | _read(_SYNONYMS)
NAMES = {sign: name for name, sign in (LETTERS | SIGNS).items()} | {"‖": "|", "µ": "mu", "⋅": "cdot"}

_ROWS = [_ACCENTS.split()[k : k + 3] for k in range(0, len(_ACCENTS.split()), 3)]
MATH_ACCENTS = {name: chr(int(code, 16)) for code, name, _ in _ROWS}
ACCENT_NAMES = {mark: name for name, mark in MATH_ACCENTS.items()}
TEXT_ACCENTS = {chr(int(code, 16)): command for code, _, command in _ROWS if command != "-"}


# Formulas in labels --------------------------------------------------------------------------------------------------

LONGEST = 400  # characters of a formula; what is longer is drawn as it was typed

BETWEEN = frozenset("=+−×÷±≈≡∼≠≤≥≪≫∝→←↔⇒⇐↦∈⊂")  # two terms
UPRIGHT = "mathrm textrm operatorname mathbf boldsymbol bm".split()
FUNCTIONS = "exp log ln sin cos tan tanh sinh cosh max min argmax argmin det dim lim softmax".split()
SPACES = {",": " ", ";": " ", ":": " ", " ": " ", "quad": " ", "qquad": " ", "!": "", "left": "", "right": ""}

_TOKEN = re.compile(r"\\text\{[^{}\\_^]*\}|\\(?:[A-Za-z]+|.)|[^\s\\]|\s+", re.DOTALL)
_FORBIDDEN = set("$%#&~\\")
_OPENS = BETWEEN | set("([|,/")  # after these a sign belongs to the next term alone


@dataclass(frozen=True)
class Piece:
    """A piece of text in one face; `shift` is −1 for a subscript, 1 for a superscript."""

    text: str
    italic: bool = False
    shift: int = 0


Formula = tuple[Piece, ...]


class _Unread(Exception):
    """This is no mathematics that we know."""


def spans(label: str) -> Iterator[tuple[str, Formula]]:
    """The label cut at its formulas: (text, ()) and ("", formula) in turn. "$5 and $6" holds no formula."""
    place = 0
    for found in re.finditer(r"\$([^\s$](?:[^$]*[^\s$])?)\$(?!\d)", label):
        formula = read(found[1])
        if formula:
            if found.start() > place:
                yield label[place : found.start()], ()
            yield "", formula
            place = found.end()
    if place < len(label):
        yield label[place:], ()


def read(source: str) -> Formula:
    """The formula between two dollars; empty if it is not one that we know."""
    if len(source) > LONGEST:
        return ()
    tokens = [token for token in _TOKEN.findall(source) if not token.isspace()]
    try:
        return _merged(_spaced(_Reader(tokens).row("")))
    except _Unread:
        return ()


class _Reader:
    """Reads tokens from left to right."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens[::-1]

    def row(self, end: str, depth: int = 0) -> list[Piece]:
        """Atoms with their scripts up to the token `end`."""
        if depth > 8:
            raise _Unread
        pieces: list[Piece] = []
        while (token := self._next(end)) != end:
            if token in ("_", "^"):
                shift = 1 if token == "^" else -1
                pieces += [replace(piece, shift=shift) for piece in self._argument(depth)]
            else:
                pieces += self._atom(token, depth)
        return pieces

    def _next(self, end: str = "") -> str:
        if not self.tokens:
            if end:
                raise _Unread
            return ""
        return self.tokens.pop()

    def _argument(self, depth: int) -> list[Piece]:
        token = self._next("}")
        if token in ("_", "^", "}"):
            raise _Unread
        return self._atom(token, depth)

    def _atom(self, token: str, depth: int) -> list[Piece]:
        if token == "{":
            return self.row("}", depth + 1)
        if token.startswith(r"\text{"):
            return [Piece(token[6:-1])]
        if token.startswith("\\"):
            return self._command(token[1:], depth)
        if token in _FORBIDDEN or token == "}":
            raise _Unread
        return [Piece({"-": "−", "'": "′"}.get(token, token), token.isalpha())]

    def _command(self, name: str, depth: int) -> list[Piece]:
        if name in FUNCTIONS:
            return [Piece(name)]
        if name in MATH_ACCENTS:
            return _accented(self._argument(depth), MATH_ACCENTS[name])
        if name in UPRIGHT:
            return [replace(piece, italic=False) for piece in self._argument(depth)]
        if name == "mathcal":
            return [replace(piece, text="".join(map(_script, piece.text))) for piece in self._argument(depth)]
        if name == "frac":
            over, under = self._argument(depth), self._argument(depth)
            return [*_grouped(over), Piece("/"), *_grouped(under)]
        if name == "sqrt":
            return [Piece("√"), *_grouped(self._argument(depth))]
        if name in SPACES:
            return [Piece(SPACES[name])] if SPACES[name] else []
        if name in NAMED:
            return [Piece(NAMED[name], name in LETTERS)]
        raise _Unread


def _accented(pieces: list[Piece], accent: str) -> list[Piece]:
    """An accent stands on one letter."""
    if len(pieces) != 1 or len(pieces[0].text) != 1:
        raise _Unread
    return [replace(pieces[0], text=unicodedata.normalize("NFC", pieces[0].text + accent))]


def _script(letter: str) -> str:
    for form in (f"SCRIPT CAPITAL {letter}", f"MATHEMATICAL SCRIPT CAPITAL {letter}"):
        try:
            return unicodedata.lookup(form)
        except KeyError:
            continue
    raise _Unread


def _grouped(pieces: list[Piece]) -> list[Piece]:
    """In brackets, if a sign in it would bind less than the line of a fraction or a root."""
    loose = any(piece.text in "+−=×/,·" and not piece.shift for piece in pieces)
    return [Piece("("), *pieces, Piece(")")] if loose else pieces


def _spaced(pieces: list[Piece]) -> list[Piece]:
    """Room around signs between two terms; a sign before a term, or in a script, stands close."""
    before = ["(", *(piece.text for piece in pieces)]
    return [
        replace(piece, text=f" {piece.text} ") if _parts(piece, left) else piece
        for left, piece in zip(before, pieces, strict=False)
    ]


def _parts(piece: Piece, left: str) -> bool:
    return piece.text in BETWEEN and not piece.shift and left not in _OPENS


def _merged(pieces: list[Piece]) -> Formula:
    merged: list[Piece] = []
    for piece in pieces:
        if merged and replace(merged[-1], text="") == replace(piece, text=""):
            merged[-1] = replace(piece, text=merged[-1].text + piece.text)
        else:
            merged.append(piece)
    return tuple(merged)
