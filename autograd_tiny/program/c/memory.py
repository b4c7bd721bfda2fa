"""Where the numbers of an array program lie in C: every array has one place, views are places within it.

NumPy itself tells where: each line is evaluated once on zeros of the right shapes, and a view's place in C is its place
in NumPy's memory.

    v2 = v1[3]      v1 has shape (5, 100)      element i of v2 is  v1[300 + i]
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np
from numpy.exceptions import TooHardError

from autograd_tiny.errors.flags import quiet
from autograd_tiny.program.dialects import NUMPY
from autograd_tiny.program.lines import Code
from autograd_tiny.program.passes import TURNS
from autograd_tiny.program.printing import header
from autograd_tiny.shapes import Shape
from autograd_tiny.words import WORDS

Array = np.ndarray[Any, Any]
VIEWS = frozenset({"swapaxes"} | {name for name, word in WORDS.items() if word.c == "c.view"})


@dataclass(frozen=True, eq=False)
class Place:
    """An array or a part of one: the C array that holds it, and NumPy's view that knows shape and strides."""

    owner: str
    offset: int
    view: Array
    alone: bool = False  # whether the owner is a single number

    @property
    def steps(self) -> tuple[int, ...]:
        """How many elements further the next one lies, along each axis."""
        return tuple(step // self.view.itemsize for step in self.view.strides)

    def at(self, terms: Iterable[str]) -> str:
        """The element so far from the first."""
        counted = [*([str(self.offset)] if self.offset else []), *terms]
        found = self.owner if self.alone else f"{self.owner}[{' + '.join(counted) or '0'}]"
        return f"(double){found}" if self.view.dtype.kind in "iu" else found

    def element(self, counters: Sequence[str]) -> str:
        """The element where the loops stand; its axes are the loops' last ones, and one of length 1 stands still."""
        axes = list(zip(self.view.shape, self.steps, strict=True))
        inner = counters[len(counters) - len(axes) :]
        return self.at(
            term(step, counter)
            for (size, step), counter in zip(axes, inner, strict=True)
            if size != 1 and step and counter != "0"
        )

    @property
    def pointer(self) -> str:
        """The address of its first element."""
        return f"&{self.at(())}" if self.offset or self.alone else self.owner

    def matrix(self, counters: Sequence[str]) -> str:
        """The address of the matrix where loops over a stack of them stand, and the steps of its rows and columns."""
        terms = [
            term(step, counter)
            for step, counter in zip(self.steps[:-2], counters, strict=True)
            if step and counter != "0"
        ]
        pointer = f"&{self.at(terms)}" if terms else self.pointer
        return f"{pointer}, {self.steps[-2]}, {self.steps[-1]}"

    def clashes(self, other: Place) -> bool:
        """Whether the two share numbers, but not one by one in the same order."""
        if self.owner != other.owner or not _share(self.view, other.view):
            return False
        return (self.offset, self.view.shape, self.steps) != (other.offset, other.view.shape, other.steps)


def _share(one: Array, other: Array) -> bool:
    """Whether two views have a number in common; also where that is too hard to find out."""
    try:
        return np.shares_memory(one, other, max_work=1000)  # type: ignore[arg-type]  # any number of steps
    except TooHardError:
        return True


def term(step: int, counter: str) -> str:
    """So many elements for each count."""
    return counter if step == 1 else f"{step} * {counter}"


class Memory:
    """All arrays by name; `space` is what NumPy evaluates views and shapes in."""

    def __init__(self, code: Code) -> None:
        self.space: dict[str, Any] = {}
        exec("\n".join(header(code, NUMPY, NUMPY.defined)), self.space)  # the dialect's own text
        self._owners: dict[int, tuple[str, Array]] = {}
        self._names = {*code.arguments, *code.constants, *(line.target for line in code.lines)}
        turned = {line.args[0] for line in code.lines if line.target in code.gradients and line.text in TURNS}
        self._by_columns = turned & {line.target for line in code.lines if len(line.shape) == 2}
        for name, shape in {**code.inputs, **code.captured}.items():
            self.put(name, np.zeros(shape, np.int64 if name in code.whole else float))
        for name, array in code.constants.items():
            self.put(name, np.array(array, {"b": bool, "i": np.int64, "u": np.int64}.get(array.dtype.kind, float)))
        self.reserve(())

    def reserve(self, names: Iterable[str]) -> None:
        """Keep these names from being given to anything else."""
        self._names.update(names)
        self.counters = [letter for letter in "ijklmnpqrsuwabcdefgh" if self.free(letter) == letter]

    def free(self, stem: str) -> str:
        """A name that nothing else has."""
        others = (f"{stem}_{k}" for k in range(2, 1 << 30))
        return stem if stem not in self._names else next(name for name in others if name not in self._names)

    def put(self, name: str, array: Array) -> Place:
        """A new array of this name; of which the transpose is wanted lies column by column."""
        array = np.asfortranarray(array) if name in self._by_columns else array
        self.space[name] = array
        self._names.add(name)
        self._owners[id(array)] = (name, array)
        return Place(name, 0, array, not array.ndim)

    def row(self, name: str, like: Array) -> None:
        """A row of an array, to which a pointer of this name points in C; `like` tells how its numbers lie there."""
        span = 1 + sum((n - 1) * step // like.itemsize for n, step in zip(like.shape, like.strides, strict=True))
        owner = np.zeros(max(span, 1), like.dtype)
        self.space[name] = np.ndarray(like.shape, like.dtype, owner, strides=like.strides)
        self._names.add(name)
        self._owners[id(owner)] = (name, owner)

    def named(self, view: Array) -> ast.Name:
        """A name for a view that has none."""
        name = self.free("view")
        self._names.add(name)
        self.space[name] = view
        return ast.Name(name)

    def counting(self, shape: Shape) -> list[str]:
        """The loops' counters over a shape, one per axis: i, j, k …, and 0 along an axis of length 1."""
        return ["0" if size == 1 else self.counters[axis] for axis, size in enumerate(shape)]

    def evaluated(self, tree: ast.expr) -> Any:
        """What NumPy makes of an expression where all numbers are 0; a single element stays a view."""
        if isinstance(tree, ast.Name):
            return self.space[tree.id]
        if isinstance(tree, ast.Subscript):
            parts = tree.slice.elts if isinstance(tree.slice, ast.Tuple) else [tree.slice]
            if not any(isinstance(part, ast.Constant) and part.value is ... for part in parts):
                index = ast.Tuple([*parts, ast.Constant(...)], ast.Load())
                tree = ast.Subscript(tree.value, index, ast.Load())
        with quiet():
            return eval(ast.unparse(tree), self.space)  # texts of the table, names and numbers of ours

    def place(self, tree: ast.expr) -> Place | None:
        """The place of an expression that is an array or a part of one; None for what has to be computed."""
        root = tree
        while (inner := _method_of(root) or viewed(root)) is not None:
            if isinstance(root, ast.Subscript) and is_chosen(root.slice, self):
                return None  # where it lies is known only when the program runs
            root = inner
        found = self.evaluated(tree) if isinstance(root, ast.Name) else None
        return self.where(found) if isinstance(found, np.ndarray) else None

    def where(self, view: Array) -> Place | None:
        """The place of NumPy's view; None if it is nobody's."""
        whole: Any = view
        while isinstance(whole, np.ndarray) and id(whole) not in self._owners:
            whole = whole.base
        if not isinstance(whole, np.ndarray):
            return None
        name, array = self._owners[id(whole)]
        return Place(name, (_address(view) - _address(array)) // array.itemsize, view, not array.ndim)


def viewed(tree: ast.expr) -> ast.expr | None:
    """What a view is a view of; None for what is no view."""
    if isinstance(tree, ast.Attribute | ast.Subscript):
        return tree.value
    called = isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id in VIEWS
    return tree.args[0] if called else None  # type: ignore[attr-defined]


def _method_of(tree: ast.expr) -> ast.expr | None:
    """Whose method is called, as in ids.reshape(2, 3); None for anything else."""
    return tree.func.value if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Attribute) else None


def is_chosen(index: ast.expr, memory: Memory) -> bool:
    """Whether the index has whole numbers in it that are known only when the program runs, or arrays."""
    return any(isinstance(node, ast.Name) and node.id in memory.space for node in ast.walk(index))


def _address(array: Array) -> int:
    return int(array.__array_interface__["data"][0])


def nested(shape: Sequence[int], counters: Sequence[str], body: Sequence[str]) -> Iterator[str]:
    """Loops over a shape around statements; what does not go with the innermost one is looked up before it."""
    loops = [(size, counter) for size, counter in zip(shape, counters, strict=True) if counter != "0"]
    before, body = _looked_up([counter for _, counter in loops], body)
    for depth, (size, counter) in enumerate(loops):
        yield f"{'    ' * depth}for (int {counter} = 0; {counter} < {size}; {counter}++) {{"
        yield from (f"{'    ' * (depth + 1)}{line}" for line in before.get(depth + 1, ()))
    yield from (f"{'    ' * len(loops)}{statement}" for statement in body)
    yield from (f"{'    ' * depth}}}" for depth in reversed(range(len(loops))))


_CHOSEN = re.compile(r"\bat\([^()]*\)")


def _looked_up(counters: Sequence[str], body: Sequence[str]) -> tuple[dict[int, list[str]], Sequence[str]]:
    """Chosen indices as names, by how many of the loops they go with, and the statements that read these names."""
    before: dict[int, list[str]] = {}
    if any(line.lstrip().startswith("for ") for line in body):  # these loops have counters of their own
        return before, body
    words = set(re.findall(r"\w+", " ".join(body)))
    free = (name for name in (f"place_{k}" for k in count(1)) if name not in words)
    names: dict[str, str] = {}
    for found in dict.fromkeys(place for line in body for place in _CHOSEN.findall(line)):
        depth = max([1, *(k for k, counter in enumerate(counters, 1) if re.search(rf"\b{counter}\b", found))])
        if depth < len(counters):
            names[found] = next(free)
            before.setdefault(depth, []).append(f"const long {names[found]} = {found};")
    return before, [_CHOSEN.sub(lambda found: names.get(found[0], found[0]), line) for line in body]


def braced(block: list[str]) -> list[str]:
    """A block that begins with names of its own, so that the next one may have the same."""
    return block if block[0].startswith("for ") else ["{", *(f"    {line}" for line in block), "}"]
