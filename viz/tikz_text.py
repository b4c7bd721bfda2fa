r"""Lines as LaTeX: every character a command that each LaTeX knows, whatever a label holds.

Letters with their scripts become mathematics, `$h_{t-1}$`; words stay text. Only ASCII is written, and only what works
in every font encoding without a package. A character beyond becomes a small box with its code, as in browsers, unless
the engine (LuaTeX, XeTeX) reads fonts of all Unicode: then it is left to the document's font.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from itertools import groupby

from viz.lettering import Line, Run
from viz.symbols import ACCENT_NAMES, NAMES, TEXT_ACCENTS

# Characters that TeX would obey, join to a ligature, or draw as another in an old font encoding; and usual ones beyond.
_TABLE = r"""
    # \#   $ \$   % \%   & \&   _ \_   { \{   } \}   \ \textbackslash{}   ~ \textasciitilde{}   ^ \textasciicircum{}
    < $<$   > $>$   | $|$   " {\char34}   ` {\char96}   − $-$   ′ ${}'$   ° $^{\circ}$   … \ldots{}   § \S{}   ¶ \P{}
    – \textendash{}   — \textemdash{}   ‘ \textquoteleft{}   ’ \textquoteright{}   “ \textquotedblleft{}
    ” \textquotedblright{}   ‹ $\langle$   › $\rangle$   « $\ll$   » $\gg$   ¡ !{}`   ¿ ?{}`   £ \pounds{}
    © \copyright{}   ß \ss{}   æ \ae{}   Æ \AE{}   œ \oe{}   Œ \OE{}   ø \o{}   Ø \O{}   ł \l{}   Ł \L{}   ı \i{}   ⁄ /
"""
_OPEN, _CLOSE = "\1", "\2"  # the dollars around a formula, while it can still be told where it begins and ends
_TEXT = {
    sign: _OPEN + told[1:-1] + _CLOSE if told[0] == "$" else told
    for sign, told in zip(_TABLE.split()[::2], _TABLE.split()[1::2], strict=True)
} | {"\u00a0": "~", "\ufe0f": "{}", "\u200d": "{}"}
_SIGNS = frozenset("+=()[]/,.:;!*'")  # the same in mathematics
_CLUSTER = re.compile(r".[\u0300-\u036f\u20d0-\u20ff]?", re.DOTALL)
_SAME = ("font", "compat", "wide", "narrow", "noBreak", "fraction")


def latex(line: Line) -> str:
    """The line, without its colours."""
    return _joined(line).replace(_CLOSE + _OPEN, "").replace(_OPEN, "$").replace(" " + _CLOSE, "$").replace(_CLOSE, "$")


def _joined(line: Line) -> str:
    written, open_scripts = "", ""  # the scripts that a formula at the end of `written` can still take
    for (shift, italic), some in groupby(line, lambda run: (run.shift, run.italic and not run.shift)):
        runs = list(some)
        formula = "".join(_formula(run) or "\0" for run in runs)
        words = "".join(run.text for run in runs)
        mark = "^" if shift > 0 else "_"
        if shift and mark in open_scripts and "\0" not in formula:
            written = f"{written[:-1]}{mark}{{{formula}}}{_CLOSE}"
            open_scripts = open_scripts.replace(mark, "")
        elif shift:
            written += rf"\text{'super' if shift > 0 else 'sub'}script{{{_words(words)}}}"
            open_scripts = ""
        elif italic and _is_letter(words) and "\0" not in formula:
            written, open_scripts = written + _OPEN + formula + _CLOSE, "^_"
        else:
            written += rf"\textit{{{_words(words)}}}" if italic else _words(words)
            open_scripts = ""
    return written


def _words(words: str) -> str:
    """Words outside mathematics; their spaces are kept, and signs that are doubled do not become another."""
    clusters = _CLUSTER.findall(unicodedata.normalize("NFC", words))
    written = ""
    for cluster, following in zip(clusters, [*clusters[1:], ""], strict=False):
        if cluster == " ":
            written += r"\ " if following in ("", " ") or written[-1:] in ("", " ") else " "
        else:
            written += _outside(cluster) + ("{}" if cluster == following and cluster in "-,'" else "")
    return written


def _is_letter(words: str) -> bool:
    return bool(_CLUSTER.fullmatch(words)) and words[0].isalpha()


def _formula(run: Run) -> str:
    """The run within mathematics; empty if something in it has no place there."""
    parts = [_inside(cluster) for cluster in _CLUSTER.findall(unicodedata.normalize("NFC", run.text))]
    if not all(parts):
        return ""
    upright = not run.italic and any(map(str.isalpha, run.text))
    return rf"\mathrm{{{''.join(parts)}}}" if upright else "".join(parts)


@cache
def _inside(cluster: str) -> str:
    """A character within mathematics, or an empty text."""
    if cluster in _SIGNS or (cluster.isascii() and cluster.isalnum()):
        return cluster
    if cluster in ("−", "-", "′"):
        return "'" if cluster == "′" else "-"
    if cluster in NAMES:
        return rf"\{NAMES[cluster]} "
    if script := _script(cluster):
        return script
    base, accent = _taken_apart(cluster)
    if accent in ACCENT_NAMES and (letter := _inside(base)):
        return rf"\{ACCENT_NAMES[accent]}{{{letter}}}"
    return ""


@cache
def _outside(cluster: str) -> str:
    """A character outside mathematics."""
    return _known(cluster) or "".join(_known(letter) or _boxed(letter) for letter in cluster)


def _known(cluster: str) -> str:
    if cluster in _TEXT:
        return _TEXT[cluster]
    if cluster.isascii() and cluster.isprintable():
        return cluster
    if formula := _inside(cluster) if cluster in NAMES or "\u20d7" in cluster or _script(cluster) else "":
        return _OPEN + formula + _CLOSE
    base, accent = _taken_apart(cluster)
    if accent in TEXT_ACCENTS and base.isascii() and base.isalpha():
        return rf"\{TEXT_ACCENTS[accent]}{{{base}}}"
    return _composed(cluster) if len(cluster) == 1 else ""


def _taken_apart(cluster: str) -> tuple[str, str]:
    """A letter and its accent; two empty texts for anything else."""
    parts = unicodedata.normalize("NFD", cluster)
    return (parts[0], parts[1]) if len(parts) == 2 else ("", "")


def _composed(letter: str) -> str:
    """A character that Unicode explains by others: ² is a superscript 2."""
    kind, *codes = unicodedata.decomposition(letter).split() or [""]
    parts = [_known(chr(int(code, 16))) for code in codes]
    if not parts or not all(parts):
        return ""
    if kind in ("<super>", "<sub>"):
        return rf"\text{kind[1:-1]}script{{{''.join(parts)}}}"
    return "".join(parts) if kind[1:-1] in _SAME else ""


def _script(letter: str) -> str:
    """ℒ is a calligraphic L."""
    name = unicodedata.name(letter, "") if len(letter) == 1 else ""
    return rf"\mathcal{{{name[-1]}}}" if re.fullmatch("(MATHEMATICAL )?SCRIPT CAPITAL [A-Z]", name) else ""


def _boxed(letter: str) -> str:
    code = ord(letter)
    return rf"{{\ifdefined\Umathcode\char{code} \else\fboxsep1pt\fbox{{\tiny {code:04X}}}\fi}}"
