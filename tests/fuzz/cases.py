"""Cases: a random function, its point, and the scalars that are differentiated: its loss, and a slope of its loss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

import autograd_tiny as at
from autograd_tiny import Value
from autograd_tiny.gradients import gradients_or_zero
from autograd_tiny.testing.arguments import Seeded, drawn_array
from autograd_tiny.testing.drawing import function, names_of
from autograd_tiny.testing.function import Function

SHAPES = (
    (),
    (),
    (1,),
    (2,),
    (3,),
    (3,),
    (2, 3),
    (2, 3),
    (3, 2),
    (1, 3),
    (2, 1),
    (1, 1),
    (2, 1, 2),
    (2, 2, 3),
    (0,),
    (2, 0),
)
MOST_STEPS = 8


def weights(shape: tuple[int, ...]) -> Any:
    """Numbers that are all different, to make one number of an array: no error can hide in a sum."""
    return np.cos(np.arange(1.0, 1.0 + np.prod(shape, dtype=int))).reshape(shape) if shape else 1.0


@dataclass(frozen=True)
class Case:
    """A function at a point; `order` 2 asks for the derivatives of a slope of its loss."""

    function: Function
    smooth: bool
    order: int = 1
    seed: Any = None

    @property
    def point(self) -> tuple[Any, ...]:
        return self.function.point

    @property
    def names(self) -> tuple[str, ...]:
        return self.function.names

    @property
    def single(self) -> bool:
        """Whether float32 takes part."""
        return any(getattr(x, "dtype", None) == np.float32 for x in self.point)

    def loss(self, *inputs: Any) -> Value:
        """One number of the function's result, every part of it with a weight of its own."""
        z = self.function(*inputs)
        return at.sum(z * weights(z.shape))

    def slope(self, *inputs: Any) -> Value:
        """How fast the loss grows along the directions: its gradients are second derivatives."""
        leaves = [x if isinstance(x, Value) else Value(x) for x in inputs]
        gradients = gradients_or_zero(self.loss(*leaves), leaves, create_graph=True)
        parts = [at.sum(g * d) for g, d in zip(gradients, self.directions, strict=True)]
        return at.sum(at.stack(parts))

    @property
    def scalar(self) -> Callable[..., Value]:
        """What is differentiated."""
        return self.loss if self.order == 1 else self.slope

    @cached_property
    def directions(self) -> list[Any]:
        return [np.sin(1.0 + np.arange(np.size(x))).reshape(np.shape(x)) if np.ndim(x) else 0.8 for x in self.point]

    def leaves(self) -> list[Value]:
        return [Value(x, name) for x, name in zip(self.point, self.names, strict=True)]

    def with_function(self, f: Function) -> Case:
        return replace(self, function=f)


def drawn(seed: Any) -> Case:
    """The case of a seed: most often over arrays, sometimes over floats alone, sometimes with float32 among them."""
    choose = Seeded(seed)
    structure = choose.integer(0, 6) > 0
    smooth, single = bool(choose.integer(0, 1)), choose.integer(0, 9) == 0
    point = []
    for _ in range(choose.integer(1, 3)):
        shape = choose.pick(SHAPES) if structure else ()
        point.append(drawn_array(choose, shape, np.float32 if single and choose.integer(0, 1) else np.float64))
    f = function(choose, point, choose.integer(1, MOST_STEPS), names_of(any(map(np.ndim, point))), smooth)
    return Case(f, smooth, order=choose.pick((1, 1, 2)), seed=seed)
