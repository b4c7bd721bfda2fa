"""Mistakes with arrays: the right numbers in the wrong places, and sums that were not taken, or taken as means."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograd_tiny.graphs.replay import Number, Wire
from autograd_tiny.learners.case import Case, Mistake
from autograd_tiny.learners.faults import each, name, only, others
from autograd_tiny.value import Value


def places(case: Case) -> Iterator[Mistake]:
    """The right numbers elsewhere: transposed, reversed, another element."""
    x, whole = case.target.input, case.sound.gradients.get(case.target.input, 0.0)
    if case.target.element:
        yield from _elements(case, np.asarray(whole))
    elif np.ndim(whole) == 2:
        outer = " An outer product was swapped?" if np.shape(whole)[0] != np.shape(whole)[1] else ""
        yield Mistake(
            "transposed",
            np.transpose(whole),
            f"That is transposed: the gradient of {name(x)} has its rows for columns.{outer}",
            "A gradient has the shape of its value.",
        )
    elif np.ndim(whole) == 1:
        yield Mistake("reversed", whole[::-1], "The numbers are right, their order is reversed.")


def _elements(case: Case, whole: Number) -> Iterator[Mistake]:
    own = case.target.element
    across = own[::-1]
    for index in sorted(np.ndindex(whole.shape), key=lambda other: other != across):
        if index != own:
            at = f"[{', '.join(map(str, index))}]"
            swapped = ": rows and columns are transposed" if index == across else ""
            yield Mistake("another element", whole[index].item(), f"That is the element {at} of the gradient{swapped}.")


def sums(case: Case) -> Iterator[Mistake]:
    """What is shared by a batch: its gradient not summed, a mean, one example's, summed over the other axis."""
    for wire in case.last:
        raw = _unsummed(case, wire)
        if raw is not None:
            yield from _shared(case, raw)
    for wire in case.way:
        size = np.shape(case.numbers[wire[0]])
        if wire[0].op == "matmul" and len(size) == 2 and wire[1] == 1:
            n = size[0]
            yield Mistake(
                "mean",
                case.right / n,
                f"That is the mean over the {n} examples of the batch; the gradient is their sum.",
            )
            first = only(wire, _row(case, wire, 0))
            yield Mistake(
                "one example", case.broken(first), "That is the first example of the batch alone: all of them add."
            )


def _shared(case: Case, raw: Number) -> Iterator[Mistake]:
    """What was stretched over a batch."""
    x, n = name(case.target.input), raw.shape[0]
    part = case.target.part
    if not case.target.element:
        yield Mistake(
            "not summed", raw, f"{x} was stretched over {n} rows; what comes back from them has still to be summed."
        )
    yield Mistake(
        "mean", case.right / n, f"That is the mean over the {n} examples of the batch; the gradient is their sum."
    )
    yield Mistake("one example", part(raw[0]), "That is the first example of the batch alone: all of them add.")
    if raw.ndim == 2:
        yield Mistake(
            "wrong axis", raw.sum(axis=1), f"That is summed over the other axis: {x} was stretched along axis 0."
        )
    yield Mistake("all summed", raw.sum().item(), f"That is summed over everything; {x} keeps its own axis.")


def _unsummed(case: Case, wire: Wire) -> Number | None:
    """What comes back on a wire before it is summed to the shape of its input; None where nothing is."""
    v, k = wire
    small, large = np.shape(case.numbers[v.inputs[k]]), np.shape(case.numbers[v])
    if v.op not in ("add", "sub") or len(small) >= len(large):
        return None
    g = case.sound.gradients.get(v, 0.0)
    return -g if (v.op, k) == ("sub", 1) else g


def _row(case: Case, wire: Wire, n: int):  # type: ignore[no-untyped-def]
    def first(g: Number, c: Number) -> Number:
        alone = np.zeros_like(g)
        alone[n] = g[n]
        return case.pulled(wire, alone)

    return first


def products(case: Case) -> Iterator[Mistake]:
    """A matrix that is not transposed on the way back."""
    for wire in case.near_first:
        if wire[0].op == "matmul":
            matrix = others(wire)[0]
            yield Mistake(
                "not transposed",
                case.broken(only(wire, _straight(case, wire, matrix))),
                f"{name(matrix)} was not transposed: on the way back through {name(wire[0])} its transpose multiplies.",
            )


def _straight(case: Case, wire: Wire, matrix: Value):  # type: ignore[no-untyped-def]
    v, k = wire
    m, wanted = case.numbers[matrix], np.shape(case.numbers[v.inputs[k]])

    def change(g: Number, c: Number) -> Number:
        if np.ndim(m) != 2:
            return c
        made = m @ g if k == 1 else g @ m
        return made if np.shape(made) == wanted else c

    return change


def arrays(case: Case) -> Iterator[Mistake]:
    """All of them, where there are arrays."""
    if case.scalar:
        return
    yield from places(case)
    yield from sums(case)
    yield from products(case)
    if not case.target.element and np.ndim(case.right):
        ones = np.ones(np.shape(case.right))
        yield Mistake(
            "ones",
            ones,
            f"That is 1 everywhere, as if {name(case.target.output)} were a plain sum of {name(case.target.input)}.",
        )
    bent = [wire for wire in case.way if len(wire[0].inputs) == 1 and wire[0].op not in ("sum", "mean", "transpose")]
    yield Mistake(
        "no slopes",
        case.broken(each(bent, lambda g, c: g if np.shape(g) == np.shape(c) else c)) if bent else np.nan,
        "The slopes of the elementwise gates are missing on the way back.",
    )
