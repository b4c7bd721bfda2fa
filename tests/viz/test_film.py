"""Films: the order of steps, what each reveals and says, and that nothing moves."""

import io
import itertools
import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader

import viz
from autograd_tiny import Value, tanh
from autograd_tiny.value import ancestors
from tests.stopwatch import spent
from tests.viz.networks import NETWORKS, scalar_rnn
from viz.fitting.room import LETTER, room_of
from viz.graph.scopes import openings
from viz.output import plate
from viz.output.animation import frames_of, inked, pictured
from viz.words import figures

SVG = "{http://www.w3.org/2000/svg}"


def cubic(label: str = "w") -> Value:
    w = Value(5.0, label)
    x, y = w**2, w - 3
    z = x * y
    x.label, y.label, z.label = "x", "y", "z"
    return z


CAPTIONS = """\
the circuit of z: 3 gates, from w
forward 1 of 3: x = w² = 5.00² = 25.00
forward 2 of 3: y = w − 3 = 5.00 − 3 = 2.00
forward 3 of 3: z = x·y = 25.00 × 2.00 = 50.00
backward, the seed: ∂z/∂z = 1
backward 1 of 3: downstream = local × upstream | ∂z/∂x = y → (2.00)(1.00) = 2.00, | ∂z/∂y = x → (25.00)(1.00) = 25.00
backward 2 of 3: downstream = local × upstream | ∂y/∂w = 1 → (1.00)(25.00) = 25.00
backward 3 of 3: downstream = local × upstream | ∂x/∂w = 2·w → (10.00)(2.00) = 20.00
backward: the branches of w ADD: ∂z/∂w = 20.00 + 25.00 = 45.00"""


def test_the_lecture_s_film_step_by_step() -> None:
    film = viz.film(cubic())
    assert [caption.replace("\n", " | ") for caption in film.captions] == CAPTIONS.splitlines()
    assert [sorted(frame.active) for frame in film.frames] == [
        [], ["gate1"], ["gate2"], ["gate3"], [], ["gate3"], ["gate2"], ["gate1"], ["sum0"],
    ]  # fmt: skip


def test_frames_only_reveal() -> None:
    film = viz.film(cubic())
    shown = [frame.shown for frame in film.frames]
    assert shown[0] == set() and all(before < after for before, after in itertools.pairwise(shown))
    assert shown[-1] == film.parts
    ids = {group.get("id") for group in ElementTree.fromstring(film.svg).iter(f"{SVG}g")}
    assert film.parts <= ids and set().union(*(frame.active for frame in film.frames)) <= ids


def geometry(drawing: viz.Drawing) -> dict[str, str]:
    """Every element's place, by id; captions are what differs between frames."""
    root = ElementTree.fromstring(drawing.svg)
    places = {"page": str(root.get("viewBox"))}
    for group in root.iter(f"{SVG}g"):
        if not group.get("id", "").startswith("caption"):
            parts = (
                {k: v for k, v in part.attrib.items() if k not in ("fill", "stroke-width")} for part in group.iter()
            )
            places[group.get("id", "")] = str(list(parts))
    return places


def test_nothing_moves_between_frames() -> None:
    film = viz.film(cubic())
    last = geometry(film[-1]) | geometry(film[3])
    for drawing in film:
        places = geometry(drawing)
        assert places["page"] == last["page"]
        assert all(last.get(name, place) == place for name, place in places.items())


def test_a_film_leaves_the_graph_s_gradients_alone() -> None:
    z = cubic()
    viz.film(z, seed=3.0)
    assert not z.has_grad and not z.inputs[0].inputs[0].has_grad
    z.backward()
    viz.film(z)
    assert z.inputs[0].inputs[0].grad == 45.0


def test_the_seed_scales_every_gradient() -> None:
    assert "∂z/∂w = 40.00 + 50.00 = 90.00" in viz.film(cubic(), seed=2.0).captions[-1]


def test_unlabelled_values_are_called_by_a_short_formula_or_by_number() -> None:
    a, b = Value(0.5, "a"), Value(2.0, "b")
    long = tanh(a * b + a) * tanh(b - a)
    said = "\n".join(viz.film(long).captions)
    assert "∂(a·b + a)/∂(a·b) = 1" in said and "tanh(a·b + a)" in said
    assert re.search(r"v\d+ = tanh\(a·b \+ a\)·tanh\(b − a\)", said)


def test_a_local_derivative_that_is_one_name_has_no_brackets() -> None:
    w = Value(5.0, "w")
    assert "∂z/∂(w²) = w − 3 → (2.00)(1.00)" in viz.film(labelled(w**2 * (w - 3), "z")).captions[5]


