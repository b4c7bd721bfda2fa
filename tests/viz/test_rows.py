"""Unrolled networks as rows of identical boxes: every step stamped alike, nothing on top of anything else."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import autograd_tiny as at
import viz
from autograd_tiny import Value, nn, scope, to_scalars
from autograd_tiny.graphs.namesakes import run
from tests.viz.wires import assert_wires_lead
from viz.graph.circuit import Circuit, circuit
from viz.layout import dot
from viz.layout.geometry import Layout, Path
from viz.layout.layout import lay_out
from viz.layout.rows.routing import Track, numbered
from viz.layout.rows.series import align, step_of
from viz.look import look
from viz.output import plate
from viz.page.page import Curve
from viz.wires.inscriptions import Inscription, inscribe
from viz.wires.readings import recorded
from viz.words import lettering
from viz.words.lettering import SMALL, Line, width

Frame = tuple[float, float, float, float]


def inputs(count: int, size: int = 1, samples: int = 0) -> list[Value]:
    rng = np.random.default_rng(0)
    shape = (samples, size) if samples else (size,)
    return [Value(rng.normal(size=shape), f"x_{t}") for t in range(1, count + 1)]


def lecture(count: int = 3) -> Value:
    """The lecture's s = σ(Ux + Ws), o = σ(Vs), L = Σo, in scopes of the user's own."""
    U, W, V, s = Value(0.5, "U"), Value(-1.0, "W"), Value(2.0, "V"), Value(0.0, "s_0")
    loss: Any = 0.0
    for t in range(1, count + 1):
        x = Value((1.0, 0.5, -1.0)[t % 3], f"x_{t}")
        with scope(f"t={t}"):
            s = (x * U + s * W).sigmoid()
            o = (V * s).sigmoid()
        s.label, o.label = f"s_{t}", f"o_{t}"
        loss = o if t == 1 else loss + o
    return backward(loss)


def backward(loss: Value) -> Value:
    loss.label = "L"
    loss.backward()
    return loss


def network(cell: Any, count: int = 3, lists: bool = True, samples: int = 0) -> Value:
    """The cell through time, a layer on each output, and the losses' sum."""
    xs: Any = inputs(count, cell.input_size, samples)
    out = nn.Linear(cell.hidden_size, 2, seed=2)
    hs, _ = nn.unroll(cell, xs if lists else Value(np.stack([x.data for x in xs]), "x"))
    if not lists:
        return backward(nn.mse(out(hs), np.zeros((*hs.shape[:-1], 2))))
    losses = [nn.mse(out(h), np.zeros((*h.shape[:-1], 2))) for h in hs]
    return backward(sum(losses[1:], losses[0]))


def scalars(count: int, hidden: int) -> Value:
    cell = nn.RNNCell(2, hidden, seed=1)
    hs, _ = nn.unroll(cell, np.random.default_rng(0).normal(size=(count, 2)))
    scalar: Value = to_scalars(nn.mse(hs, np.zeros((count, hidden))))
    return backward(scalar)


def both_ways() -> Value:
    outputs, _ = nn.Bidirectional(nn.RNNCell(1, 1, seed=1), nn.RNNCell(1, 1, seed=2))(inputs(3))
    return backward(at.concatenate(outputs, 0).sum())


def two_series() -> Value:
    with scope("encoder"):
        hs, h = nn.unroll(nn.RNNCell(1, 2, seed=1), inputs(3))
    with scope("decoder"):
        outputs, _ = nn.unroll(nn.RNNCell(2, 2, seed=2), [at.stack(hs).sum(0)] * 3, h)
    return backward(sum((o.sum() for o in outputs[1:]), outputs[0].sum()))


NETWORKS = {
    "lecture": lecture,
    "two steps": lambda: lecture(2),
    "vectors": lambda: network(nn.RNNCell(1, 2, seed=1)),
    "one array": lambda: network(nn.RNNCell(1, 2, seed=1), lists=False),
    "samples": lambda: network(nn.RNNCell(2, 3, seed=1), samples=4),
    "LSTM": lambda: network(nn.LSTMCell(1, 1, seed=1)),
    "GRU": lambda: network(nn.GRUCell(1, 1, seed=1)),
    "stacked": lambda: network(nn.StackedCells([nn.RNNCell(1, 2, seed=1), nn.RNNCell(2, 2, seed=2)])),
    "both ways": both_ways,
    "two series": two_series,
    "scalars": lambda: scalars(3, 2),
    "long": lambda: network(nn.RNNCell(1, 2, seed=1), 40),
}


