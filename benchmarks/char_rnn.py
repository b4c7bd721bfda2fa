"""A training step of the lecture's char-RNN (and of an LSTM) beside the one written by hand: same weights, same text.

Hidden 100, 25 time steps, 90 characters, Adagrad, clipping by value, one text or 32 at once, float64. Every engine is
written as its users would, but for three things that all may do: columns are gathered instead of multiplied by one-hot
vectors, the scores of all time steps are one product, and the loss is taken over all of them at once.
"""

import time
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

import numpy as np

from benchmarks import batched, handwritten, peers
from benchmarks.engines import require_compiler
from benchmarks.task import BATCH, CHARACTERS, HIDDEN, SEQ_LENGTH, Step, stretches, text, weights

WARM_UP, BLOCK, COMPARED = 20, 5, 5


def by_hand(network: str) -> Step:
    """The yardstick."""
    return handwritten.make_step(text(), weights(network), SEQ_LENGTH)


def autograd_tiny(network: str, batch: int = 1, length: int = SEQ_LENGTH, **way: bool) -> Step:
    """Ours, as `make_step` gives it: the straight-line program, that in C, or the graph recorded anew at each step."""
    from lessons.experiments.char_rnn import make_step

    if way.get("native"):
        require_compiler()
    step = make_step(text(), cell=network, hidden=HIDDEN, seq_length=length, **way)
    given = weights(network)
    if network == "lstm":
        given |= {"U": given["Wx"].T, "W": given["Wh"].T, "b": given["b"][:, 0]}
    for name, parameter in step.parameters.items():
        parameter.data = given[name]
    if batch > 1:  # the experiment reads one text
        pairs = stretches(batch)
        step.stretch = lambda: next(pairs)
        step.state = np.zeros((batch, HIDDEN)), np.zeros((batch, HIDDEN))
    return step


STEPS: dict[str, Callable[[str], Step]] = {
    "by hand, the lecture's program": by_hand,
    "autograd-tiny, program": autograd_tiny,
    "autograd-tiny, native": partial(autograd_tiny, native=True),
    "autograd-tiny, eager": partial(autograd_tiny, compiled=False),
    "JAX, jit and scan": peers.jax_scan,
    "PyTorch, nn.RNN or nn.LSTM": peers.torch_layer,
    "PyTorch, a cell per time step": peers.torch_cell,
    "HIPS autograd": peers.hips,
    "MyGrad": peers.mygrad,
}
BATCHED: dict[str, Callable[[str, int], Step]] = {
    "by hand, the lecture's program": partial(batched.by_hand, batched.in_columns),
    "by hand, the fastest": partial(batched.by_hand, batched.in_rows),
    "autograd-tiny, program": autograd_tiny,
    "autograd-tiny, native": partial(autograd_tiny, native=True),
    "autograd-tiny, eager": partial(autograd_tiny, compiled=False),
    "JAX, jit and scan": peers.jax_scan,
    "PyTorch, nn.RNN or nn.LSTM": peers.torch_layer,
}
YARDSTICK = "by hand, the lecture's program"
TASKS = (("rnn", 1), ("lstm", 1), ("lstm", BATCH))  # network, texts at once


def engines(batch: int) -> tuple[str, ...]:
    """Who takes part."""
    return tuple(STEPS if batch == 1 else BATCHED)


def title(network: str, batch: int) -> str:
    """What a table of this network is about."""
    what = "The lecture's char-RNN" if network == "rnn" else "The same with an LSTM"
    many = f", {batch} texts at once" if batch > 1 else ""
    size = f"hidden {HIDDEN}, {SEQ_LENGTH} steps, {CHARACTERS} characters"
    return f"{what}{many}: {size}, Adagrad, clipping; a training step"


def measure(order: dict[str, Any]) -> dict[str, Any]:
    """The median time of a step, and the first losses, by which engines are compared."""
    network, batch, engine = order["network"], order["batch"], order["engine"]
    step = STEPS[engine](network) if batch == 1 else BATCHED[engine](network, batch)
    losses = [step() for _ in range(COMPARED)]
    for _ in range(WARM_UP if order["seconds"] else 0):  # no time: only the losses are asked for
        step()
    times: list[float] = []
    began = time.perf_counter()
    while len(times) < 3 or time.perf_counter() - began < order["seconds"]:
        start = time.process_time()
        for _ in range(BLOCK):
            step()
        times.append((time.process_time() - start) / BLOCK)
    return {"seconds": median(times), "losses": losses}
