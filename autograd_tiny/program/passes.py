"""Small passes over straight-line code; each takes a program and gives a shorter one that computes the same.

A name that is added to is never merged with another: what is added must not appear elsewhere. The passes over the steps
of an unrolled network are in `steps`.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import NamedTuple

from autograd_tiny.comparisons import PLACE, moved
from autograd_tiny.graphs.literals import is_minus_zero
from autograd_tiny.program.lines import Code, Guard, Line, owned
from autograd_tiny.program.steps import collect, local, parts, project, restack
from autograd_tiny.program.texts import specialised
from autograd_tiny.shapes import Shape


@dataclass(frozen=True)
class Pass:
    """A rewriting and the sentence that explains it."""

    name: str
    sentence: str
    rewrite: Callable[[Code], Code]


def _without(code: Code, kept: Callable[[Iterable[Line], dict[str, str]], Iterator[Line]]) -> Code:
    """The program of the lines that `kept` keeps; of what it drops it notes which other name has the same value.

    It is given each line when that name stands already for what was dropped before.
    """
    names: dict[str, str] = {}

    def renamed(lines: Iterable[Line]) -> Iterator[Line]:
        return (line if names.keys().isdisjoint(line.args) else line.renamed(names) for line in lines)

    forward, backward = (tuple(kept(renamed(lines), names)) for lines in (code.forward, code.backward))
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
            target, text, args, *_ = line
            if target in growing or (name := known.setdefault((text, args), target)) == target:
                yield line
            else:
                names[target] = name

    return _without(code, kept)


TURNS = {"{0}.T", "transpose({0}, (1, 0))", "copy(transpose({0}, (1, 0)))"}
_PRODUCTS = {"{0}.T @ {1}", "outer({0}, {1})"}  # transposed, they have their arguments the other way round


def transposes(code: Code) -> Code:
    """Transposing twice is not transposing; the transpose of AᵀB is BᵀA."""
    growing = code.growing
    turned: dict[str, str] = {}  # name → what it is the transpose of
    turned_products: dict[str, Line] = {}
    lines: list[Line] = []
    for line in code.lines:
        complete = line.target not in growing  # a part of a sum is not the sum
        if line.text in TURNS and not line.part:
            product = turned_products.get(line.args[0])
            if product:
                line = line.reading(product.args[::-1], product.text)
            elif complete and line.args[0] not in growing:
                turned[line.target] = line.args[0]
        elif line.text == "{0} @ {1}.T" and line.args[1] in turned:
            line = line.reading((line.args[0], turned[line.args[1]]), "{0} @ {1}")
        elif line.text in _PRODUCTS and complete:
            turned_products[line.target] = line
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


# Folding: what is known before the program is given any number is worked out when it is written -----------------------


_MARK = re.compile(r"\b_(\d+)_\b")


def constants(code: Code) -> Code:
    """What is known beforehand is worked out: 1·g is g, and 0 + x is x."""
    growing = code.growing
    known: dict[str, float] = {}

    def folded(lines: Iterable[Line]) -> Iterator[Line]:
        for line in lines:
            if not known.keys().isdisjoint(line.args):
                found = tuple([(k, known[arg]) for k, arg in enumerate(line.args) if arg in known])
                text, places = folded_text(line.text, found, line.shape)
                line = line.reading(tuple([line.args[k] for k in places]), text)
            if not line.shape and line.target not in growing:
                number = _literal(line.text)
                if number is not None and not is_minus_zero(number):
                    known[line.target] = number
            yield line

    return code.with_lines(tuple(folded(code.forward)), tuple(owned(tuple(folded(code.backward)))))


@cache
def folded_text(text: str, numbers: tuple[tuple[int, float], ...], shape: Shape) -> tuple[str, list[int]]:
    """A template with numbers in some places, of a result of this shape, and which of its places are left."""
    # NumPy counts an array of 1 among the whole numbers, and one of 1.0 not.
    known = {f"_{k}_": float(number) if shape else number for k, number in numbers}
    tree = specialised(PLACE.sub(r"_\1_", text), known, {})
    marked = ast.unparse(tree)
    left = sorted({int(k) for k in _MARK.findall(marked)})
    return _MARK.sub(lambda found: f"{{{left.index(int(found[1]))}}}", marked), left


@cache
def _literal(text: str) -> float | None:
    try:
        number = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return None
    return number if number.__class__ in (int, float) else None


# Inlining: what has no name of its own and is used once is written where it is used -----------------------------------
#
#     s = sigmoid(U * x + W * s0)


MOST_NAMES = 8  # names and numbers in one line
LONGEST_LINE = 120  # signs, where names are long

_UNNAMED = re.compile(r"(d\w+_d)?v\d+")  # as `naming` calls what has no label, and its gradient


def inline(code: Code) -> Code:
    """A number without a label that is used once is written where it is used."""
    wanted = (*code.values, *code.gradients, *(arg for guard in code.guards for arg in guard.args))
    uses = Counter([arg for line in code.lines for arg in line.args])
    uses.update([*wanted, *[line.target for line in code.lines if line.adds]])
    return code.with_lines(*(tuple(_inlined(part, uses)) for part in (code.forward, code.backward)))


def _inlined(lines: tuple[Line, ...], uses: Counter[str]) -> Iterator[Line]:
    once = {arg for line in lines for arg in line.args if uses[arg] == 1}
    waiting: dict[str, Line] = {}  # lines that will be written where they are used
    for line in lines:
        for arg in line.args:
            if arg in waiting:
                inner = waiting.pop(arg)
                together = _together(line, line.args.index(arg), inner)
                if together is None:
                    yield inner
                else:
                    line = together
        if line.target in once and "where" not in line.text and _UNNAMED.fullmatch(line.target):
            waiting[line.target] = line
        else:
            yield line


def _together(line: Line, k: int, inner: Line) -> Line | None:
    """The line with another one in its place `k`; None if that would be too long, or not the same."""
    args = line.args[:k] + inner.args + line.args[k + 1 :]
    if len(args) > MOST_NAMES or len(line.text) + len(inner.text) + len("".join(args)) - 4 * len(args) > LONGEST_LINE:
        return None
    text = composed(line.text, k, inner.text, len(inner.args))
    return line.reading(args, text) if text else None


@cache
def composed(text: str, k: int, inner: str, count: int) -> str:
    """One template, of `count` places, in place `k` of another, in brackets where it needs them.

    "" where it cannot stand: where it would be computed twice, or only sometimes.
    """
    if text.count(f"{{{k}}}") != 1 or "where" in text:
        return ""

    def place(found: re.Match[str]) -> str:
        number = int(found[1])
        return f"({moved(inner, k)})" if number == k else f"{{{number + (count - 1) * (number > k)}}}"

    marked = PLACE.sub(r"_\1_", PLACE.sub(place, text))
    written = ast.unparse(ast.parse(marked, mode="eval"))
    return "" if "--" in written else re.sub(r"\b_(\d+)_\b", r"{\1}", written)  # -- decrements in C


# The passes in their order --------------------------------------------------------------------------------------------


def _pass(rewrite: Callable[[Code], Code]) -> Pass:
    """A pass explains itself by the first sentence of its docstring."""
    assert rewrite.__doc__
    return Pass(rewrite.__name__, rewrite.__doc__.split("\n")[0], rewrite)


_FIRST = (constants, copies, common)
_FLOATS = (dead, inline)
_GATHERED = (parts, project, local, collect, restack)
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


# Their account: what the passes did to a program, for reading ---------------------------------------------------------


SHOWN = 6  # products of one pass that are written out


class Account(NamedTuple):
    """What one pass did: lines and products of matrices or vectors before and after, and the names of new products."""

    name: str
    sentence: str
    before: int
    after: int
    changed: bool
    products: tuple[int, int]
    new: tuple[str, ...]


def account(name: str, sentence: str, before: Code, after: Code) -> Account:
    """The account of a pass, from the programs before and after it."""
    earlier, later = products(before), products(after)
    known = {(line.text, line.args) for line in earlier}
    new = tuple(line.target for line in later if (line.text, line.args) not in known)
    counts = (len(earlier), len(later))
    changed = before.lines != after.lines or before.gradients != after.gradients
    sizes = (len(before.lines), len(after.lines))
    return Account(name, sentence, *sizes, changed, counts, new if counts[1] < counts[0] else ())


def products(code: Code) -> list[Line]:
    """The lines that are products of matrices or vectors."""
    return [line for line in code.lines if "@" in line.text or "outer(" in line.text]


def explained(accounts: Sequence[Account], code: Code) -> str:
    """A row for each pass, and below it the products that it made of several, as they read in the finished program."""
    width = max(len(each.name) for each in accounts)
    titles = ["lines", "products"] if any(any(each.products) for each in accounts) else ["lines"]
    finished = {line.target: line for line in code.lines if line.single}
    rows = ["  ".join([f"{'pass':{width}}", *[f"{title:^13}" for title in titles], "what it does"])]
    for each in accounts:
        start = f"{each.name:{width}}  {_numbers(each, len(titles))}  "
        rows.append(start + each.sentence)
        rows += [" " * len(start) + text for text in _shown([finished[name] for name in each.new if name in finished])]
    idle = [] if all(each.changed for each in accounts) else ["– : found nothing to do"]
    return "\n".join(rows + idle)


def _numbers(each: Account, columns: int) -> str:
    numbers = [(each.before, each.after), each.products][:columns]
    return "  ".join(f"{before:>5} → {after:<5}" if each.changed else f"{'–':^13}" for before, after in numbers)


def _shown(lines: Sequence[Line]) -> Iterator[str]:
    yield from (f"at once: {line}" for line in lines[:SHOWN])
    if len(lines) > SHOWN:
        yield f"and {len(lines) - SHOWN} more"
