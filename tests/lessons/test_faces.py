"""How lessons look elsewhere: formulas as plain text, notebooks, the Markdown's pieces."""

import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

import viz
from autograd_tiny import Value
from lessons.faces import terminal
from lessons.faces.colour import Colour, _item
from lessons.faces.html import markdown
from lessons.faces.notebook import notebook
from lessons.faces.text import Plain, formula, item_text, plain, prose_text, question_text
from lessons.format import document
from lessons.format.lesson import Exercise, Lesson, Predict, Prose, Run, Show
from lessons.session.commands import COMMANDS
from lessons.session.pages import Picture, Posed, Ran
from lessons.session.reply import Reply
from lessons.session.session import Session

FORMULAS = [
    (r"\frac{dz}{dw}", "dz/dw"),
    (r"w^2(w - 3)", "w²(w - 3)"),
    (r"\frac{\partial z}{\partial x} \cdot 2w", "∂z/∂x · 2w"),
    (r"\sigma'(x) = \sigma(x)(1-\sigma(x))", "σ′(x) = σ(x)(1-σ(x))"),
    (r"w_1^{T} x_{ij}", "w₁ᵀ xᵢⱼ"),
    (r"e^{-x}", "e^(-x)"),
    (r"\mathbf{1}^\top \sigma(Wx)", "1ᵀ σ(Wx)"),
    (r"\prod_{\tau=2}^{t} \varphi_\tau \le \|W\|", "Π_(τ=2)ᵗ φ_τ ≤ ‖W‖"),
    (r"\frac{a + b}{2}", "(a + b)/2"),
    (r"\frac{1}{2}(a + b)", "1/2 · (a + b)"),
    (r"\frac12 x^2", "1/2 · x²"),
    (r"2\frac{1}{3}", "2 · 1/3"),
    (r"x_t \frac{a}{b}, c", "xₜ · a/b, c"),
    (r"\frac{a}{b}\frac{c}{d} = \frac{e}{f}", "a/b · c/d = e/f"),
    (r"\sum_{k=1}^t \frac{a}{b}", "Σₖ₌₁ᵗ a/b"),
    (r"\tanh\frac{x}{2}", "tanh(x/2)"),
    (r"\frac{d}{dx} f(x)", "d/dx f(x)"),
    (r"e^{\frac{1}{2}x}", "e^(1/2 · x)"),
    (r"\frac14 \mathit{net}", "1/4 · net"),
    (r"\sqrt{x}", "√(x)"),
    (r"L(y', y'')", "L(y′, y′′)"),
    (r"\text{down} = \text{local} \times g", "down = local × g"),
    (r"x_t", "xₜ"),
    (r"s_{t-1}", "sₜ₋₁"),
    (r"\frac{1}{1 + e^{-s}}", "1/(1 + e^(-s))"),
    (r"3w^{2} - 6w", "3w² - 6w"),
    (r"W_{hh}", "Wₕₕ"),
    (r"\unknown x", "unknown x"),
    (r"\frac{\partial L}{\partial w_{ij}}", "∂L/∂wᵢⱼ"),
    (r"\frac{\partial h_t}{\partial h_{t-1}}", "∂hₜ/∂hₜ₋₁"),
    (r"\frac{\partial^2 L}{\partial w^2}", "∂²L/∂w²"),
    (r"w \leftarrow w - \eta \frac{dL}{dw}", "w ← w - η · dL/dw"),
    (r"\frac{a_{i+1} b}{c d}", "(aᵢ₊₁ b)/(c d)"),
]


@pytest.mark.parametrize(("tex", "text"), FORMULAS)
def test_formulas_read_in_one_line(tex: str, text: str) -> None:
    assert formula(tex) == text


def test_money_and_code_are_left_alone() -> None:
    assert plain("`$a^2$` costs 5$ or $6") == "`$a^2$` costs 5$ or $6"
    assert plain("```python\nx = '$w^2$'\n```") == "```python\nx = '$w^2$'\n```"
    assert plain("so $w^2$, and $$x_1$$") == "so w², and x₁"


def test_formulas_reach_a_notebook_untouched_and_html_is_shown_not_obeyed() -> None:
    assert markdown("so $a_1 < b_2$ and `$x_1$`") == "<p>so $a_1 &lt; b_2$ and <code>$x_1$</code></p>\n"
    assert "<script" not in markdown("<script>alert(1)</script> $<script>$")


def test_what_is_preformatted_has_letters_of_one_width(session: Session) -> None:
    said = Reply("wrong", "So:\n\n```text\na  b\n```")._repr_html_()
    shown = [session.goto(place)._repr_html_() for place in ("the-number", "code")]
    pages = "".join([said, *shown, session.run("print('a  b')")._repr_html_(), session.list()._repr_html_()])
    assert pages.count("<pre") == pages.count('<pre style="font-family:monospace') >= 5


def test_prose_is_wrapped_but_lists_and_code_keep_their_lines() -> None:
    text = prose_text("A **word**.\n\n- one\n- two,\n  and more\n\n```text\n  kept   so\n\n\n  too\n```\nAnd on.")
    assert text == "A word.\n\n- one\n- two, and more\n\n      kept   so\n\n      too\n\nAnd on."
    assert (
        prose_text("a *circuit* of `2*w*y` and **two\nlines**: 3 * 4 * 5")
        == "a circuit of `2*w*y` and two lines: 3 * 4 * 5"
    )
    assert max(map(len, prose_text("word " * 100).splitlines())) <= 80


