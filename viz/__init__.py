"""Circuit pictures: what a computation did forward and what backpropagation does with it.

viz.draw(z).save("z.svg")       one picture: values above the wires, gradients below
viz.film(z).save("z.html")      every step, revealed one by one
viz.film(z, predict=[w])        … and w's gradient asked for before it is shown
viz.draw(z, depth=1)            scopes folded to one gate each; saved as .html it zooms
viz.inside(W @ x)               the scalar circuit of one array operation
print(viz.text(z))              the circuit in a terminal
print(viz.ledger(z))            every += of the backward pass
viz.play(z).save("z.html")      a slider for each leaf: drag it, and everything follows
viz.chart(losses, y="loss")     curves, points, bars, heat maps
viz.flow(loss)                  how large gradients are through time, layers or depth, on a log scale
viz.flow.compare()              activations, gains and cells side by side
viz.flow.training(net)          norms, updates, gates and saturation while it learns
print(viz.paths(z, w))          every path from w to z with its product; their sum is the gradient
viz.live()                      a page that shows each picture as it is drawn
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from viz import cells
    from viz.beside import beside
    from viz.chart import Chart, chart
    from viz.drawing import Drawing, draw
    from viz.film import Film, film
    from viz.flow import Flow, flow
    from viz.inside import inside
    from viz.layout.press import LayoutError
    from viz.live.live import live
    from viz.paths import Paths, paths
    from viz.play import Play, play
    from viz.rolled import rolled
    from viz.text.circuit_text import text
    from viz.text.ledger import ledger

# Where each name stands. Its module is brought when it is first asked for: a part of viz costs no more than itself.
_PLACES = {
    "Chart": "chart",
    "Drawing": "drawing",
    "Film": "film",
    "Flow": "flow",
    "LayoutError": "layout.press",
    "Paths": "paths",
    "Play": "play",
    "beside": "beside",
    "cells": "",
    "chart": "chart",
    "draw": "drawing",
    "film": "film",
    "flow": "flow",
    "inside": "inside",
    "ledger": "text.ledger",
    "live": "live.live",
    "paths": "paths",
    "play": "play",
    "rolled": "rolled",
    "text": "text.circuit_text",
}

__all__ = [
    "Chart",
    "Drawing",
    "Film",
    "Flow",
    "LayoutError",
    "Paths",
    "Play",
    "beside",
    "cells",
    "chart",
    "draw",
    "film",
    "flow",
    "inside",
    "ledger",
    "live",
    "paths",
    "play",
    "rolled",
    "text",
]


def __dir__() -> list[str]:
    """What is public."""
    return list(__all__)


class _Front(ModuleType):
    """The package: `viz.film` is the function, and stays it when the module of that name is imported."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (isinstance(value, ModuleType) and _PLACES.get(name)):
            super().__setattr__(name, value)

    def __getattr__(self, name: str) -> Any:
        place = _PLACES.get(name)
        if place is None:
            raise AttributeError(f"module 'viz' has no attribute {name!r}", name=name, obj=self)
        value = getattr(import_module(f"viz.{place}"), name) if place else import_module(f"viz.{name}")
        setattr(self, name, value)
        return value


sys.modules[__name__].__class__ = _Front
