"""A program with loops as NumPy runs it fastest: for one length, everything in arrays that are there before it runs.

At a given length a program with loops is a straight one in which a loop is one line, and every kept sequence an array.
So what writes straight programs in place writes it, and only the loops are written here: over the rows of arrays, that
are views made once.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from autograd_tiny.gradients import gradients_or_zero
from autograd_tiny.program.dialects import NUMPY
from autograd_tiny.program.lines import Code
from autograd_tiny.program.lines import Line as Plain
from autograd_tiny.program.printing import called, statement
from autograd_tiny.program.rolled.at_once import AT_ONCE, FIRST, STEP_BY_STEP, shortened
from autograd_tiny.program.rolled.fitting import Lengths, Unrollable, made_of, number, worked_out
from autograd_tiny.program.rolled.loops import Line, Loop, Rolled, part_of, parted
from autograd_tiny.program.rolled.pages.checkpoint import Windows
from autograd_tiny.program.rolled.pages.printing import Page
from autograd_tiny.program.rolled.passes import dead, inlined, reads
from autograd_tiny.program.rolled.rolling import rolled
from autograd_tiny.program.run.numpy import InPlace
from autograd_tiny.program.tracing import Recording, record
from autograd_tiny.shapes import Shape
from autograd_tiny.value import Value
from autograd_tiny.words.texts import define

_JOINED = re.compile(r"concatenate\(\[(?:\{\d+\}, )*\{\d+\}\], (\d+)\)")
_LATER = "?"  # an argument that is not known before the program runs


class Sequences(Page):
    """Which sequences of a program are kept, and where their elements lie at given lengths."""

    def __init__(self, code: Rolled, lengths: Lengths) -> None:
        super().__init__(code, NUMPY)
        self.lengths = lengths
        self.lines = {parted(line.target).name: line for line in code.lines if "@" in line.target}
        self.adding = {parted(line.target).name for line in code.lines if line.adds or line.part}
        self._keep_what_parts_are_of()
        self.within = dict(self._pieces())
        self.elements: dict[str, Any] = {}
        self.rooms: dict[str, Any] = {}

    def _keep_what_parts_are_of(self) -> None:
        """What a kept part is a part of, and its other parts: they lie where it lies."""
        parts = [name for name, line in self.lines.items() if part_of(line) and self.is_own(line.args[0], name)]
        for name in reversed(parts):
            if name in self.kept:
                self.kept.add(parted(self.lines[name].args[0]).name)
        for name in parts:
            if parted(self.lines[name].args[0]).name in self.kept:
                self.kept.add(name)

    def is_own(self, arg: str, name: str) -> bool:
        """Whether an argument is the element of the same step of a sequence of the same loop."""
        other, place, row = parted(arg)
        return place == "0" and not row and self.home.get(other) is self.home[name]

    def _pieces(self) -> Iterator[tuple[str, tuple[str, Any]]]:
        """What is put side by side is computed where it will be: each piece, in what, and where there."""
        for name, line in self.lines.items():
            joined = _JOINED.fullmatch(line.text)
            if joined and int(joined[1]) == len(line.shape) - 1 and len(set(line.args)) == len(line.args):
                start = 0
                for arg in line.args:
                    piece = parted(arg).name
                    size = self.shapes.get(piece, ("",))[-1]
                    if not size.isdecimal():
                        break  # where the others begin is not known
                    free = (
                        self.is_own(arg, name)
                        and (piece in self.kept) == (name in self.kept)
                        and piece not in self.starts
                    )
                    if free and not part_of(self.lines[piece]):
                        yield piece, (name, np.s_[..., start : start + int(size)])
                    start += int(size)

    def size(self, shape: tuple[str, ...]) -> Shape:
        """A shape at these lengths."""
        return tuple([number(each, self.lengths) for each in shape])

    def element(self, name: str, dtype: Any) -> Any:
        """All elements (T, …) of a kept sequence, or the place of one for all steps."""
        if name not in self.elements:
            if name in self.within or self.is_part(name):
                whole, index = self.part_of(name)
                self.elements[name] = self.element(whole, dtype)[index]
            else:
                self.elements[name] = self._room(name, dtype)
        return self.elements[name]

    def _room(self, name: str, dtype: Any) -> Any:
        shape, steps = self.size(self.shapes[name]), self.size((self.home[name].steps,))
        if name not in self.kept:
            self.rooms[name] = np.zeros(shape, dtype)
            return self.rooms[name]
        begun = name in self.starts
        self.rooms[name] = np.zeros((steps[0] + begun, *shape), dtype)
        return self.rooms[name][:-1] if begun and self.home[name].backward else self.rooms[name][int(begun) :]

    def is_part(self, name: str) -> bool:
        """Whether the element of a sequence is a part of another one's, of the same step."""
        line = self.lines[name]
        return bool(part_of(line)) and self.is_own(line.args[0], name) and name not in self.adding

    def part_of(self, name: str) -> tuple[str, Any]:
        """Of what a sequence is a part, and which."""
        if name in self.within:
            return self.within[name]
        return parted(self.lines[name].args[0]).name, (..., part_of(self.lines[name]))

    def is_there(self, name: str) -> bool:
        """Whether a line need not run, because its numbers are in place."""
        line = self.lines[name]
        joined = _JOINED.fullmatch(line.text) and all(
            self.within.get(parted(a).name, ("",))[0] == name for a in line.args
        )
        return bool(self.is_part(name) or joined)


