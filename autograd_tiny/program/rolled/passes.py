"""Small passes over programs with loops; each gives a program that computes the same with less.

copies      what only passes through keeps its name                      dz = dh, as a gradient does at a +
steady      what no step changes is no sequence                          the gradient of a running sum
rows        an element that is a row of an array is that row             x[t]
joined      parts of one array, within a step, are put side by side      concatenate([di, df, do, dg])
filled      an array that gets a row at every step is a sequence         dX[t] = dx
doubled     equal summands are a multiple of one                         2 * h
sums        what is added to before anybody reads it is one sum          dh = dh_next + dhs[t]
dead        what no result depends on is not computed
inlined     what has no name of its own and is used once is written where it is used
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import reduce

from autograd_tiny.comparisons import PLACE
from autograd_tiny.program.lines import is_view
from autograd_tiny.program.passes import composed, folded_text
from autograd_tiny.program.rolled.loops import Line, Loop, Part, Rolled, element, from_the_end, parted
from autograd_tiny.program.texts import parsed, unparsed

# Going over a program -------------------------------------------------------------------------------------------------

Change = Callable[[Line], Line | None]


def over(code: Rolled, change: Change) -> Rolled:
    """The program with every line changed, or left out where there is none."""

    def changed(part: Part) -> Iterator[Part]:
        if isinstance(part, Loop):
            yield replace(part, lines=tuple([new for line in part.lines if (new := change(line)) is not None]))
        elif (new := change(part)) is not None:
            yield new

    both = [tuple([new for part in parts for new in changed(part)]) for parts in (code.forward, code.backward)]
    return code.with_parts(*both)


def over_loops(code: Rolled, change: Callable[[Loop], Iterable[Part]]) -> Rolled:
    """The program with every loop changed, and with what is put before and behind it."""
    both = [
        tuple([new for part in parts for new in (change(part) if isinstance(part, Loop) else [part])])
        for parts in (code.forward, code.backward)
    ]
    return code.with_parts(*both)


def renamed(code: Rolled, names: Mapping[str, str]) -> Rolled:
    """The program with other arguments in the place of these; one name may lead to the next."""

    def final(arg: str) -> str:
        array, sign, row = arg.partition("#")
        while array in names:
            array = names[array]
        return f"{array}{sign}{row}"

    def begun(loop: Loop) -> Iterator[Loop]:
        yield replace(loop, initial={name: final(start) for name, start in loop.initial.items()})

    code = over_loops(over(code, lambda line: line._replace(args=tuple(map(final, line.args)))), begun)
    return replace(code, values=tuple(map(final, code.values)), gradients=tuple(map(final, code.gradients)))


def without(code: Rolled, names: Mapping[str, str]) -> Rolled:
    """The program without the lines that make these, and with the others in their place."""
    return over(renamed(code, names), lambda line: None if line.target in names else line) if names else code


def growing(code: Rolled) -> set[str]:
    """What more is added to after its first line."""
    return {line.target for line in code.lines if line.adds or line.part}


def loops(code: Rolled) -> list[Loop]:
    """The loops, forward and backward."""
    return [part for part in code.parts if isinstance(part, Loop)]


def reads(code: Rolled) -> Iterator[str]:
    """Everything that is read: by lines, as a beginning, as a result."""
    for line in code.lines:
        yield from line.args
    for loop in loops(code):
        yield from loop.initial.values()
    yield from (*code.values, *code.gradients)


def kept(code: Rolled) -> set[str]:
    """The sequences of which more is read than the element of the same step, wherever."""
    return {arg.name for arg in map(parted, reads(code)) if arg.place not in ("", "0")}


# What stays what it is ------------------------------------------------------------------------------------------------


def copies(code: Rolled) -> Rolled:
    """What only passes through keeps its name."""
    grows, several = growing(code), kept(code)
    names = {
        line.target: line.args[0]
        for line in code.lines
        if line.text == "{0}"
        and not line.part
        and not {line.target, line.args[0]} & grows
        and parted(line.target).name not in several
        and parted(line.args[0]).place not in ("1", "-1")
        and not is_number(line.args[0])
    }
    return without(code, names)


def steady(code: Rolled) -> Rolled:
    """What no step changes is no sequence: it is what it began with."""
    names: dict[str, str] = {}
    for loop in loops(code):
        lines = {line.target: line for line in loop.lines if line.target not in growing(code)}
        for name, start in loop.initial.items():
            way, met = element(name), [element(name)]
            while way in lines and lines[way].text == "{0}":
                way = lines[way].args[0]
                met.append(way)
            if way == f"{name}@1" and start:
                names |= dict.fromkeys([*met, f"{name}@end"], start)
    code = without(code, names)
    return folded(over_loops(code, lambda loop: [_begins_without(loop, names)]))


def _begins_without(loop: Loop, names: Mapping[str, str]) -> Loop:
    return replace(loop, initial={name: x for name, x in loop.initial.items() if element(name) not in names})


def folded(code: Rolled) -> Rolled:
    """What is known beforehand is worked out: 1·g is g."""
    grows, several = growing(code), kept(code)
    code = over(code, _folded)
    known = {
        line.target: number
        for line in code.lines
        if not line.shape and line.target not in grows and parted(line.target).name not in several
        for number in [line.args[0] if line.text == "{0}" else line.text]
        if is_number(number)
    }
    return folded(without(code, known)) if known else code


def _folded(line: Line) -> Line:
    known = tuple([(k, number_of(arg)) for k, arg in enumerate(line.args) if is_number(arg)])
    if not known or line.part or line.text == "{0}" or re.search(r"[\[\"']", line.text):
        return line
    text, places = folded_text(line.text, known, line.shape)
    return line._replace(text=text, args=tuple([line.args[k] for k in places]))


def is_number(arg: str) -> bool:
    """Whether an argument is a plain number."""
    return re.fullmatch(r"\(?-?\d[\d.e+-]*\)?", arg) is not None


def number_of(arg: str) -> float:
    """The number that an argument is."""
    number = float(arg.strip("()"))
    return int(number) if number.is_integer() else number


def rows(code: Rolled) -> Rolled:
    """An element that is a row of an array from outside is that row."""
    several, names = kept(code), dict[str, str]()
    for loop in loops(code):
        for line in loop.lines:
            found = re.fullmatch(r"\{0\}\[([^\[\],:]+)\]", line.text)
            if found and len(line.args) == 1 and "t" in re.findall(r"\w+", found[1]):
                outside = parted(line.args[0]).place not in ("0", "1", "-1") and "#" not in line.args[0]
                if outside and parted(line.target).name not in several:
                    names[line.target] = f"{line.args[0]}#{found[1]}"
    return without(code, names)


# Parts ----------------------------------------------------------------------------------------------------------------


def joined(code: Rolled) -> Rolled:
    """Parts of one array, within a step, are put side by side."""
    return over_loops(code, lambda loop: [replace(loop, lines=tuple(_side_by_side(loop.lines)))])


def _side_by_side(lines: Sequence[Line]) -> Iterator[Line]:
    pieces: dict[str, list[Line]] = {}
    for line in lines:
        if line.part or line.text.startswith("zeros("):
            pieces.setdefault(line.target, []).append(line)
    whole = {target: made for target, each in pieces.items() if (made := _concatenated(each))}
    for line in lines:
        if line.target not in whole or line not in pieces[line.target]:
            yield line
        elif line is pieces[line.target][-1]:
            yield whole[line.target]


def _concatenated(lines: Sequence[Line]) -> Line | None:
    """One line for zeros and the parts that fill them along the last axis; None if they don't."""
    zeros, *others = lines
    found = [re.fullmatch(r"(?:\.\.\., )?(\d*):(\d*)", line.part) for line in others]
    if (
        not zeros.text.startswith("zeros(")
        or not others
        or not all(found)
        or any(line.text != "{0}" for line in others)
    ):
        return None
    size = int(zeros.shape[-1])
    pieces = sorted(
        (int(m[1] or 0), int(m[2] or size), line.args[0]) for m, line in zip(found, others, strict=True) if m
    )
    if [a for a, _, _ in pieces] != [0, *[b for _, b, _ in pieces[:-1]]] or pieces[-1][1] != size:
        return None
    places = ", ".join(f"{{{k}}}" for k in range(len(pieces)))
    text = f"concatenate([{places}], {len(zeros.shape) - 1})"
    return zeros._replace(text=text, args=tuple([name for _, _, name in pieces]))


