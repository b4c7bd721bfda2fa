"""Blocks are executed once, copies share nothing, and trainings are stored, held against their claims, and watched."""

import json
from pathlib import Path
from typing import Any

import pytest

import viz
from lessons.check.checking import check
from lessons.check.writing import rewrite
from lessons.faces.curves import line, told
from lessons.faces.text import page_text, reply_text
from lessons.format import document, library
from lessons.format.lesson import Lesson, LessonError, Run, Show
from lessons.session import history
from lessons.session.execution import execute
from lessons.session.pages import Picture, picture
from lessons.session.session import Session

TRAIN = """
```toml train id=fit
seeds = [0, 3]
holds = ["loss[-1] < 0.1", "len(loss) == 20"]
```

```python train
def fit(seed):
    v = Value(1.0 + seed)
    for step in range(20):
        loss = (v - w) ** 2
        v.zero_grad()
        loss.backward()
        yield {"loss": loss.data, "text": f"step {step}"}
        v.data -= 0.3 * v.grad
```

At the end `fit.runs[3]["loss"][-1] < 0.1 → True`.

"""


def block(code: str, name: str = "block") -> Run:
    return Run(name, code, "", 1)


@pytest.fixture
def trained(text: str, tmp_path: Path) -> Path:
    path = tmp_path / "small.md"
    path.write_text(text.replace("## The circuit\n", f"## A training\n{TRAIN}## The circuit\n"), encoding="utf-8")
    return path


# Names, copied --------------------------------------------------------------------------------------------------------


def test_a_block_is_executed_once_however_often_its_names_are_wanted() -> None:
    count: list[int] = []
    blocks = [block("import sys\nsys._met.append(1)\nx = [1]"), block("y = x + [2]")]
    import sys

    sys._met = count  # type: ignore[attr-defined]
    for _ in range(3):
        assert history.after(blocks).names["y"] == [1, 2]
        assert history.after(blocks[:1]).names["x"] == [1]
    assert len(count) == 1


def test_copies_share_nothing_that_can_change() -> None:
    code = """
from autograd_tiny import Value
import numpy as np
w = Value(2.0, "w")
z = w * w
kept = [w]
a = np.zeros(2)
def f(v=w):
    return v is w, z.data
"""
    one, two = history.after([block(code)]).names, history.after([block(code)]).names
    one["z"].backward()
    one["a"][:] = 7
    one["kept"].append(3)
    assert two["w"].grad == 0
    assert two["a"].tolist() == [0, 0]
    assert len(two["kept"]) == 1
    for names in (one, two):
        assert names["kept"][0] is names["w"], "what was one thing is one thing"
        assert names["f"]() == (True, 4.0), "a function lives among the names of its copy"
    one["z"] = one["w"]
    assert one["f"]() == (True, 2.0)
    assert two["f"]() == (True, 4.0)


@pytest.mark.parametrize(
    "code",
    [
        "class Box:\n    def get(self):\n        return x\nbox = Box()\nx = 1",
        "x = 1\nfunctions = [lambda: x]\nbox = type('B', (), {'get': staticmethod(functions[0])})",
        "def outer():\n    def get():\n        return x\n    return get\nclass box: get = staticmethod(outer())\nx = 1",
        "x = 1\ndef counting():\n    yield 1\ng = counting()\nclass box:\n    get = staticmethod(lambda: x)",
    ],
)
def test_what_cannot_be_copied_is_made_anew(code: str) -> None:
    one, two = history.after([block(code)]).names, history.after([block(code)]).names
    one["x"] = 5
    assert one["box"].get() == 5
    assert two["box"].get() == 1


def test_functions_in_containers_are_copied_like_any_other() -> None:
    code = "import sys\nsys._met.append(1)\nk = 2\nkinds = {'plain': lambda x: k * x}\n"
    code += "later = [lambda x, f=kinds['plain']: f(x) + k]\ndef both(x):\n    return kinds['plain'](x) + later[0](x)"
    count: list[int] = []
    import sys

    sys._met = count  # type: ignore[attr-defined]
    one, two = history.after([block(code)]).names, history.after([block(code)]).names
    one["k"] = 10
    assert (one["both"](1), two["both"](1)) == (30, 6)
    assert len(count) == 1


