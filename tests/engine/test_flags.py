"""Errors and numbers do not depend on what a process has told NumPy and Python to do about overflow."""

import hashlib
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
import pytest

import autograd_tiny as at
from autograd_tiny import Value, check_gradients, grad, nn, trace
from autograd_tiny.arrays.lines import MATRICES
from autograd_tiny.errors import AutogradError
from autograd_tiny.functions import apply
from autograd_tiny.table import TABLE
from tests.project.checkout import ROOT

# What flags are about: too large, too small, infinite, no number, at an edge, and numbers that are none of these.
NUMBERS = (0.0, 0.5, -2.0, 1e-310, 5e-324, 740.0, -740.0, 1e308, -1.7e308, np.inf, -np.inf, np.nan)
REDUCED, ALONG = {"axis": None, "keepdims": False}, {"axis": 0}
PARAMETERS: dict[str, dict[str, Any]] = {
    "leaky_relu": {"negative_slope": 0.1}, "clip": {"low": -1.0, "high": 1.0},
    "where": {"condition": np.array([True, False])},
    "sum": REDUCED, "mean": REDUCED, "max": REDUCED, "logsumexp": REDUCED, "reshape": {"shape": (2, 1)},
    "transpose": {"axes": (0,)}, "broadcast": {"shape": (2, 2)}, "take": {"index": 0},
    "scatter": {"index": np.array([0, 0]), "shape": (3,)}, "stack": ALONG, "concatenate": ALONG, "cumsum": ALONG,
}  # fmt: skip


def ways() -> Iterator[Callable[[], Any]]:
    """Every operation of the table at every pair of numbers, forward and backward, over arrays and over floats."""
    for name, op in TABLE.items():
        if op in MATRICES:
            continue  # these rows are no matrices
        arity = 2 if op.arity is None else op.arity
        for x in NUMBERS:
            for y in NUMBERS:
                yield partial(computed, name, [[x, y], [y, x]][:arity])
                if op.elementwise and name != "where" and (arity == 2 or y == 0.5):
                    yield partial(computed, name, [x, y][:arity])
                if arity == 2 and op.elementwise:
                    yield partial(computed, name, [[x, x], y])


def computed(name: str, numbers: list[Any]) -> Any:
    """The number, and both kinds of gradient."""
    leaves = [Value(x) for x in numbers]
    z = apply(name, *leaves, **PARAMETERS.get(name, {}))
    slopes = [outcome(partial(slope, z, x, again)) for x in leaves for again in (False, True)]
    z.backward(np.ones(z.shape))
    return z.data, slopes, [x.grad for x in leaves]


def slope(z: Value, x: Value, again: bool) -> Any:
    return grad(z, x, seed=np.ones(z.shape), create_graph=again)[0].data


def outcome(compute: Callable[[], Any]) -> str:
    """What is computed, or the error, to the last digit and word."""
    try:
        return repr(plain(compute()))
    except AutogradError as error:
        return f"{type(error).__name__}: {error}"


def plain(found: Any) -> Any:
    if isinstance(found, list | tuple):
        return [plain(part) for part in found]
    return found.tolist() if isinstance(found, np.ndarray) else found


@contextmanager
def filtered(action: Any) -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter(action)
        yield


STATES: dict[str, Callable[[], Any]] = {
    "filters ignore": partial(filtered, "ignore"), "filters raise": partial(filtered, "error"),
    "NumPy: ignore": partial(np.errstate, all="ignore"), "NumPy: raise": partial(np.errstate, all="raise"),
    "NumPy: call": partial(np.errstate, all="call", call=lambda kind, flag: None),
}  # fmt: skip


@pytest.fixture(scope="module")
def usual() -> list[str]:
    return [outcome(way) for way in ways()]


@pytest.mark.slow
@pytest.mark.parametrize("state", STATES)
def test_every_operation_gives_the_same_in_every_state(usual: list[str], state: str) -> None:
    with STATES[state]():
        found = [outcome(way) for way in ways()]
    assert [(way, a, b) for way, a, b in zip(ways(), usual, found, strict=True) if a != b][:3] == []


@pytest.mark.slow
def test_there_is_something_to_tell(usual: list[str]) -> None:
    assert len(usual) > 5000 and sum("too large" in said for said in usual) > 300


# Larger things

