"""The C dialect: a scalar program as C99, a function of an array of inputs that fills an array of results.

A long program becomes several functions, with loops where lines repeat: a compiler takes longer over a line the more
lines a function has, and most lines of a long program say the same of other numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autograd_tiny.program.c.repeats import ADD_UP, Block, Body, Lanes, Places, blocks, indices
from autograd_tiny.program.dialects import C
from autograd_tiny.program.lines import Code, Line
from autograd_tiny.program.passes import regular
from autograd_tiny.program.printing import header, plain
from autograd_tiny.program.texts import pointed

LONG = 300  # lines of one function without a loop


def float_source(code: Code, plain: Code) -> str:
    """The program as C99: `program(inputs, results)`, and `programs(n, inputs, results)` for n rows of inputs.

    A long one is written from its `plain` lines, one operation a line: so repetitions are easily seen.
    """
    long = len(code.lines) > LONG
    code = regular(plain) if long else code
    results = [pointed(name) for name in (*code.values, *code.gradients)]
    body = _functions(code.lines, code.arguments, results) if long else _function(code, results)
    return "\n".join([*header(code, C), "", *body, "", *_rows(len(code.arguments), len(results))]) + "\n"


def _function(code: Code, results: Sequence[str]) -> Iterator[str]:
    own = {name: f"{name}_" for name in ("inputs", "results")}  # what the function itself calls so
    yield "void program(const double *inputs, double *results) {"
    for k, name in enumerate(code.arguments):
        yield f"    const double {own.get(name, name)} = inputs[{k}];"
    for title, lines in (("forward", code.forward), ("backward", code.backward)):
        yield from [f"    /* {title} */"] if lines else []
        scope: tuple[str, ...] = ()
        for line in lines:
            if line.scope != scope:
                scope = line.scope
                yield f"    /* {_comment(' / '.join(scope) or 'outside the steps')} */"
            value = pointed(line.text).format(*[own.get(arg) or pointed(arg) for arg in line.args])
            yield f"    {'' if line.adds else 'double '}{line.target} {'+=' if line.adds else '='} {value};"
    yield from (f"    results[{k}] = {own.get(name, name)};" for k, name in enumerate(results))
    yield "}"


def _comment(text: str) -> str:
    return plain(text).replace("*/", "* /")


def _rows(inputs: int, results: int) -> Iterator[str]:
    yield "void programs(long n, const double *inputs, double *results) {"
    yield f"    for (long k = 0; k < n; k++) program(inputs + {inputs} * k, results + {results} * k);"
    yield "}"


# A long program: a function for each block of lines, with loops where they repeat -------------------------------------
#
# What is needed outside of the repetition that computes it lies in the array m.


def _functions(lines: Sequence[Line], arguments: Sequence[str], results: Sequence[str]) -> list[str]:
    """The functions of the blocks, and `program`, which calls them in turn."""
    places = Places(lines, arguments)
    bodies = [body for block in blocks(places) for body in _bodies(block, lines, places)]
    index = indices(bodies, places, results)
    text = [ADD_UP] if any(isinstance(body, Lanes) and body.terms for body in bodies) else []
    text += [line for number, body in enumerate(bodies) for line in body.function(number, index)]
    text += ["void program(const double *inputs, double *results) {", f"    static double m[{index.max() + 2}];"]
    text += [f"    part_{number}(inputs, m);" for number in range(len(bodies))]
    for k, name in enumerate(results):
        place = places.of.get(name, -1)
        given = name if place < 0 else f"inputs[{place}]" if place < places.inputs else f"m[{index[place]}]"
        text.append(f"    results[{k}] = {given};")
    return [*text, "}"]


def _bodies(block: Block, lines: Sequence[Line], places: Places) -> list[Body]:
    """One loop, or functions of some hundred lines."""
    if block.count > 1 and not (body := Body(block, lines, places)).entangled:
        lanes = Lanes(block, lines, places)
        return [lanes if lanes.possible else body]
    pieces = range(block.start, block.end, LONG)
    return [Body(Block(k, min(LONG, block.end - k), 1), lines, places) for k in pieces]
