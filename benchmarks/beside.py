"""The same six models drawn by torchview, torchviz, torchvista and by us: `python -m benchmarks.beside [FOLDER]`.

Sizes are in points; letters are those of a picture shrunk to the column of a README, 860 pixels.
torchvista draws in the browser, with a Graphviz of its own: there is no picture to measure before it has been opened.
Peers that are not installed (extra `peers`) are named as missing; with a FOLDER the pictures are kept there.
"""

from __future__ import annotations

import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

COLUMN = 860.0  # pixels


@dataclass(frozen=True)
class Sight:
    """What somebody sees: the picture's size in points, its letters in a column of 860 pixels, and how long it took."""

    width: float
    height: float
    letters: float
    seconds: float

    @classmethod
    def of(cls, svg: str, seconds: float) -> Sight:
        """As an SVG document tells it."""
        box = re.search(r'viewBox="[\d.-]+ [\d.-]+ ([\d.]+) ([\d.]+)"', svg)
        assert box, "an SVG document has a viewBox"
        width, height = float(box[1]), float(box[2])
        sizes = [float(size) for size in re.findall(r'font-size="([\d.]+)', svg)]
        return cls(width, height, min(sizes) * min(1.0, COLUMN / width), seconds)


def numbers(*shape: int) -> np.ndarray:
    """The same numbers for everyone."""
    return np.random.default_rng(0).normal(size=shape)


# Ours ----------------------------------------------------------------------------------------------------------------


def ours(name: str) -> Any:
    """The loss of a model, with its gradients."""
    from autograd_tiny import Value, nn, relu

    layers: dict[str, Callable[[], tuple[Any, Any]]] = {
        "MLP": lambda: (nn.Sequential(*_mlp(nn.Linear, relu)), numbers(5, 3)),
        "residual": lambda: (nn.Sequential(*(nn.Residual(_block(nn, relu)) for _ in range(3))), numbers(5, 8)),
        "batch norm": lambda: (nn.Sequential(nn.Linear(3, 8), nn.BatchNorm(8), relu, nn.Linear(8, 2)), numbers(5, 3)),
        "convolution": lambda: (nn.Sequential(nn.Conv2d(1, 4, 3), relu, nn.Conv2d(4, 2, 3)), numbers(1, 1, 8, 8)),
    }
    if name in layers:
        model, x = layers[name]()
        loss = (model(Value(x, "x")) ** 2).mean()
    else:
        cell = {"RNN": nn.RNNCell, "LSTM": nn.LSTMCell}[name](2, 4)
        outputs, _ = nn.unroll(cell, list(numbers(3, 1, 2)))
        loss = (outputs[-1] ** 2).mean()
    loss.label = "L"
    loss.backward()
    return loss


def _mlp(linear: Any, relu: Any) -> list[Any]:
    return [linear(3, 8), relu, linear(8, 8), relu, linear(8, 8), relu, linear(8, 2)]


def _block(nn: Any, relu: Any) -> Any:
    return nn.Sequential(nn.Linear(8, 8), relu, nn.Linear(8, 8))


MODELS = ("MLP", "residual", "batch norm", "convolution", "RNN", "LSTM")


def drawn(name: str) -> str:
    """Our picture."""
    import viz

    return viz.draw(ours(name)).svg


# Theirs --------------------------------------------------------------------------------------------------------------


def theirs(name: str) -> tuple[Any, Any]:
    """The same model in PyTorch, and its input."""
    import torch
    from torch import nn

    class Residual(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.f = nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 8))

        def forward(self, x: Any) -> Any:
            return x + self.f(x)

    class Unrolled(nn.Module):
        def __init__(self, cell: Any) -> None:
            super().__init__()
            self.cell = cell

        def forward(self, xs: Any) -> Any:
            state = None
            for x in xs:
                state = self.cell(x, state) if state is not None else self.cell(x)
            return state[0] if isinstance(state, tuple) else state

    def linear(d: int, h: int) -> Any:
        return nn.Linear(d, h)

    models: dict[str, Callable[[], tuple[Any, tuple[int, ...]]]] = {
        "MLP": lambda: (nn.Sequential(*_mlp(linear, nn.ReLU())), (5, 3)),
        "residual": lambda: (nn.Sequential(Residual(), Residual(), Residual()), (5, 8)),
        "batch norm": lambda: (
            nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 2)),
            (5, 3),
        ),
        "convolution": lambda: (nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Conv2d(4, 2, 3)), (1, 1, 8, 8)),
        "RNN": lambda: (Unrolled(nn.RNNCell(2, 4)), (3, 1, 2)),
        "LSTM": lambda: (Unrolled(nn.LSTMCell(2, 4)), (3, 1, 2)),
    }
    model, shape = models[name]()
    return model, torch.tensor(numbers(*shape), dtype=torch.float32)


