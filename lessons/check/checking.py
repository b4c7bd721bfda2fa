"""Everything a lesson says is executed and held against the engine; what does not hold is a finding.

Glossary: a *finding* is one thing wrong, with the line in the lesson's file where to mend it.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import starmap
from pathlib import Path

from rich.console import Console
from rich.table import Column, Table

import viz
from lessons.check import claims, naming, proving, trained
from lessons.check.writing import rewrite, same
from lessons.faces import python
from lessons.faces.notebook import notebook
from lessons.format import document, library
from lessons.format.lesson import Block, Exercise, Lesson, LessonError, Part, Predict, Prose, Run, Show, Train
from lessons.session.commands import SESSION
from lessons.session.execution import Outcome, execute
from lessons.session.history import after
from lessons.session.pages import names_before, picture
from lessons.session.posing import checked, defined
from lessons.session.session import Session

STEPS = range(10, 21)
PREDICTIONS, EXERCISES = 3, 1
ASKED = {Show: ("page",), Predict: ("unreadable",), Exercise: ("wrong",)}  # what an exported cell is answered at first
LECTURES = ("000", "001", "002", "003", "004")


@dataclass(frozen=True)
class Finding:
    """One thing that does not hold; a remark is what a draft may lack as yet."""

    line: int
    message: str
    remark: bool = False


def check(lesson: Lesson, train: bool = False) -> list[Finding]:
    """Everything that is wrong with a lesson, in the order of its lines; with `train` its trainings are run, too."""
    tried = [*(each for test in TESTS for each in test(lesson)), *starmap(Finding, trained.problems(lesson, train))]
    found = [replace(each, message=" · ".join(each.message.splitlines())) for each in tried]
    return sorted(found, key=lambda finding: finding.line)


def form(lesson: Lesson) -> Iterator[Finding]:
    """Front matter, numbers of steps and questions, names that are unique."""
    yield from starmap(Finding, needs(lesson))
    if not lesson.source or any(s.file not in LECTURES or not s.section for s in lesson.source):
        yield Finding(1, f"source names a lecture ({', '.join(LECTURES)}) and its section")
    if lesson.part not in document.PARTS:
        yield Finding(1, f"part is one of {', '.join(document.PARTS)}")
    steps = _steps(lesson)
    if steps not in STEPS:
        yield Finding(1, f"{steps} steps; a lesson has {STEPS[0]} to {STEPS[-1]}", remark=steps < STEPS[0])
    for kind, least, name in ((Predict, PREDICTIONS, "predictions"), (Exercise, EXERCISES, "exercises")):
        count = sum(isinstance(question, kind) for question in lesson.questions)
        if count < least:
            yield Finding(1, f"{count} {name}; a lesson has at least {least}", remark=True)
    named = [(part.id, part.line) for part in lesson.parts if hasattr(part, "id")]
    yield from _twice("id", named)
    yield from _twice("heading", [(step.title, step.line) for step in lesson.steps])


def _steps(lesson: Lesson) -> int:
    """How many steps a learner takes: neither the opening counts nor what is optional."""
    return sum(not step.optional for step in lesson.steps[1:])


def needs(lesson: Lesson) -> Iterator[tuple[int, str]]:
    """What a lesson builds on, and the experiments that it names: all are there, and no circle."""
    known = {entry.id: entry.needs for entry in library.entries()} | {lesson.id: lesson.needs}
    for name in lesson.needs:
        if name not in known:
            yield 1, f"needs names {name}, and there is no such lesson"
        elif lesson.id in library.ancestors(name, known):
            yield 1, f"needs names {name}, which itself needs {lesson.id}"
    for name in lesson.experiments:
        if not library.has_experiment(name):
            yield 1, f"experiments names {name}, and there is no such experiment"


def _twice(kind: str, named: list[tuple[str, int]]) -> Iterator[Finding]:
    count = Counter(name for name, _ in named)
    return (Finding(line, f"the {kind} {name!r} stands twice") for name, line in named if count[name] > 1)


def runs(lesson: Lesson) -> Iterator[Finding]:
    """Every block executes, and prints what the file says."""
    for block, outcome in zip(lesson.blocks, after(lesson.blocks).outcomes, strict=True):
        if outcome.error:
            yield Finding(block.line, f"{block.id} fails: {outcome.error}")
        elif isinstance(block, Run) and not same(outcome.output, block.output):
            yield Finding(
                block.line, f"{block.id} prints {outcome.output!r}, the file says {block.output!r} (check --write)"
            )


def shows(lesson: Lesson) -> Iterator[Finding]:
    """Every picture draws, and says in words what it shows."""
    for show in lesson.parts:
        if not isinstance(show, Show):
            continue
        if not show.alt.strip():
            yield Finding(show.line, f"{show.id} has no alt text:  ![what one sees]()  right after the fence")
        if show.path != f"pictures/{lesson.id}-{show.id}.svg":
            yield Finding(show.line, f"{show.id} lies at pictures/{lesson.id}-{show.id}.svg (check --write)")
        try:
            drawn = picture(lesson, show)
            if not (drawn.text and drawn.drawing.svg):
                yield Finding(show.line, f"{show.id} draws nothing")
        except (LessonError, ValueError, TypeError, RuntimeError) as error:
            yield Finding(show.line, f"{show.id} cannot be drawn: {getattr(error, 'message', error)}")


def predictions(lesson: Lesson) -> Iterator[Finding]:
    """Every prediction: right answers right, wrong ones refused each in its own words, numbers that discriminate."""
    for predict in lesson.questions:
        if isinstance(predict, Predict):
            names = names_before(lesson, predict)
            yield from (
                Finding(predict.line, f"{predict.id}: {problem}") for problem in proving.problems(predict, names)
            )


def exercises(lesson: Lesson) -> Iterator[Finding]:
    """Every exercise: the starter fails its check, the solution passes."""
    for exercise in lesson.questions:
        if not isinstance(exercise, Exercise):
            continue
        if not exercise.hints:
            yield Finding(exercise.line, f"{exercise.id}: there is no hint")
        for name, code, wanted in (("starter", exercise.starter, "wrong"), ("solution", exercise.solution, "right")):
            made, problem = defined(code, exercise.define, names_before(lesson, exercise))
            reply = checked(exercise, made, names_before(lesson, exercise))
            if problem:
                yield Finding(exercise.line, f"{exercise.id}: the {name} fails: {problem}")
            elif reply.kind != wanted:
                passed = "passes the check" if reply.kind == "right" else f"does not pass: {reply.text}"
                yield Finding(exercise.line, f"{exercise.id}: the {name} {passed}")


def exported(lesson: Lesson) -> Iterator[Finding]:
    """The notebook runs from top to bottom: its blocks print what the file says, its questions and pictures answer."""
    yield from starmap(Finding, naming.collisions(lesson))
    parts = {part.id: part for part in lesson.parts if not isinstance(part, Prose)}
    python.install()
    session = Session(lesson)
    past: list[Block] = []  # what has been executed in the notebook: its cells share their names
    for cell in notebook(lesson)["cells"]:
        part = parts.get(cell["id"])
        if cell["cell_type"] != "code" or part is None:  # the first cell makes the session that is here already
            continue
        if isinstance(part, Run | Train):
            past.append(part)
            outcome = after(past).outcomes[-1]
        else:
            names = after(past).names | {"viz": viz, SESSION: session}
            outcome = execute("".join(cell["source"]), names, f"<notebook: {cell['id']}>")
        if isinstance(part, Exercise):
            past.append(Run(part.id, part.starter, "", part.line))
        yield from (
            Finding(part.line, f"in the exported notebook {part.id} {said}") for said in _misbehaves(part, outcome)
        )


def _misbehaves(part: Part, outcome: Outcome) -> Iterator[str]:
    if outcome.error:
        yield f"fails: {outcome.error}"
    elif isinstance(part, Run):
        if not same(outcome.output, part.output):
            yield f"prints {outcome.output!r}"
    elif not isinstance(part, Train) and outcome.value.kind not in ASKED[type(part)]:
        yield f"says {outcome.output!r}"


def said(lesson: Lesson) -> Iterator[Finding]:
    """Numbers in prose hold, links lead somewhere."""
    return starmap(Finding, (*claims.numbers(lesson), *claims.links(lesson)))


TESTS: tuple[Callable[[Lesson], Iterator[Finding]], ...] = (form, runs, shows, predictions, exercises, said, exported)


# ``python -m lessons check``: the findings of all lessons, as a table and one line each -------------------------------


COUNTED = {"run": Run, "train": Train, "show": Show, "predict": Predict, "exercise": Exercise}


def check_all(wanted: Sequence[str | Path], write: bool = False, train: bool = False) -> int:
    """Check these lessons (all, if none is named); 1 if anything but remarks is found, else 0.

    `write` renews what can be computed, `train` runs the trainings once more, both together store their runs anew.
    """
    paths = [name if isinstance(name, Path) else library.path_of(name) for name in wanted]
    console = Console(highlight=False, soft_wrap=True)
    columns: tuple[Column | str, ...] = (Column("lesson", no_wrap=True), "min", "steps", *COUNTED, "s", "")
    table = Table(*columns, box=None, pad_edge=False, header_style="dim")
    found: list[tuple[Path, Finding]] = []
    for path in paths or library.paths():
        began = time.perf_counter()
        lesson, findings = _checked(path, write, train)
        counts = [str(sum(isinstance(p, kind) for p in lesson.parts)) if lesson else "–" for kind in COUNTED.values()]
        minutes, steps = (str(lesson.minutes), str(_steps(lesson))) if lesson else "––"
        table.add_row(path.stem, minutes, steps, *counts, f"{time.perf_counter() - began:.1f}", _verdict(findings))
        found += [(path, finding) for finding in findings]
    console.print(table)
    for path, finding in found:
        remark = "remark: " if finding.remark else ""
        console.print(f"{_near(path)}:{finding.line}: {remark}{finding.message}", markup=False)
    return int(any(not finding.remark for _, finding in found))


def _verdict(findings: Sequence[Finding]) -> str:
    faults = sum(not finding.remark for finding in findings)
    if faults:
        return f"[red]✗ {faults} to mend[/]"
    return "[green]✓[/] a draft" if findings else "[green]✓[/]"


def _checked(path: Path, write: bool, train: bool) -> tuple[Lesson | None, list[Finding]]:
    try:
        lesson = document.read(path)
        if write and rewrite(lesson, path, train):
            lesson = document.read(path)
        return lesson, check(lesson, train and not write)
    except LessonError as error:
        return None, [Finding(error.line, error.message)]
    except FileNotFoundError:
        return None, [Finding(0, "there is no such file")]


def _near(path: Path) -> Path:
    """The path as one would type it here."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_absolute() and path.is_relative_to(here) else path
