"""Many to one, and many to many: what a sentence thinks of a film, and what part each of its words plays.

A review praises or blames; "not" turns the next judgement round, and behind "but" stands what counts in the end:

    the plot was good but the cast was not good .      blame

The same words in another order may praise, so a network that only adds its words cannot tell. And in

    they can watch the watch .

a word's part (noun, verb …) is settled by the words before it, not by the word. A recurrent network reads both, and
beside it stands one that sees single words: their sum for the review, each alone for its part.

Sources: "Sentiment analysis (many-to-one)" in the lecture on backpropagation; "NLP from scratch: sequence-labeling" in
the lecture Recurrent neural networks.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator

import numpy as np

import viz
from autograd_tiny import Value
from autograd_tiny.nn import Embedding, GRUCell, Layer, Linear, cross_entropy, unroll
from autograd_tiny.optim import Adam
from lessons.experiments import console
from lessons.experiments.compiled import Learner
from lessons.experiments.console import Claim, Outcome, Report

Task = tuple[np.ndarray, np.ndarray]  # words (T, B), and what is to be said: (B,) of a sentence, (T, B) of its words
SUBJECTS, PRAISE, BLAME = "plot cast music end".split(), "good great fine".split(), "bad dull weak".split()
WORDS = [".", "the", "was", "not", "very", "but", *SUBJECTS, *PRAISE, *BLAME]
TAGS = ["end", "article", "noun", "auxiliary", "verb", "pronoun"]
BOTH = "can watch saw play plant water".split()  # nouns and verbs; "can" is an auxiliary, too
NOUNS, VERBS, PRONOUNS = "dog child".split(), "see like".split(), "they we you".split()
TAGGED = [".", "the", "will", *BOTH, *NOUNS, *VERBS, *PRONOUNS]


def review(rng: np.random.Generator) -> tuple[list[str], int]:
    """A review of one or two judgements, and whether it praises in the end."""
    words, praises = _judgement(rng)
    if rng.random() < 0.5:
        more, praises = _judgement(rng)
        words += ["but", *more]
    return [*words, "."], int(praises)


def _judgement(rng: np.random.Generator) -> tuple[list[str], bool]:
    good, turned = rng.random() < 0.5, rng.random() < 0.4
    adjective = str(rng.choice(PRAISE if good else BLAME))
    very = ["very"] if rng.random() < 0.3 else []
    return ["the", str(rng.choice(SUBJECTS)), "was", *(["not"] if turned else []), *very, adjective], good != turned


def tagged(rng: np.random.Generator) -> list[tuple[str, str]]:
    """A sentence as words with their parts: a subject, perhaps will or can, a verb, an object."""
    noun, verb = rng.choice(BOTH + NOUNS, 2), str(rng.choice(BOTH[1:] + VERBS))
    subject = [(str(rng.choice(PRONOUNS)), "pronoun")]
    if rng.random() < 0.5:
        subject = [("the", "article"), (str(noun[0]), "noun")]
    helper = [(str(rng.choice(["will", "can"])), "auxiliary")] if rng.random() < 0.6 else []
    return [*subject, *helper, (verb, "verb"), ("the", "article"), (str(noun[1]), "noun"), (".", "end")]


def reviews(count: int, rng: np.random.Generator) -> Task:
    """Reviews filled up to one length, and whether each praises."""
    drawn = [review(rng) for _ in range(count)]
    rows = [words for words, _ in drawn]
    return _numbered(rows, WORDS, max(map(len, rows))), np.array([praises for _, praises in drawn])


def parts(count: int, rng: np.random.Generator) -> Task:
    """Sentences filled up to one length, and each word's part."""
    drawn = [tagged(rng) for _ in range(count)]
    rows, tags = ([[pair[k] for pair in each] for each in drawn] for k in (0, 1))
    return _numbered(rows, TAGGED, 7), _numbered(tags, TAGS, 7)


def _numbered(rows: list[list[str]], words: list[str], length: int) -> np.ndarray:
    table = np.zeros((length, len(rows)), int)  # place 0 is an end
    for row, column in zip(rows, table.T, strict=True):
        column[: len(row)] = [words.index(word) for word in row]
    return table


