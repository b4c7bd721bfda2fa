"""The lectures' cells and layers: their numbers are the engine's, and nothing lies on anything else."""

from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

import autograd_tiny as at
import viz
from autograd_tiny import Value, nn
from viz import cells
from viz.look import THEMES
from viz.page.page import Curve, Shape, Text
from viz.page.strokes import extent

DRAWN: list[Callable[..., viz.Drawing]] = [getattr(cells, name) for name in cells.__all__]
PICTURES: list[Callable[[], viz.Drawing]] = [
    *DRAWN,
    lambda: cells.lstm(nn.LSTMCell(2, 3, seed=1)),
    lambda: cells.gru(nn.GRUCell(2, 2, seed=1)),
    lambda: cells.vanilla(nn.RNNCell(1, 2, bias=False, nonlinearity="relu", seed=1)),
    lambda: cells.memory((1.0, -2.0), (1, 1), (0, 1), (1, 0)),
    lambda: cells.convolution((1.0, 2.0, 3.0), (0.5, 0.5)),
    lambda: cells.pooling((1.0, 2.0, 3.0, 4.0), 2),
    lambda: cells.reservoir(20, 0.1, seed=3),
]


def words(drawing: viz.Drawing) -> dict[str, str]:
    return {mark.id: "".join(run.text for run in mark.line) for mark in drawing.page.marks if isinstance(mark, Text)}


def apart(one: Any, other: Any) -> bool:
    across, down = abs(one.x - other.x), abs(one.y - other.y)
    return across >= (one.width + other.width) / 2 or down >= (one.height + other.height) / 2


@pytest.fixture(scope="module", params=range(len(PICTURES)))
def drawing(request: pytest.FixtureRequest) -> viz.Drawing:
    return PICTURES[request.param]()


def test_no_text_lies_on_another_and_no_gate_on_another(drawing: viz.Drawing) -> None:
    texts = [mark for mark in drawing.page.marks if isinstance(mark, Text)]
    # Rooms are measured for the widest font; capitals and figures are 0.72 em high.
    rooms = [(mark.id, extent(mark)) for mark in texts]
    tight = [(name, type(r)(r.x, r.y, 0.8 * r.width, 0.5 * r.height)) for name, r in rooms]
    assert not [(a, b) for (a, one), (b, other) in combinations(tight, 2) if not apart(one, other)]
    gates = [mark for mark in drawing.page.marks if isinstance(mark, Shape) and not mark.boxed]
    assert not [(a.id, b.id) for a, b in combinations(gates, 2) if not apart(a.place, b.place)]


@pytest.mark.parametrize("make", [cells.vanilla, cells.lstm, cells.gru])
def test_numbers_of_different_wires_are_not_read_as_one(make: Callable[..., viz.Drawing]) -> None:
    drawn = [mark for mark in make().page.marks if isinstance(mark, Text) and mark.id.endswith((".value", ".gradient"))]
    for one, other in combinations(drawn, 2):
        first, second = extent(one), extent(other)
        if one.id.partition(".")[0] != other.id.partition(".")[0] and abs(one.y - other.y) < one.size:
            assert abs(first.x - second.x) - (first.width + second.width) / 2 >= 8


