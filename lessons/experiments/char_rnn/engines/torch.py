"""The program's PyTorch source, under DistributedDataParallel where there are several processes.

S streams of this process, T steps, H hidden units        x, y (S, T); each part of the state (S, H)
"""

from __future__ import annotations

import atexit
import gc
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import distributed
from torch.nn.parallel import DistributedDataParallel

from autograd_tiny import Program
from autograd_tiny.optim import Optimizer
from lessons.experiments.char_rnn.engines.engine import Engine, State, apart, hand_over, processes, together


class WithGradients(torch.autograd.Function):
    """A loss to which its gradients were computed already: PyTorch's `backward` hands them on."""

    @staticmethod
    def forward(ctx: Any, program: Any, data: Any, *weights: Any) -> Any:
        """The mean loss over the first axis of the data, and the states."""
        each = torch.func.vmap(program, in_dims=(0,) * len(data) + (None,) * len(weights))
        values, gradients = each(*data, *weights)
        losses, *states = values if isinstance(values, tuple) else (values,)
        ctx.save_for_backward(*[g.mean(0) for g in gradients[-len(weights) :]])
        return losses.mean(), *states

    @staticmethod
    def backward(ctx: Any, g: Any, *_: Any) -> Any:
        """The gradients by the weights."""
        return None, None, *[g * gradient for gradient in ctx.saved_tensors]


class Network(torch.nn.Module):
    """A program and its weights, as a module: DistributedDataParallel and FSDP know what to do with one."""

    def __init__(self, program: Program) -> None:
        super().__init__()
        defined: dict[str, Any] = {}
        exec(program.source("torch"), defined)
        self.program = defined["program"]
        self.weights = torch.nn.ParameterList([torch.tensor(leaf.data) for leaf in program.captured])

    def forward(self, *data: Any) -> Any:
        """The mean loss, and the states."""
        return WithGradients.apply(self.program, data, *self.weights)


class Torch(Engine):
    """PyTorch, in as many processes as torchrun has started."""

    name = "torch"

    def __init__(self) -> None:
        if processes() > 1 and not distributed.is_initialized():
            distributed.init_process_group("gloo")
            atexit.register(self.leave)
        self.workers = processes()
        self.rank = distributed.get_rank() if self.workers > 1 else 0

    def prepare(self, program: Program, optimizer: Optimizer) -> None:
        """Take the program of one stream's loss."""
        network = Network(program)
        self.network: Any = DistributedDataParallel(network) if self.workers > 1 else network
        self.leaves, self.weights = program.captured, list(network.weights)

    def __call__(
        self, x: Sequence[np.ndarray], y: Sequence[np.ndarray], states: Sequence[State]
    ) -> tuple[float, list[State]]:
        """The mean loss and each stream's state after its stretch; the parameters have their gradients then."""
        for leaf, weight in zip(self.leaves, self.weights, strict=True):
            weight.data.copy_(torch.from_numpy(leaf.data))
            weight.grad = None
        share = len(x) // self.workers
        own = slice(self.rank * share, (self.rank + 1) * share)
        data = (np.stack(x[own]), np.stack(y[own]), *together(states[own]))
        loss, *parts = self.network(*map(torch.from_numpy, data))
        loss.backward()
        finite = hand_over(self.leaves, [weight.grad.numpy() for weight in self.weights])
        losses, *parts = [self._of_all(part.detach()).numpy() for part in (loss.reshape(1), *parts)]
        return float(losses.mean()) if finite else math.nan, apart(parts)

    def _of_all(self, own: Any) -> Any:
        """What each process has, one after the other."""
        if self.workers == 1:
            return own
        parts = [torch.empty_like(own) for _ in range(self.workers)]
        distributed.all_gather(parts, own.contiguous())
        return torch.cat(parts)

    def leave(self) -> None:
        """Take leave of the other processes, and let the group's threads end: one that outlives Python aborts it."""
        vars(self).pop("network", None)
        gc.collect()  # its references go round in circles
        if distributed.is_initialized():
            distributed.destroy_process_group()

    def any(self, asked: bool) -> bool:
        """Whether any process was asked: all must stop at the same iteration."""
        return bool(self._of_all(torch.tensor([asked])).any())
