"""Passes over the steps of an unrolled network: what was done once per step is done once for all steps.

    local      local derivatives, which need no gradient yet       L = 1 - H * H, then l_t = L[t]
    project    products with the same matrix, none needing another P = X @ U, then p_t = P[t]
    restack    rows of an array that are stacked again             stack([X[0], X[1], …]) = X
    parts      gradients of rows that were taken one by one        dX = stack([dx_1, dx_2, …])
    collect    a shared weight's sum of outer products             Σ_t δ_t h_tᵀ = Δᵀ H

Each is plain algebra on rows: row t of a stack goes through what it went through alone.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from math import prod
from typing import NamedTuple

from autograd_tiny.program.lines import Code, Fresh, Line, stacked
from autograd_tiny.shapes import Shape

# Together: lines that do the same to different names become one line about the stack of these names -------------------
#
#     a_1 = x_1 @ U                       rows = stack([x_1, x_2])
#     b_1 = exp(a_1)                      all = rows @ U
#     a_2 = x_2 @ U         becomes       a_1 = all[0]
#     b_2 = exp(a_2)                      a_2 = all[1]
#                                         b_1 = exp(a_1)
#                                         b_2 = exp(a_2)
#
# What reads one of the results waits until all that goes into them is there. Where that would be to wait for itself, as
# in h_2 = h_1 @ W, the lines stay as they are.


FEWEST = 2  # lines from which on it pays


class Form(NamedTuple):
    """How a line reads about a stack: its text, and the place of the argument that all share, which comes last then."""

    text: str
    shared: int | None = None


Chosen = Callable[[Line], Form | None]
Key = tuple[str, Shape, str, Form]  # the text, the shape, the argument that is shared, the form


def grouped(code: Code, fresh: Fresh, chosen: Chosen) -> Code:
    """The lines that `chosen` has a form for at once, where text, shape and shared argument are the same."""
    forward = _Grouping(code, fresh, chosen).done(code.forward)
    return code.with_lines(forward, _Grouping(code, fresh, chosen).done(code.backward))


class _Grouping:
    """Groups lines of one part of a program, forward or backward."""

    def __init__(self, code: Code, fresh: Fresh, chosen: Chosen) -> None:
        self.code, self.fresh, self.chosen = code, fresh, chosen
        # In the order of the steps: backward, the last step comes first.
        self.order = {line.target: number for number, line in enumerate(code.forward)}
        self.order |= {line.target: -number for number, line in enumerate(code.backward)}

    def done(self, lines: Sequence[Line]) -> tuple[Line, ...]:
        """The lines, all groups at once that can be."""
        sizes: dict[Key, int] = {}
        for line in lines:
            key = self.key(line)
            if key:
                sizes[key] = sizes.get(key, 0) + 1
        for key, size in sizes.items():
            lines = self._together(lines, key) if size >= FEWEST else lines
        return tuple(lines)

    def key(self, line: Line) -> Key | None:
        """What a line has in common with those that it can be together with."""
        form = self.chosen(line)
        return form and (line.text, line.shape, "" if form.shared is None else line.args[form.shared], form)

    def _together(self, given: Sequence[Line], key: Key) -> Sequence[Line]:
        """One group as rows of one line; the lines as they are if one of the group needs another."""
        lines = list(self._apart(given, key))
        members = [line for line in lines if line.single and self.key(line) == key]
        split = _postponed(lines, members)
        if not split or all(line.args == members[0].args for line in members):
            return given
        members.sort(key=lambda line: [self.order.get(arg, -1) for arg in line.args])
        new = list(self._at_once(members, key[3]))
        rows = [self._row(line, k, new[-1].target) for k, line in enumerate(members)]
        return [*split[0], *new, *rows, *split[1]]

    def _apart(self, lines: Sequence[Line], key: Key) -> Iterator[Line]:
        """What is computed and added in one line is computed in a line of its own first."""
        for line in lines:
            if line.adds and self.key(line) == key:
                name = self.fresh(f"{line.target}_part")
                yield line._replace(target=name, adds=False)
                line = line.reading((name,), "{0}")
            yield line

    def _at_once(self, members: list[Line], form: Form) -> Iterator[Line]:
        """The stacks of what differs between the members, and the one line about them."""
        first, args = members[0], list(members[0].args)
        for place, arg in enumerate(first.args):
            column = [line.args[place] for line in members]
            if any(name != arg for name in column):
                args[place] = self.fresh(f"rows_{column[0]}")
                yield stacked(column, self.code.shapes.get(arg, ()), args[place])
        if form.shared is not None:
            args.append(args.pop(form.shared))
        shape = (len(members), *first.shape)
        yield Line(self.fresh(f"all_{first.target}"), form.text, tuple(args), shape)

    def _row(self, line: Line, k: int, whole: str) -> Line:
        """A member's result as a row of all results; a copy if more will be added to it."""
        text = f"copy({{0}}[{k}])" if line.target in self.code.growing else f"{{0}}[{k}]"
        return line.reading((whole,), text)


