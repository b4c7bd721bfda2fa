r"""Formulas written for the web, as plain text: ``$\frac{dz}{dw} = w^2$`` reads ``dz/dw = w²`` in a terminal."""

from __future__ import annotations

import re
from collections.abc import Callable

from lessons.quoting import CODE, ESCAPE, outside

WORDS = {
    "cdot": "·", "times": "×", "partial": "∂", "sigma": "σ", "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ",
    "eta": "η", "theta": "θ", "lambda": "λ", "mu": "μ", "phi": "φ", "epsilon": "ε", "varepsilon": "ε", "Delta": "Δ",
    "Sigma": "Σ", "sum": "Σ", "prod": "Π", "infty": "∞", "to": "→", "rightarrow": "→", "mapsto": "↦", "approx": "≈",
    "neq": "≠", "ne": "≠", "leq": "≤", "le": "≤", "geq": "≥", "ge": "≥", "pm": "±", "odot": "⊙", "in": "∈",
    "ldots": "…", "dots": "…", "cdots": "…", "top": "ᵀ", "prime": "′", "quad": "  ", "qquad": "    ", "mathbb R": "ℝ",
    "leftarrow": "←", "gets": "←", "left": "", "right": "", "displaystyle": "",
    "langle": "⟨", "rangle": "⟩", "Rightarrow": "⇒", "nabla": "∇",
}  # fmt: skip
POWERS = dict(zip("0123456789+-=()nTti", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿᵀᵗⁱ", strict=True)) | {"′": "′", "ᵀ": "ᵀ", "−": "⁻", ",": "’"}
INDICES = dict(zip("0123456789+-=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True))
MATH = r"\$\$([^`]+?)\$\$|(?<![\\$\w])\$(?=\S)([^$`]+?)(?<=\S)\$(?![\d$])"
PIECE = re.compile(f"{ESCAPE}|{CODE}|{MATH}", re.DOTALL)
LETTER = r"[\w^′'∂₊₋₌₍₎⁺⁻⁼⁽⁾]"  # of a name with its index and power
ONE = re.compile(rf"([d∂][²ⁿ]? )?{LETTER}+")  # what needs no brackets in a fraction: 2, ∂L, d h
GROUP = r"\{([^{}]*)\}"


def plain(text: str) -> str:
    """Markdown with its formulas as plain text; code and escapes stay as they are."""
    return PIECE.sub(lambda found: formula(found[1] or found[2]) if found[1] or found[2] else found[0], text)


def outside_code(text: str, change: Callable[[str], str]) -> str:
    """Markdown with everything changed that is neither code nor an escape."""
    return "".join(piece if place % 2 else change(piece) for place, piece in enumerate(outside(text)))


def formula(tex: str) -> str:
    """One formula as plain text, as well as one line can."""
    text = re.sub(r"\\(?:mathrm|mathbf|text|operatorname|mathsf|boldsymbol)\s*" + GROUP, r"\1", tex.strip())
    text = re.sub(r"\\begin{[a-z*]+}|\\end{[a-z*]+}", "", text).replace(r"\\", "\n").replace("&", "")
    text = re.sub(r"\\(?![dt]?frac|sqrt)([A-Za-z]+)", lambda word: WORDS.get(word[1], word[1]), text)
    text = re.sub(r"([∂Δ∇](?:\^\w)?) (?=\w)", r"\1", text)
    text = re.sub(r"\\[,;:! ]", " ", text).replace("\\{", "(").replace("\\}", ")")
    before = ""
    while before != text:  # from the innermost braces outward
        before = text
        text = re.sub(
            r"\^(?:" + GROUP + r"|([\w+−*′ᵀ]))", lambda found: _raised(found[1] or found[2], POWERS, "^"), text
        )
        text = re.sub(
            r"_(?:" + GROUP + r"|([\w+−*′ᵀ]))", lambda found: _raised(found[1] or found[2], INDICES, "_"), text
        )
        text = re.sub(r"\\[dt]?frac\s*" + GROUP + r"\s*" + GROUP, _fraction, text)
        text = re.sub(r"\\sqrt\s*" + GROUP, r"√(\1)", text)
    return re.sub(r"(?<=\S) {2,}(?=\S)", " ", text.replace("{", "").replace("}", "").replace("'", "′"))


def _fraction(found: re.Match[str]) -> str:
    above, below = (part if ONE.fullmatch(part) else f"({part})" for part in found.groups())
    return f"{above}/{below}"


def _raised(text: str, letters: dict[str, str], sign: str) -> str:
    """The text set high or low; a sign before it where one of its letters has no such form."""
    if all(letter in letters for letter in text):
        return "".join(letters[letter] for letter in text)
    return f"{sign}{text}" if len(text) == 1 else f"{sign}({text})"
