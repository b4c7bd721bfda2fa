"""Gradient flow over a training: what happens to gradients, updates, gates and units, step by step, layer by layer.

norm        ‖∂L/∂p‖ of each parameter
update      ‖Δp‖ / ‖p‖: how far a step moves a parameter; about 10⁻³ is usual
gate        a σ that something is multiplied by; how far it is open, on average
saturated   units whose slope is less than a twentieth of the largest, as a share
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from autograd_tiny import Value
from autograd_tiny.graphs.namesakes import instances
from autograd_tiny.value import ancestors
from viz.audience import announced
from viz.chart import Chart, chart
from viz.chart.reel import Reel
from viz.flow import series
from viz.flow.model import gradients_of, recorded, state_lengths
from viz.flow.sizes import Size, size
from viz.words.figures import number

FRAMES = 60  # of a film at most
LINES = 10  # of a chart; more layers are the rows of a heat map
FLAT = 0.05  # of the largest slope

# The slope of each unit, by its value, in units of the largest.
SLOPES = {
    "tanh": lambda z: 1 - z**2,
    "sigmoid": lambda z: 4 * z * (1 - z),
    "relu": lambda z: (z > 0).astype(float),
}


@dataclass(frozen=True)
class Moment:
    """What one step of a training showed, by parameter or layer."""

    step: int
    loss: float
    norms: Mapping[str, Size]
    gates: Mapping[str, float]
    saturated: Mapping[str, float]
    flow: tuple[tuple[str, ...], tuple[Size, ...]]  # the steps of the sequence, and the state's gradients
    numbers: Mapping[str, Any]  # the parameters' gradients, of the last moment alone
    updates: Mapping[str, float] = field(default_factory=dict)


KINDS = {
    "norms": ("‖∂L/∂p‖", "Gradients of the parameters"),
    "updates": ("‖Δp‖ / ‖p‖", "Updates in units of the weights"),
    "gates": ("open, on average", "How far gates are open"),
    "saturated": ("share of units", "Saturated units"),
}


class Training:
    """A training that is watched: call it with each loss, after `backward` and before the optimizer's step."""

    def __init__(self, parameters: Mapping[str, Value], over: str | None = None) -> None:
        self.parameters, self.over = dict(parameters), over
        self.moments: list[Moment] = []
        self._before: dict[str, Any] = {}

    def __call__(self, loss: Value, step: int | None = None) -> None:
        """Take down one step; its number is the next one, unless it is given."""
        self._settle()
        if self.moments:
            self.moments[-1] = replace(self.moments[-1], numbers={})
        values = ancestors(loss)
        gradients = recorded(values) if loss.has_grad else gradients_of(loss)
        numbers = {name: gradients[p] for name, p in self.parameters.items() if p in gradients}
        gates, saturated = _units(values)
        at = step if step is not None else self.moments[-1].step + 1 if self.moments else 1
        norms = {name: size(gradient) for name, gradient in numbers.items()}
        flow = self._flow(values, gradients)
        self.moments.append(Moment(at, float(np.mean(loss.data)), norms, gates, saturated, flow, numbers))
        self._before = {name: np.array(p.data, float) for name, p in self.parameters.items()}

    def _flow(self, values: Sequence[Value], gradients: Mapping[Value, Any]) -> tuple[Any, Any]:
        over = self.over or series.family_of([values])
        return state_lengths(series.series(values, over), gradients) if over != series.DEPTH else ((), ())

    def _settle(self) -> None:
        """The last moment, with the update that came after it."""
        if not self._before or not self.moments:
            return
        moves = {
            name: float(np.linalg.norm(np.asarray(p.data) - self._before[name])) for name, p in self.parameters.items()
        }
        lengths = {name: float(np.linalg.norm(before)) for name, before in self._before.items()}
        found = {name: moves[name] / lengths[name] for name in moves if lengths[name] and moves[name]}
        self.moments[-1] = replace(self.moments[-1], updates=found)

    def chart(self, kind: str = "norms", *, title: str | None = None, **options: Any) -> Chart:
        """One of "norms", "updates", "gates", "saturated", "histograms", "flow", over the steps of the training.

        A line per layer, or a row where there are many; "histograms" are the last step's gradients, "flow" a row of
        ‖∂L/∂state‖ per step. Options are those of `viz.chart`. ValueError for another kind, or where there is none.
        """
        self._settle()
        if kind == "histograms":
            return chart(
                self._last().numbers, kind="histogram", x="∂L/∂p", title=title or self._called(kind), **options
            )
        if kind == "flow":
            return self._flows(title or "Gradient flow over the training", options)
        if kind not in KINDS:
            raise ValueError(f"training: kind={kind!r} is unknown; known: {', '.join([*KINDS, 'histograms', 'flow'])}")
        rows = self._rows(kind)
        y, called = KINDS[kind]
        log, steps = kind in ("norms", "updates"), [moment.step for moment in self.moments]
        made: dict[str, Any] = {"title": title or called, **options}
        if len(rows) <= LINES:
            ends = None if log else (0.0, 1.0)
            drawn = {name: (steps, row) for name, row in rows.items()}
            return chart(drawn, kind="line", x="step", y=y, log=log, limits=ends, **made)
        return chart(list(rows.values()), kind="heat", x="step", log=log, names=list(rows),
                     columns=list(map(str, steps)), note=y, **made)  # fmt: skip

    def _rows(self, kind: str) -> dict[str, list[float | None]]:
        found = [getattr(moment, kind) for moment in self.moments]
        names = list(dict.fromkeys(name for each in found for name in each))
        if not names:
            raise ValueError(f"training: there are no {kind} yet: call it with each loss" +
                             (" and step the optimizer" if kind == "updates" else ""))  # fmt: skip
        return {name: [_number(each.get(name)) for each in found] for name in names}

    def _last(self) -> Moment:
        if not self.moments:
            raise ValueError("training: nothing was taken down yet: call it with each loss")
        return self.moments[-1]

    def _called(self, kind: str) -> str:
        return f"Gradients' numbers at step {self._last().step}"

    def _flows(self, title: str, options: Mapping[str, Any]) -> Chart:
        steps = self._last().flow[0]
        if not steps:
            raise ValueError("training: kind='flow': nothing was recorded in numbered scopes (t=1, t=2, …)")
        rows = [
            [_number(s) for s in moment.flow[1]] if moment.flow[0] == steps else [None] * len(steps)
            for moment in self.moments
        ]
        names = [str(moment.step) for moment in self.moments]
        made: dict[str, Any] = {"title": title, "note": "‖∂L/∂state‖", **options}
        return chart(rows, kind="heat", log=True, x=self._over(), y="step", columns=steps, names=names, **made)

    def _over(self) -> str:
        return self.over or "t"

    @announced
    def film(self, *, title: str = "Gradient flow while it learns", **options: Any) -> Reel:
        """The state's gradients over the sequence, a frame per step of the training, on one axis.

        Without numbered scopes: the norms of the parameters' gradients. Options are those of `viz.chart`.
        """
        self._last()
        picked = np.unique(np.linspace(0, len(self.moments) - 1, min(len(self.moments), FRAMES)).round().astype(int))
        moments = [self.moments[k] for k in picked]
        flows = bool(moments[-1].flow[0])
        sizes = [s.length for m in moments for s in (m.flow[1] if flows else m.norms.values()) if s.kind == "length"]
        limits = (
            (10.0 ** np.floor(np.log10(min(sizes))), 10.0 ** np.ceil(np.log10(max(sizes)) + 1e-9)) if sizes else None
        )
        made: dict[str, Any] = {"log": "y", "limits": limits, "title": title, **options}
        return Reel(title, tuple(self._frame(moment, flows, made) for moment in moments))

    def _frame(self, moment: Moment, flows: bool, made: Mapping[str, Any]) -> Chart:
        note = f"Step {moment.step}, loss {number(moment.loss, '3g')}"
        if flows:
            row = {"state": [_number(s) for s in moment.flow[1]]}
            return chart(row, kind="line", x=self._over(), y="‖∂L/∂state‖", names=moment.flow[0], note=note, **made)
        return chart({name: _number(s) for name, s in moment.norms.items()}, kind="bar", y="‖∂L/∂p‖", note=note, **made)

    def __str__(self) -> str:
        return "\n".join(str(self.chart(kind)) for kind in KINDS if any(getattr(m, kind) for m in self.moments))

    def __repr__(self) -> str:
        return f"<Training: {len(self.moments)} steps of {len(self.parameters)} parameters; .chart(kind), .film()>"


