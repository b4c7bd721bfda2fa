"""Functions that repeat themselves step after step, and what their programs must give at every length."""

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_tiny import Value, concatenate, exp, log, nn, scatter, stack, tanh, trace
from autograd_tiny.program import Program

Case = tuple[Callable[..., Any], Callable[[int], tuple[Any, ...]]]


def numbers(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape)).standard_normal(shape)


def ids(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape)).integers(0, 7, shape)


def char_rnn(kind: type[nn.Cell], batch: tuple[int, ...] = ()) -> Case:
    cell, out = kind(7, 5, seed=1), nn.Linear(5, 7, seed=2)

    def loss(text: Any, following: Any) -> Value:
        states, _ = nn.unroll(cell, nn.one_hot(text, 7))
        return nn.cross_entropy(out(states), following, reduction="sum")

    return loss, lambda T: (ids(T, *batch), np.roll(ids(T, *batch), 1, 0))


def unrolled(cell: nn.Cell, *batch: int) -> Case:
    return lambda xs: (nn.unroll(cell, xs)[0] ** 2).mean(), lambda T: (numbers(T, *batch, cell.input_size),)


def scalars() -> Case:
    U, W, V = Value(0.5, "U"), Value(-0.3, "W"), Value(1.1, "V")

    def loss(xs: Value) -> Value:
        s, total = Value(0.0, "s0"), Value(0.0)
        for x in xs:
            s = (U * x + W * s).sigmoid()
            total = total + (V * s).sigmoid()
        return total

    return loss, lambda T: (numbers(T),)


def lecture() -> Case:
    shapes = {"Wxh": (5, 4), "Whh": (5, 5), "Why": (4, 5), "bh": (5, 1), "by": (4, 1)}
    Wxh, Whh, Why, bh, by = (Value(numbers(*shape) * 0.3, name) for name, shape in shapes.items())

    def loss(xs: Value, targets: Any) -> Value:
        h, total = Value(np.zeros((5, 1)), "h"), Value(0.0)
        for t in range(len(xs)):
            h = tanh(Wxh @ xs[t] + Whh @ h + bh)
            y = Why @ h + by
            total = total - log(exp(y) / exp(y).sum())[targets[t], 0]
        return total

    return loss, lambda T: (numbers(T, 4, 1), ids(T) % 4)


def both_ways() -> Case:
    layer = nn.Bidirectional(nn.RNNCell(4, 5, seed=1), nn.GRUCell(4, 5, seed=2))
    return lambda xs: (layer(xs)[0] ** 2).sum(), lambda T: (numbers(T, 3, 4),)


def translation() -> Case:
    reader, writer = nn.LSTMCell(4, 5, seed=1), nn.LSTMCell(4, 5, seed=2)

    def loss(xs: Value, ys: Value) -> Value:
        outputs, _ = nn.unroll(writer, ys, nn.unroll(reader, xs)[1])
        return (outputs * outputs).sum()

    return loss, lambda T: (numbers(T, 3, 4), numbers(T, 3, 4))


def step_by_step() -> Case:
    cell, out = nn.LSTMCell(4, 5, seed=1), nn.Linear(5, 2)

    def loss(xs: Value) -> Value:
        outputs, _ = nn.unroll(cell, list(xs))
        total = Value(0.0)
        for h in outputs:
            total = total + (out(h) ** 2).sum()
        return total

    return loss, lambda T: (numbers(T, 3, 4),)


def following() -> Case:
    cell, out = nn.RNNCell(7, 5, seed=1), nn.Linear(5, 7, seed=2)

    def loss(text: Any) -> Value:
        states, _ = nn.unroll(cell, nn.one_hot(text[:-1], 7))
        return nn.cross_entropy(out(states), text[1:])

    return loss, lambda T: (ids(T + 1),)


def attentive() -> Case:
    reader, writer, attention = nn.RNNCell(4, 5, seed=1), nn.RNNCell(5, 5, seed=2), nn.Attention(5, 5)

    def loss(xs: Value, ys: Value) -> Value:
        states, h = nn.unroll(reader, xs)
        total = Value(0.0)
        for y in ys:
            h = writer(attention(h, states)[0], h)
            total = total + ((h - y) ** 2).sum()
        return total

    return loss, lambda T: (numbers(T, 2, 4), numbers(T, 2, 5))


def final() -> Case:
    cell = nn.GRUCell(4, 5, seed=1)
    return lambda xs: (nn.unroll(cell, xs)[1] ** 2).sum(), lambda T: (numbers(T, 3, 4),)


