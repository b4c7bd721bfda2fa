"""What is drawn, read from what people have: lists, arrays, Values, pairs, and mappings of these."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autograd_tiny import Value

Array = np.ndarray[Any, np.dtype[np.float64]]
TINY, HUGE = 1e-250, 1e250  # what lies beyond has no place on an axis, whose margins would overflow
KINDS = ("line", "scatter", "heat", "bar", "histogram", "image")


@dataclass(frozen=True, eq=False)
class Series:
    """Named numbers: a line, points, bars, what is counted, a matrix or an image.

    xs, ys  (N,) each; ys (rows, columns) of a heat map, (rows, columns, 3) of an image, where xs are not looked at
    low, high  the band around a line, (N,) each
    """

    name: str
    xs: Array
    ys: np.ma.MaskedArray[Any, Any]  # masked: nothing there; NaN: a number that is none
    low: Array | None = None
    high: Array | None = None
    runs: int = 1  # of how many this is the median


@dataclass(frozen=True)
class Frame:
    """What a panel's axes are; panels of one frame share their ends."""

    x: str = ""
    y: str = ""
    log_x: bool = False
    log_y: bool = False  # of a heat map: its colours
    limits: tuple[float, float] | None = None
    middle: float | None = None  # where a diverging scale of colours is white
    equal: bool = False
    reach: tuple[float, float] = (0.0, 1.0)  # from the smallest to the largest number that can be drawn

    @property
    def ends(self) -> tuple[float, float]:
        """Where the numbers' axis, or the scale of colours, begins and ends."""
        return self.limits or self.reach

    def drawable(self, numbers: Any, *, across: bool = False) -> Any:
        """Which numbers have a place along an axis."""
        low = TINY if (self.log_x if across else self.log_y) else -HUGE
        with np.errstate(invalid="ignore"):
            return (low <= np.ma.filled(numbers, np.nan)) & (np.ma.filled(numbers, np.nan) <= HUGE)


@dataclass(frozen=True, eq=False)
class Panel:
    """One pair of axes with its series; `names` are those of points, bars or rows, `columns` those of columns."""

    title: str
    kind: str
    series: tuple[Series, ...]
    names: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    printed: bool | None = None  # whether a matrix's numbers are; None: where there is room
    frame: Frame = Frame()

    @property
    def family(self) -> int:
        """How many series there are, if they are numbered: layer 1, layer 2, …; 0 if not."""
        stems = {re.sub(r"\d+", "", one.name) for one in self.series}
        return len(self.series) if len(stems) == 1 and "" not in stems else 0


def panels(
    data: Any,
    kind: str | None,
    xs: Any = None,
    names: Sequence[str] | None = None,
    columns: Sequence[str] | None = None,
) -> tuple[Panel, ...]:
    """The data as panels: one, or one for each matrix, each histogram and each mapping within the mapping."""
    if kind is not None and kind not in KINDS:
        raise ValueError(f"chart: kind={kind!r} is unknown; known: {', '.join(KINDS)}")
    places = None if xs is None else _vector(xs, "xs")
    row = not isinstance(data, Mapping) or (all(isinstance(x, int | float) for x in data) and _are_points({"": data}))
    given = {"": data} if row and not (isinstance(data, Mapping) and not data) else data
    if not given:
        raise ValueError('chart: there is nothing in it; give numbers, or {"name": numbers}')
    if all(isinstance(each, Mapping) for each in given.values()) and not _are_points(given):
        inner = [(str(title), panels(each, kind, xs, names, columns)) for title, each in given.items()]
        return tuple(_titled(panel, title) for title, several in inner for panel in several)
    read = {str(name): _read(each, str(name)) for name, each in given.items()}
    chosen = kind or _kind(read)
    if chosen == "bar":
        return (_bars(read, names),)
    series = tuple(_series(name, pair, chosen, places) for name, pair in read.items())
    if chosen in ("heat", "image", "histogram"):
        return tuple(Panel(one.name, chosen, (one,), *_sides(one, chosen, names, columns)) for one in series)
    count = series[0].ys.size if chosen == "line" else sum(one.ys.size for one in series)
    return (Panel("", chosen, series, _named(names, count, "names", "points")),)