def test_no_wire_runs_through_a_text(drawing: viz.Drawing) -> None:
    rooms = {mark.id: extent(mark) for mark in drawing.page.marks if isinstance(mark, Text)}
    for mark in drawing.page.marks:
        if isinstance(mark, Curve):
            points = np.array(mark.path.points)
            t = np.linspace(0, 1, 40)[:, None]
            for k in range(0, len(points) - 3, 3):
                a, b, c, d = points[k : k + 4]
                for x, y in (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d:
                    for name, room in rooms.items():
                        inside = abs(x - room.x) < 0.4 * room.width and abs(y - room.y) < 0.25 * room.height
                        assert not inside, (mark.id, name)


def test_ids_occur_once_and_the_page_holds_everything(drawing: viz.Drawing) -> None:
    root = ElementTree.fromstring(drawing.svg)
    ids = [group.get("id") for group in root.iter("{http://www.w3.org/2000/svg}g")]
    assert len(ids) == len(set(ids)) and root.get("role") == "img"
    for mark in drawing.page.marks:
        room = extent(mark)
        assert room.x - room.width / 2 >= 0 and room.x + room.width / 2 <= drawing.page.width, mark.id
        assert room.y - room.height / 2 >= 0 and room.y + room.height / 2 <= drawing.page.height, mark.id
    assert drawing.title and len(drawing.description) > 40


@pytest.mark.parametrize("make", DRAWN)
def test_same_bytes_in_every_theme(make: Callable[..., viz.Drawing]) -> None:
    assert len({make(theme=theme).svg for theme in THEMES}) == len(THEMES)
    assert make().svg == make().svg
    with pytest.raises(ValueError, match="lecture"):
        make(theme="pink")


def test_every_format_can_be_saved(tmp_path: Path) -> None:
    for suffix in ("svg", "png", "pdf", "dot", "txt"):
        assert cells.lstm().save(tmp_path / f"lstm.{suffix}").stat().st_size > 100


def printed(number: Any) -> str:
    return f"{float(np.asarray(number).reshape(())):.4f}".replace("-", "−")


def test_an_lstm_s_numbers_are_the_engine_s() -> None:
    cell, x, h0, c0 = nn.LSTMCell(1, 1, seed=9), Value([0.5], "x"), Value([0.3], "h"), Value([-0.8], "c")
    shown = words(cells.lstm(cell, x, (h0, c0), precision=4))
    h, c = cell(x, (h0, c0))
    gradients = at.grad(h.sum() + c.sum(), [x, h0, c0])
    for wire, value, gradient in zip(("x-wire", "h0-wire", "c0-wire"), (x, h0, c0), gradients, strict=True):
        assert shown[f"{wire}.value"] == printed(value.data)
        assert shown[f"{wire}.gradient"] == printed(gradient.data)
    a = (x @ cell.U + cell.b + h0 @ cell.W).data
    for k, key in enumerate("ifog"):
        gate = np.tanh(a[k]) if key == "g" else 1 / (1 + np.exp(-a[k]))
        assert shown[f"{key}.value"] == f"{key} = {printed(gate)}"
    assert shown["c.value"] == f"ct = {printed(c.data)}" and shown["h.value"] == printed(h.data)
    assert not x.has_grad and not cell.U.has_grad  # a picture writes no gradient


def test_a_gru_s_and_a_plain_cell_s_numbers_are_the_engine_s() -> None:
    makers: list[tuple[Any, Any]] = [(nn.GRUCell(1, 1, seed=2), cells.gru), (nn.RNNCell(1, 1, seed=2), cells.vanilla)]
    for cell, draw in makers:
        x, h0 = Value([0.5], "x"), Value([0.3], "h")
        shown = words(draw(cell, x, h0, precision=4))
        h = cell(x, h0)
        for wire, value, gradient in zip(("x-wire", "h0-wire"), (x, h0), at.grad(h.sum(), [x, h0]), strict=True):
            assert shown[f"{wire}.value"] == printed(value.data)
            assert shown[f"{wire}.gradient"] == printed(gradient.data)
        assert shown["h.value"] == printed(h.data)


def test_the_memory_cell_keeps_its_number_and_its_gradient() -> None:
    shown = words(cells.memory())
    assert [shown[f"c{t}.value"].split(" = ")[1] for t in (1, 2, 3, 4)] == ["1.70", "1.70", "1.70", "0.00"]
    assert [shown[f"c{t}.gradient"] for t in (1, 2, 3, 4)] == ["1.00", "1.00", "1.00", "0.00"]


def test_a_convolution_has_18_edges_and_three_colours() -> None:
    drawing = cells.convolution()
    edges = [mark for mark in drawing.page.marks if isinstance(mark, Curve)]
    assert len(edges) == 18 and len({edge.stroke for edge in edges}) == 3
    assert "18 edges, not 48" in drawing.description
    assert drawing.description.count("∂L/∂") == 3


def test_pooling_routes_the_gradient() -> None:
    shown = words(cells.pooling((0.1, 0.9, 0.5), 3))
    assert [shown[f"max-h{i}.gradient"] for i in range(3)] == ["0.00", "1.00", "0.00"]
    assert [shown[f"average-h{i}.gradient"] for i in range(3)] == ["0.33"] * 3


def test_attention_s_weights_add_to_one() -> None:
    shown = words(cells.seq2seq(precision=6))
    for j in (1, 2, 3):
        # Each weight is rounded to six decimals.
        assert sum(float(shown[f"a{j}-{t}.value"]) for t in (1, 2, 3)) == pytest.approx(1, abs=2e-6)


def test_the_five_patterns_are_there() -> None:
    told = cells.patterns().description
    for expected in ("1 input, 1 output, 1 step", "1 input, 3 outputs", "3 inputs, 1 output", "3 outputs, 5 steps"):
        assert expected in told


def test_a_reservoir_echoes_and_does_not_explode() -> None:
    drawing = cells.reservoir(spectral_radius=0.8)
    assert "|eigenvalue| 0.8" in drawing.description
    units = [mark for mark in drawing.page.marks if isinstance(mark, Shape) and mark.id.startswith("h")]
    assert len(units) == 12


WRONG: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: cells.lstm(nn.GRUCell(1, 1)), TypeError, "expected nn.LSTMCell, got GRUCell"),
    (lambda: cells.lstm(nn.LSTMCell(1, 1, peephole=True)), TypeError, "peepholes"),
    (lambda: cells.gru(nn.GRUCell(1, 1, reset_after=True)), TypeError, "reset_after"),
    (lambda: cells.vanilla(x=[1.0, 2.0]), ValueError, r"x_t: shape \(2,\), expected \(1,\)"),
    (lambda: cells.memory((1.0,), (1, 0)), ValueError, "one entry per step"),
    (lambda: cells.convolution((1.0,), (1.0, 2.0)), ValueError, "at least as many inputs"),
    (lambda: cells.pooling((1.0,), 3), ValueError, "1 ≤ size"),
    (lambda: cells.reservoir(1), ValueError, "2 to 24 units"),
]


@pytest.mark.parametrize(("make", "error", "message"), WRONG)
def test_what_cannot_be_drawn_is_refused(make: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        make()
