"""Gradient flow: its numbers are the engine's, its colours follow them, and what has no length has a mark."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_tiny as at
import viz
from autograd_tiny import Value, nn, optim, scope
from tests.viz.latex import compiled
from tests.viz.networks import NETWORKS
from viz.fitting.room import room_of
from viz.flow import jacobians, palette
from viz.flow.sizes import MARKS, Scale, Size, scale, size
from viz.live import pages
from viz.look import THEMES
from viz.output import display
from viz.page.page import Shape, Text
from viz.words.lettering import Line, plain

SVG = "{http://www.w3.org/2000/svg}"
floats = st.floats(1e-300, 1e300)


def network(cell: Any, steps: int = 6) -> tuple[Value, list[Any]]:
    """A loss of the last output, and the outputs."""
    rng = np.random.default_rng(3)
    outputs, _ = nn.unroll(cell, [Value(rng.normal(size=2)) for _ in range(steps)])
    loss = (outputs[-1] * rng.normal(size=outputs[-1].shape)).sum()
    loss.label = "L"
    return loss, outputs


def chain(factors: list[float], start: float = 1.0) -> tuple[Value, list[Value]]:
    """h_t = h_{t−1} · factor, a scope per step."""
    h, hs = Value(start, "h0"), []
    for t, factor in enumerate(factors, 1):
        with scope(f"t={t}"):
            h = h * factor
            h.label = f"h{t}"
        hs.append(h)
    return h, hs


def texts(drawing: viz.Drawing) -> dict[str, Line]:
    return {mark.id: mark.line for mark in drawing.page.marks if isinstance(mark, Text)}


def cells(drawing: viz.Drawing) -> list[Shape]:
    return [mark for mark in drawing.page.marks if isinstance(mark, Shape) and mark.id.startswith("model0-0-")]


# Sizes and colours


@given(st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=5))
def test_a_size_is_the_euclidean_length_even_where_squares_have_no_room(numbers: list[float]) -> None:
    found, exact = size(np.array(numbers)), math.hypot(*numbers)
    assert found.kind == ("length" if exact else "zero") if math.isfinite(exact) else "+inf"
    if found.kind == "length":
        # A quotient, a square, a sum and a root each round by 1e-16; below 1e-307 numbers have fewer digits.
        assert found.length == pytest.approx(exact, rel=1e-12, abs=1e-320)


@pytest.mark.parametrize(
    ("gradient", "kind"),
    [
        (None, "none"),
        (0.0, "zero"),
        (np.zeros(3), "zero"),
        (np.zeros(0), "zero"),
        (math.nan, "nan"),
        (np.array([math.nan, math.inf]), "nan"),
        (math.inf, "+inf"),
        (np.array([-math.inf, 1.0]), "-inf"),
        (np.array([-math.inf, math.inf]), "inf"),
        (5e-324, "length"),
        (np.full(4, 1.7e308), "+inf"),
    ],
)
def test_what_has_no_length_has_a_kind(gradient: Any, kind: str) -> None:
    assert size(gradient).kind == kind


@settings(max_examples=50)
@given(floats, floats, st.sampled_from(list(THEMES)))
def test_colours_go_one_way_with_the_logarithm(one: float, other: float, theme: str) -> None:
    small, large = sorted((one, other))
    axis = Scale(-300, 300)
    dress = THEMES[theme]
    faint, strong = (palette.oklab(palette.colour(axis.share(x), dress))[0] for x in (small, large))
    from_paper = -1 if theme != "dark" else 1
    # Colours are rounded to 1/255 per channel: lightness to about 0.004.
    assert from_paper * (strong - faint) >= -0.005
    assert axis.share(small) <= axis.share(large)


@pytest.mark.parametrize("theme", THEMES)
def test_the_palette_is_perceptually_uniform_and_readable_in_grey(theme: str) -> None:
    shades = np.array([palette.oklab(palette.colour(k / 32, THEMES[theme])) for k in range(33)])
    steps = np.linalg.norm(np.diff(shades, axis=0), axis=1)
    # Rounding to 1/255 per channel moves a colour by up to 0.005; a step is about 0.025.
    assert steps.min() > 0.5 * steps.mean() and steps.max() < 1.5 * steps.mean()
    assert abs(shades[-1, 0] - shades[0, 0]) > 0.55


@settings(max_examples=50)
@given(st.lists(floats, min_size=1, max_size=6))
def test_the_scale_holds_everything_and_its_ticks_lie_on_it(lengths: list[float]) -> None:
    found = scale([Size("length", x) for x in lengths])
    assert all(10.0**found.low <= x * (1 + 1e-12) and x <= 10.0**found.high * (1 + 1e-12) for x in lengths)
    assert found.low < found.high and 1 <= len(found.ticks) <= 9
    assert all(found.low <= tick <= found.high for tick in found.ticks)


# Numbers


@pytest.mark.parametrize("cell", [nn.RNNCell(2, 3), nn.LSTMCell(2, 3), nn.GRUCell(2, 3)])
def test_the_numbers_are_the_engine_s_and_no_gradient_changes(cell: Any) -> None:
    loss, outputs = network(cell)
    gradients = [float(np.linalg.norm(g.data)) for g in at.grad(loss, outputs)]
    before = viz.flow(loss)
    assert before.sizes[""]["h"] == pytest.approx(gradients, rel=1e-12)  # the same sums in another order
    assert not any(p.has_grad for p in cell.parameters().values())
    loss.backward()
    kept = {name: p.grad.copy() for name, p in cell.parameters().items()}
    assert viz.flow(loss).svg == before.svg
    viz.flow(loss, jacobians=True, bound=0.9).circuit()
    assert all((p.grad == kept[name]).all() for name, p in cell.parameters().items())


def test_the_state_comes_first_and_then_every_labelled_node() -> None:
    loss, _ = network(nn.LSTMCell(2, 3))
    assert list(viz.flow(loss).sizes[""]) == ["c", "h", "i", "f", "o", "g"]
    assert list(viz.flow(loss, nodes=["g", "h"]).sizes[""]) == ["g", "h"]
    assert list(viz.flow(loss, nodes="state").sizes[""]) == ["c", "h"]
    assert len(viz.flow(loss, nodes="all").sizes[""]) > 10
    assert list(viz.flow(loss, nodes="h", elements=True).sizes[""]) == ["h[0]", "h[1]", "h[2]"]


def test_labels_may_carry_their_step_and_steps_are_ordered_as_numbers() -> None:
    loss, _ = chain([0.5] * 12)
    flow = viz.flow(loss)
    assert flow.study.steps == tuple(str(t) for t in range(1, 13))
    assert flow.sizes == {"": {"h": [0.5 ** (12 - t) for t in range(1, 13)]}}


def test_layers_and_names_are_families_too() -> None:
    x = Value(2.0, "x")
    for name in ("first", "second", "last"):
        with scope(f"layer={name}"):
            x = x * 3
            x.label = "a"
    flow = viz.flow(x, over="layer")
    assert flow.study.steps == ("first", "second", "last")
    assert flow.sizes[""]["a"] == [9.0, 3.0, 1.0]


def test_two_models_share_one_scale_and_their_steps() -> None:
    small, large = chain([1e-3] * 3)[0], chain([10.0] * 5)[0]
    flow = viz.flow({"small": small, "large": large})
    assert flow.study.steps == ("1", "2", "3", "4", "5")
    assert flow.sizes["small"]["h"][:3] == pytest.approx([1e-6, 1e-3, 1.0]) and math.isnan(flow.sizes["small"]["h"][3])
    assert (flow.study.scale.low, flow.study.scale.high) == (-6, 4)
    assert len(cells(flow)) == 3  # where a model has no step, nothing is drawn
    assert viz.flow(small).page.height < flow.page.height


# Marks


def strange(seed: float = 1.0) -> viz.Flow:
    """A length, exactly 0, ∞, NaN, and steps that the loss does not depend on."""
    h1, h2, h3, h4, h5 = (Value(1.0) for _ in range(5))
    x = Value(0.0, "x")
    hs = []
    for t, h in enumerate((h1, h2, h3, h4, h5), 1):
        with scope(f"t={t}"):
            hs.append(h * 1.0)
            hs[-1].label = "h"
    tiny = Value(1e-200) * hs[3] * hs[3] * 1e-100
    loss = hs[0] * 2.0 + at.relu(-hs[1]) + hs[2] * 1e300 * 1e-300 * 1e300 * 1e-10 + 0.0 * tiny * x
    return viz.flow(loss, others=hs, seed=seed)


def test_zero_infinity_and_no_gradient_have_marks_of_their_own() -> None:
    flow = strange(1e30)
    signs = [mark.id.split(".")[0] for mark in flow.page.marks if mark.id.endswith(".mark")]
    row = [size.kind for size in flow.study.panels[0].rows[0].sizes if size]
    assert row == ["length", "zero", "+inf", "zero", "none"]
    assert signs == [
        "model0-0-1",
        "model0-0-2",
        "model0-0-3",
        "model0-0-4",
        "legend-zero",
        "legend-+inf",
        "legend-none",
    ]
    for word in ("exactly 0", "∞", "no gradient"):
        assert word in str(flow) and word in flow.description


def test_lengths_beyond_the_given_ends_are_spoken_of() -> None:
    loss, _ = chain([0.1] * 5)
    flows = viz.flow(loss), viz.flow(loss, limits=(1e-4, 1.0)), viz.flow(loss, limits=(1e-3, 1.0))
    said = [run.text for flow in flows for run in texts(flow)["scale.name"][-1:]]
    assert ["beyond" in text for text in said] == [False, False, True]


def test_nan_is_marked() -> None:
    with scope("t=1"):
        h = Value(0.0, "h0") * 1.0
        h.label = "h"
    loss = h * 2.0
    flow = viz.flow(loss, seed=math.nan)
    assert math.isnan(flow.sizes[""]["h"][0])
    assert any(mark.id == "legend-nan.mark" for mark in flow.page.marks) and "NaN" in flow.description


def test_recorded_gradients_are_shown_as_they_are_and_those_not_there_yet_marked() -> None:
    loss, hs = chain([0.5, 0.5, 0.5])
    kinds = lambda: [s.kind for s in viz.flow(loss, recorded=True).study.panels[0].rows[0].sizes if s]  # noqa: E731
    assert kinds() == ["none", "none", "none"]
    hs[1].backward()  # truncated: the last step is not reached
    assert kinds() == ["length", "length", "none"]


def test_narrow_cells_share_their_mark() -> None:
    loss, _ = chain([1.0] * 99 + [0.0])
    flow = viz.flow(loss, limits=(1e-3, 1.0))
    assert sum(mark.id.endswith(".mark") for mark in flow.page.marks) == 2  # 99 zeros, and the legend's
    assert len(cells(flow)) == 3


# Overlays


@pytest.mark.parametrize("phi", ["tanh", "relu", "sigmoid"])
def test_a_jacobian_is_the_lecture_s_formula(phi: str) -> None:
    cell = nn.RNNCell(2, 4, nonlinearity=phi, seed=5)
    _, (h1, h2, *_) = network(cell)
    slope = {"tanh": 1 - h2.data**2, "relu": 1.0 * (h2.data > 0), "sigmoid": h2.data * (1 - h2.data)}[phi]
    expected = slope[:, None] * cell.W.data.T
    np.testing.assert_allclose(jacobians.jacobian((h2,), (h1,)), expected, rtol=1e-12, atol=1e-15)  # one product each
    gammas = {"tanh": 1.0, "relu": 1.0, "sigmoid": 0.25}[phi] * np.linalg.norm(cell.W.data, 2)
    assert jacobians.factor(h1, h2) == pytest.approx(gammas, rel=1e-12)


def test_the_parts_of_an_lstm_s_state_are_held_independent() -> None:
    """∂(h, c)_k / ∂(h, c)_{k−1} by differences of the cell itself, called with h and c apart."""
    cell = nn.LSTMCell(2, 2, seed=4)
    x, state = np.array([0.3, -0.4]), np.array([0.2, -0.5, 0.7, 0.1])
    h, c = Value(state[:2]), Value(state[2:])
    found = jacobians.jacobian(cell(x, (h, c)), (h, c))

    def step(numbers: np.ndarray) -> np.ndarray:
        return np.concatenate([part.data for part in cell(x, (Value(numbers[:2]), Value(numbers[2:])))])

    eps = 1e-6  # central differences are off by about 1e-12 of curvature and 1e-10 of rounding
    for k in range(4):
        change = eps * np.eye(4)[k]
        np.testing.assert_allclose(found[:, k], (step(state + change) - step(state - change)) / (2 * eps), atol=1e-8)


@settings(max_examples=15)
@given(st.integers(0, 1000), st.sampled_from(["RNN", "LSTM", "GRU"]))
def test_no_state_s_gradient_is_above_what_its_jacobians_let_through(seed: int, kind: str) -> None:
    make: dict[str, Callable[..., Any]] = {"RNN": nn.RNNCell, "LSTM": nn.LSTMCell, "GRU": nn.GRUCell}
    loss, _ = network(make[kind](2, 3, seed=seed))
    wanted = viz.flow(loss, jacobians=True, bound=kind == "RNN").study.panels[0]
    curves = {overlay.kind: [s.number for s in overlay.sizes if s] for overlay in wanted.overlays}
    # Each of six steps rounds by a few 1e-16; differences of a total and a share lose digits below 1e-12 of it.
    slack = 1e-12 * max(curves["gradient"])
    for lower, upper in (("gradient", "jacobians"), ("jacobians", "bound")):
        if upper in curves:
            assert all(a <= b * (1 + 1e-9) + slack for a, b in zip(curves[lower], curves[upper], strict=True))


def test_a_chain_s_bound_is_its_gradient() -> None:
    loss, _ = chain([0.5, -2.0, 0.25])
    (wanted,) = viz.flow(loss, jacobians=True, bound=True).study.panels
    for overlay in wanted.overlays:
        assert [s.number for s in overlay.sizes if s] == [0.5, 0.25, 1.0]


def test_a_sequence_read_backward_has_its_curves_the_other_way_around() -> None:
    rng = np.random.default_rng(3)
    cell, xs = nn.RNNCell(2, 3), [rng.normal(size=2) for _ in range(4)]
    there, back = (nn.unroll(cell, xs[::k], reverse=k < 0)[0] for k in (1, -1))
    one, other = (viz.flow(end.sum(), jacobians=True).study for end in (there[-1], back[0]))
    assert (one.direction, other.direction) == (1, -1)
    for a, b in zip(one.panels[0].overlays, other.panels[0].overlays, strict=True):
        assert [s.number for s in a.sizes if s] == [s.number for s in b.sizes if s][::-1]
    both = viz.flow((there[-1] + back[0]).sum(), jacobians=True)
    assert both.study.direction == 0 and "do not each go on" in both.study.panels[0].notes[0]


def test_curves_of_gradients_that_explode_have_gaps_and_warn_of_nothing() -> None:
    hs = [Value(np.array([1e-300, 1e-300]), "h0")]
    for t in range(1, 6):
        with scope(f"t={t}"):
            hs.append(hs[-1] @ Value(np.array([[1e80, -1e80], [1e80, 1e80]])) * np.array([1.0, 0.5]))
    flow = viz.flow(hs[2].sum() * 1e200 * 1e-200, others=hs, jacobians=True)
    assert [s.kind for s in flow.study.panels[0].overlays[0].sizes if s][2:] == ["none", "none", "none"]
    flow = viz.flow(hs[-1].sum(), jacobians=True, bound=1e80)
    assert "∞" in str(flow)


def test_a_step_that_skips_another_has_no_curves() -> None:
    hs = [Value(1.0)]
    for t in range(1, 5):
        with scope(f"t={t}"):
            hs.append((hs[-1] + hs[max(t - 2, 0)]).tanh())
    assert not viz.flow(hs[-1], jacobians=True).study.panels[0].overlays


def test_a_given_factor_is_the_bound_s_and_models_without_one_say_so() -> None:
    flow = viz.flow(network(nn.LSTMCell(2, 2), 3)[0], bound=0.5)
    (overlay,) = [each for each in flow.study.panels[0].overlays if each.kind == "bound"]
    sizes = [s.number for s in overlay.sizes if s]
    assert sizes[0] / sizes[2] == 0.25
    both = viz.flow({"RNN": network(nn.RNNCell(2, 2))[0], "LSTM": network(nn.LSTMCell(2, 2))[0]}, bound=True)
    assert [bool(each.notes) for each in both.study.panels] == [False, True]


def test_a_branch_is_no_chain() -> None:
    h = Value(0.5, "h")
    assert jacobians.factor(h, h.tanh() + h) is None
    assert jacobians.factor(h, h * h) is None
    a = h.tanh()
    assert jacobians.factor(h, a * a.exp()) is None
    assert jacobians.factor(h, (a * -3.0) + 1.0) == 3.0


# The picture


def test_same_bytes_every_theme_and_every_format(tmp_path: Path) -> None:
    loss, _ = network(nn.RNNCell(2, 2), 3)
    assert viz.flow(loss).svg == viz.flow(loss).svg
    assert len({viz.flow(loss, theme=theme).svg for theme in THEMES}) == len(THEMES)
    flow = viz.flow(loss, jacobians=True, bound=True, background="transparent")
    for suffix in ("svg", "png", "pdf", "dot", "tex", "txt", "html"):
        assert flow.save(tmp_path / f"flow.{suffix}").stat().st_size > 200
    assert "‖∂L/∂state‖" in (tmp_path / "flow.txt").read_text("utf-8")


def test_every_mark_lies_on_the_page_and_ids_occur_once() -> None:
    from viz.page.strokes import extent

    for flow in (strange(1e30), viz.flow(network(nn.LSTMCell(2, 3))[0], jacobians=True, bound=0.9)):
        root = ElementTree.fromstring(flow.svg)
        ids = [group.get("id") for group in root.iter(f"{SVG}g")]
        assert len(ids) == len(set(ids))
        for mark in flow.page.marks:
            room = extent(mark)
            assert room.x - room.width / 2 >= 0 and room.x + room.width / 2 <= flow.page.width, mark.id
            assert room.y - room.height / 2 >= 0 and room.y + room.height / 2 <= flow.page.height, mark.id


def test_the_legend_prints_its_lengths_and_the_axis_its_steps() -> None:
    flow = viz.flow(chain([0.1] * 50)[0])
    words = {name: "".join(run.text for run in line) for name, line in texts(flow).items()}
    shown = [name for name in words if name.startswith("tick")]
    assert [words[name] for name in shown[:3]] == ["1", "5", "10"] and words[shown[-1]] == "50"
    assert words["scale0.name"] == "1" and any(text.startswith("10−") for text in words.values())


@settings(max_examples=25)
@given(st.text(max_size=40), st.text(st.characters(exclude_characters="="), min_size=1, max_size=12))
def test_hostile_names_do_no_harm(label: str, name: str) -> None:
    with scope("t=<b>&1"):
        h = Value(2.0, "h0") * 3.0
        h.label = label
    flow = viz.flow({name: h})
    assert ElementTree.fromstring(flow.svg).tag == f"{SVG}svg"
    assert flow.source and str(flow)


def test_the_coloured_circuit_shows_the_same_numbers() -> None:
    loss, _ = chain([0.5, 0.0, 2.0])
    flow = viz.flow(loss, theme="print")
    drawing = flow.circuit()
    bands = {mark.id: mark.stroke for mark in drawing.page.marks if mark.id.endswith(".band")}  # type: ignore[union-attr]
    expected = palette.colour(flow.study.scale.share(2.0), THEMES["print"])
    assert bands["wire2.band"] == expected
    assert {mark.id for mark in drawing.page.marks if mark.id.endswith(".mark")} >= {"wire0.mark", "legend-zero.mark"}
    assert ElementTree.fromstring(drawing.svg).tag == f"{SVG}svg"
    assert "0.00" in "".join(
        run.text for mark in flow.circuit(show="both").page.marks if isinstance(mark, Text) for run in mark.line
    )
    with pytest.raises(ValueError, match="'a', 'b'"):
        viz.flow({"a": loss, "b": loss}).circuit()


@pytest.mark.share(3)
@pytest.mark.parametrize("name", ["RNN", "LSTM", "MLP", "residual", "RNN, T = 10", "encoder–decoder"])
def test_a_coloured_circuit_can_be_read_on_its_page_and_tells_of_what_stands_in_gates(name: str) -> None:
    loss = NETWORKS[name]()
    flow = viz.flow(loss)
    for fit in ("page", "slide"):
        drawing, room = flow.circuit(fit=fit), room_of(fit)
        assert room and room.letters(drawing.page) == 9
    held = [plain(mark.line) for mark in drawing.page.marks if mark.id.startswith("caption")]
    assert not held or any("∂" in text for text in held)


def test_latex_sets_thick_and_broken_lines_of_any_colour(tmp_path: Path) -> None:
    loss, _ = chain([0.5, 0.0, 2.0])
    wide = viz.flow(loss, jacobians=True, bound=True)
    for drawing in (viz.beside(wide, wide.circuit()), viz.paths(loss, "h0").drawing):
        assert len(compiled(drawing.save(tmp_path / "flow.tex").read_text("utf-8"), tmp_path).pages) == 1


def test_the_matplotlib_figure(tmp_path: Path) -> None:
    loss, _ = network(nn.RNNCell(2, 2), 4)
    figure = viz.flow({"$x^": loss}, jacobians=True, bound=True).figure()
    assert len(figure.axes) == 3  # strip, curves, colours
    figure.savefig(tmp_path / "flow.png", dpi=40)


# Steps that nobody named


def test_the_one_family_is_found_and_several_are_named() -> None:
    assert viz.flow(chain([0.5] * 3)[0]).study.over == "t"
    h = Value(1.0)
    for k in range(3):
        with scope(f"block {k}"):
            h = h * 0.5
            h.label = "h"
    found = viz.flow(h)
    assert found.study.over == "block" and found.sizes[""]["h"] == [0.25, 0.5, 1.0]
    with scope("layer=1"):
        h = h * 2.0
    with scope("layer=2"):
        h = h * 2.0
    with pytest.raises(ValueError, match=r"over='block', over='layer'"):
        viz.flow(h)


def test_a_graph_without_scopes_flows_along_its_longest_path() -> None:
    h = Value(0.5, "x")
    for _ in range(10):
        h = (h * 0.5).tanh()
    flow = viz.flow(h + 0.1 * h)
    assert flow.study.over == "depth"
    numbers = flow.sizes[""]["path"]
    assert len(numbers) == len(flow.study.steps) >= 20 and numbers[-1] == 1.0
    # Each pair of gates multiplies by 0.5 · (1 − tanh²), at most a half.
    assert all(a < b for a, b in zip(numbers[:18], numbers[2:20], strict=True))
    assert viz.flow(h, over="depth").sizes[""]["path"][-1] == 1.0


def test_a_running_loss_is_no_state() -> None:
    cell, h, total = nn.RNNCell(2, 3, seed=0), None, Value(0.0)
    for t in range(1, 6):
        with scope(f"t={t}"):
            h = cell(np.ones(2), h)
            total = total + (h**2).sum()
    assert viz.flow(total).study.direction == 1
    assert viz.flow(total, nodes="state").study.panels[0].rows[0].name.endswith("h")


# Other kinds


def test_relative_sizes_are_in_units_of_the_last_step_and_colours_diverge() -> None:
    loss, _ = chain([0.1, 0.1, 3.0])
    flow = viz.flow(loss * 7.0, relative=True)
    assert flow.sizes[""]["h"] == pytest.approx([0.3, 3.0, 1.0])
    scale = flow.study.scale
    assert scale.diverging and scale.low == -scale.high
    for theme in THEMES.values():
        middle, up, down = (palette.colour(share, theme, True) for share in (0.5, 1.0, 0.0))
        assert middle == palette.colour(0.0, theme) and len({middle, up, palette.colour(0.7, theme, True)}) == 3
        assert palette.oklab(up)[0] == pytest.approx(palette.oklab(down)[0], abs=0.02)
    bands = [mark.stroke for mark in flow.circuit().page.marks if mark.id.endswith(".band")]  # type: ignore[union-attr]
    assert palette.colour(scale.share(3.0), THEMES["lecture"], True) in bands


def test_lines_tell_their_half_life() -> None:
    halving, growing, steady = (chain([factor] * 12)[0] for factor in (0.5**0.5, 2.0, 1.0))
    flow = viz.flow({"halving": halving, "growing": growing, "steady": steady}, kind="lines")
    names = [line.name for line in flow.panels[0].series]
    assert names == [
        "halving: 0.0221, halves every 2 steps", "growing: 2,048, doubles every step", "steady: 1, keeps its size"
    ]  # fmt: skip
    assert flow.panels[0].series[0].ys.tolist() == pytest.approx([0.5 ** (n / 2) for n in range(12)])
    assert flow.panels[0].frame.log_y and "10⁻" in viz.flow(chain([0.1] * 9)[0], kind="lines").svg
    gone = viz.flow(chain([1.0, 0.0, 1.0])[0], kind="lines")
    assert "exactly 0" in gone.description and "halves" not in gone.description


@pytest.mark.parametrize("cell", [nn.RNNCell(2, 3, seed=1), nn.LSTMCell(2, 3, seed=1), nn.GRUCell(2, 3, seed=1)])
def test_the_triangle_is_what_each_step_s_own_loss_sends_back(cell: Any) -> None:
    """Row t is the gradient of L_t alone, by a pass of its own."""
    rng = np.random.default_rng(0)
    outputs, _ = nn.unroll(cell, list(rng.normal(size=(5, 2))))
    terms = [(h * h).sum() * (t + 1.0) for t, h in enumerate(outputs)]
    total = terms[0] + terms[1] + terms[2] + terms[3] + terms[4]
    triangle = viz.flow(total, kind="matrix").panels[0].series[0].ys
    for t, term in enumerate(terms[1:], 1):
        whole = viz.flow({"a": term, "b": term}, kind="lines").panels[0].series[0].ys
        assert triangle[t, : t + 1].tolist() == pytest.approx(whole[::-1][: t + 1].tolist(), rel=1e-9)
        assert all(triangle.mask[t, t + 1 :])


def test_the_triangle_is_cut_where_the_sequence_is_truncated() -> None:
    cell, h, total = nn.RNNCell(2, 3, seed=0), None, Value(0.0)
    for t in range(1, 7):
        with scope(f"t={t}"):
            h = cell(np.ones(2), h)
            total = total + (h**2).sum()
        if t == 3:
            h = h.detach()
    flow = viz.flow({"cut": total}, kind="matrix", relative=True)
    seen = ~np.ma.getmaskarray(flow.panels[0].series[0].ys)
    assert (seen == np.kron(np.eye(2), np.tril(np.ones((3, 3))))).all()
    assert np.diag(flow.panels[0].series[0].ys).tolist() == pytest.approx([1.0] * 6)
    assert "Blank: no path" in flow.description


def test_a_loss_of_the_last_step_alone_has_the_states_triangle() -> None:
    loss, _ = chain([0.5, 0.25, 2.0])
    triangle = viz.flow(loss, kind="matrix").panels[0].series[0].ys
    assert triangle.filled(-1).tolist() == [[1.0, -1, -1], [0.25, 1.0, -1], [0.5, 2.0, 1.0]]


@pytest.mark.share(3)
@pytest.mark.parametrize("kind", ["strip", "lines", "matrix", "circuit", "histogram", "activations"])
def test_every_kind_is_a_picture_a_page_words_and_text(kind: str, tmp_path: Path) -> None:
    loss, _ = network(nn.RNNCell(2, 3), 4)
    flow, again = (viz.flow(loss, kind=kind, theme="colourblind") for _ in range(2))
    assert isinstance(flow, viz.Flow) and flow.svg == again.svg and str(flow) and flow.description and flow.title
    assert flow.sizes[""]["h"][-1] > 0 and flow.circuit().svg and flow.figure().axes
    for suffix in ("svg", "png", "pdf", "html", "txt"):
        assert flow.save(tmp_path / f"flow.{suffix}").stat().st_size > 50
    assert "image/svg+xml" in flow._repr_mimebundle_()


def test_a_histogram_holds_the_gradient_s_numbers() -> None:
    loss, outputs = network(nn.RNNCell(2, 3), 4)
    panels = viz.flow(loss, kind="histogram").panels
    assert [panel.title for panel in panels] == ["t = 1", "t = 2", "t = 3", "t = 4"]
    (last,) = at.grad(loss, [outputs[-1]])
    assert panels[-1].series[0].ys.tolist() == pytest.approx(last.data.tolist())


def test_activations_are_the_nodes_own_numbers_and_a_list_of_losses_is_their_sum() -> None:
    loss, outputs = network(nn.RNNCell(2, 3), 4)
    panels = viz.flow(loss, kind="activations").panels
    assert panels[2].series[0].ys.tolist() == outputs[2].data.tolist()
    terms = [(h**2).sum() for h in outputs]
    one, other = viz.flow(terms, kind="matrix"), viz.flow(terms[0] + terms[1] + terms[2] + terms[3], kind="matrix")
    assert one.panels[0].series[0].ys.tolist() == other.panels[0].series[0].ys.tolist()


def test_networks_are_compared_by_activation_gain_and_cell() -> None:
    drawn = viz.flow.compare(activations=["tanh", "sigmoid"], gains=(0.5, 1), cells=["RNN"], steps=12, hidden=6)
    assert [panel.title for panel in drawn.panels] == ["tanh", "sigmoid", "cells"]
    slow, fast = (panel.series[1].ys[-1] for panel in drawn.panels[:2])
    assert fast < slow  # σ' is at most a quarter
    (one,) = viz.flow.compare(gains=[0.9], activations={"own": lambda h: h * 0.5}, steps=8, hidden=4).panels
    assert [line.name for line in one.series] == ["own"] and one.series[0].ys[0] == 1.0
    assert len(viz.flow.compare(steps=5, hidden=4).panels) == 4
    own = viz.flow.compare(cells={"mine": nn.GRUCell(3, 4)}, steps=5)
    assert own.svg == viz.flow.compare(cells={"mine": nn.GRUCell(3, 4)}, steps=5).svg or own.panels
    for wrong in ({"activations": ["tangent"]}, {"cells": ["CNN"]}, {"steps": 1}):
        with pytest.raises(ValueError, match="compare: "):
            viz.flow.compare(**wrong)


def trained(steps: int = 4) -> Any:
    rng, cell = np.random.default_rng(0), nn.LSTMCell(1, 3, seed=0)
    rule, watch = optim.SGD(cell.parameters(), lr=0.1), viz.flow.training(cell)
    for _ in range(steps):
        outputs, _ = nn.unroll(cell, list(rng.normal(size=(5, 1))))
        loss = (outputs[-1] ** 2).sum()
        rule.zero_grad()
        loss.backward()
        watch(loss)
        rule.step()
    return watch


@pytest.mark.slow
def test_a_training_is_watched_step_by_step(tmp_path: Path) -> None:
    watch = trained()
    assert watch.chart("gates").panels[0].series[0].name.endswith(" i")
    updates = {line.name: line.ys for line in watch.chart("updates").panels[0].series}
    norms = {line.name: line.ys for line in watch.chart("norms").panels[0].series}
    # Plain descent moves a parameter by the rate times its gradient.
    weights = float(np.linalg.norm(nn.LSTMCell(1, 3, seed=0).U.data))
    assert updates["U"][0] == pytest.approx(0.1 * norms["U"][0] / weights)
    assert len(norms["U"]) == 4 and 0 <= watch.chart("saturated").panels[0].series[0].ys[0] <= 1
    assert watch.chart("flow").panels[0].series[0].ys.shape == (4, 5)
    assert {panel.title for panel in watch.chart("histograms").panels} == {"U", "W", "b"}
    film = watch.film()
    assert "text/html" in film._repr_mimebundle_() and display.frame(film) and pages.page(film) == film.html
    assert len(film) == 4 and film[0].plan.room == film[-1].plan.room and "Step 1, loss" in film.captions[0]
    for suffix in ("html", "gif", "pdf", "txt"):
        assert (
            film.save(tmp_path / f"film.{suffix}").read_bytes()
            == watch.film().save(tmp_path / f"b.{suffix}").read_bytes()
        )
    assert len(list(film.save(tmp_path / "frames").iterdir())) == 4
    assert str(watch) and "4 steps" in repr(watch)


def test_a_training_that_saw_nothing_says_so() -> None:
    w = Value(1.0, "w")
    for kind in ("norms", "updates", "gates", "saturated", "histograms", "flow"):
        with pytest.raises(ValueError, match="training: "):
            viz.flow.training({"w": w}).chart(kind)
    with pytest.raises(ValueError, match="known: norms, updates"):
        viz.flow.training({"w": w}).chart("noise")
    with pytest.raises(TypeError, match="a network, an optimizer or parameters"):
        viz.flow.training(3)


def test_saturation_is_counted_by_slope() -> None:
    watch = viz.flow.training({"w": (w := Value(np.array([0.0, 9.0, -9.0, 1.0]), "w"))})
    watch((w.tanh() * at.sigmoid(w) + at.relu(w)).sum())
    assert watch.moments[0].saturated == {"tanh": 0.5, "sigmoid": 0.5, "relu": 0.5}
    assert watch.moments[0].gates == {"sigmoid": pytest.approx(at.sigmoid(w).data.mean())}


# Refusals

WRONG: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: viz.flow(chain([0.5])[0], over="layer"), ValueError, r"over='layer': nothing .* there are over='t'"),
    (lambda: viz.flow(Value(2.0) * 3, over="t"), ValueError, r"record each step in one: with scope"),
    (lambda: viz.flow(Value(2.0, "x")), ValueError, "nothing was computed"),
    (lambda: viz.flow(chain([0.5])[0], kind="pie"), ValueError, "known: strip, lines, matrix"),
    (lambda: viz.flow(chain([0.5])[0], kind="matrix"), ValueError, "go on from the one before"),
    (lambda: viz.flow({"a": chain([0.5])[0], "b": chain([0.5])[0]}, kind="circuit"), ValueError, "'a', 'b'"),
    (lambda: viz.flow(chain([0.5])[0], nodes="q"), ValueError, r"no node is called 'q'; there are h"),
    (lambda: viz.flow(chain([0.5])[0], limits=(1.0, 0.0)), ValueError, "0 < low < high"),
    (lambda: viz.flow(chain([0.5])[0], theme="pink"), ValueError, "lecture"),
    (lambda: viz.flow(3.0), TypeError, "expected a loss"),  # type: ignore[arg-type]
    (lambda: viz.flow({}), TypeError, "expected a loss"),
    (lambda: viz.flow({"a": 1.0}), TypeError, "'a' is a float"),  # type: ignore[dict-item]
    (lambda: viz.flow(network(nn.RNNCell(2, 2))[1][-1]), at.errors.GraphError, "seed"),
    (lambda: viz.flow(network(nn.LSTMCell(2, 2))[0], bound=True), ValueError, "bound=0.9"),
    (lambda: viz.flow(network(nn.RNNCell(2, 300), 2)[0], jacobians=True), ValueError, "jacobians=True"),
]


@pytest.mark.parametrize(("make", "error", "message"), WRONG)
def test_what_cannot_be_shown_is_refused(make: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        make()


def test_every_kind_has_words_and_a_sign_of_its_own() -> None:
    assert len({sign for _, sign in MARKS.values()}) == len({words for words, _ in MARKS.values()}) == len(MARKS)
    assert json.dumps(list(MARKS))


def test_cells_are_named_in_any_case() -> None:
    drawn = viz.flow.compare(cells=["rnn", "Lstm", "GRU", "LSTM"], steps=5, hidden=3)
    assert [line.name for line in drawn.panels[0].series] == ["RNN", "LSTM", "GRU"]
    with pytest.raises(ValueError, match="known: 'RNN', 'GRU', 'LSTM', 'LSTM, forget bias 4'"):
        viz.flow.compare(cells=["rnnn"])
