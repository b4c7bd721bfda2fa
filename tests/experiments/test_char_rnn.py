"""The char-RNN's iteration is the lecture's: the same numbers as the program written by hand, whatever the cell."""

import math
import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from autograd_tiny import nn
from autograd_tiny.program.c.compiler import COMPILERS
from benchmarks import handwritten
from lessons.experiments.char_rnn import Explosion, Step, make_step
from lessons.experiments.char_rnn.networks import CELLS, Network
from lessons.experiments.char_rnn.text import alphabet_of, encoded
from lessons.experiments.char_rnn.writing import bits_per_character, gradient_flow, read, write

TEXT = "".join(f"{k} times {k} is {k * k}; " for k in range(60))  # 800 characters: the data pointer wraps


def beside() -> tuple[Step, handwritten.Weights, handwritten.StepByHand]:
    """Our step, and the one by hand from a copy of the same weights."""
    ours = make_step(TEXT, hidden=30, seed=3)
    weights = {name: p.data.copy() for name, p in ours.parameters.items()}
    return ours, weights, handwritten.make_step(TEXT, weights)


def test_parameters_have_the_names_and_shapes_of_the_lecture() -> None:
    V = len(set(TEXT))
    shapes = {name: p.shape for name, p in make_step(TEXT, hidden=7).parameters.items()}
    assert shapes == {"Wxh": (7, V), "Whh": (7, 7), "Why": (V, 7), "bh": (7, 1), "by": (V, 1)}


def test_every_iteration_is_that_of_the_program_by_hand() -> None:
    ours, weights, by_hand = beside()
    for _ in range(300):
        for name, p in ours.parameters.items():
            p.data[...] = weights[name]
        ours.state = by_hand.state[:, 0].copy() if ours.iteration else None
        # Weights and state agree before each step: losses differ by rounding alone, in sums of some thousand products.
        assert math.isclose(ours(), by_hand(), rel_tol=1e-10)
        for name, p in ours.parameters.items():
            # Adagrad divides by 1e-4 where gradients are 0, which magnifies their rounding (1e-15 of gradients near 5).
            assert np.allclose(p.data, weights[name], rtol=0, atol=1e-10), name


def test_left_alone_both_go_the_same_way() -> None:
    ours, _, by_hand = beside()
    # Training is chaotic: a weight that is off by one rounding doubles its distance every few steps, in either
    # program: after ten steps from 1e-16 to about 1e-12, after hundreds to everything, even between two copies of the
    # program by hand whose first weights differ by one rounding.
    assert np.allclose([ours() for _ in range(10)], [by_hand() for _ in range(10)], rtol=1e-10, atol=0)


def test_at_a_small_learning_rate_hundreds_of_steps_agree() -> None:
    ours = make_step(TEXT, hidden=30, learning_rate=0.003, seed=3)
    weights = {name: p.data.copy() for name, p in ours.parameters.items()}
    by_hand = handwritten.make_step(TEXT, weights, rate=0.003)
    assert np.allclose([ours() for _ in range(300)], [by_hand() for _ in range(300)], rtol=1e-10, atol=0)


def test_weights_may_be_assigned_before_the_first_step() -> None:
    weights = handwritten.rnn_weights(100, len(set(TEXT)), seed=5)
    ours, by_hand = make_step(TEXT), handwritten.make_step(TEXT, {n: w.copy() for n, w in weights.items()})
    for name, p in ours.parameters.items():
        p.data = weights[name]
    assert np.allclose([ours() for _ in range(10)], [by_hand() for _ in range(10)], rtol=1e-10, atol=0)


