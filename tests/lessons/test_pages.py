"""Screens as HTML: well formed, nothing in them that a strict policy forbids, formulas typeset, ids that are unique."""

import re
import xml.dom.minidom
from pathlib import Path

import pytest

from lessons.faces.text import PIECE
from lessons.format import document, library
from lessons.format.lesson import Lesson, texts
from lessons.pages import markdown
from lessons.pages.html import Places, page_html, said_html
from lessons.pages.mathml import FormulaError, formulas, mathml
from lessons.pages.pictures import lean, prefixed, style
from lessons.session import pages

SMALL = Path(__file__).with_name("small.md")
TYPESET = {
    "w^2": "<msup><mi>w</mi><mn>2</mn></msup>",
    "s_{t-1}": '<msub><mi>s</mi><mrow><mi>t</mi><mo lspace="0" rspace="0">−</mo><mn>1</mn></mrow></msub>',
    r"\frac{dz}{dw}": "<mfrac><mrow><mi>d</mi><mi>z</mi></mrow><mrow><mi>d</mi><mi>w</mi></mrow></mfrac>",
    r"\frac12": "<mfrac><mn>1</mn><mn>2</mn></mfrac>",
    r"x^12": "<msup><mi>x</mi><mn>1</mn></msup><mn>2</mn>",
    r"\sqrt[3]{x}": "<mroot><mi>x</mi><mn>3</mn></mroot>",
    r"x \overset{!}{=} y": "<mi>x</mi><mover><mo>=</mo><mo>!</mo></mover><mi>y</mi>",
    r"x_i^2": "<msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup>",
    r"f''": '<msup><mi>f</mi><mo lspace="0" rspace="0">′′</mo></msup>',
    r"\text{if } x": "<mtext>if\N{NO-BREAK SPACE}</mtext><mi>x</mi>",
    r"a < b \& c": "<mi>a</mi><mo>&lt;</mo><mi>b</mi><mo>&amp;</mo><mi>c</mi>",
}


def inside(tex: str) -> str:
    made = mathml(tex).removeprefix("<math>").removesuffix("</math>")
    return made.removeprefix("<mrow>").removesuffix("</mrow>") if made.startswith("<mrow>") else made


@pytest.mark.parametrize("tex", TYPESET)
def test_a_formula_is_typeset(tex: str) -> None:
    assert inside(tex) == TYPESET[tex]


def test_indices_stand_below_a_sum_on_a_line_of_its_own() -> None:
    assert "<munderover>" in mathml(r"\sum_{i=1}^n x_i", display=True)
    assert "<msubsup>" in mathml(r"\sum_{i=1}^n x_i")


@pytest.mark.parametrize(
    "tex", [r"\foo", "{x", "x}", "x^", r"\left( x", r"\begin{pmatrix} 1", r"\begin{wild}\end{wild}"]
)
def test_what_is_not_known_is_refused_by_name(tex: str) -> None:
    with pytest.raises(FormulaError, match=re.escape(tex.split()[0][:4])):
        mathml(tex)


def readable() -> list[tuple[str, str, bool]]:
    """Every formula of the lessons and of the documents."""
    written = {path.stem: path.read_text("utf-8") for path in Path("docs").glob("*.md")}
    for path in library.paths():
        lesson = document.read(path)
        written[path.stem] = "\n\n".join(text for part in lesson.parts for text in texts(part))
    return [(name, *each) for name, text in written.items() for each in formulas(PIECE.finditer(text))]


def test_every_formula_that_is_written_here_is_typeset() -> None:
    unknown = []
    for name, tex, display in readable():
        try:
            xml.dom.minidom.parseString(mathml(tex, display))
        except FormulaError as error:
            unknown.append(f"{name}: {error}")
    assert not unknown


def test_no_lesson_speaks_of_one_face_alone() -> None:
    """What a film or an editor is opened with, each face says beside it; other commands are translated."""
    told = re.compile(
        r"`:(?:pic|play|live|edit|quit|map|help)\b|[Ii]n (?:a|the) terminal|opens it in (?:the|a) browser"
    )
    lessons = map(document.read, library.paths())
    assert not [
        (lesson.id, text) for lesson in lessons for part in lesson.parts for text in texts(part) if told.search(text)
    ]


def test_commands_are_the_buttons_that_do_the_same() -> None:
    said = said_html("Try :hint, or `:solve`; `:list` shows them. `x[:next]`", Places())
    assert "Try <em>Hint</em>, or <em>Show the answer</em>; <code>:list</code> shows" in said
    assert "<code>x[:next]</code>" in said


