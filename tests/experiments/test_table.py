"""The table of all experiments: every number in its column, a missed bar marked."""

from lessons.experiments.__main__ import table
from lessons.experiments.console import Outcome


def test_numbers_bars_and_misses() -> None:
    outcomes = {
        "one": {0: Outcome("share", 1.0, at_least=1.0), 1: Outcome("share", 0.5, at_least=1.0)},
        "another": {0: Outcome("error", 0.001234567, at_most=0.02)},
    }
    assert table(outcomes, {"one": 3.4, "another": 61.0}).splitlines() == [
        "experiment    seed 0  seed 1     bar  seconds",
        "one                1   0.5 ×     ≥ 1        3",
        "another     0.001235          ≤ 0.02       61",
    ]
