"""A page judges as Python does: the same verdict in the same words, case by case, whatever is typed."""

from __future__ import annotations

import itertools
import json
import random
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import unquote

import numpy as np
import pytest

from autograd_tiny.learners.expression import FUNCTIONS
from lessons.format import library
from lessons.format.lesson import Predict
from lessons.format.quoting import quoted
from lessons.judging import diagnosis, formulas
from lessons.judging.answers import judge
from lessons.judging.right import evaluate, right, scalar_names
from lessons.session.pages import names_before
from lessons.session.posing import PRAISE
from lessons.session.vocabulary import Vocabulary
from lessons.site import questions
from tests import SHARE
from tests.answers.table import Asked, answers, remembering
from tests.browser.conftest import BROWSERS
from viz.output.webpage import embedded

JUNK = (
    "", " ", "?", "x=3", "2x", "w 3", "3 4", "1/0", "0**-1", "(-8)**(1/3)", "10**400", "1e400", "1e308*10", "exp(1e4)",
    "log(-2)", "log(0)", "sqrt(-1)", "sigmoid(2", "tanh", "tanh()", "tanh(1, 2)", "foo(1)", "sigmod(1)", "2**", "*3",
    "3+*2", "((((1))))", "(((", "1)", "0,5", "(1, 2)", "()", "1, ", "1//2", "1%2", "~1", "w[0]", "w[0, 1]", "{1}",
    "1_0", "012",
    "1.", ".5", "1e", "1e5", "e", "π", "2π", "pi/4", "if", "None", "not 1", "wx", "W1 W2", "'1'", "\\", "²",
    "3²", "2⁻¹", "√4", "√(4)", "−3", "–3", "1·2", "1×2", "6÷2", "1/2w", "2^3w", "1e-7", "-0", "0.0", "+5", "--5", "1@2",
    "5(3)", "(2)(3)", "abs(-3)", "max(1, 2)", "maximum(1,2)", "atan2(1, 2)", "mod(5, 0)", "softplus(-1)", "gelu(1)",
    "<b>1</b>", "`1`", "*1*", "# 1", "a" * 300, "1+" * 100 + "1", "(" * 61 + "1" + ")" * 61, "9" * 400, "1" * 4001,
    "t=3", "t_3", "t[3]", "step 3", "3.5", "-2", "+7", "(3, 2)", "3x2", "3 × 2", "3 by 2", "[1, 2]", "[[1, 2], [3, 4]]",
    "1 2; 3 4", "[[1, 2], [3]]", "array([1.0])", "[1; 2]", "none", "all", "1 and 2", "1, 2 then 3", "321", "1→2",
    "five", "Zero", "minus one", "one half", "a half", "-half", "two thirds", "2 thirds", "two and a half", "forty-two",
    "three hundred and five", "28 thousand", "zero point five", "point two five", "negative three", "nothing", "None",
    "none", "fifty percent", "50 per cent", "2 * five", "w / one half", "half w", "two three", "one hundred hundred",
    "two minus one", "½", "2½", "-1½", "w½", "¾w", "28 600", "28\u2009600", "1'234", "28\u202f600.5", "1_000_000",
    "2 300 w", "1 23", "second", "the first", "first one", "all", "(2)", "2)", "option 2", "minus 3",
    "the B", "√25", "2√w", "√4√9", "√x(2)", "36x16", "2 x 3", ".1",
    "dz/dw = 5", "= 5 =", "a == 5", "5 =", "x=y=3",
    "t = three", "three by two", "[1/2, 2*3]",
    "[one half, -two]", "[1 -2]", "[1 - 2]",
    "[1-2, 3]", "[w, 2w]", "[2*w; w]", "[sqrt(4), 2 ** 3]", "[[1, 2], [3, 4]", "[1, 2]]", "[1, x.data]", "[1/0, 2]",
    "[1][2]", "(1 + 2)*3, 4", "[28\u2009600, 1]", "np.array([1, 2])", "[½, 2]", "[log(-1), 2]", "[]", "[[], []]", ";",
    "first", "1,000", "1,000,000", "-12,500.5", "193,500,000", "1,00", "B D A C", "1 × 1, 2 × 2",
)  # fmt: skip


