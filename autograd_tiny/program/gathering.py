"""Passes over the steps of an unrolled network: what was done once per step is done once for all steps.

    parts      gradients of rows that were taken one by one        dX = stack([dx_1, dx_2, …])
    local      local derivatives, which need no gradient yet       L = 1 - H * H, then l_t = L[t]
    project    products with the same matrix, none needing another P = X @ U, then p_t = P[t]
    collect    a shared weight's sum of outer products             Σ_t δ_t h_tᵀ = Δᵀ H

Each is plain algebra on rows: row t of a stack goes through what it went through alone.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from math import prod

from autograd_tiny.program.lines import Code, Line
from autograd_tiny.shapes import Shape

FEWEST = 2  # steps from which on gathering pays
LARGEST = 2048  # numbers of one step up to which working ahead pays; more do not stay in the processor's cache


class Fresh:
    """Names that a program does not use yet."""

    def __init__(self, code: Code) -> None:
        self.used = {*code.arguments, *code.constants, *(line.target for line in code.lines)}

    def __call__(self, stem: str) -> str:
        """`stem`, with a number behind it if it is taken."""
        name, count = stem, 1
        while name in self.used:
            count += 1
            name = f"{stem}_{count}"
        self.used.add(name)
        return name


def shapes_in(code: Code) -> dict[str, Shape]:
    """The shape of every name."""
    return code.shapes


def stacked(names: Sequence[str], shape: Shape, target: str) -> Line:
    """The line that stacks values of one shape."""
    places = ", ".join(f"{{{k}}}" for k in range(len(names)))
    return Line(target, f"stack([{places}], 0)", tuple(names), (len(names), *shape))


# Parts ------------------------------------------------------------------------------------------------------------


def parts(code: Code) -> Code:
    """Where every row of a gradient arrives once, the rows are stacked instead of added to zeros."""
    given: dict[str, list[Line]] = {}
    for line in code.backward:
        if not line.single or line.text.startswith("zeros("):
            given.setdefault(line.target, []).append(line)
    whole = {target: found for name, lines in given.items() for target, found in [(name, _tiled(lines))] if found}
    if not whole:
        return code
    last = {target: lines[-1] for target, lines in given.items() if target in whole}
    backward: list[Line] = []
    for line in code.backward:
        if line is last.get(line.target):
            backward.append(whole[line.target])
        elif line.target not in whole or line not in given[line.target]:
            backward.append(line)
    return code.with_lines(code.forward, tuple(backward))


def _tiled(lines: list[Line]) -> Line | None:
    """The stack or concatenation that the parts of one array make, if they fill it without gaps."""
    zeros, *rest = lines
    if not zeros.text.startswith("zeros(") or not rest or any(not line.part or line.text != "{0}" for line in rest):
        return None
    size = zeros.shape[0]
    if all(line.part.isdigit() for line in rest):
        rows = {int(line.part): line.args[0] for line in rest}
        if len(rows) == len(rest) == size:
            return stacked([rows[k] for k in range(size)], zeros.shape[1:], zeros.target)._replace(scope=zeros.scope)
    return _concatenated(zeros, rest)


def _concatenated(zeros: Line, rest: list[Line]) -> Line | None:
    axis = len(zeros.shape) - 1
    found: list[tuple[int, int, str]] = []
    for line in rest:
        match = re.fullmatch(r"(?:\.\.\., )?(\d*):(\d*)", line.part)
        if not match or (axis and not line.part.startswith("...")):
            return None
        found.append((int(match[1] or 0), int(match[2] or zeros.shape[-1]), line.args[0]))
    found.sort()
    if [a for a, _, _ in found] != [0, *(b for _, b, _ in found[:-1])] or found[-1][1] != zeros.shape[-1]:
        return None
    places = ", ".join(f"{{{k}}}" for k in range(len(found)))
    return zeros._replace(text=f"concatenate([{places}], {axis})", args=tuple(name for _, _, name in found))


# Groups of lines that say the same of other names ---------------------------------------------------------------


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
    shapes = shapes_in(code)
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
    new = list(_at_once(members, shared, shapes_in(code), fresh))
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


# Collecting -------------------------------------------------------------------------------------------------------

_PRODUCTS = {"outer({0}, {1})", "{0}.T @ {1}"}
_PLAIN = {"{0}", "copy({0})"}


def collect(code: Code) -> Code:
    """A shared weight's sum of outer products, one per step, is one product of matrices: Σ_t δ_t h_tᵀ = Δᵀ H."""
    fresh = Fresh(code)
    given: dict[str, list[Line]] = {}
    for line in code.backward:
        given.setdefault(line.target, []).append(line)
    shapes = shapes_in(code)
    done = {
        target: tuple(_product(lines, shapes, fresh))
        for target, lines in given.items()
        if len(lines) > FEWEST and _alike(lines) and lines[0].shape
    }
    backward: list[Line] = []
    for line in code.backward:
        if line.target not in done:
            backward.append(line)
        elif line is given[line.target][-1]:
            backward.extend(done[line.target])
    return code.with_lines(code.forward, tuple(backward))


def _alike(lines: list[Line]) -> bool:
    """Whether all contributions are products of one form, or all pass through as they are."""
    texts = {line.text for line in lines}
    return not any(line.part for line in lines) and (texts <= _PLAIN or (len(texts) == 1 and texts <= _PRODUCTS))


def _product(lines: list[Line], shapes: dict[str, Shape], fresh: Fresh) -> Iterator[Line]:
    """The lines that compute a sum of contributions at once; the last step came first, so they are turned round."""
    *_, last = lines
    plain = last.text in _PLAIN
    columns = list(zip(*(line.args for line in reversed(lines)), strict=True))
    names = []
    for column in columns:
        names.append(fresh(f"rows_{column[0]}"))
        shape = shapes[column[0]]
        yield stacked(column, shape, names[-1])
        if len(shape) == 2 and not plain:
            flat = (len(column) * shape[0], shape[1])
            yield Line(fresh(f"{names[-1]}_flat"), f"reshape({{0}}, {flat})", (names[-1],), flat)
            names[-1] = f"{names[-1]}_flat"
    if plain:
        yield last._replace(text="sum({0}, 0)", args=tuple(names), adds=False)
    else:
        yield last._replace(text="{0}.T @ {1}", args=tuple(names), adds=False)
