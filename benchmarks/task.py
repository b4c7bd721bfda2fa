"""The task of all char-RNNs that are timed: the text, its stretches, and the weights everybody starts from."""

from collections.abc import Callable, Iterator

import numpy as np

from benchmarks import handwritten
from benchmarks.handwritten import Array, Weights

Step = Callable[[], float]  # one iteration of training; gives the loss

HIDDEN, SEQ_LENGTH, CHARACTERS, LENGTH, BATCH = 100, 25, 90, 20_000, 32
ALPHABET = "".join(chr(33 + k) for k in range(CHARACTERS))


def text() -> str:
    """Characters at random: how fast a network learns does not depend on what it learns."""
    return ALPHABET + "".join(np.random.default_rng(1).choice(list(ALPHABET), LENGTH))


def weights(network: str) -> Weights:
    """Where every engine starts."""
    start = handwritten.rnn_weights if network == "rnn" else handwritten.lstm_weights
    return start(HIDDEN, CHARACTERS)


def stretches(batch: int = 1, length: int = SEQ_LENGTH) -> Iterator[tuple[Array, Array]]:
    """The characters read and those to be predicted, stretch after stretch; the text is longer than a measurement.

    (T,) each, or (T, B): as many texts as the batch says, which are turned versions of the one.
    """
    ids = np.array([ALPHABET.index(character) for character in text()])
    if batch > 1:
        ids = np.stack([np.roll(ids, k * len(ids) // batch) for k in range(batch)], axis=1)
    while True:
        for at in range(0, len(ids) - length - 1, length):
            yield ids[at : at + length], ids[at + 1 : at + length + 1]
