"""What learners take for a gate's derivative: school calculus gone wrong, one line a mistake.

The letters are those of the engine's own table: x, y the inputs, z the result, g what arrives from upstream. In the
sentences, {gate} is the gate, {x} and {y} are what enters it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from autograd_tiny.graphs.replay import Wire
from autograd_tiny.learners.faults import gate, name
from autograd_tiny.table import TABLE, Op


@dataclass(frozen=True)
class Slope:
    """A wrong derivative of an operation: the pullback to its input number `slot`, and what is said of it."""

    operation: str
    slot: int
    pullback: str
    sentence: str
    rule: str = ""

    def said(self, wire: Wire) -> str:
        """The sentence about the wire's consumer."""
        consumer, _ = wire
        x, *more = (name(v) for v in consumer.inputs)
        return self.sentence.format(gate=gate(consumer), x=x, y=more[0] if more else "")


@cache
def mistaken(slope: Slope) -> Op:
    """The operation with this pullback in the place of its own; one object each, so that it is compiled once."""
    own = TABLE[slope.operation]
    return replace(
        own, pullbacks=tuple(slope.pullback if k == slope.slot else text for k, text in enumerate(own.pullbacks))
    )


def _lines(operation: str, slot: int, *lines: tuple[str, ...]) -> Iterator[Slope]:
    return (Slope(operation, slot, *line) for line in lines)


SIGMOID = "σ′ is output · (1 − output)."
SUM = "A + hands on what arrives, whatever the numbers are."
DIFFERENCE = "The local derivative of a − is 1, or −1 for what is subtracted, whatever the numbers are."
SHARED = "At {gate} you shared: max sends everything to the larger input."
NO_PRODUCT = "At {gate} max is no ×: it sends everything to the larger input."
POWER = "The exponent comes down in front, and is one less."
INVERSE = "The derivative of 1/x is −1/x²."
TANH = "The slope of tanh is 1 − output²."

