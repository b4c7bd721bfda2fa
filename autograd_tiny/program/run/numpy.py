"""The program as NumPy runs it fastest: every result is written to its place, with no array made anew.

    h = tanh(v1 @ W + b)      becomes      dot(v1, W, h); add(h, b, h); tanh(h, h)

It computes line by line what the readable program says.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeGuard

import numpy as np

from autograd_tiny import numbers
from autograd_tiny.data import lined_up
from autograd_tiny.program.dialects import NUMPY, UFUNCS
from autograd_tiny.program.lines import Code, Line
from autograd_tiny.program.printing import header, statement
from autograd_tiny.program.run.storage import Storage, joins
from autograd_tiny.shapes import Shape
from autograd_tiny.words.indexing import add_at
from autograd_tiny.words.texts import define

# Expressions as calls of NumPy that write into arrays -----------------------------------------------------------------
#
#     x * y + z  into h      becomes      multiply(x, y, h); add(h, z, h)


_UFUNCS = {ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide"}
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
            free = not before and not self._reads(tree.left, out)  # no number waits there for the other operand
            right, also = self._operand(tree.right, shape, out if free else None, depth + 1)
            yield from before
            yield from also
            yield f"{_UFUNCS[type(tree.op)]}({left}, {right}, {out})"
        elif isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub):
            x, before = self._operand(tree.operand, shape, out, depth)
            yield from before
            yield f"negative({x}, {out})"
        elif isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.MatMult) and _is_plain(tree):
            yield self.product(tree, out)
        else:
            called = self._call(tree, out, shape, depth) if isinstance(tree, ast.Call) else []
            yield from called or [f"copyto({out}, {ast.unparse(tree)})"]

    def _call(self, tree: ast.Call, out: str, shape: Shape, depth: int) -> list[str]:
        """A function into `out`; nothing if it cannot write there."""
        name = tree.func.id if isinstance(tree.func, ast.Name) else ""
        if name in (*UFUNCS, "sigmoid"):
            x, before = self._operand(tree.args[0], shape, out, depth)
            steps = _SIGMOID if name == "sigmoid" else (name + "({x}, {out})",)
            return before + [step.format(x=x, out=out, one=self.number(1)) for step in steps]
        if name == "zeros":
            return [f"{out}.fill(0)"]
        first, *rest = map(ast.unparse, tree.args)
        if name == "sum" and rest and _is_plain(tree):
            return [f"reduce({first}, {rest[0]}, None, {out})"]
        return [f"outer({first}, {rest[0]}, {out})"] if name == "outer" and _is_plain(tree) else []

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

    def _reads(self, tree: ast.expr, out: str) -> bool:
        """Whether an expression reads what lies where `out` does."""
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        there = [x for name in names - {out} if isinstance(x := self.namespace.get(name), np.ndarray)]
        place = self.namespace.get(out)
        return out in names or any(place is None or np.may_share_memory(x, place) for x in there)

    def product(self, tree: ast.BinOp, out: str) -> str:
        """`dot` is the quickest, and wants places without gaps; a stack of matrices is one of all its rows."""
        place, left, right = self.namespace.get(out), ast.unparse(tree.left), ast.unparse(tree.right)
        both = [len(self._shape(side) or ()) for side in (tree.left, tree.right)]
        if both[0] > 2 == both[1] and all(map(self._gapless, (left, out))):
            return f"dot({self._all_rows(left)}, {right}, {self._all_rows(out)})"
        if max(both) < 3 and out in self.arrays and self._by_columns(self.arrays[out]):
            self.namespace[turned := f"room_{out}_turned"] = self.arrays[out].T
            return f"dot({right}.T, {left}.T, {turned})"
        dot = max(both) < 3 and (place is None or place.flags.c_contiguous)
        return f"{'dot' if dot else 'matmul'}({left}, {right}, {out})"

    @staticmethod
    def _by_columns(place: Any) -> bool:
        return place.ndim == 2 and place.flags.f_contiguous and not place.flags.c_contiguous

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
        if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id in (*UFUNCS, "sigmoid"):
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
            self.namespace[name] = lined_up(shape, self.dtype)
        return name


def _is_plain(tree: ast.expr) -> bool:
    """Whether the parts are names, their transposes or numbers, or names in another shape."""
    parts = [tree.left, tree.right] if isinstance(tree, ast.BinOp) else tree.args if isinstance(tree, ast.Call) else []
    return all(isinstance(part, ast.Name | ast.Attribute | ast.Constant) or _is_reshape(part) for part in parts)


def _is_reshape(tree: ast.expr) -> TypeGuard[ast.Call]:
    return isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id == "reshape"


def _mentions(tree: ast.expr, name: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(tree))


# The program, line by line --------------------------------------------------------------------------------------------


ONE_HOT = 20_000  # numbers in a one-hot matrix that is still quicker than a loop over its rows


class InPlace:
    """Writes the program; `namespace` holds its arrays, and the numbers it needs as arrays of no axis."""

    extra: frozenset[str] = frozenset()  # functions that are called beside those in the lines

    def __init__(self, code: Code, places: Mapping[str, Any] | None = None) -> None:
        self.code, self.shapes = code, code.shapes
        self.dtype = np.float32 if code.single_precision else np.float64
        self.places = dict(places or {})  # where gradients are wanted
        self.storage = Storage(code, self.dtype, self.places)
        self.namespace: dict[str, Any] = {**_WORLD, **code.constants, **self.storage.arrays}
        if code.single and not code.single_precision:  # `dot` writes to no place of another precision
            self.namespace["dot"] = np.matmul
        self.calls = Calls(self.shapes, self.storage.arrays, self.namespace, self.dtype)
        self._settled = self._constants()
        self._tables = set(self._filled_at_once())

    def compiled(self, name: str) -> Callable[..., Any]:
        """The function: arguments as in the readable program."""
        text = self.source()
        exec(
            "\n".join(header(self.code, NUMPY, {"add_at", "at", "array", *self.extra})), self.namespace
        )  # the dialect's own text
        quick = {name: numbers.ARRAYS[name] for name in ("logsumexp", "sum", "reshape")} | {"add_at": add_at}
        self.namespace |= {**quick, **self.code.constants, **self.storage.arrays}
        return define(name, text, self.namespace, "program")

    def source(self) -> str:
        """The text that runs."""
        lines = [f"def program({', '.join(self.code.arguments)}):"]
        for line in self.code.lines:
            if line.target not in self._settled and not (line.single and line.target in self._tables):
                lines += [f"    {each}" for each in self._line(line)]
        delivered = list(self.code.gradients)
        for k, name in enumerate(delivered):
            place = self.places.get(name)
            if place is not None and self.storage.arrays.get(name) is not place:
                delivered[k] = f"place_{k}"
                self.namespace[f"place_{k}"] = place
                lines.append(f"    copyto(place_{k}, {name})")
        lines.append(f"    return ({', '.join(self.code.values)},), [{', '.join(delivered)}]")
        return "\n".join(lines) + "\n"

    def _constants(self) -> set[str]:
        """Lines that depend on no argument are computed now, once."""
        growing = {line.target for line in self.code.lines if not line.single}
        settled: set[str] = set()
        space: dict[str, Any] = {}
        exec("\n".join(header(self.code, NUMPY)), space)  # the dialect's own text
        space |= self.code.constants
        for line in self.code.lines:
            known = all(arg in settled or arg in self.code.constants or _is_number(arg) for arg in line.args)
            if known and line.shape and line.target not in growing and line.target not in self.storage.wholes:
                space[line.target] = eval(line.value, space)  # texts of the table, names and numbers of ours
                self._settle(line.target, space[line.target])
                settled.add(line.target)
        return settled

    def _settle(self, name: str, number: Any) -> None:
        place = self.storage.arrays.get(name)
        if place is None:
            self.namespace[name] = np.asarray(number, self.dtype)
        else:
            place[...] = number

    # One line ---------------------------------------------------------------------------------------------------------

    def _line(self, line: Line) -> Iterator[str]:
        out = self.storage.arrays.get(line.target)
        if line.part:
            yield from self._part(line)
        elif out is None:
            yield statement(line, NUMPY)
        elif line.target in self.storage.there and line.single:
            return
        elif line.adds:
            yield from self._adding(line)
        elif joins(line):
            for k, name in self.storage.unplaced(line):
                place = f"{line.target}_part_{k}"
                self.namespace[place] = self._place_of(line, k)
                yield f"copyto({place}, {name})"
        else:
            yield from self.calls.into(_tree(line), line.target, line.shape)

    def _place_of(self, line: Line, k: int) -> Any:
        whole = self.storage.arrays[line.target]
        if line.text.startswith("stack"):
            return whole[k : k + 1].reshape(whole.shape[1:])
        axis = int(line.text.rsplit(", ", 1)[1][:-1])
        start = sum(self.shapes[name][axis] for name in line.args[:k])
        return whole[(*[slice(None)] * axis, slice(start, start + self.shapes[line.args[k]][axis]))]

    def _part(self, line: Line) -> Iterator[str]:
        """Adding at an index: at once, if it names no element twice."""
        if self._names_each_once(line):
            yield f"{line.target}[{line.part.format(*line.args)}] += {line.value}"
        elif self._rows_of_a_table(line):
            yield from self._one_hot(line)
        else:
            yield statement(line, NUMPY)

    def _names_each_once(self, line: Line) -> bool:
        """Whether no element is named twice, whatever the inputs: the constant arrays alone tell the elements apart."""
        arrays = [arg for arg in line.args[1:] if self.shapes.get(arg)]
        if arrays and not any(arg in self.code.constants for arg in arrays):
            return False
        shape = self.shapes[line.target]
        space: dict[str, Any] = {name: np.zeros(self.shapes[name], int) for name in self.code.whole}
        space |= {**self.code.constants, "elements": np.arange(math.prod(shape)).reshape(shape)}
        named = eval(f"elements[{line.part.format(*line.args)}]", space)  # an index of ours: names and numbers
        return np.size(named) == len(np.unique(named))

    def _rows_of_a_table(self, line: Line) -> bool:
        if line.text != "{0}" or line.part != "{1}":
            return False
        shape, given = self.shapes[line.target], self.shapes.get(line.args[0], ())
        return len(shape) == len(given) == 2 and shape[0] * given[0] <= ONE_HOT

    def _filled_at_once(self) -> Iterator[str]:
        """The tables of zeros to which rows are added once, and nothing else: there is no need for the zeros."""
        lines: dict[str, list[Line]] = {}
        for line in self.code.lines:
            lines.setdefault(line.target, []).append(line)
        for name, (first, *more) in lines.items():
            zeros = first.text.startswith("zeros(") and name in self.storage.arrays
            if zeros and len(more) == 1 and self._rows_of_a_table(more[0]) and not self._names_each_once(more[0]):
                yield name

    def _one_hot(self, line: Line) -> Iterator[str]:
        """Rows added to rows of a small table: one product with the one-hot rows beats a loop over them."""
        rows, index = line.args[:2]
        steps = self.shapes[rows][0]
        hot = self.calls.room((steps, self.shapes[line.target][0]), 9)
        self.namespace[f"steps_{steps}"] = np.arange(steps)
        yield f"{hot}.fill(0)"
        yield f"{hot}[steps_{steps}, {index}] = 1"
        product = ast.parse(f"{hot}.T @ {rows}", mode="eval").body
        assert isinstance(product, ast.BinOp)
        if line.target in self._tables:
            yield self.calls.product(product, line.target)
        else:
            room = self.calls.room(self.shapes[line.target], 0)
            yield self.calls.product(product, room)
            yield f"add({line.target}, {room}, {line.target})"

    def _adding(self, line: Line) -> Iterator[str]:
        if line.text == "{0}":
            yield f"add({line.target}, {line.args[0]}, {line.target})"
            return
        room = self.calls.room(line.shape, 0)
        yield from self.calls.into(_tree(line), room, line.shape, 1)
        yield f"add({line.target}, {room}, {line.target})"


_WORLD: dict[str, Any] = {
    name: getattr(np, name) for name in "add subtract multiply divide negative dot matmul copyto outer".split()
} | {"reduce": np.add.reduce}


def _tree(line: Line) -> ast.expr:
    return ast.parse(line.value, mode="eval").body


def _is_number(arg: str) -> bool:
    try:
        float(arg.strip("()"))
    except ValueError:
        return False
    return True
