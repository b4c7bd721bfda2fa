"""The mistakes that people make in a backward pass, as faults in the engine's own, in order of likelihood.

z, s   the input and the output of a function of one number      c   what flows back on a wire, g what arrives
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd_tiny.check.why.anatomy import Anatomy
from autograd_tiny.graphs.replay import Fault, Wire, backward, contribution
from autograd_tiny.value import Value

TANH, SIGMOID = {"tanh": "1 − s²"}, {"sigmoid": "s(1 − s)"}
DERIVATIVES: list[tuple[str, Callable[[Any, Any], Any], dict[str, str]]] = [
    ("1 − z²", lambda z, s: 1 - z * z, TANH),
    ("s(1 − s)", lambda z, s: s * (1 - s), TANH),
    ("1 − s", lambda z, s: 1 - s, TANH | SIGMOID),
    ("s", lambda z, s: s, TANH | SIGMOID),
    ("s²", lambda z, s: s * s, TANH),
    ("1 + s²", lambda z, s: 1 + s * s, TANH),
    ("1 − s²", lambda z, s: 1 - s * s, SIGMOID),
    ("z(1 − z)", lambda z, s: z * (1 - z), SIGMOID),
    ("s(1 + s)", lambda z, s: s * (1 + s), SIGMOID),
    ("z", lambda z, s: z, {"exp": "exp(z) = s", "log": "1/z", "sqrt": "1/(2s)"}),
    ("s", lambda z, s: s, {"log": "1/z", "sqrt": "1/(2s)", "sin": "cos(z)", "cos": "−sin(z)"}),
    ("the step of z < 0", lambda z, s: (z < 0) * 1.0, {"relu": "1 where z > 0", "maximum": "1 where z > 0"}),
]  # what is taken, and for which functions that is wrong, with what is right


class Mistake(NamedTuple):
    """A fault everywhere in one role, in words: a tag, and a sentence into which the inputs' names go."""

    tag: str
    sentence: str
    fault: Fault | None
    overwrite: bool = False