def training(parameters: Any, over: str | None = None) -> Training:
    """Watch a training: of a network, an optimizer, or parameters by name.

    >>> import viz
    >>> from autograd_tiny import Value, optim
    >>> w = Value(2.0, "w")
    >>> rule, watch = optim.SGD({"w": w}, lr=0.1), viz.flow.training({"w": w})
    >>> for _ in range(4):
    ...     loss = (w * w).tanh()
    ...     rule.zero_grad(); loss.backward(); watch(loss); rule.step()
    >>> watch.chart("norms").description[:42], watch.moments[-1].saturated
    ('Lines of ‖∂L/∂p‖ over step, on a log scale', {'tanh': 1.0})

    over: the family of steps whose flow is taken down, found by itself if there is one. TypeError for what has no
    parameters.
    """
    found = parameters.parameters() if callable(getattr(parameters, "parameters", None)) else parameters
    found = getattr(found, "parameters", found)
    if isinstance(found, list | tuple):
        found = {v.label or f"p{k}": v for k, v in enumerate(found)}
    if not isinstance(found, Mapping) or not found or not all(isinstance(v, Value) for v in found.values()):
        raise TypeError(
            f"training: expected a network, an optimizer or parameters by name, got {type(parameters).__name__}"
        )
    return Training(found, over)


def _number(x: Any) -> float | None:
    return None if x is None else x.number if isinstance(x, Size) else float(x)


def _units(values: Sequence[Value]) -> tuple[dict[str, float], dict[str, float]]:
    """How far gates are open and which share of units is saturated, by layer: all steps of a sequence together."""
    scopes = instances(values)
    multiplied = {x for v in values if v.op == "mul" for x in v.inputs}
    parted = {v.inputs[0] for v in values if v.op == "take" and v.inputs[0].op in SLOPES}
    met: Counter[tuple[str, str]] = Counter()
    opened: dict[str, list[float]] = {}
    flat: dict[str, list[float]] = {}
    for v in values:
        phi = v.inputs[0].op if v.inputs and v.inputs[0] in parted and v.op == "take" else v.op
        if phi not in SLOPES or v.is_constant or v in parted:
            continue
        around = [str(name) for name in scopes[v] if not series.parted(name)[1]]
        steps = " ".join(str(name) for name in scopes[v] if series.parted(name)[1])
        place = " ".join([*around, v.label.rstrip("0123456789_") or phi])
        met[steps, place] += 1
        name = place + (f" {met[steps, place]}" if met[steps, place] > 1 else "")
        z = np.asarray(v.data, float)
        flat.setdefault(name, []).append(float((SLOPES[phi](z) < FLAT).mean()))
        if phi == "sigmoid" and v in multiplied:
            opened.setdefault(name, []).append(float(z.mean()))
    return (
        {name: float(np.mean(x)) for name, x in opened.items()},
        {name: float(np.mean(x)) for name, x in flat.items()},
    )
