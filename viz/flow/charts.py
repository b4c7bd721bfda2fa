"""Gradient flow as charts: lines over the steps, the triangle of BPTT, histograms, and the strips for a paper.

s_k         the state at step k; L the loss; ∂⁺L/∂s_t what the loss says of s_t by itself, not through a later state
triangle    ‖∂⁺L/∂s_t · ∂s_t/∂s_k‖ for k ≤ t: how much of what is wrong at t is heard at k
half-life   the steps in which a gradient halves, by the slope of its logarithm
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from autograd_tiny import Value
from autograd_tiny.value import ancestors
from viz.chart import Chart, chart
from viz.chart.words import figure
from viz.flow import jacobians, series
from viz.flow.model import Panel, Study, Wanted, gradients_of, recorded, states_of
from viz.flow.sizes import NONE, Size, size

PANELS = 9  # histograms at most
STEADY = 0.15  # of a power of two in all: a gradient that keeps its size


# Lines ----------------------------------------------------------------------------------------------------------------


def lines(study: Study, nodes: Any, title: str, options: Mapping[str, Any]) -> Chart:
    """A line per model, its state's; of one model a line per node. Where steps have a direction, x counts back."""
    drawn = {}
    for panel in study.panels:
        rows = {_called(panel, row.name): row.sizes for row in panel.rows}
        if nodes is None and len(study.panels) > 1 and panel.whole is not None:
            rows = {panel.name: panel.whole}
        for name, sizes in rows.items():
            back = sizes[:: -study.direction] if study.direction else sizes
            drawn[f"{name}: {told(back)}"] = [None if s is None or s.kind == "none" else s.number for s in back]
    last = study.steps[-1 if study.direction >= 0 else 0]
    across = f"steps back from {study.over} = {last}" if study.direction else study.over
    names = None if study.direction else study.steps
    what = "state" if len(study.panels) > 1 and nodes is None else "v"
    y = f"‖∂{study.loss}/∂{what}‖" + (", relative to the last step" if study.relative else "")
    ends = (10.0**study.scale.low, 10.0**study.scale.high) if study.bounded else None
    return chart(drawn, kind="line", x=across, y=y, log="y", names=names, limits=ends, title=title, **options)


def _called(panel: Panel, row: str) -> str:
    return f"{panel.name}, {row}" if panel.name else row


def told(back: Sequence[Size | None]) -> str:
    """Where a gradient ends, and how fast it got there: "3.1e−12, halves every 1.3 steps"."""
    known = [s for s in back if s is not None and s.kind != "none"]
    pace = half_life(back)
    last = known[-1] if known else NONE
    end = figure(last.length) if last.kind == "length" else last.words
    return ", ".join([end, *([pace] if pace else [])])


def half_life(back: Sequence[Size | None]) -> str:
    """How fast gradients shrink or grow on their way back, in words; nothing where three lengths are not known."""
    known = np.array([(n, math.log2(s.length)) for n, s in enumerate(back) if s is not None and s.kind == "length"])
    if len(known) < 3 or any(s is not None and s.kind in ("zero", "nan", "inf", "+inf", "-inf") for s in back):
        return ""
    slope = float(np.polyfit(known[:, 0], known[:, 1], 1)[0])
    if abs(slope) * len(back) < STEADY:
        return "keeps its size"
    if abs(slope) > 1:
        return f"×{figure(2**slope)} a step"
    steps = figure(round(1 / abs(slope), 1))
    return f"{'doubles' if slope > 0 else 'halves'} every {'step' if steps == '1' else f'{steps} steps'}"


# The triangle ---------------------------------------------------------------------------------------------------------


def matrix(models: Mapping[str, Value], wanted: Wanted, loss: str, title: str, options: Mapping[str, Any]) -> Chart:
    """‖∂L_t/∂s_k‖ of every pair of steps, a triangle per model; in units of its diagonal, if it is relative."""
    found = {name: _triangle(each, wanted) for name, each in models.items()}
    steps = next(iter(found.values()))[0]
    whole = all(of_loss for _, _, of_loss in found.values())
    drawn = {name: triangle for name, (_, triangle, _) in found.items()}
    if wanted.relative:
        drawn = {name: triangle / np.diag(triangle.filled(np.nan))[:, None] for name, triangle in drawn.items()}
    what = f"‖∂{loss}_t/∂s_k‖" if whole else "‖∂s_t/∂s_k‖"
    across, down = f"k: {wanted.over} of the state", f"t: {wanted.over} of the {'loss' if whole else 'later state'}"
    note = f"{what}{', relative to k = t' if wanted.relative else ''}, log scale. Blank: no path leads there."
    names = steps if all(each[0] == steps for each in found.values()) else None
    return chart(
        drawn if len(drawn) > 1 else next(iter(drawn.values())), kind="heat", x=across, y=down, log=True, names=names,
        columns=names, middle=1.0 if wanted.relative else None, limits=wanted.limits, title=title, note=note, **options,
    )  # fmt: skip


