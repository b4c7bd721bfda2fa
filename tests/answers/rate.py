"""How many mistakes are named, how many falsely, and how often a number of chance is taken for one."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.answers.table import Answer, Asked, answers

TRIES = 60  # random answers to each question


@dataclass(frozen=True)
class Rate:
    """Of so many answers, the ones named, and those named falsely."""

    all: tuple[Answer, ...]
    named: tuple[Answer, ...]
    falsely: tuple[Answer, ...]

    @property
    def share(self) -> float:
        """The part that is named."""
        return len(self.named) / len(self.all)


def rate(of: Sequence[Answer]) -> Rate:
    """The rate of these answers; those that are no mistake anybody could name count only where they are named."""
    outcomes = {answer: answer.outcome for answer in of}
    named, falsely = (tuple(a for a, said in outcomes.items() if said == what) for what in ("named", "falsely"))
    return Rate(tuple(answer for answer in of if answer.words), named, falsely)


def by_chance(asked: Asked, seed: int = 0) -> Iterator[bool]:
    """For random answers of every size and precision, whether they are told which mistake they are."""
    from lessons.judging.right import right

    chance = random.Random(f"{asked.id}{seed}")
    wanted = abs(float(right(asked.question, asked.names).value)) or 1.0
    for n in range(TRIES):
        digits = 1 + n // 2 % 4
        number = chance.uniform(-60, 60) if n % 2 else chance.gauss(0, 2 * wanted)
        typed = f"{round(number, digits - 1)}" if n % 2 else f"{number:.{digits}g}"
        if float(typed).is_integer() and n % 3:
            typed = str(int(float(typed)))
        yield asked.judged(typed).reason == "diagnosed"


def report() -> str:
    """The rates by table, and that of chance."""
    groups = defaultdict(list)
    for answer in answers():
        groups[answer.asked.id.split("/")[0] if "/d" not in answer.asked.id else "coming lessons"].append(answer)
    rows = [("", "likeliest", "named", "all", "named", "falsely")]
    for name, found in {**groups, "all": list(answers())}.items():
        likely, whole = rate([a for a in found if a.likely]), rate(found)
        rows.append(
            (name, len(likely.all), f"{likely.share:.0%}", len(whole.all), f"{whole.share:.0%}", len(whole.falsely))
        )
    lines = ["  ".join(f"{cell!s:>{18 if k == 0 else 9}}" for k, cell in enumerate(row)) for row in rows]
    hits = [hit for asked in numeric() for hit in by_chance(asked)]
    lines.append(f"\nOf {len(hits):,} random answers {sum(hits) / len(hits):.1%} are told which mistake they are.")
    return "\n".join(lines)


def numeric() -> list[Asked]:
    """The questions about one number."""
    questions = dict.fromkeys(answer.asked for answer in answers())
    return [asked for asked in questions if asked.question.accept in ("any", "number", "expression")]


def details(of: Sequence[Answer]) -> str:
    """Every answer that is passed over or named falsely, and what is said of it."""
    lines = []
    for answer in of:
        outcome, verdict = answer.outcome, answer.verdict
        if outcome != "named" and (answer.words or outcome):
            mark = "*" if answer.likely else " "
            lines.append(f"{mark} {answer.asked.id}: {answer.typed} ({answer.thought})")
            lines.append(f"      {outcome or 'passed over'}, {verdict.reason or verdict.kind}: {verdict.message}")
    return "\n".join(lines)
