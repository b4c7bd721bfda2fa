"""The zoomable page as its reader uses it: by mouse, by keyboard, back and forward, in any dress."""

import time
from pathlib import Path

import numpy as np
import pytest

import viz
from autograd_tiny import Value, scope

pytestmark = pytest.mark.browser
webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed (extra: test)")
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
        """A door of the picture, or a link of the trail; a picture that still moves is not hit."""
        self.rests()
        where = "section:not([hidden])" if selector.startswith(".trail") else "#zoom-view"
        self.driver.find_element("css selector", f"{where} {selector}").click()
        return self

    def rests(self):
        end, before = time.monotonic() + PATIENCE, None
        while (camera := self.camera) != before:
            assert time.monotonic() < end
            before = camera
            time.sleep(0.1)
        return self

    @property
    def camera(self):
        """What part of the whole picture is seen: x, y, width, height."""
        box = self.driver.execute_script("return document.querySelector('#zoom-view > svg').getAttribute('viewBox')")
        return [float(number) for number in box.split()]

    def place(self, selector):
        """Where something of the picture stands on the screen."""
        script = "return document.querySelector(arguments[0]).getBoundingClientRect().toJSON()"
        box = self.driver.execute_script(script, f"#zoom-view {selector}")
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, box["width"]

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
    inside = "'#zoom-view svg.inside svg.inside text'"
    texts = zoom.driver.execute_script(f"return Array.from(document.querySelectorAll({inside}), (t) => t.textContent)")
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
    width = "return getComputedStyle(document.querySelector('#zoom-view a rect')).strokeWidth"
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
    assert zoom.driver.execute_script(current) == "All open"  # it is opened where it stands in this picture
    zoom.press(keys.ESCAPE).sees("A neuron")
    assert zoom.driver.execute_script(current) == "All open"


def test_an_unknown_address_shows_the_whole(zoom):
    zoom.open("#nowhere").sees("A neuron").open("#whole%22]").sees("A neuron")


def test_a_large_picture_begins_legibly_and_can_be_seen_whole(zoom):
    zoom.driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": 400, "height": 720, "deviceScaleFactor": 1, "mobile": False}
    )
    try:
        zoom.open("#depth-2", reduced_motion="reduce").sees("A neuron")
        wide = zoom.driver.execute_script("return document.getElementById('zoom-view').clientWidth")
        assert wide / zoom.camera[2] >= 0.69  # pixels a point: letters of 13 points are 9 px high
        zoom.press("f")
        assert zoom.driver.find_element("id", "zoom-fit").get_attribute("aria-pressed") == "true"
        assert wide / zoom.rests().camera[2] < 0.69
        page_is_wider = "return document.documentElement.scrollWidth > document.documentElement.clientWidth"
        assert not zoom.driver.execute_script(page_is_wider)
    finally:
        zoom.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.parametrize(("motion", "moves"), [("no-preference", True), ("reduce", False)])
def test_opening_comes_closer_unless_motion_is_unwelcome(zoom, motion, moves):
    zoom.open(reduced_motion=motion).sees("A neuron").rests()
    widths = zoom.driver.execute_async_script("""
        const done = arguments[0], seen = [], svg = document.querySelector("#zoom-view > svg");
        const look = () => {
            seen.push(svg.viewBox.baseVal.width);
            if (seen.length < 12) requestAnimationFrame(look); else done(seen);
        };
        const click = { bubbles: true, cancelable: true, view: window };
        document.querySelector("#zoom-view a").dispatchEvent(new MouseEvent("click", click));
        requestAnimationFrame(look);
    """)
    assert (len({round(width, 3) for width in widths}) > 3) == moves


def test_a_box_opens_where_it_stands_and_nothing_else_moves(zoom):
    """The camera comes closer: what stood left of the box still does, by as many widths of the box."""
    zoom.open(reduced_motion="reduce").sees("A neuron").rests()
    names = ["a[aria-label='Open neuron'] rect", "[id='whole.leaf0.face'] text", "[id='whole.end4.face'] text"]
    names = [name for name in names if zoom.driver.find_elements("css selector", f"#zoom-view {name}")]

    def relative():
        (x, y, wide), *others = map(zoom.place, names)
        return [((ox - x) / wide, (oy - y) / wide) for ox, oy, _ in others]

    before = relative()
    assert before
    zoom.click("a[aria-label='Open neuron'] rect").sees("neuron").rests()
    assert relative() == [pytest.approx(place, abs=0.02) for place in before]
    inside = zoom.place("svg.inside")
    box = zoom.place(names[0])
    assert inside[:2] == pytest.approx(box[:2], abs=2) and inside[2] <= box[2]


