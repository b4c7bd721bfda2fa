"""What a loop over time steps does once per step, its program does once for all, where no step waits for it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_tiny as ad
from autograd_tiny import Program, Value, trace, value_and_grad
from autograd_tiny.program.lines import Line
from autograd_tiny.program.passes import products
from tests.engine.dialects import ARRAY_DIALECTS, run
from tests.engine.passing import code, printed

D, H, T = 3, 4, 5


def rows(xs: Value, ys: Value, s: Value, U: Value, W: Value, V: Value) -> Value:
    """The loop one writes by hand: vectors, or a batch of rows, on the left of their matrices."""
    loss: Any = 0.0
    for t in range(T):
        s = ad.tanh(xs[t] @ U + s @ W)
        loss = loss + ((s @ V - ys[t]) ** 2).sum()
    return loss


def columns(xs: Value, ys: Value, s: Value, U: Value, W: Value, V: Value) -> Value:
    """The lecture's loop: matrices on the left of columns."""
    loss: Any = 0.0
    for t in range(T):
        s = ad.tanh(U.T @ xs[t] + W.T @ s)
        loss = loss + ((V.T @ s - ys[t]) ** 2).sum()
    return loss


def two_layers(xs: Value, ys: Value, s: Value, U: Value, W: Value, V: Value) -> Value:
    """The outputs of the first layer are the inputs of the second, which has the same recurrent matrix."""
    loss: Any = 0.0
    above = s
    for t in range(T):
        s = ad.tanh(xs[t] @ U + s @ W)
        above = ad.tanh(s @ V @ U + above @ W)
        loss = loss + ((above @ V - ys[t]) ** 2).sum()
    return loss


def inputs(*batch: int) -> tuple[Any, ...]:
    rng = np.random.default_rng(3)
    shapes = (T, *batch, D), (T, *batch, D), (*batch, H), (D, H), (H, H), (H, D)
    return tuple(rng.normal(size=shape) / 2 for shape in shapes)


LOOPS = pytest.mark.parametrize(
    "loop, batch",
    [(rows, ()), (rows, (1,)), (rows, (2,)), (columns, ()), (two_layers, ()), (two_layers, (2,))],
    ids=["rows", "one row", "batch", "columns", "two layers", "two layers, batch"],
)


@pytest.mark.share(3)
@LOOPS
@pytest.mark.parametrize("dialect", ["in place", *ARRAY_DIALECTS])
def test_the_numbers_are_those_of_the_engine(loop: Callable[..., Value], batch: tuple[int, ...], dialect: str) -> None:
    given = inputs(*batch)
    program = trace(loop, *given)
    wanted = value_and_grad(loop)(*given)
    for _ in range(2):  # what the first call leaves in the arrays must not matter
        value, gradients = program.value_and_grad(*given) if dialect == "in place" else run(program, dialect, *given)
        assert float(value) == pytest.approx(wanted[0], rel=1e-13)  # sums in another order: a few last digits
        for one, other in zip(gradients, wanted[1], strict=True):
            assert np.allclose(one, other, rtol=1e-11, atol=1e-13)


def random_loop(seed: int) -> tuple[Callable[..., Value], tuple[Any, ...]]:
    """A loop whose steps take what the last few lines made, by the same operations each time and any three matrices."""
    rng = np.random.default_rng(seed)
    shape, steps = ((2, 3), (3,))[seed % 2], int(rng.integers(2, 6))
    operations = rng.integers(0, 7, size=int(rng.integers(4, 10))).tolist()
    picks = rng.integers(0, 60, size=(steps, len(operations), 3)).tolist()

    def loop(xs: Value, s: Value, A: Value, B: Value, C: Value) -> Value:
        pool, loss = [s], s.sum()
        for t in range(steps):
            pool.append(xs[t])
            for operation, (i, j, k) in zip(operations, picks[t], strict=True):
                x, y, W = pool[i % len(pool)], pool[j % len(pool)], (A, B, C)[k % 3]
                turned = W @ x if x.ndim == 1 else x @ W.T
                results = (x @ W, x @ W, turned, x + y, x * y, ad.tanh(x @ W + y), ad.tanh(x))
                pool = [*pool[-4:], results[operation]]
            loss = loss + (pool[-1] ** 2).sum()
        return loss

    shapes = (steps, *shape), shape, (3, 3), (3, 3), (3, 3)
    return loop, tuple(rng.normal(size=each) / 2 for each in shapes)


