"""The functions of arrays that NumPy's or PyTorch's arrays have as methods, too: `v.cumsum(0)` is `cumsum(v, 0)`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd_tiny.numpy_functions import RECORDED


def _method(name: str) -> Callable[..., Any]:
    """The function of this name, as a method."""

    def method(self: Any, *arguments: Any, **options: Any) -> Any:
        return RECORDED[name](self, *arguments, **options)

    method.__name__, method.__doc__ = name, f"As the function `{name}`, of this value."
    return method


class ArrayMethods:
    """Methods of a `Value` that call functions."""

    __slots__ = ()

    prod, cumsum, cumprod, cummax, cummin = map(_method, ("prod", "cumsum", "cumprod", "cummax", "cummin"))
    var, std, norm, ptp, median, quantile = map(_method, ("var", "std", "norm", "ptp", "median", "quantile"))
    argmax, argmin, argsort = map(_method, ("argmax", "argmin", "argsort"))
    diagonal, trace, tril, triu, diag = map(_method, ("diagonal", "trace", "tril", "triu", "diag"))
    diff, flip, roll, repeat, take = map(_method, ("diff", "flip", "roll", "repeat", "take"))
    squeeze, outer, inner, vdot = map(_method, ("squeeze", "outer", "inner", "vdot"))
    logsumexp, softmax, log_softmax = map(_method, ("logsumexp", "softmax", "log_softmax"))
    det, inverse, pinverse = map(_method, ("det", "inv", "pinv"))
