"""A lesson as a page to print: its text and pictures, its questions with room for answers, or with the solutions."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from lessons.faces.curves import told
from lessons.faces.html import markdown
from lessons.faces.text import plain, squeezed
from lessons.format.lesson import Exercise, Lesson, Part, Predict, Prose, Question, Run, Show, Train
from lessons.format.outline import spoken, titled
from lessons.session import pages
from lessons.session.pages import names_before
from lessons.session.posing import solution
from lessons.session.training import stored_runs
from viz.output.webpage import inline

STYLE = """
@page { size: A4; margin: 18mm 16mm }
body { font: 11pt/1.45 Georgia, "Liberation Serif", serif; max-width: 180mm; margin: 10mm auto; color: #111 }
h1, h2 { font-family: Helvetica, Arial, sans-serif; line-height: 1.2; break-after: avoid }
h2 { font-size: 13pt; margin-top: 1.4em }
pre { font: 9pt/1.35 "DejaVu Sans Mono", monospace; background: #f4f4f4; padding: .6em .8em; white-space: pre-wrap }
pre.output { background: none; margin-top: -.8em; color: #444 }
figure { margin: 1em 0; break-inside: avoid } figure svg { max-width: 100%; height: auto }
section.question { border: 1px solid #999; border-radius: 2mm; padding: .2em 1em; margin: 1em 0; break-inside: avoid }
.answer { border-bottom: 1px dotted #999; height: 2.2em } .code .answer { height: 1.9em }
.solution { border-left: 3px solid #00703C; padding-left: .8em } ol.choices { list-style: "☐  " }
table { border-collapse: collapse } td, th { padding: .1em .7em; text-align: left } small { color: #555 }
"""


def page(lesson: Lesson, solutions: bool) -> str:
    """The whole page, which needs nothing besides itself."""
    title = f"{lesson.title}{': solutions' if solutions else ''}"
    numbers = {question.id: number for number, question in enumerate(lesson.questions, 1)}
    steps = ((titled(step), step.parts if solutions else until_question(step.parts)) for step in lesson.steps)
    body = "".join(text for title, parts in steps for text in _step(lesson, title, parts, numbers, solutions))
    named = "" if solutions else "<p><small>Name: ______________________________   Date: ______________</small></p>"
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style></head><body>\n<h1>{escape(title)}</h1>{named}\n{body}</body></html>\n"
    )


def until_question(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """A step without what follows its first question and is none: that tells the answer."""
    first = next((k for k, part in enumerate(parts) if isinstance(part, Predict | Exercise)), len(parts))
    return (*parts[:first], *(part for part in parts[first:] if isinstance(part, Predict | Exercise)))


def _step(
    lesson: Lesson, title: str, parts: tuple[Part, ...], numbers: dict[str, int], solutions: bool
) -> Iterator[str]:
    if title != lesson.title:
        yield f"<h2>{escape(title)}</h2>\n"
    for part in parts:
        match part:
            case Prose(text):
                yield _prose(text)
            case Run(code=code, output=output):
                yield f"<pre>{escape(squeezed(code))}</pre>\n"
                yield f'<pre class="output">{escape(output)}</pre>\n' if output else ""
            case Train(code=code):
                yield f'<pre>{escape(code)}</pre>\n<pre class="output">{escape(told(stored_runs(part)))}</pre>\n'
            case Show():
                drawn = pages.picture(lesson, part)
                yield f'<figure role="img" aria-label="{escape(drawn.alt)}">{inline(drawn.drawing.svg)}</figure>\n'
            case Predict() | Exercise():
                answer = solution(part, names_before(lesson, part)) if solutions else ""
                yield _question(part, numbers[part.id], answer)


def _question(question: Question, number: int, answer: str) -> str:
    asked = _prose(f"**{number}.** {question.ask}")
    if isinstance(question, Exercise):
        asked += f"<pre>{escape(question.starter)}</pre>"
        room = '<div class="answer"></div>' * max(6, question.solution.count("\n") + 2)
    else:
        choices = "".join(f"<li>{_prose(choice)}</li>" for choice in question.choices)
        asked += f'<ol class="choices">{choices}</ol>' if choices else ""
        room = '<div class="answer"></div>' * (1 if choices else 2)
    told = f'<div class="solution">{_prose(answer)}</div>' if answer else room
    kind = "question code" if isinstance(question, Exercise) else "question"
    return f'<section class="{kind}">{asked}{told}</section>\n'


def _prose(text: str) -> str:
    """Markdown as HTML, formulas as plain text: a page on paper fetches nothing."""
    return markdown(plain(spoken(text)))
