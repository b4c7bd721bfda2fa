"""The live page in a browser: pictures appear as they are made, the past can be stepped through, the end is told."""

from collections.abc import Iterator

import pytest

import viz
from autograd_tiny import Value
from viz.live import pages as live_pages
from viz.live.live import Live

Keys = pytest.importorskip("selenium.webdriver.common.keys", reason="selenium is not installed (extra: test)").Keys
ActionChains = pytest.importorskip("selenium.webdriver.common.action_chains").ActionChains

pytestmark = pytest.mark.browser

SHOWN = """
const frame = document.querySelector("#live-stage > iframe:not(.arriving)");
const page = frame && frame.contentDocument, counter = page && page.getElementById("player-counter");
return frame && [page.title, counter ? Number(counter.value.split(" ")[0]) : 0];
"""
OFFLINE = {"offline": True, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}


def circuit(label: str) -> Value:
    w = Value(5.0, "w")
    z = w**2 * (w - 3)
    z.label = label
    return z


class Follower:
    """The live page as its reader sees it."""

    def __init__(self, player, live: Live):
        self.player, self.driver, self.live = player, player.driver, live

    def open(self, **how) -> "Follower":
        self.player.visit(repr(self.live), **{"reduced_motion": "reduce"} | how)
        return self.says("follows Python")

    def find(self, name: str):
        return self.driver.find_element("id", "live-" + name)

    def says(self, words: str) -> "Follower":
        self.player.wait(lambda: words in self.find("status").text)
        return self

    def shows(self, title: str, frame: int = 0) -> "Follower":
        self.player.wait(lambda: self.driver.execute_script(SHOWN) == [title, frame])
        assert self.driver.title == f"{title} · live"
        selected = self.driver.execute_script("return document.querySelector('#live-picture :checked').textContent")
        assert selected.split(" · ")[1].removesuffix(" (film)") == title
        return self

    def press(self, *keys: str) -> "Follower":
        chain = ActionChains(self.driver)
        for key in keys:
            chain.key_down(key)
        for key in reversed(keys):
            chain.key_up(key)
        chain.perform()
        return self


@pytest.fixture
def live() -> Iterator[Live]:
    page = Live()
    yield page
    page.stop()


@pytest.fixture
def page(player, live: Live) -> Follower:
    return Follower(player, live)


def test_pictures_appear_as_they_are_made(page: Follower) -> None:
    page.open()
    assert "viz.draw(z)" in page.find("empty").text
    assert not page.find("history").is_displayed()
    viz.draw(circuit("a"))
    page.shows("Circuit of a")
    film = viz.film(circuit("b"))
    page.shows("Backpropagation through b", 1)
    page.live.show(film, 4)
    page.shows("Backpropagation through b", 5)
    page.press(Keys.ARROW_RIGHT).shows("Backpropagation through b", 6)  # the player's keys, without a click before
    page.live.show(circuit("c"))
    page.shows("Circuit of c")
    page.live.show(film)
    for frame in range(8):  # faster than the page is loaded
        page.live.show(film, frame)
    page.shows("Backpropagation through b", 8)
    assert page.driver.execute_script("return document.querySelectorAll('iframe').length") == 1


def test_the_past_by_keys_buttons_and_list(page: Follower) -> None:
    for label in "abc":
        viz.draw(circuit(label))
    page.open().shows("Circuit of c")
    page.press(Keys.SHIFT, Keys.ARROW_LEFT).shows("Circuit of b")
    page.press(Keys.SHIFT, Keys.ARROW_LEFT).shows("Circuit of a")
    page.press(Keys.SHIFT, Keys.ARROW_LEFT).shows("Circuit of a")  # the first
    assert page.find("older").get_attribute("aria-disabled") == "true"
    page.find("newer").click()
    page.shows("Circuit of b")
    page.find("picture").send_keys("3")
    page.shows("Circuit of c")
    assert page.find("newer").get_attribute("aria-disabled") == "true"
    page.find("older").click()
    page.shows("Circuit of b")
    viz.draw(circuit("d"))  # what is new comes to the front, wherever the reader is
    page.shows("Circuit of d")


def test_a_film_keeps_its_keys_and_shift_is_the_pages(page: Follower) -> None:
    viz.draw(circuit("a"))
    viz.film(circuit("b"))
    page.open().shows("Backpropagation through b", 1)
    page.press(Keys.ARROW_RIGHT).press(Keys.ARROW_RIGHT).shows("Backpropagation through b", 3)
    page.press(Keys.SHIFT, Keys.ARROW_LEFT).shows("Circuit of a")
    page.press(Keys.SHIFT, Keys.ARROW_RIGHT).shows("Backpropagation through b", 1)


