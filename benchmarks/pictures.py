"""How long pictures take, and how large they are: `python -m benchmarks.pictures` prints the table.

Times are of this process and its Graphviz together, from a recorded graph to the written file.
"""

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks import beside


@dataclass(frozen=True)
class Picture:
    """What is drawn, how, and what it may cost; None: no limit has been set."""

    graph: Callable[[], Any]
    kind: str  # "draw" or "film"
    suffix: str
    seconds: float | None = None
    megabytes: float | None = None
    depth: Any = "auto"
    fit: Any = None  # of any width


def _gates(count: int) -> Any:
    """A sum of products x·w over `count` gates, as broad as a layer: half are ×, half are +."""
    from autograd_tiny import Value

    products = [Value(0.1 * i, f"x{i}") * Value(0.5, f"w{i}") for i in range(count // 2)]
    total = products[0]
    for product in products[1:]:
        total = total + product
    total.backward()
    return total


def _cubic() -> Any:
    from autograd_tiny import Value

    w = Value(5.0, "w")
    return w**2 * (w - 3)


def _recurrent(steps: int, scalar: bool) -> Any:
    """The lecture's network, h = tanh(Ux + Wh), y = Vh, through time, and the sum of its losses."""
    import numpy as np

    from autograd_tiny import nn, to_scalars

    cell, out = nn.RNNCell(2, 4, seed=1), nn.Linear(4, 1, seed=2)
    hs, _ = nn.unroll(cell, list(np.random.default_rng(0).normal(size=(steps, 2))))
    losses = [nn.mse(out(h), np.zeros(1)) for h in hs]
    loss = sum(losses[1:], losses[0])
    loss = to_scalars(loss) if scalar else loss
    loss.backward()
    return loss


def _in_rows(kind: str, steps: int) -> Any:
    """A loss of each state of an LSTM, of two in one cell, of both ways, or of a decoder after its encoder."""
    import numpy as np

    from autograd_tiny import nn, scope

    cells, xs = (
        [nn.LSTMCell(2, 4, seed=1), nn.LSTMCell(4, 4, seed=2)],
        list(np.random.default_rng(0).normal(size=(steps, 1, 2))),
    )
    if kind == "both ways":
        hs, _ = nn.Bidirectional(nn.RNNCell(2, 2, seed=1), nn.RNNCell(2, 2, seed=2))(xs)
    elif kind == "encoder":
        with scope("encoder"):
            _, state = nn.unroll(nn.GRUCell(2, 4, seed=1), xs)
        with scope("decoder"):
            hs, _ = nn.unroll(nn.GRUCell(2, 4, seed=2), xs, state)
    else:
        hs, _ = nn.unroll(nn.StackedCells(cells) if kind == "stacked" else cells[0], xs)
    losses = [nn.mse(h, np.zeros((1, 4))) for h in hs]
    loss = sum(losses[1:], losses[0])
    loss.backward()
    return loss


PICTURES = {
    "drawing of 200 gates → svg": Picture(lambda: _gates(200), "draw", "svg", seconds=0.5),
    "film of w²(w − 3) → html": Picture(_cubic, "film", "html", seconds=0.5),
    "film of 300 gates → html": Picture(lambda: _gates(300), "film", "html", 1.0, 3.0, depth=None),
    "RNN of scalars, T = 10, H = 4 → svg": Picture(lambda: _recurrent(10, True), "draw", "svg", 3.0, depth=None),
    "RNN of vectors, T = 3, on a page → svg": Picture(lambda: _recurrent(3, False), "draw", "svg", 0.5, fit="page"),
    "RNN of vectors, T = 30, on a page → svg": Picture(lambda: _recurrent(30, False), "draw", "svg", 0.5, fit="page"),
    **{
        f"{name}, T = {steps}, on a page → svg": Picture(
            lambda kind=kind, steps=steps: _in_rows(kind, steps), "draw", "svg", 0.5, fit="page"
        )
        for name, kind, steps in (
            ("LSTM", "", 30),
            ("stacked LSTMs", "stacked", 3),
            ("both ways", "both ways", 10),
            ("encoder", "encoder", 6),
        )
    },
    "RNN of vectors, T = 100 → svg": Picture(lambda: _recurrent(100, False), "draw", "svg", 3.0, depth=None),
}


def _made(picture: Picture, graph: Any, folder: Path) -> int:
    """Draw and write; how many bytes."""
    import viz

    drawn = getattr(viz, picture.kind)(graph, depth=picture.depth, fit=picture.fit, timeout=60.0)
    written: Path = drawn.save(folder / f"picture.{picture.suffix}")
    return written.stat().st_size


def measure(order: dict[str, Any]) -> dict[str, Any]:
    """The median of three pictures after the first; the first is kept apart: a shell command pays for it."""
    picture = PICTURES[order["picture"]]
    times, size = [], 0
    graph = picture.graph()
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(4):
            start = time.perf_counter()
            size = _made(picture, graph, Path(folder))
            times.append(time.perf_counter() - start)
    return {"seconds": median(times[1:]), "first": times[0], "bytes": size}


def _row(name: str, answer: dict[str, Any]) -> tuple[str, ...]:
    """Name, gates and values, time and its limit, size and its limit."""
    from autograd_tiny.value import ancestors

    picture = PICTURES[name]
    values = len(list(ancestors(picture.graph())))
    size = answer["bytes"] / 1e6
    met = (picture.seconds is None or answer["seconds"] < picture.seconds) and (
        picture.megabytes is None or size < picture.megabytes
    )
    limits = [
        f"{picture.seconds:g} s" if picture.seconds else "",
        f"{picture.megabytes:g} MB" if picture.megabytes else "",
    ]
    timed = [f"{answer['seconds']:.2f} s", f"{answer['first']:.2f} s", f"{size:.2f} MB"]
    return (name, f"{values:,}", *timed, " ".join(filter(None, limits)), "yes" if met else "no")


def main() -> None:
    """Measure and print every picture."""
    table = Table(title="Pictures: from a recorded graph to a file", title_justify="left")
    for heading in ("", "values", "time", "first", "size", "limit", "met"):
        table.add_column(heading, justify="left" if heading in ("", "met") else "right")
    for name in PICTURES:
        table.add_row(*_row(name, measure({"picture": name})))
    console = Console(width=None if Console().is_terminal else 120)
    console.print(table)
    with tempfile.TemporaryDirectory() as folder:
        console.print(beside.table(list(beside.rows(Path(folder)))))


if __name__ == "__main__":
    main()
