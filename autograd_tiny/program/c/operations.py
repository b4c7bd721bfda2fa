"""Operations in C that are not elementwise: sums and other reductions, putting side by side, outer products."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_tiny import shapes
from autograd_tiny.program.c.elements import Elements
from autograd_tiny.program.c.memory import Place, braced, nested

if TYPE_CHECKING:
    from autograd_tiny.program.c.loops import Loops

Arguments = list[ast.expr]
Step = tuple[str, str, str]  # a number's name, how it begins, and what each element does to it


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
        body = [line for step in steps for line in self._found(*step)]
        body.append(f"{out.element([self.counters[k] for k in self.kept])} {sign} {end.format(**self.names)};")
        self.loops.blocks.append(braced(self._over(self.kept, body)))

    def _found(self, stem: str, start: str, step: str) -> list[str]:
        name = self.names[stem]
        inner = self._over(self.axes, [step.format(**self.names)])
        if stem == "sum" and len(inner) > 1:  # the order of a sum may be the machine's
            inner.insert(len(inner) // 2 - 1, f"#pragma omp simd reduction(+ : {name})")
        return [f"double {name} = {start};", *inner]

    def _over(self, axes: Sequence[int], body: Sequence[str]) -> list[str]:
        return [*nested([self.shape[k] for k in axes], [self.counters[k] for k in axes], body)]


_SUM = ("sum", "0", "{sum} += {x};")
_TOP = ("top", "-INFINITY", "{top} = {x} > {top} || {x} != {x} ? {x} : {top};")  # NaN stays


def _sum(loops: Loops, out: Place, args: Arguments, sign: str) -> None:
    Reduction(loops, args).write(out, sign, "{sum}", [_SUM])


def _mean(loops: Loops, out: Place, args: Arguments, sign: str) -> None:
    each = Reduction(loops, args)
    each.write(out, sign, f"{{sum}} / {math.prod(each.shape[k] for k in each.axes)}.0", [_SUM])


def _amax(loops: Loops, out: Place, args: Arguments, sign: str) -> None:
    Reduction(loops, args).write(out, sign, "{top}", [_TOP])


def _logsumexp(loops: Loops, out: Place, args: Arguments, sign: str) -> None:
    steps = [_TOP, ("sum", "0", "{sum} += exp({x} - {top});")]
    Reduction(loops, args).write(out, sign, "log({sum}) + {top}", steps)


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
    "sum": _sum, "mean": _mean, "amax": _amax, "logsumexp": _logsumexp, "winners": _winners, "stack": _stack,
    "concatenate": _concatenate, "outer": _outer, "zeros": _zeros, "scatter": _scatter,
}  # fmt: skip
