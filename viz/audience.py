"""Who is told of each new picture: nobody, until a page follows along (`viz.live`)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from threading import local
from typing import Any, ParamSpec, TypeVar

from autograd_tiny.errors.arguments import annotated

Options = ParamSpec("Options")
Picture = TypeVar("Picture")

followers: list[Callable[[Any], None]] = []
_making = local()  # by thread: whether a picture is being made


def announced(make: Callable[Options, Picture]) -> Callable[Options, Picture]:
    """`make`, whose pictures the followers are told of; not of those drawn in passing, for a picture of its own."""

    make = annotated(make)

    @wraps(make)
    def made(*args: Options.args, **options: Options.kwargs) -> Picture:
        if getattr(_making, "now", False):
            return make(*args, **options)
        _making.now = True
        try:
            picture = make(*args, **options)
        finally:
            _making.now = False
        for follow in tuple(followers):
            follow(picture)
        return picture

    return made