def test_it_starts_as_a_guess_and_wraps_where_the_text_ends() -> None:
    step = make_step(TEXT, hidden=10)
    guess = 25 * math.log(len(set(TEXT)))
    assert step.smooth_loss == guess
    assert math.isclose(step(), guess, rel_tol=1e-2)  # weights of 0.01 tell the characters apart by about a percent
    starts = [0]
    for _ in range(2 * len(TEXT) // 25):
        step()
        starts.append(step.position - 25)
    assert starts[0] == 0 and starts.count(0) == 3
    assert max(starts) + 2 * 25 + 1 >= len(TEXT) > max(starts) + 25 + 1


@pytest.mark.parametrize("cell", CELLS)
def test_every_cell_learns(cell: str) -> None:
    step = make_step("hello, hullo, hallo; " * 20, cell=cell, hidden=16, seq_length=10)
    losses = [step() for _ in range(250)]
    assert sum(losses[-20:]) < 0.5 * sum(losses[:20])


@pytest.mark.parametrize("cell", CELLS)
def test_gradients_are_those_of_differences(cell: str) -> None:
    network = Network(cell, 5, 4, seed=1)
    x, y = np.array([0, 3, 1, 1]), np.array([3, 1, 1, 4])

    def loss() -> float:
        return float(nn.cross_entropy(network(x)[0], y, "sum").data)

    nn.cross_entropy(network(x)[0], y, "sum").backward()
    for p in network.parameters().values():
        gradient, at = p.grad, np.unravel_index(int(np.argmax(np.abs(p.grad))), p.shape)
        number, steps = p.data[at], 1e-6
        p.data[at] = number + steps
        above = loss()
        p.data[at] = number - steps
        below = loss()
        p.data[at] = number
        # Central differences at 1e-6: truncation 1e-12, rounding of a loss near 6 about 1e-9.
        assert math.isclose((above - below) / (2 * steps), gradient[at], rel_tol=1e-5, abs_tol=1e-8)


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru", "mut1", "mut2", "mut3", "multiplicative"])
def test_the_program_trains_as_the_graph_does(cell: str) -> None:
    _train_alike(*(make_step(TEXT, cell=cell, hidden=20, seq_length=12, compiled=c) for c in (False, True)))


@pytest.mark.skipif(not any(map(shutil.which, COMPILERS)), reason="no C compiler on this machine")
@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru", "multiplicative"])
def test_the_program_in_c_trains_as_the_graph_does(cell: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    ways = ({"compiled": False}, {"native": True})
    _train_alike(*(make_step(TEXT, cell=cell, hidden=20, seq_length=12, **way) for way in ways))


def _train_alike(eager: Step, compiled: Step) -> None:
    for _ in range(10):
        # The same sums in another order: 1e-16 per number, magnified a thousandfold by ten steps at most.
        assert math.isclose(eager(), compiled(), rel_tol=1e-12)
    for name, p in eager.parameters.items():
        assert np.allclose(p.data, compiled.parameters[name].data, rtol=1e-9, atol=1e-12), name


def test_a_step_says_what_is_wrong_with_its_settings() -> None:
    for wrong, message in (
        ({"text": ""}, "empty"), ({"text": "aaaa"}, "one character only, 'a'"), ({"text": "ab" * 5}, "10 characters"),
        ({"cell": "transformer"}, "rnn, lstm"), ({"optimizer": "magic"}, "adagrad"), ({"clip": -1.0}, "clip = -1.0"),
        ({"seq_length": 0}, "seq_length = 0"),
        ({"learning_rate": -1.0}, "lr = -1.0"), ({"hidden": 0}, "hidden_size = 0"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=message):
            make_step(**({"text": TEXT} | wrong))


def test_the_first_value_that_is_not_finite_is_named() -> None:
    step = make_step(TEXT, hidden=10)
    step()
    step.parameters["Whh"].data[3, 4] = math.nan
    before = step.parameters["Why"].data.copy()
    with pytest.raises(Explosion, match=r"iteration 1: not finite first: Whh \(a parameter\)"):
        step()
    assert np.array_equal(step.parameters["Why"].data, before)


def test_a_loss_that_explodes_is_stopped() -> None:
    step = make_step(TEXT, hidden=10, optimizer="sgd", learning_rate=1e3, clip=0.0)
    with pytest.raises(Explosion, match=r"iteration \d+: .*(large|not finite) first: \w+ \(a parameter\)"):
        for _ in range(50):
            step()


def test_writing_follows_the_scores() -> None:
    alphabet = alphabet_of(TEXT)
    step = make_step(TEXT, cell="gru", hidden=30)
    for _ in range(400):
        step()
    network = step.network
    greedy = write(network, alphabet, 30, seed_text="7 times 7", greedy=True)
    scores, _ = read(network, encoded("7 times 7", alphabet))
    assert greedy[0] == alphabet[int(np.argmax(scores))]
    cold = write(network, alphabet, 30, seed_text="7 times 7", temperature=1e-6)
    assert cold == greedy
    assert (
        write(network, alphabet, 30, seed=1)
        == write(network, alphabet, 30, seed=1)
        != write(network, alphabet, 30, seed=2)
    )
    with pytest.raises(ValueError, match="SNOWMAN"):
        write(network, alphabet, 3, seed_text="a☃")
    with pytest.raises(ValueError, match="temperature = 0"):
        write(network, alphabet, 3, temperature=0)


def test_draws_have_the_probabilities_of_the_softmax() -> None:
    from lessons.experiments.char_rnn.writing import drawn

    rng, scores = np.random.default_rng(0), np.array([0.0, math.log(2), math.log(5)])
    counts = np.bincount([drawn(scores, rng) for _ in range(8000)], minlength=3)
    assert np.allclose(counts / 8000, [1 / 8, 2 / 8, 5 / 8], atol=0.03)  # five standard deviations are 0.028


def test_bits_do_not_depend_on_the_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    network, ids = Network("lstm", len(set(TEXT)), 8), encoded(TEXT[:301], alphabet_of(TEXT))
    whole = bits_per_character(network, ids)
    monkeypatch.setattr("lessons.experiments.char_rnn.writing.STRETCH", 7)
    assert math.isclose(bits_per_character(network, ids), whole, rel_tol=1e-12)  # the same sums in another order


def test_the_gradient_flows_back_in_time() -> None:
    network, ids = Network("rnn", len(set(TEXT)), 8), encoded(TEXT[:11], alphabet_of(TEXT))
    flow = gradient_flow(network, ids[:-1], ids[1:], None)
    assert len(flow) == 10 and all(a < b for a, b in pairwise(flow))  # weights of 0.01: it vanishes
