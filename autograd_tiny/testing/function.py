"""A random function as data, and the Python text that it is: what is run is what is printed."""

from __future__ import annotations

import linecache
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from autograd_tiny import functions as operations
from autograd_tiny import shapes
from autograd_tiny.table import OWN
from autograd_tiny.value import Value, record

NAMES = ("x", "y", "w", "u", "v")
CONSTANT = "constant"  # the name of a step that brings a number or an array from outside

# How an operation is written, where that is not at.name(inputs, parameter=…).
SPELLINGS = {
    "add": "{0} + {1}", "sub": "{0} - {1}", "mul": "{0} * {1}", "div": "{0} / {1}", "pow": "{0} ** {1}",
    "neg": "-{0}", "matmul": "{0} @ {1}", "take": "{0}[{index}]", "where": "at.where({condition}, {all})",
    "clip": "at.clip({0}, {low}, {high})", "leaky_relu": "at.leaky_relu({0}, {negative_slope})",
    "broadcast": "at.broadcast_to({0}, {shape})", "stack": "at.stack([{all}], {axis})",
    "concatenate": "at.concatenate([{all}], {axis})", CONSTANT: "{data}",
}  # fmt: skip


class Step(NamedTuple):
    """An operation of the table, the places of its inputs among all that came before, and its parameters."""

    name: str
    inputs: tuple[int, ...]
    parameters: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Function:
    """A random function: operations applied in order to the inputs and to earlier results.

    `point` is where its operations were chosen, so that is where it is defined (and, if asked for, smooth).
    Call it with Values, numbers or arrays of the shapes of `point`; it returns a Value. `source` is its text.
    """

    point: tuple[Any, ...]
    steps: tuple[Step, ...]

    def __call__(self, *inputs: Any) -> Value:
        return operations.value(self._compiled(*(operations.value(x) for x in inputs)))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the inputs."""
        return tuple(NAMES[k] if k < len(NAMES) else f"x{k}" for k in range(len(self.point)))

    @cached_property
    def source(self) -> str:
        """The function as Python text, for `import numpy as np` and `import autograd_tiny as at`."""
        names = [*self.names, *(f"v{k}" for k in range(len(self.point), len(self.point) + len(self.steps)))]
        lines = [
            f"    {name} = {written(step, [names[k] for k in step.inputs])}\n"
            for name, step in zip(names[len(self.point) :], self.steps, strict=True)
        ]
        return f"def f({', '.join(self.names)}):\n{''.join(lines)}    return {names[-1]}\n"

    @cached_property
    def _compiled(self) -> Callable[..., Any]:
        filename = "<random function>"  # of which a traceback shows the last one
        linecache.cache[filename] = (len(self.source), None, self.source.splitlines(keepends=True), filename)
        own = {step.name: partial(record, OWN[step.name]) for step in self.steps if step.name in OWN}
        world: dict[str, Any] = {"np": np, "at": operations, **own}
        exec(compile(self.source, filename, "exec"), world)
        return world["f"]  # type: ignore[no-any-return]

    def __repr__(self) -> str:
        return f"\n{self.source}at {', '.join(map(literal, self.point))}"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What hypothesis prints of an example: the program."""
        printer.text(repr(self))


def written(step: Step, inputs: list[str]) -> str:
    """One step as the right side of an assignment."""
    parameters = {name: literal(given) for name, given in step.parameters.items()}
    if "index" in step.parameters:
        parameters["index"] = _index(step.parameters["index"], bare=step.name == "take")
    everything = ", ".join(inputs)
    if step.name in SPELLINGS:
        return SPELLINGS[step.name].format(*inputs, all=everything, **parameters)
    name = step.name if step.name in OWN else f"at.{step.name}"
    return f"{name}({', '.join([everything, *(f'{name}={text}' for name, text in parameters.items())])})"


def literal(given: Any) -> str:
    """A number, an array or a parameter as Python that makes it again, the array's layout in memory included."""
    if isinstance(given, np.ndarray):
        return _array(given)
    if isinstance(given, tuple):
        return f"({', '.join(map(literal, given))}{',' * (len(given) == 1)})"
    if isinstance(given, float) and not np.isfinite(given):
        return f"float('{given}')"
    return f"({given!r})" if isinstance(given, float) and (given < 0 or str(given) == "-0.0") else repr(given)


def _array(x: Any) -> str:
    repeated = [k for k, n in enumerate(x.shape) if n > 1 and x.strides[k] == 0]
    if repeated:
        once = x[tuple(slice(0, 1) if k in repeated else slice(None) for k in range(x.ndim))]
        return f"np.broadcast_to({_array(once)}, {x.shape})"
    backwards = tuple(k for k, n in enumerate(x.shape) if n > 1 and x.strides[k] < 0)
    if backwards:
        return f"np.flip({_array(np.flip(x, backwards))}, {backwards})"
    order = tuple(sorted(range(x.ndim), key=lambda k: -x.strides[k]))
    if not x.flags.c_contiguous and order != tuple(range(x.ndim)):
        return f"{_array(x.transpose(order))}.transpose({shapes.inverse(order)})"
    dtype = "" if x.dtype == np.float64 or (x.size and x.dtype.kind in "ib") else f", np.{x.dtype.name}"
    text = f"np.array({x.tolist()}{dtype.replace('np.bool', 'bool')})"
    return text if np.array(x.tolist()).shape == x.shape else f"{text}.reshape({x.shape})"


def _index(index: Any, bare: bool) -> str:
    """An index as it stands between brackets, or as an argument."""

    def part(given: Any) -> str:
        if isinstance(given, slice):
            ends = ["" if end is None else str(end) for end in (given.start, given.stop, given.step)]
            return (":".join(ends if ends[2] else ends[:2])) if bare else repr(given)
        return "..." if given is Ellipsis else literal(given)

    if not isinstance(index, tuple):
        return part(index)
    text = ", ".join(map(part, index)) + "," * (len(index) == 1)
    return text if bare and index else f"({text})"
