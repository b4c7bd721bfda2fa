"""The formula of a value, written as a learner would write it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from autograd_tiny.errors import GraphError
from autograd_tiny.errors.arguments import annotated
from autograd_tiny.graphs import algebra
from autograd_tiny.graphs.algebra import FUNCTION, GROUP, MATRIX, POWER, Atom, Sum
from autograd_tiny.graphs.literals import NAMES, index, is_minus_zero, large_arrays, literal
from autograd_tiny.graphs.namesakes import labels
from autograd_tiny.learners.expression import plain_name
from autograd_tiny.value import Value, ancestors
from autograd_tiny.words.words import word

LONGEST = 1000  # operations, written out; beyond that nobody reads it


@annotated
def formula(value: Value, notation: str = "plain") -> str:
    """The formula that computes `value` from its leaves: "2*w*(w - 3) + w**2"; "latex" for LaTeX.

    The plain one is Python: where functions go by NumPy's names it evaluates to the value. Leaves appear by label,
    unnamed ones as v1, v2, …, large constant arrays as c1, c2, …; a label that is no name, such as x-1, stands in
    brackets. GraphError for a graph too large to read.

    >>> w = Value(5.0, "w")
    >>> formula(w**2 * (w - 3))
    'w**2*(w - 3)'
    """
    writers: dict[str, Callable[[Sum], str]] = {"plain": algebra.plain, "latex": algebra.latex}
    if notation not in writers:
        raise ValueError(f"formula: notation {notation!r}; it is one of {', '.join(writers)}")
    order = ancestors(value)
    _check_length(order)
    names = symbols(order, NAMES | {_function(v) for v in order})
    sums: dict[Value, Sum] = {}
    for v in order:
        sums[v] = _leaf(v, names) if v.operation is None else _gate(v, [sums[x] for x in v.inputs], names)
    return names.restored(writers[notation](sums[value]))


def _check_length(order: list[Value]) -> None:
    """Refuse before writing: a value used twice is written twice, so length may double at each gate."""
    lengths: dict[Value, float] = {}
    for v in order:
        lengths[v] = 1.0 + sum(lengths[x] for x in v.inputs)
    if lengths[order[-1]] > LONGEST:
        raise GraphError(
            f"formula: {lengths[order[-1]]:.3g} terms written out ({len(order)} values) are too many to read; "
            "ask for the formula of a part"
        )


def _leaf(v: Value, names: Symbols) -> Sum:
    if not v.is_constant:
        return algebra.atom(names.atom(v))
    if isinstance(v._data, float) and not is_minus_zero(v._data):
        return algebra.number(v._data)
    text = literal(v._data, names.arrays)
    return algebra.atom(Atom(text, latex_code(text), shape=v.shape))


def _gate(v: Value, inputs: list[Sum], names: Symbols) -> Sum:
    """As a learner would write it, where that is still the same number; else as it was recorded."""
    simplified = _simplified(v, inputs)
    if simplified is not None and algebra.faithful(simplified, v.shape):
        return simplified
    return algebra.atom(_recorded(v, inputs, names))


def _simplified(v: Value, inputs: list[Sum]) -> Sum | None:
    if not all(algebra.faithful(s, x.shape) for s, x in zip(inputs, v.inputs, strict=True)):
        return None  # ∞ and NaN obey no algebra
    try:
        if v.op in _ARITHMETIC:
            return _ARITHMETIC[v.op](*inputs)
        exponent = algebra.as_number(inputs[1]) if v.op == "pow" else None
        return None if exponent is None else algebra.power(inputs[0], exponent)
    except (ArithmeticError, TypeError, ValueError):  # beyond the range of floats, a division by 0, a complex root
        return None


_ARITHMETIC: dict[str, Callable[..., Sum]] = {
    "add": algebra.add,
    "sub": lambda a, b: algebra.add(a, algebra.scale(b, -1.0)),
    "mul": algebra.multiply,
    "div": algebra.divide,
    "neg": lambda a: algebra.scale(a, -1.0),
}


# An operation as it was recorded ------------------------------------------------------------------------------------


def _recorded(v: Value, inputs: list[Sum], names: Symbols) -> Atom:
    """The operation itself, nothing collected: signs between its inputs, an index, a function call."""
    if v.op in _SIGNS:
        plain, latex, rank = _SIGNS[v.op]
        numbers_first = v.op == "mul" and algebra.as_number(inputs[-1]) is not None
        wrapped = [_wrapped(s) for s in (inputs[::-1] if numbers_first else inputs)]
        texts, set_in_tex = zip(*wrapped, strict=True)
        return Atom(plain.format(*texts), latex.format(*set_in_tex), rank, v.shape)
    x, tex = _wrapped(inputs[0])
    if v.op == "pow":
        return Atom(f"{x}**{_raised(inputs[1])}", f"{tex}^{{{algebra.latex(inputs[1])}}}", POWER, v.shape)
    if v.op == "take":
        cut = index(v.parameters["index"], names.arrays)
        x = x if algebra.as_number(inputs[0]) is None else f"array({x})"  # Python's numbers have no index
        return Atom(f"{x}[{cut}]", f"{tex}_{{{latex_code(f'[{cut}]')}}}", shape=v.shape)
    if v.op == "transpose" and v.parameters["axes"] == (1, 0):
        return Atom(f"{x}.T", rf"{tex}^{{\top}}", shape=v.shape)
    return _call(v, inputs, names)


# In both notations, and with what rank among the factors of a product.
_SIGNS = {
    "add": ("{} + {}", "{} + {}", GROUP),
    "sub": ("{} - {}", "{} - {}", GROUP),
    "neg": ("-{}", "-{}", GROUP),
    "mul": ("{}*{}", "{} {}", MATRIX),
    "div": ("{}/{}", r"\frac{{{}}}{{{}}}", MATRIX),
    "matmul": ("{} @ {}", "{} {}", MATRIX),
}


def _wrapped(s: Sum) -> tuple[str, str]:
    """`s` in both notations, in parentheses unless it is a number, a bare symbol or a function."""
    n = algebra.as_number(s)
    bare = not n < 0 if n is not None else _is_bare(s)
    x, tex = algebra.plain(s), algebra.latex(s)
    return (x, tex) if bare else (f"({x})", rf"\left({tex}\right)")


def _is_bare(s: Sum) -> bool:
    (c, product), *more = s
    return not more and c == 1 and len(product) == 1 and product[0][1] == 1 and product[0][0].rank < POWER


def _raised(exponent: Sum) -> str:
    text = algebra.plain(exponent)
    return text if re.fullmatch(r"\w+|\ue000\d+\ue001", text) else f"({text})"


_BY_KEYWORD = {"axis": None, "keepdims": False}  # and what they are where they need not be said


def _call(v: Value, inputs: list[Sum], names: Symbols) -> Atom:
    """A function of its inputs and parameters: a condition stands before them."""
    assert v.operation is not None
    texts, tex = [algebra.plain(s) for s in inputs], [algebra.latex(s) for s in inputs]
    if v.operation.arity is None:
        texts, tex = [f"[{', '.join(texts)}]"], [rf"\left[{', '.join(tex)}\right]"]
    given = [_parameter(name, v, names) for name in v.operation.parameters]
    before, after = (given, []) if v.op == "where" else ([], list(filter(None, given)))
    function = _function(v)
    set_in = ", ".join([*map(latex_code, before), *tex, *map(latex_code, after)])
    form = word(v.op).latex or rf"\mathrm{{{latex_text(function)}}}"
    latex = form.format(*tex) if "{0}" in form else rf"{form}\left({set_in}\right)"
    return Atom(f"{function}({', '.join([*before, *texts, *after])})", latex, FUNCTION, v.shape)


def _function(v: Value) -> str:
    """The name under which NumPy, or else we, have the operation."""
    return "broadcast_to" if v.op == "broadcast" else v.op


def _parameter(name: str, v: Value, names: Symbols) -> str:
    given = v.parameters[name]
    if name not in _BY_KEYWORD:
        return literal(given, names.arrays)
    unsaid = given is _BY_KEYWORD[name] or (name == "axis" and not v.inputs[0].ndim and v.op != "stack")
    return "" if unsaid else f"{name}={literal(given, names.arrays)}"


# Symbols: what a formula calls its leaves and its large arrays, in Python and in LaTeX --------------------------------


HELD = re.compile("\ue000(\\d+)\ue001")  # a label that is held back, by its number: no formula has these characters
_UNSAFE = frozenset("()#'\"\\\n\r")  # what brackets would not hold together
_GREEK = frozenset(
    "alpha beta gamma delta epsilon zeta eta theta kappa lambda mu nu xi pi rho sigma tau phi chi psi omega".split()
)


@dataclass(frozen=True)
class Symbols:
    """The names of leaves, and of large arrays by their ids; labels that are no names are held back to the end."""

    leaves: Mapping[Value, str]
    arrays: Mapping[int, str]
    held: tuple[str, ...]

    def atom(self, v: Value) -> Atom:
        """A leaf; a label that could be read as an expression is represented by its number among those held back."""
        name = self.leaves[v]
        if name not in self.held:
            return Atom(name, latex_name(name), shape=v.shape)
        return Atom(f"\ue000{self.held.index(name)}\ue001", rf"\left({latex_name(name)}\right)", shape=v.shape)

    def restored(self, text: str) -> str:
        """A text with the labels that have been held back, in brackets, or in quotes where these would not do."""
        return HELD.sub(lambda number: _kept_together(self.held[int(number[1])]), text)


def symbols(order: list[Value], reserved: Collection[str]) -> Symbols:
    """A name for each leaf that no other has: its label; x_2 for a second x; v1, v2, … without one."""
    leaves = [v for v in order if v.operation is None and not v.is_constant]
    named = labels(leaves)
    taken, names = {*reserved, *named.values()}, dict[Value, str]()
    for v in leaves:
        plain = named.get(v, "")
        free = (f"{plain}_{k}" if plain else f"v{k}" for k in count(2 if plain else 1))
        names[v] = plain if plain and plain not in reserved else next(name for name in free if name not in taken)
        taken.add(names[v])
    free = (f"c{k}" for k in count(1) if f"c{k}" not in taken)
    known: dict[tuple[Any, ...], str] = {}  # by contents: every use of an array keeps a copy of its own
    arrays: dict[int, str] = {}
    for x in _arrays(order):
        contents = x.shape, x.dtype, x.tobytes()
        arrays[id(x)] = known[contents] = known.get(contents) or next(free)
    return Symbols(names, arrays, tuple(name for name in names.values() if not plain_name(name).isidentifier()))


def _arrays(order: list[Value]) -> Iterator[Any]:
    for v in order:
        for given in (*v.parameters.values(), *((v._data,) if v.is_constant else ())):
            yield from large_arrays(given)


def _kept_together(label: str) -> str:
    return f"({label})" if _UNSAFE.isdisjoint(label) else repr(label)


def latex_name(name: str) -> str:
    """A label as LaTeX: subscripts after _, Greek letters by name, several letters upright."""
    stem, _, below = name.partition("_")
    if not re.fullmatch(r"\w*", name):
        escaped = re.sub(r"([\\{}$&#^_%~])", lambda m: rf"\char{ord(m[1])} ", name)
        return rf"\mathrm{{{escaped}}}"
    head = rf"\{stem}" if stem in _GREEK else stem if len(stem) <= 1 else rf"\mathrm{{{stem}}}"
    return head + (f"_{{{below}}}" if below else "")


def latex_text(name: str) -> str:
    """A name as upright LaTeX text."""
    return name.replace("_", r"\_")


def latex_code(text: str) -> str:
    """Python in LaTeX, as it is typed."""
    return rf"\mathtt{{{latex_text(text)}}}"
