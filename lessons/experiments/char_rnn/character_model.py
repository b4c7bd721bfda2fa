"""What a character model has learned: short words, capitals after full stops, quotation marks; and what it has not.

The lecture looks at what its network writes: "Starts looking like English; new sentence starts with big letter; end
with full stop; short words spelled correctly; long words still messed up". Here each of these is a number, measured on
some thousand characters that a network writes after it has read Sherlock Holmes, with three others beside it: of text
that was held out, of letters by chance, and of what a table of the letters after each two letters writes.

Source: the demo in "Recurrent Neural Network (RNN): Example", character-level language model.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

import numpy as np

import viz
from lessons.experiments import console
from lessons.experiments.char_rnn import learned, writing
from lessons.experiments.char_rnn.learned import Counts
from lessons.experiments.char_rnn.training import Settings, Training, split
from lessons.experiments.console import Outcome, Report
from lessons.experiments.data.holmes import holmes

HELD_OUT, WRITTEN = 0.05, 10_000
COLUMNS = {"1 to 3 letters": (1, 3), "4 to 6": (4, 6), "7 to 9": (7, 9)}
STOP, ELSEWHERE, PAIRED = "capitals after a stop", "capitals elsewhere", "quotation marks paired"


def run(report: Report, *, seed: int = 0, steps: int = 15_000, hidden: int = 100) -> Outcome:
    """The number is how many of the lecture's four observations hold of what the network writes."""
    text = holmes()
    kept = split(len(text), HELD_OUT)
    training = trained(report, text, seed, steps, hidden)
    counts, rng = {order: Counts(text[:kept], order) for order in (0, 2)}, np.random.default_rng(seed)
    texts = {
        "the text, held out": text[kept:],
        "the network": writing.write(training.step.network, training.alphabet, WRITTEN, seed=seed),
        "counts of three letters": counts[2].write(WRITTEN, rng),
        "letters by chance": counts[0].write(WRITTEN, rng),
    }
    known = frozenset(learned.words(text[:kept]))
    rows = {name: measured(written, known) for name, written in texts.items()}
    found = observations(rows["the network"], rows["letters by chance"])
    return Outcome(
        "observations of the lecture, of 4, that hold of what the network writes",
        sum(found.values()),
        at_least=4,
        lines=(*table(rows), *(f"{'yes' if so else 'NO':4}{what}" for what, so in found.items()), *sample(training)),
        picture=picture(rows),
    )


def trained(report: Report, text: str, seed: int, steps: int, hidden: int) -> Training:
    """The lecture's network by Adam, which takes a tenth of the iterations that its Adagrad needs."""

    def after(training: Training) -> bool:
        report(training.step.iteration, steps, f"smooth loss {training.step.smooth_loss:.2f}")
        return True

    training = Training(
        Settings(hidden=hidden, optimizer="adam", learning_rate=0.002, seed=seed, held_out=HELD_OUT), text
    )
    training.run(steps, after)
    return training


def measured(written: str, known: frozenset[str]) -> dict[str, float]:
    """What is measured of a text, by name."""
    real = learned.real_words(written, known)
    return {f"real words, {name}": real[lengths] for name, lengths in COLUMNS.items()} | {
        STOP: learned.capitals(written), ELSEWHERE: learned.capitals_elsewhere(written), PAIRED: learned.closed(written)
    }  # fmt: skip


def observations(network: Mapping[str, float], chance: Mapping[str, float]) -> dict[str, bool]:
    """What the lecture sees, as statements about the numbers."""
    short, long = network["real words, 1 to 3 letters"], network["real words, 7 to 9"]
    return {
        "three short words in four are real ones; by chance it would be fewer than six in ten": short
        > 0.75 > 0.6 > chance["real words, 1 to 3 letters"],
        "of the long ones not one in four is": long < 0.25,
        "three sentences in four begin with a capital, of other words not one in ten": network[STOP]
        > 0.75 > 0.1 > network[ELSEWHERE],
        "quotation marks are paired more often than by chance": network[PAIRED] > chance[PAIRED] + 0.1,
    }  # fmt: skip


def table(rows: Mapping[str, Mapping[str, float]]) -> list[str]:
    """The numbers, a line for each measure and a column for each text."""
    head = " " * 30 + "".join(f"{name:>25}" for name in rows)
    measures = next(iter(rows.values()))
    return [head, *(f"{name:30}" + "".join(f"{row[name]:25.2f}" for row in rows.values()) for name in measures)]


def sample(training: Training) -> list[str]:
    """How well the held-out text is foreseen, and the last sample."""
    check = training.checks[-1]
    return [f"bits per held-out character: {check.held_out_bits:.3f}", *check.sample.splitlines()]


def picture(rows: Mapping[str, Mapping[str, float]]) -> viz.Chart:
    """Every measure of every text, as bars."""
    return viz.chart(
        {name: list(row.values()) for name, row in rows.items()},
        kind="bar",
        names=list(next(iter(rows.values()))),
        y="share",
        limits=(0, 1),
        title="What a character model has learned",
    )


if __name__ == "__main__":
    sys.exit(console.main(run, __doc__))
