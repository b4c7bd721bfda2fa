"""The look of the page in a browser: light, dark, wide, narrow, printed; nothing moves, all can be read."""

import re
from dataclasses import replace

import numpy as np
import pytest

import viz
from autograd_tiny import Value
from viz.output.player import page

Keys = pytest.importorskip("selenium.webdriver.common.keys", reason="selenium is not installed (extra: test)").Keys

pytestmark = pytest.mark.browser


def test_a_revealed_part_is_seen_and_a_waiting_one_is_not(player):
    player.open(reduced_motion="reduce")
    assert player.style("value-x", "opacity") == "0"
    player.press(Keys.ARROW_RIGHT)
    assert player.style("value-x", "opacity") == "1"
    player.press(Keys.ARROW_LEFT)
    assert player.style("value-x", "opacity") == "0"


def test_the_lit_gate_looks_different(player):
    player.open(reduced_motion="reduce")
    look = "return getComputedStyle(document.querySelector('#gate-square ellipse')).strokeWidth"
    before = player.driver.execute_script(look)
    player.press(Keys.ARROW_RIGHT)
    assert player.driver.execute_script(look) != before


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (390, 844)])
def test_the_layout_never_moves(player, width, height):
    player.open(width=width, height=height)
    places = ("stage", "captions", "controls", "steps")
    before = [player.box(name) for name in places]
    for _ in range(3):
        player.press(Keys.ARROW_RIGHT)
        assert [player.box(name) for name in places] == before


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1280, 720), (390, 844), (320, 480), (800, 400)])
def test_on_any_screen_nothing_is_cut_off_and_the_buttons_are_in_sight(player, width, height):
    player.open("#frame=4", width=width, height=height)
    overflow = player.driver.execute_script("return document.documentElement.scrollWidth - innerWidth")
    assert overflow <= 0
    bottom = "return document.getElementById('player-controls').getBoundingClientRect().bottom"
    assert player.driver.execute_script(bottom) <= height


def test_reduced_motion_has_no_transition(player):
    player.open(reduced_motion="reduce")
    assert player.style("value-x", "transitionDuration") == "0s"
    player.open(reduced_motion="no-preference")
    player.wait(lambda: player.style("value-x", "transitionDuration") != "0s")


