"""More lines for the table: running sums, and what takes whole matrices. Their words are in `words.matrices`.

They are read as all others are (`table`): x, y inputs, z result, g the gradient that arrives. A matrix is what the last
two axes hold, so a stack of matrices is one input. Sources of the pullbacks: M. B. Giles, Collected matrix derivative
results (2008); G. H. Golub, V. Pereyra (1973) for pinv.
"""

from __future__ import annotations

from autograd_tiny import gradients, numbers
from autograd_tiny.arrays.rearranging import flip
from autograd_tiny.table import TABLE, Op
from autograd_tiny.value import recorder
from autograd_tiny.words.matrices import PHRASES


def _line(
    name: str, symbol: str, forward: str, *pullbacks: str, analytic: bool = True, given: tuple[str, ...] = ()
) -> Op:
    return Op(name, symbol, forward, pullbacks, "", len(pullbacks), given, elementwise=False, analytic=analytic)


# fmt: off
_U, _S, _V = "left_singular(x)", "singular_values(x)", "right_singular(x)"
LINES = (
    _line("cumsum", "cumsum", "cumsum(x, axis)", "flip(cumsum(flip(g, axis), axis), axis)", given=("axis",)),
    _line("inv", "inv", "inv(x)", "-swap(z) @ g @ swap(z)"),
    _line("solve", "solve", "solve(x, y)", "-solve(swap(x), g) @ swap(z)", "solve(swap(x), g)"),
    _line("det", "det", "det(x)", "reshape(g * z, kept(shape_of(x), (-2, -1))) * swap(inv(x))"),
    _line(
        "logabsdet", "log det", "logabsdet(x)", "reshape(g, kept(shape_of(x), (-2, -1))) * swap(inv(x))",
        analytic=False,
    ),
    _line(
        "pinv", "pinv", "pinv(x)",
        "-swap(z) @ g @ swap(z) + (swap(g) - x @ z @ swap(g)) @ z @ swap(z)"
        " + swap(z) @ z @ (swap(g) - swap(g) @ z @ x)",
        analytic=False,
    ),
    # of symmetric matrices: x counts as (x + xᵀ) / 2
    _line(
        "cholesky", "chol", "cholesky(symmetric(x))",
        "symmetric(swap(inv(z)) @ (lower_half(z) * (swap(z) @ g)) @ inv(z))", analytic=False,
    ),
    _line(
        "eigenvalues", "eig λ", "eigenvalues(symmetric(x))",
        "symmetric(eigenvectors(symmetric(x)) * row(g) @ swap(eigenvectors(symmetric(x))))", analytic=False,
    ),
    _line(
        "eigenvectors", "eig v", "eigenvectors(symmetric(x))",
        "symmetric(z @ (off_diagonal(swap(z) @ g) / gaps(eigenvalues(symmetric(x)))) @ swap(z))", analytic=False,
    ),
    # x = left · diag(σ) · right
    _line("singular_values", "svd σ", _S, f"{_U} * row(g) @ {_V}", analytic=False),
    _line(
        "left_singular", "svd u", _U,
        f"z @ (off_diagonal(skew(swap(z) @ g)) / gaps({_S} ** 2) * row({_S})) @ {_V}"
        f" + outside(g, z) / row({_S}) @ {_V}",
        analytic=False,
    ),
    _line(
        "right_singular", "svd v", _V,
        f"{_U} @ (off_diagonal(skew(z @ swap(g))) / gaps({_S} ** 2) * column({_S})) @ z"
        f" + {_U} @ (swap(outside(swap(g), swap(z))) / column({_S}))",
        analytic=False,
    ),
)
# fmt: on

MATRICES = LINES[1:]
TABLE.update({line.name: line for line in LINES})
gradients.VALUES.update(
    {line.name: recorder(line.name) for line in LINES}
    | {"cumsum": lambda x, axis: recorder("cumsum")(x, axis=axis), "flip": flip}
    | {phrase: numbers.ARRAYS[phrase] for phrase in PHRASES}
)
