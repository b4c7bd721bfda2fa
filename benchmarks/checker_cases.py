"""Functions whose derivatives are known, and the same with a mistake: what a derivative checker is measured by.

`catalogue()` are named functions at ordinary and at hard points; `compositions(count, seed)` are random ones, their
derivatives by the chain rule in long doubles. `mistaken(case)` plants mistakes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = Any


@dataclass(frozen=True)
class Case:
    """A function, its vjp (of x and the gradient that arrives), a point, and whether all of that is ordinary."""

    name: str
    f: Callable[[Array], Array]
    vjp: Callable[[Array, Array], Array]
    x: Array
    hard: bool = False
    kind: str = "right"  # or the planted mistake: "gross", "1 %", "0.1 %"


# Named functions ------------------------------------------------------------------------------------------------------

SCALAR: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "square": (lambda x: x * x, lambda x: 2 * x),
    "cube": (lambda x: x**3, lambda x: 3 * x * x),
    "exp": (np.exp, np.exp),
    "log": (np.log, lambda x: 1 / x),
    "sin": (np.sin, np.cos),
    "cos": (np.cos, lambda x: -np.sin(x)),
    "tanh": (np.tanh, lambda x: 1 / np.cosh(x) ** 2),
    "sqrt": (np.sqrt, lambda x: 0.5 / np.sqrt(x)),
    "1/x": (lambda x: 1 / x, lambda x: -1 / x**2),
    "arctan": (np.arctan, lambda x: 1 / (1 + x * x)),
    "gauss": (lambda x: np.exp(-x * x / 2), lambda x: -x * np.exp(-x * x / 2)),
    "log1p": (np.log1p, lambda x: 1 / (1 + x)),
    "softplus": (lambda x: np.logaddexp(0, x), lambda x: np.exp(-np.logaddexp(0, -x))),
    "x log x": (lambda x: x * np.log(x), lambda x: np.log(x) + 1),
}


def catalogue() -> Iterator[Case]:
    """The named functions at ordinary points, scaled, moved, near kinks, saturated, oscillating; vectors, networks."""
    for name, (f, df) in SCALAR.items():
        for x in (0.4, 1.7):
            yield _elementwise(f"{name} at {x}", f, df, np.array(x))
        for s in (1e-12, 1e-7, 1e-3, 1e4, 1e8, 1e12):
            inside, slope = (lambda x, f=f, s=s: f(x / s)), (lambda x, df=df, s=s: df(x / s) / s)
            yield _elementwise(f"{name}(x/{s:g})", inside, slope, np.array(0.6 * s), True)
            scaled, slope = (lambda x, f=f, s=s: s * f(x)), (lambda x, df=df, s=s: s * df(x))
            yield _elementwise(f"{s:g} {name}(x)", scaled, slope, np.array(0.6), True)
        for o in (1e3, 1e6):
            moved = lambda x, f=f, o=o: f(x) + o  # noqa: E731
            yield _elementwise(f"{name}(x) + {o:g}", moved, df, np.array(1.3), True)
    yield from _near_kinks()
    for w in (20.0, 1e3, 1e5):
        yield _elementwise(
            f"sin({w:g}x)", lambda x, w=w: np.sin(w * x), lambda x, w=w: w * np.cos(w * x), np.array(0.3), True
        )
    for x in (9.0, -12.0):
        yield _elementwise(f"tanh at {x}", np.tanh, SCALAR["tanh"][1], np.array(x), True)
        yield _elementwise(f"softplus at {5 * x}", *SCALAR["softplus"], np.array(5 * x), True)
    yield from _vectors(np.random.default_rng(0))


def _elementwise(name: str, f: Any, df: Any, x: Array, hard: bool = False) -> Case:
    return Case(name, f, lambda x, g, df=df: g * df(x), x, hard)


def _near_kinks() -> Iterator[Case]:
    def relu(x: Array) -> Array:
        return np.maximum(x, 0.0)

    for d in (1e-2, 1e-4, 1e-6, 1e-8, 1e-10):
        yield _elementwise(f"relu at {d:g}", relu, lambda x: (x > 0) * 1.0, np.array(d), True)
        yield _elementwise(
            f"|x - 2| at 2 + {d:g}", lambda x: np.abs(x - 2), lambda x: np.sign(x - 2), np.array(2 + d), True
        )
    x = np.random.default_rng(1).normal(size=60)
    yield _elementwise("relu of 60", relu, lambda x: (x > 0) * 1.0, x, True)


def _vectors(rng: np.random.Generator) -> Iterator[Case]:
    A, t = rng.normal(size=(5, 5)), rng.normal(size=5)

    def sm(x: Array) -> Array:
        e = np.exp(x - x.max())
        return e / e.sum()

    def case(name: str, f: Any, vjp: Any, x: Array, hard: bool = False) -> Case:
        return Case(name, f, vjp, x, hard)

    yield case("quadratic form", lambda x: x @ A @ x, lambda x, g: g * (A + A.T) @ x, rng.normal(size=5))
    yield case("A x", lambda x: A @ x, lambda x, g: A.T @ g, rng.normal(size=5))
    yield case("softmax", sm, lambda x, g: sm(x) * (g - np.sum(g * sm(x))), rng.normal(size=6))
    yield case(
        "1e-8 softmax",
        lambda x: 1e-8 * sm(x),
        lambda x, g: 1e-8 * sm(x) * (g - np.sum(g * sm(x))),
        rng.normal(size=6),
        True,
    )
    yield case("norm", np.linalg.norm, lambda x, g: g * x / np.linalg.norm(x), rng.normal(size=7))
    yield case("norm, tiny", np.linalg.norm, lambda x, g: g * x / np.linalg.norm(x), 1e-8 * rng.normal(size=7), True)
    yield case("variance", np.var, lambda x, g: g * 2 * (x - x.mean()) / x.size, rng.normal(size=9))
    yield case("variance, moved", np.var, lambda x, g: g * 2 * (x - x.mean()) / x.size, 1e3 + rng.normal(size=9), True)
    yield case("squared error", lambda x: np.mean((x - t) ** 2), lambda x, g: g * 2 * (x - t) / 5, rng.normal(size=5))
    yield case("outer", lambda x: np.outer(x, x), lambda x, g: (g + g.T) @ x, rng.normal(size=4))
    yield case("cumsum", np.cumsum, lambda x, g: np.cumsum(g[::-1])[::-1], rng.normal(size=6))
    yield case("product", np.prod, lambda x, g: g * np.prod(x) / x, rng.uniform(0.5, 2, 7))
    scales = np.array([1e-6, 1e-2, 1.0, 1e3, 1e6])
    yield case(
        "mixed scales",
        lambda x: np.sum(np.sin(x / scales)),
        lambda x, g: g * np.cos(x / scales) / scales,
        0.6 * scales,
        True,
    )
    for n in (800, 5000):
        yield case(
            f"sum of exp, {n}", lambda x: np.sum(np.exp(x)), lambda x, g: g * np.exp(x), rng.normal(size=n), True
        )
    yield from (_network(rng, scale) for scale in (0.01, 0.5, 5.0))
    yield from (_recurrent(rng, steps, gain) for steps, gain in ((3, 0.5), (12, 0.9), (12, 2.0)))


def _network(rng: np.random.Generator, scale: float) -> Case:
    X, Y, w = rng.normal(size=(5, 3)), rng.normal(size=(5, 2)), scale * rng.normal(size=20)

    def f(w: Array) -> Array:
        return np.sum((np.tanh(X @ w[:12].reshape(3, 4)) @ w[12:].reshape(4, 2) - Y) ** 2)

    def vjp(w: Array, g: Array) -> Array:
        h = np.tanh(X @ w[:12].reshape(3, 4))
        e = 2 * g * (h @ w[12:].reshape(4, 2) - Y)
        return np.concatenate([(X.T @ ((e @ w[12:].reshape(4, 2).T) * (1 - h * h))).ravel(), (h.T @ e).ravel()])

    return Case(f"network, weights {scale:g}", f, vjp, w, scale > 1)


def _recurrent(rng: np.random.Generator, steps: int, gain: float) -> Case:
    xs, w = rng.normal(size=(steps, 3)), gain * rng.normal(size=9)

    def states(w: Array) -> list[Array]:
        h = [np.zeros(3)]
        for x in xs:
            h.append(np.tanh(w.reshape(3, 3) @ h[-1] + x))
        return h

    def vjp(w: Array, g: Array) -> Array:
        h, W, dW = states(w), w.reshape(3, 3), np.zeros((3, 3))
        dh = 2 * g * h[-1]
        for t in range(steps, 0, -1):
            dz = dh * (1 - h[t] ** 2)
            dW += np.outer(dz, h[t - 1])
            dh = W.T @ dz
        return dW.ravel()

    return Case(f"recurrent, {steps} steps, gain {gain:g}", lambda w: np.sum(states(w)[-1] ** 2), vjp, w, gain > 1)


# Random compositions --------------------------------------------------------------------------------------------------

UNARY: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    "sin": (np.sin, np.cos),
    "exp": (lambda z: np.exp(np.minimum(z, 20)), lambda z: np.exp(np.minimum(z, 20)) * (z < 20)),
    "square": (lambda z: z * z, lambda z: 2 * z),
    "log1p²": (lambda z: np.log1p(z * z), lambda z: 2 * z / (1 + z * z)),
    "root": (lambda z: np.sqrt(1 + z * z), lambda z: z / np.sqrt(1 + z * z)),
    "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), lambda z: np.exp(-z) / (1 + np.exp(-z)) ** 2),
    "relu": (lambda z: np.maximum(z, 0), lambda z: (z > 0) * 1.0),
    "arctan": (np.arctan, lambda z: 1 / (1 + z * z)),
}


@dataclass(frozen=True)
class Composition:
    """A straight-line program over numbers: each step a name and the places of its inputs."""

    steps: tuple[tuple[str, tuple[int, ...]], ...]
    constants: tuple[float, ...]
    inputs: Array  # the scale of each
    output: float  # … and of the result, which an offset moves
    offset: float

    def run(self, x: Array, cut: int = -1) -> tuple[Array, Array]:
        """The value and the gradient, in the precision of x; step `cut` passes no gradient to its first input."""
        n = len(x)
        values = list(x / self.inputs.astype(x.dtype))
        slopes = list(np.eye(n, dtype=x.dtype) / self.inputs.astype(x.dtype)[:, None])
        for k, (name, places) in enumerate(self.steps):
            z = [values[p] for p in places]
            d = [slopes[p] * (0 if k == cut and j == 0 else 1) for j, p in enumerate(places)]
            if name in UNARY:
                values.append(UNARY[name][0](z[0]))
                slopes.append(UNARY[name][1](z[0]) * d[0])
            elif name == "add":
                c = self.constants[k]
                values.append(z[0] + c * z[1])
                slopes.append(d[0] + c * d[1])
            else:
                values.append(z[0] * z[1])
                slopes.append(z[1] * d[0] + z[0] * d[1])
        return values[-1] * self.output + self.offset, slopes[-1] * self.output

    def case(self, name: str, hard: bool, x: Array) -> Case:
        """As a case for checkers."""
        exact = lambda x, g: g * self.run(np.asarray(x, np.longdouble))[1].astype(float)  # noqa: E731
        return Case(name, lambda x: self.run(np.asarray(x, float))[0], exact, x, hard)


def composition(rng: np.random.Generator, hard: bool) -> tuple[Composition, Array]:
    """A random program whose values stay moderate, and a point for it."""
    while True:
        n, length = int(rng.integers(1, 6)), int(rng.integers(2, 9))
        steps: list[tuple[str, tuple[int, ...]]] = []
        for k in range(length):
            there = n + k
            near = lambda: int(there - 1 - min(rng.geometric(0.5) - 1, there - 1))  # noqa: E731, B023
            if rng.random() < 0.55:
                steps.append((str(rng.choice(list(UNARY))), (near(),)))
            else:
                steps.append((str(rng.choice(["add", "mul"])), (near(), int(rng.integers(there)))))
        scale = 10.0 ** rng.uniform(-8, 8, n) if hard and rng.random() < 0.5 else np.ones(n)
        output = 10.0 ** rng.uniform(-9, 9) if hard and rng.random() < 0.5 else 1.0
        offset = output * 10.0 ** rng.uniform(0, 5) if hard and rng.random() < 0.3 else 0.0
        constants = tuple(rng.normal(size=length))
        x = rng.normal(size=n) * scale * (4.0 if hard and rng.random() < 0.2 else 1.0)
        made = Composition(tuple(steps), constants, scale, output, offset)
        with np.errstate(all="ignore"):
            value, gradient = made.run(x)
        size = np.abs(gradient * x)
        if np.all(np.isfinite(gradient)) and 1e-4 < np.max(size) / output < 1e4 and abs(value - offset) < 1e5 * output:
            return made, x


def compositions(count: int, seed: int) -> Iterator[Case]:
    """Random compositions, half of them at hard scales."""
    rng = np.random.default_rng(seed)
    for k in range(count):
        made, x = composition(rng, hard=bool(k % 2))
        yield made.case(f"composition {k}", bool(k % 2), x)


# Mistakes -------------------------------------------------------------------------------------------------------------


def mistaken(case: Case, rng: np.random.Generator) -> Iterator[Case]:
    """The case with mistakes planted: gross ones, and errors of 1 % and 0.1 %; none that change nothing."""
    u = rng.normal(size=np.shape(case.f(case.x)))
    right = np.asarray(case.vjp(case.x, u))
    for kind, name, plant in (
        ("gross", "sign", lambda d: -d), ("gross", "twice", lambda d: 2 * d), ("gross", "zero", lambda d: 0 * d),
        ("gross", "one doubled", _one(2.0)), ("gross", "one lost", _one(0.0)), ("gross", "reversed", _reversed),
        ("1 %", "1.01", lambda d: 1.01 * d), ("1 %", "one by 1.01", _one(1.01)),
        ("0.1 %", "1.001", lambda d: 1.001 * d),
        ("0.1 %", "one by 1.001", _one(1.001)),
    ):  # fmt: skip
        wrong = np.asarray(plant(right))
        if np.max(np.abs(wrong - right), initial=0.0) > 3e-4 * np.max(np.abs(right), initial=0.0):
            vjp = lambda x, g, plant=plant: plant(np.asarray(case.vjp(x, g)))  # noqa: E731
            yield Case(f"{case.name}: {name}", case.f, vjp, case.x, case.hard, kind)


def _one(by: float) -> Callable[[Array], Array]:
    """The largest number by a factor."""

    def plant(d: Array) -> Array:
        d = np.array(d, float)
        d.flat[int(np.argmax(np.abs(d)))] *= by
        return d

    return plant


def _reversed(d: Array) -> Array:
    return np.ravel(d)[::-1].reshape(np.shape(d))
