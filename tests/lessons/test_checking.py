"""`check` finds nothing in a sound lesson, and every planted fault in a faulty one."""

import re
from pathlib import Path

import numpy as np
import pytest

from lessons.check import claims
from lessons.check.checking import check, check_all, form
from lessons.check.writing import rewrite, with_outputs
from lessons.format import document, library
from lessons.format.lesson import LessonError, Prose


def findings(text: str) -> str:
    """Everything found in this text, one line each."""
    try:
        return "\n".join(finding.message for finding in check(document.parse(text, "small")))
    except LessonError as error:
        return error.message


# What is planted, where it stood before, and what the finding must say.
FAULTS = [
    ("stale output", "45.0\n```", "46.0\n```", r"backward prints '45.0'"),
    ("code that fails", "w.grad\n", "w.gard\n", r"backward fails: .*AttributeError"),
    ("unknown lecture", 'file = "000"', 'file = "005"', r"source names a lecture"),
    ("no section", 'section = "Shared parameters"', 'section = ""', r"source names a lecture"),
    ("no alt text", "![w splits into two branches that meet in a product.]", "![]", r"circuit has no alt text"),
    ("nothing to draw", "```python show id=circuit\nz\n", "```python show id=circuit\n3\n", r"gives nothing to draw"),
    (
        "drawing fails",
        "```python show id=circuit\nz\n",
        "```python show id=circuit\nviz.draw(7)\n",
        r"circuit cannot be drawn: .*TypeError",
    ),
    (
        "picture elsewhere",
        "pictures/small-circuit.svg",
        "pictures/other.svg",
        r"circuit lies at pictures/small-circuit",
    ),
    ("the same id twice", "id=array", "id=forward", r"the id 'forward' stands twice"),
    ("the same heading twice", "## The end", "## One path", r"the heading 'One path' stands twice"),
    (
        "wrong formula",
        'answer = "2*w*(w - 3)"',
        'answer = "2*w*(w - 2)"',
        r"path: answer is 30.0, the engine says 20.0",
    ),
    ("right here only", 'answer = "2*w*(w - 3)"', 'answer = "4*w"', r"path: answer is right here only"),
    ("wrong that is right", 'answer = "y"\n', 'answer = "10*y"\n', r"path: wrong answer 10\*y is 20, too near"),
    ("wrong of another", 'answer = "y"\n', 'answer = "y*"\n', r"path: y\*: SyntaxError"),
    ("no hint", 'hints = ["local × upstream"]', "hints = []", r"path: there is no hint"),
    ("no such value", 'derivative_of = "L"', 'derivative_of = "M"', r"there is no Value M"),
    (
        "not connected",
        'with_respect_to = "W[0, 1]"',
        'with_respect_to = "w"',
        r"element: .*does not depend|element: .*reach",
    ),
    ("no path there", 'through = "x"', 'through = "z"', r"path: z does not use w itself"),
    ("false choice", "x.data > 2 *", "x.data < 2 *", r"larger: holds is false"),
    ("untied choice", 'holds = "x.data > 2 * w.data * y.data"\n', "", r"larger: a choice needs holds"),
    ("empty choice", 'holds = "x.data > 2 * w.data * y.data"', 'holds = "2 > 1"', r"larger: holds claims nothing"),
    ("strange choice", 'answer = "the share through y"', 'answer = "neither"', r"larger: 'neither' is not among"),
    ("starter passes", "    return w**2\n", "    return 3 * w**2 - 6 * w\n", r"code: the starter passes"),
    ("solution fails", "(w - 3) + w**2", "(w - 3)", r"code: the solution does not pass: not at 5.0"),
    ("solution is broken", "    return 2 * w", "    retrun 2 * w", r"code: the solution fails: .*SyntaxError"),
    ("a false number in prose", "`w.data → 5.0`", "`w.data → 5.5`", r"`w.data → 5.5`: it is 5.0"),
    ("link to no lesson", "(#the-number)", "(nowhere.md)", r"the link nowhere.md leads nowhere"),
    ("link to no heading", "(#the-number)", "(#the-letter)", r"the link #the-letter leads nowhere"),
    ("too few steps", "## The end", "### The end", r"9 steps; a lesson has 10 to 20"),
    ("unknown key", "accept =", "acept =", r"there is no key acept; known: ask"),
    ("unknown fence", "```python run id=array", "```python rum id=array", r"no such fence: python rum"),
    ("the session's name used", "z = x * y", "lesson = z = x * y", r"forward: the name lesson is taken"),
    (
        "the session's name in a picture",
        "id=circuit\nz\n",
        "id=circuit\nlesson = z\nlesson\n",
        r"circuit: the name lesson",
    ),
    (
        "the session's name in an exercise",
        "def slope(w):\n    return w**2",
        "def slope(lesson):\n    return lesson**2",
        r"code: the name lesson",
    ),
    (
        "our package's name used",
        "z = x * y",
        "import math as lessons\nz = x * y",
        r"forward: the name lessons is taken",
    ),
    ("open fence", "    return w**2\n```", "    return w**2", r"belongs to nothing|never closed|after an exercise"),
    ("no id", "```python run id=array", "```python run", r"id=lower-case-words"),
    ("not TOML", 'ask = "And the whole gradient?"', "ask = And", r"not TOML"),
    ("no front matter", "<!-- +++", "<!--", r"begins with its front matter"),
    ("no title", "# A small lesson", "# A lesson", r"comes the heading  # A small lesson"),
]


def test_a_sound_lesson_has_no_findings(text: str) -> None:
    assert findings(text) == ""


