"""Functions of Values: our own backward pass held against differences, all at once where the recorded graph allows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from autograd_tiny import functions
from autograd_tiny.check.differences import TINY, ComplexStep, Function, Inputs, Recording, plainly
from autograd_tiny.check.examination import Examination, Options
from autograd_tiny.check.manners import not_finite, not_the_same
from autograd_tiny.check.report import Block, Finding, GradientReport
from autograd_tiny.check.slopes import BARS, EPS
from autograd_tiny.check.subject import is_leaf, leaves, names_of, no_numbers, rebuilt
from autograd_tiny.data import as_data
from autograd_tiny.errors import GraphError
from autograd_tiny.gradients import gradients_or_zero
from autograd_tiny.graphs.namesakes import labels
from autograd_tiny.nesting import being_differentiated, evaluated
from autograd_tiny.value import Value, ancestors

MANY = 8  # numbers; from there on the recorded graph is computed for all of them at once
LOST = (
    "f is not what its graph computes: at other inputs it gives other numbers, so a path from an input is not recorded "
    "(is .data or float() taken of a Value?); the differences are those of f itself."
)


def check_values(f: Function, inputs: Sequence[Any], options: Options) -> GradientReport:
    """The check of f, a function of Values."""
    told = [leaf for name, x in zip(names_of(f, inputs), inputs, strict=True) for leaf in leaves(x, name)]
    points = [_numbers(leaf.numbers) for leaf in told]
    if inputs and not told:
        raise no_numbers()
    known = labels(x.numbers for x in told if isinstance(x.numbers, Value))
    names = [known.get(x, x.label) if isinstance(x, Value) and x.label else name for name, x in told]
    if not all(map(is_leaf, inputs)):
        f = _of_structure(f, inputs)
    blocks: list[Block] = []
    findings: list[Finding] = []
    apart: tuple[str, ...] = ()
    chance = ""
    for number, point in enumerate([points, *options.around(points)]):
        checked = _Checked(f, point, names, options, number)
        apart = apart or checked.apart
        blocks += checked.blocks()
        chance = chance or checked.chance
        findings += [finding for finding in checked.findings if finding not in findings]
    return GradientReport(tuple(blocks), options.method, apart, tuple(findings), chance=chance)


def _numbers(x: Any) -> Any:
    return np.array(x._data if isinstance(x, Value) else as_data(x), np.float64)


def _of_structure(f: Function, inputs: Sequence[Any]) -> Function:
    def flattened(*numbers: Any) -> Any:
        given = iter(numbers)
        structures = [rebuilt(x, given) for x in inputs]
        try:
            return f(*structures)
        except TypeError as error:
            kinds = ", ".join(type(x).__name__ for x in structures)
            raise TypeError(f"check_gradients: f can't take what it is given ({kinds}): {error}") from error

    return flattened


class _Checked:
    """f at one point: its graph, its findings, its rows."""

    def __init__(self, f: Function, points: Inputs, names: list[str], options: Options, number: int) -> None:
        self.points, self.names, self.options, self.number = points, names, options, number
        output, leaves = evaluated(f, points)
        self.apart = _apart(output, leaves, names)
        if options.order == 2:
            random = np.random.default_rng(options.seed)
            f = _slope_along(f, [random.standard_normal(x.shape) for x in points])
            output, leaves = evaluated(f, points)
        self.output, self.leaves, self.chance = output, leaves, ""
        self.f, again = plainly(f, points, output)
        self.first = np.asarray(output._data)
        self.findings = not_the_same(self.first, np.asarray(again)) + not_finite(self.first)

    def _value(self, points: Sequence[Any]) -> Any:
        """The numbers of f; NaN where it is not defined."""
        try:
            return np.asarray(self.f(list(points)))
        except (ArithmeticError, ValueError):
            return np.nan

    def blocks(self) -> list[Block]:
        """The rows at this point; of what is no function, none."""
        if self.findings:
            return []
        found = self._slopes()
        if any(v != "right" for block in found for v in block.verdicts):  # twice the same may have been by chance
            tries = [self._value(self.points) for _ in range(3)]
            self.findings += [
                finding for z in tries[1:] for finding in not_the_same(np.asarray(tries[0]), np.asarray(z))
            ][:1]
        return [] if any(finding.verdict == "unsure" for finding in self.findings) else found

    def _slopes(self) -> list[Block]:
        recording = Recording(self.output, self.leaves)
        many = sum(x.size for x in self.points) >= MANY
        recorded = (many or self.options.method == "complex") and recording.is_what(self._value)
        complex_step = None
        if self.options.method == "complex":
            complex_step = ComplexStep(self.output, self.leaves)
            if not recorded:
                self.findings.append(Finding(LOST))
        found: list[Block] = []
        for part, u in self.options.weights(np.shape(self.output._data)):
            gradients = [np.asarray(g._data) for g in gradients_or_zero(self.output, self.leaves, seed=u)]
            if complex_step and recorded:
                found += self._by_complex_steps(complex_step, part, u, gradients)
                continue
            names = [part + name for name in self.names]
            examined = Examination(
                self._value, u, self.points, names, self.options.rtol, self.options.atol, self.number, self.first
            )
            if self.options.every(self.points):
                firsts = partial(recording.differences, u=u, middle=examined.middle) if recorded else None
                found += examined.every_number(gradients, firsts)
            else:
                found += examined.directions(gradients, self.options.seed)
                self.chance = examined.chance(gradients, found, self.options.seed)
        return found

    def _by_complex_steps(self, complex_step: ComplexStep, part: str, u: Any, gradients: Inputs) -> list[Block]:
        """The rows by complex steps, exact to rounding."""
        options, blocks = self.options, []
        for k, gradient in enumerate(gradients):
            places: list[Any] = list(np.ndindex(*gradient.shape))
            claimed = gradient.ravel()
            if not options.every(self.points):
                d = np.random.default_rng(options.seed).uniform(0.5, 1.5, gradient.shape)
                places, claimed = [f"along a random direction (seed {options.seed})"], np.array([np.sum(gradient * d)])
                along = [d if j == k else np.zeros(x.shape) for j, x in enumerate(self.points)]
                slopes = np.array([complex_step.along(along, u)])
            else:
                slopes = np.array([complex_step.at(k, index, u) for index in places])
            bars = 16 * EPS * np.abs(slopes)
            allowed = BARS * bars + options.rtol * np.abs(slopes) + options.atol
            with np.errstate(invalid="ignore"):
                right = np.abs(claimed - slopes) <= allowed
            verdicts = ["right" if ok else "wrong" for ok in right]
            steps, name = np.full(len(places), TINY), part + self.names[k]
            blocks.append(Block(
                name, gradient.shape, places, claimed, slopes, bars, steps, allowed, verdicts, point=self.number
            ))  # fmt: skip
        return blocks


def _apart(output: Value, leaves: list[Value], names: list[str]) -> tuple[str, ...]:
    """The inputs from which no path leads to the output."""
    reached = set(ancestors(output))
    apart = tuple(name for name, leaf in zip(names, leaves, strict=True) if leaf not in reached)
    if apart and len(apart) == len(leaves):
        raise GraphError(
            f"check_gradients: no path leads from {' or '.join(apart)} to the output, so nothing would be checked; "
            "compute the output from the Values that f is given, not from others or from their .data; a derivative "
            "that you wrote yourself is given with grad=, vjp=, jvp=, jacobian=, hvp= or returns="
        )
    return apart


def _slope_along(f: Function, directions: Inputs) -> Function:
    """The derivative of f along `directions`, as a function: its gradient is a second derivative of f."""

    def slope(*leaves: Value) -> Value:
        with being_differentiated(leaves):
            output = functions.value(f(*leaves))
        total = (output * np.cos(np.arange(output.size)).reshape(output.shape)).sum()
        gradients = gradients_or_zero(total, list(leaves), create_graph=True)
        parts = [(g * d).sum() for g, d in zip(gradients, directions, strict=True)]
        return functions.sum(functions.stack(parts))

    return slope
