"""What stands in a gate: the operation's symbol, with the constants that fold into it (`−3`, `×2`, `( )²`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from operator import attrgetter
from typing import Any

from autograd_tiny import Value
from autograd_tiny.words.words import word
from viz.graph.scopes import GAP, is_gap
from viz.words import figures
from viz.words.lettering import SIZE, SMALL, Line, Run, clean, line, name, plain, shorten, width

Fold = Callable[[float], Line]
Called = Callable[[Value], str]


def drawn(value: Value, constants: bool) -> tuple[tuple[int, Value], ...]:
    """The inputs that are drawn as wires, each with its slot; the others stand in the gate."""
    wires = tuple((slot, x) for slot, x in enumerate(value.inputs) if constants or not _folds(value, slot))
    return wires or tuple(enumerate(value.inputs))


def symbol(value: Value, constants: bool, held: Collection[Value] = (), called: Called = attrgetter("label")) -> Line:
    """The gate's face: its constants and its symbol, and the parameters that are `held` in it, by their names."""
    wires = {slot for slot, _ in drawn(value, constants)}
    inside = [(slot, x) for slot, x in enumerate(value.inputs) if slot in wires and x in held]
    if inside:
        return _holding(value, inside, called)
    for slot, x in enumerate(value.inputs):
        if slot not in wires:
            return _fold(value, slot)(float(x._data))
    return _with_parameters(value)


def closed(scope: tuple[str, ...]) -> Line:
    """The face of a folded scope: its innermost name."""
    return line(GAP if is_gap(scope) else shorten(scope[-1], WIDEST) or "…")


WIDEST = 16  # characters of a folded scope's name


def contents(scope: tuple[str, ...], gates: Sequence[Value], constants: bool) -> str:
    """What a folded scope hides: `σ, folded, 3 gates: ×(−1), exp, 1/x`."""
    kinds = Counter(plain(symbol(value, constants)) for value in gates)
    told = [f"{count} {face}" if count > 1 else face for face, count in kinds.items()]
    listed = ", ".join([*told[:KINDS], *(["…"] if len(told) > KINDS else [])])
    path = " › ".join(shorten(name, 200) for name in scope)
    counted = f"{len(gates)} gate{'s' if len(gates) != 1 else ''}" if gates else "inputs"
    return f"{path}, folded, {counted}" + (f": {listed}" if listed else "")


KINDS = 8  # kinds of gates that are named


def meaning(value: Value) -> str:
    """The gate in words, for its tooltip: `mul: z = x * y`."""
    if value.operation is None:
        return ""
    given = ", ".join(f"{key} = {_brief(entry)}" for key, entry in value.parameters.items() if entry is not None)
    return f"{value.op}: z = {value.operation.forward}" + (f", {given}" if given else "")


def _holding(value: Value, inside: Sequence[tuple[int, Value]], called: Called) -> Line:
    """`×W`, `+b`, `W@`: a parameter stands on its side of the symbol; of several, all behind it."""
    names = [name(called(x)) or line("const", "muted") for _, x in inside]
    sign = line("÷") if value.op == "div" else _with_parameters(value)
    before = len(inside) == 1 and inside[0][0] == 0 and value.op not in ("add", "mul")
    if len(value.inputs) == 2 and len(inside) == 1 and value.op in INFIX:
        return (*names[0], *sign) if before else (*sign, *names[0])
    if value.op in PARTS:
        return (*names[0], *sign)
    return (*sign, *(run for each in names for run in (*line(" "), *each)))


PARTS = ("take",)  # what is written behind the name of what it is a part of, E[3]
INFIX = ("add", "sub", "mul", "div", "matmul", "maximum", "minimum")


def _folds(value: Value, slot: int) -> bool:
    x = value.inputs[slot]
    told = word(value.op).told
    return x.is_constant and isinstance(x._data, float) and len(told) > slot and bool(told[slot])


def _fold(value: Value, slot: int) -> Fold:
    """How the gate is written with a number in this place: as a sign, else the number after the operation's symbol."""
    assert value.operation is not None
    return _FOLDS.get((value.op, slot)) or _before(f"{value.operation.symbol} ")


def _signed(sign: str, opposite: str) -> Fold:
    """`+ −3` is drawn as −3."""
    return lambda c: line(sign + figures.short(c)) if not c < 0 else line(opposite + figures.short(-c))


def _before(sign: str) -> Fold:
    return lambda c: line(sign + _bracketed(c))


def _after(sign: str) -> Fold:
    return lambda c: line(_bracketed(c) + sign)


def _over(c: float) -> Line:
    return (*line(figures.short(c) + "/"), Run("x", italic=True))


def _power(c: float) -> Line:
    small = {2.0: "²", 3.0: "³"}.get(c)
    return line(f"( ){small}") if small else (Run("( )"), Run(figures.short(c), shift=1))


def _base(c: float) -> Line:
    return (Run(_bracketed(c)), Run("x", italic=True, shift=1))


def _bracketed(c: float) -> str:
    return f"({figures.short(c)})" if c < 0 else figures.short(c)


_FOLDS: dict[tuple[str, int], Fold] = {
    ("add", 0): _signed("+", "−"),
    ("add", 1): _signed("+", "−"),
    ("sub", 0): _after("−"),
    ("sub", 1): _signed("−", "+"),
    ("mul", 0): _before("×"),
    ("mul", 1): _before("×"),
    ("div", 0): _over,
    ("div", 1): _before("÷"),
    ("pow", 0): _base,
    ("pow", 1): _power,
}


def _with_parameters(value: Value) -> Line:
    """An index stands in its brackets, an axis below its sum."""
    sign = value.operation.symbol if value.operation else ""
    if value.op == "pow":
        return (Run("x", italic=True), Run("y", italic=True, shift=1))
    if value.op == "take":
        return line(shorten(f"[{index(value.parameters.get('index'))}]", 10))
    axis = value.parameters.get("axis")
    if value.op in ("sum", "mean", "max", "stack", "concatenate") and isinstance(axis, int):
        return (Run(sign), Run(str(axis), shift=-1))
    return line(clean(sign))


def index(place: Any) -> str:
    """An index as it is typed: `0, 1:`, `::2`, `…`."""
    if isinstance(place, tuple):
        return ", ".join(map(index, place))
    if isinstance(place, slice):
        ends = ["" if end is None else str(end) for end in (place.start, place.stop, place.step)]
        return ":".join(ends[:2] if ends[2] in ("", "1") else ends)
    return "…" if place is Ellipsis else _brief(place)


def _brief(entry: object) -> str:
    return shorten(str(entry), 40)


def size_of(face: Line) -> float:
    """The size at which a face is set: small where it would not stay in its circle."""
    return SIZE if width(face) <= ROOM or any(run.shift for run in face) else SMALL


ROOM = 29.0  # points across a circle of 36, at the height of its text
