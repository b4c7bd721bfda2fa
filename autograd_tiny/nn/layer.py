"""What all layers and cells share: parameters by name, a name for their scope, and errors that say who complains.

A layer is an object whose attributes are its parameters (leaf `Value`s), its buffers (arrays, such as
a running mean) and its parts (other layers). Their names are the attributes' names: "encoder.U".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Self, TypeVar

import numpy as np

from autograd_tiny.errors import ShapeError
from autograd_tiny.errors.arguments import annotated
from autograd_tiny.shapes import shape_of
from autograd_tiny.value import Value

Kind = TypeVar("Kind")


class Layer:
    """A part of a network that owns parameters; calling it records its equation inside the scope `name`.

    >>> class Scaled(nn.Layer):
    ...     def __init__(self, size):
    ...         self.s = Value(np.ones(size), "s")
    ...     def __call__(self, x):
    ...         return self.s * x
    ...
    >>> layer = Scaled(2)
    >>> layer([1.0, 2.0]).data, list(layer.parameters())
    (array([1., 2.]), ['s'])
    """

    name: str = "layer"  # the box that a picture draws; the attribute that holds the layer, unless assigned
    training: bool = True

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.name = cls.__name__.removesuffix("Cell")
        if "__init__" in vars(cls):
            cls.__init__ = annotated(cls.__init__)  # type: ignore[method-assign]

    def __setattr__(self, attribute: str, value: Any) -> None:
        for suffix, part in _parts(value, Layer):
            if "name" not in vars(part):
                part.name = (attribute + suffix).replace(".", " ")
        super().__setattr__(attribute, value)

    def __repr__(self) -> str:
        shapes = ", ".join(f"{name} {p.shape}" for name, p in self.parameters().items())
        return f"{type(self).__name__}({shapes})"

    def parameters(self) -> dict[str, Value]:
        """All parameters by name, each once, those of parts with a dotted path: {"encoder.U": …}."""
        first: dict[Value, str] = {}  # a tied weight goes by the name it is met under first
        for name, v in self._named(Value):
            if not v.inputs:
                first.setdefault(v, name)
        return {name: v for v, name in first.items()}

    def buffers(self) -> dict[str, np.ndarray]:
        """All arrays that training changes without a gradient, by name."""
        return dict(self._named(np.ndarray))

    def every(self) -> Iterator[Layer]:
        """This layer and all layers inside it, outermost first."""
        yield self
        for attribute in vars(self).values():
            for _, part in _parts(attribute, Layer):
                yield from part.every()

    def train(self, mode: bool = True) -> Self:
        """Let dropout drop and batch normalisation measure (mode=False: not); returns the layer itself."""
        for part in self.every():
            part.training = mode
        return self

    def eval(self) -> Self:
        """Switch to the deterministic form that is used after training; returns the layer itself."""
        return self.train(False)

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters."""
        for p in self.parameters().values():
            p.grad = None

    def astype(self, dtype: Any) -> None:
        """Convert all parameters and buffers, in place, to float32 or float64."""
        for p in self.parameters().values():
            p.data = p.data.astype(dtype)
        for part in self.every():
            for attribute, value in list(vars(part).items()):
                if isinstance(value, np.ndarray):
                    setattr(part, attribute, value.astype(dtype))

    def _named(self, kind: type[Kind]) -> Iterator[tuple[str, Kind]]:
        for attribute, value in vars(self).items():
            for suffix, found in _parts(value, kind):
                yield attribute + suffix, found
            for suffix, part in _parts(value, Layer):
                for name, found in part._named(kind):
                    yield f"{attribute}{suffix}.{name}", found


def _parts(value: Any, kind: type[Kind]) -> Iterator[tuple[str, Kind]]:
    """What `value` holds of one kind, itself or in a tuple or list, with the suffix that its name gets."""
    if isinstance(value, kind):
        yield "", value
    elif isinstance(value, tuple | list):
        for k, item in enumerate(value):
            if isinstance(item, kind):
                yield f".{k}", item


def require(holds: bool, layer: object, what: str, got: Sequence[int], expected: object) -> None:
    """ShapeError that names the layer, what it got and what it expects, unless `holds`."""
    if not holds:
        name = layer if isinstance(layer, str) else type(layer).__name__
        raise ShapeError(f"{name}: {what} has shape {tuple(got)}, expected {expected}")


def require_last(layer: object, what: str, x: Any, size: int) -> None:
    """ShapeError unless the last axis of `x` has `size` numbers."""
    shape = shape_of(x)
    if not shape or shape[-1] != size:
        require(False, layer, what, shape, f"(…, {size})")


def positive(layer: object, **sizes: int) -> None:
    """ValueError that names a size which is not a whole number from 1 on."""
    for name, size in sizes.items():
        if not isinstance(size, int | np.integer) or isinstance(size, bool) or size < 1:
            raise ValueError(f"{type(layer).__name__}: {name} = {size!r}, expected a whole number, at least 1")
