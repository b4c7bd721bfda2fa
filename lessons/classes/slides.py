r"""A lesson as slides: a Beamer document, its letters set by LaTeX, its pictures and films drawn in TikZ.

Steps are sections, each screen is a slide or more; a question's answer comes with the next click.
"""

from __future__ import annotations

import math
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt  # rich brings it
from markdown_it.token import Token

from lessons.faces.text import PIECE, squeezed
from lessons.format.lesson import Exercise, Lesson, LessonError, Part, Predict, Prose, Run, Show, Train
from lessons.format.outline import spoken, titled
from lessons.session import pages
from lessons.session.pages import names_before
from lessons.session.posing import solution
from viz.output import tikz
from viz.words.lettering import line

HOLE = re.compile("(\N{OBJECT REPLACEMENT CHARACTER}\\d+;)")  # where a formula is put in
BEYOND = re.compile(r"[^\x00-\x7f]")
INDENT = re.compile("^ +")
FIXED = "\N{NO-BREAK SPACE}"
LINES = 18  # of code or output on one slide
PREAMBLE = [
    r"\documentclass[11pt,aspectratio=169]{beamer}",
    r"\usepackage{tikz,graphicx}",
    r"\setbeamertemplate{navigation symbols}{}",
    r"\setbeamertemplate{footline}[frame number]",
    r"\setbeamertemplate{frametitle continuation}[from second]",
]
TEX_SECONDS = 300


def document(lesson: Lesson, folder: Path) -> str:
    """The whole document; charts, which are no TikZ, are written beside it."""
    return "\n".join(
        [
            f"% {lesson.title}",
            *PREAMBLE,
            rf"\title{{{_plain(lesson.title)}}}\subtitle{{{_plain(lesson.summary)}}}\date{{}}",
            r"\begin{document}",
            r"\frame{\titlepage}",
            *(text for step in lesson.steps for text in _step(lesson, step.title and titled(step), step.parts, folder)),
            r"\end{document}",
            "",
        ]
    )


def typeset(source: Path) -> Path:
    """The document as a PDF beside it; LessonError says why there is none."""
    program = shutil.which("pdflatex")
    if not program:
        raise LessonError("there is no pdflatex on this machine to make a PDF of it (it comes with TeX Live)")
    with tempfile.TemporaryDirectory() as scratch:
        command = [program, "-interaction=nonstopmode", "-halt-on-error", f"-output-directory={scratch}", source.name]
        for _ in range(2):  # the second time it knows how many slides there are
            try:
                done = subprocess.run(command, cwd=source.parent, capture_output=True, timeout=TEX_SECONDS)
            except subprocess.TimeoutExpired:
                raise LessonError(f"pdflatex had made no PDF of it after {TEX_SECONDS} seconds") from None
            if done.returncode:
                raise LessonError(f"pdflatex makes no PDF of it: {complaint(done.stdout.decode('utf-8', 'replace'))}")
        return Path(shutil.copy(Path(scratch) / f"{source.stem}.pdf", source.parent))


def complaint(said: str) -> str:
    """The first error in what TeX said, and the line at which it met it."""
    error, line_of_it = re.search("(?m)^! (.*)$", said), re.search(r"(?m)^l\.(\d+)", said)
    where = f"line {line_of_it[1]}: " if line_of_it else ""
    return where + error[1] if error else said.strip()[-200:]


def _step(lesson: Lesson, title: str, parts: tuple[Part, ...], folder: Path) -> Iterator[str]:
    yield rf"\section{{{_plain(title)}}}"
    for part in parts:
        match part:
            case Prose(text):
                yield from _slide(title, [_prose(text)])
            case Run(code=code, output=output):
                yield from _code(title, code, output)
            case Train(code=code):
                yield from _code(title, code, "")
            case Show():
                yield from _picture(title, pages.picture(lesson, part), folder)
            case Predict() | Exercise():
                yield from _question(title, part, solution(part, names_before(lesson, part)))


def _slide(title: str, body: list[str], breaks: bool = True) -> list[str]:
    options = "[allowframebreaks]" if breaks else ""
    return [rf"\begin{{frame}}{options}\frametitle{{{_plain(title)}}}", *body, r"\end{frame}"]


def _code(title: str, code: str, output: str) -> Iterator[str]:
    pieces = [squeezed(code).splitlines(), output.splitlines()]
    if all(pieces) and sum(map(len, pieces)) < LINES:
        pieces = [[*pieces[0], "", *pieces[1]]]
    for lines in filter(None, pieces):
        rows = math.ceil(len(lines) / math.ceil(len(lines) / LINES))  # slides of equal length
        for at in range(0, len(lines), rows):
            yield from _slide(title, [_typed("\n".join(lines[at : at + rows]))], breaks=False)


