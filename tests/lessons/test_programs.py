"""A learner's backward pass is told which mistake it makes, by what it returns."""

import pytest

from lessons.format import library
from lessons.format.lesson import Exercise
from lessons.format.quoting import unquoted
from lessons.session.pages import names_before
from lessons.session.posing import checked, defined
from lessons.session.vocabulary import Vocabulary

GATES = "def by_hand(x, y, z):\n    q = x + y\n    f = q * z\n    return {}\n"
NEURON = """
import math
def neuron_gradients(w0, x0, w1, x1, w2):
    a = w0 * x0 + w1 * x1 + w2
    o = 1 / (1 + math.exp(-a))
    da = {}
    return da * x0, da * w0, da * x1, da * w1, da
"""
LAYER = """
def layer_gradients(W, x):
    y = 1 / (1 + np.exp(-(W @ x)))
    d = y * (1 - y)
    return {}
"""
BATCH = "def linear_backward(G, X, W):\n    return {}\n"
NETWORK = """
import numpy as np
def gradients(x, t, w1, w2, v1, v2):
    s = lambda a: 1 / (1 + np.exp(-a))
    y1, y2 = s(w1 @ x), s(w2 @ x)
    p = s(v1 * y1 - v2 * y2)
    dp = 2 * (p - t)
    ds = dp * p * (1 - p)
    da1, da2 = ds * v1 * y1 * (1 - y1), -ds * v2 * y2 * (1 - y2)
    {}
    return da1 * x, da2 * x, ds * y1, -ds * y2
"""
TIME = "import numpy as np\ndef weight_gradient(hs, deltas):\n    return {}\n"

PROGRAMS = [
    ("gates", "by-hand", GATES, "z, z, q", ""),
    ("gates", "by-hand", GATES, "z, z, z", "z received its own number"),
    ("gates", "by-hand", GATES, "q, q, z", "value of q"),
    ("gates", "by-hand", GATES, "1, 1, q", "upstream gradient is missing"),
    ("gates", "by-hand", GATES, "z * x, z * y, q", "as at a gate ×"),
    ("gates", "by-hand", GATES, "-z, z, q", "sign is not"),
    ("gates", "by-hand", GATES, "z, z, f", "value of f"),
    ("gates", "by-hand", GATES, "z, z, 2 * q", "twice the gradient"),
    ("gates", "by-hand", GATES, "z, z", "return 3 gradients: for x, y, z"),
    ("gates", "by-hand", GATES, "z, z, 'q'", "which is no number"),
    ("gates", "by-hand", GATES, "z, z, 17.3", "you 17.3."),
    ("gates", "neuron-by-hand", NEURON, "o * (1 - o)", ""),
    ("gates", "neuron-by-hand", NEURON, "o", "the factor 1 − output"),
    ("gates", "neuron-by-hand", NEURON, "a * (1 - a)", "put a, the input, into the slope"),
    ("gates", "neuron-by-hand", NEURON, "1 - o * o", "which is not the slope of σ"),
    ("gates", "neuron-by-hand", NEURON, "1", "from upstream is missing"),
    ("vectors", "by-hand", LAYER, "np.outer(d, x), W.T @ d", ""),
    ("vectors", "by-hand", LAYER, "np.outer(x, d), W.T @ d", "transposed"),
    ("vectors", "by-hand", LAYER, "np.outer(y, x), W.T @ d", "half of the slope of σ is missing"),
    ("vectors", "by-hand", LAYER, "-np.outer(d, x), W.T @ d", "sign is not"),
    ("vectors", "linear-backward", BATCH, "G @ W, G.T @ X, G.sum(axis=0)", ""),
    ("vectors", "linear-backward", BATCH, "G @ W, X.T @ G, G.sum(axis=0)", "transposed"),
    ("vectors", "linear-backward", BATCH, "G @ W, G.T @ X, G", "has still to be summed"),
    ("vectors", "linear-backward", BATCH, "G @ W, G.T @ X, G.mean(axis=0)", "mean over the 4 examples"),
    ("vectors", "linear-backward", BATCH, "G @ W, G.T @ X / len(X), G.sum(axis=0)", "mean over the 4 examples"),
    ("vectors", "linear-backward", BATCH, "G @ W, G.T @ X, G[0]", "first example"),
    ("vectors", "linear-backward", BATCH, "G @ W, G[:1].T @ X[:1], G.sum(axis=0)", "first example"),
    ("vectors", "linear-backward", BATCH, "G @ W, G.T @ X, G.sum(axis=1)", "over the other axis"),
    ("class-example", "by-hand", NETWORK, "pass", ""),
    ("class-example", "by-hand", NETWORK, "ds = dp; da1 = ds * v1 * y1 * (1 - y1)", "the gate σ of p is missing"),
    ("class-example", "by-hand", NETWORK, "da1 = ds * v1", "the gate σ of y1 is missing"),
    ("class-example", "by-hand", NETWORK, "da2 = -ds * y2 * (1 - y2)", "the factor v2"),
    ("class-example", "by-hand", NETWORK, "da2 = -ds * v1 * y2 * (1 - y2)", "you took v1 for v2"),
    ("class-example", "by-hand", NETWORK, "da1 = da1 / 2", "half of the gradient"),
    ("the-program", "weight-gradient", TIME, "hs.T @ deltas", ""),
    ("the-program", "weight-gradient", TIME, "np.outer(hs[0], deltas[0])", "step 1"),
    ("the-program", "weight-gradient", TIME, "hs.T @ deltas / len(hs)", "mean over the 4 steps"),
    ("the-program", "weight-gradient", TIME, "hs.mean(0)[:, None] * deltas", "shape"),
    ("the-program", "weight-gradient", TIME, "deltas.T @ hs", "transposed"),
    ("the-program", "weight-gradient", TIME, "hs[1:].T @ deltas[1:]", "step 1 brings is missing"),
]  # fmt: skip


@pytest.mark.parametrize(("lesson", "exercise", "program", "line", "told"), PROGRAMS)
def test_what_a_function_returns_is_looked_up(lesson: str, exercise: str, program: str, line: str, told: str) -> None:
    taken = library.load(lesson)
    asked = next(question for question in taken.questions if question.id == exercise)
    assert isinstance(asked, Exercise)
    made, problem = defined(program.format(line), asked.define, names_before(taken, asked))
    reply = checked(asked, made, names_before(taken, asked), Vocabulary(taken, asked).allows)
    assert not problem
    assert reply.kind == ("wrong" if told else "right"), reply.text
    assert told in unquoted(reply.text)
