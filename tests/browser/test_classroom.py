"""The classroom in a browser: a whole lesson by keyboard, an exercise to green, a loop ended, tabs that agree."""

import http.server
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.classroom import Classroom
from tests.web.test_server import STUBBORN

Keys = pytest.importorskip("selenium.webdriver.common.keys", reason="selenium is not installed (extra: test)").Keys
ActionChains = pytest.importorskip("selenium.webdriver.common.action_chains").ActionChains

pytestmark = pytest.mark.browser

PATIENCE = 30.0  # seconds
EDITOR = "#lesson .question.now .cm-content"
PROMPT = "#prompt .cm-content"


class Tab:
    """The page as a learner sees it."""

    def __init__(self, player, room: Classroom):
        self.player, self.driver, self.room = player, player.driver, room

    def open(self, **how) -> "Tab":
        self.player.visit(self.room.address, **{"reduced_motion": "reduce"} | how)
        self.wait(lambda: self.all("#lesson h2, #map h2"))
        return self

    def all(self, css: str):
        return self.driver.find_elements("css selector", css)

    def one(self, css: str):
        self.wait(lambda: self.all(css))
        return self.all(css)[0]

    def wait(self, question):
        end = time.monotonic() + PATIENCE
        while not question():
            assert time.monotonic() < end, (self.driver.switch_to.active_element.text, self.said, self.log)
            time.sleep(0.05)

    def press(self, *keys) -> "Tab":
        ActionChains(self.driver).send_keys(*keys).perform()
        return self

    def chord(self, held, key) -> "Tab":
        ActionChains(self.driver).key_down(held).send_keys(key).key_up(held).perform()
        return self

    @property
    def step(self) -> str:
        return self.driver.execute_script("return document.querySelector('#place .wide')?.textContent || ''")

    @property
    def status(self) -> str:
        """How the question at hand stands; "" where there is none."""
        return self.driver.execute_script("return document.querySelector('.question.now')?.dataset.status || ''")

    @property
    def said(self) -> str:
        return self.driver.execute_script("return document.querySelector('.question.now .said')?.innerText || ''")

    @property
    def log(self) -> str:
        return self.driver.execute_script("return document.getElementById('log').innerText")

    def says(self, words: str) -> "Tab":
        self.wait(lambda: words in self.said)
        return self

    def goto(self, place: str) -> "Tab":
        self.one("#prompt textarea, #prompt .cm-content")
        self.driver.execute_script(
            "fetch('do', {method: 'POST', headers: {'Content-Type': 'application/json'}, "
            "body: JSON.stringify({do: 'open', place: arguments[0]})})",
            place,
        )
        return self

    def focused(self) -> str:
        return self.driver.execute_script("return document.activeElement.id || document.activeElement.name || ''")


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Classroom]:
    room = Classroom(tmp_path, "small")
    yield room
    room.end()


@pytest.fixture
def tab(player, room: Classroom) -> Iterator[Tab]:
    tab = Tab(player, room).open()
    yield tab
    tab.driver.get("about:blank")  # before the server goes


ANSWERS = {  # of the small lesson: a listed mistake, what is said of it, and the right answer
    "slope": ("2*w", "derivative of x alone", "3*w**2 - 6*w"),
    "path": ("2", "what arrives at x", "20"),
    "shape": ("(2, 3)", "the transpose", "(3, 2)"),
    "element": ("2", "W itself", "-1"),
    "whole": ("[[1, 2], [3, 4], [5, 6]]", "W itself", "[[1, -1], [1, -1], [1, -1]]"),
}


def test_a_whole_lesson_by_keyboard(tab: Tab) -> None:
    for _ in range(40):
        if tab.all("#end:not([hidden])"):
            break
        question = tab.driver.execute_script("return document.querySelector('.question.now')?.dataset.question || ''")
        if question in ANSWERS and tab.status == "open":
            wrong, words, right = ANSWERS[question]
            tab.wait(lambda: tab.focused() == "answer")  # the field is under one's fingers
            tab.press(wrong, Keys.ENTER).says(words)
            tab.wait(lambda: tab.focused() == "answer")
            tab.chord(Keys.CONTROL, "a").press(right, Keys.ENTER)
        elif question == "larger" and tab.status == "open":
            tab.wait(lambda: tab.focused() == "answer")
            tab.press(Keys.SPACE, Keys.ENTER).says("It is 20, the other 25")
            tab.press(Keys.ARROW_DOWN, Keys.ENTER)
        elif question == "code" and tab.status == "open":
            tab.one(EDITOR)
            tab.press("a").chord(Keys.CONTROL, "a").press("def slope(w):\nreturn 0").chord(Keys.CONTROL, Keys.ENTER)
            tab.says("not at 5.0")
            tab.chord(Keys.CONTROL, "a").press("def slope(w):\nreturn 3*w**2 - 6*w").chord(Keys.CONTROL, Keys.ENTER)
        if question:
            tab.wait(lambda: tab.status == "right")
            # Typing over several lines, Chromium itself tries a style for a moment.
            assert all("Applying inline style" in entry["message"] for entry in tab.driver.get_log("browser"))
        tab.wait(lambda: tab.focused() == "next" or tab.step == "Opening")
        before = (tab.step, question)
        tab.press(Keys.ARROW_RIGHT if tab.step == "Opening" else Keys.ENTER)
        tab.wait(lambda b=before: (tab.step, _asked(tab)) != b or tab.all("#end:not([hidden])"))
    assert "7 answered of 7 questions" in tab.one("#end").text
    tab.wait(lambda: tab.driver.switch_to.active_element.text.startswith("Go on with Another lesson"))
    tab.press(Keys.ENTER)
    tab.wait(lambda: tab.one("#title").text == "Another lesson")