def filled(code: Rolled) -> Rolled:
    """An array that gets a row at every step is a sequence."""
    given: dict[str, list[Line]] = {}
    for line in code.lines:
        given.setdefault(line.target, []).append(line)
    names: dict[str, str] = {}
    for loop in loops(code):
        own = {line.target for line in loop.lines}
        for line in loop.lines:
            zeros, *others = given[line.target]
            once = others == [line] and zeros.text.startswith("zeros(") and zeros not in loop.lines
            flipped = {"t": "all", from_the_end(loop.steps): "flip"}.get(line.part)
            once = once and zeros.shape[0] == loop.steps
            if once and flipped and line.text == "{0}" and line.args[0] in own and line.args[0].endswith("@0"):
                names[line.target] = f"{parted(line.args[0]).name}@{flipped}"
    return without(code, names)


def sums(code: Rolled) -> Rolled:
    """What is added to before anybody reads it is one sum."""

    def summed(lines: Sequence[Line]) -> list[Line]:
        done: list[Line] = []
        for line in lines:
            first = next((other for other in done if other.target == line.target), None)
            if line.adds and first and _may_wait(first, line, done[done.index(first) + 1 :]):
                done.remove(first)
                text = _plus(first.text, line.text, len(first.args))
                line = first._replace(text=text, args=first.args + line.args)
            done.append(line)
        return done

    return over_loops(code, lambda loop: [replace(loop, lines=tuple(summed(loop.lines)))])


