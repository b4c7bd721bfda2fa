"""Texts of operations that are not elementwise: sums, products of matrices, parts, stacks. Shapes are known by now.

A product with a vector reads as one would write it: W @ h, g @ W.T, outer(x, g).
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

import numpy as np

from autograd_tiny import shapes
from autograd_tiny.arrays.lines import LINES
from autograd_tiny.compiling import require_text
from autograd_tiny.program.texts import specialised, template
from autograd_tiny.program.tracing import WholeNumber
from autograd_tiny.shapes import Shape
from autograd_tiny.value import Value

Text = tuple[str, tuple[str, ...]]
PartText = tuple[str, tuple[str, ...], str]


class Writer(Protocol):
    """What names the values and the constant arrays that a text is about."""

    def name(self, v: Value) -> str:
        """What stands for a value in a line."""

    def array(self, data: Any, stem: str) -> str:
        """The name of a constant array."""


def structural_forward(v: Value, write: Writer) -> Text:
    """The right-hand side that computes `v`."""
    assert v.operation is not None
    require_text(v.operation, v.operation.forward)
    names = tuple(map(write.name, v.inputs))
    given = v.parameters
    if _stays(v):
        return "{0}", names
    if v.op in ("stack", "concatenate"):
        places = ", ".join(f"{{{k}}}" for k in range(len(names)))
        return f"{v.op}([{places}], {given['axis']})", names
    if _reshapes(v):
        return f"reshape({{0}}, {v.shape})", names
    if v.op == "take":
        index, more = index_text(given["index"], write, 1)
        return f"{{0}}[{index}]", (*names, *more)
    if v.op == "scatter":
        index, more = index_text(given["index"], write, 1)
        return f"scatter({{0}}, at[{index}], {v.shape})", (*names, *more)
    if v.op in ("sum", "mean", "max", "logsumexp"):
        return _reduction(v), names
    if v.op == "matmul":
        return "{0} @ {1}", names
    if v.op in _OF_MATRICES:
        return _tables_own(v, v.operation.forward, "", write)
    target = given["axes"] if v.op == "transpose" else given["shape"]
    if v.op == "transpose" and v.ndim == 2 and target == (1, 0):
        return "{0}.T", names
    return f"{_CALLED.get(v.op, v.op)}({{0}}, {target})", names


def _stays(v: Value) -> bool:
    """Whether the numbers stay as they are: a single one only changes its form, or a reduction has no axes."""
    return v.parameters.get("axis") == () or (not v.shape and all(not x.shape for x in v.inputs))


def _reshapes(v: Value) -> bool:
    """Whether an index names the one number there is, as in x[None]: floats take no index."""
    indexed = {"take": v.inputs[0], "scatter": v}.get(v.op)
    return indexed is not None and not indexed.shape and v.size == v.inputs[0].size


_OF_MATRICES = frozenset(line.name for line in LINES)
_CALLED = {"broadcast": "broadcast_to", "max": "amax"}


def _reduction(v: Value) -> str:
    axis = v.parameters["axis"]
    everything = axis is None or len(shapes.axes_of(v.inputs[0].ndim, axis)) == v.inputs[0].ndim
    text = f"{_CALLED.get(v.op, v.op)}({{0}}{'' if everything else f', {axis}'})"
    return f"reshape({text}, {v.shape})" if v.parameters["keepdims"] and v.shape else text


def structural_pullback(v: Value, k: int, g: str, write: Writer) -> PartText:
    """What flows back through input `k`: text, arguments, and the part it goes to ("" for the whole)."""
    x, g = v.inputs[k], "1.0" if g == "1" else g
    if _stays(v):
        return "{0}", (g,), ""
    if _reshapes(v):
        return f"reshape({{0}}, {x.shape})", (g,), ""
    if v.op == "take":
        index, more = index_text(v.parameters["index"], write, 1)
        return "{0}", (g, *more), index
    if v.op == "stack":
        return f"{{0}}[{slices(shapes.along(v.parameters['axis'], k))}]", (g,), ""
    if v.op == "concatenate":
        return f"{{0}}[{slices(shapes.portion(v.inputs, v.parameters['axis'], k))}]", (g,), ""
    if v.op == "scatter":
        index, more = index_text(v.parameters["index"], write, 1)
        return f"{{0}}[{index}]", (g, *more), ""
    if v.op == "matmul":
        return (*_product(v, k, g, write), "")
    if v.op == "broadcast":
        return unbroadcast("{0}", v.shape, x.shape), (g,), ""
    text, args = _by_the_table(v, k, g, write)
    return text, args, ""


def _product(v: Value, k: int, g: str, write: Writer) -> Text:
    x, y = v.inputs
    a, b = write.name(x), write.name(y)
    dimensions = (x.ndim, y.ndim)
    if dimensions == (1, 1):
        return "{0} * {1}", (g, (b, a)[k])
    if dimensions == (1, 2):
        return ("{0} @ {1}", (b, g)) if k == 0 else ("outer({0}, {1})", (a, g))
    if dimensions == (2, 1):
        return ("outer({0}, {1})", (g, b)) if k == 0 else ("{0} @ {1}", (g, a))
    if dimensions == (2, 2):
        return ("{0} @ {1}.T", (g, b)) if k == 0 else ("{0}.T @ {1}", (a, g))
    if y.ndim == 2 and k == 1:  # the rows of a stack of matrices are rows of one
        steps = math.prod(x.shape[:-1])
        return f"reshape({{0}}, {(steps, x.shape[-1])}).T @ reshape({{1}}, {(steps, y.shape[1])})", (a, g)
    return ("{0} @ {1}.T", (g, b)) if y.ndim == 2 else _batched_product(v, k, g, write)


def _batched_product(v: Value, k: int, g: str, write: Writer) -> Text:
    """Stacks of matrices; a vector among them counts as a matrix of one row (left) or one column (right)."""
    x, y = v.inputs
    g_m, x_m, y_m = shapes.as_matrices(np.zeros(v.shape), np.zeros(x.shape), np.zeros(y.shape), np.reshape)
    as_g, as_x, as_y = (
        place if given == wanted.shape else f"reshape({place}, {wanted.shape})"
        for place, given, wanted in (("{0}", v.shape, g_m), ("{1}", x.shape, x_m), ("{1}", y.shape, y_m))
    )
    if k == 0:
        product, name, shape = f"{as_g} @ swapaxes({as_y}, -1, -2)", write.name(y), (g_m @ y_m.swapaxes(-1, -2)).shape
        target = x_m.shape
    else:
        product, name, shape = f"swapaxes({as_x}, -1, -2) @ {as_g}", write.name(x), (x_m.swapaxes(-1, -2) @ g_m).shape
        target = y_m.shape
    text = unbroadcast(product, shape, target)
    own = v.inputs[k].shape
    return (text if target == own else f"reshape({text}, {own})"), (g, name)


def _by_the_table(v: Value, k: int, g: str, write: Writer) -> Text:
    """The table's own pullback to input `k`, with everything about shapes worked out."""
    assert v.operation is not None
    text, args = _tables_own(v, v.operation.pullbacks[k], g, write)
    given = v.shape[:-2] if v.op in _OF_MATRICES and v.operation.arity == 2 else v.inputs[k].shape[:-2]
    x = v.inputs[k].shape
    return unbroadcast(text, (*given, *x[-2:]), x) if v.op in _OF_MATRICES else text, args