def shown(lesson: Lesson) -> str:
    places = Places(link=lambda target: f"to-{target}", framed=lambda picture: f"{picture.id}.html")
    screens = (pages.page(lesson, screen, lambda block: getattr(block, "output", ""), {}) for screen in lesson.screens)
    return "".join(page_html(page, places) for page in screens)


def every_kind() -> Lesson:
    """A lesson with a question of every kind."""
    kinds = ("any", "choice", "choices", "order", "step", "shape", "array")
    steps = "".join(
        f"""## Step {kind}

```toml predict id=of-{kind}
ask = "Which?"
accept = "{kind}"
answer = {ANSWERS.get(kind, '"1.0"')}
choices = {["x", "y"] if kind in ANSWERS else []}
hints = ["One of them."]
```

"""
        for kind in kinds
    )
    return document.parse(SMALL.read_text("utf-8").partition("## ")[0] + steps, "kinds")


ANSWERS = {"choice": '"x"', "choices": '["x", "y"]', "order": '["y", "x"]'}


@pytest.mark.parametrize("lesson", [document.read(SMALL), every_kind()], ids=lambda lesson: lesson.id)
def test_a_lesson_is_well_formed_and_needs_no_lenient_policy(lesson: Lesson) -> None:
    fragment = shown(lesson)
    closed = re.sub("<(input|img)([^>]*)>", r"<\1/>", fragment)
    xml.dom.minidom.parseString(f"<main>{closed}</main>")
    assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=", fragment)
    ids = re.findall(r'(?<![\w-])id="([^"]+)"', fragment)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'aria-labelledby="([^"]+)"', fragment)) <= set(ids)


def test_every_kind_of_question_has_its_fields() -> None:
    forms = (each.partition('"')[::2] for each in shown(every_kind()).split('data-accept="')[1:])
    fields = {kind: re.findall(r'<(input|select) [^>]*?type="(\w+)"|<(select)', form) for kind, form in forms}
    counted = {kind: [tag or kind for kind, _, tag in found] for kind, found in fields.items()}
    assert {kind: len(found) for kind, found in counted.items()} == {
        "any": 1, "choice": 2, "choices": 2, "order": 2, "step": 1, "shape": 1, "array": 1
    }  # fmt: skip
    assert '<textarea name="answer"' in shown(document.read(SMALL))


def test_markdown_shows_html_and_leads_links() -> None:
    said = markdown.html(r"<b>no</b> [a](gates.md) [b](nowhere) costs \$5 and $x^2$", {"gates.md": "g.html"}.get)  # type: ignore[arg-type]
    assert "&lt;b&gt;" in said and '<a href="g.html">a</a> b costs $5' in said and "<msup>" in said


def test_a_program_in_a_list_keeps_its_dollars() -> None:
    shown = markdown.html('1. $x$\n\n   ```toml\n   ask = "$dz/dw$ < 1"\n   ```\n\n`$a$` $b$', lambda target: "")
    assert "ask = &quot;$dz/dw$ &lt; 1&quot;" in shown and "<code>$a$</code>" in shown
    assert shown.count("<math>") == 2


def test_ids_of_a_picture_become_its_own() -> None:
    svg = '<svg><g id="a" data-id="a"/><g id="b"/><use href="#a" clip-path="url(#a)"/></svg>'
    one, other = prefixed(svg, "one"), prefixed(svg, "other")
    assert re.sub(r"p[0-9a-f]+-a", "X-a", one) == (
        '<svg><g id="X-a" data-id="a"/><g/><use href="#X-a" clip-path="url(#X-a)"/></svg>'
    )
    assert not set(re.findall(r' id="([^"]+)"', one)) & set(re.findall(r' id="([^"]+)"', other))


def test_a_picture_in_fewer_letters_is_the_same() -> None:
    usual = '<text x="1.26" y="-0.04" font-size="13" text-anchor="middle">3.14159</text>'
    svg = f'<svg x="0">{usual}<text x="7">2</text></svg>'
    assert lean(svg) == (
        '<svg font-size="13" text-anchor="middle" x="0"><text x="1.3" y="-0">3.14159</text>'
        '<text x="7" text-anchor="start">2</text></svg>'
    )


def test_the_style_sheet_fetches_nothing() -> None:
    assert not re.search(r"url\(|@import|https?:", style())