def laid(loss: Value) -> tuple[Circuit, dict[str, Inscription], Layout]:
    drawn = circuit([loss])
    inscriptions = inscribe(drawn, recorded(drawn), look())
    return drawn, inscriptions, lay_out(drawn, inscriptions, look(layout="rows"), 30.0)


@pytest.fixture(scope="module", params=NETWORKS)
def sheet(request: pytest.FixtureRequest) -> tuple[Circuit, dict[str, Inscription], Layout]:
    return laid(NETWORKS[request.param]())


def step_boxes(drawn: Circuit, layout: Layout) -> list[Any]:
    return [layout.places[box.id] for box in drawn.boxes if box.scope == step_of(box.scope)]


def test_every_step_has_the_same_box_and_the_same_inside(sheet: Any) -> None:
    drawn, _, layout = sheet
    every = {box.scope: layout.places[box.id] for box in drawn.boxes if box.scope and step_of(box.scope) == box.scope}
    for series in {(scope_[:-1], run(scope_[-1])) for scope_ in every}:
        steps = {scope_: place for scope_, place in every.items() if (scope_[:-1], run(scope_[-1])) == series}
        assert len({(round(each.width, 6), round(each.height, 6)) for each in steps.values()}) == 1
        offsets: dict[str, list[Any]] = {}
        for step, place in steps.items():
            gates = [node for node in drawn.nodes if node.kind == "gate" and node.scope[: len(step)] == step]
            inside = [layout.places[gate.id] for gate in gates]
            offsets[step[-1]] = [(round(each.x - place.x, 6), round(each.y - place.y, 6)) for each in inside]
        alike = max(offsets.values(), key=len)
        assert all(set(each) <= set(alike) for each in offsets.values())


def frames(drawn: Circuit, inscriptions: dict[str, Inscription], layout: Layout) -> Iterator[tuple[str, Frame]]:
    """The texts, gates and captions, as rectangles; texts a little smaller than their measure, which is the widest."""
    for node in drawn.nodes:
        place, (wide, high) = layout.places[node.id], dot.size(node)
        if node.kind in ("gate", "fan") or node.face:
            yield node.id, framed(place.x, place.y, wide - 4, min(high, 36) - 4)
    for wire in drawn.wires:
        place, text = layout.places[wire.id], inscriptions[wire.id]
        for name, lines, side in (("above", text.above, -1), ("below", text.below, 1)):
            if lines:
                wide, high = 0.8 * max(map(width, lines)), 18.0 * len(lines)
                yield f"{wire.id} {name}", framed(place.x, place.y + side * (1 + high / 2), wide, high - 6)
        if wire.id in layout.sums and text.sum:
            (x, y), wide = layout.sums[wire.id], 0.8 * width(text.sum, SMALL)
            yield f"{wire.id} sum", framed(x - wide / 2, y + 7, wide, 8)
    for box in drawn.boxes:
        for k, place in enumerate((layout.places[box.id], *layout.copies.get(box.id, ()))):
            caption: Line = dot.box_caption(box.scope)
            wide = 0.7 * width(caption, SMALL)
            left, top = place.x - place.width / 2, place.y - place.height / 2
            yield f"{box.id} caption {k}", framed(left + 10 + wide / 2, top + 12, wide, 8)


def framed(x: float, y: float, wide: float, high: float) -> Frame:
    return x - wide / 2, y - high / 2, x + wide / 2, y + high / 2


def test_no_text_and_no_gate_lies_on_another(sheet: Any) -> None:
    names, places = zip(*frames(*sheet), strict=True)
    left, top, right, bottom = np.array(places).T
    apart = (right[:, None] <= left) | (left[:, None] >= right) | (bottom[:, None] <= top) | (top[:, None] >= bottom)
    np.fill_diagonal(apart, True)
    assert not [(names[k], names[j]) for k, j in np.argwhere(~apart)]