def _tables_own(v: Value, text: str, g: str, write: Writer) -> Text:
    """A text of the table with everything about shapes worked out."""
    inputs = dict(zip("xy", v.inputs, strict=False))
    known = {name: number for name, number in v.parameters.items() if name != "index"}
    tree = specialised(text, known, {**inputs, "z": v, "g": v, **v.parameters})
    tree = _Shaped({letter: x.shape for letter, x in {**inputs, "z": v, "g": v}.items()}).visit(tree)
    template_text, letters = template(ast.fix_missing_locations(tree))
    named = {"g": lambda: g, "z": lambda: write.name(v)} | {c: partial(write.name, x) for c, x in inputs.items()}
    return template_text, tuple(named[letter]() for letter in letters)


class _Shaped(ast.NodeTransformer):
    """A letter is not reshaped to the shape it has."""

    def __init__(self, of: dict[str, Shape]) -> None:
        self.of = of

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name == "reshape" and isinstance(node.args[0], ast.Name) and isinstance(node.args[1], ast.Constant):
            shape: Any = node.args[1].value
            return node.args[0] if self.of.get(node.args[0].id) == shape else node
        return node


def unbroadcast(text: str, given: Shape, shape: Shape) -> str:
    """The text of a contribution of shape `given`, summed over the axes along which `shape` was repeated."""
    if given == shape:
        return text
    extra = len(given) - len(shape)
    axes = (*range(extra), *(extra + k for k, n in enumerate(shape) if n == 1 and given[extra + k] != 1))
    if not axes:
        return text
    if not shape or len(axes) == len(given):
        text = f"sum({text})"
    else:
        text = f"sum({text}, {axes[0] if len(axes) == 1 else axes})"
    left = tuple(n for k, n in enumerate(given) if k not in axes)
    return text if left == shape or not shape else f"reshape({text}, {shape})"


# Indices as they are typed: x[2], x[1:4, ...], x[index1] --------------------------------------------------------------


def index_text(index: Any, write: Writer, first: int) -> tuple[str, tuple[str, ...]]:
    """An index as it is typed, arrays in it by name: the template from place `first` on, and the names."""
    names: list[str] = []

    def place(part: Any) -> str:
        if isinstance(part, np.ndarray) and part.ndim:
            names.append(write.array(part, "index"))
            return f"{{{first + len(names) - 1}}}"
        return _part(part)

    return _joined(index, place), tuple(names)


def slices(index: Any) -> str:
    """An index without arrays, as it is typed."""
    return _joined(index, _part)


def _joined(index: Any, place: Callable[[Any], str]) -> str:
    if not isinstance(index, tuple):
        return place(index)
    return ", ".join(map(place, index)) if index else "()"


def _part(part: Any) -> str:
    if isinstance(part, slice):
        ends = ["" if end is None else str(int(end)) for end in (part.start, part.stop, part.step)]
        return ":".join(ends if ends[2] else ends[:2])
    if part is Ellipsis:
        return "..."
    if isinstance(part, WholeNumber):
        return part.source
    return "None" if part is None else str(int(part))
