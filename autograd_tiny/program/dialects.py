"""The dialects: how one and the same line reads in Python, NumPy, PyTorch, JAX and C.

Lines call functions by the table's names. A dialect says where each name comes from: an import, or a definition that is
printed with the program. Nothing else differs but punctuation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

_ELEMENTARY = "exp log sqrt sin cos tan sinh cosh tanh"
_INVERSE = ("asin", "acos", "atan")


@dataclass(frozen=True)
class Dialect:
    """Where names come from, and how lines are put on paper."""

    name: str
    defined: Mapping[str, str]  # name → the statement that brings it
    arrays: bool = True
    note: str = ""
    grows: str = "{target} += {value}"
    part: str = "add_at({target}, at[{part}], {value})"
    plain_parts: bool = False  # whether x[2:4] += g will do where no element is named twice
    literal: str = "{name} = array({numbers})"
    typed: str = "{name} = array({numbers}, '{dtype}')"  # where the numbers alone do not tell
    literal_needs: tuple[str, ...] = ("array",)
    number: str = "{number}"  # what a plain number is among arrays
    needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # names that a definition uses in turn


def _imports(module: str, names: str, **others: str) -> dict[str, str]:
    found = {name: f"from {module} import {name}" for name in names.split()}
    return found | {name: f"from {module} import {theirs} as {name}" for name, theirs in others.items()}


def _in_numpy_style(module: str) -> dict[str, str]:
    """What NumPy and its follower JAX share."""
    return _imports(
        module,
        f"{_ELEMENTARY} abs sign where maximum minimum clip sum mean amax reshape transpose broadcast_to stack "
        "concatenate outer zeros array swapaxes copy array_equal",
        asin="arcsin", acos="arccos", atan="arctan", pow="power",
    )  # fmt: skip


_AT = "class At:\n    def __getitem__(self, index):\n        return index\n\nat = At()"

PYTHON = Dialect(
    "python",
    _imports("math", f"{_ELEMENTARY} {' '.join(_INVERSE)} pow inf nan") | {
        "sigmoid": "def sigmoid(x):\n    e = exp(-abs(x))\n    return 1 / (1 + e) if x >= 0 else e / (1 + e)",
        "softplus": "def softplus(x):\n    return max(x, 0.0) + log1p(exp(-abs(x)))",
        "log1p": "from math import log1p",
        "maximum": "def maximum(x, y):\n    return x if x >= y or x != x else y",
        "minimum": "def minimum(x, y):\n    return x if x <= y or x != x else y",
        "clip": "def clip(x, low, high):\n    return x if low <= x <= high else minimum(maximum(x, low), high)",
        "sign": "def sign(x):\n    return float((x > 0) - (x < 0))",
        "abs": "",
    },
    arrays=False,
    needs={"sigmoid": ("exp",), "softplus": ("exp", "log1p"), "clip": ("minimum", "maximum")},
)  # fmt: skip

_LOGSUMEXP = (
    "def logsumexp(x, axis=None):\n"
    "    top = amax(x, axis, keepdims=True)\n"
    "    return reshape(log(sum(exp(x - top), axis, keepdims=True)) + top, sum(x, axis).shape)"
)
_WINNERS = "def winners(x, z, axis):\n    won = x == z\n    return won / sum(won, axis, keepdims=True)"

NUMPY = Dialect(
    "numpy",
    plain_parts=True,
    defined=
    _in_numpy_style("numpy") | _imports("numpy", "inf nan log1p errstate bincount ravel_multi_index ndarray") | {
        "add_at": "from numpy import add\nadd_at = add.at",
        "at": _AT,
        "sigmoid": "def sigmoid(x):\n    e = exp(-abs(x))\n    return where(x >= 0, 1.0, e) / (1 + e)",
        "softplus": "def softplus(x):\n    return maximum(x, 0.0) + log1p(exp(-abs(x)))",
        "logsumexp": _LOGSUMEXP,
        "winners": _WINNERS,
        "scatter": "def scatter(x, index, shape):\n    z = zeros(shape)\n    add_at(z, index, x)\n    return z",
    },
    needs={
        "sigmoid": ("exp", "abs", "where"),
        "softplus": ("exp", "abs", "maximum", "log1p"),
        "logsumexp": ("amax", "reshape", "log", "sum", "exp"),
        "winners": ("sum",),
        "scatter": ("zeros", "add_at"),
    },
)  # fmt: skip

_TORCH_ADD_AT = (
    "def add_at(t, index, g):\n"
    "    places = torch.arange(t.numel(), device=t.device).reshape(t.shape)[index]\n"
    "    given = torch.as_tensor(g, dtype=t.dtype, device=t.device).expand(places.shape).reshape(-1)\n"
    "    return t.reshape(-1).index_put((places.reshape(-1),), given, accumulate=True).reshape(t.shape)"
)
_TORCH_PICK = "def {0}imum(x, y):\n    return where(x {1} y, x, y)"

TORCH = Dialect(
    "torch",
    _imports("torch", f"{_ELEMENTARY} {' '.join(_INVERSE)} sigmoid abs sign sum mean amax reshape stack "
             "concatenate outer swapaxes pow inf nan", transpose="permute", copy="clone", array_equal="equal")
    | {
        "torch": "import torch",
        "softplus": "def softplus(x):\n    return torch.clip(x, 0.0) + torch.log1p(exp(-abs(x)))",
        "clip": "def clip(x, low, high):\n"
                "    return torch.clip(x, *(torch.as_tensor(a, dtype=torch.{dtype}) for a in (low, high)))",
        "where": "def where(condition, x, y):\n"
                 "    x, y = (torch.as_tensor(a, dtype=torch.{dtype}) for a in (x, y))\n"
                 "    return torch.where(torch.as_tensor(condition), x, y)",
        "maximum": _TORCH_PICK.format("max", ">="),
        "minimum": _TORCH_PICK.format("min", "<="),
        "at": _AT,
        "add_at": _TORCH_ADD_AT,
        "array": "def array(numbers):\n    return torch.tensor(numbers, dtype=torch.{dtype})",
        "zeros": "def zeros(shape):\n    return torch.zeros(shape, dtype=torch.{dtype})",
        "broadcast_to": "def broadcast_to(x, shape):\n    return torch.as_tensor(x, dtype=torch.{dtype}).expand(shape)",
        "logsumexp": "def logsumexp(x, axis=None):\n"
                     "    return torch.logsumexp(x, tuple(range(x.ndim)) if axis is None else axis)",
        "winners": "def winners(x, z, axis):\n    won = (x == z).to(x.dtype)\n"
                   "    return won / sum(won, axis, keepdim=True)",
        "scatter": "def scatter(x, index, shape):\n    return add_at(zeros(shape), index, x)",
    },
    note="takes tensors (scalars: of no dimension); runs under torch.func.vmap and torch.compile",
    grows="{target} = {target} + {value}",
    part="{target} = add_at({target}, at[{part}], {value})",
    literal="{name} = torch.tensor({numbers}, dtype=torch.{dtype})",
    typed="{name} = torch.tensor({numbers}, dtype=torch.{dtype})",
    literal_needs=("torch",),
    number="array({number})",
    needs=dict.fromkeys(("array", "zeros", "broadcast_to", "add_at", "where"), ("torch",)) | {
        "softplus": ("torch", "exp", "abs"), "clip": ("torch",), "maximum": ("where",), "minimum": ("where",),
        "logsumexp": ("torch",), "winners": ("sum",), "scatter": ("add_at", "zeros"),
    },
)  # fmt: skip

JAX = Dialect(
    "jax",
    _in_numpy_style("jax.numpy") | _imports("jax.nn", "sigmoid softplus")
    | _imports("jax.scipy.special", "logsumexp") | _imports("jax.numpy", "inf nan") | {
        "at": _AT,
        "winners": _WINNERS,
        "scatter": "def scatter(x, index, shape):\n    return zeros(shape).at[index].add(x)",
    },
    note="runs under jax.jit, vmap and shard_map; for float64 set jax.config.update('jax_enable_x64', True) first",
    grows="{target} = {target} + {value}",
    part="{target} = {target}.at[{part}].add({value})",
    needs={"winners": ("sum",), "scatter": ("zeros",)},
)  # fmt: skip

C = Dialect(
    "c",
    dict.fromkeys((*_ELEMENTARY.split(), *_INVERSE, "pow"), "#include <math.h>") | {
        # A function, so that both are read before one is chosen: gcc 12 at -O3 with AVX read neither rightly otherwise.
        "where": "static double where(int condition, double x, double y) {\n    return condition ? x : y;\n}",
        "abs": "#include <math.h>\n#define abs fabs",
        "inf": "#include <math.h>\n#define inf INFINITY",
        "nan": "#include <math.h>\n#define nan NAN",
        "sigmoid": "static double sigmoid(double x) {\n    double e = exp(-fabs(x));\n"
                   "    return (x >= 0 ? 1 : e) / (1 + e);\n}",
        "softplus": "static double softplus(double x) {\n    return fmax(x, 0) + log1p(exp(-fabs(x)));\n}",
        "maximum": "static double maximum(double x, double y) {\n    return x >= y || x != x ? x : y;\n}",
        "minimum": "static double minimum(double x, double y) {\n    return x <= y || x != x ? x : y;\n}",
        "clip": "static double clip(double x, double low, double high) {\n"
                "    return minimum(maximum(x, low), high);\n}",
        "sign": "static double sign(double x) {\n    return (x > 0) - (x < 0);\n}",
    },
    arrays=False,
    needs={"sigmoid": ("exp",), "softplus": ("exp",), "clip": ("minimum", "maximum")},
)  # fmt: skip

DIALECTS: dict[str, Dialect] = {dialect.name: dialect for dialect in (PYTHON, NUMPY, TORCH, JAX, C)}
