"""A lesson as a Jupyter notebook: the same prose, code and questions, answered with the same session.

The run blocks share the notebook's own names; a picture is the session's, made beside them, so that what it computes
stays there.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from autograd_tiny import files
from lessons.format.lesson import Exercise, Lesson, Part, Predict, Prose, Question, Run, Show, Train
from lessons.format.outline import titled
from lessons.session.commands import SESSION


def export(lesson: Lesson, folder: Path) -> Path:
    """Write ID.ipynb into the folder."""
    return files.write(folder / f"{lesson.id}.ipynb", json.dumps(notebook(lesson), indent=1, ensure_ascii=False) + "\n")


def notebook(lesson: Lesson) -> dict[str, Any]:
    """The notebook (nbformat 4.5), not yet executed."""
    start = f'import lessons\nimport viz\n\n{SESSION} = lessons.start("{lesson.id}", show=False)\n{SESSION}.goto(0);'
    cells = [_code("start", start)]
    for step in lesson.steps:
        cells.append(_text(f"step-{step.number}", f"{'#' if step.number == 0 else '##'} {titled(step)}"))
        for place, part in enumerate(step.parts):
            cells += _cells(part, f"step-{step.number}-{place}")
    spec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": cells, "metadata": {"kernelspec": spec}, "nbformat": 4, "nbformat_minor": 5}


def _cells(part: Part, name: str) -> list[dict[str, Any]]:
    match part:
        case Prose(text):
            return [_text(name, text)]
        case Run():
            return [_code(part.id, part.code)]
        case Train(define=define):
            stored = f"# {SESSION}.train() trains it here, from another seed\n{define} = {SESSION}.stored({define})"
            return [_code(part.id, f"{part.code}\n\n\n{stored}")]
        case Show():
            return [_code(part.id, f'{SESSION}.pic("{part.id}")')]
        case Predict():
            choices = "".join(f"\n{number}. {choice}" for number, choice in enumerate(part.choices, 1))
            return [_text(name, f"**?** {part.ask}\n{choices}"), _code(part.id, _asked(part, '""'))]
        case Exercise():
            code = f"{part.starter}\n\n\n{_asked(part, part.define)}"
            return [_text(name, f"**?** {part.ask}"), _code(part.id, code)]


def _asked(question: Question, answer: str) -> str:
    return f'{SESSION}.goto("{question.id}");\n{SESSION}.answer({answer})'


def _text(name: str, text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": name[:64], "metadata": {}, "source": text.splitlines(keepends=True)}


def _code(name: str, code: str) -> dict[str, Any]:
    source = code.splitlines(keepends=True)
    return {
        "cell_type": "code",
        "id": name[:64],
        "metadata": {},
        "execution_count": None,
        "outputs": [],
        "source": source,
    }
