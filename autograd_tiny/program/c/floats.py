"""The C dialect: a scalar program as C99, a function of an array of inputs that fills an array of results.

A long program becomes several functions of some thousand lines: compilers take quadratic time over one long one. What a
later function needs of an earlier one's names lies in an array.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from autograd_tiny.program.dialects import C
from autograd_tiny.program.lines import Code, Line
from autograd_tiny.program.printing import header, plain

LONG = 500  # lines of one function


def float_source(code: Code) -> str:
    """The program as C99: `program(inputs, results)`, and `programs(n, inputs, results)` for n rows of inputs."""
    pieces = [code.lines[k : k + LONG] for k in range(0, len(code.lines), LONG)] or [()]
    results = [_c(name) for name in (*code.values, *code.gradients)]
    lines = [*header(code, C), ""]
    if len(pieces) == 1:
        lines += [*_function(code, pieces[0], results), ""]
    else:
        lines += [*_split(code, pieces, results), ""]
    return "\n".join([*lines, *_rows(len(code.arguments), len(results))]) + "\n"


def _function(code: Code, lines: Sequence[Line], results: Sequence[str]) -> Iterator[str]:
    yield "void program(const double *inputs, double *results) {"
    for k, name in enumerate(code.arguments):
        yield f"    const double {name} = inputs[{k}];"
    yield from _body(code, lines, {})
    yield from (f"    results[{k}] = {name};" for k, name in enumerate(results))
    yield "}"


def _split(code: Code, pieces: Sequence[Sequence[Line]], results: Sequence[str]) -> Iterator[str]:
    """Functions that follow each other; names that cross from one to another are places of the array m."""
    home = {line.target: number for number, piece in enumerate(pieces) for line in piece if line.single}
    crossing = {line.target for number, piece in enumerate(pieces) for line in piece if home[line.target] != number}
    for number, piece in enumerate(pieces):
        crossing |= {arg for line in piece for arg in line.args if home.get(arg, number) != number}
    crossing |= set(results) & set(home)
    places = {name: f"m[{k}]" for k, name in enumerate(sorted(crossing))}
    places |= {name: f"inputs[{k}]" for k, name in enumerate(code.arguments)}
    for number, piece in enumerate(pieces):
        yield f"static void part_{number}(const double *inputs, double *m) {{"
        yield from _body(code, piece, places)
        yield "}\n"
    yield "void program(const double *inputs, double *results) {"
    yield f"    static double m[{len(crossing) or 1}];"
    yield from (f"    part_{number}(inputs, m);" for number in range(len(pieces)))
    yield from (f"    results[{k}] = {places.get(name, name)};" for k, name in enumerate(results))
    yield "}"


def _body(code: Code, lines: Sequence[Line], places: dict[str, str]) -> Iterator[str]:
    scope: tuple[str, ...] = ()
    last = code.forward[-1] if code.forward else None
    if last and lines and lines[0] is code.forward[0]:
        yield "    /* forward */"
    for line in lines:
        if line.scope != scope:
            scope = line.scope
            yield f"    /* {_comment(' / '.join(scope) or 'outside the steps')} */"
        yield f"    {_statement(line, places)}"
        if line is last and code.backward:
            yield "    /* backward */"


def _statement(line: Line, places: dict[str, str]) -> str:
    value = line.text.format(*(places.get(arg, arg) for arg in line.args))
    target = places.get(line.target, line.target)
    if line.adds:
        return f"{target} += {_c(value)};"
    return f"{'' if line.target in places else 'double '}{target} = {_c(value)};"


def _c(value: str) -> str:
    """Python's expression as C's: numbers with a point, because 1 / 2 of whole numbers is 0 there."""
    return re.sub(r"(?<![\w.\[])(?<!e[-+])(\d+)(?![\w.\]])", r"\1.0", value)


def _comment(text: str) -> str:
    return plain(text).replace("*/", "* /")


def _rows(inputs: int, results: int) -> Iterator[str]:
    yield "void programs(long n, const double *inputs, double *results) {"
    yield f"    for (long k = 0; k < n; k++) program(inputs + {inputs} * k, results + {results} * k);"
    yield "}"
