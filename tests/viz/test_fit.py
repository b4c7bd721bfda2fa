"""Legible by default: what a page has room for, and how it is drawn there."""

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

import viz
from autograd_tiny import Value, grad, nn, scope, tanh
from tests.viz.networks import NESTINGS, NETWORKS, blocks, embedded, leaf_added, scalar_rnn
from viz.fitting.levels import Level
from viz.fitting.room import room_of, smallest
from viz.graph.circuit import circuit
from viz.layout import layout as layouts
from viz.layout.faults import faults
from viz.page import picture as pictures
from viz.words import figures
from viz.words.lettering import plain

HALF = 0.005  # of a pixel: sizes are written with two decimals


def letters(drawing: viz.Drawing, width: float = 860.0) -> float:
    """The height of the smallest letter in pixels, where the picture is at most so wide."""
    sizes = [float(size) for size in re.findall(r'font-size="([\d.]+)"', drawing.svg)]
    return min(sizes) * min(1.0, width / drawing.page.width)


def faces(drawing: viz.Drawing) -> list[str]:
    """What stands in the gates."""
    return [plain(mark.line) for mark in drawing.page.marks if mark.id.endswith(".face") and mark.id.startswith("gate")]


@pytest.mark.share(4)
@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_can_be_read_on_a_page(name: str) -> None:
    drawing = viz.draw(NETWORKS[name]())
    assert letters(drawing) >= 9 - HALF
    assert drawing.page.width <= 4 * drawing.page.height + 0.01
    assert drawing.page.height <= 2 * max(drawing.page.width, 860)
    if drawing.folded:
        assert "gates drawn as" in drawing.description and "depth=None opens everything" in drawing.description


@pytest.mark.share(3)
@pytest.mark.parametrize("cell", [nn.RNNCell, nn.LSTMCell, nn.GRUCell])
@pytest.mark.parametrize("steps", [1, 4, *(pytest.param(steps, marks=pytest.mark.slow) for steps in (2, 3, 6))])
def test_letters_and_losses_without_a_scope_can_be_read_on_a_page_and_on_a_slide(cell: Any, steps: int) -> None:
    loss = embedded(cell(4, 6), steps, (3,) * (steps % 2))
    for fit in ("page", "slide"):
        drawing = viz.draw(loss, fit=fit)
        assert smallest(drawing.page) * room_of(fit).scale(drawing.page) >= 9 - HALF


def test_a_part_of_a_table_reads_as_its_name() -> None:
    loss = embedded(nn.RNNCell(4, 6), 1)
    drawing = viz.draw(loss, fit=(4000, 4000))
    (face,) = [face for face in faces(drawing) if face.startswith("E")]
    assert re.fullmatch(r"E\[\d\]", face)
    assert re.search(r"takes E( \(value \d\))? and gives", drawing.description)


def test_where_nothing_else_can_be_read_what_no_scope_holds_is_folded_step_by_step() -> None:
    drawing = viz.draw(embedded(nn.RNNCell(4, 6), 3))
    assert faces(drawing).count("+") == 1  # what all steps come together in stays
    assert [face for face in faces(drawing) if "term" in face] == ["L’s term", "L’s term 2", "L’s term 3"]
    assert "4 gates of no scope in one place" in drawing.description


