"""The program's JAX source, compiled, under shard_map over all devices of all processes.

S streams of a device, T steps, H hidden units        x, y (S, T); each part of the state (S, H)
"""

from __future__ import annotations

import math
import os
import socket
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np
from jax.experimental import multihost_utils
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from autograd_tiny import Program
from autograd_tiny.optim import Optimizer
from lessons.experiments.char_rnn.engines.engine import Engine, State, apart, hand_over, processes, together

ALL, PARTS = PartitionSpec(), PartitionSpec("streams")  # the same on every device; shared out among them


def sharded(program: Program, mesh: Mesh) -> Any:
    """The program's JAX source as f(data, weights): the mean loss, the states and the gradients, of all streams."""
    defined: dict[str, Any] = {}
    exec(program.source("jax"), defined)
    count = len(program.captured)

    def part(data: Any, weights: Any) -> Any:
        each = jax.vmap(defined["program"], in_axes=(0,) * len(data) + (None,) * count)
        (losses, *states), gradients = each(*data, *weights)
        return jax.lax.pmean((losses.mean(), [g.mean(0) for g in gradients[-count:]]), "streams"), states

    whole = jax.shard_map(part, mesh=mesh, in_specs=(PARTS, ALL), out_specs=(ALL, PARTS))
    return jax.jit(whole, out_shardings=NamedSharding(mesh, ALL))


class Jax(Engine):
    """JAX, on all devices of this process, and of the others that torchrun has started."""

    name = "jax"

    def __init__(self) -> None:
        jax.config.update("jax_enable_x64", True)
        if processes() > 1 and not jax.distributed.is_initialized():
            join()
        self.workers = jax.device_count()
        self.mesh = Mesh(np.array(jax.devices()), ("streams",))

    def prepare(self, program: Program, optimizer: Optimizer) -> None:
        """Take the program of one stream's loss."""
        self.leaves, self.compiled = program.captured, sharded(program, self.mesh)

    def __call__(
        self, x: Sequence[np.ndarray], y: Sequence[np.ndarray], states: Sequence[State]
    ) -> tuple[float, list[State]]:
        """The mean loss and each stream's state after its stretch; the parameters have their gradients then."""
        data = (np.stack(x), np.stack(y), *together(states))
        (loss, gradients), parts = self.compiled(data, [leaf.data for leaf in self.leaves])
        finite = hand_over(self.leaves, list(map(np.array, gradients)))
        return float(loss) if finite else math.nan, apart(list(map(np.asarray, parts)))

    def any(self, asked: bool) -> bool:
        """Whether any process was asked: all must stop at the same iteration."""
        return asked if processes() == 1 else bool(np.any(multihost_utils.process_allgather(np.array(asked))))


def join() -> None:
    """Make one computer of all processes: the first names a free port, and torchrun's store tells it to the others."""
    from torch.distributed import rendezvous

    store, rank, count = next(iter(rendezvous("env://")))
    if rank == 0:
        with socket.socket() as free:
            free.bind(("", 0))
            store.set("jax", f"{os.environ['MASTER_ADDR']}:{free.getsockname()[1]}")
    jax.distributed.initialize(store.get("jax").decode(), count, rank)
