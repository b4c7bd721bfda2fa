"""viz.text: a small circuit is a tree with every number beside its name, a large one a table; all is printable."""

import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from autograd_tiny import Value, scope
from viz.graph import wording
from viz.text.circuit_text import text

CLASS_EXAMPLE = """\
circuit       value  gradient
z = x·y       50.00      1.00
├─ x = w²     25.00      2.00
│  └─ w        5.00     20.00  branch 1 of 2
└─ y = w − 3   2.00     25.00
   └─ w        5.00     25.00  branch 2 of 2
w  ×2          5.00     45.00  Σ = 20.00 + 25.00"""


def class_example(label="w"):
    w = Value(5.0, label)
    x, y = w**2, w - 3
    x.label, y.label = "x", "y"
    z = x * y
    z.label = "z"
    return w, z


def row(printed, start):
    """The one line that begins so, box characters aside."""
    found = [line for line in printed.splitlines() if line.lstrip(" │├└─").startswith(start)]
    assert len(found) == 1, printed
    return found[0]


def test_the_class_example():
    _, z = class_example()
    z.backward()
    assert text(z) == CLASS_EXAMPLE


def test_before_a_backward_pass_there_is_no_column_of_gradients():
    _, z = class_example()
    assert text(z).splitlines()[0].split() == ["circuit", "value"]
    assert row(text(z), "y =") == "└─ y = w − 3   2.00"
    assert row(text(z), "z =").split() == ["z", "=", "x·y", "50.00"]
    assert "20.00" not in text(z)
    assert "Σ" not in text(z)


def test_the_sum_tells_what_was_left_by_a_pass_before():
    w, z = class_example()
    z.backward()
    z.backward()
    assert w.grad == 90
    assert row(text(z), "w  ×2").endswith("90.00  Σ = 20.00 + 25.00, and 45.00 besides")


def test_a_sum_whose_printed_terms_give_another_number_is_about_equal():
    x = Value(4.0, "x")
    z = 3 + x.sqrt() * x.sigmoid()
    z.backward()
    assert row(text(z), "x  ×2").endswith("0.28  Σ ≈ 0.25 + 0.04")


def test_a_sum_with_minuses_reads_as_one_writes_it():
    w = Value(3.0, "w")
    z = 2 * w - w * w - w
    z.backward()
    assert row(text(z), "w  ×4").endswith("Σ = 2.00 − 3.00 − 3.00 − 1.00")


@pytest.mark.parametrize("steps", [1, 40])  # a tree, a table
def test_with_a_seed_gradients_are_those_of_a_pass_and_nothing_is_recorded(steps):
    def make():
        w = Value(0.5, "w")
        v = w
        for _ in range(steps):
            v = v * w + 0.1
        return w, v

    w, v = make()
    seeded = text(v, seed=2.0)
    assert not w.has_grad
    _, recorded = make()
    recorded.backward(2.0)
    assert seeded == text(recorded)


def test_a_shared_value_is_drawn_once():
    a = Value(2.0, "a")
    h = (a * 3).tanh()
    h.label = "h"
    z = h * h + h
    printed = text(z)
    assert printed.count("tanh(") == 1
    assert row(printed, "h = tanh").split()[3] == "×3"
    assert [f"branch {k} of 3" in printed for k in (1, 2, 3)] == [True] * 3


def test_unnamed_steps_are_written_out():
    w, x, b = Value(1.0, "w"), Value(2.0, "x"), Value(3.0, "b")
    assert "\nw·x + b " in text(w * x + b)
    assert "\n(w + x)·b " in text((w + x) * b)
    assert "\nw − (x − b) " in text(w - (x - b))
    assert "\n(w·x)² " in text((w * x) ** 2)
    assert "\nw⁻¹ " in text(w**-1)
    assert "\nw^0.5 " in text(w**0.5)
    assert "\nw + (−3) " in text(w + -3)
    assert "\ntanh(w + x) " in text((w + x).tanh())


