"""A training step of the lecture's char-RNN (and of an LSTM) beside the one written by hand: same weights, same text.

Hidden 100, 25 time steps, 90 characters, Adagrad, clipping by value, batch 1, float64. Every engine is written as its
users would, but for three things that all may do: columns are gathered instead of multiplied by one-hot vectors, the
scores of all time steps are one product, and the loss is taken over all of them at once.
"""

import time
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

from benchmarks import handwritten, peers
from benchmarks.engines import require_compiler
from benchmarks.task import CHARACTERS, HIDDEN, SEQ_LENGTH, Step, text, weights

WARM_UP, BLOCK, COMPARED = 20, 5, 5


def by_hand(network: str) -> Step:
    """The yardstick."""
    return handwritten.make_step(text(), weights(network), SEQ_LENGTH)


def autograd_tiny(network: str, **way: bool) -> Step:
    """Ours, as `make_step` gives it: the straight-line program, that in C, or the graph recorded anew at each step."""
    from lessons.experiments.char_rnn import make_step

    if way.get("native"):
        require_compiler()
    step = make_step(text(), cell=network, hidden=HIDDEN, seq_length=SEQ_LENGTH, **way)
    given = weights(network)
    if network == "lstm":
        given |= {"U": given["Wx"].T, "W": given["Wh"].T, "b": given["b"][:, 0]}
    for name, parameter in step.parameters.items():
        parameter.data[...] = given[name]
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
YARDSTICK = "by hand, the lecture's program"
NETWORKS = ("rnn", "lstm")


def title(network: str) -> str:
    """What a table of this network is about."""
    what = "The lecture's char-RNN" if network == "rnn" else "The same with an LSTM"
    return f"{what}: hidden {HIDDEN}, {SEQ_LENGTH} steps, {CHARACTERS} characters, Adagrad, clipping; a training step"


def measure(order: dict[str, Any]) -> dict[str, Any]:
    """The median time of a step, and the first losses, by which engines are compared."""
    step = STEPS[order["engine"]](order["network"])
    losses = [step() for _ in range(COMPARED)]
    for _ in range(WARM_UP):
        step()
    times: list[float] = []
    began = time.perf_counter()
    while len(times) < 3 or time.perf_counter() - began < order["seconds"]:
        start = time.process_time()
        for _ in range(BLOCK):
            step()
        times.append((time.process_time() - start) / BLOCK)
    return {"seconds": median(times), "losses": losses}
