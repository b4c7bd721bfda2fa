"""A formula and its values as they are typed into a shell: `w**2 * (w - 3)` and `w=5`."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

from autograd_tiny import Value
from autograd_tiny.learners.expression import LONGEST, parse, parse_assignments, plain_name
from autograd_tiny.value import ancestors

OUTPUTS = "zLfy"  # what a result without a name of its own is called: the first letter that is free


def given(pairs: Sequence[str]) -> dict[str, Value]:
    """`w=5 x=[1,2]` as labelled values."""
    values: dict[str, Value] = {}
    for pair in pairs:
        name, equals, number = (part.strip() for part in pair.partition("="))
        name = plain_name(name)
        if not equals or not name.isidentifier():
            raise ValueError(f"{pair.strip()!r} is no name=value, such as w=5")
        if name in values:
            raise ValueError(f"{name} is given twice; keep one {name}=…")
        try:
            values[name] = Value(_number(number), name)
        except (ValueError, TypeError) as error:
            raise ValueError(f"{pair}: {error}; write a number or a list, as in {name}=5 or {name}=[1,2]") from None
    return values


def _number(typed: str) -> Any:
    """A number or a list of numbers; nothing typed is evaluated as Python."""
    if not typed.startswith("["):
        return parse(typed, names=()).evaluate()
    try:
        return ast.literal_eval(typed[:LONGEST])
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        raise ValueError("this is no list of numbers") from None


def compute(formulas: str, values: Mapping[str, Value]) -> Value:
    """The last statement's result; every statement's name labels its value."""
    known = dict(values)
    used: set[str] = set()
    result: Any = None
    for name, formula in parse_assignments(formulas):
        missing = [free for free in formula.names if free not in known]
        if missing:
            raise ValueError(f"no value for {' and '.join(missing)}; add {' '.join(f'{free}=1' for free in missing)}")
        used.update(formula.names)
        result = formula.evaluate(known)
        if name:
            result = known[name] = _labelled(result, name)
    idle = [name for name in values if name not in used]
    if idle:
        raise ValueError(f"not in the formula: {', '.join(idle)}; leave it out, or use it")
    return _labelled(result, next(letter for letter in (*OUTPUTS, "result") if letter not in known))


def named(output: Value, names: Sequence[str]) -> list[Value]:
    """Those of the values behind `output` that have these names."""
    known = {value.label: value for value in ancestors(output) if value.label}
    for name in names:
        if plain_name(name) not in known:
            raise ValueError(f"{name}: the formula has no such name; known: {', '.join(known)}")
    return [known[plain_name(name)] for name in names]


def _labelled(result: Any, name: str) -> Value:
    """The result under its name; a number alone, or a name that only repeats another, is a value of its own."""
    if not isinstance(result, Value):
        return Value(result, name)
    if not result.label:
        result.label = name
    return result
