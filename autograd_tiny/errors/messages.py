"""The wording of errors: the operation, the labels, the shapes or numbers, and the remedy."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import reduce
from typing import Any

import numpy as np

from autograd_tiny.compiling import arguments, domain, pullback
from autograd_tiny.errors import BoundsError, DomainError, GraphError, ShapeError
from autograd_tiny.errors.flags import quiet
from autograd_tiny.numbers import ARRAYS
from autograd_tiny.table import Op


def name_of(v: Any) -> str:
    """A value's label in quotes, shortened; empty without one."""
    label = str(v.label)
    return f"({(label if len(label) <= 24 else label[:23] + '…')!r})" if label else ""


def not_numbers(given: Any) -> TypeError:
    """The error for data that are not real numbers."""
    kind = type(given).__name__
    if isinstance(given, list | tuple) and any(hasattr(x, "_rule") for x in given):
        return TypeError(f"data must be numbers, got a {kind} of Values; join them with autograd_tiny.stack")
    if hasattr(given, "_rule"):
        return TypeError("data must be a number, got a Value; use it as it is, or its .data for a new leaf")
    try:
        dtype = np.asarray(given).dtype
    except ValueError:
        return TypeError(f"data must be numbers in a regular shape, got a ragged {kind}; pad the rows to equal length")
    if dtype.kind == "c":
        return TypeError(f"data must be real numbers, got complex {_short(given)}; use its .real and .imag apart")
    return TypeError(f"data must be real numbers, got {kind} {_short(given)}; convert it with float() or numpy.array")


def not_a_value(given: Any) -> TypeError:
    """The error for a question about a graph that is asked of something else."""
    return TypeError(f"a Value is needed, with the graph that computed it; got {type(given).__name__} {_short(given)}")


def too_few(n: int, ddof: float) -> DomainError:
    """The error for a variance whose divisor n − ddof is not positive."""
    return DomainError(f"var: {n} numbers with ddof={ddof}: n − ddof must be positive; give more numbers or less ddof")


def too_large(given: int) -> DomainError:
    """The error for an int that no float reaches."""
    digits = round(math.log10(abs(given)))
    return DomainError(f"data: an int of about 1e{digits} is too large for a float (at most 1.8e308); scale it down")


def _short(given: Any) -> str:
    text = " ".join(repr(given).split())
    return text if len(text) <= 60 else text[:59] + "…"


def forward_error(op: Op, inputs: tuple[Any, ...], error: Exception) -> Exception:
    """The error for an operation that could not be computed: out of domain, overflow, or shapes that differ."""
    if op.arity not in (None, len(inputs)):
        wanted = f"{op.arity} input{'s' * (op.arity != 1)} ({', '.join(arguments(op))})"
        return TypeError(f"{op.name}: takes {wanted}, got {len(inputs)}")
    if isinstance(error, TypeError) and op.name != "matmul":
        said = str(error).removeprefix(f"forward_{op.name}() ")
        return TypeError(f"{op.name}: {', '.join(str(v.shape) for v in inputs)}: {said}")
    if isinstance(error, np.linalg.LinAlgError):
        said = str(error).rstrip(".")
        return DomainError(f"{op.name}: {_shown(op, inputs)}: {said[0].lower()}{said[1:]}; there is no such result")
    if op.domain:
        place = _outside(op, inputs)
        if place is not None:
            return DomainError(f"{op.name}: {place}: defined for {op.domain_words}")
    return _too_large(op, inputs) if isinstance(error, ArithmeticError) else shape_error(op, inputs, error)


def undefined(op: Op, inputs: tuple[Any, ...], parameters: Iterable[Any], z: Any) -> DomainError | None:
    """The error for a result that is infinite though all it is made of is finite, or NaN though nothing of that is."""
    made_of = [v._data for v in inputs] + [p for p in parameters if getattr(p, "dtype", type(p)) in (float, np.float32)]
    nan, finite = [np.isnan(x) for x in made_of], [np.isfinite(x) for x in made_of]
    if not op.elementwise:  # each number of the result may be made of all that are given
        nan, finite = [np.any(each) for each in nan], [np.all(each) for each in finite]
    lost = np.isnan(z) & ~reduce(np.logical_or, nan)
    overflows = np.isinf(z) & reduce(np.logical_and, finite)
    if not np.any(lost | overflows):
        return None
    place = _outside(op, inputs, lost | overflows) if op.domain else None
    if place is not None:
        return DomainError(f"{op.name}: {place}: defined for {op.domain_words}")
    if np.any(overflows):
        return _too_large(op, inputs)
    return DomainError(
        f"{op.name}: {_shown(op, inputs)}: ∞ − ∞ or the like is no number; give 1e30, not ∞, for what is large"
    )


def _too_large(op: Op, inputs: tuple[Any, ...]) -> DomainError:
    return DomainError(f"{op.name}: {_shown(op, inputs)}: the result is too large for a float; scale the inputs down")


