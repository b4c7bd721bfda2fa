"""The experiments at the command line.

python -m lessons.experiments                     what there is, and how long each takes
python -m lessons.experiments NAME --help         what one shows, and its options
python -m lessons.experiments NAME --seed 3       run it
python -m lessons.experiments check [NAME …]      run them from three seeds, and print a table
"""

from __future__ import annotations

import ast
import difflib
import os
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from lessons.experiments import console
from lessons.experiments.console import Outcome

HERE = Path(__file__).parent
CHAR_RNN = HERE / "char_rnn" / "__main__.py"
SEEDS = (0, 1, 2)


def experiments() -> dict[str, str]:
    """The experiments' names and what each shows: the modules here, and in the folders here, that define `run`."""
    found = {}
    for path in sorted(HERE.rglob("[a-z]*.py"), key=lambda path: path.stem):
        tree = ast.parse(path.read_text("utf-8"))
        if any(isinstance(node, ast.FunctionDef) and node.name == "run" for node in tree.body):
            found[path.stem] = _first_line(tree)
    return found


def commands() -> dict[str, str]:
    """What can be run: the experiments, and the char-RNN, whose training has no end at which it is checked."""
    return {"char_rnn": _first_line(ast.parse(CHAR_RNN.read_text("utf-8"))), **experiments()}


def module(name: str) -> Any:
    """The module of an experiment, by its name alone, or of the char-RNN's command line."""
    path = source(name)
    return import_module(".".join(["lessons.experiments", *path.relative_to(HERE).with_suffix("").parts]))


def source(name: str) -> Path:
    """The file of an experiment, or of the char-RNN's command line."""
    return CHAR_RNN if name == "char_rnn" else next(HERE.rglob(f"{name}.py"))


def _first_line(tree: ast.Module) -> str:
    return (ast.get_docstring(tree) or "").partition("\n")[0]


def check(names: list[str]) -> bool:
    """Run experiments from three seeds, on all cores, and print how each went, and a table; whether all held."""
    outcomes: dict[str, dict[int, Outcome]] = {name: {} for name in names or experiments()}
    seconds = dict.fromkeys(outcomes, 0.0)
    os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")  # one core each
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        going = {
            (name, seed): pool.submit(console.timed, module(name).__name__, seed) for name in outcomes for seed in SEEDS
        }
        for (name, seed), future in going.items():
            result, spent = future.result()
            outcomes[name][seed], seconds[name] = result, seconds[name] + spent
            print(f"{name}, seed {seed}, {spent:.0f} s. {result}", flush=True)
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
    """List the experiments, run one, or check them; the exit code."""
    word, *rest = arguments or ["list"]
    if word in ("-h", "--help"):
        print((__doc__ or "").strip())
        return 0
    if word == "char_rnn":
        return int(module(word).main(rest))
    known = experiments()
    if word in known:
        return console.main(module(word).run, module(word).__doc__, rest)
    unknown = [name for name in rest if name not in known] if word in ("list", "check") else [word]
    if unknown:
        return _unknown(unknown[0], known)
    if word == "check":
        return 0 if check(rest) else 1
    for name, about in commands().items():
        print(f"python -m lessons.experiments {name:<18} {console.duration(name):>6}  {about}")
    return 0


def _unknown(name: str, known: Mapping[str, str]) -> int:
    near = difflib.get_close_matches(name.replace("-", "_"), ["char_rnn", *known], 1)
    meant = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}; and char_rnn"
    print(f"There is no experiment {name!r} to run; {meant}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
