"""A program with loops in JavaScript: kept sequences are arrays whose rows are put in place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from autograd_tiny.program.dialects import Dialect
from autograd_tiny.program.javascript import Writer, array_of, definitions, returned, statement
from autograd_tiny.program.lines import Line as Plain
from autograd_tiny.program.rolled.loops import Line, Loop, Rolled, parted
from autograd_tiny.program.rolled.pages.printing import Page
from autograd_tiny.program.rolled.passes import reads


class Script(Page):
    """Writes one program in JavaScript: `program(…inputs)` returns [value, [gradients]], arrays as arrays of arrays."""

    def __init__(self, code: Rolled, dialect: Dialect) -> None:
        super().__init__(code, dialect)
        shapes: dict[str, Sequence[Any]] = {**code.inputs, **code.captured}
        shapes |= {name: ("n",) if isinstance(array, str) else array.shape for name, array in code.constants.items()}
        for line in code.lines:
            if "@" not in line.target:
                shapes.setdefault(line.target, line.shape)
            else:
                name = parted(line.target).name
                shapes[name] = (self.home[name].steps, *line.shape) if name in self.kept else line.shape
        self.write = Writer(shapes)
        self.given = Counter(parted(line.target).name for line in code.lines)
        self.given.update(name for name in self.starts if name not in self.kept)
        self.last = {parted(arg).name for arg in reads(code) if parted(arg).place == "end"} - self.kept
        self.begun: set[str] = set()

    def written(self) -> Iterator[str]:
        """All lines of the page."""
        constants = [
            f"const {name} = {array_of(x)};" for name, x in self.code.constants.items() if not isinstance(x, str)
        ]
        body = [f"    {line}" for line in self.body()]
        yield "// The function below takes numbers and arrays of (arrays of) numbers and returns [value, [gradients]]."
        yield from definitions("\n".join([*constants, *body]), elementwise=True)
        yield from constants
        yield ""
        yield f"function program({', '.join([*self.code.inputs, *self.code.captured])}) {{"
        yield from body
        yield "}"

    def body(self) -> Iterator[str]:
        """What the function does."""
        for name, length in self.code.times.items():
            length = re.sub(r"len\((\w+)\)", r"\1.length", length)
            length = re.sub(r"(\w+)\.shape\[(\d)\]", lambda m: f"{m[1]}{'[0]' * int(m[2])}.length", length)
            length = re.sub(r"(.+) // (\d+)", r"Math.floor(\1 / \2)", length)
            yield f"const {name} = {length};"
        for name, shape in {**self.code.inputs, **self.code.captured}.items():
            if shape:
                yield f"{name} = array({name}, [{', '.join(shape)}]);"
        for name, text in self.code.constants.items():
            if isinstance(text, str):
                yield f"const {name} = {self.write(text)};"
        for title, parts in (("forward", self.code.forward), ("backward", self.code.backward)):
            if parts:
                yield f"// {title}"
            for part in parts:
                yield from self.loop(part) if isinstance(part, Loop) else [self.line(part)]
        yield returned(map(self.result, self.code.values), map(self.result, self.code.gradients), self.write)

    def line(self, line: Line) -> str:
        """One line; what is declared at its first one."""
        plain = self.plain(line)
        name, _, place = plain.target.partition("[")
        if place:
            return self._put(name, place.rstrip("]"), plain)
        keyword = "" if name in self.begun else "let " if self.given[name] > 1 else "const "
        self.begun.add(name)
        return f"{keyword}{statement(plain, self.write)};"

    def _put(self, name: str, place: str, line: Plain) -> str:
        """A line that makes a row of a kept sequence, or adds to it."""
        value = self.write(line.value)
        if line.part:
            return f"add_at({name}, {self.write.index(', '.join([place, line.part.format(*line.args)]))}, {value});"
        return f"add_at({name}, [{place}], {value});" if line.adds else f"put({name}, {place}, {value});"

    def loop(self, loop: Loop) -> Iterator[str]:
        """A loop, and what its sequences begin with."""
        names = dict.fromkeys(parted(line.target).name for line in loop.lines if "@" in line.target)
        for name in names:
            if name in self.kept:
                yield from self._room(name, loop)
            elif name in loop.initial:
                yield f"let {name} = {self.write(self.start(loop.initial[name]))};"
            elif name in self.last:
                yield f"let {name};"
        self.begun |= {name for name in names if name in loop.initial or name in self.last}
        forth, back = f"let t = 0; t < {loop.steps}; t += 1", f"let t = {loop.steps} - 1; t >= 0; t -= 1"
        yield f"for ({back if loop.backward else forth}) {{"
        for line in loop.lines:
            yield f"    {self.line(line)}"
        yield "}"

    def _room(self, name: str, loop: Loop) -> Iterator[str]:
        for line in self.array(name, loop):
            target, _, value = line.partition(" = ")
            array, place, row = target.partition("[")
            yield (
                f"put({array}, {row.rstrip(']')}, {self.write(value)});"
                if place
                else f"const {array} = {self.write(value)};"
            )
