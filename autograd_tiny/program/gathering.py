"""Passes over the steps of an unrolled network: what was done once per step is done once for all steps.

    local      local derivatives, which need no gradient yet       L = 1 - H * H, then l_t = L[t]
    project    products with the same matrix, none needing another P = X @ U, then p_t = P[t]

Each is plain algebra on rows: row t of a stack goes through what it went through alone.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache
from math import prod

from autograd_tiny.program.lines import Code, Line
from autograd_tiny.program.rows import Fresh, stacked
from autograd_tiny.shapes import Shape

FEWEST = 2  # steps from which on gathering pays
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
    return _grouped(code.with_lines(code.forward, tuple(backward)), fresh, lambda x: x.target.startswith("local_"))


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


def project(code: Code) -> Code:
    """Products of several vectors with the same matrix become one product, if none of them has to wait for another."""
    shapes = code.shapes
    return _grouped(
        code,
        Fresh(code),
        lambda line: line.single and line.text == "{0} @ {1}" and [len(shapes.get(x, ())) for x in line.args] == [1, 2],
        common=1,
    )


Key = tuple[str, Shape, str]  # the text, the shape, and the argument that is shared


def _grouped(code: Code, fresh: Fresh, chosen: Callable[[Line], bool], common: int | None = None) -> Code:
    """Lines of one text about different names become one line about their stacks; `common`: an argument they share."""

    def key(line: Line) -> Key:
        return line.text, line.shape, line.args[common] if common is not None else ""

    keys = dict.fromkeys(key(line) for line in code.lines if chosen(line))
    for each in keys:
        members = [line for line in code.lines if chosen(line) and key(line) == each]
        if len(members) >= FEWEST:
            code = _together(code, members, each[2], fresh)
    return code


def _together(code: Code, members: list[Line], shared: str, fresh: Fresh) -> Code:
    """The members as rows of one line, if all that they read is there before any of them is read."""
    lines = code.lines
    defined = {line.target: number for number, line in enumerate(lines)}
    targets = {line.target for line in members}
    ready = 1 + max(defined.get(arg, -1) for line in members for arg in line.args)
    needed = next((number for number, line in enumerate(lines) if targets & set(line.args)), len(lines))
    if ready > needed:
        return code
    members.sort(key=lambda line: defined.get(line.args[0], -1))  # in the order of the steps
    new = list(_at_once(members, shared, code.shapes, fresh))
    rows = [line._replace(text=f"{{0}}[{k}]", args=(new[-1].target,)) for k, line in enumerate(members)]
    place = max(ready, min(defined[target] for target in targets))
    place = place if place <= needed else ready
    head = [line for line in lines[:place] if line.target not in targets]
    tail = [line for line in lines[place:] if line.target not in targets]
    whole = (*head, *new, *rows, *tail)
    forward = len(code.forward) - sum(line.target in targets for line in code.forward)
    forward += len(new) + len(rows) if place <= len(code.forward) and members[0] in code.forward else 0
    return code.with_lines(whole[:forward], whole[forward:])


def _at_once(members: list[Line], shared: str, shapes: dict[str, Shape], fresh: Fresh) -> Iterator[Line]:
    """The stacks of what differs between the members, and the one line about them."""
    first = members[0]
    args: list[str] = []
    for place, arg in enumerate(first.args):
        column = [line.args[place] for line in members]
        if arg == shared or all(name == arg for name in column):
            args.append(arg)
        else:
            args.append(fresh(f"rows_{column[0]}"))
            yield stacked(column, shapes.get(arg, ()), args[-1])
    yield Line(fresh(f"all_{first.target}"), first.text, tuple(args), (len(members), *first.shape))
