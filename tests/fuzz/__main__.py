"""python -m tests.fuzz: tens of thousands of random graphs, every reading of them against every other."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from tests.fuzz.agreement import Disagreement, Unreadable, disagreements, due
from tests.fuzz.cases import drawn
from tests.fuzz.readings import EVERY, READINGS
from tests.fuzz.reproduction import reproduction
from tests.fuzz.shrinking import shrunk

BATCH = 25
SHOWN = 10  # disagreements that are shrunk and shown; of the rest the count


@dataclass
class Tally:
    """What a batch of graphs gave."""

    graphs: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    operations: Counter[str] = field(default_factory=Counter)
    wrong: list[tuple[Any, Disagreement]] = field(default_factory=list)  # each with the seed of its case

    def add(self, other: Tally) -> None:
        """Take in what another batch gave."""
        self.graphs += other.graphs
        self.counts += other.counts
        self.operations += other.operations
        self.wrong += other.wrong


def batch(seed: Any, numbers: range, readings: list[str]) -> Tally:
    """Some graphs of a seed."""
    tally = Tally()
    for number in numbers:
        case = drawn((seed, number))
        tally.graphs += 1
        tally.operations.update(step.name for step in case.function.steps)
        try:
            found = disagreements(case, due(number, readings), tally.counts)
        except Unreadable:
            tally.counts["(no second derivative)"] += 1
            continue
        tally.wrong += [(case.seed, each) for each in found]
    return tally


def main() -> int:
    """Run the fuzz as the command line asks; 1 if any reading disagrees."""
    options = _options()
    readings = [name for name in READINGS if name in options.readings and name not in options.without]
    numbers = [range(k, min(k + BATCH, options.n)) for k in range(0, options.n, BATCH)]
    started, whole, shown = time.perf_counter(), Tally(), Counter[str]()
    with tempfile.TemporaryDirectory() as cache:
        os.environ["XDG_CACHE_HOME"] = cache  # compiled programs are needed once
        with ProcessPoolExecutor(options.jobs) as pool:
            futures = [pool.submit(batch, options.seed, part, readings) for part in numbers]
            for future in futures:
                tally = future.result()
                whole.add(tally)
                _show(tally.wrong, shown, options.shown)
                _progress(whole, options.n, started)
    _report(whole, options.seed, started)
    return 1 if whole.wrong else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("-n", type=int, default=20_000, help="how many graphs")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="the same seed draws the same graphs")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes")
    parser.add_argument(
        "--readings", type=lambda text: text.split(","), default=list(READINGS), help=", ".join(READINGS)
    )
    parser.add_argument("--without", type=lambda text: text.split(","), default=[], help="readings to leave out")
    parser.add_argument("--shown", type=int, default=SHOWN, help="of each reading so many programs are shown")
    return parser.parse_args()


def _show(wrong: list[tuple[Any, Disagreement]], shown: Counter[str], most: int) -> None:
    for seed, each in wrong:
        shown[each.reading] += 1
        if shown[each.reading] <= most:
            smaller, still = shrunk(drawn(seed), each)
            print(f"\n# --- {each.reading} disagrees, graph {seed}\n{reproduction(smaller, still)}\n", flush=True)


def _progress(whole: Tally, n: int, started: float) -> None:
    if sys.stderr.isatty():
        seconds = time.perf_counter() - started
        print(
            f"\r{whole.graphs:,} of {n:,} graphs, {seconds:.0f} s, {len(whole.wrong)} wrong ", end="", file=sys.stderr
        )


def _report(whole: Tally, seed: int, started: float) -> None:
    print(f"\n{whole.graphs:,} graphs of seed {seed} in {time.perf_counter() - started:.0f} s")
    print("answers: " + ", ".join(f"{name} {count:,}" for name, count in whole.counts.items()))
    print("asked now and then: " + ", ".join(f"{name} every {k}th graph" for name, k in EVERY.items()))
    rare = whole.operations.most_common()[:-4:-1]
    print(f"{len(whole.operations)} operations; the rarest: " + ", ".join(f"{name} {n:,}" for name, n in rare))
    wrong = Counter(each.reading for _, each in whole.wrong)
    print("all agree" if not wrong else "disagreements: " + ", ".join(f"{name} {n:,}" for name, n in wrong.items()))


if __name__ == "__main__":
    sys.exit(main())