def luminance(colour):
    channels = [float(c) / 255 for c in colour[colour.index("(") + 1 : -1].split(",")[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


GROUNDS = """
return Array.from(document.querySelectorAll("body *")).filter(
    (e) => !e.closest("#player-stage, [aria-hidden], dialog, noscript, script") && e.innerText && e.offsetWidth > 1
).map((e) => {
    let ground = e;
    while (getComputedStyle(ground).backgroundColor === "rgba(0, 0, 0, 0)") ground = ground.parentElement;
    return [e.id || e.tagName, getComputedStyle(e).color, getComputedStyle(ground).backgroundColor];
})"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(player, scheme):
    player.open("#frame=4", color_scheme=scheme)
    texts = player.driver.execute_script(GROUNDS)
    assert len(texts) > 15
    for name, ink, paper in texts:
        low, high = sorted((luminance(ink), luminance(paper)))
        assert (high + 0.05) / (low + 0.05) >= 4.5, name  # WCAG 2, level AA


def test_dark_by_preference_and_by_button(player):
    player.open(color_scheme="dark")
    card = "return getComputedStyle(document.getElementById('player-stage')).backgroundColor"
    ground = "return getComputedStyle(document.body).backgroundColor"
    dark = player.driver.execute_script(ground)
    assert luminance(dark) < 0.1
    player.click("theme")
    assert luminance(player.driver.execute_script(ground)) > 0.8
    assert player.driver.execute_script(card) == "rgb(255, 255, 255)"  # the picture keeps its own ground
    assert player.find("theme").get_attribute("aria-pressed") == "false"


def test_focus_is_visible(player):
    player.open().press(Keys.TAB)
    outline = "const s = getComputedStyle(document.activeElement); return [s.outlineStyle, parseFloat(s.outlineWidth)]"
    style, width = player.driver.execute_script(outline)
    assert style == "solid"
    assert width >= 2


def test_print_shows_the_picture_and_every_step_without_buttons(player):
    player.open()
    player.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert not player.find("controls").is_displayed()
    assert player.find("stage").is_displayed()
    assert player.find("steps").is_displayed()
    player.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_without_scripts_all_is_shown(player):
    player.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        player.open()
        assert player.find("stage").is_displayed()
        assert not player.find("controls").is_displayed()
        assert player.find("caption").text
    finally:
        player.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_a_large_picture_scrolls_in_its_card_follows_what_happens_and_fits_on_wish(player, film, tmp_path):
    wide = film.svg.replace('viewBox="0.00 0.00 600.00', 'viewBox="0.00 0.00 6000.00').replace('cx="500"', 'cx="5500"')
    player.path = tmp_path / "wide.html"
    player.path.write_text(page(replace(film, svg=wide)), encoding="utf-8")
    player.open(reduced_motion="reduce")
    scrolled = "return document.getElementById('player-stage').scrollLeft"
    assert player.driver.execute_script(scrolled) == 0
    player.press(Keys.END)
    assert player.driver.execute_script(scrolled) > 3000
    hidden = "const s = document.getElementById('player-stage'); return s.scrollWidth - s.clientWidth"
    assert player.driver.execute_script(hidden) > 3000
    player.press("f")
    assert player.find("fit").get_attribute("aria-pressed") == "true"
    assert player.driver.execute_script(hidden) <= 0
    player.click("fit")
    assert player.driver.execute_script(hidden) > 3000


def test_a_picture_that_is_whole_offers_no_fit(player):
    assert not player.open().find("fit").is_displayed()


IN_VIEW = """
return ["player-stage", "player-caption", "player-controls"].map((name) => {
    const box = document.getElementById(name).getBoundingClientRect();
    return [box.top, box.bottom];
});"""


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (860, 900), (640, 360), (390, 844), (844, 390)])
def test_after_a_click_in_the_list_the_picture_what_is_said_and_the_buttons_are_in_view(player, width, height):
    player.open(width=width, height=height)
    for link in player.driver.find_elements("css selector", "#player-steps a")[::-1]:
        player.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", link)
        link.click()
        stage, caption, controls = player.driver.execute_script(IN_VIEW)
        assert 0 <= stage[0] < stage[1] <= caption[0] + 1 and stage[1] - stage[0] > 60
        assert caption[1] <= controls[0] + 1  # nothing covers what is said
        assert controls[1] <= height + 1


def test_a_picture_of_usual_size_is_whole_on_a_phone(player):
    player.open("#frame=4", width=390, height=844)
    hidden = "const s = document.getElementById('player-stage'); return s.scrollWidth - s.clientWidth"
    wide = "return document.querySelector('#player-stage > svg').getBoundingClientRect().width"
    assert player.driver.execute_script(hidden) <= 0 or player.driver.execute_script(wide) <= 0.7 * 600 + 1


def test_captions_are_set_as_mathematics(player, tmp_path):
    s = Value(0.5, "s_1")
    player.path = viz.film(s * s).save(tmp_path / "set.html")
    player.open("#frame=2")
    html = player.driver.execute_script("return document.getElementById('player-caption').innerHTML")
    assert "<i>s</i>" in html and "<sub>1</sub>" in html and 'class="value"' in html
    assert html == player.driver.execute_script("return document.querySelectorAll('#player-steps a')[1].innerHTML")


def test_print_shows_the_finished_picture_whatever_frame_is_open(player):
    player.open()
    player.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert player.style("value-z", "opacity") == "1" and player.style("value-z", "visibility") == "visible"
    finally:
        player.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def stroke(player, right):
    send = player.driver.execute_cdp_cmd
    box = player.box("stage")
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    try:
        send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
        send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x + right, "y": y + 4}]})
        send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    finally:
        send("Emulation.setTouchEmulationEnabled", {"enabled": False})


def test_a_stroke_turns_the_page(player, tmp_path):
    w = Value(5.0, "w")
    film = viz.film(w * w)
    player.path = film.save(tmp_path / "stroke.html")
    player.open(width=390, height=844)
    stroke(player, -90)
    player.wait(lambda: player.frame_of(len(film)) == 2)
    stroke(player, 90)
    player.wait(lambda: player.frame_of(len(film)) == 1)
    stroke(player, 12)
    assert player.frame_of(len(film)) == 1


def test_a_lecture_fills_the_window_and_escape_ends_it(player):
    player.open("#frame=2").press("l")
    player.wait(lambda: not player.find("steps").is_displayed())
    high = player.driver.execute_script("return innerHeight")
    assert player.box("viewer")["height"] >= high - 1 and player.box("controls")["y"] < high
    player.press(Keys.ESCAPE)
    player.wait(lambda: player.find("steps").is_displayed())


def test_paths_are_highlighted_one_after_the_other(player, tmp_path):
    w = Value(5.0, "w")
    x, y = w**2, w - 3
    x.label, y.label = "x", "y"
    player.path = viz.film(x * y).save(tmp_path / "paths.html")
    player.open("#frame=9", reduced_motion="reduce")
    grey = "return Array.from(document.querySelectorAll('#player-stage .dim[id]'), (e) => e.id.split('.')[0])"
    told = []
    for _ in range(4):
        player.press("h")
        told.append((player.find("path").text, set(player.driver.execute_script(grey))))
    (every, none), (first, without_y), (second, without_x), (nothing, _) = told
    assert (every, first, second, nothing) == ("all 2 paths from w", "path 1 of 2 from w", "path 2 of 2 from w", "")
    assert not none and {"gate2", "wire2"} <= without_y and {"gate1", "wire1"} <= without_x
    player.driver.find_element("id", "gate2.face").click()  # what lies behind it
    player.wait(lambda: "gate1" in player.driver.execute_script(grey))
    player.press(Keys.ESCAPE)
    assert player.driver.execute_script(grey) == []


CHARTS = {
    "lines": {"data": {"plain": [4.0, 2.0, 1.0], "other": [3.0, 1.0, 0.5]}},
    "many lines": {"data": {f"s{k}": [float(k), 1.0] for k in range(8)}},
    "bars": {"data": {"a": 3.0, "b": 2.0}},
    "points": {"data": np.array([[1.0, 2.0], [2.0, 1.0]]), "kind": "scatter"},
    "counts": {"data": np.arange(40.0) ** 2, "kind": "histogram"},
}
PAINTED = """
const paint = (part, side) => getComputedStyle(part)[side];
const svg = document.querySelector(".stage > svg"), ground = paint(svg.querySelector("path"), "fill");
const marks = Array.from(svg.querySelectorAll("text, use"));
const inks = marks.map((part) => paint(part, part.localName === "text" ? "fill" : "stroke"));
return [ground, ...inks].filter((colour) => colour !== "none")
"""


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_has_a_night(player, tmp_path, name):
    player.path = viz.chart(title=name, **CHARTS[name]).save(tmp_path / "chart.html")
    for scheme, ground in {"light": 255, "dark": 17}.items():
        player.open(color_scheme=scheme)
        paper, *inks = (tuple(map(int, re.findall(r"\d+", c)[:3])) for c in player.driver.execute_script(PAINTED))
        assert paper == (ground,) * 3
        assert inks and all(abs(sum(ink) / 3 - ground) > 70 for ink in inks)


def test_a_scale_of_colours_keeps_its_ground_by_night(player, tmp_path):
    player.path = viz.chart(np.eye(4), title="heat").save(tmp_path / "heat.html")
    player.open(color_scheme="dark")
    style = "const {backgroundColor, filter} = getComputedStyle(document.querySelector('.stage'));"
    ground, filtered = player.driver.execute_script(style + "return [backgroundColor, filter]")
    assert ground == "rgb(255, 255, 255)" and "brightness" in filtered


@pytest.mark.parametrize("made", [viz.film, viz.play, viz.draw])
def test_who_clicks_twice_in_a_picture_or_drags_marks_no_text(player, tmp_path, made):
    w = Value(5.0, "w")
    player.path = made(w**2 * (w - 3)).save(tmp_path / "clicked.html")
    player.open()
    name = {viz.film: "player-stage", viz.play: "play-stage", viz.draw: "zoom-view"}[made]
    box = player.driver.find_element("id", name).rect
    send = player.driver.execute_cdp_cmd
    for x, y in ((20, 20), (box["width"] / 2, box["height"] / 2), (box["width"] / 2, box["height"] - 8)):
        at = {"x": box["x"] + x, "y": box["y"] + y, "button": "left"}
        for kind, count in (("mousePressed", 1), ("mouseReleased", 1), ("mousePressed", 2)):
            send("Input.dispatchMouseEvent", {"type": kind, "clickCount": count} | at)
        send(
            "Input.dispatchMouseEvent", {"type": "mouseMoved", "buttons": 1} | at | {"y": box["y"] + box["height"] + 60}
        )
        send("Input.dispatchMouseEvent", {"type": "mouseReleased", "clickCount": 2} | at)
        assert player.driver.execute_script("return getSelection().toString().trim()") == ""