def labelled(value: Value, label: str) -> Value:
    value.label = label
    return value


def test_arrays_tell_their_rule_and_their_shape() -> None:
    W, x = Value(np.ones((3, 4)), "W"), Value(np.arange(4.0), "x")
    h = tanh(W @ x)
    h.label = "h"
    said = "\n".join(viz.film(h.sum()).captions)
    assert "∂v5/∂h = g, to every element = [1.00  1.00  1.00]" in said
    assert "= g @ xᵀ, shape (3, 4)" in said and "= Wᵀ @ g = [" in said and "element by element" in said


def test_a_small_matrix_keeps_its_brackets_in_a_sentence() -> None:
    assert "A + 1 = [[2.00  2.00] [2.00  2.00]]" in viz.film((Value(np.ones((2, 2)), "A") + 1).sum()).captions[1]


def test_rounding_that_shows_is_marked() -> None:
    a = Value(0.335, "a")
    assert "0.34 × 0.34 ≈ 0.11" in viz.film(a * a).captions[1]


def test_show_leaves_out_a_direction() -> None:
    assert len(viz.film(cubic(), show="forward")) == 4
    assert len(viz.film(cubic(), show="backward")) == 6
    assert any(part.endswith(".local") for part in viz.film(cubic(), show="locals").parts)


def test_a_film_in_words_is_its_last_frame() -> None:
    z = cubic()
    film = viz.film(z)
    assert not z.has_grad
    assert "45.00  Σ = 20.00 + 25.00" in film.words()
    assert "Σ" not in viz.film(z, show="forward").words()


def test_a_film_is_a_sequence_of_drawings() -> None:
    film = viz.film(cubic())
    assert len(list(film)) == len(film) == len(film.captions) == len(film.descriptions) == 9
    assert film[-1].svg == film[8].svg and [d.title for d in film[1:3]] == [film[1].title, film[2].title]
    with pytest.raises(IndexError):
        film[9]
    assert "45.00" in film[-1].source and "45.00" not in film[0].source


@pytest.mark.parametrize("suffix", ["html", "gif", "pdf"])
def test_same_film_same_bytes(suffix: str, tmp_path: Path) -> None:
    one, other = (viz.film(cubic()).save(tmp_path / f"{k}.{suffix}").read_bytes() for k in "ab")
    assert one == other


def test_films_become_animations_slides_and_folders(tmp_path: Path) -> None:
    film = viz.film(cubic())
    with Image.open(film.save(tmp_path / "z.gif")) as animation:
        assert animation.n_frames == 9
        assert animation.convert("RGB").getpixel((0, 0)) == (255, 255, 255)
    slides = PdfReader(io.BytesIO(film.save(tmp_path / "z.pdf").read_bytes())).pages
    assert len(slides) == 9 and len({(page.mediabox.width, page.mediabox.height) for page in slides}) == 1
    folder = film.save(f"{tmp_path}/frames/")
    pictures = sorted(folder.glob("*.png"))
    assert len(pictures) == 9 and len(list(folder.glob("*.svg"))) == 9
    sizes = set()
    for picture in pictures:
        with Image.open(picture) as opened:
            sizes.add(opened.size)
    assert len(sizes) == 1
    with pytest.raises(ValueError, match=r"known: \.html, \.gif, \.mp4, \.pdf, \.tex or a folder"):
        film.save(tmp_path / "z.avi")
    with pytest.raises(FileNotFoundError, match="no folder"):
        film.save(tmp_path / "a" / "b")


@pytest.mark.parametrize(
    "how", [{}, {"theme": "dark"}, {"show": "locals"}, {"direction": "TB"}, {"predict": "w"}], ids=str
)
def test_frames_put_together_are_those_that_are_painted(how: dict[str, str]) -> None:
    z = cubic()
    how = how | ({"predict": [z.inputs[0].inputs[0]]} if "predict" in how else {})
    film = viz.film(z, **how)
    foot = int(film.page.foot * 96 / 72)
    painted = plate.paint([drawing.page for drawing in film], "png", dpi=96)
    for made, png in zip(frames_of(film, 96), painted, strict=True):
        one, other = (np.asarray(each.convert("RGB"), int) for each in (made, Image.open(io.BytesIO(png))))
        assert one.shape == other.shape
        different = np.abs(one - other).max(-1)
        assert (different[:foot] > 60).mean() < 2e-3  # edges, of the 256 colours that there are
        assert abs(one[foot:].mean() - other[foot:].mean()) < 1  # captions may stand half a pixel beside


