"""What each word of the table's language means in every world, and how it is said: one line a word.

    name      as the table calls it, with its letters where they are not x (and y)
    text      what it means in other words: for every world whose library has no such function
    float …   where a world finds it: a name in the world's own library (the word itself, if nothing is said), another
              module's `module.name`, ours in `numbers`, `arrays` or `special`, or an expression after `=`
    python …  how it is written in a program, if that is not where our own worlds find it
    said      aloud, in captions and by screen readers; `told` with a number that stands in the gate
    between, around, binds     how a caption writes it, and how closely that holds together
    latex     how a formula is typeset
    names     what else NumPy and PyTorch call it; `typed` how learners write it besides

A world that lacks a word says so with `-`; a program with it is refused there by name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from autograd_tiny.words.texts import function_source

# Where each world finds a word of which nothing else is said.
LIBRARIES = {
    "float": "math", "array": "numpy", "complex": "numpy", "python": "math", "numpy": "numpy", "torch": "torch",
    "jax": "jax.numpy", "c": "math.h", "javascript": "Math",
}  # fmt: skip
OURS = ("numbers", "arrays", "special")
_OTHERWISE = {"complex": "array", "python": "float", "numpy": "array", "jax": "numpy"}  # whose column says it too
_WRITTEN = ("= ", "-", "def ", "static ", "#", "x => ")  # how a column begins that says it in the world's language

TIGHT = 4  # how closely holds together what needs no brackets anywhere: above + and −, × and ÷, powers


@dataclass(frozen=True)
class Word:
    """One word: its meaning in each world, and how people say and write it."""

    call: str
    text: str = ""
    float: str = ""
    array: str = ""
    complex: str = ""
    python: str = ""
    numpy: str = ""
    torch: str = ""
    jax: str = ""
    c: str = ""
    javascript: str = ""
    said: str = ""
    told: tuple[str, ...] = ()
    between: str = ""
    around: str = ""
    binds: int = TIGHT
    latex: str = ""
    names: str = ""
    typed: str = ""
    micrograd: str = ""
    back: tuple[str, ...] = ()
    commutes: bool = False
    bounded: bool = False
    steepest: float | None = None  # type: ignore[valid-type]

    @property
    def name(self) -> str:
        """The word itself."""
        return self.call.partition("(")[0]

    @property
    def letters(self) -> tuple[str, ...]:
        """What it is a function of."""
        given = re.fullmatch(r"\w+\((.*)\)", self.call)
        return tuple(given[1].split(", ")) if given else ("x",)

    @property
    def is_plain(self) -> bool:
        """Whether it is written as a call of its name everywhere."""
        return not (self.between or self.around or self.latex or self.told or self.micrograd)

    @property
    def spoken(self) -> str:
        """The word as one says it."""
        return self.said or self.name.replace("_", " ")

    def meaning(self, world: str) -> str:
        """Where a world finds the word: `module.name`, or how it is written there; "" by its text, `-` nowhere."""
        said: str = getattr(self, world)
        if not said and world in _OTHERWISE:
            return self._translated(self.meaning(_OTHERWISE[world]), world)
        if said.startswith(_WRITTEN) or "." in said:
            return said
        return "" if self.text and not said else f"{LIBRARIES[world]}.{said or self.name}"

    def _translated(self, said: str, world: str) -> str:
        """What another world's column says, in this one."""
        module, _, name = said.rpartition(".")
        if said.startswith(_WRITTEN) or world == "complex" or not said:
            return said
        if module in OURS:
            return "" if self.text else "-"
        return f"{LIBRARIES[world]}.{name}" if module == "numpy" else said

    def source(self, world: str) -> str:
        """The function in Python for a world that writes it out: as its column has it, or from its text."""
        said, one = self.meaning(world), world in ("float", "python")
        if said.startswith("def "):
            return said
        return function_source(self.name, self.letters, said[2:] if said else self.text, one)


def _said(name: str, **columns: Any) -> Word:
    """An operation that is no word of the language: its line in the table has signs, or other words."""
    return Word(name, **{**dict.fromkeys(LIBRARIES, "-"), **columns})


def _of_arrays(call: str, array: str, **columns: Any) -> Word:
    """A word that takes whole arrays: floats lack it, C writes loops for it (`program.c.loops`)."""
    return Word(call, array=array, **{"float": "-", "c": "c.loops", "javascript": "arrays.js", **columns})


# What is longer than a line: how PyTorch and NumPy write what they lack.
_LOGSUMEXP = """\
def logsumexp(x, axis=None):
    top = amax(x, axis, keepdims=True)
    return reshape(log(sum(exp(x - top), axis, keepdims=True)) + top, sum(x, axis).shape)"""
