"""All steps at once: what a loop does at every step, and could do for all of them, leaves the loop.

local       what goes with the forward steps alone has a line of its own     1 − h[t]²
ahead       what needs nothing from another step, before the loop            X @ U for all steps at once
behind      what no other step needs, behind the loop                        V @ H for all steps at once
            and sums over the steps, behind the loop                         Σ_t δ_t h_tᵀ = Δᵀ H
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain

from autograd_tiny.program.rolled.loops import Line, Loop, Part, Rolled, element, part_of, parted
from autograd_tiny.program.rolled.passes import (
    begun,
    copies,
    dead,
    doubled,
    factors,
    filled,
    growing,
    is_number,
    joined,
    kept,
    names_in,
    number_of,
    over_loops,
    owned,
    product,
    reads,
    renamed,
    renumbered,
    rows,
    steady,
    sums,
)
from autograd_tiny.program.rolled.wholes import STEP, Wholes, is_elementwise
from autograd_tiny.program.rolled.windows import windows
from autograd_tiny.program.texts import parsed


def local(code: Rolled) -> Rolled:
    """In a loop backward, what goes with the forward steps alone has a line of its own: 1 − h[t]²."""
    used = {parted(line.target).name for line in code.lines}

    def fresh() -> str:
        name = next(name for k in range(1, len(used) + 2) if (name := f"local{k}") not in used)
        used.add(name)
        return name

    def split(loop: Loop) -> Loop:
        wholes, lines = Wholes(code, loop), list[Line]()
        for line in loop.lines:
            inner = _known_factor(line, wholes) if loop.backward and is_elementwise(line.text) else None
            if inner:
                text, args, rest, others = inner
                name = fresh()
                lines.append(Line(element(name), text, args, line.shape))
                line = line._replace(text=rest, args=(*others, element(name)))
            lines.append(line)
        return replace(loop, lines=tuple(lines))

    return over_loops(code, lambda loop: [split(loop)])


def _known_factor(line: Line, wholes: Wholes) -> tuple[str, tuple[str, ...], str, tuple[str, ...]] | None:
    """A product's factors that do not need this loop, as text and arguments; and the line without them."""
    all_factors = factors(parsed(line.text))
    known = [
        f for f in all_factors if names_in(f) and not any(parted(line.args[k]).name in wholes.own for k in names_in(f))
    ]
    others = [f for f in all_factors if f not in known]
    if not known or not others or all(isinstance(f, ast.Name) for f in known):
        return None
    if any(wholes.shape(line.args[k]) != line.shape for f in known for k in names_in(f)):
        return None
    text, places = renumbered(product(known))
    rest, left = renumbered(product(others))
    args = tuple([line.args[k] for k in left])
    return text, tuple([line.args[k] for k in places]), f"{_bracketed(rest)} * {{{len(left)}}}", args


def _bracketed(text: str) -> str:
    return f"({text})" if isinstance(parsed(text), ast.BinOp) and not isinstance(parsed(text).op, ast.Mult) else text  # type: ignore[attr-defined]


def ahead(code: Rolled) -> Rolled:
    """What needs nothing from another step, before the loop, for all steps at once; what no step changes, once."""
    names, same = dict[str, str](), set[str]()

    def moved(loop: Loop) -> Iterator[Part]:
        wholes, here = Wholes(code, loop), list[Line]()
        grows, several, moved_now = growing(code), kept(code), set[str]()
        for line in loop.lines:
            name = parted(line.target).name
            line = line._replace(args=tuple([parted(x).name if x in same else x for x in line.args]))
            free = _is_free(line, wholes.own - {parted(x).name for x in same}, moved_now)
            free = free and line.target not in grows and bool(line.args) and name not in loop.initial
            if free and name not in several and wholes.is_steady(line):
                same.add(element(name))
                names[element(name)] = name
                yield line._replace(target=name)
                continue
            whole = wholes.at_once(line) if free else None
            if whole is None:
                here.append(line)
                continue
            args = tuple([f"{parted(arg).name}@all" if parted(arg).name in moved_now else arg for arg in whole.args])
            moved_now.add(name)
            names[element(name)] = f"{name}#t"
            names[f"{name}@all"] = name
            yield whole._replace(target=name, args=args)
        yield replace(loop, lines=tuple(here))

    return renamed(over_loops(code, moved), names)


