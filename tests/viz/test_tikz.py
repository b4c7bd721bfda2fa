"""TikZ and Beamer: what LaTeX is given, and that it compiles and shows what the picture says."""

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import viz
from autograd_tiny import Value, scope
from autograd_tiny.table import TABLE
from tests.viz.latex import compiled
from viz.look import THEMES
from viz.output import tikz
from viz.output.tikz import latex
from viz.page.page import Page, Shape, Text
from viz.words import notation
from viz.words.lettering import Run, line, name, plain, shorten
from viz.words.notation import NAMED, NAMES

HOSTILE = [
    "#$%&~_^{}\\", "\\end{document}", "$\\input{x}$", "$}{$", "^^M", "a\nb", "\\N", "]]>", "--", "?`", "é Ž ß ÿ",
    "🙂漢", "שלום", "\x00\x1b", "\ud800", "x" * 9999, "", "W_é", "h_#", "$x^2'$", "\u0301", "%", "[x]", "$h_t$", "½²₁ᵀ",
    "\u2028",
]  # fmt: skip


def cubic(label: str = "w") -> Value:
    w = Value(5.0, label)
    x, y = w**2, w - 3
    z = x * y
    x.label, y.label, z.label = "x", "y", "z"
    z.backward()
    return z


def hostile(labels: list[str]) -> Value:
    """Each label on a leaf, on a wire and on a box."""
    rows = []
    for label in labels:
        with scope(label):
            rows.append(Value(0.5, label).tanh())
        rows[-1].label = label
    total = rows[0]
    for row in rows[1:]:
        total = total + row
    total.backward()
    return total


# Characters ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "written"),
    [
        ("w", "$w$"),
        ("W_xh", "$W_{xh}$"),
        ("s_1", "$s_{1}$"),
        ("h_t-1", "$h_{t-1}$"),
        ("σ", r"$\sigma$"),
        ("ŷ", r"$\hat{y}$"),
        ("loss", r"\textit{loss}"),
        ("learning_rate", r"\textit{learning\_rate}"),
        (r"$h_t$", "$h_{t}$"),
        (r"$\hat{y}_{t}^{(1)}$", r"$\hat{y}_{t}^{(1)}$"),
        (r"$\frac{\partial L}{\partial W}$", r"$\partial L$/$\partial W$"),
        (r"$\mathcal{L}$", r"$\mathcal{L}$"),
        (r"$\input{x}$", r"\textit{\$\textbackslash{}input\{x\}\$}"),
        ("100%", r"\textit{100\%}"),
    ],
)
def test_labels_are_mathematics(label: str, written: str) -> None:
    assert latex(name(label)) == written


@given(st.text(st.characters(), max_size=30) | st.sampled_from(HOSTILE))
def test_whatever_a_line_holds_tex_sees_ascii_with_balanced_braces_and_dollars(text: str) -> None:
    for runs in (line(text), (Run(text, italic=True), Run(text, shift=-1), Run(text, shift=1)), name(text)):
        written = latex(runs)
        assert written.isascii() and written.isprintable()
        bare = re.sub(r"\\[^A-Za-z]", "", written)
        assert not set(bare) & set("#%&~^_") - (set("^_") if "$" in bare else set()) - (
            {"~"} if "\u00a0" in text else set()
        )
        assert bare.count("{") == bare.count("}") and bare.count("$") % 2 == 0


def test_every_sign_of_ours_is_set_and_none_is_boxed() -> None:
    for sign in {letter for op in TABLE.values() for letter in op.symbol} | set("σΣ∂²₁−×÷√∞⊙≈·→‖ᵀ⁻…›"):
        assert "fbox" not in latex(line(sign)), sign


def test_what_no_font_has_becomes_a_box_with_its_code() -> None:
    assert r"\fbox{\tiny 1F642}" in latex(line("🙂"))


def test_names_of_signs_are_read_both_ways() -> None:
    for sign, command in NAMES.items():
        assert NAMED.get(command, sign) == sign or sign in "µ⋅"
        assert latex(line(sign)) == {"′": "${}'$", "…": r"\ldots{}"}.get(sign, rf"$\{command}$")


