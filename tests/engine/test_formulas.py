"""Formulas say what the graph computes: two leaves are never one, and strange numbers can be written."""

import pytest

from autograd_tiny import Value, formula, grad

W, V = Value(5.0, "w"), Value(2.0, "v")

WRITTEN = {
    "w**2*(w - 3)": (W**2 * (W - 3), r"w^{2} \left(w - 3\right)"),
    "1/v": (V**-1, r"\frac{1}{v}"),
    "-w": (-W, "-w"),
    "v/2": (V / 2, r"\frac{v}{2}"),
    "2**v": (2**V, "2^{v}"),
    "(w**v)**3": ((W**V) ** 3, r"\left(w^{v}\right)^{3}"),
    "(w**v)**w": ((W**V) ** W, r"\left(w^{v}\right)^{w}"),
    "nan*v": (V * float("nan"), "nan v"),
    "inf*v": (V * float("inf"), "inf v"),
    "v + 1e+16": (V + 1e16, "v + 1e+16"),
    "x - x_2": (Value(1.0, "x") - Value(2.0, "x"), "x - x_{2}"),
    "v1 - v2": (Value(1.0, "v1") - Value(2.0), r"\mathrm{v1} - \mathrm{v2}"),
}


@pytest.mark.parametrize(("plain", "value", "latex"), [(p, *vl) for p, vl in WRITTEN.items()], ids=WRITTEN)
def test_formula(plain: str, value: Value, latex: str) -> None:
    assert formula(value) == plain
    assert formula(value, "latex") == latex


def test_the_gradient_reads_as_a_learner_writes_it() -> None:
    w = Value(5.0, "w")
    z = w**2 * (w - 3)
    (g,) = grad(z, [w], create_graph=True)
    (h,) = grad(g, [w])
    assert (z.data, g.data, h.data) == (50.0, 45.0, 24.0)
    assert formula(g) == "2*w*(w - 3) + w**2"


def test_infinite_exponents() -> None:
    assert formula(Value(0.5, "x") ** float("inf")) == "x**inf"
