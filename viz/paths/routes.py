"""Every path from a result back to an input: how many there are, and the first of them with their local derivatives.

edge    one use of a value: (consumer, slot); x·x has two, x² has one, because that is what was recorded
path    edges from the output to the input; its product of local derivatives is its share of the gradient
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import mul

from autograd_tiny import Value, grad, gradients
from autograd_tiny.errors.messages import differentiating, unreachable
from autograd_tiny.graphs.steps import contributions
from autograd_tiny.value import ancestors
from viz.words.lettering import shorten

Edge = tuple[int, float]  # input slot, local derivative
Edges = Mapping[Value, Sequence[Edge]]


@dataclass(frozen=True)
class Step:
    """One gate on a path, left through its input number `slot`; `local` is ∂consumer/∂input."""

    consumer: Value
    slot: int
    local: float

    @property
    def input(self) -> Value:
        """Where the path goes on."""
        return self.consumer.inputs[self.slot]


@dataclass(frozen=True)
class Route:
    """A path; without a step where the output is the input."""

    steps: tuple[Step, ...]

    @property
    def product(self) -> float:
        """The product of its local derivatives, from the output on, as a backward pass multiplies."""
        return reduce(mul, (step.local for step in self.steps), 1.0)


@dataclass(frozen=True)
class Routes:
    """The paths from `output` to `input`: how many, the first of them, and the gradient, which is the sum of all."""

    output: Value
    input: Value
    count: int
    first: tuple[Route, ...]
    total: float

    @property
    def more(self) -> int:
        """How many paths are not listed."""
        return self.count - len(self.first)

    @property
    def rest(self) -> float:
        """What the paths that are not listed bring together."""
        return self.total - sum(route.product for route in self.first)


def routes(output: Value, input: Value, limit: int) -> Routes:
    """The paths, at most `limit` of them listed. GraphError without any, ValueError where an array lies between."""
    if isinstance(input, Value) and (input.is_constant or input not in set(ancestors(output))):
        raise unreachable(None, input, output, "paths")
    (gradient,) = grad(output, input, seed=None if not output.ndim else 1.0)
    on_the_way = [input, *gradients.way_to([input], ancestors(output))]
    for v in on_the_way:
        if v.ndim:
            raise ValueError(_refusal(v, output, input))
    edges = _edges(on_the_way, input)
    first = tuple(_first(output, input, edges, limit))
    return Routes(output, input, _count(output, input, edges, on_the_way), first, float(gradient._data))


def _edges(on_the_way: Sequence[Value], input: Value) -> Edges:
    """Each value's edges that lead to the input."""
    found: dict[Value, list[Edge]] = {input: []}
    v = input
    with differentiating(lambda: v):
        for v in on_the_way:
            if v is not input:
                locals_ = [(slot, float(share)) for slot, share in contributions(v, 1.0) if v.inputs[slot] in found]
                if locals_:
                    found[v] = locals_
    return found


def _count(output: Value, input: Value, edges: Edges, on_the_way: Sequence[Value]) -> int:
    """From the output on: as many paths reach a value as reach its consumers, each counted once per edge."""
    reaching = {output: 1}
    for v in reversed(on_the_way):
        if v is input or v not in edges:
            continue
        paths = reaching.pop(v, 0)  # only the frontier is kept: these numbers can be long
        for slot, _ in edges[v]:
            x = v.inputs[slot]
            reaching[x] = reaching.get(x, 0) + paths
    return reaching.get(input, 0)


def _first(output: Value, input: Value, edges: Edges, limit: int) -> Iterator[Route]:
    """Paths in the order of the inputs of each gate, the earliest first."""
    if output not in edges:
        return
    steps: list[Step] = []
    waiting = [iter(edges[output])]  # of each value on the current path the edges not yet taken
    here, found = [output], 0
    while waiting and found < limit:
        if here[-1] is input:
            yield Route(tuple(steps))
            found += 1
        edge = next(waiting[-1], None) if here[-1] is not input else None
        if edge is None:
            waiting.pop()
            here.pop()
            del steps[max(len(waiting) - 1, 0) :]
            continue
        steps.append(Step(here[-1], *edge))
        here.append(steps[-1].input)
        waiting.append(iter(edges[here[-1]]))


def _refusal(v: Value, output: Value, input: Value) -> str:
    called, top, bottom = (repr(shorten(x.label)) if x.label else f"a value of {x.op}" for x in (v, output, input))
    return (
        f"paths: {called} of shape {v.shape} lies on the way from {bottom} to {top}, and its local derivatives are "
        "matrices; take the scalar circuit of the same computation and one number of the input by its name: "
        'viz.paths(to_scalars(L), "W[0,1]")'
    )
