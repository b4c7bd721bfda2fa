"""Every page passes axe-core in Chromium: names, roles, contrast, keyboard, by day and night, wide and narrow.

axe-core comes inside `axe-playwright-python`, which follows its releases; only the script is used, not Playwright.
"""

import re
from collections.abc import Callable, Iterator
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import viz
from autograd_tiny import Value, nn
from autograd_tiny.value import ancestors
from viz.live.live import Live

pytest.importorskip("axe_playwright_python", reason="axe-core is not installed (extra: test)")

pytestmark = [pytest.mark.browser, pytest.mark.slow]

RUN = """
const done = arguments[0];
const told = ({ id, nodes }) => id + ": " + nodes.map((node) => node.html);
const tell = ({ passes, violations }) => done([passes.length, violations.map(told)]);
axe.run(document).then(tell, (error) => done([0, [String(error)]]));
"""
SCREENS = [("light", 1280, 800), ("dark", 390, 844)]


@pytest.fixture(scope="module")
def axe() -> str:
    return (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")


def audit(driver, axe: str, run: str = RUN) -> None:
    """No violation in the document that the driver looks at; that rules apply at all shows that axe ran."""
    driver.set_script_timeout(60)
    driver.execute_script(axe)
    passed, violations = driver.execute_async_script(run)
    assert violations == []
    assert passed > 15


def circuit() -> Value:
    w = Value(5.0, "w")
    x, y = w**2, w - 3
    x.label, y.label = "x", "y"
    z = x * y
    z.label = "z"
    z.backward()
    return z


def network() -> Value:
    """Scopes that fold, and array gates that open."""
    cell = nn.RNNCell(2, 3)
    outputs, _ = nn.unroll(cell, [Value(np.ones(2), f"x{t}") for t in range(2)])
    return outputs[-1].sum()


def asking(z: Value) -> viz.Film:
    return viz.film(z, predict=z.inputs[0].inputs[0])


def watched() -> Any:
    loss = network()
    watch = viz.flow.training({v.label: v for v in ancestors(loss) if not v.inputs and v.label in ("U", "W")})
    for _ in range(2):
        watch(loss)
    return watch


# What can be saved as a page, and where it is opened. Another kind of page is another line here.
PAGES: dict[str, tuple[Callable[[], viz.Drawing | viz.Chart | viz.Film | viz.Paths | viz.Play | Any], str]] = {
    **{f"film, {theme}": (partial(viz.film, circuit(), theme=theme), "#frame=6") for theme in viz.look.THEMES},
    "playing": (lambda: viz.play(circuit()), "#0=5.5"),
    "playing with arrays": (lambda: viz.play(network()), ""),
    "film that asks": (lambda: asking(circuit()), "#frame=99"),  # it stops at its question
    "drawing": (partial(viz.draw, circuit()), ""),
    "drawing of a network, folded": (lambda: viz.draw(network(), depth=1), ""),
    "gradient flow": (lambda: viz.flow(network(), jacobians=True, bound=True), ""),
    "paths": (lambda: viz.paths(circuit(), "w"), ""),
    "chart": (lambda: viz.chart({"plain": [4.0, 2.0, 1.0], "other": [3.0, 1.0, 0.5]}, log="y", title="Losses"), ""),
    "heat maps": (lambda: viz.chart({"one": np.eye(3), "two": np.eye(20)}, theme="dark"), ""),
    "triangle": (lambda: viz.flow(network(), kind="matrix"), ""),
    "film of a training": (lambda: watched().film(), ""),
}


@pytest.mark.parametrize(("scheme", "width", "height"), SCREENS)
@pytest.mark.parametrize("kind", PAGES)
def test_saved_pages(player, axe, tmp_path: Path, kind: str, scheme: str, width: int, height: int) -> None:
    make, address = PAGES[kind]
    player.path = make().save(tmp_path / "page.html")
    player.open(address, color_scheme=scheme, reduced_motion="reduce", width=width, height=height)
    audit(player.driver, axe)


def test_the_list_of_keys(player, axe) -> None:
    audit(player.open(reduced_motion="reduce").press("?").driver, axe)


GALLERY = Path(__file__).parents[2] / "docs" / "gallery" / "index.html"
LOADED = """
const pictures = [...document.images];
pictures.forEach((each) => (each.loading = "eager"));
return pictures.length > 30 && pictures.every((each) => each.complete && each.naturalWidth);
"""


@pytest.mark.parametrize(("scheme", "width", "height"), SCREENS)
def test_the_gallery_of_one_exhibit_a_group(player, axe, tmp_path: Path, scheme: str, width: int, height: int) -> None:
    """Exhibits are alike, and axe takes its time for each."""
    html = re.sub(r"(<section.*?</article>).*?(?=</section>)", r"\1", GALLERY.read_text("utf-8"), flags=re.DOTALL)
    player.path = tmp_path / "index.html"
    player.path.write_text(html, "utf-8")
    for name in re.findall(r'<img src="([^"]+)"', html):
        (tmp_path / name).write_bytes((GALLERY.parent / name).read_bytes())
    player.open(color_scheme=scheme, reduced_motion="reduce", width=width, height=height)
    audit(player.driver, axe)


def test_the_gallery_shows_every_picture_and_fits_a_phone(player) -> None:
    driver = player.visit(GALLERY.as_uri(), reduced_motion="reduce", width=390, height=844).driver
    player.wait(lambda: driver.execute_script(LOADED))
    assert driver.execute_script("return document.documentElement.scrollWidth <= innerWidth")


@pytest.fixture
def live() -> Iterator[Live]:
    page = Live()
    yield page
    page.stop()


@pytest.mark.parametrize(("scheme", "width", "height"), SCREENS)
def test_the_live_page_and_what_it_shows(player, axe, live: Live, scheme: str, width: int, height: int) -> None:
    driver = player.visit(repr(live), color_scheme=scheme, reduced_motion="reduce", width=width, height=height).driver
    audit(driver, axe)
    for number, picture in enumerate((viz.draw(circuit()), viz.film(circuit())), 1):
        live.show(picture)
        arrived = f"iframe:not(.arriving)[src='picture/{number}']"
        player.wait(lambda arrived=arrived: driver.find_elements("css selector", arrived))
        audit(driver, axe)
        driver.switch_to.frame(0)
        audit(driver, axe)
        driver.switch_to.default_content()
