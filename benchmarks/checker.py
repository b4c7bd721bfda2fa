"""How well derivative checkers tell right from wrong, at their default settings: `python -m benchmarks.checker`.

The same NumPy functions and hand-written vjps for every tool: our catalogue, and random compositions of `--seed`. Each
tool says right, wrong, or (ours) unsure; an exception counts as wrong, as failed tests do. `--peers none` skips them.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from benchmarks.checker_cases import Case, catalogue, compositions, mistaken

Check = Callable[[Callable[[Any], Any], Callable[[Any, Any], Any], Any], str]


def ours() -> Check:
    """`check_gradients`."""
    from autograd_tiny import check_gradients

    return lambda f, vjp, x: check_gradients(f, x, vjp=vjp).verdict


def torch() -> Check:
    """PyTorch's gradcheck."""
    import torch

    def check(f: Any, vjp: Any, x: Any) -> str:
        class Own(torch.autograd.Function):
            @staticmethod
            def forward(ctx: Any, x: Any) -> Any:
                ctx.save_for_backward(x)
                return torch.as_tensor(np.asarray(f(x.detach().numpy())))

            @staticmethod
            def backward(ctx: Any, g: Any) -> Any:
                (x,) = ctx.saved_tensors
                return torch.as_tensor(np.asarray(vjp(x.detach().numpy(), g.numpy()), float))

        return _passes(lambda: torch.autograd.gradcheck(Own.apply, (torch.tensor(x, requires_grad=True),)))

    return check


def jax() -> Check:
    """JAX's check_grads, in float64."""
    import jax
    from jax.test_util import check_grads

    jax.config.update("jax_enable_x64", True)

    def check(f: Any, vjp: Any, x: Any) -> str:
        shape = np.shape(f(x))

        def called(g: Any, like: tuple[int, ...], *arguments: Any) -> Any:
            answer = lambda *numbers: np.asarray(g(*map(np.asarray, numbers)), float)  # noqa: E731
            return jax.pure_callback(answer, jax.ShapeDtypeStruct(like, np.float64), *arguments)

        own = jax.custom_vjp(lambda x: called(f, shape, x))
        own.defvjp(lambda x: (own(x), x), lambda x, g: (called(vjp, np.shape(x), x, g),))
        return _passes(lambda: check_grads(own, (x,), order=1, modes=["rev"]) or True)

    return check


def hips() -> Check:
    """HIPS autograd's check_grads."""
    from autograd.extend import defvjp, primitive
    from autograd.test_util import check_grads

    def check(f: Any, vjp: Any, x: Any) -> str:
        own = primitive(lambda x: np.asarray(f(x))[()])
        defvjp(own, lambda z, x: lambda g: np.asarray(vjp(x, g), float)[()])
        return _passes(lambda: check_grads(own, modes=["rev"], order=1)(x) or True)

    return check


def numdifftools() -> Check:
    """numdifftools' Jacobian and np.allclose."""
    import numdifftools

    def check(f: Any, vjp: Any, x: Any) -> str:
        shape, u = np.shape(f(x)), np.random.default_rng(0).normal(size=np.shape(f(x)))
        flat = lambda v: np.sum((u if shape else 1.0) * f(v.reshape(np.shape(x))))  # noqa: E731
        if np.size(x) > 100:
            return "too many"
        numerical = numdifftools.Gradient(flat)(np.ravel(x))
        return "right" if np.allclose(numerical, np.ravel(vjp(x, u if shape else 1.0))) else "wrong"

    return check


def _passes(check: Callable[[], Any]) -> str:
    """Peers raise where they find something."""
    try:
        return "right" if check() else "wrong"
    except Exception:
        return "wrong"


TOOLS: dict[str, Callable[[], Check]] = {
    "autograd-tiny": ours, "PyTorch gradcheck": torch, "JAX check_grads": jax, "HIPS check_grads": hips,
    "numdifftools": numdifftools,
}  # fmt: skip


