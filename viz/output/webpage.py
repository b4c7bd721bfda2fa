"""What every page stands on: assets, a picture inside, embedded data, and a policy that lets nothing else in."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from html import escape
from importlib.resources import files
from string import Template

from viz.look import GRID, PATHS, SERIES, THEMES, Theme, nights
from viz.words.lettering import Line, Run, drawable

# A picture's point drawn as so many CSS pixels: labels of 13 points are 12 px on a phone, 34 px on a projector's wall.
SMALLEST, LARGEST = 0.9, 2.6
LEGIBLE = 0.7  # where more is to be seen at once: 13 points are 9 px

_COLOUR = re.compile(r'(?:fill|stroke)="(?!none")([^"]*)"')


def asset(package: str, name: str) -> Template:
    """A file among a package's assets; `$name` in it is filled in."""
    return Template((files(package) / "assets" / name).read_text(encoding="utf-8"))


STYLE = asset(__package__, "webpage.css").template  # every page's style begins with it
NEWS = asset(__package__, "news.js").template  # the script of a page that follows a server


def inline(svg: str) -> str:
    """The `<svg>` element alone: HTML has no place for the XML declaration, doctype and comments before it."""
    start = svg.find("<svg")
    if start < 0:
        raise ValueError("page: this picture's svg holds no <svg> element")
    return svg[start:].rstrip()


def written(words: str) -> str:
    """Words as HTML: line breaks stay, what no page can hold is replaced."""
    return escape("\n".join(map(drawable, words.split("\n"))))


def typeset(line: Line) -> str:
    """A line as HTML: italic letters, indices below and exponents above, numbers in their colours."""
    return "".join(map(_typeset, line))


def _typeset(run: Run) -> str:
    text = written(run.text)
    text = f"<i>{text}</i>" if run.italic else text
    text = {-1: f"<sub>{text}</sub>", 1: f"<sup>{text}</sup>"}.get(run.shift, text)
    return f'<span class="{run.role}">{text}</span>' if run.role != "ink" else text


def executable(script: str) -> str:
    """A script that cannot end its element: `<` before a letter, / or ! stands only in its comments and texts."""
    return re.sub(r"<(?=[!/A-Za-z])", "‹", script)


def program_script(source: str) -> str:
    """The script of a picture whose numbers a program computes: the program, how numbers are printed, where they go."""
    figures = asset(__package__, "figures.js").template
    return asset(__package__, "score.js").substitute(program=executable(source), figures=figures)


def extent(svg: str) -> tuple[float, float]:
    """Width and height of a picture in points, as its viewBox says."""
    box = re.search(r'viewBox="[-\d.]+[ ,]+[-\d.]+[ ,]+([\d.]+)[ ,]+([\d.]+)"', svg)
    if box is None:
        raise ValueError("page: this picture's svg has no viewBox, so it cannot be scaled; draw it with one")
    return float(box[1]), float(box[2])


def sizes(svg: str, smallest: float = SMALLEST) -> dict[str, str]:
    """How small and large the picture may be drawn, for a style sheet."""
    width, height = extent(svg)
    return {
        "min_width": f"{smallest * width:.0f}px",
        "min_height": f"{smallest * height:.0f}px",
        "max_width": f"{LARGEST * width:.0f}px",
        "ratio": f"{height / width:.4f}",
    }


def dressed(theme: Theme, pictures: Iterable[str]) -> tuple[dict[str, str], str]:
    """A picture's ground and how a gate at work is lit, for a style sheet, and rules for its other colours.

    Pictures in the default theme's own colours, charts of a few series, and paths have a night as well; those of a
    theme that was chosen, and scales of colours, which mean something on their own ground, keep it. Without pictures,
    the rules for whatever has a night.
    """
    pictures = list(pictures)
    dark = theme.paper[1] < "8"
    words = {
        name: f"light-dark({getattr(THEMES['lecture'] if dark else theme, name)}, "
        f"{getattr(theme if dark else THEMES['dark'], name)})"
        for name in ("value", "gradient")
    }  # beside the picture, on the page's own ground
    night = nights(theme)
    used = {colour.upper() for svg in pictures for colour in _COLOUR.findall(svg)}
    if not night or not used <= {*night, *FURTHER, GRID}:
        own = {"paper": theme.paper, "lit": theme.lit, "gate": theme.gate, "scheme": "dark" if dark else "light"}
        return own | words, ""
    both = {colour: f"light-dark({colour}, {other})" for colour, other in night.items()}
    own = {"paper": both[theme.paper], "lit": both[theme.lit], "gate": both[theme.gate], "scheme": "inherit"}
    further = {day: other for day, other in FURTHER.items() if day not in night and (day in used or not pictures)}
    unsaid = not pictures or any(map(_SAID_ALONE.search, pictures))
    more = _UNSAID.format(theme.ink, night[theme.ink]) if unsaid else ""
    return own | words, _rules(night | further) + more


FURTHER = SERIES | PATHS  # what tells the lines of a chart apart, and paths

_SAID_ALONE = re.compile(r"<text[^>]*>[^<]")  # in a chart; a circuit's texts are runs, each with its colour
_UNSAID = "\n:where(.stage) text:not([fill]) {{ fill: light-dark({}, {}); }}"  # matplotlib leaves black out


def _rules(night: Mapping[str, str]) -> str:
    """What is of one colour by day is of another by night; some printers write it in small letters."""
    return "".join(
        f'\n:where(#player-stage, .stage) [{side}="{colour}" i] {{ {side}: light-dark({colour}, {other}); }}'
        for colour, other in night.items()
        for side in ("fill", "stroke")
    )


def embedded(record: object) -> str:
    """JSON that cannot end the script element it stands in, whatever a label says."""
    text = json.dumps(record, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def policy(style: str, script: str = "", images: str = "data:") -> str:
    """The content security policy of a page that runs exactly this style and this script, and fetches only `images`."""
    runs = f"script-src '{_digest(script)}'; " if script else ""
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; {runs}img-src {images}; base-uri 'none'; form-action 'none'"
    )


def head(policy: str, title: str, more: str) -> str:
    """What every page begins with; `more` are its own lines: styles, scripts, links."""
    return asset(__package__, "head.html").substitute(policy=policy, title=written(title), more=more)


def document(package: str, name: str, title: str, style: str, script: str = "", **parts: object) -> str:
    """A page that stands by itself: the head that all have, and a package's body, with its parts filled in."""
    top = head(policy(style, script), title, f"<style>{style}</style>\n")
    return top + asset(package, name).substitute(parts, title=written(title), script=script)


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
