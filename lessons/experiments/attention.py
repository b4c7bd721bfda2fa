"""A network that looks where it needs to: strings are copied and reversed through soft attention.

An encoder reads the string x_1 … x_T in both directions; h_j says what stands at j and around it. The decoder, in
state s, asks each place how much it matters now, looks there, writes a letter and goes on:

    a_j = softmax_j(v · tanh(s W_q + h_j W_k))        how much to look at place j
    c   = Σ_j a_j [h_j, e_j]                          what is seen there: the state, and the letter's vector e_j
    y   = softmax(c_e V)                              the letter that is written
    s   = GRU(c_h, s)                                 where to look next

Letters reach the output only through the attention, so a right answer needs the right place: copying draws a
diagonal, reversing an anti-diagonal. Strings whose letters' numbers add up to a multiple of 5 are never trained on.

Sources: "attention" among the RNN variants of CS771 (Purushottam Kar); Bahdanau, Cho, Bengio, Neural machine
translation by jointly learning to align and translate, 2015.
"""

from __future__ import annotations

import sys

import numpy as np

import viz
from autograd_tiny import Value, concatenate, stack, tanh
from autograd_tiny.nn import Attention, Bidirectional, Embedding, GRUCell, Layer, Linear, cross_entropy
from autograd_tiny.optim import Adam, clip_by_norm, cosine
from lessons.experiments import console
from lessons.experiments.compiled import Learner
from lessons.experiments.console import Outcome, Report
from viz import Chart

LETTERS = "abcdefgh"
LENGTHS = range(3, 9)
HELD_OUT = 5


class Transducer(Layer):
    """Strings (T, B) to the logits of as many letters, (T, B, 8), and the attention weights (written, read, B)."""

    def __init__(self, hidden: int, seed: int) -> None:
        letters, half = len(LETTERS), hidden // 2
        self.embedding = Embedding(letters, letters, seed=seed)
        self.encoder = Bidirectional(GRUCell(letters, half, seed=seed + 1), GRUCell(letters, half, seed=seed + 2))
        self.start = Linear(hidden, hidden, seed=seed + 3)
        self.attention = Attention(hidden, hidden, seed=seed + 4)
        self.decoder = GRUCell(hidden, hidden, seed=seed + 5)
        self.output = Linear(letters, letters, seed=seed + 6)
        self.hidden = hidden

    def __call__(self, x: np.ndarray) -> tuple[Value, np.ndarray]:
        e = self.embedding(x)  # (T, B, 8)
        h, (last, first) = self.encoder(e)  # (T, B, H); where each direction ended
        s = tanh(self.start(concatenate([last, first], -1)))
        places, seen, looked = concatenate([h, e], -1), [], []
        for _ in x:
            c, a = self.attention(s, h, places)  # (B, H + 8), (T, B)
            s = self.decoder(c[:, : self.hidden], s)
            seen.append(c[:, self.hidden :])
            looked.append(a.data)
        return self.output(stack(seen)), np.array(looked)


TASKS = {"copy": lambda x: x, "reverse": lambda x: x[::-1]}


def is_held_out(x: np.ndarray) -> np.ndarray:
    """Which strings of (T, B) are kept for the examination, (B,)."""
    kept: np.ndarray = x.sum(0) % HELD_OUT == 0
    return kept


def strings(rng: np.random.Generator, length: int, size: int, *, held_out: bool) -> np.ndarray:
    """Random strings (length, size), all of them held out or all not."""
    x = rng.integers(0, len(LETTERS), (length, 8 * HELD_OUT * size))
    chosen: np.ndarray = x[:, is_held_out(x) == held_out][:, :size]
    return chosen


def train(net: Transducer, task: str, report: Report, *, seed: int, steps: int, batch: int = 32) -> float:
    """Learn a task from random strings, one length per step; the last loss, in nats per letter."""
    rng, rate = np.random.default_rng(seed), cosine(0.01, T_max=steps)
    optimizer, loss = Adam(net.parameters()), np.inf
    learner = Learner(lambda x, y: cross_entropy(net(x)[0], y), optimizer)
    for step in range(1, steps + 1):
        optimizer.lr = rate(step)
        x = strings(rng, int(rng.choice(LENGTHS)), batch, held_out=False)
        loss = learner(x, TASKS[task](x))
        clip_by_norm(optimizer, 1.0)
        optimizer.step()
        report(step, steps, f"{task}: loss {loss:.4f} nats per letter")
    return loss


def right(net: Transducer, task: str, x: np.ndarray) -> float:
    """The share of strings that come out without a mistake."""
    return float((net(x)[0].data.argmax(-1) == TASKS[task](x)).all(0).mean())


def on_diagonal(net: Transducer, task: str, x: np.ndarray) -> float:
    """The share of all attention that goes where it should: to t for copy, to T + 1 − t for reverse."""
    place = TASKS[task](np.arange(len(x)))
    return float(net(x)[1][np.arange(len(x)), place].mean())


def run(report: Report, *, seed: int = 0, steps: int = 1000, hidden: int = 32) -> Outcome:
    """The number is the share of held-out strings, of all lengths and both tasks, that come out without a mistake."""
    shares, lines, matrices = [], [], []
    for k, task in enumerate(TASKS):
        net = Transducer(hidden, seed=100 * seed + 10 * k)
        train(net, task, report, seed=seed, steps=steps)
        exam = [strings(np.random.default_rng(seed), length, 200, held_out=True) for length in LENGTHS]
        shares += [right(net, task, x) for x in exam]
        share = np.mean([on_diagonal(net, task, x) for x in exam])
        where = "diagonal" if task == "copy" else "anti-diagonal"
        lines.append(f"{task}: {share:.3f} of the attention lies on the {where}")
        matrices.append(picture(net, f"{task}: {share:.2f} on the {where}"))
    return Outcome(
        f"share of {400 * len(LENGTHS):,} held-out strings copied and reversed without a mistake",
        float(np.mean(shares)),
        at_least=1.0,
        lines=tuple(lines),
        picture=viz.chart(matrices, title="Where the network looks while it writes"),
    )


def picture(net: Transducer, title: str) -> Chart:
    """The attention weights while one held-out string is written."""
    x = strings(np.random.default_rng(1), 8, 1, held_out=True)
    logits, looked = net(x)
    read, written = ("".join(LETTERS[k] for k in word) for word in (x[:, 0], logits.data[:, 0].argmax(-1)))
    return viz.chart(looked[:, :, 0], x="read", y="written", names=written, columns=read, limits=(0, 1), title=title)


if __name__ == "__main__":
    sys.exit(console.main(run, __doc__))