@pytest.mark.share(3)
@pytest.mark.parametrize("seed", range(60))
def test_random_loops(seed: int) -> None:
    loop, given = random_loop(seed)
    program = trace(loop, *given)
    wanted = value_and_grad(loop)(*given)
    for value, gradients in (program.value_and_grad(*given), run(program, "numpy", *given)):
        assert float(value) == pytest.approx(wanted[0], rel=1e-11)
        for one, other in zip(gradients, wanted[1], strict=True):
            # Sums in another order lose digits of their largest part.
            assert np.allclose(one, other, rtol=1e-9, atol=1e-11 * max(1.0, float(np.abs(other).max())))


def test_the_same_product_twice_has_no_rows_to_stack() -> None:
    def f(x: Value, W: Value, y: Value) -> Value:
        both = ad.tanh(x @ W + y @ W) * y  # back through W to x and y flows the same, to y in addition
        return (both * both).sum()

    given = tuple(np.random.default_rng(0).normal(size=shape) for shape in ((3,), (3, 3), (3,)))
    gradients = trace(f, *given).value_and_grad(*given)[1]
    for one, other in zip(gradients, value_and_grad(f)(*given)[1], strict=True):
        assert np.allclose(one, other, rtol=1e-12)


def written(program: Program) -> list[str]:
    return [line.value for line in products(program.code)]


@pytest.mark.parametrize("batch", [(), (2,)], ids=["vectors", "batch"])
def test_only_the_recurrent_products_stay_one_per_step(batch: tuple[int, ...]) -> None:
    program = trace(rows, *inputs(*batch))
    texts = written(program)
    assert len(products(program.plain)) == 9 * T  # U, W, V: forward, back to the state or input, and to the matrix
    assert len(texts) == 2 * T + 7  # W forward and back in each step; once: U, V forward and back, and U, W, V
    assert "xs @ U" in texts and sum(" @ V" in text for text in texts) == 2
    assert not any(f"xs[{t}]" in str(line) for t in range(T) for line in program.code.lines)


def test_columns_are_projected_at_once_too() -> None:
    texts = written(trace(columns, *inputs()))
    assert len(texts) == 2 * T + 7 and sum("xs @ " in text for text in texts) == 1


def test_explain_tells_which_products_became_one() -> None:
    told = trace(rows, *inputs()).explain().splitlines()
    (number,) = [k for k, row in enumerate(told) if row.startswith("project")]
    assert "45 → 29" in told[number]  # T − 1 fewer of each of the four
    assert told[number + 1].strip() == "at once: all_v2 = xs @ U"
    assert any(row.split() == ["at", "once:", "dz_dU", "=", "xs.T", "@", "rows_dz_dv4"] for row in told)
    idle = [row for row in told if row.startswith("transposes")]
    assert "→" not in "".join(idle) and "– : found nothing to do" in told


# The passes, line by line ---------------------------------------------------------------------------------------------

STEPS = [
    Line("x1", "{0}[0]", ("xs",), (3,)), Line("p1", "{0} @ {1}", ("x1", "U"), (4,)),
    Line("h1", "tanh({0})", ("p1",), (4,)),
    Line("x2", "{0}[1]", ("xs",), (3,)), Line("p2", "{0} @ {1}", ("x2", "U"), (4,)),
    Line("h2", "{0} + {1}", ("p2", "h1"), (4,)), Line("z", "sum({0})", ("h2",)),
]  # fmt: skip


