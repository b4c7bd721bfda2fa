"""Expressions as calls of NumPy that write into arrays: no array is made anew.

x * y + z  into h      becomes      multiply(x, y, h); add(h, z, h)
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeGuard

import numpy as np

from autograd_tiny.shapes import Shape

_UFUNCS = {ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide"}
_FUNCTIONS = frozenset("tanh exp sin cos sqrt log".split())
_SIGMOID = ("negative({x}, {out})", "exp({out}, {out})", "add({out}, {one}, {out})", "divide({one}, {out}, {out})")


class Calls:
    """Writes the calls; what they need besides, numbers as arrays of no axis and rooms, is put into `namespace`.

    `arrays` are the program's own, of which it is known how they lie in memory.
    """

    def __init__(
        self, shapes: Mapping[str, Shape], arrays: Mapping[str, Any], namespace: dict[str, Any], dtype: Any
    ) -> None:
        self.shapes, self.arrays, self.namespace, self.dtype = shapes, arrays, namespace, dtype
        self._rooms: dict[tuple[Shape, int], str] = {}

    def into(self, tree: ast.expr, out: str, shape: Shape, depth: int = 0) -> Iterator[str]:
        """Statements that compute an expression into the array `out`."""
        if isinstance(tree, ast.BinOp) and type(tree.op) in _UFUNCS:
            left, before = self._operand(tree.left, shape, out, depth)
            right, also = self._operand(tree.right, shape, None, depth + 1)
            yield from before
            yield from also
            yield f"{_UFUNCS[type(tree.op)]}({left}, {right}, {out})"
        elif isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub):
            x, before = self._operand(tree.operand, shape, out, depth)
            yield from before
            yield f"negative({x}, {out})"
        elif isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.MatMult) and _plain(tree):
            yield self._product(tree, out)
        else:
            called = self._call(tree, out, shape, depth) if isinstance(tree, ast.Call) else []
            yield from called or [f"copyto({out}, {ast.unparse(tree)})"]

    def _call(self, tree: ast.Call, out: str, shape: Shape, depth: int) -> list[str]:
        """A function into `out`; nothing if it cannot write there."""
        name = tree.func.id if isinstance(tree.func, ast.Name) else ""
        if name in (*_FUNCTIONS, "sigmoid"):
            x, before = self._operand(tree.args[0], shape, out, depth)
            steps = _SIGMOID if name == "sigmoid" else (name + "({x}, {out})",)
            return before + [step.format(x=x, out=out, one=self.number(1)) for step in steps]
        if name == "zeros":
            return [f"{out}.fill(0)"]
        first, *rest = map(ast.unparse, tree.args)
        if name == "sum" and rest and _plain(tree):
            return [f"reduce({first}, {rest[0]}, None, {out})"]
        return [f"outer({first}, {rest[0]}, {out})"] if name == "outer" and _plain(tree) else []

    def _operand(self, tree: ast.expr, shape: Shape, out: str | None, depth: int) -> tuple[str, list[str]]:
        """What stands for an operand, and the statements that make it first."""
        if isinstance(tree, ast.Constant):
            return self.number(tree.value), []
        if isinstance(tree, ast.Name):
            return tree.id, []
        if self._shape(tree) == shape and not isinstance(tree, ast.Attribute | ast.Subscript):
            place = out if out is not None and not _mentions(tree, out) else self.room(shape, depth)
            return place, list(self.into(tree, place, shape, depth))
        return ast.unparse(tree), []

    def _product(self, tree: ast.BinOp, out: str) -> str:
        """`dot` is the quickest, and wants places without gaps; a stack of matrices is one of all its rows."""
        place, left, right = self.namespace.get(out), ast.unparse(tree.left), ast.unparse(tree.right)
        both = [len(self._shape(side) or ()) for side in (tree.left, tree.right)]
        if both[0] > 2 == both[1] and all(map(self._gapless, (left, out))):
            return f"dot({self._all_rows(left)}, {right}, {self._all_rows(out)})"
        dot = max(both) < 3 and (place is None or place.flags.c_contiguous)
        return f"{'dot' if dot else 'matmul'}({left}, {right}, {out})"

    def _gapless(self, name: str) -> bool:
        return name in self.arrays and bool(self.arrays[name].flags.c_contiguous)

    def _all_rows(self, name: str) -> str:
        """The rows of a stack of matrices as one matrix."""
        rows, stack = f"room_{name}_0", self.arrays[name]
        self.namespace[rows] = stack.reshape(math.prod(stack.shape[:-1]), stack.shape[-1])
        return rows

    def _shape(self, tree: ast.expr) -> Shape | None:
        """The shape of an expression, as far as it is known without running it."""
        if isinstance(tree, ast.Name):
            return self.shapes.get(tree.id, ())
        if isinstance(tree, ast.Constant):
            return ()
        if isinstance(tree, ast.Attribute):
            inner = self._shape(tree.value)
            return inner and inner[::-1]
        if _is_reshape(tree):
            return tuple(ast.literal_eval(tree.args[1]))
        if isinstance(tree, ast.UnaryOp):
            return self._shape(tree.operand)
        if isinstance(tree, ast.BinOp) and type(tree.op) in _UFUNCS:
            sides = [self._shape(tree.left), self._shape(tree.right)]
            return None if None in sides else np.broadcast_shapes(*sides)  # type: ignore[arg-type]
        if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id in (*_FUNCTIONS, "sigmoid"):
            return self._shape(tree.args[0])
        return None

    def number(self, number: Any) -> str:
        """A number as an array of no axis: NumPy takes it in half the time of a float."""
        name = "n_" + re.sub(r"\W", "_", repr(number))
        self.namespace[name] = np.array(number, self.dtype)
        return name

    def room(self, shape: Shape, depth: int) -> str:
        """An array for what is needed only within a line."""
        name = self._rooms.setdefault((shape, depth), f"room_{len(self._rooms)}")
        if name not in self.namespace:
            self.namespace[name] = np.zeros(shape, self.dtype)
        return name


def _plain(tree: ast.expr) -> bool:
    """Whether the parts are names, their transposes or numbers, or names in another shape."""
    parts = [tree.left, tree.right] if isinstance(tree, ast.BinOp) else tree.args if isinstance(tree, ast.Call) else []
    return all(isinstance(part, ast.Name | ast.Attribute | ast.Constant) or _is_reshape(part) for part in parts)


def _is_reshape(tree: ast.expr) -> TypeGuard[ast.Call]:
    return isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id == "reshape"


def _mentions(tree: ast.expr, name: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(tree))
