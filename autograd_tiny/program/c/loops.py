"""The C dialect for arrays: loops over the numbers themselves, so that nothing is called and nothing made anew.

    i_1 = sigmoid(v3)           for (int i = 0; i < 100; i++) {
    v4 = i_1 * g_1                  i_1[i] = sigmoid(v3[i]);
                                    v4[i] = i_1[i] * g_1[i];
                                }

Lines of one shape share a loop. Products of matrices are called; views are other names for what is there.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from autograd_tiny import shapes
from autograd_tiny.program.c.elements import Elements, chosen
from autograd_tiny.program.c.memory import Memory, Place, braced, is_chosen, nested, viewed
from autograd_tiny.program.lines import Line
from autograd_tiny.program.tracing import ProgramError
from autograd_tiny.shapes import Shape


class Loops:
    """The statements of a program, loop by loop; `made` are the arrays that it needs."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self.blocks: list[list[str]] = []
        self.made: list[Place] = []
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
        chosen_part = isinstance(tree, ast.Subscript) and is_chosen(tree.slice, self.memory)
        inner = None if chosen_part else viewed(tree)
        if inner is not None and self.memory.place(inner) is None:
            return self.operand(_with_inner(tree, self.memory.named(self.computed(inner).view)))
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
        if any(read.clashes(out) for read in elements.reads):
            raise ProgramError("source: a line reads what it writes, in another order; choose 'numpy'")
        statement = f"{out.element(self.memory.counting(shape))} {sign} {value};"
        self._join(shape, statement, elements.reads, out)

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
        if y_view.ndim == 2 and x_view.ndim == out_view.ndim > 2 and all(map(_is_rows, (x_view, out_view))):
            x_view, out_view = (view.reshape(-1, view.shape[-1]) for view in (x_view, out_view))
        stack = out_view.shape[:-2]
        counters = self.memory.counting(stack)
        (n, k), m = x_view.shape[-2:], y_view.shape[-1]
        matrices = [
            replace(place, view=np.broadcast_to(view, (*stack, *view.shape[-2:]))).matrix(counters)
            for place, view in ((x, x_view), (y, y_view), (out, out_view))
        ]
        call = f"matmul({n}, {m}, {k}, {', '.join(matrices)}, {int(sign == '+=')});"
        self.blocks.append([*nested(stack, counters, [call])])


def _is_rows(stack: Any) -> bool:
    """Whether a stack of matrices is one matrix of all their rows: they lie at equal distances."""
    return stack.size > 0 and bool(np.may_share_memory(stack.reshape(-1, stack.shape[-1]), stack))


def _with_inner(tree: Any, inner: ast.expr) -> ast.expr:
    """The same view of something else."""
    if isinstance(tree, ast.Call):
        return ast.Call(tree.func, [inner, *tree.args[1:]], [])
    if isinstance(tree, ast.Subscript):
        return ast.Subscript(inner, tree.slice, ast.Load())
    return ast.Attribute(inner, tree.attr, ast.Load())


# Operations that are not elementwise: sums and other reductions, putting side by side, outer products -----------------


Arguments = list[ast.expr]
Step = tuple[str, str, str, str]  # a number's name, how it begins, what each element does to it, if in any order: how


def _expression(text: str, *parts: ast.expr) -> ast.expr:
    return ast.parse(text.format(*(f"({ast.unparse(part)})" for part in parts)), mode="eval").body


