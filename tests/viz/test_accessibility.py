"""For everybody: contrast as a law over all colours, every picture and every frame in words, one's own wishes kept."""

import itertools
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

import autograd_tiny as at
import viz
from autograd_tiny import Value, scope
from autograd_tiny.table import TABLE
from autograd_tiny.words.words import word
from viz.graph.circuit import circuit
from viz.look import THEMES
from viz.output import webpage
from viz.page.page import Text
from viz.wires import prose
from viz.wires.readings import recorded
from viz.words.lettering import SIZE, SMALL

READABLE = 4.5  # to 1: what WCAG 2 asks of text (level AA)
SEEN = 3.0  # to 1: what it asks of what is not text and still means something (1.4.11)


def luminance(colour: str) -> float:
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", THEMES)
def test_wires_and_gates_can_be_seen_in_every_theme(name: str) -> None:
    theme = THEMES[name]
    for line, ground in itertools.product(
        (theme.wire, theme.gradient), (theme.paper, theme.box, theme.gate, theme.lit)
    ):
        assert contrast(line, ground) >= SEEN


TOKENS = dict(re.findall(r"--([\w-]+): light-dark\((.*?)\)", webpage.STYLE))
TEXT_ON = {"ink": ("paper", "raised", "hover"), "soft": ("paper", "raised", "hover"), "on-accent": ("accent",)}


@pytest.mark.parametrize("time", ["day", "night"])
def test_pages_can_be_read_by_day_and_by_night(time: str) -> None:
    colours = {name: pair.split(", ")[time == "night"] for name, pair in TOKENS.items()}
    for text, grounds in TEXT_ON.items():
        for ground in grounds:
            assert contrast(colours[text], colours[ground]) >= READABLE, (text, ground)
    assert contrast(colours["accent"], colours["paper"]) >= SEEN  # the outline of what has the focus


def test_letters_are_large_enough_for_a_phone_and_a_projector() -> None:
    # 9 px is the least that browsers draw clearly; 30 px of a projector's 1080 are read from the last row.
    assert SMALL * webpage.SMALLEST >= 9
    assert SIZE * webpage.LARGEST >= 30


def lecture() -> Value:
    w = Value(5.0, "w")
    x, y = w**2, w - 3
    x.label, y.label = "x", "y"
    z = x * y
    z.label = "z"
    z.backward()
    return z


def test_a_picture_in_words() -> None:
    assert viz.draw(lecture()).description == (
        "Circuit of z: 3 gates. Inputs: w = 5.00. Gate 1, square, takes w and gives x = 25.00. "
        "Gate 2, subtract 3, takes w and gives y = 2.00. Gate 3, multiply, takes x and y and gives z = 50.00. "
        "Gradients: w 45.00 (the sum of 20.00 and 25.00)."
    )


def test_every_frame_in_words() -> None:
    film = viz.film(lecture())
    assert [told.split(". ")[0] for told in film.descriptions] == [
        "Step 1 of 9",
        "Step 2 of 9, square gate",
        "Step 3 of 9, subtract 3 gate",
        "Step 4 of 9, multiply gate",
        "Step 5 of 9",
        "Step 6 of 9, multiply gate",
        "Step 7 of 9, subtract 3 gate",
        "Step 8 of 9, square gate",
        "Step 9 of 9, sum of the branches of w",
    ]
    for told, caption, frame in zip(film.descriptions, film.captions, film, strict=True):
        assert told.endswith(caption)
        assert frame.description == told


def said(value: Value) -> str:
    return prose.spoken_gate(value, [slot for slot, x in enumerate(value.inputs) if not x.is_constant])


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda a, b: a + b, "add"),
        (lambda a, b: a + 3, "add 3"),
        (lambda a, b: 3 - a, "subtract from 3"),
        (lambda a, b: -a, "negate"),
        (lambda a, b: 2 * a, "multiply by 2"),
        (lambda a, b: a / 2, "divide by 2"),
        (lambda a, b: 2 / a, "divide 2 by it"),
        (lambda a, b: 1 / a, "reciprocal"),
        (lambda a, b: a**2, "square"),
        (lambda a, b: a**3, "cube"),
        (lambda a, b: a**0.5, "power 0.5"),
        (lambda a, b: a**b, "power"),
        (lambda a, b: 2**a, "2 to its power"),
        (lambda a, b: at.maximum(a, 0.0), "maximum with 0"),
        (lambda a, b: at.leaky_relu(a), "leaky relu"),
        (lambda a, b: a.sigmoid(), "sigmoid"),
        (lambda a, b: a.sqrt(), "square root"),
        (lambda a, b: at.stack([a, b])[0], "take [0]"),
        (lambda a, b: at.stack([a, b])[:1].sum(axis=0), "sum along axis 0"),
        (lambda a, b: at.stack([a, b]).reshape(1, 2), "reshape to shape (1, 2)"),
    ],
)
def test_gates_are_named_as_one_says_them(make, words: str) -> None:
    assert said(make(Value(2.0, "a"), Value(3.0, "b"))) == words