class Looped(InPlace):
    """Writes the program of one length; `places` are where gradients are wanted, by name."""

    def __init__(
        self, rolled: Rolled, lengths: Lengths, places: Mapping[str, Any] | None = None,
        sequences: Sequences | None = None,
    ) -> None:  # fmt: skip
        self.rolled, self.sequences = rolled, sequences or Sequences(rolled, lengths)
        self.numbers: dict[str, Loop] = {}
        self.asked = set(reads(rolled))
        self.extra = frozenset(called([line.text for line in rolled.lines]))
        super().__init__(self._straight(), places)
        for name, whole in self.sequences.rooms.items():
            self.namespace[name] = whole

    # The program as a straight one ------------------------------------------------------------------------------------

    def _straight(self) -> Code:
        of = self.sequences
        constants = {
            n: x if not isinstance(x, str) else made_of(x, of.lengths) for n, x in self.rolled.constants.items()
        }
        forward, backward = (
            tuple([line for part in parts for line in self._lines(part)])
            for parts in (self.rolled.forward, self.rolled.backward)
        )
        inputs, captured = (
            {name: of.size(shape) for name, shape in each.items()}
            for each in (self.rolled.inputs, self.rolled.captured)
        )
        values, gradients = (
            tuple([self._at_length(self._read(x)) for x in each])
            for each in (self.rolled.values, self.rolled.gradients)
        )
        whole, single = self.rolled.whole, self.rolled.single_precision
        floats = frozenset(name for name, shape in {**inputs, **captured}.items() if shape and single) - whole
        return Code(inputs, captured, forward, backward, values, gradients, constants, (), whole, floats, single)

    def _lines(self, part: Line | Loop) -> Iterator[Plain]:
        of = self.sequences
        if not isinstance(part, Loop):
            text, index, *args = map(self._at_length, (part.text, part.part, *map(self._read, part.args)))
            yield Plain(part.target, text, tuple(args), of.size(part.shape), part.adds, index)
            return
        marker = f"loop_{len(self.numbers) + 1}"
        self.numbers[marker] = part
        yield Plain(marker, "{0}", (_LATER,))
        for line in part.lines:
            if "@" not in line.target:
                yield Plain(line.target, marker, (_LATER,), of.size(line.shape), adds=True)
        for name in dict.fromkeys(parted(line.target).name for line in part.lines if "@" in line.target):
            if name in of.kept:
                of.element(name, np.float32 if self.rolled.single_precision else np.float64)
                yield from self._wholes(name, part)
            elif name in part.initial:
                yield Plain(name, marker, (_LATER,), of.size(of.shapes[name]))

    def _wholes(self, name: str, loop: Loop) -> Iterator[Plain]:
        """The arrays of a sequence, as lines that need not run."""
        shape, steps = self.sequences.size(self.sequences.shapes[name]), self.sequences.size((loop.steps,))[0]
        for place in ("all", "before", "flip", "end"):
            if place != "end":
                yield Plain(f"{name}_{place}", "kept", (_LATER,), (steps, *shape))
            else:
                yield Plain(f"{name}_end", "kept", (_LATER,), shape)

    def _at_length(self, text: str) -> str:
        """A text at these lengths; products and sums of plain numbers are worked out."""
        return worked_out(text, self.sequences.lengths)

    def _read(self, arg: str) -> str:
        name, place, _ = parted(arg)
        return f"{name}_{place}" if place and name in self.sequences.kept else name

    # Line by line -----------------------------------------------------------------------------------------------------

    def _line(self, line: Plain) -> Iterator[str]:
        if line.target in self.numbers:
            yield from self._loop(self.numbers[line.target])
        elif line.text not in ("kept", *self.numbers):
            yield from super()._line(line)

    def _loop(self, loop: Loop) -> Iterator[str]:
        of, dtype = self.sequences, self.dtype
        self.rows: dict[str, str] = {}
        self._loop_now = loop
        body: list[str] = []
        for line in loop.lines:
            body += self._step(line)
        for name in dict.fromkeys(parted(line.target).name for line in loop.lines if "@" in line.target):
            if name in loop.initial:
                yield from self._begun(name, loop)
        before = [row for row in self.rows.values() if "=" in row]
        yield from before
        names = [*self.rows] or ["_"]
        sources = [row.partition(" = ")[0] for row in self.rows.values()]
        steps = of.size((loop.steps,))[0]
        order = f"range({steps - 1}, -1, -1)" if loop.backward else f"range({steps})"
        yield f"for t, {', '.join(names)} in zip({order}, {', '.join(sources)}):" if self.rows else f"for t in {order}:"
        yield from (f"    {each}" for each in body or ["pass"])
        for name in dict.fromkeys(parted(line.target).name for line in loop.lines if "@" in line.target):
            if name in of.kept:
                yield from self._given(name, dtype)

    def _given(self, name: str, dtype: Any) -> Iterator[str]:
        """The names under which a kept sequence is read behind its loop."""
        of = self.sequences
        whole, back = of.element(name, dtype), self.sequences.home[name].backward
        self.namespace[f"{name}_all"], self.namespace[f"{name}_flip"] = whole, whole[::-1]
        if name in of.starts:
            self.namespace[f"{name}_before"] = of.rooms[name][:-1]
        if f"{name}@end" not in self.asked:
            return
        if of.shapes[name]:
            self.namespace[f"{name}_end"] = whole[0 if back else -1]
        else:
            yield f"{name}_end = {name}_all[{0 if back else -1}]"

    def _begun(self, name: str, loop: Loop) -> Iterator[str]:
        of, start = self.sequences, self._read(loop.initial[name])
        if not of.shapes[name]:
            row = of.size((loop.steps,))[0] if loop.backward else 0
            yield f"{name}[{row}] = {start}" if name in of.kept else f"{name} = {start}"
            return
        room = of.rooms.get(name)
        first = f"begin_{name}"
        self.namespace[first] = room if name not in of.kept else of.rooms[name][-1 if loop.backward else 0]
        if name not in of.rooms:  # it is a part of another array
            self.namespace[first] = of.element(name, self.dtype)
        yield f"{first}.fill(0)" if start.startswith("zeros(") else f"copyto({first}, {start})"

    def _step(self, line: Line) -> Iterator[str]:
        """One line of a step."""
        name = parted(line.target).name
        shape = self.sequences.size(line.shape)
        args = [self._at_length(self._row(arg)) for arg in line.args]
        text = self._at_length(line.text)
        if "@" not in line.target or line.part:
            target = self._row(line.target) if "@" in line.target else line.target
            plain = Plain(target, text, tuple(args), shape, line.adds, self._at_length(line.part))
            yield from super()._line(plain) if line.adds and shape else [statement(plain, NUMPY)]
        elif not shape:
            yield statement(Plain(self._scalar(line.target), text, tuple(args), (), line.adds), NUMPY)
        elif not self.sequences.is_there(name):
            out = self._row(line.target)
            tree = ast.parse(text.format(*args), mode="eval").body
            if line.adds:
                room = self.calls.room(shape, 0)
                yield from self.calls.into(tree, room, shape, 1)
                yield f"add({out}, {room}, {out})"
            elif _JOINED.fullmatch(line.text):
                yield f"concatenate(({', '.join(args)},), {int(_JOINED.fullmatch(line.text)[1])}, {out})"  # type: ignore[index]
            else:
                yield from self.calls.into(tree, out, shape)

    def _scalar(self, arg: str) -> str:
        return self.sequences.read(arg)

    def _row(self, arg: str) -> str:
        """What a step calls an argument: a name, that the loop gives to one row after the other."""
        of, loop = self.sequences, self._loop_now
        name, place, row = parted(arg)
        if row:
            return self._outer_row(arg)
        if place not in ("0", "1", "-1"):
            return self._read(arg)
        shape = of.size(of.shapes[name])
        if not shape:
            return self._scalar(arg)
        whole = of.element(name, self.dtype)
        if name not in of.kept:
            self._known(name, whole, shape)
            return name
        variable = f"row_{name}_{place.replace('-', 'm')}"
        if variable not in self.rows:
            rows = whole if place == "0" else of.rooms[name][1:] if place == "1" else of.rooms[name][:-1]
            listed = list(rows[::-1] if loop.backward else rows)
            rows_name = f"rows_{len(self.namespace)}_{variable}"  # each loop has its own, in its order
            self.namespace[rows_name] = listed
            self.rows[variable] = rows_name
            if listed:
                self._known(variable, listed[0], shape)
        return variable

    def _outer_row(self, arg: str) -> str:
        loop = self._loop_now
        whole, _, row = arg.partition("#")
        array = self._read(whole)
        variable = "row_" + re.sub(r"\W+", "_", f"{array}_{row}")
        if variable not in self.rows:
            number = len(self.namespace)
            shape = self.shapes.get(array, ())[1:]
            order = "reversed(range(N))" if loop.backward else "range(N)"
            steps = self.sequences.size((loop.steps,))[0]
            index = self._at_length(row)
            self.rows[variable] = (
                f"rows_{number}_{variable} = [{array}[{index}] for t in {order.replace('N', str(steps))}]"
            )
            self.calls.shapes[variable] = shape  # type: ignore[index]
            self.namespace[f"rows_{number}_{variable}"] = None
        return variable

    def _known(self, name: str, place: Any, shape: Shape) -> None:
        self.namespace[name] = place
        self.calls.shapes[name] = shape  # type: ignore[index]


