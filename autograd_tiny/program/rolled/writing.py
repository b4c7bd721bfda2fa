"""One recording written down in sections: the lines between its loops, and of every loop the lines of some steps.

Forward and backward, from the same texts of the table as a straight program. Backward, what reaches an element of a
sequence comes from outside, from the rest of its step, and from the step after it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from autograd_tiny.graphs.namesakes import instances
from autograd_tiny.program.naming import Names, readable
from autograd_tiny.program.rolled.fitting import Unrollable
from autograd_tiny.program.rolled.loops import Line, element
from autograd_tiny.program.rolled.reading import Place, Reading
from autograd_tiny.program.writing import Derivation, dependent, whole_of
from autograd_tiny.value import Value

# What everything is called, alike in both recordings ------------------------------------------------------------------


class Labels:
    """Names for what a program holds: outside the loops by order, sequences by loop and place, gradients by what of."""

    def __init__(self, reading: Reading, inputs: Sequence[str], taken: Sequence[Value]) -> None:
        self.free = (names := Names()).free
        for name in ("t", "T"):
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
        self.derivation = Derivation(Names(), whole_of(run), run.chosen, instances(run.order))
        self.tokens: dict[Value | None, str] = {None: ""}
        self.tokens.update((x, name) for x, name in zip(run.inputs, labels.inputs, strict=True) if isinstance(x, Value))
        self.tokens.update(zip(taken, labels.taken, strict=True))
        outside = [v for loop, gates in reading.sections() if loop is None for v in gates]
        self.tokens.update(zip(outside, labels.outside, strict=True))
        self.aliases = {v: alias for v in outside if (alias := self._alias(v))}
        self.tokens.update(self.aliases.items())
        self.wanted = [x for x in run.inputs if isinstance(x, Value)] + list(taken)
        self.depends = dependent(run.order, self.wanted)
        self.gradients: dict[str, str] = {}  # by token: what the gradient is called, once something has arrived

    def _alias(self, v: Value) -> str:
        """A stack of all elements of a sequence is the sequence; "" for anything else."""
        places = [self.reading.places.get(x) for x in v.inputs]
        first = places[0] if places else None
        if v.op != "stack" or v.parameters["axis"] or first is None or None in places:
            return ""
        count = self.reading.loops[first.loop].count
        steps = [place.step for place in places if place and (place.loop, place.slot) == (first.loop, first.slot)]
        name = self.labels.sequences[first.loop, first.slot]
        if len(places) != count:
            return ""
        return (
            f"{name}@all"
            if steps == list(range(count))
            else f"{name}@flip"
            if steps[::-1] == list(range(count))
            else ""
        )

    # Forward ----------------------------------------------------------------------------------------------------------

    def forward(self) -> Iterator[Section]:
        """All sections in their order."""
        for loop, gates in self.reading.sections():
            if loop is None:
                yield tuple([self._computed(v, self._seen(v)) for v in gates if v not in self.aliases])
            else:
                steps = self.steps(loop)
                lines = {step: tuple(self._step(loop, step)) for step in steps}
                yield Body(lines, self._initial(loop), self.reading.loops[loop].count)

    def steps(self, loop: int) -> tuple[int, ...]:
        """The steps that are written down: two, and the last."""
        return 1, 2, self.reading.loops[loop].count - 1

    def _step(self, loop: int, step: int) -> Iterator[Line]:
        for v in self._slots(loop, step):
            yield self._computed(v, self._seen(v))

    def _slots(self, loop: int, step: int) -> list[Value]:
        return [self.reading.slot(loop, step, slot) for slot in range(self.reading.loops[loop].period)]

    def _computed(self, v: Value, seen: Mapping[Value | None, str]) -> Line:
        self.derivation.names.of = dict(seen)
        text, args = self.derivation.computed(v)
        return Line(seen[v], text, args, tuple(map(str, v.shape)))

    def _seen(self, v: Value) -> dict[Value | None, str]:
        """What a gate and what it reads are called where the gate stands."""
        here = self.reading.places.get(v)
        seen: dict[Value | None, str] = {
            x: self._token(x, v, j) for j, x in enumerate(v.inputs) if x in self.tokens or x in self.reading.places
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
            if here.step - there.step not in (0, 1):
                raise Unrollable(f"{name} is read {here.step - there.step} steps later")
            return element(name, there.step - here.step)
        if here is not None and self._neighbour(here).inputs[j] is not x:
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
        first, *others = ([self._read(v) for v in self._slots(loop, k)] for k in range(self.reading.loops[loop].count))
        for step in others[1:]:
            for one, other in zip(others[0], step, strict=True):
                if [_apart(token) for token in one] != [_apart(token) for token in other]:
                    raise Unrollable(f"the steps read different things: {one} and {other}")
        for v, one, other in zip(self._slots(loop, 0), first, others[0], strict=True):
            for x, start, token in zip(v.inputs, one, other, strict=True):
                name, _, place = token.partition("@")
                start = self.outside(x) if place == "-1" and x in self.reading.places else start
                if place != "-1" or name not in self._names(loop):
                    if _apart(start) != _apart(token):
                        raise Unrollable(f"the first step reads {start} where the others read {token}")
                elif initial.setdefault(name, start) != start:
                    raise Unrollable(f"{name} begins with {initial[name]} and with {start}")
        return initial

    def _names(self, loop: int) -> set[str]:
        return {name for (number, _), name in self.labels.sequences.items() if number == loop}

    def _read(self, v: Value) -> list[str]:
        return [
            self._token(x, v, j) if x in self.tokens or x in self.reading.places else self.derivation.name(x)
            for j, x in enumerate(v.inputs)
        ]

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
                    if g and v not in self.aliases:
                        for j in v._rule.tracked:
                            if v.inputs[j] in self.depends:
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
        x, token = v.inputs[j], seen[v.inputs[j]]
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
        return there.slot in self._carried(there.loop)

    def _carried(self, loop: int) -> set[int]:
        """The places whose numbers the next step reads, and through which gradients flow."""
        found = set()
        for v in self._slots(loop, 2):
            for j in v._rule.tracked:
                there = self.reading.places.get(v.inputs[j])
                if there and there.loop == loop and there.step == 1 and v.inputs[j] in self.depends:
                    found.add(there.slot)
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
        first = self._slots(loop, 0)
        initial: dict[str, str] = {}
        for slot in sorted(self._carried(loop)):
            name = self.labels.sequences[loop, slot]
            shape = first[slot].shape
            arrived = before.get(f"{name}@end")
            arrived = "1.0" if arrived == "1" else arrived
            initial[self.labels.later(name)] = arrived or (f"zeros({shape})" if shape else "0.0")
        yield Body(steps, initial, self.reading.loops[loop].count)
        for slot in sorted(self._carried(loop)):
            x = self._began(loop, slot)
            if x in self.depends:
                name = self.labels.later(self.labels.sequences[loop, slot])
                lines += self._arriving(self.outside(x), tuple(map(str, x.shape)), "{0}", (f"{name}@end",), "")
        yield tuple(lines)

    def _began(self, loop: int, slot: int) -> Value:
        """The value with which a sequence begins."""
        for v, w in zip(self._slots(loop, 0), self._slots(loop, 1), strict=True):
            for x, y in zip(v.inputs, w.inputs, strict=True):
                there = self.reading.places.get(y)
                if there and (there.loop, there.step, there.slot) == (loop, 0, slot):
                    return x
        raise Unrollable("a sequence begins nowhere")

    def _back_step(self, loop: int, step: int) -> Iterator[Line]:
        slots, carried, count = self._slots(loop, step), self._carried(loop), self.reading.loops[loop].count
        arrived: set[str] = set()
        for slot, v in enumerate(slots):
            if v not in self.depends:
                continue
            name = self.labels.sequences[loop, slot]
            sources = [f"{self.labels.later(name)}@1"] if slot in carried else []
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
                for j in v._rule.tracked:
                    if v.inputs[j] in self.depends:
                        yield from self._passed(v, j, g, loop, step, arrived)

    def _passed(self, v: Value, j: int, g: str, loop: int, step: int, arrived: set[str]) -> Iterator[Line]:
        """What flows to input number j of a gate of a step."""
        seen, x = self._seen(v), v.inputs[j]
        self.derivation.names.of = dict(seen)
        text, args, part = self.derivation.pullback(v, j, g)
        there, shape = self.reading.places.get(x), tuple(map(str, x.shape))
        if there is not None and there.loop == loop:
            name = self.labels.sequences[loop, there.slot]
            target = element(self.labels.gradient(name) if there.step == step else self.labels.later(name))
            if part and target not in arrived:
                yield _zeros(target, shape)
            known = target in arrived
            arrived.add(target)
            yield Line(target, text, args, shape, known and not part, part)
            return
        token = seen[x]
        name, _, place = token.partition("#")
        if place:
            shape = (str(self.reading.loops[there.loop].count), *shape) if there else shape
            part = ", ".join(filter(None, [place, part]))
        if name not in self.gradients:
            self._new[name] = _zeros(self.labels.gradient(name), shape)
            self.gradients[name] = self.labels.gradient(name)
        yield Line(self.gradients[name], text, args, shape, not part, part)


def _zeros(name: str, shape: Sequence[str]) -> Line:
    return Line(name, f"zeros({tupled(shape)})" if shape else "0.0", (), tuple(shape))


def tupled(shape: Sequence[str]) -> str:
    """A shape as a text."""
    return f"({', '.join(shape)}{',' if len(shape) == 1 else ''})"


def _apart(token: str) -> str:
    """A token without the step in it."""
    return token.partition("#")[0]
