"""The results as tables: ratios first (they carry over to other machines), then times."""

import math
from collections.abc import Iterable, Iterator
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks import char_rnn, first_step
from benchmarks.engines import ENGINES

Answer = dict[str, Any]
YARDSTICK = "micrograd"
TITLES = {
    "wide": "Scalar graph, {operations:,} operations, wide: a balanced sum of products",
    "deep": "Scalar graph, {operations:,} operations, deep: the chain x ← x·w + b",
    "rnn": "The lecture's scalar RNN, relu for σ, unrolled: {operations:,} operations",
    "moons": "micrograd's demo: network 2-16-16-1, two moons, one full-batch step, {operations:,} operations",
}


def reason(answer: Answer | None) -> str:
    """Why there is no number, in a word or two; '' if there is one."""
    if answer is None:
        return "not measured"
    return "not installed" if "missing" in answer else "failed" if "failed" in answer else ""


def notes(answers: Iterable[tuple[str, Answer]]) -> str | None:
    """What stands below a table: why something failed, and what had to be done to make it work."""
    lines = [f"{name}: {answer.get('failed') or answer.get('note') or _once(answer)}" for name, answer in answers]
    return "\n".join(line for line in dict.fromkeys(lines) if not line.endswith((": ", ": None"))) or None


def _once(answer: Answer) -> str | None:
    once = answer.get("once")
    return f"before the first run, once, {seconds(once)} per operation: traced, written, compiled" if once else None


