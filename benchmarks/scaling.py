"""What an operation costs as graphs grow, 10 to 1,000,000 operations: what is linear costs the same at every size."""

import gc
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import graphs
from benchmarks.engines import ENGINES, Record

Answer = dict[str, Any]
GRAPHS: dict[str, Callable[[int], graphs.Graph]] = {
    "deep": graphs.deep,
    "wide": graphs.wide,
    "scalar RNN": lambda operations: graphs.rnn(operations // 10),  # 7 operations a step: T = 1, 10, 100, 1000
}
WAYS = {"eager": "autograd-tiny", "program": "program", "native": "native"}


def _per_operation(record: Record, graph: graphs.Graph) -> float:
    """The median of three runs; small graphs are run often enough to be seen by the clock."""
    often, times = max(1, 20_000 // graph.operations), []
    for _ in range(3):
        start = time.process_time()
        for _ in range(often):
            record(graph.function, graph.numbers).backward()
        times.append((time.process_time() - start) / often / graph.operations)
    return median(times)


def _row(graph: graphs.Graph, native: int) -> Answer:
    row: Answer = {"operations": graph.operations}
    for way, engine in WAYS.items():
        if way == "native" and graph.operations > native:
            continue
        record = ENGINES[engine].load()
        start = time.process_time()
        try:
            record(graph.function, graph.numbers).backward()
        except ValueError:
            continue  # no C compiler here
        if way == "program":
            row["once"] = (time.process_time() - start) / graph.operations
        row[way] = _per_operation(record, graph)
        gc.collect()
    return row


def measure(order: Answer) -> Answer:
    """A row for each power of ten; the first graph only warms up."""
    make, sizes = GRAPHS[order["graph"]], [10**k for k in range(1, 7) if 10**k <= order["largest"]]
    _row(make(100), 0)
    return {"rows": [_row(make(size), order["native"]) for size in sizes]}


def plot(results: Answer, path: Path) -> None:
    """Cost against size, both logarithmic: a straight line of slope 1 is linear growth."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise SystemExit("--plot needs matplotlib: pip install matplotlib") from None
    figure = Figure(figsize=(4 * len(results), 4), layout="constrained")
    for axes, (graph, answer) in zip(figure.subplots(1, len(results), squeeze=False)[0], results.items(), strict=True):
        for way in ("eager", "once", "program", "native"):
            rows = [row for row in answer.get("rows", ()) if way in row]
            label = "trace and compile, once" if way == "once" else way
            operations = [row["operations"] for row in rows]
            axes.loglog(operations, [row["operations"] * row[way] for row in rows], marker="o", label=label)
        axes.set(title=graph, xlabel="operations", ylabel="seconds, forward and backward")
        axes.grid(alpha=0.3)
    figure.legend(*figure.axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    figure.savefig(path)
