"""Notebooks: executed by a kernel, exported by nbconvert, opened in Chromium; and front ends that forbid half of it."""

import re
from html.parser import HTMLParser

import pytest

import viz
from autograd_tiny import Value

nbformat = pytest.importorskip("nbformat", reason="nbconvert is not installed (extra: test)")
nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed (extra: test)")
nbconvert = pytest.importorskip("nbconvert", reason="nbconvert is not installed (extra: test)")
pytest.importorskip("ipykernel", reason="ipykernel is not installed (extra: test)")

pytestmark = pytest.mark.browser

START = """
import viz
from autograd_tiny import Value
w = Value(5.0, "w<&'")
z = w**2 * (w - 3)
z.label = "z"
z.backward()
"""
WIDE = "y = w\nfor _ in range(12):\n    y = (y * w).tanh()\n"
CELLS = (START + "viz.draw(z)", "viz.film(z)", "z", WIDE + "viz.draw(y)", 'viz.film(z, theme="dark")')
FILMS = 2
SHOWN = """
const all = Array.from(document.querySelectorAll("object, iframe"), (each) => {
    const { left, right, width, height } = each.getBoundingClientRect();
    return [each.tagName, left, right, width, height];
});
const fetched = performance.getEntriesByType("resource").map((each) => each.name);
return [all, document.documentElement.scrollWidth - innerWidth, fetched];
"""


@pytest.fixture(scope="module")
def executed():
    """The notebook with all its outputs; a cell that fails raises here."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code) for code in CELLS])
    nbclient.NotebookClient(notebook, timeout=60).execute()
    assert [len(cell.outputs) for cell in notebook.cells] == [1] * len(CELLS)  # no warnings beside the pictures
    return notebook


def without_network(html: str) -> str:
    """The export without the libraries for formulas and diagrams that nbconvert itself fetches."""
    return re.sub(r'<script[^>]*(?:src="https|type="module").*?</script>', "", html, flags=re.DOTALL)


@pytest.mark.parametrize("template", ["lab", "classic"])
@pytest.mark.parametrize("width", [1280, 420])
def test_an_export_shows_every_picture_whole_and_fetches_nothing(player, executed, tmp_path, template, width):
    html, _ = nbconvert.HTMLExporter(template_name=template).from_notebook_node(executed)
    player.path = tmp_path / "notebook.html"
    player.path.write_text(without_network(html), encoding="utf-8")
    player.open(width=width)
    pictures, overflow, fetched = player.driver.execute_script(SHOWN)
    assert [tag for tag, *_ in pictures] == ["OBJECT", "IFRAME", "OBJECT", "OBJECT", "IFRAME"]
    assert overflow <= 0
    for tag, left, right, wide, high in pictures:
        assert 0 <= left < right <= width
        assert high > 200 if tag == "IFRAME" else wide > width / 3
    assert all(address.startswith("data:") for address in fetched)


def test_drawings_keep_their_proportions(player, executed, tmp_path):
    player.path = tmp_path / "notebook.html"
    player.path.write_text(executed.cells[0].outputs[0].data["text/html"], encoding="utf-8")
    drawing = viz.draw(circuit())
    for room in (1280, 420):
        player.open(width=room)
        ((_, _, _, wide, high),), _, _ = player.driver.execute_script(SHOWN)
        assert wide / high == pytest.approx(drawing.page.width / drawing.page.height, rel=0.01)  # of whole pixels
        assert wide == pytest.approx(min(drawing.page.width * 96 / 72, room - 16), abs=1)  # its own size, or the body


def test_films_play_in_their_cells(player, executed, tmp_path):
    html, _ = nbconvert.HTMLExporter(template_name="lab").from_notebook_node(executed)
    player.path = tmp_path / "notebook.html"
    player.path.write_text(without_network(html), encoding="utf-8")
    player.open(reduced_motion="reduce")
    film = viz.film(circuit())
    for place in range(FILMS):
        player.driver.switch_to.frame(player.driver.find_elements("tag name", "iframe")[place])
        assert player.frame_of(len(film)) == 1
        assert player.click("forward").frame_of(len(film)) == 2
        assert player.click("last").caption == film.captions[-1]
        assert player.press("?").find("keys").is_displayed()
        player.driver.find_element("css selector", "dialog button").click()
        assert not player.find("keys").is_displayed()
        whole = "return document.documentElement.scrollHeight <= innerHeight"
        assert player.driver.execute_script(whole)  # nothing in the cell scrolls but what is asked to
        player.driver.switch_to.default_content()


def circuit() -> Value:
    names: dict[str, Value] = {}
    exec(START, names)
    return names["z"]


class Left(HTMLParser):
    """What is left of a cell where frames, objects and all unknown elements are taken out, as JupyterLab does."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.images: list[dict[str, str | None]] = []
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag == "img":
            self.images.append(dict(attrs))
        assert tag in {"img", "object", "iframe", "noscript"}

    def handle_data(self, data):
        self.words += data


@pytest.mark.parametrize("make", [viz.draw, viz.film])
def test_where_frames_are_taken_out_the_picture_stays_with_its_words(make):
    picture = make(circuit())
    left = Left(picture._repr_mimebundle_()["text/html"])
    (image,) = left.images
    last = picture if make is viz.draw else picture[-1]
    assert image["src"].startswith("data:image/svg+xml;base64,")
    assert image["alt"] == last.description
    assert left.words == ""


# What VS Code allows its notebooks, and no more.
STRICT = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src https: http: data:; font-src https:; connect-src https:; child-src https: data:"
)


def test_under_the_policy_of_an_editor_films_play_and_drawings_are_images(player, executed, tmp_path):
    cells = "".join(cell.outputs[0].data["text/html"] for cell in executed.cells[:2])
    player.path = tmp_path / "cells.html"
    policy = f'<meta http-equiv="Content-Security-Policy" content="{STRICT}">'
    player.path.write_text(f'<!DOCTYPE html>{policy}<link rel="icon" href="data:,">{cells}', encoding="utf-8")
    player.open(reduced_motion="reduce")
    blocked = [entry["message"] for entry in player.driver.get_log("browser")]
    assert blocked
    assert all("default-src" in message and "image/svg+xml" in message for message in blocked)  # the object alone
    seen = """
        const image = document.querySelector("object img");
        return [image.naturalWidth > 0, image.getBoundingClientRect().width > 250];
    """
    assert player.driver.execute_script(seen) == [True, True]
    player.driver.switch_to.frame(0)
    assert player.click("forward").frame_of(len(viz.film(circuit()))) == 2
    player.driver.switch_to.default_content()
