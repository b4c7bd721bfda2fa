"""Where there is little room: what is left out, gathered and named."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

import viz
from autograd_tiny import Value, exp, nn, scope, tanh
from tests.viz.networks import CROWDED, NESTINGS, read_both_ways, translating
from viz.fitting.gathering import loose
from viz.fitting.room import ROOMS, room_of, smallest
from viz.graph.circuit import circuit
from viz.words.lettering import plain

HALF = 0.005  # of a pixel: sizes are written with two decimals


def faces(drawing: viz.Drawing) -> list[str]:
    """What stands in the gates."""
    return [plain(mark.line) for mark in drawing.page.marks if mark.id.endswith(".face") and mark.id.startswith("gate")]


def assert_legible(drawing: viz.Drawing, fit: Any) -> None:
    """No letter below nine pixels, no ribbon, and said what is folded."""
    room = room_of(fit)
    assert room
    assert smallest(drawing.page) * room.scale(drawing.page) >= 9 - HALF
    assert drawing.page.width <= 4 * drawing.page.height + 0.01
    told = "gates drawn as" in drawing.description and "depth=None opens everything" in drawing.description
    assert told == bool(drawing.folded)


@pytest.mark.parametrize("name", CROWDED)
@pytest.mark.parametrize(
    ("steps", "fit"),
    [(3, "page"), (6, "slide"), *(pytest.param(n, f, marks=pytest.mark.slow) for n in (3, 10, 30) for f in ROOMS)],
)
def test_where_there_is_little_room_more_is_one_gate(name: str, steps: int, fit: Any) -> None:
    assert_legible(viz.draw(CROWDED[name](steps), fit=fit), fit)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    make=some.sampled_from([*CROWDED.values(), *NESTINGS.values()]),
    steps=some.integers(2, 20),
    fit=some.sampled_from([*ROOMS]),
)
def test_networks_of_every_kind_can_be_read_at_any_length(make: Any, steps: int, fit: Any) -> None:
    assert_legible(viz.draw(make(steps), fit=fit), fit)


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
