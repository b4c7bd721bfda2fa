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
from viz.chart import Chart
from viz.drawing import Drawing
from viz.fitting.room import Fit, Room, room_of
from viz.flow import charts, series, words
from viz.flow.model import Panel, Study, Wanted, panel
from viz.flow.sheet import sheet
from viz.flow.sizes import scale
from viz.flow.tinted import tinted
from viz.graph.scopes import AUTOMATIC
from viz.look import Look, Theme, look, name_of
from viz.opening import Depth, Fold
from viz.output import plate
from viz.words.figures import Precision
from viz.words.lettering import shorten

MOST = 20_000  # cells of a picture


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Flow:
    """A picture of gradient flow, a drawing or a chart; `sizes` are its numbers, `circuit` the coloured circuit."""

    models: Mapping[str, Value]
    wanted: Wanted
    study: Study
    theme: Theme

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
        fit: Fit = "page",
    ) -> Drawing:
        """A model's recorded circuit, its wires and gates coloured on the same scale; the options are those of `draw`.

        Without numbers, unless `show` asks for them.
        ValueError names the models if there are several and none is named, or another one.
        """
        dress = replace(look(show, direction, precision, layout=layout), theme=self.theme)
        return _circuit(self.models, model, self.study, self.wanted, dress, fold, depth, room=room_of(fit))


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class FlowDrawing(Flow, Drawing):
    """Strips or a circuit, drawn like every circuit."""

    def figure(self) -> Any:
        """The strips as a matplotlib Figure."""
        background = "transparent" if self.page.theme.transparent else None
        return charts.strips(self.study, self.title, name_of(self.page.theme), background).figure()

    def __str__(self) -> str:
        return self.words()


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class FlowChart(Flow, Chart):
    """Lines, triangles or histograms."""


KINDS = ("strip", "lines", "matrix", "circuit", "histogram", "activations")


@announced
def flow(
    loss: Value | Sequence[Value] | Mapping[str, Value],
    over: str | None = None,
    *,
    kind: str = "strip",
    nodes: str | Sequence[str] | None = None,
    elements: bool = False,
    relative: bool = False,
    jacobians: bool = False,
    bound: bool | float = False,
    limits: tuple[float, float] | None = None,
    recorded: bool = False,
    others: Sequence[Value] = (),
    seed: Any = None,
    fit: str | tuple[float, float] | None = "page",
    theme: str = "lecture",
    background: str | None = None,
    title: str | None = None,
) -> Flow:
    """|∂loss/∂v| of every node v at every step `over=…`, on a log scale; several models on one scale as a mapping.
    A list of losses is their sum.

    >>> import viz
    >>> from autograd_tiny import Value, scope
    >>> h = Value(1.0, "h0")
    >>> for t in range(1, 5):
    ...     with scope(f"t={t}"):
    ...         h = h * 0.1
    ...         h.label = "h"
    >>> print(viz.flow(h, kind="lines").description)
    Lines of ‖∂h/∂v‖ over steps back from t = 4, on a log scale. h: 0.001, ×0.1 a step: from 1 at 0 to 0.001 at 3.

    over: the steps are scopes of one family: "t" takes t=1, t=2, …, as `nn.unroll` records them, "layer" layer=1, …,
    "block" block 1, …; None the one there is, and "depth" where there is none: the gates along the longest path.
    Gradients come from a backward pass of its own, whether or not one has run; no `.grad` changes. `recorded=True`
    shows instead the `.grad` that passes have left, and marks those not there yet. `others` are further results whose
    steps are shown too: the loss may not depend on them.

    kind      what is drawn
    strip     a row of colours per node, a column per step
    lines     a line per model (of one: per node), with its half-life; x counts the steps back
    matrix    ‖∂L_t/∂s_k‖, what the loss at t alone sends to the state at k: a triangle, cut where it is truncated
    circuit   the recorded circuit, wires and gates coloured
    histogram the gradient's numbers at some of the steps; activations: the node's own

    relative: in units of the last step, from where colours diverge. nodes: names of rows; None: those with a label, and
    the state; "state": it alone; "all": every gate; elements: a row for each number of an array; jacobians: below each
    strip, the product of ‖∂state_k/∂state_k−1‖ from the last step back; bound: the lecture's (γ_W γ_φ)^n (True: read
    off the graph; a number: the factor of one step); limits: the ends of the scale, (1e-12, 1). A loss that is an array
    needs a `seed`. fit: the room of a chart, as in `viz.chart`. ValueError names the families, the nodes or the kinds.
    """
    if kind not in KINDS:
        raise ValueError(f"flow: kind={kind!r} is unknown; known: {', '.join(KINDS)}")
    models, added = _models(loss), tuple(others)
    steps_of = over or series.family_of([ancestors(each, *added) for each in models.values()])
    wanted = Wanted(
        steps_of, nodes, elements, jacobians, bound, recorded, seed, added, relative, kind == "lines", limits
    )
    study = _study(models, wanted)
    dress = look(theme=theme, background=background, show="circuit")
    given: dict[str, Any] = {"models": models, "wanted": wanted, "study": study, "theme": dress.theme}
    made = title or f"{TITLES[kind]} over {steps_of}"
    options: dict[str, Any] = {"fit": fit, "theme": theme, "background": background}
    if kind == "lines":
        return _as_chart(charts.lines(study, nodes, made, options), given)
    if kind == "matrix":
        return _as_chart(charts.matrix(models, wanted, study.loss, made, options), given)
    if kind in ("histogram", "activations"):
        own = kind == "activations"
        return _as_chart(charts.histograms(models, wanted, study.loss, made, options, own), given)
    if kind == "circuit":
        drawn = _circuit(models, None, study, wanted, dress, title=title, room=room_of(fit))
        return FlowDrawing(drawn.page, drawn.dot, drawn.words, drawn.folded, **given)
    page = sheet(study, dress.theme, made, words.described(study))
    return FlowDrawing(page, partial(plate.document, page), partial(words.text, study, made), **given)


