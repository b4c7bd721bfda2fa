"""The engines that a training may run on, by name."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from lessons.experiments.char_rnn.engines.engine import Engine

LIBRARIES = {"numpy": "NumPy", "torch": "PyTorch", "jax": "JAX"}


def opened(name: str) -> Engine:
    """The engine of this name; ValueError where there is none, or its library is not installed."""
    require_known(name)
    if name == "numpy":
        return Engine()
    if find_spec(name) is None:
        raise ValueError(
            f"engine {name!r} needs {LIBRARIES[name]}, which is not installed: pip install 'autograd-tiny[peers]'; "
            "engine 'numpy' computes the same"
        )
    engine: Engine = getattr(import_module(f"{__name__}.{name}"), name.capitalize())()
    return engine


def require_known(name: str) -> None:
    """ValueError unless there is an engine of this name, installed or not."""
    if name not in LIBRARIES:
        raise ValueError(f"engine {name!r} is unknown; choose one of {', '.join(LIBRARIES)}")
