"""Pages and replies as plain text: for a REPL, a pipe, a terminal without colours."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TextIO

from lessons.faces.curves import told
from lessons.format import library
from lessons.format.lesson import Exercise, Prose
from lessons.format.outline import spoken
from lessons.format.quoting import CODE, ESCAPE, outside, unquoted
from lessons.session.commands import SESSION
from lessons.session.pages import Item, Page, Picture, Posed, Ran, Trained
from lessons.session.reply import Reply
from lessons.session.standing import Standing, by_part, details, summed

WIDTH = 80
NEW = "\n"
FILMS = (":pic opens it", f"{SESSION}.open() plays it in a browser")
TRAINS = (
    "(:train runs it here, from another seed; Ctrl-C stops it)",
    f"({SESSION}.train() runs it here, from another seed; Ctrl-C stops it)",
)
VERBATIM = ("list", "output", "error", "leave")  # kinds of replies that are no Markdown
STATUS = {"open": "", "right": "✓ answered", "solved": "◐ looked up", "skipped": "– skipped"}
SIGNS = {"right": "✓ ", "wrong": "✗ ", "hint": "Hint: ", "unreadable": "? ", "end": "★ "}
EMPHASIS = re.compile(r"(?<![\w*\\])(\*{1,2})(?=\S)([^*\n]+(?:\n[^*\n]+)*)(?<=\S)\1(?![\w*])")
FENCE = re.compile(r"^(```.*?^```)[ \t]*$", re.DOTALL | re.MULTILINE)
ITEM = re.compile(r"\n(?=\s*(?:\||\d+\. |[-*] ))")
COMMAND = re.compile(r"(?<![\w:]):(next|back|goto|list|hint|solve|skip|again|reset|pic|train|live|export)\b")
CALLS = {"pic": f"{SESSION}.open()", "live": "viz.live()"}  # where Python's name is another one


def reply_text(reply: Reply, python: bool = False) -> str:
    """A reply as text; in Python its commands read lesson.hint() instead of :hint."""
    said = reply.text
    if said and reply.kind not in VERBATIM:
        said = prose_text(SIGNS.get(reply.kind, "") + (called(said) if python else said))
    page = page_text(reply.page, python) if reply.page else ""
    more = onward(reply.following, python) if reply.following else ""
    return "\n\n".join(filter(None, (said, page, more)))


def onward(lesson: str, python: bool = False) -> str:
    """Which lesson comes next, and how one goes there."""
    how = f'{SESSION} = lessons.start("{lesson}")' if python else "Enter goes there."
    return f"Next: {lesson}, about {library.minutes(lesson)} minutes.  {how}"


def call(name: str) -> str:
    """A command as one calls it in Python."""
    return f"`{CALLS.get(name, f'{SESSION}.{name}()')}`"


def called(markdown: str, face: Callable[[str], str] = call) -> str:
    """The commands in a text as a face has them, whether they stand there as code or not; in Python they are calls."""
    named = re.sub(f"`{COMMAND.pattern}`", lambda found: face(found[1]), markdown)
    return outside_code(named, lambda prose: COMMAND.sub(lambda found: face(found[1]), prose))


def page_text(page: Page, python: bool = False) -> str:
    """A page: its heading, what it says, its code with outputs, its pictures, its question."""
    place = f"Step {page.step} of {page.steps}" if page.step else page.lesson
    heading = f"{place} · {page.title}" if page.step else page.title
    top = [] if page.continued else [heading, "─" * min(len(heading), WIDTH)]
    about = page.about and prose_text(called(page.about) if python else page.about)
    return "\n\n".join(filter(None, ("\n".join(top), about, *map(partial(item_text, python=python), page.items))))


def item_text(item: Item, python: bool = False) -> str:
    """One piece of a page."""
    match item:
        case Prose(text):
            return prose_text(called(text) if python else text)
        case Ran(block, output):
            return "\n".join(filter(None, (_prompted(squeezed(block.code)), output)))
        case Trained(block, runs):
            code = _prompted(squeezed(block.code)) if set(runs) <= set(block.seeds) else ""
            return "\n".join(filter(None, (code, told(runs), TRAINS[python])))
        case Picture():
            steps = "(:play steps through it here)" if item.moves and not python else ""
            film = _folded(f"({item.note}; {FILMS[python]})") if item.note else ""
            return "\n".join(filter(None, (item.text, steps, film)))
        case Posed(question, status):
            return (
                question_text(item, python) if status == "open" else f"{prose_text(question.ask)}\n[{STATUS[status]}]"
            )


def question_text(posed: Posed, python: bool = False) -> str:
    """A question, and how to answer it here."""
    question = posed.question
    lines = [prose_text("? " + question.ask)]
    if isinstance(question, Exercise):
        lines += ["", textwrap.indent(squeezed(question.starter), "    "), ""]
        lines.append(
            f"Define {question.define}; then {SESSION}.answer({question.define})."
            if python
            else f"{begins(question)} :edit opens it."
        )
        return "\n".join(lines)
    lines += [prose_text(f"  {number}. {choice}") for number, choice in enumerate(question.choices, 1)]
    how = f'{SESSION}.answer("…")' if python else "= …"
    return "\n".join([*lines, f"Answer with  {how}"])


def begins(exercise: Exercise) -> str:
    """What to do with the code that an exercise begins with."""
    return f"Define {exercise.define}; it is checked at once."


def prose_text(markdown: str) -> str:
    """Markdown wrapped to lines, formulas and links as plain text; code blocks, tables and lists keep their lines."""
    text = outside_code(plain(spoken(markdown)), lambda prose: EMPHASIS.sub(r"\2", prose))
    blocks = [block for piece in FENCE.split(text) for block in _blocks(piece)]
    return "\n\n".join(map(_wrapped, blocks))


def _blocks(piece: str) -> list[str]:
    """A fence is one block, empty lines and all; prose is cut where a line is empty."""
    return [piece] if piece.startswith("```") else list(filter(str.strip, re.split(r"\n\s*\n|^\n|\n$", piece)))


def _wrapped(block: str) -> str:
    if block.startswith("```"):
        return textwrap.indent(squeezed("\n".join(block.splitlines()[1:-1])), "    ")
    if block.startswith("    "):
        return block
    return "\n".join(map(_filled, ITEM.split(block)))


def _filled(item: str) -> str:
    """A paragraph, or an item of a list whose further lines stand below its first word."""
    mark = re.match(r"\s*(\d+\. |[-*] |\|)?", item)
    inner = " " * len(mark[0]) if mark and mark[1] else ""
    return _folded(unquoted(re.sub(r"\s*\n\s*", " ", item)), inner)


def _folded(line: str, indent: str = "") -> str:
    """A line that breaks between words where it has no room."""
    return textwrap.fill(line, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def squeezed(code: str) -> str:
    """Code with single empty lines: a screen is short."""
    return re.sub(r"\n{3,}", "\n\n", code)


def _prompted(code: str) -> str:
    """Code as one would type it: >>> before a statement, ... before its further lines; empty lines stay empty."""
    inner = re.compile(r"\s|[)\]}]|else|elif|except|finally")
    return "\n".join(f"{'...' if inner.match(line) else '>>>'} {line}" if line else "" for line in code.splitlines())


class Plain:
    """Shows replies as plain text, on standard output or where it is told."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out

    def show(self, reply: Reply) -> None:
        """A page, a verdict, a hint …"""
        text = reply_text(reply)
        if text:
            print(f"\n{text}\n" if reply.page else text, file=self._out)

    def say(self, text: str) -> None:
        """A quiet line of the machinery."""
        print("\n".join(map(_folded, text.split("\n"))), file=self._out)

    def welcome(self, known: Sequence[Standing], next_lesson: str, whole: bool = False) -> None:
        """The map: the part of the next lesson opened (or all of them), of the others how far they have come."""
        print("autograd-tiny: lessons on backpropagation, drawn and run", file=self._out)
        for line in map_lines(known, next_lesson, whole):
            print(line.text.rstrip(), file=self._out)