SLOPES = (
    *_lines(
        "sigmoid", 0,
        ("g * x * (1 - x)", "At {gate} you put {x}, the input, into the slope of "
                            "σ.", "The output belongs there. " + SIGMOID),
        ("g * z", "At {gate} half of the slope of σ is missing: the factor 1 − output.", SIGMOID),
        ("g * (1 - z)", "At {gate} half of the slope of σ is missing: the factor output.", SIGMOID),
        ("g * (1 - z * z)", "At {gate} you took 1 − output², which is not the slope of "
                            "σ.", "It is that of tanh. " + SIGMOID),
        ("g * z * (1 + z)", "In the slope of σ at {gate} a sign is wrong.", SIGMOID),
        ("g * z * z", "At {gate} you took output² for the slope of σ.", SIGMOID),
        ("g * x", "At {gate} you took the input for the slope of σ.", SIGMOID),
    ),
    *_lines(
        "tanh", 0,
        ("g * (1 - x * x)", "At {gate} you put {x}, the input, into the slope of "
                            "tanh.", "The output belongs there. " + TANH),
        ("g * z * (1 - z)", "At {gate} you took the slope of σ, output · (1 − output), for that of tanh.", TANH),
        ("g * (1 - z)", "In the slope of tanh at {gate} the square is missing.", TANH),
        ("g * z * z", "In the slope of tanh at {gate} the 1 − is missing.", TANH),
        ("g * (1 + z * z)", "In the slope of tanh at {gate} a sign is wrong.", TANH),
        ("g * z", "At {gate} you took the output of tanh for its slope.", TANH),
    ),
    *_lines(
        "pow", 0,
        ("g * pow(x, y - 1)", "At {gate} the factor {y} is missing.", POWER),
        ("g * y", "At {gate} you took {y} for the derivative of a power; {x} is missing in it.", POWER),
        ("g * y * z", "At {gate} the power was kept.", POWER),
        ("g * z", "At {gate} you took the power itself for its derivative.", POWER),
        ("g * x", "At {gate} the derivative of the power is not {x}.", POWER),
    ),
    *_lines(
        "exp", 0,
        ("g * x", "At {gate} you took the input for the slope of exp; the slope of exp is its own output."),
        ("g * x * exp(x - 1)", "At {gate} exp was treated like a power; the slope of exp is its own output."),
        ("g * exp(x - 1)", "At {gate} exp was treated like a power; the slope of exp is its own output."),
    ),
    *_lines(
        "log", 0,
        ("g * z", "At {gate} you took the logarithm for its slope, which is 1/{x}."),
        ("g * x", "At {gate} the slope of log is turned over: it is 1/{x}."),
    ),
    *_lines(
        "sqrt", 0,
        ("g / z", "At {gate} the ½ of the root's slope is missing: it is 1 / (2 · root)."),
        ("g * z", "At {gate} you took the root for its slope, which is 1 / (2 · root)."),
        ("g / 2", "At {gate} the root itself is missing in its slope, 1 / (2 · root)."),
        ("g / (2 * x)", "At {gate} you put {x} into the root's slope; the root belongs there: 1 / (2 · root)."),
    ),
    *_lines("div", 0, ("g * y", "At {gate} you multiplied by {y}; {x} is divided by it, and so is its gradient.")),
    *_lines(
        "div", 1,
        ("-g * z", "At {gate} the power was kept: a square is missing.", INVERSE),
        ("g * z", "At {gate} the power was kept, and a sign lost.", INVERSE),
        ("-g * y * y", "At {gate} the fraction is turned over.", INVERSE),
        ("-g * y", "At {gate} the fraction is turned over.", INVERSE),
        ("g * log(y)", "At {gate} you integrated: log is what 1/x is the derivative of.", INVERSE),
        ("-2 * g * z / (y * y)", "At {gate} you differentiated twice.", INVERSE),
        ("-g / 2 / y", "At {gate} a factor ½ has come in, as for a root.", INVERSE),
        ("-g / (y * y)", "At {gate} the numerator {x} is missing."),
    ),
    *_lines("sin", 0, ("-g * cos(x)", "The derivative of sin is cos, without a minus.")),
    *_lines("sin", 0, ("g * z", "At {gate} sin was kept; its slope is cos.")),
    *_lines("cos", 0, ("g * z", "At {gate} cos was kept; its slope is −sin.")),
    *_lines("relu", 0, ("g * x", "At {gate} you multiplied by the input; the slope of relu is 1 or 0.")),
    *_lines("abs", 0, ("g * x", "At {gate} you multiplied by the input; the slope of |x| is 1 or −1.")),
    *_lines("softplus", 0, ("g * z", "At {gate} you took the output for the slope, which is σ of the input.")),
    *_lines("maximum", 0, ("g / 2", SHARED), ("g * y", NO_PRODUCT), ("g * x", NO_PRODUCT)),
    *_lines("maximum", 1, ("g / 2", SHARED), ("g * x", NO_PRODUCT), ("g * y", NO_PRODUCT)),
    *_lines("mul", 0, ("g * z", "At {gate} you multiplied by both factors; {x} receives the other one only.")),
    *_lines("mul", 1, ("g * z", "At {gate} you multiplied by both factors; {y} receives the other one only.")),
    *_lines("add", 0, ("g * y", "At {gate} you multiplied, as at a gate ×.", SUM)),
    *_lines("add", 0, ("g * x", "At {gate} you multiplied by {x}, its own number, as at a gate ×.", SUM)),
    *_lines("add", 1, ("g * x", "At {gate} you multiplied, as at a gate ×.", SUM)),
    *_lines("add", 1, ("g * y", "At {gate} you multiplied by {y}, its own number, as at a gate ×.", SUM)),
    *_lines(
        "sub", 0,
        ("g * y", "At {gate} you multiplied by {y}; it is subtracted.", DIFFERENCE),
        ("-g * y", "At {gate} you multiplied by −{y}; {y} is subtracted.", DIFFERENCE),
        ("g * x", "At {gate} you multiplied by {x}, its own number.", DIFFERENCE),
        ("g - y", "At {gate} you subtracted {y} from the gradient; the gate subtracts it from values.", DIFFERENCE),
        ("g + y", "At {gate} you added {y} to the gradient; the gate changes values.", DIFFERENCE),
    ),
    *_lines("sub", 1, ("-g * x", "At {gate} you multiplied by {x}.", DIFFERENCE)),
    *_lines("sub", 1, ("g * x", "At {gate} you multiplied by {x}.", DIFFERENCE)),
)  # fmt: skip


def slopes(wire: Wire) -> tuple[Slope, ...]:
    """What the local derivative on this wire may be taken for."""
    consumer, slot = wire
    return _of(consumer.op, slot)


@cache
def _of(operation: str, slot: int) -> tuple[Slope, ...]:
    return tuple(each for each in SLOPES if (each.operation, each.slot) == (operation, slot))
