"""Cells of nn as the lecture draws them, with the numbers of their recorded steps."""

from typing import Any

import numpy as np
import pytest

import viz
from autograd_tiny import Value, backward_steps, nn
from tests.viz.wires import assert_wires_lead
from viz.graph.cells import cells
from viz.graph.circuit import circuit
from viz.layout.faults import faults
from viz.layout.layout import lay_out
from viz.look import look
from viz.wires.inscriptions import inscribe
from viz.wires.readings import recorded
from viz.words.lettering import plain


def step(cell: Any, batch: tuple[int, ...] = ()) -> Value:
    """One step of an LSTM, and its total."""
    x = Value(np.ones((*batch, cell.input_size)), "x_1")
    h0, c0 = (Value(np.full((*batch, cell.hidden_size), number), name) for number, name in ((0.4, "h_0"), (0.9, "c_0")))
    h, c = cell(x, (h0, c0))
    total: Value = h.sum() + c.sum()
    total.label = "L"
    total.backward()
    return total


def faces(drawing: viz.Drawing) -> list[str]:
    return [plain(mark.line) for mark in drawing.page.marks if mark.id.startswith("gate") and mark.id.endswith(".face")]  # type: ignore[union-attr]


LECTURE = ["xU+hW+b", "σ", "tanh", "×", "×", "+", "tanh", "×"]


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("sizes", "batch"), [((1, 1), ()), ((2, 4), ()), ((2, 4), (3,))])
def test_an_lstm_is_the_lecture_s_with_the_memory_straight_on_top(
    sizes: tuple[int, int], batch: tuple[int, ...], bias: bool
) -> None:
    total = step(nn.LSTMCell(*sizes, bias=bias, seed=4), batch)
    held = frozenset(v for s in backward_steps(total) for v in s.value.inputs if v.label in ("U", "W", "b"))
    drawn = circuit([total], held=held, tidy=True)
    assert sorted(plain(node.face) for node in drawn.nodes if node.kind == "gate" and node.scope) == sorted(LECTURE)
    layout = lay_out(drawn, inscribe(drawn, recorded(drawn), look()), look(), room=4000.0)
    (cell,) = cells(drawn.values, drawn.stands, held)
    at = {role: layout.places[f"gate{positions[-1]}"] for role, positions in cell.roles.items()}
    memory = [at["keep"], at["add"], layout.places[f"sum{cell.roles['add'][0]}"]]
    assert len({place.y for place in memory}) == 1 and [place.x for place in memory] == sorted(p.x for p in memory)
    assert all(place.y > memory[0].y for role, place in at.items() if role not in ("keep", "add"))
    c0 = next(wire for wire in drawn.wires if drawn.labels[wire.value] == "c_0")
    assert layout.paths[c0.id].points[-1][1] == pytest.approx(memory[0].y, abs=1)
    assert_wires_lead(drawn, layout)
    assert not faults(drawn, layout)


def test_a_page_shows_it_with_its_numbers() -> None:
    total = step(nn.LSTMCell(1, 1, forget_bias=1.0, seed=4))
    drawing = viz.draw(total)
    assert [face for face in faces(drawing) if face in LECTURE] and set(LECTURE) <= set(faces(drawing))
    texts = {plain(mark.line) for mark in drawing.page.marks if hasattr(mark, "line")}
    by_label = {v.label: v for s in backward_steps(total) for v in (s.value, *s.value.inputs)}
    for label in "fiogc":
        (number,) = by_label[label].data.tolist()
        assert any(text == f"{label} = [{number:.2f}]".replace("-", "−") for text in texts), label
    assert "Gate 1, xU+hW+b, takes x_1 and h_0" in drawing.description


def test_one_step_is_opened_in_that_form() -> None:
    hs, _ = nn.unroll(nn.LSTMCell(2, 4, seed=1), list(np.random.default_rng(0).normal(size=(3, 2))))
    total = hs[-1].sum()
    total.backward()
    drawing = viz.draw(total, open="t=2")
    assert set(LECTURE) < set(faces(drawing)) and drawing.folded == ("t=1", "t=3")


@pytest.mark.parametrize("size", [1, 3])
def test_a_gru_is_the_lecture_s(size: int) -> None:
    h = nn.GRUCell(2, size, seed=1)(Value(np.ones(2), "x_1"), Value(np.full(size, 0.7), "h_0"))
    total = h.sum()
    total.backward()
    held = frozenset(v for s in backward_steps(total) for v in s.value.inputs if v.label in ("U", "W", "W_h", "b"))
    drawn = circuit([total], held=held, tidy=True)
    layout = lay_out(drawn, inscribe(drawn, recorded(drawn), look()), look(), room=4000.0)
    (cell,) = cells(drawn.values, drawn.stands, held)
    at = {role: layout.places[f"gate{positions[-1]}"] for role, positions in cell.roles.items()}
    assert cell.kind == "GRU" and at["keep"].y == at["add"].y < at["new"].y == at["candidate"].y < at["inner"].y
    assert at["inner"].y == at["recall"].y < at["reset"].y == at["rest"].y
    assert at["reset"].x == at["recall"].x < at["inner"].x == at["candidate"].x < at["keep"].x < at["new"].x
    assert_wires_lead(drawn, layout)
    assert not faults(drawn, layout)
    assert {"xU, hW, b", "σ", "1−", "@W_h"} <= set(faces(viz.draw(total, fit="slide")))


