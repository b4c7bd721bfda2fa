"""The pictures of a lesson: each made anew from the lesson's own code, as it stands where the picture stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lessons.execution import Names, execute
from lessons.parts import Lesson, LessonError, Part, Run, Show

SHORT = 12  # frames of a film that is told frame by frame
NEW = "\n"


@dataclass(frozen=True)
class Picture:
    """A Value, a drawing or a film, with what it shows in words."""

    id: str
    alt: str
    made: Any

    @property
    def moves(self) -> bool:
        """Whether it is a film."""
        return hasattr(self.made, "captions")

    @property
    def note(self) -> str:
        """What there is besides the text: of a film, its frames."""
        return f"a film of {len(self.made)} frames" if self.moves else ""

    @property
    def drawing(self) -> Any:
        """The picture as one drawing; of a film, the last frame, or the first that asks for a gradient."""
        import viz

        if self.moves:
            return self.made.cover
        return viz.draw(self.made) if hasattr(self.made, "data") else self.made

    @property
    def text(self) -> str:
        """The picture for a terminal: a circuit as a tree or a table, a short film as the captions of its frames.

        What a film asks for it does not tell: the captions end with the first question.
        """
        import viz

        if self.moves and len(self.made) <= SHORT:
            asks = [question.frame for question in self.made.questions]
            return _told(self.made.captions[: asks[0] + 1] if asks else self.made.captions)
        if hasattr(self.made, "data"):
            return viz.text(self.made).rstrip()
        words = getattr(self.made, "words", None)
        return str(words()).rstrip() if words else f"[{self.alt}]"

    @property
    def suffix(self) -> str:
        """The form in which it is best looked at: a film as a page that plays, else an SVG."""
        return ".html" if self.moves else ".svg"

    def save(self, folder: Path, suffix: str = "") -> Path:
        """Write it into the folder under its id."""
        kind = suffix or self.suffix
        made = self.made if kind == ".html" else self.drawing
        return Path(made.save(folder / f"{self.id}{kind}"))


def _told(captions: Sequence[str]) -> str:
    """The frames of a film one after the other."""
    return NEW.join(f"{number:>3}  {caption.replace(NEW, NEW + ' ' * 5)}" for number, caption in enumerate(captions, 1))


def names_before(lesson: Lesson, part: Part) -> Names:
    """The lesson's names where this part stands, from a fresh execution of all run blocks before it."""
    names: Names = {}
    for block in lesson.parts:
        if block is part:
            break
        if isinstance(block, Run):
            execute(block.code, names, f"<lesson: {block.id}>")
    return names


def picture(lesson: Lesson, show: Show) -> Picture:
    """The picture that this block describes; LessonError where its code fails or gives nothing to draw."""
    import viz
    from viz.live.live import running

    outcome = execute(show.code, {"viz": viz, **names_before(lesson, show)}, f"<lesson: {show.id}>")
    if outcome.error:
        raise LessonError(f"{show.id}: {outcome.error}", show.line)
    if not (hasattr(outcome.value, "save") or hasattr(outcome.value, "operation")):
        raise LessonError(f"{show.id}: the last line gives nothing to draw, but {outcome.value!r}", show.line)
    follower = running()
    if follower:
        follower.show(outcome.value)
    return Picture(f"{lesson.id}-{show.id}", show.alt, outcome.value)
