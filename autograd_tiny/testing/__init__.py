"""Hypothesis strategies: random numbers, arrays and whole expressions, to search for what breaks a law.

    @given(expressions())
    def test_backward_is_grad(z):
        leaves = [x for x in ancestors(z) if not x.inputs]
        ...

    values       scalar or array Values            arrays      NumPy arrays
    expressions  Values with a random graph        functions   the same as functions of their leaves
    scales       magnitudes                        labels, masks, probabilities, positive_definite, networks

    @given_gradients(f, df, x=arrays(shapes(), magnitudes=scales(1e-3, 1e3), avoid=0.0))
    def test_df(): ...

Needs hypothesis, which is in the extra `test`.
"""

from autograd_tiny.testing.function import NAMES, Function, Step
from autograd_tiny.testing.strategies import (
    arrays,
    expressions,
    functions,
    labels,
    masks,
    networks,
    numbers,
    positive_definite,
    probabilities,
    scales,
    shapes,
    values,
)

# isort: split
from autograd_tiny.testing.properties import given_gradients

__all__ = [
    "NAMES",
    "Function",
    "Step",
    "arrays",
    "expressions",
    "functions",
    "given_gradients",
    "labels",
    "masks",
    "networks",
    "numbers",
    "positive_definite",
    "probabilities",
    "scales",
    "shapes",
    "values",
]
