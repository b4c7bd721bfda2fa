"""Derivatives that somebody wrote: a function of plain arrays and a claim of any form, held against differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_tiny.check import manners, subject
from autograd_tiny.check.examination import Examination, Options
from autograd_tiny.check.report import Block, Finding, GradientReport
from autograd_tiny.check.subject import Claim, Subject
from autograd_tiny.check.why.diagnosis import explained, told
from autograd_tiny.errors.flags import quiet


def check_by_hand(
    f: Callable[..., Any], inputs: Sequence[Any], given: dict[str, Any], options: Options
) -> GradientReport:
    """The check of f against each of the derivatives that were given."""
    reports = [_Check(f, inputs, way, derivative, given, options).report() for way, derivative in given.items()]
    if len(reports) == 1:
        return reports[0]
    findings = [
        Finding(f"{way}: {f.sentence}", *f[1:]) for way, r in zip(given, reports, strict=True) for f in r.findings
    ]
    return GradientReport(
        tuple(block for r in reports for block in r.blocks), "central", (), tuple(findings),
        tuple(tag for r in reports for tag in r.tags), "\n".join(r.chance for r in reports if r.chance),
        sum(r.evaluations for r in reports),
    )  # fmt: skip


class _Check:
    """One derivative, however it is given, at as many points as are asked for."""

    def __init__(
        self,
        f: Callable[..., Any],
        inputs: Sequence[Any],
        way: str,
        derivative: Any,
        given: dict[str, Any],
        options: Options,
    ) -> None:
        self.options, self.way, self.derivative = options, way, derivative
        self.findings: list[Finding] = []
        self.blocks: list[Block] = []
        self.tags: list[tuple[str, str]] = []
        self.chance = ""
        output: Callable[[Any], Any] = lambda z: z  # noqa: E731
        if way == "returns":
            self.form = subject.returned(derivative)
            output = self.form.value_of
        self.subject = subject.subject(f, inputs, output)
        if way == "hvp":
            self.subject = _slopes_of(self.subject, given.get("grad"), options.seed)
        self.who = {"returns": "f", "hvp": "hvp", "jacobian": "jacobian"}.get(way, way)
        self.along: Any = None
        self.claim = self._claim()

    def _claim(self) -> Claim:
        s = self.subject
        if self.way == "returns":
            return subject.by_return(s, self.form)
        if self.way == "vjp":
            self.template = s.output(s.call(s.points))
            return subject.by_vjp(s, self.derivative, self.template)
        if self.way == "jacobian":
            return subject.by_jacobian(s, self.derivative)
        if self.way == "jvp":
            self.along = subject.along_jvp(s, self.derivative)
            return subject.gradient_of_jvp(s, self.along)
        if self.way == "hvp":
            return lambda points, u: [
                None if g is None else np.asarray(g) * u
                for g in s.per_array(self.derivative(*s.arguments(points), *s.arguments(s.vectors)))
            ]
        return subject.by_gradient(s, self.derivative)

    def report(self) -> GradientReport:
        """What was found at every point."""
        for number, points in enumerate([self.subject.points, *self.options.around(self.subject.points)]):
            self.at(points, number)
        unique = tuple(dict.fromkeys(self.findings))
        return GradientReport(
            tuple(self.blocks), "central", (), unique, tuple(self.tags), self.chance, self.subject.calls
        )

    def at(self, points: list[Any], number: int) -> None:
        """Everything at one point."""
        s, options = self.subject, self.options
        with quiet():  # what is not finite becomes a finding
            value = s.value(points) if number == 0 else s.safe(points)
        if number and not np.isfinite(value).all():
            self.findings.append(Finding(f"Point {number + 1} was passed over: f is not finite there."))
            return
        if number == 0 and self.before(points, value):
            return
        blocks = [
            block for part, u in options.weights(np.shape(value)) for block in self.held(points, part, u, number, value)
        ]
        if any(v != "right" for block in blocks for v in block.verdicts):  # twice the same may have been by chance
            again = [f for _ in range(2) for f in manners.not_the_same(value, np.asarray(s.safe(points)))]
            self.findings += again[:1]
            blocks = [] if again else blocks
        self.blocks += blocks

    def before(self, points: list[Any], value: Any) -> bool:
        """What is to be said of f before its slopes; True if that is all."""
        s = self.subject
        handed = [x.copy() for x in points]
        with quiet():
            s.f(*s.arguments(handed))
        found = manners.overwritten("f", points, handed, s.names)
        found += manners.single(s.safe, points, value)
        stops = manners.not_the_same(value, np.asarray(s.safe(points))) + manners.not_finite(value)
        self.findings += found + stops
        return bool(stops)

    def held(self, points: list[Any], part: str, u: Any, number: int, value: Any) -> list[Block]:
        """The rows for one weighing of the output."""
        s, options = self.subject, self.options
        names = [part + name for name in s.names]
        examined = Examination(s.safe, u, points, names, options.rtol, options.atol, number, value)
        every = options.every(points)
        if self.along is not None and not every:
            examined.along_claimed = lambda directions: self.along(points, u, directions)
            return examined.directions(None, options.seed)
        gradients = self.claimed(points, u)
        sound = [
            g if g is None or (np.shape(g) == x.shape and np.asarray(g).dtype.kind in "fiub") else None
            for g, x in zip(gradients, points, strict=True)
        ]
        sound = [None if g is None else np.asarray(g, float) for g in sound]
        blocks = examined.every_number(sound) if every else examined.directions(sound, options.seed)
        self.chance = self.chance if every else examined.chance(sound, blocks, options.seed)
        misshapen = any(g is not None and np.shape(g) != x.shape for g, x in zip(gradients, points, strict=True))
        if not self.tags and (misshapen or any(v == "wrong" for block in blocks for v in block.verdicts)):
            findings, tags = told(explained(s, examined, value, gradients, blocks))
            self.findings += findings
            self.tags += tags
        return blocks

    def claimed(self, points: list[Any], u: Any) -> list[Any]:
        """The gradients that are claimed; what is the matter with them at first sight becomes findings."""
        s = self.subject
        gradients = self.claim(points, u)
        for name, g, x, original in zip(s.names, gradients, points, self.originals(), strict=True):
            if g is not None:
                self.findings += manners.misshapen(name, g, x) + manners.rounded(name, g, original)
        return gradients

    def originals(self) -> list[Any]:
        """The differentiable arrays as they were given."""
        s = self.subject
        return [leaf.numbers for leaf, d in zip(s.told, s.differentiable, strict=True) if d]


def _slopes_of(s: Subject, grad: Callable[..., Any] | None, seed: int) -> Subject:
    """The slope of f along random vectors v, as a function, from `grad` or differences of f: its gradient is H·v."""
    random = np.random.default_rng(seed)
    vectors = [random.standard_normal(x.shape) for x in s.points]

    def along(*inputs: Any) -> float:
        points = s.arrays_in(inputs)
        if grad is not None:
            gradients = s.per_array(grad(*inputs))
            return float(sum(np.sum(g * v) for g, v in zip(gradients, vectors, strict=True) if g is not None))
        examined = Examination(s.safe, 1.0, points, s.names, 0.0, 0.0)
        return examined.direction(vectors, np.nan, 0.0)[0].number

    return Subject(along, s.inputs, s.names, s.points, s.told, s.differentiable, lambda z: z, vectors=vectors)
