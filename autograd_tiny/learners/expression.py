"""Formulas as a learner types them, read safely: ``2w(w−3) + w²`` is an `Expression`, or a kind ExpressionError.

Glossary: *text* is what was typed; *source* is the same formula in plain Python; *nodes* are the parts of its `ast`,
which a whitelist guards. Nothing typed ever reaches ``eval``.
"""

from __future__ import annotations

import ast
import difflib
import keyword
import math
import operator
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from autograd_tiny.table import TABLE
from autograd_tiny.words.words import TIGHT, word

__all__ = ["Expression", "ExpressionError", "parse", "parse_assignments"]

CONSTANTS = {"e": math.e, "pi": math.pi, "π": math.pi}
BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.MatMult: operator.matmul,
}
UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {ast.UAdd: lambda x: x, ast.USub: operator.neg}
# All that a formula is made of; whatever else Python has is refused when it is read, and needs no rule of its own.
# (A subscript is one name, as `tokens` lets it pass only where somebody knows it.)
NODES = (ast.Constant, ast.Name, ast.Subscript, ast.UnaryOp, ast.BinOp, ast.Call, ast.Load, *UNARY, *BINARY)


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
    used = {_name(node) for node in nodes if isinstance(node, ast.Name | ast.Subscript)}
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
        stack += _inside(node)
    return tuple(reversed(order))


def _inside(node: ast.expr) -> list[ast.expr]:
    """The parts of a part of a formula; a name with an index, s[2], has none."""
    if isinstance(node, ast.Subscript):
        return []
    inside = node.args if isinstance(node, ast.Call) else ast.iter_child_nodes(node)
    return [part for part in inside if isinstance(part, ast.expr)]


def _name(node: ast.Name | ast.Subscript) -> str:
    return node.id if isinstance(node, ast.Name) else indexed_name(ast.unparse(node))


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
    for node in _walk(tree):
        if isinstance(node, ast.Tuple):
            raise ExpressionError(f"{_shortened(text)}: one formula, please (decimals take a point: 0.5, not 0,5)")
        if isinstance(node, ast.Call):
            _check_arguments(getattr(node.func, "id", "…)"), len(node.args))
        if not isinstance(node, NODES):
            raise ExpressionError(f"{_shortened(text)}: {type(node).__name__} has no place in a formula")
    return tree


def _walk(tree: ast.expr) -> Iterator[ast.AST]:
    """Every part of a tree, but not what stands in the brackets of an index."""
    waiting: list[ast.AST] = [tree]
    for node in waiting:  # grows while it is read
        yield node
        waiting += [] if isinstance(node, ast.Subscript) else ast.iter_child_nodes(node)


def _check_arguments(name: str, given: int) -> None:
    if name not in FUNCTIONS:
        raise ExpressionError(f"{_shortened(name)} is not a function")
    wanted = TABLE[FUNCTIONS[name]].arity or 1
    if given != wanted:
        example = f"{name}({', '.join('xy'[:wanted])})"
        raise ExpressionError(f"{name} takes {wanted} argument{'s' * (wanted > 1)}, as in {example}; {given} given")


def _remedy(source: str) -> str:
    missing = source.count("(") - source.count(")")
    if missing:
        return f": {abs(missing)} '{'()'[missing < 0]}' too many"
    if re.search(r"[-+*/@]\s*(\)|$)", source):
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
        case ast.Subscript():
            if (indexed := _name(node)) not in known:
                raise ExpressionError(nearest(indexed, known))
            return known[indexed]
        case ast.UnaryOp(op=sign, operand=operand):
            return UNARY[type(sign)](results[operand])
        case ast.BinOp(left=left, op=ast.MatMult(), right=right):
            return _product(results[left], results[right])
        case ast.BinOp(left=left, op=operation, right=right):
            return BINARY[type(operation)](results[left], results[right])
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _function(FUNCTIONS[name])(*(results[argument] for argument in arguments))
    raise ExpressionError(f"{type(node).__name__} has no place in a formula")


