"""The readings: all the ways to the value and the gradients of one scalar, which must agree."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

import autograd_tiny as at
from autograd_tiny import Value, functions
from autograd_tiny.errors import GraphError
from autograd_tiny.gradients import gradients_or_zero
from autograd_tiny.program import Program, ProgramError
from autograd_tiny.program.program import Native
from autograd_tiny.value import ancestors
from tests.engine import dialects
from tests.fuzz import oracle, recurrence
from tests.fuzz.cases import Case, weights


class NotThere(Exception):
    """This reading has no answer here, for a reason that is stated: too long, not installed, not smooth."""


@dataclass(frozen=True)
class Answer:
    """What a reading gives: a value, and the gradients by the inputs or the slope along the case's directions."""

    value: Any
    gradients: tuple[Any, ...] | None = None
    slope: Any = None


def eager(case: Case) -> Answer:
    """Values, `backward()` and `.grad`: what all others are held against."""
    leaves = case.leaves()
    z = case.scalar(*leaves)
    if ancestors(z)[-1].inputs:
        z.backward()
    for leaf, x in zip(leaves, case.point, strict=True):
        kinds = (type(leaf.grad), getattr(leaf.grad, "dtype", None)), (type(x), getattr(x, "dtype", None))
        assert kinds[0] == kinds[1], f"the gradient is {kinds[0]}, the number {kinds[1]}"
    return Answer(z.data, tuple(leaf.grad for leaf in leaves))


def plain_grad(case: Case) -> Answer:
    leaves = case.leaves()
    z = case.scalar(*leaves)
    return Answer(z.data, tuple(g.data for g in gradients_or_zero(z, leaves)))


def recorded_grad(case: Case) -> Answer:
    leaves = case.leaves()
    z = case.scalar(*leaves)
    return Answer(z.data, tuple(g.data for g in gradients_or_zero(z, leaves, create_graph=True)))


def jvp(case: Case) -> Answer:
    value, slope = at.jvp(case.scalar, list(case.point), case.directions)
    return Answer(value, slope=slope)


def hvp(case: Case) -> Answer:
    if case.order != 2:
        raise NotThere("first order")
    _, products = at.hvp(case.loss, list(case.point), case.directions)
    return Answer(None, tuple(products))


def to_scalars(case: Case) -> Answer:
    leaves = case.leaves()
    z = case.scalar(*leaves)
    scalar = at.to_scalars(z)
    if scalar.inputs:
        scalar.backward()
    found = {v.label: v.grad for v in ancestors(scalar) if v.operation is None and not v.is_constant}
    return Answer(scalar.data, tuple(_gathered(found, leaf) for leaf in leaves))


def _gathered(found: dict[str, float], leaf: Value) -> Any:
    if not leaf.shape:
        return found.get(leaf.label, 0.0)
    gradient = np.zeros(leaf.shape)
    for index in np.ndindex(*leaf.shape):
        gradient[index] = found.get(f"{leaf.label}[{','.join(map(str, index))}]", 0.0)
    return gradient


def formula(case: Case) -> Answer:
    """The formula of the function is Python that gives its value; functions are ours, arrays NumPy's."""
    if case.order != 1:
        raise NotThere("the function itself is written, not its slope")
    leaves = case.leaves()
    try:
        text = at.formula(case.function(*leaves))
    except GraphError as error:
        raise NotThere(str(error)) from None
    if re.search(r"\bc\d+\b", text):
        raise NotThere("a constant array is too large to be written out")
    z = eval(text, OURS | NUMPYS | dict(zip(case.names, leaves, strict=True)))
    data = z.data if isinstance(z, Value) else z
    return Answer(float(np.sum(data * weights(np.shape(data)))))


OURS = {name: f for name, f in vars(functions).items() if callable(f)}
NUMPYS = {name: getattr(np, name) for name in ("array", "zeros", "inf", "nan", "float32")} | {"slice": slice}


def _program(case: Case) -> Program:
    return at.trace(case.scalar, *case.point)


def program(case: Case) -> Answer:
    value, gradients = _program(case).value_and_grad(*case.point)
    return Answer(value, tuple(gradients))


def captured(case: Case) -> Answer:
    """The last input comes from outside, as a weight does, and `backward` gives it its gradient."""
    *inputs, outside = case.leaves()
    traced = at.trace(lambda *xs: case.scalar(*xs, outside), *(x.data for x in inputs))
    value, gradients = traced.value_and_grad(*(x.data for x in inputs))
    if traced.captured:
        traced.backward(*(x.data for x in inputs))
    return Answer(value, (*gradients, outside.grad))


@contextmanager
def refusals() -> Iterator[None]:
    """What a dialect has no words for, it refuses by name."""
    try:
        yield
    except ProgramError as error:
        if "index" in str(error) or "no C compiler" in str(error):
            raise NotThere(str(error)) from None
        raise


