"""Schedules follow PyTorch's; early stopping keeps the best weights."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_tiny import Value
from autograd_tiny.optim import SGD, EarlyStopping
from autograd_tiny.optim.schedules import Schedule, cosine, exponential, stepwise, warmup

PEERS: dict[str, tuple[Schedule, dict[str, Any]]] = {
    "StepLR": (stepwise(0.5, step_size=7, gamma=0.3), {"step_size": 7, "gamma": 0.3}),
    "ExponentialLR": (exponential(0.5, gamma=0.9), {"gamma": 0.9}),
    "CosineAnnealingLR": (cosine(0.5, T_max=40, eta_min=0.1), {"T_max": 40, "eta_min": 0.1}),
}


@pytest.mark.parametrize("name", PEERS)
def test_rates_are_pytorchs(name: str) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is the oracle; pip install -e .[peers]")
    ours, settings = PEERS[name]
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.5)
    schedule = getattr(torch.optim.lr_scheduler, name)(optimizer, **settings)
    for k in range(40):
        # PyTorch multiplies the rate step by step, ours has a closed form: rounding of 40 products.
        assert ours(k) == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-12)
        optimizer.step()
        schedule.step()


@given(st.integers(0, 50), st.integers(0, 200))
def test_warming_up_rises_and_then_is_gone(steps: int, k: int) -> None:
    rate = warmup(lambda _: 2.0, steps)
    assert 0 < rate(k) <= rate(k + 1) <= 2.0
    assert rate(k) == 2.0 or k < steps


def test_a_schedule_drives_an_optimiser() -> None:
    p = Value([10.0])
    optimizer, rate = SGD([p], lr=1.0), stepwise(1.0, step_size=2, gamma=0.5)
    for _ in range(4):
        p.grad = np.ones(1)
        optimizer.lr = rate(optimizer.steps)
        optimizer.step()
    assert p.data[0] == 10.0 - 1.0 - 1.0 - 0.5 - 0.5


@given(st.lists(st.floats(0, 10), min_size=1, max_size=30), st.integers(1, 5))
def test_the_best_weights_come_back(losses: list[float], patience: int) -> None:
    p, s = Value([0.0]), Value(0.0)
    stopper = EarlyStopping([p, s], patience)
    for k, loss in enumerate(losses):
        p.data, s.data = np.array([float(k)]), float(k)
        if stopper(loss):
            break
    seen = losses[: k + 1]
    best = seen.index(min(seen))
    stopper.restore()
    assert (stopper.best, p.data[0], s.data) == (seen[best], best, best)
    assert k - best == patience or k == len(losses) - 1
    assert k - best <= patience


def test_patience_is_at_least_one() -> None:
    with pytest.raises(ValueError, match="patience = 0"):
        EarlyStopping([Value(1.0)], patience=0)
