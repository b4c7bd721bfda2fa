"""The table of all experiments: every number in its column, a missed bar marked."""

import subprocess
import sys

from lessons.experiments.__main__ import table
from lessons.experiments.console import Outcome
from tests.project.checkout import ROOT


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


def test_experiments_run_beside_each_other() -> None:
    command = [sys.executable, "-m", "lessons.experiments", "check", "hello", "relations"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")
    said, _, told = done.stdout.partition("\n\n")
    runs = [line.split(", ")[:2] for line in said.splitlines() if ", seed " in line]
    assert runs == [[name, f"seed {seed}"] for name in ("hello", "relations") for seed in (0, 1, 2)]
    assert [line.split()[0] for line in told.splitlines()] == ["experiment", "hello", "relations"]
