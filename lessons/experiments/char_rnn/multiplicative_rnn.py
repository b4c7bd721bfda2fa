"""A multiplicative network beside a plain one of equal size: which foresees the next character of a book better?

    plain            h = tanh(U x + W h + b)                          the character pushes the state
    multiplicative   h = tanh(U x + W_x h + b),  W_x = Σ_f (w_f·x) v_f u_fᵀ     … and chooses what it is multiplied by

Both start as the library initialises them, both read the same stretches of the same book, and neither has more numbers
to learn than the other. Each is trained by Adam at several rates; that with the smallest loss on the text that is
learned is taken, and judged on text that was held out.

Sources: "Multiplicative connections" and "Using factors to implement multiplicative interactions" in lecture 6;
Sutskever, Martens and Hinton, Generating text with recurrent neural networks, 2011.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

import viz
from autograd_tiny import nn
from autograd_tiny.nn.cell import Cell
from lessons.experiments import console
from lessons.experiments.char_rnn import writing
from lessons.experiments.char_rnn.networks import Network
from lessons.experiments.char_rnn.step import Step, stepping
from lessons.experiments.char_rnn.text import alphabet_of, encoded
from lessons.experiments.char_rnn.training import JUDGED, NOTED, split
from lessons.experiments.console import Outcome, Report
from lessons.experiments.data.holmes import holmes

RATES = (0.001, 0.002, 0.004, 0.008)
CELLS: dict[str, Callable[..., Cell]] = {"plain": nn.RNNCell, "multiplicative": nn.MultiplicativeRNNCell}


def network(kind: str, characters: int, hidden: int, seed: int) -> Network:
    """A network of this kind, as the library initialises its cell."""
    made = Network("rnn", characters, hidden, seed)
    made.cell = CELLS[kind](characters, hidden, seed=seed)
    return made


def size(net: Network) -> int:
    """How many numbers it learns."""
    return sum(p.size for p in net.parameters().values())


def as_large(kind: str, characters: int, most: int) -> int:
    """The hidden units with which this kind of network has at most so many numbers."""
    hidden = 1
    while size(network(kind, characters, hidden + 1, 0)) <= most:
        hidden += 1
    return hidden


@dataclass(frozen=True)
class Trained:
    """A network that was trained at one rate, and its smooth loss by iteration."""

    rate: float
    step: Step
    curve: dict[int, float]

    @property
    def loss(self) -> float:
        """Where the smooth loss ended."""
        return self.step.smooth_loss


def run(report: Report, *, seed: int = 0, steps: int = 3000, hidden: int = 100) -> Outcome:
    """The number is how many bits fewer a held-out character costs with multiplicative connections."""
    text = holmes()
    alphabet = alphabet_of(text)
    ids = encoded(text, alphabet)
    kept = split(len(ids), 0.05)
    most = size(network("plain", len(alphabet), hidden, seed))
    bits, lines, curves = {}, [], {}
    for k, kind in enumerate(CELLS):
        units = as_large(kind, len(alphabet), most)
        runs: list[Trained] = []
        for rate in RATES:
            done = (k * len(RATES) + len(runs)) * steps
            step = stepping(network(kind, len(alphabet), units, seed), ids[:kept], 25, "adam", rate, 5.0)
            runs.append(Trained(rate, step, train(step, steps, report, done, 2 * len(RATES) * steps)))
        best = min(runs, key=lambda each: each.loss)
        bits[kind] = writing.bits_per_character(best.step.network, ids[kept : kept + JUDGED + 1])
        curves[f"{kind}, {units} units"] = best.curve
        lines += [*told(kind, units, runs), f"{'':15}at {best.rate:g}, {bits[kind]:.3f} bits per held-out character"]
    saved = bits["plain"] - bits["multiplicative"]
    claim = "bits per held-out character that multiplicative connections save"
    return Outcome(claim, saved, at_least=0.1, lines=tuple(lines), picture=picture(curves))


def train(step: Step, steps: int, report: Report, done: int, total: int) -> dict[int, float]:
    """Train for so many steps; the smooth loss, every so often, by iteration."""
    curve = {0: step.smooth_loss}
    while step.iteration < steps:
        step()
        if step.iteration % NOTED == 0 or step.iteration == steps:
            curve[step.iteration] = step.smooth_loss
            report(done + step.iteration, total, f"smooth loss {step.smooth_loss:.2f}")
    return curve


def told(kind: str, units: int, runs: list[Trained]) -> list[str]:
    """How large the network is, and where it came at each rate."""
    ends = ", ".join(f"{each.loss:.2f} at {each.rate:g}" for each in runs)
    numbers = size(runs[0].step.network)
    return [f"{kind:15}{units} units, {numbers:,} numbers to learn", f"{'':15}smooth loss {ends}"]


def picture(curves: dict[str, dict[int, float]]) -> viz.Chart:
    """Both losses over the iterations."""
    return viz.chart(
        curves,
        x="iteration",
        y="smooth loss of 25 characters, nats",
        title="Plain and multiplicative, equally large, each at its best rate",
    )


if __name__ == "__main__":
    sys.exit(console.main(run, __doc__))
