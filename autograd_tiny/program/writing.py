"""Writing a program: from a recording to its lines, and through the passes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_tiny.graph import ancestors
from autograd_tiny.program.derive import Derivation, captured, literal
from autograd_tiny.program.lines import Code, Guard, Line
from autograd_tiny.program.naming import Names
from autograd_tiny.program.passes import PASSES
from autograd_tiny.program.tracing import ProgramError, Recording, whole_inputs
from autograd_tiny.program.whole import WholeNumbers, source_of
from autograd_tiny.value import Value

Account = tuple[tuple[str, str, int, int], ...]  # per pass: name, sentence, lines before and after


def written(run: Recording, names: list[str]) -> tuple[Code, tuple[Value, ...]]:
    """The program of a recording, word for word, and the values it captured."""
    naming = Names()
    taken = captured(run.outputs, [x for x in run.inputs if isinstance(x, Value)], run.began)
    for x, name in zip(run.inputs, names, strict=True):
        if isinstance(x, Value):
            naming.of[id(x)] = naming.free(name)
        else:
            naming.free(name)
    for leaf in taken:
        naming.give(leaf)
    derivation = Derivation(naming, _whole(run))
    masks = _masks(run, derivation)
    forward = _after(masks, derivation.forward(run.outputs), naming)
    wanted = [x for x in run.inputs if isinstance(x, Value)] + taken
    backward = tuple(derivation.backward(run.outputs[0], wanted)) if run.outputs[0].inputs else ()
    gradients = tuple(_gradient(x, derivation, naming, run.outputs[0]) for x in wanted)
    code = Code(
        {name: np.shape(x) for x, name in zip(run.inputs, names, strict=True)},
        {naming[leaf]: leaf.shape for leaf in taken},
        forward,
        _owned(backward),
        tuple(derivation.name(output) for output in run.outputs),
        gradients,
        derivation.constants,
        tuple(_guards(run, derivation)),
        frozenset(name for x, name in zip(run.inputs, names, strict=True) if isinstance(x, WholeNumbers)),
        any(x.dtype == np.float32 for x in wanted if x.shape),
    )
    return code, tuple(taken)


def shortened(code: Code) -> tuple[Code, Account]:
    """The program after all passes, and what each of them did."""
    account = []
    for each in PASSES if not code.scalar else PASSES[:4]:
        before = len(code.lines)
        code = each.rewrite(code)
        account.append((each.name, each.sentence, before, len(code.lines)))
    return code, tuple(account)


def _whole(run: Recording) -> Callable[[Any], str | None]:
    inputs = whole_inputs(run)
    return lambda part: source_of(part, inputs) if inputs else None


def _gradient(x: Value, derivation: Derivation, naming: Names, output: Value) -> str:
    if x is output:
        return "1"
    found = derivation.gradient.get(naming[x])
    return found if found else f"zeros({x.shape})" if x.shape else "0"


def _owned(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """Where more is added to an array later, its first line makes an array of its own and not a view of another."""
    growing = {line.target for line in lines if not line.single}
    return tuple(
        line._replace(text=f"copy({line.text})")
        if line.single and line.shape and line.target in growing and _is_view(line.text)
        else line
        for line in lines
    )


def _is_view(text: str) -> bool:
    """Whether a text may name memory that another name holds too."""
    return not any(sign in text for sign in ("*", "+", "/", "@", "zeros(", "exp(", "sum(", "outer(", "where(", "-"))


def _masks(run: Recording, derivation: Derivation) -> dict[str, tuple[str, tuple[Any, ...], Value]]:
    """Answers that choose element by element, in where(x > 0, …), are asked again by the program: name → question."""
    used = {id(v.parameters["condition"]) for v in ancestors(*run.outputs) if v.op == "where"}
    found: dict[str, tuple[str, tuple[Any, ...], Value]] = {}
    for left, sign, right, answer in run.asked:
        if isinstance(answer, np.ndarray) and id(answer) in used:
            name = derivation.names.free("mask")
            derivation.known[id(answer)] = name
            found[name] = (sign, (left, right), left)
    return found


def _after(masks: dict[str, tuple[str, tuple[Any, ...], Value]], lines: Any, naming: Names) -> tuple[Line, ...]:
    """The lines, each mask written as soon as what it compares is there."""
    written: list[Line] = []
    waiting = dict(masks)

    def ready(x: Any) -> bool:
        return not isinstance(x, Value) or x in naming or x.is_constant

    for line in lines:
        for name, (sign, sides, left) in list(waiting.items()):
            if all(ready(x) for x in sides) and name in line.text:
                written.append(_mask(name, sign, sides, left, naming))
                del waiting[name]
        written.append(line)
    return tuple(written)


def _mask(name: str, sign: str, sides: tuple[Any, ...], left: Value, naming: Names) -> Line:
    args = tuple(
        naming[x] if isinstance(x, Value) and x in naming else literal(float(getattr(x, "data", x))) for x in sides
    )
    return Line(name, f"{{0}} {sign} {{1}}", args, left.shape, scope=left.scope)


def _guards(run: Recording, derivation: Derivation) -> Any:
    """The questions about single numbers, and about arrays as a whole."""
    for left, sign, right, answer in run.asked:
        if id(answer) in derivation.known or not (_follows(left) or _follows(right)):
            continue
        if left not in derivation.names:
            raise ProgramError(
                f"trace: the function asks about {left!r}, which its result does not depend on; "
                "ask about an input, or use where(…)"
            )
        args = tuple(derivation.name(x) if isinstance(x, Value) else _number(x, derivation) for x in (left, right))
        if isinstance(answer, np.ndarray):
            yield Guard(f"array_equal({{0}} {sign} {{1}}, {{2}})", (*args, derivation.array(answer, "answer")), True)
        else:
            yield Guard(f"{{0}} {sign} {{1}}", args, bool(answer))


def _follows(x: Any) -> bool:
    return isinstance(x, Value) and not x.is_constant


def _number(x: Any, derivation: Derivation) -> str:
    return derivation.array(x, "c") if np.ndim(x) else literal(float(x))
