"""The gallery as Markdown, for readers of the repository."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from docs.exhibition.exhibits import Exhibit, Gallery
from docs.exhibition.works import Picture, Work

NOTE = "<!-- Made by `make pictures` from docs/exhibition/exhibits.md; change that file, not this one. -->"


def markdown(gallery: Gallery, works: Mapping[Exhibit, Work]) -> str:
    """The whole gallery: contents, and each exhibit with its pictures, program and source."""
    parts = [NOTE, f"# {gallery.title}", *gallery.before, _fence("python", gallery.prelude), *gallery.after]
    parts.append("With larger pictures, by day and by night: [index.html](index.html), to be opened in a browser.")
    parts.append("\n".join(_contents(gallery)))
    for group in gallery.groups:
        parts.append(f"## {group.title}")
        for exhibit in group.exhibits:
            parts += _exhibit(works[exhibit])
    return "\n\n".join(parts) + "\n"


def _contents(gallery: Gallery) -> Iterator[str]:
    for group in gallery.groups:
        links = ", ".join(f"[{exhibit.title}](#{exhibit.id})" for exhibit in group.exhibits)
        yield f"- **[{group.title}](#{group.id})**: {links}"


def _exhibit(work: Work) -> Iterator[str]:
    yield f"### {work.exhibit.title}"
    yield from work.exhibit.words
    yield from map(_image, work.pictures)
    if work.printed:
        yield _fence("text", work.printed)
    for page in work.pages:
        yield f"The page: [{page}]({page})."
    yield _fence("python", work.exhibit.program)
    for name, text in work.sources:
        yield f"<details><summary>{name}</summary>\n\n{_fence('latex', text)}\n\n</details>"
    yield f"*Source: {work.exhibit.source}.*"


def _image(picture: Picture) -> str:
    alt = picture.alt.replace("\\", "").replace("[", "(").replace("]", ")")  # Markdown ends an alternative text at ]
    return f"![{alt}]({picture.file})"


def _fence(language: str, text: str) -> str:
    return f"```{language}\n{text.rstrip()}\n```"
