"""How long one waits for the first step, and how long the program's source is, against the number of time steps.

The LSTM of the char-RNN, one text. The clock runs from the function to the end of its first step of training: recording
or tracing, writing, compiling, and the step; not importing. It is the processor's time of the process and of the
compilers that it starts. "Kept": another process has compiled the same before.
"""

import os
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import char_rnn, peers
from benchmarks.task import Step

Answer = dict[str, Any]
LENGTHS = (25, 100, 400)
LONG = (*LENGTHS, 1000)
OURS = char_rnn.autograd_tiny
ENGINES: dict[str, Callable[..., Step]] = {
    "autograd-tiny, eager": partial(OURS, compiled=False),
    "autograd-tiny, program": OURS,
    "autograd-tiny, native": partial(OURS, native=True),
    "autograd-tiny, native, kept": partial(OURS, native=True),
    "JAX, jit and scan": peers.jax_scan,
    "PyTorch, torch.compile of the cell": peers.torch_compiled,
}
PATIENT = 60.0  # seconds: who takes longer at the shortest length is stopped


def orders(thorough: bool) -> list[Answer]:
    """Every engine at every length; torch.compile, which compiles the cell alone, at one."""
    pairs = [(name, length) for name in ENGINES for length in (LONG if thorough else LENGTHS)]
    return [
        {"kind": "first_step", "engine": name, "length": length}
        for name, length in pairs
        if length == LENGTHS[0] or not name.startswith("PyTorch")
    ]


def _clock() -> float:
    return sum(os.times()[:4])  # this process and its children, in Python and in the system


def measure(order: Answer) -> Answer:
    """Seconds to the end of the first step; of ours also the number of lines of what runs."""
    make, length = ENGINES[order["engine"]], order["length"]
    kept = order["engine"].endswith("kept")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder  # so that nothing has been compiled before
        _warm(make)
        if kept:
            make("lstm", length=length)()
        start = _clock()
        step = make("lstm", length=length)
        step()
        taken = _clock() - start
        return {"seconds": taken, "lines": _lines(step)}


def _warm(make: Callable[..., Step]) -> None:
    """Import what the engine imports when it is first asked, and ours what its operations make of the table."""
    if make is peers.jax_scan:
        import jax  # noqa: F401
    elif make is peers.torch_compiled:
        import torch._dynamo  # noqa: F401
    else:
        make("lstm", length=2)()


def _lines(step: Any) -> dict[str, int]:
    """How many lines the program has: in loops, and straight."""
    program = getattr(getattr(step, "engine", None), "program", None)
    if program is None:  # recorded anew at each step, or a peer's
        return {}
    texts = {"in loops": program.source("numpy"), "straight": program.source("numpy", rolled=False)}
    texts["in C"] = program.native().source("c")
    return {name: len(text.splitlines()) for name, text in texts.items()}


def by_length(rows: list[Answer], what: str = "seconds") -> dict[str, dict[int, float]]:
    """Seconds of each engine, or lines of each way of writing, by the number of time steps."""
    found: dict[str, dict[int, float]] = {}
    for row in rows:
        if what == "seconds" and row.get("seconds"):
            found.setdefault(row["engine"], {})[row["length"]] = row["seconds"]
        elif what == "lines" and row["engine"] == "autograd-tiny, program":
            for name, number in row.get("lines", {}).items():
                found.setdefault(f"lines, {name}", {})[row["length"]] = number
    return found


def draw(rows: list[Answer], path: Path) -> None:
    """Both against the number of time steps, as one picture."""
    import viz

    times, lines = by_length(rows), by_length(rows, "lines")
    charts = [
        viz.chart(times, kind="line", x="time steps", y="seconds to the first step", log="xy"),
        viz.chart(lines, kind="line", x="time steps", y="lines of source", log="xy"),
    ]
    viz.chart(charts, title="The LSTM of the char-RNN").save(str(path))
