"""A program's lines as a function that Python runs."""

from __future__ import annotations

import linecache
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import count
from typing import Any
from weakref import finalize

from autograd_tiny.fast.collector import paused
from autograd_tiny.program.lines import Code
from autograd_tiny.program.passes import dead
from autograd_tiny.program.printing import source
from autograd_tiny.program.run.numpy import InPlace
from autograd_tiny.program.run.python import MANY, float_source
from autograd_tiny.words.texts import define

_numbers = count(1)


def forward_only(code: Code) -> Code:
    """The program without gradients."""
    return dead(replace(code, backward=(), gradients=()))


def compiled(code: Code, dialect: str) -> Callable[..., Any]:
    """The program as a function: of floats ("python") or of arrays ("numpy")."""
    if dialect == "numpy" and not code.guards:
        return in_place(code)
    plain = dialect == "python" and len(code.lines) >= MANY and not code.guards
    with paused():
        text = float_source(code) if plain else source(code, dialect)
    namespace: dict[str, Any] = {}
    program = define(f"program {next(_numbers)}", text, namespace, "program")
    namespace.update(code.constants)  # the very arrays, not their printed numbers
    return _forgotten(program)


def in_place(code: Code, places: Mapping[str, Any] | None = None) -> Callable[..., Any]:
    """The program over arrays that writes every result to its place; gradients to these places, by name."""
    return _forgotten(InPlace(code, places).compiled(f"program {next(_numbers)}"))


def _forgotten(program: Callable[..., Any]) -> Callable[..., Any]:
    """The function; its text, which tracebacks show, goes when it goes."""
    finalize(program, linecache.cache.pop, program.__code__.co_filename, None)
    return program
