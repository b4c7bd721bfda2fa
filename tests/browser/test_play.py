"""A circuit is played: by slider, in the picture itself, by keyboard and by touch; predicted first, if one likes."""

import pytest

import autograd_tiny as ad
import viz
from autograd_tiny import Value

Keys = pytest.importorskip("selenium.webdriver.common.keys", reason="selenium is not installed (extra: test)").Keys
from selenium.webdriver import ActionChains  # noqa: E402  # after the question whether it is there

pytestmark = pytest.mark.browser

SHOWN = """
const told = {};
for (const text of document.querySelectorAll("#play-stage [id*='.'] text")) {
  if (text.classList.contains("ghost")) continue;
  told[text.parentElement.id] = (text.lastElementChild ?? text).textContent;
}
return told;
"""


def classic(w):
    w = Value(w, "w")
    x, y = w**2, w - 3
    x.label, y.label = "x", "y"
    z = x * y
    z.label = "z"
    return z


@pytest.fixture
def played(player, tmp_path):
    player.path = viz.play(classic(5.0)).save(tmp_path / "play.html")
    return player


def element(player, name):
    return player.driver.find_element("id", "play-" + name)


def texts(player, name):
    return element(player, name).text


def follows(player, w):
    """All numbers in the picture are those that Python draws for this leaf."""
    film = viz.film(classic(w))
    wanted = {
        mark.id: mark.line[-1].text for mark in film.page.marks if mark.id.rpartition(".")[2] in ("value", "gradient")
    }
    player.wait(lambda: player.driver.execute_script(SHOWN).items() >= wanted.items())


def test_a_leaf_is_dragged_in_the_picture_and_everything_follows(played):
    played.open(width=860, height=900)
    follows(played, 5.0)
    face = played.driver.find_element("css selector", ".grip")
    ActionChains(played.driver).click_and_hold(face).move_by_offset(20, 0).move_by_offset(19, 0).perform()
    number = float(element(played, "typed-0").get_attribute("value"))
    assert number > 5.0
    follows(played, number)
    ActionChains(played.driver).release().perform()
    assert texts(played, "number") == viz.words.figures.number(classic(number).data)
    assert f"5.00 → {number:.2f}" in texts(played, "change") and "45.00 ×" in texts(played, "change")
    ghosts = [text.text for text in played.driver.find_elements("css selector", "#play-stage .ghost")]
    assert "50.00" in ghosts and "45.00" in ghosts  # what z and its gradient were before


def test_keys_move_a_slider_and_the_address_remembers(played):
    played.open()
    element(played, "slider-0").send_keys(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    follows(played, 5.2)
    element(played, "slider-0").send_keys(Keys.HOME)
    follows(played, -10.0)
    element(played, "slider-0").send_keys(Keys.END, Keys.PAGE_DOWN)
    follows(played, 9.0)
    played.wait(lambda: played.driver.current_url.endswith("#0=9"))
    played.visit(played.driver.current_url)
    follows(played, 9.0)
    played.press("r")
    follows(played, 5.0)


def test_a_number_is_typed(played):
    played.open()
    box = element(played, "typed-0")
    box.clear()
    box.send_keys("-1.5", Keys.TAB)
    follows(played, -1.5)
    assert texts(played, "result") == "z = (−1.50)²·(−1.50 − 3) = −10.12"


def test_paths_are_multiplied_anew(played):
    played.open()
    element(played, "slider-0").send_keys(Keys.ARROW_RIGHT)
    follows(played, 5.1)
    w = Value(5.1, "w")
    way = viz.paths(w**2 * (w - 3), w)
    told = texts(played, "paths")
    for product in (*way.products, way.total):
        assert viz.words.figures.number(product) in told


def test_predict_then_let_go(played):
    played.open()
    element(played, "when").find_elements("tag name", "option")[1].click()
    knob = element(played, "slider-0")
    ActionChains(played.driver).click_and_hold(knob).move_by_offset(40, 0).perform()
    played.wait(lambda: texts(played, "number") == "?")
    assert set(played.driver.execute_script(SHOWN).values()) >= {"?"}
    ActionChains(played.driver).release().perform()
    played.wait(lambda: texts(played, "number") != "?")


def test_a_prediction_is_judged(played):
    played.open()
    element(played, "when").find_elements("tag name", "option")[2].click()
    element(played, "slider-0").send_keys(Keys.ARROW_RIGHT)
    played.wait(lambda: texts(played, "number") == "?")
    guess = element(played, "guessed")
    assert guess.is_displayed()
    guess.send_keys("54.62", Keys.ENTER)
    played.wait(lambda: texts(played, "number") == "54.62")
    assert texts(played, "verdict").startswith("✓ z is 54.62")
    element(played, "slider-0").send_keys(Keys.ARROW_RIGHT)
    element(played, "guessed").send_keys("7", Keys.ENTER)
    played.wait(lambda: texts(played, "verdict").startswith("✗ z is 59.49; you said 7.00"))


def test_a_finger_drags(played):
    played.open(width=390, height=844)
    touch = {"type": "touchStart", "touchPoints": []}
    box = played.driver.execute_script("return document.querySelector('.grip').getBoundingClientRect().toJSON()")
    x, y = box["x"] + 12, box["y"] + box["height"] / 2
    send = played.driver.execute_cdp_cmd
    send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    try:
        send("Input.dispatchTouchEvent", touch | {"touchPoints": [{"x": x, "y": y}]})
        send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x + 30, "y": y}]})
        send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    finally:
        send("Emulation.setTouchEmulationEnabled", {"enabled": False})
    played.wait(lambda: float(element(played, "typed-0").get_attribute("value")) > 5)
    follows(played, float(element(played, "typed-0").get_attribute("value")))