def _asked(tab: Tab) -> str:
    return tab.driver.execute_script("return document.querySelector('.question.now')?.dataset.question || ''")


def test_an_endless_loop_is_interrupted(tab: Tab) -> None:
    tab.one(PROMPT).click()
    tab.press("while True: print(1)", Keys.ENTER)
    tab.press(Keys.ENTER)
    tab.wait(lambda: tab.all("#interrupt:not([hidden])"))
    tab.wait(lambda: "1\n1\n1" in tab.log)
    tab.one("#interrupt").click()
    tab.wait(lambda: "stopped" in tab.log)
    tab.wait(lambda: not tab.all("#interrupt:not([hidden])"))
    tab.press("6 * 7", Keys.ENTER)
    tab.wait(lambda: tab.log.rstrip().endswith("42"))
    tab.press("while True: pass", Keys.ENTER, Keys.ENTER)
    tab.wait(lambda: tab.all("#interrupt:not([hidden])"))
    tab.chord(Keys.CONTROL, "c")
    tab.wait(lambda: not tab.all("#interrupt:not([hidden])"))


def test_a_python_that_does_not_stop_is_restarted_from_the_page(tab: Tab) -> None:
    tab.goto("circuit").wait(lambda: tab.step.startswith("Step 2"))
    tab.one(PROMPT).click()
    tab.driver.execute_cdp_cmd("Input.insertText", {"text": f"exec({STUBBORN!r}); stubborn()"})
    tab.press(Keys.ENTER)
    tab.wait(lambda: "at it" in tab.log)
    tab.one("#interrupt:not([hidden])").click()
    tab.wait(lambda: tab.one("#stuck").is_displayed())
    tab.one("#restart").click()
    tab.wait(lambda: "Python was restarted" in tab.log)
    assert tab.step.startswith("Step 2")
    assert not tab.one("#stuck").is_displayed()
    tab.one(PROMPT).click()
    tab.press("6 * 7", Keys.ENTER)
    tab.wait(lambda: tab.log.rstrip().endswith("42"))
    tab.driver.get_log("browser")  # a server that goes away for a moment is no fault of the page


# It keeps the interpreter to itself, and looks for no signals.
DEADLOCK = "from ctypes import *; lock, m = PyDLL(None).pthread_mutex_lock, (c_char * 64)(); [lock(m) for _ in 'ab']"


@pytest.mark.slow
def test_a_python_that_lets_nothing_else_run_is_said_not_to_answer(tab: Tab) -> None:
    tab.one(PROMPT).click()
    tab.driver.execute_cdp_cmd("Input.insertText", {"text": DEADLOCK})
    tab.press(Keys.ENTER)
    tab.wait(lambda: "does not answer" in tab.one("#note").text)
    tab.room.end()
    tab.wait(lambda: "No connection" in tab.one("#note").text)
    tab.driver.get("about:blank")
    tab.driver.get_log("browser")  # a server that has gone is no fault of the page


def test_the_map_leads_to_the_lessons(tab: Tab) -> None:
    tab.one("#to-map").click()
    tab.one("[data-picture=map]").click()
    frame = tab.one("#large iframe")
    link = "arguments[0].contentDocument?.querySelector('svg a[href$=\"#go=other/\"]')"
    tab.wait(lambda: tab.driver.execute_script(f"return !!{link}", frame))
    click = f"{link}.dispatchEvent(new MouseEvent('click', {{bubbles: true, cancelable: true}}))"
    tab.driver.execute_script(click, frame)
    tab.wait(lambda: tab.one("#title").text == "Another lesson")
    assert not tab.all("#large iframe")


