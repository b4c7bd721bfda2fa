"""A film: one layout with every label in its place, revealed step by step. Nothing moves between frames."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any, overload

from autograd_tiny import Value
from autograd_tiny.graphs.steps import BackwardStep
from autograd_tiny.value import ancestors
from viz.audience import announced
from viz.drawing import Drawing
from viz.fitting import levels
from viz.fitting.levels import Subject, fitted
from viz.fitting.room import Fit, room_of
from viz.graph.adopted import adopted, is_foreign
from viz.graph.circuit import Circuit
from viz.graph.history import as_recorded, standing_for
from viz.graph.scopes import AUTOMATIC
from viz.layout import dot
from viz.layout.layout import lay_out
from viz.layout.press import TIMEOUT
from viz.look import Look
from viz.look import look as look_of
from viz.opening import Depth, Fold, folded_in, folding_of, opened
from viz.output import display, reels
from viz.output.svg import svg
from viz.page.callouts import NAME, called_out
from viz.page.levels import Level, insides
from viz.page.page import Page, discreet, page
from viz.page.picture import WIDE, Picture
from viz.play.performance import Performance, performance
from viz.text.circuit_text import text
from viz.told import captions, predictions
from viz.told.captions import Writer
from viz.told.predictions import Predict, Question
from viz.told.story import Scene, scenes
from viz.wires import prose
from viz.wires.inscriptions import Inscription, Reading, inscribe
from viz.wires.readings import complete, steps_from
from viz.words.figures import Precision
from viz.words.lettering import Line, width, wrap


@dataclass(frozen=True)
class Film(Sequence[Drawing]):
    """A sequence of drawings of one size; `save` writes it as a page, an animation, slides or a folder.

    What is always there, descriptions and tooltips included, tells no number: only what a frame reveals does.
    `annotate` and `note` add to the film itself; every format shows what they add.
    """

    drawn: Page
    moments: tuple[Frame, ...]
    lines: tuple[tuple[Line, ...], ...]
    circuit: Circuit
    inscriptions: Mapping[str, Inscription]
    look: Look
    words: Callable[[], str]  # the finished picture as text, as of a drawing
    questions: tuple[Question, ...] = ()  # what it asks for before it goes on
    performed: Callable[[], Performance | None] = lambda: None  # how the page plays it with other numbers
    levels: Callable[[], Sequence[Level]] | None = None  # what its page can open: the whole, then boxes from inside
    remarks: list[Remark] = field(default_factory=list, compare=False)

    @cached_property
    def performance(self) -> Performance | None:
        """The sliders, the program and the captions by which the page plays the film; None where it cannot."""
        return self.performed()

    @cached_property
    def page(self) -> Page:
        """The whole picture with everything that appears in the course of the film, callouts included."""
        page = self.drawn
        for number, remark in enumerate(self.remarks):
            if remark.target:
                beside = {f"{NAME}{k}" for k, other in enumerate(self.remarks) if other.frame == remark.frame}
                page = called_out(page, remark.target, remark.words, f"{NAME}{number}", beside)
        return page

    @cached_property
    def frames(self) -> tuple[Frame, ...]:
        """What each moment shows and says."""
        return tuple(remarked(frame, k, self.remarks) for k, frame in enumerate(self.moments))

    def annotate(self, frame: int, gate: Value | str, text: str) -> Film:
        """A callout at a gate, shown while one frame stands: a sentence in a bubble, in every format.

        `frame` counts as film[frame] does, `gate` is a value, its label, or an id of the picture such as "gate3". The
        film itself gets it, and is returned. IndexError without such a frame, ValueError without such a gate.
        """
        self._remark(Remark(self._counted(frame), _sentence("annotate", text), _target(self.circuit, gate)))
        return self

    def note(self, frame: int, text: str) -> Film:
        """What the speaker says in one frame: below its caption on the page, a note on the slides."""
        self._remark(Remark(self._counted(frame), _sentence("note", text)))
        return self

    def _counted(self, frame: int) -> int:
        if not isinstance(frame, int) or not -len(self) <= frame < len(self):
            raise IndexError(f"film: frame {frame} of {len(self)}; they count from 0")
        return frame % len(self)

    def _remark(self, remark: Remark) -> None:
        self.remarks.append(remark)
        for name in ("page", "frames", "parts", "svg"):
            self.__dict__.pop(name, None)

    @property
    def title(self) -> str:
        """What the film shows, in a few words."""
        return self.page.title

    @property
    def folded(self) -> tuple[str, ...]:
        """The paths of the scopes that are one gate each."""
        return folded_in(self.circuit)

    @property
    def captions(self) -> tuple[str, ...]:
        """One line or two of text per frame."""
        return tuple(frame.caption for frame in self.frames)

    @property
    def letters(self) -> tuple[Line, ...]:
        """The captions as they are set: italic letters, indices, colours."""
        return tuple(frame.letters for frame in self.frames)

    @property
    def links(self) -> tuple[tuple[str, str, str], ...]:
        """The wires by their ids: each with where it begins and where it ends."""
        return tuple((wire.id, wire.tail, wire.head) for wire in self.circuit.wires)

    @property
    def notes(self) -> tuple[str, ...]:
        """What the speaker has noted, frame by frame."""
        return tuple(frame.note for frame in self.frames)

    @property
    def descriptions(self) -> tuple[str, ...]:
        """Each frame in words, for screen readers."""
        return tuple(frame.description for frame in self.frames)

    @property
    def cover(self) -> Drawing:
        """The frame that stands for the film where it cannot move: its last, or the first that asks."""
        return self[self.questions[0].frame if self.questions else -1]

    @cached_property
    def parts(self) -> frozenset[str]:
        """The ids that appear only in the course of the film."""
        return frozenset[str]().union(*(frame.shown for frame in self.frames))

    @cached_property
    def svg(self) -> str:
        """The whole picture, every part revealed; each part is a `<g>` whose id the frames name.

        A player hides the parts of all frames, shows those of one, and lights its `active` gates. Captions stand
        outside, in `captions`. The `?` of a gradient to be predicted, which has its place, is not displayed by itself.
        """
        bare = self.page.without(self.page.lights)
        asked = re.compile(r'<g id="wire\d+\.question"')
        return asked.sub(lambda found: f'{found[0]} display="none"', svg(replace(bare, height=bare.foot)))

    def __len__(self) -> int:
        return len(self.moments)

    @overload
    def __getitem__(self, index: int) -> Drawing: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Drawing, ...]: ...
    def __getitem__(self, index: int | slice) -> Drawing | tuple[Drawing, ...]:
        if isinstance(index, slice):
            return tuple(self[k] for k in range(*index.indices(len(self))))
        number = self._counted(index)
        frame, lines = self.frames[number], self.lines[number]
        hidden = (self.parts - frame.shown) | (self.page.lights - {f"{part}.halo" for part in frame.active})
        shown = self.page.without(hidden).captioned(lines)
        named = f"{self.title}, step {number + 1} of {len(self)}"
        told = replace(shown, title=named, description=frame.description)
        return Drawing(told, partial(self._source, frame, lines), lambda: f"{frame.description}\n")

    def _source(self, frame: Frame, lines: Sequence[Line]) -> str:
        """DOT of the frame: cells of fixed size, so that hidden numbers leave their room."""
        seen = {name: revealed(name, text, frame) for name, text in self.inscriptions.items()}
        sizes = {name: dot.extent(text, self.look) for name, text in self.inscriptions.items()}
        return dot.source(self.circuit, seen, self.look, lines, lit=frame.active, sizes=sizes)

    def save(self, path: str | os.PathLike[str], *, width: int | None = None, dpi: float | None = None) -> Path:
        """Write the film: .html (plays), .gif, .mp4, .pdf (a page a frame), .tex (Beamer), or a folder ("frames/").

        What is made of pixels is as wide as `width` says, or has `dpi` dots per inch.
        """
        return reels.save(self, path, width, dpi)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return display.played(self, repr(self))

    def __repr__(self) -> str:
        return f"<Film {self.title!r}: {len(self)} frames; save it as {reels.KNOWN}>"


@announced
def film(
    value: Value,
    *,
    show: str = "both",
    direction: str = "LR",
    precision: Precision = 2,
    theme: str = "lecture",
    background: str | None = None,
    layout: str | None = None,
    constants: bool = False,
    arrays: str = "size",
    title: str | None = None,
    seed: Any = 1.0,
    fold: Fold = None,
    depth: Depth = AUTOMATIC,
    fit: Fit = "page",
    predict: Predict = None,
    timeout: float = TIMEOUT,
) -> Film:
    """Forward and backward through `value`'s circuit, step by step; `value`'s own gradients stay untouched.

    `seed` is ∂L/∂value, spread over an array. A folded scope is one step forward and one step backward; a click on the
    page opens it. `predict` names values, scalars, whose gradients the film asks for before it shows them; its page
    waits for the answer, and tells of a wrong one which mistake gives it.

    fit: where it is to be read, as in `draw`. As long as there is room each gate is a step, and the picture is the same
    at any size; then parameters stand in their gates, where captions add up what reaches them, rows are broken, and
    scopes are folded. With fit=None only a picture of more than 200 gates folds. The other options are those of `draw`.
    """
    if is_foreign(value):
        value = adopted(value)
    if not isinstance(value, Value):
        raise TypeError(f"film: expected a Value, got {type(value).__name__}")
    (value,), copies = as_recorded([value])
    predict = standing_for(copies, predictions.chosen(predict))
    look = look_of(show, direction, precision, theme, layout, background, arrays)
    writer = Writer(tuple(ancestors(value)), precision)
    set_up = _Set(value, constants, steps_from(value, seed), writer, predict, title, timeout)
    room = room_of(fit)
    if room:
        foldings, noted = folding_of([value], fold, depth, asked=predict)
        subject = Subject((value,), constants, "local" not in show, False, True, writer.sign, predict)
        ways = subject.levels(foldings, look, None, noted, room)
        take = fitted(ways, room, lambda level, wide: set_up.take(level, look, wide), ribbons=True)
    else:
        take = set_up.take(levels.Level(*opened([value], constants, fold, depth, writer.sign)), look, None)
    words = partial(text, value, precision=precision, seed=seed if "gradient" in look.show else None, predict=predict)
    return set_up.film(take, words, seed)


@dataclass(frozen=True)
class Take(Picture):
    """A picture in which everything has its place, and how it is told: what is known in the end, scene by scene."""

    readings: Mapping[str, Reading] = field(default_factory=dict)
    told: tuple[Scene, ...] = ()
    written: tuple[tuple[Line, ...], ...] = ()  # below each scene
    note: str = ""
    asked: tuple[int, ...] = ()


@dataclass(frozen=True)
class _Set:
    """What is filmed, however it is drawn."""

    value: Value
    constants: bool
    steps: tuple[BackwardStep, ...]
    writer: Writer
    predict: tuple[Value, ...]
    title: str | None
    timeout: float

    def take(self, level: levels.Level, look: Look, wide: float | None) -> Take:
        """One way to draw it, laid out with every number in its place."""
        circuit, look, precision = level.circuit, replace(look, numbers=level.numbers), look.precision
        note = "\n".join(filter(None, (level.note, prose.changed(circuit, precision))))
        asked = predictions.positions(circuit, circuit.values, self.predict, look)
        readings = predictions.asking(circuit, complete(circuit, self.steps), asked)
        inscriptions = inscribe(circuit, readings, look)
        laid = lay_out(circuit, inscriptions, look, self.timeout, wide)
        story = scenes(circuit, self.steps, self.writer, look, note)
        told = tuple(predictions.interrupted(story, circuit, asked, self.writer))
        lines = tuple(wrap(captions.lettered(scene.caption), max(laid.width, WIDE)) for scene in told)
        described = prose.describe(circuit, {}, precision), predictions.said(circuit, asked)
        whole = page(
            circuit,
            inscriptions,
            laid,
            look,
            title=self.title or f"Backpropagation through {self.writer.name(self.value)}",
            description=" ".join(filter(None, described)),
            wide=max(width(text) for written in lines for text in written),
            lines=max(map(len, lines)),
        )
        return Take(
            circuit, inscriptions, look, whole, (), laid.faults, laid.idle, readings, told, lines, note, asked
        )  # fmt: skip

    def film(self, take: Take, words: Callable[[], str], seed: Any) -> Film:
        """The film of a take."""
        circuit, look = take.circuit, take.look
        whole = discreet(take.page, circuit, take.readings)
        shown = tuple(frames(circuit, take.told, frozenset(mark.id for mark in whole.marks)))
        questions = predictions.questions(take.told, circuit, take.readings, self.writer, self.steps[0].upstream)
        performed = partial(performance, circuit, self.steps, self.writer, look, take.note, take.asked, seed)
        inner = partial(insides, (self.value,), self.constants, take, self.timeout, partial(complete, steps=self.steps))
        inside = inner if circuit.folded and not take.asked else None  # it would tell what is asked for
        return Film(whole, shown, take.written, circuit, take.inscriptions, look, words, questions, performed, inside)


# A film's frames: what each moment shows and says --------------------------------------------------------------------


@dataclass(frozen=True)
class Frame:
    """What one moment shows: the parts revealed so far and the gates at work, by their ids in the film's `svg`."""

    shown: frozenset[str]
    active: frozenset[str]
    caption: str
    description: str
    letters: Line = ()  # the caption as it is set
    note: str = ""


