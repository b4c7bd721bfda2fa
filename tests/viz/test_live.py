"""The live page without a browser: who is answered and who is refused, what is kept, what an ending process leaves."""

import base64
import gzip
import hashlib
import http.client
import json
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

import viz
from autograd_tiny import Value
from viz import audience
from viz.live import pages
from viz.live import pages as live_pages
from viz.live.live import Live, running
from viz.live.pages import Entry, History, Sheet, State
from viz.output import player
from viz.output.loopback import GUARDS

PATIENCE = 10  # seconds: a busy machine may be slow, a broken server never answers


def circuit(label: str = "z") -> Value:
    w = Value(5.0, "w")
    z = w**2 * (w - 3)
    z.label = label
    return z


@pytest.fixture(autouse=True)
def nobody_else_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audience, "followers", [])


@pytest.fixture(scope="module")
def film() -> viz.Film:
    return viz.film(circuit())


@pytest.fixture(scope="module")
def page(film: viz.Film) -> Iterator[Live]:
    live = Live()
    live.show(film)
    yield live
    live.stop()


@pytest.fixture
def fresh() -> Iterator[Live]:
    live = Live()
    yield live
    live.stop()


def ask(live: Live, path: str, method: str = "GET", **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
    """An answer to exactly these headers, `Host` included; `TOKEN` in the path is the page's own."""
    host, port, token = re.fullmatch(r"http://([\d.]+):(\d+)/([\w-]+)/", repr(live)).groups()
    connection = http.client.HTTPConnection(host, int(port), timeout=PATIENCE)
    connection.putrequest(method, path.replace("TOKEN", token), skip_host=True, skip_accept_encoding=True)
    for name, value in ({"Host": f"{host}:{port}"} | headers).items():
        for each in value.split("|") if value else ():
            connection.putheader(name, each.replace("PORT", port))
    connection.endheaders()
    answer = connection.getresponse()
    body = b"" if answer.headers["Content-Type"].startswith("text/event-stream") else answer.read()
    if body:
        connection.close()
    return answer, body


def events(answer: http.client.HTTPResponse) -> Iterator[dict[str, object]]:
    for line in answer:
        if line.startswith(b"data: "):
            yield json.loads(line.removeprefix(b"data: "))


def test_only_this_machine_can_reach_it_under_a_secret_address(page: Live) -> None:
    assert page._server.socket.getsockname()[0] == "127.0.0.1"
    token = repr(page).split("/")[3]
    assert len(token) >= 32  # 24 random bytes


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/TOKEN/", {}, 200),
        ("/TOKEN/?again", {}, 200),
        ("/TOKEN/picture/1", {}, 200),
        ("/TOKEN/", {"Host": "localhost:PORT"}, 200),
        ("/TOKEN/", {"Origin": "http://127.0.0.1:PORT"}, 200),
        ("/TOKEN/", {"Host": "localhost:8000", "Origin": "http://localhost:8000"}, 200),  # through a tunnel
        # another host's name leads here, or no name, or two
        ("/TOKEN/", {"Host": "evil.example"}, 403),
        ("/TOKEN/", {"Host": "evil.example:PORT"}, 403),
        ("/TOKEN/", {"Host": "127.0.0.1.evil.example:PORT"}, 403),
        ("/TOKEN/", {"Host": "localhost.evil.example"}, 403),
        ("/TOKEN/", {"Host": ""}, 403),
        ("/TOKEN/", {"Host": "127.0.0.1:PORT|evil.example"}, 403),
        # another site asks
        ("/TOKEN/events", {"Origin": "http://evil.example"}, 403),
        ("/TOKEN/events", {"Origin": "null"}, 403),
        ("/TOKEN/events", {"Origin": "http://127.0.0.1:1"}, 403),
        ("/TOKEN/events", {"Origin": "https://127.0.0.1:PORT"}, 403),
        ("/TOKEN/picture/1", {"Origin": "http://evil.example"}, 403),
        # no token, or a wrong one
        ("/", {}, 404),
        ("/favicon.ico", {}, 404),
        ("/events", {}, 404),
        ("/wrong/", {}, 404),
        ("/TOKENx/", {}, 404),
        ("/%54OKEN/", {}, 404),
        ("//", {}, 404),
        # nothing else is there, and no file is ever looked for
        ("/TOKEN", {}, 404),
        ("/TOKEN/..", {}, 404),
        ("/TOKEN/../../etc/passwd", {}, 404),
        ("/TOKEN/..%2f..%2fetc/passwd", {}, 404),
        ("/TOKEN/live.js", {}, 404),
        ("/TOKEN/events/", {}, 404),
        ("/TOKEN/picture/", {}, 404),
        ("/TOKEN/picture/0", {}, 404),
        ("/TOKEN/picture/01", {}, 404),
        ("/TOKEN/picture/-1", {}, 404),
        ("/TOKEN/picture/99", {}, 404),
        ("/TOKEN/picture/1/", {}, 404),
        ("/TOKEN/picture/../events", {}, 404),
        ("http://evil.example/TOKEN/", {}, 404),
    ],
)
def test_who_is_answered(page: Live, path: str, headers: dict[str, str], status: int) -> None:
    answer, body = ask(page, path, **headers)
    assert answer.status == status
    if status != 200:
        assert body.decode() == f"{status} {answer.reason}\n"
    for name, value in GUARDS.items():
        assert answer.headers[name] == value


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "<b>"])
def test_nothing_but_get(page: Live, method: str) -> None:
    assert ask(page, "/TOKEN/", method)[0].status == 501


