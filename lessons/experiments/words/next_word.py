"""The next word: a recurrent network beside feed-forward ones, learned from few and from many sentences.

A recurrent network (a GRU) reads a sentence word by word; a feed-forward one sees the last few words, each place with
weights of its own. The sentences are written by a grammar in which subject and verb agree, over words in between:

    the dogs near the old house bark .        the dog behind the trees barks .

So the verb's number may stand six words back. Both models are stopped where held-out sentences are predicted best, and
the feed-forward one has the better of two windows at each size of the data.

Source: "RNNs for predicting the next word" in Hinton's lectures (Deep Learning Lecture 6, Oklahoma, 2017): RNNs do
better than feed-forward nets, and require much less training data to reach the same level of performance.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator

import numpy as np

import viz
from autograd_tiny import Value, tanh
from autograd_tiny.nn import Embedding, GRUCell, Layer, Linear, cross_entropy, unroll
from autograd_tiny.optim import Adam
from lessons.experiments import console
from lessons.experiments.compiled import Learner
from lessons.experiments.console import Claim, Outcome, Report

NOUNS = {"dog": "dogs", "horse": "horses", "child": "children", "queen": "queens", "farmer": "farmers", "bird": "birds"}
PLACES = "house tree river barn garden".split()
VERBS = {"sleeps": "sleep", "sings": "sing", "waits": "wait", "walks": "walk"}
ADJECTIVES, PREPOSITIONS, ADVERBS = "old young small".split(), "near behind beside".split(), "often rarely".split()
END, LENGTH = ".", 14  # how a sentence ends and is filled up; words read
WINDOWS = (3, 6)  # words that a feed-forward network sees
SIZES = (100, 400, 1600)  # sentences to learn from


def sentence(rng: np.random.Generator) -> list[str]:
    """A sentence of the grammar; its verb agrees with the first noun."""
    plural = rng.random() < 0.5
    words = _group(rng, dict(NOUNS), plural)
    for _ in range(int(rng.choice((0, 1, 2), p=(0.35, 0.5, 0.15)))):
        words += [str(rng.choice(PREPOSITIONS)), *_group(rng, {p: p + "s" for p in PLACES}, rng.random() < 0.5)]
    words += [str(rng.choice(ADVERBS))] if rng.random() < 0.3 else []
    verb = str(rng.choice(list(VERBS)))
    return [*words, VERBS[verb] if plural else verb, END]


def _group(rng: np.random.Generator, nouns: dict[str, str], plural: bool) -> list[str]:
    noun = str(rng.choice(list(nouns)))
    return ["the", *([str(rng.choice(ADJECTIVES))] if rng.random() < 0.4 else []), nouns[noun] if plural else noun]


def vocabulary() -> list[str]:
    """All words of the grammar; the end comes first, and fills up."""
    places = [*PLACES, *(p + "s" for p in PLACES)]
    return [END, "the", *NOUNS, *NOUNS.values(), *places, *VERBS, *VERBS.values(), *ADJECTIVES, *PREPOSITIONS, *ADVERBS]


def numbered(sentences: list[list[str]]) -> np.ndarray:
    """Sentences as places in the vocabulary, an end before and as many as fit behind: (N, LENGTH + 1)."""
    place = {word: k for k, word in enumerate(vocabulary())}
    rows = np.zeros((len(sentences), LENGTH + 1), int)
    for row, words in zip(rows, sentences, strict=True):
        row[1 : len(words) + 1] = [place[word] for word in words][:LENGTH]
    return rows


class Recurrent(Layer):
    """Words read (T, B) to the logits of the next ones, (T, B, V), with a state."""

    def __init__(self, words: int, hidden: int, seed: int) -> None:
        self.embedding = Embedding(words, 16, seed=seed)
        self.cell = GRUCell(16, hidden, seed=seed + 1)
        self.output = Linear(hidden, words, seed=seed + 2)

    def read(self, rows: np.ndarray) -> np.ndarray:
        """What it sees of sentences (B, T): (T, B)."""
        return rows.T

    def __call__(self, read: np.ndarray) -> Value:
        h, _ = unroll(self.cell, self.embedding(read))
        return self.output(h)


class Windowed(Layer):
    """The same from the last `window` words, (T, B, window), each place with weights of its own."""

    def __init__(self, words: int, hidden: int, window: int, seed: int) -> None:
        self.window = window
        self.embedding = Embedding(words, 16, seed=seed)
        self.hidden = Linear(16 * window, hidden, seed=seed + 1)
        self.output = Linear(hidden, words, seed=seed + 2)

    def read(self, rows: np.ndarray) -> np.ndarray:
        """What it sees of sentences (B, T), ends before their beginnings: (T, B, window)."""
        before = np.concatenate([np.zeros((len(rows), self.window - 1), int), rows], axis=1)
        return np.stack([before[:, t : t + self.window] for t in range(rows.shape[1])])

    def __call__(self, read: np.ndarray) -> Value:
        words = self.embedding(read).reshape(*read.shape[:2], -1)  # (T, B, 16 · window)
        return self.output(tanh(self.hidden(words)))


Model = Recurrent | Windowed


def examples(model: Model, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What is read, the next words (T, B), and each word's share of the loss (T, B): 0 behind the first end."""
    real = np.concatenate([np.ones((len(rows), 1)), rows[:, 1:-1] > 0], axis=1).T
    return model.read(rows[:, :-1]), rows[:, 1:].T, real / real.sum()