@pytest.mark.parametrize(
    ("label", "said"),
    [
        (r"$h_{t-1}$", "h_t−1"),
        (r"$\alpha$", "α"),
        (r"$a + b = -1$", "a + b = −1"),
        (r"$\frac{a+b}{2}$", "(a + b)/2"),
        (r"$\sqrt{x}$", "√x"),
        (r"loss $L_t$", "loss L_t"),
        (r"$\text{hidden state}_k$", "hidden state_k"),
        ("$5 and $6", "$5 and $6"),
        (r"$\unknown$", r"$\unknown$"),
        ("$x_$", "$x_$"),
        ("${$", "${$"),
    ],
)
def test_latex_in_labels_is_readable_everywhere(label: str, said: str) -> None:
    assert shorten(label) == said
    assert plain(name(label)).replace(" ", "") == said.replace(" ", "")


def test_a_latex_label_reads_alike_in_every_text_and_picture() -> None:
    h = Value(0.5, r"$h_{t-1}$")
    z = h**2
    z.label = "z"
    drawing, film = viz.draw(z), viz.film(z)
    drawn = re.sub("<title>.*?</title>", "", drawing.svg, flags=re.DOTALL)  # the label as typed stands in the tooltip
    assert "$" not in drawn + drawing.description + viz.text(z) + viz.ledger(z) + "".join(film.captions)
    assert "h_t−1" in viz.text(z) and "∂z/∂h_t−1" in film.captions[-2] + film.captions[-1]
    assert [(run.text, run.shift) for run in name(r"$h_{t-1}$")] == [("h", 0), ("t", -1), ("−1", -1)]


@given(st.text("\\{}_^$ abx1+-αβ'", max_size=20))
def test_no_formula_makes_the_reader_stumble(source: str) -> None:
    found = list(notation.spans(f"a${source}$"))
    kept = "".join(text for text, formula in found if not formula)
    assert set(kept) <= set("a$" + source) and (kept == f"a${source}$" or any(formula for _, formula in found))


# Pictures ------------------------------------------------------------------------------------------------------------


def nodes(document: str) -> list[str]:
    return re.findall(r"\\node\[.*?\] at \(.*?\) \{(.*)\};", document)


def test_the_lecture_s_circuit_in_tikz() -> None:
    document = tikz.document(viz.draw(cubic()).page)
    shown = nodes(document)
    assert {"$w$", "$z$", r"$\Sigma$", r"$-$3", r"$\times$", "45.00", "50.00"} <= set(shown)
    assert document.count(r"\filldraw") == 4
    body = document[document.index(r"\begin{document}") :]
    assert body.isascii() and "usepackage" not in body  # \input takes the body, into any document that has TikZ


@pytest.mark.parametrize("theme", [*THEMES])
def test_colours_are_the_theme_s_by_their_names(theme: str) -> None:
    document = tikz.document(viz.draw(cubic(), theme=theme, show="locals").page)
    defined = dict(re.findall(r"\\definecolor\{(\w+)\}\{HTML\}\{(\w{6})\}", document))
    assert defined == {key: getattr(THEMES[theme], key)[1:] for key in defined} and len(defined) == 11
    used = re.findall(r"(?:text|fill|draw)=(\w+)|\\(?:draw|fill)\[(\w+)\]|textcolor\{(\w+)\}", document)
    assert {"value", "gradient", "local", "wire"} <= {name for names in used for name in names if name} <= set(defined)


def test_transparent_has_no_paper() -> None:
    assert r"\fill[paper]" in tikz.document(viz.draw(cubic()).page)
    assert r"\fill[paper]" not in tikz.document(viz.draw(cubic(), background="transparent").page)


def test_a_picture_larger_than_tex_can_count_is_set_smaller(tmp_path: Path) -> None:
    theme = THEMES["lecture"]
    marks = [Text("a", 90_000.0, 20.0, line("end"), anchor="end")]
    document = tikz.document(Page(100_000.0, 40.0, tuple(marks), theme, "long", "", 40.0))
    assert max(float(x) for x in re.findall(r"[\d.]+", document.split("useasboundingbox")[1])) <= 16_383
    (page,) = compiled(document, tmp_path).pages
    assert (
        0.9 * tikz.LARGEST < float(page.mediabox.width) < 1.01 * tikz.LARGEST
    )  # TeX points are 0.4% smaller than PDF's


def test_a_colour_of_no_theme_is_told_by_its_parts() -> None:
    assert tikz.colour("#FF8001", THEMES["lecture"]) == "{rgb,255:red,255;green,128;blue,1}"
    assert tikz.colour("#00703C", THEMES["lecture"]) == "value"