def numbers(data: Any, name: str) -> np.ma.MaskedArray[Any, Any]:
    """Numbers as floats, None and what is masked as masked; TypeError and ValueError name the series."""
    data = data.data if isinstance(data, Value) else data
    if hasattr(data, "detach") and hasattr(data, "__array__"):  # another library's, which may be part of a graph
        data = data.detach()
    if isinstance(data, list | tuple):
        data = [each.data if isinstance(each, Value) else each for each in data]
    elif isinstance(data, range) or (hasattr(data, "__next__") and hasattr(data, "__iter__")):
        data = list(data)
    whose = f"{name!r}" if name else "the data"
    try:
        array = np.ma.asarray(data)
    except (ValueError, TypeError, RuntimeError):
        raise ValueError(f"chart: {whose}: its rows differ in length; give each a name: {{name: numbers}}") from None
    if array.dtype.kind == "O":
        absent = np.array([each is None for each in array.data.ravel()]).reshape(array.shape)
        filled = np.array([np.nan if each is None else each for each in array.data.ravel()]).reshape(array.shape)
        array = np.ma.array(filled, mask=absent | np.ma.getmaskarray(array))
    if array.dtype.kind not in "biuf":
        what = type(data).__name__ if array.ndim == 0 else f"{array.dtype} array"
        raise TypeError(f"chart: {whose}: expected real numbers, a list or an array of them, got {what}")
    if array.size == 0:
        raise ValueError(f"chart: {whose}: there are no numbers in it")
    return np.ma.array(array.astype(np.float64), mask=np.ma.getmaskarray(array))


def _titled(panel: Panel, title: str) -> Panel:
    """A panel of a mapping within a mapping; it has a name of its own where that holds several."""
    whole = f"{title}: {panel.title}" if panel.title else title
    return replace(panel, title=whole)


def _are_points(given: Mapping[Any, Any]) -> bool:
    """Whether the inner mappings are {x: y}."""
    return all(np.ndim(y) == 0 and isinstance(y, float | int | np.number | Value) for each in given.values()
               for y in each.values())  # fmt: skip


def _read(data: Any, name: str) -> tuple[Any, Any]:
    """(xs or None, numbers); xs are names where {name: number} is given."""
    if isinstance(data, Mapping):
        keys, ys = list(data), numbers(list(data.values()), name)
        typed = all(isinstance(key, int | float | np.number) for key in keys)
        return (numbers(keys, name) if typed else tuple(map(str, keys))), ys
    if isinstance(data, tuple) and len(data) == 2 and all(_is_row(each) for each in data):
        xs, ys = _vector(data[0], name), numbers(data[1], name)
        if len(xs) != ys.shape[-1]:
            raise ValueError(f"chart: {name!r}: {len(xs)} xs, but {ys.shape[-1]} numbers")
        return xs, ys
    return None, numbers(data, name)


def _is_row(data: Any) -> bool:
    return isinstance(data, Sequence | np.ndarray | Value) and not isinstance(data, str) and np.ndim(_bare(data)) > 0


def _bare(data: Any) -> Any:
    return data.data if isinstance(data, Value) else data


def _vector(data: Any, name: str) -> Array:
    found = numbers(data, name)
    if found.ndim != 1:
        raise ValueError(f"chart: {name}: expected a row of numbers, got shape {found.shape}")
    return np.ma.getdata(found)


def _kind(read: Mapping[str, tuple[Any, Any]]) -> str:
    """What the numbers look like: scalars are bars, rows are lines, matrices heat maps."""
    shapes = [ys.shape for _, ys in read.values()]
    if all(shape == () for shape in shapes) or any(isinstance(xs, tuple) for xs, _ in read.values()):
        return "bar"
    if all(len(shape) == 3 and shape[-1] == 3 for shape in shapes):
        return "image"
    return "heat" if all(len(shape) == 2 for shape in shapes) else "line"


