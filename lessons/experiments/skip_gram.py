"""Words get places by the company they keep: a skip-gram model learns vectors from a small corpus.

From each word the model predicts the words around it, whichever they are:

    p(o | c) = softmax_o(e_c F)        e_c: the row of E for the word c        F: one column per word around it

Nobody says what a word means; but dogs and horses are fed, and plums and pears grow on trees, so their vectors come to
lie together. The corpus is written by a grammar of twelve sentences. Among its people, contexts add up (crown or hat,
his or her, old or young), and so do the vectors: king − man + woman lies next to queen.

Sources: "Basic idea behind skip-gram embeddings" and "Results from word2vec" in the lecture Recurrent neural networks;
Mikolov et al., Efficient estimation of word representations in vector space, 2013.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Collection

import numpy as np

import viz
from autograd_tiny import Value
from autograd_tiny.nn import Embedding, Layer, Linear, cross_entropy
from autograd_tiny.optim import Adam, cosine
from lessons.experiments import console
from lessons.experiments.compiled import Learner
from lessons.experiments.console import Outcome, Report
from viz import Chart

KINDS = {
    "animal": "dog cat horse sheep".split(),
    "fruit": "apple pear plum cherry".split(),
    "drink": "milk water tea juice".split(),
    "vehicle": "car bus train bike".split(),
    "person": "man woman boy girl king queen prince princess".split(),
}
HIS = dict.fromkeys(("man", "boy", "king", "prince"), "his")
CROWN = dict.fromkeys(("king", "queen", "prince", "princess"), ("crown", "palace"))
YOUNG = dict.fromkeys(("boy", "girl", "prince", "princess"), "young")
SENTENCES = (
    "the person eats a fruit", "the fruit grows on a tree", "she picks a ripe fruit", "the person drinks some drink",
    "he pours drink into a cup", "the person feeds the animal", "the animal sleeps in a barn",
    "the vehicle stops at the corner", "he drives a vehicle along the road",
    "the person wears POSSESSIVE HAT", "the AGE person", "the person lives in POSSESSIVE HOUSE",
)  # fmt: skip
ANALOGIES = (("king", "man", "woman", "queen"), ("prince", "boy", "girl", "princess"),
             ("king", "man", "boy", "prince"), ("queen", "king", "boy", "girl"))  # fmt: skip

LISTED = ("dog", "pear", "tea", "bus", "king", "girl", "crown", "eats")  # with their neighbours
SHOWN = (*LISTED, *itertools.chain(*KINDS.values()))


def corpus(sentences: int, seed: int) -> list[list[str]]:
    """Random sentences of the grammar, as words."""
    rng = np.random.default_rng(seed)
    return [_filled(SENTENCES[rng.integers(len(SENTENCES))], rng) for _ in range(sentences)]


def _filled(sentence: str, rng: np.random.Generator) -> list[str]:
    chosen = {kind: str(rng.choice(words)) for kind, words in KINDS.items()}
    who = chosen["person"]
    hat, house = CROWN.get(who, ("hat", "cottage"))
    chosen |= {"POSSESSIVE": HIS.get(who, "her"), "HAT": hat, "HOUSE": house, "AGE": YOUNG.get(who, "old")}
    return [chosen.get(word, word) for word in sentence.split()]


class SkipGram(Layer):
    """Words (B,), as numbers, to the logits of a word near each, (B, V)."""

    def __init__(self, words: int, dimensions: int, seed: int) -> None:
        self.centre = Embedding(words, dimensions, seed=seed)
        self.centre.E.data *= 0.3  # words start near each other, and part where their company differs
        self.context = Linear(dimensions, words, bias=False, seed=seed + 1)

    def __call__(self, words: np.ndarray) -> Value:
        return self.context(self.centre(words))


def pairs(sentences: list[list[str]], vocabulary: list[str], window: int) -> np.ndarray:
    """(centre, context) for any two words of a sentence at most `window` apart, as places in the vocabulary, (N, 2)."""
    place = {word: k for k, word in enumerate(vocabulary)}
    return np.array(
        [
            (place[centre], place[around])
            for words in sentences
            for i, centre in enumerate(words)
            for j, around in enumerate(words)
            if 0 < abs(i - j) <= window
        ]
    )


def train(net: SkipGram, examples: np.ndarray, report: Report, *, seed: int, steps: int, batch: int = 256) -> float:
    """Learn from random pairs; the last loss, in nats per word."""
    rng, rate = np.random.default_rng(seed), cosine(0.05, T_max=steps)
    optimizer, loss = Adam(net.parameters()), np.inf
    learner = Learner(lambda centre, around: cross_entropy(net(centre), around), optimizer)
    for step in range(1, steps + 1):
        optimizer.lr = rate(step)
        centre, around = rng.choice(examples, batch).T
        loss = learner(centre, around)
        optimizer.step()
        report(step, steps, f"loss {loss:.3f} nats per word")
    return loss


class Dictionary:
    """Words with their vectors, all of length 1, so that a product is the cosine of the angle between two."""

    def __init__(self, vocabulary: list[str], vectors: np.ndarray) -> None:
        self.vocabulary = vocabulary
        self.vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def __getitem__(self, word: str) -> np.ndarray:
        vector: np.ndarray = self.vectors[self.vocabulary.index(word)]
        return vector

    def nearest(self, vector: np.ndarray, count: int = 1, *, but: Collection[str] = ()) -> list[str]:
        """The words closest in direction, the closest first."""
        order = np.argsort(-(self.vectors @ vector), kind="stable")
        return [word for word in (self.vocabulary[k] for k in order) if word not in but][:count]


def kind_of(word: str) -> str:
    """The kind of a noun; "" for other words."""
    return next((kind for kind, words in KINDS.items() if word in words), "")


def neighbours_of_a_kind(known: Dictionary) -> float:
    """The share of nouns whose nearest neighbour, among all words, is of the same kind."""
    nouns = [word for words in KINDS.values() for word in words]
    return float(np.mean([kind_of(known.nearest(known[w], but=(w,))[0]) == kind_of(w) for w in nouns]))


def run(report: Report, *, seed: int = 0, steps: int = 2000, sentences: int = 4000, dimensions: int = 16) -> Outcome:
    """The number is the share of nouns whose nearest neighbour among all words is of the same kind."""
    text = corpus(sentences, seed)
    vocabulary = sorted({word for words in text for word in words})
    if unseen := [word for word in SHOWN if word not in vocabulary]:
        raise ValueError(f"sentences = {sentences}: too few, {unseen[0]!r} does not occur; give some hundreds")
    net = SkipGram(len(vocabulary), dimensions, seed)
    loss = train(net, pairs(text, vocabulary, window=3), report, seed=seed, steps=steps)
    known = Dictionary(vocabulary, net.centre.E.data)
    chance = np.log(len(vocabulary))
    lines = [f"{len(vocabulary)} words, {sentences} sentences, loss {loss:.3f} nats per word; at chance {chance:.3f}."]
    lines += [f"  {word:<9} {', '.join(known.nearest(known[word], 3, but=(word,)))}" for word in
              LISTED]  # fmt: skip
    lines += [f"  {a} − {b} + {c} ≈ {analogy(known, a, b, c)}" for a, b, c, _ in ANALOGIES]
    claim = "share of nouns whose nearest neighbour among all words is of their kind"
    return Outcome(claim, neighbours_of_a_kind(known), at_least=1.0, lines=tuple(lines), picture=picture(known))


def analogy(known: Dictionary, a: str, b: str, c: str) -> str:
    """The word nearest to a − b + c, other than these three."""
    return known.nearest(known[a] - known[b] + known[c], but=(a, b, c))[0]


def picture(known: Dictionary) -> Chart:
    """The nouns in the plane in which they differ most (their two principal components)."""
    nouns = [word for words in KINDS.values() for word in words]
    vectors = np.array([known[word] for word in nouns])
    centred = vectors - vectors.mean(0)
    u, s, _ = np.linalg.svd(centred, full_matrices=False)
    plane = (u * s)[:, :2]
    plane *= np.sign(plane[0])  # a component's sign means nothing; the first noun lies upper right
    points = {kind: plane[[nouns.index(word) for word in words]] for kind, words in KINDS.items()}
    share = float((s[:2] ** 2).sum() / (s**2).sum())
    note = f"The first two principal components of {centred.shape[1]}; they show {share:.0%} of the variance."
    title = "Where the nouns of a small corpus lie"
    return viz.chart(points, kind="scatter", names=nouns, equal=True, title=title, note=note)


if __name__ == "__main__":
    sys.exit(console.main(run, __doc__))