def _postponed(lines: Sequence[Line], members: Sequence[Line]) -> tuple[list[Line], list[Line]] | None:
    """The other lines: what comes before the members and what after; None if that would change what is computed."""
    own = {line.target for line in members}
    last = {line.target: number for number, line in enumerate(lines)}
    first = next(number for number, line in enumerate(lines) if line.target in own)
    place = max(first, 1 + max(last.get(arg, -1) for line in members for arg in line.args))
    waiting, read = set(own), {arg for line in members for arg in line.args}
    early: list[Line] = []
    late: list[Line] = []
    for number, line in enumerate(lines):
        if line.single and line.target in own:
            continue
        if number >= place or line.target in waiting or not waiting.isdisjoint(line.args):
            late.append(line)
            waiting.add(line.target)
            read.update(line.args)
        elif line.single or line.target not in read or number < first:
            early.append(line)
        else:
            return None  # a late line, or a member, has read this before more is added to it
    return None if any(not waiting.isdisjoint(line.args) for line in members) else (early, late)


# Ahead of the steps: local derivatives, and products with the same matrix ---------------------------------------------


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
_WITH_A_MATRIX = {
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
        return _WITH_A_MATRIX.get((line.text, left, right))

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


# Behind the steps: gradients that arrive in pieces are laid side by side, and taken at once ---------------------------


FEW = 2  # a sum of so many products stays as it is


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


_OUTER = {"outer({0}, {1})", "{0}.T @ {1}"}
_PLAIN = {"{0}", "copy({0})"}


def collect(code: Code) -> Code:
    """A shared weight's sum of outer products, one per step, is one product of matrices: Σ_t δ_t h_tᵀ = Δᵀ H."""
    fresh = Fresh(code)
    given: dict[str, list[Line]] = {}
    for line in code.backward:
        given.setdefault(line.target, []).append(line)
    done = {
        target: tuple(_product(lines, code.shapes, fresh))
        for target, lines in given.items()
        if len(lines) > FEW and _alike(lines, code.shapes) and lines[0].shape
    }
    backward: list[Line] = []
    for line in code.backward:
        if line.target not in done:
            backward.append(line)
        elif line is given[line.target][-1]:
            backward.extend(done[line.target])
    return code.with_lines(code.forward, tuple(backward))


def _alike(lines: list[Line], shapes: dict[str, Shape]) -> bool:
    """Whether all contributions are products of one form and as many rows, or all pass through as they are."""
    texts = {line.text for line in lines}
    rows = {tuple([shapes.get(arg) for arg in line.args]) for line in lines}
    one_form = texts <= _PLAIN or (len(texts) == 1 and texts <= _OUTER)
    return one_form and len(rows) == 1 and not any(line.part for line in lines)


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