def frames(circuit: Circuit, told: Sequence[Scene], parts: frozenset[str]) -> Iterator[Frame]:
    """What each scene shows, of the parts that the picture has: some are left out by `show`."""
    shown: frozenset[str] = frozenset()
    for number, scene in enumerate(told, 1):
        shown = parts.intersection(scene.reveals) | {part for part in shown if not part.endswith(".question")}
        caption = captions.plain(scene.caption)
        place = f"Step {number} of {len(told)}" + (f", {prose.at_work(circuit, scene.lit)}" if scene.lit else "")
        yield Frame(shown, frozenset(scene.lit), caption, f"{place}. {caption}", captions.lettered(scene.caption))


# What a speaker adds --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Remark:
    """A callout at the part `target` of the picture, or a note, in one frame."""

    frame: int
    words: str
    target: str = ""


def remarked(frame: Frame, number: int, remarks: Sequence[Remark]) -> Frame:
    """A frame with what has been said about it."""
    here = [(f"{NAME}{k}", remark) for k, remark in enumerate(remarks) if remark.frame == number]
    callouts = frozenset(name for name, remark in here if remark.target)
    note = "\n".join(remark.words for _, remark in here if not remark.target)
    said = " ".join(f"Remark: {remark.words}" for _, remark in here if remark.target)
    described = f"{frame.description} {said}".rstrip()
    return replace(frame, shown=frame.shown | callouts, description=described, note=note) if here else frame