class Loops:
    """A function as a program with loops, for any length: what runs is made for each length when it is first met."""

    passes = AT_ONCE

    def __init__(self, recorded: Rolled) -> None:
        self.recorded, self.code = recorded, shortened(recorded, self.passes)
        self._places: Mapping[Value, Any] = {}
        self._made: dict[tuple[Lengths, bool], Any] = {}
        self._lengths: dict[tuple[Shape, ...], Lengths] = {}

    @cached_property
    def text(self) -> Rolled:
        """The program as it is read."""
        return inlined(self.code)

    @cached_property
    def step_by_step(self) -> Rolled:
        """The program as it is read where there are only single numbers."""
        return inlined(shortened(self.recorded, STEP_BY_STEP))

    def lengths(self, inputs: Sequence[Any]) -> Lengths:
        """The numbers of steps that these inputs ask for; () if their shapes do not go together."""
        shapes = tuple([getattr(x, "shape", ()) for x in inputs])
        if shapes not in self._lengths:
            self._lengths[shapes] = self._lengths_of(inputs)
        return self._lengths[shapes]

    def _lengths_of(self, inputs: Sequence[Any]) -> Lengths:
        given = dict(zip(self.code.inputs, inputs, strict=True))
        if any(np.ndim(given[name]) != len(shape) for name, shape in self.code.inputs.items()):
            return ()
        found = tuple([int(eval(text, {"len": len}, given)) for text in self.code.lengths])  # texts of ours
        wanted = {name: tuple([number(n, found) for n in shape]) for name, shape in self.code.inputs.items()}
        return found if min(found) > 0 and all(np.shape(x) == wanted[name] for name, x in given.items()) else ()

    def at(self, lengths: Lengths, forward: bool = False) -> Any:
        """The function of the inputs and what was captured, for given lengths; `forward`: without gradients."""
        title = f"program of {' and '.join(map(str, lengths))} steps"

        def made() -> Any:
            if forward:
                code = dead(replace(self.code, backward=(), gradients=()))
                return Looped(code, lengths).compiled(title)
            return Looped(self.code, lengths, self.places).compiled(title)

        return self.kept((lengths, forward), made)

    def deliver(self, places: Mapping[Value, Any]) -> None:
        """Let gradients by what was captured be written straight into these arrays."""
        self._places = dict(places)
        self._made.clear()

    @property
    def places(self) -> dict[str, Any]:
        """Where gradients are wanted, by the name of what is delivered there."""
        names = self.code.gradients[len(self.code.gradients) - len(self.code.taken) :]
        if len(set(names)) < len(names):
            return {}
        return {n: self._places[leaf] for n, leaf in zip(names, self.code.taken, strict=True) if leaf in self._places}

    def may_be_infinite(self, function: Any, numbers: Sequence[Any], flagged: bool) -> bool:
        """Whether the last run, on these numbers, may have left infinity or NaN somewhere: whoever asks has to look.

        NumPy raises a flag then; Python, which computes with floats, has none.
        """
        return flagged or not all(isinstance(x, np.ndarray) for x in numbers)

    def kept(self, which: tuple[Lengths, bool], make: Callable[[], Any]) -> Any:
        """What was made for given lengths, and is kept as long as few others were."""
        if which not in self._made:
            if len(self._made) == REMEMBERED:
                self._made.pop(next(iter(self._made)))
            self._made[which] = make()
        return self._made[which]


