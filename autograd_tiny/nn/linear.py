"""Layers that are one product: x W + b, and its special case where x is one-hot."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_tiny import functions
from autograd_tiny.errors import BoundsError, ShapeError
from autograd_tiny.errors.arguments import annotated
from autograd_tiny.nn.initialisation import Seed, normal, uniform
from autograd_tiny.nn.layer import Layer, positive, require_last
from autograd_tiny.scopes import scope
from autograd_tiny.shapes import shape_of
from autograd_tiny.value import Operand, Value


class OneHot:
    """Rows that are 0 but for one 1, kept as the places of the ones: a product with them only gathers rows.

    `OneHot(ids, size)` has shape (*ids.shape, size) and stands wherever such an array would.

    >>> x = nn.OneHot([2, 0], 3)
    >>> np.asarray(x)
    array([[0., 0., 1.],
           [1., 0., 0.]])
    >>> (x @ Value(np.arange(6.0).reshape(3, 2))).data
    array([[4., 5.],
           [0., 1.]])
    """

    __array_ufunc__ = None  # NumPy leaves `array @ one_hot` to us instead of trying element by element

    @annotated
    def __init__(self, ids: Any, size: int) -> None:
        self.ids = indices("OneHot", ids, size)
        self.shape = (*self.ids.shape, size)
        self.ndim = len(self.shape)

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, index: Any) -> OneHot:
        part = object.__new__(OneHot)  # ids that were checked are not checked again
        part.ids = self.ids[index]
        part.shape = (*np.shape(part.ids), self.shape[-1])
        part.ndim = len(part.shape)
        return part

    def __matmul__(self, W: Value) -> Value:
        if len(W) != self.shape[-1]:
            raise ShapeError(f"OneHot: {self.shape} @ {W.shape}: inner sizes {self.shape[-1]} and {len(W)} differ")
        return functions.value(W)[self.ids if self.ids.ndim else int(self.ids)]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.eye(self.shape[-1], dtype=dtype)[self.ids]


@annotated
def one_hot(ids: Any, num_classes: int) -> OneHot:
    """The one-hot rows of whole numbers 0 … num_classes − 1.

    >>> np.asarray(nn.one_hot([1, 0], num_classes=3))
    array([[0., 1., 0.],
           [1., 0., 0.]])
    """
    return OneHot(ids, num_classes)


def indices(who: str, ids: Any, size: int) -> np.ndarray:
    """`ids` as an array of whole numbers; BoundsError names the first that is not in 0 … size − 1."""
    array = np.asarray(ids)
    if array.dtype.kind not in "iu" and array.size:
        raise TypeError(f"{who}: ids must be whole numbers, got {array.dtype}; for vectors use Linear")
    if (
        array.size and np.maximum.reduce(array.astype(np.uint64), axis=None) >= size
    ):  # one comparison: negative ids become huge ones
        wrong = tuple(np.argwhere((array < 0) | (array >= size))[0])
        place = "".join(f"[{k}]" for k in wrong)
        raise BoundsError(f"{who}: id{place} = {array[wrong]}, expected 0 … {size - 1}")
    return array.astype(np.intp, copy=False)


@annotated
def affine(x: Operand, W: Value, b: Value | None = None) -> Value:
    """The map x W + b for x of shape (…, in): the rows of all leading axes in one product.

    >>> nn.affine([[1.0, 2.0]], Value(np.ones((2, 3))), Value(np.zeros(3))).data   # (1, 2) @ (2, 3) -> (1, 3)
    array([[3., 3., 3.]])
    """
    shape = shape_of(x)
    product: Value
    if len(shape) <= 2 or isinstance(x, OneHot):
        product = x @ W
    else:
        product = (functions.reshape(x, (-1, shape[-1])) @ W).reshape(*shape[:-1], W.shape[1])
    return product if b is None else product + b


class Linear(Layer):
    """y = x W + b, with x of shape (…, in_features) and y of shape (…, out_features).

    >>> layer = nn.Linear(in_features=3, out_features=2)
    >>> layer(np.ones((5, 3))).shape
    (5, 2)
    >>> [(name, p.shape) for name, p in layer.parameters().items()]
    [('W', (3, 2)), ('b', (2,))]
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True, *, seed: Seed = 0) -> None:
        positive(self, in_features=in_features, out_features=out_features)
        rng, bound = np.random.default_rng(seed), 1 / math.sqrt(in_features)
        self.in_features, self.out_features = in_features, out_features
        self.W = Value(uniform((in_features, out_features), bound, seed=rng), "W")
        self.b = Value(uniform(out_features, bound, seed=rng), "b") if bias else None

    def __call__(self, x: Operand) -> Value:
        require_last(self, "input", x, self.in_features)
        with scope(self.name):
            return affine(x, self.W, self.b)  # (…, out_features)


class Embedding(Layer):
    """Row `id` of E: a vector learned for each of num_embeddings things; ids of any shape give (…, embedding_dim).

    >>> layer = nn.Embedding(10, 4)
    >>> layer([3, 1, 3]).shape
    (3, 4)
    """

    def __init__(self, num_embeddings: int, embedding_dim: int, *, seed: Seed = 0) -> None:
        positive(self, num_embeddings=num_embeddings, embedding_dim=embedding_dim)
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        self.E = Value(normal((num_embeddings, embedding_dim), seed=seed), "E")

    def __call__(self, ids: Any) -> Value:
        with scope(self.name):
            places = indices("Embedding", ids, self.num_embeddings)
            return self.E[places if places.ndim else int(places)]
