"""What a network makes of text: it writes some, and tells how well it foresees some."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_tiny import nn
from lessons.experiments.char_rnn.networks import Network, detached
from lessons.experiments.char_rnn.text import encoded

STRETCH = 250  # characters per pass where nothing is learned: long enough to be quick, short enough to be small


def write(
    network: Network, alphabet: str, length: int, *, seed_text: str = "", temperature: float = 1.0,
    greedy: bool = False, state: Any = None, seed: Any = 0,
) -> str:  # fmt: skip
    """`length` characters that go on from `seed_text` (read first: the burn-in), or from a line's beginning.

    Low temperatures write what is likely, high ones what is surprising; `greedy` always takes the likeliest.
    ValueError names characters of the seed text that the network has never seen.
    """
    if not (greedy or 0 < temperature < math.inf):
        raise ValueError(f"temperature = {temperature}: expected a number above 0; for the likeliest use greedy")
    if length < 0:
        raise ValueError(f"length = {length}: expected at least 0")
    rng = np.random.default_rng(seed)
    ids = encoded(seed_text, alphabet) if seed_text else np.array([max(alphabet.find("\n"), 0)])
    scores, state = read(network, ids, state)
    written = []
    for _ in range(length):
        written.append(int(np.argmax(scores)) if greedy else drawn(scores / temperature, rng))
        scores, state = read(network, np.array(written[-1:]), state)
    return "".join(alphabet[k] for k in written)


def drawn(scores: np.ndarray, rng: np.random.Generator) -> int:
    """A place drawn with the probabilities softmax(scores)."""
    # The largest of scores plus Gumbel noise has just these probabilities, and nothing overflows.
    return int(np.argmax(scores + rng.gumbel(size=scores.shape)))


def read(network: Network, ids: np.ndarray, state: Any = None) -> tuple[np.ndarray, Any]:
    """The scores of what follows the last of `ids`, and the state there."""
    for at in range(0, len(ids), STRETCH):
        scores, _, state = network(ids[at : at + STRETCH], state)
        state = detached(state)
    return scores.data[-1], state


def bits_per_character(network: Network, ids: np.ndarray) -> float:
    """How many bits each character of a text costs that the network has not learned from: log₂ of its surprise."""
    state, nats = None, 0.0
    for at in range(0, len(ids) - 1, STRETCH):
        targets = ids[at + 1 : at + STRETCH + 1]
        scores, _, state = network(ids[at : at + len(targets)], state)
        nats += nn.cross_entropy(scores, targets, "sum").data
        state = detached(state)
    return nats / (len(ids) - 1) / math.log(2)


def gradient_flow(network: Network, x: np.ndarray, y: np.ndarray, state: Any) -> tuple[float, ...]:
    """‖∂L_T/∂h_t‖ for t = 1 … T: how much of what is learned at the last step reaches each step before."""
    scores, h, _ = network(x, state)
    nn.cross_entropy(scores[-1], y[-1], "sum").backward()
    return tuple(float(np.linalg.norm(step.grad)) for step in h.inputs)
