"""What was recorded is what is drawn: a number that changes afterwards changes no picture, and is told below it."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import viz
from autograd_tiny import Value, nn, optim
from autograd_tiny.errors import GraphError
from autograd_tiny.testing import arrays, functions
from viz.page.page import Text
from viz.words import figures


def cubic() -> tuple[Value, Value]:
    w = Value(5.0, "w")
    x, y = w**2, w - 3
    z = x * y
    x.label, y.label, z.label = "x", "y", "z"
    z.backward()
    return w, z


def assigned(w: Value, z: Value) -> None:
    w.data = 3.5


def subtracted(w: Value, z: Value) -> None:
    w.data -= 1.5


def stepped(w: Value, z: Value) -> None:
    optim.SGD([w], lr=1.5 / 45).step()


NOTE = "w was 5.00 when it was used, and is 3.50 now."


@pytest.mark.parametrize("change", [assigned, subtracted, stepped], ids=lambda change: change.__name__)
def test_every_picture_says_what_was_and_what_is(change: Callable[[Value, Value], None]) -> None:
    w, z = cubic()
    before = [viz.text(z), viz.ledger(z), str(viz.paths(z, w)), *viz.film(z).captions[1:]]
    change(w, z)
    film = viz.film(z)
    assert [viz.text(z), viz.ledger(z)] == [f"{text}\n\n{NOTE}" for text in before[:2]]
    assert [line.rstrip() for line in str(viz.paths(z, w)).splitlines()][-1] == NOTE
    assert viz.paths(z, w).description.endswith(NOTE)
    assert list(film.captions[1:]) == before[3:]
    assert film.captions[0].endswith(f"\n{NOTE}")
    drawing = viz.draw(z)
    assert drawing.description.endswith(f"Gradients: w 45.00 (the sum of 20.00 and 25.00). {NOTE}")
    assert "≈" not in "".join(film.captions) and "besides" not in drawing.svg
    asked = viz.film(z, predict=w)
    assert asked.questions[0].right[0] == 45.0 and asked.captions[1] == before[3]
    assert viz.draw(z, predict=w).svg.count(">?<") == 1


def numbers(drawing: viz.Drawing) -> list[tuple[str, str]]:
    """Every text of a picture, with all digits, but for its caption."""
    texts = [mark for mark in drawing.page.marks if isinstance(mark, Text) and "caption" not in mark.id]
    return [(mark.id, "".join(run.text for run in mark.line) + mark.tooltip) for mark in texts]


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_no_change_afterwards_changes_what_is_drawn(data: st.DataObject) -> None:
    shape = data.draw(st.sampled_from([(), (3,), (2, 2)]))
    point = [data.draw(arrays(shape)) if shape else data.draw(st.floats(-2, 2)) for _ in range(2)]
    f = data.draw(functions(point, max_operations=5))
    leaves = [Value(x, name) for x, name in zip(f.point, "uv", strict=True)]
    z = f(*leaves)
    assume(z.inputs)  # a leaf alone was read by nobody
    z.backward(np.ones(z.shape) if z.shape else None)
    before = numbers(viz.draw(z)), viz.text(z), viz.ledger(z), viz.film(z).captions[1:]
    for leaf in leaves:
        how = data.draw(st.sampled_from(["leave", "set", "write", "gradient"]))
        if how == "set":
            leaf.data = np.full(shape, 9.0) if shape else 9.0
        elif how == "write" and shape:
            leaf.data[0] = 9.0
        elif how == "gradient":
            leaf.data -= 0.5 * leaf.grad
    text, ledger = viz.text(z), viz.ledger(z)
    assert numbers(viz.draw(z)) == before[0]
    assert text.startswith(before[1]) and ledger.startswith(before[2])
    assert viz.film(z).captions[1:] == before[3]
    for leaf, x in zip(leaves, f.point, strict=True):
        then, now = figures.inline(x), figures.inline(leaf._data)
        if f"{leaf.label} " in before[1] and then != now and not then.startswith("("):
            note = f"{leaf.label} was {then} when it was used, and is {now} now.".split()
            assert " ".join(note) in " ".join(text.split()) and " ".join(note) in " ".join(ledger.split())


def test_a_view_of_what_was_written_to_is_drawn_as_it_was() -> None:
    p = Value(np.array([1.0, 2.0, 3.0, 4.0]), "p")
    r = p.reshape(2, 2)
    r.label = "r"
    z = (r * 2).sum()
    before = viz.film(z).captions[1:]
    p.data.fill(9.0)
    assert viz.film(z).captions[1:] == before
    assert "is [9.00  9.00  9.00  9.00] now" in viz.text(z)


def test_one_value_with_two_numbers_is_drawn_twice() -> None:
    p = Value(2.0, "p")
    a = p * 3
    p.data = 5.0
    b = p * 4
    z = a + b
    a.label, b.label, z.label = "a", "b", "z"
    film = viz.film(z)
    assert [caption.partition(": ")[2] for caption in film.captions[1:3]] == [
        "a = p·3 = 2.00 × 3 = 6.00",
        "b = p_2·4 = 5.00 × 4 = 20.00",
    ]
    assert viz.text(z).endswith("\n\np was 2.00 when it was used, and is 5.00 now.")


def test_a_gate_that_was_set_is_a_leaf_from_then_on() -> None:
    w = Value(2.0, "w")
    x = w * 3
    x.label = "x"
    x.data = 100.0
    z = x * x
    z.label = "z"
    assert viz.draw(z).description == (
        "Circuit of z: 1 gate. Inputs: x = 100.00. Gate 1, multiply, takes x and x and gives z = 10000.00. "
        "x was computed as 6.00, and was 100.00 when it was used."
    )


def large() -> tuple[Value, Value]:
    W = Value(np.arange(40.0).reshape(4, 10), "W")
    z = ((W * W) * 0.5).sum()
    z.backward()
    return W, z


def test_what_is_lost_is_said_to_be_lost() -> None:
    W, z = large()
    W.data[0, 0] = 7.0
    note = "Changed since, and drawn as now, for what was recorded is lost: W."
    drawing = viz.draw(z)
    assert drawing.description.endswith(note) and viz.text(z).endswith(note)
    assert "besides" not in drawing.svg and "Other passes" not in drawing.description
    for walk in (viz.film, viz.ledger, lambda z: viz.text(z, seed=1.0), lambda z: viz.paths(z, W)):
        with pytest.raises(GraphError, match=r"'W', of shape .* has been written to since mul was computed"):
            walk(z)


def test_an_array_that_was_only_looked_at_is_drawn_as_ever() -> None:
    W, z = large()
    before = numbers(viz.draw(z))
    held = W.data
    assert numbers(viz.draw(z)) == before and viz.draw(z).description.endswith(".") and held is W._data
    assert "lost" not in viz.text(z) and len(viz.film(z)) > 3


def test_looking_leaves_no_mark_on_a_graph() -> None:
    W, z = large()
    rule = W._rule
    for look in (viz.draw, viz.text, viz.ledger, viz.film):
        look(z)
    assert W._rule is rule


def test_a_training_step_is_drawn_with_the_numbers_that_it_used() -> None:
    layer = nn.Linear(2, 2)
    loss = (layer(Value(np.ones(2), "x")) ** 2).sum()
    loss.backward()
    before = numbers(viz.draw(loss))
    optim.SGD(layer.parameters(), lr=0.1).step()
    assert numbers(viz.draw(loss)) == before
    assert "b was [" in viz.draw(loss).description
