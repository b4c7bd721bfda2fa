"""Predictions: a gradient that is asked for is told nowhere before, and every mistake's number is known ahead."""

import io
import math
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import viz
from autograd_tiny import Value, nn, scope, sigmoid, stack
from autograd_tiny.graphs.replay import recorded
from autograd_tiny.learners.case import Target
from autograd_tiny.learners.mistakes import mistakes
from autograd_tiny.value import ancestors
from viz.words import figures


def cubic(at: float = 5.0) -> dict[str, Value]:
    w = Value(at, "w")
    x, y = w**2, w - 3
    z = x * y
    x.label, y.label, z.label = "x", "y", "z"
    return {"w": w, "x": x, "y": y, "z": z}


def texts(drawing: viz.Drawing) -> str:
    """Every character that a reader, a screen reader or a pointer could find in a picture."""
    svg = "\n".join("".join(element.itertext()) for element in ET.fromstring(drawing.svg).iter())
    return "\n".join([svg, drawing.source, drawing.title, drawing.description, drawing.words()])


def tells(text: str, number: float) -> bool:
    """Whether the number is in a text, by itself, as pictures print it or with all its digits."""
    printed = (figures.number(number), figures.whole(number))
    return any(re.search(rf"(?<![\d.−]){re.escape(each)}(?!\d)", text) for each in printed)


def test_a_film_asks_before_it_tells() -> None:
    v = cubic()
    film = viz.film(v["z"], predict=[v["x"], v["w"]])
    assert len(film) == len(viz.film(v["z"])) + 2
    assert [(each.frame, each.ask, each.right[0]) for each in film.questions] == [(5, "∂z/∂x", 2.0), (9, "∂z/∂w", 45.0)]
    assert [film.captions[each.frame] for each in film.questions] == [
        "backward, your turn: ∂z/∂x = ?",
        "backward, your turn: ∂z/∂w = ?",
    ]
    assert "∂z/∂x = y → (2.00)(1.00) = 2.00" in film.captions[6]
    assert film.captions[10].endswith("∂z/∂w = 20.00 + 25.00 = 45.00")


@settings(max_examples=15, deadline=None)  # each example lays a picture out
@given(st.sampled_from(["w", "x", "y"]), st.floats(4.1, 9), st.sampled_from(["both", "locals", "backward"]))
def test_no_frame_tells_the_number_before_it_is_asked_for(name: str, at: float, show: str) -> None:
    v = cubic(round(at, 3))
    film = viz.film(v["z"], predict=v[name], show=show)
    [question] = film.questions
    other = {figures.number(value.data) for value in v.values()}
    if figures.number(question.right[0]) in other or question.right[0] in (1.0, 3.0):
        return  # the same number stands there with good reason
    before = [texts(frame) for frame in film[: question.frame + 1]] + [film.page.description, film.words()]
    assert not any(tells(text, question.right[0]) for text in before)
    assert tells(texts(film[question.frame + 1]), question.right[0])
    assert tells(film.svg, question.right[0])  # which is the whole picture, with a tooltip for the gradient
    assert not any(tells(text, question.right[0]) for text in film.captions[: question.frame + 1])
    assert not any(tells(text, question.right[0]) for text in film.descriptions[: question.frame + 1])


def test_a_question_mark_stands_there_in_the_asking_frame_only() -> None:
    v = cubic()
    film = viz.film(v["z"], predict=[v["w"]])
    marked = [k for k, drawing in enumerate(film) if 'id="wire0.question"' in drawing.svg]
    assert marked == [film.questions[0].frame]
    assert [k for k, drawing in enumerate(film) if ">?<" in drawing.source] == marked
    assert film.cover.svg == film[marked[0]].svg
    assert '<g id="wire0.question" display="none"' in film.svg  # where the number itself stands
    assert viz.film(v["z"]).cover.svg == viz.film(v["z"])[-1].svg


def test_two_numbers_of_one_gate_are_asked_one_after_the_other() -> None:
    v = cubic()
    film = viz.film(v["z"], predict=[v["y"], v["x"]])
    first, second = film.questions
    assert (first.ask, second.ask, second.frame - first.frame) == ("∂z/∂x", "∂z/∂y", 1)
    assert "wire1.gradient" in film.frames[second.frame].shown  # x is known by then
    assert "wire2.gradient" not in film.frames[second.frame].shown


def test_every_mistake_of_the_engine_is_known_ahead_with_its_sentence() -> None:
    v = cubic()
    [question] = viz.film(v["z"], predict=v["w"]).questions
    known = dict(question.wrong)
    for mistake in mistakes(Target(v["z"], v["w"]), recorded(v["z"])):
        if mistake.number != 45.0 and not math.isnan(mistake.number):
            assert mistake.number in known
    # The likeliest sentence for a number is the first that gives it: what lessons say, too.
    assert "path from w through y is missing" in known[20.0]
    assert "local derivative" in known[11.0]
    assert "twice the gradient" in known[90.0]
    assert 45.0 not in known


