"""Networks from `Value`s: layers, cells, losses. Each reads like its equation; rows are samples.

    cell = nn.LSTMCell(input_size=10, hidden_size=20, seed=1)
    outputs, (h, c) = nn.unroll(cell, xs)       # xs (T, B, 10), outputs (T, B, 20)
    loss = nn.cross_entropy(readout(outputs), classes)
    loss.backward()
    cell.parameters()["W"].grad

Shapes: T time steps, B samples, D inputs, H hidden units. Two layers of one shape need two seeds.
"""

from autograd_tiny.nn import initialisation
from autograd_tiny.nn.cell import Cell
from autograd_tiny.nn.gated import GRUCell, LSTMCell
from autograd_tiny.nn.layer import Layer
from autograd_tiny.nn.linear import Embedding, Linear, OneHot, affine, one_hot
from autograd_tiny.nn.losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    hinge,
    mse,
    multiclass_hinge,
)
from autograd_tiny.nn.recurrent import ConcatenatedRNNCell, RNNCell
from autograd_tiny.nn.sequences import unroll

__all__ = [
    "Cell", "ConcatenatedRNNCell", "Embedding", "GRUCell", "LSTMCell", "Layer", "Linear", "OneHot", "RNNCell",
    "affine", "binary_cross_entropy", "binary_cross_entropy_with_logits", "cross_entropy", "hinge", "initialisation",
    "mse", "multiclass_hinge", "one_hot", "unroll",
]  # fmt: skip
