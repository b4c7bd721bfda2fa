"""An array program as C99: `program(inputs, results)` reads its inputs' arrays and fills the arrays of its results.

It returns 1 if an index was none of its axis. Its arrays are its own, so one call at a time. All numbers are doubles,
or over arrays of float32 alone floats, but for sums and what functions compute.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from autograd_tiny.program.c.loops import Loops
from autograd_tiny.program.c.memory import Memory, Place
from autograd_tiny.program.dialects import C
from autograd_tiny.program.lines import Code, Line
from autograd_tiny.program.printing import header, plain

LONG = 60  # loops in one function: compilers take more than proportional time over a long one

VECTOR_MATH = """\
#ifdef VECTOR_MATH /* glibc computes these for several numbers at once */
#define LANES __attribute__((simd("notinbranch")))
LANES double log(double);
LANES double sin(double);
LANES double cos(double);
#endif"""

INDEX = """\
static int outside; /* whether an index was none of its axis */

static long at(long index, long size) {
    const long place = index < 0 ? index + size : index;
    if (place >= 0 && place < size) return place;
    outside = 1;
    return 0;
}"""


@cache
def _text_of(name: str) -> str:
    """What is written in C from the start: the product of matrices, the exponential function and its kin."""
    return Path(__file__).with_name(f"{name}.c").read_text(encoding="utf-8").rstrip()


def array_source(code: Code, writer: Callable[[Memory], Loops] = Loops) -> str:
    """The program's text, its statements by a `writer` of loops; ProgramError for what it cannot express."""
    memory = Memory(code)
    arguments = [_place(memory, name) for name in code.arguments]
    constants = [_place(memory, name) for name in code.constants]
    loops = writer(memory)
    for title, lines in (("forward", code.forward), ("backward", code.backward)):
        loops.note(title)
        _lines(loops, lines)
    loops.close()
    results = [*code.values, *code.gradients]
    delivered = _delivered(loops, results)
    blocks = loops.blocks
    loops.blocks = []
    for k, name in enumerate(results):
        if k not in delivered:
            _copy(loops, k, name)
    loops.close()
    everywhere = [*blocks, *loops.blocks]
    passing = _passing(everywhere, {place.owner for place in loops.made if place.view.ndim} - {*delivered.values()})
    body = "\n".join(line for block in everywhere for line in block)
    products = ["", _text_of("matmul")] if "matmul(" in body else []
    text = [
        *products,
        "",
        *(f"static const {_type(p.view)} {_declared(p)} = {_numbers(p.view)};" for p in constants),
        *(f"static const {_type(p.view)} *restrict {p.owner}; /* {p.view.shape} */" if p.view.ndim else
          f"static double {p.owner};" for p in arguments),
        *(f"static double *restrict {p.owner}; /* {p.view.shape} */" if p.owner in delivered.values() else
          f"static double {_declared(p)};" for p in loops.made if p.owner not in passing),
        "",
        *_functions(blocks, loops.blocks, arguments, delivered, "at(" in body),
    ]  # fmt: skip
    if code.single_precision:
        text = [_in_floats(line) for each in text for line in each.split("\n")]
    return "\n".join([*_head(code, body), *text]) + "\n"


_SUM = re.compile(r" *double (sum|top)\w* = ")
_LITERAL = re.compile(r"(?<![\w.])\d+\.\d*(?:e[-+]?\d+)?(?![\w.])")


def _in_floats(line: str) -> str:
    """A line about doubles as one about floats; sums stay doubles."""
    return line if _SUM.match(line) else _LITERAL.sub(r"\g<0>f", re.sub(r"\bdouble\b", "float", line))


def _place(memory: Memory, name: str) -> Place:
    place = memory.place(ast.Name(name))
    assert place is not None
    return place


def _lines(loops: Loops, lines: Iterable[Line]) -> None:
    scope: tuple[str, ...] = ()
    for line in lines:
        if line.scope != scope:
            scope = line.scope
            loops.note(" / ".join(plain(name) for name in scope) or "outside the steps")
        loops.line(line)


