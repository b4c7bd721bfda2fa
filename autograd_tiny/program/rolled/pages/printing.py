"""A program with loops on paper: in NumPy, PyTorch and JAX.

A sequence of which more is read than the element of its own step is kept in an array. One that begins with a value from
outside has a row more and begins with it: h[0] is that value, h[t + 1] the element of step t; backward, dh[T] is that
value, and dh[t] the element of step t. The others are plain variables.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autograd_tiny.program.dialects import Dialect, in_single_precision
from autograd_tiny.program.lines import Line as Plain
from autograd_tiny.program.printing import assigned, called, definitions, statement
from autograd_tiny.program.rolled.loops import Line, Loop, Rolled, parted
from autograd_tiny.program.rolled.passes import loops, reads


class Page:
    """Writes one program in one dialect: loops are loops."""

    def __init__(self, code: Rolled, dialect: Dialect) -> None:
        self.code = code
        self.dialect = in_single_precision(dialect) if code.single_precision else dialect
        self.home = {
            parted(line.target).name: loop for loop in loops(code) for line in loop.lines if "@" in line.target
        }
        self.shapes = {parted(line.target).name: line.shape for line in code.lines if "@" in line.target}
        self.starts = {name: start for loop in loops(code) for name, start in loop.initial.items()}
        self.kept = {name for name in self._read_elsewhere() if name in self.home}

    def _read_elsewhere(self) -> Iterator[str]:
        """The sequences of which more is read than what goes on: behind the loop, or when the next element is there."""
        for arg in reads(self.code):
            name, place, _ = parted(arg)
            if place in ("all", "before", "flip") or (place == "end" and name not in self.starts):
                yield name
        for loop in loops(self.code):
            written = set[str]()
            for line in loop.lines:
                for name, place, _ in (parted(arg) for arg in line.args if "@" in arg):
                    if self.home[name] is not loop or (place in ("1", "-1") and name in written):
                        yield name
                written.add(parted(line.target).name)

    # Names ------------------------------------------------------------------------------------------------------------

    def read(self, arg: str) -> str:
        """How an argument is written."""
        name, place, row = parted(arg)
        if row:
            return f"{self.read(arg.partition('#')[0])}[{row}]"
        if name not in self.kept:
            return name
        back, begun = self.home[name].backward, name in self.starts
        if place in ("all", "flip"):
            whole = name if not begun else f"{name}[:-1]" if back else f"{name}[1:]"
            return f"flip({whole}, 0)" if place == "flip" else whole
        if place == "before":
            return f"{name}[:-1]"
        if place == "end":
            return f"{name}[{'0' if back else '-1'}]"
        return f"{name}[{_later(int(place) + (begun and not back))}]"

    def plain(self, line: Line) -> Plain:
        """The line as one of a straight program, with everything written as it is read here."""
        target = self.read(line.target) if "@" in line.target else line.target
        shape = (1,) * len(line.shape)  # of shapes a line only tells whether it has one
        return Plain(target, line.text, tuple(map(self.read, line.args)), shape, line.adds, line.part)

    # The page ---------------------------------------------------------------------------------------------------------

    def written(self) -> Iterator[str]:
        """All lines of the page."""
        body = [f"    {line}" for line in self.body()]
        names = called([line.text for line in self.code.lines]) | called(body)
        names |= called([*self.code.gradients, *[x for x in self.code.constants.values() if isinstance(x, str)]])
        names |= {"array"} if any(not isinstance(x, str) for x in self.code.constants.values()) else set()
        top = definitions(names, self.dialect, "float32" if self.code.single_precision else "float64")
        if self.dialect.note:
            yield f"# The function below {self.dialect.note}."
        yield from top
        if top:
            yield ""
        for name, array in self.code.constants.items():
            if not isinstance(array, str):
                yield assigned(name, array, self.dialect)
        yield f"def program({', '.join([*self.code.inputs, *self.code.captured])}):"
        yield from body

    def body(self) -> Iterator[str]:
        """What the function does."""
        yield from (f"{name} = {length}" for name, length in self.code.times.items())
        for name, text in self.code.constants.items():
            if isinstance(text, str):
                yield f"{name} = {text}"
        for title, parts in (("forward", self.code.forward), ("backward", self.code.backward)):
            if parts:
                yield f"# {title}"
            for part in parts:
                if isinstance(part, Loop):
                    yield from self.loop(part)
                else:
                    yield statement(self.plain(part), self.dialect)
        values = [self.result(x) for x in self.code.values]
        given = values[0] if len(values) == 1 else f"({', '.join(values)})"
        yield f"return {given}, [{', '.join(map(self.result, self.code.gradients))}]"

    def result(self, arg: str) -> str:
        """A result; a number that depends on nothing is made what the dialect computes with."""
        return self.dialect.number.format(number=arg) if arg[0].isdigit() else self.read(arg)

    def loop(self, loop: Loop) -> Iterator[str]:
        """A loop, and what its sequences begin with."""
        names = dict.fromkeys(parted(line.target).name for line in loop.lines if "@" in line.target)
        for name in names:
            if name in self.kept:
                yield from self.array(name, loop)
            elif name in loop.initial:
                yield f"{name} = {self.start(loop.initial[name])}"
        yield f"for t in {'reversed(range(N))' if loop.backward else 'range(N)'}:".replace("N", loop.steps)
        for line in loop.lines:
            yield f"    {statement(self.plain(line), self.dialect)}"
        if self.dialect.name == "torch":
            yield from (f"{name} = stack({name}, 0)" for name in names if name in self.kept)

    def array(self, name: str, loop: Loop) -> Iterator[str]:
        """Room for a sequence, with what it begins with."""
        start = loop.initial.get(name)
        if self.dialect.name == "torch":  # what is written to could not be differentiated, nor run for a batch
            begun = [f"[{self.start(start)}]"] if start else []
            room = f"[None] * ({loop.steps})" if " " in loop.steps else f"[None] * {loop.steps}"
            yield f"{name} = {' + '.join([room, *begun] if loop.backward else [*begun, room])}"
            return
        rows = _more(loop.steps) if start else loop.steps
        shape = ", ".join([rows, *self.shapes[name]])
        yield f"{name} = zeros(({shape}{'' if self.shapes[name] else ','}))"
        if start and not _is_zero(start):
            yield f"{name}[{loop.steps if loop.backward else '0'}] = {self.start(start)}"

    def start(self, arg: str) -> str:
        """What a sequence begins with."""
        return self.dialect.number.format(number=f"{float(arg)}") if _is_number(arg) else self.read(arg)


class Scan(Page):
    """Writes one program in JAX: a loop is a `lax.scan` of a function that takes one step."""

    def __init__(self, code: Rolled, dialect: Dialect) -> None:
        super().__init__(code, dialect)
        self.within: set[str] = set()  # the sequences of the loop that is being written
        self.count = 0

    def read(self, arg: str) -> str:
        """How an argument is written; what another step has left comes in under a name of its own."""
        name, place, row = parted(arg)
        if name in self.within and not row and place in ("0", "1", "-1"):
            return name if place == "0" else f"{name}_in"
        return super().read(arg)

    def loop(self, loop: Loop) -> Iterator[str]:
        """A step as a function, and what it is carried through."""
        names = dict.fromkeys(parted(line.target).name for line in loop.lines if "@" in line.target)
        grown = list(dict.fromkeys(line.target for line in loop.lines if "@" not in line.target))
        saved, self.count = [name for name in names if name in self.kept], self.count + 1
        yield f"def step_{self.count}(carry, t):"
        if incoming := [*[f"{name}_in" for name in loop.initial], *grown]:
            yield f"    {_tuple(incoming)} = carry"
        self.within = set(names)
        for line in loop.lines:
            yield f"    {statement(self.plain(line), self.dialect)}"
        self.within = set()
        yield f"    return {_tuple([*loop.initial, *grown])}, {_tuple(saved)}"
        start = [self.start(x) for x in loop.initial.values()] + [f"array({name})" for name in grown]
        left = ["_" if name in saved else name for name in loop.initial] + grown
        yield (
            f"{_tuple(left)}, {_tuple(saved)} = scan(step_{self.count}, {_tuple(start)}, arange({loop.steps})"
            f"{', reverse=True' if loop.backward else ''})"
        )
        for name in saved:
            if name in loop.initial:
                begun, rows = f"reshape({self.start(loop.initial[name])}, (1, *{name}.shape[1:]))", [name]
                yield f"{name} = concatenate([{', '.join([*rows, begun] if loop.backward else [begun, *rows])}], 0)"

    def start(self, arg: str) -> str:
        """What a sequence begins with, as an array."""
        return f"array({float(arg.strip('()'))})" if _is_number(arg) else self.read(arg)


def _tuple(names: Sequence[str]) -> str:
    return f"({', '.join(names)}{',' if len(names) == 1 else ''})"


def _later(steps: int) -> str:
    return "t" if not steps else f"t + {steps}" if steps > 0 else f"t - {-steps}"


def _more(steps: str) -> str:
    name, _, less = steps.partition(" - ")
    return f"{name} + 1" if not less else name if less == "1" else f"{name} - {int(less) - 1}"


def _is_number(text: str) -> bool:
    return text.strip("()-").replace(".", "").isdigit()


def _is_zero(text: str) -> bool:
    return (_is_number(text) and not float(text.strip("()"))) or text.startswith("zeros(")