class Mistakes(Anatomy):
    """Every mistake that can be made in a graph."""

    def all(self, seed: Any) -> Iterator[Mistake]:
        """Mistakes in order of likelihood: those made in every step before those of one."""
        yield from self.local_derivatives()
        roles = self.roles()
        yield from self.missing_paths(roles)
        yield from self.factors(roles)
        yield from self.steps(roles)
        yield from self.rows(roles)
        yield Mistake(
            "= for +=", "only what arrived last was kept: = where += belongs, contributions ADD.", None, overwrite=True
        )
        yield from self.uses(seed)
        yield from self.signs(roles)
        if len(self.order) < 300:
            yield from self.missing_paths(
                {(wire,): [wire] for wires in roles.values() for wire in wires if len(wires) > 1}
            )

    def local_derivatives(self) -> Iterator[Mistake]:
        """A function's derivative that is missing, or another one's: everywhere, or in one place."""
        places = self.chains()
        everywhere: dict[Any, list[list[Value]]] = defaultdict(list)
        for (signature, _), chains in places.items():
            everywhere[signature] += chains
        for chains in everywhere.values():
            yield from self.derivatives(chains, self.name_of(chains[0]))
        for (signature, _), chains in places.items():
            if len(chains) < len(everywhere[signature]):
                yield from self.derivatives(chains, f"{self.name_of(chains[0])} in {self.short(chains[-1][-1])}")

    def derivatives(self, chains: Sequence[Sequence[Value]], where: str) -> Iterator[Mistake]:
        """What is taken for the derivative of a function s of z."""
        if where.startswith("the factor"):
            yield Mistake(
                "constant factor missing", "a constant factor is missing: what arrives passes as it is.",
                self.local(chains, lambda z, s: 1.0),
            )  # fmt: skip
            return
        yield Mistake(
            f"derivative of {where} missing", f"the derivative of {where} is missing: what arrives passes as it is.",
            self.local(chains, lambda z, s: 1.0),
        )  # fmt: skip
        for text, derivative, others in DERIVATIVES:
            right = others.get(where.split(" ")[0])
            if right:
                sentence = (
                    f"{text} stands for the derivative of {where}; it is {right}, of the output s (z is the input)."
                )
                yield Mistake(f"{text} for {right}", sentence, self.local(chains, derivative))

    def local(self, chains: Sequence[Sequence[Value]], derivative: Callable[[Any, Any], Any]) -> Fault:
        """The chains with another derivative: it stands at the first gate, the others pass on what arrives."""
        firsts = {chain[0]: chain[-1] for chain in chains}
        members = {v for chain in chains for v in chain}

        def fault(wire: Wire, g: Any, c: Any) -> Any:
            v, k = wire
            if v not in members or v.inputs[k].is_constant:
                return c
            if v not in firsts:
                return g
            return g * derivative(np.asarray(self.numbers[v.inputs[k]]), np.asarray(self.numbers[firsts[v]]))

        return fault

    def missing_paths(self, roles: dict[Any, list[Wire]]) -> Iterator[Mistake]:
        """Nothing flows on the wires of one role."""
        for wires in roles.values():
            v, k = wires[-1]
            what, among = self.expression(v), set(wires)
            if v.inputs[k] in self.inputs:
                tag, sentence = f"path missing: {what}", f"its share through {what} is missing."
            elif self.is_recurrent(wires):
                tag = "through time missing"
                sentence = (
                    f"nothing comes back from later time steps: the path through {what} is missing, "
                    "each step sees its own loss only."
                )
            elif self.is_softmax(v, k):
                tag = "− target missing"
                sentence = (
                    "of a softmax under a cross-entropy p − y flows back, y = 1 at the target; here it is p: "
                    "subtract 1 at the target."
                )
            else:
                into = self.short(v.inputs[k])
                tag, sentence = (
                    f"path missing: {what}",
                    f"a path is missing: nothing flows back through {what} into {into}.",
                )
            yield Mistake(tag, sentence, lambda wire, g, c, among=among: None if wire in among else c)  # type: ignore[misc]

    def factors(self, roles: dict[Any, list[Wire]]) -> Iterator[Mistake]:
        """Products: the other factor missing, the same one instead, its transpose, the other one of the wrong step."""
        for (name, k, *_), wires in roles.items():
            if name not in ("mul", "matmul"):
                continue
            what, among = self.expression(wires[-1][0]), set(wires)
            other = self.short(wires[-1][0].inputs[1 - k])
            into = self.short(wires[-1][0].inputs[k])
            way = f"on the way back through {what} into {into}"
            yield Mistake(
                f"factor {other} missing", f"{way}, the factor {other} is missing.",
                self.on(among, lambda v, k, g: g),
            )  # fmt: skip
            if name == "mul":
                yield Mistake(
                    "own factor", f"{way}, {into} itself is the factor, where {other} belongs.",
                    self.on(among, lambda v, k, g: g * self.numbers[v.inputs[k]]),
                )  # fmt: skip
            else:
                yield Mistake(
                    f"{other} not transposed", f"{way}, {other} stands where its transpose belongs.",
                    self.on(among, self.untransposed),
                )  # fmt: skip

    def untransposed(self, v: Value, k: int, g: Any) -> Any:
        """The pullback of a matrix product without the transpose."""
        y = np.asarray(self.numbers[v.inputs[1 - k]])
        return y @ g if k == 1 else g @ y

    def on(self, wires: set[Wire], flows: Callable[[Value, int, Any], Any]) -> Fault:
        """Something else flows on these wires, where it has the shape of what should."""

        def fault(wire: Wire, g: Any, c: Any) -> Any:
            if wire not in wires:
                return c
            instead = flows(*wire, g)
            if np.shape(instead) != np.shape(c):
                raise ValueError("of another shape")
            return instead

        return fault

    def rows(self, roles: dict[Any, list[Wire]]) -> Iterator[Mistake]:
        """What is repeated along an axis gets one row of what flows back, and not their sum."""
        for wires in roles.values():
            v, k = wires[0]
            if v.inputs[k].shape == v.shape or not v.shape:
                continue
            for row, words in ((0, "first"), (-1, "last")):
                yield Mistake(
                    f"only the {words} row",
                    f"only the {words} row of what flows back is added; sum over all rows of the batch.",
                    self.on(set(wires), lambda v, k, g, row=row: g[row]),  # type: ignore[misc]
                )  # fmt: skip

    def steps(self, roles: dict[Any, list[Wire]]) -> Iterator[Mistake]:
        """The other factor of the step after or before."""
        lines: dict[Any, list[Wire]] = defaultdict(list)  # the first step's other factor may be a constant
        for (name, k, kind, _), wires in roles.items():
            if name in ("mul", "matmul"):
                lines[name, k, kind] += wires
        for (_, k, _), unordered in lines.items():
            wires = sorted(unordered, key=lambda wire: wire[0].birth)
            if len(wires) < 2:
                continue
            others = [v.inputs[1 - k] for v, _ in wires]
            kind = self.kinds[others[-1]]
            line = [x for x in self.order if self.kinds[x] == kind and x.shape == others[-1].shape]
            if kind == "constant" or others[-1] in self.inputs or len(line) < 2:
                continue
            for shift, words in ((1, "after it (as h[t] for h[t−1])"), (-1, "before it")):
                numbers = {
                    wire: self.numbers[self.neighbour(x, line, shift)] for wire, x in zip(wires, others, strict=True)
                }
                into, what = self.short(wires[-1][0].inputs[k]), self.expression(wires[-1][0])
                yield Mistake(
                    "state of the wrong step",
                    f"in {what}, the gradient of {into} takes the {self.short(others[-1])} of the step {words}.",
                    self.with_other(numbers),
                )

    def with_other(self, numbers: dict[Wire, Any]) -> Fault:
        """The pullback of each wire, with another number for its other input."""

        def fault(wire: Wire, g: Any, c: Any) -> Any:
            if wire not in numbers:
                return c
            v, k = wire
            return contribution(v, k, g, {**self.numbers_of(v), v.inputs[1 - k]: numbers[wire]})

        return fault

    def numbers_of(self, v: Value) -> dict[Value, Any]:
        """The numbers of a gate and its inputs."""
        return {x: self.numbers[x] for x in (v, *v.inputs)}

    def uses(self, seed: Any) -> Iterator[Mistake]:
        """A parameter that is used several times, and some of its uses are not counted."""
        done = backward(self.output, self.numbers, seed=seed)
        for x in self.leaves:
            shares = [wire for wire in done.along if wire[0].inputs[wire[1]] is x][::-1]  # in order of birth
            n = len(shares)
            if n < 2:
                continue
            for t in range(n):
                where = "the last" if t == n - 1 else "the first" if t == 0 else f"number {t + 1}"
                yield Mistake(
                    f"only {where} of {n} uses",
                    f"only {where} of its {n} uses counts; contributions of all uses ADD (+=, not =).",
                    self.only(x, [shares[t]]),
                )  # fmt: skip
                if n > 2:
                    yield Mistake(
                        f"{where} of {n} uses missing", f"{where} of its {n} uses is missing in the sum.",
                        self.only(x, shares[:t] + shares[t + 1 :]),
                    )  # fmt: skip
            for t in range(2, n - 1):
                yield Mistake(
                    f"first {n - t} of {n} uses missing",
                    f"only the last {t} of its {n} uses count.",
                    self.only(x, shares[n - t :]),
                )
                yield Mistake(
                    f"last {n - t} of {n} uses missing",
                    f"only the first {t} of its {n} uses count.",
                    self.only(x, shares[:t]),
                )

    @staticmethod
    def only(x: Value, wires: Sequence[Wire]) -> Fault:
        """Of what flows into x, these wires' share alone."""
        kept = set(wires)
        return lambda wire, g, c: None if wire[0].inputs[wire[1]] is x and wire not in kept else c

    def signs(self, roles: dict[Any, list[Wire]]) -> Iterator[Mistake]:
        """The sign, or a factor of 2, at the wires of one role."""
        for wires in roles.values():
            what, into = self.expression(wires[-1][0]), self.short(wires[-1][0].inputs[wires[-1][1]])
            among = set(wires)
            yield Mistake(
                "sign inside", f"the sign is wrong on the way back through {what} into {into}.",
                lambda wire, g, c, among=among: -c if wire in among else c,  # type: ignore[misc]
            )  # fmt: skip
            yield Mistake(
                "counted twice", f"what flows back through {what} into {into} is counted twice.",
                lambda wire, g, c, among=among: 2 * c if wire in among else c,  # type: ignore[misc]
            )  # fmt: skip