def test_overwriting_is_diagnosed_where_nothing_else_gives_its_number() -> None:
    a = Value(2.0, "a")
    z = a * 3 + a * 5 + a * 7
    z.label = "z"
    known = dict(viz.film(z, predict=a).questions[0].wrong)
    assert "With = in place of +=" in known[3.0]  # 3 + 5 + 7 is right; the path that comes last is a·3
    assert "path from a through" in known[12.0]


def test_the_film_s_seed_is_that_of_its_mistakes() -> None:
    v = cubic()
    [question] = viz.film(v["z"], seed=2.0, predict=v["w"]).questions
    assert question.right[0] == 90.0
    assert {40.0, 50.0, -90.0, 180.0} <= {number for number, _ in question.wrong}


def test_what_follows_from_the_printed_numbers_is_right_too() -> None:
    a, b = Value(0.335, "a"), Value(0.335, "b")
    s = a * b
    L = sigmoid(s)
    s.label, L.label = "s", "L"
    [question] = viz.film(L, predict=a).questions
    exact, seen = question.right
    upstream = figures.as_printed(exact / 0.335)
    assert seen == figures.as_printed(0.335) * upstream != exact  # 0.34 × 0.25, as anyone would reckon who sees it
    assert figures.number(exact) == figures.number(exact + 0.1 * question.slack)


def test_a_drawing_keeps_the_number_to_itself() -> None:
    v = cubic()
    v["z"].backward()
    drawing = viz.draw(v["z"], predict=[v["w"]])
    assert not tells(texts(drawing), 45.0)
    assert drawing.description.endswith("To be predicted: the gradient of w.")
    assert ">?<" in drawing.svg and ">?<" in drawing.source
    assert "20.00" in drawing.svg  # what the branches bring stays
    assert not tells(drawing.html, 45.0)
    assert re.search(r"^w  ×2 +5\.00 +\? ", drawing.words(), re.MULTILINE)
    assert tells(texts(viz.draw(v["z"])), 45.0)


def gradients_of(drawing: viz.Drawing) -> set[str]:
    """The wires under which a gradient stands."""
    return set(re.findall(r'id="(wire[\d-]+)\.gradient"', drawing.svg))


def lecture() -> dict[str, Value]:
    """L = (a·b + c)·f, after its backward pass."""
    v = {name: Value(x, name) for name, x in (("a", 2.0), ("b", -3.0), ("c", 10.0), ("f", -2.0))}
    v["e"] = v["a"] * v["b"]
    v["d"] = v["e"] + v["c"]
    v["L"] = v["d"] * v["f"]
    for name in "edL":
        v[name].label = name
    v["L"].backward()
    return v


@pytest.mark.parametrize(
    ("name", "kept"),
    [("c", "fL"), ("e", "fL"), ("d", "fL"), ("a", "cfbedL"), ("f", "abcedL"), ("L", "")],
)
def test_what_would_tell_the_number_is_left_out(name: str, kept: str) -> None:
    v = lecture()
    drawing = viz.draw(v["L"], predict=v[name])
    rows = re.findall(r"(\w)(?: = \S+(?: \+ \w)?)? +−?[\d.]+ +(−?[\d.]+|\?)$", drawing.words(), re.MULTILINE)
    assert dict(rows) == {row: figures.number(v[row].grad) for row in kept} | {name: "?"}
    assert len(gradients_of(drawing)) == len(kept)
    ledger = viz.ledger(v["L"], predict=v[name], paths=False)
    assert len(re.findall(r"= (?:\?|…)$", ledger, re.MULTILINE)) == 7 - len(kept)


OPERATIONS = [
    lambda x, y: x + y,
    lambda x, y: x - y,
    lambda x, y: -x,
    lambda x, y: x * y,
    lambda x, y: x.relu(),
    lambda x, y: stack([x, y])[0] + y,
    lambda x, y: stack([x, y]).sum(),
]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_neighbour_tells_the_number(data: st.DataObject) -> None:
    """Numbers of many digits, so that only what was computed from one another is equal."""
    found = [Value(round(data.draw(st.floats(1, 2)), 9) + k, f"v{k}") for k in range(3)]
    for k in range(data.draw(st.integers(1, 5))):
        x, y = (found[data.draw(st.integers(0, len(found) - 1))] for _ in range(2))
        found.append(data.draw(st.sampled_from(OPERATIONS))(x, y))
        found[-1].label = f"z{k}"
    output = found[-1]
    output.backward()
    asked = data.draw(st.sampled_from([v for v in ancestors(output) if v.label and not v.ndim]))
    known = {abs(v.data) for v in ancestors(output) if not v.ndim} | {0.0, 1.0}
    shared = sum(x is asked for v in ancestors(output) for x in v.inputs) > 1
    if abs(asked.grad) in known or shared:
        return  # the same number stands there with good reason, or its branches do
    told = texts(viz.draw(output, predict=asked)) + viz.ledger(output, predict=asked)
    assert not tells(told, asked.grad) and not tells(told, -asked.grad)


def test_what_begins_with_another_seed_tells_it() -> None:
    a, b = Value(2.0, "a"), Value(3.0, "b")
    z = a + b
    z.backward(4.0)
    assert gradients_of(viz.draw(z, predict=a)) == {"wire2"}  # nobody could know the 4
    z.zero_grad()
    z.backward()
    assert gradients_of(viz.draw(z, predict=a)) == set()