TITLES = {
    "strip": "Gradient flow",
    "lines": "Gradient flow",
    "matrix": "What the loss at each step tells the states before it,",
    "circuit": "Circuit, coloured by gradients",
    "histogram": "The gradient's numbers",
    "activations": "The nodes' own numbers",
}


def _as_chart(made: Chart, given: Mapping[str, Any]) -> FlowChart:
    return FlowChart(made.plan, made.title, made.description, **given)


def _study(models: Mapping[str, Value], wanted: Wanted) -> Study:
    steps = _columns(models, wanted)
    panels = tuple(panel(name, each, wanted, steps) for name, each in models.items())
    _admit(panels, steps, wanted)
    found = scale((size for each in panels for size in each.sizes), wanted.limits, wanted.relative)
    return Study(panels, steps, wanted.over, found, _loss_name(models), wanted.relative, wanted.limits is not None)


@announced
def _circuit(
    models: Mapping[str, Value],
    model: str | None,
    study: Study,
    wanted: Wanted,
    dress: Look,
    fold: Fold = None,
    depth: Depth = AUTOMATIC,
    title: str | None = None,
    room: Room | None = None,
) -> Drawing:
    """A model's circuit on the study's scale."""
    name = next(iter(models)) if model is None and len(models) == 1 else str(model)
    if name not in models:
        raise ValueError(f"circuit: model {model!r}: name one of {', '.join(map(repr, models))}")
    made = title or f"Circuit of {name or study.loss}, coloured by gradients"
    steps = None if wanted.recorded else tuple(backward_steps(models[name], wanted.seed))
    unit = next(each.unit for each in study.panels if each.name == name)
    return tinted(models[name], steps, study, dress, made, fold, depth, unit, room)


def _models(loss: Value | Sequence[Value] | Mapping[str, Value]) -> dict[str, Value]:
    """The losses by name; those of the steps, in a list, are one loss."""
    if isinstance(loss, list | tuple) and loss and all(isinstance(each, Value) for each in loss):
        total = loss[0]
        for each in loss[1:]:
            total = total + each
        return {"": total}
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
