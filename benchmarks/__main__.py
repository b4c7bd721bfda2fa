"""`python -m benchmarks`: measure everything side by side and print the tables."""

import argparse
import json
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from benchmarks import first_step
from benchmarks.report import show
from benchmarks.run import THOROUGH, Plan, run
from benchmarks.scaling import plot


def main() -> None:
    """Read the options, measure, print; `--json` also keeps the raw numbers."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the raw numbers there")
    parser.add_argument("--operations", type=int, help="size of the scalar graphs ")
    parser.add_argument("--samples", type=int, help="points of the two moons ")
    parser.add_argument("--seconds", type=float, help="how long a step is repeated ")
    parser.add_argument("--thorough", action="store_true", help="larger graphs, every level, three turns: half an hour")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw cost against size there (extra: plots)")
    parser.add_argument("--first-step", type=Path, metavar="FILE", help="draw time to the first step against T there")
    options = parser.parse_args()
    given = {name: x for name in ("operations", "samples", "seconds") if (x := getattr(options, name)) is not None}
    plan = replace(THOROUGH if options.thorough else Plan(), **given)
    console = Console(width=None if Console().is_terminal else 140)
    with console.status("measuring") as status:
        results = run(plan, lambda what: status.update(f"measuring {what}"))
    show(results, console)
    if options.plot:
        plot(results["scaling"], options.plot)
    if options.first_step:
        first_step.draw(results["first_step"], options.first_step)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
