"""The way through the lessons, drawn: each is a gate, and what it needs are its inputs; and the shortest way to one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from autograd_tiny import Value, scope, tanh
from autograd_tiny.value import ancestors
from lessons.format import library
from lessons.format.lesson import LessonError
from lessons.session.standing import Standing

SIGNS = "✓ done   ▸ begun   · planned"


def circuit(known: Sequence[Standing]) -> dict[str, Value]:
    """The lessons as values of one circuit: each computed in a scope of its name from those that it needs."""
    signs = {standing.entry.id: f"{standing.sign} {standing.entry.id}".strip() for standing in known}
    needs = direct({standing.entry.id: standing.entry.needs for standing in known})
    start = Value(1.0, "start")
    lessons: dict[str, Value] = {}
    for name in (each for standing in known for each in library.ancestors(standing.entry.id, needs)):
        if name not in lessons:
            inputs = [lessons[need] for need in needs[name]] or [start]
            with scope(signs[name]):
                lessons[name] = tanh(inputs[0]) if len(inputs) == 1 else sum(inputs[1:], inputs[0])
    return lessons


def direct(needs: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """What each lesson needs and nothing in between needs, too: a map with no shortcuts."""
    there = {name: [need for need in wanted if need in needs] for name, wanted in needs.items()}
    behind = {name: set(library.ancestors(name, there)) - {name} for name in there}
    return {
        name: [n for n in wanted if not any(n in behind[other] for other in wanted)] for name, wanted in there.items()
    }


def drawn(known: Sequence[Standing], target: str = "") -> Any:
    """The map of all lessons, or of the way to one, as a drawing."""
    import viz

    lessons = circuit(known)
    ends = set(lessons) - {need for standing in known for need in standing.entry.needs}
    outputs = lessons[target] if target else [value for name, value in lessons.items() if name in ends]
    title = f"The way to {target}" if target else "The lessons, and what each builds on"
    # From top to bottom, however long: on a page's width a wrapped circuit is no map.
    return viz.draw(outputs, show="circuit", depth=0, direction="TB", fit=None, title=title, caption=SIGNS)


def aim(target: str, known: Sequence[Standing]) -> str:
    """The lessons that are still to be taken to reach this one, in the order in which the engine would compute them."""
    by_id = {standing.entry.id: standing for standing in known}
    if target not in by_id:
        library.path_of(target)
        raise LessonError(f"There is no lesson {target!r}")
    lessons = circuit(known)
    names = {value: name for name, value in lessons.items()}
    way = [by_id[names[value]] for value in ancestors(lessons[target]) if value in names]
    left = [standing for standing in way if not standing.finished]
    if not left:
        return f"You have been there: {target} is done, and all that it needs."
    minutes = sum(standing.entry.minutes for standing in left)
    lines = [f"{number:>3}  {each.entry.id:<24} {_told(each)}" for number, each in enumerate(left, 1)]
    done = len(way) - len(left)
    behind = f" ({done} behind you)" if done else ""
    count = f"{len(left)} lesson{'s' * (len(left) > 1)}"
    first = next((standing.entry.id for standing in left if not standing.entry.planned), "")
    begin = f"\n\nnext: python -m lessons {first}" if first else ""
    return f"The way to {target}: {count}, about {minutes} minutes{behind}\n\n" + "\n".join(lines) + begin


def _told(standing: Standing) -> str:
    if standing.entry.planned:
        runs = [library.experiment_command(name) for name in standing.entry.experiments]
        return " · ".join(["planned", *runs])
    state = f"  [{standing.state}]" if standing.state else ""
    return f"{standing.entry.minutes} min  {standing.entry.title}{state}"


def saved(drawing: Any, folder: Path, name: str) -> Path:
    """Write the map into the learner's folder."""
    folder.mkdir(parents=True, exist_ok=True)
    return Path(drawing.save(folder / f"{name}.svg"))