_WINNERS = """\
def winners(x, z, axis):
    won = x == z
    return won / sum(won, axis, keepdims=True)"""
_SCATTER = """\
def scatter(x, index, shape):
    z = zeros(shape)
    add_at(z, index, x)
    return z"""
_TORCH_WHERE = """\
def where(condition, x, y):
    x, y = (torch.as_tensor(a, dtype=torch.{dtype}) for a in (x, y))
    return torch.where(torch.as_tensor(condition), x, y)"""
_TORCH_LOGSUMEXP = """\
def logsumexp(x, axis=None):
    return torch.logsumexp(x, tuple(range(x.ndim)) if axis is None else axis)"""
_TORCH_WINNERS = """\
def winners(x, z, axis):
    won = (x == z).to(x.dtype)
    return won / sum(won, axis, keepdim=True)"""
_TORCH_BROADCAST = "def broadcast_to(x, shape):\n    return torch.as_tensor(x, dtype=torch.{dtype}).expand(shape)"
_TORCH_SCATTER = "def scatter(x, index, shape):\n    return add_at(zeros(shape), index, x)"
_JAX_SCATTER = "def scatter(x, index, shape):\n    return zeros(shape).at[index].add(x)"
# In C a function, so that both are read before one is chosen: gcc 12 at -O3 with AVX read neither rightly otherwise.
_C_WHERE = "static double where(int condition, double x, double y) {\n    return condition ? x : y;\n}"
# Of x² times a series without differences near 0, and a continued fraction far from it: all digits, whatever x is.
_JS_ERFC = """\
x => {
    const a = Math.abs(x);
    if (a < 2) {
        let sum = a, term = a;
        for (let n = 1; term > 1e-17 * sum; n++) sum += term *= 2 * a * a / (2 * n + 1);
        return 1 - Math.sign(x) * 2 / Math.sqrt(Math.PI) * Math.exp(-a * a) * sum;
    }
    let fraction = a;
    for (let n = 60; n > 0; n--) fraction = a + n / 2 / fraction;
    const tail = Math.exp(-a * a) / Math.sqrt(Math.PI) / fraction;
    return x > 0 ? tail : x < 0 ? 2 - tail : NaN;
}"""
_JS_ERF = """\
x => {
    const a = Math.min(Math.abs(x), 6);
    let sum = a, term = a;
    for (let n = 1; term > 1e-17 * sum; n++) sum += term *= 2 * a * a / (2 * n + 1);
    return Math.sign(x) * 2 / Math.sqrt(Math.PI) * Math.exp(-a * a) * sum;
}"""
_ELEMENT_BY_ELEMENT = """\
def {0}(x):
    from math import {0}
    from numpy import vectorize
    return vectorize({0}, otypes=[float])(x)"""

