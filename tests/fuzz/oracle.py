"""PyTorch as an oracle: the table's z = … read over tensors, which PyTorch differentiates in its own way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_tiny import compiling, shapes
from autograd_tiny.numbers import World
from autograd_tiny.table import TABLE
from autograd_tiny.testing.function import CONSTANT
from autograd_tiny.words import WORDS
from autograd_tiny.words.texts import define
from tests.fuzz.cases import Case, weights

try:
    import torch
except ImportError:
    torch = None  # type: ignore[assignment]


def _dims(x: Any, axis: Any) -> tuple[int, ...]:
    return tuple(range(x.ndim)) if axis is None else shapes.axes_of(x.ndim, axis)


def _reduction(function: Callable[..., Any]) -> Callable[..., Any]:
    def reduced(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        dims = _dims(x, axis)
        return function(x, dims, keepdim=keepdims) if dims else function(x[None], (0,), keepdim=False)

    return reduced


def _where(condition: Any, x: Any, y: Any) -> Any:
    if not torch.is_tensor(condition):
        condition = torch.as_tensor(np.array(condition, bool, order="C"))
    return torch.where(condition, *map(_tensor, (x, y)))


def _tensor(x: Any) -> Any:
    return torch.as_tensor(np.array(x, order="C") if isinstance(x, np.ndarray) else x, dtype=torch.float64)


def _clip(x: Any, low: Any, high: Any) -> Any:
    x, low, high = map(_tensor, (x, low, high))
    limited = torch.minimum(torch.maximum(x.detach(), low), high)
    return torch.where((x > low) & (x < high), x, limited)  # nothing flows at the edges


def _pow(x: Any, y: Any) -> Any:
    """As exp(y log x) where x > 0, and 1 where y = 0: PyTorch's own pow is wrong there at second order."""
    x, y = map(_tensor, (x, y))
    positive = x > 0
    other = torch.pow(torch.where(positive | (y == 0), 1.0, x), y.detach())
    return torch.where(positive, torch.exp(y * torch.log(torch.where(positive, x, 1.0))), other)


def _take(x: Any, index: Any) -> Any:
    places = np.arange(x.numel()).reshape(x.shape)[index]
    return x.reshape(-1)[torch.as_tensor(np.array(places).ravel())].reshape(np.shape(places))


def _scatter(x: Any, index: Any, shape: Any) -> Any:
    places = np.arange(int(np.prod(shape))).reshape(shape)[index]
    flat = torch.as_tensor(np.array(places).ravel())
    given = x.expand(np.shape(places)).reshape(-1)
    return torch.zeros(int(np.prod(shape)), dtype=torch.float64).index_add(0, flat, given).reshape(shape)


def _sinc(x: Any) -> Any:
    """As a series close to 0: PyTorch's own has no third derivative there."""
    square, far = torch.pi**2 * x * x, torch.pi * torch.where(x.abs() < 0.05, 1.0, x)
    series = 1 - square / 6 * (1 - square / 20 * (1 - square / 42 * (1 - square / 72)))
    return torch.where(x.abs() < 0.05, series, torch.sin(far) / far)


def _world() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, word in WORDS.items():
        module, _, theirs = word.meaning("torch").rpartition(".")
        if module in ("torch", "torch.special"):
            found[name] = getattr(torch.special if module == "torch.special" else torch, theirs)
        elif not module or module.startswith("= "):  # in other words
            define(name, word.source("torch"), found)
    return found | {
        "softplus": lambda x: torch.logaddexp(x, torch.zeros_like(x)),
        "maximum": lambda x, y: torch.maximum(*map(_tensor, (x, y))),
        "minimum": lambda x, y: torch.minimum(*map(_tensor, (x, y))),
        "sinc": _sinc, "pow": _pow, "where": _where, "clip": _clip, "take": _take, "scatter": _scatter,
        "sum": _reduction(torch.sum), "mean": _reduction(torch.mean), "amax": _reduction(torch.amax),
        "logsumexp": _reduction(torch.logsumexp), "transpose": torch.permute, "broadcast_to": torch.broadcast_to,
        "stack": torch.stack, "concatenate": torch.cat,
    }  # fmt: skip


WORLD = World(_world() if torch is not None else {})


def _meet(x: Any, y: Any) -> bool:
    return bool((x == y).any())


# Where two branches meet the engine takes the mean of both sides, and PyTorch one of them, or NaN.
SIDES: dict[str, Callable[..., bool]] = {
    "elu": lambda x: _meet(x, 0), "celu": lambda x: _meet(x, 0), "selu": lambda x: _meet(x, 0),
    "fmax": _meet, "fmin": _meet, "hypot": lambda x, y: bool(((x == 0) & (y == 0)).any()),
}  # fmt: skip


class OneSided(Exception):
    """PyTorch has chosen a side here."""


def _applied(case: Case, leaves: list[Any]) -> Any:
    found = list(leaves)
    for step in case.function.steps:
        if step.name == CONSTANT:
            found.append(_tensor(step.parameters["data"]))
            continue
        op, inputs = TABLE[step.name], [found[k] for k in step.inputs]
        letters = (tuple(inputs),) if op.arity is None else inputs
        if step.name in SIDES and SIDES[step.name](*inputs):
            raise OneSided(step.name)
        found.append(compiling.forward(op, WORLD)(*letters, **step.parameters))
    return found[-1]


def value_and_grad(case: Case) -> tuple[float, list[Any]]:
    """The case's scalar and its gradients, all in float64."""
    leaves = [_tensor(x).clone().requires_grad_() for x in case.point]
    z = _applied(case, leaves)
    scalar = (z * _tensor(weights(tuple(z.shape)))).sum()
    if case.order == 2:
        slopes = _gradients(scalar, leaves, create_graph=True)
        scalar = sum((g * _tensor(d)).sum() for g, d in zip(slopes, case.directions, strict=True))  # type: ignore[assignment]
    return scalar.item(), [g.detach().numpy(force=True) for g in _gradients(scalar, leaves)]


def _gradients(scalar: Any, leaves: list[Any], create_graph: bool = False) -> list[Any]:
    if not scalar.requires_grad:
        return [torch.zeros_like(x) for x in leaves]
    found = torch.autograd.grad(scalar, leaves, create_graph=create_graph, allow_unused=True)
    return [torch.zeros_like(x) if g is None else g for g, x in zip(found, leaves, strict=True)]
