"""Random graphs with random hostile labels: whatever is written can be read by what reads that format."""

import json
import unicodedata
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pygraphviz
import pytest
from hypothesis import HealthCheck, given, settings

import viz
from autograd_tiny import Value, scope
from tests.viz.hostile import LABELS, SCRIPT, graphs, labels, row
from tests.viz.latex import compiled
from viz.layout import press
from viz.look import THEMES
from viz.output import player, tikz

VOID = {"meta", "input", "br", "hr", "img", "link"}
few = settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
drawn = partial(viz.draw, show="locals", fold=())


class Reader(HTMLParser):
    """Every element closed in its order; what the scripts hold, and what would run."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.scripts: dict[str, str] = {}
        self.kind = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.kind = dict(attrs).get("type") or "" if tag == "script" else ""
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.scripts[self.kind] = self.scripts.get(self.kind, "") + data


def read(page: str) -> Reader:
    page.encode("utf-8")
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert not reader.open
    assert not [name for name in reader.attributes if name.startswith("on") or name == "style"]
    assert not reader.elements & {"b", "img", "iframe", "object"}
    return reader


@given(graphs(), labels)
@few
def test_svg_is_xml_and_tells_the_same_each_time(z: Value, title: str) -> None:
    drawing = drawn(z, title=title)
    ElementTree.fromstring(drawing.svg.encode("utf-8"))
    assert drawing.svg == drawn(z, title=title).svg
    assert drawing.source == drawn(z, title=title).source


@given(graphs(), labels)
@few
def test_dot_is_graphviz_s(z: Value, caption: str) -> None:
    source = drawn(z, caption=caption).source
    assert pygraphviz.AGraph(string=source).number_of_nodes() >= 2
    press.engrave([source], "dot", "json0")


@given(graphs(), labels)
@few
def test_a_page_that_zooms_is_well_formed_and_its_script_is_ours(z: Value, title: str) -> None:
    calm = viz.draw(Value(1.0, "a").tanh()).html
    assert read(viz.draw(z, title=title, depth=1).html).scripts == read(calm).scripts


@given(graphs(max_operations=4), labels)
@few
def test_a_film_s_page_is_well_formed_and_its_record_is_json(z: Value, title: str) -> None:
    film = viz.film(z, title=title, fold=())
    scripts = read(player.page(film)).scripts
    [record] = [json.loads(text) for kind, text in scripts.items() if kind == "application/json"]
    assert len(record["frames"]) == len(film)
    for frame in (film[0], film[-1]):
        ElementTree.fromstring(frame.svg.encode("utf-8"))


@given(graphs())
@few
def test_text_cannot_command_a_terminal(z: Value) -> None:
    for text in (drawn(z).words(), viz.ledger(z)):
        kinds = {unicodedata.category(letter) for letter in text.replace("\n", "")}
        assert not kinds & {"Cc", "Cs"} and "\u202e" not in text


def labelled_steps() -> Value:
    """Every label on a value of one of three time steps."""
    h = Value(0.5, "h")
    for t in (1, 2, 3):
        with scope(f"t={t}"):
            for label in LABELS[t - 1 :: 3]:
                h = h.tanh()
                h.label = label
    return h


@pytest.mark.parametrize(
    "make",
    [
        lambda h: viz.flow(dict.fromkeys(LABELS[:40:8], h)),
        lambda h: viz.flow(h, title=SCRIPT).circuit(depth=None),
        lambda h: viz.paths(h, "h", title=SCRIPT, depth=None),
        lambda h: viz.rolled(row(LABELS[:8]) + h, title=SCRIPT),
    ],
    ids=["flow", "flow in the circuit", "paths", "rolled"],
)
def test_other_pictures_of_hostile_labels_are_xml_pages_and_lines(make: Any, tmp_path: Path) -> None:
    made = make(labelled_steps())
    ElementTree.fromstring(made.svg.encode("utf-8"))
    read(made.html)
    for suffix in (".txt", ".tex", ".dot"):
        made.save(tmp_path / f"z{suffix}").read_text("utf-8")


def test_pdflatex_sets_every_label_in_every_theme(tmp_path: Path) -> None:
    """One document, a page a drawing: starting TeX costs more than setting a page."""
    parts = [LABELS[k :: len(THEMES)] for k in range(len(THEMES))]
    documents = [
        tikz.document(drawn(row(part), theme=theme, title="\\%#\n", caption="\\caption{%} $h_t$").page)
        for part, theme in zip(parts, THEMES, strict=True)
    ]
    begun, end = r"\fi\makeatother", r"\itsend"
    bodies = [document.partition(begun)[2].rpartition(end)[0] for document in documents]
    head, _, _ = documents[0].partition(begun)
    whole = "\n".join([f"{head}{begun}", "\n\\newpage\n".join(bodies), end])
    assert len(compiled(whole, tmp_path).pages) == len(parts)


@pytest.mark.parametrize(
    "suffix",
    [".svg", *(pytest.param(x, marks=pytest.mark.slow) for x in (".txt", ".dot", ".tex", ".html", ".pdf", ".png"))],
)
def test_hostile_labels_can_be_saved_and_give_the_same_bytes_each_time(suffix: str, tmp_path: Path) -> None:
    shown = LABELS[::6] if suffix in (".pdf", ".png") else LABELS  # painting is slow, and sees what the SVG says
    one, other = (drawn(row(shown)).save(tmp_path / f"{k}{suffix}").read_bytes() for k in "ab")
    assert one == other


@pytest.mark.slow
def test_a_film_of_300_gates_stays_small(tmp_path: Path) -> None:
    total = Value(1.0, "x")
    for k in range(150):
        total = total * Value(1.0, f"w{k}") + 0.1
    page = viz.film(total, depth=None).save(tmp_path / "z.html")
    assert page.stat().st_size < 3e6
