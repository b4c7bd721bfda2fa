"""Small passes over straight-line code; each takes a program and gives a shorter one that computes the same.

A name that is added to is never merged with another: what is added must not appear elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from autograd_tiny.program import collecting, folding, gathering, inlining
from autograd_tiny.program.lines import Code, Guard, Line


@dataclass(frozen=True)
class Pass:
    """A rewriting and the sentence that explains it."""

    name: str
    sentence: str
    rewrite: Callable[[Code], Code]


def _without(code: Code, kept: Callable[[Iterable[Line], dict[str, str]], Iterator[Line]]) -> Code:
    """The program of the lines that `kept` keeps; of what it drops it notes which other name has the same value."""
    names: dict[str, str] = {}
    forward, backward = (tuple(kept(lines, names)) for lines in (code.forward, code.backward))
    if not names:
        return code
    return replace(
        code.with_lines(forward, backward),
        values=tuple(names.get(name, name) for name in code.values),
        gradients=tuple(names.get(name, name) for name in code.gradients),
        guards=tuple(Guard(g.text, tuple(names.get(a, a) for a in g.args), g.answer) for g in code.guards),
    )


def copies(code: Code) -> Code:
    """What only passes through, as a gradient does at a +, keeps its name."""
    growing = code.growing

    def kept(lines: Iterable[Line], names: dict[str, str]) -> Iterator[Line]:
        for line in lines:
            if not names.keys().isdisjoint(line.args):
                line = line.renamed(names)
            if line.text == "{0}" and line.target not in growing:
                names[line.target] = line.args[0]
            else:
                yield line

    return _without(code, kept)


def common(code: Code) -> Code:
    """What has been computed already is not computed again."""
    growing = code.growing
    known: dict[tuple[str, tuple[str, ...]], str] = {}

    def kept(lines: Iterable[Line], names: dict[str, str]) -> Iterator[Line]:
        for line in lines:
            if not names.keys().isdisjoint(line.args):
                line = line.renamed(names)
            target, text, args, *_ = line
            if target in growing or (name := known.setdefault((text, args), target)) == target:
                yield line
            else:
                names[target] = name

    return _without(code, kept)


_TURNS = {"{0}.T", "transpose({0}, (1, 0))", "copy(transpose({0}, (1, 0)))"}
_PRODUCTS = {"{0}.T @ {1}", "outer({0}, {1})"}  # transposed, they have their arguments the other way round


def transposes(code: Code) -> Code:
    """Transposing twice is not transposing; the transpose of AᵀB is BᵀA."""
    growing = code.growing
    turned: dict[str, str] = {}  # name → what it is the transpose of
    products: dict[str, Line] = {}
    lines: list[Line] = []
    for line in code.lines:
        complete = line.target not in growing  # a part of a sum is not the sum
        if line.text in _TURNS and not line.part:
            product = products.get(line.args[0])
            if product:
                line = line.reading(product.args[::-1], product.text)
            elif complete and line.args[0] not in growing:
                turned[line.target] = line.args[0]
        elif line.text == "{0} @ {1}.T" and line.args[1] in turned:
            line = line.reading((line.args[0], turned[line.args[1]]), "{0} @ {1}")
        elif line.text in _PRODUCTS and complete:
            products[line.target] = line
        lines.append(line)
    forward = len(code.forward)
    return code.with_lines(tuple(lines[:forward]), tuple(lines[forward:]))


def dead(code: Code, wanted: Iterable[str] | None = None) -> Code:
    """What no result depends on is not computed."""
    needed = set((*code.values, *code.gradients) if wanted is None else wanted)
    needed |= {arg for guard in code.guards for arg in guard.args}
    parts: list[tuple[Line, ...]] = []
    for part in (code.backward, code.forward):
        kept: list[Line] = []
        for line in reversed(part):
            if line.target in needed:
                needed.update(line.args)
                kept.append(line)
        parts.append(tuple(reversed(kept)))
    return code.with_lines(parts[1], parts[0])


def _pass(rewrite: Callable[[Code], Code]) -> Pass:
    """A pass explains itself by the first sentence of its docstring."""
    return Pass(rewrite.__name__, str(rewrite.__doc__).split("\n")[0], rewrite)


_FIRST = (folding.constants, copies, common)
_FLOATS = (dead, inlining.inline)
_GATHERED = (collecting.parts, gathering.project, gathering.local, collecting.collect, gathering.restack)
_ARRAYS = (transposes, dead, *_GATHERED, transposes, copies, common, dead)
PASSES = tuple(map(_pass, (*_FIRST, *_FLOATS, *_ARRAYS)))


def passes_for(code: Code) -> tuple[Pass, ...]:
    """The passes over a program of floats, or over one with arrays."""
    return tuple(map(_pass, (*_FIRST, *(_FLOATS if code.scalar else _ARRAYS))))


def regular(code: Code) -> Code:
    """A program of floats after all passes but the last: one operation a line, so that repetitions are easily seen."""
    for each in passes_for(code)[:-1]:
        code = each.rewrite(code)
    return code
