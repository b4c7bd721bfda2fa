"""Questions posed to a learner: the answer judged, the code checked, the solution told."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_tiny import Value
from lessons.format.lesson import Exercise, Predict
from lessons.format.quoting import fenced, quoted
from lessons.judging.answers import judge
from lessons.judging.kinds import Verdict
from lessons.judging.programs import MaySay, sayable, tools
from lessons.judging.right import right
from lessons.session.execution import Names, execute
from lessons.session.reply import Reply

PRAISE = "Right."


def answered(question: Predict, given: Any, names: Names, may_say: Callable[[str], bool] = bool) -> Reply:
    """The reply to an answer; numbers, arrays and Values are taken like what one would type."""
    verdict = judge(question, typed(given), names, may_say)
    return Reply(verdict.kind, _said(verdict))


def typed(given: Any) -> str:
    """An answer given in Python as one would type it."""
    if isinstance(given, Value):
        given = given.data
    if isinstance(given, np.ndarray):
        given = given.tolist()
    return given.strip() if isinstance(given, str) else str(given)


def _said(verdict: Verdict) -> str:
    return " ".join(filter(None, (PRAISE, verdict.message))) if verdict.kind == "right" else verdict.message


def checked(exercise: Exercise, made: Any, names: Names, may_say: MaySay = sayable) -> Reply:
    """The reply to an exercise's code: `made` is what was defined, `names` a fresh set of the lesson's own."""
    known = {**dict(tools(may_say)), **names, exercise.define: made}
    outcome = execute(exercise.check, known, f"<check: {exercise.id}>")
    if outcome.stopped or outcome.left:
        return Reply("error", outcome.error or f"Nothing is checked: {exercise.define} ends the program.")
    if not outcome.error:
        return Reply("right", " ".join(filter(None, (PRAISE, exercise.why))))
    said = outcome.error.splitlines()
    asserted = [line.removeprefix("AssertionError:").strip() for line in said if line.startswith("AssertionError")]
    return Reply("wrong", _kindly(asserted[0], said) if asserted else f"It does not run:\n\n{fenced(outcome.error)}")


def coded(exercise: Exercise, given: Any, play: Names, fresh: Names, may_say: MaySay = sayable) -> Reply:
    """The reply to code (executed among the learner's names), or to the object that it defines."""
    made, problem = defined(given, exercise.define, play) if isinstance(given, str) else (given, "")
    if problem:
        return Reply("unreadable", f"It does not run:\n\n{fenced(problem)}")
    return checked(exercise, made, fresh, may_say)


def _kindly(message: str, said: list[str]) -> str:
    """An assertion's message with all its lines (a table of gradients may follow)."""
    # What is said may hold what the learner's code returns: it is text, and no Markdown.
    after = said[next(i for i, line in enumerate(said) if line.startswith("AssertionError")) + 1 :]
    table = "\n\n" + fenced("\n".join(after)) if after else ""
    return quoted(message or "Not yet: the check fails.") + table


def defined(code: str, wanted: str, names: Names) -> tuple[Any, str]:
    """What the code defines under this name, and what went wrong otherwise."""
    own = {name: value for name, value in names.items() if name != wanted} | {"__builtins__": builtins}
    outcome = execute(code, own)
    if outcome.error or outcome.left:
        return None, outcome.error or "The code ends the program."
    if wanted not in own:
        return None, f"The code defines no {wanted}."
    return own[wanted], ""


def solution(question: Predict | Exercise, names: Names) -> str:
    """The right answer in words, and why it is right."""
    if isinstance(question, Exercise):
        return "\n\n".join(filter(None, (f"```python\n{question.solution}\n```", question.why)))
    if question.answers:
        told = (" → " if question.accept == "order" else "; ").join(question.answers)
        return " ".join(filter(None, (f"The answer: {told}.", question.why)))
    wanted = right(question, names)
    value = shown(wanted.value)
    formula = wanted.formula if wanted.formula and wanted.formula != value else ""
    answer = f"`{formula}` = {value}" if formula else f"`{value}`" if question.accept != "choice" else value
    return " ".join(filter(None, (f"The answer: {answer}.", question.why)))


def shown(value: Any) -> str:
    """A right answer as one would write it: 45, 0.1966, (3, 2), [1, 2]."""
    if isinstance(value, np.ndarray):
        return str([_rounded(n) for n in value]) if value.ndim == 1 else str(np.round(value, 4).tolist())
    return f"{_rounded(value)}" if isinstance(value, float) else str(value)


def _rounded(number: float) -> float | int:
    near = float(f"{number:.6g}")
    return int(near) if near.is_integer() and abs(near) < 1e15 else near