def test_arrays_show_numbers_where_they_fit_and_shapes_where_not():
    W, v = Value(np.arange(12.0).reshape(3, 4), "W"), Value([1.0, -1.0, 0.5, 2.0], "v")
    s = (W @ v).sum()
    s.backward()
    assert "(3, 4)" in row(text(s), "W  ")
    assert "[6.00  16.00  26.00]" in [*text(s).splitlines()][2]
    v.data[0] = np.nan
    assert text(s).endswith("and is [NaN  −1.00  0.50  2.00] now.")
    assert "NaN" in row(text((W @ v).sum()), "v  ")
    W.data[0, 0] = np.inf
    assert "W was (3, 4) when it was used, and is (3, 4) with ∞ now." in " ".join(text(s).split())
    assert "∞" in row(text((W @ v).sum()), "W  ")


def test_an_index_reads_as_it_is_typed_in_text_and_gate():
    v = Value(np.arange(12.0).reshape(3, 4), "v")
    for taken, said in ((v[0], "[0]"), (v[1:, ::2], "[1:, ::2]"), (v[..., -1], "[…, -1]"), (v[:2], "[:2]")):
        assert f"v{said}" in text(taken)
        assert wording.gate(taken) == said


def test_precision():
    _, z = class_example()
    z.backward()
    assert "50.0000" in text(z, precision=4)
    with pytest.raises(ValueError, match="precision"):
        text(z, precision=-1)


def test_only_a_value_is_drawn():
    with pytest.raises(TypeError, match="text: draws a Value, not float; wrap the number"):
        text(5.0)


def test_labels_of_the_same_name_are_told_apart():
    h = Value(1.0, "h")
    for t in range(40):
        with scope(f"t={t}"):
            h = h.tanh()
        h.label = "s"
    printed = text(h)
    assert "s_2 = tanh(s_1)" in printed


@pytest.mark.slow
@pytest.mark.parametrize("depth", [100, 1_000_000])
def test_a_deep_chain_is_a_table_with_a_counted_gap(depth):
    v = Value(1.0, "start")
    for _ in range(depth):
        v = -v
    printed = text(v).splitlines()
    assert printed[0].startswith(f"{depth + 1:,} values")
    assert f"… {depth + 1 - 60:,} values between …" in printed
    assert len(printed) == 62
    assert printed[1].split() == ["1", "start", "1.00"]
    assert printed[-1].split()[:4] == [f"{depth + 1:,}", f"v{depth + 1}", "=", f"−v{depth}"]


labels = st.text(st.characters(codec=None), max_size=60) | st.sampled_from(
    ["\x1b[31mred", "a\nb", "\u202eabc", "z" * 9999, "√∂", "字" * 30]
)


@given(st.lists(labels, min_size=1, max_size=40), st.integers(0, 15), st.booleans())
def test_whatever_the_labels_lines_are_narrow_and_printable(names, precision, backward):
    total = Value(1e-9, names[0])
    for place, name in enumerate(names):
        total = total * Value(-(7.0**place), name) + total
        total.label = name
    if backward:
        total.backward()
    printed = text(total, precision=precision)
    strange = {letter for letter in printed if unicodedata.category(letter) in ("Cc", "Cs") or letter in "\u202e\u2028"}
    assert strange <= {"\n"}
    assert all(cell_len(line) <= 100 for line in printed.split("\n"))
    assert text(total, precision=precision) == printed


def test_an_unrolled_network_has_a_column_for_each_step():
    w, u, s = Value(1.4, "w"), Value(0.8, "u"), Value(-0.8, "s0")
    for t in range(1, 13):
        with scope(f"t={t}"):
            s = (w * s + u * Value(0.1 * t, f"x{t}")).tanh()
            s.label = f"s{t}"
            o = s * 2
            o.label = f"o{t}"
    o.backward()
    printed = text(o)
    lines = printed.splitlines()
    assert lines[0].split()[:4] == ["12", "steps", "t=1", "t=2"]
    assert "⋯" in lines[0] and lines[0].split()[-1] == "t=12"
    (row,) = [line for line in lines if line.startswith("s = tanh(w·s(t−1) + u·x)")]
    assert row.split()[-1] == f"{s.data:.2f}".replace("-", "−")
    below = lines[lines.index(row) + 1].split()
    assert below[0] == "∂" and below[-1] == f"{s.grad:.2f}"
    assert "w " in printed.split("besides")[1]


