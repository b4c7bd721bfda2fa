"""Gives out the orders, one process each, pinned to one core and one thread, and collects the answers."""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from typing import Any

from benchmarks import char_rnn, first_step, scaling, startup
from benchmarks.checks import CHECKS
from benchmarks.engines import ENGINES, Engine
from benchmarks.graphs import GRAPHS
from benchmarks.pictures import PICTURES

Answer = dict[str, Any]

THREADS = {
    f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "NUMBA", "VECLIB_MAXIMUM")
}


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    operations: int = 10_000
    samples: int = 100
    steps: tuple[int, ...] = (100,)  # of the scalar RNN
    seconds: float = 0.4  # repeat a step this long, at least twice
    patience: float = 300.0  # a worker that takes longer is stopped
    thorough: bool = False  # every engine at full size, every level, three turns

    def sizes(self, workload: str) -> tuple[int, ...]:
        """Of which sizes a graph is measured."""
        return {"moons": (self.samples,), "rnn": self.steps}.get(workload, (self.operations,))

    def share(self, workload: str, engine: Engine) -> int:
        """The part of the size that an engine gets: a tenth if it is slow and time is short."""
        return 10 if engine.patient and workload != "rnn" and not self.thorough else 1

    def levels(self, workload: str, engine: Engine) -> tuple[bool, ...]:
        """With the collector as it comes, and paused; a program leaves nothing to collect."""
        if self.thorough:
            return (False, True)
        return (False, True) if workload == "moons" and not (engine.patient or engine.once) else (False,)


THOROUGH = Plan(operations=100_000, steps=(10, 100, 1_000), seconds=3.0, thorough=True)


def _pin() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def work(order: Answer, patience: float) -> Answer:
    """One order in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.worker", json.dumps(order)]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=patience,
            env=os.environ | THREADS,
            cwd=startup.ROOT,
            preexec_fn=_pin,
        )
    except subprocess.TimeoutExpired:
        return {"failed": f"stopped after {patience:.0f} s"}
    if done.returncode:
        return {"failed": f"process ended with {done.returncode}: {done.stderr.strip()[-160:]}"}
    answer: Answer = json.loads(done.stdout.splitlines()[-1])
    return answer


def graph_orders(plan: Plan) -> Iterator[Answer]:
    """Each graph, each engine: as users run it, then with the garbage collector paused."""
    for workload, size in ((graph, size) for graph in GRAPHS for size in plan.sizes(graph)):
        for name, engine in ENGINES.items():
            for paused in plan.levels(workload, engine):
                yield {
                    "kind": "graph",
                    "workload": workload,
                    "engine": name,
                    "paused": paused,
                    "size": max(2, size // plan.share(workload, engine)),
                    "compared": max(2, size // 20),
                    "seconds": plan.seconds,
                }


def network_orders(plan: Plan) -> Iterator[Answer]:
    """Each task of the char-RNN, each engine; the machine's pace drifts: a thorough run takes three turns."""
    for network, batch in char_rnn.TASKS:
        for _ in range(3 if plan.thorough else 1):
            for engine in char_rnn.engines(batch):
                order = {"kind": "char_rnn", "network": network, "batch": batch, "engine": engine}
                yield order | {"seconds": min(plan.seconds, 1.0)}


def machine() -> Answer:
    """What the numbers depend on."""
    versions = {}
    for name in ("autograd-tiny", "micrograd", "mygrad", "autograd", "torch", "jax", "numpy"):
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = "not installed"
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return {"python": python, "system": platform.system(), "cores": os.cpu_count(), "versions": versions}


def run(plan: Plan, told: Callable[[str], None]) -> Answer:
    """Every measurement; `told` hears what is being measured."""
    results: Answer = {"machine": machine(), "plan": vars(plan), "graph": [], "char_rnn": [], "first_step": []}
    results |= {"check": {}, "picture": {}, "wait": {}, "scaling": {}}
    for order in graph_orders(plan):
        told(f"{order['workload']}: {ENGINES[order['engine']].name}{', collector paused' * order['paused']}")
        results["graph"].append(order | work(order, plan.patience))
    for order in network_orders(plan):
        told(f"char-RNN, {order['network']}, batch {order['batch']}: {order['engine']}")
        results["char_rnn"].append(order | work(order, plan.patience))
    for order in first_step.orders(plan.thorough):
        told(f"first step, T = {order['length']}: {order['engine']}")
        results["first_step"].append(order | work(order, min(plan.patience, first_step.PATIENT)))
    for graph in scaling.GRAPHS:
        told(f"cost against size, {graph}")
        order = {"kind": "scaling", "graph": graph, "largest": 1_000_000 if plan.thorough else 10_000}
        # Loops are compiled at once; one straight line of many operations takes a C compiler minutes.
        order["native"] = order["largest"] // 10 if graph == "wide" else min(order["largest"], 100_000)
        results["scaling"][graph] = order | work(order, plan.patience)
    for kind, names in (("check", CHECKS), ("picture", PICTURES)):
        for name in names:
            told(name)
            results[kind][name] = work({"kind": kind, kind: name}, plan.patience)
    for name in startup.WAITS:
        told(name)
        results["wait"][name] = startup.measure(name)
    return results
