"""A film that asks, in a browser: a number is typed, judged, diagnosed where it is wrong, and the film goes on."""

import re
import xml.etree.ElementTree as ET
from typing import Any

import pytest

import viz
from autograd_tiny import Value
from autograd_tiny.learners.agreement import NEAR, accepts, agrees, nearly
from tests.browser.conftest import Player
from viz.output.player import RULES

By = pytest.importorskip("selenium.webdriver.common.by", reason="selenium is not installed (extra: test)").By
Keys = pytest.importorskip("selenium.webdriver.common.keys").Keys

pytestmark = pytest.mark.browser

SEEN = """
const seen = (e) => !e.closest(".unseen") && getComputedStyle(e.parentElement).display !== "none";
return Array.from(document.querySelectorAll("#player-stage text")).filter(seen).map((e) => e.textContent);
"""
ASKED, ANSWERED = 9, 10  # frames, counted from 1


@pytest.fixture(scope="module")
def asking() -> viz.Film:
    w = Value(5.0, "w")
    x, y = w**2, w - 3
    x.label, y.label = "x", "y"
    z = x * y
    z.label = "z"
    return viz.film(z, predict=w)


@pytest.fixture
def asked(player: Player, asking: viz.Film, tmp_path) -> Player:
    """The page, at its question."""
    player.path = asking.save(tmp_path / "asks.html")
    player.open(reduced_motion="reduce").press(Keys.END)
    assert player.frame_of(len(asking)) == ASKED
    player.wait(lambda: player.driver.current_url.endswith(f"#frame={ASKED}"))  # it is written a moment later
    return player


def verdict(player: Player) -> str:
    return player.find("verdict").text


def where(player: Player, asking: viz.Film) -> int:
    return player.frame_of(len(asking))


def test_by_keyboard_wrong_is_diagnosed_and_right_goes_on(asked, asking) -> None:
    assert asked.driver.switch_to.active_element == asked.find("answer")  # who steps can type at once
    asked.press("25", Keys.ENTER)
    assert verdict(asked) == dict(asking.questions[0].wrong)[25.0]
    assert where(asked, asking) == ASKED
    asked.press("44.6", Keys.ENTER)  # what was typed is selected: the next number takes its place
    assert verdict(asked) == NEAR
    asked.press("−7", Keys.ENTER)
    assert verdict(asked) == "No, it is not −7."
    asked.press("45", Keys.ENTER)
    assert where(asked, asking) == ANSWERED
    assert asked.caption == "✓ Right.\n" + asking.captions[-1]
    assert asked.driver.switch_to.active_element == asked.find("forward")
    asked.press(Keys.ARROW_LEFT, Keys.ARROW_RIGHT)  # nothing holds it any more
    assert where(asked, asking) == ANSWERED


def test_by_mouse_and_show_me(asked, asking) -> None:
    asked.find("answer").send_keys("90")
    asked.click("check")
    assert "twice the gradient" in verdict(asked)
    asked.click("reveal")
    assert where(asked, asking) == ANSWERED
    assert asked.caption == asking.captions[-1]
    assert "45.00" in asked.driver.execute_script(SEEN)


def test_nothing_tells_before(asked, asking) -> None:
    shown = asked.driver.execute_script(SEEN)
    assert shown.count("?") == 1 and "45.00" not in shown
    steps = [step.text for step in asked.find("steps").find_elements(By.TAG_NAME, "li") if step.is_displayed()]
    assert len(steps) == ASKED and not any("45.00" in step for step in steps)
    stage = asked.find("stage")
    assert stage.get_attribute("aria-label") == asking.descriptions[ASKED - 1]
    told = asked.driver.find_element("id", stage.get_attribute("aria-describedby")).get_attribute("textContent")
    assert "45" not in told and "To be predicted: the gradient of w." in told


@pytest.mark.parametrize("go", [Keys.ARROW_RIGHT, Keys.PAGE_DOWN])
def test_no_key_passes_the_question(asked, asking, go) -> None:
    asked.press(go)
    assert where(asked, asking) == ASKED
    assert verdict(asked) == "Type the number first, or let it be shown."


def test_no_button_link_or_slider_passes_it(asked, asking) -> None:
    for button in ("forward", "last"):
        asked.click(button)
        assert where(asked, asking) == ASKED
        assert asked.find(button).get_attribute("aria-disabled") == "true"
    asked.driver.execute_script("location.hash = 'frame=10'")
    asked.wait(lambda: asked.driver.current_url.endswith("frame=10"))
    asked.find("scrubber").send_keys(Keys.END)
    assert where(asked, asking) == ASKED
    asked.open("#frame=10")
    assert where(asked, asking) == ASKED


def test_keys_belong_to_the_text_that_is_typed(asked, asking) -> None:
    asked.press("4?f ", Keys.ARROW_LEFT, Keys.HOME, Keys.ARROW_RIGHT, Keys.BACKSPACE, "2")
    assert asked.find("answer").get_attribute("value") == "2?f "
    assert not asked.find("keys").is_displayed()
    assert where(asked, asking) == ASKED
    asked.press(Keys.ENTER)
    assert verdict(asked) == "Type a number, such as −0.25 or 1/3."
    asked.press(Keys.DELETE, Keys.ARROW_LEFT)  # in an empty field an arrow steps through the film
    assert where(asked, asking) == ASKED - 1


