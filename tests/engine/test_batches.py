"""A graph computed for many inputs at once gives what it gives for each of them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_tiny as at
from autograd_tiny import Value, check_gradients, nn
from autograd_tiny.graphs.replay import replay
from autograd_tiny.value import ancestors
from tests.engine.samples import ELEMENTWISE, PARAMETERS, STRUCTURAL, Application, apply, points

N = 3


def held(f: Callable[..., Value], inputs: list[Any]) -> None:
    """Move each input a little, N times, the others staying: at once as one by one."""
    leaves = [Value(x) for x in inputs]
    z = f(*leaves)
    for leaf in leaves:
        x = np.asarray(leaf.data)
        moved = x[..., None] * (1 + np.arange(N) / 64)
        together = np.broadcast_to(replay(ancestors(z), {leaf: moved}), (*z.shape, N))
        for k in range(N):
            alone = f(*(Value(moved[..., k]) if v is leaf else v for v in leaves))
            # Sums of products may be taken in another order, which costs a few of 2**-52.
            np.testing.assert_allclose(together[..., k], alone.data, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_elementwise(name: str) -> None:
    columns = [np.array(column) for column in zip(*points(name), strict=True)]
    held(lambda *xs: apply(name, *xs), columns)
    held(lambda *xs: apply(name, *xs), [float(column[0]) for column in columns])
    if len(columns) == 2:  # shapes that broadcast, a number among them
        held(lambda *xs: apply(name, *xs), [columns[0], columns[1].reshape(-1, 1)])
        held(lambda *xs: apply(name, *xs), [columns[0], float(columns[1][0])])


@pytest.mark.parametrize("name", [name for name in ELEMENTWISE if name in PARAMETERS])
def test_parameters_that_are_arrays(name: str) -> None:
    first = {"negative_slope": np.array([0.1, 0.2]), "low": np.array([-0.5, 0.1]), "condition": np.array([True, False])}
    given = {key: first.get(key, value) for key, value in PARAMETERS[name].items()}
    x = [np.array([[-0.7, 0.4], [1.9, -2.3]]), np.array([3.0, 4.0])][: 2 if name == "where" else 1]
    held(lambda *xs: at.value.record(at.table.TABLE[name], *xs, **given), x)


@pytest.mark.parametrize("application", STRUCTURAL, ids=str)
def test_structural(application: Application) -> None:
    held(application, application.inputs())


INDICES = {
    "a number from the end": -1,
    "an ellipsis": (..., 1),
    "only an ellipsis": ...,
    "a slice": (slice(None), slice(1, 3)),
    "rows, one twice": np.array([0, 2, 0]),
    "pairs": (np.array([0, 1]), np.array([1, 1])),
    "a mask": np.arange(12).reshape(3, 4) % 3 == 0,
    "a new axis": (None, 1),
}


@pytest.mark.parametrize("index", INDICES.values(), ids=INDICES)
def test_indices(index: Any) -> None:
    held(lambda x: x[index], [np.arange(12.0).reshape(3, 4) + 1])
    held(lambda x: at.scatter(x, index, (3, 4)), [np.arange(12.0).reshape(3, 4)[index] + 1])


@pytest.mark.parametrize(
    "shapes", [((2, 3, 4), (4, 5)), ((4,), (2, 4, 5)), ((2, 3, 4), (4,)), ((3, 4), (2, 4, 5))], ids=str
)
def test_products_of_several_matrices(shapes: tuple[tuple[int, ...], ...]) -> None:
    random = np.random.default_rng(0)
    held(lambda x, y: x @ y, [random.standard_normal(shape) for shape in shapes])


def counted(f: Callable[..., Value]) -> tuple[Callable[..., Value], list[int]]:
    calls: list[int] = []

    def g(*xs: Value) -> Value:
        calls.append(1)
        return f(*xs)

    return g, calls


def test_a_check_asks_the_function_itself_a_few_times_only() -> None:
    w = np.linspace(-1, 1, 40).reshape(8, 5)
    f, calls = counted(lambda w: (w @ np.ones(5)).tanh().sum())
    assert check_gradients(f, w).ok
    assert len(calls) == 4  # recorded, without recording, and to both sides


def half_forgotten(w: Value) -> Value:
    return (w * Value(w.data)).sum()


def seen_by_one_number(w: Value) -> Value:
    return w.sum() + float(w.data[3]) * 1e-3


@pytest.mark.parametrize("f", [half_forgotten, seen_by_one_number], ids=lambda f: f.__name__)
def test_what_the_graph_does_not_know_is_still_found(f: Callable[..., Value]) -> None:
    report = check_gradients(f, np.linspace(1, 2, 20))
    wrong = [c.index for c in report.comparisons if not c.ok]
    assert wrong == ([(3,)] if f is seen_by_one_number else [(k,) for k in range(20)])


def test_a_forgotten_slope_just_too_large_to_be_allowed_is_found_at_every_number() -> None:
    w = np.linspace(-0.01, 0.01, 60)
    for k in range(0, 60, 4):
        report = check_gradients(lambda w, k=k: w.sum() + 2e-7 * float(w.data[k]), w, rtol=0.0)  # atol allows 1e-7
        assert [c.index for c in report.comparisons if not c.ok] == [(k,)]


def test_a_function_that_draws_is_not_judged_by_one_of_its_graphs() -> None:
    drops = nn.Dropout(0.5, seed=0)
    report = check_gradients(lambda x: drops(x).sum(), np.ones(20))
    assert report.verdict == "unsure" and "it draws random numbers or keeps a state" in report.why
    drops.eval()
    assert check_gradients(lambda x: drops(x).sum(), np.ones(20)).ok


def test_what_is_no_number_is_never_right() -> None:
    numbers = np.ones(10)
    for wrong in (np.nan, np.inf):
        report = check_gradients(lambda x, g=wrong: (x * g).sum(), numbers)
        assert report.verdict == "unsure" and "nothing to differentiate" in report.why
    brink = np.full(10, np.log(np.finfo(float).max / 10) - 1e-6)  # a step further, the sum of their powers is ∞
    assert check_gradients(lambda x: at.exp(x).sum(), brink).ok  # by a shorter step
    assert not check_gradients(lambda x: (at.exp(x) * Value(x.data / 1e3)).sum(), brink).ok


def test_at_a_kink_of_one_number_the_function_is_asked() -> None:
    x = np.array([*range(-4, 5)], float)
    report = check_gradients(lambda x: at.relu(x).sum(), x)
    assert [c.index for c in report.comparisons if c.verdict == "unsure"] == [(4,)]
    assert "kink: slope 0 to the left, 1 to the right, 0 lies between them" in str(report)


def test_large_graphs_are_computed_some_numbers_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    from autograd_tiny.check import differences

    x = np.linspace(-1, 1, 30)
    whole = check_gradients(lambda x: (x * x.sum()).tanh().sum(), x)
    monkeypatch.setattr(differences, "ROOM", 1000)
    assert check_gradients(lambda x: (x * x.sum()).tanh().sum(), x).comparisons == whole.comparisons
