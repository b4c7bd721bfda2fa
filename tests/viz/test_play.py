"""A circuit that is played: its program gives every number of the picture, and the page holds all it needs."""

import json
import re
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_tiny as ad
import viz
from autograd_tiny import Value, nn, scope
from autograd_tiny.program import ProgramError
from autograd_tiny.testing import Function, functions
from tests.engine.dialects import HAVE, evaluated_in_javascript
from viz.graph.circuit import circuit
from viz.opening import opened
from viz.output.webpage import executable
from viz.play.formula import pieces
from viz.play.score import OUTPUT, score
from viz.wires.readings import complete, steps_from
from viz.words import figures


def classic(w: Any = 5.0) -> Value:
    w = Value(w, "w")
    x, y = w**2, w - 3
    x.label, y.label = "x", "y"
    z = x * y
    z.label = "z"
    return z


def network(x: Any = (0.5, -1.0)) -> Value:
    cell, L = nn.RNNCell(2, 2, seed=1), Value(0.0)
    h = None
    for t in (1, 2):
        with scope(f"t={t}"):
            h = cell(Value(np.array(x) * t, "x"), h)
            L = L + ad.sum(ad.relu(h) * ad.maximum(h, 0.1))
    L.label = "L"
    return L


def agrees_with_a_film(z: Value, *inputs: Any, again: Callable[..., Value] | None = None) -> None:
    """The score, at other inputs, gives what a film computes of a graph recorded with these."""
    drawn = circuit([z])
    written = score(drawn, local=True)
    found = written.numbers(inputs or [leaf.data for leaf in written.leaves])
    other = again(*inputs) if again else z
    fresh = circuit([other])
    readings = complete(fresh, steps_from(other, 1.0))
    assert np.allclose(found[written.places[OUTPUT]], np.sum(other.data))
    shown = 0
    for wire in fresh.wires:
        for what in ("value", "gradient", "running", "local"):
            place, number = written.places.get((wire.id, what)), getattr(readings[wire.id], what)
            if place is not None and number is not None:
                assert np.allclose(found[place], number, rtol=1e-9, atol=1e-12), (wire.id, what)
                shown += 1
    assert shown >= 2 * len(fresh.wires) - 2


@pytest.mark.parametrize("w", [5.0, -2.0, 0.0, 3.0])
def test_every_number_follows_the_leaf(w: float) -> None:
    agrees_with_a_film(classic(), w, again=classic)


def test_every_number_of_a_network_is_there() -> None:
    agrees_with_a_film(network())


@settings(max_examples=40, deadline=None)
@given(functions(max_operations=8))
def test_every_number_of_random_circuits(f: Function) -> None:
    z = f(*(Value(x, f"x{k}") for k, x in enumerate(f.point)))
    if not z.inputs or not np.isfinite(z.data):
        return
    try:
        steps_from(z, 1.0)
    except ValueError:
        return  # no derivative there
    agrees_with_a_film(z)


def test_folded_scopes_carry_the_sum_of_what_they_stand_for() -> None:
    z = network()
    drawn, _ = opened([z], False, "t=*", None)
    written = score(drawn)
    readings = complete(drawn, steps_from(z, 1.0))
    found = written.numbers([leaf.data for leaf in written.leaves])
    for (wire, what), place in written.places.items():
        if wire and what == "gradient":
            assert np.allclose(found[place], readings[wire].gradient)


@pytest.mark.skipif(not HAVE["javascript"], reason="no Node.js on this machine")
def test_the_page_computes_what_python_computes() -> None:
    written = score(circuit([network()]), local=True)
    inputs = [np.asarray(leaf.data) * 1.1 + 0.01 for leaf in written.leaves]
    values, _ = evaluated_in_javascript(written.source, *inputs)
    for one, other in zip(values, written.numbers(inputs), strict=True):
        assert np.allclose(np.array(one, float), other)


FIGURES = (files("viz.output") / "assets" / "figures.js").read_text("utf-8")