def test_several_tabs_follow_and_one_may_look_back(page: Follower) -> None:
    viz.draw(circuit("a"))
    viz.draw(circuit("b"))
    page.open().shows("Circuit of b")
    first = page.driver.current_window_handle
    page.driver.switch_to.new_window("window")
    try:
        page.open().shows("Circuit of b").press(Keys.SHIFT, Keys.ARROW_LEFT).shows("Circuit of a")
        page.driver.switch_to.window(first)
        page.shows("Circuit of b")
        viz.draw(circuit("c"))
        page.shows("Circuit of c")
        page.driver.switch_to.window(next(each for each in page.driver.window_handles if each != first))
        page.shows("Circuit of c")
    finally:
        for handle in page.driver.window_handles:
            if handle != first:
                page.driver.switch_to.window(handle)
                page.driver.close()
        page.driver.switch_to.window(first)


def test_a_lost_connection_comes_back_by_itself(page: Follower) -> None:
    page.open()
    page.driver.execute_cdp_cmd("Network.enable", {})
    page.driver.execute_cdp_cmd("Network.emulateNetworkConditions", OFFLINE)
    # A stream that is open outlives Chromium's imitation of a cut; hidden and seen again, the tab asks anew.
    page.driver.execute_script("document.dispatchEvent(new Event('visibilitychange'))")
    page.says("no connection; trying again")
    viz.draw(circuit("a"))
    page.driver.execute_cdp_cmd("Network.emulateNetworkConditions", OFFLINE | {"offline": False})
    page.says("follows Python").shows("Circuit of a")
    page.driver.execute_cdp_cmd("Network.disable", {})
    refused = [entry["message"] for entry in page.driver.get_log("browser")]
    assert refused
    assert all("ERR_INTERNET_DISCONNECTED" in message for message in refused)


def test_the_end_is_told_and_the_picture_stays(page: Follower) -> None:
    film = viz.film(circuit("a"))
    page.open().shows(film.title, 1)
    page.live.stop()
    page.says("Python has ended")
    page.shows(film.title, 1).press(Keys.ARROW_RIGHT).shows(film.title, 2)  # what is loaded still plays
    page.press(Keys.SHIFT, Keys.ARROW_LEFT).shows(film.title, 2)


def test_day_and_night_for_the_page_and_its_picture(page: Follower) -> None:
    ground = "return getComputedStyle({}.body).backgroundColor"
    both = [ground.format("document"), ground.format("document.querySelector('iframe').contentDocument")]
    viz.film(circuit("a"))
    page.open(color_scheme="dark").shows("Backpropagation through a", 1)
    assert [page.driver.execute_script(each) for each in both] == ["rgb(21, 23, 26)"] * 2
    page.find("theme").click()
    assert [page.driver.execute_script(each) for each in both] == ["rgb(246, 244, 238)"] * 2
    viz.film(circuit("b"))  # the next picture is dressed alike
    page.shows("Backpropagation through b", 1)
    assert [page.driver.execute_script(each) for each in both] == ["rgb(246, 244, 238)"] * 2
    assert page.find("theme").get_attribute("aria-pressed") == "false"


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1280, 720), (390, 844), (320, 480)])
def test_on_any_screen_nothing_is_cut_off(page: Follower, width: int, height: int) -> None:
    drawing = viz.draw(circuit("a_rather_long_name_of_a_value"))
    page.open(width=width, height=height).shows(drawing.title)
    overflow = (
        "const all = document.documentElement; return [all.scrollWidth - innerWidth, all.scrollHeight - innerHeight]"
    )
    assert page.driver.execute_script(overflow) == [0, 0]
    stage = page.find("stage").rect
    assert stage["height"] > height / 2


def test_labels_never_run(page: Follower) -> None:
    label = "<img src=x onerror='window.top.stolen = 1'></title><script>window.top.stolen = 1</script>"
    page.open()
    drawing = viz.draw(circuit(label))
    page.player.wait(lambda: page.driver.execute_script(SHOWN) is not None)
    assert drawing.title in page.driver.execute_script(SHOWN)[0]
    assert page.driver.execute_script("return window.stolen") is None


def test_a_page_of_another_address_cannot_frame_it(page: Follower, tmp_path) -> None:
    thief = tmp_path / "thief.html"
    thief.write_text(
        f'<!DOCTYPE html><title>thief</title><link rel="icon" href="data:,"><iframe src="{page.live!r}"></iframe>'
    )
    page.driver.get(thief.as_uri())
    page.player.wait(lambda: any("frame-ancestors" in entry["message"] for entry in page.driver.get_log("browser")))


def test_without_scripts_the_shell_says_why_it_is_empty() -> None:
    assert "<noscript>" in live_pages.shell()[0]
