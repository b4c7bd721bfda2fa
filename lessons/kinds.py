"""Answers of every kind: a number or formula (`answers`), a choice, a shape, an array."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np

from autograd_tiny.learners.agreement import agrees
from autograd_tiny.learners.expression import FUNCTIONS, ExpressionError, parse
from lessons import answers
from lessons.answers import Verdict
from lessons.parts import Predict
from lessons.points import scalar_names
from lessons.right import Names, evaluate, right

NUMBER = re.compile(r"[-+−]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
MEANT = {
    "shape": "I read a shape as (3, 2) or 3×2; a scalar's is ().",
    "array": "I read an array as [1, 2, 3] or [[1, 2], [3, 4]].",
}


def judge(predict: Predict, text: str, names: Names, may_say: Callable[[str], bool] = bool) -> Verdict:
    """The verdict on a typed answer, where `names` is the lesson's namespace at the question.

    What is said about mistakes is held back unless `may_say` allows it.
    """
    if not text.strip():
        return Verdict("unreadable", "There is nothing to read yet.")
    if len(text) > 4000:
        return Verdict("unreadable", "That is too long for an answer.")
    if predict.accept == "choice":
        return _judge_choice(predict, text)
    if predict.accept in MEANT:
        return _judge_numbers(predict, text, names)
    return answers.judge(predict, text, names, may_say)


def _judge_choice(predict: Predict, text: str) -> Verdict:
    choice = _chosen(predict.choices, text)
    if choice is None:
        return Verdict("unreadable", f"Choose by number, 1 to {len(predict.choices)}, or by the first letters.")
    if choice == predict.answer:
        return Verdict("right", predict.why)
    listed = next((wrong.message for wrong in predict.wrong if wrong.answer == choice), "")
    return Verdict("wrong", listed or "No, that is not it.", "listed" if listed else "unknown")


def _chosen(choices: Sequence[str], text: str) -> str | None:
    """The choice meant by its number, its text, or its first letters."""
    wanted = text.strip().strip("`.").casefold()
    if wanted.isdigit():
        return choices[int(wanted) - 1] if 1 <= int(wanted) <= len(choices) else None
    exact = [choice for choice in choices if choice.strip("`.").casefold() == wanted]
    begun = [choice for choice in choices if choice.strip("`.").casefold().startswith(wanted)]
    found = exact or begun
    return found[0] if len(found) == 1 else None


def _judge_numbers(predict: Predict, text: str, names: Names) -> Verdict:
    typed = NUMBER.findall(text)
    if re.sub(rf"{NUMBER.pattern}|array|scalar|by|[()\[\],;x×*\s]", "", text):
        return Verdict("unreadable", MEANT[predict.accept])
    wanted = right(predict, names).value
    if _all_agree(typed, wanted, predict.accept):
        return Verdict("right", predict.why)
    for wrong in predict.wrong:
        if _all_agree(typed, evaluate(wrong.answer, names), predict.accept):
            return Verdict("wrong", wrong.message, "listed")
    return Verdict("wrong", _difference(typed, wanted, predict.accept), "unknown")


def _all_agree(typed: Sequence[str], wanted: object, kind: str) -> bool:
    numbers = np.ravel(wanted)  # type: ignore[call-overload]
    if kind == "shape":
        return [int(n) for n in numbers] == [float(t.replace("−", "-")) for t in typed]
    return len(typed) == len(numbers) and all(map(_agrees, typed, numbers.tolist()))


def _agrees(typed: str, number: float) -> bool:
    return agrees(typed, float(typed.replace("−", "-")), number)


def _difference(typed: Sequence[str], wanted: object, kind: str) -> str:
    numbers = np.ravel(wanted)  # type: ignore[call-overload]
    if kind == "shape":
        return "No, it has another shape."
    if len(typed) != len(numbers):
        return f"It has {len(numbers)} numbers; I read {len(typed)}."
    first = next(i for i, (t, n) in enumerate(zip(typed, numbers.tolist(), strict=True), 1) if not _agrees(t, n))
    return f"Not yet: number {first} of {len(numbers)} is another one."


def is_lone_name(question: Predict, typed: str, names: Names) -> bool:
    """Whether a line only looks a number up, one that might be meant as the answer."""
    return question.accept not in (*MEANT, "choice") and typed in scalar_names(names)


def reads_as_answer(question: Predict, typed: str, names: Names) -> bool:
    """Whether a line is meant as an answer, though it has no =."""
    if question.accept == "choice":
        return typed.isdigit() or (
            typed not in names and len(typed) > 2 and _chosen(question.choices, typed) is not None
        )
    if question.accept in MEANT:
        return bool(re.fullmatch(r"[-+−\d\s.,;()\[\]x×e]*\d[-+−\d\s.,;()\[\]x×e]*|\(\)", typed))
    if re.fullmatch(r"[-+−\d\s.,()]*\d[-+−\d\s.,()]*", typed):
        return True  # 0,5 and (3, 3) too: as Python they would only be echoed
    try:
        return not parse(typed, scalar_names(names)).source.isidentifier()
    except ExpressionError as error:
        # w(w-3) or w*(w-3: as Python it would only fail less kindly; print(w) is Python.
        called = re.findall(r"([^\W\d]\w*)\s*\(", typed)
        nearly = re.search("a sign is missing|too many$", str(error))
        return bool(nearly) and set(called) <= {*scalar_names(names), *FUNCTIONS}