@dataclass(frozen=True)
class Line:
    """A line of the map, and what it is: a "part", a "lesson", "details"; `bold` is its name."""

    kind: str
    text: str
    bold: str = ""


def map_lines(known: Sequence[Standing], next_lesson: str, whole: bool) -> Iterator[Line]:
    """The lessons part by part, with the numbers by which they are chosen."""
    numbers = {standing.entry.id: n for n, standing in enumerate(known, 1)}
    here = next((standing.entry.part for standing in known if standing.entry.id == next_lesson), "")
    for part, inside in by_part(known).items():
        opened = whole or part == here
        yield Line("part", f"{NEW * opened}{part:<16} {summed(inside)}", part)
        for standing in inside if opened else ():
            entry = standing.entry
            state = f"  [{standing.state}]" if standing.state else ""
            room = WIDTH - 30 - len(state)
            summary = entry.summary if len(entry.summary) <= room else f"{entry.summary[: room - 1]}…"
            yield Line("lesson", f"{numbers[entry.id]:>3}  {entry.id:<24} {summary}{state}", entry.id)
            if whole or (standing.snapshot or entry.id == next_lesson):
                told = textwrap.wrap(details(standing, known), WIDTH - 7, break_on_hyphens=False)
                yield from (Line("details", f"       {line}") for line in told)


# Formulas written for the web, as plain text: ``$\frac{dz}{dw} = w^2$`` reads ``dz/dw = w²`` in a terminal ------------


