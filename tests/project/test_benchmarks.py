"""The benchmark runs at a tiny size, whichever peers are there, and its tables tell what is missing."""

import io
import math
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks import first_step, report, scaling
from benchmarks.char_rnn import TASKS
from benchmarks.engines import ENGINES
from benchmarks.graphs import GRAPHS, moons
from benchmarks.run import Plan, graph_orders, machine, network_orders, work

TINY = Plan(operations=200, samples=4, steps=(5,), seconds=0.01)


@pytest.mark.parametrize("workload", GRAPHS)
def test_ours_answers_for_every_graph(workload: str) -> None:
    orders = [
        order for order in graph_orders(TINY) if order["engine"] == "autograd-tiny" and order["workload"] == workload
    ]
    assert [order["paused"] for order in orders] == [False, True][: len(orders)]
    answer = work(orders[0], patience=60)
    assert answer["step"] >= answer["forward"] > 0
    assert any(answer["gradients"])


@pytest.mark.slow
@pytest.mark.parametrize("workload", GRAPHS)
def test_the_program_gives_the_same_gradients(workload: str) -> None:
    order = {"kind": "graph", "workload": workload, "paused": False, "size": 20, "compared": 20, "seconds": 0.0}
    ours, program = (work(order | {"engine": engine}, patience=60) for engine in ("autograd-tiny", "program"))
    assert program["once"] > 0
    assert program["gradients"] == pytest.approx(ours["gradients"], rel=1e-12)


@pytest.mark.slow
def test_cost_against_size_is_told_and_drawn(tmp_path: Path) -> None:
    answer = scaling.measure({"graph": "scalar RNN", "largest": 100, "native": 0})
    assert [row["operations"] for row in answer["rows"]] == [7, 70]
    assert all(row[name] > 0 for row in answer["rows"] for name in ("eager", "once", "program"))
    console = Console(record=True, width=160, file=io.StringIO())
    console.print(report.scaling_table("scalar RNN", answer))
    assert "70" in console.export_text()
    pytest.importorskip("matplotlib", reason="matplotlib is absent: pip install matplotlib")
    scaling.plot({"scalar RNN": answer}, tmp_path / "cost.png")
    assert (tmp_path / "cost.png").stat().st_size > 1000