def _may_wait(first: Line, line: Line, between: Sequence[Line]) -> bool:
    """Whether a first line may wait for what is added to it: nobody reads it before, nor changes what it reads."""
    simple = not first.part and not first.text.startswith("zeros(") and first.shape == line.shape
    written = {other.target for other in between}
    return simple and not any(line.target in other.args for other in between) and not written & set(first.args)


def _plus(one: str, two: str, count: int) -> str:
    return unparsed(ast.BinOp(parsed(one), ast.Add(), parsed(PLACE.sub(lambda m: f"{{{int(m[1]) + count}}}", two))))


def doubled(code: Rolled) -> Rolled:
    """Equal summands are a multiple of one: h + h is 2 * h."""
    return over(code, _doubled)


def _doubled(line: Line) -> Line:
    if " + " not in line.text:
        return line
    first = [line.args.index(arg) for arg in line.args]
    tree = parsed(PLACE.sub(lambda m: f"{{{first[int(m[1])]}}}", line.text))
    text, places = renumbered(_Multiples().visit(ast.Expression(tree)).body)
    return line._replace(text=text, args=tuple([line.args[k] for k in places])) if " * " in text else line


class _Multiples(ast.NodeTransformer):
    """Collects equal terms of sums; answers are no numbers."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        terms: dict[str, tuple[int, list[ast.expr]]] = {}
        for term in _terms(node):
            many, rest = _multiple(term)
            count, _ = terms.get(key := ast.dump(product(rest)), (0, rest))
            terms[key] = count + many, rest
        if len(terms) == len(_terms(node)) or any(isinstance(part, ast.Compare) for part in ast.walk(node)):
            return node
        sums = [product([ast.Constant(n), *rest] if n > 1 else rest) for n, rest in terms.values()]
        return reduce(lambda a, b: ast.BinOp(a, ast.Add(), b), sums)


def _terms(tree: ast.expr) -> list[ast.expr]:
    if isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Add):
        return [*_terms(tree.left), *_terms(tree.right)]
    return [tree]


def _multiple(term: ast.expr) -> tuple[int, list[ast.expr]]:
    """How many times what a term is."""
    one, *others = factors(term)
    whole = others and isinstance(one, ast.Constant) and one.value.__class__ is int and one.value > 0
    return (one.value, others) if whole else (1, [one, *others])  # type: ignore[attr-defined]


def factors(tree: ast.expr) -> list[ast.expr]:
    """What a product multiplies, in order."""
    if isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Mult):
        return [*factors(tree.left), *factors(tree.right)]
    return [tree]


def product(of: Sequence[ast.expr]) -> ast.expr:
    """The product of these."""
    tree = of[0]
    for factor in of[1:]:
        tree = ast.BinOp(tree, ast.Mult(), factor)
    return tree


def names_in(tree: ast.AST) -> list[int]:
    """The places of a template that stand in a part of it."""
    names = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]
    return [int(name.strip("_")) for name in names if re.fullmatch(r"_\d+_", name)]


def renumbered(tree: ast.expr) -> tuple[str, list[int]]:
    """A part of a template as one of its own, and which places are left."""
    places = list(dict.fromkeys(names_in(tree)))
    return PLACE.sub(lambda m: f"{{{places.index(int(m[1]))}}}", unparsed(tree)), places


# What is left out, and what is written together -----------------------------------------------------------------------


def begun(code: Rolled) -> Rolled:
    """What is added to zeros is set instead; an empty loop is none."""
    code = over_loops(code, lambda loop: [loop] if loop.lines else [])
    given: dict[str, list[Line]] = {}
    for line in code.lines:
        given.setdefault(line.target, []).append(line)
    inside = {line.target for loop in loops(code) for line in loop.lines}
    begin = {
        target: each[1]
        for target, each in given.items()
        if len(each) > 1 and _is_zero(each[0]) and each[1].adds and target not in inside
    }

    def change(line: Line) -> Line | None:
        if line.target in begin and line is given[line.target][0]:
            return None
        return line._replace(adds=False) if line is begin.get(line.target) else line

    return over(code, change)


def owned(code: Rolled) -> Rolled:
    """What more is added to outside the loops, or in them, begins as an array of its own and not as a view."""
    grows = {target for target in growing(code) if "@" not in target}

    def change(line: Line) -> Line:
        begins = line.target in grows and line.shape and not line.adds and not line.part
        return line._replace(text=f"copy({line.text})") if begins and is_view(line.text) else line

    return over(code, change)


def _is_zero(line: Line) -> bool:
    return line.text == "0.0" or line.text.startswith("zeros(")


def dead(code: Rolled) -> Rolled:
    """What no result depends on is not computed."""
    needed = {parted(arg).name for arg in (*code.values, *code.gradients)}
    while True:
        before = len(needed)
        for line in code.lines:
            if parted(line.target).name in needed:
                needed |= {parted(arg).name for arg in line.args}
        for loop in loops(code):
            needed |= {parted(x).name for name, x in loop.initial.items() if name in needed}
        if len(needed) == before:
            break
    code = over(code, lambda line: line if parted(line.target).name in needed else None)
    code = over_loops(
        code, lambda loop: [replace(loop, initial={k: x for k, x in loop.initial.items() if k in needed})]
    )
    return begun(code)


_UNNAMED = re.compile(r"d?v\d+(_\d+)?|local\d+")
MOST_NAMES, LONGEST_TEXT = 6, 70


def inlined(code: Rolled) -> Rolled:
    """What has no name of its own and is used once is written where it is used."""
    uses = Counter(parted(arg).name for arg in reads(code))
    grows = growing(code)
    uses.update([parted(name).name for name in (*grows, *code.values, *code.gradients)] * 2)

    def together(lines: Iterable[Line]) -> list[Line]:
        waiting: dict[str, Line] = {}
        done: list[Line] = []
        for line in lines:
            for arg in line.args:
                if arg in waiting:
                    inner = waiting.pop(arg)
                    combined = _together(line, line.args.index(arg), inner)
                    if combined is None:
                        done.append(inner)
                    line = combined or line
            written = parted(line.target).name
            for target, other in list(waiting.items()):  # what it reads is about to change
                if any(parted(arg).name == written and parted(arg).place != "0" for arg in other.args):
                    done.append(waiting.pop(target))
            name = parted(line.target).name
            if uses[name] == 1 and _UNNAMED.fullmatch(name) and not line.adds and not line.part and name not in grows:
                waiting[line.target] = line
            else:
                done.append(line)
        return [*done, *waiting.values()]

    def parts(each: Sequence[Part]) -> Iterator[Part]:
        straight: list[Line] = []
        for part in each:
            if isinstance(part, Loop):
                yield from together(straight)
                straight = []
                yield replace(part, lines=tuple(together(part.lines)))
            else:
                straight.append(part)
        yield from together(straight)

    return code.with_parts(tuple(parts(code.forward)), tuple(parts(code.backward)))


def _together(line: Line, k: int, inner: Line) -> Line | None:
    """One line for two; None if that would be too long, or not the same."""
    args = line.args[:k] + inner.args + line.args[k + 1 :]
    if line.part or (inner.shape != line.shape and "@ " not in line.text + inner.text and "(" not in line.text):
        return None
    if len(args) > MOST_NAMES or len(line.text) + len(inner.text) + len("".join(args)) - 4 * len(args) > LONGEST_TEXT:
        return None
    text = composed(line.text, k, inner.text, len(inner.args))
    return line._replace(text=text, args=args) if text else None
