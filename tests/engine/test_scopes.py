"""Scopes name what is recorded inside them, whatever happens there."""

import asyncio
import copy
import pickle
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

import viz
from autograd_tiny import Value, formula, grad, nn, no_grad, scope, tanh, to_scalars, trace
from autograd_tiny.graphs.namesakes import entered, instances, labels, numbered
from autograd_tiny.scopes import called
from autograd_tiny.value import ancestors


def test_scopes_nest() -> None:
    x = Value(1.0)
    with scope("t=1"):
        a = x * 2
        with scope("cell", "gate"):
            b = a * 3
        c = Value(1.0)
    d = b + c
    assert [v.scope for v in (x, a, b, c, d)] == [(), ("t=1",), ("t=1", "cell", "gate"), ("t=1",), ()]


def test_a_scope_decorates() -> None:
    @scope("layer")
    def layer(x: Value) -> Value:
        """Twice x."""
        return x * 2

    x = Value(1.0)
    assert layer(x).scope == layer(layer(x)).scope == ("layer",)
    assert layer.__doc__ == "Twice x."
    assert (x * 2).scope == ()


def test_each_time_a_scope_is_entered_is_a_call_of_its_own() -> None:
    @scope("layer")
    def layer(x: Value) -> Value:
        return x * 2

    again = scope("block", "part")
    x = Value(1.0)
    for _ in range(2):
        x = layer(x)
        with again:
            x = x + 1
        with scope("block"):
            x = x * 3
    shown = [where for v, where in instances(ancestors(x)).items() if v.op]
    assert shown == [
        ("layer",), ("block", "part"), ("block 2",), ("layer 2",), ("block 3", "part"), ("block 4",),
    ]  # fmt: skip
    assert {v.scope for v in ancestors(x) if v.op} == {("layer",), ("block", "part"), ("block",)}


def test_calls_are_counted_in_the_graph_that_is_looked_at() -> None:
    for _ in range(3):
        with scope("step"):
            x = Value(1.0).tanh()
    assert instances(ancestors(x))[x] == ("step",)


def test_generators_in_turn_never_stand_in_each_other_s_past() -> None:
    def stream(name: str) -> Iterator[Value]:
        with scope(name):
            yield Value(1.0)
            yield Value(1.0)

    one, other = stream("a"), stream("b")
    values = [next(one), next(other), next(one), next(other)]
    assert [v.scope for v in values] == [("a",), ("a", "b"), ("a", "b"), ("a", "b")]
    one.close()
    other.close()
    assert Value(1.0).scope == ()


def test_an_exception_leaves_the_scope() -> None:
    with pytest.raises(ValueError), scope("broken"):
        Value(-1.0).log()
    assert Value(1.0).scope == ()

    def generator():
        with scope("inside"):
            yield Value(1.0)

    stream = generator()
    assert next(stream).scope == ("inside",)
    stream.close()
    assert Value(1.0).scope == ()


def test_everything_recorded_inside_carries_it() -> None:
    with scope("s"):
        v = Value([1.0, 2.0])
        z = (v @ v + v.sum() * 2 - v[0] / 3).tanh()
    assert {x.scope for x in ancestors(z)} == {("s",)}
    assert {x.scope for x in ancestors(to_scalars(z))} == {("s",)}
    (g,) = grad(z, [v], create_graph=True)
    assert all(x.scope in ((), ("s",)) for x in ancestors(g))


def test_names_may_be_anything() -> None:
    with scope("<&>\n", "", 3):
        assert Value(1.0).scope == ("<&>\n", "", "3")


def test_threads_have_scopes_of_their_own() -> None:
    entered, done, scopes = threading.Event(), threading.Event(), []

    def other() -> None:
        with scope("other"):
            entered.set()
            done.wait(10)

    thread = threading.Thread(target=other)
    thread.start()
    entered.wait(10)
    with scope("mine"):
        scopes.append(Value(1.0).scope)
        done.set()
        thread.join()
        scopes.append(Value(1.0).scope)
    scopes.append(Value(1.0).scope)
    assert scopes == [("mine",), ("mine",), ()]


def test_tasks_have_scopes_of_their_own() -> None:
    async def record(name: str) -> set[tuple[str, ...]]:
        with scope(name):
            scopes = set()
            for _ in range(3):
                scopes.add((Value(1.0) * 2).scope)
                await asyncio.sleep(0)
            return scopes

    async def both() -> list[set[tuple[str, ...]]]:
        return await asyncio.gather(record("a"), record("b"))

    assert asyncio.run(both()) == [{("a",)}, {("b",)}]
    assert Value(1.0).scope == ()


def test_questions_belong_to_the_thread_that_traces() -> None:
    tracing, asked, answers = threading.Event(), threading.Event(), []

    def f(x: Value) -> Value:
        tracing.set()
        asked.wait(10)
        return x * 2 if x > 0 else x

    thread = threading.Thread(target=lambda: answers.append(trace(f, 1.0).value_and_grad(1.0)))
    thread.start()
    tracing.wait(10)
    answers.append(type(Value(1.0) > 0))
    asked.set()
    thread.join()
    assert answers == [bool, (2.0, [2.0])]


