"""Where each line of the table is tried: numbers inside its domain and away from its kinks."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd_tiny import compiling, functions
from autograd_tiny.arrays import lines
from autograd_tiny.table import TABLE
from autograd_tiny.value import Value

EVERYWHERE = (-2.3, -0.7, 0.4, 1.9)
POSITIVE = (0.2, 0.9, 1.7, 3.1)
INSIDE = (-0.8, -0.3, 0.1, 0.7)  # of −1 … 1
PARAMETERS: dict[str, dict[str, Any]] = {
    "leaky_relu": {"negative_slope": 0.1},
    "clip": {"low": -0.5, "high": 1.0},
    "where": {"condition": True},
    "elu": {"alpha": 0.7},
    "celu": {"alpha": 0.7},
}
BEYOND = (1.1, 1.6, 2.4, 3.7)  # 1


def _first(name: str) -> tuple[float, ...]:
    """The first numbers that lie in the operation's domain."""
    for numbers in (EVERYWHERE, POSITIVE, INSIDE, BEYOND, tuple((1 + x) / 2 for x in INSIDE)):
        if not TABLE[name].domain or all(compiling.domain(TABLE[name])(*_point(name, numbers))):
            return numbers
    raise LookupError(name)


def _point(name: str, numbers: tuple[float, ...]) -> tuple[Any, ...]:
    return (np.array(numbers), np.array(SECOND))[: TABLE[name].arity]


SECOND = (1.3, -0.6, 2.2, -1.1)  # equal to no number of the first

ELEMENTWISE = [name for name, op in TABLE.items() if op.elementwise]


def points(name: str) -> list[tuple[float, ...]]:
    """Tuples of scalar inputs for an elementwise operation."""
    first = _first(name)
    return [(x,) for x in first] if TABLE[name].arity == 1 else list(zip(first, SECOND, strict=True))


def apply(name: str, *inputs: Any) -> Value:
    """An elementwise operation with the parameters it is tried with."""
    return functions.apply(name, *inputs, **PARAMETERS.get(name, {}))


MATRICES = {line.name for line in lines.MATRICES}


def _wide(rows: int, columns: int) -> Any:
    return np.eye(rows, columns) * np.arange(2.0, 2 + columns)


@dataclass(frozen=True)
class Application:
    """A reduction, a product or a change of shape on arrays of the given shapes."""

    name: str
    shapes: tuple[tuple[int, ...], ...]
    parameters: dict[str, Any] = field(default_factory=dict)

    def __call__(self, *inputs: Any) -> Value:
        return functions.apply(self.name, *inputs, **self.parameters)

    def inputs(self) -> list[np.ndarray]:
        """Numbers that are all different, so that no maximum is a tie."""
        random = np.random.default_rng(7)
        if self.name in MATRICES:  # of full rank, and symmetric ones positive definite
            return [random.normal(size=shape) / 9 + _wide(*shape[-2:]) for shape in self.shapes]
        return [random.permutation(int(np.prod(shape))).reshape(shape) / 4 - 0.6 for shape in self.shapes]

    def __str__(self) -> str:
        return " ".join([self.name, *map(str, self.shapes), *(f"{k}={v}" for k, v in self.parameters.items())])


STRUCTURAL = [
    *(
        Application(name, ((2, 3, 2),), {"axis": axis, "keepdims": keepdims})
        for name in ("sum", "mean", "max", "logsumexp")
        for axis in (None, 0, 1, -1, (0, 2), (-1, 0), (0, 1, 2))
        for keepdims in (False, True)
    ),
    Application("reshape", ((2, 3),), {"shape": (3, 2)}),
    Application("reshape", ((2, 3),), {"shape": (6,)}),
    Application("reshape", ((1, 1),), {"shape": ()}),
    Application("transpose", ((2, 3),), {"axes": (1, 0)}),
    Application("transpose", ((2, 3, 4),), {"axes": (2, 0, 1)}),
    Application("broadcast", ((3,),), {"shape": (2, 3)}),
    Application("broadcast", ((2, 1),), {"shape": (4, 2, 3)}),
    Application("broadcast", ((),), {"shape": (2, 2)}),
    Application("take", ((4, 3),), {"index": 1}),
    Application("take", ((4, 3),), {"index": (slice(None, None, 2), -1)}),
    Application("take", ((4, 3),), {"index": (np.array([0, 0, 3]), np.array([1, 1, 2]))}),
    Application("take", ((4, 3),), {"index": (Ellipsis, None, np.array([2, 0, 2]))}),
    Application("scatter", ((2,),), {"index": slice(1, 3), "shape": (4,)}),
    Application("scatter", ((3,),), {"index": np.array([1, 1, 0]), "shape": (4,)}),
    *(Application("stack", ((2, 3), (2, 3), (2, 3)), {"axis": axis}) for axis in (0, 1, 2, -1, -2, -3)),
    *(Application("concatenate", ((2, 3), (2, 3)), {"axis": axis}) for axis in (0, 1, -1, -2)),
    Application("concatenate", ((2, 3), (2, 1), (2, 2)), {"axis": -1}),
    *(
        Application("matmul", shapes)
        for shapes in (
            ((3,), (3,)),
            ((2, 3), (3,)),
            ((3,), (3, 2)),
            ((2, 3), (3, 4)),
            ((5, 2, 3), (3, 4)),
            ((2, 3), (5, 3, 4)),
            ((5, 2, 3), (5, 3, 4)),
            ((1, 2, 3), (5, 3, 4)),
            ((4, 1, 2, 3), (5, 3, 2)),
            ((5, 2, 3), (3,)),
            ((3,), (5, 3, 2)),
            ((4, 5, 1, 3), (3,)),
        )
    ),
    *(
        Application(name, (shape,))
        for name in (
            "inv",
            "det",
            "logabsdet",
            "pinv",
            "cholesky",
            "eigenvalues",
            "eigenvectors",
            "singular_values",
            "left_singular",
            "right_singular",
        )
        for shape in ((3, 3), (2, 2, 2))
    ),
    *(Application(name, ((3, 2),)) for name in ("pinv", "singular_values", "left_singular", "right_singular")),
    *(Application("cumsum", ((2, 3, 2),), {"axis": axis}) for axis in (0, 1, -1)),
    *(Application("solve", shapes) for shapes in (((3, 3), (3, 2)), ((2, 2), (3, 2, 2)), ((3, 2, 2), (2, 1)))),
]
