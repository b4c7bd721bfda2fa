"""A recurrent network learns to add from sums of 8 bits, and then adds numbers of 64 bits without a mistake.

The two numbers are read from right to left, one column (b_i, c_i) at a time, and after each column one digit of the
sum is printed:

    h_i = σ(W_xh [b_i, c_i]ᵀ + W_hh h_{i−1} + b)        d̂_i = σ(W_hz h_i + b_z)

The rule is the same for every column, so it holds for numbers of any length. A feed-forward network, which has other
weights for every column, learns the same 200 sums beside it: by heart. It needs many more to add 8 bits, and for 9 it
would begin anew. What the recurrent network has found is then read out of its hidden states and drawn: it is the finite
automaton that everybody adds with, "carry or not, print 0 or 1".

Source: the toy problem "binary addition" of Hinton's lectures (Deep Learning Lecture 6, Oklahoma, 2017).
"""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from autograd_tiny import Value, tanh
from autograd_tiny.nn import Layer, Linear, RNNCell, binary_cross_entropy_with_logits, unroll
from autograd_tiny.optim import Adam
from lessons.experiments import console
from lessons.experiments.compiled import Learner
from lessons.experiments.console import Outcome, Report
from viz import Drawing
from viz.layout.geometry import Path, Point, Rectangle
from viz.look import theme_named
from viz.output import plate
from viz.page.page import Curve, Mark, Shape, Text
from viz.page.strokes import fitted, short, straight
from viz.words.lettering import SIZE, line

SUMS, BATCH = 200, 64  # sums of 8 bits to learn from, of 65,536; and so many of them a step


class Adder(Layer):
    """Columns (T, B, 2), the lowest first, to the logits of the sum's digits, (T, B)."""

    def __init__(self, hidden: int, seed: int) -> None:
        self.cell = RNNCell(2, hidden, nonlinearity="sigmoid", seed=seed)
        self.output = Linear(hidden, 1, seed=seed + 1)

    def __call__(self, columns: np.ndarray) -> Value:
        h, _ = unroll(self.cell, columns)  # (T, B, H)
        return self.output(h).reshape(*columns.shape[:2])


class FeedForward(Layer):
    """All columns at once, (bits + 1, B, 2), to the logits of the sum's digits, (bits + 1, B), by one hidden layer."""

    def __init__(self, bits: int, hidden: int, seed: int) -> None:
        self.hidden = Linear(2 * bits, hidden, seed=seed)
        self.output = Linear(hidden, bits + 1, seed=seed + 1)

    def __call__(self, columns: np.ndarray) -> Value:
        digits = columns[:-1].transpose(1, 0, 2).reshape(columns.shape[1], -1)  # (B, 2 bits)
        return self.output(tanh(self.hidden(digits))).T


Sums = tuple[np.ndarray, np.ndarray]


def columns(x: np.ndarray, y: np.ndarray, bits: int) -> np.ndarray:
    """Bits of x and y, (B,) each, side by side, the lowest first: (bits + 1, B, 2); the last column holds the carry."""
    pair = np.stack([x, y], -1).astype(np.uint64)  # (B, 2)
    digits = pair >> np.arange(bits, dtype=np.uint64)[:, None, None] & np.uint64(1)
    return np.concatenate([digits, np.zeros((1, *pair.shape))]).astype(float)


def digits_of_sum(x: np.ndarray, y: np.ndarray, bits: int) -> np.ndarray:
    """Binary digits of x + y, (bits + 1, B), the lowest first, by Python's own whole numbers."""
    sums = [int(a) + int(b) for a, b in zip(x, y, strict=True)]
    return np.array([[float(z >> i & 1) for z in sums] for i in range(bits + 1)])


def numbers(rng: np.random.Generator, size: int, bits: int) -> Sums:
    """Two arrays of random numbers below 2^bits."""
    x, y = rng.integers(0, 2**bits, (2, size), dtype=np.uint64)
    return x, y


def train(
    net: Adder | FeedForward, sums: Sums, report: Report, *, seed: int, steps: int, lr: float = 0.05, bits: int = 8
) -> float:
    """Learn from these sums of `bits` bits, 64 at a time; the last loss, in nats per digit."""
    rng, optimizer, loss = np.random.default_rng(seed), Adam(net.parameters(), lr=lr), np.inf
    learner = Learner(lambda digits, target: binary_cross_entropy_with_logits(net(digits), target), optimizer)
    read, target = columns(*sums, bits), digits_of_sum(*sums, bits)
    for step in range(1, steps + 1):
        some = rng.choice(target.shape[1], BATCH, replace=False)
        loss = learner(read[:, some], target[:, some])
        optimizer.step()
        report(step, steps, f"loss {loss:.5f} nats per digit")
    return loss


def right(net: Adder | FeedForward, x: np.ndarray, y: np.ndarray, bits: int) -> int:
    """How many sums come out with every digit right."""
    printed = net(columns(x, y, bits)).data > 0
    return int((printed == digits_of_sum(x, y, bits)).all(0).sum())


