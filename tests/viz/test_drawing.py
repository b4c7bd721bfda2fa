"""Drawings: what is in the picture, and that any label and any option gives a valid file."""

import itertools
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import viz
from autograd_tiny import Value, scope, to_scalars
from viz.graph.circuit import circuit as circuit_of
from viz.layout import press
from viz.layout.geometry import crossings
from viz.layout.layout import lay_out
from viz.look import PORTS, THEMES, look
from viz.wires.inscriptions import inscribe
from viz.wires.readings import recorded

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = ["<b>&amp;\"'", "a\nb", "🙂 漢字", "x" * 10_000, "\x00\x1b", "\ud800", "\\N", "]]>", "w_1", "--", "%s{}", "∂"]


def cubic(name: str = "w") -> Value:
    w = Value(5.0, name)
    x, y = w**2, w - 3
    z = x * y
    x.label, y.label, z.label = "x", "y", "z"
    z.backward()
    return z


def parsed(drawing: viz.Drawing) -> ElementTree.Element:
    return ElementTree.fromstring(drawing.svg.encode("utf-8"))


def texts(drawing: viz.Drawing) -> dict[str, str]:
    groups = parsed(drawing).iter(f"{SVG}g")
    return {
        group.get("id", ""): " ".join("".join(text.itertext()) for text in group.iter(f"{SVG}text")) for group in groups
    }


def test_the_lecture_s_circuit_stands_as_in_the_lecture() -> None:
    drawing = viz.draw(cubic())
    shown = texts(drawing)
    assert shown["leaf0.face"] == "w" and shown["end3.face"] == "z" and shown["sum0.face"] == "Σ"
    assert [shown[f"gate{k}.face"] for k in (1, 2, 3)] == ["( )²", "−3", "×"]
    assert shown["wire0.gradient"] == "45.00" and shown["wire0-0.gradient"] == "20.00"
    assert shown["wire1.value"] == "x = 25.00" and shown["wire3.gradient"] == "1.00"
    assert "45.00 (the sum of 20.00 and 25.00)" in drawing.description


def test_what_is_not_computed_is_blank_and_zero_is_printed() -> None:
    w = Value(0.0, "w")
    z = w * 2
    assert "wire0.gradient" not in texts(viz.draw(z))
    assert texts(viz.draw(z))["wire0.value"] == "0.00"


@pytest.mark.parametrize(
    ("show", "kinds"),
    [
        ("both", {"value", "gradient"}),
        ("forward", {"value"}),
        ("backward", {"gradient"}),
        ("locals", {"value", "gradient", "local"}),
        ("circuit", set()),
    ],
)
def test_show_decides_which_numbers_stand_on_the_wires(show: str, kinds: set[str]) -> None:
    shown = texts(viz.draw(cubic(), show=show))
    numbers = {
        name.rpartition(".")[2] for name, text in shown.items() if "wire" in name and any(map(str.isdigit, text))
    }
    assert numbers == kinds
    assert ("local 10.00" in shown.values()) == ("local" in kinds)


def test_svg_is_readable_by_screen_readers_and_scales() -> None:
    root = parsed(viz.draw(cubic(), title="The cubic <at 5>"))
    assert root.get("role") == "img" and root.get("viewBox") and root.get("width", "").endswith("pt")
    title, desc = root[0], root[1]
    assert root.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
    assert title.text == "The cubic <at 5>" and "Gate 1" in (desc.text or "")


def test_no_id_occurs_twice() -> None:
    A = Value(np.arange(4.0).reshape(2, 2), "A")
    ids = [group.get("id") for group in parsed(viz.draw((A @ A).sum())).iter(f"{SVG}g")]
    assert len(ids) == len(set(ids))


