"""An update rule's equations as code: calls of NumPy that make no array anew, or one loop in C; bit by bit the same.

p   the parameters     g = ∂L/∂p, the gradient     and what the rule remembers, by its name

    squares += g * g                         multiply(g, g, room_0); add(squares, room_0, squares)
    p -= g / sqrt(squares) * lr              sqrt(squares, room_0); divide(g, room_0, room_0); …

What has no array in it, such as 1 - betas[0], is a number, which Python works out anew at each step.
"""

from __future__ import annotations

import ast
import ctypes
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from typing import Any

import numpy as np

from autograd_tiny.program.run.numpy import Calls
from autograd_tiny.words.texts import define

Run = Callable[..., None]  # of arrays, rooms and numbers

_SIGNS = {ast.Add: ("add", "+="), ast.Sub: ("subtract", "-="), ast.Mult: ("multiply", "*=")}
_UFUNCS = ("add", "subtract", "multiply", "divide", "negative", "sqrt")
_SHAPE = (1,)  # stands for any length
_NOTHING: dict[str, Any] = {"__builtins__": {}}  # the numbers are made of settings alone


class Equations(ast.NodeTransformer):
    """Lines such as "p -= g * lr"; `name = …` names what is needed further down. `remembers` are the other arrays."""

    def __init__(self, lines: Sequence[str], remembers: Sequence[str]) -> None:
        self.arrays = ("p", "g", *remembers)
        self.numbers: list[str] = []
        self.named: list[str] = []
        self.lines = [self._read(ast.parse(line).body[0]) for line in lines]
        self._compiled = compile(f"[{', '.join(self.numbers)}]", "<numbers>", "eval")
        self._loops: dict[str, Run] = {}

    def _read(self, line: Any) -> tuple[str, str, str, ast.expr]:
        """The name at the left, what happens to it in NumPy and in C, and the expression at the right."""
        if isinstance(line, ast.AugAssign):
            assert isinstance(line.target, ast.Name)
            return line.target.id, *_SIGNS[type(line.op)], self.visit(line.value)
        value = self.visit(line.value)
        self.named.append(line.targets[0].id)
        return self.named[-1], "", "=", value

    def visit(self, node: ast.AST) -> Any:
        """A part of an expression; what has no array in it is a number."""
        names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
        if not isinstance(node, ast.expr) or names & {*self.arrays, *self.named}:
            return self.generic_visit(node) if not isinstance(node, ast.Call) else self._called(node)
        text = ast.unparse(node)
        if text not in self.numbers:
            self.numbers.append(text)
        return ast.Name(f"number_{self.numbers.index(text)}")

    def _called(self, node: ast.Call) -> ast.Call:
        return ast.Call(node.func, [self.visit(arg) for arg in node.args], [])

    def values(self, settings: Mapping[str, Any]) -> list[float]:
        """The numbers, where the settings are these."""
        return list(map(float, eval(self._compiled, _NOTHING, settings)))  # texts of ours

    @property
    def _figures(self) -> list[str]:
        return [f"number_{k}" for k in range(len(self.numbers))]

    # NumPy ------------------------------------------------------------------------------------------------------------

    @cached_property
    def calls(self) -> tuple[Run, int]:
        """The function over arrays, rooms and numbers; and how many rooms it needs."""
        calls = Calls(dict.fromkeys((*self.arrays, *self.named), _SHAPE), {}, {}, float)
        body = [f"    {call}" for line in self.lines for call in self._calls(calls, *line)]
        rooms = [*self.named, *(name for name in calls.namespace if name.startswith("room"))]
        head = f"def update({', '.join((*self.arrays, *rooms, *self._figures))}):"
        namespace = {name: getattr(np, name) for name in _UFUNCS}
        return define("update", "\n".join([head, *body]) + "\n", namespace, "update"), len(rooms)

    def _calls(self, calls: Calls, target: str, ufunc: str, _: str, value: ast.expr) -> Iterator[str]:
        if not ufunc:
            yield from calls.into(value, target, _SHAPE)
        elif isinstance(value, ast.Name):
            yield f"{ufunc}({target}, {value.id}, {target})"
        else:
            room = calls.room(_SHAPE, 0)
            yield from calls.into(value, room, _SHAPE, 1)
            yield f"{ufunc}({target}, {room}, {target})"

    # C ----------------------------------------------------------------------------------------------------------------

    def source(self, kind: str) -> str:
        """The loop in C over numbers of this kind, double or float."""
        pointers = [f"{'const ' * (name == 'g')}{kind} *restrict {name}" for name in self.arrays]
        figures = [f"    const {kind} {name} = numbers[{k}];" for k, name in enumerate(self._figures)]
        return "\n".join([
            "#include <math.h>",
            *["#define sqrt sqrtf"] * (kind == "float"),
            f"void program(long count, const double *numbers, {', '.join(pointers)}) {{",
            *figures,
            "    #pragma omp simd",
            "    for (long i = 0; i < count; i++) {",
            *(f"        {self._statement(kind, *line)}" for line in self.lines),
            "    }",
            "}",
        ]) + "\n"  # fmt: skip

    def _statement(self, kind: str, target: str, _: str, sign: str, value: ast.expr) -> str:
        left = f"{target}[i]" if target in self.arrays else f"const {kind} {target}"
        return f"{left} {sign} {ast.unparse(_Elements(self.arrays).visit(value))};"

    def loop(self, kind: str) -> Run:
        """The same, compiled by this machine's C compiler; ProgramError says what stands in the way."""
        if kind not in self._loops:
            self._loops[kind] = _called(self.source(kind), len(self.arrays), len(self.numbers))
        return self._loops[kind]


def _called(text: str, arrays: int, numbers: int) -> Run:
    # Only who compiles needs what speaks to a compiler.
    from autograd_tiny.program.c.native import loop
    from autograd_tiny.program.c.runners import address

    run, figures_of = loop(text), ctypes.c_double * max(numbers, 1)
    run.argtypes, run.restype = [ctypes.c_long, *[ctypes.c_void_p] * (1 + arrays)], None

    def update(*given: Any) -> None:
        run(given[0].size, figures_of(*given[len(given) - numbers :]), *map(address, given[:arrays]))

    return update


@cache
def equations(lines: tuple[str, ...], remembers: tuple[str, ...]) -> Equations:
    """These equations, read once."""
    return Equations(lines, remembers)


class _Elements(ast.NodeTransformer):
    """One element of every array."""

    def __init__(self, arrays: Sequence[str]) -> None:
        self.arrays = arrays

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Name(f"{node.id}[i]") if node.id in self.arrays else node
