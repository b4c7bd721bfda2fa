"""The zoomable page as its reader uses it: by mouse, by keyboard, back and forward, in any dress."""

import time
from pathlib import Path

import numpy as np
import pytest

import viz
from autograd_tiny import Value, scope

pytestmark = pytest.mark.browser
keys = pytest.importorskip("selenium.webdriver.common.keys", reason="selenium is not installed (extra: test)").Keys
PATIENCE = 10  # seconds: a busy machine may be slow, a broken page never gets there


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A neuron over two numbers: W @ x + b, and a σ of parts, within a scope."""
    W, x, b = Value(np.array([[0.5, -1.0]]), "W"), Value(np.array([1.0, -2.0]), "x"), Value(np.array([0.25]), "b")
    with scope("neuron"):
        a = W @ x + b
        with scope("σ"):
            f = 1 / (1 + (-a).exp())
    loss = f.sum()
    loss.label = "L"
    loss.backward()
    path = tmp_path_factory.mktemp("zoom") / "neuron.html"
    return viz.draw(loss, depth=0, title="A neuron").save(path)


class Zoom:
    """What a reader sees, and does."""

    def __init__(self, driver, path):
        self.driver, self.path = driver, path

    def open(self, address="", **media):
        features = [{"name": "prefers-" + name.replace("_", "-"), "value": value} for name, value in media.items()]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        self.driver.get("about:blank")
        self.driver.get(self.path.as_uri() + address)
        return self

    @property
    def shown(self):
        """The headings of the levels in sight: one."""
        return self.driver.execute_script(
            "return Array.from(document.querySelectorAll('main > section')).filter((s) => s.checkVisibility())"
            ".map((s) => s.querySelector('h2').textContent)"
        )

    def sees(self, title):
        end = time.monotonic() + PATIENCE
        while self.shown != [title]:
            assert time.monotonic() < end, self.shown
            time.sleep(0.05)
        return self

    @property
    def focus(self):
        """The name of what is in focus."""
        return self.driver.execute_script(
            "const at = document.activeElement; return at.getAttribute('aria-label') || at.textContent.trim()"
        )

    def click(self, selector):
        self.driver.find_element("css selector", f"section:not([hidden]) {selector}").click()
        return self

    def press(self, *names):
        self.driver.switch_to.active_element.send_keys(*names)
        return self

    def tab_to(self, name):
        for _ in range(30):
            self.press(keys.TAB)
            if self.focus == name:
                return self
        raise AssertionError(f"Tab never reaches {name}")


@pytest.fixture
def zoom(browser, page_file):
    browser.get_log("browser")
    yield Zoom(browser, page_file)
    assert [entry["message"] for entry in browser.get_log("browser")] == []  # whatever was done, the console is silent


def test_a_click_opens_a_gate_and_its_trail_leads_back(zoom):
    zoom.open().sees("A neuron")
    zoom.click("a[aria-label='Open neuron'] rect").sees("neuron")
    zoom.click("a[aria-label='Open neuron › σ']").sees("neuron › σ")
    assert zoom.driver.title == "neuron › σ – A neuron"
    zoom.click(".trail li:nth-child(2) a").sees("neuron")
    assert zoom.focus == "Open neuron › σ"  # back where one went in
    zoom.click(".trail li:first-child a").sees("A neuron")
    assert zoom.focus == "Open neuron"


def test_a_matrix_product_opens_to_its_scalars(zoom):
    zoom.open("#scope-0").sees("neuron").click("a[aria-label='Open W @ x']").sees("W @ x")
    texts = zoom.driver.execute_script(  # in one go: the page may still be scrolling
        "return Array.from(document.querySelectorAll('section:not([hidden]) svg text'), (text) => text.textContent)"
    )
    assert {"W[0,0]", "W[0,1]", "x[0]", "x[1]", "×", "+"} <= set(texts)


def test_keys_go_in_and_out_and_the_focus_goes_along(zoom):
    zoom.open().sees("A neuron").tab_to("Open neuron").press(keys.ENTER).sees("neuron")
    assert zoom.focus == "neuron"  # the heading: what a screen reader says first
    zoom.tab_to("Open neuron › σ").press(keys.ENTER).sees("neuron › σ")
    zoom.press(keys.ESCAPE).sees("neuron")
    assert zoom.focus == "Open neuron › σ"
    zoom.press(keys.ESCAPE).sees("A neuron").press(keys.ESCAPE).sees("A neuron")


def test_the_focus_can_be_seen_on_a_gate(zoom):
    zoom.open().tab_to("Open neuron")
    width = "return getComputedStyle(document.querySelector('section:not([hidden]) .stage a rect')).strokeWidth"
    assert float(zoom.driver.execute_script(width).removesuffix("px")) > 4
    zoom.press(keys.TAB)
    assert float(zoom.driver.execute_script(width).removesuffix("px")) < 3


def test_back_and_forward_of_the_browser_zoom_too(zoom):
    zoom.open().click("a[aria-label='Open neuron']").sees("neuron")
    zoom.driver.back()
    zoom.sees("A neuron").driver.forward()
    zoom.sees("neuron")


def test_all_can_be_folded_and_opened_and_the_way_out_leads_to_what_was_seen_last(zoom):
    zoom.open(reduced_motion="reduce").sees("A neuron")  # a gate that still moves is not hit
    current = "return document.querySelector('#zoom-degrees [aria-current]')?.textContent"
    assert zoom.driver.execute_script(current) == "All folded"
    zoom.driver.find_element("link text", "All open").click()
    zoom.sees("A neuron")
    assert zoom.driver.execute_script(current) == "All open"
    zoom.click("a[aria-label='Open W @ x']").sees("W @ x")
    assert zoom.driver.execute_script(current) is None
    zoom.press(keys.ESCAPE).sees("neuron").press(keys.ESCAPE).sees("A neuron")
    assert zoom.driver.execute_script(current) == "All open"


def test_an_unknown_address_shows_the_whole(zoom):
    zoom.open("#nowhere").sees("A neuron").open("#whole%22]").sees("A neuron")


def test_a_large_picture_can_be_seen_whole(zoom):
    zoom.open("#scope-0").sees("neuron")
    zoom.driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": 400, "height": 720, "deviceScaleFactor": 1, "mobile": False}
    )
    stage = "const s = document.querySelector('section:not([hidden]) .stage'); return s.scrollWidth - s.clientWidth"
    try:
        assert zoom.driver.execute_script(stage) > 100
        zoom.press("f")
        assert zoom.driver.execute_script(stage) <= 0
        assert zoom.driver.find_element("id", "zoom-fit").get_attribute("aria-pressed") == "true"
        page_is_wider = "return document.documentElement.scrollWidth > document.documentElement.clientWidth"
        assert not zoom.driver.execute_script(page_is_wider)
    finally:
        zoom.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.parametrize(("motion", "count"), [("no-preference", 1), ("reduce", 0)])
def test_pictures_grow_unless_motion_is_unwelcome(zoom, motion, count):
    zoom.open(reduced_motion=motion).sees("A neuron")
    zoom.driver.execute_script(
        "window.grown = 0; const grow = Element.prototype.animate;"
        "Element.prototype.animate = function (...how) { window.grown += 1; return grow.apply(this, how); }"
    )
    zoom.click("a[aria-label='Open neuron']").sees("neuron")
    assert zoom.driver.execute_script("return window.grown") == count


def test_the_page_is_dark_where_dark_is_preferred(zoom):
    shade = "return getComputedStyle(document.body).backgroundColor"
    light = zoom.open(color_scheme="light").driver.execute_script(shade)
    assert zoom.open(color_scheme="dark").driver.execute_script(shade) != light


def test_without_scripts_every_level_is_there_and_links_lead_to_it(zoom):
    zoom.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        zoom.open()
        sections = zoom.driver.find_elements("css selector", "main > section")
        assert len(sections) > 4 and all(section.is_displayed() for section in sections)
    finally:
        zoom.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
