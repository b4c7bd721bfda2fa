"""Whole matrices of derivatives, row by row: the Jacobian of a function, and the Hessian of one that gives a number."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograd_tiny import functions
from autograd_tiny.errors import ShapeError
from autograd_tiny.errors.arguments import annotated, require_function
from autograd_tiny.gradients import gradients_or_zero
from autograd_tiny.nesting import answer, evaluated, nested
from autograd_tiny.value import Operand, Value


@annotated
def jacobian(f: Callable[..., Value], *inputs: Operand) -> Any:
    """All derivatives of f's result by its inputs, ∂f_i/∂x_j: an array of shape (*result, *input) for each input.

    `jacobian(f)` is a function of the inputs; `jacobian(f, *inputs)` calls it. One input gives one array, several give
    a list. One backward pass for each number of the result; nests as `value_and_grad` does.

    >>> jacobian(lambda x: x * x)([1.0, 2.0])
    array([[2., 0.],
           [0., 4.]])
    """

    require_function("jacobian", f)

    def evaluate(*inputs: Operand) -> Any:
        output, leaves = evaluated(f, inputs)
        matrices = _rows(output, leaves, nested(output))
        return matrices[0] if len(matrices) == 1 else matrices

    return evaluate(*inputs) if inputs else evaluate


@annotated
def hessian(f: Callable[..., Value], *inputs: Operand) -> Any:
    """All second derivatives of a number, ∂²f/∂x_i∂x_j: an array of shape (*input, *input), symmetric.

    As `jacobian`; several inputs give a list of lists, the block of each pair. ShapeError if f gives an array.

    >>> hessian(lambda x: (x[0] * x[1]) ** 2)([1.0, 2.0])
    array([[8., 8.],
           [8., 2.]])
    """

    require_function("hessian", f)

    def evaluate(*inputs: Operand) -> Any:
        output, leaves = evaluated(f, inputs)
        if output.shape:
            raise ShapeError(f"hessian: the function gives shape {output.shape}, expected a number; sum it first")
        within = nested(output)
        slopes = gradients_or_zero(output, leaves, create_graph=True)
        blocks = [_rows(slope, leaves, within) for slope in slopes]
        return blocks[0][0] if len(leaves) == 1 else blocks

    return evaluate(*inputs) if inputs else evaluate


def _rows(output: Value, leaves: list[Value], within: bool) -> list[Any]:
    """The Jacobian of `output` by each leaf, as plain numbers or, within another differentiation, as values."""
    rows = [gradients_or_zero(output, leaves, create_graph=within, seed=seed) for seed in _units(output)]
    matrices = []
    for k, x in enumerate(leaves):
        shape = (*output.shape, *x.shape)
        column = [row[k] for row in rows]
        matrix = functions.stack(column).reshape(shape) if column else functions.value(np.zeros(shape))
        matrices.append(answer(matrix, within))
    return matrices


def _units(output: Value) -> Iterator[Any]:
    """For each number of the output, the gradient that is 1 there and 0 elsewhere."""
    for index in np.ndindex(*output.shape):
        unit = np.zeros_like(output._data)
        unit[index] = 1.0
        yield unit if output.shape else 1.0
