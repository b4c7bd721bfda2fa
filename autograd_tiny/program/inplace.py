"""The program as NumPy runs it fastest: every result is written to its place, with no array made anew.

    h = tanh(v1 @ W + b)      becomes      dot(v1, W, h); add(h, b, h); tanh(h, h)

It computes line by line what the readable program says.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from autograd_tiny import numbers
from autograd_tiny.compiling import define
from autograd_tiny.indexing import add_at
from autograd_tiny.program.calls import Calls
from autograd_tiny.program.dialects import NUMPY
from autograd_tiny.program.lines import Code, Line
from autograd_tiny.program.printing import header, statement
from autograd_tiny.program.storage import Storage, joins

ONE_HOT = 20_000  # numbers in a one-hot matrix that is still quicker than a loop over its rows


class InPlace:
    """Writes the program; `namespace` holds its arrays, and the numbers it needs as arrays of no axis."""

    def __init__(self, code: Code, places: Mapping[str, Any] | None = None) -> None:
        self.code, self.shapes = code, code.shapes
        self.dtype = np.float32 if code.single_precision else np.float64
        self.places = dict(places or {})  # where gradients are wanted
        self.storage = Storage(code, self.dtype, self.places)
        self.namespace: dict[str, Any] = {**_WORLD, **code.constants, **self.storage.arrays}
        if code.single and not code.single_precision:  # `dot` writes to no place of another precision
            self.namespace["dot"] = np.matmul
        self.calls = Calls(self.shapes, self.storage.arrays, self.namespace, self.dtype)
        self._settled = self._constants()

    def compiled(self, name: str) -> Callable[..., Any]:
        """The function: arguments as in the readable program."""
        text = self.source()
        exec("\n".join(header(self.code, NUMPY, ("add_at", "at", "array"))), self.namespace)  # the dialect's own text
        quick = {name: numbers.ARRAYS[name] for name in ("logsumexp", "sum", "reshape")} | {"add_at": add_at}
        self.namespace |= {**quick, **self.code.constants, **self.storage.arrays}
        return define(name, text, self.namespace, "program")

    def source(self) -> str:
        """The text that runs."""
        lines = [f"def program({', '.join(self.code.arguments)}):"]
        for line in self.code.lines:
            if line.target not in self._settled:
                lines += [f"    {each}" for each in self._line(line)]
        delivered = list(self.code.gradients)
        for k, name in enumerate(delivered):
            place = self.places.get(name)
            if place is not None and self.storage.arrays.get(name) is not place:
                delivered[k] = f"place_{k}"
                self.namespace[f"place_{k}"] = place
                lines.append(f"    copyto(place_{k}, {name})")
        lines.append(f"    return ({', '.join(self.code.values)},), [{', '.join(delivered)}]")
        return "\n".join(lines) + "\n"

    def _constants(self) -> set[str]:
        """Lines that depend on no argument are computed now, once."""
        growing = {line.target for line in self.code.lines if not line.single}
        settled: set[str] = set()
        space: dict[str, Any] = {}
        exec("\n".join(header(self.code, NUMPY)), space)  # the dialect's own text
        space |= self.code.constants
        for line in self.code.lines:
            known = all(arg in settled or arg in self.code.constants or _is_number(arg) for arg in line.args)
            if known and line.shape and line.target not in growing and line.target not in self.storage.wholes:
                space[line.target] = eval(line.value, space)  # texts of the table, names and numbers of ours
                self._settle(line.target, space[line.target])
                settled.add(line.target)
        return settled

    def _settle(self, name: str, number: Any) -> None:
        place = self.storage.arrays.get(name)
        if place is None:
            self.namespace[name] = np.asarray(number, self.dtype)
        else:
            place[...] = number

    # One line ---------------------------------------------------------------------------------------------------------

    def _line(self, line: Line) -> Iterator[str]:
        out = self.storage.arrays.get(line.target)
        if line.part:
            yield from self._part(line)
        elif out is None:
            yield statement(line, NUMPY)
        elif line.target in self.storage.there and line.single:
            return
        elif line.adds:
            yield from self._adding(line)
        elif joins(line):
            for k, name in self.storage.unplaced(line):
                place = f"{line.target}_part_{k}"
                self.namespace[place] = self._place_of(line, k)
                yield f"copyto({place}, {name})"
        else:
            yield from self.calls.into(_tree(line), line.target, line.shape)

    def _place_of(self, line: Line, k: int) -> Any:
        whole = self.storage.arrays[line.target]
        if line.text.startswith("stack"):
            return whole[k : k + 1].reshape(whole.shape[1:])
        axis = int(line.text.rsplit(", ", 1)[1][:-1])
        start = sum(self.shapes[name][axis] for name in line.args[:k])
        return whole[(*[slice(None)] * axis, slice(start, start + self.shapes[line.args[k]][axis]))]

    def _part(self, line: Line) -> Iterator[str]:
        """Adding at an index: at once, if it names no element twice."""
        if self._names_each_once(line):
            yield f"{line.target}[{line.part.format(*line.args)}] += {line.value}"
        elif self._rows_of_a_table(line):
            yield from self._one_hot(line)
        else:
            yield statement(line, NUMPY)

    def _names_each_once(self, line: Line) -> bool:
        """Whether no element is named twice, whatever the inputs: the constant arrays alone tell the elements apart."""
        arrays = [arg for arg in line.args[1:] if self.shapes.get(arg)]
        if arrays and not any(arg in self.code.constants for arg in arrays):
            return False
        shape = self.shapes[line.target]
        space: dict[str, Any] = {name: np.zeros(self.shapes[name], int) for name in self.code.whole}
        space |= {**self.code.constants, "elements": np.arange(math.prod(shape)).reshape(shape)}
        named = eval(f"elements[{line.part.format(*line.args)}]", space)  # an index of ours: names and numbers
        return np.size(named) == len(np.unique(named))

    def _rows_of_a_table(self, line: Line) -> bool:
        if line.text != "{0}" or line.part != "{1}":
            return False
        shape, given = self.shapes[line.target], self.shapes.get(line.args[0], ())
        return len(shape) == len(given) == 2 and shape[0] * given[0] <= ONE_HOT

    def _one_hot(self, line: Line) -> Iterator[str]:
        """Rows added to rows of a small table: one product with the one-hot rows beats a loop over them."""
        rows, index, room = *line.args[:2], self.calls.room(self.shapes[line.target], 0)
        steps = self.shapes[rows][0]
        hot = self.calls.room((steps, self.shapes[line.target][0]), 9)
        self.namespace[f"steps_{steps}"] = np.arange(steps)
        yield f"{hot}.fill(0)"
        yield f"{hot}[steps_{steps}, {index}] = 1"
        yield f"dot({hot}.T, {rows}, {room})"
        yield f"add({line.target}, {room}, {line.target})"

    def _adding(self, line: Line) -> Iterator[str]:
        if line.text == "{0}":
            yield f"add({line.target}, {line.args[0]}, {line.target})"
            return
        room = self.calls.room(line.shape, 0)
        yield from self.calls.into(_tree(line), room, line.shape, 1)
        yield f"add({line.target}, {room}, {line.target})"


_WORLD: dict[str, Any] = {
    name: getattr(np, name) for name in "add subtract multiply divide negative dot matmul copyto outer".split()
} | {"reduce": np.add.reduce}


def _tree(line: Line) -> ast.expr:
    return ast.parse(line.value, mode="eval").body


def _is_number(arg: str) -> bool:
    try:
        float(arg.strip("()"))
    except ValueError:
        return False
    return True