@pytest.mark.parametrize("nonlinearity", ["tanh", "sigmoid", "relu"])
@pytest.mark.parametrize("bias", [True, False])
def test_a_plain_cell_has_its_state_straight_on_top_and_its_input_below(nonlinearity: str, bias: bool) -> None:
    cell = nn.RNNCell(2, 3, bias=bias, nonlinearity=nonlinearity, seed=1)
    h = cell(Value(np.ones(2), "x_1"), Value(np.full(3, 0.7), "h_0"))
    total = h.sum()
    total.backward()
    held = frozenset(v for s in backward_steps(total) for v in s.value.inputs if v.label in ("U", "W", "b"))
    drawn = circuit([total], held=held, tidy=True)
    layout = lay_out(drawn, inscribe(drawn, recorded(drawn), look()), look(), room=4000.0)
    (found,) = cells(drawn.values, drawn.stands, held)
    at = {role: layout.places[f"gate{positions[-1]}"] for role, positions in found.roles.items()}
    assert at["state"].y == at["add"].y == at["squash"].y < at["input"].y
    assert at["state"].x == at["input"].x < at["add"].x < at["squash"].x
    assert not bias or (at["bias"].x, at["bias"].y) == (at["add"].x, at["input"].y)
    assert_wires_lead(drawn, layout)
    assert not faults(drawn, layout)


CELLS = {
    "RNN": (nn.RNNCell, {"@W", "@U", "+b", "tanh"}),
    "LSTM": (nn.LSTMCell, set(LECTURE)),
    "GRU": (nn.GRUCell, {"xU, hW, b", "σ", "1−", "@W_h"}),
}


@pytest.mark.share(4)
@pytest.mark.parametrize("fit", ["page", "slide", (1800, 1100)])
@pytest.mark.parametrize("size", [1, 2, 3, 4, 6, 20])
@pytest.mark.parametrize("kind", CELLS)
def test_at_every_fit_a_cell_is_in_its_form_and_whole(kind: str, size: int, fit: Any) -> None:
    make, expected = CELLS[kind]
    x = Value(np.ones(2), "x_1")
    h0, c0 = (Value(np.linspace(0.1, 0.9, size), name) for name in ("h_0", "c_0"))
    result = make(2, size, seed=1)(x, (h0, c0) if kind == "LSTM" else h0)
    total = (result[0] if kind == "LSTM" else result).sum()
    total.backward()
    drawing = viz.draw(total, fit=fit)
    assert expected <= set(faces(drawing)), faces(drawing)
    boxes = [mark for mark in drawing.page.marks if mark.id.startswith("box") and "." not in mark.id]
    assert len(boxes) == 1


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
def test_one_of_several_steps_is_opened_in_its_form_with_the_x_that_was_made_inside(kind: str) -> None:
    make, expected = CELLS[kind]
    hs, _ = nn.unroll(make(2, 4, seed=1), list(np.random.default_rng(0).normal(size=(4, 2))))
    total = hs[-1].sum()
    total.backward()
    drawing = viz.draw(total, open=f"t=3/{kind}")
    assert expected <= set(faces(drawing))
    boxes = [mark for mark in drawing.page.marks if mark.id.startswith("box") and "." not in mark.id]
    assert len(boxes) == 2  # the step's and the cell's, neither of them in pieces
    below = [m for m in drawing.page.marks if m.id.endswith(".face") and m.id.startswith("leaf")]
    gates = [m for m in drawing.page.marks if m.id.endswith(".face") and m.id.startswith("gate")]
    cell = boxes[-1].place  # type: ignore[union-attr]
    inside = [m for m in below if abs(m.x - cell.x) < cell.width / 2 and abs(m.y - cell.y) < cell.height / 2]  # type: ignore[union-attr]
    (x,) = inside
    assert all(x.y > gate.y for gate in gates if abs(gate.y - cell.y) < cell.height / 2)  # type: ignore[union-attr]


def test_the_memory_runs_straight_through_all_steps() -> None:
    hs, (_, c) = nn.unroll(nn.LSTMCell(2, 4, seed=1), list(np.random.default_rng(0).normal(size=(2, 2))))
    total = hs[-1].sum() + c.sum()
    total.backward()
    held = frozenset(v for s in backward_steps(total) for v in s.value.inputs if v.label in ("U", "W", "b"))
    drawn = circuit([total], held=held, tidy=True)
    layout = lay_out(drawn, inscribe(drawn, recorded(drawn), look()), look(), room=9000.0)
    each = [*cells(drawn.values, drawn.stands, held)]
    on_top = [layout.places[f"gate{cell.roles[role][-1]}"].y for cell in each for role in ("keep", "add")]
    assert len(each) == 2 and max(on_top) - min(on_top) < 2  # Graphviz rounds to points


def test_other_cells_are_drawn_as_they_were_recorded() -> None:
    total = step(nn.LSTMCell(1, 1, peephole=True, seed=4))
    assert "xU+hW+b" not in faces(viz.draw(total))
    h = nn.GRUCell(1, 1, reset_after=True, seed=1)(Value([1.0], "x"), Value([0.5], "h"))
    assert "xU, hW, b" not in faces(viz.draw(h.sum()))
    assert "xU+hW+b" not in faces(viz.draw(step(nn.LSTMCell(1, 1, seed=4)), fit=None))


@pytest.mark.parametrize("suffix", ["svg", "tex", "dot", "txt", "html"])
def test_every_form_of_file_takes_it(suffix: str, tmp_path: Any) -> None:
    assert viz.draw(step(nn.LSTMCell(1, 1, seed=4))).save(tmp_path / f"z.{suffix}").stat().st_size > 500
