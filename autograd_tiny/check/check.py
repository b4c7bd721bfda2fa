"""Derivatives held against numbers that know no calculus, with an error bar, a verdict, and a reason in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograd_tiny.check.by_hand import check_by_hand
from autograd_tiny.check.differences import Function
from autograd_tiny.check.examination import Options
from autograd_tiny.check.of_values import check_values
from autograd_tiny.check.report import GradientReport
from autograd_tiny.errors.arguments import annotated


@annotated
def check_gradients(
    f: Function,
    *inputs: Any,
    method: str = "central",
    rtol: float = 1e-8,
    atol: float = 0.0,
    order: int = 1,
    full: bool | None = None,
    seed: int = 0,
    grad: Callable[..., Any] | None = None,
    vjp: Callable[..., Any] | None = None,
    jvp: Callable[..., Any] | None = None,
    jacobian: Callable[..., Any] | None = None,
    hvp: Callable[..., Any] | None = None,
    returns: str | None = None,
    points: int = 1,
    spread: Sequence[float] = (1, 30),
) -> GradientReport:
    """Hold f's gradients at `inputs` against numerical ones, number by number: right, wrong or unsure, and why.

    Without a derivative, f takes Values and returns one, and our own backward pass is held against it. With one, f is
    a function of plain numbers and arrays, and what is checked is yours: `grad=df` (called as f is), `vjp(*inputs, g)`,
    `jvp(*inputs, *tangents)`, `jacobian` (shapes (*output, *input)), `hvp(*inputs, *vectors)`; or f gives both, and
    `returns="value, grads"` says in which order. Inputs may be dicts, tuples and lists of arrays; gradients have the
    same structure. Whole-number arrays beside real ones are data.

    *Wrong* is what lies beyond five error bars of the numerical derivative, and `rtol`, `atol`. Of an array output a
    random combination is checked, with full=True every number of it; of inputs with more than 500 numbers random
    directions, unless `full` is given. `points` more than 1 looks at random points near and, by the factors `spread`,
    farther away, too. `order=2` checks the gradient of the gradient of Values. `method` is "central", or "complex"
    for Values; that raises ValueError for operations that are not analytic.

    An input without a path to the output has gradient 0; the report says so. GraphError if that is true of all.

    >>> check_gradients(lambda x, y: x * y.tanh(), 3.0, 0.5).ok
    True
    >>> import numpy as np
    >>> print(check_gradients(lambda x: np.sin(x), 0.5, grad=lambda x: -np.cos(x)).why)
    the gradient of x has the wrong sign.
    """
    ways = {"grad": grad, "vjp": vjp, "jvp": jvp, "jacobian": jacobian, "hvp": hvp, "returns": returns}
    given = {way: derivative for way, derivative in ways.items() if derivative is not None}
    _require_known(method, order, given, points, spread)
    options = Options(method, rtol, atol, order, full, seed, points, spread)
    return check_by_hand(f, inputs, given, options) if given else check_values(f, inputs, options)


@annotated
def assert_gradients(f: Function, *inputs: Any, **options: Any) -> None:
    """As `check_gradients`; AssertionError with the report's table if a derivative is wrong, or can't be told.

    A subgradient at a kink, as that of relu at 0, is no error.

    >>> assert_gradients(lambda x: x**2, 3.0)
    """
    asserted(f, *inputs, **options)


def asserted(f: Function, *inputs: Any, **options: Any) -> GradientReport:
    """The report of a check that `assert_gradients` accepts."""
    report = check_gradients(f, *inputs, **options)
    if report.ok or report.subgradients:
        return report
    found = "can't be told by" if report.verdict == "unsure" else "differ from"
    raise AssertionError(f"gradients {found} {report.method} differences\n{report}")


def _require_known(method: str, order: int, given: dict[str, Any], points: int, spread: Sequence[float]) -> None:
    if method not in ("central", "complex"):
        raise ValueError(f"check_gradients: method {method!r}; it is 'central' or 'complex'")
    if order not in (1, 2):
        raise ValueError(f"check_gradients: order {order!r}; it is 1 or 2")
    if given and (method != "central" or order != 1):
        raise ValueError(
            f"check_gradients: {', '.join(given)} given; method='complex' and order=2 are for functions of Values"
        )
    if "returns" in given and len(given) > 1:
        raise ValueError(f"check_gradients: {' and '.join(given)}; give one of them")
    if not isinstance(points, int) or isinstance(points, bool) or points < 1:
        raise ValueError(f"check_gradients: points={points!r}; it is a whole number from 1")
    if len(spread) != 2 or not 0 < spread[0] <= spread[1] < float("inf"):
        raise ValueError(f"check_gradients: spread={spread!r}; it is a pair of factors, the smaller first, as (1, 30)")
