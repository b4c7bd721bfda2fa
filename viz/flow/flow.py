"""The drawing of a gradient flow, its numbers, and its other forms."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from autograd_tiny import Value, backward_steps
from autograd_tiny.value import ancestors
from viz.audience import announced
from viz.drawing import Drawing
from viz.flow import plot, series, words
from viz.flow.model import Panel, Study, Wanted, panel
from viz.flow.sheet import sheet
from viz.flow.sizes import scale
from viz.flow.tinted import tinted
from viz.graph.scopes import AUTOMATIC
from viz.look import look
from viz.opening import Depth, Fold
from viz.output import plate
from viz.words.figures import Precision
from viz.words.lettering import shorten

MOST = 20_000  # cells of a picture


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Flow(Drawing):
    """A picture of gradient flow; `sizes` are its numbers, `circuit` and `figure` its other forms."""

    models: Mapping[str, Value]
    wanted: Wanted
    study: Study

    @property
    def sizes(self) -> dict[str, dict[str, list[float]]]:
        """|gradient| by model, node and step: 0, NaN and ∞ as they are; NaN where there is none."""
        return {
            each.name: {row.name: [math.nan if s is None else s.number for s in row.sizes] for row in each.rows}
            for each in self.study.panels
        }

    def circuit(
        self,
        model: str | None = None,
        *,
        show: str = "circuit",
        direction: str = "LR",
        precision: Precision = 2,
        layout: str | None = None,
        fold: Fold = None,
        depth: Depth = AUTOMATIC,
    ) -> Drawing:
        """A model's recorded circuit, its wires and gates coloured on the same scale; the options are those of `draw`.

        Without numbers, unless `show` asks for them.
        ValueError names the models if there are several and none is named, or another one.
        """
        name = next(iter(self.models)) if model is None and len(self.models) == 1 else str(model)
        if name not in self.models:
            raise ValueError(f"circuit: model {model!r}: name one of {', '.join(map(repr, self.models))}")
        dress = replace(look(show, direction, precision, layout=layout), theme=self.page.theme)
        title = f"Circuit of {name or self.study.loss}, coloured by gradients"
        steps = None if self.wanted.recorded else tuple(backward_steps(self.models[name], self.wanted.seed))
        return _circuit(self.models[name], steps, self.study, dress, title, fold, depth)

    def figure(self) -> Any:
        """The strips as a matplotlib Figure; ImportError says how to install it."""
        return plot.figure(self.study, self.page.theme, self.title)

    def __str__(self) -> str:
        return self.words()


_circuit = announced(tinted)


@announced
def flow(
    loss: Value | Mapping[str, Value],
    over: str = "t",
    *,
    nodes: str | Sequence[str] | None = None,
    elements: bool = False,
    jacobians: bool = False,
    bound: bool | float = False,
    limits: tuple[float, float] | None = None,
    recorded: bool = False,
    others: Sequence[Value] = (),
    seed: Any = None,
    theme: str = "lecture",
    background: str | None = None,
    title: str | None = None,
) -> Flow:
    """|∂loss/∂v| of every node v at every step `over=…`, on a log scale; several models on one scale as a mapping.

    The steps are scopes of one family: `over="t"` takes t=1, t=2, …, as `nn.unroll` records them, "layer" layer=1, ….
    Gradients come from a backward pass of its own, whether or not one has run; no `.grad` changes. `recorded=True`
    shows instead the `.grad` that passes have left, and marks those not there yet. `others` are further results whose
    steps are shown too: the loss may not depend on them.

    nodes: names of rows; None: those with a label, and the state; "state": it alone; "all": every gate; elements: a row
    for each number of an array; jacobians: below each strip, the product of ‖∂state_k/∂state_k−1‖ from the last step
    back; bound: the lecture's (γ_W γ_φ)^n (True: read off the graph; a number: the factor of one step); limits: the
    ends of the scale, (1e-12, 1). A loss that is an array needs a `seed`. ValueError names the families, or the nodes.
    """
    models = _models(loss)
    wanted = Wanted(over, nodes, elements, jacobians, bound, recorded, seed, tuple(others))
    steps = _columns(models, wanted)
    panels = tuple(panel(name, each, wanted, steps) for name, each in models.items())
    _admit(panels, steps, wanted)
    found = scale((size for each in panels for size in each.sizes), limits)
    study = Study(panels, steps, over, found, _loss_name(models))
    made = title or f"Gradient flow over {over}"
    page = sheet(study, look(theme=theme, background=background).theme, made, words.described(study))
    printed = partial(words.text, study, made)
    return Flow(page, partial(plate.document, page), printed, models=models, wanted=wanted, study=study)


def _models(loss: Value | Mapping[str, Value]) -> dict[str, Value]:
    models = {"": loss} if isinstance(loss, Value) else dict(loss) if isinstance(loss, Mapping) else {}
    for name, each in models.items():
        if not isinstance(each, Value):
            raise TypeError(f"flow: {name!r} is a {type(each).__name__}, not a Value")
    if not models:
        raise TypeError(f'flow: expected a loss (Value) or {{"RNN": loss, "LSTM": loss}}, got {type(loss).__name__}')
    return {str(name): each for name, each in models.items()}


def _columns(models: Mapping[str, Value], wanted: Wanted) -> tuple[str, ...]:
    """The steps of all models together."""
    if wanted.others and len(models) > 1:
        raise ValueError("flow: others= belongs to one loss; draw the models one by one to add it")
    graphs = [series.series(ancestors(each, *wanted.others), wanted.over).steps for each in models.values()]
    return series.merged(graphs)


def _admit(panels: Sequence[Panel], steps: Sequence[str], wanted: Wanted) -> None:
    cells = len(steps) * sum(len(each.rows) for each in panels)
    if cells > MOST:
        raise ValueError(
            f"flow: {cells:,} cells, at most {MOST:,} are drawn: name some nodes=, or leave elements=True out"
        )
    if wanted.bound and not any(overlay.kind == "bound" for each in panels for overlay in each.overlays):
        raise ValueError("flow: bound=True: no model hands its state on by a chain of matrix products and "
                         "nonlinearities; give the factor of one step: bound=0.9")  # fmt: skip


def _loss_name(models: Mapping[str, Value]) -> str:
    labels = {shorten(each.label, 8) for each in models.values()}
    return labels.pop() if len(labels) == 1 and "" not in labels else "L"
