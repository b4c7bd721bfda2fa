"""An image in, a sentence out: convolutions look, a recurrent network writes "a red square above a blue circle".

    v   = flat(pool(relu(conv(image)))) V + b                      what is seen
    h_t = tanh(x_t W_xh + v W_ih + h_{t−1} W_hh + b_h)             x_t: the word written last
    p_t = softmax(h_t W_hy + b_y)                                  the next word

While it learns, the right word is fed back whatever it wrote (teacher forcing); in the examination it reads its own
words until it writes ".". Images are 12 × 12 with two shapes, one above or left of the other, moved about a little. Of
the 162 sentences a quarter are held out: both shapes, both colours and the relation are known from other sentences,
their combination has never been seen. What is seen, v, is linear in what the convolution found, so that what was
learned about one shape holds beside any other.

Sources: "Image captioning (one-to-many)" in Section 2: Learning, and in Deep Learning Lecture 6 (Oklahoma, 2017), after
Vinyals et al., Show and tell, 2015, and Karpathy and Fei-Fei, Deep visual-semantic alignments, 2015.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np

from autograd_tiny import Value, concatenate, relu
from autograd_tiny.functions import broadcast_to
from autograd_tiny.nn import Conv2d, Embedding, Layer, Linear, RNNCell, cross_entropy, max_pool, unroll
from autograd_tiny.optim import Adam, clip_by_norm, cosine
from lessons.experiments import console
from lessons.experiments.compiled import Learner
from lessons.experiments.console import Outcome, Report
from lessons.experiments.data.scenes import SCENES, Scene, drawn, gallery

WORDS = (".", "a", "red", "green", "blue", "square", "circle", "triangle", "above", "left", "of")
LONGEST = 9  # "a red square left of a blue circle ."


class Captioner(Layer):
    """Images (B, 3, 12, 12) and the words so far (T, B) to the logits of the next ones, (T, B, words)."""

    def __init__(self, channels: int, hidden: int, seed: int) -> None:
        self.conv = Conv2d(3, channels, 5, padding=2, seed=seed)
        self.features = Linear(channels * 3 * 3, hidden, seed=seed + 1)
        self.embedding = Embedding(len(WORDS), 8, seed=seed + 2)
        self.cell = RNNCell(8 + hidden, hidden, seed=seed + 3)
        self.output = Linear(hidden, len(WORDS), seed=seed + 4)

    def look(self, images: np.ndarray) -> Value:
        """What is seen, v; colours count as distances from white, so that the paper is 0."""
        maps = max_pool(relu(self.conv(1 - images)), 4)  # (B, C, 3, 3)
        return self.features(maps.reshape(len(images), -1))  # (B, H)

    def __call__(self, images: np.ndarray, words: np.ndarray) -> Value:
        v, e = self.look(images), self.embedding(words)
        h, _ = unroll(self.cell, concatenate([e, broadcast_to(v, (len(words), *v.shape))], -1))  # (T, B, H)
        return self.output(h)

    def write(self, images: np.ndarray) -> np.ndarray:
        """The most probable word, again and again; a sentence per image, (LONGEST, B)."""
        v, word, written = self.look(images), np.zeros(len(images), int), []
        h = self.cell.initial_state(len(images))
        for _ in range(LONGEST):
            h = self.cell(concatenate([self.embedding(word), v], -1), h)
            word = self.output(h).data.argmax(-1)
            written.append(word)
        return np.array(written)


def halves(seed: int) -> tuple[list[Scene], list[Scene]]:
    """The scenes to learn from, and a quarter that is held out."""
    order = np.random.default_rng(seed).permutation(len(SCENES))
    kept = len(SCENES) // 4
    return [SCENES[k] for k in order[kept:]], [SCENES[k] for k in order[:kept]]


def sentences(scenes: Sequence[Scene]) -> np.ndarray:
    """The scenes' sentences as places in WORDS, filled up with ".", (LONGEST, B)."""
    rows = [[WORDS.index(word) for word in scene.sentence.split()] for scene in scenes]
    return np.array([row + [0] * (LONGEST - len(row)) for row in rows]).T


def pictures(scenes: Sequence[Scene], rng: np.random.Generator) -> np.ndarray:
    """An image of each scene, (B, 3, 12, 12)."""
    return np.array([drawn(scene, rng) for scene in scenes])


def train(net: Captioner, scenes: list[Scene], report: Report, *, seed: int, steps: int, batch: int = 32) -> float:
    """Learn from random images of the scenes; the last loss, in nats per word."""
    rng, rate = np.random.default_rng(seed), cosine(0.004, T_max=steps)
    optimizer, loss = Adam(net.parameters(), weight_decay=3e-4), np.inf
    learner = Learner(lambda images, before, right: cross_entropy(net(images, before), right), optimizer)
    for step in range(1, steps + 1):
        optimizer.lr = rate(step)
        chosen = [scenes[k] for k in rng.integers(len(scenes), size=batch)]
        right = sentences(chosen)
        before = np.concatenate([np.zeros((1, batch), int), right[:-1]])  # every sentence begins after a "."
        loss = learner(pictures(chosen, rng), before, right)
        clip_by_norm(optimizer, 1.0)
        optimizer.step()
        report(step, steps, f"loss {loss:.4f} nats per word")
    return loss


def exact(net: Captioner, scenes: list[Scene], rng: np.random.Generator, times: int) -> float:
    """The share of images, `times` of each scene, whose sentence is right in every word."""
    many = scenes * times
    return float((net.write(pictures(many, rng)) == sentences(many)).all(0).mean())


def run(report: Report, *, seed: int = 0, steps: int = 1500, channels: int = 16, hidden: int = 32) -> Outcome:
    """The number is the share of images of held-out combinations whose sentence is right in every word."""
    known, held_out = halves(seed)
    net = Captioner(channels, hidden, seed=10 * seed)
    loss = train(net, known, report, seed=seed, steps=steps)
    rng = np.random.default_rng(seed + 1000)
    number = exact(net, held_out, rng, times=25)
    shown = held_out[:12]
    images = pictures(shown, rng)
    written = [told(words) for words in net.write(images).T]
    return Outcome(
        f"share of {25 * len(held_out):,} images of {len(held_out)} unseen combinations described without a mistake",
        number,
        at_least=1.0,
        lines=(
            f"Loss {loss:.4f} nats per word on {len(known)} known combinations, "
            f"{exact(net, known, rng, times=2):.3f} of their images right.",
            *(f"  {sentence}" for sentence in written[:4]),
        ),
        picture=gallery("What the network wrote below images of combinations that it had never seen", images, written),
    )


def told(words: np.ndarray) -> str:
    """The sentence up to its full stop."""
    text = [WORDS[k] for k in words]
    return " ".join(text[: text.index(".")] if "." in text else text)


if __name__ == "__main__":
    sys.exit(console.main(run, __doc__))
