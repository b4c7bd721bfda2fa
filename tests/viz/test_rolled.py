"""The rolled picture: one step in place of all, and two pictures side by side."""

from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

import viz
from autograd_tiny import Value, nn, scope, tanh
from viz.fitting.room import room_of
from viz.layout.press import engrave
from viz.page.page import Curve, Shape, Text
from viz.words.lettering import plain


def network(count: int = 3, cell: nn.Cell | None = None) -> Value:
    cell = cell or nn.RNNCell(1, 1, seed=1)
    hs, _ = nn.unroll(cell, [Value([0.5 * t], f"x_{t}") for t in range(1, count + 1)])
    losses = [(h * h).sum() for h in hs]
    loss: Value = sum(losses[1:], losses[0])
    loss.label = "L"
    loss.backward()
    return loss


def words(drawing: viz.Drawing) -> dict[str, str]:
    return {mark.id: "".join(run.text for run in mark.line) for mark in drawing.page.marks if isinstance(mark, Text)}


def test_a_step_stands_for_all_and_its_state_passes_a_delay() -> None:
    drawing = viz.rolled(network())
    faces = [text for name, text in words(drawing).items() if name.endswith(".face")]
    assert faces.count("z⁻¹") == 2 and "xt" in faces  # the state, and the sum of losses
    assert faces.count("@") == 2 and faces.count("tanh") == 1
    values = [text for name, text in words(drawing).items() if name.endswith(".value")]
    assert "ht" in values and "ht−1" in values
    assert (
        drawing.title == "Rolled network of 3 steps" and "Fed back through a delay of one step" in drawing.description
    )


def test_it_does_not_depend_on_how_many_steps_there_are() -> None:
    few, many = (viz.rolled(network(count), show="circuit", title="x") for count in (3, 9))
    assert sorted(words(few).values()) == sorted(words(many).values())
    assert (few.page.width, few.page.height) == (many.page.width, many.page.height)


def test_parameters_carry_their_numbers_and_what_changes_its_name_only() -> None:
    cell = nn.RNNCell(1, 1, seed=1)
    shown = list(words(viz.rolled(network(cell=cell), precision=4)).values())
    for parameter in cell.parameters().values():
        assert f"[{parameter.data.flat[0]:.4f}]".replace("-", "−") in shown
        assert f"[{parameter.grad.flat[0]:.4f}]".replace("-", "−") in shown
    assert sum(text.startswith("[") for text in shown) == 2 * len(cell.parameters())


def test_an_lstm_has_two_loops() -> None:
    faces = list(words(viz.rolled(network(cell=nn.LSTMCell(1, 1, seed=1)))).values())
    assert faces.count("z⁻¹") == 3 and {"ct", "ct−1", "ht", "ht−1"} <= set(faces)


@pytest.mark.parametrize("reverse", [False, True])
def test_delays_stand_over_the_box(reverse: bool) -> None:
    hs, _ = nn.unroll(nn.RNNCell(1, 1, seed=1), [Value([1.0], f"x_{t}") for t in (1, 2, 3)], reverse=reverse)
    drawing = viz.rolled(sum((h.sum() for h in hs[1:]), hs[0].sum()))
    shapes = {mark.id: mark.place for mark in drawing.page.marks if isinstance(mark, Shape)}
    box = next(place for name, place in shapes.items() if name.startswith("box"))
    delays = [place for name, place in shapes.items() if name.startswith("delay")]
    assert delays and all(place.y < box.y - box.height / 2 for place in delays)


def test_no_wire_doubles_back_on_itself() -> None:
    drawing = viz.rolled(network())
    delays = {mark.place.y for mark in drawing.page.marks if isinstance(mark, Shape) and mark.id.startswith("delay")}
    into = [mark.path for mark in drawing.page.marks if isinstance(mark, Curve)]
    for path in into:
        along = [x for x, y in path.points if any(abs(y - high) < 0.01 for high in delays)]
        assert along == sorted(along, reverse=True)  # over the box, all runs to the left


def test_without_steps_there_is_nothing_to_roll_up() -> None:
    w = Value(2.0, "w")
    with pytest.raises(ValueError, match="no two time steps"):
        viz.rolled(w * w)
    with scope("t=1"):
        y = w * w
    with pytest.raises(ValueError, match="no two time steps"):
        viz.rolled(y)


def test_rolled_and_unrolled_side_by_side() -> None:
    loss = network()
    left, right = viz.rolled(loss), viz.draw(loss)
    both = viz.beside(left, right, fit=None)
    root = ElementTree.fromstring(both.svg)
    ids = [group.get("id") for group in root.iter("{http://www.w3.org/2000/svg}g")]
    assert len(ids) == len(set(ids)) and both.page.width > left.page.width + right.page.width
    assert left.title in both.description and right.description in both.description
    assert both.svg == viz.beside(left, right, fit=None).svg
    engrave([both.source], "nop2", "json0")
    engrave([left.source], "dot", "json0")


@pytest.mark.parametrize("fit", ["page", "slide", (600, 400), (4000, 900)])
def test_one_stands_below_the_other_where_that_can_be_read_better(fit: Any) -> None:
    left, right = viz.rolled(network()), viz.draw(network())
    room, drawing = room_of(fit), viz.beside(left, right, fit=fit)
    aside, below = (viz.beside(left, right, fit=size).page for size in (None, (1, 10_000)))
    assert below.width == max(left.page.width, right.page.width) < aside.width and below.height > aside.height
    assert room and drawing.page in (aside, below)
    assert room.letters(drawing.page) == max(map(room.letters, (aside, below)))
    assert drawing.page == aside or room.letters(aside) < 9
    assert drawing.description.startswith("Left: " if drawing.page == aside else "Above: ")


def test_two_themes_do_not_go_together() -> None:
    loss = network()
    with pytest.raises(ValueError, match="different themes"):
        viz.beside(viz.draw(loss), viz.draw(loss, theme="dark"))


def faces(drawing: viz.Drawing) -> list[str]:
    """What stands in the gates and at the leaves."""
    return [plain(mark.line) for mark in drawing.page.marks if mark.id.endswith(".face")]


@pytest.mark.parametrize(
    ("ids", "told"),
    [([3, 1, 4, 1], ["[i_t]"]), ([3, 3, 3], ["[3]"]), ([np.array([3, 1]), np.array([2, 1])], ["[i_t]"])],
)
def test_a_place_in_a_table_that_is_another_one_in_each_step_is_a_letter(ids: list[Any], told: list[str]) -> None:
    table, cell = nn.Embedding(8, 4), nn.RNNCell(4, 3)
    h = None
    for t, place in enumerate(ids, 1):
        with scope(f"t={t}"):
            h = cell(table(place), h)
    drawing = viz.rolled(h)
    assert [face for face in faces(drawing) if face.startswith("[")] == told
    assert ("index" in drawing.svg) == (told == ["[3]"])


@pytest.mark.parametrize(("constants", "told"), [((0.5, -0.7, 2.0), "+c_t"), ((0.5, 0.5, 0.5), "+0.5")])
def test_a_constant_that_is_another_one_in_each_step_is_a_letter(constants: tuple[float, ...], told: str) -> None:
    a, s = Value(0.5, "a"), Value(0.1, "s_0")
    for t, constant in enumerate(constants, 1):
        with scope(f"t={t}"):
            s = tanh(a * s + constant)
    assert told in faces(viz.rolled(s))
