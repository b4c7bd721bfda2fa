"""Formulas as a learner types them, read safely: ``2w(w−3) + w²`` is an `Expression`, or a kind ExpressionError.

Glossary: *text* is what was typed; *source* is the same formula in plain Python; *nodes* are the parts of its `ast`,
which a whitelist guards. Nothing typed ever reaches ``eval``.
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from autograd_tiny.spelling import FUNCTIONS, ExpressionError, nearest, plain_name, tokens

__all__ = ["Expression", "ExpressionError", "parse", "parse_assignments"]

ARITY = {"maximum": 2, "minimum": 2}
CONSTANTS = {"e": math.e, "pi": math.pi, "π": math.pi}
BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {ast.UAdd: lambda x: x, ast.USub: operator.neg}
# All that a formula is made of; whatever else Python has is refused when it is read, and needs no rule of its own.
NODES = (ast.Constant, ast.Name, ast.UnaryOp, ast.BinOp, ast.Call, ast.Load, *UNARY, *BINARY)


@dataclass(frozen=True)
class Expression:
    """A formula: as typed, in plain Python, and its free names in order of appearance."""

    text: str
    source: str
    names: tuple[str, ...]
    nodes: tuple[ast.expr, ...] = field(repr=False, compare=False)  # every part stands before what it is part of

    def evaluate(self, mapping: Mapping[str, Any] | None = None) -> Any:
        """The formula's value where the names have these values: floats, arrays or Values (then a Value).

        A name without a value raises ExpressionError; division by zero, overflow, log(-1) … some ValueError.
        """
        known = {plain_name(name): value for name, value in (mapping or {}).items()}
        results: dict[ast.expr, Any] = {}
        for node in self.nodes:
            try:
                results[node] = _result(node, results, known)
            except (ZeroDivisionError, OverflowError) as error:
                why = "division by zero" if isinstance(error, ZeroDivisionError) else "too large for a float"
                raise ExpressionError(f"{self._part(node)}: {why}") from None
            if isinstance(results[node], complex):
                raise ExpressionError(f"{self._part(node)}: a root of a negative number is not real")
        return results[self.nodes[-1]]

    def _part(self, node: ast.expr) -> str:
        return _shortened(ast.get_source_segment(self.source, node) or self.source)

    def __str__(self) -> str:
        return self.text


def parse(text: str, names: Iterable[str] | None = None) -> Expression:
    """The formula that the text spells; where `names` are given, it may use only these (and e, pi).

    Reads ``^ ² ³ · × − ÷ √(x) σ(x)``, w₁ for w1, and products without a sign: ``3w``, ``2(w-1)``, ``(w+1)(w-1)``.
    """
    if not isinstance(text, str):
        raise TypeError(f"a formula is text, not {type(text).__name__}")
    known = None if names is None else dict.fromkeys(map(plain_name, names))
    spelled = tokens(text, known or ())
    source = "".join(spelled)
    tree = _tree(source, text.strip())
    nodes = _parts(tree)
    used = {node.id for node in nodes if isinstance(node, ast.Name)}
    free = tuple(dict.fromkeys(t for t in spelled if t in used and (t not in CONSTANTS or t in (known or ()))))
    for name in free:
        if known is not None and name not in known:
            raise ExpressionError(nearest(name, known))
    return Expression(text.strip(), source, free, nodes)


def _parts(tree: ast.expr) -> tuple[ast.expr, ...]:
    """Every part of a formula before what it is part of, from left to right; without recursion."""
    order, stack = [], [tree]
    while stack:
        node = stack.pop()
        order.append(node)
        inside = node.args if isinstance(node, ast.Call) else ast.iter_child_nodes(node)
        stack += [part for part in inside if isinstance(part, ast.expr)]
    return tuple(reversed(order))


def parse_assignments(text: str) -> tuple[tuple[str, Expression], ...]:
    """``x = w**2; y = w - 3; z = x*y`` as (name, formula) pairs in order; a bare formula has the name ``""``."""
    pairs: list[tuple[str, Expression]] = []
    for statement in filter(str.strip, re.split(r"[;\n]", text)):
        target, equals, formula = statement.partition("=")
        name = plain_name(target.strip()) if equals else ""
        if equals and (not name.isidentifier() or name in FUNCTIONS):
            raise ExpressionError(f"{_shortened(statement.strip())}: left of the = stands one name, as in  x = w**2")
        pairs.append((name, parse(formula if equals else statement)))
    if not pairs:
        raise ExpressionError("there is no formula; write one, for example  w**2 * (w - 3)")
    return tuple(pairs)


def _tree(source: str, text: str) -> ast.expr:
    if not source:
        raise ExpressionError("there is no formula; write one, for example  3*w**2 - 6*w")
    try:
        tree = ast.parse(source, mode="eval").body
    except (SyntaxError, RecursionError, MemoryError):
        raise ExpressionError(f"{_shortened(text)} is not a formula{_remedy(source)}") from None
    for node in ast.walk(tree):
        if isinstance(node, ast.Tuple):
            raise ExpressionError(f"{_shortened(text)}: one formula, please (decimals take a point: 0.5, not 0,5)")
        if isinstance(node, ast.Call):
            _check_arguments(getattr(node.func, "id", "…)"), len(node.args))
        if not isinstance(node, NODES):
            raise ExpressionError(f"{_shortened(text)}: {type(node).__name__} has no place in a formula")
    return tree


def _check_arguments(name: str, given: int) -> None:
    if name not in FUNCTIONS:
        raise ExpressionError(f"{_shortened(name)} is not a function")
    wanted = ARITY.get(FUNCTIONS[name], 1)
    if given != wanted:
        example = f"{name}({', '.join('xy'[:wanted])})"
        raise ExpressionError(f"{name} takes {wanted} argument{'s' * (wanted > 1)}, as in {example}; {given} given")


def _remedy(source: str) -> str:
    missing = source.count("(") - source.count(")")
    if missing:
        return f": {abs(missing)} '{'()'[missing < 0]}' too many"
    if re.search(r"[-+*/]\s*(\)|$)", source):
        return ": something is missing after a sign"
    return "; one reads like  3*w**2 - 6*w"


def _shortened(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}…"


def _result(node: ast.expr, results: Mapping[ast.expr, Any], known: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name) if name in known or name in CONSTANTS:
            return known[name] if name in known else CONSTANTS[name]
        case ast.Name(id=name):
            raise ExpressionError(nearest(name, known))
        case ast.UnaryOp(op=sign, operand=operand):
            return UNARY[type(sign)](results[operand])
        case ast.BinOp(left=left, op=operation, right=right):
            return BINARY[type(operation)](results[left], results[right])
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _function(FUNCTIONS[name])(*(results[argument] for argument in arguments))
    raise ExpressionError(f"{type(node).__name__} has no place in a formula")


def _function(name: str) -> Callable[..., Any]:
    """The engine's function, for floats and arrays too: one meaning, one set of domain errors."""
    from autograd_tiny import functions
    from autograd_tiny.value import Value

    def apply(*arguments: Any) -> Any:
        result = getattr(functions, name)(*(x if isinstance(x, Value) else Value(x) for x in arguments))
        return result if any(isinstance(x, Value) for x in arguments) else result._data

    return apply
