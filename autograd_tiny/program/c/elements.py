"""One element of an expression, in C: every operand is named where the loops stand."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from autograd_tiny.program.c.memory import VIEWS, Memory, Place, is_chosen, term
from autograd_tiny.program.dialects import C
from autograd_tiny.program.tracing import ProgramError
from autograd_tiny.words import WORDS

COMPUTED = frozenset({"outer", "zeros"} | {name for name, word in WORDS.items() if word.c == "c.loops"})
_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div)


class Elements(ast.NodeTransformer):
    """Rewrites an expression for the loops' counters; `reads` are the places it looks at.

    What is no element by itself, such as a sum within the expression, is computed before by `compute`, which gives the
    place where it then lies.
    """

    def __init__(self, memory: Memory, counters: Sequence[str], compute: Callable[[ast.expr], Place]) -> None:
        self.memory, self.counters, self.compute = memory, counters, compute
        self.reads: list[Place] = []

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
        place = self.memory.place(node.value) or self.compute(node.value)
        self.reads.append(replace(place, view=place.view[..., None]))  # in an order of its own
        return ast.Name(chosen(place, node.slice, self.counters, self.memory))

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        if isinstance(node.op, ast.BitAnd | ast.BitOr):
            return ast.BinOp(self._truth(node.left), node.op, self._truth(node.right))
        if isinstance(node.op, ast.Mod):  # of whole numbers that are not negative, such as t % 3
            return ast.Call(ast.Name("fmod"), [self.visit(node.left), self.visit(node.right)], [])
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


# Indexing with arrays of whole numbers, as NumPy means it: x[ids], x[rows, columns], x[ids, 2:5] ----------------------


def parts_of(index: ast.expr) -> list[ast.expr]:
    """The parts of an index, one per axis that is named."""
    return list(index.elts) if isinstance(index, ast.Tuple) else [index]


def chosen(base: Place, index: ast.expr, counters: Sequence[str], memory: Memory) -> str:
    """The element of `base` that an index names where the loops over the indexed shape stand."""
    parts = _spread(parts_of(index), base.view.ndim)
    arrays = {axis: part for axis, part in enumerate(parts) if not isinstance(part, ast.Slice)}
    values = {axis: np.asarray(memory.evaluated(part)) for axis, part in arrays.items()}
    if any(value.dtype.kind not in "iu" for value in values.values()):
        raise ProgramError("source: 'c' takes no masks as an index; choose 'numpy'")
    shape = np.broadcast_shapes(*(value.shape for value in values.values()))
    named = [k for k, part in enumerate(parts_of(index)) if not isinstance(part, ast.Slice) and not _is_rest(part)]
    together = named == list(range(named[0], named[-1] + 1))  # … keeps them apart, even where it stands for no axis
    first = sum(axis < min(values) for axis in range(len(parts)) if axis not in values) if together else 0
    within = list(counters[first : first + len(shape)])
    others = iter([*counters[:first], *counters[first + len(shape) :]])
    return base.at(_terms(base, parts, arrays, within, others, memory))


def _terms(
    base: Place, parts: list[ast.expr], arrays: dict[int, ast.expr], within: list[str], others: Iterator[str],
    memory: Memory,
) -> Iterator[str]:  # fmt: skip
    for axis, (part, step, size) in enumerate(zip(parts, base.steps, base.view.shape, strict=True)):
        if axis not in arrays:
            assert isinstance(part, ast.Slice)
            start, _, by = slice(*(_whole(end) for end in (part.lower, part.upper, part.step))).indices(size)
            counter = next(others)
            yield from ([str(step * start)] if start else [])
            yield from ([term(step * by, counter)] if counter != "0" else [])
        elif isinstance(part, ast.Constant | ast.UnaryOp):
            yield str(step * (_whole(part) or 0 if (_whole(part) or 0) >= 0 else (_whole(part) or 0) + size))
        else:
            yield term(step, f"at({_index(part, within, memory)}, {size})")


def _index(part: ast.expr, within: list[str], memory: Memory) -> str:
    """A whole number in an index: an element of an array, whose place may be named by others in turn."""
    place = memory.place(part)
    if place is not None:
        return place.element(within).removeprefix("(double)")
    if isinstance(part, ast.Constant):
        return str(part.value)
    if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Add | ast.Sub | ast.Mult):  # as in x[t + 2]
        left, right = (_index(side, within, memory) for side in (part.left, part.right))
        return (
            f"({left} {'+' if isinstance(part.op, ast.Add) else '-' if isinstance(part.op, ast.Sub) else '*'} {right})"
        )
    inner = memory.place(part.value) if isinstance(part, ast.Subscript) else None
    if inner is None or not isinstance(part, ast.Subscript):
        raise ProgramError("source: 'c' does not compute with indices; choose 'numpy'")
    return chosen(inner, part.slice, within, memory).removeprefix("(double)")


def _spread(parts: list[ast.expr], axes: int) -> list[ast.expr]:
    """One part per axis: `...` and what is missing at the end stand for whole axes."""
    if any(isinstance(part, ast.Constant) and part.value is None for part in parts):
        raise ProgramError("source: 'c' takes no new axis within an index of arrays; choose 'numpy'")
    gaps = [k for k, part in enumerate(parts) if _is_rest(part)]
    k = gaps[0] if gaps else len(parts)
    rest = parts[k + 1 :]
    whole: list[ast.expr] = [ast.Slice() for _ in range(axes - k - len(rest))]
    return [*parts[:k], *whole, *rest]


def _is_rest(part: ast.expr) -> bool:
    return isinstance(part, ast.Constant) and part.value is ...


def _whole(part: ast.expr | None) -> int | None:
    return None if part is None else int(ast.literal_eval(part))
