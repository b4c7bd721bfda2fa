"""One element of an expression, in C: every operand is named where the loops stand."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

import numpy as np

from autograd_tiny.program.c.index import chosen
from autograd_tiny.program.c.memory import Memory, Place, is_chosen
from autograd_tiny.program.dialects import C
from autograd_tiny.program.tracing import ProgramError

VIEWS = frozenset({"reshape", "transpose", "swapaxes", "broadcast_to"})
COMPUTED = frozenset("sum mean amax logsumexp winners stack concatenate outer zeros scatter".split())
_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div)


class Elements(ast.NodeTransformer):
    """Rewrites an expression for the loops' counters; `reads` are the places it looks at.

    What is no element by itself, such as a sum within the expression, is computed before by `compute`, which gives the
    place where it then lies.
    """

    def __init__(self, memory: Memory, counters: Sequence[str], compute: Callable[[ast.expr], Place]) -> None:
        self.memory, self.counters, self.compute = memory, counters, compute
        self.reads: list[Place] = []
        self.chooses = False

    def text(self, tree: ast.expr) -> str:
        """The element as C."""
        return ast.unparse(self.visit(tree))

    def visit_Name(self, node: ast.Name) -> ast.expr:
        place = self.memory.place(node)
        return self._read(place) if place else node  # inf and nan are C's

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        return ast.Name(repr(float(node.value)).replace("inf", "INFINITY"))  # type: ignore[arg-type]

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        return self._view(node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        if not is_chosen(node.slice, self.memory):
            return self._view(node)
        place = self.memory.place(node.value)
        assert place is not None  # lines index what has a name
        self.chooses = True
        return ast.Name(chosen(place, node.slice, self.counters, self.memory))

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        if isinstance(node.op, ast.BitAnd | ast.BitOr):
            return ast.BinOp(self._truth(node.left), node.op, self._truth(node.right))
        if isinstance(node.op, _OPERATORS):
            return self.generic_visit(node)  # type: ignore[return-value]
        return self._read(self.compute(node))

    def _truth(self, node: ast.expr) -> ast.expr:
        """A condition as C takes it between others: what was kept of one is a number."""
        told = self.visit(node)
        known = isinstance(node, ast.Compare) or (
            isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd | ast.BitOr)
        )
        return told if known else ast.Compare(told, [ast.NotEq()], [ast.Constant(0)])

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        if isinstance(node.op, ast.USub):
            return self.generic_visit(node)  # type: ignore[return-value]
        raise ProgramError(f"source: {ast.unparse(node)} is not written in 'c'; choose 'numpy'")

    def visit_Call(self, node: ast.Call) -> ast.expr:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name == "copy" or (name == "broadcast_to" and not np.ndim(self.memory.evaluated(node.args[0]))):
            return self.visit(node.args[0])  # type: ignore[no-any-return]
        if name in VIEWS:
            return self._view(node)
        if name in COMPUTED:
            return self._read(self.compute(node))
        if name not in C.defined:
            raise ProgramError(f"source: {ast.unparse(node.func)} of arrays is not written in 'c'; choose 'numpy'")
        return ast.Call(node.func, [self.visit(arg) for arg in node.args], [])

    def _view(self, node: ast.expr) -> ast.expr:
        return self._read(self.memory.place(node) or self.compute(node))

    def _read(self, place: Place) -> ast.expr:
        self.reads.append(place)
        return ast.Name(place.element(self.counters))