def _delivered(loops: Loops, results: list[str]) -> dict[int, str]:
    """The results that are written where they are wanted: arrays of their own, each for the first who asks."""
    own = {place.owner: place.view for place in loops.made if place.view.ndim}
    found: dict[int, str] = {}
    for k, name in enumerate(results):
        view = loops.memory.space.get(name) if name.isidentifier() else None
        place = loops.memory.where(view) if isinstance(view, np.ndarray) else None
        if place is not None and place.owner in own and place.owner not in found.values():
            whole = place.view.size == own[place.owner].size
            if whole and place.view.flags.c_contiguous:
                found[k] = place.owner
    return found


def _passing(blocks: list[list[str]], arrays: set[str]) -> set[str]:
    """The arrays of which no number is read outside the run of its loop: each becomes one number there."""
    spots: dict[str, list[tuple[list[str], int]]] = {name: [] for name in arrays}
    for block in blocks:
        for k, line in enumerate(block):
            for name in arrays.intersection(re.findall(r"\w+", line)):
                spots[name].append((block, k))
    return {name for name, found in spots.items() if found and _passes(name, found)}


def _passes(name: str, spots: list[tuple[list[str], int]]) -> bool:
    """Whether an array is one number in the run of one loop; then it is written so."""
    block, first = spots[0]
    last = spots[-1][1]
    begins = re.match(rf" +({name}\[[^\]]*\]) = ", block[first])
    between = block[first : last + 1]
    if not begins or spots[-1][0] is not block or any(line.endswith(("{", "}")) for line in between):
        return False
    element = re.compile(rf"\b{re.escape(begins[1])}")
    if any(len(element.findall(line)) != len(re.findall(rf"\b{name}\b", line)) for line in between):
        return False
    block[first : last + 1] = [element.sub(name, line) for line in between]
    block[first] = block[first].replace(f"{name} =", f"double {name} =", 1)
    return True


def _copy(loops: Loops, k: int, name: str) -> None:
    tree = ast.parse(name, mode="eval").body
    shape = np.shape(loops.memory.evaluated(tree))
    out = Place(f"results[{k}]", 0, np.zeros(shape))
    loops.into(out, tree)


def _head(code: Code, body: str) -> Iterator[str]:
    extra = [name for name in C.defined if f"{name}(" in body or (name == "inf" and "INFINITY" in body)]
    definitions = header(code, C, extra)
    if any(re.search(r"\b(exp|tanh)\(", text) for text in (body, *definitions)):
        yield f"#include <math.h>\n#include <string.h>\n\n{_text_of('exp')}\n"
    yield from definitions
    yield VECTOR_MATH
    if "at(" in body:
        yield f"\n{INDEX}"


def _functions(
    blocks: list[list[str]],
    last: list[list[str]],
    arguments: list[Place],
    delivered: dict[int, str],
    chooses: bool,
) -> Iterator[str]:
    pieces = [blocks[k : k + LONG] for k in range(0, len(blocks), LONG)]
    for number, piece in enumerate(pieces):
        yield f"static void part_{number}(void) {{"
        yield from (f"    {line}" for block in piece for line in block)
        yield "}\n"
    yield "int program(const void *const *inputs, double *const *results) {"
    for k, place in enumerate(arguments):
        star = "" if place.view.ndim else "*"
        yield f"    {place.owner} = {star}(const {_type(place.view)} *)inputs[{k}];"
    yield from (f"    {name} = results[{k}];" for k, name in delivered.items())
    yield from ["    outside = 0;"] if chooses else []
    yield from (f"    part_{number}();" for number in range(len(pieces)))
    yield from (f"    {line}" for block in last for line in block)
    yield f"    return {'outside' if chooses else '0'};"
    yield "}"


def _type(array: Any) -> str:
    return "long long" if array.dtype.kind == "i" else "double"


def _declared(place: Place) -> str:
    return f"{place.owner}[{max(place.view.size, 1)}]" if place.view.ndim else place.owner


def _numbers(array: Any) -> str:
    if array.dtype.kind == "f":
        numbers = ", ".join(repr(x) for x in array.ravel().tolist()).replace("inf", "INFINITY").replace("nan", "NAN")
    else:
        numbers = ", ".join(str(int(x)) for x in array.ravel())
    return f"{{{numbers or '0'}}}" if array.ndim else numbers