def test_pictures_of_pixels_are_as_sharp_as_asked_for(tmp_path: Path) -> None:
    def size(path: Path) -> tuple[int, int]:
        with Image.open(path) as picture:
            return picture.size

    film, drawing = viz.film(cubic()), viz.draw(cubic())
    ratio = drawing.page.height / drawing.page.width
    assert size(drawing.save(tmp_path / "z.png", width=1600)) == (1600, pytest.approx(1600 * ratio, abs=1))
    wide, _ = size(drawing.save(tmp_path / "z.png", dpi=72))
    assert wide == pytest.approx(drawing.page.width, abs=1)
    assert size(film.save(tmp_path / "z.gif", width=900))[0] == 900
    assert size(film.save(f"{tmp_path}/frames/", dpi=72) / "frame-01.png")[0] == pytest.approx(film.page.width, abs=1)
    for wrong, said in [
        ({"width": 1600, "dpi": 72}, "not both"),
        ({"width": 3}, "from 10 to 20000"),
        ({"dpi": -1}, "from 10 to 2400"),
    ]:
        with pytest.raises(ValueError, match=said):
            drawing.save(tmp_path / "z.png", **wrong)
    with pytest.raises(ValueError, match=r"z\.svg with width or dpi: it has no pixels"):
        drawing.save(tmp_path / "z.svg", width=100)


def test_a_palette_keeps_frequent_colours_exactly() -> None:
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (40, 40, 4), dtype=np.uint8)
    noise[:20] = 255
    noise[20:22] = (0, 112, 60, 255)
    palette, (colours,) = inked([noise])
    kept = np.asarray(pictured(colours, palette).convert("RGB"))
    assert np.array_equal(kept[:22], noise[:22, :, :3])


@given(st.data())
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_graph_makes_a_film_whose_page_and_frames_are_valid(data: st.DataObject) -> None:
    label = st.sampled_from(["<i>", "a\nb", "s_1", "", "🙂" * 30, '"&', "\x07"])
    values = [Value(data.draw(st.sampled_from([0.5, -2.0, np.ones(2), np.ones((3, 3))])), data.draw(label))]
    for _ in range(data.draw(st.integers(1, 6))):
        x, y = (data.draw(st.sampled_from(values)) for _ in range(2))
        both = x * y if x.shape == y.shape else x.sum() * y
        values.append(data.draw(st.sampled_from([both, x + 1, 2 - x, x.tanh(), x.sum(), x**2])))
        values[-1].label = data.draw(label)
    film = viz.film(values[-1])
    gates = sum(bool(x.inputs) for x in {id(v): v for v in values}.values())
    assert 3 <= len(film) <= 2 + 3 * gates + 1
    for drawing in film:
        ElementTree.fromstring(drawing.svg.encode())


def test_a_film_of_the_lecture_s_circuit_is_a_page_in_half_a_second(tmp_path: Path) -> None:
    times = []
    for _ in range(3):
        start = spent()
        viz.film(cubic()).save(tmp_path / "z.html")
        times.append(spent() - start)
    assert min(times) < 0.5  # the design's limit


def test_sums_of_arrays_are_counted_and_long_sums_abridged():
    x = Value(np.ones((4, 5)), "x")
    captions = viz.film((x * x + x).sum()).captions
    assert captions[-1].endswith("∂v4/∂x = the sum of 3, shape (4, 5)")
    seed = viz.film(x * 2, seed=np.ones((4, 5))).captions
    assert any(caption.endswith(", shape (4, 5)") and "seed" in caption for caption in seed)
    v = Value(np.array([0.123, 1.0]), "v")
    assert viz.film((v * v).sum()).captions[-1].endswith("[0.12  1.00] + [0.12  1.00] ≈ [0.25  2.00]")
    w = Value(2.0, "w")
    z = w
    for _ in range(40):
        z = z + w
    assert (
        viz.film(z, depth=None)
        .captions[-1]
        .endswith("= 1.00 + 1.00 + 1.00 + 1.00 + 1.00 + 1.00 + 1.00 + 1.00 + 1.00 + … + 1.00 + 1.00 = 41.00")
    )