def test_folded_scopes_tell_nothing_either() -> None:
    w, x, b = Value(0.31, "w"), Value(0.73, "x"), Value(0.19, "b")
    with scope("neuron"):
        s = w * x
        h = (s + b).tanh()
    z = h * Value(1.7, "v")
    z.backward()
    drawn = viz.draw(z, fold="neuron", predict=b)
    assert drawn.description.endswith("Gradients: v 0.39. To be predicted: the gradient of b.")  # not w's, nor x's
    assert len(gradients_of(drawn)) == 3  # of v, h and z


def test_a_number_is_asked_for_before_any_backward_pass() -> None:
    v = cubic()
    assert ">?<" in viz.draw(v["z"], predict=v["w"]).svg


def test_the_text_picture_has_a_question_mark() -> None:
    v = cubic()
    v["z"].backward()
    assert not tells(viz.text(v["z"], predict=v["w"]), 45.0)
    chain = v["z"]
    for _ in range(40):
        chain = chain * 1.01
    chain.backward()
    assert re.search(r" \? +×2$", viz.text(chain, predict=v["w"]), re.MULTILINE)  # a table


def test_another_value_of_the_same_number_is_not_asked_for() -> None:
    a, b = Value(2.0, "a"), Value(2.0, "b")
    z = a * 3 + b * 5
    z.backward()
    assert re.findall(r" \?$|(?<= )5\.00$", viz.text(z, predict=a), re.MULTILINE) == [" ?", "5.00"]
    assert viz.ledger(z, predict=a).count("= ?") == 1


def test_running_sums_do_not_tell_it() -> None:
    cell = nn.RNNCell(1, 1)
    outputs, _ = nn.unroll(cell, [Value(np.ones(1), f"x{t}") for t in range(3)])
    loss = outputs[-1].sum()
    with pytest.raises(ValueError, match=r"shape \(1, 1\); one number is asked for"):
        viz.film(loss, predict=next(iter(cell.parameters().values())))
    w = Value(0.7, "w")
    h = Value(0.3, "h")
    for t in range(3):
        with scope(f"t={t + 1}"):
            h = (h * w).tanh()
    h.label = "L"
    film = viz.film(h, predict=w, layout="rows")
    [question] = film.questions
    assert not any(tells(texts(frame), question.right[0]) for frame in film[: question.frame + 1])


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda v: {"predict": "w"}, TypeError, "expected a Value or a list of Values, got str"),
        (lambda v: {"predict": [Value(1.0, "q")]}, ValueError, "q is not in this circuit"),
        (lambda v: {"predict": v["w"], "show": "forward"}, ValueError, "no gradients"),
    ],
)
def test_what_cannot_be_asked_is_refused(make, error, message: str) -> None:
    v = cubic()
    for draw in (viz.film, viz.draw):
        with pytest.raises(error, match=message):
            draw(v["z"], **make(v))


def test_folded_uses_and_strange_numbers_are_refused() -> None:
    w = Value(2.0, "w")
    with scope("inside"):
        x = w * w
        x.label = "x"
        y = x + w
    with pytest.raises(ValueError, match="uses of x are folded away; open them with depth=None"):
        viz.film(x * y, predict=x, fold="inside")
    assert viz.film(x * y, predict=w, fold="inside").questions[0].right[0] == 4 * 2**3 + 3 * 2**2  # z = w⁴ + w³
    endless = Value(1e200, "e")
    with pytest.raises(ValueError, match="it is ∞"):
        viz.film(endless * Value(math.inf, "i"), predict=endless)


def test_files_keep_the_order_and_ask_once(tmp_path: Path) -> None:
    v = cubic()
    film = viz.film(v["z"], predict=[v["w"]])
    film.save(tmp_path / "z.gif")
    with Image.open(io.BytesIO((tmp_path / "z.gif").read_bytes())) as gif:
        assert gif.n_frames == len(film)
        gif.seek(film.questions[0].frame)
        asked = gif.info["duration"]
        gif.seek(0)
        assert asked > gif.info["duration"]  # there is something to think about
    slides = film.save(tmp_path / "z.tex").read_text("utf-8")
    question = film.questions[0].frame + 1
    assert slides.count(rf"\only<{question}| handout:0>") >= 1
    page = film.save(tmp_path / "z.html").read_text("utf-8")
    assert 'id="player-question"' in page and page == film.save(tmp_path / "again.html").read_text("utf-8")
    assert 'id="player-question"' not in viz.film(v["z"]).save(tmp_path / "plain.html").read_text("utf-8")


def test_a_hostile_label_stays_text(tmp_path: Path) -> None:
    w = Value(5.0, "</script><b>'\"&{}$w")
    page = viz.film(w * w * 2, predict=w).save(tmp_path / "hostile.html").read_text("utf-8")
    plain = viz.film(Value(5.0, "w") * 2).save(tmp_path / "plain.html").read_text("utf-8")
    assert page.count("</script>") == plain.count("</script>") and "<b>" not in page
