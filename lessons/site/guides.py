"""The site's pages beside the lessons: where one begins, the map, the gallery, experiments and trainings, guides."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path

from lessons.experiments.__main__ import commands, source
from lessons.faces import way
from lessons.faces.curves import told
from lessons.format import library
from lessons.format.lesson import Lesson, Train
from lessons.format.library import Entry
from lessons.pages import markdown, pictures
from lessons.session.standing import Standing, by_part, opens, standings
from lessons.session.training import stored_runs
from lessons.site.chrome import Page, to
from lessons.site.reference import documented
from lessons.site.steps import Site, place

PACKAGE = library.TEXTS.parent
ROOT = PACKAGE.parent  # of a checkout; an installed package has no documents beside it
GALLERY = ROOT / "docs" / "gallery"
GUIDES = {
    "reading": ("docs/READING.md", "the six files of the engine, read in order"),
    "teaching": ("docs/TEACHING.md", "links, slides, handouts and reports for a course"),
    "web": ("docs/WEB.md", "the same lessons on a page with Python behind it, for one and for a class"),
    "format": ("lessons/FORMAT.md", "how a lesson is written, in one Markdown file"),
    "checking": ("docs/CHECKING.md", "a derivative of one's own held against differences"),
    "growing": ("docs/GROWING.md", "from a lesson's graph to many machines, by PyTorch and JAX"),
    "architecture": ("docs/ARCHITECTURE.md", "the tree, and three ways through it"),
}


def guides() -> dict[str, Path]:
    """The documents that are there, by the names of their pages."""
    return {name: ROOT / path for name, (path, _) in GUIDES.items() if (ROOT / path).exists()}


# Where one begins, and the map ----------------------------------------------------------------------------------------


def front(site: Site, entries: Iterable[Entry]) -> Page:
    """The first page: all lessons, part by part, each with what it is about."""
    known = standings(entries, {})
    here = "index.html"
    cards = {part: "".join(_card(each, here, site) for each in inside) for part, inside in by_part(known).items()}
    parts = "".join(
        f'<section><h2>{escape(part)}</h2><ul class="cards">{inside}</ul></section>' for part, inside in cards.items()
    )
    first = to(place(site.entries[0].id, 0), here) if site.entries else ""
    begin = f'<p><a class="button first" href="{first}">Begin with the first lesson</a></p>' if first else ""
    body = (
        "<h1>Backpropagation, drawn and run</h1>\n"
        '<p class="lead">Lessons to step through: read, predict a number or a formula, be told which mistake it was, '
        "and watch every value and gradient in the picture of its circuit. Everything here works without a network; "
        "with Python at hand, <code>python -m lessons</code> runs the code as well.</p>\n"
        f"{begin}\n{parts}"
    )
    return Page(here, "autograd-tiny", body, "lessons begin", scripts=("site.js",))


def _card(standing: Standing, here: str, site: Site) -> str:
    entry = standing.entry
    if entry.id not in site.anchors:
        told = f'<p class="soft">{escape(entry.summary)} It is not among these pages.</p>'
        return f'<li class="absent"><h3>{escape(entry.title)}</h3>{told}</li>'
    count = f"{entry.minutes} min · {len(entry.questions)} questions"
    link = f'<a href="{to(place(entry.id, 0), here)}">{escape(entry.title)}</a>'
    return (
        f"<li{_standing(entry, site)}><h3>{link}</h3><p>{markdown.inline(entry.summary, lambda target: '')}</p>"
        f'<p class="soft">{count} <span class="marks"></span></p></li>'
    )


def _standing(entry: Entry, site: Site) -> str:
    """What the page needs to say how far its reader has come, and which lesson is next."""
    asked = " ".join(site.asked.get(entry.id, ()))
    return f' data-lesson="{entry.id}" data-needs="{" ".join(entry.needs)}" data-counts="{asked}"'


def map_page(site: Site, entries: Iterable[Entry]) -> Page:
    """The lessons in a picture, each a link, and in words what each needs and opens."""
    here, known = "map.html", standings(entries, {})
    titles = {standing.entry.id: standing.entry.title for standing in known}
    drawing = way.linked(known, lambda name: to(place(name, 0), here) if name in site.anchors else "")
    shown = pictures.stage(drawing, "The lessons, part by part, and lines from what each builds on.", "map")

    def named(names: Iterable[str]) -> str:
        return ", ".join(
            f'<a href="{to(place(name, 0), here)}">{escape(titles[name])}</a>'
            if name in site.anchors
            else escape(titles[name])
            for name in names
            if name in titles
        )

    rows = "".join(
        f'<tr{_standing(s.entry, site)}><td>{named([s.entry.id])} <span class="marks soft"></span></td>'
        f"<td>{named(s.entry.needs)}</td>"
        f"<td>{named(opens(s.entry.id, [each.entry for each in known]))}</td></tr>"
        for s in known
    )
    body = (
        '<h1>The map</h1>\n<p class="lead">An arrow leads from each lesson to those that build on it.</p>\n'
        f'<figure class="picture">{shown}</figure>\n<h2>The same in words</h2>\n'
        '<div class="table" tabindex="0" role="group" aria-label="Lessons"><table><thead><tr>'
        '<th scope="col">Lesson</th><th scope="col">builds on</th><th scope="col">opens</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )
    return Page(here, "The map", body, "map of the lessons, needs, order")


# Experiments, and what the lessons train ------------------------------------------------------------------------------


def experiments(site: Site) -> Page:
    """Each experiment: what it shows, how it is run, where it is used; then the lessons' own trainings."""
    here = "experiments.html"
    items = "".join(_experiment(name, here, site) for name in commands())
    runs = "".join(trainings(site, here))
    reports = f'<h2 id="trainings">Trainings within the lessons</h2>\n{runs}' if runs else ""
    body = (
        '<h1>Experiments</h1>\n<div class="prose"><p class="lead">What the lectures show in their figures, run anew. '
        "Each prints what it finds and fails where it misses its bar; <code>python -m lessons.experiments check</code> "
        f"runs all of them from three seeds.</p>\n{items}{reports}</div>"
    )
    return Page(here, "Experiments", body, "experiments figures of the lectures run anew", "What the figures come from")


