"""The formula of a value, written as a learner would write it."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import count
from typing import Any

from autograd_tiny import algebra
from autograd_tiny.algebra import FUNCTION, MATRIX, POWER, Atom, Sum
from autograd_tiny.errors import GraphError
from autograd_tiny.namesakes import labels
from autograd_tiny.value import Value, ancestors

LONGEST = 1000  # operations, written out; beyond that nobody reads it


def formula(value: Value, notation: str = "plain") -> str:
    """The formula that computes `value` from its leaves: "2*w*(w - 3) + w**2"; "latex" for LaTeX.

    Leaves appear by label; unnamed ones as v1, v2, …. GraphError for a graph too large to read.
    """
    writers: dict[str, Callable[[Sum], str]] = {"plain": algebra.plain, "latex": algebra.latex}
    if notation not in writers:
        raise ValueError(f"formula: notation {notation!r}; it is one of {', '.join(writers)}")
    order = ancestors(value)
    _check_length(order)
    names = _names([v for v in order if v.operation is None and not v.is_constant])
    sums: dict[Value, Sum] = {}
    for v in order:
        if v.operation is None:
            sums[v] = _constant(v) if v.is_constant else algebra.atom(Atom(names[v], latex_name(names[v])))
        else:
            sums[v] = _gate(v, [sums[x] for x in v.inputs])
    return writers[notation](sums[value])


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


def _names(leaves: list[Value]) -> dict[Value, str]:
    """A name for each leaf that no other has: its label; x_2 for a second x; v1, v2, … without one."""
    names = labels(leaves)
    taken = set(names.values())
    free = (name for k in count(1) if (name := f"v{k}") not in taken)
    return {v: names[v] if v in names else next(free) for v in leaves}


def _constant(v: Value) -> Sum:
    return algebra.number(v._data) if isinstance(v._data, float) else algebra.atom(_array(v))


def _array(v: Value) -> Atom:
    text = str(v._data.tolist()) if v.size <= 6 else f"<array {v.shape}>"
    return Atom(text, rf"\mathtt{{{text}}}")


_GREEK = frozenset(
    "alpha beta gamma delta epsilon zeta eta theta kappa lambda mu nu xi pi rho sigma tau phi chi psi omega".split()
)


def latex_name(name: str) -> str:
    """A label as LaTeX: subscripts after _, Greek letters by name, several letters upright."""
    stem, _, below = name.partition("_")
    if not re.fullmatch(r"\w*", name):
        escaped = re.sub(r"([\\{}$&#^_%~])", lambda m: rf"\char{ord(m[1])} ", name)
        return rf"\mathrm{{{escaped}}}"
    head = rf"\{stem}" if stem in _GREEK else stem if len(stem) <= 1 else rf"\mathrm{{{stem}}}"
    return head + (f"_{{{below}}}" if below else "")


def _gate(v: Value, inputs: list[Sum]) -> Sum:
    if v.op in _ARITHMETIC:
        return _ARITHMETIC[v.op](*inputs)
    if v.op == "pow":
        return _power(*inputs)
    return algebra.atom(_spelled(v, inputs))


def _power(base: Sum, exponent: Sum) -> Sum:
    n = algebra.as_number(exponent)
    if n is not None:
        return algebra.power(base, n)
    x, e = _wrapped(base), exponent
    text = algebra.plain(e)
    raised = text if re.fullmatch(r"\w+", text) else f"({text})"
    return algebra.atom(Atom(f"{x[0]}**{raised}", f"{x[1]}^{{{algebra.latex(e)}}}", POWER))


def _wrapped(s: Sum) -> tuple[str, str]:
    """`s` in both notations, in parentheses unless it is a bare symbol or function."""
    bare = (algebra.as_number(s) or -1.0) >= 0 or (
        len(s) == 1 and s[0][0] == 1 and len(s[0][1]) == 1 and s[0][1][0][1] == 1 and s[0][1][0][0].rank < POWER
    )
    x, tex = algebra.plain(s), algebra.latex(s)
    return (x, tex) if bare else (f"({x})", rf"\left({tex}\right)")


_ARITHMETIC: dict[str, Callable[..., Sum]] = {
    "add": algebra.add,
    "sub": lambda a, b: algebra.add(a, algebra.scale(b, -1.0)),
    "mul": algebra.multiply,
    "div": algebra.divide,
    "neg": lambda a: algebra.scale(a, -1.0),
}

_LATEX_CALLS = {
    "exp": "e^{{{0}}}", "sqrt": r"\sqrt{{{0}}}", "sigmoid": r"\sigma\left({0}\right)", "abs": r"\left|{0}\right|",
    "asin": r"\arcsin\left({0}\right)", "acos": r"\arccos\left({0}\right)", "atan": r"\arctan\left({0}\right)",
    "maximum": r"\max\left({0}, {1}\right)", "minimum": r"\min\left({0}, {1}\right)",
}  # fmt: skip
_LATEX_NAMES = frozenset("log sin cos tan sinh cosh tanh max".split())


def _spelled(v: Value, inputs: list[Sum]) -> Atom:
    """An operation that is not arithmetic: a function call, a product of matrices, an index."""
    texts, tex = [algebra.plain(s) for s in inputs], [algebra.latex(s) for s in inputs]
    first = _wrapped(inputs[0])
    if v.op == "matmul":
        second = _wrapped(inputs[1])
        return Atom(f"{first[0]} @ {second[0]}", f"{first[1]} {second[1]}", MATRIX)
    if v.op == "take":
        index = _index(v.parameters["index"])
        return Atom(f"{first[0]}[{index}]", f"{first[1]}_{{[{index}]}}")
    if v.op == "transpose" and v.ndim == 2:
        return Atom(f"{first[0]}.T", rf"{first[1]}^{{\top}}")
    options = [
        f"{name}={_option(given)}" for name, given in v.parameters.items() if given is not None and given is not False
    ]
    joined = ", ".join(texts) if v.operation and v.operation.arity is not None else f"[{', '.join(texts)}]"
    call = ", ".join([joined, *options])
    default = (rf"\{v.op}" if v.op in _LATEX_NAMES else rf"\mathrm{{{latex_text(v.op)}}}") + r"\left({all}\right)"
    pattern = _LATEX_CALLS.get(v.op)
    return Atom(
        f"{v.op}({call})", pattern.format(*tex) if pattern else default.replace("{all}", ", ".join(tex)), FUNCTION
    )


def latex_text(name: str) -> str:
    """A name as upright LaTeX text."""
    return name.replace("_", r"\_")


def _index(index: Any) -> str:
    parts = index if isinstance(index, tuple) else (index,)
    return ", ".join(_slice(part) if isinstance(part, slice) else _option(part) for part in parts)


def _slice(part: slice) -> str:
    ends = ["" if end is None else str(end) for end in (part.start, part.stop)]
    return ":".join(ends) + ("" if part.step is None else f":{part.step}")


def _option(given: Any) -> str:
    text = str(given.tolist()) if hasattr(given, "tolist") else "..." if given is Ellipsis else str(given)
    return text if len(text) <= 40 else text[:39] + "…"