def _shown(op: Op, inputs: tuple[Any, ...]) -> str:
    return ", ".join(_number_shown(letter, v) for letter, v in zip(arguments(op), inputs, strict=False))


def _outside(op: Op, inputs: tuple[Any, ...], among: Any = True) -> str | None:
    """The first place at which the inputs leave an operation's domain, in words; None if they are all inside."""
    try:
        data = np.broadcast_arrays(*(v._data for v in inputs))
    except ValueError:
        return None  # it is the shapes that do not fit
    with quiet():
        outside = ~np.asarray(domain(op)(*data)) & ~np.any([np.isnan(x) for x in data], axis=0) & among
    places = np.argwhere(outside)
    if len(places) == 0:
        return None
    index = tuple(places[0])
    where = f"[{', '.join(map(str, index))}]" if index else ""
    letters = [letter for letter in arguments(op) if letter in op.domain]
    return ", ".join(
        f"{letter}{where} = {float(x[index])!r}{_space(name_of(v))}"
        for letter, x, v in zip(arguments(op), data, inputs, strict=True)
        if letter in letters
    )


def _space(text: str) -> str:
    return f" {text}" if text else ""


def _number_shown(letter: str, v: Any, place: tuple[int, ...] = ()) -> str:
    """An input as in x = 0.0 ('w'); of an array its shape, or its number at a place of the result."""
    number, at = repr(v._data), ""
    if v.shape and place:
        index = tuple(0 if n == 1 else k for k, n in zip(place[len(place) - v.ndim :], v.shape, strict=True))
        number, at = repr(float(v._data[index])), f"[{', '.join(map(str, index))}]"
    elif v.shape:
        number = f"an array of shape {v.shape}"
    return f"{letter}{at} = {number}{_space(name_of(v))}"


def shape_error(op: Op, inputs: tuple[Any, ...], error: Exception) -> ShapeError:
    """The error for inputs whose shapes do not fit together."""
    shapes = [f"{v.shape}{_space(name_of(v))}" for v in inputs]
    if op.name == "matmul":
        return ShapeError(f"matmul: {' @ '.join(shapes)}: {_matmul_advice(*(v.shape for v in inputs))}")
    if isinstance(error, IndexError):
        return BoundsError(f"{op.name}: {', '.join(shapes)}: {error}")
    if op.arity == 2:
        joined = f" {op.symbol} ".join(shapes)
        return ShapeError(f"{op.name}: {joined}: shapes do not broadcast; sizes must be equal or 1, from the right")
    return ShapeError(f"{op.name}: {', '.join(shapes)}: {error}")


def _matmul_advice(x: tuple[int, ...], y: tuple[int, ...]) -> str:
    if not x or not y:
        return "a scalar has no inner size; multiply with *"
    inner = x[-1], y[-2] if len(y) > 1 else y[-1]
    if inner[0] == inner[1]:
        return "the batch sizes differ; they must be equal or 1"
    return f"inner sizes {inner[0]} and {inner[1]} differ; transpose one?"


@contextmanager
def differentiating(current: Any) -> Iterator[None]:
    """Word the error of a derivative that does not exist, as of √x at 0; `current()` is the value at fault."""
    try:
        with quiet():  # what explodes is shown as ∞ or NaN, as over floats
            yield
    except (GraphError, ShapeError):  # in words already
        raise
    except (ArithmeticError, ValueError) as error:  # `math` says ValueError outside a domain
        raise no_derivative(current(), error) from None


def no_derivative(v: Any, error: Exception) -> Exception:
    """The error for a derivative that does not exist, or fits nowhere, met in the backward pass of `v`."""
    if "broadcast" in str(error):
        return ShapeError(
            f"{v.op}: shapes changed since the output was computed or a gradient arrived ({error}); "
            "after assigning data of another shape, zero_grad() and compute the output again"
        )
    place = _steepest(v)
    shown = ", ".join(
        _number_shown(letter, x, place) for letter, x in zip(arguments(v._rule.op), v.inputs, strict=False)
    )
    remedy = "keep the input inside the domain, not at its edge"
    if place:
        remedy += "; if only other places are needed, take them first: f(x[k]), not f(x)[k]"
    return DomainError(f"{v.op}: {shown}: no finite derivative there ({error}); {remedy}")


def _steepest(v: Any) -> tuple[int, ...]:
    """Where a local derivative of an elementwise operation is not finite, the first such place; () if there is none."""
    op = v._rule.op
    if not (op.elementwise and v.shape):
        return ()
    data = [x._data for x in v.inputs]
    with quiet():
        slopes = [pullback(op, k, ARRAYS)(np.ones(v.shape), *data, v._data, **v.parameters) for k in v._rule.tracked]
    places = np.argwhere(~np.all([np.isfinite(np.broadcast_to(slope, v.shape)) for slope in slopes], axis=0))
    return tuple(places[0].tolist()) if len(places) else ()


