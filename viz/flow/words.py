"""Gradient flow in words and in characters: for a screen reader, and for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from viz.flow.model import Panel, Row, Study
from viz.flow.sizes import MARKS, Scale, Size
from viz.words.columns import aligned
from viz.words.lettering import shorten

BLOCKS = "▁▂▃▄▅▆▇█"
COLUMNS = 60  # steps in one line
MOST = 24  # rows that are told one by one
NAMES = {"gradient": "‖∂L/∂state‖", "jacobians": "Π‖J‖", "bound": "bound"}


def described(study: Study) -> str:
    """Every row's first and last size, where it is smallest and largest, and what has no place on the scale."""
    steps, over, scale = study.steps, study.over, study.scale
    told = [_told(panel, row, steps, over) for panel in study.panels for row in panel.rows]
    more = [f"And {len(told) - MOST} more rows."] if len(told) > MOST else []
    curves = [_curves(panel) for panel in study.panels if panel.overlays]
    head = f"Sizes of gradients over {over} = {steps[0]} to {steps[-1]}"
    head += f", on a log scale from {_power(scale.low)} to {_power(scale.high)}."
    return " ".join([head, *told[:MOST], *more, *curves])


def _told(panel: Panel, row: Row, steps: Sequence[str], over: str) -> str:
    known = [(step, size) for step, size in zip(steps, row.sizes, strict=True) if size is not None]
    whose = f"{panel.name}, {row.name}" if panel.name else row.name
    (first, one), (last, other) = known[0], known[-1]
    ends = f"{one.words} at {over} = {first}" + (f", {other.words} at {over} = {last}" if len(known) > 1 else "")
    strange = [
        f"{MARKS[kind][0]} at {_counted(known, kind)}" for kind in MARKS if any(s.kind == kind for _, s in known)
    ]
    return f"{whose}: {ends}{'; ' if strange else ''}{', '.join(strange)}."


def _counted(known: Sequence[tuple[str, Size]], kind: str) -> str:
    count = sum(size.kind == kind for _, size in known)
    return f"{count} step{'s' if count != 1 else ''}"


def _curves(panel: Panel) -> str:
    told = []
    for overlay in panel.overlays:
        known = [size.words for size in overlay.sizes if size is not None]
        told.append(f"{NAMES[overlay.kind]} from {known[0]} to {known[-1]}")
    return f"{panel.name + ': ' if panel.name else ''}{', '.join(told)}."


def text(study: Study, title: str) -> str:
    """The strips as rows of blocks, one column a step, with what they mean."""
    steps, over, scale = study.steps, study.over, study.scale
    kinds = {size.kind for panel in study.panels for row in panel.rows for size in row.sizes if size is not None}
    legend = [f"{BLOCKS[0]} {_power(scale.low)} … {BLOCKS[-1]} {_power(scale.high)}, log scale"]
    legend += [f"{sign} {words}" for kind, (words, sign) in MARKS.items() if kind in kinds]
    lines = [title, "   ".join(legend)]
    for panel in study.panels:
        lines += ["", *([shorten(panel.name)] if panel.name else []), *_blocks(panel, steps, over, scale)]
    return "\n".join(lines) + "\n"


def _blocks(panel: Panel, steps: Sequence[str], over: str, scale: Scale) -> Iterator[str]:
    every = [(row.name, row.sizes) for row in panel.rows]
    every += [(NAMES[overlay.kind], overlay.sizes) for overlay in panel.overlays]
    for start in range(0, len(steps), COLUMNS):
        part = slice(start, start + COLUMNS)
        rows = [("", _ends(steps[part], over), "", "")]
        for name, sizes in every:
            known = [size for size in sizes[part] if size is not None]
            signs = "".join(_sign(size, scale) for size in sizes[part])
            ends = (known[0].words, known[-1].words) if known else ("", "")
            rows.append((shorten(name), signs, *ends))
        yield from (f"  {line}" for line in aligned(rows, "><>>", COLUMNS + 4))


def _ends(steps: Sequence[str], over: str) -> str:
    left, right = f"{over}={steps[0]}", steps[-1]
    return left + right.rjust(len(steps) - len(left)) if len(steps) > len(left) + len(right) else left


def _sign(size: Size | None, scale: Scale) -> str:
    if size is None:
        return " "
    return BLOCKS[round(7 * scale.share(size.length))] if size.kind == "length" else MARKS[size.kind][1]


def _power(exponent: float) -> str:
    return f"1e{exponent:g}".replace("-", "−")