def _picture(title: str, picture: pages.Picture, folder: Path) -> list[str]:
    if picture.moves:
        return tikz.film_frame(picture.made)
    page: Any = getattr(picture.drawing, "page", None)
    if page is not None and hasattr(page, "marks"):
        drawn = [r"\makebox[\textwidth]{%", *tikz.picture(page, tikz.scale(page, tikz.WIDE, tikz.HIGH)), "}"]
    else:
        path = picture.save(folder, ".pdf")
        drawn = [rf"\includegraphics[width=\textwidth,height=0.8\textheight,keepaspectratio]{{{path.name}}}"]
    return _slide(title, [r"\centering", *drawn], breaks=False)


def _question(title: str, question: Predict | Exercise, answer: str) -> list[str]:
    more = []
    if isinstance(question, Exercise):
        more = [_typed(question.starter)]
    elif question.choices:
        more = [
            r"\begin{enumerate}",
            *(rf"\item{{}} {_inline(choice)}" for choice in question.choices),
            r"\end{enumerate}",
        ]
    asked = _slide(title, [_prose(f"**?** {question.ask}"), *more], breaks=False)
    return [*asked, *_slide(title, [_prose(answer)])]


# Markdown and code as LaTeX: every letter goes through what sets the pictures' texts ---------------------------------


def _plain(text: str) -> str:
    return str(tikz.latex(line(" ".join(text.split()))))


def _typed(code: str) -> str:
    """Code line by line, in letters of one width; a line that is too long goes on below, further in."""
    lines = [tikz.latex(line(INDENT.sub(lambda found: FIXED * len(found[0]), each))) for each in code.splitlines()]
    set_lines = (rf"\hangindent3em {each or '~'}\par" for each in lines)
    return "\n".join([r"{\par\smallskip\ttfamily\scriptsize\raggedright", *set_lines, r"\smallskip}"])


def _inline(markdown: str) -> str:
    return _prose(markdown).strip()


def _prose(markdown: str) -> str:
    kept: list[str] = []

    def aside(found: Any) -> str:
        if not (found[1] or found[2]):
            return str(found[0])
        kept.append(f"${BEYOND.sub(_symbol, found[1] or found[2])}$")
        return f"\N{OBJECT REPLACEMENT CHARACTER}{len(kept) - 1};"

    tokens = MarkdownIt("commonmark").enable("table").parse(PIECE.sub(aside, spoken(markdown)))
    text = "".join(_tokens(tokens))
    for number, formula_text in enumerate(kept):
        text = text.replace(f"\N{OBJECT REPLACEMENT CHARACTER}{number};", formula_text)
    return text


OPENED = {
    "bullet_list_open": "\\begin{itemize}\n", "bullet_list_close": "\\end{itemize}\n",
    "ordered_list_open": "\\begin{enumerate}\n", "ordered_list_close": "\\end{enumerate}\n",
    "list_item_open": "\\item{} ", "paragraph_close": "\n\n", "heading_open": "\\textbf{", "heading_close": "}\n\n",
    "strong_open": "\\textbf{", "strong_close": "}", "em_open": "\\emph{", "em_close": "}",
    "softbreak": "\n", "hardbreak": "\\\\\n", "tr_close": "\\\\\n", "table_close": "\\end{tabular}\n\n",
    "blockquote_open": "\\begin{quote}\n", "blockquote_close": "\\end{quote}\n",
}  # fmt: skip


def _tokens(tokens: list[Token]) -> Iterator[str]:
    first = True  # cell of its row
    for place, token in enumerate(tokens):
        match token.type:
            case "inline":
                yield from _tokens(token.children or [])
            case "text":
                yield "".join(map(_piece, HOLE.split(token.content)))
            case "code_inline":
                yield rf"\texttt{{{tikz.latex(line(token.content))}}}"
            case "fence" | "code_block":
                yield _typed(token.content) + "\n"
            case "table_open":
                columns = sum(each.type == "th_open" for each in tokens[place : _closing(tokens, place)])
                yield rf"\begin{{tabular}}{{{'l' * columns}}}" + "\n"
            case "tr_open":
                first = True
            case "th_open" | "td_open":
                yield "{}" if first else " & "
                first = False
            case _:
                yield OPENED.get(token.type, "")


def _symbol(found: re.Match[str]) -> str:
    """A letter beyond ASCII within a formula, as TeX calls it."""
    return f"{str(tikz.latex(line(found[0]))).strip('$')} "


def _piece(text: str) -> str:
    """A piece of a text, or the place of a formula, which is put in later."""
    return text if not text or HOLE.fullmatch(text) else str(tikz.latex(line(text)))


def _closing(tokens: list[Token], place: int) -> int:
    return next(k for k in range(place, len(tokens)) if tokens[k].type == "table_close")