REMEMBERED = 8  # lengths


class Checkpointed(Loops):
    """A program with loops that keeps little, and computes each window of steps once more on the way back."""

    def __init__(self, recorded: Rolled) -> None:
        super().__init__(recorded)
        self.page = Windows(self.text, NUMPY)

    @cached_property
    def text(self) -> Rolled:
        """The program as it is read: everything in its step."""
        return self.step_by_step

    def at(self, lengths: Lengths, forward: bool = False) -> Any:
        """The function of the inputs and what was captured; `forward`: without gradients."""
        return super().at(lengths, forward) if forward else self.kept(((), False), self._made_for_all)

    def _made_for_all(self) -> Any:
        namespace: dict[str, Any] = {}
        program = define("program in windows", "\n".join(self.page.written()) + "\n", namespace, "program")
        namespace.update({name: x for name, x in self.text.constants.items() if not isinstance(x, str)})

        def of_several(*numbers: Any) -> Any:
            values, gradients = program(*numbers)
            if self.code.single_precision:
                gradients = [np.asarray(g, np.float32) if np.ndim(g) else g for g in gradients]
            return values if isinstance(values, tuple) else (values,), gradients

        return of_several


def loops(
    function: Callable[..., Any],
    examples: Sequence[Any],
    names: Sequence[str],
    run: Recording | None = None,
    kind: type[Loops] = Loops,
) -> Loops:
    """The function as a program with loops that gives what it gives itself; Unrollable says why there is none."""
    run = run or record(function, examples, names)
    reason = ""
    try:
        for program, others in rolled(function, examples, names, run):
            made = kind(shortened(program, FIRST))
            wrong = next(filter(None, (_differs(made, each) for each in (run, *others))), "")
            wrong = wrong if others else "there is no other length to hold its loops against"
            if not wrong:
                return made
            reason = reason or wrong
    except Unrollable as none:
        reason = reason or str(none)
    raise Unrollable(reason)