def test_a_namespace_that_a_block_makes_is_not_shared() -> None:
    code = "made = {'x': 1}\nexec('def get(): return x', made)\nget = made['get']"
    one, two = history.after([block(code)]).names, history.after([block(code)]).names
    one["made"]["x"] = 5
    assert (one["get"](), two["get"]()) == (5, 1)


def test_pictures_change_nothing(text: str) -> None:
    spoiled = text.replace("id=circuit\nz\n", "id=circuit\nz.backward()\nw.data = 3.0\nz = w\nz\n")
    assert not [finding.message for finding in check(document.parse(spoiled, "small"))]


# Trainings ------------------------------------------------------------------------------------------------------------


def test_runs_are_stored_held_and_told(trained: Path) -> None:
    assert "its runs are not stored" in said(trained)
    rewrite(document.read(trained), trained)
    stored = trained.parent / "runs" / "small-fit.json"
    assert set(json.loads(stored.read_text())["runs"]) == {"0", "3"}
    assert said(trained, train=True) == ""
    assert rewrite(document.read(trained), trained) == 0


def test_what_is_written_says_first_which_block_fails(trained: Path) -> None:
    broken = trained.read_text(encoding="utf-8").replace(
        "from autograd_tiny import Value", "from autograd_tiny import Vallue", 1
    )
    trained.write_text(broken, encoding="utf-8")
    with pytest.raises(LessonError, match=r"fails: .*ImportError"):
        rewrite(document.read(trained), trained)
    assert trained.read_text(encoding="utf-8") == broken


def said(path: Path, train: bool = False) -> str:
    return "\n".join(finding.message for finding in check(document.read(path), train))


def test_a_claim_that_one_seed_breaks_names_the_seed(trained: Path) -> None:
    trained.write_text(trained.read_text().replace('"loss[-1] < 0.1"', '"loss[0] < 15"'), encoding="utf-8")
    rewrite(document.read(trained), trained)
    assert "holds is false for seed 0: loss[0] < 15" in said(trained)


@pytest.mark.parametrize(
    ("claims", "message"),
    [
        ('"loss[-1] == loss[-1]", "loss[-1] < 0.1"', "holds claims nothing; it is true whatever is trained"),
        ('"len(loss) == 20", "loss[0] > 0.5"', "holds is true of runs that stay where they begin"),
    ],
)
def test_a_claim_that_any_training_keeps_is_none(trained: Path, claims: str, message: str) -> None:
    text = trained.read_text(encoding="utf-8")
    trained.write_text(text.replace('"loss[-1] < 0.1", "len(loss) == 20"', claims), encoding="utf-8")
    rewrite(document.read(trained), trained)
    assert message in said(trained)


def test_runs_of_other_code_are_stale(trained: Path) -> None:
    rewrite(document.read(trained), trained)
    trained.write_text(trained.read_text().replace("0.3 * v.grad", "0.4 * v.grad"), encoding="utf-8")
    assert "its stored runs come from other code" in said(trained)
    assert rewrite(document.read(trained), trained) == 1
    assert said(trained) == ""


def test_what_training_gives_now_is_held_against_what_is_stored(trained: Path) -> None:
    rewrite(document.read(trained), trained)
    stored = trained.parent / "runs" / "small-fit.json"
    table = json.loads(stored.read_text())
    table["runs"]["0"]["loss"][2] *= 1.5
    stored.write_text(json.dumps(table))
    assert said(trained) == ""
    assert "seed 0: loss at step 2 is" in said(trained, train=True)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("seeds = [0, 3]", "seeds = []", "seeds, a list of integers"),
        ("seeds = [0, 3]", 'seeds = ["a"]', "seeds, a list of integers"),
        ("def fit(seed):", "def fit(seed, rate):", "function of one argument, seed"),
        ("yield {", "print({", "function of one argument, seed|not Python"),
        ("```python train", "```python run id=other", "seeds, a list of integers"),
    ],
)
def test_a_training_has_its_form(trained: Path, before: str, after: str, message: str) -> None:
    with pytest.raises(LessonError, match=message):
        document.parse(trained.read_text().replace(before, after), "small")