def seconds(time: float) -> str:
    """A time with three digits and its unit."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if time >= size:
            return f"{time / size:.3g} {unit}"
    return f"{time / 1e-9:.3g} ns"


def ratio(yardstick: float | None, time: float | None) -> str:
    """How many times as fast as the yardstick: '30×'."""
    if not yardstick or not time:
        return "–"
    times = yardstick / time
    return f"{times:.0f}×" if times >= 9.95 else f"{times:.2g}×"


def level(answer: Answer | None, name: str) -> float | None:
    """The seconds of a step, per operation, at one of the three levels; None where there is no number."""
    if answer is None or "step" not in answer:
        return None
    whole = answer["forward"] + answer["backward"] if name == "engine" else answer["step"]
    return float(whole / answer["operations"])


LEVELS = (("as users run it", False, "step"), ("collector paused", True, "step"), ("engine alone", True, "engine"))


def _row(answers: dict[tuple[str, bool], Answer], key: str, operations: int) -> list[str]:
    usual = answers.get((key, False))
    why = reason(usual)
    if why or usual is None:
        return [ENGINES[key].name, why]
    ratios = [
        ratio(level(answers.get((YARDSTICK, paused)), part), level(answers.get((key, paused)), part))
        for _, paused, part in LEVELS
    ]
    each = usual["operations"]
    times = [seconds(usual[part] / each) for part in ("forward", "backward", "step")]
    resident = "–" if usual.get("resident") is None else f"{usual['resident']:.0f}"
    return [
        ENGINES[key].name,
        *ratios,
        *times,
        seconds(usual["step"] / each * operations),
        f"{usual['traced']:.0f}",
        resident,
    ]


def graph_table(workload: str, rows: Iterable[Answer]) -> Table:
    """One graph, all engines."""
    answers = {(row["engine"], row["paused"]): row for row in rows}
    operations = max(row.get("operations", row["size"]) for row in answers.values())
    table = Table(title=TITLES[workload].format(operations=operations), title_justify="left")
    table.add_column("engine", no_wrap=True)
    for heading in (*(name for name, _, _ in LEVELS), "forward", "backward", "step", "whole step", "bytes", "resident"):
        table.add_column(heading, justify="right")
    for key in ENGINES:
        table.add_row(*_row(answers, key, operations))
    table.caption = notes((ENGINES[engine].name, answer) for (engine, _), answer in answers.items())
    table.caption_justify = "left"
    return table


def plain_table(title: str, answers: dict[str, Answer]) -> Table:
    """One line, one time."""
    table = Table(title=title, title_justify="left")
    table.add_column("")
    table.add_column("time", justify="right")
    for name, answer in answers.items():
        table.add_row(name, reason(answer) or seconds(answer["seconds"]))
    table.caption = notes(answers.items())
    table.caption_justify = "left"
    return table


def network_table(network: str, batch: int, rows: list[Answer]) -> Table:
    """One step of training per engine: times as fast as by hand, and the time; each the best of its turns."""
    best: dict[str, Answer] = {}
    for row in rows:
        known = best.get(row["engine"])
        if known is None or row.get("seconds", math.inf) < known.get("seconds", math.inf):
            best[row["engine"]] = row
    by_hand = best.get(char_rnn.YARDSTICK, {}).get("seconds")
    table = Table(title=char_rnn.title(network, batch), title_justify="left")
    for heading in ("engine", "as fast as by hand", "step"):
        table.add_column(heading, justify="left" if heading == "engine" else "right")
    for name, answer in best.items():
        time = answer.get("seconds")
        table.add_row(name, reason(answer) or ratio(by_hand, time), seconds(time) if time else "")
    table.caption = notes(best.items())
    table.caption_justify = "left"
    return table


def scaling_table(graph: str, answer: Answer) -> Table:
    """Cost per operation at each size: what is linear stays the same."""
    table = Table(title=f"Cost against size, {graph}: seconds per operation", title_justify="left")
    for heading in ("operations", "eager", "program", "native", "once: trace and compile"):
        table.add_column(heading, justify="right")
    for row in answer.get("rows", ()):
        cells = [seconds(row[name]) if row.get(name) else "–" for name in ("eager", "program", "native", "once")]
        table.add_row(f"{row['operations']:,}", *cells)
    table.caption = notes([(graph, answer)])
    return table


def length_table(rows: list[Answer], what: str, title: str) -> Table:
    """A row for each engine, or each way of writing, and a column for each number of time steps."""
    table = Table(title=title, title_justify="left")
    lengths = list(dict.fromkeys(row["length"] for row in rows))
    table.add_column("")
    for length in lengths:
        table.add_column(f"T = {length:,}", justify="right")
    for name, found in first_step.by_length(rows, what).items():
        cells = [(seconds(x) if what == "seconds" else f"{x:,}") if (x := found.get(T)) else "–" for T in lengths]
        table.add_row(name, *cells)
    if what == "seconds":
        table.caption = notes((f"{row['engine']}, T = {row['length']}", row | {"note": reason(row)}) for row in rows)
        table.caption_justify = "left"
    return table


def _graph(row: Answer) -> tuple[str, int]:
    """Which graph was recorded: slow engines are measured on a smaller one, but compared on the same."""
    return row["workload"], row["compared"]


def disagreements(rows: Iterable[Answer]) -> Iterator[str]:
    """Engines whose gradients differ from ours: numbers of a different computation compare nothing."""
    rows = [row for row in rows if row.get("gradients")]
    ours = {_graph(row): row["gradients"] for row in rows if row["engine"] == "autograd-tiny"}
    for row in rows:
        # Sums in another order differ by rounding only: 1e-9 is far above it and far below any wrong derivative.
        close = (
            math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9)
            for a, b in zip(row["gradients"], ours.get(_graph(row), ()), strict=False)
        )
        if not all(close):
            yield f"{row['workload']}: {ENGINES[row['engine']].name} and autograd-tiny disagree about the gradients"


def quarrels(rows: Iterable[Answer]) -> Iterator[str]:
    """Engines whose first losses differ from those by hand."""
    rows = [row for row in rows if row.get("losses")]
    by_hand = {(row["network"], row["batch"]): row["losses"] for row in rows if row["engine"] == char_rnn.YARDSTICK}
    for row in rows:
        # Rounding grows with each step of training; after five it is still far below 1e-10.
        pairs = zip(row["losses"], by_hand.get((row["network"], row["batch"]), ()), strict=False)
        if not all(math.isclose(a, b, rel_tol=1e-10) for a, b in pairs):
            what = f"char-RNN, {row['network']}, batch {row['batch']}"
            yield f"{what}: {row['engine']} and the one by hand disagree about the loss"


def show(results: Answer, console: Console) -> None:
    """Print everything."""
    machine = results["machine"]
    console.print(f"{machine['python']} on {machine['system']}, one core, one thread; float64; medians.")
    console.print(", ".join(f"{name} {version}" for name, version in machine["versions"].items()))
    console.print(
        "Columns 2–4: times as fast as micrograd. forward, backward, step: per operation; bytes: per operation.\n"
    )
    for graph in dict.fromkeys(map(_graph, results["graph"])):
        console.print(graph_table(graph[0], [row for row in results["graph"] if _graph(row) == graph]), "")
    for network, batch in char_rnn.TASKS:
        rows = [row for row in results["char_rnn"] if (row["network"], row["batch"]) == (network, batch)]
        console.print(network_table(network, batch, rows), "")
    if rows := results["first_step"]:
        console.print(length_table(rows, "seconds", "An LSTM's first step: from the function to its end, once"), "")
        console.print(length_table(rows, "lines", "The LSTM's source"), "")
    for graph, answer in results["scaling"].items():
        console.print(scaling_table(graph, answer), "")
    console.print(plain_table("Gradient check of 100 parameters, sum(tanh(x @ W))", results["check"]), "")
    console.print(plain_table("Pictures", results["picture"]), "")
    console.print(plain_table("Start-up", results["wait"]))
    for line in (*disagreements(results["graph"]), *quarrels(results["char_rnn"])):
        console.print(f"[bold]{line}[/bold]")
