"""The dialects: how one and the same line reads in Python, NumPy, PyTorch, JAX, C and JavaScript.

Lines call functions by the table's names. Where each comes from is a column of the second table (`words`): an import,
or a definition that is printed with the program. What only programs say, such as `outer`, stands here.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from autograd_tiny import numbers
from autograd_tiny.program.texts import pointed
from autograd_tiny.words import WORDS, Word


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
    elementwise: frozenset[str] = frozenset()  # names that are defined over numbers and made functions of arrays

    @cached_property
    def needs(self) -> Mapping[str, tuple[str, ...]]:
        """The names that a definition uses in turn."""
        return {name: tuple(self._used(name)) for name, text in self.defined.items() if "\n" in text}

    def _used(self, name: str) -> list[str]:
        found = dict.fromkeys(re.findall(r"(?<![.\w])[a-z]\w*", self.defined[name].replace("{dtype}", "")))
        return [other for other in found if other in self.defined and other != name]


# What a dialect's words are, from the second table --------------------------------------------------------------------


def _words(world: str) -> dict[str, str]:
    """For each word that a world has, the statement that brings it."""
    found = {name: _statement(word, world) for name, word in WORDS.items()}
    return {name: statement for name, statement in found.items() if statement is not None}


def _statement(word: Word, world: str) -> str | None:
    said = word.meaning(world)
    if said == "-" or said.startswith("c."):
        return None
    if said.startswith(("def ", "static ", "#")):
        return said
    if not said or said.startswith("= "):
        return _c_function(word) if world == "c" else word.source(world)
    module, _, name = said.rpartition(".")
    if module == "builtins":
        return ""
    if world == "c":
        return f"#include <{module}>"
    return f"from {module} import {name}" + (f" as {word.name}" if name != word.name else "")


def _c_function(word: Word) -> str:
    said = word.meaning("c")
    *named, last = [said[2:]] if said else map(_chosen, word.text.split("; "))
    lines = [f"static double {word.name}({', '.join(f'double {letter}' for letter in word.letters)}) {{"]
    lines += [f"    double {each};" for each in named]
    return "\n".join([*lines, f"    return {last};", "}"])


class _Ternary(ast.NodeTransformer):
    """In C where(c, a, b) is c ? a : b."""

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "where":
            condition, a, b = map(ast.unparse, node.args)
            return ast.Name(f"({condition} ? {a} : {b})")
        return node


def _chosen(part: str) -> str:
    name, equals, text = part.partition(" = ") if re.match(r"\w+ = ", part) else ("", "", part)
    return name + equals + pointed(ast.unparse(_Ternary().visit(ast.parse(text, mode="eval"))))


def _imports(module: str, names: str, **others: str) -> dict[str, str]:
    found = {name: f"from {module} import {name}" for name in names.split()}
    return found | {name: f"from {module} import {theirs} as {name}" for name, theirs in others.items()}


# The dialects ---------------------------------------------------------------------------------------------------------


# What NumPy and its follower JAX share beside words.
_MORE = "inf nan outer zeros array swapaxes copy array_equal arange flip"
_AT = "class At:\n    def __getitem__(self, index):\n        return index\n\nat = At()"

PYTHON = Dialect("python", _words("python") | _imports("math", "inf nan"), arrays=False)

NUMPY = Dialect(
    "numpy",
    _words("numpy")
    | _imports("numpy", f"{_MORE} errstate bincount ravel_multi_index ndarray")
    | {"add_at": "from numpy import add\nadd_at = add.at", "at": _AT},
    plain_parts=True,
)

_TORCH_ADD_AT = (
    "def add_at(t, index, g):\n"
    "    places = torch.arange(t.numel(), device=t.device).reshape(t.shape)[index]\n"
    "    given = torch.as_tensor(g, dtype=t.dtype, device=t.device).expand(places.shape).reshape(-1)\n"
    "    return t.reshape(-1).index_put((places.reshape(-1),), given, accumulate=True).reshape(t.shape)"
)

TORCH = Dialect(
    "torch",
    _words("torch")
    | _imports("torch", "outer swapaxes inf nan arange", copy="clone", array_equal="equal")
    | {
        "torch": "import torch",
        "flip": "def flip(x, axis):\n    return torch.flip(x, (axis,))",
        "at": _AT,
        "add_at": _TORCH_ADD_AT,
        "array": "def array(numbers):\n    return torch.tensor(numbers, dtype=torch.{dtype})",
        "zeros": "def zeros(shape):\n    return torch.zeros(shape, dtype=torch.{dtype})",
    },
    note="takes tensors (scalars: of no dimension); runs under torch.func.vmap and torch.compile",
    grows="{target} = {target} + {value}",
    part="{target} = add_at({target}, at[{part}], {value})",
    literal="{name} = torch.tensor({numbers}, dtype=torch.{dtype})",
    typed="{name} = torch.tensor({numbers}, dtype=torch.{dtype})",
    literal_needs=("torch",),
    number="array({number})",
)

# shard_map wants a loop to start with what varies over its devices as all that follows does. A sum of no numbers is 0,
# and varies as they would.
_JAX_SCAN = (
    "def scan(step, start, over, reverse=False):\n"
    "    nothing = 0.0\n"
    "    for x in step(start, over[0])[0]:\n"
    "        nothing = nothing + sum(reshape(x, -1)[:0])\n"
    "    return lax.scan(step, tuple(x + nothing for x in start), over, reverse=reverse)"
)

JAX = Dialect(
    "jax",
    _words("jax") | _imports("jax.numpy", _MORE) | {"lax": "from jax import lax", "scan": _JAX_SCAN, "at": _AT},
    note="runs under jax.jit, vmap and shard_map; for float64 set jax.config.update('jax_enable_x64', True) first",
    grows="{target} = {target} + {value}",
    part="{target} = {target}.at[{part}].add({value})",
)

C = Dialect(
    "c",
    _words("c") | {"inf": "#include <math.h>\n#define inf INFINITY", "nan": "#include <math.h>\n#define nan NAN"},
    arrays=False,
)  # fmt: skip

# The words that NumPy computes for each number of one array, and writes wherever it is told.
UFUNCS = frozenset(name for name, f in numbers.ARRAYS.items() if isinstance(f, np.ufunc) and f.nin == 1)


def _of_numbers() -> dict[str, str]:
    """The words that JavaScript has as functions of numbers; among arrays each is made one of arrays."""
    found = {name: _javascript_function(word) for name, word in WORDS.items()}
    return {name: function for name, function in found.items() if function}


def _javascript_function(word: Word) -> str:
    said, letters = word.meaning("javascript"), ", ".join(word.letters)
    if said in ("-", "arrays.js") or said.startswith("Math."):
        return said if said.startswith("Math.") else ""
    if said.startswith("x => "):
        return said
    *named, last = [said[2:]] if said else map(_chosen, word.text.split("; "))
    parts = "".join(f"const {each}; " for each in named)
    return f"({letters}) => {{ {parts}return {last}; }}" if parts else f"({letters}) => {last}"


def _functions(text: str) -> dict[str, str]:
    """The functions of a file by their names; a comment right above one belongs to it."""
    found = re.findall(r"((?://.*\n)*function (\w+)\([^\n]*\{\n(?:.*\n)*?\})\n", text)
    return {name: function for function, name in found}


# Signs between arrays, which JavaScript has for numbers only.
_SIGNS = {
    "add": "(x, y) => x + y", "subtract": "(x, y) => x - y", "multiply": "(x, y) => x * y",
    "divide": "(x, y) => x / y", "negative": "x => -x",
    "less": "(x, y) => x < y", "less_equal": "(x, y) => x <= y", "greater": "(x, y) => x > y",
    "greater_equal": "(x, y) => x >= y", "equal": "(x, y) => x == y", "not_equal": "(x, y) => x != y",
    "logical_and": "(x, y) => Boolean(x && y)", "logical_or": "(x, y) => Boolean(x || y)",
}  # fmt: skip

JAVASCRIPT = Dialect(
    "javascript",
    _of_numbers() | _SIGNS | _functions(Path(__file__).with_name("arrays.js").read_text(encoding="utf-8")),
    elementwise=frozenset(_of_numbers()) | frozenset(_SIGNS),
)

DIALECTS: dict[str, Dialect] = {dialect.name: dialect for dialect in (PYTHON, NUMPY, TORCH, JAX, C, JAVASCRIPT)}


def in_single_precision(dialect: Dialect) -> Dialect:
    """The dialect where all arrays are of float32: zeros are, too."""
    module = {"numpy": "numpy", "jax": "jax.numpy"}.get(dialect.name)
    if module is None:
        return dialect
    zeros = f"def zeros(shape):\n    return {module}.zeros(shape, '{{dtype}}')"
    return replace(dialect, defined={**dialect.defined, module.partition(".")[0]: f"import {module}", "zeros": zeros})