def beside(count: int, *, seed: int, steps: int) -> str:
    """What a feed-forward network makes of so many sums of 8 bits, and of 1,000 others."""
    net, rng = FeedForward(8, 64, seed), np.random.default_rng(seed)
    sums = numbers(rng, count, 8)
    train(net, sums, console.silent, seed=seed, steps=steps, lr=0.01)
    known, new = right(net, *sums, 8), right(net, *numbers(rng, 1000, 8), 8)
    return f"A feed-forward network from {count:,} sums of 8 bits: {known:,} of these, {new} of 1,000 others."


def observed(net: Adder, x: np.ndarray, y: np.ndarray, bits: int) -> list[Transition]:
    """The automaton's transitions as the network made them while it added x and y."""
    read = columns(x, y, bits)
    h, _ = unroll(net.cell, read)
    begin = np.zeros((1, *h.shape[1:]))
    states = np.concatenate([begin, h.data])  # (T + 1, B, H)
    nothing = net.cell(np.zeros((*states.shape[:2], 2)), states)  # what a column 0 + 0 would make of each state
    printed, carried = (net.output(each).data[..., 0] > 0 for each in (states, nothing))
    printed[0] = False  # before the first column nothing has been printed
    return read_out(printed, carried, read)


def run(report: Report, *, seed: int = 0, steps: int = 2000, hidden: int = 8) -> Outcome:
    """Train on 200 sums of 8 bits; the number is how many of 1,000 random 64-bit sums are right in all 65 digits."""
    net = Adder(hidden, seed)
    given = numbers(np.random.default_rng(seed), SUMS, 8)
    loss = train(net, given, report, seed=seed, steps=steps)
    x, y = numbers(np.random.default_rng(seed + 1000), 1000, 64)
    short = numbers(np.random.default_rng(seed + 2000), 1000, 8)
    ones = np.array([2**64 - 1], np.uint64)
    through = right(net, ones, np.array([1], np.uint64), 64)
    found = observed(net, x, y, 64)
    return Outcome(
        f"exact sums among 1,000 of random 64-bit numbers, learned from {SUMS} 8-bit ones",
        right(net, x, y, 64),
        at_least=1000,
        lines=(
            f"{hidden} hidden units, loss {loss:.5f} nats per digit after {steps} steps of {BATCH} sums.",
            f"Of {SUMS} sums of 8 bits it knows {right(net, *given, 8)}, of 1,000 others {right(net, *short, 8)}.",
            *(beside(count, seed=seed, steps=steps) for count in (SUMS, 10 * SUMS)),
            f"2^64 − 1 plus 1, a carry through all columns: {'right' if through else 'wrong'}.",
            *written_out(net, 8),
        ),
        picture=automaton(found, f"The automaton in {hidden} hidden units, as 1,000 sums of 64 bits show it"),
    )


def written_out(net: Adder, bits: int) -> list[str]:
    """One sum as at school."""
    x, y = np.array([181], np.uint64), np.array([107], np.uint64)
    printed = (net(columns(x, y, bits)).data[::-1, 0] > 0).astype(int)
    rows = [f"{int(n):0{bits + 1}b}" for n in (x[0], y[0])] + ["".join(map(str, printed))]
    return [f"  {' '.join(row)}   {word}" for row, word in zip(rows, ("181", "107", "their sum, printed"), strict=True)]


# The finite automaton of binary addition: read out of a network's behaviour, and drawn --------------------------------
# A state is what has been printed (0 or 1) and whether one is carried. Nobody looks into the hidden numbers: two of
# them are the same state if the network printed the same digit and would print the same for a column 0 + 0 next.


State = tuple[bool, bool]  # (printed, carried)
WIDE, HIGH, RADIUS, TIP = 780.0, 420.0, 46.0, 6.5
THEME = theme_named("lecture")
PLACES = {
    (False, False): (180.0, 140.0),
    (True, False): (180.0, 340.0),
    (False, True): (600.0, 140.0),
    (True, True): (600.0, 340.0),
}


@dataclass(frozen=True)
class Transition:
    """From a state, at a column "01", into another state, `times` times."""

    before: State
    column: str
    after: State
    times: int


def read_out(printed: np.ndarray, carried: np.ndarray, columns: np.ndarray) -> list[Transition]:
    """All transitions between states (T + 1, B) at columns (T, B, 2), each once, with how often it was made."""
    codes = 8 * printed[:-1] + 4 * carried[:-1] + 2 * printed[1:] + carried[1:]  # (T, B)
    seen = Counter(zip(codes.ravel().tolist(), map(tuple, columns.reshape(-1, 2).astype(int).tolist()), strict=True))
    return [
        Transition((bool(code & 8), bool(code & 4)), f"{b}{c}", (bool(code & 2), bool(code & 1)), times)
        for (code, (b, c)), times in sorted(seen.items())
    ]


