"""One of several processes that compute one gradient; run by tests, which compare what it writes.

python -m tests.experiments.processes FILE RANK COUNT: PyTorch's way, with the processes meeting in FILE
python -m tests.experiments.processes devices: JAX's way, on the devices that XLA_FLAGS makes
"""

import json
import os
import sys
from typing import Any

import numpy as np

from autograd_tiny import trace
from lessons.experiments.char_rnn.networks import detached, in_parts
from lessons.experiments.char_rnn.step import Step, make_step

TEXT = "".join(f"{k} times {k} is {k * k}; " for k in range(60))
STREAMS = 4
SETTINGS: dict[str, Any] = {"cell": "lstm", "hidden": 6, "clip": 0.0}


def gradients(step: Step) -> dict[str, np.ndarray]:
    """The gradients of a step's first iteration, by the parameters' names."""
    step()
    return {name: np.array(p.grad) for name, p in step.parameters.items()}


def in_torch(file: str, rank: int, count: int) -> dict[str, Any]:
    """The largest differences from our own gradient, by how the processes work together; and who is asked to stop."""
    from torch import distributed
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard

    distributed.init_process_group("gloo", init_method=f"file://{file}", rank=rank, world_size=count)
    os.environ["WORLD_SIZE"] = "1"
    ours = gradients(make_step(TEXT, streams=STREAMS, **SETTINGS))
    os.environ["WORLD_SIZE"] = str(count)
    step = make_step(TEXT, streams=STREAMS, engine="torch", **SETTINGS)
    found = {"ddp": apart(gradients(step), ours), "asked": step.engine.any(rank == 1)}
    network, data = prepared(rank, count)
    fully_shard(network, mesh=init_device_mesh("cpu", (count,)))
    loss, *_ = network(*data)
    loss.backward()
    sharded = {name: p.grad.full_tensor().numpy() for name, p in zip(names(), network.parameters(), strict=True)}
    del network, loss
    step.engine.leave()
    return found | {"fsdp": apart(sharded, ours)}


def prepared(rank: int, count: int) -> Any:
    """The network as a module, and what one process reads."""
    import torch

    from lessons.experiments.char_rnn.engines.torch import Network

    step, start = fresh()
    share = STREAMS // count
    own = [step.stretch(k) for k in range(rank * share, (rank + 1) * share)]
    states = [np.stack([detached(part)] * share) for part in start]
    network = Network(trace(step._loss, *own[0], *start))
    return network, [torch.from_numpy(each) for each in (*map(np.stack, zip(*own, strict=True)), *states)]


def fresh() -> tuple[Step, tuple[Any, ...]]:
    """A step before its first iteration, and the state it begins with."""
    os.environ["WORLD_SIZE"] = "1"
    step = make_step(TEXT, streams=STREAMS, **SETTINGS)
    return step, in_parts(step.network.cell.initial_state())


def names() -> list[str]:
    """The parameters' names, in the order in which the program takes them."""
    step, start = fresh()
    by_leaf = {id(p): name for name, p in step.parameters.items()}
    return [by_leaf[id(leaf)] for leaf in trace(step._loss, *step.stretch(), *start).captured]


def in_jax() -> dict[str, Any]:
    """The largest difference from our own gradient, and how many devices shared the streams."""
    step = make_step(TEXT, streams=STREAMS, engine="jax", **SETTINGS)
    ours = gradients(make_step(TEXT, streams=STREAMS, **SETTINGS))
    return {"devices": step.engine.workers, "shard_map": apart(gradients(step), ours)}


def apart(found: dict[str, np.ndarray], ours: dict[str, np.ndarray]) -> float:
    """The largest difference, beside gradients of which some are near 1."""
    assert set(found) == set(ours) and max(float(np.abs(g).max()) for g in ours.values()) > 0.1
    return max(float(np.abs(found[name] - ours[name]).max()) for name in ours)


if __name__ == "__main__":
    command, *rest = sys.argv[1:]
    json.dump(in_torch(command, *map(int, rest)) if rest else in_jax(), sys.stdout)
