"""What a learner types is shown as it was typed: in the terminal, in plain text, in a notebook."""

import io
import re
from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.console import Console

from lessons.faces.colour import THEME, Colour
from lessons.faces.text import prose_text
from lessons.format.lesson import Lesson
from lessons.format.quoting import fenced, quoted, unquoted
from lessons.session.commands import Meaning, carried_out
from lessons.session.posing import coded
from lessons.session.reply import Reply
from lessons.session.session import Session

TYPED = st.text(
    alphabet="*_`\\\\[]()<>&;$~#+-=|.:!?\"'{}@/^%, 0123aew\u00b2\u2212\n", min_size=1, max_size=30
) | st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=12)
SAMPLES = [
    "2*3*4", "**w**", "_w_ + _v_", "__init__", "`w`", "``", "$w^2$ + $v$", "$$w$$", "[w](gates.md)", "![w](v)",
    "<b>w</b>", "w < v > u", "&amp; &lt;", "\\\\*", "\\\\", "# w", "1. w", "12) w", "- w", "+ w", "> w", "| a | b |",
    "~~w~~", ":hint", "a:next", "***", "---", "===",
    "w\n\n    v", "http://example.org", "<http://example.org>", "\ufffc0;",
    "$5$", "*a* $b$ `c`",
]  # fmt: skip


class Text(HTMLParser):
    """What a reader of a page reads."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def in_a_terminal(reply: Reply) -> str:
    console = Console(
        width=100, file=io.StringIO(), theme=THEME, force_terminal=True, color_system=None, highlight=False
    )
    Colour(console).show(reply)
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    return re.sub(r"(?m)^│ ?| *│ *$", "", re.sub(r"\x1b\[[0-9;]*m", "", shown))


def in_a_notebook(reply: Reply) -> str:
    page = Text()
    page.feed(reply._repr_html_())
    return "".join(page.words)


def in_python(reply: Reply) -> str:
    return repr(reply)


FACES = {"terminal": in_a_terminal, "notebook": in_a_notebook, "python": in_python}


def squeezed(text: str) -> str:
    """The text without its blanks: lines are wrapped anew."""
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize("face", FACES.values(), ids=FACES)
@pytest.mark.parametrize("typed", SAMPLES)
def test_what_was_typed_is_shown_as_it_was(face, typed: str) -> None:  # type: ignore[no-untyped-def]
    for kind in ("wrong", "unreadable", "note"):
        shown = squeezed(face(Reply(kind, f"No, it is not {quoted(typed)}. See `w*v*u`, **this** and $x_1$.")))
        said = squeezed(typed).replace("\ufffc", "\ufffd" if face is in_a_notebook else "\ufffc")
        assert f"Noitisnot{said}." in shown.replace(",", "", 1)
        assert "**this**" not in shown  # what is Markdown goes on being it


@settings(max_examples=150)
@given(TYPED)
@example("0. ")
def test_whatever_is_typed_is_shown_as_it_was(typed: str) -> None:
    assert unquoted(quoted(typed)) == " ".join(typed.split()) or "`" in typed
    for text in (quoted(typed), f"Is it {quoted(typed)}? $x^2$"):
        for name, face in FACES.items():
            if "\ufffc" in typed and name == "notebook":
                continue
            assert squeezed(typed) in squeezed(face(Reply("note", text))), name
    for name, face in FACES.items():
        shown = squeezed(face(Reply("wrong", f"It fails:\n\n{fenced(typed)}"))).replace("\u2060", "")
        if "\ufffc" not in typed:
            assert squeezed(typed) in shown, name


@pytest.mark.parametrize("face", FACES.values(), ids=FACES)
@pytest.mark.parametrize("typed", [s for s in SAMPLES if "\n" not in s and "\ufffc" not in s])
def test_every_reply_to_what_was_typed_shows_it(session: Session, small: Lesson, face, typed: str) -> None:  # type: ignore[no-untyped-def]
    session.goto("code")
    exercise, names = session.question, session.lesson_names
    failing = f"def slope(w):\n    return {typed!r}"
    assertion = f"def slope(w):\n    raise AssertionError({typed!r})"
    error = f"def slope(w):\n    raise ValueError({typed!r})"
    replies = [
        session.goto(typed),
        session.pic(typed),
        carried_out(session, Meaning("unknown", text=f"There is no {typed}.")),
        coded(exercise, f"raise ValueError({typed!r})", {}, names),  # type: ignore[arg-type]
        *(coded(exercise, code, {}, names) for code in (assertion, error)),  # type: ignore[arg-type]
    ]
    for reply in replies:
        assert reply is not None
        assert squeezed(typed) in squeezed(face(reply)), reply.text
    assert "not at 5.0" in face(coded(exercise, failing, {}, names))  # type: ignore[arg-type]


def test_a_product_typed_is_the_product_shown(session: Session) -> None:
    session.goto("slope")
    for typed in ("2*3*7", "2**3**2", "w*x*y + 1"):
        for face in FACES.values():
            assert squeezed(typed) in squeezed(face(session.answer(typed))) or "yours gives" in face(
                session.answer(typed)
            )


def test_what_code_prints_keeps_its_words(session: Session) -> None:
    assert repr(session.run("print('type :next or :hint, *now*')")) == "type :next or :hint, *now*"
    assert prose_text(r"5\$ and \*stars\*, `a\*b`") == r"5$ and *stars*, `a\*b`"