def rules_of_addition() -> set[tuple[State, str, State]]:
    """The sixteen transitions that are right."""
    return {
        ((printed, carried), f"{b}{c}", (bool((b + c + carried) % 2), b + c + carried > 1))
        for printed in (False, True)
        for carried in (False, True)
        for b in (0, 1)
        for c in (0, 1)
    }


def automaton(transitions: list[Transition], title: str) -> Drawing:
    """The transitions as a picture."""
    right = {(t.before, t.column, t.after) for t in transitions} & rules_of_addition()
    wrong = len({(t.before, t.column, t.after) for t in transitions} - rules_of_addition())
    told = f"{len(right)} of the 16 transitions of addition were seen, {wrong} others."
    marks = [
        _text("title", WIDE / 2, 20, title),
        *_arrows(transitions),
        *_states(),
        _text("told", WIDE / 2, HIGH, told),
    ]
    words = f"Four states: carry or no carry, print 0 or print 1. {told}"
    page = fitted(marks, THEME, title, words)
    return Drawing(page, partial(plate.document, page), lambda: f"{title}\n{words}\n")


def _text(key: str, x: float, y: float, words: str, anchor: str = "middle") -> Text:
    return Text(key, x, y, line(words), SIZE, anchor)


def _states() -> Iterator[Mark]:
    x, y = PLACES[False, False]
    yield _arrow("start", straight([(x, y - RADIUS - 30), (x, y - RADIUS)]))
    yield _text("start.name", x, y - RADIUS - 38, "start")
    for (printed, carried), (x, y) in PLACES.items():
        key = f"state{int(printed)}{int(carried)}"
        yield Shape(key, Rectangle(x, y, 2 * RADIUS, 2 * RADIUS), THEME.gate, THEME.ink)
        yield _text(f"{key}.carry", x, y - 9, "carry" if carried else "no carry")
        yield _text(f"{key}.print", x, y + 9, f"print {int(printed)}")


def _arrow(key: str, points: tuple[Point, ...]) -> Curve:
    """A line with a head at its end."""
    *way, end = points
    return Curve(key, Path((*way, short(end, way[-1], TIP)), end), THEME.wire)


def _arrows(transitions: list[Transition]) -> Iterator[Mark]:
    joined: dict[tuple[State, State], list[Transition]] = {}
    for transition in transitions:
        joined.setdefault((transition.before, transition.after), []).append(transition)
    for number, ((before, after), several) in enumerate(sorted(joined.items())):
        words = "  ".join(f"{t.column[0]}+{t.column[1]}" for t in several)
        key = f"arrow{number}"
        yield from _loop(key, before, words) if before == after else _arc(key, before, after, words)


def _loop(key: str, state: State, words: str) -> Iterator[Mark]:
    """An arrow from a state to itself, on the outer side of the picture."""
    x, y = PLACES[state]
    out = -1 if x < WIDE / 2 else 1
    near, far = x + out * 0.92 * RADIUS, x + out * (RADIUS + 46)
    yield _arrow(key, ((near, y - 18), (far, y - 44), (far, y + 44), (near, y + 18)))
    yield _text(f"{key}.name", x + out * (RADIUS + 40), y, words, "end" if out < 0 else "start")


def _arc(key: str, before: State, after: State, words: str) -> Iterator[Mark]:
    """An arrow bent to its left, so that the way there and the way back are two."""
    (x0, y0), (x1, y1) = PLACES[before], PLACES[after]
    length = math.hypot(x1 - x0, y1 - y0)
    along, left = ((x1 - x0) / length, (y1 - y0) / length), ((y1 - y0) / length, (x0 - x1) / length)
    bend = 26.0
    middle = [(a + b) / 2 + 2 * bend * side for a, b, side in zip((x0, y0), (x1, y1), left, strict=True)]
    ends = []
    for (x, y), way in (((x0, y0), 1), ((x1, y1), -1)):
        turn = math.atan2(way * along[1], way * along[0]) + way * -0.32  # leaves and arrives a little to the left
        ends.append((x + RADIUS * math.cos(turn), y + RADIUS * math.sin(turn)))
    inner = [tuple(end + 2 / 3 * (m - end) for end, m in zip(point, middle, strict=True)) for point in ends]
    yield _arrow(key, (ends[0], (inner[0][0], inner[0][1]), (inner[1][0], inner[1][1]), ends[1]))
    top = [0.25 * a + 0.5 * m + 0.25 * b for a, m, b in zip(ends[0], middle, ends[1], strict=True)]
    anchor = "middle" if abs(left[0]) < 0.7 else "start" if left[0] > 0 else "end"
    yield _text(
        f"{key}.name", top[0] + (15 if anchor == "middle" else 7) * left[0], top[1] + 12 * left[1], words, anchor
    )


if __name__ == "__main__":
    sys.exit(console.main(run, __doc__))