@given(st.data())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_graph_with_any_labels_is_valid_xml_and_valid_dot(data: st.DataObject) -> None:
    label = st.sampled_from(HOSTILE) | st.text(max_size=30)
    number = st.floats(-3, 3) | st.sampled_from([np.ones(2), np.zeros((2, 3))])
    values = [Value(data.draw(number), data.draw(label)) for _ in range(2)]
    for _ in range(data.draw(st.integers(1, 6))):
        with scope(data.draw(label)):
            x = data.draw(st.sampled_from(values))
            values.append(data.draw(st.sampled_from([x + x, x * 2, x.tanh(), -x, x.sum(), x - 1.5])))
            values[-1].label = data.draw(label)
    output = values[-1]
    look = {"direction": data.draw(st.sampled_from([*PORTS])), "theme": data.draw(st.sampled_from([*THEMES]))}
    drawing = viz.draw(output, title=data.draw(label), caption=data.draw(label), show="locals", **look)
    parsed(drawing)
    press.engrave([drawing.source], "dot", "json0")
    viz.draw(output, show="forward").source.encode("utf-8")


def test_same_graph_same_bytes_in_every_format(tmp_path: Path) -> None:
    for suffix in ("svg", "png", "pdf", "dot", "txt"):
        one, other = (viz.draw(cubic()).save(tmp_path / f"{k}.{suffix}").read_bytes() for k in "ab")
        assert one == other and one
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")
    assert b"CreationDate" not in (tmp_path / "a.pdf").read_bytes()  # tomorrow's bytes are today's
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        f"{k}.{suffix}" for k in "ab" for suffix in ("svg", "png", "pdf", "dot", "txt")
    )