def digest(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def test_the_page_may_do_exactly_what_its_policy_says(page: Live) -> None:
    answer, body = ask(page, "/TOKEN/")
    text = body.decode()
    policy = dict(rule.split(" ", 1) for rule in answer.headers["Content-Security-Policy"].split("; "))
    assert policy == {
        "default-src": "'none'",
        "style-src": digest(re.search("<style>(.*?)</style>", text, re.DOTALL)[1]),
        "script-src": digest(re.search("<script>(.*?)</script>", text, re.DOTALL)[1]),
        "connect-src": "'self'",
        "frame-src": "'self'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    assert not re.search(r"https?:|@import|url\(|eval\(|innerHTML|\sstyle=|\son\w+=", text)


def test_a_picture_is_the_page_that_would_be_saved_and_only_the_live_page_may_frame_it(
    page: Live, film: viz.Film
) -> None:
    answer, body = ask(page, "/TOKEN/picture/1")
    html = gzip.decompress(body).decode()
    assert html == player.page(film)
    policy = answer.headers["Content-Security-Policy"]
    assert policy.endswith("; frame-ancestors 'self'")
    assert policy.removesuffix("; frame-ancestors 'self'") in html
    assert "unsafe" not in policy


def test_every_change_is_told_and_the_end(fresh: Live, film: viz.Film) -> None:
    answer, _ = ask(fresh, "/TOKEN/events")
    assert answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    told = events(answer)
    assert next(told) == {"pictures": [], "at": 0, "frame": None, "turn": 0, "ended": False}
    drawing = viz.draw(circuit())  # nothing but drawing it
    first = {"number": 1, "title": drawing.title, "frames": 0}
    assert next(told) == {"pictures": [first], "at": 1, "frame": None, "turn": 1, "ended": False}
    viz.film(circuit())
    second = {"number": 2, "title": film.title, "frames": len(film)}
    assert next(told) == {"pictures": [first, second], "at": 2, "frame": None, "turn": 2, "ended": False}
    fresh.show(film, 3)  # the same film: no new picture, another frame
    assert next(told) == {"pictures": [first, second], "at": 2, "frame": 3, "turn": 3, "ended": False}
    fresh.show(drawing)
    assert next(told) == {"pictures": [first, second], "at": 1, "frame": None, "turn": 4, "ended": False}
    fresh.stop()
    assert next(told)["ended"] is True
    assert list(told) == []


def test_who_comes_later_or_again_is_told_all_at_once(fresh: Live, film: viz.Film) -> None:
    fresh.show(film)
    for _ in range(3):
        told = next(events(ask(fresh, "/TOKEN/events")[0]))
        assert [(picture["number"], told["at"]) for picture in told["pictures"]] == [(1, 1)]


def test_tabs_do_not_wait_for_each_other(fresh: Live, film: viz.Film) -> None:
    fresh.show(film)
    waiting = [ask(fresh, "/TOKEN/events")[0] for _ in range(12)]
    assert [next(events(answer))["at"] for answer in waiting] == [1] * 12
    assert ask(fresh, "/TOKEN/")[0].status == 200


def test_values_can_be_shown_and_nothing_else(fresh: Live, film: viz.Film) -> None:
    fresh.show(circuit("y"))
    assert fresh._history.state.entries[-1].title == "Circuit of y"
    with pytest.raises(TypeError, match="expected a drawing, a film or a Value, got int"):
        fresh.show(3)
    for frame in (-1, len(film)):
        with pytest.raises(IndexError, match=f"frame {frame} .* which has {len(film)}"):
            fresh.show(film, frame)
    with pytest.raises(IndexError, match="which has 0"):
        fresh.show(viz.draw(circuit()), 0)


def test_labels_stay_text(fresh: Live) -> None:
    label = "</title><script>alert(1)</script>&\"'"
    viz.draw(circuit(label))
    html = gzip.decompress(ask(fresh, "/TOKEN/picture/1")[1]).decode()
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert" in html


class Plain:
    """A picture that has no page of its own."""

    svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 30"><title>&lt;b&gt;</title></svg>'
    title = "<b>"


def test_a_picture_without_a_page_gets_a_plain_one(fresh: Live) -> None:
    fresh.show(Plain())
    answer, body = ask(fresh, "/TOKEN/picture/1")
    html = gzip.decompress(body).decode()
    assert Plain.svg in html
    assert "<title>&lt;b&gt;</title>" in html
    assert "script" not in html.partition("</head>")[2]
    assert "script-src" not in answer.headers["Content-Security-Policy"]


def test_a_page_that_cannot_be_made_is_told_in_its_tab_and_not_in_the_terminal(
    fresh: Live, capfd: pytest.CaptureFixture[str]
) -> None:
    class Broken(Plain):
        svg = '<svg xmlns="http://www.w3.org/2000/svg"/>'  # without a viewBox

    fresh.show(Broken())
    assert ask(fresh, "/TOKEN/picture/1")[0].status == 500
    assert capfd.readouterr() == ("", "")


def test_a_page_is_made_once_when_it_is_asked_for(fresh: Live) -> None:
    made: list[int] = []

    class Slow(Plain):
        @property
        def html(self) -> str:
            made.append(1)
            time.sleep(0.2)
            return live_pages.still(self)

    fresh.show(Slow())
    assert made == []
    with ThreadPoolExecutor() as tabs:
        answers = list(tabs.map(lambda _: ask(fresh, "/TOKEN/picture/1")[1], range(4)))
    assert made == [1]
    assert len(set(answers)) == 1


def entry(name: str, size: int = 1) -> Entry:
    sheet = Sheet(lambda: "".join(random.Random(name).choices("0123456789", k=2 * size)))  # of 0.42 bytes each
    sheet.compressed()
    return Entry(name, 0, name.encode(), sheet)


def test_a_bounded_number_of_pictures_is_kept() -> None:
    history = History()
    for number in range(1, 2 * pages.MOST):
        history.show(entry(str(number)))
        numbers = [each.number for each in history.state.entries]
        assert numbers == list(range(max(1, number - pages.MOST + 1), number + 1))
        assert history.state.at == number


def test_a_bounded_amount_of_room_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "BYTES", 2500)
    state = State()
    for name in "abc":
        state = state.showing(entry(name, 1000), None)
    assert [each.title for each in state.entries] == ["b", "c"]
    state = state.showing(entry("d", 9000), None)  # the last one is kept, whatever it weighs
    assert [each.title for each in state.entries] == ["d"]


def test_what_is_drawn_in_passing_is_not_announced() -> None:
    seen: list[object] = []
    audience.followers.append(seen.append)
    made = audience.announced(lambda: (viz.draw(circuit()), "with a drawing"))()
    assert seen == [made]
    with pytest.raises(ZeroDivisionError):
        audience.announced(lambda: (viz.draw(circuit()), 1 / 0))()
    assert seen == [made]
    drawing = viz.draw(circuit())  # after a failure, too
    assert seen == [made, drawing]


def test_called_twice_it_is_the_same_page_and_after_stop_another(capfd: pytest.CaptureFixture[str]) -> None:
    live = viz.live(browser=False)
    assert viz.live(browser=False) is live
    assert running() is live
    assert capfd.readouterr() == (f"Pictures appear at {live!r}\n" * 2, "")
    live.stop()
    live.stop()  # once more does no harm
    assert running() is None
    assert not audience.followers
    with pytest.raises(RuntimeError, match="has stopped"):
        live.show(circuit())
    other = viz.live(browser=False)
    assert repr(other) != repr(live)
    other.stop()


def test_a_notebook_gets_a_link(page: Live) -> None:
    assert f'href="{page!r}"' in page._repr_html_()
    assert 'rel="noopener"' in page._repr_html_()


def test_the_browser_is_asked_once_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr("viz.output.browser.opens", asked.append)
    live = viz.live()
    viz.live()
    live.stop()
    end = time.monotonic() + PATIENCE
    while len(asked) < 2 and time.monotonic() < end:
        time.sleep(0.01)
    assert asked == [repr(live)] * 2


SESSION = """
import viz
from autograd_tiny import Value
live = viz.live(browser=False)
viz.draw(Value(2.0, "a") * Value(3.0, "b"))
input()
"""


def test_the_page_ends_with_the_process_at_once_and_in_silence() -> None:
    session = subprocess.Popen(
        [sys.executable, "-c", SESSION],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    host, port, token = re.search(r"http://([\d.]+):(\d+)/([\w-]+)/", session.stdout.readline()).groups()
    connection = http.client.HTTPConnection(host, int(port), timeout=PATIENCE)
    connection.request("GET", f"/{token}/events")
    told = events(connection.getresponse())
    while next(told)["at"] != 1:
        pass
    gone = http.client.HTTPConnection(host, int(port), timeout=PATIENCE)
    gone.request("GET", f"/{token}/events")
    gone.close()  # a tab closed before its answer
    output, errors = session.communicate("\n", timeout=PATIENCE)  # below the heartbeat of 15 s: nothing is waited for
    assert [next(told)["ended"], list(told)] == [True, []]
    assert (session.returncode, output, errors) == (0, "", "")
    with pytest.raises(ConnectionError):
        http.client.HTTPConnection(host, int(port), timeout=PATIENCE).request("GET", f"/{token}/")


def test_pictures_that_are_not_watched_cost_no_web_server() -> None:
    code = "import sys, viz; print('http.server' in sys.modules, 'socketserver' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False False\n"
