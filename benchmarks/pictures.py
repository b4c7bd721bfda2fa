"""How long a picture takes: laying out and writing a drawing of 200 gates, and the film of w²(w − 3)."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any


def _gates(count: int) -> Any:
    """A sum of products x·w over `count` gates, as broad as a layer: half are ×, half are +."""
    from autograd_tiny import Value

    products = [Value(0.1 * i, f"x{i}") * Value(0.5, f"w{i}") for i in range(count // 2)]
    total = products[0]
    for product in products[1:]:
        total = total + product
    total.backward()
    return total


def _drawing(folder: Path) -> None:
    import viz

    viz.draw(_gates(200)).save(folder / "gates.svg")


def _film(folder: Path) -> None:
    import viz
    from autograd_tiny import Value

    w = Value(5.0, "w")
    viz.film(w**2 * (w - 3)).save(folder / "film.html")


PICTURES: dict[str, Callable[[Path], None]] = {
    "drawing of 200 gates → svg": _drawing,
    "film of w²(w − 3) → html": _film,
}


def measure(order: dict[str, Any]) -> dict[str, Any]:
    """The median of three pictures after the first; the first is kept apart: a shell command pays for it."""
    times = []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(4):
            start = time.perf_counter()
            PICTURES[order["picture"]](Path(folder))
            times.append(time.perf_counter() - start)
    return {"seconds": median(times[1:]), "first": times[0]}
