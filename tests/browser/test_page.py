"""The page as text: self-contained, the same bytes every time, and closed to whatever a label says."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from viz.output.player import page


class Reader(HTMLParser):
    """What a browser would take from the page: its elements with their attributes, and the text of its scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.raw: dict[str, list[str]] = {"script": [], "style": []}

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag in self.raw:
            self.raw[tag].append("")

    def handle_data(self, data):
        if self.raw.get(self.lasttag):
            self.raw[self.lasttag][-1] += data if self.cdata_elem else ""


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    return reader


def digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def test_same_film_same_bytes(film):
    assert page(film) == page(replace(film))


def test_nothing_is_fetched(film):
    for _, attributes in read(page(film)).elements:
        for name in ("src", "href", "action", "data", "srcset"):
            assert re.match(r"#|data:|$", attributes.get(name) or "")
    assert not re.search(r"@import|url\(|eval\(|new Function|innerHTML", page(film))


def test_policy_allows_exactly_the_style_and_script_inside(film):
    reader = read(page(film))
    policy = next(a["content"] for tag, a in reader.elements if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert f"style-src '{digest(reader.raw['style'][0])}';" in policy
    assert f"script-src '{digest(reader.raw['script'][1])}';" in policy
    assert not any(set(a) & {"style", "onclick", "onload"} for _, a in reader.elements)


def test_labels_stay_text(film, hostile_film):
    calm, hostile = read(page(film)), read(page(hostile_film))
    assert [tag for tag, _ in hostile.elements] == [tag for tag, _ in calm.elements]
    record = json.loads(hostile.raw["script"][0])
    assert record["frames"][0]["description"] == hostile_film.descriptions[0]


def test_frames_are_told_as_differences(film):
    record = json.loads(read(page(film)).raw["script"][0])
    visible: set[str] = set()
    for told, frame in zip(record["frames"], film.frames, strict=True):
        visible |= {record["parts"][index] for index in told["show"]}
        visible -= {record["parts"][index] for index in told["hide"]}
        assert visible == set(frame.shown)
        assert {record["parts"][index] for index in told["lit"]} == set(frame.active)


def test_every_control_has_a_name(film):
    reader = read(page(film))
    named = [a for tag, a in reader.elements if tag == "input" or a.get("role") in ("img", "group")]
    assert named
    assert all(a.get("aria-label") for a in named)
    assert {tag for tag, _ in reader.elements} >= {"header", "main", "nav", "h1", "dialog"}
    assert next(a for tag, a in reader.elements if tag == "html")["lang"] == "en"


@pytest.mark.parametrize(("svg", "said"), [("no picture", "no <svg>"), ("<svg></svg>", "no viewBox")])
def test_a_picture_that_cannot_be_shown_is_refused(film, svg, said):
    with pytest.raises(ValueError, match=said):
        page(replace(film, svg=svg))
