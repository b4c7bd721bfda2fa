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

from benchmarks import char_rnn, startup
from benchmarks.checks import CHECKS
from benchmarks.engines import ENGINES
from benchmarks.graphs import GRAPHS
from benchmarks.pictures import PICTURES

Answer = dict[str, Any]

THREADS = {
    f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "NUMBA", "VECLIB_MAXIMUM")
}


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    operations: int = 100_000
    samples: int = 100
    seconds: float = 3.0  # repeat a step this long, at least twice
    patience: float = 300.0  # a worker that takes longer is stopped
    thorough: bool = False  # measure the slow engines with the collector paused, too

    def size(self, workload: str) -> int:
        return self.samples if workload == "moons" else self.operations


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
    for workload in GRAPHS:
        for name, engine in ENGINES.items():
            for paused in (False, True):
                if not (paused and engine.patient and not plan.thorough):
                    yield {
                        "kind": "graph",
                        "workload": workload,
                        "engine": name,
                        "paused": paused,
                        "size": plan.size(workload),
                        "seconds": plan.seconds,
                    }


def network_orders(plan: Plan) -> Iterator[Answer]:
    """Each network of the char-RNN, each engine; the machine's pace drifts, so everybody's turn comes three times."""
    for network in char_rnn.NETWORKS:
        for _ in range(3):
            for engine in char_rnn.STEPS:
                yield {"kind": "char_rnn", "network": network, "engine": engine, "seconds": plan.seconds / 3}


def machine() -> Answer:
    """What the numbers depend on."""
    versions = {}
    for name in ("autograd-tiny", "micrograd", "mygrad", "autograd", "torch", "numpy"):
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = "not installed"
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return {"python": python, "system": platform.system(), "cores": os.cpu_count(), "versions": versions}


def run(plan: Plan, told: Callable[[str], None]) -> Answer:
    """Every measurement; `told` hears what is being measured."""
    results: Answer = {"machine": machine(), "plan": vars(plan), "graph": [], "char_rnn": []}
    results |= {"check": {}, "picture": {}, "wait": {}}
    for order in graph_orders(plan):
        told(f"{order['workload']}: {ENGINES[order['engine']].name}{', collector paused' * order['paused']}")
        results["graph"].append(order | work(order, plan.patience))
    for order in network_orders(plan):
        told(f"char-RNN, {order['network']}: {order['engine']}")
        results["char_rnn"].append(order | work(order, plan.patience))
    for kind, names in (("check", CHECKS), ("picture", PICTURES)):
        for name in names:
            told(name)
            results[kind][name] = work({"kind": kind, kind: name}, plan.patience)
    for name in startup.WAITS:
        told(name)
        results["wait"][name] = startup.measure(name)
    return results