def _product(x: Any, y: Any) -> Any:
    """A product of matrices; between numbers it is none."""
    if any(getattr(each, "ndim", 0) == 0 for each in (x, y)):
        raise ExpressionError("@ multiplies matrices and vectors; between numbers write *")
    return x @ y


def _function(name: str) -> Callable[..., Any]:
    """The engine's function, for floats and arrays too: one meaning, one set of domain errors."""
    from autograd_tiny import functions
    from autograd_tiny.value import Value

    def apply(*arguments: Any) -> Any:
        result = getattr(functions, name)(*(x if isinstance(x, Value) else Value(x) for x in arguments))
        return result if any(isinstance(x, Value) for x in arguments) else result._data

    return apply


# How learners spell formulas: the text of one becomes tokens of plain Python, or a kind question ----------------------


LONGEST = 4000  # characters; the longest formula of the lessons has under 200
DEEPEST = 60  # nested parentheses
MOST = 12  # known names that are listed

# What a learner may call, and the name under which the engine knows it: what no sign writes, of numbers alone.
FUNCTIONS = {
    name: op.name
    for op in TABLE.values()
    if op.elementwise and word(op.name).binds == TIGHT and len(op.parameters) == len(op.defaults)
    for name in (op.name, *word(op.name).names.split(), *word(op.name).typed.split())
}