def _in(dialect: str) -> Callable[[Case], Answer]:
    def reading(case: Case) -> Answer:
        if not dialects.HAVE.get(dialect, True):
            raise NotThere(f"{dialect} is not installed")
        if case.single and dialect in ("torch", "jax", "javascript"):
            raise NotThere("float32 is not mixed there as NumPy mixes it")
        traced = _program(case)
        if dialect == "python" and not traced.code.scalar:
            raise NotThere("arrays")
        with refusals():
            value, gradients = dialects.run(traced, dialect, *case.point)
        return Answer(value, tuple(gradients))

    return reading


def native(case: Case) -> Answer:
    if case.single:
        raise NotThere("float32")
    traced = _program(case)
    with refusals():
        value, gradients = traced.native().value_and_grad(*case.point)
    return Answer(value, tuple(gradients))


def differences(case: Case) -> Answer:
    """The slope along a direction by central differences, which know no calculus."""
    if not case.smooth or case.single:
        raise NotThere("not smooth")

    def at_distance(t: float) -> float:
        return float(case.scalar(*(x + t * d for x, d in zip(case.point, case.directions, strict=True))).data)

    ahead, behind = at_distance(1e-6) - at_distance(0.0), at_distance(0.0) - at_distance(-1e-6)
    if abs(ahead - behind) > 0.01 * (abs(ahead) + abs(behind)) + 1e-9:
        raise NotThere("bent at this point")  # as a slope of celu is at 0, and a last digit from it
    h = 1e-4  # errors of h⁴ f⁽⁵⁾ and of 1e-16 / h, both below 1e-7 where f is smooth
    near, far = at_distance(h) - at_distance(-h), at_distance(2 * h) - at_distance(-2 * h)
    return Answer(at_distance(0.0), slope=(8 * near - far) / (12 * h))


def pytorch(case: Case) -> Answer:
    if not dialects.HAVE["torch"]:
        raise NotThere("torch is not installed")
    try:
        value, gradients = oracle.value_and_grad(case)
    except oracle.OneSided as side:
        raise NotThere(f"{side} where two branches meet") from None
    return Answer(value, tuple(gradients))


def rolled(case: Case) -> Answer:
    """The case's function as a cell: a loop found at one length gives what the graph gives at others."""
    traced = _loops(case)
    for lengths in recurrence.RUN:
        _same(case, lengths, traced.value_and_grad(*recurrence.inputs(case, lengths)))
    return Answer(None)


def rolled_source(case: Case) -> Answer:
    """The same loop in one dialect after the other, compiled or not, and in windows that are computed once more."""
    traced = _loops(case)
    others = [name for name in ("torch", "jax", "javascript") if dialects.HAVE[name]]
    names = ["numpy", "checkpoint", "c", "compiled windows", *others]
    name = names[len(case.function.source) % len(names)]
    lengths = recurrence.RUN[0]
    inputs = recurrence.inputs(case, lengths)
    if name in ("checkpoint", "compiled windows"):
        again = at.trace(recurrence.function(case), *recurrence.inputs(case, recurrence.TRACED), checkpoint=True)
        with refusals():
            _same(case, lengths, (again if name == "checkpoint" else again.native()).value_and_grad(*inputs))
    elif name == "c":
        with refusals():
            _same(case, lengths, Native(traced.traced, None, traced.loops).value_and_grad(*inputs))
    else:
        with refusals():
            source = traced.source(name, rolled=True)
        if name == "javascript":
            _same(case, lengths, dialects.evaluated_in_javascript(source, *inputs))
        else:
            _same(case, lengths, dialects.defined(source)(*(dialects.given(x, name) for x in inputs)))
    return Answer(None)


def _loops(case: Case) -> Program:
    if case.order != 1 or case.single:
        raise NotThere("first order, in float64")
    traced = at.trace(recurrence.function(case), *recurrence.inputs(case, recurrence.TRACED))
    if isinstance(traced.loops, str):
        raise NotThere(traced.loops)
    return traced


def _same(case: Case, lengths: tuple[int, int], given: Any) -> None:
    """What a program gave at so many steps is what the recorded graph gives."""
    leaves = [Value(x) for x in recurrence.inputs(case, lengths)]
    z = recurrence.function(case)(*leaves)
    z.backward()
    value, gradients = given
    scale = 1 + max(abs(z.data), *(float(np.max(np.abs(x.grad), initial=0.0)) for x in leaves))
    for ours, exact in zip((value, *gradients), (z.data, *(x.grad for x in leaves)), strict=True):
        found = np.asarray(ours, float).reshape(np.shape(exact))
        assert np.allclose(found, exact, rtol=0, atol=1e-8 * scale, equal_nan=True), (
            f"{ours} at {lengths} steps, not {exact}"
        )


READINGS: dict[str, Callable[[Case], Answer]] = {
    "eager": eager, "grad": plain_grad, "recorded grad": recorded_grad, "jvp": jvp, "hvp": hvp,
    "differences": differences, "pytorch": pytorch, "to_scalars": to_scalars, "formula": formula,
    "program": program, "captured": captured, "native": native, "rolled": rolled, "rolled source": rolled_source,
    **{name: _in(name) for name in ("python", "numpy", "torch", "jax", "javascript")},
}  # fmt: skip
# Every how many graphs a reading is asked that costs more than all others together.
EVERY = {"jax": 40, "native": 20, "rolled": 6, "rolled source": 20}