@pytest.mark.parametrize("text", [terminal.BEGINNING, terminal.OFFER, "  " + "word " * 40 + "\n\nend", "a" * 90])
def test_what_is_said_beside_the_lesson_breaks_between_words(text: str) -> None:
    said = io.StringIO()
    Plain(said).say(text)
    assert said.getvalue().split() == text.split()
    assert all(len(line) <= 80 or " " not in line for line in said.getvalue().splitlines())


def test_every_command_is_told_in_one_line() -> None:
    assert all(len(f":{name:<7} {meaning}") <= 80 for name, meaning in COMMANDS.items())


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ("[Next](vectors.md)", "Next (lesson vectors)"),
        ("[one\ninput](gates.md#gates-with-one-input)", "one input (lesson gates/13)"),
        ("[here](#the-number)", "here (:goto the-number)"),
        ("[paper](https://example.org/a)", "paper (https://example.org/a)"),
        ("[gone](nowhere.md#at-all)", "gone (lesson nowhere/at-all)"),
        ("[`w`](gates.md) `f[0](x)`", "`w` (lesson gates) `f[0](x)`"),
    ],
)
def test_links_say_what_to_type(link: str, said: str) -> None:
    assert prose_text(link) == said
    console = Console(width=80, file=io.StringIO())
    Colour(console).show(Reply("note", link))
    assert said.replace("`", "") in console.file.getvalue()  # type: ignore[attr-defined]


def test_a_short_film_is_told_and_a_long_one_shows_its_finished_circuit() -> None:
    w = Value(5.0, "w")
    short, long = viz.film(w * w), viz.film((w**2 * (w - 3) + w.tanh()) * w)
    assert Picture("a", "", short).text.startswith("  1  the circuit of")
    told = item_text(Picture("a", "", long))
    assert told.startswith("circuit ")
    assert "Σ = " in told
    assert told.endswith(f"\n(a film of {len(long)} frames; :pic opens it)")


def test_what_a_film_asks_for_is_not_told() -> None:
    w = Value(5.0, "w")
    z = w**2 * (w - 3)
    z.label = "z"
    film = viz.film(z, predict=w)
    asks = Picture("a", "", film)
    assert asks.text.endswith("backward, your turn: ∂z/∂w = ?")
    assert asks.drawing.svg == film[film.questions[0].frame].svg
    z.backward()
    drawn = Picture("b", "", viz.draw(z, predict=w))
    assert "?" in drawn.text and "45.00" not in drawn.text


def test_no_line_is_wider_than_the_screen(small: Lesson) -> None:
    question = replace(small.questions[0], ask="word " * 15 + "last a question that goes on for more than a line")
    assert max(map(len, question_text(Posed(question, "open")).splitlines())) <= 80


def test_empty_lines_in_code_are_single(session: Session) -> None:
    item = Ran(Run("a", "import math\n\n\ndef f():\n    return 1", "", 1), "")
    assert item_text(item) == ">>> import math\n\n>>> def f():\n...     return 1"
    console = Console(width=80, file=io.StringIO())
    console.print(_item(item))
    assert "\n\n  def" in re.sub(" +\n", "\n", console.file.getvalue())  # type: ignore[attr-defined]
    assert "\n\n\n" not in re.sub(" +\n", "\n", console.file.getvalue())  # type: ignore[attr-defined]
    Colour(console).show(Reply("solution", "```python\nx = 1\n\n\ny = 2\n```"))
    assert re.search(r"x = 1 *│\n│ *│\n│ *y = 2", console.file.getvalue())  # type: ignore[attr-defined]


def test_every_part_of_the_lesson_is_read(small: Lesson) -> None:
    kinds = [type(part) for part in small.parts]
    assert {kind: kinds.count(kind) for kind in (Run, Show, Predict, Exercise)} == {
        Run: 4,
        Show: 1,
        Predict: 6,
        Exercise: 1,
    }
    assert [step.title for step in small.steps][:3] == ["A small lesson", "The number", "The circuit"]
    assert small.screens[4].continued
    assert sum(len(screen.parts) for screen in small.screens) == len(small.parts)


def test_parts_know_their_lines(small: Lesson) -> None:
    lines = small.text.splitlines()
    for part in small.parts:
        if isinstance(part, Prose):
            assert lines[part.line - 1] == part.text.splitlines()[0]
        else:
            assert f"id={part.id}" in lines[part.line - 1]


def test_fences_of_others_are_prose() -> None:
    front = re.sub(r"\n# .*", "\n", Path(__file__).with_name("small.md").read_text(encoding="utf-8"), flags=re.DOTALL)
    lesson = document.parse(
        f"{front}\n# A small lesson\n\n```text\n## no heading\n```\n\n## One\n\n````python\n```\n````\n", "x"
    )
    assert [step.title for step in lesson.steps] == ["A small lesson", "One"]
    assert "## no heading" in lesson.steps[0].parts[0].text  # type: ignore[union-attr]


def test_a_notebook_holds_the_lesson_and_its_code_runs(small: Lesson, shelf: Path) -> None:
    made = notebook(small)
    json.dumps(made)
    assert (made["nbformat"], made["nbformat_minor"]) == (4, 5)
    ids = [cell["id"] for cell in made["cells"]]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", name) for name in ids)
    names: dict[str, object] = {}
    for cell in made["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
    assert names["z"].grad is not None  # type: ignore[attr-defined]
