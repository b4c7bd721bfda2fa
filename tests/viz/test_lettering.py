"""Labels as mathematics writes them, whatever they contain."""

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viz.words import lettering
from viz.words.lettering import Run, wrap

HOSTILE = [
    "<b>&amp;\"'",
    "a\nb\tc",
    "🙂" * 40,
    "x" * 10_000,
    "\x00\x1b[31m",
    "\ud800",
    "\u202egnp",
    "\\N \\G",
    "]]>",
    "",
]


@pytest.mark.parametrize(
    ("label", "parts"),
    [
        ("w", [("w", 0)]),
        ("s_1", [("s", 0), ("1", -1)]),
        ("v12", [("v", 0), ("12", -1)]),
        ("W_xh", [("W", 0), ("xh", -1)]),
        ("loss", [("loss", 0)]),
        ("learning_rate", [("learning_rate", 0)]),
        ("h_t-1", [("h", 0), ("t-1", -1)]),
    ],
)
def test_an_index_stands_below_its_letter(label: str, parts: list[tuple[str, int]]) -> None:
    assert [(run.text, run.shift) for run in lettering.name(label)] == parts


@given(st.text(alphabet=st.characters()) | st.sampled_from(HOSTILE))
def test_any_label_becomes_one_short_drawable_line(label: str) -> None:
    shown = "".join(run.text for run in lettering.name(label))
    assert len(shown) <= lettering.LONGEST
    assert not any(unicodedata.category(letter) in ("Cc", "Cs") for letter in shown)
    shown.encode("utf-8")


def test_captions_letter_names_but_no_functions_and_no_words() -> None:
    runs = lettering.sentence("∂L/∂s_2 = σ(x)·w², 1.2e7 of it", "gradient")
    assert [run.text for run in runs if run.italic] == ["L", "s", "x", "w"]
    assert [run.text for run in runs if run.shift] == ["2"]
    assert lettering.plain(runs) == "∂L/∂s_2 = σ(x)·w², 1.2e7 of it"


@given(st.lists(st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=12), min_size=1))
def test_wrapping_keeps_every_word_in_order_and_within_its_room(words: list[str]) -> None:
    room = 150.0
    lines = wrap((Run(" ".join(words)),), room)
    assert " ".join(lettering.plain(part).strip() for part in lines) == " ".join(words)
    for part in lines:
        text = lettering.plain(part).strip()
        assert lettering.width(lettering.line(text)) <= room or " " not in text


@given(
    st.lists(st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=90), min_size=1),
    st.floats(20.0, 300.0),
    st.sampled_from([wrap, lettering.balanced]),
)
def test_no_line_is_wider_than_its_room_however_long_a_word_is(words: list[str], room: float, broken: Any) -> None:
    lines = broken((Run(" ".join(words)),), room)
    assert "".join(map(lettering.plain, lines)).replace(" ", "") == "".join(words)
    assert all(lettering.width(lettering.line(lettering.plain(part).strip())) <= room + 1e-9 for part in lines)
