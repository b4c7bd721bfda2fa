"""Passes over gradients that arrive in pieces, one from each step: the pieces are laid side by side, and taken at once.

parts      gradients of rows that were taken one by one        dX = stack([dx_1, dx_2, …])
collect    a shared weight's sum of outer products             Σ_t δ_t h_tᵀ = Δᵀ H
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from autograd_tiny.program.lines import Code, Line
from autograd_tiny.program.rows import Fresh, stacked
from autograd_tiny.shapes import Shape

MORE = 2  # a sum of so many products stays as it is


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


_PRODUCTS = {"outer({0}, {1})", "{0}.T @ {1}"}
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
        if len(lines) > MORE and _alike(lines) and lines[0].shape
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