@pytest.fixture
def laid(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The circuits that were laid out, with their layouts; the last one is that of the picture."""
    found: list[Any] = []
    lay_out = pictures.lay_out

    def noted(drawn: Any, *rest: Any) -> Any:
        found.append((drawn, lay_out(drawn, *rest)))
        return found[-1][1]

    monkeypatch.setattr(pictures, "lay_out", noted)
    return found


@pytest.mark.share(4)
@pytest.mark.parametrize("name", NETWORKS)
def test_no_wire_of_a_network_runs_through_what_is_not_its_own(name: str, laid: list[Any]) -> None:
    viz.draw(NETWORKS[name]())
    assert not faults(*laid[-1])


# Rows within scopes --------------------------------------------------------------------------------------------------


def boxes_of_steps(drawing: viz.Drawing) -> dict[str, list[Any]]:
    """The steps that are one gate each, by the scope that holds their row, in the order in which they are drawn."""
    found: dict[str, list[Any]] = {}
    for mark in drawing.page.marks:
        path = getattr(mark, "tooltip", "").partition(", folded")[0].split(" › ")
        if getattr(mark, "boxed", False) and re.match(r"t=\d", path[-1]):
            found.setdefault("/".join(path[:-1]) + path[-1].partition(" ")[2], []).append(mark)
    return found


@pytest.mark.share(8)
@pytest.mark.parametrize("name", NESTINGS)
@pytest.mark.parametrize(
    ("steps", "fit"),
    [(3, "page"), (6, "page"), *(pytest.param(n, f, marks=pytest.mark.slow) for n, f in [(10, "slide"), (30, "page")])],
)
def test_rows_within_scopes_are_rows(name: str, steps: int, fit: Any, laid: list[Any]) -> None:
    drawing = viz.draw(NESTINGS[name](steps), fit=fit)
    assert smallest(drawing.page) * room_of(fit).scale(drawing.page) >= 9 - HALF
    assert drawing.page.width <= 4 * drawing.page.height + 0.01
    rows = boxes_of_steps(drawing)
    assert len(rows) == 2 and all(len(row) == (3 if steps == 3 else len(row)) >= 2 for row in rows.values())
    for row in rows.values():
        assert len({round(mark.place.y, 3) for mark in row}) == 1
        assert [mark.place.x for mark in row] == sorted(mark.place.x for mark in row)
    assert steps == 3 or faces(drawing).count("⋯") == 2
    assert not faults(*laid[-1])


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    holders=some.lists(
        some.sampled_from(["encoder", "net/forward", "layer=1", "layer=2", "a/b/c"]),
        min_size=1,
        max_size=2,
        unique=True,
    ),
    family=some.sampled_from(["t={}", "step={}"]),
    steps=some.integers(2, 40),
    at_each=some.booleans(),
)
def test_what_holds_a_row_never_closes_before_its_steps(
    holders: list[str], family: str, steps: int, at_each: bool
) -> None:
    h, losses = Value(0.1, "h_0"), []
    for holder in holders:
        w = Value(0.5, "w")
        for t in range(1, steps + 1):
            with scope(*holder.split("/"), family.format(t)):
                h = tanh(w * h + Value(0.1 * t, f"x_{t}"))
            losses += [(h - 1.0) ** 2] if at_each else []
    drawing = viz.draw(sum(losses, h))
    assert letters(drawing) >= 9 - HALF
    assert not {holder[: len(holder) - k] for holder in holders for k in range(len(holder))} & {*drawing.folded}


def test_from_what_is_left_out_one_wire_of_a_kind_goes_to_one_place(laid: list[Any]) -> None:
    drawing = viz.draw(NESTINGS["layer=1, layer=2"](6))
    drawn, _ = laid[-1]
    first, second = (node.id for node in drawn.nodes if plain(node.face) == "⋯")
    (bundle,) = (wire for wire in drawn.wires_out_of(first) if wire.bundle)
    assert bundle.head == second and [drawn.labels[at] for at in bundle.bundle] == ["h"] * 4
    assert all(wire.head != second for wire in drawn.wires_out_of(first) if wire is not bundle)
    assert [plain(mark.line) for mark in drawing.page.marks if mark.id.startswith(f"{bundle.id}.")] == ["×4"]
    assert "4 values" in drawing.description


def test_a_sum_against_the_order_of_steps_is_one_gate() -> None:
    drawing = viz.draw(NETWORKS["bidirectional"](), fit=(4000, 4000))
    hs, _ = nn.Bidirectional(nn.RNNCell(2, 3, seed=1), nn.RNNCell(2, 3, seed=2))([np.ones((1, 2))] * 8)
    long = viz.draw(sum(nn.mse(h, np.zeros((1, 6))) for h in hs), depth=0)
    assert faces(drawing).count("+") <= 7 and faces(long).count("+") == 1


def test_a_fault_is_found(laid: list[Any]) -> None:
    viz.draw(scalar_rnn(3))
    drawn, layout = laid[-1]
    wire = next(wire for wire in drawn.wires if wire.tail.startswith("leaf"))
    other = next(node for node in drawn.nodes if node.kind == "gate" and node.id != wire.head)
    moved = {**layout.places, other.id: layout.places[other.id].__class__(*layout.paths[wire.id].points[0], 36, 36)}
    assert (wire.id, other.id) in faults(drawn, layout.__class__(layout.width, layout.height, moved, layout.paths))


LECTURES = ["×W", "×U", "+", "σ", "×V", "σ"] * 3 + ["+"]


@pytest.mark.parametrize(("make", "gates"), [(scalar_rnn, LECTURES), (leaf_added, ["×w", "+", "tanh"] * 3)])
def test_three_steps_have_every_gate_in_one_row(make: Any, gates: list[str]) -> None:
    drawing = viz.draw(make(3))
    assert not drawing.folded
    assert sorted(faces(drawing)) == sorted(gates)
    boxes = [mark.place for mark in drawing.page.marks if mark.id.startswith("box") and "." not in mark.id]
    assert len(boxes) == 3 and len({(round(box.y, 3), round(box.width, 3)) for box in boxes}) == 1
    assert [box.x for box in boxes] == sorted(box.x for box in boxes)


def test_shared_parameters_stand_below_once_with_the_sum_of_what_the_steps_bring() -> None:
    drawing = viz.draw(scalar_rnn(3), caption="below")
    told = [plain(mark.line) for mark in drawing.page.marks if mark.id.startswith("caption")]
    for name, value in (("U", "0.50"), ("W", "−1.00"), ("V", "2.00")):
        (line,) = (text for text in told if f"{name} = {value}" in text)
        found = re.search(rf"∂L/∂{name} = (.*?) ([=≈]) (−?[\d.]+)(?:  |$)", line)
        assert found is not None
        terms = [float(term.strip("() ").replace("−", "-")) for term in found[1].split(" + ")]
        # Each number is rounded to two decimals; a sum of such that does not end in what is printed says ≈.
        off = abs(sum(terms) - float(found[3].replace("−", "-")))
        assert len(terms) == 3 and off <= 0.02 and (found[2] == "=") == (off < 0.005)
    assert told[-1] == "below"
    assert "its gradient" in drawing.description


@pytest.mark.parametrize("steps", [(1, 2, ..., 10), (1, 2, "⋯", "T"), [1, 2, -1]])
def test_of_ten_steps_those_asked_for_are_shown(steps: Any) -> None:
    drawing = viz.draw(scalar_rnn(10), steps=steps)
    boxes = [plain(mark.line) for mark in drawing.page.marks if mark.id.endswith(".caption")]
    assert sorted({*boxes, *faces(drawing)} & {f"t={t}" for t in range(1, 11)}) == ["t=1", "t=10", "t=2"]
    assert faces(drawing).count("⋯") == 1 and letters(drawing) >= 9 - HALF


def test_a_step_behind_what_is_left_out_stands_as_the_others_do() -> None:
    a, b, s, losses = Value(0.9, "a"), Value(0.3, "b"), Value(0.0, "s_0"), []
    for k in range(1, 9):
        with scope(f"step={k}"):
            s = a * s + b * Value(0.1 * k, f"x_{k}")
        losses.append((s - 1) ** 2)
    total = sum(losses[1:], losses[0])
    total.backward()
    marks = {}
    for mark in viz.draw(total, steps=(1, 2, ..., 8)).page.marks:
        if mark.id.startswith("gate") and mark.id.endswith(".face"):
            marks.setdefault(plain(mark.line), []).append(mark)
    assert len(marks["×a"]) == len(marks["×b"]) == 3
    assert all(one.x < other.x and one.y == other.y for one, other in zip(marks["×a"], marks["×b"], strict=True))


def test_steps_that_there_are_not_are_refused() -> None:
    with pytest.raises(ValueError, match="steps: 11 is no step"):
        viz.draw(scalar_rnn(10), steps=(1, 11))


def test_one_step_is_open_and_its_neighbours_are_closed() -> None:
    drawing = viz.draw(scalar_rnn(3), open="t=2")
    assert drawing.folded == ("t=1", "t=3")
    assert sorted(faces(drawing)) == sorted(["t=1", "t=3", "×W", "×U", "+", "σ", "×V", "σ", "+"])
    with pytest.raises(ValueError, match="open: it closes all other scopes"):
        viz.draw(scalar_rnn(3), open="t=2", depth=1)


def test_folded_steps_are_the_row_that_every_lecture_draws() -> None:
    drawing = viz.draw(scalar_rnn(3), fold="t=*")
    places = {mark.tooltip[:3]: mark.place for mark in drawing.page.marks if getattr(mark, "boxed", False)}
    row = [places[f"t={t}"] for t in (1, 2, 3)]
    assert len({round(box.y, 3) for box in row}) == 1 and row[0].x < row[1].x < row[2].x
    inputs = [mark for mark in drawing.page.marks if mark.id.endswith(".face") and plain(mark.line).startswith("x_")]  # type: ignore[union-attr]
    # Graphviz rounds to points.
    assert [mark.x for mark in inputs] == pytest.approx([box.x for box in row], abs=1)  # type: ignore[union-attr]
    assert all(mark.y > row[0].y for mark in inputs)  # type: ignore[union-attr]


def in_pieces(drawing: viz.Drawing) -> set[str]:
    """The boxes that are drawn in several places."""
    ids = [mark.id for mark in drawing.page.marks if mark.id.startswith("box") and not mark.id.endswith(".caption")]
    return {name.partition(".")[0] for name in ids if ids.count(name) > 1 or "." in name}


@pytest.mark.share(3)
@pytest.mark.parametrize("name", ["residual", "MLP", "96 blocks", "encoder–decoder"])
@pytest.mark.parametrize("fit", ["page", "slide"])
def test_no_box_that_fits_a_row_is_cut(name: str, fit: Any) -> None:
    assert not in_pieces(viz.draw(NETWORKS[name](), fit=fit))


@pytest.mark.share(4)
@pytest.mark.parametrize("name", NETWORKS)
def test_rows_break_where_wires_are_level(name: str, laid: list[Any]) -> None:
    viz.draw(NETWORKS[name](), layout="dot")
    drawn, layout = laid[-1]
    for wire in drawn.wires:
        points = layout.paths[wire.id].points
        backward = [k for k in range(0, len(points) - 3, 3) if points[k + 3][0] < points[k][0] - 60]
        for k in backward:  # the way back to the next row: straight, with level pieces before and behind it
            assert abs(points[k + 3][1] - points[k][1]) < 1e-6


def test_many_equal_blocks_are_one_with_their_number() -> None:
    assert faces(viz.draw(blocks(96)))[0] == "block ×96"
    assert "block 1 … block 96" in viz.draw(blocks(96)).description


@pytest.mark.parametrize(
    ("fit", "room"), [("page", (860, 1032)), ("slide", (1280, 720)), ((300, 200), (300, 200)), ([640, 480], (640, 480))]
)
def test_what_fits_is_decided_by_the_room(fit: Any, room: tuple[float, float]) -> None:
    found = room_of(fit)
    assert found and (found.width, found.height) == room
    assert room_of(None) is None


@pytest.mark.parametrize("fit", ["poster", (0, 100), (100,), 860, True, ("a", "b"), (float("nan"), 10)])
def test_another_fit_is_refused(fit: Any) -> None:
    with pytest.raises((ValueError, TypeError), match="fit"):
        viz.draw(scalar_rnn(3), fit=fit)


def test_a_smaller_room_shows_less() -> None:
    gates = [viz.draw(scalar_rnn(6), fit=fit).svg.count('class="gate"') for fit in (None, "slide", (500, 300))]
    assert gates[0] > gates[1] >= gates[2]


def test_without_fit_all_is_as_it_was() -> None:
    drawing = viz.draw(scalar_rnn(5), fit=None)
    assert not drawing.folded and "×W" not in faces(drawing) and drawing.page.width > 3000


# Gates that are one, or none -----------------------------------------------------------------------------------------


def test_a_sum_of_many_terms_is_one_gate() -> None:
    terms = [Value(float(k), f"a{k}") for k in range(1, 65)]
    total = sum(terms)  # begins with 0 + a1
    total.backward()
    drawing = viz.draw(total, fit=(4000, 4000))
    assert faces(drawing) == ["+"]
    drawn = circuit([total], tidy=True)
    (gate,) = [node for node in drawn.nodes if node.kind == "gate"]
    assert [drawn.labels[wire.value] for wire in drawn.wires_into(gate.id)] == [f"a{k}" for k in range(1, 65)]


def test_a_long_sum_over_steps_that_begins_with_nothing_runs_along_with_them() -> None:
    terms = []
    for t in range(1, 9):
        with scope(f"t={t}"):
            terms.append(tanh(Value(0.1 * t, f"x_{t}")))
    total = sum(terms)
    total.backward()
    drawn = circuit([total], tidy=True)
    assert [plain(node.face) for node in drawn.nodes if node.kind == "gate"].count("+") == 7
    assert viz.draw(total).svg


def test_gates_that_do_nothing_vanish() -> None:
    w = Value(3.0, "w")
    (first,) = grad(w**2, [w], create_graph=True)
    assert not {"×1", "( )^1", "+0"} & set(faces(viz.draw(first)))
    x = Value(2.0, "x")
    assert faces(viz.draw(tanh((x * 1.0 + 0.0) / 1.0))) == ["tanh"]


def test_what_a_label_names_is_drawn() -> None:
    a, b, c = Value(1.0, "a"), Value(2.0, "b"), Value(3.0, "c")
    s = a + b
    s.label = "s"
    assert faces(viz.draw(s + c)) == ["+", "+"]


def test_large_arrays_show_their_shape_once_and_their_size_on_both_sides() -> None:
    x = Value(np.ones((3, 4)), "x")
    y = tanh(x)
    y.sum().backward()
    (wire,) = (mark for mark in viz.draw(y).page.marks if mark.id == "wire0.value" and "(3, 4)" in plain(mark.line))  # type: ignore[union-attr]
    assert {run.role for run in wire.line if "3, 4" in run.text} == {"ink"}  # type: ignore[union-attr]
    texts = [plain(mark.line) for mark in viz.draw(y).page.marks if mark.id.startswith("wire0.")]  # type: ignore[union-attr]
    assert texts == ["x (3, 4)", "‖3.46‖", "‖1.45‖"] or texts == ["(3, 4)", "‖3.46‖", "‖1.45‖"]


@pytest.mark.parametrize(
    ("numbers", "size"), [([1e200] * 8, "‖2.8e200‖"), ([0.0] * 8, "‖0.00‖"), ([np.nan] * 8, "‖NaN‖")]
)
def test_sizes_neither_overflow_nor_hide_what_is_no_number(numbers: list[float], size: str) -> None:
    assert figures.size(np.array(numbers), 1 if size.startswith("‖2") else 2) == size


# Random networks with scopes -----------------------------------------------------------------------------------------


@some.composite
def networks(draw: Any) -> Any:
    """Steps, layers or neurons of random gates over shared and own leaves."""
    name = draw(some.sampled_from(["t={}", "step={}", "layer={}", "block {}", "neuron {}", "{}"]))
    steps, shared = draw(some.integers(1, 7)), [Value(0.5 + k, letter) for k, letter in enumerate("UWb")]
    gates = draw(some.lists(some.integers(0, 5), min_size=1, max_size=4))
    h, outputs = Value(0.1, "h_0"), []
    for t in range(1, steps + 1):
        with scope(name.format(t)):
            h = shared[0] * Value(0.1 * t, f"x_{t}") + h
            for gate in gates:
                h = (
                    lambda h: h * shared[1], tanh, lambda h: h + shared[2], lambda h: h * h, lambda h: h * 1.0,
                    lambda h: tanh(h) * h,
                )[gate](h)  # fmt: skip
        if draw(some.booleans()):
            outputs.append(h)
    total = sum(outputs, h)
    total.backward()
    return total


@pytest.mark.slow
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(total=networks())
def test_random_networks_can_be_read_and_their_gradients_are_those_of_the_whole(total: Any) -> None:
    drawing = viz.draw(total)
    assert letters(drawing) >= 9 - HALF and drawing.page.width <= 4 * drawing.page.height + 0.01
    assert smallest(drawing.page) >= 10.0
    again = viz.draw(total)
    assert drawing.svg == again.svg
    for level in (Level(circuit([total], tidy=True)), Level(circuit([total]))):
        known = pictures.readings.recorded(level.circuit)
        end = next(wire for wire in level.circuit.wires if wire.head.startswith("end"))
        assert known[end.id].gradient == 1.0


def test_speed_of_a_page_is_that_of_few_layouts(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = []
    engrave = layouts.press.engrave
    monkeypatch.setattr(layouts.press, "engrave", lambda *order: runs.append(1) or engrave(*order))
    viz.draw(NETWORKS["RNN"]())
    assert len(runs) <= 8


@pytest.mark.share(3)
@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        # `make test` writes one network in every form, and every network in one
        pytest.param(name, suffix, marks=[] if name == "MLP" or suffix == "svg" else [pytest.mark.slow])
        for name in ("scalar RNN, T = 3", "scalar RNN, T = 30", "LSTM", "MLP", "96 blocks")
        for suffix in ("svg", "tex", "dot", "txt", "html")
    ],
)
def test_what_fits_is_written_in_every_form(name: str, suffix: str, tmp_path: Any) -> None:
    assert viz.draw(NETWORKS[name]()).save(tmp_path / f"picture.{suffix}").stat().st_size > 500
