"""The engines side by side: how each records a scalar function and runs it backward.

A *tape* is one recorded evaluation: made by calling `record(f, numbers)`, then `backward()`, then `gradients()`.
`f` receives the leaves and the engine's own relu, and is written once for all engines (see `graphs`).
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

Function = Callable[[Sequence[Any], Callable[[Any], Any]], Any]


class Tape(Protocol):
    """One recorded evaluation."""

    def backward(self) -> None: ...
    def gradients(self) -> list[float]: ...


Record = Callable[[Function, Sequence[float]], Tape]


class LeafTape:
    """A tape of an engine whose leaves carry their gradient."""

    def __init__(self, leaf: Callable[[float], Any], relu: Callable[[Any], Any], f: Function, numbers: Sequence[float]):
        self.leaves = [leaf(number) for number in numbers]
        self.output = f(self.leaves, relu)

    def backward(self) -> None:
        self.output.backward()

    def gradients(self) -> list[float]:
        return [0.0 if leaf.grad is None else float(leaf.grad) for leaf in self.leaves]  # None: a leaf without a path


class HipsTape:
    """A tape of HIPS autograd, which differentiates functions and not values."""

    def __init__(self, f: Function, numbers: Sequence[float]):
        import autograd.numpy as anp
        from autograd.core import make_vjp

        def over_array(box: Any) -> Any:
            return f([box[i] for i in range(len(numbers))], lambda x: anp.maximum(0.0, x))

        self.vjp, self.value = make_vjp(over_array, anp.array(numbers))
        self.gradient: Any = None

    def backward(self) -> None:
        self.gradient = self.vjp(1.0)

    def gradients(self) -> list[float]:
        return [float(g) for g in self.gradient]


class ProgramTape:
    """A run of a straight-line program, which gives value and gradients at once."""

    def __init__(self, program: Any, numbers: Sequence[float]):
        self.value, self.slopes = program.value_and_grad(*numbers)

    def backward(self) -> None:
        """Done already."""

    def gradients(self) -> list[float]:
        return [float(g) for g in self.slopes]


def require_compiler() -> None:
    """ImportError where no C compiler is: it is missing as a package may be."""
    from autograd_tiny.program import ProgramError
    from autograd_tiny.program.c.compiler import found_compiler

    try:
        found_compiler()
    except ProgramError as error:
        raise ImportError(str(error), name="a C compiler") from None


def _program(native: bool) -> Record:
    from autograd_tiny import Value, trace

    if native:
        require_compiler()
    known: dict[Function, Any] = {}

    def record(f: Function, numbers: Sequence[float]) -> Tape:
        if f not in known:
            program = trace(lambda *leaves: f(leaves, Value.relu), *numbers)
            known[f] = program.native() if native else program
        return ProgramTape(known[f], numbers)

    return record


def _autograd_tiny() -> Record:
    from autograd_tiny import Value

    return lambda f, numbers: LeafTape(Value, Value.relu, f, numbers)


def _micrograd() -> Record:
    from micrograd.engine import Value

    return lambda f, numbers: LeafTape(Value, Value.relu, f, numbers)


def _mygrad() -> Record:
    import mygrad
    from mygrad.nnet.activations import relu

    return lambda f, numbers: LeafTape(mygrad.tensor, relu, f, numbers)


def _hips() -> Record:
    import autograd  # noqa: F401 - a missing package is found here, before anything is timed

    return HipsTape


def _torch() -> Record:
    import torch

    torch.set_num_threads(1)

    def leaf(number: float) -> Any:
        return torch.tensor(number, dtype=torch.float64, requires_grad=True)

    return lambda f, numbers: LeafTape(leaf, torch.relu, f, numbers)


@dataclass(frozen=True)
class Engine:
    """A name for the tables, and how to get at the engine (ImportError: not installed)."""

    name: str
    load: Callable[[], Record]
    patient: bool = False  # so slow that the short form gives it a smaller graph, and measures it once
    once: bool = False  # whether the first run does work that is done once


ENGINES = {
    "autograd-tiny": Engine("autograd-tiny", _autograd_tiny),
    "program": Engine("autograd-tiny, program", partial(_program, False), once=True),
    "native": Engine("autograd-tiny, native", partial(_program, True), once=True),
    "micrograd": Engine("micrograd", _micrograd),
    "mygrad": Engine("MyGrad", _mygrad, patient=True),
    "autograd": Engine("HIPS autograd", _hips, patient=True),
    "torch": Engine("PyTorch 0-d", _torch),
}


def raise_recursion_limit() -> None:
    """Let micrograd's recursive search run on deep graphs; from CPython 3.11 on this takes no C stack."""
    sys.setrecursionlimit(10_000_000)
