"""A film's frames: what each moment shows and says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from viz import captions, prose
from viz.circuit import Circuit
from viz.inscriptions import Inscription
from viz.story import Scene


@dataclass(frozen=True)
class Frame:
    """What one moment shows: the parts revealed so far and the gates at work, by their ids in the film's `svg`."""

    shown: frozenset[str]
    active: frozenset[str]
    caption: str
    description: str


def frames(circuit: Circuit, told: Sequence[Scene], parts: frozenset[str]) -> Iterator[Frame]:
    """What each scene shows, of the parts that the picture has: some are left out by `show`."""
    shown: frozenset[str] = frozenset()
    for number, scene in enumerate(told, 1):
        shown = parts.intersection(scene.reveals) | {part for part in shown if not part.endswith(".question")}
        caption = captions.plain(scene.caption)
        place = f"Step {number} of {len(told)}" + (f", {prose.at_work(circuit, scene.lit)}" if scene.lit else "")
        yield Frame(shown, frozenset(scene.lit), caption, f"{place}. {caption}")


def revealed(name: str, text: Inscription, frame: Frame) -> Inscription:
    """What stands on a wire in this frame."""
    return replace(
        text,
        above=text.above if f"{name}.value" in frame.shown else (),
        below=text.below if f"{name}.gradient" in frame.shown else (),
        asked=f"{name}.question" in frame.shown,
        local=text.local if f"{name}.local" in frame.shown else (),
    )
