"""Tracing: a function is run on its inputs, and what it recorded is taken for what it does.

That is only true if nothing else can happen. So answers on which its way depends are kept as guards, those that `where`
follows are asked anew, and the function is run a second time on slightly different numbers: whatever differs then, and
is not computed from the inputs, would be frozen in the program, and is refused. What asks the bare numbers (`v.data`)
goes unseen.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from autograd_tiny.comparisons import Answer
from autograd_tiny.errors import AutogradError
from autograd_tiny.graphs.namesakes import instances
from autograd_tiny.nesting import being_differentiated
from autograd_tiny.program.naming import called
from autograd_tiny.scopes import asking, births
from autograd_tiny.value import Value, ancestors

# Whole numbers as inputs: places in a text, classes. They only index, so they have no gradient ------------------------
#
# While a function is traced it sees arrays of this class, which remember of which input they are a part.


class WholeNumber(int):
    """One element of an input: an int that knows its `source`, such as "ids[3]"."""

    source: str
    __hash__ = int.__hash__

    def __new__(cls, number: int, source: str) -> WholeNumber:
        made = super().__new__(cls, number)
        made.source = source
        return made


def _compared(sign: str, plain: Any) -> Any:
    def method(self: WholeNumber, other: Any) -> Any:
        """The answer, with the question: a branch on it is guarded."""
        answer = plain(self, other)
        asked = isinstance(other, int | float) and answer is not NotImplemented
        return Answer(answer, f"{self.source} {sign} {{0}}", (int(other),)) if asked else answer

    return method


for _name, _sign in (("lt", "<"), ("le", "<="), ("gt", ">"), ("ge", ">="), ("eq", "=="), ("ne", "!=")):
    setattr(WholeNumber, f"__{_name}__", _compared(_sign, getattr(int, f"__{_name}__")))


class WholeNumbers(np.ndarray):
    """An input of whole numbers while a function is traced."""

    source: str = ""

    def __array_finalize__(self, parent: Any) -> None:
        self.source = ""  # a part: `source_of` finds out which

    def __getitem__(self, index: Any) -> Any:
        part = super().__getitem__(index)
        if not self.source or isinstance(part, np.ndarray):
            return part
        places = index if isinstance(index, tuple) else (index,)
        return WholeNumber(part, f"{self.source}[{', '.join(str(int(place)) for place in places)}]")

    def __iter__(self) -> Iterator[Any]:
        return (self[k] for k in range(len(self)))


def whole_numbers(array: np.ndarray, name: str) -> WholeNumbers:
    """A copy of `array` that is traced as the input `name`."""
    copy = np.array(array, dtype=np.intp, order="C")
    copy.flags.writeable = False  # so that an index keeps it as it is, and can be found to be a part of it
    made = copy.view(WholeNumbers)
    made.source = name
    return made


def source_of(part: np.ndarray, inputs: dict[str, WholeNumbers]) -> str | None:
    """How `part` is written as a part of one of the inputs; None if it is none of them, or cannot be written."""
    for name, whole in inputs.items():
        if np.may_share_memory(part, whole):
            return _written(part, whole, name)
    return None


def _written(part: np.ndarray, whole: WholeNumbers, name: str) -> str | None:
    if part.dtype != whole.dtype:
        return None
    first = (part.ctypes.data - whole.ctypes.data) // whole.itemsize
    for view, sign in ((part, ""), (part.T, ".T")):
        if view.shape == whole.shape and view.strides == whole.strides:
            return f"{name}{sign}"
        if part.size and (index := _index(view, whole, first)) is not None:
            return f"{name}[{index}]{sign}"
    if not part.flags.c_contiguous:
        return None
    flat = name if whole.ndim == 1 else f"{name}.reshape(-1)"
    taken = flat if part.size == whole.size else f"{flat}[{first}:{first + part.size}]"
    return taken if part.ndim == 1 else f"{taken}.reshape{part.shape}"


def _index(part: np.ndarray, whole: WholeNumbers, first: int) -> str | None:
    """The numbers and slices that name a part which begins at number `first`; None if these do not."""
    sizes, texts = list(zip(part.shape, part.strides, strict=True)), list[str]()
    for start, n, stride in zip(np.unravel_index(first, whole.shape), whole.shape, whole.strides, strict=True):
        size, by = (sizes[0][0], sizes[0][1] // stride) if sizes else (0, 0)
        if size == 1 and len(sizes) == whole.ndim - len(texts):  # each axis that is left is one of the part's
            by, last = 1, start
        else:
            last = start + (size - 1) * by
            size = size if size > 1 and by > 0 and sizes[0][1] % stride == 0 and last < n else 0
        ends = f"{start}:{last + 1}" if size < n else ":"
        texts.append(str(start) if not size else f"{ends}:{by}" if by > 1 else ends)
        del sizes[: bool(size)]
    while texts and texts[-1] == ":":
        texts.pop()
    return ", ".join(texts) if texts and not sizes else None


# A function's run -----------------------------------------------------------------------------------------------------


Input = Value | WholeNumbers


class ProgramError(AutogradError):
    """What cannot become, or be run as, a straight-line program.

    >>> program = trace(lambda x: x * 2 if x > 0 else -x, 1.0)
    >>> program(-1.0)
    Traceback (most recent call last):
        ...
    autograd_tiny.program.tracing.ProgramError: x > 0 was True when traced: trace again for such inputs, ...
    """


@dataclass(frozen=True)
class Recording:
    """One run: the inputs as the function saw them, its results, what its way depends on, and when it began.

    `chosen` are the questions behind the values that `where` made, `detached` those behind leaves.
    """

    inputs: tuple[Input, ...]
    outputs: tuple[Value, ...]
    guards: tuple[Answer, ...]
    chosen: Mapping[Value, Answer]
    began: int
    detached: Mapping[Value, Value] = field(default_factory=dict)

    @cached_property
    def order(self) -> list[Value]:
        """All values that its results, its guards and its choices depend on, inputs before results."""
        roots = [*self.outputs, *(x for answer in self.guards for x in answer.args if isinstance(x, Value))]
        order = ancestors(*roots)
        while self.chosen or self.detached:
            seen = set(order)
            found = [self.chosen[v] for v in order if v in self.chosen]
            more = [x for answer in found for x in answer.args if isinstance(x, Value) and x not in seen]
            more += [x for v in order if (x := self.detached.get(v)) is not None and x not in seen]
            if not more:
                break
            roots += more
            order = ancestors(*roots)
        return order


def names_of(f: Callable[..., Any], examples: Sequence[Any]) -> list[str]:
    """What the inputs are called: their labels, else as the function's own parameters, else x1, x2 …"""
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    plain = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    rest = next((p.name for p in parameters if p.kind is p.VAR_POSITIONAL), "x")
    more = [f"{rest}{k + 1}" for k in range(max(0, len(examples) - len(plain)))]
    names = (plain + more)[: len(examples)]
    return called(x.label or name if isinstance(x, Value) else name for x, name in zip(examples, names, strict=True))