def _sentence(caller: str, text: str) -> str:
    if not isinstance(text, str) or not text.strip():
        raise TypeError(f"film.{caller}: the text is {text!r}; write a sentence")
    return text.strip()


def _target(circuit: Circuit, gate: Value | str) -> str:
    """The id of what a remark is about: a gate, a leaf, or the folded scope that a value is in."""
    ids = {node.id for node in circuit.nodes}
    if isinstance(gate, str) and gate in ids:
        return gate
    named = [k for k, value in enumerate(circuit.values) if value is gate or circuit.labels[k] == gate != ""]
    for node in circuit.nodes:
        if node.kind in ("gate", "leaf") and any(k == node.value or k in node.inside for k in named):
            return node.id
    known = ", ".join(dict.fromkeys(filter(None, circuit.labels))) or "none"
    told = repr(gate) if isinstance(gate, str) else "this value"
    raise ValueError(f"film.annotate: the picture has no gate of {told}; labels: {known}; or an id such as 'gate3'")


def revealed(name: str, text: Inscription, frame: Frame) -> Inscription:
    """What stands on a wire in this frame."""
    return replace(
        text,
        above=text.above if f"{name}.value" in frame.shown else (),
        below=text.below if f"{name}.gradient" in frame.shown else (),
        asked=f"{name}.question" in frame.shown,
        local=text.local if f"{name}.local" in frame.shown else (),
    )
