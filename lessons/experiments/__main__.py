"""`python -m lessons.experiments`: the experiments there are; `… check [NAME …]` runs them from three seeds."""

from __future__ import annotations

import ast
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from time import perf_counter

from lessons.experiments.console import Outcome, silent

SEEDS = (0, 1, 2)


def experiments() -> dict[str, str]:
    """The experiments' names and what each shows: the modules of this folder that define `run`."""
    found = {}
    for path in sorted(Path(__file__).parent.glob("[a-z]*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        if any(isinstance(node, ast.FunctionDef) and node.name == "run" for node in tree.body):
            found[path.stem] = _first_line(tree)
    return found


def commands() -> dict[str, str]:
    """What can be run: the experiments, and the char-RNN, whose training has no end at which it is checked."""
    path = Path(__file__).with_name("char_rnn") / "__main__.py"
    return {"char_rnn": _first_line(ast.parse(path.read_text("utf-8"))), **experiments()}


def _first_line(tree: ast.Module) -> str:
    return (ast.get_docstring(tree) or "").partition("\n")[0]


def outcome(name: str, seed: int) -> Outcome:
    """What the experiment gives from a seed, in full length."""
    result: Outcome = import_module(f"lessons.experiments.{name}").run(silent, seed=seed)
    return result


def check(names: list[str]) -> bool:
    """Run experiments from three seeds and print how each went, and a table; whether all reached their bars."""
    outcomes: dict[str, dict[int, Outcome]] = {}
    seconds: dict[str, float] = {}
    for name in names or list(experiments()):
        begin = perf_counter()
        outcomes[name] = {}
        for seed in SEEDS:
            start = perf_counter()
            result = outcomes[name][seed] = outcome(name, seed)
            print(f"{name}, seed {seed}, {perf_counter() - start:.0f} s. {result}", flush=True)
        seconds[name] = perf_counter() - begin
    print(f"\n{table(outcomes, seconds)}")
    return all(result.reached for results in outcomes.values() for result in results.values())


def table(outcomes: Mapping[str, Mapping[int, Outcome]], seconds: Mapping[str, float]) -> str:
    """The numbers of each experiment by seed; one that misses its bar is marked "×"; seconds are for all seeds."""
    seeds = sorted({seed for results in outcomes.values() for seed in results})
    rows = [["experiment", *(f"seed {seed}" for seed in seeds), "bar", "seconds"]]
    for name, results in outcomes.items():
        shown = [_cell(results[seed]) if seed in results else "" for seed in seeds]
        rows.append([name, *shown, _bar(next(iter(results.values()))), f"{seconds[name]:.0f}"])
    return "\n".join(_aligned(rows))


def _cell(outcome: Outcome) -> str:
    return f"{outcome.number:.4g}" + ("" if outcome.reached else " ×")


def _bar(outcome: Outcome) -> str:
    return f"≤ {outcome.at_most:g}" if outcome.at_most is not None else f"≥ {outcome.at_least:g}"


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Names to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join([row[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True))])
        for row in rows
    ]


def main(arguments: list[str]) -> int:
    """List the experiments, or check them; the exit code."""
    known = experiments()
    word, *names = arguments or ["list"]
    unknown = [name for name in names if name not in known]
    if word not in ("list", "check") or unknown:
        print(f"python -m lessons.experiments [list | check [NAME …]]; NAME is one of {', '.join(known)}")
        return 2
    if word == "check":
        return 0 if check(names) else 1
    for name, about in commands().items():
        print(f"python -m lessons.experiments.{name:<18} {about}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
