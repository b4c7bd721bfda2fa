"""How far a learner has come: in a lesson, among all of them, and which one comes next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lessons.format.lesson import Snapshot
from lessons.format.library import Entry


@dataclass(frozen=True)
class Standing:
    """A lesson, and what is remembered of it (None: it has not been begun)."""

    entry: Entry
    snapshot: Snapshot | None

    def count(self, how: str) -> int:
        """How many of its questions stand so: "right", "solved", "skipped"."""
        done = self.snapshot.done if self.snapshot else {}
        return sum(done.get(question) == how for question in self.entry.questions)

    @property
    def open(self) -> int:
        """How many questions are neither answered nor looked up."""
        return len(self.entry.questions) - self.count("right") - self.count("solved")

    @property
    def finished(self) -> bool:
        """Whether it was read to its end."""
        return bool(self.snapshot and self.snapshot.finished)

    @property
    def state(self) -> str:
        """In two or three words: ✓ done, read to the end with questions open, at which step, or nothing."""
        if self.snapshot is None:
            return ""
        if not self.finished:
            return f"step {self.snapshot.step}"
        return "✓ done" if not self.open else f"read, {self.open} open"

    @property
    def sign(self) -> str:
        """The state in one sign."""
        return "✓" if self.finished and not self.open else "▸" if self.snapshot else " "

    @property
    def answered(self) -> str:
        """How many questions are answered, and looked up, of those asked."""
        looked_up = f", {self.count('solved')} looked up" if self.count("solved") else ""
        return f"{self.count('right')} of {len(self.entry.questions)} answered{looked_up}"


def standings(entries: Iterable[Entry], lessons: Mapping[str, Snapshot]) -> list[Standing]:
    """Each lesson with what is remembered of it."""
    return [Standing(entry, lessons.get(entry.id)) for entry in entries]


def opens(name: str, entries: Iterable[Entry]) -> list[str]:
    """The lessons that build on this one."""
    return [entry.id for entry in entries if name in entry.needs]


def next_lesson(known: Sequence[Standing], last: str = "", besides: str = "") -> str:
    """The lesson to take next: the last one where it is not finished, else the first whose needs are met.

    "" where there is no lesson; `besides` is left out.
    """
    there = [standing for standing in known if standing.entry.id != besides]
    undone = [standing for standing in there if not standing.finished]
    if last in [standing.entry.id for standing in undone]:
        return last
    waiting = {standing.entry.id for standing in undone}
    ready = [standing for standing in undone if not waiting & set(standing.entry.needs)]
    return next((standing.entry.id for standing in (*ready, *undone, *there)), "")


def after(name: str, known: Sequence[Standing]) -> str:
    """What comes after this lesson: the first that it opens and whose needs are met, else what is next anyhow.

    "" where nothing is left.
    """
    undone = {standing.entry.id for standing in known if not standing.finished} - {name}
    opened = [standing.entry for standing in known if standing.entry.id in undone and name in standing.entry.needs]
    ready = next((entry.id for entry in opened if not undone & set(entry.needs)), "")
    found = ready or next_lesson(known, besides=name)
    return found if found in undone else ""


def details(standing: Standing, known: Sequence[Standing]) -> str:
    """What is said of a lesson below its name: how it stands, how long it takes, what it needs and opens."""
    finished = {each.entry.id for each in known if each.finished}
    entry = standing.entry
    needs = ", ".join(f"{name} ✓" if name in finished else name for name in entry.needs)
    opened = ", ".join(opens(entry.id, [each.entry for each in known]))
    started = [standing.state, standing.answered] if standing.snapshot else []
    asked = [f"{len(entry.questions)} questions"] if entry.questions and not started else []
    minutes = [f"{entry.minutes} min"] if entry.minutes else []
    leads = [f"needs {needs}"] * bool(needs) + [f"opens {opened}"] * bool(opened)
    return " · ".join([*started, *asked, *minutes, *leads])


def by_part(known: Sequence[Standing]) -> dict[str, list[Standing]]:
    """The lessons by their parts, in their order."""
    parts: dict[str, list[Standing]] = {}
    for standing in known:
        parts.setdefault(standing.entry.part, []).append(standing)
    return parts


def summed(part: Sequence[Standing]) -> str:
    """How far a part has come: 2 of 5 done, 120 min."""
    minutes = sum(standing.entry.minutes for standing in part)
    return f"{sum(standing.finished for standing in part)} of {len(part)} done, {minutes} min"
