"""Hypothesis strategies: random numbers, arrays and whole expressions, to search for what breaks a law.

    @given(expressions())
    def test_backward_is_grad(z):
        leaves = [x for x in ancestors(z) if not x.inputs]
        ...

    values       scalar or array Values            arrays      NumPy arrays
    expressions  Values with a random graph        functions   the same as functions of their leaves

Needs hypothesis, which is in the extra `test`.
"""

from autograd_tiny.testing.function import NAMES, Function, Step
from autograd_tiny.testing.strategies import arrays, expressions, functions, numbers, shapes, values

__all__ = ["NAMES", "Function", "Step", "arrays", "expressions", "functions", "numbers", "shapes", "values"]
