"""The lectures' pictures of cells and layers, drawn by hand where the lectures have each gate, from recorded graphs.

viz.cells.lstm().save("lstm.svg")        a cell of its own
viz.cells.lstm(cell, x, (h, c))          yours, with its numbers and gradients
"""

from viz.cells.gated import gru, lstm
from viz.cells.images import convolution, pooling
from viz.cells.recurrent import memory, vanilla
from viz.cells.reservoir import reservoir
from viz.cells.sequences import patterns, seq2seq

__all__ = ["convolution", "gru", "lstm", "memory", "patterns", "pooling", "reservoir", "seq2seq", "vanilla"]