@pytest.mark.share(3)
@pytest.mark.parametrize(
    ("before", "after", "said"), [fault[1:] for fault in FAULTS], ids=[fault[0] for fault in FAULTS]
)
def test_every_planted_fault_is_found(text: str, before: str, after: str, said: str) -> None:
    assert text.count(before) >= 1, "the fault cannot be planted: the lesson has changed"
    assert re.search(said, findings(text.replace(before, after, 1))), findings(text.replace(before, after, 1))


def test_the_value_at_which_a_forgotten_path_is_right_does_not_discriminate(text: str) -> None:
    # DESIGN §5: for z = w²(w−3), never w = 3: forgetting the w² path gives the right value there.
    at_three = with_outputs(document.parse(text.replace("Value(5.0", "Value(3.0"), "small"))
    found = findings(at_three)
    assert re.search(r"slope: the numbers do not tell right from wrong.*The path from w through x", found)


def test_check_write_renews_what_can_be_computed(text: str, tmp_path: Path) -> None:
    path = tmp_path / "small.md"
    spoiled = text.replace("\n```output\n45.0\n```\n", "").replace("(pictures/small-circuit.svg)", "()")
    path.write_text(spoiled.replace("50.0", "51.0"), encoding="utf-8")
    assert rewrite(document.read(path), path) == 2
    assert path.read_text(encoding="utf-8") == text
    assert (tmp_path / "pictures" / "small-circuit.svg").read_text(encoding="utf-8").count("<svg") == 1
    assert rewrite(document.read(path), path) == 0


@pytest.mark.parametrize("printed", ["'a  ', '  '", r"'a\x0cb'", r"'\n a \n'", r"'a\n\n\n'"])
def test_check_write_settles_whatever_is_printed(text: str, tmp_path: Path, printed: str) -> None:
    path = tmp_path / "small.md"
    path.write_text(text.replace("\nw.grad\n", f"\nprint({printed})\n"), encoding="utf-8")
    rewrite(document.read(path), path)
    once = document.read(path)
    assert f"print({printed})" in once.text
    assert rewrite(once, path) == 0
    assert not [found.message for found in check(once) if "prints" in found.message]


CLAIMS = [
    ("{'w': 45.0, 'b': 2}", "{'w': 45.0, 'b': 2.0}", True),
    ("{'w': 0.2345}", "{'w': 0.23}", True),
    ("{'w': 0.2345}", "{'w': 0.24}", False),
    ("{'w': 45.0}", "{'b': 45.0}", False),
    ("{'w': 45.0, 'b': 1}", "{'w': 45.0}", False),
    ("{'w1': np.array([1.0, 2.0])}", "{'w1': [1, 2]}", True),
    ("[('x', 0.6667), ('y', 1.0)]", "[('x', 0.67), ('y', 1.0)]", True),
    ("np.array([[1.0, 2.0]])", "[[1, 2]]", True),
    ("np.array([[1.0, 2.0]])", "[1, 2]", False),
    ("(3, 2)", "(3, 2)", True),
    ("3.0", "(3,)", False),
    ("'mul'", "'mul'", True),
    ("True", "True", True),
    ("True", "False", False),
]


@pytest.mark.parametrize(("left", "right", "holds"), CLAIMS)
def test_claims_of_every_shape(left: str, right: str, holds: bool) -> None:
    claim = claims.Claim(Prose("", 1), 1, left, left, "", right, False, 0, 0)
    assert bool(claim.problem({"np": np})) is not holds


def test_the_report_names_file_and_line_and_its_exit_code_tells(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sound, faulty = tmp_path / "small.md", tmp_path / "faulty" / "small.md"
    faulty.parent.mkdir()
    sound.write_text(text, encoding="utf-8")
    faulty.write_text(text.replace("→ 5.0`", "→ 6.0`"), encoding="utf-8")
    assert check_all([sound]) == 0
    assert "✓" in capsys.readouterr().out
    assert check_all([faulty]) == 1
    line = 1 + text[: text.index("Here `w.data")].count("\n")
    assert f"faulty/small.md:{line}: `w.data → 6.0`: it is 5.0" in capsys.readouterr().out


def example() -> str:
    """The small complete lesson of FORMAT.md."""
    page = (library.TEXTS.with_name("FORMAT.md")).read_text(encoding="utf-8")
    found = re.search(r"````markdown\n(.*?)\n````\n", page, re.DOTALL)
    assert found
    return found[1] + "\n"


def test_the_example_in_the_format_is_sound_but_for_its_shortness(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "square-twice.md"
    path.write_text(example(), encoding="utf-8")
    rewrite(document.read(path), path)
    assert path.read_text(encoding="utf-8") == example(), "its numbers are those that --write would write"
    found = check(document.read(path), train=True)
    assert [(finding.message.split(";")[0], finding.remark) for finding in found] == [("6 steps", True)]
    assert check_all([path]) == 0, "a draft may be short"
    verdict, remark = capsys.readouterr().out.splitlines()[1:]
    assert verdict.split()[:3] == ["square-twice", "10", "6"] and verdict.endswith("✓ a draft")
    assert remark.endswith("square-twice.md:1: remark: 6 steps; a lesson has 10 to 20")


@pytest.mark.parametrize("path", library.paths(), ids=lambda path: path.stem)
def test_no_lesson_of_ours_is_a_draft(path: Path) -> None:
    assert not [finding for finding in form(document.read(path)) if finding.remark]


def test_a_sign_lost_on_another_path_is_no_matter_where_one_path_is_asked_for(text: str) -> None:
    # A slope that is negative here has no sign to lose at other points: it gives no number there.
    asked = text.replace("y = w - 3", "y = w * (2 - w)").replace(
        'respect_to = "w"', 'respect_to = "w"\nthrough = "x"', 1
    )
    assert "do not tell right from wrong" not in findings(asked)