def test_first_steps_are_told_and_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    order = {"kind": "first_step", "engine": "autograd-tiny, program", "length": 40}
    row = order | first_step.measure(order)
    assert row["seconds"] > 0
    assert row["lines"]["in loops"] < 100 < row["lines"]["straight"]
    failed = {"engine": "JAX, jit and scan", "length": 40, "missing": "not installed: jax"}
    console = Console(record=True, width=160, file=io.StringIO())
    for what in ("seconds", "lines"):
        console.print(report.length_table([row, row | {"length": 400}, failed], what, "The first step"))
    text = console.export_text()
    assert "T = 400" in text and "in loops" in text and "JAX, jit and scan, T = 40: not installed" in text
    first_step.draw([row, row | {"length": 400}], tmp_path / "first.svg")
    assert "time steps" in (tmp_path / "first.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize("workload", GRAPHS)
def test_the_count_of_operations_is_the_graphs(workload: str) -> None:
    from autograd_tiny import Value
    from autograd_tiny.value import ancestors

    graph = GRAPHS[workload](20)
    output = graph.function([Value(number) for number in graph.numbers], Value.relu)
    counted = sum(1 for value in ancestors(output) if value.op)
    assert abs(counted - graph.operations) <= len(
        graph.numbers
    )  # how 0 + … and −y·s are recorded is the engine's affair


def test_gradients_of_the_moons_are_those_of_differences() -> None:
    graph = moons(4)
    record = ENGINES["autograd-tiny"].load()
    tape = record(graph.function, graph.numbers)
    tape.backward()
    step = 1e-6
    numbers = list(graph.numbers)
    numbers[-1] += step
    after = graph.function(numbers, lambda x: max(x, 0.0))
    before = graph.function(graph.numbers, lambda x: max(x, 0.0))
    # The loss is piecewise quadratic with small curvature (weight decay 1e-4): 1e-5 is far above the error of one step.
    assert math.isclose((after - before) / step, tape.gradients()[-1], abs_tol=1e-5)


def test_a_missing_peer_and_a_failure_are_told_and_not_raised() -> None:
    orders = [
        order | {"size": 200} for order in graph_orders(TINY) if order["workload"] == "wide" and not order["paused"]
    ]
    answers = [dict(order, missing="not installed: x") for order in orders]
    (second,) = [k for k, order in enumerate(orders) if order["engine"] == "micrograd"]
    answers[second] = dict(orders[second], failed="RecursionError: too deep")
    console = Console(record=True, width=160, file=io.StringIO())
    console.print(report.graph_table("wide", answers))
    text = console.export_text()
    assert text.count("not installed") == len(ENGINES) - 1
    assert "micrograd: RecursionError: too deep" in text


@pytest.mark.slow
@pytest.mark.parametrize(("task", "engines"), list(zip(TASKS, (3, 9, 3), strict=True)))  # the LSTM has gates to confuse
def test_the_char_rnn_of_every_engine_learns_alike(task: tuple[str, int], engines: int) -> None:
    orders = [o | {"seconds": 0.0} for o in network_orders(TINY) if (o["network"], o["batch"]) == task]
    answers = [order | work(order, patience=120) for order in orders[:engines]]
    ours = next(answer for answer in answers if answer["engine"] == "autograd-tiny, program")
    assert {"seconds", "losses"} <= set(answers[0]) & set(ours)  # by hand, and ours
    assert not [answer for answer in answers if "failed" in answer]
    assert list(report.quarrels(answers)) == []
    wrong = ours | {"losses": [1.001 * loss for loss in ours["losses"]]}
    assert list(report.quarrels([answers[0], wrong])) == [
        f"char-RNN, {task[0]}, batch {task[1]}: autograd-tiny, program and the one by hand disagree about the loss"
    ]
    console = Console(record=True, width=160, file=io.StringIO())
    console.print(report.network_table(*task, [ours, answers[0] | {"seconds": 2 * ours["seconds"]}]))
    assert "2×" in console.export_text()


def test_disagreeing_gradients_are_told() -> None:
    found = {"autograd-tiny": [1.0, 2.0], "micrograd": [1.0, 2.5], "torch": [1.0, 2.0 + 1e-14]}
    rows = [{"workload": "wide", "compared": 500, "engine": name, "gradients": g} for name, g in found.items()]
    rows.append({"workload": "wide", "compared": 5, "engine": "autograd-tiny", "gradients": [3.0, 4.0]})
    assert list(report.disagreements(rows)) == ["wide: micrograd and autograd-tiny disagree about the gradients"]


def test_the_machine_is_described_without_naming_it() -> None:
    assert set(machine()) == {"python", "system", "cores", "versions"}


@pytest.mark.parametrize(
    ("time", "text"), [(1.5, "1.5 s"), (0.0123, "12.3 ms"), (4.5e-6, "4.5 µs"), (2.5e-7, "250 ns")]
)
def test_times_carry_their_unit(time: float, text: str) -> None:
    assert report.seconds(time) == text


def test_checkers_are_asked_the_same() -> None:
    from benchmarks import checker

    some = checker.cases(count=4, seed=1)[::15]
    text = checker.table(checker.installed(["autograd-tiny"]), some)
    assert "false alarms" in text and "autograd-tiny" in text
    (row,) = (line for line in text.split("\n\n")[0].splitlines() if line.startswith("autograd-tiny"))
    assert row.split()[1].startswith("0/") and row.split()[5].startswith("0/")  # no false alarm, nothing gross missed
