"""The classroom's server: who is answered, what a tab may ask for, and that Python can always be interrupted."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.classroom import PATIENCE, START, Classroom, shelf

TERMINAL = START.replace('"web", "--no-browser", ', "")


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Classroom]:
    room = Classroom(tmp_path_factory.mktemp("room"), "small")
    room.arrive()
    yield room
    room.end()


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Classroom]:
    room = Classroom(tmp_path, "small")
    room.arrive()
    yield room
    room.end()


FROM = [
    ({}, 200),
    ({"Host": "localhost:PORT"}, 200),
    ({"Origin": "http://127.0.0.1:PORT"}, 200),
    ({"Host": "localhost:8000", "Origin": "http://localhost:8000"}, 200),  # through a tunnel
    ({"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"}, 200),  # a link
    ({"Host": "evil.example"}, 403),
    ({"Host": "evil.example:PORT"}, 403),  # DNS rebinding
    ({"Host": "127.0.0.1.evil.example:PORT"}, 403),
    ({"Host": ""}, 403),
    ({"Host": "127.0.0.1:PORT|evil.example"}, 403),
    ({"Origin": "http://evil.example"}, 403),
    ({"Origin": "null"}, 403),
    ({"Origin": "http://127.0.0.1:1"}, 403),
    ({"Origin": "https://127.0.0.1:PORT"}, 403),
    ({"Origin": "http://127.0.0.1:PORT|http://evil.example"}, 403),
    ({"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "no-cors"}, 403),
    ({"Sec_Fetch_Site": "same-site", "Sec_Fetch_Mode": "cors"}, 403),
]
PATHS = ["", "web.js", "style.css", "events", "picture/small-circuit"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(("headers", "status"), FROM)
def test_who_is_shown_something(room: Classroom, path: str, headers: dict[str, str], status: int) -> None:
    room.move("goto", place="circuit")
    answer, body = room.request("GET", f"/TOKEN/{path}", **headers)
    assert answer.status == status
    if status != 200:
        assert body in (b"403 Forbidden\n", b"404 Not Found\n")


@pytest.mark.parametrize(("headers", "status"), [each for each in FROM if each[1] == 403])
def test_who_may_ask_for_nothing(room: Classroom, headers: dict[str, str], status: int) -> None:
    before = room.move("goto", place=2)
    body = json.dumps({"do": "next", "at": [before["lesson"], before["at"]]}).encode()
    assert room.post(body, **headers)[0].status == status
    assert room.ask("complete", text="")["options"] == []  # a later job: the first would have run
    assert room.everything()["scene"]["at"] == before["at"]


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b'{"do": "complete", "text": "w"}', {}, 200),
        (b'{"do": "complete", "text": "w"}', {"Content-Type": "application/json; charset=utf-8"}, 200),
        (b'{"do": "complete", "text": "w"}', {"Origin": ""}, 400),  # no page of ours omits it
        (b'{"do": "complete", "text": "w"}', {"Content-Type": "text/plain"}, 400),  # what a form can send
        (b'{"do": "complete", "text": "w"}', {"Content-Type": "application/x-www-form-urlencoded"}, 400),
        (b'{"do": "complete", "text": "w"}', {"Sec_Fetch_Site": "none"}, 400),
        (b"[1]", {}, 400),
        (b"{", {}, 400),
        (b"", {}, 400),
        (b"\xff", {}, 400),
        (b"[" * 100_000, {}, 400),
        (b"", {"Content_Length": "1000001"}, 400),
        (b"", {"Content_Length": "-1"}, 400),
    ],
)
def test_what_may_be_asked(room: Classroom, body: bytes, headers: dict[str, str], status: int) -> None:
    assert room.post(body, **headers)[0].status == status


@pytest.mark.parametrize("do", ["fly", "", None, 1, [], {}, "__class__", "_do"])
def test_nobody_can_do_what_is_not_offered(room: Classroom, do: object) -> None:
    assert "refused" in json.loads(room.post(json.dumps({"do": do}).encode())[1])


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/TOKEN", 404),
        ("GET", "/TOKENx/", 404),
        ("GET", "/TOKEN/../server.py", 404),
        ("GET", "/TOKEN/web.html", 404),
        ("GET", "/TOKEN/picture/", 404),
        ("GET", "/TOKEN/picture/../web.js", 404),
        ("GET", "/TOKEN/do", 404),
        ("POST", "/TOKEN/", 404),
        ("POST", "/wrong/do", 404),
        ("PUT", "/TOKEN/do", 501),
        ("OPTIONS", "/TOKEN/do", 501),  # no other origin is ever told that it may ask
    ],
)
def test_nothing_else_is_there(room: Classroom, method: str, path: str, status: int) -> None:
    body = b"{}" if method in ("POST", "PUT") else None
    assert room.request(method, path, body, Origin="http://127.0.0.1:PORT")[0].status == status


def test_the_page_may_do_nothing_but_what_it_needs(room: Classroom) -> None:
    answer, body = room.request("GET", "/TOKEN/")
    policy = dict(each.strip().split(" ", 1) for each in answer.headers["Content-Security-Policy"].split(";"))
    nonce = policy["style-src"].removeprefix("'self' 'nonce-").rstrip("'")
    assert len(nonce) > 16 and nonce.encode() in body
    assert policy == {
        "default-src": "'none'", "script-src": "'self'", "style-src": f"'self' 'nonce-{nonce}'",
        "img-src": "'self' data:", "connect-src": "'self'", "frame-src": "'self'", "base-uri": "'none'",
        "form-action": "'none'", "frame-ancestors": "'none'",
    }  # fmt: skip
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert (
        room.request("GET", "/TOKEN/")[0].headers["Content-Security-Policy"]
        != answer.headers["Content-Security-Policy"]
    )
    assert room.token.encode() not in body


def test_an_endless_loop_leaves_the_server_answering_and_can_be_interrupted(room: Classroom) -> None:
    room.move("goto", place=0)
    for code in (
        "while True: pass\n",
        "while True: print('x')\n",
        "import time; time.sleep(1000)",
        "input('? ')",
        "import re; re.match('(a*)*b', 'a' * 40)",  # it keeps the interpreter to itself
    ):
        room.state.pop("busy", None)
        assert room.ask("type", text=code) == {"taken": True}
        room.until(lambda: room.state.get("busy"))
        assert room.request("GET", "/TOKEN/")[0].status == 200
        assert "refused" in room.ask("next")
        begun = time.monotonic()
        assert room.ask("interrupt") == {}
        room.until(lambda: room.state["busy"] is False)
        assert time.monotonic() - begun < PATIENCE / 2
        assert room.log[max(room.log)]["text"] == "stopped"
    assert room.typed("1 + 1")[-1]["text"] == "2\n"


STUBBORN = """
import time
def stubborn():
    print("at it")
    while True:
        try:
            time.sleep(1000)
        except KeyboardInterrupt:
            pass