def test_the_wheel_zooms_where_it_points_and_the_address_follows(zoom):
    zoom.open(reduced_motion="reduce").sees("A neuron").rests()
    middle = zoom.place("a[aria-label='Open neuron'] rect")
    x, y = map(round, middle[:2])  # a mouse stands at whole pixels
    for _ in range(14):
        zoom.driver.execute_cdp_cmd(
            "Input.dispatchMouseEvent", {"type": "mouseWheel", "x": x, "y": y, "deltaX": 0, "deltaY": -120}
        )
    zoom.sees("neuron")
    nearer = zoom.place("a[aria-label='Open neuron'] rect")
    factor = nearer[2] / middle[2]
    wanted = (x + (middle[0] - x) * factor, y + (middle[1] - y) * factor)  # what it points at stays
    assert factor > 5 and nearer[:2] == pytest.approx(wanted, abs=2)
    end = time.monotonic() + PATIENCE
    while not zoom.driver.current_url.endswith("#scope-0"):
        assert time.monotonic() < end
        time.sleep(0.05)
    for _ in range(16):
        zoom.driver.execute_cdp_cmd(
            "Input.dispatchMouseEvent", {"type": "mouseWheel", "x": x, "y": y, "deltaX": 0, "deltaY": 120}
        )
    zoom.sees("A neuron")


def test_a_drag_moves_the_picture_and_opens_nothing(zoom):
    zoom.open(reduced_motion="reduce").sees("A neuron").rests()
    door = zoom.driver.find_element("css selector", "#zoom-view a[aria-label='Open neuron'] rect")
    x, y, _ = zoom.place("a[aria-label='Open neuron'] rect")
    webdriver.ActionChains(zoom.driver).click_and_hold(door).move_by_offset(40, 25).move_by_offset(
        20, 5
    ).release().perform()
    assert zoom.place("a[aria-label='Open neuron'] rect")[:2] == pytest.approx((x + 60, y + 30), abs=8)
    zoom.sees("A neuron")


def test_keys_zoom_and_move(zoom):
    zoom.open(reduced_motion="reduce").sees("A neuron").rests()
    before = zoom.camera
    zoom.driver.find_element("id", "zoom-view").send_keys("+", keys.ARROW_RIGHT)
    after = zoom.camera
    assert after[2] == pytest.approx(before[2] / 1.25) and after[0] > before[0]
    zoom.press("0")
    assert zoom.rests().camera[2] == pytest.approx(before[2], rel=0.05)


def test_two_fingers_come_closer(zoom):
    zoom.open(reduced_motion="reduce").sees("A neuron").rests()
    x, y, _ = zoom.place("a[aria-label='Open neuron'] rect")
    send, wide = zoom.driver.execute_cdp_cmd, zoom.camera[2]
    send("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 2})
    try:

        def fingers(kind, apart):
            points = [{"x": x - apart, "y": y, "id": 0}, {"x": x + apart, "y": y, "id": 1}]
            send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points if kind != "touchEnd" else []})

        fingers("touchStart", 30)
        for apart in range(35, 95, 5):
            fingers("touchMove", apart)
        fingers("touchEnd", 0)
    finally:
        send("Emulation.setTouchEmulationEnabled", {"enabled": False})
    assert zoom.rests().camera[2] < 0.6 * wide


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


def test_a_picture_too_large_to_be_read_begins_at_its_beginning(browser, tmp_path):
    """What is narrower than the view stands in its middle; what is higher begins at its top."""
    x = Value(0.3, "x")
    z = x
    for _ in range(14):
        z = z.tanh()
    zoom = Zoom(browser, viz.draw(z, direction="TB", fit=None).save(tmp_path / "tall.html")).open()
    seen = browser.execute_script(
        "const box = (css) => document.querySelector(css).getBoundingClientRect();"
        "const view = box('#zoom-view'), leaf = box(\"[id='whole.leaf0.face']\");"
        "return [leaf.top - view.top, leaf.x + leaf.width / 2 - view.x - view.width / 2, view.height, view.width]"
    )
    assert 0 <= seen[0] < seen[2] / 4 and abs(seen[1]) < seen[3] / 8
    assert zoom.shown