def test_a_finger_that_drags_a_leaf_scrolls_no_picture(played):
    """However far: the numbers stay covered as long as it holds."""
    played.open(width=390, height=844)
    played.driver.execute_script(
        "const when = document.getElementById('play-when'); when.value = 'release';"
        "when.dispatchEvent(new Event('change'))"
    )
    box = played.driver.execute_script("return document.querySelector('.grip').getBoundingClientRect().toJSON()")
    x, y = box["x"] + 12, box["y"] + box["height"] / 2
    send = played.driver.execute_cdp_cmd
    send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    try:
        send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
        for k in range(1, 9):
            send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x + 6 * k, "y": y}]})
        played.wait(lambda: texts(played, "number") == "?")
        assert played.driver.execute_script("return document.getElementById('play-stage').scrollLeft") == 0
        send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    finally:
        send("Emulation.setTouchEmulationEnabled", {"enabled": False})
    played.wait(lambda: texts(played, "number") != "?")


@pytest.mark.parametrize(("width", "height"), [(390, 844), (860, 600), (1280, 720), (1920, 1080)])
def test_no_slider_is_cut_off_and_the_picture_stays_in_sight(player, tmp_path, width, height):
    player.path = viz.play(sum(Value(float(k), f"x_{k}") * k for k in range(1, 15))).save(tmp_path / "many.html")
    player.open(width=width, height=height)
    last = element(player, "slider-13")
    player.driver.execute_script("arguments[0].focus()", last)
    seen = """
        const box = (e) => e.getBoundingClientRect(), list = document.querySelector("#play-sliders ol");
        const slider = box(arguments[0]), stage = box(document.getElementById("play-stage"));
        const x = slider.x + slider.width / 2, y = slider.y + slider.height / 2;
        return [list.scrollHeight - list.clientHeight, document.elementFromPoint(x, y) === arguments[0], stage.top >= 0]
    """
    player.wait(lambda: player.driver.execute_script(seen, last) == [0, True, True])


def test_what_is_no_number_shows(player, tmp_path):
    w = Value(1.0, "w")
    player.path = viz.play(ad.log(w)).save(tmp_path / "log.html")
    player.open()
    element(player, "slider-0").send_keys(Keys.HOME)
    player.wait(lambda: texts(player, "number") == "NaN")


def test_the_page_fits_a_phone_and_a_slide(played):
    for width, height in ((390, 844), (860, 900), (1280, 720)):
        played.open(width=width, height=height)
        assert played.driver.execute_script("return document.documentElement.scrollWidth <= innerWidth")
        knob = element(played, "slider-0").rect
        assert knob["y"] + knob["height"] < height  # the picture and the slider are seen together
        stage = "const stage = document.getElementById('play-stage'); return stage.scrollHeight - stage.clientHeight"
        assert played.driver.execute_script(stage) == 0  # what fits has no scroll bar


def network(w, x, b):
    w, x, b = Value(w, "w"), Value(x, "x"), Value(b, "b")
    a = w * x + b
    a.label = "a"
    L = ad.tanh(a) * (a - 2) + ad.relu(-x) / w
    L.label = "L"
    return L


def told(text):
    return [" ".join(line.split()).replace("≈", "=") for line in text]


@pytest.mark.parametrize("numbers", [(0.5, -2.0, 1.5), (-0.75, 3.0, 0.25), (2.0, 0.0, -1.0)], ids=str)
def test_a_film_is_told_anew_with_other_numbers(player, tmp_path, numbers):
    player.path = viz.film(network(1.0, 2.0, 3.0)).save(tmp_path / "film.html")
    player.open().press("p")
    for k, number in enumerate(numbers):
        box = element(player, f"typed-{k}")
        box.clear()
        box.send_keys(str(number), Keys.TAB)
    film = viz.film(network(*numbers))
    listed = "return Array.from(document.querySelectorAll('#player-steps a'), (link) => link.textContent)"
    player.wait(lambda: told(player.driver.execute_script(listed)) == told(film.captions))
    wanted = {mark.id: mark.line[-1].text for mark in film.page.marks if mark.id.endswith((".value", ".gradient"))}
    shown = player.driver.execute_script(SHOWN.replace("play-stage", "player-stage"))
    assert shown.items() >= wanted.items()
    player.click("recorded")
    player.wait(lambda: player.driver.execute_script(listed) == list(viz.film(network(1.0, 2.0, 3.0)).captions))


def test_what_is_predicted_can_be_played_first(player, tmp_path):
    z = classic(5.0)
    player.path = viz.film(z, predict=[z.inputs[0].inputs[0]]).save(tmp_path / "asks.html")
    player.open().press("p")
    box = element(player, "typed-0")
    box.clear()
    box.send_keys("-1.5", Keys.TAB)
    player.driver.execute_script("location.hash = 'frame=99'")
    player.wait(lambda: player.find("answer").is_displayed())
    assert "15.75" not in player.driver.find_element("tag name", "main").text
    player.find("answer").send_keys("45", Keys.ENTER)  # right for what was recorded
    assert player.find("verdict").get_attribute("class") == "wrong"
    player.find("answer").clear()
    player.find("answer").send_keys("15.75", Keys.ENTER)
    player.wait(lambda: "15.75" in player.caption)


def test_films_that_cannot_be_played_offer_nothing(player, tmp_path):
    x = Value([1.0, 2.0], "x")
    assert viz.film((x * x).sum()).performance is None
    assert viz.film(classic(5.0), seed=2.0).performance is None
    player.path = viz.film((x * x).sum()).save(tmp_path / "array.html")
    assert not player.open().find("numbers").is_displayed()