def test_layout_needs_no_font_and_is_the_same_without_any(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    usual = viz.draw(cubic("<ÿ>")).svg
    bare = tmp_path / "fonts.conf"
    bare.write_text("<fontconfig></fontconfig>")
    monkeypatch.setenv("FONTCONFIG_FILE", str(bare))
    assert viz.draw(cubic("<ÿ>")).svg == usual


def test_input_order_reads_from_top_to_bottom_where_it_matters() -> None:
    p, t = Value(2.0, "p"), Value(1.0, "t")
    for first, second in ((p, t), (t, p)):
        shapes = parsed(viz.draw(first.tanh() - second))
        stands = {group.get("id"): group[-1].get("y") for group in shapes.iter(f"{SVG}g")}
        names = texts(viz.draw(first.tanh() - second))
        upper = next(name for name, text in names.items() if text == first.label)
        lower = next(name for name, text in names.items() if text == second.label)
        assert float(stands[upper]) < float(stands[lower])


def luminance(colour: str) -> float:
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", [*THEMES])
def test_texts_stand_out_from_everything_they_are_set_on(theme: str) -> None:
    colours = THEMES[theme]
    pairs = [
        *itertools.product(("value", "gradient", "local", "ink", "muted"), ("paper", "box")),
        *itertools.product(("ink", "gradient"), ("gate", "lit")),
    ]
    for text, ground in pairs:
        light, dark = sorted((luminance(getattr(colours, text)), luminance(getattr(colours, ground))), reverse=True)
        # 4.5:1 is what WCAG asks of text of this size (level AA).
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (text, ground)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"show": "all"}, "forward"),
        ({"direction": "up"}, "LR"),
        ({"theme": "pink"}, "dark"),
        ({"precision": -1}, "0 to 15"),
    ],
)
def test_unknown_options_name_the_known_ones(options: dict[str, object], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        viz.draw(cubic(), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("thing", [3.0, "z", None, [], [1.0]])
def test_only_values_can_be_drawn(thing: object) -> None:
    with pytest.raises(TypeError, match="expected a Value"):
        viz.draw(thing)  # type: ignore[arg-type]


def test_saving_says_what_is_wrong(tmp_path: Path) -> None:
    drawing = viz.draw(cubic())
    with pytest.raises(ValueError, match=r"known: \.svg, \.png, \.pdf, \.dot, \.tex, \.txt"):
        drawing.save(tmp_path / "z.jpeg")
    with pytest.raises(FileNotFoundError, match="no folder"):
        drawing.save(tmp_path / "missing" / "z.svg")
    with pytest.raises(IsADirectoryError, match="add a file name"):
        (tmp_path / "d.svg").mkdir()
        drawing.save(tmp_path / "d.svg")
    assert [path.name for path in tmp_path.iterdir()] == ["d.svg"]


def test_notebooks_show_a_drawing_and_a_value() -> None:
    from autograd_tiny.behaviour import picture

    z = cubic()
    assert viz.draw(z)._repr_mimebundle_()["image/svg+xml"].startswith("<svg")
    assert picture(z)["image/svg+xml"] == viz.draw(z).svg
    assert picture(Value(1.0)) == {}


def test_pictures_are_silent_and_need_no_dot_on_the_path(tmp_path: Path) -> None:
    program = (
        "import viz; from autograd_tiny import Value\n"
        f"d = viz.draw(Value(2.0, 'w') ** 2); d.save(r'{tmp_path}/a.svg'); d.save(r'{tmp_path}/a.png')"
    )
    clean = os.environ | {"PATH": ""}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=clean, check=True)
    assert (done.stdout, done.stderr) == ("", "")


def heights(drawing: viz.Drawing) -> dict[str, float]:
    """The height of every text."""
    found = parsed(drawing)
    return {"".join(group[-1].itertext()): float(group[-1].get("y", "nan")) for group in found.iter(f"{SVG}g")}


def test_inputs_stand_in_the_order_of_their_birth_unless_a_gate_tells_them_apart() -> None:
    x, y, z = Value(2.0, "x"), Value(-5.0, "y"), Value(4.0, "z")
    for product in ((x + y) * z, z * (x + y), z * (y + x)):
        at = heights(viz.draw(product))
        assert at["x"] < at["y"] < at["z"]
    at = heights(viz.draw(z - (x + y)))
    assert at["z"] < at["x"] < at["y"]


def test_where_order_costs_crossings_the_better_side_is_up() -> None:
    W, x = Value(np.arange(6.0).reshape(2, 3), "W"), Value(np.array([1.0, -2.0, 0.5]), "x")
    at = heights(viz.draw(to_scalars((W @ x).sum()), fit=None))
    assert at["x[0]"] < at["x[1]"]
    assert at["W[0,0]"] < at["W[1,0]"]


def test_a_crossing_counts_more_than_the_order() -> None:
    v, w = Value(2.0, "v"), Value(3.0, "w")
    circuit = circuit_of([(v + w) * (w + v)])  # in order, the branches of v and w cross twice
    inscriptions = inscribe(circuit, recorded(circuit), look())
    courses = [path.points for path in lay_out(circuit, inscriptions, look()).paths.values()]
    assert crossings(courses) == 0


@pytest.mark.parametrize(("ends", "count"), [(((0, 9), (9, 0)), 1), (((0, 0), (9, 9)), 0), (((0, 5), (0, 9)), 0)])
def test_crossings_are_counted(ends: tuple[tuple[int, int], tuple[int, int]], count: int) -> None:
    courses = [((0.0, a), (3.0, a), (6.0, b), (9.0, b)) for a, b in ends]
    assert crossings(courses) == count
    assert crossings([]) == 0


@pytest.mark.parametrize(
    ("wrong", "kind", "told"),
    [
        (lambda z: viz.draw([]), TypeError, "expected a Value or a list of Values, got an empty list"),
        (lambda z: viz.draw([z, 3]), TypeError, "got a list with int in it"),
        (lambda z: viz.draw(3), TypeError, "got int"),
        (lambda z: viz.draw(z, fold=3), TypeError, 'fold=3: name scopes by text: "cell"'),
        (lambda z: viz.beside(z, z), TypeError, r"beside: expected two drawings, got Value; draw it first"),
        (lambda z: viz.film(z)[99], IndexError, "film: frame 99 of 4; they count from 0"),
    ],
)
def test_what_cannot_be_drawn_is_named_with_the_remedy(wrong, kind, told):
    with pytest.raises(kind, match=told):
        wrong(Value(2.0, "w") ** 2)
