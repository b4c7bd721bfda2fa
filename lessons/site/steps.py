"""A lesson's pages: one for each step, and its front page with all of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from lessons.format import library
from lessons.format.lesson import Block, Exercise, Lesson, Part, Predict, Screen, Show, Step, texts
from lessons.format.library import Entry
from lessons.format.outline import EXPERIMENT, titled
from lessons.pages import markdown
from lessons.pages.html import Places, item_html, question_html, said_html
from lessons.session.pages import Item, Picture, Posed, about, picture
from lessons.session.pages import item as item_of
from lessons.site import questions
from lessons.site.chrome import Page, to
from viz.output import player


@dataclass(frozen=True)
class Site:
    """What pages refer to: the lessons that are there, in their order, and of each its steps by their headings, and the
    questions that a page can judge.
    """

    entries: tuple[Entry, ...]
    anchors: dict[str, dict[str, int]]
    asked: dict[str, tuple[str, ...]]

    def link(self, target: str, here: str, lesson: str = "") -> str:
        """The address of what a lesson links to; "" where the site has no such page."""
        if re.match(r"[a-z]+:", target):
            return target if target.startswith("http") else ""
        if experiment := EXPERIMENT.fullmatch(target):
            return to(f"experiments.html#{experiment[1]}", here)
        file, _, heading = target.partition("#")
        name = file.removesuffix(".md") if file else lesson
        if name not in self.anchors or (file and not file.endswith(".md")):
            return ""
        return to(place(name, self.anchors[name].get(heading, 0) if heading else 0), here)


@dataclass(frozen=True)
class Made:
    """The pages of a lesson, and the pages in frames that stand beside them."""

    pages: tuple[Page, ...]
    framed: dict[str, str]


def place(lesson: str, step: int) -> str:
    """Where a step's page is; step 0 is the lesson's front page."""
    return f"lessons/{lesson}/{step or 'index'}.html"


def pages(lesson: Lesson, site: Site) -> Made:
    """All pages of a lesson."""
    made = _Making(lesson, site)
    steps = [made.step(step) for step in lesson.steps]
    return Made(tuple(steps), made.framed)


class _Making:
    """A lesson's pages being made; pictures are drawn once."""

    def __init__(self, lesson: Lesson, site: Site) -> None:
        self.lesson, self.site = lesson, site
        self.framed: dict[str, str] = {}
        self.drawn: dict[str, Picture] = {}

    def places(self, here: str) -> Places:
        return Places(lambda target: self.site.link(target, here, self.lesson.id), self._framed, editing=False)

    def _framed(self, picture: Picture) -> str:
        """Keep the page that plays a picture; where it is."""
        name = f"{picture.id}.html"
        made = picture.made
        self.framed[f"lessons/{self.lesson.id}/{name}"] = getattr(made, "html", "") or player.page(made)
        return name

    def item(self, part: Part) -> Item:
        """A part with what it printed, as the lesson's file has it, or drew."""
        if isinstance(part, Show):
            if part.id not in self.drawn:
                self.drawn[part.id] = picture(self.lesson, part)
            return self.drawn[part.id]
        return item_of(part, self.lesson, _output, {})

    # A step ---------------------------------------------------------------------------------------------------------

    def step(self, step: Step) -> Page:
        here, last = place(self.lesson.id, step.number), self.lesson.steps[-1].number
        screens = [screen for screen in self.lesson.screens if screen.step is step]
        title = titled(step) if step.number else self.lesson.title
        previous = place(self.lesson.id, step.number - 1) if step.number else ""
        following = place(self.lesson.id, step.number + 1) if step.number < last else self._next_lesson()
        body = (
            f'<div class="step"><article>{self._crumbs(step, here)}<h1>{markdown.inline(title, self._nowhere)}</h1>\n'
            f"{self._opening(step)}{''.join(self._screens(screens, here))}{self._ending(step, here)}"
            f"{self._onward(previous, following, here)}{self._command(step)}</article>\n{self._steps(step, here)}</div>"
        )
        about = self.lesson.title if step.number else self.lesson.summary
        return Page(here, _plain(title), body, _text(step), about, ("judge.js", "site.js"), previous, following)

    def _nowhere(self, target: str) -> str:
        return ""

    def _crumbs(self, step: Step, here: str) -> str:
        if not step.number:
            return f'<p class="crumbs">{escape(self.lesson.part)}</p>'
        front = to(place(self.lesson.id, 0), here)
        count = f"step {step.number} of {self.lesson.steps[-1].number}"
        return f'<p class="crumbs"><a href="{front}">{escape(self.lesson.title)}</a>, {count}</p>'

    def _opening(self, step: Step) -> str:
        if step.number:
            optional = '<p class="soft">One may leave this step out.</p>'
            return optional if step.optional else ""
        return f'<p class="soft">{escape(about(self.lesson))}</p>'

    def _screens(self, screens: list[Screen], here: str) -> Iterator[str]:
        """The first stretch of a step, and each that follows an answer, closed until then."""
        asked = ""
        for screen in screens:
            inside = "".join(self._part(part, here) for part in screen.parts)
            if screen.continued:
                summary = "<summary>What follows the answer</summary>"
                yield f'<details class="rest" data-after="{asked}">{summary}\n{inside}</details>\n'
            else:
                yield f'<div class="screen">{inside}</div>\n'
            asked = screen.question.id if screen.question else ""

    def _part(self, part: Part, here: str) -> str:
        places = self.places(here)
        if not isinstance(part, Predict | Exercise):
            return item_html(self.item(part), places)
        record = questions.of_lesson(self.lesson, part)
        said = [said_html(text, places) for text in record["said"]]
        told = record | questions.packed(list(map(_unwrapped, said)))
        data = f'<script type="application/json" class="record">{_data(told)}</script>'
        return question_html(Posed(part, "open"), places, self._help(part, said, record) + data)

    def _help(self, part: Predict | Exercise, said: list[str], record: questions.Record) -> str:
        """The hints and the answer, for a page that runs no script; of an exercise, for every page."""
        hints = "".join(f"<li>{said[k]}</li>" for k in record["hints"])
        inside = f"<ol>{hints}</ol>{said[record['solution']]}"
        kind = "help" if isinstance(part, Exercise) else "unscripted"
        how = f"<p>Write it with Python at hand: <code>{self._typed(part)}</code> checks it.</p>" * (kind == "help")
        return f'{how}<details class="{kind}"><summary>Hints and the answer</summary>{inside}</details>\n'

    def _typed(self, part: Part) -> str:
        step = next(step for step in self.lesson.steps if part in step.parts)
        return f"python -m lessons {self.lesson.id}/{step.number}"

    def _ending(self, step: Step, here: str) -> str:
        """At the end of a lesson: what it shows at full size, and that it can be printed."""
        if step.number != self.lesson.steps[-1].number:
            return ""
        shown = [
            f'<a href="{to(f"experiments.html#{name}", here)}">{escape(library.experiment_command(name))}</a>'
            for name in self.lesson.experiments
        ]
        return f'<p class="soft">At full size: {", ".join(shown)}</p>' if shown else ""

    def _next_lesson(self) -> str:
        names = [entry.id for entry in self.site.entries]
        following = names[names.index(self.lesson.id) + 1 :][:1] if self.lesson.id in names else []
        return place(following[0], 0) if following else ""

    def _onward(self, previous: str, following: str, here: str) -> str:
        another = following and not following.startswith(f"lessons/{self.lesson.id}/")
        word = "The next lesson" if another else "Next"
        back = f'<a class="button" rel="prev" href="{to(previous, here)}">Back</a>' if previous else "<span></span>"
        on = f'<a class="button first" rel="next" href="{to(following, here)}">{word}</a>' if following else ""
        return f'<nav class="onward" aria-label="Steps beside this one">{back}{on}</nav>'

    def _command(self, step: Step) -> str:
        command = f"python -m lessons {self.lesson.id}" + (f"/{step.number}" if step.number else "")
        return f'<p class="here">With Python at hand: <code>{command}</code></p>'

    def _steps(self, step: Step, here: str) -> str:
        """All steps of the lesson, the present one marked."""
        items = []
        for each in self.lesson.steps:
            current = ' aria-current="page"' if each is step else ""
            name = markdown.inline(titled(each) if each.number else "Opening", self._nowhere)
            address = to(place(self.lesson.id, each.number), here)
            items.append(f'<li><a href="{address}"{current}>{name}</a></li>')
        return f'<nav class="steps" aria-label="Steps of this lesson"><ol>{"".join(items)}</ol></nav>'


def _data(record: questions.Record) -> str:
    """JSON that cannot end the element in which it stands."""
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _output(block: Block) -> str:
    return getattr(block, "output", "")


def _unwrapped(fragment: str) -> str:
    """A single paragraph's inside: the page wraps what it says."""
    inside = fragment.strip().removeprefix("<p>").removesuffix("</p>")
    return inside if "<p>" not in inside and fragment.startswith("<p>") else fragment


def _plain(text: str) -> str:
    return re.sub(r"[`$*]", "", text)


def _text(step: Step) -> str:
    """What is searched in a step: all that is read there, but no answers."""
    read = (texts(part)[0] for part in step.parts if texts(part))
    return " ".join((step.title, *read))
