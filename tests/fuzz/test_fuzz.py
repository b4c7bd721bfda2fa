"""A few hundred random graphs in all their readings; `make fuzz` runs tens of thousands."""

from collections import Counter

import numpy as np
import pytest

from autograd_tiny.arrays.lines import LINES
from autograd_tiny.table import TABLE
from autograd_tiny.testing.drawing import names_of
from autograd_tiny.testing.function import Function, Step
from tests.fuzz.agreement import Disagreement, Unreadable, disagreements, due
from tests.fuzz.cases import Case, drawn
from tests.fuzz.readings import READINGS
from tests.fuzz.reproduction import reproduction
from tests.fuzz.shrinking import shrunk

SEED = "suite"
GRAPHS, PARTS = 300, 10


@pytest.mark.parametrize("part", range(PARTS))
def test_all_readings_agree(part: int) -> None:
    for number in range(part, GRAPHS, PARTS):
        case = drawn((SEED, number))
        try:
            wrong = disagreements(case, due(number, READINGS))
        except Unreadable:
            continue
        assert not wrong, "\n" + reproduction(*shrunk(case, wrong[0]))


def test_every_operation_takes_part() -> None:
    table = set(TABLE) - {line.name for line in LINES}  # whole matrices want more than moderate numbers
    assert set(names_of(structure=True)) == table  # each is a function, or has a spelling
    cases = [drawn((SEED, number)) for number in range(GRAPHS)]
    count = Counter(step.name for case in cases for step in case.function.steps)
    assert min(count[name] for name in table) >= 2, count.most_common()


def test_many_kinds_take_part() -> None:
    cases = [drawn((SEED, number)) for number in range(GRAPHS)]
    points = [x for case in cases for x in case.point]
    assert {np.ndim(x) for x in points} >= {0, 1, 2, 3}
    assert {0, 1} <= {np.size(x) for x in points}
    assert {case.order for case in cases} == {1, 2}
    assert any(case.single for case in cases) and any(case.smooth for case in cases)
    assert any(isinstance(x, np.ndarray) and not x.flags.c_contiguous for x in points)
    assert any(len(set(step.inputs)) < len(step.inputs) for case in cases for step in case.function.steps)


def test_a_seed_draws_the_same_graph() -> None:
    first, second = drawn((SEED, 3)), drawn((SEED, 3))
    assert first.function.source == second.function.source
    assert repr(first.function) != repr(drawn((SEED, 4)).function)


def test_every_reading_has_answers() -> None:
    counts = Counter[str]()
    for number in range(40):
        try:
            disagreements(drawn((SEED, number)), due(number, READINGS), counts)
        except Unreadable:
            continue
    missing = set(READINGS) - set(counts)
    assert missing <= {"jax", "torch", "pytorch", "native"}, missing


def test_what_is_wrong_is_found_and_made_small(monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [drawn((SEED, number)) for number in range(60)]
    case = next(c for c in cases if c.order == 1 and len(c.function.steps) > 3 and _has(c, "exp"))
    true = READINGS["grad"]

    def mistaken(case: Case) -> object:
        answer = true(case)
        return type(answer)(answer.value + 1.0) if _has(case, "exp") else answer

    monkeypatch.setitem(READINGS, "grad", mistaken)
    (wrong,) = disagreements(case, ["grad"])
    smaller, still = shrunk(case, wrong)
    assert isinstance(still, Disagreement) and still.kind == "value"
    assert len(smaller.function.steps) < len(case.function.steps) and _has(smaller, "exp")
    space: dict[str, object] = {}
    exec(reproduction(smaller, still), space)  # it runs by itself
    assert "grad" in reproduction(smaller, still)


def _has(case: Case, name: str) -> bool:
    return any(step.name == name for step in case.function.steps)


def test_the_text_of_a_function_makes_the_same_arrays() -> None:
    data = [
        np.arange(6.0).reshape(2, 3).T, np.broadcast_to(np.array([1.0, 2.0]), (3, 2)), np.arange(3.0)[::-1],
        np.zeros((0, 2)), np.arange(24.0).reshape(2, 3, 4).transpose(2, 0, 1), np.array([True, False]),
        np.array([1.5], np.float32),
    ]  # fmt: skip
    for x in data:
        f = Function((1.0,), (Step("constant", (), {"data": x}),))
        space = {"np": np}
        exec(f.source, space)
        twin = space["f"](1.0)  # type: ignore[operator]
        assert (twin.shape, twin.dtype, twin.tolist()) == (x.shape, x.dtype, x.tolist())
        assert x.size < 2 or twin.strides == x.strides
