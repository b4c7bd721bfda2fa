"""Numbers for cells that are drawn without any given, and how far apart their wires must be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np

from autograd_tiny import Value
from viz.cells.board import Board
from viz.cells.record import Record
from viz.lettering import line, width

PITCH, FLOOR = 104.0, 92.0  # points between columns and between floors
Kind = TypeVar("Kind")


def given(x: Any, size: int, first: float, label: str) -> Value:
    """The input or state given, as a value with a label; if none is, `size` numbers of which `first` is the first."""
    x = first * np.cos(np.arange(size)) if x is None else x
    value = x if isinstance(x, Value) else Value(x)
    if value.shape != (size,):
        raise ValueError(f"{label}: shape {value.shape}, expected ({size},): a cell is drawn for one sample")
    value.label = value.label or label
    return value


def checked(who: str, cell: Kind, kind: type[Any]) -> Kind:
    """The cell, if it is of that kind; else TypeError."""
    if not isinstance(cell, kind):
        raise TypeError(f"{who}: expected nn.{kind.__name__}, got {type(cell).__name__}")
    return cell


def pitch(board: Board, size: int) -> float:
    """How far apart columns are, so that numbers of that many units fit between them."""
    return max(PITCH, 2 * width(line(board.number(np.full(size, -0.25)))) + 24)


def told(record: Record, board: Board, values: Sequence[Value], labels: str) -> str:
    """The numbers in words."""
    named = zip(values, labels.split(), strict=True)
    parts = [(label, board.number(v.data), board.number(record.totals[id(v)])) for v, label in named]
    return " ".join(f"{label} = {value}, its gradient {gradient}." for label, value, gradient in parts)
