"""The terminal face in colour: rich's Markdown, code and panels, used sparingly."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, TextIO

from pygments.token import Comment, Keyword, Number, String  # type: ignore[import-untyped]
from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.markdown import CodeBlock, Markdown
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.style import Style
from rich.syntax import ANSISyntaxTheme, Syntax
from rich.text import Text
from rich.theme import Theme

from lessons.faces.curves import told
from lessons.faces.text import STATUS, TRAINS, VERBATIM, begins, map_lines, onward, plain, squeezed
from lessons.format.lesson import Exercise, Prose
from lessons.format.outline import spoken
from lessons.session.pages import Item, Page, Picture, Posed, Ran, Trained
from lessons.session.reply import Reply
from lessons.session.standing import Standing

WIDEST = 100  # columns: longer lines are hard to read
THEME = Theme(
    {"markdown.code": "bold", "markdown.code_block": "default", "markdown.link": "default", "markdown.h3": "bold"}
)
BORDERS = {
    "right": "green",
    "wrong": "red",
    "unreadable": "yellow",
    "hint": "cyan",
    "solution": "magenta",
    "end": "green",
}
SIGNS = {"right": "✓", "wrong": "✗", "unreadable": "?", "hint": "hint", "solution": "answer", "end": "★"}

# Few colours, and none that a light or a dark background swallows.
CODE = ANSISyntaxTheme(
    {Comment: Style(dim=True, italic=True), Keyword: Style(bold=True), String: Style(color="green"), Number: Style()}
)


class Colour:
    """Shows replies with rich."""

    def __init__(self, console: Console | None = None, out: TextIO | None = None) -> None:
        self.console = console or Console(highlight=False, theme=THEME, file=out)
        self.console.width = min(self.console.width, WIDEST)
        self._fits = console is None

    def _fit(self) -> None:
        """Take the width that the terminal has now."""
        if self._fits:
            with contextlib.suppress(OSError, ValueError):
                self.console.width = min(os.get_terminal_size(sys.stdout.fileno()).columns or WIDEST, WIDEST)

    def show(self, reply: Reply) -> None:
        """A page, a verdict, a hint …"""
        self._fit()
        if reply.kind in BORDERS and reply.text:
            self._panel(reply.kind, reply.text)
        elif reply.kind in VERBATIM and reply.text:
            self.console.print(Text(reply.text, style="red" if reply.kind == "error" else ""))
        elif reply.text:
            self.console.print(_prose(reply.text))
        if reply.following:
            self.console.print(Text(onward(reply.following), style="bold"))
        if reply.page:
            self._page(reply.page)

    def say(self, text: str) -> None:
        """A quiet line of the machinery."""
        whole = any(len(word) > self.console.width for word in text.split())  # a path stays in one piece, to be copied
        self.console.print(Text(text, style="dim"), soft_wrap=whole)

    def welcome(self, known: Sequence[Standing], next_lesson: str, whole: bool = False) -> None:
        """The map: the part of the next lesson opened (or all of them), of the others how far they have come."""
        self._fit()
        self.console.print(Text("autograd-tiny", style="bold"), Text("lessons on backpropagation, drawn and run"))
        for line in map_lines(known, next_lesson, whole):
            text = Text(line.text, style="dim" if line.kind == "details" else "")
            text.highlight_words([line.bold], "bold") if line.kind in ("part", "lesson") else None
            text.highlight_regex(r"\[✓ done\]", "green")
            self.console.print(text, soft_wrap=True)

    def _panel(self, kind: str, text: str) -> None:
        colour = BORDERS[kind]
        self.console.print(
            Panel(_prose(text), title=SIGNS[kind], title_align="left", border_style=colour, box=box.ROUNDED)
        )

    def _page(self, page: Page) -> None:
        if not page.continued:
            place = f"{page.step}/{page.steps}  " if page.step else ""
            self.console.print()
            self.console.print(Rule(Text(f"{place}{page.title}", style="bold"), align="left", style="dim"))
        if page.about:
            self.console.print(Text(page.about, style="dim"))
        for item in page.items:
            self.console.print()
            self.console.print(_item(item))
            if isinstance(item, Posed) and isinstance(item.question, Exercise) and item.status == "open":
                # Not in the panel: what stands there is to be copied.
                self.console.print(Padding(_code(item.question.starter), (1, 0, 1, 2)))
                self.console.print(Text(f"{begins(item.question)} :edit opens it.", style="dim"))
            if isinstance(item, Picture) and item.note:
                self._playable(item)
        self.console.print()

    def _playable(self, picture: Picture) -> None:
        from lessons.faces.terminal import saved

        try:
            path = saved(picture)
        except (OSError, ValueError, RuntimeError) as error:
            self.say(f"The page cannot be saved: {error}")
            return
        link = (str(path), f"dim link {path.as_uri()}")
        steps = ":play steps through it, " if picture.moves else ""
        self.console.print(
            Text.assemble((f"{picture.note}; {steps}:pic opens it: ", "cyan"), link),
            soft_wrap=True,
        )


def _item(item: Item) -> RenderableType:
    match item:
        case Prose(text):
            return _prose(text)
        case Ran(block, output):
            code = _code(block.code)
            return Padding(Group(code, Text(output, style="dim")) if output else code, (0, 0, 0, 2))
        case Trained(block, runs):
            parts: list[RenderableType] = [_code(block.code)] if set(runs) <= set(block.seeds) else []
            return Padding(Group(*parts, Text(told(runs)), Text(TRAINS[0], style="dim")), (0, 0, 0, 2))
        case Picture():
            return image(item) or Text(item.text, no_wrap=True, overflow="ellipsis")
        case Posed():
            return _question(item)


def _question(posed: Posed) -> RenderableType:
    question = posed.question
    inside: list[RenderableType] = [_prose(question.ask)]
    if posed.status != "open":
        inside.append(Text(STATUS[posed.status], style="dim"))
    elif not isinstance(question, Exercise):
        inside += [Text(f" {number}  {plain(choice)}") for number, choice in enumerate(question.choices, 1)]
    return Panel(Group(*inside), title="?", title_align="left", border_style="yellow", box=box.ROUNDED)


class Block(CodeBlock):
    """Code between paragraphs, set in as other code is, without empty lines of its own."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Padding(_code(str(self.text).rstrip(), self.lexer_name), (0, 0, 0, 2))