def test_a_playing_film_waits_and_plays_on(player, tmp_path) -> None:
    a, b = Value(2.0, "a"), Value(3.0, "b")
    c = a * b
    film = viz.film(c, predict=[a, b])
    player.path = film.save(tmp_path / "short.html")
    player.open("#frame=3", reduced_motion="reduce")
    player.driver.execute_script("document.getElementById('player-speed').value = '4'")
    player.press(" ")
    player.wait(lambda: player.frame_of(len(film)) == 4 and not player.playing)
    assert player.find("ask").text == "∂v3/∂a ="
    player.press("3", Keys.ENTER)
    assert player.frame_of(len(film)) == 5 and not player.playing  # the next question
    assert (player.find("ask").text, verdict(player)) == ("∂v3/∂b =", "✓ Right.")
    player.press("2", Keys.ENTER)
    player.wait(lambda: player.frame_of(len(film)) == len(film))


def test_nothing_moves_when_the_film_asks(asked) -> None:
    boxes = []
    for key in (Keys.PAGE_UP, Keys.PAGE_DOWN, Keys.PAGE_DOWN):
        asked.press(key)
        boxes.append((asked.box("stage"), asked.box("controls")))
    asked.press("25", Keys.ENTER)
    boxes.append((asked.box("stage"), asked.box("controls")))
    asked.press("45", Keys.ENTER)
    boxes.append((asked.box("stage"), asked.box("controls")))
    assert all(box == boxes[0] for box in boxes)


TYPED = """45 45.0 44.6 4.5e1 +45 -45 20 0.2 .2 0.19 0.20 0.197 0.1966 1/5 3/15 -1/3 −0.33 0.333 0 0.0 1e-9 2 2.0 46
    0.5 450e-1""".split()
NUMBERS = (45.0, 0.1966, -1 / 3, 0.2, 2.0, 0.0, 1e-12)


def test_the_page_judges_as_python_does(asked) -> None:
    script = """
        const [texts, numbers, rules] = arguments;
        const all = (typed, other) => [agree, accept, nearly].map((judges) => judges(typed, other, rules));
        return texts.map((text) => numbers.map((other) => all(read(text), other)));
    """
    judged = asked.driver.execute_script(script, TYPED, NUMBERS, RULES)
    for text, row in zip(TYPED, judged, strict=True):
        plain = text.replace("−", "-")
        number = float(plain.partition("/")[0]) / float(plain.partition("/")[2] or 1)
        wanted = [[judges(plain, number, other) for judges in (agrees, accepts, nearly)] for other in NUMBERS]
        assert row == wanted, text


def heard(player: Player) -> set[str]:
    """All that a screen reader finds inside the stage: names, descriptions and texts of the accessibility tree."""
    nodes = {node["nodeId"]: node for node in player.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]}
    inside = [node for node in nodes.values() if named(node, "name").startswith("Step ")]
    found = {named(inside[0], "description")}
    for node in inside:  # grows while it is read
        inside += [nodes[child] for child in node.get("childIds", ()) if child in nodes]
        found |= {named(node, "name"), named(node, "description")} if node is not inside[0] else set()
    return found


def named(node: dict[str, Any], what: str) -> str:
    return "" if node.get("ignored") else str(node.get(what, {}).get("value", ""))


def standing(drawing: viz.Drawing) -> set[str]:
    """The numbers that stand in a picture, without its caption."""
    groups = ET.fromstring(drawing.svg).iter("{http://www.w3.org/2000/svg}g")
    texts = [text for group in groups if "caption" not in group.attrib["id"] for text in group if "text" in text.tag]
    return {number for text in texts for number in re.findall(r"−?\d+\.\d+", "".join(text.itertext()))}


@pytest.mark.parametrize("predict", [False, True], ids=["a film", "a film that asks"])
def test_a_screen_reader_finds_the_numbers_that_the_frame_shows(player, tmp_path, predict) -> None:
    w, b = Value(5.125, "w"), Value(0.375, "b")
    z = w**2 * (w - 3) + b
    z.label = "z"
    film = viz.film(z, predict=[b, w] if predict else None)
    player.path = film.save(tmp_path / "heard.html")
    player.open(reduced_motion="reduce")
    asking = {question.frame + 1 for question in film.questions}
    for number, drawing in enumerate(film, 1):
        assert player.frame_of(len(film)) == number
        texts = heard(player)
        assert standing(drawing) <= {n for text in texts for n in re.findall(r"−?\d+\.\d+", text)}
        for hidden in standing(film[-1]) - standing(drawing):
            assert not any(hidden.rstrip("0") in text for text in texts)  # nor with all its digits, in a tooltip
        if number in asking:
            player.click("reveal")
        else:
            player.press(Keys.ARROW_RIGHT)
