"""The C dialect for arrays: loops over the numbers themselves, so that nothing is called and nothing made anew.

    i_1 = sigmoid(v3)           for (int i = 0; i < 100; i++) {
    v4 = i_1 * g_1                  i_1[i] = sigmoid(v3[i]);
                                    v4[i] = i_1[i] * g_1[i];
                                }

Lines of one shape share a loop. Products of matrices are called; views are other names for what is there.
"""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import Any

import numpy as np

from autograd_tiny.program.c.elements import VIEWS, Elements
from autograd_tiny.program.c.index import chosen
from autograd_tiny.program.c.memory import Memory, Place, braced, is_chosen, nested
from autograd_tiny.program.c.operations import OPERATIONS
from autograd_tiny.program.lines import Line
from autograd_tiny.program.tracing import ProgramError
from autograd_tiny.shapes import Shape


class Loops:
    """The statements of a program, loop by loop; `made` are the arrays that it needs."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self.blocks: list[list[str]] = []
        self.made: list[Place] = []
        self.longest = 1  # of the sums in products of matrices
        self._shape: Shape | None = None  # of the loop that is still open
        self._body: list[str] = []
        self._reads: list[Place] = []
        self._writes: list[Place] = []

    def line(self, line: Line) -> None:
        """Write one line of the program."""
        tree = ast.parse(line.value, mode="eval").body
        if line.part:
            index = ast.parse(f"{line.target}[{line.part.format(*line.args)}]", mode="eval").body
            assert isinstance(index, ast.Subscript)
            self.part(index, tree)
        elif line.adds:
            self.into(self._named(line.target), tree, "+=")
        elif line.shape and self.memory.place(tree) is not None:
            self.memory.space[line.target] = self.memory.evaluated(tree)
        else:
            self.into(self.new(line.target, line.shape), tree)

    def note(self, comment: str) -> None:
        """A remark between the loops."""
        self.close()
        self.blocks.append([f"/* {comment} */"])

    def close(self) -> None:
        """End the loop that is open."""
        if self._shape is not None:
            self.blocks.append([*nested(self._shape, self.memory.counting(self._shape), self._body)])
        self._shape, self._body, self._reads, self._writes = None, [], [], []

    # Places -----------------------------------------------------------------------------------------------------------

    def _named(self, name: str) -> Place:
        place = self.memory.place(ast.Name(name))
        assert place is not None
        return place

    def new(self, name: str, shape: Shape) -> Place:
        self.made.append(self.memory.put(name, np.zeros(shape)))
        return self.made[-1]

    def computed(self, tree: ast.expr) -> Place:
        """The place of something that is computed for its own sake, such as a sum within an expression."""
        inner = _viewed(tree)
        if inner is not None and self.memory.place(inner) is None:
            name = self.computed(inner).owner
            return self.operand(_with_inner(tree, ast.Name(name)))
        place = self.new(self.memory.free("t"), np.shape(self.memory.evaluated(tree)))
        if inner is not None:
            self._in_order(place, self.operand(inner))
        else:
            self.into(place, tree)
        return place

    def operand(self, tree: ast.expr) -> Place:
        return self.memory.place(tree) or self.computed(tree)

    # Statements -------------------------------------------------------------------------------------------------------

    def into(self, out: Place, tree: ast.expr, sign: str = "=") -> None:
        """Compute an expression into a place, or add it there."""
        name = tree.func.id if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) else ""
        if isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.MatMult):
            self._product(out, self.operand(tree.left), self.operand(tree.right), sign)
        elif name in OPERATIONS:
            assert isinstance(tree, ast.Call)
            if tree.keywords:
                raise ProgramError(f"source: {ast.unparse(tree)} is not written in 'c'; choose 'numpy'")
            OPERATIONS[name](self, out, tree.args, sign)
        else:
            self._elementwise(out, tree, sign)

    def _elementwise(self, out: Place, tree: ast.expr, sign: str) -> None:
        shape = out.view.shape
        elements = Elements(self.memory, self.memory.counting(shape), self.computed)
        value = elements.text(tree)
        if elements.chooses or any(read.clashes(out) for read in elements.reads):
            self.close()
        if any(read.clashes(out) for read in elements.reads):
            raise ProgramError("source: a line reads what it writes, in another order; choose 'numpy'")
        statement = f"{out.element(self.memory.counting(shape))} {sign} {value};"
        self._join(shape, statement, elements.reads, out)
        if elements.chooses:
            self.close()

    def _join(self, shape: Shape, statement: str, reads: list[Place], write: Place) -> None:
        """Into the open loop, if it has this shape and no number would be read or written too early there."""
        early = any(read.clashes(other) for read in reads for other in self._writes)
        late = any(write.clashes(other) for other in (*self._reads, *self._writes))
        if shape != self._shape or early or late:
            self.close()
        self._shape = shape
        self._body.append(statement)
        self._reads += reads
        self._writes.append(write)

    def part(self, target: ast.Subscript, tree: ast.expr) -> None:
        """Adding to a part; rows named by whole numbers one after the other, so that one named twice gets both."""
        if not is_chosen(target.slice, self.memory):
            self.into(self.operand(target), tree, "+=")
            return
        base = self.operand(target.value)
        shape = np.shape(self.memory.evaluated(target))
        value = Elements(self.memory, self.memory.counting(shape), self.computed).text(tree)
        self.close()
        place = chosen(base, target.slice, self.memory.counting(shape), self.memory)
        self.blocks.append([*nested(shape, self.memory.counting(shape), [f"{place} += {value};"])])

    def _in_order(self, out: Place, place: Place) -> None:
        """The numbers of a place one after the other, whatever its axes."""
        self.close()
        count, shape = self.memory.free("count"), place.view.shape
        body = [f"{out.owner}[{count}++] = {place.element(self.memory.counting(shape))};"]
        self.blocks.append(braced([f"long {count} = 0;", *nested(shape, self.memory.counting(shape), body)]))

    # Operations that are not elementwise ------------------------------------------------------------------------------

    def _product(self, out: Place, x: Place, y: Place, sign: str) -> None:
        self.close()
        x_view, y_view, out_view = x.view, y.view, out.view
        if x_view.ndim == 1:
            x_view, out_view = x_view[None], out_view[..., None, :] if y_view.ndim > 1 else out_view[..., None]
        if y_view.ndim == 1:
            y_view, out_view = y_view[:, None], out_view[..., None]
        stack = out_view.shape[:-2]
        counters = self.memory.counting(stack)
        (n, k), m = x_view.shape[-2:], y_view.shape[-1]
        matrices = [
            replace(place, view=np.broadcast_to(view, (*stack, *view.shape[-2:]))).matrix(counters)
            for place, view in ((x, x_view), (y, y_view), (out, out_view))
        ]
        call = f"matmul({n}, {m}, {k}, {', '.join(matrices)}, {int(sign == '+=')});"
        self.blocks.append([*nested(stack, counters, [call])])
        self.longest = max(self.longest, k)


def _viewed(tree: ast.expr) -> ast.expr | None:
    """What a view is a view of; None for what is no view."""
    if isinstance(tree, ast.Attribute | ast.Subscript):
        return tree.value
    called = isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id in VIEWS
    return tree.args[0] if called else None  # type: ignore[attr-defined]


def _with_inner(tree: Any, inner: ast.expr) -> ast.expr:
    """The same view of something else."""
    if isinstance(tree, ast.Call):
        return ast.Call(tree.func, [inner, *tree.args[1:]], [])
    if isinstance(tree, ast.Subscript):
        return ast.Subscript(inner, tree.slice, ast.Load())
    return ast.Attribute(inner, tree.attr, ast.Load())