def logistic_map() -> Case:
    a = Value(0.9, "a")

    def loss(xs: Value) -> Value:
        s = Value(0.5, "s0")
        for x in xs:
            s = a * s * (1 - s) + x * 0.01
        return s

    return loss, lambda T: (numbers(T),)


def gated() -> Case:
    """Single numbers throughout: a gated cell, what it should say, and a way that depends on no step."""
    w, f, i, c0 = Value(0.7, "w"), Value(0.4, "f"), Value(-0.6, "i"), Value(0.2, "c0")

    def loss(xs: Value, ys: Value, h: Value) -> Value:
        c, total = c0, Value(0.0)
        for x, y in zip(xs, ys, strict=True):
            gate = (f * h + w * x).sigmoid()
            c = gate * c + (1 - gate) * tanh(i * x)
            h = gate * tanh(c)
            total = total + (h - y) ** 2
        return total + w * w

    return loss, lambda T: (numbers(T), numbers(T), 0.3)


def taps() -> Case:
    """A state that is read again after two steps and after three, from the first step on."""
    W, V, S = (Value(numbers(3, 3, k)[..., 0] * 0.4, name) for k, name in enumerate("WVS", 1))

    def loss(xs: Value, h0: Value) -> Value:
        states, total = [h0 * 0.5, Value(np.zeros(3)), h0], Value(0.0)
        for x in xs:
            states.append(tanh(W @ states[-1] + V @ states[-2] + S @ states[-3] + x))
            total = total + (states[-1] * states[-2]).sum()
        return total

    return loss, lambda T: (numbers(T, 3), numbers(3))


def skips() -> Case:
    """Connections over two steps, which the first two steps do not have."""
    cell, V = nn.LSTMCell(3, 4, seed=1), Value(numbers(4, 4) * 0.3, "V")

    def loss(xs: Value) -> Value:
        outputs: list[Value] = []
        state, total = None, Value(0.0)
        for t, x in enumerate(xs):
            state = cell(x, state)
            outputs.append(state[0] + outputs[t - 2] @ V if t >= 2 else state[0])
            total = total + (outputs[-1] ** 2).sum()
        return total

    return loss, lambda T: (numbers(T + 2, 2, 3),)


def numbers_with_taps() -> Case:
    a, b = Value(0.9, "a"), Value(-0.5, "b")

    def loss(xs: Value) -> Value:
        one = two = Value(0.3, "s0")
        total = Value(0.0)
        for x in xs:
            one, two = tanh(a * one + b * two + x), one
            total = total + one * two
        return total

    return loss, lambda T: (numbers(T),)


def truncated(every: int) -> Case:
    """Truncated backpropagation: no gradient goes back over every so many steps."""
    cell = nn.LSTMCell(3, 4, seed=1)

    def loss(xs: Value, h: Value) -> Value:
        state, total = (h, h * 0.1), Value(0.0)
        for t, x in enumerate(xs):
            if t and t % every == 0:
                state = tuple(s.detach() for s in state)
            state = cell(x, state)
            total = total + (state[0] ** 2).sum()
        return total

    return loss, lambda T: (numbers(T, 2, 3), numbers(2, 4))


def begun_anew() -> Case:
    """A state that begins detached, and is otherwise carried with its gradients."""
    cell = nn.GRUCell(3, 4, seed=1)

    def loss(xs: Value, h: Value) -> Value:
        outputs, last = nn.unroll(cell, list(xs), h.detach())
        return (outputs[-1] * last).sum() + (h**2).sum()

    return loss, lambda T: (numbers(T, 2, 3), numbers(2, 4))


def windows() -> Case:
    """Truncated backpropagation in windows, each unrolled from a detached state."""
    cell = nn.RNNCell(3, 4, seed=1)

    def loss(xs: Value) -> Value:
        h, total = Value(np.zeros(4)), Value(0.0)
        for start in range(0, len(xs), 3):
            outputs, h = nn.unroll(cell, xs[start : start + 3], h.detach())
            total = total + (outputs**2).sum()
        return total

    return loss, lambda T: (numbers(3 * T, 3),)


def sliding() -> Case:
    """Each step reads the last three inputs, as a filter does."""
    W, V = Value(numbers(6, 4) * 0.4, "W"), Value(numbers(4, 4) * 0.3, "V")

    def loss(xs: Value) -> Value:
        h, total = Value(np.zeros(4)), Value(0.0)
        for t in range(len(xs) - 2):
            h = tanh(xs[t : t + 3].reshape(6) @ W + h @ V)
            total = total + (h * xs[t + 1 : t + 3].reshape(4)).sum()
        return total

    return loss, lambda T: (numbers(T + 2, 2),)


