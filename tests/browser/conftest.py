"""A headless Chromium for the whole session, and a small film drawn by hand, so that the page is tested alone."""

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from viz.look import Look, look
from viz.output.player import page
from viz.words.lettering import line

FRAME = """
const value = (name) => document.getElementById("player-" + name).value;
const marked = Array.from(document.querySelectorAll("nav [aria-current=step]"), (link) => link.getAttribute("href"));
return [value("counter"), value("scrubber"), marked];
"""
WHOLE = "return document.readyState === 'complete'"
PLAIN = look()
PATIENCE = 60  # seconds: a busy machine may be slow, a broken page never gets there
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
QUIET = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync --window-size=1280,720"
)
HOSTILE = (
    "<!--<script> </script x='1'> </script><script>window.stolen = 1</script> & \"quotes\" 'single' \u2028 <b>bold</b>"
)

PICTURE = """<?xml version="1.0" encoding="UTF-8"?>
<!-- a comment before the picture -->
<svg xmlns="http://www.w3.org/2000/svg" width="600pt" height="120pt" viewBox="0.00 0.00 600.00 120.00">
<polygon fill="#ffffff" points="0,0 600,0 600,120 0,120"/>
<text x="20" y="60">w</text>
<g id="gate-square"><ellipse fill="white" stroke="black" cx="150" cy="60" rx="18" ry="18"/></g>
<g id="gate-times"><ellipse fill="white" stroke="black" cx="500" cy="60" rx="18" ry="18"/></g>
<text id="value-x" x="220" y="50">25.00</text>
<text id="value-z" x="540" y="50">50.00</text>
<text id="gradient-x" x="220" y="80">2.00</text>
</svg>
"""


@dataclass(frozen=True)
class Moment:
    shown: tuple[str, ...]
    active: tuple[str, ...] = ()


@dataclass(frozen=True)
class DrawnFilm:
    title: str = "z = w²(w − 3)"
    look: Look = PLAIN
    svg: str = PICTURE
    frames: tuple[Moment, ...] = (
        Moment(()),
        Moment(("value-x",), ("gate-square",)),
        Moment(("value-x", "value-z"), ("gate-times",)),
        Moment(("value-z", "gradient-x"), ("gate-times",)),  # value-x is hidden again
    )
    captions: tuple[str, ...] = (
        "the bare circuit",
        "x = w² = 25.00",
        "z = x·y = 50.00",
        "∂z/∂x = y → (2.00)(1.00) = 2.00: what flows back is local times upstream, said here in as many words as "
        "it takes for this line to wrap on any screen, however wide it may be, so that a moving layout would be seen",
    )
    questions: tuple[()] = ()
    notes: tuple[str, ...] = ("",) * 4
    performance: None = None
    levels: None = None
    links: tuple[tuple[str, str, str], ...] = ()
    descriptions: tuple[str, ...] = ("nothing computed", "the square gate", "the product", "the product, backward")

    @property
    def letters(self):
        return tuple(map(line, self.captions))


@pytest.fixture(scope="session")
def film() -> DrawnFilm:
    return DrawnFilm()


@pytest.fixture(scope="session")
def hostile_film() -> DrawnFilm:
    return DrawnFilm(title=HOSTILE, captions=(HOSTILE,) * 4, descriptions=(HOSTILE,) * 4)


@pytest.fixture(scope="session")
def film_file(film: DrawnFilm, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("player") / "film.html"
    path.write_text(page(film), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    program = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    chromedriver = shutil.which("chromedriver")
    if program is None or chromedriver is None:
        pytest.skip("no Chromium with its driver on this machine (Debian: apt-get install chromium chromium-driver)")
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed (extra: test)")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for argument in [*QUIET.split(), f"--user-data-dir={tmp_path_factory.mktemp('profile')}"]:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(chromedriver))
    yield driver
    driver.quit()


class Player:
    """The page as its user sees it."""

    def __init__(self, driver, path):
        self.driver, self.path = driver, path

    def open(self, address="", **how):
        return self.visit(self.path.as_uri() + address, **how)

    def visit(self, address, *, width=1280, height=720, **media):
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False},
        )
        features = [{"name": "prefers-" + name.replace("_", "-"), "value": value} for name, value in media.items()]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        self.driver.get("about:blank")
        self.driver.get(address)
        self.wait(lambda: self.driver.execute_script(WHOLE))  # on a busy machine the driver is back before
        return self

    def find(self, name):
        return self.driver.find_element("id", "player-" + name)

    def press(self, *keys):
        self.driver.switch_to.active_element.send_keys(*keys)
        return self

    def click(self, name):
        self.find(name).click()
        return self

    def style(self, name, property):
        return self.driver.execute_script(
            "return getComputedStyle(document.getElementById(arguments[0]))[arguments[1]]", name, property
        )

    def box(self, name):
        return self.find(name).rect

    def wait(self, question):
        end = time.monotonic() + PATIENCE
        while not question():
            assert time.monotonic() < end
            time.sleep(0.05)

    @property
    def frame(self):
        return self.frame_of(4)

    def frame_of(self, total):
        counter, scrubbed, marked = self.driver.execute_script(FRAME)  # one look: a playing film moves on between two
        assert [counter, len(marked)] == [f"{scrubbed} / {total}", 1]
        assert marked[0] == f"#frame={scrubbed}"
        return int(scrubbed)

    @property
    def caption(self):
        return self.find("caption").text

    @property
    def seen(self):
        parts = self.driver.find_elements("css selector", "#player-stage [id]:not(.unseen)")
        return {part.get_attribute("id") for part in parts}

    @property
    def current(self):
        return {part.get_attribute("id") for part in self.driver.find_elements("css selector", ".current")}

    @property
    def playing(self):
        return self.find("play").get_attribute("aria-label") == "Pause"


@pytest.fixture
def player(browser, film_file):
    player = Player(browser, film_file)
    browser.get_log("browser")
    yield player
    assert [entry["message"] for entry in browser.get_log("browser")] == []  # whatever was done, the console is silent
