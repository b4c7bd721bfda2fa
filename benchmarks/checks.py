"""A gradient check of 100 parameters: sum(tanh(x @ W)) with W 10 × 10, checked in full or along one direction."""

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np

Check = Callable[[], Any]

_RNG = np.random.default_rng(3)
X = _RNG.uniform(-1, 1, (4, 10))
W = _RNG.uniform(-1, 1, (10, 10))


def _ours(**options: Any) -> Check:
    import autograd_tiny as at

    def loss(w: Any) -> Any:
        return at.sum(at.tanh(X @ w))

    return lambda: at.assert_gradients(loss, W, **options)


def _torch(fast: bool) -> Check:
    import torch

    torch.set_num_threads(1)
    x, w = torch.tensor(X), torch.tensor(W, requires_grad=True)
    return lambda: torch.autograd.gradcheck(lambda w: torch.tanh(x @ w).sum(), (w,), fast_mode=fast)


def _hips() -> Check:
    import autograd.numpy as anp
    from autograd.test_util import check_grads

    return lambda: check_grads(lambda w: anp.sum(anp.tanh(anp.dot(X, w))), modes=["rev"], order=1)(W)


CHECKS: dict[str, Callable[[], Check]] = {
    "autograd-tiny, central, every parameter": lambda: _ours(method="central"),
    "autograd-tiny, complex step, every parameter": lambda: _ours(method="complex"),
    "PyTorch gradcheck, every parameter": lambda: _torch(fast=False),
    "PyTorch gradcheck, fast_mode": lambda: _torch(fast=True),
    "HIPS check_grads, one direction": _hips,
}


def measure(order: dict[str, Any]) -> dict[str, Any]:
    """The median of thirty checks after three warm-up ones."""
    check = CHECKS[order["check"]]()
    times = []
    for _ in range(33):
        start = time.perf_counter()
        check()
        times.append(time.perf_counter() - start)
    return {"seconds": median(times[3:])}
