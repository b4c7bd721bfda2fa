"""The site in a browser: a lesson walked to its end, by mouse and by keys; every kind of page looked at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from lessons.format import library
from lessons.format.lesson import Lesson, Predict, Step
from lessons.judging.right import right
from lessons.session.pages import names_before
from lessons.site.build import build
from tests.browser.conftest import Player
from tests.browser.test_axe import RUN, SCREENS, audit, axe  # noqa: F401 (a fixture)

pytestmark = pytest.mark.browser

# axe would fetch the style sheet, which the pages' policy allows nobody, and speak to frames, which files may not.
APART = RUN.replace("axe.run(document)", "axe.run(document, { preload: false, iframes: false })")
WALKED = "gates"  # a lesson with questions, films and optional steps


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    return library.load(WALKED)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of one lesson from beginning to end, and one with trainings."""
    made = tmp_path_factory.mktemp("built") / "site"
    trained = next(entry.id for entry in library.entries() if list((library.TEXTS / "runs").glob(f"{entry.id}-*.json")))
    build(made, [WALKED, trained])
    return made


@pytest.fixture
def page(browser: Any, folder: Path) -> Iterator[Player]:
    player = Player(browser, folder / "index.html")
    player.open()
    browser.execute_script("localStorage.clear()")
    browser.get_log("browser")
    yield player
    assert [entry["message"] for entry in browser.get_log("browser")] == []


def typed(lesson: Lesson, question: Predict) -> str:
    """The right answer as one types it."""
    if question.choices:
        meant = question.answers or (question.answer,)
        return " ".join(str(question.choices.index(each) + 1) for each in meant)
    value = right(question, names_before(lesson, question)).value
    return f"{value:.6g}" if isinstance(value, float) else str(getattr(value, "tolist", lambda: value)())


def asked(step: Step) -> list[Predict]:
    return [part for part in step.parts if isinstance(part, Predict)]


def section(driver: Any, question: Predict) -> Any:
    return driver.find_element(By.CSS_SELECTOR, f'[data-question="{question.id}"]')


def fill(form: Any, question: Predict, answer: str) -> None:
    """Type an answer, or choose it."""
    if question.accept == "order":
        for field, number in zip(form.find_elements(By.TAG_NAME, "select"), answer.split(), strict=True):
            Select(field).select_by_visible_text(number)
    elif question.choices:
        for number in answer.split():
            form.find_element(By.CSS_SELECTOR, f'input[value="{number}"]').click()
    else:
        field = form.find_element(By.CSS_SELECTOR, "input[name=answer]")
        field.clear()
        field.send_keys(answer)


@pytest.mark.slow
def test_a_lesson_is_walked_to_its_end_by_mouse(page: Player, lesson: Lesson) -> None:
    driver = page.driver
    driver.find_element(By.LINK_TEXT, lesson.title).click()
    for step in lesson.steps:
        for question in asked(step):
            box = section(driver, question)
            form, said = box.find_element(By.TAG_NAME, "form"), box.find_element(By.CLASS_NAME, "said")
            if not question.choices:
                fill(form, question, "123456.5")
                form.find_element(By.CSS_SELECTOR, "[type=submit]").click()
                assert said.find_element(By.CLASS_NAME, "wrong").text.startswith("✗")
            form.find_element(By.CSS_SELECTOR, '[data-do="hint"]').click()
            assert said.find_element(By.CLASS_NAME, "hint").text.startswith("Hint: ")
            fill(form, question, typed(lesson, question))
            form.find_element(By.CSS_SELECTOR, "[type=submit]").click()
            assert said.find_element(By.CLASS_NAME, "right").text.startswith("✓ Right.")
            assert box.get_attribute("data-status") == "right"
            rest = driver.find_elements(By.CSS_SELECTOR, f'[data-after="{question.id}"]')
            assert all(each.get_attribute("open") for each in rest)
        if step is not lesson.steps[-1]:
            driver.find_element(By.CSS_SELECTOR, '.onward [rel="next"]').click()
            assert f"step {step.number + 1} of" in driver.find_element(By.CLASS_NAME, "crumbs").text
    marks = driver.find_elements(By.CSS_SELECTOR, ".steps .marks[aria-label=answered]")
    exercises = {
        s.number for s in lesson.steps if any(not isinstance(p, Predict) for p in s.parts if p in lesson.questions)
    }
    assert len(marks) == len({s.number for s in lesson.steps if asked(s)} - exercises)


