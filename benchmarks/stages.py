"""What tracing and compiling a scalar function costs, by stages: µs per operation, the least of many runs.

python -m benchmarks.stages [operations] [runs]
"""

import gc
import sys
import time
from collections.abc import Callable
from typing import Any

from autograd_tiny import Value
from autograd_tiny.program import tracing
from autograd_tiny.program.passes import passes_for
from autograd_tiny.program.run.python import float_source
from autograd_tiny.program.writing import written
from benchmarks.graphs import GRAPHS, Graph

SAMPLE = 650  # operations of the network's way over one sample
MAKE: dict[str, Callable[[int], Graph]] = GRAPHS | {
    "moons": lambda operations: GRAPHS["moons"](max(2, operations // SAMPLE)),
    "rnn": lambda operations: GRAPHS["rnn"](operations // 7),
}


def stages(graph: Graph) -> dict[str, float]:
    """Seconds of one run, by stage."""
    took: dict[str, float] = {}

    def timed(stage: str, work: Callable[..., Any], *given: Any) -> Any:
        start = time.process_time()
        result = work(*given)
        took[stage] = time.process_time() - start
        return result

    def f(*leaves: Value) -> Any:
        return graph.function(leaves, Value.relu)

    names = tracing.names_of(f, graph.numbers)
    run = timed("record", tracing.record, f, graph.numbers, names)
    timed("once more, compare", lambda: tracing.checked(f, graph.numbers, names))
    took["once more, compare"] -= took["record"]  # `checked` records the first time, too
    code, _ = timed("derive", written, run, names)
    for each in passes_for(code):
        code = timed(each.name, each.rewrite, code)
    text = timed("print", float_source, code)
    timed("CPython's compile", compile, text, "program", "exec")
    return took


def main(operations: int = 5000, runs: int = 20) -> None:
    """One line a stage, one column a graph."""
    columns: dict[str, dict[str, float]] = {}
    gc.disable()  # the program pauses it too; here it would strike any stage
    for name, make in MAKE.items():
        graph = make(operations)
        found = [stages(graph) for _ in range(runs)]
        gc.collect()
        columns[name] = {stage: min(run[stage] for run in found) / graph.operations * 1e6 for stage in found[0]}
    rows = [(stage, [column[stage] for column in columns.values()]) for stage in columns["wide"]]
    rows.append(("all", [sum(column.values()) for column in columns.values()]))
    print(f"{'µs per operation':20}", *[f"{name:>8}" for name in columns])
    for stage, numbers in rows:
        print(f"{stage:20}", *[f"{number:8.2f}" for number in numbers])


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
