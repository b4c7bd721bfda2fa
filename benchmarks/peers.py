"""The peers' training steps of the char-RNN, each as its users would write it over the same weights and text."""

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.handwritten import CLIP, RATE, Array, Weights
from benchmarks.task import CHARACTERS, HIDDEN, SEQ_LENGTH, Step, stretches, weights


def _torch(network: str, model: Any, rows: Callable[[Array], Array], batch: int = 1, length: int = SEQ_LENGTH) -> Step:
    """PyTorch's own loop; `model(inputs, state)` gives the outputs h and the state."""
    import torch

    given = weights(network)
    with torch.no_grad():
        for name, kind in (("weight_ih", ("Wxh", "Wx")), ("weight_hh", ("Whh", "Wh")), ("bias_ih", ("bh", "b"))):
            parameter = next(p for n, p in model.named_parameters() if n.startswith(name))
            parameter.copy_(torch.tensor(rows(next(given[k] for k in kind if k in given))).reshape(parameter.shape))
    still = next(p for n, p in model.named_parameters() if n.startswith("bias_hh"))
    still.requires_grad_(False).zero_()  # a second bias, which the lecture's network has not
    Why, by = (torch.tensor(a, requires_grad=True) for a in (given["Why"], given["by"][:, 0]))
    parameters = [p for p in model.parameters() if p.requires_grad] + [Why, by]
    optimizer = torch.optim.Adagrad(parameters, RATE, eps=0.0, initial_accumulator_value=1e-8)
    one_hot, pairs, state = torch.eye(CHARACTERS, dtype=torch.float64), stretches(batch, length), None

    def step() -> float:
        nonlocal state
        x, y = (torch.from_numpy(ids) for ids in next(pairs))
        h, state = model(one_hot[x], state)
        loss = torch.nn.functional.cross_entropy((h @ Why.T + by).flatten(0, -2), y.flatten(), reduction="sum")
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_value_(parameters, CLIP)
        optimizer.step()
        state = tuple(s.detach() for s in state) if isinstance(state, tuple) else state.detach()
        return float(loss.detach())

    return step


def _torch_rows(network: str) -> Callable[[Array], Array]:
    """PyTorch orders the LSTM's gates i, f, g, o; the weights here have i, f, o, g."""
    if network == "rnn":
        return lambda a: a
    return lambda a: np.concatenate([a[: 2 * HIDDEN], a[3 * HIDDEN :], a[2 * HIDDEN : 3 * HIDDEN]])


def torch_layer(network: str, batch: int = 1) -> Step:
    """PyTorch's layer, which runs the whole sequence in one call."""
    import torch

    torch.set_num_threads(1)
    kind = torch.nn.RNN if network == "rnn" else torch.nn.LSTM
    return _torch(network, kind(CHARACTERS, HIDDEN, dtype=torch.float64), _torch_rows(network), batch)


def torch_cell(network: str) -> Step:
    """PyTorch's cell, called once for each time step."""
    import torch

    torch.set_num_threads(1)

    class Loop(torch.nn.RNNCell if network == "rnn" else torch.nn.LSTMCell):  # type: ignore[misc]
        """The cell over a sequence."""

        def forward(self, xs: Any, state: Any) -> Any:
            outputs = []
            for x in xs:
                state = super().forward(x, state)
                outputs.append(state[0] if network == "lstm" else state)
            return torch.stack(outputs), state

    return _torch(network, Loop(CHARACTERS, HIDDEN, dtype=torch.float64), _torch_rows(network))


def torch_compiled(network: str, batch: int = 1, length: int = SEQ_LENGTH) -> Step:
    """PyTorch's LSTM cell under torch.compile, called once for each time step."""
    import torch

    torch.set_num_threads(1)
    cell = torch.compile(torch.nn.LSTMCell.forward)

    class Loop(torch.nn.LSTMCell):  # type: ignore[misc]
        """The cell over a sequence."""

        def forward(self, xs: Any, state: Any) -> Any:
            state = state or (torch.zeros(HIDDEN, dtype=torch.float64),) * 2
            outputs = []
            for x in xs:
                state = cell(self, x, state)
                outputs.append(state[0])
            return torch.stack(outputs), state

    return _torch(network, Loop(CHARACTERS, HIDDEN, dtype=torch.float64), _torch_rows(network), batch, length)


def forward(np: Any, sigmoid: Any, w: Any, x: Array, state: Any) -> tuple[Any, Any]:
    """Outputs (T, H) and the last state, over whichever NumPy `np` is: HIPS autograd's, or MyGrad's."""
    H, lstm, outputs = HIDDEN, "Wx" in w, []
    h, c = state
    projected = w["Wx"].T[x] + w["b"].reshape(-1) if lstm else w["Wxh"].T[x] + w["bh"].reshape(-1)
    for t in range(len(x)):
        if lstm:
            a = projected[t] + np.matmul(w["Wh"], h)
            gates, g = sigmoid(a[: 3 * H]), np.tanh(a[3 * H :])
            c = gates[H : 2 * H] * c + gates[:H] * g
            h = gates[2 * H :] * np.tanh(c)
        else:
            h = np.tanh(projected[t] + np.matmul(w["Whh"], h))
        outputs.append(h)
    return np.stack(outputs), (h, c)