@pytest.mark.slow
def test_a_lesson_is_walked_to_its_end_by_keys(page: Player, lesson: Lesson) -> None:
    driver = page.driver
    page.visit((page.path.parent / "lessons" / WALKED / "index.html").as_uri())
    for step in lesson.steps:
        for question in asked(step):
            box = section(driver, question)
            field = box.find_element(By.CSS_SELECTOR, "[name=answer]")
            reach(page, field)
            if question.choices:
                page.press(Keys.SPACE, *(Keys.ARROW_DOWN * (int(typed(lesson, question).split()[0]) - 1)), Keys.ENTER)
            else:
                page.press(typed(lesson, question), Keys.ENTER)
            assert box.get_attribute("data-status") == "right", question.id
        driver.execute_script("document.activeElement.blur()")
        if step is not lesson.steps[-1]:
            driver.find_element(By.TAG_NAME, "body").send_keys(Keys.ARROW_RIGHT)
            page.wait(lambda number=step.number + 1: driver.current_url.endswith(f"/{number}.html"))


def reach(page: Player, field: Any) -> None:
    """Press Tab until the field has the focus."""
    for _ in range(80):
        if page.driver.switch_to.active_element == field:
            return
        page.press(Keys.TAB)
    pytest.fail(f"Tab does not reach {field.get_attribute('outerHTML')}")


def test_what_is_answered_is_remembered(page: Player, lesson: Lesson) -> None:
    step = next(step for step in lesson.steps if asked(step))
    address = (page.path.parent / "lessons" / WALKED / f"{step.number}.html").as_uri()
    page.visit(address)
    box = section(page.driver, asked(step)[0])
    box.find_element(By.CSS_SELECTOR, '[data-do="solve"]').click()
    assert "The answer: " in box.find_element(By.CLASS_NAME, "solution").text
    page.visit(address)
    assert section(page.driver, asked(step)[0]).get_attribute("data-status") == "solved"
    page.open()
    assert "1 answered" in page.driver.find_element(By.CSS_SELECTOR, ".marks:not(:empty)").text
    assert page.driver.find_element(By.CSS_SELECTOR, ".button.first").text == f"Go on: {lesson.title}"
    page.visit((page.path.parent / "map.html").as_uri())
    boxes = page.driver.find_elements(By.CSS_SELECTOR, ".stage a")
    begun = page.driver.find_element(By.CSS_SELECTOR, f'.stage a[href$="{WALKED}/index.html"]')
    assert "▸" in begun.get_attribute("textContent") and ", begun" in begun.get_attribute("aria-label")
    widths = [box.find_element(By.TAG_NAME, "rect").get_attribute("stroke-width") for box in boxes]
    assert widths.count(begun.find_element(By.TAG_NAME, "rect").get_attribute("stroke-width")) == 1  # it alone is lit


def test_a_film_plays_in_its_frame(page: Player, folder: Path) -> None:
    holder = next(
        each for each in sorted((folder / "lessons" / WALKED).glob("*.html")) if "<iframe" in each.read_text()
    )
    page.visit(holder.as_uri())
    frame = page.driver.find_element(By.TAG_NAME, "iframe")
    page.driver.execute_script("arguments[0].scrollIntoView()", frame)
    page.driver.switch_to.frame(frame)
    page.wait(lambda: page.driver.find_elements(By.ID, "player-forward"))
    page.click("forward")
    page.wait(lambda: page.find("counter").text.startswith("2 /"))
    page.driver.switch_to.default_content()


def test_search_finds_a_step(page: Player) -> None:
    field = page.driver.find_element(By.CSS_SELECTOR, ".find input")
    field.send_keys("gates", Keys.ENTER)
    page.wait(lambda: "search.html" in page.driver.current_url)
    found = page.driver.find_elements(By.CSS_SELECTOR, "#results a")
    assert found
    found[0].click()
    assert "lessons/" in page.driver.current_url


KINDS = ("index.html", "map.html", "experiments.html", "gallery/index.html", "guides/index.html", "guides/format.html",
         "reference/index.html", "reference/viz.html", "search.html?q=chain", "film", "question", "choice", "exercise",
         f"lessons/{WALKED}/index.html")  # fmt: skip
SIGNS = {
    "film": "<iframe",
    "question": 'data-accept="any"',
    "choice": 'data-accept="choice',
    "exercise": "code starter",
}


def address(folder: Path, kind: str) -> str:
    """A page of this kind."""
    if kind not in SIGNS:
        return (folder / kind.partition("?")[0]).as_uri() + "".join(kind.partition("?")[1:])
    return next(each for each in sorted(folder.glob("lessons/*/*.html")) if SIGNS[kind] in each.read_text()).as_uri()


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("scheme", "width", "height"), SCREENS, ids=["day", "night"])
def test_pages_pass_axe(page: Player, folder: Path, axe: str, kind: str, scheme: str, width: int, height: int) -> None:  # noqa: F811
    page.visit(address(folder, kind), width=width, height=height, color_scheme=scheme)
    audit(page.driver, axe, APART)
    wide = page.driver.execute_script("return document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0, "the page is wider than the screen"
