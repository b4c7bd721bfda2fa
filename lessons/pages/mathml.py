r"""Formulas for browsers: the LaTeX of a lesson as MathML, which every browser sets by itself.

Read is what lecturers write between dollars: letters with indices and powers, fractions and roots, sums, brackets that
grow, words, accents, matrices. What is not known is refused by name: nothing is shown half typeset.

Glossary: an *atom* is what an index or a power can be set to: a letter, a number, a group, a fraction.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import escape

from lessons.faces.text import WORDS

TOKEN = re.compile(r"\\[A-Za-z]+\*?|\\.|\d+(?:\.\d+)?|\s+|.", re.DOTALL)
FUNCTIONS = frozenset(
    "sin cos tan sinh cosh tanh exp log ln max min arg argmax argmin softmax det dim relu lim".split()
)
LARGE = frozenset("ΣΠ") | {"lim", "max", "min", "argmax", "argmin"}  # what is below and above stands there on a line
SIGNS = {"Σ": "∑", "Π": "∏", "-": "−", "*": "∗", "'": "′", "<": "&lt;", ">": "&gt;", "&": "&amp;"}
ACCENTS = {"hat": "^", "tilde": "~", "bar": "¯", "vec": "→", "dot": "˙", "overline": "¯", "widehat": "^"}
SPACES = {",": "0.17em", ":": "0.22em", ";": "0.28em", "!": "-0.17em", " ": "0.25em", "quad": "1em", "qquad": "2em"}
MORE = {"ell": "ℓ", "mid": "∣", "circ": "∘", "ll": "≪", "gg": "≫", "sim": "∼", "propto": "∝", "forall": "∀", "|": "‖",
        "vdots": "⋮", "ddots": "⋱", "star": "⋆", "bullet": "•", "equiv": "≡", "cup": "∪", "cap": "∩", "subset": "⊂",
        "int": "∫", "mp": "∓", "leftrightarrow": "↔", "longrightarrow": "⟶", "lVert": "‖", "rVert": "‖", "vert": "|",
        "lbrace": "{", "rbrace": "}", "colon": ":", "otimes": "⊗", "oplus": "⊕", "uparrow": "↑", "downarrow": "↓",
        "notin": "∉", "emptyset": "∅"}  # fmt: skip
UPRIGHT = {"text": "text", "textrm": "text", "textit": "text", "mbox": "text"} | dict.fromkeys(
    ("mathrm", "operatorname", "mathsf", "mathtt"), "upright"
)
STYLED = {
    "mathbf": "bold",
    "boldsymbol": "bold",
    "bm": "bold",
    "mathit": "italic",
    "mathcal": "script",
    "mathbb": "double",
}
DOUBLE = dict(zip("CNPQRZ", "ℂℕℙℚℝℤ", strict=True))
FENCES = {"pmatrix": "()", "bmatrix": "[]", "vmatrix": "||", "matrix": "", "cases": "{", "aligned": "", "array": ""}
OPENING, CLOSING = "([{⟨‖|", ")]}⟩‖|"


class FormulaError(ValueError):
    """A formula that this reading of LaTeX does not know."""


def mathml(tex: str, display: bool = False) -> str:
    """A formula as a `<math>` element; on lines of its own where `display` says so.

    FormulaError names what is not known.
    """
    reader = _Reader(tex, display)
    inside = reader.row(lambda token: False)
    how = ' display="block"' if display else ""
    return f"<math{how}>{_row(inside)}</math>"


def _row(atoms: list[str]) -> str:
    return atoms[0] if len(atoms) == 1 else f"<mrow>{''.join(atoms)}</mrow>"


class _Reader:
    """The tokens of one formula, read from left to right."""

    def __init__(self, tex: str, display: bool) -> None:
        self.tex, self.display = tex, display
        self.tokens = TOKEN.findall(tex.strip())
        self.at = 0

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        token = self.peek()
        self.at += 1
        return token

    def skip_spaces(self) -> None:
        while self.peek().isspace():
            self.at += 1

    def row(self, ends: Callable[[str], bool]) -> list[str]:
        """Atoms with their indices, up to a token that ends the row (which is not taken), or to the end."""
        atoms: list[str] = []
        while True:
            self.skip_spaces()
            if not self.peek() or ends(self.peek()):
                return atoms
            atoms.append(self.scripted())

    def scripted(self) -> str:
        """An atom with what is set below and above it."""
        base = "<mrow></mrow>" if self.peek() in "^_" else self.atom()
        below = above = ""
        while True:
            self.skip_spaces()
            token = self.peek()
            if token == "_" and not below:
                self.take()
                below = _close(self.argument())
            elif token in ("^", "'") and token:
                raised = _close(self.primes() if token == "'" else self.power())
                above = raised if not above else f"<mrow>{above}{raised}</mrow>"
            else:
                return self._set(base, below, above)

    def primes(self) -> str:
        count = 0
        while self.peek() == "'":
            self.take()
            count += 1
        return f"<mo>{'′' * count}</mo>"

    def power(self) -> str:
        self.take()
        return self.argument()

    def _set(self, base: str, below: str, above: str) -> str:
        if not (below or above):
            return base
        word = re.sub(r"<[^>]+>", "", base)
        large = word in {"∑", "∏"} | LARGE and self.display
        kind = ("munder" if large else "msub") if below and not above else ("mover" if large else "msup")
        if below and above:
            kind = "munderover" if large else "msubsup"
        return f"<{kind}>{base}{below}{above}</{kind}>"

    def argument(self) -> str:
        """What follows a command: a group, or one atom."""
        self.skip_spaces()
        if not self.peek() or self.peek() in "}^_&":
            raise FormulaError(f"{self.tex}: something is missing behind {''.join(self.tokens[: self.at])}")
        if self.peek()[0].isdigit():  # one digit only: what follows is not meant
            self.tokens[self.at : self.at + 1] = list(self.peek())
        return self.atom()

    def group(self) -> list[str]:
        inside = self.row(lambda token: token == "}")
        if self.take() != "}":
            raise FormulaError(f"{self.tex}: a {{ is not closed")
        return inside

    def raw(self) -> str:
        """The text of a group as it stands."""
        self.skip_spaces()
        if self.peek() != "{":
            return self.take()
        self.take()
        begun, depth = self.at, 1
        while depth:
            token = self.take()
            if not token:
                raise FormulaError(f"{self.tex}: a {{ is not closed")
            depth += {"{": 1, "}": -1}.get(token, 0)
        return "".join(self.tokens[begun : self.at - 1])

    def atom(self) -> str:
        """One thing that can carry an index: a sign, a number, a group, what a command makes."""
        token = self.take()
        if token == "{":
            return _row(self.group())
        if token.startswith("\\"):
            return self.command(token[1:])
        if token in "}&":
            raise FormulaError(f"{self.tex}: {token} stands where it ends nothing")
        if token[0].isdigit():
            return f"<mn>{token}</mn>"
        return _letter(token)

    def command(self, name: str) -> str:
        if name in ("frac", "dfrac", "tfrac"):
            return f"<mfrac>{self.argument()}{self.argument()}</mfrac>"
        if name == "sqrt":
            return self._root()
        if name in UPRIGHT:
            return _words(self.raw(), UPRIGHT[name])
        if name in STYLED:
            return _styled(self.raw(), STYLED[name], self)
        if name in ACCENTS:
            return f'<mover accent="true">{self.argument()}<mo stretchy="false">{ACCENTS[name]}</mo></mover>'
        if name in SPACES:
            return f'<mspace width="{SPACES[name]}"/>'
        if name == "left":
            return self._grown()
        if name == "begin":
            return self._table()
        if name in ("overset", "stackrel", "underset"):
            beside, base = self.argument(), self.argument()
            tag = "munder" if name == "underset" else "mover"
            return f"<{tag}>{base}{beside}</{tag}>"
        if name == "binom":
            inside = f'<mfrac linethickness="0">{self.argument()}{self.argument()}</mfrac>'
            return f"<mrow>{_fenced_by('(', 'prefix')}{inside}{_fenced_by(')', 'postfix')}</mrow>"
        if name in ("underbrace", "overbrace"):
            tag, brace = ("munder", "⏟") if name == "underbrace" else ("mover", "⏞")
            return f"<{tag}>{self.argument()}<mo>{brace}</mo></{tag}>"
        return self._named(name)

    def _named(self, name: str) -> str:
        if name in FUNCTIONS:
            return f"<mi>{name}</mi>"
        if name in ("displaystyle", "limits", "nolimits", "big", "Big", "bigl", "bigr", "Bigl", "Bigr"):
            return ""
        if name == "\\":
            return '<mspace linebreak="newline"/>'
        sign = name if name in "{}%$#&_" else MORE.get(name) or WORDS.get(name, "")
        if not sign.strip():
            raise FormulaError(f"{self.tex}: \\{name} is not known here; lessons/pages/mathml.py says what is")
        return _letter(sign)

    def _root(self) -> str:
        self.skip_spaces()
        if self.peek() != "[":
            return f"<msqrt>{self.argument()}</msqrt>"
        self.take()
        degree = _row(self.row(lambda token: token == "]"))
        self.take()
        return f"<mroot>{self.argument()}{degree}</mroot>"

    def _grown(self) -> str:
        """Brackets as high as what stands between them."""
        opened = self._fence()
        inside = self.row(lambda token: token == "\\right")
        if self.take() != "\\right":
            raise FormulaError(f"{self.tex}: \\left without \\right")
        closed = self._fence()
        return f"<mrow>{_fenced_by(opened, 'prefix')}{''.join(inside)}{_fenced_by(closed, 'postfix')}</mrow>"

    def _fence(self) -> str:
        self.skip_spaces()
        token = self.take()
        if token == ".":
            return ""
        name = token[1:] if token.startswith("\\") else token
        return escape(MORE.get(name) or WORDS.get(name) or name)

    def _table(self) -> str:
        kind = self.raw().rstrip("*")
        if kind not in FENCES:
            raise FormulaError(f"{self.tex}: \\begin{{{kind}}} is not known; known: {', '.join(FENCES)}")
        if kind == "array":
            self.raw()
        rows: list[list[str]] = [[]]
        while True:
            cell = self.row(lambda token: token in ("&", "\\\\", "\\end"))
            rows[-1].append(f"<mtd>{''.join(cell)}</mtd>")
            token = self.take()
            if token == "\\\\":
                rows.append([])
            elif token != "&":
                break
        if not token or self.raw().rstrip("*") != kind:
            raise FormulaError(f"{self.tex}: \\begin{{{kind}}} has no end")
        return _fenced(kind, rows)


def _fenced_by(sign: str, form: str) -> str:
    return f'<mo fence="true" form="{form}">{sign}</mo>' if sign else ""


def _fenced(kind: str, rows: list[list[str]]) -> str:
    full = [row for row in rows if row != ["<mtd></mtd>"]]
    lines = "".join(["<mtr>" + "".join(row) + "</mtr>" for row in full])
    table = f'<mtable class="{kind}">{lines}</mtable>'
    fences = [f'<mo fence="true">{sign}</mo>' for sign in FENCES[kind]]
    return f"<mrow>{fences[0]}{table}{''.join(fences[1:])}</mrow>" if fences else table


def _letter(sign: str) -> str:
    """One sign: a letter, or what stands between letters."""
    if (sign[0].isalpha() and sign not in ("Σ", "Π")) or sign in "∂∇∞…⋯⋮⋱ℓ°":
        upright = ' mathvariant="normal"' if sign in ("∂", "∇", "∞", "ᵀ") or sign in "ΓΔΘΛΞΦΨΩ" else ""
        return f"<mi{upright}>{'T' if sign == 'ᵀ' else escape(sign)}</mi>"
    if sign.isdigit():
        return f"<mn>{sign}</mn>"
    if sign in OPENING + CLOSING:
        return f'<mo stretchy="false">{sign}</mo>'
    near = ' lspace="0" rspace="0"' if sign == "/" else ""
    return f"<mo{near}>{SIGNS.get(sign, escape(sign))}</mo>"


def _close(script: str) -> str:
    """An index or a power, its signs without room around them."""
    return script.replace("<mo>", '<mo lspace="0" rspace="0">')


def _words(text: str, kind: str) -> str:
    """Letters as in a text: words with their blanks, or a name in upright letters."""
    plain = text.replace("\\", "")
    if kind == "text":
        blanks = re.sub(r"^\s+|\s+$", "\N{NO-BREAK SPACE}", plain)
        return f"<mtext>{escape(blanks)}</mtext>"
    return f'<mi mathvariant="normal">{escape(plain)}</mi>'


def _styled(text: str, style: str, reader: _Reader) -> str:
    """Letters of another kind: bold for vectors, double for sets of numbers."""
    if style == "double":
        return f'<mi mathvariant="normal">{"".join(DOUBLE.get(letter, letter) for letter in text)}</mi>'
    return f'<mrow class="{style}">{"".join(_Reader(text, reader.display).row(lambda token: False))}</mrow>'


def formulas(pieces: Iterator[re.Match[str]]) -> Iterator[tuple[str, bool]]:
    """The formulas among the pieces of a text, each with whether it stands on lines of its own."""
    return ((found[1] or found[2], bool(found[1])) for found in pieces if found[1] or found[2])
