"""Columns of text in a terminal, measured in cells: an ideograph or an emoji takes two."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size


def aligned(rows: Sequence[Sequence[str]], sides: str, widest: int) -> list[str]:
    """The rows as lines of equal columns, "<" left and ">" right, each but the last at most `widest` cells."""
    widths = [min(widest, max(map(cell_len, column))) for column in zip(*rows, strict=True)]
    widths[-1] = max(cell_len(row[-1]) for row in rows)
    return ["  ".join(map(_padded, row, widths, sides)).rstrip() for row in rows]


def cut(text: str, cells: int) -> str:
    """The text, with an ellipsis where it is wider than that."""
    return text if cell_len(text) <= cells else set_cell_size(text, cells - 1) + "…"


def _padded(text: str, cells: int, side: str) -> str:
    text = cut(text, cells)
    gap = " " * (cells - cell_len(text))
    return gap + text if side == ">" else text + gap
