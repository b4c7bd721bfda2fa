"""Writing a program: from a recording to its lines, and through the passes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograd_tiny.graphs.namesakes import instances
from autograd_tiny.program.derive import Derivation, captured
from autograd_tiny.program.explaining import Account, account
from autograd_tiny.program.lines import Code, Guard, owned
from autograd_tiny.program.naming import Names
from autograd_tiny.program.passes import passes_for
from autograd_tiny.program.tracing import Recording, whole_inputs
from autograd_tiny.program.whole import WholeNumbers, source_of
from autograd_tiny.value import Value


def written(run: Recording, names: list[str]) -> tuple[Code, tuple[Value, ...]]:
    """The program of a recording, word for word, and the values it captured."""
    taken = captured(run.order, [x for x in run.inputs if isinstance(x, Value)], run.began)
    naming = _named(run, names, taken)
    derivation = Derivation(naming, _whole(run), run.chosen, instances(run.order))
    forward = tuple(derivation.forward(run.order, run.outputs))
    wanted = [x for x in run.inputs if isinstance(x, Value)] + taken
    backward = tuple(derivation.backward(run.order, run.outputs[0], wanted)) if run.outputs[0].inputs else ()
    gradients = tuple(_gradient(x, derivation, naming, run.outputs[0]) for x in wanted)
    code = Code(
        {name: np.shape(x) for x, name in zip(run.inputs, names, strict=True)},
        {naming[leaf]: leaf.shape for leaf in taken},
        forward,
        tuple(owned(backward)),
        tuple(derivation.name(output) for output in run.outputs),
        gradients,
        derivation.constants,
        tuple(_guards(run, derivation)),
        frozenset(name for x, name in zip(run.inputs, names, strict=True) if isinstance(x, WholeNumbers)),
        frozenset(naming[x] for x in wanted if x.shape and x.dtype == np.float32),
        {v.dtype for v in run.order if v.shape} == {np.dtype(np.float32)},
    )
    return code, tuple(taken)


def shortened(code: Code) -> tuple[Code, tuple[Account, ...]]:
    """The program after all passes, and what each of them did."""
    accounts = []
    for each in passes_for(code):
        shorter = each.rewrite(code)
        accounts.append(account(each.name, each.sentence, code, shorter))
        code = shorter
    return code, tuple(accounts)


def _named(run: Recording, names: list[str], taken: list[Value]) -> Names:
    naming = Names()
    for x, name in zip(run.inputs, names, strict=True):
        free = naming.free(name)
        if isinstance(x, Value):
            naming.of[x] = free
    for leaf in taken:
        naming.give(leaf)
    return naming


def _whole(run: Recording) -> Callable[[Any], str | None]:
    inputs = whole_inputs(run)
    return lambda part: source_of(part, inputs) if inputs else None


def _gradient(x: Value, derivation: Derivation, naming: Names, output: Value) -> str:
    if x is output:
        return "1"
    found = derivation.gradient.get(x)
    return found if found else f"zeros({x.shape})" if x.shape else "0"


def _guards(run: Recording, derivation: Derivation) -> Iterator[Guard]:
    """The questions on whose answers the way depends: about single numbers, and about arrays as a whole."""
    for answer in run.guards:
        text, args = derivation.question(answer)
        if np.ndim(answer.number):
            place = f"{{{len(args)}}}"
            yield Guard(f"array_equal({text}, {place})", (*args, derivation.array(answer.number, "answer")), True)
        else:
            yield Guard(text, args, bool(answer.number))