def _is_free(line: Line, own: set[str], moved: set[str]) -> bool:
    """Whether a line needs nothing of the loop but what is computed before it."""
    read = [parted(arg) for arg in line.args if "@" in arg]
    return {arg.name for arg in read} & own <= moved and not any(
        arg.place in ("1", "-1") and not arg.row and arg.name in own for arg in read
    )


def behind(code: Rolled) -> Rolled:
    """What no other step needs, behind the loop, for all steps at once; sums over the steps, too."""
    names: dict[str, str] = {}
    flipped = {parted(arg).name for arg in reads(code) if parted(arg).place == "flip"}

    def moved(loop: Loop) -> Iterator[Part]:
        wholes, left, behind = Wholes(code, loop), list(loop.lines), list[Line]()
        for line in reversed(loop.lines):
            name = parted(line.target).name
            read = {arg for other in left if other is not line for arg in other.args if parted(arg).name == name}
            if line.target == element(name) and name not in loop.initial and not read and name not in flipped:
                whole = wholes.at_once(line) if line.target not in growing(code) else None
                if whole is not None and not re.fullmatch(r"\{0\}", line.text):
                    left.remove(line)
                    names[f"{name}@all"], names[element(name)] = name, f"{name}#t"
                    behind.insert(0, whole._replace(target=name))
            elif line.adds and "@" not in line.target and (whole := _collected(line, wholes)):
                left.remove(line)
                behind.append(whole)
            elif name in loop.initial and not loop.backward and (whole := _total(line, loop, read, code)):
                left.remove(line)
                names[f"{name}@end"] = name
                behind.append(whole)
        initial = {name: x for name, x in loop.initial.items() if f"{name}@end" not in names}
        yield replace(loop, lines=tuple(left), initial=initial)
        yield from sorted(behind, key=lambda line: line.adds)

    return begun(renamed(over_loops(code, moved), names))


def _total(line: Line, loop: Loop, read: set[str], code: Rolled) -> Line | None:
    """A running sum of which only the end is wanted, as a sum."""
    name = parted(line.target).name
    everywhere = {arg for arg in reads(code) if parted(arg).name == name}
    if everywhere - {f"{name}@-1", f"{name}@end"} or read or line.text != "{0} + {1}" or line.args[0] != f"{name}@-1":
        return None
    if parted(line.args[1]).place != "0" or line.args[1] == line.args[0]:
        return None
    start, total = loop.initial[name], "sum({0}, 0)" if line.shape else "sum({0})"
    terms = (f"{parted(line.args[1]).name}@all",)
    if is_number(start) and number_of(start) == 0:
        return Line(name, total, terms, line.shape)
    return Line(name, f"{{1}} + {total}", (*terms, start), line.shape)


def _collected(line: Line, wholes: Wholes) -> Line | None:
    """What is added at every step, as one sum over the steps, or as one product of matrices."""
    arrays = [wholes.array(arg) for arg in line.args]
    shapes = [wholes.shape(arg) for arg in line.args]
    which = [wholes.varies(arg) for arg in line.args]
    if None in arrays or None in shapes or not any(which) or STEP.search(line.text):
        return None
    text = _over_steps(line, which, shapes, wholes.steps)  # type: ignore[arg-type]
    if text is None:
        return None
    for k, (_, form) in enumerate(arrays):  # type: ignore[misc]
        text = text.replace(f"{{{k}}}", form.format(f"{{{k}}}"))
    return line._replace(text=text, args=tuple([name for name, _ in arrays]))  # type: ignore[misc]