def update(w: Weights, gradients: Weights, memory: Weights) -> None:
    """Clipping and Adagrad, for engines that bring none."""
    for name, d in gradients.items():
        d = np.clip(d, -CLIP, CLIP)
        memory[name] += d * d
        w[name] -= RATE * d / np.sqrt(memory[name] + 1e-8)


def hips(network: str) -> Step:
    """HIPS autograd, which differentiates functions over NumPy."""
    import autograd.numpy as anp
    from autograd import value_and_grad

    w, pairs, last = weights(network), stretches(), (np.zeros(HIDDEN), np.zeros(HIDDEN))
    memory = {name: np.zeros_like(a) for name, a in w.items()}

    def loss(w: Any, x: Array, y: Array, state: Any) -> Any:
        nonlocal last
        h, end = forward(anp, lambda a: 0.5 * (anp.tanh(0.5 * a) + 1), w, x, state)
        last = tuple(getattr(part, "_value", part) for part in end)
        scores = anp.dot(h, w["Why"].T) + w["by"].reshape(-1)
        top = anp.max(scores, axis=1)
        return anp.sum(top + anp.log(anp.sum(anp.exp(scores - top[:, None]), axis=1)) - scores[np.arange(len(y)), y])

    both = value_and_grad(loss)

    def step() -> float:
        value, gradients = both(w, *next(pairs), last)
        update(w, gradients, memory)
        return float(value)

    return step


def mygrad(network: str) -> Step:
    """MyGrad, tensors over NumPy."""
    import mygrad as mg
    from mygrad.nnet.activations import sigmoid
    from mygrad.nnet.losses import softmax_crossentropy

    w, pairs, last = weights(network), stretches(), (np.zeros(HIDDEN), np.zeros(HIDDEN))
    memory = {name: np.zeros_like(a) for name, a in w.items()}

    def step() -> float:
        nonlocal last
        x, y = next(pairs)
        tensors = {name: mg.tensor(a) for name, a in w.items()}
        h, end = forward(mg, sigmoid, tensors, x, last)
        loss = softmax_crossentropy(mg.matmul(h, tensors["Why"].T) + tensors["by"].reshape(-1), y) * len(y)
        last = tuple(np.array(getattr(part, "data", part)) for part in end)
        loss.backward()
        update(w, {name: tensor.grad for name, tensor in tensors.items()}, memory)
        return float(loss)

    return step


def jax_scan(network: str, batch: int = 1, length: int = SEQ_LENGTH) -> Step:
    """JAX: the whole step, its update too, as one compiled function with a scan over time."""
    import jax

    jax.config.update("jax_enable_x64", True)
    jnp, H, pairs = jax.numpy, HIDDEN, stretches(batch, length)
    start = jnp.zeros(HIDDEN if batch == 1 else (batch, HIDDEN))
    w = {name: jnp.asarray(a) for name, a in weights(network).items()}
    memory, state = {name: jnp.zeros_like(a) for name, a in w.items()}, (start, start)

    def loss(w: Any, x: Any, y: Any, state: Any) -> Any:
        def cell(state: Any, p: Any) -> Any:
            h, c = state
            if network == "rnn":
                h = jnp.tanh(p + h @ w["Whh"].T)
            else:
                a = p + h @ w["Wh"].T
                i, f, o = jnp.split(jax.nn.sigmoid(a[..., : 3 * H]), 3, axis=-1)
                c = f * c + i * jnp.tanh(a[..., 3 * H :])
                h = o * jnp.tanh(c)
            return (h, c), h

        rows = w["Wxh"].T[x] + w["bh"].reshape(-1) if network == "rnn" else w["Wx"].T[x] + w["b"].reshape(-1)
        end, h = jax.lax.scan(cell, state, rows)
        scores = jax.nn.log_softmax(h @ w["Why"].T + w["by"].reshape(-1))
        return -jnp.take_along_axis(scores, y[..., None], axis=-1).sum(), end

    def whole(w: Any, memory: Any, state: Any, x: Any, y: Any) -> Any:
        (value, end), gradients = jax.value_and_grad(loss, has_aux=True)(w, x, y, state)
        clipped = {name: jnp.clip(d, -CLIP, CLIP) for name, d in gradients.items()}
        memory = {name: memory[name] + d * d for name, d in clipped.items()}
        w = {name: w[name] - RATE * d / jnp.sqrt(memory[name] + 1e-8) for name, d in clipped.items()}
        return w, memory, end, value

    compiled = jax.jit(whole, donate_argnums=(0, 1))

    def step() -> float:
        nonlocal w, memory, state
        w, memory, state, value = compiled(w, memory, state, *next(pairs))
        return float(value)

    return step