def installed(names: Sequence[str]) -> dict[str, Check]:
    """The tools that are here, ready to be asked."""
    tools = {}
    for name in names:
        try:
            tools[name] = TOOLS[name]()
        except ImportError:
            sys.stderr.write(f"{name} is not installed\n")
    return tools


def cases(count: int, seed: int) -> list[tuple[str, Case]]:
    """Right and mistaken ones, each with the name of its group."""
    rng, found = np.random.default_rng(seed), []
    for group, source in (("catalogue", list(catalogue())), ("compositions", list(compositions(count, seed)))):
        for case in source:
            found.append((group, case))
            found += [(group, wrong) for wrong in mistaken(case, rng)]
    return found


def judged(
    check: Check, some: Sequence[tuple[str, Case]]
) -> tuple[dict[tuple[str, str, bool], Counter[str]], int, float]:
    """How often each verdict was given, by group, kind and hardness; evaluations of f, and seconds."""
    counts: dict[tuple[str, str, bool], Counter[str]] = defaultdict(Counter)
    calls, start = 0, time.perf_counter()
    for group, case in some:

        def counted(x: Any, f: Any = case.f) -> Any:
            nonlocal calls
            calls += 1
            return f(x)

        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            verdict = check(counted, case.vjp, case.x)
        counts[group, case.kind, case.hard][verdict] += 1
    return counts, calls, time.perf_counter() - start


def table(tools: dict[str, Check], some: Sequence[tuple[str, Case]]) -> str:
    """What each tool called wrong of what is right, left unsure, and missed of what is wrong."""
    heads = [
        "",
        "false alarms",
        "hard",
        "unsure",
        "hard",
        "missed gross",
        "hard",
        "1 %",
        "0.1 %",
        "f called",
        "seconds",
    ]
    lines = []
    for group in ("catalogue", "compositions"):
        rows = [heads]
        chosen = [(g, case) for g, case in some if g == group]
        for name, check in tools.items():
            counts, calls, seconds = judged(check, chosen)
            rows.append([name, *_numbers(group, counts), f"{calls / max(len(chosen), 1):.0f}", f"{seconds:.1f}"])
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        text = [
            "  ".join(
                cell.rjust(w) if k else cell.ljust(w) for k, (cell, w) in enumerate(zip(row, widths, strict=True))
            )
            for row in rows
        ]
        lines += [f"{group}, {len(chosen)} cases", *text, ""]
    return "\n".join(lines)


def _numbers(group: str, counts: dict[tuple[str, str, bool], Counter[str]]) -> list[str]:
    def of(kind: str, verdict: str, *hard: bool) -> str:
        both = [counts[group, kind, h] for h in hard]
        return f"{sum(c[verdict] for c in both)}/{sum(c.total() for c in both)}"

    cells = [of("right", verdict, h) for verdict in ("wrong", "unsure") for h in (False, True)]
    cells += [of("gross", "right", h) for h in (False, True)]
    return cells + [_not_found(counts, group, kind) for kind in ("1 %", "0.1 %")]


def _not_found(counts: dict[tuple[str, str, bool], Counter[str]], group: str, kind: str) -> str:
    both = counts[group, kind, False] + counts[group, kind, True]
    return f"{both.total() - both['wrong']}/{both.total()}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.checker", description=__doc__)
    parser.add_argument("--compositions", type=int, default=100, help="how many random functions")
    parser.add_argument("--seed", type=int, default=0, help="of the random functions")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only each Nth case: peers take their time")
    parser.add_argument("--peers", choices=("all", "none"), default="all")
    given = parser.parse_args(arguments)
    tools = installed(list(TOOLS) if given.peers == "all" else ["autograd-tiny"])
    sys.stdout.write(table(tools, cases(given.compositions, given.seed)[:: given.every]))


if __name__ == "__main__":
    main()