def in_page(asked: Sequence[tuple[questions.Record, Sequence[str]]]) -> Any:
    """The verdicts of the page's judge on each of the texts: by Node, else by Chromium."""
    given = json.dumps([[record, list(texts)] for record, texts in asked])
    judged = "given.map(([question, texts]) => texts.map((text) => answered(question, text, rules)))"
    if node := shutil.which("node"):
        read = 'const given = JSON.parse(require("fs").readFileSync(0, "utf8"));'
        with tempfile.NamedTemporaryFile("w", suffix=".js", encoding="utf-8") as program:
            program.write(f"{questions.script()}\n{read}\nconsole.log(JSON.stringify({judged}));")
            program.flush()
            return json.loads(_printed([node, program.name], given))
    return _by_chromium(f"{questions.script()}\nconst given = {embedded(json.loads(given))};", judged)


def _by_chromium(script: str, judged: str) -> Any:
    program = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip("neither Node nor Chromium is on this machine (Debian: apt-get install nodejs)")
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "judge.html"
        shown = f'document.getElementById("out").textContent = encodeURIComponent(JSON.stringify({judged}));'
        page.write_text('<meta charset="utf-8"><pre id="out"></pre><script src="judge.js"></script>', "utf-8")
        page.with_name("judge.js").write_text(f"{script}\n{shown}", "utf-8")  # a file of its own, as on the site
        document = _printed([program, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", page.as_uri()])
    return json.loads(unquote(document.partition('id="out">')[2].partition("<")[0]))


def _printed(command: Sequence[str], given: str = "") -> str:
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def said(verdict: dict[str, Any], record: questions.Record) -> tuple[str, str, str]:
    """A page's verdict as Python's: what it says, as Markdown."""
    parts = [
        record["said"][part] if isinstance(part, int) else part if isinstance(part, str) else quoted(part["typed"])
        for part in verdict["said"]
    ]
    return verdict["kind"], verdict["reason"], "".join(parts)


def wanted(asked: Asked, text: str) -> tuple[str, str, str]:
    verdict = judge(asked.question, text, asked.names, asked.may_say)
    praise = " ".join(filter(None, (PRAISE, verdict.message)))
    return verdict.kind, verdict.reason, praise if verdict.kind == "right" else verdict.message


def texts_for(asked: Asked, record: questions.Record, seed: int = 0) -> list[str]:
    """What might be typed: right and wrong in every way that is known, near misses, chance, and what is no answer."""
    question, chance = asked.question, random.Random(f"{asked.id}{seed}")
    tried = [*JUNK]
    if question.choices:
        tried += _choosing(question, chance)
    elif question.accept == "step":
        tried += [str(record["right"] + by) for by in range(-3, 4)] + [f"t={n}" for n, *_ in record["listed"]]
    elif question.accept in ("shape", "array"):
        tried += _arrays(question, record, asked)
    else:
        tried += [*_numbers(record, chance), *_formulas(asked, record)]
    return list(dict.fromkeys(tried))


def _choosing(question: Predict, chance: random.Random) -> Iterator[str]:
    count = len(question.choices)
    yield from question.choices
    yield from (choice[:4] for choice in question.choices)
    ways = [each for n in range(1, count + 1) for each in itertools.permutations(range(1, count + 1), n)]
    for way in chance.sample(ways, min(60, len(ways))):
        yield chance.choice((" ", ", ", ",", "", " > ")).join(map(str, way))
    for wrong in question.wrong:
        yield ", ".join(str(question.choices.index(each) + 1) for each in wrong.answers or (wrong.answer,))


def _arrays(question: Predict, record: questions.Record, asked: Asked) -> Iterator[str]:
    values = [right(question, asked.names).value, *(evaluate(wrong.answer, asked.names) for wrong in question.wrong)]
    values += [np.reshape(cells, shape) for cells, _, shape in record.get("mistakes", ())[:40] if None not in cells]
    for value in values:
        array = np.asarray(value)
        for each in (array, array.T, array.ravel(), np.atleast_2d(array), array * 1.01, -array):
            if question.accept == "shape":
                yield str(tuple(each.ravel().tolist()))
                continue
            yield str(np.round(each, 2).tolist())
            for digits in (2, 3, 6):
                yield str(np.vectorize(lambda x, digits=digits: float(f"{x:.{digits}g}"))(each).tolist())


def _numbers(record: questions.Record, chance: random.Random) -> Iterator[str]:
    right_one = record["right"]
    mistakes = [number for number, *_ in record["mistakes"]]
    twice = [number for number, *_ in record["pairs"]]
    listed = [number for number, *_ in record["listed"] if number is not None]
    near = [right_one * by for by in (1, -1, 1.0001, 0.9993, 1.004, 0.985, 1.03, 2, 0.5)]
    some = chance.sample(mistakes, min(30, len(mistakes))) + chance.sample(twice, min(8, len(twice)))
    for number in [*near, *listed, *some, *(chance.uniform(-60, 60) for _ in range(10))]:
        yield from (f"{number:.{digits}g}" for digits in (1, 2, 3, 4, 6))
        yield from (repr(number), f"{number:.1f}", f"{number / 2!r}*2", f"{number:.4g}".replace("-", "−"))
        yield from (f"{number:.3g}%", f"{100 * number:.1f} %", f"{number:,.0f}")


def _formulas(asked: Asked, record: questions.Record) -> Iterator[str]:
    question, names = asked.question, scalar_names(asked.names)
    whole = question.answer or right(question, asked.names).formula
    yield from (whole, f"({whole})+0", *(wrong.answer for wrong in question.wrong))
    yield from (each.text for each in itertools.islice(formulas.broken(whole), 14))
    yield from names[:6]
    yield from (f"{a}*{b} - 1" for a, b in itertools.pairwise(names[:5]))
    yield from (f"{name}z" for name in names[:2])


SOON = ("gates", "shared-parameters", "rnn-scalar", "vectors", "why-recurrence", "activations")  # worked out at once


@cache
def predictions(name: str) -> tuple[Asked, ...]:
    """Every prediction of a lesson."""
    lesson = library.load(name)
    return tuple(
        Asked(f"{name}/{q.id}", q, names_before(lesson, q), cache(Vocabulary(lesson, q).allows))
        for q in lesson.questions
        if isinstance(q, Predict)
    )


_pairs = diagnosis.pairs
_known: dict[Any, Any] = {}


def _remembered(target: Any, numbers: Any) -> Any:
    key = (*map(id, (target.output, target.input, target.through)), target.element, *map(repr, numbers.values()))
    if key not in _known:
        _known[key] = list(_pairs(target, numbers))
    return _known[key]


@pytest.fixture(scope="module", autouse=True)
def once() -> Iterator[None]:
    with remembering(), patch.object(diagnosis, "pairs", _remembered):
        yield


def differences(asked: Sequence[Asked], texts: dict[str, list[str]] | None = None) -> list[str]:
    """Where the page and Python do not say the same."""
    records = [questions.record(each.question, each.names, each.may_say) for each in asked]
    typed = [texts[each.id] if texts else texts_for(each, record) for each, record in zip(asked, records, strict=True)]
    found = []
    for each, record, tried, verdicts in zip(
        asked, records, typed, in_page(list(zip(records, typed, strict=True))), strict=True
    ):
        for text, verdict in zip(tried, verdicts, strict=True):
            told, right_one = said(verdict, record), wanted(each, text)
            if told != right_one:
                found.append(f"{each.id}: {text[:60]!r}: the page says {told}, Python {right_one}")
    return found


def few() -> list[Asked]:
    """A question of each kind."""
    kinds: dict[str, Asked] = {}
    for each in (each for name in SOON for each in predictions(name)):
        kinds.setdefault(each.question.accept, each)
    return list(kinds.values())


def test_a_page_judges_as_python_does() -> None:
    assert not differences(few())


@pytest.mark.slow
def test_a_page_judges_every_question_as_python_does() -> None:
    asked = [each for entry in library.entries()[::SHARE] for each in predictions(entry.id)[::SHARE]]
    assert not differences(asked)


@pytest.mark.slow
def test_a_page_judges_what_learners_type_as_python_does() -> None:
    asked = list(dict.fromkeys(answer.asked for answer in answers()))[::SHARE]
    typed = {each.id: [a.typed for a in answers() if a.asked is each] for each in asked}
    assert not differences(asked, typed)


def test_a_page_reads_formulas_as_python_does() -> None:
    """Of random signs, words and numbers, whether or not they are a formula."""
    chance = random.Random(3)
    x = Predict("x", 1, "x?", answer="x*y", accept="any")
    names = {"x": 2.0, "y": -0.5, "W1": 3.0, "s": [1.0, 4.0], "e": 7.0}
    asked = Asked("x", x, names, bool)
    words = [
        *"xyxy2+-*/()()",
        "**",
        "^",
        " ",
        "s[1]",
        "W1",
        "W₁",
        "e",
        "pi",
        ".5",
        "3e2",
        ",",
        "²",
        "·",
        "tanh(",
        "log(",
    ]
    texts = ["".join(chance.choices(words, k=chance.randint(1, 9))) for _ in range(3000)]
    assert not differences([asked], {"x": texts})


def test_a_page_reads_numbers_and_arrays_as_python_does() -> None:
    """In words, in groups, in brackets: of random pieces, whether or not they are an answer."""
    chance = random.Random(4)
    names = {"w": 2.0, "one": 1.0}
    kinds = {"array": "[2 * w, w]", "number": "28600.0", "step": "2", "shape": "(2, 2)"}
    asked = [Asked(kind, Predict(kind, 1, "?", answer=a, accept=kind), names, bool) for kind, a in kinds.items()]
    pieces = (
        *"[[]](),;1234-+*/.  w%½", "one", "two", "half", "thirds", "minus", "and", "a", "hundred", "point", "forty-",
        "28", "000", "\u2009", " - ", " -", " ", "sqrt(", "ten",
    )  # fmt: skip
    texts = ["".join(chance.choices(pieces, k=chance.randint(1, 10))) for _ in range(500)]
    texts += [f"[{text}]" for text in texts[:300]]
    assert not differences(asked, {each.id: texts for each in asked})


def test_a_page_computes_every_function_as_python_does() -> None:
    asked = Asked("f", Predict("f", 1, "f?", answer="12345.0", accept="any"), {}, bool)
    at = (-1e308, -1000.0, -2.5, -1.0, -0.5, -0.0, 0.0, 1e-9, 0.3, 0.5, 1.0, 1.5, 2.0, 3.7, 40.0, 1000.0, 1e308)
    texts = [f"{name}({x})" for name in FUNCTIONS for x in at]
    texts += [f"{name}({x}, {y})" for name in FUNCTIONS for x in at[::3] for y in (-1.5, 0.0, 2.0)]
    assert not differences([asked], {"f": texts})


@pytest.mark.browser
def test_chromium_judges_as_node_does(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = few()[0]
    record = questions.record(asked.question, asked.names, asked.may_say)
    cases = [(record, ["1", "x", "log(-2)", "0.1", "√4", "π"])]
    by_node = in_page(cases)
    monkeypatch.setattr(shutil, "which", lambda name, which=shutil.which: None if name == "node" else which(name))
    assert in_page(cases) == by_node


def test_a_difference_would_be_noticed() -> None:
    asked = few()[0]
    record = questions.record(asked.question, asked.names, asked.may_say)
    verdict = in_page([({**record, "right": 1e6}, ["1e6"])])[0][0]
    assert said(verdict, record) != wanted(asked, "1e6")