def apart(names: list[str]) -> list[str]:
    return [scope[0] for scope in numbered([(called(name, k),) for k, name in enumerate(names)])]


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ("a b a a", "a | b | a 2 | a 3"),
        ("1 1", "1 | 1 (2)"),
        ("t=1 t=2 t=1 t=2", "t=1 | t=2 | t=1 (2) | t=2 (2)"),
        ("t=1 t=2 t=1 t=2 t=3 t=1", "t=1 | t=2 | t=1 (2) | t=2 (2) | t=3 (2) | t=1 (3)"),  # the whole second sequence
        ("t=2 t=1 t=1 t=2", "t=2 | t=1 | t=1 (2) | t=2 (2)"),  # there and back
        ("t=1 t=1 t=2 t=2", "t=1 | t=1 (2) | t=2 | t=2 (2)"),  # two blocks in every step
        ("layer=1 t=1 layer=1 t=1", "layer=1 | t=1 | layer=1 (2) | t=1 (2)"),
        ("conv3 conv3 conv5", "conv3 | conv3 (2) | conv5"),  # not every number counts steps
    ],
)
def test_calls_are_numbered_and_sequences_as_a_whole(names: str, shown: str) -> None:
    assert " | ".join(apart(names.split())) == shown


@given(st.lists(st.sampled_from(["", "a", "a 2", "a (2)", "a 2 (2)", "1", "t=1", "t=2", "t=1 (2)", "="])))
def test_calls_have_names_of_their_own_that_know_what_they_are(names: list[str]) -> None:
    shown = apart(names)
    assert len(set(shown)) == len(shown) and [entered(name) for name in shown] == names
    alone = [(one, name) for one, name in zip(shown, names, strict=True) if names.count(name) == 1 and "=" not in name]
    assert all(one == name for one, name in alone)
    assert apart(shown) == shown and [entered(name) for name in apart(shown)] == shown


@given(st.lists(st.sampled_from(["W", "W_2", "W_2_2", "$W$", "$W$ (2)", "x"])))
def test_leaves_have_names_of_their_own(names: list[str]) -> None:
    leaves = [Value(1.0, name) for name in names]
    shown = list(labels(leaves).values())
    assert len(set(shown)) == len(shown)
    assert all(one == name for one, name in zip(shown, names, strict=True) if names.index(name) == shown.index(one))


def test_equal_leaves_are_told_apart_alike_everywhere() -> None:
    one, other = nn.Linear(1, 1, seed=1), nn.Linear(1, 1, seed=2)

    def f(x: Value) -> Value:
        return other(tanh(one(x))).sum()

    program = trace(f, [0.5])
    assert set(program.code.captured) == {"W", "b", "W_2", "b_2"}
    assert [line[6:] for line in program.source().splitlines() if "Linear" in line] == [
        "Linear", "Linear 2", "Linear 2", "Linear",
    ]  # fmt: skip
    z = f(Value([0.5], "x"))
    assert set(labels(ancestors(z)).values()) == {"x", "W", "b", "W_2", "b_2"}
    assert formula(z) == "sum(tanh(x @ W + b) @ W_2 + b_2)"
    assert {v.label for v in ancestors(to_scalars(z)) if v.label} == {
        "x[0]", "W[0,0]", "b[0]", "W_2[0,0]", "b_2[0]",
    }  # fmt: skip
    z.backward()
    for told in (viz.ledger(z), viz.text(z), viz.draw(z).description, viz.film(z).captions[0]):
        assert "W_2" in told and "b_2" in told and "#" not in told


@pytest.mark.parametrize(
    ("entered_as", "told"),
    [
        ([("a", "t=1"), ("a", "t=2"), ("b", "t=1")], ["a/t=1", "a/t=2", "b/t=1"]),
        ([("a", "t=1"), ("a", "t=2"), ("a", "t=1"), ("a", "t=2")], ["a/t=1", "a/t=2", "a 2/t=1", "a 2/t=2"]),
        ([("net", "a", "t=1"), ("net", "b", "t=1"), ("net", "a", "t=2")], ["net/a/t=1", "net/b/t=1", "net/a/t=2"]),
        ([("a", "t=1"), ("a",), ("a", "t=2")], ["a/t=1", "a 2", "a 3/t=2"]),
        ([("a", "part"), ("a", "part")], ["a/part", "a 2/part"]),
        ([("t=1", "a"), ("t=2", "a")], ["t=1/a", "t=2/a"]),
    ],
)
def test_a_scope_that_a_loop_enters_for_each_step_is_one(entered_as: list[tuple[str, ...]], told: list[str]) -> None:
    values = []
    for names in entered_as:
        with scope(*names):
            values.append(Value(1.0) + 1)
    found = instances(values)
    assert ["/".join(found[value]) for value in values] == told


def test_sequences_share_the_names_of_their_steps_and_each_is_a_call_of_its_own() -> None:
    cell = nn.RNNCell(2, 2)
    with scope("net"):
        below, _ = nn.unroll(cell, [Value([1.0, 2.0]), Value([3.0, 4.0])])
        above, h = nn.unroll(cell, below)
    expected = [("net", "t=1"), ("net", "t=2"), ("net", "t=1 (2)"), ("net", "t=2 (2)")]
    for z in (h, pickle.loads(pickle.dumps(h)), copy.deepcopy(h)):
        shown = [where[:2] for v, where in instances(ancestors(z)).items() if v.op]
        assert list(dict.fromkeys(shown)) == expected
    assert above[0].scope == below[0].scope == ("net", "t=1", "RNN")


def test_nothing_is_recorded_in_any_scope_inside_no_grad() -> None:
    x = Value([1.0, 2.0])
    with scope("outer"), no_grad():
        with scope("a", "b"):
            inside = x * 2
        outputs, h = nn.unroll(nn.RNNCell(2, 2), [x, x])
        behind = x * 3
    assert all(v.is_constant for v in (inside, *outputs, h, behind))
    assert [v.scope for v in (inside, behind, x * 4)] == [("outer", "a", "b"), ("outer",), ()]
