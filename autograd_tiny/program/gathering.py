"""Passes over the steps of an unrolled network: what was done once per step is done once for all steps.

    local      local derivatives, which need no gradient yet       L = 1 - H * H, then l_t = L[t]
    project    products with the same matrix, none needing another P = X @ U, then p_t = P[t]
    restack    rows of an array that are stacked again             stack([X[0], X[1], …]) = X

Each is plain algebra on rows: row t of a stack goes through what it went through alone.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from math import prod

from autograd_tiny.program.lines import Code, Line
from autograd_tiny.program.rows import Fresh
from autograd_tiny.program.together import Form, grouped
from autograd_tiny.shapes import Shape

LARGEST = 2048  # numbers of one step up to which working ahead pays; more do not stay in the processor's cache


def local(code: Code) -> Code:
    """The local derivatives of all steps are computed in one go, before the gradient passes through them."""
    fresh = Fresh(code)
    known = {*code.arguments, *code.constants, *(line.target for line in code.forward)}
    backward: list[Line] = []
    for line in code.backward:
        split = _split(line.text) if line.single and 0 < prod(line.shape) <= LARGEST and line.shape else None
        derivative = split and tuple(line.args[k] for k in split.inner)
        if split and derivative and set(derivative) <= known and line.args[split.upstream] not in known:
            name = fresh(f"local_{len(backward)}")
            backward.append(Line(name, split.text, derivative, line.shape, scope=line.scope))
            line = line._replace(text="{0} * {1}", args=(line.args[split.upstream], name))
        backward.append(line)
    split_up = code.with_lines(code.forward, tuple(backward))
    return grouped(split_up, fresh, lambda x: Form(x.text) if x.target.startswith("local_") else None)


class _Split:
    """g * f(z): the place of g, the text of f over the other places, and which those are."""

    def __init__(self, upstream: int, text: str, inner: tuple[int, ...]) -> None:
        self.upstream, self.text, self.inner = upstream, text, inner


@cache
def _split(text: str) -> _Split | None:
    if not re.fullmatch(r"[\d\s{}()*+\-./]+", text):
        return None
    tree = ast.parse(re.sub(r"\{(\d+)\}", r"_\1", text), mode="eval").body
    factors = list(_factors(tree))
    if len(factors) < 2 or not isinstance(factors[0], ast.Name):
        return None
    rest = factors[1]
    for factor in factors[2:]:
        rest = ast.BinOp(rest, ast.Mult(), factor)
    inner = tuple(sorted({int(n.id[1:]) for n in ast.walk(rest) if isinstance(n, ast.Name)}))
    upstream = int(factors[0].id[1:])
    if isinstance(rest, ast.Name | ast.Constant) or upstream in inner or not inner:
        return None
    written = ast.unparse(ast.fix_missing_locations(ast.Expression(rest)))
    for place, k in enumerate(inner):
        written = re.sub(rf"\b_{k}\b", f"{{{place}}}", written)
    return _Split(upstream, written, inner)


def _factors(tree: ast.expr) -> Iterator[ast.expr]:
    if isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Mult):
        yield from _factors(tree.left)
        yield tree.right
    else:
        yield tree


BROADEST = 8192  # numbers of one step's product up to which one product of all steps is quicker

# Products of a vector with a matrix, of a matrix with a vector, of matrices: which argument is shared, and the text for
# a stack of the other.
_PRODUCTS = {
    ("{0} @ {1}", 1, 2): Form("{0} @ {1}", shared=1),
    ("{0} @ {1}", 2, 1): Form("{0} @ {1}.T", shared=0),
    ("{0} @ {1}", 2, 2): Form("{0} @ {1}", shared=1),
    ("{0} @ {1}.T", 2, 2): Form("{0} @ {1}.T", shared=1),
}


def project(code: Code) -> Code:
    """Products of several steps with the same matrix become one product, if none of them has to wait for another."""
    shapes = code.shapes

    def form(line: Line) -> Form | None:
        if line.part or len(line.args) != 2 or prod(line.shape) > BROADEST:
            return None
        left, right = (len(shapes.get(x, ())) for x in line.args)
        return _PRODUCTS.get((line.text, left, right))

    return grouped(code, Fresh(code), form)


def restack(code: Code) -> Code:
    """The rows of an array, stacked again, are that array."""
    growing, rows = code.growing, {}
    lines: list[Line] = []
    for line in code.lines:
        found = re.fullmatch(r"\{0\}\[(\d+)\]", line.text) if line.single else None
        if found and line.args[0] not in growing and line.target not in growing:
            rows[line.target] = (line.args[0], int(found[1]))
        elif line.target not in growing and re.fullmatch(r"stack\(.*, 0\)", line.text):
            line = _unstacked(line, [rows.get(arg) for arg in line.args], code.shapes)
        lines.append(line)
    forward = len(code.forward)
    return code.with_lines(tuple(lines[:forward]), tuple(lines[forward:]))


def _unstacked(line: Line, rows: list[tuple[str, int] | None], shapes: dict[str, Shape]) -> Line:
    """What is stacked, as the array whose rows they are from first to last, or as a slice of it."""
    if rows[0] is None or len(rows) != line.shape[0]:
        return line
    array, first = rows[0]
    end = first + len(rows)
    if rows != [(array, k) for k in range(first, end)]:
        return line
    everything = end - first == shapes[array][0]
    return line.reading((array,), "{0}" if everything else f"{{0}}[{first}:{end}]")
