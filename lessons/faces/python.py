"""Lessons in Python: a reply shows itself, as text in a REPL and as HTML in a notebook."""

from __future__ import annotations

from lessons.faces.html import reply_html
from lessons.faces.text import reply_text
from lessons.faces.watching import Watch
from lessons.session.reply import Reply
from lessons.session.session import Session


def install() -> None:
    """Have every reply show itself so; its commands read lesson.hint()."""
    Reply.as_text = lambda reply: reply_text(reply, python=True)
    Reply.as_html = reply_html
    Session.watching = Watch
