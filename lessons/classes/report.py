"""How one or more learners stand: what was answered, looked up, skipped, in how many attempts and how long."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lessons.format import library
from lessons.format.lesson import LessonError
from lessons.session import progress
from lessons.session.standing import Standing, standings

STATES = {"right": "answered", "solved": "looked up", "skipped": "skipped", "": "open"}
HARDEST = 5


@dataclass(frozen=True)
class Row:
    """One question of one learner."""

    learner: str
    lesson: str
    question: str
    state: str
    attempts: int


def report(files: Sequence[Path], form: str) -> str:
    """The report of these progress files (none: one's own) as "text", "json" or "csv"."""
    if form not in FORMS:
        raise LessonError(f"report --to {form}: there is no such form; known: {', '.join(FORMS)}")
    return FORMS[form](_learners(files))


def _learners(files: Sequence[Path]) -> dict[str, list[Standing]]:
    """Each learner's lessons, those that have been begun, by a name made from the file's."""
    entries = library.entries()
    paths = {_name(path, files): path for path in files} or {"you": progress.folder() / "progress.json"}
    found = {name: standings(entries, progress.read(path).lessons) for name, path in paths.items()}
    return {name: [standing for standing in known if standing.snapshot] for name, known in found.items()}


def _name(path: Path, files: Sequence[Path]) -> str:
    """A file called progress.json is called by its folder, and any other by itself, as far as that tells them apart."""
    own = path.resolve().parent.name if path.stem == "progress" else path.stem
    same = [each for each in files if (each.resolve().parent.name if each.stem == "progress" else each.stem) == own]
    return own if len(same) == 1 else str(path)


def rows(learners: dict[str, list[Standing]]) -> Iterable[Row]:
    """Every question of every lesson that a learner has begun."""
    for learner, known in learners.items():
        for standing in known:
            assert standing.snapshot
            for question in standing.entry.questions:
                state = STATES[standing.snapshot.done.get(question, "")]
                yield Row(learner, standing.entry.id, question, state, standing.snapshot.attempts.get(question, 0))


def _csv(learners: dict[str, list[Standing]]) -> str:
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(["learner", "lesson", "question", "state", "attempts"])
    writer.writerows([row.learner, row.lesson, row.question, row.state, row.attempts] for row in rows(learners))
    return table.getvalue().rstrip("\n")


def _json(learners: dict[str, list[Standing]]) -> str:
    questions: dict[tuple[str, str], dict[str, object]] = defaultdict(dict)
    for row in rows(learners):
        questions[row.learner, row.lesson][row.question] = {"state": row.state, "attempts": row.attempts}
    told = {
        learner: {
            standing.entry.id: _summary(standing) | {"each": questions[learner, standing.entry.id]}
            for standing in known
        }
        for learner, known in learners.items()
    }
    return json.dumps(told, indent=1, ensure_ascii=False)


def _summary(standing: Standing) -> dict[str, object]:
    snapshot = standing.snapshot
    assert snapshot
    return {
        "finished": standing.finished,
        "step": snapshot.step,
        "questions": len(standing.entry.questions),
        "answered": standing.count("right"),
        "looked up": standing.count("solved"),
        "skipped": standing.count("skipped"),
        "attempts": sum(snapshot.attempts.get(question, 0) for question in standing.entry.questions),
        "minutes": round(snapshot.seconds / 60, 1),
    }


def _text(learners: dict[str, list[Standing]]) -> str:
    head = ("", "questions", "answered", "looked up", "skipped", "attempts", "minutes", "")
    lines = []
    for learner, known in learners.items():
        lines.append([f"{learner}", *head[1:]])
        for standing in known:
            summary = _summary(standing)
            lines.append([f"  {standing.entry.id}", *(str(summary[name]) for name in head[1:-1]), standing.state])
        if not known:
            lines.append(["  nothing has been begun", *[""] * 7])
    wide = [max(len(line[k]) for line in lines) for k in range(8)]
    table = ["  ".join(_set(text, wide[k], k) for k, text in enumerate(line)).rstrip() for line in lines]
    return "\n".join([*table, *_hardest(learners)])


def _set(text: str, wide: int, column: int) -> str:
    return text.rjust(wide) if 0 < column < 7 else text.ljust(wide)


def _hardest(learners: dict[str, list[Standing]]) -> list[str]:
    """The questions that took most attempts, or were most often looked up."""
    attempts, looked_up = Counter[str](), Counter[str]()
    for row in rows(learners):
        name = f"{row.lesson}/{row.question}"
        attempts[name] += max(row.attempts - 1, 0)
        looked_up[name] += row.state == "looked up"
    hard = sorted({*+attempts, *+looked_up}, key=lambda name: (-attempts[name] - 2 * looked_up[name], name))[:HARDEST]
    if not hard:
        return []
    told = [f"  {name}: {attempts[name]} wrong, {looked_up[name]} looked up" for name in hard]
    return ["", "Hardest:", *told]


FORMS = {"text": _text, "json": _json, "csv": _csv}