def test_the_inputs_of_all_steps_are_projected_before_the_loop() -> None:
    assert printed("project", code(STEPS, [], (), xs=(2, 3), U=(3, 4))) == [
        "x1 = xs[0]", "x2 = xs[1]", "rows_x1 = stack([x1, x2], 0)", "all_p1 = rows_x1 @ U",
        "p1 = all_p1[0]", "p2 = all_p1[1]", "h1 = tanh(p1)", "h2 = p2 + h1", "z = sum(h2)", "return z, []",
    ]  # fmt: skip


def test_what_waits_for_itself_stays_in_the_loop() -> None:
    z = [
        Line("h1", "{0} @ {1}", ("h0", "W"), (3,)), Line("h2", "{0} @ {1}", ("h1", "W"), (3,)),
        Line("z", "sum({0})", ("h2",)),
    ]  # fmt: skip
    assert printed("project", code(z, [], (), h0=(3,), W=(3, 3)))[:2] == ["h1 = h0 @ W", "h2 = h1 @ W"]


def test_products_that_are_added_are_computed_before_and_added_in_their_place() -> None:
    z = [Line("z", "sum({0})", ("x",))]
    back = [
        Line("g2", "{0} @ {1}", ("V", "d2"), (3,)), Line("g1", "-{0}", ("g2",), (3,)),
        Line("d1", "-{0}", ("d2",), (2,)), Line("g1", "{0} @ {1}", ("V", "d1"), (3,), adds=True),
    ]  # fmt: skip
    assert printed("project", code(z, back, ("g1",), x=(3,), V=(3, 2), d2=(2,))) == [
        "z = sum(x)", "d1 = -d2", "rows_d1 = stack([d1, d2], 0)", "all_g1_part = rows_d1 @ V.T",
        "g1_part = all_g1_part[0]", "g2 = all_g1_part[1]", "g1 = -g2", "g1 += g1_part", "return z, [g1]",
    ]  # fmt: skip


def test_nothing_moves_across_a_sum_that_grows() -> None:
    z = [Line("z", "sum({0})", ("x",))]
    back = [
        Line("g", "{0} * 2", ("x",), (3,)), Line("a", "{0} @ {1}", ("x", "U"), (3,)),
        Line("b", "{0} * {1}", ("a", "g"), (3,)),  # reads g before more is added to it
        Line("g", "{0}", ("x",), (3,), adds=True), Line("c", "{0} @ {1}", ("g", "U"), (3,)),
        Line("d", "{0} + {1}", ("b", "c"), (3,)),
    ]  # fmt: skip
    given = code(z, back, ("d",), x=(3,), U=(3, 3))
    assert printed("project", given)[2:4] == ["a = x @ U", "b = a * g"]


@pytest.mark.parametrize(
    "taken, of, becomes",
    [((0, 1, 2), 3, "a = xs"), ((1, 2), 3, "a = xs[1:3]"), ((1, 0), 2, "a = stack([x1, x0], 0)")],
    ids=["all", "some", "in another order"],
)
def test_rows_that_are_stacked_again(taken: tuple[int, ...], of: int, becomes: str) -> None:
    z = [Line(f"x{k}", f"{{0}}[{k}]", ("xs",), (2,)) for k in taken]
    names = tuple(line.target for line in z)
    places = ", ".join(f"{{{k}}}" for k in range(len(names)))
    z += [Line("a", f"stack([{places}], 0)", names, (len(names), 2)), Line("z", "sum({0})", ("a",))]
    assert becomes in printed("restack", code(z, [], (), xs=(of, 2)))


def test_a_weight_may_be_multiplied_by_few_rows_and_by_many() -> None:
    rng = np.random.default_rng(4)
    W, xs, ys = Value(rng.normal(size=(D, H)), "W"), rng.normal(size=(6, 2, D)), rng.normal(size=(9, D))

    def loss(xs: Value, ys: Value) -> Value:
        total = ((ys @ W) ** 2).sum()
        for x in xs:
            total = total + ((x @ W) ** 2).sum()
        return total

    loss(Value(xs), Value(ys)).backward()
    wanted, W.grad = np.copy(W.grad), None
    trace(loss, xs, ys).backward(xs, ys)
    assert np.allclose(W.grad, wanted, rtol=1e-12)