def _experiment(name: str, here: str, site: Site) -> str:
    summary, _, more = (ast.get_docstring(ast.parse(source(name).read_text("utf-8"))) or "").partition("\n\n")
    used = [entry for entry in site.entries if name in entry.experiments]
    links = ", ".join(f'<a href="{to(place(entry.id, 0), here)}">{escape(entry.title)}</a>' for entry in used)
    return (
        f'<h2 id="{name}">{escape(name.replace("_", " "))}</h2>\n<p>{escape(summary)}</p>\n'
        f"<p><code>{library.experiment_command(name)}</code>{f' · in the lesson {links}' if used else ''}</p>\n"
        f"{documented(more)}"
    )


def trainings(site: Site, here: str) -> Iterator[str]:
    """Each training of the lessons: its stored runs in lines, and what is claimed of all of them."""
    for entry in site.entries:
        lesson = library.load(entry.id)
        for step in lesson.steps:
            for part in step.parts:
                if isinstance(part, Train) and stored_runs(part):
                    yield _training(lesson, step.number, part, here)


def _training(lesson: Lesson, step: int, part: Train, here: str) -> str:
    holds = "".join(f"<li><code>{escape(claim)}</code></li>" for claim in part.holds)
    where = f'<a href="{to(place(lesson.id, step), here)}">{escape(lesson.title)}, step {step}</a>'
    claims = f"<p>Of every run it holds:</p>\n<ul>{holds}</ul>\n" if holds else ""
    name = f"{lesson.id}-{part.id}"
    runs = markdown.output(told(stored_runs(part)), name=f"The runs of {name}")
    return f'<h3 id="{name}">{escape(part.id.replace("-", " "))}</h3>\n<p>{where}</p>\n{claims}{runs}\n'


# Documents and the gallery --------------------------------------------------------------------------------------------


def documents(site: Site) -> Iterator[Page]:
    """The guides, and the page that lists them."""
    there = guides()
    here = "guides/index.html"
    items = "".join(
        f'<li><h2><a href="{name}.html">{escape(_title(path))}</a></h2><p>{escape(GUIDES[name][1])}</p></li>'
        for name, path in there.items()
    )
    yield Page(here, "Guides", f'<h1>Guides</h1>\n<ul class="cards">{items}</ul>', "guides")
    for name, path in there.items():
        yield _document(f"guides/{name}.html", path, site)


def _read(path: Path) -> str:
    """A document without a comment at its top, and without a link to its twin, which this page is."""
    text = re.sub(r"^<!--.*?-->\s*", "", path.read_text("utf-8"), flags=re.DOTALL)
    return re.sub(r"^.*\]\(index\.html\).*\n", "", text, flags=re.MULTILINE)


def _title(path: Path) -> str:
    return _read(path).partition("\n")[0].removeprefix("# ").strip()


def _document(here: str, path: Path, site: Site) -> Page:
    text = _read(path)
    body = markdown.html(text, lambda target: _from_document(target, path, here, site), headings=(1, 2, 3))
    return Page(
        here,
        _title(path),
        f'<div class="prose">\n{body}</div>',
        re.sub(r"```.*?```", " ", text, flags=re.DOTALL),
        "Guides",
    )


def _from_document(target: str, path: Path, here: str, site: Site) -> str:
    """The address of what a document links to; "" where the site has no such page."""
    if re.match(r"[a-z]+:", target):
        return target if target.startswith("http") else ""
    file, _, anchor = target.partition("#")
    if not file:
        return target
    where = Path(os.path.normpath(path.parent / file))
    by_path = {each: name for name, each in guides().items()}
    if where in by_path:
        return to(f"guides/{by_path[where]}.html" + (f"#{anchor}" if anchor else ""), here)
    if where.is_relative_to(GALLERY):
        name = where.relative_to(GALLERY).as_posix()
        return to(f"gallery/{'index.html' if name in ('.', 'README.md') else name}", here) if where.exists() else ""
    if where.parent == library.TEXTS:
        return site.link(f"{where.name}#{anchor}" if anchor else where.name, here)
    experiment = where.is_relative_to(PACKAGE / "experiments") and where.suffix == ".py"
    return to(f"experiments.html#{where.stem}", here) if experiment and where.stem in commands() else ""


def gallery(site: Site) -> Iterator[Page]:
    """The gallery, as the document that stands beside its pictures."""
    if (GALLERY / "README.md").exists():
        yield _document("gallery/index.html", GALLERY / "README.md", site)


def hung() -> dict[str, bytes]:
    """The gallery's pictures, and the pages that play."""
    files = sorted(GALLERY.iterdir()) if GALLERY.is_dir() else []
    return {f"gallery/{each.name}": _hung(each) for each in files if each.name not in ("README.md", "index.html")}


def _hung(file: Path) -> bytes:
    return pictures.lean(file.read_text("utf-8")).encode() if file.suffix == ".svg" else file.read_bytes()