def test_pdflatex_sets_the_picture_at_the_size_of_the_text(tmp_path: Path) -> None:
    drawing = viz.draw(cubic(), show="locals")
    (page,) = compiled(tikz.document(drawing.page), tmp_path).pages
    assert "45.00" in page.extract_text()
    # A TeX point is 72/72.27 of PDF's; the class rounds the border to whole points.
    assert float(page.mediabox.width) == pytest.approx(drawing.page.width * tikz.UNIT * 72 / 72.27, abs=1.0)


def test_a_paper_takes_the_picture_alone(tmp_path: Path) -> None:
    viz.draw(cubic()).save(tmp_path / "picture.tex")
    document = (
        r"\documentclass{article}\usepackage{standalone,tikz}\begin{document}Before \input{picture.tex}\end{document}"
    )
    (page,) = compiled(document, tmp_path).pages
    assert "Before" in page.extract_text() and "45.00" in page.extract_text()


# Films ---------------------------------------------------------------------------------------------------------------


def test_every_overlay_shows_its_frame(tmp_path: Path) -> None:
    film = viz.film(cubic())
    pages = compiled(film.save(tmp_path / "film.tex").read_text("utf-8"), tmp_path).pages
    assert len(pages) == len(film)
    said = [re.sub(r"\s", "", page.extract_text()) for page in pages]
    printed = [text.count("00") for text in said]
    for drawing, count in zip(film, printed, strict=True):
        texts = "".join(plain(mark.line) for mark in drawing.page.marks if isinstance(mark, Text))
        assert count == texts.count("00")
    assert "forward1of3" in said[1] and "forward1of3" not in said[2]
    assert "ADD" in said[-1]


def test_overlays_only_reveal_and_light_while_at_work() -> None:
    film = viz.film(cubic())
    document = viz.output.reels.FORMATS[".tex"](film)
    assert isinstance(document, str)
    first = sorted({int(n) for n in re.findall(r"\\only<(\d+)->", document)})
    assert first == [n for n in range(2, 10) if film.frames[n - 1].shown > film.frames[n - 2].shown]
    at_work = {
        int(n)
        for slides in re.findall(r"\\only<([\d,]+)\| handout:0>\{\n\\filldraw", document)
        for n in slides.split(",")
    }
    assert at_work == {n for n, frame in enumerate(film.frames, 1) if frame.active}


def test_captions_are_as_large_as_the_talk_s_small_print_however_wide_the_picture() -> None:
    ws = [Value(1.0, f"w{k}") for k in range(12)]
    z = ws[0]
    for w in ws[1:]:
        z = (z * w).tanh()
    film = viz.film(z)
    document = viz.output.reels.FORMATS[".tex"](film)
    assert isinstance(document, str)
    picture, _, below = document.partition(r"\end{tikzpicture}")
    assert 0 < float(re.findall(r"scale=([\d.]+)", picture)[0]) < 0.5  # of so wide a picture; not of what stands below
    assert r"\small%" in below and "scale" not in below and "forward 1 of" not in picture
    assert re.findall(r"\\only<(\d+)\|", below) == [str(number) for number in range(1, len(film) + 1)]


def test_another_talk_takes_the_frame_alone(tmp_path: Path) -> None:
    film = viz.film(Value(2.0, "w") ** 2, background="transparent")
    film.save(tmp_path / "film.tex")
    for options, count in (("", len(film)), ("handout", 1)):
        talk = rf"\documentclass[{options}]{{beamer}}\usepackage{{standalone,tikz}}\begin{{document}}\input{{film.tex}}"
        pages = compiled(talk + r"\end{document}", tmp_path).pages
        assert len(pages) == count
        assert "backward1of1" in re.sub(r"\s", "", pages[-1].extract_text())


def test_a_film_of_hostile_labels_in_the_dark(tmp_path: Path) -> None:
    film = viz.film(hostile(HOSTILE[:4]), theme="dark", fold=())
    assert len(compiled(film.save(tmp_path / "film.tex").read_text("utf-8"), tmp_path).pages) == len(film)


def test_boxes_of_arrays_and_rows_are_set_too(tmp_path: Path) -> None:
    A = Value(np.arange(4.0).reshape(2, 2), "A")
    with scope("layer"):
        z = (A @ A).tanh()
    drawing = viz.draw(z.sum(), depth=0)
    assert any(isinstance(mark, Shape) and mark.boxed for mark in drawing.page.marks)
    assert len(compiled(tikz.document(drawing.page), tmp_path).pages) == 1
