"""What is shown as HTML: the pieces of a screen, and replies; and the pages of pictures, made when asked for.

Glossary: a *piece* is a part of a screen as HTML under a key, so that a tab renews only what has changed.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any

from lessons.faces.text import SIGNS, VERBATIM
from lessons.format.lesson import Lesson, LessonError, Part, Question, Screen, Show
from lessons.pages import markdown
from lessons.pages.html import Places, item_html, page_html, said_html
from lessons.session.pages import Picture, head
from lessons.session.reply import Reply
from lessons.session.standing import Standing
from lessons.web.room import MOST

if TYPE_CHECKING:
    from lessons.session.session import Session
    from viz.live.pages import Sheet

Piece = dict[str, str]
WAITING = '<figure class="picture waiting"'
LARGE, PATIENCE = 400, 3.0  # values; seconds: what is larger, or takes longer, is not drawn in passing


class Pictures:
    """The pages on which pictures zoom and play, by the last part of their address."""

    def __init__(self) -> None:
        self._sheets: dict[str, Sheet] = {}

    def keep(self, name: str, picture: Any) -> str:
        """Have this picture's page at hand; its address."""
        from viz.live.pages import page

        return self.make(name, lambda: page(picture))

    def make(self, name: str, made: Callable[[], str]) -> str:
        """Have a page at hand that is made when it is asked for; its address."""
        from viz.live.pages import Sheet

        self._sheets[name] = Sheet(made)
        return f"picture/{name}"

    def drop(self, name: str) -> None:
        """Nothing that is shown leads to this page any more."""
        self._sheets.pop(name, None)

    def page(self, name: str) -> str | None:
        """The page, made when it is first asked for; None where there is no such picture."""
        sheet = self._sheets.get(name)
        return gzip.decompress(sheet.compressed()).decode() if sheet else None


def linked(target: str) -> str:
    """The address of what a lesson links to: another lesson, a step, the web; an experiment has none here."""
    if target.partition(":")[0] in ("http", "https"):
        return target
    file, _, heading = target.partition("#")
    if file and not file.endswith(".md"):
        return ""
    return f"#go={file.removesuffix('.md')}/{heading}"


class Sheets:
    """Screens and replies of one sitting as HTML; what a screen shows is made once, for it does not change."""

    def __init__(self) -> None:
        self.pictures = Pictures()
        self.places = Places(linked, lambda picture: self.pictures.keep(picture.id, picture.made))
        self._made: dict[tuple[str, int], str] = {}
        self._drawn = 0

    def pieces(self, session: Session) -> Iterator[Piece]:
        """The step up to the present screen, with a place for each picture that is yet to be drawn."""
        for at, screen in reached(session):
            yield piece(f"{at}-head", self._head(session.lesson, screen))
            for number, part in enumerate(screen.parts):
                yield piece(f"{at}-{number}", self._part(session, part))

    def _part(self, session: Session, part: Part) -> str:
        known = (session.lesson.id, part.line)
        if isinstance(part, Question):
            return self._item(session, part)
        if known not in self._made and isinstance(part, Show):
            return f'{WAITING} aria-label="{escape(part.alt)}"><p>The picture is being drawn …</p></figure>'
        if known not in self._made:
            self._made[known] = self._item(session, part)
        return self._made[known]

    def draw(self, session: Session) -> bool:
        """Draw the first picture up to the present screen that is still to be drawn; whether there is one."""
        shows = [part for _, screen in reached(session) for part in screen.parts if isinstance(part, Show)]
        left = [show for show in shows if (session.lesson.id, show.line) not in self._made]
        for show in left[:1]:
            self._made[session.lesson.id, show.line] = self._item(session, show)
        return bool(left)

    def waits(self, piece: Piece) -> bool:
        """Whether it is a place for a picture that is yet to be drawn."""
        return piece["html"].startswith(WAITING)

    def _head(self, lesson: Lesson, screen: Screen) -> str:
        if screen.continued:
            return ""
        inside = page_html(head(lesson, screen), self.places)
        return inside.partition(">")[2].rpartition("</section>")[0].strip()

    def _item(self, session: Session, part: Part) -> str:
        try:
            return self.item(session.item(part))
        except (LessonError, ValueError, RuntimeError) as error:
            return f'<p class="failed">{escape(str(error))}</p>'

    def item(self, item: Any) -> str:
        """One piece of a screen, or something of the same kind."""
        made = item_html(item, self.places)
        if isinstance(item, Picture) and not (item.moves or item.played):
            self.pictures.keep(item.id, item.drawing)
        return made

    def drawn(self, value: Any) -> str:
        """What code gave, drawn where it is something to draw: a Value that was computed, a picture, a film."""
        import viz
        from autograd_tiny import Value
        from autograd_tiny.value import ancestors

        made = value
        if isinstance(value, Value):
            if not value.inputs or len(ancestors(value)) > LARGE:
                return ""
            made = partial(viz.draw, value, timeout=PATIENCE)
        elif not (hasattr(value, "svg") and hasattr(value, "save")):
            return ""
        try:
            self._drawn += 1
            self.pictures.drop(f"yours-{self._drawn - MOST}")  # the log has let go of it
            made = made() if callable(made) else made
            return self.item(Picture(f"yours-{self._drawn}", getattr(made, "title", "Your picture"), made))
        except (ValueError, RuntimeError, OSError) as error:
            return f'<p class="failed">It cannot be drawn: {escape(str(error))}</p>'

    def draw_map(self, known: Sequence[Standing], proposed: str) -> None:
        """Have the map at hand as a picture."""

        def drawn() -> str:
            from lessons.faces import way  # loads what lays out pictures: when it is asked for

            return way.zoomed(known, lambda name: f"../#go={name}/", proposed)

        self.pictures.make("map", drawn)

    def said(self, reply: Reply) -> str:
        """What a reply says, as HTML."""
        if not reply.text:
            return ""
        if reply.kind in VERBATIM:
            return markdown.output(reply.text)
        return said_html(SIGNS.get(reply.kind, "") + reply.text, self.places)


def reached(session: Session) -> list[tuple[int, Screen]]:
    """The screens of the present step up to the present one, with their numbers."""
    here = session.snapshot.at
    screens = session.lesson.screens
    return [(at, screens[at]) for at in range(here + 1) if screens[at].step is screens[here].step]


def piece(key: str, html: str) -> Piece:
    """HTML under a key."""
    return {"key": key, "html": html}