def batch_first() -> Case:
    """The axis of time behind that of the samples, as PyTorch's `batch_first` has it; what it gives, too."""
    cell, out = nn.LSTMCell(3, 4, seed=1), nn.Linear(4, 5, seed=2)

    def loss(xs: Value, targets: Any, weights: Value) -> Value:
        state, outputs, total = None, [], Value(0.0)
        for t in range(xs.shape[1]):
            state = cell(xs[:, t], state)
            outputs.append(state[0])
            total = total + nn.cross_entropy(out(state[0]), targets[:, t]) * weights[..., t].sum()
        return total + (out(stack(outputs, axis=1)) ** 2).mean()

    return loss, lambda T: (numbers(2, T, 3), ids(2, T) % 5, numbers(3, 2, T))


def batch_first_text() -> Case:
    cell, out = nn.RNNCell(7, 4, seed=1), nn.Linear(4, 7, seed=2)

    def loss(text: Any) -> Value:
        states, _ = nn.unroll(cell, nn.one_hot(text[:, :-1].T, 7))
        return nn.cross_entropy(out(states), text[:, 1:].T)

    return loss, lambda T: (ids(2, T + 1),)


def from_the_last() -> Case:
    """Time backwards, of samples that come first; of each row a part."""
    cell = nn.GRUCell(3, 4, seed=1)

    def loss(xs: Value) -> Value:
        h, total = None, Value(0.0)
        for t in reversed(range(xs.shape[1])):
            h = cell(xs[:, t, 1:4], h)
            total = total + (h * xs[:, t, :4]).sum()
        return total

    return loss, lambda T: (numbers(2, T, 5),)


def cut(size: int, stride: int, axis: int = 0, reverse: bool = False) -> Case:
    """Windows cut by slices, so many rows long, so far from each other; each unrolled from a detached state."""
    cell, out = nn.RNNCell(2, 4, seed=1), nn.Linear(4, 3, seed=2)

    def loss(xs: Value) -> Value:
        h, outputs = Value(np.zeros((2, 4))), []
        starts = range(0, xs.shape[axis] - size + 1, stride)
        for start in reversed(starts) if reverse else starts:
            window = xs[start : start + size] if axis == 0 else xs[:, start : start + size].swapaxes(0, 1)
            states, h = nn.unroll(cell, window, h.detach())
            outputs.append(states if axis == 0 else states.swapaxes(0, 1))
        return (out(concatenate(outputs, axis=axis)) ** 2).sum()

    def inputs(T: int) -> tuple[Any, ...]:
        rows = size + stride * (T - 1)
        return (numbers(*((2, rows, 2) if axis else (rows, 2, 2))),)

    return loss, inputs


def wide() -> Case:
    """A filter over more rows than the shortest examples have, and one over every second row."""
    w, a = Value(numbers(12), "w"), Value(0.5, "a")

    def loss(xs: Value) -> Value:
        h, total = Value(0.0), Value(0.0)
        for t in range(len(xs) - 11):
            h = tanh((xs[t : t + 12] * w).sum() + a * h + xs[t + 1 : t + 8 : 2].sum())
            total = total + h * h
        return total

    return loss, lambda T: (numbers(T + 11),)


def contexts() -> Case:
    """The three symbols before each next one, as the table of words reads them; a symbol may be there twice."""
    E, W, V = (Value(numbers(*shape) * 0.4, name) for name, shape in (("E", (7, 3)), ("W", (9, 4)), ("V", (4, 4))))

    def loss(text: Any) -> Value:
        h, total = Value(np.zeros(4)), Value(0.0)
        for t in range(len(text) - 3):
            h = tanh(E[text[t : t + 3]].reshape(9) @ W + h @ V)
            total = total + (h**2).sum()
        return total

    return loss, lambda T: (ids(T + 3),)


def chunks() -> Case:
    """Truncated backpropagation over a text: each chunk predicts what follows, also behind its end."""
    cell, out = nn.RNNCell(7, 4, seed=1), nn.Linear(4, 7, seed=2)

    def loss(text: Any) -> Value:
        h, total = Value(np.zeros(4)), Value(0.0)
        for start in range(0, len(text) - 1, 4):
            states, h = nn.unroll(cell, nn.one_hot(text[start : start + 4], 7), h.detach())
            total = total + nn.cross_entropy(out(states), text[start + 1 : start + 5], reduction="sum")
        return total

    return loss, lambda T: (ids(4 * T + 1),)


