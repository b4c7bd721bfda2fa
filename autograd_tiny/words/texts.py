"""Texts of the table's language: made into functions, or into other texts.

Such a text is an expression of Python's: names of numbers, signs, and words. `where(c, a, b)` chooses.
"""

from __future__ import annotations

import ast
import linecache
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any


def define(name: str, source: str, world: dict[str, Any], function: str = "") -> Callable[..., Any]:
    """The `function` (else `name`) that `source` defines, living in `world` and reading its other names there."""
    filename = f"<autograd_tiny: {name}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)  # for tracebacks
    exec(compile(source, filename, "exec"), world)  # the text is ours, from the table: never a user's
    return world[function or name]  # type: ignore[no-any-return]


class _Inline(ast.NodeTransformer):
    """Over floats, where(c, a, b) is `a if c else b`: no call, and the other branch is not computed."""

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "where":
            condition, a, b = node.args
            return ast.IfExp(condition, a, b)
        return node


@cache
def over_floats(text: str) -> str:
    """A table text as Python writes it for plain floats."""
    return ast.unparse(_Inline().visit(ast.parse(text, mode="eval")))


def function_source(name: str, letters: Sequence[str], text: str, one: bool) -> str:
    """A text as a function in Python, over arrays or over `one` number; `e = exp(x); 1 + e` gives a part a name."""
    *before, last = text.split("; ")
    named = [part.partition(" = ") for part in before]
    lines = [f"{part} = {over_floats(meaning) if one else meaning}" for part, _, meaning in named]
    lines.append(f"return {over_floats(last) if one else last}")
    return f"def {name}({', '.join(letters)}):\n" + "\n".join(f"    {line}" for line in lines)


class _UnitUpstream(ast.NodeTransformer):
    """Set g = 1 in a pullback and drop the ones that multiply."""

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Constant(1) if node.id == "g" else node

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        left, right = self.visit(node.left), self.visit(node.right)
        if isinstance(node.op, ast.Mult) and _is_one(left):
            return right  # type: ignore[no-any-return]
        if isinstance(node.op, ast.Mult) and _is_one(right):
            return left  # type: ignore[no-any-return]
        if isinstance(node.op, ast.Mult) and isinstance(left, ast.UnaryOp) and _is_one(left.operand):
            return ast.UnaryOp(ast.USub(), right)
        return ast.BinOp(left, node.op, right)


def _is_one(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == 1


def with_unit_upstream(text: str) -> str:
    """A pullback with g = 1: the local derivative."""
    return ast.unparse(_UnitUpstream().visit(ast.parse(text, mode="eval")))