def sampled(path: Path) -> np.ndarray:
    """Points along a path."""
    t, points = np.linspace(0, 1, 12)[:, None], np.array(path.points)
    assert len(points) % 3 == 1
    pieces = (points[k : k + 4] for k in range(0, len(points) - 3, 3))
    drawn = [(1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d for a, b, c, d in pieces]
    return np.concatenate(drawn)


def test_no_wire_runs_through_a_text_or_a_gate(sheet: Any) -> None:
    drawn, inscriptions, layout = sheet
    names, places = zip(*frames(drawn, inscriptions, layout), strict=True)
    left, top, right, bottom = np.array(places).T
    for wire in drawn.wires:
        x, y = sampled(layout.paths[wire.id]).T[:, :, None]
        inside = ((x > left + 1) & (x < right - 1) & (y > top + 1) & (y < bottom - 1)).any(0)
        assert {names[k] for k in np.flatnonzero(inside)} <= {wire.tail, wire.head}, wire.id


def test_every_wire_runs_from_its_tail_to_its_head(sheet: Any) -> None:
    drawn, _, layout = sheet
    assert_wires_lead(drawn, layout)


def test_everything_is_on_the_page(sheet: Any) -> None:
    _, _, layout = sheet
    for place in layout.places.values():
        assert place.x - place.width / 2 > -1e-6 and place.x + place.width / 2 < layout.width + 1e-6
        assert place.y - place.height / 2 > -1e-6 and place.y + place.height / 2 < layout.height + 1e-6


def test_a_rail_shows_the_running_sum_left_of_each_tap() -> None:
    loss = lecture()
    drawn, inscriptions, layout = laid(loss)
    W = next(node.value for node in drawn.nodes if node.kind == "leaf" and drawn.values[node.value].label == "W")
    shares = {wire.id: recorded(drawn)[wire.id].gradient for wire in drawn.branches(W)}
    sums = [wire for wire in drawn.branches(W) if wire.id in layout.sums]
    assert len(sums) == 2  # before the first tap, the sum is that of the stem
    for wire in sums:
        later = [share for other, share in shares.items() if int(other.split("-")[1]) >= int(wire.id.split("-")[1])]
        # The same additions in the same order as the backward pass: equal to the last bit.
        assert recorded(drawn)[wire.id].running == sum(reversed(later[:-1]), later[-1])
        assert inscriptions[wire.id].sum and layout.sums[wire.id][0] < layout.width


def test_inputs_stand_below_their_box_and_outputs_above() -> None:
    drawn, _, layout = laid(network(nn.RNNCell(1, 2, seed=1)))
    boxes = step_boxes(drawn, layout)
    low, high = boxes[0].y + boxes[0].height / 2, boxes[0].y - boxes[0].height / 2
    for node in drawn.nodes:
        if node.kind == "leaf" and drawn.values[node.value].label.startswith("x_"):
            assert layout.places[node.id].y > low
        if node.kind == "gate" and not node.scope and layout.places[node.id].x < boxes[-1].x + boxes[-1].width / 2:
            assert layout.places[node.id].y < high
    assert [box.x for box in boxes] == sorted(box.x for box in boxes)


def shared_inputs(count: int) -> Value:
    """Inputs made within their steps, each used twice, as the gates of an LSTM use them."""
    h, loss = Value(0.1, "h_0"), Value(0.0, "zero")
    for t in range(1, count + 1):
        with scope(f"t={t}"):
            x = Value(float(t), f"x_{t}")
            with scope("cell"):
                h = (x * h + x).tanh()
        loss = loss + h * h
    return backward(loss)


@pytest.mark.parametrize("count", [2, 3])
def test_an_input_made_within_its_step_stands_below_its_box_and_its_sum_inside(count: int) -> None:
    drawn, _, layout = laid(shared_inputs(count))
    for box in drawn.boxes:
        if box.scope == step_of(box.scope):
            place, t = layout.places[box.id], box.scope[0].removeprefix("t=")
            x = next(node for node in drawn.nodes if lettering.plain(node.face) == f"x_{t}")
            fan = layout.places[f"sum{x.value}"]
            low, left = place.y + place.height / 2, place.x - place.width / 2
            assert layout.places[x.id].y > low > fan.y and left < fan.x < place.x + place.width / 2


@pytest.mark.parametrize("count", [2, 3, 6])
def test_losses_are_summed_at_the_right(count: int) -> None:
    drawn, _, layout = laid(lecture(count))
    sums = [layout.places[node.id] for node in drawn.nodes if node.kind == "gate" and not node.scope]
    boxes = step_boxes(drawn, layout)
    assert sums[-1].x > max(box.x + box.width / 2 for box in boxes)
    assert [each.x for each in sums] == sorted(each.x for each in sums)  # the running sum runs to the right
    ends = sorted(box.x + box.width / 2 for box in boxes)[1:]
    assert all(each.x > end for each, end in zip(sums, ends, strict=True))  # and no loss has to go back for it


def test_what_passes_above_a_readout_does_not_run_through_its_box() -> None:
    loss = network(nn.RNNCell(1, 2, seed=1))
    drawn, _, layout = laid(loss)
    linear = [box for box in drawn.boxes if box.scope == ("Linear",)]
    boxes = [each for box in linear for each in (layout.places[box.id], *layout.copies.get(box.id, ()))]
    passing = [
        wire for wire in drawn.wires if wire.head in {n.id for n in drawn.nodes if n.kind == "gate" and not n.scope}
    ]
    for wire in passing:
        inside = drawn.node(wire.tail).scope == ("Linear",)
        for x, y in sampled(layout.paths[wire.id]):
            hit = any(abs(x - b.x) < b.width / 2 - 1 and abs(y - b.y) < b.height / 2 - 1 for b in boxes)
            assert inside or not hit


def there_and_back(make: Any) -> Value:
    """Two rows, each with parameters of its own."""
    xs = inputs(3)
    with scope("there"):
        there, _ = nn.unroll(make(1, 2, seed=1), xs)
    with scope("back"):
        back, _ = nn.unroll(make(1, 2, seed=2), xs[::-1])
    return backward(sum((at.concatenate(pair).sum() for pair in zip(there, back, strict=True)), Value(0.0)))


@pytest.mark.parametrize("make", [nn.RNNCell, nn.LSTMCell])
def test_no_lane_runs_along_the_frame_of_a_series(make: Any) -> None:
    drawn, _, layout = laid(there_and_back(make))
    boxes = [box for box in drawn.boxes if box.scope in (("there",), ("back",))]
    frames = [each for box in boxes for each in (layout.places[box.id], *layout.copies.get(box.id, ()))]
    for wire in drawn.wires:
        points = sampled(layout.paths[wire.id])
        for frame in frames:
            for edge in (frame.y - frame.height / 2, frame.y + frame.height / 2):
                along = points[(abs(points[:, 1] - edge) < 4) & (abs(points[:, 0] - frame.x) < frame.width / 2)]
                assert not len(along) or np.ptp(along[:, 0]) < 10  # it may cross


def test_what_each_row_needs_stands_beside_it() -> None:
    drawn, _, layout = laid(there_and_back(nn.RNNCell))
    parameters = [node for node in drawn.nodes if node.kind == "leaf" and lettering.plain(node.face) in ("U", "W", "b")]
    order = sorted(parameters, key=lambda node: layout.places[node.id].y)
    assert {node.id for node in order[:3]} == {node.id for node in parameters[:3]}  # those of the first row


@pytest.mark.parametrize("count", [2, 3])
def test_what_only_one_step_has_stands_outside_of_the_steps(count: int) -> None:
    U, h = Value(0.5, "U"), Value(0.1, "h_0")
    for t in range(1, count + 1):
        with scope(f"t={t}"):
            h = (Value(float(t), f"x_{t}") * U + h).tanh()
    drawn, _, found = laid(backward(h))
    boxes = [found.places[box.id] for box in drawn.boxes]
    named = {lettering.plain(node.face): found.places[node.id] for node in drawn.nodes if node.kind in ("leaf", "end")}
    assert named["h_0"].x < min(box.x - box.width / 2 for box in boxes)
    assert named["L"].x > max(box.x + box.width / 2 for box in boxes)


@pytest.mark.slow
def test_the_lecture_s_large_examples_are_drawn_within_their_time_limit() -> None:
    drawing = viz.draw(scalars(10, 4), fit=None, timeout=10.0)
    assert not drawing.folded and drawing.svg.count('class="gate"') > 300
    long = viz.draw(network(nn.RNNCell(3, 4, seed=1), 100), fit=None, timeout=10.0)
    assert not long.folded and long.page.width < 16_000  # what a PNG of 144 dots per inch and a PDF can hold


def test_same_graph_same_bytes() -> None:
    assert viz.draw(lecture()).svg == viz.draw(lecture()).svg


def test_a_film_of_three_steps_moves_nothing_and_reveals_everything() -> None:
    film = viz.film(lecture(), fit=None)
    assert film.page.width == viz.draw(lecture(), fit=None, title="x").page.width
    sums = [mark.id for mark in film.page.marks if getattr(mark, "tooltip", "").startswith("the gradient so far")]
    assert len(sums) == 6
    before = [k for k, frame in enumerate(film.frames) if sums[0] not in frame.shown]
    assert len(before) > 10 and set(sums) <= film.frames[-1].shown


@pytest.mark.parametrize("direction", ["RL", "TB", "BT"])
def test_other_directions_are_left_to_graphviz(direction: str) -> None:
    assert viz.draw(lecture(2), direction=direction).svg
    with pytest.raises(ValueError, match="left to right"):
        viz.draw(lecture(2), direction=direction, layout="rows")


def test_layout_dot_is_the_plain_picture_and_rows_need_steps() -> None:
    w = Value(2.0, "w")
    assert viz.draw(lecture(), layout="dot").svg != viz.draw(lecture()).svg
    with pytest.raises(ValueError, match="no two time steps"):
        viz.draw(w * w, layout="rows")
    with pytest.raises(ValueError, match="rows, dot"):
        viz.draw(w * w, layout="circle")


def test_steps_that_are_not_alike_are_no_row() -> None:
    w = Value(2.0, "w")
    with scope("t=1"):
        z = (w * w).tanh().exp() + w
    with scope("t=2"):
        z = z.relu() - 1.5
    with pytest.raises(ValueError, match="no two time steps"):
        viz.draw(z, layout="rows")


@given(st.data())
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_loop_is_drawn(data: st.DataObject) -> None:
    label = st.sampled_from(["<b>", "\x00", "🙂", "a\nb", "w_1", "]]>", "x" * 300]) | st.text(max_size=8)
    w, v = Value(0.5, data.draw(label)), Value(-0.3, data.draw(label))
    steps = data.draw(st.lists(st.integers(0, 5), min_size=1, max_size=4))
    outside = data.draw(st.booleans())
    h, made = Value(0.1, data.draw(label)), []
    for t in range(data.draw(st.integers(2, 4))):
        x = Value(1.0, data.draw(label))
        with scope(f"t={t}"):
            for k in steps:
                h = (h * w, h + x, (h * h).tanh(), h * v + w, -h, h * 2 - x)[k]
        made.append((h * v).exp() if outside else h)
    loss = backward(sum(made[1:], made[0]))
    drawn, inscriptions, layout = laid(loss)
    names, places = zip(*frames(drawn, inscriptions, layout), strict=True)
    left, top, right, bottom = np.array(places).T
    apart = (right[:, None] <= left) | (left[:, None] >= right) | (bottom[:, None] <= top) | (top[:, None] >= bottom)
    np.fill_diagonal(apart, True)
    captions = np.array(["caption" in name or name.startswith("leaf") for name in names])
    assert not [(names[k], names[j]) for k, j in np.argwhere(~apart) if not captions[[k, j]].any()]


def test_like_gates_share_a_key() -> None:
    keys = align(["abcd", "acd", "abcde", "abcde"])
    assert keys[2] == keys[3] == [0, 1, 2, 3, 4] and keys[0] == [0, 1, 2, 3] and keys[1] == [0, 2, 3]
    assert align([""]) == [[]]


def test_tracks_that_run_along_each_other_are_apart() -> None:
    tracks = [Track(k, ((10.0 * k, -1), (10.0 * k + 25, 1))) for k in range(6)]
    found = numbered(tracks)
    for one in tracks:
        for other in tracks:
            if one is not other and one.low < other.high and other.low < one.high:
                assert found[one.name] != found[other.name]
    one_after_the_other = [Track(k, ((50.0 * k, -1), (50.0 * k + 25, 1))) for k in range(3)]
    assert set(numbered(one_after_the_other).values()) == {0}


def test_a_long_network_is_painted_coarser_instead_of_too_slowly() -> None:
    page = viz.draw(network(nn.RNNCell(3, 4, seed=1), 100)).page
    dots = plate._dpi(page, plate.SHARP)
    assert page.width * page.height * (dots / 72) ** 2 <= plate.DOTS and dots >= 50
    assert plate._dpi(viz.draw(lecture()).page, plate.SHARP) == plate.SHARP


@pytest.mark.parametrize("units", [1, 2, 3])
@pytest.mark.parametrize("make", [nn.RNNCell, nn.GRUCell])
def test_no_wire_of_an_input_is_a_slant(make: Any, units: int) -> None:
    """A piece that hardly rises looks like a level one that has slipped."""
    _, h = nn.unroll(make(2, units, seed=1), inputs(2, 2))
    drawing = viz.draw(backward(h.sum()), depth=1)
    curves = [mark for mark in drawing.page.marks if isinstance(mark, Curve)]
    for points in (curve.path.points for curve in curves):
        for one, other in zip(points[:-3:3], points[3::3], strict=True):
            wide, high = abs(other[0] - one[0]), abs(other[1] - one[1])
            assert high < 0.5 or wide < 2 * high
