"""The table's texts made ready for one application: what is known already is worked out, the rest becomes a template.

    z = pow(x, y) with y = 2                     "{0} * {0}" of x
    the pullback "g * y" with g = 1              "{0}" of y
    the pullback of a sum over axis 0            "broadcast_to({0}, (3, 4))" of g

Letters: x, y inputs, z result, g upstream gradient, xs all inputs of a variadic operation.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from autograd_tiny import numbers
from autograd_tiny.comparisons import PLACE
from autograd_tiny.words.texts import over_floats

LETTERS = frozenset({"x", "y", "z", "g", "condition"})


class _Specialised(ast.NodeTransformer):
    """Names with known numbers become those numbers, and what follows from them is worked out."""

    def __init__(self, numbers: Mapping[str, Any], applied: Mapping[str, Any]) -> None:
        self.numbers, self.applied = numbers, applied

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Constant(self.numbers[node.id]) if node.id in self.numbers else node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name in numbers.ASKED:
            source = ast.unparse(node)
            return ast.Constant(eval(source, dict(numbers.ASKED), dict(self.applied)))  # a text of the table
        self.generic_visit(node)
        if name == "where" and isinstance(node.args[0], ast.Constant):
            return node.args[1] if node.args[0].value else node.args[2]
        return _power(node) if name == "pow" else node

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        self.generic_visit(node)
        return _evaluated(node, [node.left, *node.comparators])

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        self.generic_visit(node)
        return _evaluated(node, [node.operand])

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        left, right = node.left, node.right
        if isinstance(left, ast.Constant) and isinstance(right, ast.Constant):
            return _evaluated(node, [left, right])
        if isinstance(node.op, ast.BitAnd | ast.BitOr):
            return _connected(node, left, right)
        if isinstance(node.op, ast.Mult | ast.Div) and _is(right, 1):
            return left
        if isinstance(node.op, ast.Add | ast.Sub) and _is(right, 0):
            return left
        if isinstance(node.op, ast.Add) and _is(left, 0):
            return right
        if isinstance(node.op, ast.Mult) and _is(left, 1):
            return right
        if isinstance(node.op, ast.Mult) and _is(left, -1):
            return ast.UnaryOp(ast.USub(), right)
        return node


def _connected(node: ast.BinOp, left: ast.expr, right: ast.expr) -> ast.expr:
    """A condition with another one, of which one may be known: true and c is c, false or c is c."""
    neutral = isinstance(node.op, ast.BitAnd)
    for known, other in ((right, left), (left, right)):
        if isinstance(known, ast.Constant) and known.value.__class__ is bool:
            return other if known.value is neutral else known
    return node


def _evaluated(node: ast.expr, parts: list[ast.expr]) -> ast.expr:
    if not all(isinstance(part, ast.Constant) and isinstance(part.value, int | float) for part in parts):
        return node
    try:
        return ast.Constant(eval(ast.unparse(node), {}))  # numbers and operators, nothing else
    except ArithmeticError:
        return node  # whoever runs the line hears of it


def _is(node: ast.expr, number: float) -> bool:
    return isinstance(node, ast.Constant) and node.value.__class__ in (int, float) and node.value == number


def _power(node: ast.Call) -> ast.expr:
    base, exponent = node.args
    if isinstance(base, ast.Name) and isinstance(exponent, ast.Constant) and exponent.value in (0, 1, 2):
        return (ast.Constant(1.0), base, ast.BinOp(base, ast.Mult(), base))[int(exponent.value.real)]
    return node


@cache
def scalar_text(text: str, known: tuple[tuple[str, float], ...]) -> tuple[str, tuple[str, ...]]:
    """An elementwise text with some letters known: its template, and the letters that fill it, in order."""
    return template(specialised(text, dict(known), {}))


def specialised(text: str, known: Mapping[str, Any], applied: Mapping[str, Any]) -> ast.expr:
    """The text's tree with `known` letters as numbers; functions of shapes are worked out on what is `applied`."""
    tree = ast.parse(text, mode="eval").body
    return ast.fix_missing_locations(_Specialised(known, applied).visit(tree))  # type: ignore[no-any-return]


def template(tree: ast.expr) -> tuple[str, tuple[str, ...]]:
    """A tree as text with places, and the letters that fill them."""
    used: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in LETTERS:
            used.setdefault(node.id, f"{{{len(used)}}}")
    text = ast.unparse(_Marked(used).visit(tree)).replace("{", "{{").replace("}", "}}")
    for letter, place in used.items():
        text = text.replace(_mark(letter), place)
    return text, tuple(used)


def _mark(letter: str) -> str:
    return f"_{letter}_"


class _Marked(ast.NodeTransformer):
    """Letters written so that they cannot be taken for parts of other names."""

    def __init__(self, used: Mapping[str, str]) -> None:
        self.used = used

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Name(_mark(node.id)) if node.id in self.used else node


_WHOLE = re.compile(r"(?<![\w.{\[])(?<!e[-+])(\d+)(?![\w.}\]])")


@cache
def pointed(text: str) -> str:
    """A template or number with a point in every whole number: 1 / 2 is 0 in C, and Python converts 2 to 2.0 anew."""
    return _WHOLE.sub(r"\1.0", text)


@cache
def over_one(text: str) -> str:
    """A template as Python writes it for floats: where(c, a, b) as `a if c else b`."""
    if "where" not in text:
        return text
    places = [f"{{{k}}}" for k in range(text.count("{"))]
    for k, place in enumerate(places):
        text = text.replace(place, f"_{k}_")
    text = over_floats(text)
    for k, place in enumerate(places):
        text = text.replace(f"_{k}_", place)
    return text


# Templates as trees ---------------------------------------------------------------------------------------------------


def parsed(text: str) -> ast.expr:
    """A template as a tree, its places as names _0_, _1_ …"""
    return ast.parse(PLACE.sub(r"_\1_", text), mode="eval").body


def unparsed(tree: ast.expr) -> str:
    """The template that such a tree is of."""
    return re.sub(r"\b_(\d+)_\b", r"{\1}", ast.unparse(tree))
