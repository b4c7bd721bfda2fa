"""Networks from `Value`s: layers, cells, losses. Each reads like its equation; rows are samples.

    cell = nn.LSTMCell(input_size=10, hidden_size=20, seed=1)
    outputs, (h, c) = nn.unroll(cell, xs)       # xs (T, B, 10), outputs (T, B, 20)
    loss = nn.cross_entropy(readout(outputs), classes)
    loss.backward()
    cell.parameters()["W"].grad

Shapes: T time steps, B samples, D inputs, H hidden units. Two layers of one shape need two seeds.
"""

from autograd_tiny.nn import initialisation
from autograd_tiny.nn.attention import Attention, scaled_dot_product_attention
from autograd_tiny.nn.cell import Cell
from autograd_tiny.nn.composition import Bidirectional, Residual, Sequential, StackedCells, unroll
from autograd_tiny.nn.convolution import (
    Conv1d,
    Conv2d,
    ConvTranspose1d,
    ConvTranspose2d,
    avg_pool,
    conv,
    conv_transpose,
    max_pool,
)
from autograd_tiny.nn.layer import Layer
from autograd_tiny.nn.linear import Embedding, Linear, OneHot, affine, one_hot
from autograd_tiny.nn.losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    hinge,
    mse,
)
from autograd_tiny.nn.other_cells import RBF, Maxout, MultiplicativeRNNCell, MUT1Cell, MUT2Cell, MUT3Cell
from autograd_tiny.nn.recurrent import ConcatenatedRNNCell, GRUCell, LSTMCell, RNNCell
from autograd_tiny.nn.regularisation import BatchNorm, Dropout, l1_penalty, l2_penalty
from autograd_tiny.nn.storage import load, save, summary

__all__ = [
    "RBF", "Attention", "BatchNorm", "Bidirectional", "Cell", "ConcatenatedRNNCell", "Conv1d", "Conv2d",
    "ConvTranspose1d", "ConvTranspose2d", "Dropout", "Embedding", "GRUCell", "LSTMCell", "Layer", "Linear",
    "MUT1Cell", "MUT2Cell", "MUT3Cell", "Maxout", "MultiplicativeRNNCell", "OneHot", "RNNCell", "Residual",
    "Sequential", "StackedCells", "affine", "avg_pool", "binary_cross_entropy", "binary_cross_entropy_with_logits",
    "conv", "conv_transpose", "cross_entropy", "hinge", "initialisation", "l1_penalty", "l2_penalty", "load",
    "max_pool", "mse", "one_hot", "save", "scaled_dot_product_attention", "summary", "unroll",
]  # fmt: skip


def __dir__() -> list[str]:
    """What is public."""
    return __all__
