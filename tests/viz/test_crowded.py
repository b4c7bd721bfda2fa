"""Where there is little room: what is left out, gathered and named; and what was asked for is shown all the same."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

import viz
from autograd_tiny import Value, exp, nn, scope, tanh
from tests.viz.networks import CROWDED, NESTINGS, leaf_added, read_both_ways, recurrent, scalar_rnn, translating
from viz.fitting.gathering import loose
from viz.fitting.room import ROOMS, room_of, smallest
from viz.graph.circuit import circuit
from viz.words.lettering import plain

HALF = 0.005  # of a pixel: sizes are written with two decimals


def faces(drawing: viz.Drawing) -> list[str]:
    """What stands in the gates."""
    return [plain(mark.line) for mark in drawing.page.marks if mark.id.endswith(".face") and mark.id.startswith("gate")]


def assert_legible(drawing: viz.Drawing, fit: Any, tall: bool = False, asked: bool = False) -> None:
    """No letter below nine pixels, no ribbon, and said what is folded, unless that was asked for; pages may be tall."""
    room = room_of(fit)
    assert room
    assert smallest(drawing.page) * (room.tall if tall else room).scale(drawing.page) >= 9 - HALF
    assert drawing.page.width <= 4 * drawing.page.height + 0.01
    unasked = [face for face in faces(drawing) if face == "⋯" or "term" in face or "gates" in face]
    told = "gates drawn as" in drawing.description and "depth=None opens everything" in drawing.description
    assert told == bool(unasked if asked else drawing.folded)


PLACES = [(3, "page"), (6, "slide"), (30, "slide"), (3, "slide"), (10, "page"), (10, "slide"), (30, "page")]


@pytest.mark.share(12)
@pytest.mark.parametrize("name", CROWDED)
@pytest.mark.parametrize(("steps", "fit"), PLACES)
def test_where_there_is_little_room_more_is_one_gate(name: str, steps: int, fit: Any) -> None:
    assert_legible(viz.draw(CROWDED[name](steps), fit=fit), fit)


@pytest.mark.slow
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    make=some.sampled_from([*CROWDED.values(), *NESTINGS.values()]),
    steps=some.integers(2, 20),
    fit=some.sampled_from([*ROOMS]),
)
def test_networks_of_every_kind_can_be_read_at_any_length(make: Any, steps: int, fit: Any) -> None:
    assert_legible(viz.draw(make(steps), fit=fit), fit)


@pytest.mark.slow
def test_what_has_no_room_in_boxes_either_is_one_box_of_each_kind() -> None:
    drawing = viz.draw(read_both_ways(30))
    assert_legible(drawing, "page")
    assert {"forward", "backward", "x₁ … x₃₀", "30 ×V₁", "30 ×V₂", "L"} == {*faces(drawing)}
    assert faces(viz.draw(read_both_ways(30, (), "t={}"), fit=(300, 200))) == [
        "t = 1 … 30",
        "t = 30 … 1 (2)",
        "t = 1 … 30 (3)",
    ]
    assert "Linear ×10" in faces(viz.draw(translating(10, nn.LSTMCell), fit=(300, 200)))


@pytest.mark.parametrize(
    ("gates", "label", "added", "name"),
    [
        (2, "y", False, "y"),
        (2, "y_1", False, "y₁"),
        (2, "", True, "L’s term"),
        (2, "", False, "exp, tanh"),
        (3, "", False, "2 exp, tanh"),
        (9, "", False, "5 exp, 4 tanh"),
        (3, "", None, "L"),
    ],
)
def test_gates_that_are_one_are_called_by_what_they_compute(
    gates: int, label: str, added: bool | None, name: str
) -> None:
    with scope("cell"):
        y: Any = tanh(Value(0.1, "x"))
    for k in range(gates):
        y = tanh(y) if k % 2 else exp(y)
    y.label = label
    with scope("other"):
        z = exp(Value(0.2, "z")) * (1.0 if added else y)
    loss = y + z if added else y if added is None else z
    loss.label = "L"
    (gap,) = loose(circuit([loss], folded={("cell",), ("other",)}, tidy=True))
    assert [*gap.scope] == [name] and gap.note == f"{gates} gates of no scope"


# What was asked for is shown, and can be read ------------------------------------------------------------------------

ASKED: dict[str, Any] = {
    "scalar": scalar_rnn,
    "RNN": lambda steps: recurrent(nn.RNNCell(2, 4, seed=1), steps),
    "LSTM": lambda steps: recurrent(nn.LSTMCell(2, 4, seed=1), steps),
    "two rows": NESTINGS["layer=1, layer=2"],
}


@pytest.mark.share(4)
@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("fit", ROOMS)
def test_folded_steps_are_left_out_where_there_is_no_room_for_all(name: str, fit: Any) -> None:
    drawing = viz.draw(ASKED[name](10), fold="t=*", fit=fit)
    assert_legible(drawing, fit, asked=True)
    shown = [face for face in faces(drawing) if face.startswith("t=")]
    assert {"t=1", "t=10"} <= {*shown}


@pytest.mark.share(4)
@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize(("step", "fit"), [(2, "page"), (9, "page"), (2, "slide"), (7, "slide")])
def test_an_open_step_stays_open_and_its_neighbours_closed(name: str, step: int, fit: Any) -> None:
    drawing = viz.draw(ASKED[name](10), open=f"t={step}", fit=fit)
    assert_legible(drawing, fit, tall=fit == "page", asked=True)
    boxes = {plain(mark.line) for mark in drawing.page.marks if mark.id.endswith(".caption")}
    assert {box for box in boxes if box.startswith("t=")} == {f"t={step}"}
    assert f"t={step}" not in drawing.folded


@given(
    steps=some.integers(2, 40),
    asked=some.sets(some.integers(1, 40), min_size=1, max_size=2),
    fit=some.sampled_from([*ROOMS]),
)
@settings(max_examples=10, deadline=None)
def test_of_any_row_the_open_steps_are_shown(steps: int, asked: set[int], fit: Any) -> None:
    opened = sorted({1 + (number - 1) % steps for number in asked})
    drawing = viz.draw(leaf_added(steps), open=[f"t={t}" for t in opened], fit=fit)
    assert_legible(drawing, fit, tall=fit == "page", asked=True)
    boxes = [plain(mark.line) for mark in drawing.page.marks if mark.id.endswith(".caption")]
    assert sorted(boxes) == sorted(f"t={t}" for t in opened)


def test_what_is_asked_for_and_can_be_read_is_all_there() -> None:
    assert viz.draw(scalar_rnn(10), fold="t=*").folded == tuple(f"t={t}" for t in range(1, 11))
    assert viz.draw(scalar_rnn(10), depth=None, fit="slide").folded == ()