def loss(model: Model, read: np.ndarray, target: np.ndarray, share: np.ndarray) -> Value:
    """Nats per word."""
    return (cross_entropy(model(read), target, reduction="none") * share).sum()


def number_right(model: Model, rows: np.ndarray) -> float:
    """Of the verbs, how often those of the right number (plural or not) got more probability than the others."""
    words, (read, target, _) = vocabulary(), examples(model, rows)
    one, many = ([words.index(v) for v in verbs] for verbs in (VERBS, VERBS.values()))
    said = np.exp(model(read).data)
    margin = said[..., many].sum(-1) - said[..., one].sum(-1)
    return float(np.concatenate([margin[np.isin(target, many)] > 0, margin[np.isin(target, one)] < 0]).mean())


def lowest(model: Model, train: np.ndarray, held: np.ndarray, seed: int, steps: int) -> Iterator[float]:
    """Train, and give the lowest loss on held-out sentences so far, ten times."""
    rng, optimizer, found = np.random.default_rng(seed), Adam(model.parameters(), lr=0.01), np.inf
    learner = Learner(lambda *batch: loss(model, *batch), optimizer)
    for step in range(1, steps + 1):
        learner(*examples(model, rng.choice(train, 32)))
        optimizer.step()
        if step % max(1, steps // 10) == 0:
            found = min(found, float(loss(model, *examples(model, held)).data))
            yield found


def run(report: Report, *, seed: int = 0, steps: int = 400, hidden: int = 32) -> Outcome:
    """Both models at each size of the data; the number is the ratio of data at equal performance."""
    rng, words = np.random.default_rng(seed), len(vocabulary())
    train, held = (numbered([sentence(rng) for _ in range(n)]) for n in (SIZES[-1], 400))
    count, total = itertools.count(1), len(SIZES) * (1 + len(WINDOWS)) * 10
    losses: dict[str, list[float]] = {"recurrent": [], **{f"last {window} words": [] for window in WINDOWS}}
    agree: dict[str, float] = {}
    for size in SIZES:
        models: list[Model] = [Recurrent(words, hidden, seed), *(Windowed(words, 2 * hidden, w, seed) for w in WINDOWS)]
        for (name, found), model in zip(losses.items(), models, strict=True):
            for best in lowest(model, train[:size], held, seed, steps):
                report(next(count), total, f"{name}, {size} sentences, held-out loss {best:.3f} nats per word")
            found.append(best)
            agree[name] = number_right(model, held)
    return _outcome(losses, agree)


def data_for(level: float, losses: list[float]) -> float:
    """How many sentences it takes to come to this loss, between the sizes tried by straight lines over log size."""
    return float(np.exp(np.interp(-level, -np.array(losses), np.log(SIZES))))


def _outcome(losses: dict[str, list[float]], agree: dict[str, float]) -> Outcome:
    recurrent, *windowed = losses.values()
    better = [min(pair) for pair in zip(*windowed, strict=True)]
    rows = (f"{name + ':':<14}" + "  ".join(f"{each:.3f}" for each in found) for name, found in losses.items())
    told = ", ".join(f"{name} {share:.1%}" for name, share in agree.items())
    return Outcome(
        "how many times as many sentences the better feed-forward network needs for its last loss",
        SIZES[-1] / data_for(better[-1], recurrent),
        at_least=2.5,
        also=(
            Claim(
                "held-out nats per word that the recurrent network is ahead, at the size where it is least",
                min(feed - own for feed, own in zip(better, recurrent, strict=True)),
                at_least=0.02,
            ),
            Claim("share of verbs in which it prefers the subject's number", agree["recurrent"], at_least=0.97),
        ),
        lines=(
            f"Held-out nats per word after {', '.join(map(str, SIZES))} sentences:",
            *rows,
            f"The verb's number is preferred as the subject has it: {told}.",
        ),
        picture=viz.chart(
            losses, xs=SIZES, x="sentences to learn from", y="held-out nats per word", log="x", title="The next word"
        ),
    )


if __name__ == "__main__":
    sys.exit(console.main(run, __doc__))
