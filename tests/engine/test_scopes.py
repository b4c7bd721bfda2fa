"""Scopes name what is recorded inside them, whatever happens there."""

import asyncio
import threading

import pytest

from autograd_tiny import Value, grad, scope, to_scalars, trace
from autograd_tiny.backward import ancestors


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
