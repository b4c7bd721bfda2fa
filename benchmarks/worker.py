"""One measurement in a process of its own: `python -m benchmarks.worker '{"workload": …}'` prints one JSON line.

Times are seconds of this process's own work (so that a busy machine disturbs them less), and medians of whole steps
after a warm-up. A step is record, backward and freeing the graph; with the collector paused, its one collection
per step belongs to freeing.
"""

import gc
import json
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import char_rnn, checks, first_step, pictures, scaling
from benchmarks.engines import ENGINES, Record, raise_recursion_limit
from benchmarks.graphs import GRAPHS, Graph

Answer = dict[str, Any]
ENOUGH = 2000  # repetitions
VISIBLE = 2e-4  # seconds: asking the clock takes a microsecond, so several quick steps are taken between two questions
clock = time.process_time  # one thread does all the work: on an idle machine the wall clock says the same


def _one_step(record: Record, graph: Graph, paused: bool, often: int = 1) -> tuple[float, float, float]:
    start = clock()
    tapes = [record(graph.function, graph.numbers) for _ in range(often)]
    recorded = clock()
    for tape in tapes:
        tape.backward()
    backward = clock()
    del tape, tapes
    if paused:
        gc.collect()
    return (recorded - start) / often, (backward - recorded) / often, (clock() - start) / often


def _steps(record: Record, graph: Graph, paused: bool, seconds: float) -> Answer:
    """At least two steps, more while the time lasts: of a quick one so many that caches and branches are warm."""
    began = time.perf_counter()
    first = _one_step(record, graph, paused)
    often = max(1, round(VISIBLE / first[2]))
    rows = [first] if often == 1 else []
    while len(rows) < 2 or (len(rows) < ENOUGH and time.perf_counter() - began < seconds):
        rows.append(_one_step(record, graph, paused, often))
    forward, backward, step = (median(column) for column in zip(*rows, strict=True))
    return {"forward": forward, "backward": backward, "step": step, "repeats": len(rows)}


def resident_bytes() -> int | None:
    """What the system says this process occupies; None where there is no /proc."""
    statm = Path("/proc/self/statm")
    if not statm.exists():
        return None
    import resource

    return int(statm.read_text().split()[1]) * resource.getpagesize()


def _bytes(record: Record, graph: Graph, small: Graph) -> Answer:
    """Bytes per operation of a recorded graph: what Python allocated, and what the process grew by."""
    record(small.function, small.numbers).backward()
    gc.collect()
    before = resident_bytes()
    tape = record(graph.function, graph.numbers)
    after = resident_bytes()
    del tape
    gc.collect()
    tracemalloc.start()
    tape = record(small.function, small.numbers)
    traced = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    del tape
    grown = None if before is None or after is None else (after - before) / graph.operations
    return {"resident": grown, "traced": traced / small.operations}


def _gradients(record: Record, graph: Graph) -> list[float]:
    tape = record(graph.function, graph.numbers)
    tape.backward()
    return tape.gradients()


def _depth_limit(record: Record) -> str:
    """'' if a deep graph simply works, else at which depth the engine gives up as it comes."""
    for depth in (1_000, 10_000, 100_000):
        graph = GRAPHS["deep"](depth)
        try:
            record(graph.function, graph.numbers).backward()
        except RecursionError:
            return f"RecursionError at {depth:,} operations deep unless the limit is raised (raised here)"
    return ""


def measure_graph(order: Answer) -> Answer:
    """Times, bytes and gradients of one engine on one graph."""
    record = ENGINES[order["engine"]].load()
    graph, small = (GRAPHS[order["workload"]](size) for size in (order["size"], max(2, order["size"] // 20)))
    answer: Answer = {"operations": graph.operations}
    if order["workload"] == "deep":
        answer["note"] = _depth_limit(record)
        if answer["note"]:
            raise_recursion_limit()
    if ENGINES[order["engine"]].once:
        start = clock()
        record(graph.function, graph.numbers)
        answer["once"] = (clock() - start) / graph.operations
    answer |= _bytes(record, graph, small)  # and the warm-up: memory for the whole graph has been there once
    answer["gradients"] = _gradients(record, GRAPHS[order["workload"]](order["compared"]))  # the same for all engines
    if order["paused"]:
        gc.collect()
        gc.freeze()  # what was imported is not the graph's, and is not searched at each collection
        gc.disable()
    return answer | _steps(record, graph, order["paused"], order["seconds"])


KINDS: dict[str, Callable[[Answer], Answer]] = {
    "graph": measure_graph,
    "char_rnn": char_rnn.measure,
    "check": checks.measure,
    "picture": pictures.measure,
    "scaling": scaling.measure,
    "first_step": first_step.measure,
}


def main(text: str) -> None:
    """Do what the order says; a missing package and a failing engine are answers too."""
    order = json.loads(text)
    try:
        answer = KINDS[order["kind"]](order)
    except ModuleNotFoundError as error:
        answer = {"missing": f"not installed: {error.name}"}
    except Exception as error:  # the table says what failed; the other engines go on
        answer = {"failed": f"{type(error).__name__}: {error}"[:200]}
    print(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1])
