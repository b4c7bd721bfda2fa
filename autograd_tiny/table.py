"""The table of primitive operations: everything the engine knows about calculus.

    x, y   the inputs          z   the result
    g      ∂L/∂z, the gradient that arrives from upstream
    axis, shape, index …       further parameters, by name

Each line is read several ways (`compiling`): over floats, arrays and complex numbers, over `Value`s (a gradient is a
graph again), and as words. Adding an operation is adding a line; a new word is one of `words/words.py`.

At a kink (relu and abs at 0, equal inputs of maximum …) the derivatives by all inputs are the smallest element, by
norm, of the subdifferential: relu'(0) = 0, abs'(0) = 0, and n equal winners of a maximum receive 1/n each, constants
counted (as in PyTorch and JAX). Only leaky_relu, elu and selu have the left slope, as in PyTorch: selu'(0) = 1.758.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

# What is said of the derivative at a kink.
SMALLEST = "At a kink, of all slopes between the left and the right one, it has the smallest in size."
SHARED = "Equal inputs share the gradient equally, constants among them too."
LEFT = "At 0 it has the left slope, as in PyTorch."


@dataclass(frozen=True, eq=False)
class Op:
    """One primitive operation: its symbol in a circuit, its value, and its pullbacks."""

    name: str
    symbol: str
    forward: str
    pullbacks: tuple[str, ...]
    domain: str = ""  # a predicate; in error messages `domain_words` says it to people
    arity: int | None = 1  # how many inputs; None: any number
    parameters: tuple[str, ...] = ()
    defaults: tuple[float, ...] = ()  # of the parameters, where there are any
    elementwise: bool = True  # each number of z is made of those at its place
    analytic: bool = True  # differentiable over complex numbers, too: a complex step gives its slope
    kink: str = ""  # which derivative it has where those to the left and to the right differ, in words
    words: str = ""
    own: bool = False  # somebody's own (`operation`)

    @property
    def domain_words(self) -> str:
        """Where the operation is defined, to be read."""
        return self.words or self.domain

    @property
    def is_step(self) -> bool:
        """Whether all its slopes are 0: whoever takes its number loses no gradient."""
        return set(self.pullbacks) == {"g * 0"}

    @cached_property
    def locals(self) -> tuple[str, ...]:
        """The local derivatives ∂z/∂x, ∂z/∂y as text: each pullback with g = 1; "" if not elementwise."""
        from autograd_tiny.words.texts import with_unit_upstream  # for whoever reads words: the table needs nothing

        return tuple(with_unit_upstream(text) if self.elementwise else "" for text in self.pullbacks)

    @property
    def description(self) -> str:
        """What the line says, in one sentence or two."""
        slopes = ", ".join(f"∂z/∂{x} = {slope}" for x, slope in zip("xy", self.locals, strict=False) if slope)
        where = f", defined for {self.domain_words}" if self.domain else ""
        return f"z = {self.forward}{where}; {slopes or 'pullbacks ' + ', '.join(self.pullbacks)}. {self.kink}".rstrip()


# fmt: off
def _unary(
    name: str, symbol: str, forward: str, pullback: str,
    domain: str = "", words: str = "", analytic: bool = True, kink: str = "", **given: float,
) -> Op:
    line = _binary(name, symbol, forward, pullback, domain=domain, words=words, analytic=analytic, kink=kink)
    return replace(line, arity=1, parameters=tuple(given), defaults=tuple(given.values()))


def _binary(
    name: str, symbol: str, forward: str, *pullbacks: str,
    domain: str = "", words: str = "", analytic: bool = True, kink: str = "",
) -> Op:
    return Op(name, symbol, forward, pullbacks, domain, 2, analytic=analytic and not kink, kink=kink, words=words)


def _shaping(name: str, symbol: str, forward: str, *pullbacks: str, given: str = "", arity: int | None = 1) -> Op:
    return Op(name, symbol, forward, pullbacks, "", arity, tuple(given.split()), elementwise=False)


# Constants: 0.693… = ln 2, 2.302… = ln 10, 1.128… = 2/√π, 0.707… = 1/√2, 0.398… = 1/√(2π), 3.289… = π²/3,
# 3.246… = π⁴/30, 1.144… = π⁶/840; 1.595… = √(8/π), 0.0713… = 0.044715 √(8/π) and thrice that (Hendrycks and Gimpel,
# Gaussian error linear units, 2016); 1.050… and 1.673… (Klambauer et al., Self-normalizing neural networks, 2017).
_LINES = (
    # arithmetic     drawn  z =          pullback to x                      pullback to y
    _binary("add", "+", "x + y", "g", "g"),
    _binary("sub", "−", "x - y", "g", "-g"),
    _binary("mul", "×", "x * y", "g * y", "g * x"),
    _binary("div", "÷", "x / y", "g / y", "-g * z / y", domain="y != 0"),
    _binary(
        "pow", "^", "pow(x, y)",
        "g * y * pow(where((x * 1e-16 == 0) & (y == 0), 1.0, x), y - 1)", "g * z * log(where(x == 0, 1.0, x))",
        domain="(x > 0) | (x == 0) & (y >= 0) | (x < 0) & (y == rint(y))",
        words="x > 0; x = 0 with y >= 0; x < 0 with a whole number y",
    ),
    _unary("neg", "−", "-x", "-g"),
    _unary("abs", "| |", "abs(x)", "g * sign(x)", kink=SMALLEST),
    # functions
    _unary("exp", "exp", "exp(x)", "g * z"),
    _unary("log", "log", "log(x)", "g / x", domain="x > 0"),
    _unary("log2", "log₂", "log2(x)", "g / (x * 0.6931471805599453)", domain="x > 0"),
    _unary("log10", "log₁₀", "log10(x)", "g / (x * 2.302585092994046)", domain="x > 0"),
    _unary("log1p", "log1p", "log1p(x)", "g / (1 + x)", domain="x > -1"),
    _unary("exp2", "2ˣ", "exp2(x)", "g * z * 0.6931471805599453"),
    _unary("expm1", "expm1", "expm1(x)", "g * exp(x)"),
    _unary("logit", "logit", "log(x) - log1p(-x)", "g / (x * (1 - x))", domain="(x > 0) & (x < 1)", words="0 < x < 1"),
    _binary("logaddexp", "log Σ exp", "logaddexp(x, y)", "g * sigmoid(x - y)", "g * sigmoid(y - x)"),
    _binary(
        "logaddexp2", "log₂ Σ 2ˣ", "logaddexp2(x, y)",
        "g * sigmoid((x - y) * 0.6931471805599453)", "g * sigmoid((y - x) * 0.6931471805599453)",
    ),
    _unary("cbrt", "∛", "cbrt(x)", "g / (3 * z * z)"),
    _unary("sqrt", "√", "sqrt(x)", "g / (2 * z)", domain="x >= 0"),
    _unary("sin", "sin", "sin(x)", "g * cos(x)"),
    _unary("cos", "cos", "cos(x)", "-g * sin(x)"),
    _unary("tan", "tan", "tan(x)", "g * (1 + z * z)"),
    _unary("asin", "asin", "asin(x)", "g / sqrt(1 - x * x)", domain="abs(x) <= 1"),
    _unary("acos", "acos", "acos(x)", "-g / sqrt(1 - x * x)", domain="abs(x) <= 1"),
    _unary("atan", "atan", "atan(x)", "g / (1 + x * x)"),
    _binary("atan2", "atan2", "atan2(x, y)", "g * y / (x * x + y * y)", "-g * x / (x * x + y * y)"),
    Op(
        "hypot", "hypot", "hypot(x, y)",
        ("where(z == 0, 0.0, g * (x / where(z == 0, 1.0, z)))", "where(z == 0, 0.0, g * (y / where(z == 0, 1.0, z)))"),
        arity=2, kink=SMALLEST,
    ),
    _unary(
        "sinc", "sinc", "sinc(x)",
        "g * where(abs(x) < 0.01, x * (-3.289868133696453 + x * x * (3.246969701133415 - x * x * 1.144510944732505)),"
        " (cos(3.141592653589793 * x) - z) / where(x == 0, 1.0, x))",
    ),
    _unary("sinh", "sinh", "sinh(x)", "g * cosh(x)"),
    _unary("cosh", "cosh", "cosh(x)", "g * sinh(x)"),
    _unary("tanh", "tanh", "tanh(x)", "g * (1 - z * z)"),
    _unary("asinh", "asinh", "asinh(x)", "g / sqrt(1 + x * x)"),
    _unary("acosh", "acosh", "acosh(x)", "g / sqrt((x - 1) * (x + 1))", domain="x >= 1"),
    _unary("atanh", "atanh", "atanh(x)", "g / ((1 - x) * (1 + x))", domain="abs(x) < 1"),
    _unary("erf", "erf", "erf(x)", "g * 1.1283791670955126 * exp(-x * x)"),
    _unary("erfc", "erfc", "erfc(x)", "-g * 1.1283791670955126 * exp(-x * x)"),
    _unary("sigmoid", "σ", "sigmoid(x)", "g * z * (1 - z)"),
    _unary("softplus", "softplus", "softplus(x)", "g * sigmoid(x)"),
    _unary("log_sigmoid", "log σ", "-softplus(-x)", "g * sigmoid(-x)"),
    _unary("silu", "silu", "x * sigmoid(x)", "g * (sigmoid(x) + z * sigmoid(-x))"),
    _unary(
        "mish", "mish", "x * tanh(softplus(x))",
        "g * (tanh(softplus(x)) + x * sigmoid(x) * (1 - tanh(softplus(x)) * tanh(softplus(x))))",
    ),
    _unary(
        "gelu", "gelu", "0.5 * x * erfc(x * -0.7071067811865476)",
        "g * (0.5 * erfc(x * -0.7071067811865476) + x * 0.3989422804014327 * exp(-0.5 * x * x))",
    ),
    _unary(
        "gelu_tanh", "gelu", "x * sigmoid(x * (1.5957691216057308 + 0.07135481627260025 * x * x))",
        "g * (sigmoid(x * (1.5957691216057308 + 0.07135481627260025 * x * x)) +"
        " z * sigmoid(-x * (1.5957691216057308 + 0.07135481627260025 * x * x))"
        " * (1.5957691216057308 + 0.21406444881780073 * x * x))",
    ),
    _unary("softsign", "softsign", "x / (1 + abs(x))", "g / ((1 + abs(x)) * (1 + abs(x)))", analytic=False),
    _unary(
        "celu", "celu", "where(x > 0, x, alpha * expm1(minimum(x, 0.0) / alpha))",
        "g * exp(minimum(x, 0.0) / alpha)", analytic=False, alpha=1.0,
    ),
    # functions with a kink
    _unary("relu", "relu", "where(x <= 0, 0.0, x)", "where(x <= 0, 0.0, g)", kink=SMALLEST),
    _unary(
        "leaky_relu", "leaky", "where(x > 0, x, negative_slope * x)", "where(x > 0, g, negative_slope * g)",
        kink=LEFT, negative_slope=0.01,
    ),
    _unary(
        "elu", "elu", "where(x > 0, x, alpha * expm1(minimum(x, 0.0)))",
        "where(x > 0, g, g * alpha * exp(minimum(x, 0.0)))", kink=LEFT, alpha=1.0,
    ),
    _unary(
        "selu", "selu", "1.0507009873554805 * where(x > 0, x, 1.6732632423543772 * expm1(minimum(x, 0.0)))",
        "g * 1.0507009873554805 * where(x > 0, 1.0, 1.6732632423543772 * exp(minimum(x, 0.0)))", kink=LEFT,
    ),
    _unary("relu6", "relu6", "clip(x, 0.0, 6.0)", "where((x > 0) & (x < 6), g, 0.0)", kink=SMALLEST),
    _unary("hard_sigmoid", "hard σ", "clip(x / 6 + 0.5, 0.0, 1.0)", "where(abs(x) < 3, g / 6, 0.0)", kink=SMALLEST),
    _unary("hard_tanh", "hard tanh", "clip(x, -1.0, 1.0)", "where(abs(x) < 1, g, 0.0)", kink=SMALLEST),
    Op(
        "clip", "clip", "clip(x, low, high)", ("where((x > low) & (x < high), g, 0.0)",),
        parameters=("low", "high"), analytic=False, kink=SMALLEST,
    ),
    _binary(
        "maximum", "max", "maximum(x, y)",
        "where(x == y, g / 2, where(x > y, g, 0.0))", "where(x == y, g / 2, where(y > x, g, 0.0))", kink=SHARED,
    ),
    _binary(
        "minimum", "min", "minimum(x, y)",
        "where(x == y, g / 2, where(x < y, g, 0.0))", "where(x == y, g / 2, where(y < x, g, 0.0))", kink=SHARED,
    ),
    _binary(
        "fmax", "fmax", "fmax(x, y)", "where(x == y, g / 2, where((x > y) | (y != y), g, 0.0))",
        "where(x == y, g / 2, where((y > x) | (x != x), g, 0.0))", kink=SHARED,
    ),
    _binary(
        "fmin", "fmin", "fmin(x, y)", "where(x == y, g / 2, where((x < y) | (y != y), g, 0.0))",
        "where(x == y, g / 2, where((y < x) | (x != x), g, 0.0))", kink=SHARED,
    ),
    # steps, of slope 0
    _unary("sign", "sign", "sign(x)", "g * 0", analytic=False),
    _unary("floor", "floor", "floor(x)", "g * 0", analytic=False),
    _unary("ceil", "ceil", "ceil(x)", "g * 0", analytic=False),
    _unary("trunc", "trunc", "trunc(x)", "g * 0", analytic=False),
    _unary("round", "round", "rint(x)", "g * 0", analytic=False),
    _binary("floor_divide", "//", "rint((x - mod(x, y)) / y)", "g * 0", "g * 0", domain="y != 0", analytic=False),
    # remainders and choices
    _binary("mod", "mod", "mod(x, y)", "g", "-g * floor(x / y)", domain="y != 0", analytic=False),
    _binary("fmod", "fmod", "fmod(x, y)", "g", "-g * trunc(x / y)", domain="y != 0", analytic=False),
    _binary(
        "heaviside", "heaviside", "where(x == 0, y, where(x > 0, 1.0, where(x < 0, 0.0, x)))",
        "g * 0", "where(x == 0, g, 0.0)", analytic=False,
    ),
    Op(
        "where", "if", "where(condition, x, y)", ("where(condition, g, 0.0)", "where(condition, 0.0, g)"),
        arity=2, parameters=("condition",),
    ),
    # reductions
    _shaping(
        "sum", "sum", "sum(x, axis, keepdims=keepdims)",
        "broadcast_to(reshape(g, kept(shape_of(x), axis)), shape_of(x))", given="axis keepdims",
    ),
    _shaping(
        "mean", "mean", "mean(x, axis, keepdims=keepdims)",
        "broadcast_to(reshape(g, kept(shape_of(x), axis)), shape_of(x)) / count(x, z)", given="axis keepdims",
    ),
    _shaping(
        "logsumexp", "log Σ exp", "logsumexp(x, axis, keepdims)",
        "reshape(g, kept(shape_of(x), axis)) * exp(x - reshape(z, kept(shape_of(x), axis)))", given="axis keepdims",
    ),
    Op(
        "max", "max", "amax(x, axis, keepdims=keepdims)",
        ("reshape(g, kept(shape_of(x), axis)) * winners(x, reshape(z, kept(shape_of(x), axis)), axis)",),
        parameters=("axis", "keepdims"), elementwise=False, analytic=False, kink=SHARED,
    ),
    # shapes
    _shaping("reshape", "reshape", "reshape(x, shape)", "reshape(g, shape_of(x))", given="shape"),
    _shaping("transpose", "ᵀ", "transpose(x, axes)", "transpose(g, inverse(axes))", given="axes"),
    _shaping("broadcast", "broadcast", "broadcast_to(x, shape)", "g", given="shape"),
    _shaping("take", "[ ]", "take(x, index)", "scatter(g, index, shape_of(x))", given="index"),
    _shaping("scatter", "scatter", "scatter(x, index, shape)", "take(g, index)", given="index shape"),
    _shaping("stack", "stack", "stack(xs, axis)", "take(g, along(axis, k))", given="axis", arity=None),
    _shaping(
        "concatenate", "concat", "concatenate(xs, axis)", "take(g, portion(xs, axis, k))", given="axis", arity=None,
    ),
    # products of matrices; a vector counts as a matrix of one row (left) or one column (right)
    _shaping("matmul", "@", "x @ y", "g @ swap(y)", "swap(x) @ g", arity=2),
)
# fmt: on

TABLE: dict[str, Op] = {line.name: line for line in _LINES}
OWN: dict[str, Op] = {}  # what users add (`operation`)
