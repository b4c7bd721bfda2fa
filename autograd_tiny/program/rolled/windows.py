"""What a step reads of an array from outside is a row: of the array itself, or of the array in another form.

xs[:, t]               xs_turned[t]      the axis of the steps comes first
xs[4 * t:4 * t + 4]    xs_windows[t]     rows side by side are the array in another shape
xs[t:t + 3]            xs_windows[t]     rows of which the next step reads some again are gathered, window by window
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count
from typing import NamedTuple

from autograd_tiny.program.rolled.fitting import TIMES
from autograd_tiny.program.rolled.loops import Line, Loop, Part, Rolled, parted, turned
from autograd_tiny.program.rolled.passes import over_loops
from autograd_tiny.program.rolled.wholes import STEP, Wholes

# Indices --------------------------------------------------------------------------------------------------------------


class Index(NamedTuple):
    """An index that goes with the step along one axis: what stands there, and along the other axes."""

    axis: int
    part: str
    others: tuple[str, ...]

    @classmethod
    def of(cls, text: str, axes: int) -> Index | None:
        """An index as it is typed, of an array of so many axes; None if there is more to it."""
        parts = text.split(", ")
        if parts.count("...") == 1:
            k = parts.index("...")
            parts[k : k + 1] = [":"] * (axes - len(parts) + 1)
        parts += [":"] * (axes - len(parts))
        moving = [k for k, part in enumerate(parts) if STEP.search(part)]
        if len(moving) != 1 or len(parts) != axes or not all(map(_PLAIN.fullmatch, parts)):
            return None
        (axis,) = moving
        return cls(axis, parts[axis], (*parts[:axis], *parts[axis + 1 :]))

    @property
    def is_window(self) -> bool:
        """Whether it names several rows."""
        return ":" in self.part

    @property
    def picks(self) -> bool:
        """Whether it takes a part along another axis."""
        return any(part != ":" for part in self.others)

    def beside(self, *first: str) -> str:
        """An index that takes the same along the other axes, behind these first ones."""
        return ", ".join([*first, *(self.others if self.picks else ())])


_PLAIN = re.compile(r"[\w +*:-]+")  # numbers and names, no array, no new axis
_SAMPLES = [{"t": t, **dict.fromkeys(TIMES, T)} for t, T in ((0, 9), (1, 9), (0, 7), (3, 7))]


class Window(NamedTuple):
    """Rows that belong to a step: where the first one is, how many, how far apart; how far from those of the next."""

    first: str
    size: int
    by: int
    stride: int

    @classmethod
    def of(cls, part: str) -> Window | None:
        """The window that a slice such as "4 * t:4 * t + 4" is; None if it is not alike at each step."""
        first, last, *by = part.split(":")
        step = int(by[0]) if by else 1
        ends = [[eval(end or "0", {**at}) for end in (first, last)] for at in _SAMPLES]  # texts of numbers, t and T
        sizes = {len(range(a, b, step)) for a, b in ends}
        return cls(first, sizes.pop(), step, ends[1][0] - ends[0][0]) if len(sizes) == 1 and min(sizes) else None

    @property
    def is_side_by_side(self) -> bool:
        """Whether the next window begins where this one ends."""
        return self.size == self.stride and self.by == 1

    def span(self, steps: str, rows: str) -> str:
        """The part of so many rows that all windows side by side are; "" if they are all of them."""
        start, total = eval(self.first, {**_SAMPLES[0]}), _times(self.stride, steps)
        return "" if rows == total and not start else f"{start}:{start} + {total}" if start else f":{total}"

    def rows(self, steps: str) -> str:
        """The numbers of the rows of all windows, (steps, size), as a text."""
        within = f"{self.by} * arange({self.size})" if self.by != 1 else f"arange({self.size})"
        return f"{STEP.sub(f'arange({steps}).reshape({steps}, 1)', self.first)} + {within}"


def _times(factor: int, steps: str) -> str:
    return steps if factor == 1 else f"{factor} * ({steps})" if " " in steps else f"{factor} * {steps}"


# Lines ----------------------------------------------------------------------------------------------------------------


class Form(NamedTuple):
    """An array in another form: its name, and its shape."""

    name: str
    shape: tuple[str, ...]


class Rows:
    """Writes one loop so that what a step reads from outside is a row, and what it adds there goes to a row."""

    def __init__(self, code: Rolled, loop: Loop, used: set[str], constants: dict[str, str]) -> None:
        self.code, self.loop, self.wholes, self.used, self.constants = code, loop, Wholes(code, loop), used, constants
        self.forms: dict[tuple[str, object], Form] = {}
        self.before: list[Line] = []
        self.after: list[Line] = []

    def parts(self) -> Iterator[Part]:
        """The loop, with what is put before and behind it."""
        lines = tuple([self._line(line) for line in self.loop.lines])
        yield from self.before
        yield replace(self.loop, lines=lines)
        yield from reversed(self.after)

    def _line(self, line: Line) -> Line:
        line = line._replace(args=tuple(map(self._argument, line.args)))
        read = re.fullmatch(r"\{0\}\[([^{}]+)\]", line.text)
        array = line.target if line.part else line.args[0] if read and len(line.args) == 1 else ""
        shape = self.wholes.shape(array) if array and not self.wholes.varies(array) else None
        index = Index.of(line.part or (read[1] if read else ""), len(shape)) if shape else None
        if index is None or shape is None or not (index.axis or index.is_window or index.picks):
            return line
        form = self._row(array, tuple(shape), index, bool(line.part))
        if form is None:
            return line
        name, row = form
        return self._given(line, index, name, row) if line.part else self._taken(line, index, name, row, len(shape))

    def _taken(self, line: Line, index: Index, form: Form, row: str, axes: int) -> Line:
        """What is taken of a row."""
        text = turned("{0}", axes, index.axis, back=True) if index.is_window else "{0}"
        others = list(index.others)
        if index.is_window:
            others.insert(index.axis, ":")
        return line._replace(text=f"{text}[{', '.join(others)}]" if index.picks else text, args=(f"{form.name}#{row}",))

    def _given(self, line: Line, index: Index, form: Form, row: str) -> Line:
        """What arrives at a row, or at a part of it."""
        left = sum(":" in part for part in index.others)
        to = sum(":" in part for part in index.others[: index.axis])
        text = turned(line.text, left + 1, to) if index.is_window else line.text
        first = [row, ":"] if index.is_window and index.picks else [row]
        return line._replace(target=form.name, text=text, part=index.beside(*first), shape=form.shape)

    def _argument(self, arg: str) -> str:
        """A part of an input of whole numbers as a row of it, or where windows overlap as rows by their numbers."""
        found = re.fullmatch(r"(\w+)\[([^\[\]]+)\]", arg)
        shape = self.code.inputs[found[1]] if found and found[1] in self.code.whole else ()
        index = Index.of(found[2], len(shape)) if found and shape else None
        if found is None or index is None or index.picks or (index.is_window and index.axis):
            return arg
        window = Window.of(index.part) if index.is_window else None
        if window and not window.is_side_by_side:
            return f"{found[1]}[{self._constant(found[1], window.rows(self.loop.steps))}[t]]"
        row = self._row(found[1], shape, index, False)
        return arg if row is None else f"{row[0].name}#{row[1]}"

    # Arrays in another form -------------------------------------------------------------------------------------------

    def _row(self, array: str, shape: tuple[str, ...], index: Index, gradient: bool) -> tuple[Form, str] | None:
        """The array of which the index, but for the other axes, is a row, and which row; None for a window that grows.

        `gradient`: it is made of zeros, for what arrives there to go on to `array`.
        """
        window = Window.of(index.part) if index.is_window else None
        if index.is_window and window is None:
            return None
        form = self._turned(Form(array, shape), index.axis, gradient) if index.axis else Form(array, shape)
        return (self._windows(form, window, gradient), "t") if window else (form, index.part)

    def _turned(self, whole: Form, axis: int, gradient: bool) -> Form:
        axes = len(whole.shape)
        shape = (whole.shape[axis], *whole.shape[:axis], *whole.shape[axis + 1 :])
        there, back = turned("{0}", axes, axis), turned("{0}", axes, axis, back=True)
        adding = gradient and Line(whole.name, back, (), whole.shape, True)
        return self._form((whole.name, axis), "turned", there, (whole.name,), shape, adding)

    def _windows(self, whole: Form, window: Window, gradient: bool) -> Form:
        steps = self.loop.steps
        shape = (steps, str(window.size), *whole.shape[1:])
        key = whole.name, window
        if not window.is_side_by_side:
            rows = self._constant(whole.name, window.rows(steps)) if key not in self.forms else ""
            adding = Line(whole.name, "{0}", (rows,), whole.shape, False, "{1}")
            return self._form(key, "windows", "{0}[{1}]", (whole.name, rows), shape, gradient and adding)
        part, back = window.span(steps, whole.shape[0]), (_times(window.stride, steps), *whole.shape[1:])
        text = f"reshape({{0}}{f'[{part}]' * bool(part)}, ({', '.join(shape)}))"
        flat = f"reshape({{0}}, ({', '.join(back)}{',' * (len(back) == 1)}))"
        adding = Line(whole.name, flat, (), whole.shape, not part, part)
        return self._form(key, "windows", text, (whole.name,), shape, gradient and adding)

    def _form(
        self, key: tuple[str, object], stem: str, text: str, args: Sequence[str], shape: tuple[str, ...],
        adding: Line | bool,
    ) -> Form:  # fmt: skip
        """The form, made before the loop; of a gradient it is made of zeros, and goes on by a line behind the loop."""
        if key in self.forms:
            return self.forms[key]
        form = self.forms[key] = Form(self._free(f"{parted(key[0]).name}_{stem}"), shape)
        if isinstance(adding, Line):
            self.before.append(Line(form.name, f"zeros(({', '.join(shape)}))", (), shape))
            self.after.append(adding._replace(args=(form.name, *adding.args)))
        else:
            self.before.append(Line(form.name, text, tuple(args), shape))
        return form

    def _constant(self, array: str, text: str) -> str:
        known = next((name for name, other in self.constants.items() if other == text), "")
        name = known or self._free(f"{parted(array).name}_rows")
        self.constants[name] = text
        return name

    def _free(self, stem: str) -> str:
        name = next(n for k in count(1) if (n := f"{stem}{k if k > 1 else ''}") not in self.used)
        self.used.add(name)
        return name


def windows(code: Rolled) -> Rolled:
    """What belongs to a step is a row of an array."""
    used = {parted(line.target).name for line in code.lines} | {*code.inputs, *code.captured, *code.constants}
    constants: dict[str, str] = {}
    code = over_loops(code, lambda loop: Rows(code, loop, used, constants).parts())
    return replace(code, constants={**code.constants, **constants})