HUGE = np.full((200, 200), 1e200)
LAST = np.where(np.arange(400)[:, None] == 399, 1e200, np.ones((400, 400)))  # huge in its last row alone
RECORDED: dict[str, Callable[[], Any]] = {
    "a large product, which threads compute": lambda: Value(HUGE) @ HUGE,
    "its last row": lambda: Value(LAST) @ LAST.T,
    "a large product with a vector": lambda: Value(LAST) @ LAST[-1],
    "a gradient that explodes": lambda: backward((Value(HUGE) @ Value(np.full(200, 1e-150)) * 1e200).sum() * 1e100),
    "float32": lambda: Value(np.full(3, 3e38, np.float32)) + np.full(3, 3e38, np.float32),
    "softmax": lambda: at.softmax(Value([1e308, -1e308])),
    "cross entropy": lambda: nn.cross_entropy(Value([[np.inf, np.inf]]), [0]),
    "variance": lambda: at.var(Value([1e200, -1e200])),
    "norm": lambda: at.norm(Value([1e200, 1e200])),
    "attention": lambda: nn.scaled_dot_product_attention(Value(HUGE[:2]), Value(HUGE[:2]), Value(HUGE[:2])),
    "a program of arrays": lambda: trace(lambda x: (x * x).sum(), np.ones(2)).value_and_grad(np.full(2, 1e200)),
    "a program of floats": lambda: trace(lambda x: x * x, 1.0).value_and_grad(1e200),
    "a program that divides": lambda: trace(lambda x: (1 / x).sum(), np.ones(2)).value_and_grad(np.zeros(2)),
    "a program whose example is too large": lambda: trace(lambda x: (x * x).sum(), np.full(2, 1e200)),
    "checked": lambda: checked(lambda x: (x * x).sum(), 1e153),
    "checked beyond": lambda: checked(lambda x: (x * x).sum(), 1e154),
    "checked at an edge": lambda: checked(lambda x: at.log(x).sum(), 1e-300),
    "checked by complex steps": lambda: checked(lambda x: at.exp(x).sum(), 709.7, method="complex"),
    "checked twice": lambda: checked(lambda x: (x**3).sum(), 1e100, order=2),
    "steps": lambda: [step.upstream for step in at.backward_steps((Value([1e200, 1.0]) * 1e100 * 1e200).sum())],
    "jvp": lambda: at.jvp(lambda x: x * x, [np.array([1e200])], [np.array([1.0])]),
    "hvp": lambda: at.hvp(lambda x: (x**4).sum(), [np.array([1e100])], [np.array([1.0])]),
}  # fmt: skip


def checked(f: Callable[..., Value], x: float, **options: Any) -> str:
    return str(check_gradients(f, np.full(2, x), **options))


def backward(z: Value) -> list[Any]:
    z.backward()
    return [v.grad for v in at.backward.ancestors(z)]


@pytest.mark.parametrize("what", RECORDED)
def test_what_is_built_of_operations_gives_the_same_in_every_state(what: str) -> None:
    usual = outcome(RECORDED[what])
    for state, enter in STATES.items():
        with enter():
            assert (state, outcome(RECORDED[what])) == (state, usual)


def test_large_products_do_not_overflow_in_silence() -> None:
    for what in list(RECORDED)[:3]:
        assert outcome(RECORDED[what]).startswith("DomainError: matmul"), what


# Whole processes

PROGRAM = "from tests.engine.test_flags import *; print(digest([outcome(way) for way in ways()]))"
UNTOUCHED = """
import warnings
import numpy as np
before = list(warnings.filters), np.geterr()
import autograd_tiny as at
at.Value([1.0]).exp()
assert before == (list(warnings.filters), np.geterr())
np.full(1, 1e308) * 10
"""


def digest(found: list[str]) -> str:
    return hashlib.sha256("\n".join(found).encode()).hexdigest()


def run(*arguments: str) -> Any:
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True)


@pytest.mark.slow
@pytest.mark.parametrize("action", ["error", "ignore"])
def test_python_s_own_option_changes_nothing(usual: list[str], action: str) -> None:
    done = run("-W", action, "-c", PROGRAM)
    assert done.stdout.strip() == digest(usual), done.stderr[-500:]


def test_the_process_s_filters_and_state_stay_as_they_are() -> None:
    done = run("-c", UNTOUCHED)
    assert done.returncode == 0 and "RuntimeWarning: overflow" in done.stderr