def test_the_prompt_recalls_and_completes(tab: Tab) -> None:
    tab.goto("circuit")
    tab.wait(lambda: "Step 2" in tab.step)
    tab.one(PROMPT).click()
    tab.press("first = 40 + 2", Keys.ENTER)
    tab.wait(lambda: tab.one(PROMPT).text in ("", "Python …"))
    tab.press("firs", Keys.TAB)
    tab.wait(lambda: tab.all(".cm-tooltip-autocomplete li") or "first" in tab.one(PROMPT).text)
    tab.press(Keys.ARROW_DOWN, Keys.TAB, Keys.ENTER) if tab.all(".cm-tooltip-autocomplete li") else tab.press(
        Keys.ENTER
    )
    tab.wait(lambda: "42" in tab.log)
    tab.press(Keys.ARROW_UP, Keys.ARROW_UP)
    assert tab.one(PROMPT).text == "first = 40 + 2"


def test_a_reload_in_the_middle_loses_nothing(tab: Tab) -> None:
    tab.goto("slope")
    tab.wait(lambda: tab.status == "open")
    tab.one(".now input").send_keys("2*w", Keys.ENTER)
    tab.says("derivative of x alone")
    tab.goto("code")
    editor = tab.one(EDITOR)
    tab.driver.execute_script("arguments[0].focus()", editor)
    tab.press(Keys.END, "  # mine")
    tab.wait(lambda: "# mine" in str(tab.room.everything().get("draft")))
    tab.driver.refresh()
    tab.wait(lambda: tab.all(EDITOR) and "# mine" in tab.one(EDITOR).text)
    assert "Step 9" in tab.step


def test_it_goes_on_where_it_was_killed(tab: Tab, room: Classroom, tmp_path: Path, player) -> None:
    tab.goto("slope")
    tab.wait(lambda: tab.status == "open")
    tab.one(".now input").send_keys("45", Keys.ENTER)
    tab.wait(lambda: tab.status == "right")
    room.end(signal.SIGKILL)
    tab.wait(lambda: "No connection to Python" in tab.one("#note").text)
    player.driver.get("about:blank")
    player.driver.get_log("browser")  # that the server is gone is told there, too
    again = Classroom(tmp_path, "small")
    try:
        new = Tab(player, again).open()
        assert "Step 3" in new.step
        assert new.status == "right"
    finally:
        again.end()
        player.driver.get("about:blank")
        player.driver.get_log("browser")


def test_two_tabs_agree(tab: Tab) -> None:
    tab.goto("slope")
    tab.wait(lambda: tab.status == "open")
    first = tab.driver.current_window_handle
    tab.driver.switch_to.new_window("window")
    tab.driver.get(tab.room.address)
    second = tab.driver.current_window_handle
    try:
        tab.wait(lambda: tab.status == "open")
        tab.one(".now input").send_keys("2*w", Keys.ENTER)
        tab.says("derivative of x alone")
        tab.driver.switch_to.window(first)
        tab.says("derivative of x alone")
        tab.one(".now input").send_keys("45", Keys.ENTER)
        tab.wait(lambda: tab.status == "right")
        tab.press(Keys.ENTER)
        tab.wait(lambda: "Step 4" in tab.step or tab.status == "")
        here = tab.step
        tab.driver.switch_to.window(second)
        tab.wait(lambda: tab.step == here)
        tab.driver.close()
    finally:
        tab.driver.switch_to.window(first)


EVIL = """<!DOCTYPE html><title>evil</title><body><script>
const at = "ADDRESS", won = [], tries = [];
const attempt = (name, promise) => tries.push(promise.then((told) => { if (told) won.push(name); }, () => {}));
const json = { "Content-Type": "application/json" }, body = '{"do": "open", "lesson": "other"}';
attempt("read", fetch(at).then((answer) => answer.text()));
attempt("read events", fetch(at + "events").then((answer) => answer.text()));
attempt("ask", fetch(at + "do", { method: "POST", headers: json, body }).then((answer) => answer.ok));
fetch(at + "do", { method: "POST", mode: "no-cors", body }).catch(() => {});
fetch(at + "do", { method: "POST", mode: "no-cors", headers: { "Content-Type": "text/plain" }, body }).catch(() => {});
navigator.sendBeacon(at + "do", body);
const load = (tag, property, address) => new Promise((done, fail) => {
  const element = document.createElement(tag);
  element.onload = () => done(true);
  element.onerror = fail;
  element[property] = address;
  document.body.append(element);
});
attempt("script", load("script", "src", at + "log.js"));
attempt("image", load("img", "src", at + "picture/small-circuit"));
const frame = document.createElement("iframe");
frame.src = at;
document.body.append(frame);
const source = new EventSource(at + "events");
attempt("events", new Promise((done, fail) => { source.onmessage = done; source.onerror = fail; }));
Promise.allSettled(tries).then(() => setTimeout(() => { document.title = "won: " + won.join(", "); }, 500));
</script>"""


