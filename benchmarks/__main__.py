"""`python -m benchmarks`: measure everything side by side and print the tables."""

import argparse
import json
from pathlib import Path

from rich.console import Console

from benchmarks.report import show
from benchmarks.run import Plan, run


def main() -> None:
    """Read the options, measure, print; `--json` also keeps the raw numbers."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the raw numbers there")
    parser.add_argument(
        "--operations", type=int, default=Plan.operations, help="size of the scalar graphs (%(default)s)"
    )
    parser.add_argument("--samples", type=int, default=Plan.samples, help="points of the two moons (%(default)s)")
    parser.add_argument("--seconds", type=float, default=Plan.seconds, help="how long a step is repeated (%(default)s)")
    parser.add_argument("--thorough", action="store_true", help="pause the collector for the slow engines, too")
    options = parser.parse_args()
    plan = Plan(options.operations, options.samples, options.seconds, thorough=options.thorough)
    console = Console(width=None if Console().is_terminal else 140)
    with console.status("measuring") as status:
        results = run(plan, lambda what: status.update(f"measuring {what}"))
    show(results, console)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