def test_every_operation_has_a_name_to_say() -> None:
    assert all(re.fullmatch(r"[a-z ]+", word(name).spoken) for name in TABLE)


@pytest.mark.parametrize("picture", [lambda: viz.draw(lecture()), lambda: viz.film(lecture())[3]])
def test_the_words_are_in_the_picture_and_it_says_so(picture) -> None:
    drawing = picture()
    root = ET.fromstring(drawing.svg)
    named = {element.get("id"): element.text for element in root.iter() if element.get("id")}
    title, words = root.get("aria-labelledby").split()
    assert root.get("role") == "img"
    assert (named[title], named[words]) == (drawing.title, drawing.description)


def test_long_circuits_are_told_to_an_end() -> None:
    x = Value(1.0, "x")
    y = x
    for _ in range(60):
        y = y * x
    words = viz.draw(y, depth=None).description
    assert "60 gates" in words
    assert "And 20 more gates." in words
    assert len(words) < 6000


def test_arrays_are_told_shortly() -> None:
    W = Value(np.zeros((50, 60)), "W")
    told = viz.draw(W @ Value(np.zeros(60), "x")).description
    assert "Inputs: W of shape (50, 60) and x of shape (60,). Gate 1, matrix product, takes W and x" in told


def test_namesakes_are_told_apart_by_their_number_or_scope() -> None:
    one, other = Value(1.0, "w"), Value(2.0, "w")
    with scope("left"):
        a = one * 3
    with scope("right"):
        b = other * 3
    a.label = b.label = "a"
    told = viz.draw(a + b).description
    assert "takes w and gives a (left) = 3.00" in told
    assert "takes w_2 and gives a (right) = 6.00" in told


def test_a_folded_scope_is_told_with_what_is_inside() -> None:
    x = Value(2.0, "x")
    with scope("outer"), scope("inner"):
        y = 1 / (1 + (-x * x).exp())
    told = viz.draw(y, depth=1).description
    assert "Gate 1, outer/inner, a folded scope of negate, multiply, exponential, add and divide" in told


@pytest.mark.parametrize("passes", [1, 2, 3])
def test_what_other_passes_have_added_to_a_gradient_is_said(passes: int) -> None:
    w, x = Value(5.0, "w"), Value(np.array([1.0, 2.0]), "x")
    z = (w**2 * (w - 3) * x).sum()
    for _ in range(passes):
        z.backward()
    drawing = viz.draw(z)
    drawn = circuit([z])
    read = recorded(drawn)
    for node in (node for node in drawn.nodes if node.kind == "leaf"):
        reading = read[f"wire{node.value}"]
        if passes == 1:
            assert reading.besides is None
        else:  # each pass adds the same; it is exact in these small whole numbers
            assert np.array_equal(reading.besides, reading.gradient * (passes - 1) / passes)
    added = "Other passes or uses have added to the gradients of w and x, or an array was written to"
    note = f"{added}; zero_grad() clears them."
    assert (note in drawing.description) == (passes > 1)
    below = "".join(run.text for mark in drawing.page.marks if isinstance(mark, Text) for run in mark.line)
    assert ("Other passes or uses have added" in below) == (passes > 1)


STYLES = sorted(Path(viz.__file__).parent.rglob("assets/*.css"))


@pytest.mark.parametrize("style", STYLES, ids=lambda path: path.stem)
def test_whoever_wants_no_motion_gets_none(style: Path) -> None:
    text = style.read_text("utf-8")
    moves = re.search(r"transition:(?! none)|animation:(?! none)|scroll-behavior: smooth", text)
    assert not moves or "@media (prefers-reduced-motion: reduce)" in text


@pytest.mark.parametrize("style", STYLES, ids=lambda path: path.stem)
def test_pages_take_their_colours_from_the_tables(style: Path) -> None:
    # The shared table has every colour by day and by night; a colour written elsewhere would be right at one time only.
    lines = [line for line in style.read_text("utf-8").splitlines() if "light-dark(" not in line]
    strange = re.findall(r"#[0-9a-f]{3,8}\b(?=[;, )])", "\n".join(lines))
    assert style.stem == "webpage" or not strange