def fresh(example: Any, name: str) -> Input:
    """What the function is given for one example: a leaf, or an array of whole numbers that only index."""
    if isinstance(example, Value):
        return Value(example._data, example.label or name)
    if isinstance(example, np.ndarray) and example.dtype.kind in "iu" and example.ndim:
        return whole_numbers(example, name)
    return Value(example, name)


def record(f: Callable[..., Any], examples: Sequence[Any], names: Sequence[str]) -> Recording:
    """Run f once and keep what it did."""
    inputs = tuple(fresh(x, name) for x, name in zip(examples, names, strict=True))
    began = next(births)
    with asking() as asked, being_differentiated(x for x in inputs if isinstance(x, Value)):
        result = f(*inputs)
    outputs = tuple(result) if isinstance(result, tuple | list) else (result,)
    for output in outputs or (None,):
        if not isinstance(output, Value):
            raise ProgramError(
                f"trace: the function returned a {type(output).__name__}, expected a Value made from its inputs"
            )
    if outputs[0].shape:
        raise ProgramError(
            f"trace: the result has shape {outputs[0].shape}; return a scalar first, such as a sum or mean"
        )
    run = Recording(inputs, outputs, tuple(asked.answers), asked.choices, began, asked.detached)
    own = next((v.op for v in run.order if v._rule.op is not None and v._rule.op.own), None)
    if own:
        raise ProgramError(
            f"trace: {own} is an operation of your own, which no dialect knows; write it with ours, or call it outside"
        )
    return run


