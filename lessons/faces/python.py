"""Lessons in Python: a session that shows itself, as text in a REPL and as HTML in a notebook, and lends its names."""

from __future__ import annotations

import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from lessons.faces.curves import Watch
from lessons.faces.html import reply_html
from lessons.faces.text import reply_text
from lessons.session.commands import SESSION
from lessons.session.reply import Reply
from lessons.session.session import Session

LENDS = f"The lesson's names are yours with  {SESSION}.use(globals());  {SESSION}.next() goes on."


def install() -> None:
    """Have every reply show itself so; its commands read lesson.hint()."""
    Reply.as_text = lambda reply: reply_text(reply, python=True)
    Reply.as_html = reply_html
    Session.watching = Watch


class Lesson(Session):
    """A session in Python: what it shows is displayed, and its names can be used like one's own."""

    _lent: MutableMapping[str, Any] | None = None
    _greeting = False

    def use(self, names: MutableMapping[str, Any]) -> None:
        """Have the lesson's names in these, `globals()` say, now and after every step; what is yours stays yours.

        A name that you bind to something else is yours from then on.
        """
        self._lent, self._before = names, dict[str, Any]()
        self._lend()

    def open(self, name: str = "") -> str:
        """Open the picture or film of this screen (or the one of this name) in a browser; what happened, in a line."""
        from lessons.faces.terminal import opened

        page = self.pic(name).page
        return "\n".join(map(opened, page.pictures)) if page and page.pictures else "There is no picture yet."

    def export(self, folder: str | Path = ".") -> Path:
        """Write this lesson as a notebook into the folder; where it is."""
        from lessons.faces.notebook import export

        return export(self.lesson, Path(folder))

    def greet(self) -> None:
        """Show the first screen: in a notebook as it is shown there, else as text."""
        shell = _ipython()
        if shell is not None:
            self.use(shell.user_ns)
        if shell is not None and "kernel" in type(shell).__module__:
            from IPython.display import display

            display(self.show())  # type: ignore[no-untyped-call]
        else:
            print(reply_text(self.show(), python=True), LENDS if shell is None else "", sep="\n\n")
        self._greeting = True

    def _go(self, at: int) -> Reply:
        self._greeting = False
        reply = super()._go(at)
        self._lend()
        return reply

    def _lend(self) -> None:
        """Renew what was lent; a name that stands for something else now has become the learner's own."""
        if self._lent is None:
            return
        for name, value in self.names.items():
            theirs = name in self._lent and self._lent[name] is not self._before.get(name, self)
            if not (theirs or name.startswith("__")):
                self._lent[name] = self._before[name] = value

    def __repr__(self) -> str:
        # Right after `lessons.start(…)` the screen is there already.
        return f"<lesson {self.lesson.id}, step {self.screen.step.number}>" if self._greeting else super().__repr__()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": repr(self)} if self._greeting else super()._repr_mimebundle_()


def _ipython() -> Any:
    """IPython's shell, where this runs in one."""
    module = sys.modules.get("IPython")
    return module.get_ipython() if module else None