class Said(Markdown):
    """Markdown in this face's manner."""

    elements = Markdown.elements | {"fence": Block, "code_block": Block}


def _code(text: str, language: str = "python") -> Syntax:
    return Syntax(squeezed(text), language, theme=CODE, background_color="default", word_wrap=True)


def _prose(markdown: str) -> Markdown:
    return Said(plain(spoken(squeezed(markdown))), hyperlinks=False)


# Pictures in the terminal itself, where it can show them: kitty's way, or sixels (foot, iTerm2, WezTerm, mlterm …) ----


KITTY = ("xterm-kitty", "xterm-ghostty")
SIXEL = ("foot", "mlterm", "contour", "yaft", "sixel")  # beginnings of TERM
SIXEL_PROGRAMS = ("iTerm.app", "WezTerm", "mintty")


def way() -> str:
    """How this terminal shows images: "kitty", "sixel", or "" if it does not. AUTOGRAD_TINY_IMAGES says otherwise."""
    own = os.environ.get("AUTOGRAD_TINY_IMAGES")
    if own is not None:
        return own if own in ("kitty", "sixel") else ""
    term, program = os.environ.get("TERM", ""), os.environ.get("TERM_PROGRAM", "")
    if term in KITTY or os.environ.get("KITTY_WINDOW_ID") or program == "ghostty":
        return "kitty"
    return "sixel" if program in SIXEL_PROGRAMS or term.startswith(SIXEL) else ""


def image(picture: Picture) -> Any:
    """The picture for rich to print; None where the terminal, or the library for it (extra: terminal), cannot."""
    chosen = way()
    if not chosen:
        return None
    try:
        from PIL import Image as Pixels

        shown = import_module(f"textual_image.renderable.{'tgp' if chosen == 'kitty' else 'sixel'}").Image
    except ImportError:
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = picture.save(Path(folder), ".png")
        with Pixels.open(path) as opened:
            return shown(opened.convert("RGB"), width="auto", height="auto")