def _triangle(loss: Value, wanted: Wanted) -> tuple[tuple[str, ...], np.ma.MaskedArray[Any, Any], bool]:
    """The steps, their triangle, and whether it is the loss's; of a loss of one step alone it is the states'."""
    values = ancestors(loss, *wanted.others)
    found = series.series(values, wanted.over)
    at, states = states_of(found)
    if not found.direction or len(states) < 2:
        raise ValueError(f"flow: kind='matrix': the steps over {wanted.over} do not each go on from the one before")
    gradients = recorded(values) if wanted.recorded else gradients_of(loss, wanted.seed)
    held = [_held(state, gradients) for state in states]
    direct = [*(_direct(*each) for each in zip(held, held[1:], states, states[1:], strict=False)), held[-1]]
    heard = [bool(any(np.any(part) for part in parts)) for parts in direct]
    ways = list(map(_way, pairwise(states)))
    numbers = np.full((len(at), len(at)), np.nan)
    for t in range(len(at)):
        flowing = np.concatenate([np.ravel(part) for part in direct[t]])[None] if sum(heard) > 1 else None
        for k in range(t, -1, -1):
            if k < t:
                flowing = ways[k] if flowing is None else flowing @ ways[k]
            numbers[t, k] = 1.0 if flowing is None else _norm(flowing)
    there = np.ma.masked_equal(np.ma.array(numbers, mask=np.triu(np.ones_like(numbers), 1) > 0), 0.0)
    return tuple(at), there, sum(heard) > 1


def _held(state: jacobians.State, gradients: Mapping[Value, Any]) -> list[Any]:
    totals = [gradients.get(v, np.zeros(v.shape)) for v in state]
    return jacobians.held(totals, state)


def _direct(held: list[Any], later: list[Any], state: jacobians.State, after: jacobians.State) -> list[Any]:
    """∂⁺L/∂s: the gradient of a state without what came back from the next one; what is left of rounding is 0."""
    through = jacobians.pulled(after, later, state)
    found = [np.asarray(g - share) for g, share in zip(held, through, strict=True)]
    return [np.where(np.abs(d) > 1e-12 * np.abs(np.asarray(g)), d, 0.0) for d, g in zip(found, held, strict=True)]


def _way(pair: tuple[jacobians.State, jacobians.State]) -> Any:
    before, after = pair
    return jacobians.jacobian(after, before)


def _norm(flowing: Any) -> float:
    """‖v‖ of a row, the largest singular value of a matrix."""
    return size(flowing).number if len(flowing) == 1 else jacobians.gain(flowing)


# Histograms, and strips -----------------------------------------------------------------------------------------------


def histograms(
    models: Mapping[str, Value], wanted: Wanted, loss: str, title: str, options: Mapping[str, Any], own: bool
) -> Chart:
    """The gradient's numbers, or a node's own, at some of the steps, a panel each, of the first row asked for."""
    drawn = {}
    for model, each in models.items():
        values = ancestors(each, *wanted.others)
        row = series.chosen(series.series(values, wanted.over), wanted.nodes).rows[0]
        gradients = recorded(values) if wanted.recorded else gradients_of(each, wanted.seed)
        steps = [step for step, v in row.values.items() if v in gradients]
        picked = np.unique(
            np.linspace(0, len(steps) - 1, min(len(steps), PANELS // len(models) or 1)).round().astype(int)
        )
        for k in picked.tolist():
            title_of = f"{model + ': ' if model else ''}{wanted.over} = {steps[k]}"
            v = row.values[steps[k]]
            drawn[title_of] = np.ravel(v.data if own else gradients[v])
    across = row.name if own else f"∂{loss}/∂{row.name}"
    return chart(drawn, kind="histogram", x=across, limits=wanted.limits, title=title, **options)


def strips(study: Study, title: str, theme: str, background: str | None) -> Chart:
    """The strips as a chart, for papers that have their own style: colours, and curves below them."""
    drawn = []
    ends = (10.0**study.scale.low, 10.0**study.scale.high)
    look: dict[str, Any] = {"theme": theme, "background": background}
    for panel in study.panels:
        rows = [[None if s is None or s.kind == "none" else s.number for s in row.sizes] for row in panel.rows]
        names = [row.name for row in panel.rows]
        middle = 1.0 if study.relative else None
        scaled = {"limits": ends, "x": study.over, **look}
        drawn.append(chart(rows, kind="heat", log=True, middle=middle, names=names, columns=study.steps, printed=False,
                           title=panel.name, **scaled))  # fmt: skip
        curves = {each.kind: [None if s is None else s.number for s in each.sizes] for each in panel.overlays}
        if curves:
            drawn.append(chart(curves, kind="line", log="y", names=study.steps, **scaled))
    return chart(drawn, across=1, title=title, **look)
