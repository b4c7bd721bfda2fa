"""Stepping in a browser: what a learner presses, and what is then on the screen."""

import pytest

from viz.output.player import page

By = pytest.importorskip("selenium.webdriver.common.by", reason="selenium is not installed (extra: test)").By
Keys = pytest.importorskip("selenium.webdriver.common.keys").Keys
ActionChains = pytest.importorskip("selenium.webdriver.common.action_chains").ActionChains

pytestmark = pytest.mark.browser

STEPS = [
    (Keys.ARROW_RIGHT, 2), (Keys.PAGE_DOWN, 3), (Keys.ARROW_RIGHT, 4), (Keys.ARROW_RIGHT, 4), (Keys.PAGE_UP, 3),
    (Keys.HOME, 1), (Keys.ARROW_LEFT, 1), (Keys.END, 4), (Keys.ARROW_LEFT, 3),
]  # fmt: skip


def test_keys_step_through_the_film(player, film):
    player.open()
    assert player.frame == 1
    for key, number in STEPS:
        player.press(key)
        assert player.frame == number
        assert player.caption == film.captions[number - 1]
        gates = {"gate-square", "gate-times"}  # never revealed, so always there
        assert player.seen == set(film.frames[number - 1].shown) | gates
        assert player.current == set(film.frames[number - 1].active)
        assert player.find("stage").get_attribute("aria-label") == film.descriptions[number - 1]


def test_mouse_steps_through_the_film(player):
    player.open()
    for button, number in [
        ("forward", 2),
        ("forward", 3),
        ("back", 2),
        ("last", 4),
        ("forward", 4),
        ("first", 1),
        ("back", 1),
    ]:
        assert player.click(button).frame == number


def test_scrubber_by_mouse_and_keys(player):
    player.open()
    scrubber = player.find("scrubber")
    ActionChains(player.driver).move_to_element_with_offset(
        scrubber, scrubber.rect["width"] // 2 - 12, 0
    ).click().perform()
    assert player.frame == 4
    player.press(Keys.ARROW_LEFT)  # the focus is on the scrubber now: one key, one frame
    assert player.frame == 3
    assert scrubber.get_attribute("aria-valuetext") == "frame 3 of 4"


def test_space_plays_to_the_end_and_a_key_stops_it(player):
    player.open()
    player.driver.execute_script("document.getElementById('player-speed').value = '4'")
    player.press(" ")
    assert player.playing
    assert player.find("caption").get_attribute("aria-live") == "off"
    player.wait(lambda: player.frame == 4 and not player.playing)
    assert player.find("caption").get_attribute("aria-live") == "polite"
    player.press(" ")  # at the end, play begins again
    assert player.playing
    assert player.frame == 1
    player.press(Keys.ARROW_RIGHT)
    assert not player.playing


def test_space_on_a_focused_button_is_that_button(player):
    player.open().click("forward").press(" ")
    assert player.frame == 3
    assert not player.playing


def test_keys_with_modifiers_and_in_the_speed_list_are_not_ours(player):
    player.open().press(Keys.CONTROL, Keys.ARROW_RIGHT)
    assert player.frame == 1
    player.find("speed").send_keys(Keys.END, Keys.HOME, " ")
    assert player.frame == 1
    assert not player.playing


def test_nothing_plays_by_itself(player):
    player.open()
    assert not player.playing
    assert player.frame == 1


def test_deep_link_both_ways(player):
    assert player.open("#frame=3").frame == 3
    player.press(Keys.ARROW_RIGHT)
    player.wait(lambda: player.driver.current_url.endswith("#frame=4"))
    player.driver.execute_script("location.hash = 'frame=2'")
    player.wait(lambda: player.frame == 2)


@pytest.mark.parametrize(("address", "number"), [("#frame=99", 4), ("#frame=0", 1), ("#frame=no", 1), ("#", 1)])
def test_a_link_to_no_frame_opens_the_nearest(player, address, number):
    assert player.open(address).frame == number


def test_a_step_of_the_list_opens_its_frame(player):
    player.open().press(Keys.ARROW_RIGHT)  # its address is still to be written while the link is clicked
    player.driver.find_element(By.LINK_TEXT, "z = x·y = 50.00").click()
    player.wait(lambda: player.frame == 3)


def test_help_opens_closes_and_holds_the_keys(player):
    player.open().press("?")
    assert player.find("keys").is_displayed()
    player.press(Keys.ARROW_RIGHT)
    assert player.frame == 1
    player.press(Keys.ESCAPE)
    assert not player.find("keys").is_displayed()


def test_labels_never_run(player, hostile_film, tmp_path):
    player.path = tmp_path / "hostile.html"
    player.path.write_text(page(hostile_film), encoding="utf-8")
    player.open().press(Keys.ARROW_RIGHT)
    assert player.frame == 2
    assert player.driver.execute_script("return window.stolen") is None
    assert "<b>bold</b>" in player.caption