class Reader(Layer):
    """Words (T, B) to logits: of the whole after the last word, (B, C), or `aligned`, at each, (T, B, C).

    With `recurrent=False` it sees single words: their sum, or each alone.
    """

    def __init__(self, words: int, classes: int, seed: int, *, aligned: bool, recurrent: bool, hidden: int) -> None:
        self.aligned, self.recurrent = aligned, recurrent
        self.embedding = Embedding(words, 16, seed=seed)
        self.cell = GRUCell(16, hidden, seed=seed + 1)
        self.output = Linear(hidden if recurrent else 16, classes, seed=seed + 2)

    def __call__(self, words: np.ndarray) -> Value:
        read = self.embedding(words)  # (T, B, 16)
        if not self.recurrent:
            return self.output(read if self.aligned else read.sum(0))
        states, last = unroll(self.cell, read)
        return self.output(states if self.aligned else last)


def right(reader: Reader, task: Task) -> float:
    """The share of sentences, or of words that are no end, whose class is named."""
    words, classes = task
    named = reader(words).data.argmax(-1) == classes
    return float(named[words > 0].mean() if reader.aligned else named.mean())


def trained(reader: Reader, task: Task, held: Task, seed: int, steps: int) -> Iterator[tuple[float, float]]:
    """Train on random batches; ten times, the loss, and the share that is right in held-out sentences."""
    words, classes = task
    rng, optimizer = np.random.default_rng(seed), Adam(reader.parameters(), lr=0.01)
    learner = Learner(lambda read, wanted: cross_entropy(reader(read), wanted), optimizer)
    for step in range(1, steps + 1):
        rows = rng.integers(words.shape[1], size=32)
        loss = learner(words[:, rows], classes[..., rows])
        optimizer.step()
        if step % max(1, steps // 10) == 0:
            yield loss, right(reader, held)


TASKS: dict[str, tuple[Callable[[int, np.random.Generator], Task], int, int]] = {
    "praise or blame": (reviews, len(WORDS), 2),
    "each word's part": (parts, len(TAGGED), len(TAGS)),
}


def run(report: Report, *, seed: int = 0, steps: int = 300, hidden: int = 16) -> Outcome:
    """Both tasks, each read word by word and from single words; the number is the share of reviews understood."""
    count, total = itertools.count(1), 10 * 2 * len(TASKS)
    ways: dict[str, list[float]] = {}
    for name, (draw, words, classes) in TASKS.items():
        rng = np.random.default_rng(seed)
        task, held = draw(600, rng), draw(500, rng)
        for recurrent in (True, False):
            reader = Reader(words, classes, seed, aligned=task[1].ndim > 1, recurrent=recurrent, hidden=hidden)
            way = ways[f"{name}, {'recurrent' if recurrent else 'single words'}"] = []
            for loss, share in trained(reader, task, held, seed, steps):
                way.append(share)
                how = "recurrent" if recurrent else "single words"
                report(next(count), total, f"{name}, {how}: loss {loss:.3f}, {share:.1%} right")
    return _outcome(ways, steps)


def _outcome(ways: dict[str, list[float]], steps: int) -> Outcome:
    review, summed, part, alone = (way[-1] for way in ways.values())
    looks = len(next(iter(ways.values())))
    return Outcome(
        "share of held-out reviews whose judgement is named",
        review,
        at_least=0.95,
        also=(
            Claim("share of held-out words whose part is named", part, at_least=0.97),
            Claim("share of reviews named from the sum of their words", summed, at_most=0.8),
            Claim("share of words whose part is named from the word alone", alone, at_most=0.9),
        ),
        lines=tuple(f"{name}: {way[-1]:.1%} right" for name, way in ways.items()),
        picture=viz.chart(
            ways,
            xs=[max(1, steps // 10) * k for k in range(1, looks + 1)],
            x="steps of 32 sentences",
            y="share right, held out",
            title="What a sentence thinks, and what its words are",
        ),
    )


if __name__ == "__main__":
    sys.exit(console.main(run, __doc__))
