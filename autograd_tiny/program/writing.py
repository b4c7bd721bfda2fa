"""Writing a program: from a recording to its lines.

Gates come in the order of their birth, pullbacks in the reverse. What the engine does when it runs is written down
here, from the same texts of the table.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from operator import itemgetter
from typing import Any

import numpy as np

from autograd_tiny import gradients
from autograd_tiny.comparisons import PLACE, Answer, moved
from autograd_tiny.fast.collector import paused
from autograd_tiny.graphs.literals import is_minus_zero
from autograd_tiny.graphs.namesakes import instances
from autograd_tiny.program.lines import Code, Guard, Line, Scope, owned
from autograd_tiny.program.naming import Names
from autograd_tiny.program.passes import Account, account, passes_for
from autograd_tiny.program.structure import PartText, Text, structural_forward, structural_pullback, unbroadcast
from autograd_tiny.program.texts import scalar_text
from autograd_tiny.program.tracing import Recording, WholeNumbers, checked, names_of, source_of, whole_inputs
from autograd_tiny.table import Op
from autograd_tiny.value import Value

# From a recorded graph to lines: each operation forward, and each pullback backward -----------------------------------


SPECIAL = (0.0, 1.0, -1.0)  # numbers that shorten a text: 1·g is g


def shortens(op: Op, number: float) -> bool:
    """Whether a text is shorter with this number in it."""
    return (op.name == "pow" or number in SPECIAL) and not is_minus_zero(number)


def literal(number: float) -> str:
    """A number as source: without a useless point, negative ones in brackets."""
    whole = number == int(number) if abs(number) < 1e15 else False
    text = str(int(number)) if whole and not is_minus_zero(number) else repr(number)
    return f"({text})" if text.startswith("-") else text


class Derivation:
    """Writes the lines of one graph. `names` holds the leaves' names already; `scopes` where each value stands."""

    def __init__(
        self,
        names: Names,
        whole: Callable[[Any], str | None],
        chosen: Mapping[Value, Answer],
        scopes: Mapping[Value, Scope],
        detached: Mapping[Value, Value],
    ) -> None:
        self.names, self.whole, self.chosen, self.scopes, self.detached = names, whole, chosen, scopes, detached
        self.constants: dict[str, Any] = {}
        self.known: dict[int, str] = {}  # by the array's id: the graph keeps it alive
        self._contents: dict[tuple[Any, ...], str] = {}
        self.gradient: dict[Value, str] = {}

    # Forward ----------------------------------------------------------------------------------------------------------

    def forward(self, order: Sequence[Value], outputs: Sequence[Value]) -> Iterator[Line]:
        """The lines that compute the outputs, and whatever else is in `order`."""
        give = self.names.give
        for v in order:
            if v._x is not None:
                text, args = self.computed(v)
                name = give(v, "z") if v is outputs[0] and not v.label else give(v, "", self.scopes[v])
                yield Line(name, text, args, v.shape, False, "", self.scopes[v])
            elif v in self.detached:
                self.names.of[v] = self.name(self.detached[v])

    def computed(self, v: Value) -> Text:
        """The right-hand side that computes a gate."""
        op = v._rule.op
        assert op is not None
        if not op.elementwise:
            return structural_forward(v, self)
        text, args = self._elementwise(op, op.forward, v, "")
        return (text if v._data.__class__ is float else self._spread(text, args, v, ())), args

    def name(self, v: Value) -> str:
        """What stands for a value in a line: its name, or a constant's number."""
        if v in self.names:
            return self.names[v]
        return literal(v._data) if v._data.__class__ is float else self.array(v._data, "c")

    def array(self, data: Any, stem: str) -> str:
        """The name of a constant array, the same for equal numbers; the program keeps numbers of its own."""
        if self.whole(data):
            return str(self.whole(data))
        if id(data) not in self.known:
            own = np.array(data, order="C")
            own.flags.writeable = False
            content = (own.dtype.str, own.shape, own.tobytes())
            if content not in self._contents:
                self._contents[content] = self.names.free(f"{stem}{len(self.constants) + 1}")
                self.constants[self._contents[content]] = own
            self.known[id(data)] = self._contents[content]
        return self.known[id(data)]

    def _elementwise(self, op: Op, text: str, v: Value, g: str) -> Text:
        """An elementwise text of the table about `v`, with the numbers that shorten it put in."""
        of = self.names.of
        x, y = of.get(v._x), of.get(v._y)
        if x is None or y is None or g == "1" or op.parameters:
            return self._shortened(op, text, v, g)
        template, pick = _plain(text)
        return template, pick((x, y, of.get(v, ""), g))

    def _shortened(self, op: Op, text: str, v: Value, g: str) -> Text:
        names = {"g": g, "z": self.names.of.get(v, "")}
        known: list[tuple[str, Any]] = [("g", 1)] if g == "1" else []
        for letter, x in (("x", v._x), ("y", v._y)):
            name = self.names.of.get(x)
            if name is not None:
                names[letter] = name
            elif x is not None and x._data.__class__ is float and shortens(op, x._data):
                known.append((letter, int(x._data) if x._data.is_integer() else x._data))
            elif x is not None:
                names[letter] = self.name(x)
        answer = self.chosen.get(v)
        if answer is not None:
            template, letters = scalar_text(text, tuple(known))
            return self._choosing(template, [names.get(letter, letter) for letter in letters], answer)
        if op.parameters:
            text = self._with_parameters(text, v, known)
        template, letters = scalar_text(text, tuple(known))
        return template, tuple([names[letter] for letter in letters])

    def _spread(self, text: str, args: tuple[str, ...], v: Value, full: tuple[str, ...]) -> str:
        """A text that has the shape of `v`, also where only smaller things are left in it; `full` names have it."""
        if not v.shape or any(arg in full for arg in args):
            return text
        found = [x.shape for x in v.inputs if (self.names.of.get(x) or self.known.get(id(x._data))) in args]
        return text if np.broadcast_shapes(*found) == v.shape else f"broadcast_to({text}, {v.shape})"

    def question(self, answer: Answer) -> tuple[str, tuple[str, ...]]:
        """What was asked, as a text and the names in it."""
        return answer.text, tuple([self.name(x) if isinstance(x, Value) else self._number(x) for x in answer.args])

    def _number(self, x: Any) -> str:
        return self.array(np.asarray(x), "c") if np.ndim(x) else str(x) if isinstance(x, bool) else literal(float(x))

    def _choosing(self, text: str, args: list[str], answer: Answer) -> tuple[str, tuple[str, ...]]:
        """A text about a `condition`, with the question itself in its place."""
        place = args.index("condition")
        question, more = self.question(answer)

        def filled(found: re.Match[str]) -> str:
            k = int(found[1])
            return moved(question, len(args) - 1) if k == place else f"{{{k - (k > place)}}}"

        return PLACE.sub(filled, text), (*args[:place], *args[place + 1 :], *more)

    def _with_parameters(self, text: str, v: Value, known: list[tuple[str, Any]]) -> str:
        """Numbers among the parameters are known; the name of an array goes into the text itself."""
        for parameter, number in v.parameters.items():
            if np.ndim(number):
                name = self.array(number, "mask" if number.dtype == bool else "c")
                text = re.sub(rf"\b{parameter}\b", name, text)
            else:
                known.append((parameter, number))
        return text

    # Backward ---------------------------------------------------------------------------------------------------------

    def backward(self, order: Sequence[Value], output: Value, wanted: Sequence[Value]) -> Iterator[Line]:
        """The lines that give each of `wanted` its gradient; afterwards `gradient` tells their names."""
        wanted_too = dependent(order, wanted)
        self.gradient[output] = "1"
        self.stem = f"d{self.names[output]}_d"
        for v in reversed(order):
            g = self.gradient.get(v)
            if g is not None and v._x is not None:
                inputs = v._x if v._x.__class__ is tuple else (v._x, v._y)
                for k in v._rule.tracked:
                    if inputs[k] in wanted_too:
                        yield self._contribution(v, k, inputs[k], g)

    def _contribution(self, v: Value, k: int, x: Value, g: str) -> Line:
        text, args, part = self.pullback(v, k, g)
        target = self.gradient.get(x)
        adds = target is not None and not part
        if target is None:
            target = self.gradient[x] = self.names.free(self.stem + self.names.of[x])
        return Line(target, text, args, x.shape, adds, part, self.scopes[v])

    def pullback(self, v: Value, k: int, g: str) -> PartText:
        """What flows back through input `k` of a gate whose gradient is called g."""
        op, x = v._rule.op, v.inputs[k]
        assert op is not None
        if not op.elementwise:
            return structural_pullback(v, k, g, self)
        text, args = self._elementwise(op, op.pullbacks[k], v, g)
        if v._data.__class__ is not float:
            text = unbroadcast(self._spread(text, args, v, (self.names[v], g)), v.shape, x.shape)
        return text, args, ""