SINGLE = float(2**12 * np.finfo(np.float32).eps)  # of the largest number: what sums in another order may differ by


def _differs(made: Loops, run: Recording) -> str:
    """In what a program with loops is another than a recording; "" if in nothing."""
    wanted = [x for x in run.inputs if isinstance(x, Value)] + list(made.code.taken)
    # First, as long as nobody holds the inputs' numbers: whose are held might have been changed, and is looked at.
    exact = [v._data for v in (*run.outputs, *gradients_or_zero(run.outputs[0], wanted))]
    numbers = [x._data if isinstance(x, Value) else np.asarray(x) for x in run.inputs]
    lengths = made.lengths(numbers)
    if not lengths:
        return "the inputs' shapes do not go together as they did at other lengths"
    values, gradients = made.at(lengths)(*numbers, *[leaf._data for leaf in made.code.taken])
    most = max(float(np.max(np.abs(x), initial=0.0)) for x in exact)
    relative, absolute = (0.0, SINGLE * most) if made.code.single_precision else (1e-7, 1e-9)
    if all(np.allclose(a, b, relative, absolute) for a, b in zip((*values, *gradients), exact, strict=True)):
        return ""
    here, seen = (" and ".join(map(str, each)) for each in (lengths, made.code.seen))
    return f"at {here} steps the function does something else than at {seen}"
