"""Boxes around what they name, and the page around everything."""

from __future__ import annotations

from viz.circuit import Circuit, Scope
from viz.geometry import Layout, Rectangle
from viz.rows.grid import FOOT, HEAD, Grid
from viz.rows.stamps import outermost


def boxes(circuit: Circuit, grid: Grid) -> dict[str, list[Rectangle]]:
    """Every box's places: one, unless its scope is drawn in several blocks or rows."""
    ids = {box.scope: box.id for box in circuit.boxes}
    found: dict[str, list[Rectangle]] = {}
    rows: dict[tuple[Scope, int], list[Rectangle]] = {}
    for seat in grid.blocks.seats:
        column = grid.blocks.seating.columns[seat.column]
        for nest, place in grid.blocks.stamp(seat).boxes.items():
            scope = (
                (*column.step, *nest[-1][1:])
                if nest[-1][0] == "t" and column.step
                else grid.blocks.seating.scope(seat.column, nest[-1])
            )
            if scope in ids:
                at = grid.place(seat, place)
                found.setdefault(ids[scope], []).append(at)
                for prefix in grid.blocks.seating.prefixes:
                    if scope[: len(prefix)] == prefix:
                        rows.setdefault((prefix, grid.blocks.spots[seat.column][0]), []).append(at)
    for (prefix, _), each in sorted(rows.items()):
        found.setdefault(ids[prefix], []).append(_framed(outermost(each), 1 + grid.blocks.seating.frames - len(prefix)))
    return found


def _framed(inside: Rectangle, depth: int) -> Rectangle:
    wide, high = inside.width + 2 * depth * FOOT, inside.height + depth * (HEAD + FOOT)
    return Rectangle(inside.x, inside.y - depth * (HEAD - FOOT) / 2, wide, high)


def trimmed(layout: Layout) -> Layout:
    """The layout moved to the page's corner, and the page's size."""
    around = outermost([*layout.places.values(), *(each for several in layout.copies.values() for each in several)])
    points = [point for path in layout.paths.values() for point in path.points]
    left = min([around.x - around.width / 2, *(x for x, _ in points)])
    top = min([around.y - around.height / 2, *(y for _, y in points)])
    right = max([around.x + around.width / 2, *(x for x, _ in points)])
    bottom = max([around.y + around.height / 2, *(y for _, y in points), *(y + 16 for _, y in layout.sums.values())])
    return Layout(
        right - left,
        bottom - top,
        {name: place.moved(-left, -top) for name, place in layout.places.items()},
        {name: path.moved(-left, -top) for name, path in layout.paths.items()},
        {name: tuple(each.moved(-left, -top) for each in several) for name, several in layout.copies.items()},
        {name: (x - left, y - top) for name, (x, y) in layout.sums.items()},
    )
