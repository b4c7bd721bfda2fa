"""Where the arrays of a program live: every one has its place in memory before the program runs.

A stack of time steps costs nothing if each step writes its row where the stack will be. So rows that are stacked share
one array; two stacks that overlap (h_0 … h_{T-1} and h_1 … h_T) share it too. Parts and transposes are views.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import numpy as np

from autograd_tiny.data import lined_up
from autograd_tiny.program.dialects import UFUNCS
from autograd_tiny.program.lines import Code, Line

Array = np.ndarray[Any, Any]
_VIEW = re.compile(r"\{0\}(\.T|\[[\d:., ]+\])?|(reshape|transpose)\(\{0\}, \([\d, ]*\)\)")
_FORM = re.compile(r"(reshape)\(\{0\}, \([\d, ]*\)\)|\{0\}\.T|transpose\(\{0\}, \(1, 0\)\)")
_ROW = re.compile(r"copy\(\{0\}\[(\d+)\]\)")
_STACK = re.compile(r"stack\(\[(?:\{\d+\}, )*\{\d+\}\], 0\)")
_CONCATENATE = re.compile(r"concatenate\(\[(?:\{\d+\}, )*\{\d+\}\], (\d+)\)")


class Storage:
    """The arrays of a program by name; `there` are the lines that need not run, because their numbers are in place."""

    def __init__(self, code: Code, dtype: Any, places: Mapping[str, Array]) -> None:
        self.code, self.dtype, self.shapes = code, dtype, code.shapes
        self.lines = {line.target: line for line in code.lines if line.single}
        self.arrays: dict[str, Array] = {}
        self.there: set[str] = set()
        self._within: dict[str, tuple[str, Any]] = {}  # name → (whole, index): it lies inside another array
        self._chains()
        self._pieces()
        self._rows()
        free = {name for name in places if name in self.lines and self._placeable(name)}
        self.arrays |= {name: places[name] for name in free if places[name].flags.c_contiguous}
        for name, place in places.items():
            self._viewed(name, place)
        for line in code.lines:
            self.place(line.target)

    def _viewed(self, name: str, place: Array) -> None:
        """What is wanted at a place is another form of an array: that lies there, so that nothing need be copied."""
        line = self.lines.get(name)
        form = line and _FORM.fullmatch(line.text)
        base = line.args[0] if line and form else ""
        if form and base not in self.arrays and self._placeable(base) and place.flags.c_contiguous:
            self.arrays[base] = place.reshape(self.shapes[base]) if form[1] else place.T
            self.arrays[name] = place
            self.there.add(name)

    def place(self, name: str) -> Array | None:
        """The array of a name; None if it is a float, an argument, or made anew at each run."""
        if name in self.arrays or name not in self.lines or not self.shapes.get(name):
            return self.arrays.get(name)
        line = self.lines[name]
        if name in self._within:
            whole, index = self._within[name]
            base = self.arrays.get(whole) if whole.startswith("%") else self.place(whole)
            assert base is not None
            self.arrays[name] = base[index]
        elif _VIEW.fullmatch(line.text):
            self._view(line)
        elif fresh_text(line.text):
            self.arrays[name] = lined_up(self.shapes[name], self.dtype)
        return self.arrays.get(name)

    def _view(self, line: Line) -> None:
        """A view of an array that has its place is there already."""
        base = self.place(line.args[0])
        if base is None:
            return
        view = eval(line.text.format("base"), {"base": base, "reshape": np.reshape, "transpose": np.transpose})  # ours
        if np.shares_memory(view, base):
            self.arrays[line.target] = view
            self.there.add(line.target)

    def _placeable(self, name: str) -> bool:
        """Whether a line may write its array where it is wanted; a float is made anew at each run."""
        fresh = name in self.lines and fresh_text(self.lines[name].text)
        return fresh and name not in self._within and bool(self.shapes[name])

    def _chains(self) -> None:
        """Rows that follow each other in every stack they are in share one array."""
        after: dict[str, str] = {}
        before: dict[str, str] = {}
        stacks = [line for line in self.code.lines if _STACK.fullmatch(line.text)]
        kept = []
        for line in stacks:
            pairs = list(zip(line.args, line.args[1:], strict=False))
            free = len(set(line.args)) == len(line.args) and all(
                after.get(a, b) == b and before.get(b, a) == a for a, b in pairs
            )
            free = free and line.args[0] not in _from(line.args[-1], after)  # else the chain would bite its tail
            if free and sum(map(self._placeable, line.args)) * 2 > len(line.args):
                kept.append(line)
                after |= dict(pairs)
                before |= {b: a for a, b in pairs}
        self._lay(kept, after, before)

    def _lay(self, stacks: list[Line], after: dict[str, str], before: dict[str, str]) -> None:
        """One array per chain, each row and each stack a part of it."""
        for line in stacks:
            first = line.args[0]
            while first in before:
                first = before[first]
            chain = list(_from(first, after))
            base = f"%{first}"
            if base not in self.arrays:
                shape = self.shapes[line.target][1:]
                self.arrays[base] = lined_up((len(chain), *shape), self.dtype)
                self._within |= {name: (base, k) for k, name in enumerate(chain) if self._placeable(name)}
            start = chain.index(line.args[0])
            self._within[line.target] = (base, slice(start, start + len(line.args)))

    def _pieces(self) -> None:
        """What is concatenated writes its numbers where they will be."""
        for line in self.code.lines:
            match = _CONCATENATE.fullmatch(line.text)
            if match and len(set(line.args)) == len(line.args):
                axis, start = int(match[1]), 0
                for name in line.args:
                    size = self.shapes[name][axis]
                    if self._placeable(name):
                        self._within[name] = (line.target, (*[slice(None)] * axis, slice(start, start + size)))
                    start += size

    def _rows(self) -> None:
        """More may be added to a row in its own place, if nobody else reads the array it is a row of."""
        readers: dict[str, list[Line]] = {}
        for line in self.code.lines:
            for arg in line.args:
                readers.setdefault(arg, []).append(line)
        for whole, lines in readers.items():
            rows = [re.search(r"\[(\d+)\]", line.text) for line in lines]
            simple = all(
                found and (_ROW.fullmatch(line.text) or _VIEW.fullmatch(line.text))
                for found, line in zip(rows, lines, strict=True)
            )
            once = simple and len({found[1] for found in rows if found}) == len(rows)
            if once and whole in self.lines and fresh_text(self.lines[whole].text) and whole not in self.code.gradients:
                for line in lines:
                    found = _ROW.fullmatch(line.text)
                    if found and line.target not in self._within:
                        self._within[line.target] = (whole, int(found[1]))
                        self.there.add(line.target)

    @property
    def wholes(self) -> frozenset[str]:
        """The arrays that hold others."""
        return frozenset(whole for whole, _ in self._within.values())

    def unplaced(self, line: Line) -> list[tuple[int, str]]:
        """The parts of a stack or concatenation that have to be copied to their places."""
        whole = self._within.get(line.target, ("",))[0] if line.text.startswith("stack") else line.target
        return [(k, name) for k, name in enumerate(line.args) if self._within.get(name, ("",))[0] != (whole or None)]


def joins(line: Line) -> bool:
    """Whether the line puts arrays side by side."""
    return bool(_STACK.fullmatch(line.text) or _CONCATENATE.fullmatch(line.text))


def _from(first: str, after: dict[str, str]) -> Iterator[str]:
    name: str | None = first
    while name is not None:
        yield name
        name = after.get(name)


_OWN = frozenset("sigmoid sum stack concatenate zeros outer copy".split()) | UFUNCS


@cache
def fresh_text(text: str) -> bool:
    """Whether a text makes an array of its own, which may as well be written to a place that is there."""
    root = ast.parse(re.sub(r"\{(\d+)\}", r"_\1", text), mode="eval").body
    if isinstance(root, ast.Call):
        return isinstance(root.func, ast.Name) and root.func.id in _OWN
    return isinstance(root, ast.BinOp | ast.UnaryOp)