def _series(name: str, pair: tuple[Any, Any], kind: str, places: Array | None) -> Series:
    xs, ys = pair
    xs = places if xs is None else xs
    whose = f"{name!r}" if name else "the data"
    if kind in ("heat", "image"):
        wanted = "a matrix" if kind == "heat" else "shape (rows, columns, 3) and numbers from 0 to 1"
        if ys.ndim != (2 if kind == "heat" else 3) or (kind == "image" and ys.shape[-1] != 3):
            raise ValueError(f"chart: kind={kind!r}: {whose}: expected {wanted}, got shape {ys.shape}")
        return Series(name, np.zeros(0), ys)
    if kind == "histogram":
        return Series(name, np.zeros(0), ys.ravel())
    if kind == "scatter" and ys.ndim == 2 and ys.shape[1] == 2 and xs is None:
        return Series(name, ys[:, 0], ys[:, 1])
    if ys.ndim == 0 or ys.ndim > (2 if kind == "line" else 1):
        raise ValueError(f"chart: kind={kind!r}: {whose}: expected a row of numbers, got shape {ys.shape}")
    xs = np.arange(ys.shape[-1], dtype=float) if xs is None else xs
    if len(xs) != ys.shape[-1]:
        raise ValueError(f"chart: {whose}: {len(xs)} xs, but {ys.shape[-1]} numbers")
    return Series(name, xs, ys) if ys.ndim == 1 else _band(name, xs, ys)


def _band(name: str, xs: Array, runs: Any) -> Series:
    """Several runs as their median between the smallest and the largest; NaN where one of them is."""
    runs = np.sort(np.ma.filled(runs, np.nan), axis=0)  # NaN last
    n = len(runs)
    middle = (runs[(n - 1) // 2] + runs[n // 2]) / 2 + 0 * runs[-1]
    return Series(name, xs, np.ma.array(middle), runs[0], runs[-1], n)


def _bars(read: Mapping[str, tuple[Any, Any]], names: Sequence[str] | None) -> Panel:
    """Bars: {name: number}, or a series of bars for each name, told apart by `names`."""
    if all(ys.ndim == 0 for _, ys in read.values()):
        heights = np.ma.array([float(np.ma.getdata(ys)) for _, ys in read.values()])
        heights.mask = [bool(np.ma.getmaskarray(ys)) for _, ys in read.values()]
        return Panel("", "bar", (Series("", np.arange(len(heights), dtype=float), heights),), tuple(read))
    if any(ys.ndim != 1 for _, ys in read.values()) or len({ys.shape for _, ys in read.values()}) > 1:
        shapes = ", ".join(f"{name!r} {ys.shape}" for name, (_, ys) in read.items())
        raise ValueError(f"chart: kind='bar': expected rows of one length, got {shapes}")
    xs, ys = next(iter(read.values()))
    own = xs if isinstance(xs, tuple) else () if xs is None else tuple(f"{x:g}" for x in xs)
    places = np.arange(len(ys), dtype=float)
    series = tuple(Series(name, places, heights) for name, (_, heights) in read.items())
    return Panel("", "bar", series, _named(names, len(ys), "names", "bars") or own or tuple(map(str, range(len(ys)))))


def _sides(one: Series, kind: str, names: Any, columns: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if kind != "heat":
        return (), ()
    rows, across = one.ys.shape
    return _named(names, rows, "names", "rows"), _named(columns, across, "columns", "columns")


def _named(names: Sequence[str] | None, count: int, option: str, what: str) -> tuple[str, ...]:
    found = () if names is None else tuple(map(str, names))
    if found and len(found) != count:
        raise ValueError(f"chart: {option}=: {len(found)} names for {count} {what}")
    return found
