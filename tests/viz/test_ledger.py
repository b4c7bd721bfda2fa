"""viz.ledger: every += of the backward pass, in order, with its numbers and its path."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from autograd_tiny import Value, backward_steps, scope
from viz.text.ledger import ledger

CLASS_EXAMPLE = """\
∂z/∂z  seed              = 1.00
∂z/∂x  += ∂z/∂z · ∂z/∂x  = 1.00 × 2.00 = 2.00    via z ← × ← x
∂z/∂y  += ∂z/∂z · ∂z/∂y  = 1.00 × 25.00 = 25.00  via z ← × ← y
∂z/∂w  += ∂z/∂y · ∂y/∂w  = 25.00 × 1.00 = 25.00  via z ← × ← y ← −3 ← w
                                                 running sum 25.00
∂z/∂w  += ∂z/∂x · ∂x/∂w  = 2.00 × 10.00 = 20.00  via z ← × ← x ← ( )² ← w
                                                 running sum 45.00"""


def class_example():
    w = Value(5.0, "w")
    x, y = w**2, w - 3
    x.label, y.label = "x", "y"
    z = x * y
    z.label = "z"
    return w, z


def test_the_class_example():
    assert ledger(class_example()[1]) == CLASS_EXAMPLE


def test_a_wide_screen_shows_a_line_each_and_a_narrow_one_less_beside_more_below():
    _, z = class_example()
    wide, narrow = ledger(z, width=100), ledger(z, width=60)
    assert "via z ← × ← y ← −3 ← w    running sum 25.00" in wide
    assert len(wide.splitlines()) == 5
    assert "\n       via z ← × ← y ← −3 ← w  running sum 25.00\n" in narrow
    for width in (52, 60, 80, 100):
        assert max(map(cell_len, ledger(z, width=width).splitlines())) <= width
        assert ledger(z, width=width).split() == wide.split()  # the same words in the same order


def test_paths_can_be_left_out():
    _, z = class_example()
    lines = ledger(z, paths=False).splitlines()
    assert lines[-1] == "∂z/∂w  += ∂z/∂x · ∂x/∂w  = 2.00 × 10.00 = 20.00  running sum 45.00"
    assert "via" not in "".join(lines)


def test_no_gradient_is_touched():
    w, z = class_example()
    ledger(z)
    assert not w.has_grad
    assert not z.has_grad


def test_rounding_is_told():
    a, b = Value(0.625, "a"), Value(0.625, "b")
    assert "= 1.00 × 0.62 = 0.62" in ledger(a * b)
    assert "≈" in ledger((a * b) * Value(0.333, "c"))


def test_unnamed_values_are_explained():
    w = Value(5.0, "w")
    printed = ledger(w**2 * (w - 3))
    assert printed.endswith("\n\nwhere  v2 = w²,   v3 = w − 3,   v4 = v2·v3")
    assert "via v4 ← × ← ( )² ← w" in printed


def test_a_path_begins_where_paths_have_been_added():
    a = Value(1.0, "a")
    h = a.tanh()
    h.label = "h"
    z = h * h
    z.label = "z"
    last = ledger(z).splitlines()[-1]
    assert "via Σ h ← tanh ← a" in last
    assert "running sum" not in last  # one wire: nothing to add


def test_a_product_of_matrices_by_its_own_rule():
    W, x = Value([[1.0, 2.0], [3.0, 4.0]], "W"), Value([1.0, -1.0], "x")
    h = W @ x
    h.label = "h"
    printed = ledger(h)
    assert "∂h/∂W  += ∂h/∂h @ xᵀ  = [[1.00  −1.00] [1.00  −1.00]]" in printed
    assert "∂h/∂x  += Wᵀ @ ∂h/∂h  = [4.00  6.00]" in printed
    assert "∂h/∂h  seed" in printed
    s = h.sum()
    s.label = "s"
    assert "∂s/∂h  += ∂s/∂s back through sum" in ledger(s)


def test_only_a_value_has_a_ledger():
    with pytest.raises(TypeError, match="ledger: lists the backward pass of a Value, not float"):
        ledger(5.0)


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99), st.sampled_from("+*-")), min_size=1, max_size=25))
def test_every_contribution_is_a_line(steps):
    pool = [Value(1.5, "a"), Value(-0.5, "b")]
    for i, j, sign in steps:
        x, y = pool[i % len(pool)], pool[j % len(pool)]
        pool.append(x + y if sign == "+" else x - y if sign == "-" else x * y * 0.5)
    printed = ledger(pool[-1], precision=6, width=1000).split("\n\nwhere")[0].splitlines()[1:]
    shares = [share for step in backward_steps(pool[-1]) for share in step.contributions]
    assert len(printed) == len(shares)
    for line, share in zip(printed, shares, strict=True):
        result = re.search(r"[=≈] (\S+) +via", line)[1].replace("−", "-")
        # Six decimals are printed, or four figures and an exponent from a million on.
        assert float(result) == pytest.approx(share.contribution, rel=6e-3, abs=6e-7)


@pytest.mark.parametrize("depth", [199, 200, 20_000])
def test_a_long_ledger_counts_what_it_leaves_out(depth):
    v = Value(1.0, "start")
    for _ in range(depth):
        v = -v
    lines = ledger(v, width=1000).split("\n\nwhere")[0].splitlines()
    gaps = [line for line in lines if line.startswith("…")]
    assert gaps == ([f"… {depth - 200:,} contributions between …"] if depth > 200 else [])
    assert len(lines) == 1 + min(depth, 200) + len(gaps)
    assert lines[-1].startswith(f"∂v{depth + 1}/∂start")


def test_hostile_labels_stay_harmless():
    q = Value(1.0, "a\x1b[31m\nb\u202e")
    printed = ledger(q * np.float64(2.0), width=1000)
    assert "\x1b" not in printed
    assert "\u202e" not in printed
    assert len(printed.split("\n\nwhere")[0].splitlines()) == 2


def test_values_of_numbered_scopes_are_called_by_their_numbers() -> None:
    s = w = Value(0.5, "w")
    for t in (1, 2, 3):
        with scope(f"t={t}"):
            s = (s * w).tanh()
            s.label = "s"
    printed = ledger(s)
    assert "∂s_3/∂s_2" in printed and "v4 = s_1·w" in printed and "t=" not in printed


def test_values_that_only_their_scopes_tell_apart_have_them_in_brackets() -> None:
    w = Value(0.5, "w")
    sides = []
    for name in ("left", "right"):
        with scope(name):
            sides.append(w * 2)
            sides[-1].label = "a"
    assert "∂v4/∂a (left)" in ledger(sides[0] * sides[1])
