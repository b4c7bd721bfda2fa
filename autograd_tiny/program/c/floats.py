"""The C dialect: a scalar program as C99, a function of an array of inputs that fills an array of results.

A long program becomes several functions, with loops where lines repeat (see `repeated`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autograd_tiny.program.c import repeated
from autograd_tiny.program.dialects import C
from autograd_tiny.program.lines import Code
from autograd_tiny.program.printing import header, plain
from autograd_tiny.program.texts import pointed


def float_source(code: Code) -> str:
    """The program as C99: `program(inputs, results)`, and `programs(n, inputs, results)` for n rows of inputs."""
    results = [pointed(name) for name in (*code.values, *code.gradients)]
    if len(code.lines) > repeated.LONG:
        body = repeated.functions(code.lines, code.arguments, results)
    else:
        body = list(_function(code, results))
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