"""


@pytest.mark.slow
def test_a_python_that_does_not_stop_can_be_restarted_and_the_lesson_remembers(own: Classroom) -> None:
    own.move("goto", place="slope")
    assert own.answered("answer", text="45") == "right"
    own.move("goto", place="code")
    code = f"{STUBBORN}\ndef slope(w):\n    return w\n\nstubborn()\n"
    assert "refused" in own.ask("restart")  # there is no need
    assert own.ask("check", code=code) == {"taken": True}
    own.until(lambda: any(entry.get("text") == "at it\n" for entry in own.log.values()))
    assert own.ask("interrupt") == {}
    own.until(lambda: own.state.get("stuck"))
    assert own.ask("restart") == {}
    again = own.restarted()
    assert again.address == own.address
    assert again.process.pid == own.process.pid
    scene = again.arrive()
    assert scene["question"]["draft"] == code
    assert [mark for step in scene["steps"] for mark in step["marks"]].count("right") == 1
    again.until(lambda: any("Python was restarted" in entry.get("html", "") for entry in again.log.values()))
    assert again.typed("stubborn")[-1]["text"].startswith("NameError")


def test_a_tab_that_knows_another_process_is_told_everything(room: Classroom) -> None:
    everything = room.everything()
    for known in ("of=another", f"of={everything['room']}"):
        body = room.request("GET", f"/TOKEN/events?since=1&{known}")[1]
        told = json.loads(body.removeprefix(b"data: "))
        assert (told["log"] == everything["log"]) or known != "of=another"
        assert "scene" in told or known != "of=another"


def test_an_interrupt_where_nothing_runs_does_nothing(room: Classroom) -> None:
    room.move("goto", place=0)
    for _ in range(3):
        assert room.ask("interrupt") == {}
    assert room.typed("40 + 2")[-1]["text"] == "42\n"


def test_what_is_printed_is_seen_as_it_is(room: Classroom) -> None:
    room.move("goto", place=0)
    room.ask("type", text="import time; print('first'); time.sleep(1000)")
    room.until(lambda: any(entry.get("text") == "first\n" for entry in room.log.values()))
    assert room.state["busy"]
    room.ask("interrupt")
    room.until(lambda: room.state["busy"] is False)


def test_code_may_ask_for_a_line(room: Classroom) -> None:
    room.move("goto", place=0)
    room.ask("type", text="input('name? ').upper()")
    room.until(lambda: room.state.get("asking"))
    room.ask("line", text="ada")
    room.until(lambda: room.state["busy"] is False)
    assert room.log[max(room.log)]["text"] == "name? ada\n'ADA'\n"


def test_an_error_names_ones_own_line(room: Classroom) -> None:
    room.move("goto", place=0)
    room.typed("def f(x):\n    y = x - 1\n    return 1 / y\n")
    entry = room.typed("f(1)")[-1]
    assert entry["kind"] == "error"
    assert entry["text"] == "line 1: f(1)\nline 3: return 1 / y\nZeroDivisionError: division by zero"
    assert room.typed("a = 1\nb = = 2")[-1]["text"].startswith("line 2:\n")


@pytest.mark.parametrize(
    ("code", "more"), [("x = 1", False), ("for i in x:", True), ("(1,", True), ("for i in [1]: i\n    ", False)]
)
def test_a_statement_may_go_on(room: Classroom, code: str, more: bool) -> None:
    room.move("goto", place=0)
    assert room.ask("type", text=code) == ({"unfinished": True} if more else {"taken": True})


def test_values_and_charts_are_drawn(room: Classroom) -> None:
    room.move("goto", place="circuit")
    assert "<svg" in room.typed("z")[-1]["html"]
    assert "<svg" in room.typed("viz.chart([3.0, 2.0, 1.0])")[-1]["html"]
    film = room.typed("viz.film(z)")[-1]["html"]
    assert "<iframe" in film
    address = film.split('src="')[1].split('"')[0]
    answer, body = room.request("GET", f"/TOKEN/{address}")
    assert answer.status == 200 and b"Backpropagation" in body
    assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
    assert room.typed("w")[-1]["kind"] == "output"  # a leaf is a number


def test_names_are_completed(room: Classroom) -> None:
    room.move("goto", place="circuit")
    assert "label" in room.ask("complete", text="1 + z.la", at_character=8)["options"]
    assert room.ask("complete", text="z.", at_character=2)["from"] == 2
    assert ":hint" in room.ask("complete", text=":h")["options"]
    assert room.ask("complete", text="nothing_like_it")["options"] == []


def test_a_tab_that_has_not_heard_the_news_is_refused(room: Classroom) -> None:
    old = room.move("goto", place=1)
    room.move("next")
    here = room.scene
    room.scene = old
    assert room.ask("next")["stale"]
    assert room.ask("answer", text="45")["stale"]
    room.scene = here


def test_every_tab_sees_the_same(room: Classroom) -> None:
    room.move("goto", place="slope")
    assert room.answered("answer", text="2*w") == "wrong"
    told = [room.everything() for _ in "ab"]
    assert told[0]["scene"] == told[1]["scene"] == room.scene
    assert told[0]["log"] == told[1]["log"]


def test_commands_are_called_as_the_buttons_are(room: Classroom) -> None:
    room.move("goto", place="slope")
    said = [room.answered("answer", text="2*w") and room.scene["said"][0]["html"] for _ in range(3)]
    assert any("<em>Hint</em> helps, <em>Show the answer</em> tells" in html for html in said)


def test_exit_ends_nothing(room: Classroom) -> None:
    room.move("goto", place=0)
    assert "ends nothing" in room.typed("exit()")[-1]["html"]
    assert room.typed("2 + 2")[-1]["text"] == "4\n"


def test_a_whole_lesson_over_the_wire(own: Classroom) -> None:
    right = {
        "slope": "45",
        "path": "20",
        "larger": "2",
        "shape": "(3, 2)",
        "element": "-1",
        "whole": "[[1,-1],[1,-1],[1,-1]]",
    }
    seen = []
    while not own.scene["ended"]:
        question = own.scene["question"]
        if question and question["open"]:
            seen.append(question["id"])
            assert "first" in (own.ask("next"), own.until(lambda: own.state.get("note")))[1]["html"]
            own.state.pop("note")
            if question["id"] == "code":
                assert own.answered("check", code=question["draft"]) == "wrong"
                assert own.answered("check", code="def slope(w):\n    return w +") == "error"
                assert own.answered("check", code="slope(2)") == "unreadable"  # it is there, but not defined here
                assert own.answered("check", code="def slope(w):\n    return 3 * w**2 - 6 * w") == "right"
            else:
                assert own.answered("answer", text="= 77") in ("wrong", "unreadable")
                assert own.answered("hint") == "hint"
                assert own.answered("answer", text=right[question["id"]]) == "right"
        own.move("next")
    assert seen == [*right, "code"]
    assert "7 answered of 7" in own.scene["ended"]["html"]
    assert own.scene["ended"]["following"]["id"] == "other"


def test_it_goes_on_where_it_was_killed(own: Classroom, tmp_path: Path) -> None:
    own.move("goto", place="slope")
    assert own.answered("answer", text="45") == "right"
    own.move("goto", place="code")
    own.ask("draft", question="code", code="def slope(w):\n    return 0  # not yet", by="me")
    own.until(lambda: own.state.get("draft"))
    own.end(signal.SIGKILL)
    again = Classroom(tmp_path, "small")
    try:
        scene = again.arrive()
        assert scene["question"]["id"] == "code"
        assert scene["question"]["draft"].endswith("not yet")
        assert [mark for step in scene["steps"] for mark in step["marks"]].count("right") == 1
    finally:
        again.end()


def test_what_was_begun_in_a_terminal_goes_on_here(tmp_path: Path) -> None:
    told = os.environ | {"AUTOGRAD_TINY_HOME": str(tmp_path / "home")}
    typed = "\n\n\n= 2*w\n= 45\n\n:quit\n"
    command = [sys.executable, "-c", TERMINAL, str(shelf(tmp_path / "texts")), "small"]
    subprocess.run(command, input=typed, env=told, check=True, capture_output=True, text=True)
    room = Classroom(tmp_path, "small")
    try:
        scene = room.arrive()
        assert (scene["step"], scene["question"]) == (3, None)  # behind the question
        assert scene["steps"][3]["marks"] == ["right"]
    finally:
        room.end()


def test_ctrl_c_where_it_was_started_ends_it_and_every_tab_hears_of_it(own: Classroom) -> None:
    with contextlib.closing(own.told()) as news:
        next(news)
        own.process.send_signal(signal.SIGINT)
        assert any(told["ended"] for told in news)
    assert "Goodbye" in own.end(signal.SIGINT)
    assert own.process.returncode == 0


def test_a_port_can_be_chosen_and_one_that_is_taken_is_named(room: Classroom, tmp_path: Path) -> None:
    second = Classroom(tmp_path, "--port", str(room.port))
    assert second.said == f"Port {room.port} is taken; leave --port out, and a free one is found.\n"
    assert second.process.wait(PATIENCE) == 2
    second.end()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["nowhere"], "There is no lesson"), (["--port", "70000"], "not 70000"), (["small", "other"], "One lesson")],
)
def test_what_cannot_be_served_is_said(tmp_path: Path, arguments: list[str], words: str) -> None:
    refused = Classroom(tmp_path, *arguments)
    assert words in refused.said
    assert refused.process.wait(PATIENCE) == 2
    refused.end()


def test_a_hub_may_choose_the_secret_and_pass_requests_on(tmp_path: Path) -> None:
    room = Classroom(tmp_path, "small", AUTOGRAD_TINY_TOKEN="chosen-by-the-hub", AUTOGRAD_TINY_HOSTS="hub.example")
    try:
        assert room.token == "chosen-by-the-hub"
        assert room.request("GET", "/TOKEN/", Host="hub.example")[0].status == 200
        body = b'{"do": "complete", "text": ""}'
        assert room.post(body, Host="hub.example", Origin="https://hub.example")[0].status == 200
        assert room.post(body, Host="hub.example", Origin="https://evil.example")[0].status == 403
    finally:
        room.end()


def test_the_map_says_how_far_one_has_come(own: Classroom) -> None:
    own.move("next")
    scene = own.move("map")
    assert scene["view"] == "map"
    assert scene["html"].count("<li ") == 2
    assert "Another lesson" in scene["html"] and "step 1" in scene["html"]
    answer, body = own.request("GET", "/TOKEN/picture/map")
    assert answer.status == 200 and b"<svg" in body
    assert own.move("open", lesson="other")["title"] == "Another lesson"