# fmt: off
_LINES = (
    # signs, which every world has
    _said("add", between=" + ", binds=1, told=("add {}", "add {}"), steepest=1.0, commutes=True),
    _said("sub", between=" − ", binds=1, said="subtract", told=("subtract from {}", "subtract {}"), steepest=1.0,
          names="subtract", micrograd="-"),
    _said("mul", between="·", binds=2, said="multiply", told=("multiply by {}", "multiply by {}"), commutes=True,
          names="multiply", micrograd="*"),
    _said("div", between=" / ", binds=2, said="divide", told=("divide {} by it", "divide by {}"),
          names="divide true_divide", micrograd="/"),
    _said("neg", around="−{}", binds=1, said="negate", steepest=1.0, names="negative", micrograd="-"),
    _said("matmul", between=" @ ", binds=2, said="matrix product", back=("g @ {y}ᵀ", "{x}ᵀ @ g")),
    # arithmetic
    Word("pow(x, y)", array="power", between="^", binds=3, said="power", told=("{} to its power", "power {}"),
         names="power float_power", micrograd="**"),
    Word("abs", float="builtins.abs", array="abs", c="#include <math.h>\n#define abs fabs", around="|{}|", steepest=1.0,
         said="absolute value", latex=r"\left|{0}\right|", names="absolute fabs", bounded=True),
    Word("sign", float="= x if x != x else float((x > 0) - (x < 0))", c="= (x > 0) - (x < 0)"),
    # choices
    Word("where(condition, x, y)", float="= x if condition else y", array="where", torch=_TORCH_WHERE, c=_C_WHERE,
         javascript="= condition ? x : y", said="if", bounded=True),
    Word("maximum(x, y)", "where((x >= y) | (x != x), x, y)", float="= x if x >= y or x != x else y", array="maximum",
         told=("maximum with {}",) * 2, latex=r"\max", typed="max", commutes=True, bounded=True),
    Word("minimum(x, y)", "where((x <= y) | (x != x), x, y)", float="= x if x <= y or x != x else y", array="minimum",
         told=("minimum with {}",) * 2, latex=r"\min", typed="min", commutes=True, bounded=True),
    Word("clip(x, low, high)", "minimum(maximum(x, low), high)", array="clip",
         float="= x if low <= x <= high else minimum(maximum(x, low), high)", steepest=1.0, bounded=True),
    Word("fmax(x, y)", "where((x >= y) | (y != y), x, y)", array="fmax", torch="fmax", c="fmax",
         said="maximum of numbers", told=("maximum of numbers with {}",) * 2, commutes=True, bounded=True),
    Word("fmin(x, y)", "where((x <= y) | (y != y), x, y)", array="fmin", torch="fmin", c="fmin",
         said="minimum of numbers", told=("minimum of numbers with {}",) * 2, commutes=True, bounded=True),
    Word("floor", float="= x // 1.0", said="floor", latex=r"\left\lfloor{0}\right\rfloor", around="⌊{}⌋"),
    Word("ceil", float="= -(-x // 1.0)", said="ceiling", latex=r"\left\lceil{0}\right\rceil", around="⌈{}⌉"),
    Word("trunc", float="= -(-x // 1.0) if x < 0 else x // 1.0", said="whole part", names="fix"),
    Word("rint", float="= x if x == 0 else -float(round(-x)) if x < 0 else float(round(x))", torch="round",
         javascript="= x - Math.round(x) === -0.5 && Math.round(x) % 2 ? Math.round(x) - 1 : Math.round(x)"),
    _said("round", names="rint"),
    _said("floor_divide", said="divide without remainder", told=("", "divide by {} without remainder")),
    Word("fmod(x, y)", torch="fmod", javascript="= x % y", said="remainder with the first sign",
         told=("", "remainder by {} with the first sign")),
    Word("mod(x, y)", "m = fmod(x, y); where((m != 0) & ((m < 0) != (y < 0)), m + y, m)", float="= x % y", array="mod",
         torch="remainder", said="remainder", told=("", "remainder by {}"), names="remainder"),
    # functions
    Word("exp", said="exponential", latex="e^{{{0}}}"),
    Word("log", said="logarithm", latex=r"\log", typed="ln"),
    Word("log2", said="logarithm to base two", latex=r"\log_2"),
    Word("log10", said="logarithm to base ten", latex=r"\log_{10}"),
    Word("log1p", said="logarithm of one plus"),
    Word("exp2", complex="= exp(0.6931471805599453 * x)", javascript="= 2 ** x", said="two to the power",
         latex="2^{{{0}}}"),
    Word("expm1", said="exponential minus one", latex=r"\left(e^{{{0}}} - 1\right)"),
    Word("logaddexp(x, y)", "maximum(x, y) + log1p(exp(-abs(x - y)))", array="logaddexp", torch="logaddexp",
         complex="= x + softplus(y - x)", said="log of the sum of exponentials",
         latex=r"\log\left(e^{{{0}}} + e^{{{1}}}\right)", commutes=True),
    Word("logaddexp2(x, y)", "maximum(x, y) + log1p(exp(-abs(x - y) * 0.6931471805599453)) / 0.6931471805599453",
         array="logaddexp2", torch="logaddexp2",
         complex="= x + softplus((y - x) * 0.6931471805599453) / 0.6931471805599453",
         said="log of the sum of powers of two", latex=r"\log_2\left(2^{{{0}}} + 2^{{{1}}}\right)", commutes=True),
    Word("cbrt", complex="special.complex_cbrt", torch="= sign(x) * pow(abs(x), 1 / 3)", said="cube root",
         around="∛{}", latex=r"\sqrt[3]{{{0}}}"),
    Word("sqrt", around="√{}", said="square root", latex=r"\sqrt{{{0}}}"),
    Word("sin", latex=r"\sin", steepest=1.0),
    Word("cos", latex=r"\cos", steepest=1.0),
    Word("tan", latex=r"\tan"),
    Word("asin", array="arcsin", latex=r"\arcsin", names="arcsin"),
    Word("acos", array="arccos", latex=r"\arccos", names="arccos"),
    Word("atan", array="arctan", latex=r"\arctan", names="arctan", steepest=1.0),
    Word("atan2(x, y)", array="arctan2", complex="special.complex_atan2", torch="atan2", said="angle",
         latex=r"\operatorname{{atan2}}\left({0}, {1}\right)", names="arctan2"),
    Word("hypot(x, y)", complex="= sqrt(x * x + y * y)", said="length", told=("length with {}",) * 2,
         latex=r"\sqrt{{\left({0}\right)^2 + \left({1}\right)^2}}", commutes=True),
    Word("sinc", "a = 3.141592653589793 * clip(x, -1e30, 1e30); where(a == 0, 1.0, sin(a) / where(a == 0, 1.0, a))",
         torch="sinc", jax="jax.numpy.sinc"),
    Word("sinh", latex=r"\sinh"),
    Word("cosh", latex=r"\cosh"),
    Word("tanh", latex=r"\tanh", steepest=1.0, bounded=True),
    Word("asinh", array="arcsinh", names="arcsinh", latex=r"\operatorname{{arsinh}}\left({0}\right)", steepest=1.0),
    Word("acosh", array="arccosh", names="arccosh", latex=r"\operatorname{{arcosh}}\left({0}\right)"),
    Word("atanh", array="arctanh", names="arctanh", latex=r"\operatorname{{artanh}}\left({0}\right)"),
    Word("erf", array="special.erf", complex="special.complex_erf", numpy=_ELEMENT_BY_ELEMENT.format("erf"),
         jax="jax.scipy.special.erf", javascript=_JS_ERF, said="error function", steepest=1.1283791670955126,
         latex=r"\operatorname{{erf}}\left({0}\right)"),
    Word("erfc", array="special.erfc", complex="special.complex_erfc", numpy=_ELEMENT_BY_ELEMENT.format("erfc"),
         jax="jax.scipy.special.erfc", javascript=_JS_ERFC, said="complementary error function",
         torch="torch.special.erfc", steepest=1.1283791670955126, latex=r"\operatorname{{erfc}}\left({0}\right)"),
    Word("sigmoid", "e = exp(-abs(x)); where(x >= 0, 1.0, e) / (1 + e)", float="numbers.float_sigmoid",
         array="numbers.array_sigmoid", complex="numbers.complex_sigmoid", torch="sigmoid", jax="jax.nn.sigmoid",
         latex=r"\sigma", typed="σ", micrograd="sigmoid", steepest=0.25),
    Word("softplus", "where(x > 0, x, 0.0) + log1p(exp(-abs(x)))", array="numbers.array_softplus",
         complex="numbers.complex_softplus", jax="jax.nn.softplus", steepest=1.0, bounded=True),
    _said("log_sigmoid", said="logarithm of the sigmoid", latex=r"\log\sigma", names="logsigmoid", steepest=1.0),
    _said("silu", names="swish"),
    _said("gelu_tanh", said="gelu by tanh"),
    _said("hard_sigmoid", names="hardsigmoid", steepest=1 / 6),
    _said("hard_tanh", names="hardtanh", steepest=1.0),
    _said("softsign", steepest=1.0),
    _said("relu6", said="relu up to six", steepest=1.0),
    _said("relu", micrograd="ReLU", steepest=1.0),
    # several numbers taken together
    _of_arrays("sum(x, axis)", "arrays.total", numpy="sum", back=("g, to every element",)),
    _of_arrays("mean(x, axis)", "arrays.mean", numpy="mean", back=("g / n, to every element",)),
    _of_arrays("amax(x, axis)", "numpy.amax", bounded=True),
    _of_arrays("logsumexp(x, axis)", "arrays.logsumexp", numpy=_LOGSUMEXP, torch=_TORCH_LOGSUMEXP,
               jax="jax.scipy.special.logsumexp", said="log of the sum of exponentials"),
    _of_arrays("winners(x, z, axis)", "arrays.winners", numpy=_WINNERS, torch=_TORCH_WINNERS),
    _said("max", latex=r"\max", back=("g, to the winner",)),
    # shapes
    _of_arrays("reshape(x, shape)", "arrays.reshaped", numpy="reshape", c="c.view", back=("g, reshaped",), bounded=True,
               steepest=1.0),
    _of_arrays("transpose(x, axes)", "arrays.transposed", numpy="transpose", torch="permute", c="c.view",
               around="{}ᵀ", back=("gᵀ",), bounded=True, steepest=1.0),
    _of_arrays("broadcast_to(x, shape)", "arrays.broadcast", numpy="broadcast_to", torch=_TORCH_BROADCAST, c="c.view",
               bounded=True),
    _said("broadcast", back=("g, added up",)),
    _of_arrays("take(x, index)", "arrays.taken", numpy="-", torch="-", back=("g, in its place",), bounded=True,
               steepest=1.0),
    _of_arrays("scatter(x, index, shape)", "arrays.scattered", numpy=_SCATTER, torch=_TORCH_SCATTER, jax=_JAX_SCATTER,
               back=("g, picked out",)),
    _of_arrays("stack(xs, axis)", "arrays.stacked", numpy="stack"),
    _of_arrays("concatenate(xs, axis)", "numpy.concatenate"),
)
# fmt: on

WORDS: dict[str, Word] = {word.name: word for word in _LINES}


def word(name: str) -> Word:
    """What is known of a word, or of an operation by its name."""
    return WORDS.get(name) or Word(name)
