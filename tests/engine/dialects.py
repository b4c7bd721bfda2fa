"""Programs run from their printed source, in whatever dialect can be run here."""

import atexit
import importlib.util
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
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
HAVE["javascript"] = shutil.which("node") is not None
JAVASCRIPT = pytest.param(
    "javascript", marks=pytest.mark.skipif(not HAVE["javascript"], reason="no Node.js on this machine")
)


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


# Reads a program and its inputs from each line, and answers with what the program gives, NaN and Infinity as words.
_NODE = """
const reply = x => typeof x === "number" && !Number.isFinite(x) ? String(x) : x;
require("readline").createInterface({input: process.stdin}).on("line", line => {
    const {source, inputs} = JSON.parse(line);
    let answer;
    try {
        answer = new Function(`"use strict"; ${source}; return program(${inputs.join(", ")});`)();
    } catch (error) {
        answer = String(error);
    }
    console.log(JSON.stringify(answer, (_, x) => reply(x)));
});
"""


@cache
def _node() -> Any:
    """A Node.js that stays until the tests end."""
    node = subprocess.Popen(["node", "-e", _NODE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    atexit.register(node.communicate)  # which ends its input, and so itself
    return node


def evaluated_in_javascript(source: str, *inputs: Any) -> Any:
    """What `program` of a source returns for these inputs, by Node.js."""
    node = _node()
    numbers = [json.dumps(np.asarray(x).tolist()) for x in inputs]  # NaN and Infinity are JavaScript as they stand
    node.stdin.write(json.dumps({"source": source, "inputs": numbers}) + "\n")
    node.stdin.flush()
    answer = json.loads(node.stdout.readline())
    if isinstance(answer, str):
        raise RuntimeError(answer)
    return answer


def run_in_javascript(
    program: Program, *inputs: Any, by: Callable[..., Any] = evaluated_in_javascript
) -> tuple[Any, list[Any]]:
    """Value and gradients as Node.js computes them, or whoever runs a source `by` other means."""
    captured = [leaf.data for leaf in program.captured]
    value, gradients = by(program.source("javascript"), *inputs, *captured)
    value = np.array([*map(float, value)]) if isinstance(value, list) else np.asarray(float(value))
    shapes = [
        shape for name, shape in (program.code.inputs | program.code.captured).items() if name not in program.code.whole
    ]
    return value, [
        np.zeros(shape) if 0 in shape else np.array(g, float)  # an array of no rows does not tell how long they are
        for g, shape in zip(gradients, shapes, strict=True)
    ]


def run(program: Program, dialect: str, *inputs: Any) -> tuple[Any, list[Any]]:
    """Value and gradients (those of captured values last) from the printed source."""
    if dialect == "javascript":
        return run_in_javascript(program, *inputs)
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