@cache
def _plain(text: str) -> tuple[str, Callable[[tuple[str, ...]], tuple[str, ...]]]:
    """The template of an elementwise text, and what picks its arguments from the names of x, y, z and g."""
    template, letters = scalar_text(text, ())
    places = ["xyzg".index(letter) for letter in letters]
    if len(places) == 1:
        return template, lambda names: (names[places[0]],)
    return template, itemgetter(*places) if places else lambda names: ()


def dependent(order: Sequence[Value], wanted: Sequence[Value]) -> set[Value]:
    """Those of the values in `order` that depend on one of `wanted`, and these themselves."""
    return {*wanted, *gradients.way_to(list(wanted), list(order))}


def captured(order: Sequence[Value], inputs: Sequence[Value], before: int) -> list[Value]:
    """Leaves that the function took from outside: born before it ran, and no constants."""
    given = set(inputs)
    return [v for v in order if not v.op and not v.is_constant and v not in given and v.birth < before]


# From a recording to a program ----------------------------------------------------------------------------------------


def written(run: Recording, names: list[str]) -> tuple[Code, tuple[Value, ...]]:
    """The program of a recording, word for word, and the values it captured."""
    taken = captured(run.order, [x for x in run.inputs if isinstance(x, Value)], run.began)
    naming = _named(run, names, taken)
    derivation = Derivation(naming, whole_of(run), run.chosen, instances(run.order), run.detached)
    forward = tuple(derivation.forward(run.order, run.outputs))
    wanted = [x for x in run.inputs if isinstance(x, Value)] + taken
    backward = tuple(derivation.backward(run.order, run.outputs[0], wanted)) if run.outputs[0].inputs else ()
    slopes = tuple(_gradient(x, derivation, naming, run.outputs[0]) for x in wanted)
    code = Code(
        {name: np.shape(x) for x, name in zip(run.inputs, names, strict=True)},
        {naming[leaf]: leaf.shape for leaf in taken},
        forward,
        tuple(owned(backward)),
        tuple(derivation.name(output) for output in run.outputs),
        slopes,
        derivation.constants,
        tuple(_guards(run, derivation)),
        frozenset(name for x, name in zip(run.inputs, names, strict=True) if isinstance(x, WholeNumbers)),
        frozenset(naming[x] for x in wanted if x.shape and x.dtype == np.float32),
        {v.dtype for v in run.order if v.shape} == {np.dtype(np.float32)},
    )
    return code, tuple(taken)