def viewed(name: str) -> str:
    """torchview's picture, with its own settings."""
    model, x = theirs(name)
    graph = import_module("torchview").draw_graph(model, input_data=x, device="cpu")
    return engraved(graph.visual_graph.source)


def traced(name: str) -> str:
    """torchviz's picture of the loss."""
    model, x = theirs(name)
    loss = (model(x) ** 2).mean()
    return engraved(import_module("torchviz").make_dot(loss, params=dict(model.named_parameters())).source)


def engraved(source: str) -> str:
    """A DOT document as SVG, by the Graphviz that draws our pictures, too."""
    from viz.layout import press

    return press.engrave([source], "dot", "svg", 60.0)[0].decode()


PEERS: dict[str, Callable[[str], str]] = {"ours": drawn, "torchview": viewed, "torchviz": traced}


def look(peer: str, name: str, folder: Path) -> Sight | str:
    """A picture made, kept and measured; or why there is none."""
    start = time.perf_counter()
    try:
        svg = PEERS[peer](name)
    except ImportError as missing:
        return f"{missing.name} is not installed"
    (folder / f"{name.replace(' ', '-')}-{peer}.svg").write_text(svg, encoding="utf-8")
    return Sight.of(svg, time.perf_counter() - start)


HEADINGS = ("model", "drawn by", "width × height", f"letters at {COLUMN:g} px", "time")


def rows(folder: Path) -> Iterator[tuple[str, ...]]:
    """All of them."""
    for name in MODELS:
        for peer in PEERS:
            seen = look(peer, name, folder)
            if isinstance(seen, str):
                yield name, peer, seen, "", ""
            else:
                size = f"{seen.width:.0f} × {seen.height:.0f}"
                yield name, peer, size, f"{seen.letters:.1f} px", f"{seen.seconds:.2f} s"
        yield name, "torchvista", "drawn in the browser", "", ""


def table(found: Sequence[tuple[str, ...]]) -> Table:
    """The numbers, for a terminal."""
    shown = Table(title="The same models side by side", title_justify="left")
    for heading in HEADINGS:
        shown.add_column(heading, justify="left" if heading in HEADINGS[:2] else "right")
    for row in found:
        shown.add_row(*row)
    return shown


def page(found: Sequence[tuple[str, ...]], folder: Path) -> str:
    """The numbers and the pictures, as Markdown; without times, which are of a machine."""
    lines = [
        "# The same models side by side",
        "",
        "Drawn by `python -m benchmarks.beside` with the defaults of each.",
        "",
    ]
    lines += [
        f"| {' | '.join(HEADINGS[:-1])} |",
        "|---|---|--:|--:|",
        *(f"| {' | '.join(row[:-1])} |" for row in found),
    ]
    for name in MODELS:
        files = [(peer, f"{name.replace(' ', '-')}-{peer}.svg") for peer in PEERS]
        kept = [(peer, file) for peer, file in files if (folder / file).exists()]
        lines += ["", f"## {name}", "", *(f"![{name}, drawn by {peer}]({file})" for peer, file in kept)]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Draw, measure, print."""
    console = Console(width=None if Console().is_terminal else 120)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(sys.argv[1] if len(sys.argv) > 1 else scratch)
        folder.mkdir(parents=True, exist_ok=True)
        found = list(rows(folder))
        (folder / "README.md").write_text(page(found, folder), encoding="utf-8")
        console.print(table(found))


if __name__ == "__main__":
    main()
