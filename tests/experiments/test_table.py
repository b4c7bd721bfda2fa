"""The table of all experiments: every number in its column, a missed bar marked; and every bar can be missed."""

import subprocess
import sys

import pytest

from lessons.experiments.__main__ import experiments, module, table
from lessons.experiments.console import Outcome, silent
from tests.project.checkout import ROOT

# Each experiment with hardly any training, or with hardly any time for a gradient to fade in.
LITTLE = {
    "attention": {"steps": 1},
    "binary_addition": {"steps": 1},
    "captioning": {"steps": 1},
    "character_model": {"steps": 12, "hidden": 6},
    "echo_state": {"size": 20, "steps": 1},
    "gradient_flow": {"steps": 5},
    "hello": {"steps": 1},
    "hessian_free": {"length": 10, "hidden": 3, "batch": 8, "budget": 1},
    "multiplicative_rnn": {"steps": 12, "hidden": 6},
    "next_word": {"steps": 1},
    "relations": {"steps": 1},
    "sentences": {"steps": 1},
    "skip_gram": {"steps": 1, "sentences": 300},
    "universality": {"steps": 1},
}


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


@pytest.mark.slow
def test_experiments_run_beside_each_other() -> None:
    command = [sys.executable, "-m", "lessons.experiments", "check", "hello", "relations"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")
    said, _, told = done.stdout.partition("\n\n")
    runs = [line.split(", ")[:2] for line in said.splitlines() if ", seed " in line]
    assert runs == [[name, f"seed {seed}"] for name in ("hello", "relations") for seed in (0, 1, 2)]
    assert [line.split()[0] for line in told.splitlines()] == ["experiment", "hello", "relations"]


@pytest.mark.slow
@pytest.mark.parametrize("name", LITTLE)
def test_without_training_the_bar_is_missed(name: str) -> None:
    outcome = module(name).run(silent, seed=2, **LITTLE[name])
    assert not outcome.reached and "MISSED" in str(outcome), str(outcome)


def test_every_bar_is_tried() -> None:
    # The strategies' own test runs one pass: it counts who is ahead, and that needs no training to the end.
    assert {*LITTLE, "training_tricks"} == set(experiments())
