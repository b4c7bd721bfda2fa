"""Indexing with arrays of whole numbers, as NumPy means it: x[ids], x[rows, columns], x[ids, 2:5]."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

import numpy as np

from autograd_tiny.program.c.memory import Memory, Place, term
from autograd_tiny.program.tracing import ProgramError


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
            place = memory.place(part)
            if place is None:
                raise ProgramError("source: 'c' does not compute with indices; choose 'numpy'")
            number = place.element(within).removeprefix("(double)")
            yield term(step, f"at({number}, {size})")


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