def test_a_hostile_page_in_another_tab_gets_nothing(tab: Tab) -> None:
    """It even knows the address."""
    tab.goto("circuit")
    tab.wait(lambda: "Step 2" in tab.step)

    class Evil(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(EVIL.replace("ADDRESS", tab.room.address).encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Evil) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for host in ("127.0.0.1", "localhost"):
            tab.driver.get(f"http://{host}:{server.server_address[1]}/")
            tab.wait(lambda: tab.driver.title.startswith("won:"))
            assert tab.driver.title.strip() == "won:"
        server.shutdown()
    assert tab.room.everything()["scene"]["lesson"] == "small"
    tab.driver.get_log("browser")  # what was refused is told there


@pytest.mark.slow
@pytest.mark.parametrize(("scheme", "width", "height"), [("light", 1280, 800), ("dark", 390, 844)])
@pytest.mark.parametrize("place", ["circuit", "slope", "larger", "code", "log", "steps", "keys", "map"])
def test_every_kind_of_page_passes_axe(
    player, own_room: Classroom, place: str, scheme: str, width: int, height: int
) -> None:
    files = pytest.importorskip("importlib.resources").files
    pytest.importorskip("axe_playwright_python", reason="axe-core is not installed (extra: test)")
    tab = Tab(player, own_room).open(width=width, height=height, color_scheme=scheme)
    if place == "map":
        tab.goto("slope").wait(lambda: tab.status)
        tab.one("#to-map").click()
        tab.wait(lambda: tab.all("#map:not([hidden]) .proposal"))
    else:
        tab.goto(place if place in ("slope", "larger", "code") else "circuit")
        tab.wait(lambda: tab.all(f"[data-question={place}], #lesson .picture:not(.waiting)"))
        tab.wait(lambda: tab.all(PROMPT))
        if place == "log":
            _written(tab)
        if place in ("steps", "keys"):
            tab.one(f"#to-{place}").click()
        if place == "slope":
            tab.one(".now [data-do=hint]").click()
            tab.wait(lambda: tab.said)
    tab.driver.set_script_timeout(60)
    tab.driver.execute_cdp_cmd(
        "Runtime.evaluate", {"expression": (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")}
    )
    passed, violations = tab.driver.execute_async_script(AXE)
    tab.driver.get("about:blank")
    assert violations == []
    assert passed > 15


def _written(tab: Tab) -> None:
    """A log with all kinds of entries in it."""
    if tab.one("#to-desk").is_displayed():
        tab.one("#to-desk").click()
    tab.one(PROMPT).click()
    for line, words in (("print('a')", "a"), ("1 / 0", "ZeroDivisionError"), (":help", ":export"), ("z", "data=50.0")):
        tab.press(line, Keys.ENTER)
        tab.wait(lambda words=words: words in tab.log)
    tab.wait(lambda: tab.all("#log svg"))


AXE = """
const done = arguments[0];
const told = ({ id, nodes }) => id + ": " + nodes.map((node) => node.html.slice(0, 200));
const tell = ({ passes, violations }) => done([passes.length, violations.map(told)]);
axe.run(document).then(tell, (error) => done([0, [String(error)]]));
"""


@pytest.fixture(scope="module")
def own_room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Classroom]:
    room = Classroom(tmp_path_factory.mktemp("axe"), "small")
    yield room
    room.end()


def test_on_a_phone_python_comes_from_below(player, room: Classroom) -> None:
    tab = Tab(player, room).open(width=390, height=844)
    assert not tab.one("#desk").is_displayed()
    tab.one("#to-desk").click()
    tab.wait(lambda: tab.one("#desk").is_displayed())
    tab.press("w = 3", Keys.ENTER)
    tab.wait(lambda: "w = 3" in tab.log)
    tab.one("#close-desk").click()
    assert not tab.one("#desk").is_displayed()
    assert tab.driver.execute_script("return document.documentElement.scrollWidth") <= 390
    tab.driver.get("about:blank")


def test_pictures_enlarge_and_films_wear_the_colours_of_the_page(tab: Tab) -> None:
    tab.goto("circuit")
    tab.one(".enlarge").click()
    frame = tab.one("#large iframe")
    tab.wait(lambda: tab.driver.execute_script("return arguments[0].contentDocument?.title", frame))
    tab.press(Keys.ESCAPE)
    tab.one(PROMPT).click()
    tab.press("viz.film(z)", Keys.ENTER)
    film = tab.one("#log iframe")
    tab.wait(lambda: tab.driver.execute_script("return arguments[0].contentDocument?.title", film))
    tab.one("#theme").click()
    themes = (
        "return [document.documentElement.dataset.theme, arguments[0].contentDocument.documentElement.dataset.theme]"
    )
    tab.wait(lambda: tab.driver.execute_script(themes, film) == ["dark", "dark"])
    tab.one("#theme").click()