def test_a_small_unrolled_network_has_a_column_for_each_step_and_its_shared_gradients_add():
    """The lecture's network of three numbers: small enough for a tree, but its steps are what one looks for."""
    w, u, s = Value(0.5, "w"), Value(1.0, "u"), Value(0.0, "s0")
    for t in range(1, 4):
        with scope(f"t={t}"):
            s = (w * s + u * Value(1.0 / t, f"x{t}")).tanh()
            s.label = f"s{t}"
    s.backward()
    lines = text(s).splitlines()
    assert lines[0].split() == ["3", "steps", "t=1", "t=2", "t=3"]
    (row,) = [line for line in lines if line.split()[1:2] == ["u"]]
    terms = [float(term.replace("−", "-")) for term in row.partition("Σ")[2].replace("+", " ").split()[1:]]
    assert len(terms) == 3 and abs(sum(terms) - u.grad) < 0.02
    assert "branch" in text(s, show="locals"), "local derivatives belong to wires, and those stand in a tree"


def test_a_number_that_each_step_has_of_its_own_is_told_step_by_step():
    """No step's target or weight stands in the title as if it were that of all; what has no name is written out."""
    w, losses, targets = Value(0.5, "w"), [], (0.3, 0.1, 0.7, 0.2, 0.4, 0.3)
    for t, target in enumerate(targets, 1):
        with scope(f"t={t}"):
            losses.append(2 * (w * Value(1.0 * t, f"x{t}") - target) ** 2)
            losses[-1].label = f"E{t}"
    mean = (losses[0] + losses[1]) / 2
    mean.label = "mean"
    total = mean + sum(losses[2:], Value(0.0, "none"))
    total.backward()
    lines = text(total).splitlines()
    place = next(k for k, line in enumerate(lines) if line.startswith("E = 2·(w·x − …)²"))
    assert lines[place + 2].split() == ["…", *(f"{target:.2f}" for target in targets)]
    assert any("mean = (E1 + E2) / 2" in line for line in lines)


def test_steps_that_are_wider_than_a_line_go_on_below():
    s = Value(np.zeros(4), "s0")
    for t in range(1, 7):
        with scope(f"t={t}"):
            s = (s + Value([0.1, -0.2, 0.3, t / 2], f"x{t}")).tanh()
            s.label = f"s{t}"
    lines = text((s * s).sum()).splitlines()
    assert max(map(len, lines)) <= 80
    heads = [line for line in lines if "t=" in line]
    assert len(heads) > 1 and " ".join(heads).split() == ["6", "steps", *(f"t={t}" for t in range(1, 7))]
    assert sum(line.startswith("s = tanh(") for line in lines) == len(heads)


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_steps_that_are_not_alike_stay_a_table(steps: int):
    h = Value(1.0, "h")
    for t in range(40):
        with scope(f"t={t}"):
            for _ in range(1 + (t < steps)):
                h = h.tanh()
    assert text(h).startswith(f"{40 + steps + 1} values")


def test_local_derivatives_where_they_are_asked_for():
    w = Value(5.0, "w")
    z = w**2 * (w - 3)
    assert "local" not in text(z)
    z.backward()
    rows = [line for line in text(z, show="locals").splitlines() if "local" in line]
    assert [row.partition("local ")[2].partition(",")[0] for row in rows] == ["2.00", "10.00", "25.00", "1.00"]
    with pytest.raises(ValueError, match="locals"):
        text(z, show="forward")