def _over_steps(line: Line, which: list[bool], shapes: list[tuple[str, ...]], steps: str) -> str | None:
    if line.text == "outer({0}, {1})" and all(which):
        return "{0}.T @ {1}"
    if line.text == "{0}.T @ {1}" and all(which) and len(shapes[0]) == 2:
        (rows, columns), (_, others) = shapes
        flat = f"{rows} * {steps}" if " " not in steps else f"{rows} * ({steps})"
        return f"reshape({{0}}, ({flat}, {columns})).T @ reshape({{1}}, ({flat}, {others}))"
    inner = re.fullmatch(r"sum\(\{0\}(?:, (\d+|\([\d, ]+\)))?\)", line.text)
    if inner:
        axes = ast.literal_eval(inner[1]) if inner[1] else None
        axes = axes if isinstance(axes, tuple | None.__class__) else (axes,)
        return "sum({0})" if axes is None else f"sum({{0}}, {(0, *[a + 1 for a in axes])})"
    if not is_elementwise(line.text) or any(len(s) > len(line.shape) for s in shapes):
        return None
    if any(shape != line.shape for shape, varying in zip(shapes, which, strict=True) if varying):
        return None
    return f"sum({line.text}, 0)" if line.shape else f"sum({line.text})"


def apart(code: Rolled) -> Rolled:
    """What is read in parts alone is computed in parts: a part of a sum is the sum of parts."""
    readers: dict[str, list[Line]] = {}
    for line in code.lines:
        for arg in line.args:
            readers.setdefault(arg, []).append(line)
    grows, several = growing(code), kept(code)

    def split(loop: Loop) -> Loop:
        wholes = Wholes(code, loop)
        within = {
            line.target: line
            for line in loop.lines
            if "@" in line.target and parted(line.target).name not in several and not grows & {line.target, *line.args}
            and all(part_of(reader) and reader in loop.lines for reader in readers.get(line.target, [line]))
            and line.shape and is_elementwise(line.text) and all(wholes.shape(a) == line.shape for a in line.args)
        }  # fmt: skip
        waiting: dict[str, list[Line]] = {}  # for whoever reads them first, so that one loop in C takes both
        lines = list[Line]()
        for line in loop.lines:
            for arg in line.args:
                lines += waiting.pop(arg, [])
            if part_of(line) and line.args[0] in within:
                waiting[line.target] = list(_in_parts(line, within[line.args[0]]))
            elif line.target not in within:
                lines.append(line)
        return replace(loop, lines=(*lines, *chain(*waiting.values())))

    return over_loops(code, lambda loop: [split(loop)])


def _in_parts(line: Line, whole: Line) -> Iterator[Line]:
    """A part of what another line makes, as what that does to the parts of its arguments."""
    names = [element(f"{parted(line.target).name}_{k}_part") for k in range(len(whole.args))]
    for name, arg in zip(names, whole.args, strict=True):
        yield Line(name, line.text, (arg,), line.shape)
    yield line._replace(text=whole.text, args=tuple(names))


# The passes in their order --------------------------------------------------------------------------------------------


Passes = tuple[Callable[[Rolled], Rolled], ...]
FIRST: Passes = (windows, copies, steady, copies, rows, joined, copies, filled)  # whatever comes then
AT_ONCE: Passes = (local, sums, doubled, copies, ahead, behind, copies, dead, behind, dead, owned)


# A loop in C that computes a slope again is quicker than one that reads it.
IN_C: Passes = (*[rewrite for rewrite in AT_ONCE if rewrite is not local], apart)
STEP_BY_STEP: Passes = (sums, doubled, copies, dead, owned)


def shortened(code: Rolled, passes: Passes) -> Rolled:
    """The program after these passes; the last of all, `inlined`, is for reading."""
    for rewrite in passes:
        code = rewrite(code)
    return code
