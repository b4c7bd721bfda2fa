"""A film's frames: what each moment shows and says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from viz import captions, prose
from viz.circuit import Circuit
from viz.inscriptions import Inscription, Reading, tooltip_of
from viz.page import Page
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


def discreet(page: Page, circuit: Circuit, readings: Mapping[str, Reading]) -> Page:
    """The page with tooltips that tell what stands there: a wire its name, a value itself, a gradient all there is."""
    told: dict[str, str] = {}
    for wire in circuit.wires:
        label = circuit.labels[wire.value]
        told[wire.id] = tooltip_of(label, Reading())
        told[f"{wire.id}.value"] = tooltip_of(label, Reading(readings[wire.id].value))
    return replace(page, marks=tuple(replace(mark, tooltip=told.get(mark.id, mark.tooltip)) for mark in page.marks))
