"""Small passes over programs with loops; each gives a program that computes the same with less.

    copies      what only passes through keeps its name                      dz = dh, as a gradient does at a +
    steady      what no step changes is no sequence                          the gradient of a running sum
    rows        an element that is a row of an array is that row             x[t]
    joined      parts of one array, within a step, are put side by side      concatenate([di, df, do, dg])
    filled      an array that gets a row at every step is a sequence         dX[t] = dx
    ahead       what needs nothing from another step, before the loop        X @ U for all steps at once
    behind      what no other step needs, behind the loop                    V @ H for all steps at once
    collected   a sum over the steps, behind the loop                        Σ_t δ_t h_tᵀ = Δᵀ H
    dead        what no result depends on is not computed
    inlined     what has no name of its own and is used once is written where it is used
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from math import prod

from autograd_tiny.comparisons import PLACE
from autograd_tiny.program.passes import composed, folded_text
from autograd_tiny.program.rolled.loops import Line, Loop, Part, Rolled, element, parted

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
        and not _is_number(line.args[0])
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
        if _is_number(number)
    }
    return folded(without(code, known)) if known else code


def _folded(line: Line) -> Line:
    known = tuple([(k, _number(arg)) for k, arg in enumerate(line.args) if _is_number(arg)])
    if not known or line.part or line.text == "{0}" or re.search(r"[\[\"']", line.text):
        return line
    text, places = folded_text(line.text, known, bool(line.shape))
    return line._replace(text=text, args=tuple([line.args[k] for k in places]))


def _is_number(arg: str) -> bool:
    return re.fullmatch(r"\(?-?\d[\d.e+-]*\)?", arg) is not None


def _number(arg: str) -> float:
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
    if not zeros.text.startswith("zeros(") or not others or not all(found) or any(line.text != "{0}" for line in others):
        return None
    size = int(zeros.shape[-1])
    pieces = sorted((int(m[1] or 0), int(m[2] or size), line.args[0]) for m, line in zip(found, others, strict=True) if m)
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
            if once and flipped and line.text == "{0}" and line.args[0] in own and line.args[0].endswith("@0"):
                names[line.target] = f"{parted(line.args[0]).name}@{flipped}"
    return without(code, names)


def sums(code: Rolled) -> Rolled:
    """What is added to before anybody reads it is one sum."""

    def summed(lines: Sequence[Line]) -> list[Line]:
        done: list[Line] = []
        for line in lines:
            earlier = next((k for k, other in enumerate(done) if other.target == line.target), None)
            if line.adds and line.shape == done[earlier].shape if earlier is not None else False:
                between = done[earlier + 1 :]
                written = {other.target for other in between}
                if not any(line.target in other.args for other in between) and not written & set(done[earlier].args):
                    first = done.pop(earlier)
                    if not first.part and not first.text.startswith("zeros("):
                        line = first._replace(text=_plus(first.text, line.text, len(first.args)), args=first.args + line.args)
                    else:
                        done.insert(earlier, first)
            done.append(line)
        return done

    return over_loops(code, lambda loop: [replace(loop, lines=tuple(summed(loop.lines)))])


def _plus(one: str, two: str, count: int) -> str:
    return _unparsed(ast.BinOp(_parsed(one), ast.Add(), _parsed(PLACE.sub(lambda m: f"{{{int(m[1]) + count}}}", two))))


def _parsed(text: str) -> ast.expr:
    """A template as a tree, its places as names _0_, _1_ …"""
    return ast.parse(PLACE.sub(r"_\1_", text), mode="eval").body


def _unparsed(tree: ast.expr) -> str:
    return re.sub(r"\b_(\d+)_\b", r"{\1}", ast.unparse(tree))


# All steps at once ----------------------------------------------------------------------------------------------------

# Functions that do to each row of an array what they do to the row alone.
_ELEMENTWISE = frozenset("tanh sigmoid exp log sqrt sin cos tan relu softplus abs sign where maximum minimum clip".split())


class Wholes:
    """How a line of a loop reads about all its steps at once."""

    def __init__(self, code: Rolled, loop: Loop) -> None:
        self.steps = loop.steps
        self.own = {parted(line.target).name for line in loop.lines if "@" in line.target}
        self.shapes = {parted(line.target).name: line.shape for line in code.lines if not line.part}
        self.shapes |= {**code.inputs, **code.captured}
        for name, array in code.constants.items():
            if not isinstance(array, str):
                self.shapes[name] = tuple(map(str, array.shape))

    def shape(self, arg: str) -> tuple[str, ...] | None:
        """The shape of what a line reads; None where it is not known."""
        if _is_number(arg):
            return ()
        name, place, row = parted(arg)
        shape = self.shapes.get(name)
        if shape is None:
            return None
        whole = (self.steps, *shape) if place in ("all", "before", "flip") else shape
        return whole[1:] if row else whole

    def varies(self, arg: str) -> bool:
        """Whether it is another at each step."""
        return bool(parted(arg).row) or parted(arg).place in ("0", "-1", "1")

    def at_once(self, line: Line) -> Line | None:
        """The line about all steps; None if it cannot be said at once."""
        given = [self.shape(arg) for arg in line.args]
        if line.adds or line.part or None in given or re.search(r"\bt\b", line.text):
            return None
        which = [self.varies(arg) for arg in line.args]
        text = self._text(line, which, given)  # type: ignore[arg-type]
        arrays = [self.array(arg) for arg in line.args]
        if text is None or None in arrays:
            return None
        for k, (_, form) in enumerate(arrays):  # type: ignore[misc]
            text = text.replace(f"{{{k}}}", form.format(f"{{{k}}}"))
        return Line(line.target, text, tuple([name for name, _ in arrays]), (self.steps, *line.shape))  # type: ignore[misc]

    def array(self, arg: str) -> tuple[str, str] | None:
        """All that the steps read under this name, in their order: of what array, and in what form."""
        name, place, row = parted(arg)
        if row:
            whole = arg.partition("#")[0]
            long, n = (self.shape(whole) or ("",))[0] == self.steps, self.steps
            if row == "t":
                return whole, "{}" if long else f"{{}}[:{n}]"
            if long and row == from_the_end(n):
                return whole, "flip({}, 0)"
            later = re.fullmatch(r"t \+ (\d+)", row)
            return (whole, f"{{}}[{later[1]}:{n} + {later[1]}]") if later else None
        if place in ("0", "-1"):
            return f"{name}@{'all' if place == '0' else 'before'}", "{}"
        return None if place == "1" else (arg, "{}")

    def _text(self, line: Line, which: list[bool], given: list[tuple[str, ...]]) -> str | None:
        if line.text in ("{0} @ {1}", "{0} @ {1}.T") and which == [True, False] and len(given[1]) == 2:
            return line.text
        if line.text == "{0} @ {1}" and which == [False, True] and (len(given[0]), len(given[1])) == (2, 1):
            return "{1} @ {0}.T"
        if not is_elementwise(line.text):
            return None
        fits = [shape == line.shape if varying else len(shape) <= len(line.shape) for shape, varying in zip(given, which, strict=True)]
        return line.text if all(fits) else None


def from_the_end(steps: str) -> str:
    """The row t from the end, of so many."""
    name, _, less = steps.partition(" - ")
    return f"{name} - t - {int(less or 0) + 1}"


def is_elementwise(text: str) -> bool:
    """Whether a text does the same to every number."""
    return all(_is_simple(node) for node in ast.walk(_parsed(text)))


def _is_simple(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in _ELEMENTWISE and not node.keywords
    if isinstance(node, ast.BinOp):
        return not isinstance(node.op, ast.MatMult)
    return not isinstance(node, ast.Subscript | ast.Attribute | ast.List | ast.Tuple)


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
    factors = _factors(_parsed(line.text))
    known = [f for f in factors if _names(f) and not any(parted(line.args[k]).name in wholes.own for k in _names(f))]
    others = [f for f in factors if f not in known]
    if not known or not others or all(isinstance(f, ast.Name) for f in known):
        return None
    if any(wholes.shape(line.args[k]) != line.shape for f in known for k in _names(f)):
        return None
    text, places = _renumbered(_product(known))
    rest, left = _renumbered(_product(others))
    args = tuple([line.args[k] for k in left])
    return text, tuple([line.args[k] for k in places]), f"{_bracketed(rest)} * {{{len(left)}}}", args


def _bracketed(text: str) -> str:
    return f"({text})" if isinstance(_parsed(text), ast.BinOp) and not isinstance(_parsed(text).op, ast.Mult) else text  # type: ignore[attr-defined]


def _factors(tree: ast.expr) -> list[ast.expr]:
    if isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Mult):
        return [*_factors(tree.left), *_factors(tree.right)]
    return [tree]


def _product(factors: Sequence[ast.expr]) -> ast.expr:
    tree = factors[0]
    for factor in factors[1:]:
        tree = ast.BinOp(tree, ast.Mult(), factor)
    return tree


def _names(tree: ast.AST) -> list[int]:
    names = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]
    return [int(name.strip("_")) for name in names if re.fullmatch(r"_\d+_", name)]


def _renumbered(tree: ast.expr) -> tuple[str, list[int]]:
    places = list(dict.fromkeys(_names(tree)))
    return PLACE.sub(lambda m: f"{{{places.index(int(m[1]))}}}", _unparsed(tree)), places


def ahead(code: Rolled) -> Rolled:
    """What needs nothing from another step, before the loop, for all steps at once."""
    names: dict[str, str] = {}

    def moved(loop: Loop) -> Iterator[Part]:
        wholes, here = Wholes(code, loop), list[Line]()
        grows, moved_now = growing(code), set[str]()
        for line in loop.lines:
            needs = {parted(arg).name for arg in line.args if "@" in arg} & wholes.own
            free = needs <= moved_now and not any(arg.endswith(("@1", "@-1")) and parted(arg).name in wholes.own for arg in line.args)
            whole = wholes.at_once(line) if free and line.target not in grows and line.args else None
            name = parted(line.target).name
            if whole is None or name in loop.initial:
                here.append(line)
                continue
            args = tuple([f"{parted(arg).name}@all" if parted(arg).name in moved_now else arg for arg in whole.args])
            moved_now.add(name)
            names[element(name)] = f"{name}#t"
            names[f"{name}@all"] = name
            yield whole._replace(target=name, args=args)
        yield replace(loop, lines=tuple(here))

    return renamed(over_loops(code, moved), names)


def behind(code: Rolled) -> Rolled:
    """What no other step needs, behind the loop, for all steps at once; sums over the steps, too."""
    names: dict[str, str] = {}

    def moved(loop: Loop) -> Iterator[Part]:
        wholes, left, behind = Wholes(code, loop), list(loop.lines), list[Line]()
        for line in reversed(loop.lines):
            name = parted(line.target).name
            read = {arg for other in left if other is not line for arg in other.args if parted(arg).name == name}
            if line.target == element(name) and name not in loop.initial and not read:
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
    if _is_number(start) and _number(start) == 0:
        return Line(name, total, terms, line.shape)
    return Line(name, f"{{1}} + {total}", (*terms, start), line.shape)


def _collected(line: Line, wholes: Wholes) -> Line | None:
    """What is added at every step, as one sum over the steps, or as one product of matrices."""
    arrays = [wholes.array(arg) for arg in line.args]
    shapes = [wholes.shape(arg) for arg in line.args]
    which = [wholes.varies(arg) for arg in line.args]
    if None in arrays or None in shapes or not any(which) or re.search(r"\bt\b", line.text):
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


def _is_zero(line: Line) -> bool:
    return line.text == "0.0" or line.text.startswith("zeros(")


# What is left out, and what is written together -----------------------------------------------------------------------


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
    code = over_loops(code, lambda loop: [replace(loop, initial={k: x for k, x in loop.initial.items() if k in needed})])
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
    if line.part or inner.shape != line.shape and "@ " not in line.text + inner.text and "(" not in line.text:
        return None
    if len(args) > MOST_NAMES or len(line.text) + len(inner.text) + len("".join(args)) - 4 * len(args) > LONGEST_TEXT:
        return None
    text = composed(line.text, k, inner.text, len(inner.args))
    return line._replace(text=text, args=args) if text else None


PASSES = (
    copies, steady, copies, rows, joined, copies, filled, local, sums, copies, ahead, behind, copies, dead, behind, dead,
    inlined,
)  # fmt: skip


def shortened(code: Rolled) -> Rolled:
    """The program after all passes."""
    for rewrite in PASSES:
        code = rewrite(code)
    return code
