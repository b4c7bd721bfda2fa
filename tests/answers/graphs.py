"""Small graphs like those of the lessons on sequences and arrays, each as the names that a lesson would give them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd_tiny import Value, exp, grad, log, scope, sigmoid, tanh

Names = dict[str, Any]


def _label(**values: Value) -> None:
    for name, value in values.items():
        value.label = name


def bptt() -> Names:
    """Three steps of a scalar recurrent network with an error at each, and the δ of its two recursions."""
    U, W, V, s0 = Value(0.8, "U"), Value(1.4, "W"), Value(1.5, "V"), Value(-0.8, "s0")
    n: Names = {"U": U, "W": W, "V": V, "s0": s0}
    state, E = s0, 0.0
    for t, x, d in ((1, 1.8, 0.3), (2, -1.1, 0.3), (3, -0.6, 0.4)):
        x, d = Value(x, f"x{t}"), Value(d, f"d{t}")
        with scope(f"t={t}"):
            r = W * state
            a = U * x + r
            state = tanh(a)
            o = V * state
            with scope("loss"):
                error = (o - d) ** 2 / 2
        for name, v in zip("xdrasoE", (x, d, r, a, state, o, error), strict=True):
            v.label = f"{name}{t}"
            n[v.label] = v
        E = E + error
    n["E"] = E
    _label(E=E)
    for t in (1, 2, 3):
        n[f"delta_o{t}"] = n[f"o{t}"] - n[f"d{t}"]
    future = 0.0
    for t in (3, 2, 1):
        n[f"delta_h{t}"] = (1 - n[f"s{t}"] ** 2) * (V * n[f"delta_o{t}"] + future)
        future = W * n[f"delta_h{t}"]
    return n


def rnn() -> Names:
    """The lecture's scalar recurrent network: sigmoids for states and outputs, L the sum of the outputs."""
    U, W, V, s0 = Value(0.5, "U"), Value(-0.3, "W"), Value(0.8, "V"), Value(0.1, "s0")
    n: Names = {"U": U, "W": W, "V": V, "s0": s0}
    state, L = s0, 0.0
    for t, x in ((1, 1.0), (2, 2.0), (3, -1.0)):
        x = Value(x, f"x{t}")
        with scope(f"t={t}"):
            state = sigmoid(U * x + W * state)
            o = sigmoid(V * state)
        state.label, o.label = f"s{t}", f"o{t}"
        n |= {f"x{t}": x, f"s{t}": state, f"o{t}": o}
        L = L + o
    n["L"] = L
    _label(L=L)
    future = 0.0
    for t in (3, 2, 1):
        s, o = n[f"s{t}"], n[f"o{t}"]
        n[f"own{t}"] = s * (1 - s) * V * o * (1 - o)
        n[f"dp{t}"] = n[f"own{t}"] + s * (1 - s) * future
        future = W * n[f"dp{t}"]
    return n


def lstm() -> Names:
    """One step of a memory cell; L is its output and, as if a next step asked for it, its memory."""
    leaves = {"af": 2.0, "ai": 0.5, "ag": 1.2, "ao": 0.9}
    n: Names = {name: Value(x, name) for name, x in leaves.items()} | {"c0": Value(1.5, "c0")}
    f, i, g, o = sigmoid(n["af"]), sigmoid(n["ai"]), tanh(n["ag"]), sigmoid(n["ao"])
    c = f * n["c0"] + i * g
    m = tanh(c)
    h = o * m
    L = c + h
    made = {"f": f, "i": i, "g": g, "o": o, "c": c, "m": m, "h": h, "L": L}
    _label(**made)
    return n | made


def cross_entropy() -> Names:
    """The softmax of three numbers, and the loss of predicting the second."""
    zs = [Value(z, f"z{k}") for k, z in enumerate((0.1, 0.9, -0.4), 1)]
    es = [exp(z) for z in zs]
    total = es[0] + es[1] + es[2]
    ps = [e / total for e in es]
    L = -log(ps[1])
    n: Names = {"L": L, "S": total}
    for k in (1, 2, 3):
        n |= {f"z{k}": zs[k - 1], f"e{k}": es[k - 1], f"p{k}": ps[k - 1]}
    for name, v in n.items():
        v.label = name
    return n


def layers() -> Names:
    """Four layers that share one weight."""
    w, x = Value(0.9, "w"), Value(0.6, "x")
    n: Names = {"w": w, "x": x}
    h = x
    for k in (1, 2, 3, 4):
        with scope(f"layer={k}"):
            a = w * h
            h = tanh(a)
        a.label, h.label = f"a{k}", f"h{k}"
        n |= {f"a{k}": a, f"h{k}": h}
    L = h * 1.0
    n["L"] = L
    _label(L=L)
    for k in (1, 2, 3, 4):
        n[f"g{k}"] = grad(L, [n[f"a{k}"]])[0].data
    n["dx"] = grad(L, [x])[0].data
    return n


def convolution() -> Names:
    """A kernel of two weights, slid over four numbers; L is the sum of squares."""
    k1, k2 = Value(0.5, "k1"), Value(-1.5, "k2")
    xs = [Value(x, f"x{i}") for i, x in enumerate((2.0, -0.7, 1.3, 3.0), 1)]
    n: Names = {"k1": k1, "k2": k2} | {x.label: x for x in xs}
    L = 0.0
    for i in (1, 2, 3):
        y = k1 * xs[i - 1] + k2 * xs[i]
        y.label = f"y{i}"
        n[y.label] = y
        L = L + y**2
    n["L"] = L
    _label(L=L)
    return n


def product() -> Names:
    """A batch of three through a layer: S = tanh(X Wᵀ + b), L the sum; G is ∂L/∂(X Wᵀ + b)."""
    X = Value([[1.0, -2.0], [0.5, 3.0], [-1.5, 0.7]], "X")
    W, b = Value([[0.4, -0.3], [0.2, 0.6]], "W"), Value([0.1, -0.5], "b")
    S = tanh(X @ W.T + b)
    L = S.sum()
    _label(S=S, L=L)
    return {"X": X, "W": W, "b": b, "S": S, "L": L, "G": 1 - S.data**2}


def matrices() -> Names:
    """Two steps of a recurrent network with matrices, h = tanh(U x + W h), and an error V·h at each."""
    U, W = Value([[0.3, -0.5], [0.8, 0.2]], "U"), Value([[0.7, -0.4], [0.3, 0.9]], "W")
    V, h0 = Value([1.5, -0.6], "V"), Value([0.4, -0.9], "h0")
    n: Names = {"U": U, "W": W, "V": V, "h0": h0}
    h, L = h0, 0.0
    for t, x in ((1, [1.0, -0.5]), (2, [0.6, 1.4])):
        x = Value(x, f"x{t}")
        with scope(f"t={t}"):
            a = U @ x + W @ h
            h = tanh(a)
            error = V @ h
        a.label, h.label, error.label = f"a{t}", f"h{t}", f"L{t}"
        n |= {f"x{t}": x, f"a{t}": a, f"h{t}": h, f"L{t}": error}
        L = L + error
    n["L"] = L
    _label(L=L)
    n |= {f"d{t}": grad(L, [n[f"a{t}"]])[0].data for t in (1, 2)}
    n["own1"] = (1 - n["h1"].data ** 2) * V.data
    return n


GRAPHS: dict[str, Callable[[], Names]] = {
    "bptt": bptt, "rnn": rnn, "lstm": lstm, "cross-entropy": cross_entropy, "layers": layers,
    "convolution": convolution, "product": product, "matrices": matrices,
}  # fmt: skip
