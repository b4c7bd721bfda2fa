"""The style sheet of lessons as pages: by day and by night, from a phone to a projector, and on paper."""

from __future__ import annotations

from functools import cache

from lessons.pages import pictures
from viz.output import webpage


@cache
def style() -> str:
    """All of it: what every page shares, what a lesson is made of, the pictures' sizes and colours."""
    own = webpage.asset(__package__, "lesson.css").template.strip()
    return f"{webpage.STYLE.strip()}\n{own}{pictures.rules()}\n"
