"""The legend: parameters that stand in their gates, each once, with its gradient as the sum of what its uses bring."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from viz.graph.circuit import Circuit
from viz.look import Look
from viz.wires.inscriptions import Reading
from viz.words import figures
from viz.words.figures import Precision
from viz.words.lettering import Line, line, name, width

TERMS = 4  # contributions that are written out; of more, the first two and the last
MOST = 6  # lines
GAP = 28.0  # points between two parameters on one line


def legend(circuit: Circuit, readings: Mapping[str, Reading], look: Look, room: float) -> tuple[Line, ...]:
    """The parameters in lines of at most `room` points."""
    blank = line(" ")
    spaces = line(" " * round(GAP / width(blank)))
    lines: list[Line] = []
    for entry in entries(circuit, readings, look):
        longer = (*lines[-1], *spaces, *entry) if lines else entry
        lines = [*lines[:-1], longer] if lines and width(longer) <= room else [*lines, entry]
        if len(lines) > MOST:
            return (*lines[:MOST], line("…", "muted"))
    return tuple(lines)


HEAT = "A square for each number, or for the largest ones: the darker, the further from zero; grey is below zero."


def entries(circuit: Circuit, readings: Mapping[str, Reading], look: Look) -> Iterator[Line]:
    """`W = −1.00   ∂L/∂W = 0.00 + 0.05 + 0.04 = 0.09` for each parameter."""
    ends = [circuit.labels[at] for at in circuit.outputs]
    output = name(ends[0] if len(ends) == 1 and ends[0] else "L", "gradient")
    for at in _told(circuit):
        reading, called = readings[f"held{at}"], circuit.labels[at]
        value = (*name(called), *_number(reading.value, look, "value")) if "value" in look.show else name(called)
        if reading.gradient is None or "gradient" not in look.show:
            yield value
            continue
        slope = (*line("∂", "gradient"), *output, *line("/∂", "gradient"), *name(called, "gradient"))
        yield (*value, *line("   "), *_sum(slope, reading, look.precision))


def _told(circuit: Circuit) -> list[int]:
    """The parameters in gates that are drawn, or in several; not those that one folded scope has for itself."""
    inside = {at: node.id for node in circuit.folded for at in node.inside}
    drawn = {at for node in circuit.nodes if node.kind == "gate" for at in (node.value, *node.inside)}
    homes = {
        at: {inside.get(consumer, "") for consumer, _ in circuit.uses[at] if consumer in drawn} for at in circuit.held
    }
    return [at for at in circuit.held if circuit.labels[at] and (len(homes[at]) > 1 or "" in homes[at])]


def _number(number: Any, look: Look, role: Any) -> Line:
    """` = 0.50`, or of an array its shape and size."""
    if np.ndim(number) == 0:
        return line(f" = {figures.number(number, look.precision)}", role)
    return (*line(f" {figures.shape(number)}"), *line(f" {figures.size(number, look.precision)}", role))


def _sum(slope: Line, reading: Reading, precision: Precision) -> Line:
    """`∂L/∂W = 0.00 + 0.05 + 0.04 = 0.09`, or ≈ where these do not add up as printed; of arrays the sizes."""
    if np.ndim(reading.gradient):
        whole = figures.size(reading.gradient, precision)
        told = [figures.size(part, precision) for part in reading.parts]
        terms = f" = {_listed(told)}, sum {whole}" if len(told) > 1 and not reading.origin else f" {whole}"
        return (*slope, *line(terms, "gradient"))
    whole = figures.number(reading.gradient, precision)
    told = [figures.number(part, precision) for part in reading.parts]
    bracketed = told[:1] + [f"({term})" if term.startswith("−") else term for term in told[1:]]
    sign = figures.equals(
        float(reading.gradient), lambda *seen: sum(seen), [float(p) for p in reading.parts], precision
    )
    terms = f"{_listed(bracketed, ' + ')} {sign} " if len(told) > 1 and not reading.origin else ""
    return (*slope, *line(f" = {terms}{whole}", "gradient"))


def _listed(terms: Sequence[str], sign: str = ", ") -> str:
    return sign.join(terms if len(terms) <= TERMS else [*terms[:2], "⋯", terms[-1]])
