"""The whole way in a browser: a formula, its film, its page, stepped through with the keyboard."""

import pytest

import viz
from autograd_tiny import Value
from tests.viz.networks import scalar_rnn

Keys = pytest.importorskip("selenium.webdriver.common.keys", reason="selenium is not installed (extra: test)").Keys

pytestmark = pytest.mark.browser

TEXTS = """
const seen = (e) => !e.closest(".unseen");
return Array.from(document.querySelectorAll("#player-stage text")).filter(seen).map((e) => e.textContent);
"""


def test_the_class_example_steps_through(player, tmp_path):
    w = Value(5.0, "w")
    x, y = w**2, w - 3
    x.label, y.label = "x", "y"
    z = x * y
    z.label = "z"
    film = viz.film(z)
    player.path = film.save(tmp_path / "z.html")
    player.open()
    seen = set()
    for number, caption in enumerate(film.captions, 1):
        assert player.frame_of(len(film)) == number
        assert player.caption.split() == caption.split()
        now = set(player.driver.execute_script(TEXTS))
        assert seen <= now  # frames only reveal
        assert player.current == film.frames[number - 1].active
        assert len(player.current) == (0 if number == 1 or "seed" in caption else 1)
        seen = now
        player.press(Keys.ARROW_RIGHT)
    assert {"5.00", "45.00", "20.00", "25.00", "50.00", "1.00"} <= seen
    assert "∂z/∂w = 20.00 + 25.00 = 45.00" in player.caption
    player.press(Keys.HOME)
    assert not any(number in "".join(player.driver.execute_script(TEXTS)) for number in ("5.00", "1.00"))


def test_every_theme_keeps_its_ground(player, tmp_path):
    w = Value(5.0, "w")
    player.path = viz.film(w * w, theme="dark").save(tmp_path / "dark.html")
    player.open("#frame=2", color_scheme="light")
    assert player.style("player-stage", "backgroundColor") == "rgb(17, 17, 17)"
    lit = "return getComputedStyle(document.querySelector('#player-stage .current > ellipse')).fill"
    assert player.driver.execute_script(lit) == "rgb(74, 64, 0)"


def test_a_picture_in_the_default_theme_has_a_night_and_is_printed_by_day(player, tmp_path):
    w = Value(5.0, "w")
    player.path = viz.film(w * w).save(tmp_path / "night.html")
    text = "return getComputedStyle(document.querySelector('#player-stage [id=\"wire0.value\"] tspan')).fill"
    lit = "return getComputedStyle(document.querySelector('#player-stage .current > ellipse')).fill"
    look = {}
    for scheme in ("light", "dark"):
        player.open("#frame=2", color_scheme=scheme)
        script = player.driver.execute_script
        look[scheme] = player.style("player-stage", "backgroundColor"), script(text), script(lit)
    assert look["light"] == ("rgb(255, 255, 255)", "rgb(0, 112, 60)", "rgb(255, 242, 179)")
    assert look["dark"] == ("rgb(17, 17, 17)", "rgb(86, 180, 233)", "rgb(74, 64, 0)")
    player.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert player.style("player-stage", "backgroundColor") == "rgb(255, 255, 255)"
    finally:
        player.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_a_box_of_the_picture_opens_with_what_the_frame_knows(player, tmp_path):
    film = viz.film(scalar_rnn(10))
    player.path = film.save(tmp_path / "rnn.html")
    second = 1 + next(k for k, caption in enumerate(film.captions) if caption.startswith("forward 2 "))
    player.open(f"#frame={second}", reduced_motion="reduce")
    shown = """
        const seen = (part) => getComputedStyle(part).visibility === "visible" && part.textContent.trim();
        return ["value", "gradient"].map((what) =>
            Array.from(document.querySelectorAll(`#player-stage > svg [id$=".${what}"]`)).filter(seen).length > 0)
    """
    doors = {door.get_attribute("aria-label"): door for door in player.driver.find_elements("css selector", ".door")}
    assert list(doors) == [f"Open t={k}" for k in range(1, 11)]
    for name, numbers in {"Open t=2": [True, False], "Open t=3": [False, False]}.items():
        doors[name].click()
        assert player.find("trail").text.split("\n")[-1] == name.removeprefix("Open ")
        assert player.driver.execute_script(shown) == numbers
        player.press(Keys.ESCAPE)
        assert not player.find("trail").is_displayed()
        assert player.driver.switch_to.active_element == doors[name]
    player.press(Keys.ENTER, Keys.END)
    player.wait(lambda: player.driver.current_url.endswith(f"#frame={len(film)}&open=scope-2"))
    assert player.driver.execute_script(shown) == [True, True]
    player.open(f"#frame={second}&open=scope-0")
    assert player.find("trail").text.endswith("t=1") and player.frame_of(len(film)) == second


def test_a_large_film_opens_where_it_begins(player, tmp_path):
    ws = [Value(1.0, f"w{k}") for k in range(12)]
    z = ws[0]
    for w in ws[1:] * 3:
        z = (z * w).tanh()
    player.path = viz.film(z).save(tmp_path / "large.html")
    player.open(reduced_motion="reduce", width=800, height=600)
    inside = """
        const leaf = document.querySelector("[id^=leaf]").getBoundingClientRect();
        const card = document.getElementById("player-stage").getBoundingClientRect();
        return leaf.left >= card.left && leaf.right <= card.right && leaf.top >= card.top && leaf.bottom <= card.bottom;
    """
    assert player.driver.execute_script(inside)
