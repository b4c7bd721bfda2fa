"""Broken backward passes: each gives the number its sentence says, and the sound one is the engine's."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd_tiny import Value, grad, sigmoid, tanh
from autograd_tiny.graphs.replay import Pass, backward, recorded, run, wires
from autograd_tiny.learners.case import Target
from autograd_tiny.learners.faults import negated, only
from autograd_tiny.learners.mistakes import TERMS, broken_passes, mistakes
from autograd_tiny.value import ancestors


def shared(at: float = 5.0) -> dict[str, Value]:
    w = Value(at, label="w")
    x, y = w**2, w - 3
    z = x * y
    x.label, y.label, z.label = "x", "y", "z"
    return {"w": w, "x": x, "y": y, "z": z}


def told(target: Target) -> list[tuple[str, float]]:
    numbers = run([target.output], {})
    return [(m.kind, float(m.number)) for m in mistakes(target, numbers) if not np.ndim(m.number)]


def test_the_lectures_mistakes_are_all_there() -> None:
    v = shared()
    found = told(Target(v["z"], v["w"]))
    # z = x·y, x = w² = 25, y = w − 3 = 2; right is 2w·y + x = 20 + 25.
    assert ("path missed", 20.0) in found
    assert ("path missed", 25.0) in found
    assert ("overwritten", 20.0) in found  # x was born before y: its += comes last
    assert ("no upstream", 11.0) in found  # 2w + 1: local derivatives alone
    assert ("no local", 2.0) in found  # 1 + 1: the seed itself went through
    assert ("no local", 27.0) in found  # at x = w² alone: y + x
    assert ("no upstream", 35.0) in found  # at x = w² alone: 2w + x
    assert ("sign", -45.0) in found
    assert ("twice", 90.0) in found


def test_a_value_used_twice_by_one_gate_has_two_paths() -> None:
    w = Value(3.0, label="w")
    z = w * w
    assert [number for kind, number in told(Target(z, w)) if kind == "path missed"] == [3.0, 3.0]


def test_sentences_name_the_place() -> None:
    v = shared()
    said = [m.text for m in mistakes(Target(v["z"], v["w"]), run([v["z"]], {})) if m.kind == "path missed"]
    assert any("from w through x" in sentence and "2 uses of w" in sentence for sentence in said)


def test_gates_without_a_label_are_named_by_what_enters_them() -> None:
    v = Value(1.0, label="v")
    z = (v * 3 - v * 2).exp()
    said = " ".join(m.sentence for m in mistakes(Target(z, v), run([z], {})))
    for name in ("from v through the gate v × 3", "the gate v × 2 is subtracted at the gate … − …", "the gate exp(…)"):
        assert name in said


def test_an_overlooked_minus_is_named() -> None:
    u, v = Value(5.0, label="u"), Value(3.0, label="v")
    s = u - v
    s.label = "s"
    L = s**2
    assert first(Target(L, v), 4.0).startswith("v is subtracted at s")  # right is 2·2·(−1) = −4


def test_of_two_signs_nobody_knows_which_was_lost() -> None:
    u, v = Value(2.0, label="u"), Value(3.0, label="v")
    L = (u - v) ** 2
    assert first(Target(L, v), -2.0) == "The size is right, the sign is not."  # right is 2·(−1)·(−1) = 2
    assert first(Target(L, u), 2.0).endswith("is negative here, and its sign was lost.")  # of the square alone
    w = Value(3.0, label="w")
    assert first(Target(u * w, u), -3.0) == "The size is right, the sign is not."  # there was none to be lost


def test_of_two_places_that_give_the_same_number_none_is_blamed() -> None:
    w = Value(3.0, label="w")
    x, y = 2 * w, w * 2
    x.label, y.label = "x", "y"
    z = x + y
    assert "path" not in first(Target(z, w), 2.0)  # without x, or without y?
    y = w * 5
    y.label = "y"
    assert "The path from w through y is missing" in first(Target(x + y, w), 2.0)


def test_a_number_that_stands_in_the_circuit_is_not_called_twice_the_gradient() -> None:
    v = shared()
    through_y = Target(v["z"], v["w"], through=v["y"])  # 25; z itself is 50
    assert "twice" not in first(through_y, 50.0)
    assert first(Target(v["z"], v["w"]), 90.0) == "This is twice the gradient."


def test_every_sentence_speaks_in_known_terms() -> None:
    v = shared()
    W, x = Value([[1.0, -2.0, 0.5], [3.0, 0.5, 1.0]], label="W"), Value(np.ones((4, 3)), label="x")
    L = (tanh(x @ W.T + Value([0.5, 1.0], label="b"))).sum()
    targets = [Target(v["z"], v["w"]), *(Target(L, leaf) for leaf in ancestors(L) if leaf.label)]
    said = " ".join(m.text for target in targets for m in mistakes(target, recorded(target.output)))
    for term in TERMS:
        assert term in said


def first(target: Target, number: float) -> str:
    """What is said first of this number."""
    numbers = run([target.output], {})
    return next(m.text for m in mistakes(target, numbers) if not np.ndim(m.number) and m.number == number)


def test_a_minus_is_named_before_what_gives_the_same_number() -> None:
    a = Value(3.0, label="a")
    for b, said in ((-a, "a is negated at b"), (-1 * a, "a is negated at b"), (2 - a, "a is subtracted at b")):
        b.label = "b"
        # −1 · 1 is right; without the sign 1, which is the seed gone through unchanged, too.
        assert first(Target(b, a), 1.0).startswith(said)


def test_nought_is_no_path() -> None:
    v = shared()
    assert "No path was counted" in first(Target(v["z"], v["w"]), 0.0)
    a = Value(3.0, label="a")
    difference = 2 * a - a * a  # the signs of its shares, 2 and −6, cannot make 0
    assert "No path was counted" in first(Target(difference, a), 0.0)


def test_through_one_gate_only() -> None:
    v = shared()
    target = Target(v["z"], v["w"], through=v["x"])
    assert target.read_at(run([v["z"]], {})) == 20.0
    assert {("another path", 25.0), ("all paths", 45.0)} <= set(told(target))


def test_arrays_are_diagnosed_too() -> None:
    W, x = Value([[1.0, -2.0], [3.0, 0.5]], label="W"), Value([2.0, -1.0], label="x")
    L = sigmoid(W @ x).sum()
    target = Target(L, W, element=(0, 1))
    assert target.read_at(run([L], {})) == pytest.approx(grad(L, [W])[0].data[0, 1])
    assert any(kind == "no local" for kind, _ in told(target))


GATES = (
    lambda p, q: p * q,
    lambda p, q: p + q,
    lambda p, q: p - q,
    lambda p, q: tanh(p),
    lambda p, q: 0.5 * p,
)


@st.composite
def circuits(draw: st.DrawFn) -> tuple[Value, list[Value]]:
    """A scalar circuit with fan-outs, and its leaves."""
    leaves = [Value(draw(st.floats(-2, 2)), label=name) for name in "abc"]
    values = list(leaves)
    for _ in range(draw(st.integers(1, 8))):
        p, q = draw(st.sampled_from(values)), draw(st.sampled_from(values))
        values.append(draw(st.sampled_from(GATES))(p, q))
    output = values[-1]
    for leaf in leaves:
        output = output + 0.25 * leaf
    return output, leaves


@settings(max_examples=60)
@given(circuits())
def test_the_sound_pass_is_the_engines_own(made: tuple[Value, list[Value]]) -> None:
    output, leaves = made
    done = backward(output, recorded(output))
    for leaf, engine in zip(leaves, grad(output, leaves), strict=True):
        # The same sums in the same order.
        assert done.gradients[leaf] == pytest.approx(engine.data, rel=1e-12, abs=1e-12)


@settings(max_examples=40)
@given(circuits())
def test_shares_through_all_consumers_add_up(made: tuple[Value, list[Value]]) -> None:
    output, leaves = made
    done = backward(output, run([output], {}))
    for leaf in leaves:
        consumers = dict.fromkeys(v for (v, k) in done.along if v.inputs[k] is leaf)
        assert sum(done.through(v, leaf) for v in consumers) == pytest.approx(done.gradients[leaf], rel=1e-9, abs=1e-9)


def test_a_run_with_other_numbers_is_the_function_there() -> None:
    v = shared()
    assert run([v["z"]], {v["w"]: 2.0})[v["z"]] == -4.0
    assert run([v["z"]], {v["x"]: 1.0})[v["z"]] == 2.0  # an inner value can be given too
    assert v["w"].data == 5.0


# What does not multiply by the seed.
FORGETS = ("no upstream", "value", "added", "multiplied", "slope", "slope of a part", "turned over", "second")


@settings(max_examples=40)
@given(circuits(), st.floats(0.5, 3))
def test_the_seed_scales_every_mistake_that_multiplies_by_it(made: tuple[Value, list[Value]], seed: float) -> None:
    output, leaves = made
    for one, scaled in zip(
        broken_passes(Target(output, leaves[0]), recorded(output)),
        broken_passes(Target(output, leaves[0], seed=seed), recorded(output)),
        strict=True,
    ):
        assert one.sentence == scaled.sentence
        if one.kind not in FORGETS:
            assert scaled.number == pytest.approx(seed * one.number, rel=1e-9, abs=1e-9, nan_ok=True)


@settings(max_examples=40)
@given(circuits())
def test_wires_off_the_way_to_the_input_carry_no_mistake(made: tuple[Value, list[Value]]) -> None:
    output, leaves = made
    target, numbers = Target(output, leaves[0]), recorded(output)
    on_the_way = set(target.wires())
    for wire in set(wires(output)) - on_the_way:
        assert target.read(target.passed(numbers, only(wire, negated))) == target.read_at(numbers)


def test_a_product_that_does_not_swap_is_named() -> None:
    v = shared()
    assert "From z, x received its own number" in first(Target(v["z"], v["x"]), 25.0)
    a = Value(7.0, label="a")
    for product in (a * a, a * 3):  # here nothing could be taken for the other
        assert not [kind for kind, _ in told(Target(product, a)) if kind == "own factor"]


SCALES = ("path missed", "sign", "subtracted", "no local", "no upstream", "own factor")


def scale(kind: str, wire: tuple[Value, int], done: Pass, numbers: dict[Value, float]) -> float:
    """By how much a mistake scales what flows on the wire, by the words of its sentence."""
    consumer, slot = wire
    local = done.along[wire] / done.gradients[consumer]
    own_factor = numbers[consumer.inputs[slot]] / local
    return {
        "path missed": 0.0,
        "sign": -1.0,
        "subtracted": -1.0,
        "no local": 1 / local,
        "no upstream": 1 / done.gradients[consumer],
        "own factor": own_factor,
    }[kind]


def slope_with(target: Target, wire: tuple[Value, int], factor: float) -> float:
    """The derivative of the circuit in which the wire carries so many times the change of its input."""
    consumer, slot = wire
    still = recorded(target.output)[consumer.inputs[slot]]

    def f(x: float) -> float:
        moved = run([target.output], {target.input: x})[consumer.inputs[slot]]
        return run([target.output], {target.input: x}, {wire: still + factor * (moved - still)})[target.output]

    h = 1e-5
    return (f(target.input.data + h) - f(target.input.data - h)) / (2 * h)


@settings(max_examples=60)
@given(circuits())
def test_a_place_is_blamed_with_the_number_that_the_circuit_gives_when_it_is_broken_there(
    made: tuple[Value, list[Value]],
) -> None:
    output, leaves = made
    target, numbers = Target(output, leaves[0]), recorded(output)
    done = target.passed(numbers)
    for mistake in mistakes(target, numbers):
        if mistake.kind not in SCALES or mistake.place is None or math.isnan(mistake.number):
            continue
        consumer, _ = mistake.place
        if abs(done.gradients[consumer]) < 1e-3 or abs(done.along[mistake.place]) < 1e-3:
            continue  # what is nearly 0 cannot be scaled to anything
        factor = scale(mistake.kind, mistake.place, done, numbers)
        # The difference has an error of about 1e-10 times the factor.
        assert slope_with(target, mistake.place, factor) == pytest.approx(mistake.number, rel=1e-4, abs=1e-4)


def test_a_large_circuit_is_diagnosed_as_a_whole() -> None:
    x = Value(0.5, label="x")
    y = x
    for _ in range(150):
        y = y * 1.001 + x
    found = list(mistakes(Target(y, x), recorded(y)))
    assert {"overwritten", "no upstream", "no local", "sign", "twice"} <= {m.kind for m in found}
    assert len(found) < 15
