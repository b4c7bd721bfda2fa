"""Hello: gradients of the step equal numerical ones, every number is told, and a short training spells the word."""

import numpy as np

from lessons.experiments.console import silent
from lessons.experiments.hello import WANTED, Speller, lesson, letters, numbers, picture, probabilities, run, spell


def test_the_network_computes_the_lectures_equations() -> None:
    net = Speller(seed=3)
    W_xh, W_hh, b_h, W_hy, b_y = (v.data for v in net.parameters().values())
    h = np.zeros(3)
    for t, x in enumerate(np.eye(4)[letters("hell")]):
        h = np.tanh(x @ W_xh + h @ W_hh + b_h)
        scores = np.exp(h @ W_hy + b_y)
        # The same sums in another order: a few roundings of numbers near 1.
        np.testing.assert_allclose(probabilities(net)[t], scores / scores.sum(), rtol=1e-12)


def test_its_gradients_are_right() -> None:
    net, step = Speller(seed=1), 1e-5
    lesson(net).backward()
    for v in net.parameters().values():
        for place in np.ndindex(v.shape):
            start, around = v.data[place], []
            for v.data[place] in (start + step, start - step):
                around.append(float(lesson(net).data))
            v.data[place] = start
            # Central differences: an error of step² and of rounding / step, 1e-10 each.
            assert abs((around[0] - around[1]) / (2 * step) - v.grad[place]) < 1e-8


def test_every_number_of_a_step_is_told_with_the_letter_never_read() -> None:
    net = Speller(seed=0)
    loss = lesson(net)
    loss.backward()
    told = list(numbers(loss))
    assert [line.split()[0] for line in told if line.startswith(" " * 9 + "W")] == ["W_xh", "W_hh", "W_hy"]
    assert told[3].endswith("[  0.00   0.00   0.00]")  # "o" is written but not read: its row has no gradient
    assert all(any(line.startswith(f"t={t} cell h ") for line in told) for t in (1, 2, 3, 4))


def test_it_spells_after_three_hundred_steps() -> None:
    outcome = run(silent, seed=0)
    assert outcome.reached
    assert "Left alone after h: hello" in outcome.lines
    assert "After h comes e" in outcome.picture.description


def test_untrained_it_knows_nothing() -> None:
    net = Speller(seed=0)
    assert probabilities(net)[np.arange(4), letters(WANTED)].max() < 0.6
    assert len(spell(net)) == 5
    assert picture(net).svg == picture(net).svg
