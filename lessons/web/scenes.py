"""The scene as a tab is told it: a step of a lesson, or the map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from lessons.format.lesson import Exercise, Lesson, Question, Step
from lessons.format.outline import titled
from lessons.session.standing import Standing, by_part, summed

if TYPE_CHECKING:
    from lessons.session.session import Session


def lesson_scene(
    session: Session, pieces: Sequence[Mapping[str, str]], said: Sequence[Mapping[str, str]], ended: Any
) -> dict[str, Any]:
    """The present step, its question, what was said to it, and where it stands in the lesson."""
    lesson, now = session.lesson, session.snapshot
    return {
        "view": "lesson",
        "lesson": lesson.id,
        "title": lesson.title,
        "at": now.at,
        "step": now.step,
        "steps": [_step(step, now.step, now.done) for step in lesson.steps],
        "pieces": list(pieces),
        "question": _question(session),
        "said": list(said),
        "last": now.at == len(lesson.screens) - 1,
        "ended": ended,
    }


def _step(step: Step, here: int, done: Mapping[str, str]) -> dict[str, Any]:
    questions = [part for part in step.parts if isinstance(part, Question)]
    marks = [done.get(question.id, "open") for question in questions]
    return {"number": step.number, "title": titled(step), "here": step.number == here, "marks": marks}


def _question(session: Session) -> dict[str, Any] | None:
    question = session.screen.question
    if question is None:
        return None
    told = {"id": question.id, "open": session.question is not None, "hints": len(question.hints)}
    return told | ({"draft": session.draft, "starter": question.starter} if isinstance(question, Exercise) else {})


def map_scene(known: Sequence[Standing], proposed: str, present: Lesson | None) -> dict[str, Any]:
    """All lessons by their parts, which one comes next, and the one that is being taken."""
    back = {"lesson": present.id, "title": present.title} if present else None
    return {"view": "map", "html": map_html(known, proposed), "back": back}


def map_html(known: Sequence[Standing], proposed: str) -> str:
    """All lessons by their parts, and which one comes next."""
    return _proposal(known, proposed) + "".join(_part(name, part, proposed) for name, part in by_part(known).items())


def _proposal(known: Sequence[Standing], proposed: str) -> str:
    standing = next((each for each in known if each.entry.id == proposed), None)
    if standing is None:
        return "<p>There are no lessons here.</p>"
    begun = standing.snapshot is not None and not standing.finished
    how = f"Go on at step {standing.snapshot.step}" if begun and standing.snapshot else "Begin"
    entry = standing.entry
    return (
        f'<section class="proposal"><p class="place">{"You are at" if begun else "Next"}</p>'
        f"<h2>{escape(entry.title)}</h2><p>{escape(entry.summary)}</p>"
        f'<p><a class="button main" id="go-on" href="#go={escape(entry.id)}/">{how}</a>'
        f' <span class="place">about {entry.minutes} minutes</span></p></section>'
    )


def _part(name: str, part: Sequence[Standing], proposed: str) -> str:
    done = sum(each.finished for each in part)
    bar = f'<progress max="{len(part) or 1}" value="{done}" aria-label="{escape(name)}: {done} done"></progress>'
    rows = "".join(_row(each, proposed) for each in part)
    heading = f'<h2>{escape(name)}</h2><p class="place">{summed(part)} {bar}</p>'
    return f'<section class="part">{heading}<ul>{rows}</ul></section>'


def _row(standing: Standing, proposed: str) -> str:
    entry = standing.entry
    asked = len(entry.questions)
    told = [standing.state] if standing.state else []
    told += [standing.answered] if standing.snapshot else [f"{asked} questions"] * bool(asked)
    told += [f"{entry.minutes} min"] * bool(entry.minutes)
    title = escape(entry.title)
    link = f'<a href="#go={escape(entry.id)}/">{title}</a>'
    kind = "done" if standing.finished else "begun" if standing.snapshot else "new"
    here = ' aria-current="true"' if entry.id == proposed else ""
    return (
        f'<li class="{kind}"{here}>{link}<span class="summary">{escape(entry.summary)}</span>'
        f'<span class="place">{escape(" · ".join(told))}</span></li>'
    )