def multiples() -> Case:
    """Sums of equal things, forward and back."""
    W = Value(numbers(3, 3) * 0.4, "W")

    def loss(xs: Value) -> Value:
        h, total = Value(np.zeros(3)), Value(0.0)
        for x in xs:
            h = tanh(W @ (h + h) + x + x)
            total = total + (h * h * h).sum()
        return total

    return loss, lambda T: (numbers(T, 3),)


def without_end() -> Case:
    """An input with more rows than steps, and what is the same at each of them."""
    W = Value(numbers(3, 3) * 0.4, "W")

    def loss(xs: Value, rows: Value, unread: Value) -> Value:
        h, total = Value(np.zeros(3)), Value(0.0)
        for t in range(len(xs)):
            h = tanh(h * tanh(W).sum(axis=0) + xs[t] * rows[t])
            total = total + h.sum()
        return total

    return loss, lambda T: (numbers(T, 3), numbers(30, 3), numbers(T, 2))


def truncated_numbers() -> Case:
    a, b, s0 = Value(0.9, "a"), Value(-0.5, "b"), Value(0.3, "s0")

    def loss(xs: Value) -> Value:
        s, total = s0.detach(), Value(0.0)
        for t, x in enumerate(xs):
            s = tanh(a * (s.detach() if t % 3 == 0 else s) + b * s.detach() + s0 * x)
            total = total + s
        return total

    return loss, lambda T: (numbers(T),)


def placed() -> Case:
    """What is computed is put at a place that an index names, so that its gradient is taken from there."""
    place = np.array([-1])

    def loss(xs: Value, start: Value) -> Value:
        h, total = start, Value(0.0)
        for x in xs:
            v = tanh(h + x)
            total = total + (scatter(v.sum(keepdims=True), place, (1, 1)) * v).sum()
            h = start + 0.1 * x * v + 0.3 * h
        return total + h.sum()

    return loss, lambda T: (numbers(T), numbers(1, 1))


def side_by_side() -> Case:
    """Computed pieces behind one that is given."""
    given, weights = numbers(3), numbers(7)

    def loss(xs: Value, start: Value) -> Value:
        h, total = start, Value(0.0)
        for x in xs:
            v = tanh(h + x)
            total = total + (concatenate([exp(v * 0.5), given, v * x]) * weights).sum()
            h = start + 0.1 * x * v + 0.3 * h
        return total + h.sum()

    return loss, lambda T: (numbers(T), numbers(2) + 1)


stacked = nn.StackedCells([nn.LSTMCell(4, 5, seed=1), nn.LSTMCell(5, 5, seed=2)])
alike = nn.StackedCells([nn.RNNCell(5, 5, seed=1), nn.RNNCell(5, 5, seed=2)])


def in_parts() -> Case:
    """Of the gradient of what is put together, one part is kept for all steps, and another is not."""
    w = Value(numbers(6), "w")

    def loss(xs: Value, ys: Value) -> Value:
        h, total = Value(np.zeros(3), "h0"), Value(0.0)
        for x, y in zip(xs, ys, strict=True):
            z = (concatenate([y, concatenate([h, np.ones(2)])]) * w).sum()
            h = 0.1 * h + x * tanh(z)
            total = total + x * z
        return total + h.sum()

    return loss, lambda T: (numbers(T), numbers(T, 1))


