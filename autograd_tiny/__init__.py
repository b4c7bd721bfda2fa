"""autograd-tiny: a reverse-mode autograd engine to be read.

    from autograd_tiny import Value
    w = Value(5.0, "w")
    z = w**2 * (w - 3)
    z.backward()
    w.grad                      # 45.0

Six files make the engine; read them in this order: `table`, `shapes`, `numbers`, `compiling`, `value`, `gradients`.
`docs/READING.md` walks through them.
"""

from importlib import import_module
from os import environ
from typing import Any

from autograd_tiny import fast

if environ.get("AUTOGRAD_TINY") != "plain":
    fast.install()

from autograd_tiny import errors
from autograd_tiny.check.check import GradientReport, assert_gradients, check_gradients
from autograd_tiny.functions import (
    abs as abs,
)
from autograd_tiny.functions import (
    acos,
    add,
    asin,
    atan,
    broadcast_to,
    clip,
    concatenate,
    cos,
    cosh,
    div,
    dot,
    exp,
    expand_dims,
    hard_tanh,
    hstack,
    leaky_relu,
    log,
    log_softmax,
    logsumexp,
    matmul,
    maximum,
    mean,
    minimum,
    mul,
    neg,
    norm,
    outer,
    ravel,
    relu,
    reshape,
    scatter,
    sigmoid,
    sin,
    sinh,
    softmax,
    softplus,
    split,
    sqrt,
    squeeze,
    stack,
    std,
    sub,
    swapaxes,
    take,
    tan,
    tanh,
    transpose,
    var,
    vstack,
    where,
)
from autograd_tiny.functions import (
    max as max,
)
from autograd_tiny.functions import (
    min as min,
)
from autograd_tiny.functions import (
    pow as pow,
)
from autograd_tiny.functions import (
    sum as sum,
)
from autograd_tiny.gradients import grad, hvp, jvp, value_and_grad
from autograd_tiny.graphs import copying as copying
from autograd_tiny.graphs.formula import formula
from autograd_tiny.graphs.scalars import to_scalars
from autograd_tiny.graphs.steps import BackwardStep, Contribution, ForwardStep, backward_steps, forward_steps
from autograd_tiny.matrices import hessian, jacobian
from autograd_tiny.operation import operation
from autograd_tiny.scopes import no_grad, scope
from autograd_tiny.value import Value

# A star import leaves Python's own abs, max, min, pow and sum alone.
__all__ = [
    "BackwardStep",
    "Contribution",
    "ForwardStep",
    "GradientReport",
    "Program",
    "ProgramError",
    "Value",
    "acos",
    "add",
    "asin",
    "assert_gradients",
    "atan",
    "backward_steps",
    "broadcast_to",
    "check_gradients",
    "clip",
    "concatenate",
    "cos",
    "cosh",
    "div",
    "dot",
    "errors",
    "exp",
    "expand_dims",
    "formula",
    "forward_steps",
    "grad",
    "hard_tanh",
    "hessian",
    "hstack",
    "hvp",
    "jacobian",
    "jvp",
    "leaky_relu",
    "log",
    "log_softmax",
    "logsumexp",
    "matmul",
    "maximum",
    "mean",
    "minimum",
    "mul",
    "neg",
    "no_grad",
    "norm",
    "operation",
    "outer",
    "ravel",
    "relu",
    "reshape",
    "scatter",
    "scope",
    "sigmoid",
    "sin",
    "sinh",
    "softmax",
    "softplus",
    "split",
    "sqrt",
    "squeeze",
    "stack",
    "std",
    "sub",
    "swapaxes",
    "take",
    "tan",
    "tanh",
    "to_scalars",
    "trace",
    "transpose",
    "value_and_grad",
    "var",
    "vstack",
    "where",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Programs and the packages inside are brought when they are first asked for: most sessions never do."""
    if name in ("nn", "optim", "program", "testing"):
        return import_module(f"autograd_tiny.{name}")
    if name in ("Program", "ProgramError", "trace"):
        return getattr(import_module("autograd_tiny.program"), name)
    raise AttributeError(f"module 'autograd_tiny' has no attribute {name!r}")


def __dir__() -> list[str]:
    """What is public: also what a star import leaves to Python."""
    return [*__all__, "abs", "max", "min", "pow", "sum"]
