"""Screens and replies as HTML: text, code with what it printed, pictures in their places, questions as forms.

What is sent by a form is what one would type in a terminal: the values of its fields named `answer`, with blanks
between them. No fragment holds a style or a script, so that a strict policy need allow neither.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from html import escape

from lessons.faces.curves import told
from lessons.faces.text import STATUS, called, squeezed
from lessons.format.lesson import Exercise, Predict, Prose
from lessons.pages import markdown, pictures
from lessons.session.pages import Item, Page, Picture, Posed, Ran, Trained

EXAMPLES = {
    "number": "a number, such as −0.25 or 3/4",
    "any": "a number or a formula",
    "expression": "a formula, such as 2*w*(w − 3)",
    "step": "a step, such as 3",
    "shape": "a shape, such as (3, 2)",
    "array": "an array, such as [1, 2] or [[1, 2], [3, 4]]",
}

BUTTONS = {
    "hint": "*Hint*",
    "solve": "*Show the answer*",
    "skip": "*Skip*",
    "next": "*Next*",
    "back": "*Back*",
    "train": "*Train it here*",
}


def _nowhere(target: str) -> str:
    return target if target.partition(":")[0] in ("http", "https") else ""


def _beside(picture: Picture) -> str:
    return f"{picture.id}.html"


@dataclass(frozen=True)
class Places:
    """Where a face has what a page refers to.

    link     the address of what a text links to, written as in a lesson's file; "" where it has none
    framed   the address of the page that plays a film, or a circuit with sliders
    editing  whether the code of an exercise can be written here; otherwise it is shown
    """

    link: Callable[[str], str] = _nowhere
    framed: Callable[[Picture], str] = _beside
    editing: bool = True


def page_html(page: Page, places: Places) -> str:
    """A screen as a fragment of HTML, with its heading unless it goes on with a step."""
    place = f'<span class="place">Step {page.step} of {page.steps}</span> ' if page.step else ""
    heading = "" if page.continued else f"<h2>{place}{markdown.inline(page.title, places.link)}</h2>\n"
    about = f'<div class="about">{said_html(page.about, places)}</div>\n' if page.about else ""
    inside = "".join(item_html(item, places) for item in page.items)
    return f'<section class="screen" data-step="{page.step}">\n{heading}{about}{inside}</section>\n'


def said_html(text: str, places: Places) -> str:
    """Markdown, such as a reply's text, as HTML; its commands are the buttons that do the same."""
    return markdown.html(called(text, lambda name: BUTTONS.get(name, f"`:{name}`")), places.link)


def item_html(item: Item, places: Places) -> str:
    """One piece of a screen."""
    match item:
        case Prose(text):
            return said_html(text, places)
        case Ran(block, output):
            printed = markdown.output(output) if output else ""
            return f'<div class="ran" data-block="{block.id}">{markdown.code(squeezed(block.code))}{printed}</div>\n'
        case Trained(block, runs):
            code = markdown.code(squeezed(block.code)) if set(runs) <= set(block.seeds) else ""
            curves = markdown.output(told(runs), name="Curves of the stored runs")
            return f'<div class="trained" data-block="{block.id}">{code}{curves}</div>\n'
        case Picture():
            return pictures.figure(item, places.framed)
        case Posed():
            return question_html(item, places)


def question_html(posed: Posed, places: Places, more: str = "") -> str:
    """A question as a section with a form, or with its starter; `more` stands below, what a face adds."""
    question = posed.question
    accept = "code" if isinstance(question, Exercise) else question.accept
    stand = f'<p class="stand">{STATUS[posed.status]}</p>' if posed.status != "open" else ""
    attributes = f'data-question="{question.id}" data-accept="{accept}" data-status="{posed.status}"'
    return (
        f'<section class="question" {attributes} aria-labelledby="ask-{question.id}">\n'
        f'<div class="ask" id="ask-{question.id}">{said_html(question.ask, places)}</div>\n'
        f"{stand}{_form(question, places)}"
        f'<div class="said" role="status"></div>\n{more}</section>\n'
    )


def _form(question: Predict | Exercise, places: Places) -> str:
    if isinstance(question, Exercise):
        if not places.editing:
            return markdown.code(squeezed(question.starter), "code starter")
        field = (
            f'<textarea name="answer" aria-labelledby="ask-{question.id}" spellcheck="false" autocapitalize="off" '
            f'rows="{question.starter.count(chr(10)) + 2}">{escape(squeezed(question.starter))}</textarea>'
        )
    elif question.choices:
        field = "".join(_choices(question, places))
    else:
        field = (
            f'<input name="answer" type="text" aria-labelledby="ask-{question.id}" autocomplete="off" '
            f'autocapitalize="off" spellcheck="false" placeholder="{EXAMPLES[question.accept]}">'
        )
    return f'<form class="answer">{field}{_buttons(question)}</form>\n'


def _buttons(question: Predict | Exercise) -> str:
    check = "Check" if isinstance(question, Exercise) else "Answer"
    return (
        f'<div class="buttons"><button type="submit">{check}</button>'
        '<button type="button" class="quiet" data-do="hint">Hint</button>'
        '<button type="button" class="quiet" data-do="solve">Show the answer</button></div>'
    )


def _choices(question: Predict, places: Places) -> Iterable[str]:
    """One of the choices, several of them, or a place for each."""
    texts = [markdown.inline(choice, places.link) for choice in question.choices]
    if question.accept == "order":
        yield f'<ol class="choices">{"".join(f"<li>{text}</li>" for text in texts)}</ol><div class="order">'
        options = "".join(f"<option>{number}</option>" for number in range(1, len(texts) + 1))
        for place in range(1, len(texts) + 1):
            yield f'<select name="answer" aria-label="Place {place}"><option value="">–</option>{options}</select>'
        yield "</div>"
        return
    kind = "checkbox" if question.accept == "choices" else "radio"
    yield f'<fieldset aria-labelledby="ask-{question.id}">'
    for number, text in enumerate(texts, 1):
        yield f'<label><input type="{kind}" name="answer" value="{number}"><span>{text}</span></label>'
    yield "</fieldset>"
