"""Training: update rules, clipping.

optimizer = Adam(cell.parameters(), lr=1e-3)
for x, y in batches:
    optimizer.zero_grad()
    loss(x, y).backward()
    clip_by_norm(optimizer, 5.0)
    optimizer.step()
"""

from autograd_tiny.optim.clipping import clip_by_norm, clip_by_value
from autograd_tiny.optim.optimizer import Optimizer
from autograd_tiny.optim.rules import SGD, Adagrad, Adam, RMSprop

__all__ = ["SGD", "Adagrad", "Adam", "Optimizer", "RMSprop", "clip_by_norm", "clip_by_value"]
