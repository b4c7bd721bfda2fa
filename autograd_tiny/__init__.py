"""autograd-tiny: a reverse-mode autograd engine to be read.

    from autograd_tiny import Value
    w = Value(5.0, "w")
    z = w**2 * (w - 3)
    z.backward()
    w.grad                      # 45.0

Six files make the engine; read them in this order: `table`, `shapes`, `numbers`, `compiling`, `value`, `gradients`.
`docs/READING.md` walks through them.
"""

import builtins
from importlib import import_module
from os import environ
from typing import TYPE_CHECKING, Any

from autograd_tiny import fast

if environ.get("AUTOGRAD_TINY") != "plain":
    fast.install()

from autograd_tiny import errors
from autograd_tiny.arrays import linalg
from autograd_tiny.arrays.jacobian import hessian, jacobian
from autograd_tiny.arrays.linalg import norm
from autograd_tiny.arrays.products import cross, einsum, inner, kron, multi_dot, tensordot, vdot, vecdot
from autograd_tiny.arrays.rearranging import (
    append,
    array_split,
    column_stack,
    delete,
    diag,
    diagflat,
    diagonal,
    diff,
    dsplit,
    dstack,
    ediff1d,
    flip,
    fliplr,
    flipud,
    gradient,
    hsplit,
    moveaxis,
    pad,
    repeat,
    roll,
    rot90,
    take_along_axis,
    tile,
    tril,
    triu,
    vsplit,
)
from autograd_tiny.arrays.totals import (
    argmax,
    argmin,
    argsort,
    average,
    cummax,
    cummin,
    cumprod,
    cumsum,
    logcumsumexp,
    median,
    partition,
    percentile,
    prod,
    ptp,
    quantile,
    sort,
)
from autograd_tiny.check.check import assert_gradients, check_gradients
from autograd_tiny.check.report import GradientReport
from autograd_tiny.functions import OFFERED
from autograd_tiny.gradients import grad, hvp, jvp, value_and_grad
from autograd_tiny.graphs import copying as copying
from autograd_tiny.graphs.formula import formula
from autograd_tiny.graphs.scalars import to_scalars
from autograd_tiny.graphs.steps import BackwardStep, Contribution, ForwardStep, backward_steps, forward_steps
from autograd_tiny.operation import operation
from autograd_tiny.scopes import no_grad, scope
from autograd_tiny.value import Value

if TYPE_CHECKING:
    from autograd_tiny.functions import *  # noqa: F403

globals().update(OFFERED)

# A star import leaves Python's own abs, max, min, pow, round and sum alone.
__all__ = [
    "BackwardStep", "Contribution", "ForwardStep", "GradientReport", "Program", "ProgramError", "Value",  # noqa: F405
    "assert_gradients", "backward_steps", "check_gradients", "errors", "formula", "forward_steps", "grad", "hessian",
    "hvp", "jacobian", "jvp", "no_grad", "operation", "scope", "to_scalars", "trace", "value_and_grad",  # noqa: F405
]  # fmt: skip
__all__ += [
    "append", "argmax", "argmin", "argsort", "array_split", "average", "column_stack", "cross", "cummax", "cummin",
    "cumprod", "cumsum", "delete", "diag", "diagflat", "diagonal", "diff", "dsplit", "dstack", "ediff1d", "einsum",
    "flip", "fliplr", "flipud", "gradient", "hsplit", "inner", "kron", "linalg", "logcumsumexp", "median",
    "moveaxis", "multi_dot", "norm", "pad", "partition", "percentile", "prod", "ptp", "quantile", "repeat", "roll",
    "rot90", "sort", "take_along_axis", "tensordot", "tile", "tril", "triu", "vdot", "vecdot", "vsplit",
]  # fmt: skip
__all__ += sorted(name for name in OFFERED if not hasattr(builtins, name))


def __getattr__(name: str) -> Any:
    """Programs and the packages inside are brought when they are first asked for: most sessions never do."""
    if name in ("nn", "optim", "program", "testing"):
        return import_module(f"autograd_tiny.{name}")
    if name in ("Program", "ProgramError", "trace"):
        return getattr(import_module("autograd_tiny.program"), name)
    raise AttributeError(f"module 'autograd_tiny' has no attribute {name!r}")


def __dir__() -> list[str]:
    """What is public: also what a star import leaves to Python."""
    return [*__all__, *(name for name in OFFERED if hasattr(builtins, name))]