@pytest.mark.skipif(not HAVE["javascript"], reason="no Node.js on this machine")
@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats() | st.integers(-4000, 4000).map(lambda k: k / 16) | st.floats(-100, 100), min_size=1),
    st.sampled_from([0, 1, 2, 3, 6, "1g", "3g", "6g"]),
)
def test_the_page_prints_numbers_as_pictures_do(numbers: list[float], precision: Any) -> None:
    source = FIGURES + "function program(xs, p) { return [xs.map((x) => figures.number(x, p)), []]; }"
    printed, _ = evaluated_in_javascript(source, numbers, precision)
    assert printed == [figures.number(x, precision) for x in numbers]


def test_the_page_needs_nothing_else() -> None:
    page = viz.play(classic()).html
    assert "default-src 'none'" in page and not re.search(r"https?://(?!www\.w3\.org)", page)
    assert viz.play(classic()).html == page  # same input, same bytes
    song = json.loads(re.search(r'id="play-song">(.*?)</script>', page, re.S)[1])
    assert [each["number"] for each in song["controls"]] == [5.0]
    assert "function program(w)" in page


def test_sliders_reach_as_far_as_asked() -> None:
    (control,) = viz.play(classic(), ranges={"w": (0, 6)}).controls
    assert (control.low, control.high, control.number) == (0.0, 6.0, 5.0)
    (control,) = viz.play(classic()).controls
    assert (control.low, control.high) == (-10.0, 10.0)
    for wrong, said in [({"v": (0, 1)}, "'v'; the leaves are w"), ({"w": (1, 0)}, "lowest and the highest")]:
        with pytest.raises(ValueError, match=said):
            viz.play(classic(), ranges=wrong)


def test_arrays_have_a_slider_for_each_number() -> None:
    W = Value([[1.0, 2.0], [3.0, 4.0]], "W")
    L = (W @ Value([1.0, -1.0], "x")).sum()
    assert [each.name for each in viz.play(L).controls] == ["W[0,0]", "W[0,1]", "W[1,0]", "W[1,1]", "x[0]", "x[1]"]
    assert viz.play(W * 2).score.numbers([W.data])[0] == 20.0  # an array's sum


def test_what_cannot_be_played_is_refused_by_name(tmp_path: Any) -> None:
    @ad.operation("g * 2", name="doubled_for_play")
    def doubled(x: Any) -> Any:
        return x * 2

    with pytest.raises(ProgramError, match="doubled_for_play is an operation of your own"):
        viz.play(doubled(Value(1.0, "x")))
    with pytest.raises(ValueError, match="no leaf has a number to move"):
        viz.play(Value(1.0).detach() * 2)
    with pytest.raises(ValueError, match=r"what is played is a page, \.html"):
        viz.play(classic()).save(tmp_path / "z.png")


def test_playing_leaves_the_graph_alone() -> None:
    z = classic()
    z.backward()
    before = [(v.data, v.grad) for v in ad.value.ancestors(z) if not v.is_constant]
    viz.play(z).html  # noqa: B018
    assert [(v.data, v.grad) for v in ad.value.ancestors(z) if not v.is_constant] == before


@pytest.mark.parametrize("label", ["</script><b>", "<!--", "a & b", "$\\hat{y}_1$", "w" * 99, "\u2028", ""])
def test_no_label_can_break_the_page(label: str) -> None:
    w = Value(2.0, label)
    with scope(label or "s"):
        z = ad.tanh(w * w)
        z.label = label
    page = viz.play(z).html
    assert page.count("</script>") == 2 and "<!--" not in page.split("<script>")[1]


def test_a_program_cannot_end_its_element() -> None:
    assert executable("a < b; // </script> <!-- <script>") == "a < b; // ‹/script> ‹!-- ‹script>"


def test_formulas_come_in_pieces() -> None:
    assert pieces(classic(), {"w": 0}) == (
        ("leaf", 0), ("raised", "2"), ("text", "·"), ("text", "("), ("leaf", 0), ("text", " − "), ("text", "3)"),
    )  # fmt: skip
    z: Any = Value(1.0, "w")
    for _ in range(12):
        z = ad.tanh(z * z + z)
    assert pieces(z, {"w": 0}) == ()


def test_the_picture_has_room_for_what_its_numbers_become() -> None:
    w = Value(1.0, "w")
    narrow = viz.draw(ad.exp(w)).page.width
    assert viz.play(ad.exp(w), ranges={"w": (-20, 20)}).page.width > narrow
