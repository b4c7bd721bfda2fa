"""One recording written down in sections: the lines between its loops, and of every loop the lines of some steps.

Forward and backward, from the same texts of the table as a straight program. Backward, what reaches an element of a
sequence comes from outside, from the rest of its step, and from the step after it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from autograd_tiny.graphs.namesakes import instances
from autograd_tiny.program.naming import Names, readable
from autograd_tiny.program.rolled.fitting import TIMES, Unrollable
from autograd_tiny.program.rolled.loops import Line, element, turned
from autograd_tiny.program.rolled.reading import Edges, Place, Reading
from autograd_tiny.program.writing import Derivation, whole_of
from autograd_tiny.value import Value

# What everything is called, alike in both recordings ------------------------------------------------------------------


class Labels:
    """Names for what a program holds: outside the loops by order, sequences by loop and place, gradients by what of."""

    def __init__(self, reading: Reading, times: int, inputs: Sequence[str], taken: Sequence[Value]) -> None:
        self.free = (names := Names()).free
        for name in ("t", *TIMES[:times]):
            self.free(name)
        self.inputs = [self.free(name) for name in inputs]
        self.taken = [names.give(leaf) for leaf in taken]
        self.outside: list[str] = []
        self.sequences: dict[tuple[int, int], str] = {}
        self._gradients: dict[str, str] = {}
        output = reading.run.outputs[0]
        for loop, gates in reading.sections():
            if loop is None:
                self.outside += [names.give(v, "z" if v is output and not v.label else "") for v in gates]
            else:
                for slot in range(reading.loops[loop].period):
                    two = [str(reading.slot(loop, step, slot).label) for step in (1, 2)]
                    self.sequences[loop, slot] = self._sequence(*two) or names._next()

    def _sequence(self, one: str, two: str) -> str:
        """h of "h", and of "h₁", "h₂"."""
        name, other = readable(one), readable(two)
        if name != other:
            name, other = (each.rstrip("0123456789").rstrip("_") for each in (name, other))
        return self.free(name) if name and name == other else ""

    def gradient(self, token: str) -> str:
        """What the gradient of something is called."""
        if token not in self._gradients:
            name, _, place = token.partition("@")
            self._gradients[token] = self.free(f"d{name}{'s' if place in ('all', 'flip') else ''}")
        return self._gradients[token]

    def earlier(self, name: str, back: int) -> str:
        """What an element is called so many steps after its own."""
        token = f"{name}@-{back}"
        if token not in self._gradients:
            self._gradients[token] = self.free(f"{name}_back{back}")
        return self._gradients[token]

    def later(self, name: str) -> str:
        """What the gradient that comes from the step after is called."""
        token = f"{name}@later"
        if token not in self._gradients:
            self._gradients[token] = self.free(f"d{name}_next")
        return self._gradients[token]


# One recording, written down ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Body:
    """A loop as one recording shows it: the lines of some steps, and what its sequences begin with."""

    steps: Mapping[int, tuple[Line, ...]]
    initial: Mapping[str, str]
    count: int


Section = tuple[Line, ...] | Body


class Writer:
    """Writes the sections of one recording, forward and backward."""

    def __init__(self, reading: Reading, labels: Labels, taken: Sequence[Value]) -> None:
        self.reading, self.labels, run = reading, labels, reading.run
        self.derivation = Derivation(Names(), whole_of(run), run.chosen, instances(run.order), run.detached)
        self.tokens: dict[Value | None, str] = {None: ""}
        self.tokens.update((x, name) for x, name in zip(run.inputs, labels.inputs, strict=True) if isinstance(x, Value))
        self.tokens.update(zip(taken, labels.taken, strict=True))
        outside = [v for loop, gates in reading.sections() if loop is None for v in gates]
        self.tokens.update(zip(outside, labels.outside, strict=True))
        self.gathered = {v: name for v in outside if (name := self._elements(v))}
        self.aliases = {v: name for v, name in self.gathered.items() if v.op == "stack" and not v.parameters["axis"]}
        self.tokens.update(self.aliases.items())
        self.wanted = [x for x in run.inputs if isinstance(x, Value)] + list(taken)
        self.edges = Edges(reading, self.wanted)
        self.depends = self.edges.depends
        self.begun: dict[str, Value] = {}  # what each sequence begins with
        self.gradients: dict[str, str] = {}  # by token: what the gradient is called, once something has arrived

    def _elements(self, v: Value) -> str:
        """The sequence of which a gate puts all elements together, from the first on or from the last; "" if of none.

        A stack of them along the first axis is the sequence itself.
        """
        places = [self.reading.places.get(x) for x in v.inputs] if v.op in ("stack", "concatenate") else []
        first = places[0] if places else None
        if first is None or None in places:
            return ""
        name, count = self.labels.sequences[first.loop, first.slot], self.reading.loops[first.loop].count
        steps = [place.step for place in places if place and (place.loop, place.slot) == (first.loop, first.slot)]
        order = {tuple(range(count)): "all", tuple(reversed(range(count))): "flip"}.get(tuple(steps), "")
        return f"{name}@{order}" if order and len(places) == count else ""

    def _together(self, v: Value, g: str = "") -> Line:
        """All elements of a sequence along another axis than the first; `g`: what flows back to them."""
        x, axis = v.inputs[0], v.parameters["axis"] % v.ndim
        shape, axes = (len(v.inputs), *x.shape), x.ndim + 1
        if v.op == "stack":
            text = turned("{0}", axes, axis, back=not g)
        elif g:
            text = turned(f"reshape({{0}}, {(*x.shape[:axis], len(v.inputs), *x.shape[axis:])})", axes, axis)
        else:
            text = f"reshape({turned('{0}', axes, axis, back=True)}, {v.shape})"
        target, read = (self.gathered[v], g) if g else (self.tokens[v], self.gathered[v])
        return Line(target, text, (read,), tuple(map(str, shape if g else v.shape)))

    # Forward ----------------------------------------------------------------------------------------------------------

    def forward(self) -> Iterator[Section]:
        """All sections in their order."""
        for loop, gates in self.reading.sections():
            if loop is None:
                others = [v for v in gates if v not in self.aliases]
                gathered = self.gathered
                yield tuple([self._together(v) if v in gathered else self._computed(v, self._seen(v)) for v in others])
            else:
                steps = self.steps(loop)
                lines = {step: (*self._taps(loop), *self._step(loop, step)) for step in steps}
                yield Body(lines, self._initial(loop), self.reading.loops[loop].count)

    def steps(self, loop: int) -> tuple[int, ...]:
        """The steps that are written down: two, and the last."""
        first, last = self.edges.deepest(loop), self.reading.loops[loop].count - 1
        if first + 1 > last:
            raise Unrollable(f"it reads {first} steps back, in too few steps to see them")
        return first, first + 1, last

    def _step(self, loop: int, step: int) -> Iterator[Line]:
        for v in self.edges.slots(loop, step):
            yield self._computed(v, self._seen(v))

    def _taps(self, loop: int) -> Iterator[Line]:
        """What was computed some steps ago, handed on from step to step; the oldest first."""
        for slot, deepest in self.edges.taps[loop].items():
            name, shape = self._sequence(loop, slot)
            for back in range(deepest, 0, -1):
                yield Line(element(self.labels.earlier(name, back)), "{0}", (self._ago(name, back),), shape)

    def _ago(self, name: str, back: int) -> str:
        """What the step before has of so many steps ago."""
        return element(self.labels.earlier(name, back - 1) if back > 1 else name, -1)

    def _sequence(self, loop: int, slot: int) -> tuple[str, tuple[str, ...]]:
        """The name of a sequence, and the shape of its elements."""
        return self.labels.sequences[loop, slot], tuple(map(str, self.reading.slot(loop, 0, slot).shape))

    def _computed(self, v: Value, seen: Mapping[Value | None, str]) -> Line:
        self.derivation.names.of = dict(seen)
        text, args = self.derivation.computed(v)
        return Line(seen[v], text, args, tuple(map(str, v.shape)))

    def _seen(self, v: Value) -> dict[Value | None, str]:
        """What a gate and what it reads are called where the gate stands."""
        here = self.reading.places.get(v)
        seen: dict[Value | None, str] = {
            raw: self._token(x, v, j)
            for j, (raw, x) in enumerate(zip(v.inputs, self.reading.inputs(v), strict=True))
            if x in self.tokens or x in self.reading.places
        }
        own = self.tokens[v] if here is None else element(self.labels.sequences[here.loop, here.slot])
        asked = self.reading.run.chosen.get(v)
        others = [x for x in asked.args if isinstance(x, Value)] if asked else []
        if any(x in self.reading.places for x in others):
            raise Unrollable("a question is asked anew at every step")
        return {None: "", v: own} | {x: self.tokens[x] for x in others if x in self.tokens} | seen | {v: own}

    def _token(self, x: Value, v: Value, j: int) -> str:
        """What the gate `v` calls its input number j."""
        here, there = self.reading.places.get(v), self.reading.places.get(x)
        if there is None:
            return self.tokens[x]
        name, last = self.labels.sequences[there.loop, there.slot], self.reading.loops[there.loop].count - 1
        if here is not None and here.loop == there.loop:
            _, back = self.edges.back(v, x)
            return element(name, -back) if back < 2 else element(self.labels.earlier(name, back))
        if here is not None and self.reading.inputs(self._neighbour(here))[j] is not x:
            return f"{name}@all#{there.step}"
        if there.step != last:
            raise Unrollable(f"{name} is read at the step {there.step + 1} alone")
        return f"{name}@end"

    def _neighbour(self, here: Place) -> Value:
        """The same gate at another step."""
        return self.reading.slot(here.loop, here.step - 1 if here.step else 1, here.slot)

    def _initial(self, loop: int) -> dict[str, str]:
        """What each sequence begins with that is read one step later; all steps must read alike."""
        initial: dict[str, str] = {}
        *_, last = steps = [self.edges.slots(loop, k) for k in range(self.reading.loops[loop].count)]
        for step, slots in enumerate(steps):
            for v, w in zip(slots, last, strict=True):
                for j, (x, y) in enumerate(zip(self.reading.inputs(v), self.reading.inputs(w), strict=True)):
                    slot, back = self.edges.back(w, y)
                    if step < back:
                        name = self._ago(self._sequence(loop, slot)[0], back - step).partition("@")[0]
                        self._begin(initial, name, x)
                    elif _apart(one := self._name(x, v, j)) != _apart(other := self._name(y, w, j)):
                        raise Unrollable(f"the step {step + 1} reads {one} where the last reads {other}")
        return initial

    def _begin(self, initial: dict[str, str], name: str, x: Value) -> None:
        known = x in self.tokens or x in self.reading.places
        start = self.outside(x) if known else self.derivation.name(x)
        if initial.setdefault(name, start) != start:
            raise Unrollable(f"{name} begins with {initial[name]} and with {start}")
        self.begun[name] = x

    def _name(self, x: Value, v: Value, j: int) -> str:
        return self._token(x, v, j) if x in self.tokens or x in self.reading.places else self.derivation.name(x)

    # Backward ---------------------------------------------------------------------------------------------------------

    def backward(self) -> Iterator[Section]:
        """The sections that carry gradients back, the last first."""
        output = self.reading.run.outputs[0]
        self.gradients[self.outside(output)] = "1"
        for loop, gates in reversed(list(self.reading.sections())):
            if loop is None:
                lines = []
                for v in reversed(gates):
                    g = self.gradients.get(self.tokens[v])
                    if g and v in self.gathered and v not in self.aliases and self.edges.tracked(v):
                        given = self._together(v, g)
                        lines += self._arriving(given.target, given.shape, given.text, given.args, "")
                    elif g and v not in self.aliases:
                        for j in self.edges.tracked(v):
                            lines += self._contributed(v, j, g, self._seen(v))
                yield tuple(lines)
            else:
                yield from self._back(loop)

    def gradient(self, x: Value) -> str:
        """Where the gradient of an input stands at the end."""
        found = self.gradients.get(self.tokens[x])
        return found if found else f"zeros({x.shape})" if x.shape else "0"

    def outside(self, x: Value) -> str:
        """What a value is called outside the loops."""
        place = self.reading.places.get(x)
        if place is None:
            return self.tokens[x]
        if place.step != self.reading.loops[place.loop].count - 1:
            raise Unrollable("a result is computed at a step before the last")
        return f"{self.labels.sequences[place.loop, place.slot]}@end"

    def _contributed(self, v: Value, j: int, g: str, seen: Mapping[Value | None, str]) -> list[Line]:
        """What flows to input number j of a gate outside the loops."""
        self.derivation.names.of = dict(seen)
        text, args, part = self.derivation.pullback(v, j, g)
        x, token = self.reading.inputs(v)[j], seen[v.inputs[j]]
        name, _, place = token.partition("@")
        there = self.reading.places.get(x)
        if place == "end" and there is not None and not self._is_carried(there):  # the last row of all
            rows = self.reading.loops[there.loop].count
            token, shape = f"{name}@all", (str(rows), *map(str, x.shape))
            part = ", ".join(filter(None, [str(rows - 1), part]))
        else:
            shape = tuple(map(str, x.shape))
        return self._arriving(token, shape, text, args, part)

    def _arriving(self, token: str, shape: Sequence[str], text: str, args: tuple[str, ...], part: str) -> list[Line]:
        """The lines by which something arrives at a gradient that no step makes anew."""
        name, known = self.labels.gradient(token), token in self.gradients
        self.gradients[token] = name
        zeros = [] if known or not part else [_zeros(name, shape)]
        return [*zeros, Line(name, text, args, tuple(shape), known and not part, part)]

    def _is_carried(self, there: Place) -> bool:
        return self.labels.sequences[there.loop, there.slot] in self._carried(there.loop)

    def _carried(self, loop: int) -> dict[str, tuple[str, ...]]:
        """What the next step reads and gradients flow through, with its shape."""
        found: dict[str, tuple[str, ...]] = {}
        for v in self.edges.slots(loop, self.reading.loops[loop].count - 1):
            for j in self.edges.tracked(v):
                slot, back = self.edges.back(v, self.reading.inputs(v)[j])
                for k in range(back):
                    name, shape = self._sequence(loop, slot)
                    found[self.labels.earlier(name, k) if k else name] = shape
        return found

    def _back(self, loop: int) -> Iterator[Section]:
        """What must be there before the loop, the loop from the last step to the first, and what is left then."""
        before, steps, lines = dict(self.gradients), {}, []
        for step in self.steps(loop):
            self.gradients, self._new = dict(before), dict[str, Line]()
            steps[step] = tuple(self._back_step(loop, step))
        if not any(steps.values()):
            return
        yield tuple(self._new.values())
        initial: dict[str, str] = {}
        for name, shape in self._carried(loop).items():
            arrived = before.get(f"{name}@end")
            arrived = "1.0" if arrived == "1" else arrived
            initial[self.labels.later(name)] = arrived or (f"zeros({tupled(shape)})" if shape else "0.0")
        yield Body(steps, initial, self.reading.loops[loop].count)
        for name, shape in self._carried(loop).items():
            x = self.begun[name]
            if x in self.depends:
                lines += self._arriving(self.outside(x), shape, "{0}", (f"{self.labels.later(name)}@end",), "")
        yield tuple(lines)

    def _back_step(self, loop: int, step: int) -> Iterator[Line]:
        slots, carried, count = self.edges.slots(loop, step), self._carried(loop), self.reading.loops[loop].count
        arrived: set[str] = set()
        yield from self._taken_over(loop, arrived)
        for slot, v in enumerate(slots):
            if v not in self.depends:
                continue
            name = self.labels.sequences[loop, slot]
            sources = [f"{self.labels.later(name)}@1"] if name in carried else []
            sources += [f"{self.gradients[key]}#{step}" for key in (f"{name}@all",) if key in self.gradients]
            sources += [
                f"{self.gradients[key]}#{count - 1 - step}" for key in (f"{name}@flip",) if key in self.gradients
            ]
            if sources:
                target = element(self.labels.gradient(name))
                arrived.add(target)
                text = " + ".join(f"{{{k}}}" for k in range(len(sources)))
                yield Line(target, text, tuple(sources), tuple(map(str, v.shape)))
        for slot, v in reversed(list(enumerate(slots))):
            g = element(self.labels.gradient(self.labels.sequences[loop, slot]))
            if g in arrived:
                for j in self.edges.tracked(v):
                    yield from self._passed(v, j, g, loop, step, arrived)
        yield from self._handed_back(loop, arrived)

    def _taken_over(self, loop: int, arrived: set[str]) -> Iterator[Line]:
        """What reaches the elements of some steps ago from the step after."""
        carried = self._carried(loop)
        for slot, deepest in self.edges.taps[loop].items():
            name, shape = self._sequence(loop, slot)
            for earlier in (self.labels.earlier(name, back) for back in range(1, deepest)):
                if earlier in carried:
                    arrived.add(target := element(self.labels.gradient(earlier)))
                    yield Line(target, "{0}", (f"{self.labels.later(earlier)}@1",), shape)

    def _handed_back(self, loop: int, arrived: set[str]) -> Iterator[Line]:
        """What reached the elements of some steps ago is handed to the step before; the latest first."""
        for slot, deepest in self.edges.taps[loop].items():
            name, shape = self._sequence(loop, slot)
            for back in range(1, deepest + 1):
                g = element(self.labels.gradient(self.labels.earlier(name, back)))
                if g in arrived:
                    target = element(self.labels.later(self._ago(name, back).partition("@")[0]))
                    yield Line(target, "{0}", (g,), shape, target in arrived)
                    arrived.add(target)

    def _passed(self, v: Value, j: int, g: str, loop: int, step: int, arrived: set[str]) -> Iterator[Line]:
        """What flows to input number j of a gate of a step."""
        seen, x = self._seen(v), self.reading.inputs(v)[j]
        self.derivation.names.of = dict(seen)
        text, args, part = self.derivation.pullback(v, j, g)
        text = _where(self.edges.flows(v, j), text)
        there, shape = self.reading.places.get(x), tuple(map(str, x.shape))
        if there is not None and there.loop == loop:
            name, _, place = seen[v.inputs[j]].partition("@")
            target = element(self.labels.gradient(name) if place == "0" else self.labels.later(name))
            if part and target not in arrived:
                yield _zeros(target, shape)
            known = target in arrived
            arrived.add(target)
            yield Line(target, text, args, shape, known and not part, part)
            return
        token = seen[v.inputs[j]]
        name, _, place = token.partition("#")
        if place:
            shape = (str(self.reading.loops[there.loop].count), *shape) if there else shape
            part = ", ".join(filter(None, [place, part]))
        if name not in self.gradients:
            self._new[name] = _zeros(self.labels.gradient(name), shape)
            self.gradients[name] = self.labels.gradient(name)
        yield Line(self.gradients[name], text, args, shape, not part, part)


def _where(condition: str, text: str) -> str:
    """A contribution that flows at some steps only."""
    return f"where({condition}, {text}, 0.0)" if condition else text


def _zeros(name: str, shape: Sequence[str]) -> Line:
    return Line(name, f"zeros({tupled(shape)})" if shape else "0.0", (), tuple(shape))


def tupled(shape: Sequence[str]) -> str:
    """A shape as a text."""
    return f"({', '.join(shape)}{',' if len(shape) == 1 else ''})"


def _apart(token: str) -> str:
    """A token without the step in it."""
    return token.partition("#")[0]