class Reduction:
    """Loops over the axes that stay, and in them over those that go."""

    def __init__(self, loops: Loops, args: Arguments) -> None:
        self.loops, memory = loops, loops.memory
        self.shape = np.shape(memory.evaluated(args[0]))
        axis = ast.literal_eval(args[1]) if len(args) > 1 else None
        self.axes = shapes.axes_of(len(self.shape), axis)
        self.kept = [k for k in range(len(self.shape)) if k not in self.axes]
        self.counters = memory.counting(self.shape)
        self.names = {stem: memory.free(stem) for stem in ("sum", "top")}
        self.names["x"] = Elements(memory, self.counters, loops.computed).text(args[0])

    def write(self, out: Place, sign: str, end: str, steps: Sequence[Step]) -> None:
        """The block of loops."""
        self.loops.close()
        number = out.element([self.counters[k] for k in self.kept])
        body = [line for step in steps for line in self._found(*step)]
        body.append(f"{number} {sign} {end.format(**self.names)};")
        self.loops.blocks.append(braced(self._over(self.kept, body)))

    @property
    def side_by_side(self) -> bool:
        """Whether numbers that lie side by side belong to different results."""
        return bool(self.kept) and self.kept[-1] == len(self.shape) - 1 and self.shape[-1] > 1

    def add(self, out: Place, sign: str) -> None:
        """Loops that add one row after the other to a row of sums."""
        self.loops.close()
        number = out.element([self.counters[k] for k in self.kept])
        begin = [self._over(self.kept, [f"{number} = 0;"])] if sign == "=" else []
        self.loops.blocks += [*begin, self._over(range(len(self.shape)), [f"{number} += {self.names['x']};"])]

    def run(self, out: Place, sign: str) -> None:
        """The block of loops for running sums: each number is written as soon as it is there."""
        self.loops.close()
        total = self.names["sum"]
        steps = [f"{total} += {self.names['x']};", f"{out.element(self.counters)} {sign} {total};"]
        body = [f"double {total} = 0;", *self._over(self.axes, steps)]
        self.loops.blocks.append(braced(self._over(self.kept, body)))

    def _found(self, stem: str, start: str, step: str, reduces: str) -> list[str]:
        name = self.names[stem]
        inner = self._over(self.axes, [step.format(**self.names)])
        if reduces and len(inner) > 1:  # the order may be the machine's
            inner.insert(len(inner) // 2 - 1, f"#pragma omp simd reduction({reduces} : {name})")
        return [f"double {name} = {start};", *inner]

    def _over(self, axes: Sequence[int], body: Sequence[str]) -> list[str]:
        return [*nested([self.shape[k] for k in axes], [self.counters[k] for k in axes], body)]


_SUM = ("sum", "0", "{sum} += {x};", "+")
_TOP = ("top", "-INFINITY", "{top} = {x} > {top} || {x} != {x} ? {x} : {top};", "")  # NaN stays
_LARGEST = ("top", "-INFINITY", "{top} = {x} > {top} ? {x} : {top};", "max")  # of those that are numbers


def _sum(loops: Loops, out: Place, args: Arguments, sign: str) -> None:
    each = Reduction(loops, args)
    if each.side_by_side:
        each.add(out, sign)
    else:
        each.write(out, sign, "{sum}", [_SUM])


def _mean(loops: Loops, out: Place, args: Arguments, sign: str) -> None:
    each = Reduction(loops, args)
    each.write(out, sign, f"{{sum}} / {math.prod(each.shape[k] for k in each.axes)}.0", [_SUM])


def _amax(loops: Loops, out: Place, args: Arguments, sign: str) -> None:
    Reduction(loops, args).write(out, sign, "{top}", [_TOP])


def _logsumexp(loops: Loops, out: Place, args: Arguments, sign: str) -> None:
    steps = [_LARGEST, ("sum", "0", "{sum} += exp({x} - {top});", "+")]  # the sum has every NaN in it
    Reduction(loops, args).write(out, sign, "log({sum}) + {top}", steps)


def _cumsum(loops: Loops, out: Place, args: Arguments, sign: str) -> None:
    Reduction(loops, args).run(out, sign)


def _winners(loops: Loops, out: Place, args: Arguments, sign: str) -> None:
    """Each maximum's share: 1 divided by how many are equal."""
    x, z, axis = args
    shape = np.shape(loops.memory.evaluated(x))
    axes = shapes.axes_of(len(shape), ast.literal_eval(axis))
    kept = tuple(1 if k in axes else size for k, size in enumerate(shape))
    loops.into(out, _expression(f"({{0}} == {{1}}) / reshape(sum(({{0}} == {{1}}) * 1.0, {axes}), {kept})", x, z), sign)


def _stack(loops: Loops, out: Place, args: Arguments, sign: str) -> None:
    axis = int(ast.literal_eval(args[1])) % out.view.ndim
    assert isinstance(args[0], ast.List)
    for k, part in enumerate(args[0].elts):
        _to(loops, out, shapes.along(axis, k), part, sign)


def _concatenate(loops: Loops, out: Place, args: Arguments, sign: str) -> None:
    axis, start = int(ast.literal_eval(args[1])) % out.view.ndim, 0
    assert isinstance(args[0], ast.List)
    for part in args[0].elts:
        end = start + np.shape(loops.memory.evaluated(part))[axis]
        _to(loops, out, (*[slice(None)] * axis, slice(start, end)), part, sign)
        start = end


def _to(loops: Loops, out: Place, index: Any, part: ast.expr, sign: str) -> None:
    index = index if isinstance(index, tuple) else (index,)
    place = loops.memory.where(out.view[(*index, ...)])
    assert place is not None
    loops.into(place, part, sign)


def _outer(loops: Loops, out: Place, args: Arguments, sign: str) -> None:
    n, m = out.view.shape
    loops.into(out, _expression(f"reshape({{0}}, ({n}, 1)) * reshape({{1}}, (1, {m}))", *args), sign)


def _zeros(loops: Loops, out: Place, args: Arguments, sign: str) -> None:
    loops.into(out, ast.Constant(0.0), sign)


def _scatter(loops: Loops, out: Place, args: Arguments, sign: str) -> None:
    """Numbers put to parts of zeros."""
    x, index, _ = args
    assert isinstance(index, ast.Subscript)
    if sign == "=":
        loops.into(out, ast.Constant(0.0))
    target = ast.Subscript(loops.memory.named(out.view), index.slice, ast.Load())
    loops.part(target, x)


OPERATIONS: dict[str, Callable[[Loops, Place, Arguments, str], None]] = {
    "sum": _sum, "cumsum": _cumsum, "mean": _mean, "amax": _amax, "logsumexp": _logsumexp, "winners": _winners,
    "stack": _stack, "concatenate": _concatenate, "outer": _outer, "zeros": _zeros, "scatter": _scatter,
}  # fmt: skip