def changed(x: Any, read: Any, consumer: Any) -> GraphError:
    """The error for a number that is another now than when a gate read it (`read`; None if that was not kept)."""
    name = name_of(x)[1:-1] or (f"the result of {x.op}" if x.op else "a value without a label")
    reader = consumer.op if consumer is not x else "it"
    if read is None:
        happened = f"{name}, of shape {x.shape}, has been written to since {reader} was computed"
    elif np.shape(read) != x.shape:
        happened = f"{name} had the shape {np.shape(read)} when {reader} was computed, and has {x.shape} now"
    else:
        place = tuple(np.argwhere(np.asarray(read) != x._data)[0].tolist())
        index = f"[{', '.join(map(str, place))}]" if place else ""
        then, now = float(np.asarray(read)[place]), float(np.asarray(x._data)[place])
        happened = f"{name}{index} was {then!r} when {reader} was computed, and is {now!r} now"
    return GraphError(
        f"{happened}: a derivative would belong to neither number; compute the output again after the change"
    )


def nothing_recorded(output: Any) -> GraphError:
    """The error for a backward pass over a value that no operation made."""
    number = repr(output._data) if output._data.__class__ is float else f"an array of shape {output.shape}"
    return GraphError(
        f"backward: {number}{_space(name_of(output))} was not computed from Values by a recorded operation, so there "
        "is nothing to differentiate; did a part of the loss go through .data, float() or a NumPy array?"
    )


def no_inputs(v: Any) -> GraphError:
    """The error for a backward step given to a value that has no inputs to carry a gradient to."""
    name = name_of(v)[1:-1] or "the value"
    return GraphError(f"_backward: {name} has no inputs; name them at its birth: Value(data, (x, y), 'operation')")


def not_a_gradient(name: str, letter: str, given: Any, x: Any) -> str:
    """What is said of a pullback whose result does not have its input's shape."""
    return (
        f"{name}: the pullback to {letter} gives shape {np.shape(getattr(given, '_data', given))} for an input of "
        f"shape {np.shape(getattr(x, '_data', x))}; it must have that shape, or one that this was broadcast to"
    )


def not_iterable(v: Any) -> TypeError:
    """The error for a loop over one number."""
    return TypeError(f"a scalar Value{_space(name_of(v))} is one number, with no parts to iterate over")


def no_items(v: Any) -> TypeError:
    """The error for an assignment to a part of a value."""
    return TypeError(
        f"a Value{_space(name_of(v))} cannot be changed in part: its graph has read the old numbers; build the new one "
        "with where, stack or concatenate, or write to v.data before anything is computed from it"
    )


def into_storage(v: Any) -> TypeError:
    """The error for a value that NumPy was about to store as a plain number."""
    return TypeError(
        f"a Value{_space(name_of(v))} cannot be stored in a NumPy array of numbers: its gradient would be lost; keep "
        "Values in a list and join them with np.stack, or in an array of dtype=object; v.data is the bare number"
    )


def plain_function(name: str, v: Any) -> TypeError:
    """The error for a function of `math` that is given a value."""
    return TypeError(
        f"math.{name} takes plain numbers, and a Value{_space(name_of(v))} would lose its gradient; use "
        f"autograd_tiny.{name}; v.data is the bare number"
    )


def missing_seed(output: Any, who: str) -> GraphError:
    """The error for a backward pass from an array without ∂L/∂output."""
    seed = ", or give seed=∂L/∂output of that shape" if who in ("backward", "grad") else ""
    return GraphError(
        f"{who}: the output{_space(name_of(output))} has shape {output.shape}, not (); "
        f"reduce it first, as in v.sum(){seed}"
    )


def wrong_gradient(given: Any, v: Any) -> ShapeError:
    """The error for a gradient assigned in another shape than its value's."""
    return ShapeError(
        f"grad: shape {np.shape(given)} for data of shape {v.shape}{_space(name_of(v))}; they must be equal"
    )


def wrong_seed(given: Any, output: Any) -> ShapeError:
    """The error for a seed whose shape is not the output's."""
    return ShapeError(f"seed: shape {np.shape(given)} for an output of shape {output.shape}; they must be equal")


def unreachable(which: Any, v: Any, output: Any, who: str = "grad") -> GraphError:
    """The error for a gradient with respect to a value that does not influence the output."""
    label = name_of(v) if which != v.label else ""
    named = f"input{'' if which is None else f' {which!r}'}{_space(label)}"
    remedy = "compute the output from this very Value, not from its .data or a copy"
    if output.is_constant:
        remedy = "the output is a constant, such as the slope of a straight line, and its gradient is 0"
    return GraphError(f"{who}: {named} does not reach the output{_space(name_of(output))}; {remedy}")


def wrong_tangent(given: Any, v: Any) -> ShapeError:
    """The error for a tangent whose shape is not its input's."""
    return ShapeError(f"tangent: shape {np.shape(given)} for an input of shape {v.shape}; they must be equal")
