"""Answers that are chosen or counted: a choice, several, an order, a step in time."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from lessons.format.lesson import Predict
from lessons.judging.numbers import in_figures
from lessons.judging.right import Names, evaluate, right

STEP = re.compile(r"(?:(?:[^\W\d]\w*?)\s*[=_[(]?\s*)?([-+−]?\d+)\s*[\])]?")
# What stands between choices: a comma or the like; also "and"; also spaces, which may stand in their texts as well.
SEPARATORS = (
    r"\s*[,;>→<&]\s*",
    r"\s*(?:[,;>→<&]|\band\b|\bthen\b)\s*",
    r"\s*(?:[,;>→<&]|\band\b|\bthen\b)\s*|\s+(?=\d)|(?<=\d)\s+",
    r"[\s,;>→<&]+",
)

NUMBERED = re.compile(r"(?:option|choice|number|answer|no\.?|#)?\s*\(?([0-9]+)[).:]*", re.IGNORECASE)
ALL = ("all", "all of them", "all of these")
NUMERAL = re.compile(r"[-+−]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[-+−]?[0-9]+)?")
LEADING = re.compile(r"^(?:the|it|a|an|only)\s+")
ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth".split()


def judge_choices(predict: Predict, text: str) -> Verdict:
    """Several of the choices, in any order."""
    given = picked(predict.choices, text)
    if given is None:
        count = len(predict.choices)
        return Verdict("unreadable", f"Choose by numbers, 1 to {count}, all that you mean:  {example(predict)}")
    if set(given) == set(predict.answers):
        return Verdict("right", predict.why)
    for wrong in predict.wrong:
        if set(given) == set(wrong.answers):
            return Verdict("wrong", wrong.message, "listed")
    false, missing = set(given) - set(predict.answers), set(predict.answers) - set(given)
    return Verdict("wrong", _part(len(set(given)), len(false), len(missing)), "unknown")


def _part(given: int, false: int, missing: int) -> str:
    """How much of several choices is right, without saying which."""
    if not false:
        return f"What you chose belongs, and {_count(missing)} more." if given else "Some of them do belong."
    if false == given:
        return "No, none of these." if given > 1 else "No, that is not one of them."
    return f"Not quite: {_count(false)} of your {given} {'does' if false == 1 else 'do'} not belong."


def _count(number: int) -> str:
    return ("no", "one", "two", "three", "four", "five")[number] if number < 6 else str(number)


def judge_order(predict: Predict, text: str) -> Verdict:
    """All of the choices, in their right order."""
    given = picked(predict.choices, text)
    count = len(predict.choices)
    if given is None or sorted(given) != sorted(predict.choices):
        told = f"Put all {count} in order by their numbers, each once, such as  {example(predict)}"
        return Verdict("unreadable", told)
    if tuple(given) == predict.answers:
        return Verdict("right", predict.why)
    for wrong in predict.wrong:
        if tuple(given) == wrong.answers:
            return Verdict("wrong", wrong.message, "listed")
    right_ones = next(i for i, (a, b) in enumerate(zip(given, predict.answers, strict=True)) if a != b)
    said = {0: "No: another one comes first.", 1: "The first one is right; what follows is not."}
    return Verdict(
        "wrong", said.get(right_ones, f"The first {_count(right_ones)} are right; what follows is not."), "unknown"
    )


def example(predict: Predict) -> str:
    """How several choices, or an order, are typed: in a way that does not give the right answer away."""
    count, several = len(predict.choices), predict.accept == "choices"
    ways = ([1, count], [1, 2]) if several else ([*range(2, count + 1), 1], [*range(1, count + 1)])
    same = sorted if several else list
    silent = (way for way in ways if same(predict.choices[n - 1] for n in way) != same(predict.answers))
    return " ".join(map(str, next(silent, ways[0])))


def picked(choices: Sequence[str], text: str) -> list[str] | None:
    """The choices that are meant, by numbers or by their texts, in the order typed; None where it cannot be read."""
    plain = text.strip().strip("[](){}").replace("'", "").replace('"', "").strip()
    if plain.casefold() in ALL and not any(_bare(choice).startswith("all") for choice in choices):
        return list(choices)
    if covered := _covered(choices, plain):
        return covered
    for between in SEPARATORS:
        words = list(filter(None, re.split(between, plain)))
        if len(words) == 1 and words[0].isdecimal() and len(words[0]) > len(str(len(choices))):
            words = list(words[0])  # 312: nobody has three hundred choices
        found = [each for each in (chosen(choices, word) for word in words) if each is not None]
        if found and len(found) == len(words):
            return found
    whole = {_bare(choice): choice for choice in choices}
    letters = [whole[letter] for letter in map(_bare, plain) if letter in whole]  # zyx: nothing between them
    return letters if letters and len(letters) == len(plain) else None


def _covered(choices: Sequence[str], text: str) -> list[str]:
    """The choices whose whole texts follow one another here, whatever commas stand in them; none where more is said."""
    rest, found = _bare(text), dict[int, str]()
    if re.fullmatch(r"[\d\s,;>]*", rest):
        return []  # numbers count the choices
    for choice in sorted(choices, key=lambda each: -len(_bare(each))):
        here = re.search(rf"(?<!\w){re.escape(_bare(choice))}(?!\w)", rest)
        if here:
            found[here.start()] = choice
            rest = rest[: here.start()] + "\0" * len(here[0]) + rest[here.end() :]
    return [found[place] for place in sorted(found)] if re.fullmatch(r"(?:[\s,;>→<&\0]|and|then)*", rest) else []


def chosen(choices: Sequence[str], text: str) -> str | None:
    """The choice meant by its number, its text, its first letters, or words of it that no other has; or in words."""
    wanted = numbered(_bare(text))
    if wanted.isdecimal():
        return choices[int(wanted) - 1] if 1 <= int(wanted) <= len(choices) else None
    inside = re.compile(rf"(?<!\w){re.escape(wanted)}(?!\w)")
    exact = [choice for choice in choices if _bare(choice) == wanted]
    begun = [choice for choice in choices if _bare(choice).startswith(wanted)]
    found = exact or begun or [choice for choice in choices if inside.search(_bare(choice))]
    if found or not wanted:
        return found[0] if len(found) == 1 else None
    same = [
        choice for choice in choices if (number := _number(wanted)) is not None and _number(_bare(choice)) == number
    ]
    if same:
        return same[0] if len(same) == 1 else None
    word = wanted.removeprefix("the ").removesuffix(" one")
    place = str(ORDINALS.index(word) + 1) if word in ORDINALS else in_figures(wanted)
    shorter = LEADING.sub("", place)
    return chosen(choices, shorter) if place.isdecimal() or shorter != wanted else None


def is_choice(choices: Sequence[str], text: str) -> bool:
    """Whether this is the whole text of a choice, or stands in quotes as if it were one."""
    quotes = text[:1] in ("'", '"') and chosen(choices, text) is not None
    return quotes or _bare(text) in map(_bare, choices)


def _number(text: str) -> float | None:
    return float(text.replace("−", "-")) if NUMERAL.fullmatch(text) else None


def numbered(text: str) -> str:
    """A number as one counts choices, (2), 2. or option 2, as that number; else the text."""
    found = NUMBERED.fullmatch(text.strip())
    return found[1] if found else text


def _bare(choice: str) -> str:
    """A choice without quotes, capitals and blanks around its signs, whichever way those are typed."""
    plain = (
        choice.strip().strip("`'\"").rstrip(".`'\"").casefold().translate({ord("*"): "·", ord("×"): "·", ord("-"): "−"})
    )
    return re.sub(r"\s*([·−+@/,()\[\]])\s*", r"\1", re.sub(r"(?<=[0-9])\s*x\s*(?=[0-9])", "·", plain))


def judge_step(predict: Predict, text: str, names: Names) -> Verdict:
    """A step in time, or a position: a whole number."""
    typed = STEP.fullmatch(in_figures(text).strip())
    if typed is None:
        return Verdict("unreadable", "I read a step as  3  or  t=3.")
    given = int(typed[1].replace("−", "-"))
    if given == int(right(predict, names).value):
        return Verdict("right", predict.why)
    for wrong in predict.wrong:
        if given == int(evaluate(wrong.answer, names)):
            return Verdict("wrong", wrong.message, "listed")
    return Verdict("wrong", f"No, it is not {given}.", "unknown")


def reads_as_kind(question: Predict, typed: str, names: Collection[str]) -> bool:
    """Whether a line is meant as an answer of one of these kinds, though it has no =."""
    if question.accept == "step":
        typed = in_figures(typed, names)
        return (
            bool(STEP.fullmatch(typed))
            and (" " in typed or typed.strip("+-−").isdecimal() or "=" in typed)
            and typed not in names
        )
    return bool(re.fullmatch(r"[\d\s,;>]+", typed)) or (len(typed) > 2 and picked(question.choices, typed) is not None)


# What is said of an answer: a record ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Verdict:
    """What the learner hears: right, wrong (and how we know why), or unreadable, which is no attempt at all."""

    kind: str  # "right", "wrong", "unreadable"
    message: str
    reason: str = ""  # of a wrong one: "listed", "diagnosed", "elsewhere", "near", "form", "shape", "unknown"
