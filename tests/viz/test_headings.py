"""The names of boxes: no wire runs through them where there is another place."""

import numpy as np
import pytest

import viz
from autograd_tiny import Value, scope, sigmoid
from viz.layout.geometry import INDENT, Path, Rectangle, along, heading
from viz.page.page import Curve, Text
from viz.words.lettering import SMALL, width


def network() -> Value:
    """The class example: wires come into each box from above its name."""
    x1, x2 = Value(2.0, "x1"), Value(3.0, "x2")
    ys = []
    for neuron in (1, 2):
        with scope(f"neuron {neuron}"):
            ys.append(sigmoid(Value(0.4, f"w{neuron}1") * x1 + Value(-0.1, f"w{neuron}2") * x2))
    with scope("prediction"):
        return sigmoid(Value(3.0, "v1") * ys[0] - Value(2.0, "v2") * ys[1])


@pytest.mark.parametrize("direction", ["LR", "RL"])
def test_no_wire_runs_through_the_name_of_a_box(direction: str) -> None:
    page = viz.draw(network(), direction=direction, fit=None).page
    wires = along(mark.path for mark in page.marks if isinstance(mark, Curve))
    names = [mark for mark in page.marks if isinstance(mark, Text) and mark.id.endswith(".caption")]
    assert len(names) == 3
    for name in names:
        met = wires[(abs(wires[:, 1] - name.y) < SMALL / 2) & (wires[:, 0] > name.x)]
        assert not np.any(met[:, 0] < name.x + width(name.line, SMALL))


def test_a_name_stands_at_the_left_unless_a_wire_does() -> None:
    box = Rectangle(100, 50, 200, 100)
    assert heading(box, 30, 12, along([])) == (INDENT, 12)
    wire = along([Path(((15, 0), (15, 10), (15, 20), (15, 30)))])
    x, y = heading(box, 30, 12, wire)
    assert 15 < x < 30 and y == 12
    across = along([Path(((0, 12), (60, 12), (120, 12), (200, 12)))])
    assert heading(box, 30, 12, across) == (INDENT, 12)  # there is no better place