@pytest.mark.parametrize("steps", [1, 2, 3, 4, 6])
def test_a_film_stands_on_its_page_and_adds_up_what_its_parameters_receive(steps: int) -> None:
    loss = scalar_rnn(steps)
    film = viz.film(loss, fit="page")
    assert film.page.width <= room_of("page").points  # type: ignore[union-attr]
    shown = film.frames[-1].shown
    assert {f"{wire.id}.gradient" for wire in film.circuit.wires if film.inscriptions[wire.id].below} <= shown
    leaves = {v.label: v for v in ancestors(loss) if v.label in ("U", "W", "V")}
    for name, leaf in leaves.items():
        told = [caption for caption in film.captions if f"the branches of {name} ADD" in caption]
        assert len(told) == (steps > 1)
        assert all(caption.endswith(figures.inline(leaf.grad, 2)) for caption in told)
        assert all(caption.partition(" = ")[2].count(" + ") == steps - 1 for caption in told)


def test_a_gradient_that_is_asked_for_has_its_place_on_the_page() -> None:
    loss = scalar_rnn(2)
    W = next(v for v in ancestors(loss) if v.label == "W")
    film = viz.film(loss, fit="page", predict=[W])
    held = {film.circuit.labels[at] for at in film.circuit.held}
    assert len(film.questions) == 1 and held == {"U", "V"}


QUICK = ("scalar RNN, T = 10", "scalar RNN, T = 30", "a leaf added", "RNN", "LSTM", "MLP", "96 blocks")
FITTED = [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in NETWORKS]


@pytest.mark.parametrize("name", FITTED)
def test_a_film_is_legible_by_default_and_steps_over_its_boxes(name: str) -> None:
    loss = NETWORKS[name]()
    film = viz.film(loss)
    assert room_of("page").letters(film.page) == LETTER  # type: ignore[union-attr]
    gates = [node.id for node in film.circuit.nodes if node.kind == "gate"]
    steps = [(frame.caption.split(":")[0].split(" of ")[0], frame.active) for frame in film.frames]
    count = range(1, len(gates) + 1)
    assert [{gate} for gate in gates] == [lit for said, lit in steps if said in {f"forward {k}" for k in count}]
    assert [{gate} for gate in gates[::-1]] == [lit for said, lit in steps if said in {f"backward {k}" for k in count}]
    written = {f"{wire}.value" for wire, text in film.inscriptions.items() if text.above}
    written |= {f"{wire}.gradient" for wire, text in film.inscriptions.items() if text.below}
    assert written <= film.frames[-1].shown
    sums = [caption for caption in film.captions if " ADD: " in caption]
    assert all(
        str(film.circuit.labels[at]) in " ".join(sums) for at in film.circuit.held if len(film.circuit.uses[at]) > 1
    )


@pytest.mark.parametrize("how", [{}, {"show": "locals"}, {"direction": "TB"}, {"predict": "w"}], ids=str)
def test_a_film_that_has_room_is_the_same_at_any_size(how: dict[str, str]) -> None:
    z = cubic()
    options = how | ({"predict": [z.inputs[0].inputs[0]]} if "predict" in how else {})
    assert viz.film(z, **options).svg == viz.film(z, fit=None, **options).svg == viz.film(z, fit="slide", **options).svg


def test_a_sum_of_several_terms_is_one_step_of_a_folded_film() -> None:
    captions = "\n".join(viz.film(NETWORKS["RNN"]()).captions)
    assert re.search(r"forward \d+ of \d+: L = v\d+ \+ v\d+ \+ v\d+ = 0.0006 \+ 0.02 \+ 0.08 = 0.10", captions)
    assert captions.count("= 1 → (1.00)(1.00) = 1.00") == 3


@pytest.mark.parametrize("label", ["s_5", "W"])
def test_no_box_hides_what_is_asked_for(label: str) -> None:
    loss = scalar_rnn(10)
    asked = next(v for v in ancestors(loss) if v.label == label)
    [question] = viz.film(loss, predict=asked).questions
    assert question.right[0] == pytest.approx(asked.grad)
    assert 'class="question"' in viz.draw(loss, predict=asked).svg


def test_a_page_opens_the_boxes_of_a_film_and_tells_no_number_ahead() -> None:
    film = viz.film(NETWORKS["LSTM"]())
    assert film.levels is not None
    whole, *insides = film.levels()
    recorded = {opening for scope in film.circuit.stands for opening in openings(scope)}
    behind = {node.id for node in film.circuit.folded if node.folded in recorded}
    assert behind
    assert set(whole.doors) >= behind and set(whole.doors.values()) <= {level.name for level in insides}
    for level in insides:
        ahead = [mark.tooltip for mark in level.page.marks if mark.id.endswith(".value")]
        assert not any("\ngradient" in tooltip for tooltip in ahead) and "∂" not in level.page.description
    assert viz.film(cubic()).levels is None
