"""A gate's name as one says it: `square` for ( )², `subtract 3` for −3; a screen reader may pass over the signs."""

from __future__ import annotations

from collections.abc import Collection

from autograd_tiny import Value
from viz import figures, folding
from viz.lettering import shorten

# Where the table's own name, its underscores read as spaces, is not yet a word.
_WORDS = {
    "sub": "subtract",
    "mul": "multiply",
    "div": "divide",
    "pow": "power",
    "neg": "negate",
    "abs": "absolute value",
    "exp": "exponential",
    "log": "logarithm",
    "sqrt": "square root",
    "matmul": "matrix product",
    "logsumexp": "log of the sum of exponentials",
    "where": "if",
}
# With one input that stands in the gate: by operation and slot, `{}` is the constant.
_WITH = {
    ("add", 0): "add {}",
    ("add", 1): "add {}",
    ("sub", 0): "subtract from {}",
    ("sub", 1): "subtract {}",
    ("mul", 0): "multiply by {}",
    ("mul", 1): "multiply by {}",
    ("div", 0): "divide {} by it",
    ("div", 1): "divide by {}",
    ("pow", 0): "{} to its power",
    ("pow", 1): "power {}",
    ("maximum", 0): "maximum with {}",
    ("maximum", 1): "maximum with {}",
    ("minimum", 0): "minimum with {}",
    ("minimum", 1): "minimum with {}",
}
_SHORT = {"divide 1 by it": "reciprocal", "power 2": "square", "power 3": "cube"}


def gate(value: Value, wired: Collection[int]) -> str:
    """What the gate of `value` does; the inputs of the slots `wired` come through wires, others stand in it."""
    for slot, x in enumerate(value.inputs):
        if slot not in wired and (value.op, slot) in _WITH:
            said = _WITH[value.op, slot].format(figures.short(x._data))
            return _SHORT.get(said, said)
    return name(value.op) + _setting(value)


def _setting(value: Value) -> str:
    """Which part is taken, along which axis, to which shape."""
    if value.op == "take":
        return f" [{shorten(folding.index(value.parameters['index']))}]"
    for key, said in (("axis", "along axis"), ("shape", "to shape")):
        if value.parameters.get(key) is not None:
            return f" {said} {value.parameters[key]}"
    return ""


def name(operation: str) -> str:
    """An operation's name in words."""
    return _WORDS.get(operation, operation.replace("_", " "))