def checked(f: Callable[..., Any], examples: Sequence[Any], names: Sequence[str]) -> Recording:
    """Record f, and refuse what would be frozen: random numbers, and numbers that left the graph and came back."""
    first = record(f, examples, names)
    other = _elsewhere(f, examples, names, first)
    different = difference(first, other)
    if different:
        again = difference(first, record(f, examples, names))
        reason = (
            "is different each time, as dropout and random numbers are: draw it outside and pass it as an input"
            if again
            else "depends on the inputs' numbers outside the graph (float(v), v.data, np.asarray …): compute it with "
            "values, or pass it as an input"
        )
        raise ProgramError(f"trace: {different} {reason}")
    return first


def _elsewhere(f: Callable[..., Any], examples: Sequence[Any], names: Sequence[str], first: Recording) -> Recording:
    """A run on numbers so near that it goes the same way; on the same numbers where there are none."""
    for distance in (1.0, 2.0**-20):
        try:
            other = record(f, [_shifted(x, distance) for x in examples], names)
        except (ArithmeticError, ValueError, IndexError):
            continue  # outside the function's domain
        answers = [[np.asarray(answer.number).tolist() for answer in run.guards] for run in (first, other)]
        if answers[0] == answers[1]:
            return other
    return record(f, examples, names)


def _shifted(example: Any, distance: float) -> Any:
    """The example with slightly other numbers; whole numbers change places."""
    if isinstance(example, Value):
        return Value(_shifted(example._data, distance), example.label)
    array = np.asarray(example)
    if array.dtype.kind in "iu" and array.ndim:
        return np.roll(array, 1) if array.size > 1 and np.ptp(array) else np.where(array == 0, 1, array - 1)
    moved = array * (1 + distance * 2**-10 * (1 + np.arange(array.size).reshape(array.shape) % 7)) + distance * 2**-12
    return moved.astype(array.dtype if array.dtype.kind == "f" else float) if array.ndim else float(moved)


def difference(first: Recording, other: Recording) -> str:
    """What the second run has otherwise than the first, in words; "" if only numbers computed from inputs differ."""
    one, two = first.order, other.order
    given = {id(x) for run in (first, other) for x in run.inputs}
    twin: dict[Any, Any] = {None: None}  # value of the first run → value of the second
    for v, w in zip(one, two, strict=False):
        twin[v] = w
        x, y = v._x, v._y
        plain = v._rule is w._rule and x.__class__ is not tuple and v.shape == w.shape
        same = x is not None or (v._data.__class__ is float and v._data == w._data)
        if plain and same and twin[x] is w._x and twin[y] is w._y:
            continue  # most are such
        wired = len(v.inputs) == len(w.inputs) and all(twin[x] is y for x, y in zip(v.inputs, w.inputs, strict=True))
        if v.op != w.op or v.shape != w.shape or not wired:
            return f"the operation {v.op or w.op or 'at a leaf'}{_where(v, one)}"
        if v in first.detached and w in other.detached and twin[first.detached[v]] is other.detached[w]:
            continue
        if v in first.chosen and w in other.chosen and first.chosen[v].text == other.chosen[w].text:
            continue
        for name in v.parameters:
            if not _same(v.parameters[name], w.parameters[name], first, other):
                return f"the {name} of {v.op}{_where(v, one)}"
        if not v.op and id(v) not in given and not np.array_equal(v._data, w._data, equal_nan=True):
            return f"the number {v.label or 'in ' + repr(v)[:60]}{_where(v, one)}"
    return "" if len(one) == len(two) else f"the number of operations ({len(one)} and then {len(two)})"


def _where(v: Value, order: Sequence[Value]) -> str:
    return f" in {'/'.join(instances(order)[v])}" if v.scope else ""


def _same(one: Any, two: Any, first: Recording, other: Recording) -> bool:
    """Whether two parameters are equal, or the same part of the same input."""
    if isinstance(one, tuple) and isinstance(two, tuple):
        return len(one) == len(two) and all(_same(a, b, first, other) for a, b in zip(one, two, strict=True))
    if isinstance(one, WholeNumber) and isinstance(two, WholeNumber):
        return one.source == two.source
    if isinstance(one, np.ndarray) and isinstance(two, np.ndarray):
        sources = [source_of(part, whole_inputs(run)) for part, run in ((one, first), (two, other))]
        return bool(sources[0] and sources[0] == sources[1]) or np.array_equal(one, two)
    return bool(one is two or (type(one) is type(two) and one == two))


def whole_inputs(run: Recording) -> dict[str, WholeNumbers]:
    """The inputs that are whole numbers, by name."""
    return {x.source: x for x in run.inputs if isinstance(x, WholeNumbers)}
