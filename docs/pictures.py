"""Draws the pictures of the README into docs/pictures/: `make pictures`. A test holds them to the code, by bytes."""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np

import autograd_tiny as at
import viz
from autograd_tiny import Value


def shared_parameter() -> Value:
    """Z = w²(w − 3) at w = 5, after its backward pass."""
    w = Value(5.0, "w")
    z = w**2 * (w - 3)
    z.label = "z"
    z.backward()
    return z


def neuron() -> Value:
    """A sigmoid neuron of two inputs, gate by gate, after its backward pass."""
    w0, x0, w1, x1, b = (Value(v, n) for v, n in ((2.0, "w0"), (-1.0, "x0"), (-3.0, "w1"), (-2.0, "x1"), (-3.0, "b")))
    f = 1 / (1 + (-(w0 * x0 + w1 * x1 + b)).exp())
    f.label = "f"
    f.backward()
    return f


def vectors() -> Value:
    """L = 1ᵀσ(Wx): the same circuit over arrays, after its backward pass."""
    W = Value(np.array([[0.5, -1.0, 0.25], [1.5, 0.5, -0.75]]), "W")  # (2, 3)
    x = Value(np.array([1.0, -2.0, 0.5]), "x")  # (3,)
    loss = at.sum(at.sigmoid(W @ x))
    loss.label = "L"
    loss.backward()
    return loss


def frame(index: int) -> Callable[[], viz.Drawing]:
    """One frame of the film of z = w²(w − 3)."""
    return lambda: viz.film(shared_parameter())[index]


PICTURES: dict[str, Callable[[], viz.Drawing]] = {
    "shared-parameter": lambda: viz.draw(shared_parameter()),
    "film-forward": frame(3),
    "film-backward": frame(-2),
    "neuron": lambda: viz.draw(neuron()),
    "vectors": lambda: viz.draw(vectors()),
}


def main() -> None:
    """Draw them all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--into", type=Path, default=Path(__file__).parent / "pictures", metavar="DIR")
    folder = parser.parse_args().into
    folder.mkdir(parents=True, exist_ok=True)
    for name, picture in PICTURES.items():
        picture().save(folder / f"{name}.svg")
        print(f"{name}.svg")


if __name__ == "__main__":
    main()