LONG = 1000  # values in a recording that runs in loops, if it has any
SHORT = 300  # values in a recording that is written down at once, and not when somebody asks for its lines


class Traced:
    """A function that was recorded: what it was given and took, its lines word for word, and those after all passes."""

    def __init__(
        self, function: Callable[..., Any], examples: tuple[Any, ...], names: list[str], run: Recording
    ) -> None:
        self.function, self.examples, self.names = function, examples, names
        self.captured = tuple(captured(run.order, [x for x in run.inputs if isinstance(x, Value)], run.began))
        self.inputs = {name: np.shape(x) for x, name in zip(run.inputs, names, strict=True)}
        self.whole = frozenset(name for x, name in zip(run.inputs, names, strict=True) if isinstance(x, WholeNumbers))
        self.several, self.is_long = len(run.outputs) > 1, len(run.order) > LONG
        self.is_short = len(run.order) <= SHORT
        self.scalar = not self.whole and not any(v.shape for v in run.order)
        self.run: Recording | None = run  # until it is written down

    @cached_property
    def _lines(self) -> tuple[Code, Code, tuple[Account, ...]]:
        assert self.run is not None
        with paused():
            plain, _ = written(self.run, self.names)
            code, account = shortened(plain)
        self.run = None
        return plain, code, account

    @property
    def plain(self) -> Code:
        """The lines word for word."""
        return self._lines[0]

    @property
    def code(self) -> Code:
        """The lines after all passes."""
        return self._lines[1]

    @property
    def account(self) -> tuple[Account, ...]:
        """What each pass did."""
        return self._lines[2]


def traced(f: Callable[..., Any], examples: tuple[Any, ...]) -> Traced:
    """The function recorded and checked; a short one also written and shortened, others when it is asked for."""
    names = names_of(f, examples)
    found = Traced(f, examples, names, checked(f, examples, names))
    if found.is_short:
        _ = found.code
    return found


def shortened(code: Code) -> tuple[Code, tuple[Account, ...]]:
    """The program after all passes, and what each of them did."""
    accounts = []
    for each in passes_for(code):
        shorter = each.rewrite(code)
        accounts.append(account(each.name, each.sentence, code, shorter))
        code = shorter
    return code, tuple(accounts)


def _named(run: Recording, names: list[str], taken: list[Value]) -> Names:
    naming = Names()
    for x, name in zip(run.inputs, names, strict=True):
        free = naming.free(name)
        if isinstance(x, Value):
            naming.of[x] = free
    for leaf in taken:
        naming.give(leaf)
    return naming


def whole_of(run: Recording) -> Callable[[Any], str | None]:
    """How an array is written that is a part of an input of whole numbers; None for any other."""
    inputs = whole_inputs(run)
    return lambda part: source_of(part, inputs) if inputs else None


def _gradient(x: Value, derivation: Derivation, naming: Names, output: Value) -> str:
    if x is output:
        return "1"
    found = derivation.gradient.get(x)
    return found if found else f"zeros({x.shape})" if x.shape else "0"


def _guards(run: Recording, derivation: Derivation) -> Iterator[Guard]:
    """The questions on whose answers the way depends: about single numbers, and about arrays as a whole."""
    for answer in run.guards:
        text, args = derivation.question(answer)
        if np.ndim(answer.number):
            place = f"{{{len(args)}}}"
            yield Guard(f"array_equal({text}, {place})", (*args, derivation.array(answer.number, "answer")), True)
        else:
            yield Guard(text, args, bool(answer.number))