def test_a_training_that_fails_is_told_with_its_line(trained: Path) -> None:
    trained.write_text(trained.read_text().replace("v.data -= 0.3", "v.data -= 1 / 0"), encoding="utf-8")
    with pytest.raises(LessonError, match=r"fit, seed 0: line 8: v.data -= 1"):
        rewrite(document.read(trained), trained)


def test_it_is_watched_stopped_and_shown(trained: Path) -> None:
    rewrite(document.read(trained), trained)
    session = Session(document.read(trained))
    page = reply_text(session.goto("fit"))
    assert "seed 3" in page and "(20 steps)" in page and ":train" in page
    seen: list[Any] = []
    reply = session.train(watch=seen.append)
    assert len(seen) == 21 and seen[-1] is None
    assert "seed 4" in reply_text(reply), "a seed of the learner's own"
    assert "def fit" not in reply_text(reply)

    def stop(entry: Any) -> None:
        if entry and entry["text"] == "step 4":
            raise KeyboardInterrupt

    stopped = session.train(7, stop)
    assert stopped.text == "Stopped after 5 steps."
    assert "seed 7" in reply_text(stopped)
    assert "(5 steps)" in reply_text(stopped)


def test_the_lesson_knows_its_runs_and_a_notebook_does_too(trained: Path) -> None:
    rewrite(document.read(trained), trained)
    session = Session(document.read(trained))
    session.goto("fit")
    assert session.lesson_names["fit"].curves("loss").keys() == {"seed 0", "seed 3"}
    assert session.run("len(list(fit(1)))").text == "20"
    assert session.stored(lambda_named("fit")).runs.keys() == {0, 3}


def lambda_named(name: str) -> Any:
    names: dict[str, Any] = {}
    exec(f"def {name}(seed):\n    yield 1.0", names)
    return names[name]


def test_curves_as_text() -> None:
    assert line([0, 1, 2, 3, 4, 5, 6, 7]) == "▁▂▃▄▅▆▇█"
    assert line([1.0] * 3) == "▁▁▁"
    assert line([0.0, float("nan"), 1.0]) == "▁×█"
    assert line([]) == ""
    assert len(line(list(range(1000)))) == 32
    assert told({0: {"loss": [2.0, 1.0], "sample": ["a", "b"]}, 1: {}}).count("\n") == 1


# Steps that one may skip, what a lesson builds on, numbers in sentences -----------------------------------------------


def optional(text: str) -> Lesson:
    return document.parse(text.replace("## A choice", "## A choice {optional}"), "small")


def test_an_optional_step_is_said_to_be_one_and_does_not_count(text: str) -> None:
    lesson = optional(text)
    session = Session(lesson)
    page = session.goto("a-choice").page
    assert page and page.optional and page.title == "A choice (optional)"
    assert ":skip goes past it" in page_text(page)
    assert "`lesson.skip()` goes past it" in page_text(page, python=True)
    assert session.goto("a-choice-optional").page == page
    assert len(lesson.asked) == len(lesson.questions) - 1
    assert session.skip().page.step == 6  # type: ignore[union-attr]
    assert "(optional)" in session.list().text


def test_needs_are_there_and_no_circle(text: str, shelf: Path) -> None:
    front = 'order = 1\nneeds = ["other"]'
    assert findings(text.replace("order = 1", front)) == ""
    (shelf / "other.md").write_text(
        (shelf / "other.md").read_text().replace("order = 2", 'order = 2\nneeds = ["small"]')
    )
    assert "which itself needs small" in findings(text.replace("order = 1", front))
    assert "no such lesson" in findings(text.replace("order = 1", 'order = 1\nneeds = ["nothing"]'))
    assert findings(text.replace("order = 1", 'order = 1\nexperiments = ["hello"]')) == ""
    assert "no such experiment" in findings(text.replace("order = 1", 'order = 1\nexperiments = ["helo"]'))


def findings(text: str) -> str:
    return "\n".join(finding.message for finding in check(document.parse(text, "small")))