def apart(case: Case, more: int) -> Case:
    """The first input of T steps, the others of more, or of half as many."""
    f, inputs = case
    return f, lambda T: (inputs(T)[0], *inputs(T + more if more else (T + 1) // 2)[1:])


def written_anew() -> Case:
    """An encoder reads a text, a decoder is told what it should have written before: each text has its own length."""
    reader, writer = nn.GRUCell(6, 5, seed=1), nn.LSTMCell(6, 5, seed=2)
    source, target = nn.Embedding(7, 6, seed=3), nn.Embedding(7, 6, seed=4)
    out = nn.Linear(5, 7, seed=5)

    def loss(text: Any, translation: Any) -> Value:
        _, h = nn.unroll(reader, source(text))
        states, _ = nn.unroll(writer, target(translation[:-1]), (h, h * 0.5))
        return nn.cross_entropy(out(states), translation[1:])

    return loss, lambda T: (ids(T), ids(2 * T + 3))


def numbers_of_two_lengths() -> Case:
    w, v, u = Value(0.7, "w"), Value(-0.4, "v"), Value(0.3, "u")

    def loss(xs: Value, ys: Value) -> Value:
        s, total = Value(0.1, "s0"), Value(0.0)
        for x in xs:
            s = (w * s + x).tanh()
        for y in ys:
            s = (v * s).sigmoid() * u
            total = total + (s - y) ** 2
        return total

    return loss, lambda T: (numbers(T), numbers(T + 3))


def three_texts() -> Case:
    first, second = nn.RNNCell(3, 5, seed=1), nn.GRUCell(4, 5, seed=2)
    third = nn.LSTMCell(2, 5, seed=3)

    def loss(xs: Value, ys: Value, zs: Value) -> Value:
        _, h = nn.unroll(first, xs)
        states, h = nn.unroll(second, ys, h)
        _, (h, c) = nn.unroll(third, zs, (h, states.mean(0)))
        return (h * c).sum()

    return loss, lambda T: (numbers(T, 3), numbers(T + 2, 4), numbers(2 * T + 1, 2))


CASES: dict[str, Case] = {
    "char-RNN": char_rnn(nn.RNNCell),
    "char-LSTM of a batch": char_rnn(nn.LSTMCell, (3,)),
    "GRU": unrolled(nn.GRUCell(4, 5, seed=1), 3),
    "peepholes": unrolled(nn.LSTMCell(4, 5, seed=1, peephole=True, learn_initial_state=True), 3),
    "MUT2": unrolled(nn.MUT2Cell(4, 4, seed=1)),
    "multiplicative": unrolled(nn.MultiplicativeRNNCell(4, 5, seed=1)),
    "stacked": unrolled(stacked, 3),
    "stacked alike": unrolled(alike, 3),
    "scalars": scalars(),
    "the lecture's loop": lecture(),
    "both ways": both_ways(),
    "translation": translation(),
    "step by step": step_by_step(),
    "what follows": following(),
    "attentive": attentive(),
    "the last state": final(),
    "logistic map": logistic_map(),
    "gated numbers": gated(),
    "taps": taps(),
    "skips": skips(),
    "numbers with taps": numbers_with_taps(),
    "truncated": truncated(4),
    "windows": windows(),
    "sliding": sliding(),
    "multiples": multiples(),
    "without end": without_end(),
    "begun anew": begun_anew(),
    "truncated numbers": truncated_numbers(),
    "batch first": batch_first(),
    "batch first, a text": batch_first_text(),
    "from the last": from_the_last(),
    "windows that overlap": cut(10, 4),
    "windows apart": cut(2, 3, reverse=True),
    "windows, batch first": cut(3, 3, axis=1),
    "wide windows": wide(),
    "contexts": contexts(),
    "chunks": chunks(),
    "placed": placed(),
    "side by side": side_by_side(),
    "in parts": in_parts(),
    "a longer translation": apart(translation(), 4),
    "a shorter translation": apart(translation(), 0),
    "attentive to a longer text": apart(attentive(), 0),
    "attentive to a shorter text": apart(attentive(), 3),
    "written anew": written_anew(),
    "numbers of two lengths": numbers_of_two_lengths(),
    "three texts": three_texts(),
}
SINGLE_NUMBERS = (
    "scalars",
    "logistic map",
    "gated numbers",
    "numbers with taps",
    "truncated numbers",
    "numbers of two lengths",
)


def agree(ours: Any, exact: Any) -> None:
    np.testing.assert_allclose(ours, exact, rtol=1e-9, atol=1e-12)  # sums in another order: some last digits


def exactly(case: Case, length: int) -> tuple[float, list[Any], list[Any]]:
    """The value, the gradients by the inputs and by what was captured, from the recorded graph."""
    f, inputs = case
    operands = [x if x.dtype.kind == "i" else Value(x) for x in map(np.asarray, inputs(length))]
    program = trace(f, *inputs(length))
    for leaf in program.captured:
        leaf.zero_grad()
    z = f(*operands)
    z.backward()
    return z.data, [x.grad for x in operands if isinstance(x, Value)], [leaf.grad for leaf in program.captured]


def agree_everywhere(program: Program, case: Case, length: int) -> None:
    """Value, gradients, and what `backward` adds to the captured values are those of the recorded graph."""
    inputs = case[1](length)
    value, gradients, of_captured = exactly(case, length)
    z, found = program.value_and_grad(*inputs)
    agree(z, value)
    for ours, exact in zip(found, gradients, strict=True):
        agree(ours, exact)
    for leaf in program.captured:
        leaf.zero_grad()
    agree(program.backward(*inputs), value)
    for leaf, exact in zip(program.captured, of_captured, strict=True):
        agree(leaf.grad, exact)
    agree(program(*inputs), value)
