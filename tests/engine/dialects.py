"""Programs run from their printed source, in whatever dialect can be run here."""

import importlib.util
import os
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd_tiny.program import Program

os.environ["JAX_ENABLE_X64"] = "1"  # read when JAX is imported, by whichever test comes first

HAVE = {name: importlib.util.find_spec(name) is not None for name in ("torch", "jax")}


def needs(name: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not HAVE[name], reason=f"{name} is absent: pip install -e '.[peers]'")


ARRAY_DIALECTS = ["numpy", pytest.param("torch", marks=needs("torch")), pytest.param("jax", marks=needs("jax"))]
ALL_DIALECTS = ["python", *ARRAY_DIALECTS]


def defined(source: str) -> Callable[..., Any]:
    """The `program` that a source defines, run as a student would who pastes it into a file."""
    namespace: dict[str, Any] = {}
    exec(compile(source, "<pasted>", "exec"), namespace)
    return namespace["program"]


def given(number: Any, dialect: str) -> Any:
    """A number or array as the dialect takes it."""
    if dialect == "torch":
        import torch

        whole = isinstance(number, np.ndarray) and number.dtype.kind in "iu"
        return torch.tensor(np.array(number, order="C"), dtype=torch.int64 if whole else torch.float64)
    if dialect == "jax":
        import jax

        return jax.numpy.asarray(number)
    return number


def run(program: Program, dialect: str, *inputs: Any) -> tuple[Any, list[Any]]:
    """Value and gradients (those of captured values last) from the printed source."""
    captured = [leaf.data for leaf in program.captured]
    value, gradients = defined(program.source(dialect))(*(given(x, dialect) for x in (*inputs, *captured)))
    return np.asarray(value), [np.asarray(g) for g in gradients]


def batched(program: Program, dialect: str, *columns: np.ndarray) -> tuple[Any, list[Any]]:
    """A scalar program over batches of floats at once."""
    f, size = defined(program.source(dialect)), columns[0].shape
    inputs = [given(x, dialect) for x in columns]
    if dialect == "torch":
        import torch

        f = torch.func.vmap(f)
    elif dialect == "jax":
        import jax

        f = jax.jit(jax.vmap(f))
    value, gradients = f(*inputs)
    return np.broadcast_to(value, size), [np.broadcast_to(g, size) for g in gradients]
