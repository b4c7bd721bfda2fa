"""``python -m lessons check``: the findings of all lessons, as a table and one line each."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Column, Table

from lessons import document, library
from lessons.checking import Finding, check
from lessons.parts import Exercise, Lesson, LessonError, Predict, Run, Show
from lessons.writing import rewrite

COUNTED = {"runs": Run, "shows": Show, "predicts": Predict, "exercises": Exercise}


def check_all(wanted: Sequence[str | Path], write: bool = False) -> int:
    """Check these lessons (all, if none is named); 1 if anything is found, else 0."""
    paths = [name if isinstance(name, Path) else library.path_of(name) for name in wanted]
    console = Console(highlight=False, soft_wrap=True)
    table = Table(
        Column("lesson", no_wrap=True), "steps", *COUNTED, "seconds", "", box=None, pad_edge=False, header_style="dim"
    )
    problems: list[str] = []
    for path in paths or library.paths():
        began = time.perf_counter()
        lesson, findings = _checked(path, write)
        counts = [str(sum(isinstance(p, kind) for p in lesson.parts)) if lesson else "–" for kind in COUNTED.values()]
        verdict = f"[red]✗ {len(findings)} to mend[/]" if findings else "[green]✓[/]"
        steps = str(lesson.steps[-1].number) if lesson else "–"
        table.add_row(path.stem, steps, *counts, f"{time.perf_counter() - began:.1f}", verdict)
        problems += [f"{_near(path)}:{finding.line}: {finding.message}" for finding in findings]
    console.print(table)
    for problem in problems:
        console.print(problem, markup=False)
    return int(bool(problems))


def _checked(path: Path, write: bool) -> tuple[Lesson | None, list[Finding]]:
    try:
        lesson = document.read(path)
        if write and rewrite(lesson, path):
            lesson = document.read(path)
        return lesson, check(lesson)
    except LessonError as error:
        return None, [Finding(error.line, error.message)]
    except FileNotFoundError:
        return None, [Finding(0, "there is no such file")]


def _near(path: Path) -> Path:
    """The path as one would type it here."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_absolute() and path.is_relative_to(here) else path
