"""A derivative as a property: right wherever hypothesis looks for a place where it is wrong."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextlib import suppress
from functools import update_wrapper
from typing import Any

from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from autograd_tiny.check.check import check_gradients
from autograd_tiny.check.report import GradientReport
from autograd_tiny.check.subject import takes

OPTIONS = ("vjp", "jvp", "jacobian", "hvp", "returns", "method", "rtol", "atol", "order", "full", "points", "spread")
QUIET = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much, HealthCheck.large_base_example)


def given_gradients(
    f: Callable[..., Any], df: Callable[..., Any] | None = None, /, **strategies: Any
) -> Callable[[Callable[..., Any]], Callable[[], None]]:
    """Decorate a test: f's derivative is checked wherever the strategies lead, in the direction of a random upstream.

    `df` is called as f is, or with the gradient that arrives as one argument more (a vjp); `vjp=`, `jvp=`, `returns=`
    and the other options are those of `check_gradients`; without any, f is a function of Values. Each strategy has the
    name of an input of f. An example where the derivative can't be told (a kink, an edge) is passed over; a wrong one
    is made small. The test itself runs after the check, with those of the inputs, and of `report`, that it names.

    >>> import numpy as np
    >>> from autograd_tiny.testing import arrays, scales
    >>> @given_gradients(np.tanh, lambda x: 1 - np.tanh(x) ** 2, x=arrays((3,), magnitudes=scales(0.1, 3)))
    ... def test_tanh():
    ...     pass
    >>> test_tanh()
    """
    options = {name: strategies.pop(name) for name in OPTIONS if name in strategies}
    if not strategies:
        raise TypeError("given_gradients: no inputs; give a strategy for each by its name, as x=arrays((3,))")
    if df is not None:
        options["vjp" if takes(df, len(strategies) + 1) and not takes(df, len(strategies)) else "grad"] = df
    seeds = st.integers(0, 2**16)

    def decorate(test: Callable[..., Any]) -> Callable[[], None]:
        wanted = inspect.signature(test).parameters

        def run(upstream: int, **inputs: Any) -> None:
            report = checked(f, inputs, upstream, options)
            known = {"report": report, "upstream": upstream, **inputs}
            test(**{name: known[name] for name in wanted if name in known})

        named = update_wrapper(run, test)
        del named.__wrapped__  # whose arguments are none of pytest's
        searched = settings(deadline=None, suppress_health_check=QUIET)(given(upstream=seeds, **strategies)(named))
        with suppress(AttributeError):  # hypothesis lets nobody set anything twice, but these are only defaults
            del searched._hypothesis_internal_settings_applied  # type: ignore[attr-defined]
        return searched

    return decorate


def checked(f: Callable[..., Any], inputs: dict[str, Any], seed: int, options: dict[str, Any]) -> GradientReport:
    """The report of one example; AssertionError if it is wrong, and no example if it is unsure."""
    report = check_gradients(f, *inputs.values(), seed=seed, **options)
    if report.verdict == "wrong":
        raise AssertionError(f"gradients differ from {report.method} differences\n{report}")
    if report.verdict == "unsure":
        reject()
    return report