POWERS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
SIGNS = str.maketrans(dict.fromkeys("·×⋅∗∙", "*") | dict.fromkeys("−–‒", "-") | {"÷": "/", "∕": "/", "√": " sqrt"})
TOKEN = re.compile(r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[^\W\d]\w*|\*\*|//|[-+*/@(),^]|\s+")
INDEXED = re.compile(r"([^\W\d]\w*)\s*\[\s*([0-9]+(?:\s*,\s*[0-9]+)*)\s*\]")  # s[2], W[0, 1]
BETWEEN = {"*", "/", "**", "@"}  # signs that need something on both sides; a + or − may stand before a number
STRAY = {
    "=": "only the right side is wanted", ".": "decimals are written 0.5", "[": "use ( )", "{": "use ( )",
    "//": "a division is written /", "%": "there is no remainder", "~": "a minus is written -",
}  # fmt: skip


class ExpressionError(ValueError):
    """A text that is not a formula; the message says what is wrong and what may have been meant."""

    def __init__(self, message: str) -> None:
        short = message if len(message) <= 240 else f"{message[:160]} … {message[-70:]}"
        super().__init__(short)


def plain_name(name: str) -> str:
    """A name as Python reads it (Unicode NFKC), its subscripts as digits: w₁ is w1."""
    return unicodedata.normalize("NFKC", name)


def indexed_name(text: str) -> str:
    """A name with an index, however it is spaced: s[2], W[0, 1]."""
    found = INDEXED.fullmatch(text)
    return f"{found[1]}[{', '.join(part.strip() for part in found[2].split(','))}]" if found else text


def tokens(text: str, known: Collection[str] = frozenset()) -> list[str]:
    """The tokens in plain Python, with ``*`` where the lectures write no sign; `known` names are no functions.

    Raises ExpressionError where a sign is missing in earnest, or the text can be read in two ways.
    """
    if len(text) > LONGEST:
        raise ExpressionError(f"a formula of {len(text):,} characters is too long; at most {LONGEST:,} are read")
    spelled = list(_spelled(text, any("[" in name for name in known)))
    calls = {name for name in FUNCTIONS if name not in known}
    whole: list[str] = []
    doubt = ""
    for i, token in enumerate(spelled):
        before = spelled[i - 1] if i else "("
        if token in BETWEEN and before in (*BETWEEN, "+", "-", "(", ","):
            raise ExpressionError(f"something is missing before the sign {'^' if token == '**' else token}")
        if token in calls and spelled[i + 1 : i + 2] != ["("]:
            raise ExpressionError(f"{token} is a function: {token}({next(filter(_is_name, spelled[i + 1 :]), 'x')})?")
        if _ends(before) and _begins(token) and not (before in calls and token == "("):
            product = before in known and token == "("  # w(w - 3): what is a name of a number is no function
            doubt = doubt or ("" if product else _doubt(spelled[i - 2] if i > 1 else "", before, token))
            whole.append("*")
        whole.append(token)
    if doubt and whole.count("(") == whole.count(")"):  # brackets are balanced first, by whoever reads the tokens
        raise ExpressionError(doubt.replace("{fix}", "".join(whole)))
    return whole


def nearest(name: str, known: Collection[str]) -> str:
    """What a name that nobody knows may have meant; the known ones are listed in their order."""
    if len(name) > 1 and all(letter in known for letter in name):
        return f"there is no {name} here; {'*'.join(name)}?"
    near = difflib.get_close_matches(name, [*known, *FUNCTIONS], 1)
    whole = [each for each in known if "[" not in each]
    listed = ", ".join(whole[:MOST]) + (", …" if len(whole) > MOST else "")
    return f"there is no {name} here; " + (f"{near[0]}?" if near else f"known: {listed or 'no names'}")


def _spelled(text: str, indices: bool) -> Iterator[str]:
    """The tokens one by one; with `indices`, a name and what stands in brackets behind it are one."""
    plain = re.sub(r"[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+", lambda power: f"**({power[0].translate(POWERS)})", text)
    plain = plain_name(plain.translate(SIGNS))
    position = depth = 0
    while position < len(plain):
        token = (INDEXED.match(plain, position) if indices else None) or TOKEN.match(plain, position)
        if token is None:
            raise ExpressionError(_stray(plain[position]))
        if token[0] in STRAY:
            raise ExpressionError(_stray(token[0]))
        position = token.end()
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        if depth > DEEPEST:
            raise ExpressionError(f"parentheses more than {DEEPEST} deep; write the formula in smaller pieces")
        _check(token[0])
        if not token[0].isspace():
            yield "**" if token[0] == "^" else re.sub(r"^0+(?=[0-9])", "", indexed_name(token[0]))


def _check(token: str) -> None:
    if keyword.iskeyword(token):
        raise ExpressionError(f"{token} is a word of Python, not a name in a formula")
    if _is_number(token) and not math.isfinite(float(token)):
        raise ExpressionError(f"{token} is too large for a float")


def _doubt(two_before: str, before: str, token: str) -> str:
    """Why no sign between these two is no product ({fix}: the formula with all signs); "" where it is one."""
    if _is_name(before):
        near = difflib.get_close_matches(before, FUNCTIONS, 1, 0.7) if token == "(" and len(before) > 1 else []
        return f"there is no function {before}; {near[0]}(…)?" if near else "a sign is missing: {fix}?"
    if _is_number(token):
        return "a sign is missing: {fix}?"
    if _is_number(before) and (two_before == "/" or (two_before == "**" and _is_name(token))):
        sign = "^" if two_before == "**" else "/"
        return f"{sign}{before}{token} can be read in two ways: write {sign}({before}*{token} …) or {{fix}}"
    return ""


def _stray(character: str) -> str:
    return (
        f"{character!r} has no place in a formula ({STRAY.get(character, 'it has numbers, names, + - * / ^ and ( )')})"
    )


def _is_name(token: str) -> bool:
    return token[:1].isidentifier()


def _is_number(token: str) -> bool:
    return token[:1].isdigit() or (token[:1] == "." and len(token) > 1)


def _ends(token: str) -> bool:
    return token == ")" or _is_name(token) or _is_number(token)


def _begins(token: str) -> bool:
    return token == "(" or _is_name(token) or _is_number(token)