def test_every_lesson_builds_on_lessons_that_are_there() -> None:
    needs = {entry.id: entry.needs for entry in library.entries()}
    for entry in library.entries():
        assert set(entry.needs) <= set(needs), entry.id
        assert all(map(library.has_experiment, entry.experiments)), entry.id
        assert entry.part in document.PARTS
        assert entry.id not in [name for need in entry.needs for name in library.ancestors(need, needs)]


WRITTEN = [
    ("Here `w.data → 4.0`.", "Here `w.data → 5.0`."),
    ("Here `w.data / 3 → ?`.", "Here `w.data / 3 → 1.667`."),
    ("Here `w.data / 3 → 1.68`.", "Here `w.data / 3 → 1.67`."),
    ("Here `-w.data → −4.00`.", "Here `-w.data → −5.00`."),
    ("Here `[w.data, 2.5] → [4, 2.0]`.", "Here `[w.data, 2.5] → [5, 2.5]`."),
    ("Here `w.shape → (1,)`.", "Here `w.shape → ()`."),
    ("Here `{'w': w.data} → {'w': 4.0, 'b': 1}`.", "Here `{'w': w.data} → {'w': 5.0}`."),
    ("Here `w.data * 1e-9 → 4.0e-9`.", "Here `w.data * 1e-9 → 5.0e-09`."),
    ("Here {{w.data}}.", "Here {{w.data → 5}}."),
    ("Here {{w.data:.2f}}.", "Here {{w.data:.2f → 5.00}}."),
    ("Here {{w.data:.2f → 4.00}} and `w.data → 6.0`.", "Here {{w.data:.2f → 5.00}} and `w.data → 5.0`."),
    ("Here {{w.label → x}}.", "Here {{w.label → w}}."),
]


@pytest.mark.share(3)
@pytest.mark.parametrize(("before", "after"), WRITTEN)
def test_numbers_in_sentences_are_renewed(text: str, tmp_path: Path, before: str, after: str) -> None:
    path = tmp_path / "small.md"
    path.write_text(text.replace("Here `w.data → 5.0`.", before), encoding="utf-8")
    assert before == after or "(check --write)" in findings(path.read_text())
    rewrite(document.read(path), path)
    assert path.read_text(encoding="utf-8") == text.replace("Here `w.data → 5.0`.", after)
    assert findings(path.read_text()) == ""


def test_braces_in_alt_texts_hints_and_messages(text: str, tmp_path: Path) -> None:
    path = tmp_path / "small.md"
    spoken = text.replace("![w splits", "![w = {{w.data:.1f}} splits")
    spoken = spoken.replace('"Two paths."', '"Two paths, {{z.inputs[0].label}} and y{{len(\\"it\\")}}."')
    spoken = spoken.replace("It is 20, the other 25.", "It is {{2*w.data*y.data → 3}}, the other 25.")
    path.write_text(spoken, encoding="utf-8")
    rewrite(document.read(path), path)
    written = path.read_text(encoding="utf-8")
    assert "![w = {{w.data:.1f → 5.0}} splits" in written
    assert '"Two paths, {{z.inputs[0].label → x}} and y{{len(\\"it\\") → 2}}."' in written  # TOML's backslashes stay
    assert "It is {{2*w.data*y.data → 20}}, the other" in written
    lesson = document.read(path)
    assert check(lesson) == []
    session = Session(lesson)
    session.goto("slope")
    assert session.hint().text.startswith("Two paths, x and y2.")
    assert session.pic("circuit").page.pictures[0].alt.startswith("w = 5.0 splits")  # type: ignore[union-attr]


@pytest.mark.slow
@pytest.mark.parametrize("path", library.paths(), ids=lambda path: path.stem)
def test_pictures_are_the_same_from_copied_names_and_from_new_ones(path: Path) -> None:
    lesson = document.read(path)
    for show in (part for part in lesson.parts if isinstance(part, Show)):
        names: dict[str, Any] = {"viz": viz}
        for each in lesson.before(show):
            history.executed(each, names)
        anew = Picture("anew", picture(lesson, show).alt, execute(show.code, names).value)
        assert picture(lesson, show).drawing.svg == anew.drawing.svg, show.id
        assert picture(lesson, show).text == anew.text, show.id
