"""NumPy's functions called on values in all the ways that NumPy allows: understood, or refused in words."""

import re
from collections.abc import Callable
from operator import attrgetter
from typing import Any

import numpy as np
import pytest

import autograd_tiny as at
import autograd_tiny.nn
from autograd_tiny import Value

A = np.array([[1.0, -2.0], [3.0, 4.0]])
V = Value(A, "v")

UNDERSTOOD: dict[str, Callable[[Any], Any]] = {
    "sum, all by position": lambda v: np.sum(v, 0, None, None, True),
    "sum, defaults": lambda v: np.sum(v, axis=1, dtype=None, out=None),
    "var, all by position": lambda v: np.var(v, 0, None, None, 1),
    "max": lambda v: np.max(v, 1, None, True),
    "amin": lambda v: np.amin(v, axis=0, out=None),
    "mean": lambda v: np.mean(v, keepdims=True),
    "take": lambda v: np.take(v, [1, 1], 0, None, "raise"),
    "reshape": lambda v: np.reshape(v, (4, 1), order="C"),
    "ravel": lambda v: np.ravel(v, "C"),
    "clip by name": lambda v: np.clip(v, a_max=2.0, a_min=0.0),
    "concatenate": lambda v: np.concatenate([v, v], 1, dtype=None),
    "stack": lambda v: np.stack([v, v], axis=-1, out=None),
    "broadcast_to": lambda v: np.broadcast_to(v, (3, 2, 2), subok=False),
    "norm": lambda v: np.linalg.norm(v),
    "norm of columns": lambda v: np.linalg.norm(v, None, 0),
    "norm of rows": lambda v: np.linalg.norm(v, axis=1, keepdims=True),
}


@pytest.mark.parametrize("case", UNDERSTOOD)
def test_understood(case: str) -> None:
    ours = UNDERSTOOD[case](V)
    assert isinstance(ours, Value)
    np.testing.assert_allclose(ours.data, UNDERSTOOD[case](A), rtol=1e-15)


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "sum dtype": (lambda: np.sum(V, dtype=float), "numpy.sum with dtype="),
    "sum out": (lambda: np.sum(V, 0, None, np.zeros(2)), "numpy.sum with out="),
    "sum where": (lambda: np.sum(V, where=A > 0), "numpy.sum with where="),
    "sum initial": (lambda: np.sum(V, initial=3.0, where=A > 0), "numpy.sum with initial=, where="),
    "max initial": (lambda: np.max(V, initial=0.0), "numpy.max with initial="),
    "std": (lambda: np.std(V, mean=0.0), "numpy.std with mean="),
    "clip out": (lambda: np.clip(V, 0, 1, out=np.zeros((2, 2))), "numpy.clip with out="),
    "concatenate": (lambda: np.concatenate([V, V], dtype=np.float32), "numpy.concatenate with dtype="),
    "take mode": (lambda: np.take(V, [0], mode="wrap"), "numpy.take with mode="),
    "reshape order": (lambda: np.reshape(V, (4,), order="F"), "numpy.reshape with order="),
    "add out": (lambda: np.add(V, 1.0, out=np.zeros((2, 2))), "numpy.add with out="),
    "exp where": (lambda: np.exp(V, where=A > 0), "numpy.exp with where="),
    "qr": (lambda: np.linalg.qr(V), "write it with autograd_tiny.linalg.cholesky,"),
    "fft": (lambda: np.fft.fft(V), "numpy.fft.fft does not record"),
    "reduce": (lambda: np.maximum.reduce(V, axis=0, initial=1.0), "numpy.maximum.reduce with initial="),
    "reduceat": (lambda: np.add.reduceat(V, [0, 1]), "numpy.add.reduceat does not record"),
    "einsum": (lambda: np.einsum("ij->i", V, out=np.zeros(2)), "numpy.einsum with out="),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused_in_words(case: str) -> None:
    call, said = REFUSED[case]
    with pytest.raises(TypeError, match=re.escape(said)):
        call()


def test_what_an_error_recommends_is_there() -> None:
    from autograd_tiny.numpy_functions import _INSTEAD

    assert all(callable(attrgetter(name)(at)) for name in _INSTEAD.values())
