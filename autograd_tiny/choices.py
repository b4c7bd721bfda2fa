"""Choices: one value or another, element by element, as a condition says."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_tiny.comparisons import Answer
from autograd_tiny.scopes import questions
from autograd_tiny.table import TABLE
from autograd_tiny.value import Operand, Value, compute, record, recorded, value


def where(condition: Any, x: Operand, y: Operand) -> Value:
    """X where the condition holds, else y; the condition (booleans) receives no gradient."""
    if condition.__class__ is Answer:
        return _following(condition, x, y)
    chosen = np.array(condition._data if isinstance(condition, Value) else condition, bool)
    return record(TABLE["where"], x, y, condition=chosen if chosen.ndim else bool(chosen))


def _following(answer: Answer, x: Operand, y: Operand) -> Value:
    """A choice that a program makes anew; recorded even between constants."""
    op, inputs, parameters = TABLE["where"], (value(x), value(y)), {"condition": answer.number}
    tracked = tuple(k for k, v in enumerate(inputs) if not v.is_constant)
    z = recorded(op, inputs, compute(op, inputs, parameters), tracked, parameters)
    if (asked := questions()) is not None:
        asked.choices[z] = answer
    return z
