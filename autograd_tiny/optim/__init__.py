"""Training: update rules, clipping, learning rates that change, early stopping, Hessian-free.

optimizer = Adam(cell.parameters(), lr=1e-3)
for x, y in batches:
    optimizer.zero_grad()
    loss(x, y).backward()
    clip_by_norm(optimizer, 5.0)
    optimizer.step()
"""

from autograd_tiny.optim.clipping import clip_by_norm, clip_by_value
from autograd_tiny.optim.hessian_free import Evaluation, HessianFree
from autograd_tiny.optim.optimizer import Optimizer
from autograd_tiny.optim.rules import SGD, Adagrad, Adam, RMSprop
from autograd_tiny.optim.schedules import EarlyStopping, cosine, exponential, stepwise, warmup

__all__ = [
    "SGD", "Adagrad", "Adam", "EarlyStopping", "Evaluation", "HessianFree", "Optimizer", "RMSprop", "clip_by_norm",
    "clip_by_value", "cosine", "exponential", "stepwise", "warmup",
]  # fmt: skip


def __dir__() -> list[str]:
    """What is public."""
    return __all__