GREEK = dict(
    zip(
        "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi "
        "omega varepsilon vartheta varphi Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega".split(),
        "αβγδεζηθικλμνξπρστυφχψωεϑφΓΔΘΛΞΠΣΦΨΩ",
        strict=True,
    )
)
WORDS = GREEK | {
    "cdot": "·", "times": "×", "partial": "∂", "sum": "Σ", "prod": "Π", "infty": "∞", "to": "→", "rightarrow": "→",
    "mapsto": "↦", "approx": "≈", "neq": "≠", "ne": "≠", "leq": "≤", "le": "≤", "geq": "≥", "ge": "≥",
    "pm": "±", "odot": "⊙", "in": "∈", "ldots": "…", "dots": "…", "cdots": "…", "top": "ᵀ", "prime": "′", "quad": "  ",
    "qquad": "    ", "mathbb R": "ℝ", "leftarrow": "←", "gets": "←", "left": "", "right": "", "displaystyle": "",
    "langle": "⟨", "rangle": "⟩", "Rightarrow": "⇒", "nabla": "∇",
}  # fmt: skip
POWERS = dict(zip("0123456789+-=()nTti", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿᵀᵗⁱ", strict=True)) | {"′": "′", "ᵀ": "ᵀ", "−": "⁻", ",": "’"}
INDICES = dict(zip("0123456789+-=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True))
MATH = r"\$\$([^`]+?)\$\$|(?<![\\$\w])\$(?=\S)([^$`]+?)(?<=\S)\$(?![\d$])"
PIECE = re.compile(f"{ESCAPE}|{CODE}|{MATH}", re.DOTALL)
LETTER = r"[\w^′'∂₊₋₌₍₎⁺⁻⁼⁽⁾]"  # of a name with its index and power
ONE = re.compile(rf"([d∂][²ⁿ]? )?{LETTER}+")  # what needs no brackets in a fraction: 2, ∂L, d h
GROUP = r"\{([^{}]*)\}"
NAMED = r"\b(?:a?(?:sin|cos|tan)h?|log|ln|exp|sqrt|max|min|softmax|sigmoid|relu)"
FACTOR = r"[\w([{√∂Σ∏Π\\]"  # with what a factor begins
FRACTION = re.compile(
    rf"(?:({NAMED})|([ΣΠ∫][^\s([]*)|([\w)\]}}′']))?(\s*)\\[dt]?frac\s*{GROUP}\s*{GROUP}(\s*(?={FACTOR}))?"
)  # with what stands on both sides


def plain(text: str) -> str:
    """Markdown with its formulas as plain text; code and escapes stay as they are."""
    return PIECE.sub(lambda found: formula(found[1] or found[2]) if found[1] or found[2] else found[0], text)


def outside_code(text: str, change: Callable[[str], str]) -> str:
    """Markdown with everything changed that is neither code nor an escape."""
    return "".join(piece if place % 2 else change(piece) for place, piece in enumerate(outside(text)))


def formula(tex: str) -> str:
    """One formula as plain text, as well as one line can."""
    text = re.sub(r"\\(?:math[a-z]+|text[a-z]*|operatorname|boldsymbol)\s*" + GROUP, r"\1", tex.strip())
    text = re.sub(r"\\begin{[a-z*]+}|\\end{[a-z*]+}", "", text).replace(r"\\", "\n").replace("&", "")
    text = re.sub(r"\\(?![dt]?frac|sqrt)([A-Za-z]+)", lambda word: WORDS.get(word[1], word[1]), text)
    text = re.sub(r"(\\[dt]?frac)\s*(\w)\s*(\w)", r"\1{\2}{\3}", text)  # one sign needs no braces
    text = re.sub(r"([∂Δ∇](?:\^\w)?) (?=\w)", r"\1", text)
    text = re.sub(r"\\[,;:! ]", " ", text).replace("\\|", "‖").replace("\\{", "(").replace("\\}", ")")
    before = ""
    while before != text:  # from the innermost braces outward
        before = text
        text = re.sub(
            r"\^(?:" + GROUP + r"|([\w+−*′ᵀ]))", lambda found: _raised(found[1] or found[2], POWERS, "^"), text
        )
        text = re.sub(
            r"_(?:" + GROUP + r"|([\w+−*′ᵀ]))", lambda found: _raised(found[1] or found[2], INDICES, "_"), text
        )
        text = FRACTION.sub(_fraction, text)
        text = re.sub(r"\\sqrt\s*" + GROUP, r"√(\1)", text)
    return re.sub(r"(?<=\S) {2,}(?=\S)", " ", text.replace("{", "").replace("}", "").replace("'", "′"))


def _fraction(found: re.Match[str]) -> str:
    """½(a + b) is 1/2 · (a + b): in one line nobody sees where the bar of a fraction ends."""
    function, operator, factor, gap, *parts, behind = found.groups()
    above, below = (part if ONE.fullmatch(part) else f"({part})" for part in parts)
    if function:
        return f"{function}({above}/{below}){behind or ''}"
    sign = "" if behind is None else " " if above in ("d", "∂") else " · "
    return f"{factor + ' · ' if factor else (operator or '') + gap}{above}/{below}{sign}"


def _raised(text: str, letters: dict[str, str], sign: str) -> str:
    """The text set high or low; a sign before it where one of its letters has no such form."""
    if all(letter in letters for letter in text):
        return "".join(letters[letter] for letter in text)
    return f"{sign}{text}" if len(text) == 1 else f"{sign}({text})"
