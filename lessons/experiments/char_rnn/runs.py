"""The folder of a training: its text, its checkpoint, and how it goes on from there; two runs that come along."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from autograd_tiny import files
from lessons.experiments.char_rnn import checkpoint, engines
from lessons.experiments.char_rnn.checkpoint import CheckpointError
from lessons.experiments.char_rnn.engines.engine import leads
from lessons.experiments.char_rnn.networks import Network, in_parts
from lessons.experiments.char_rnn.step import Explosion, Step
from lessons.experiments.char_rnn.training import Check, Settings, Training

TEXT = "text.txt"  # the run's own copy: what it learned from may change or vanish

# What a checkpoint says of its training: every part is of the kind that it has here.
EXAMPLE: dict[str, Any] = {
    "settings": asdict(Settings()), "alphabet": "", "text": "", "iteration": 0, "position": 0, "smooth_loss": 0.0,
    "seconds": 0.0, "curve": [(0, 0.0)],
    "checks": [{"iteration": 0, "held_out_bits": None, "sample": "", "flow": [0.0]}],
}  # fmt: skip


def digest(text: str) -> str:
    """A fingerprint of the text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def save(training: Training, run: Path) -> None:
    """Write the checkpoint; Explosion, and the one before is kept, if a weight is not finite.

    Of several processes, which all have the same numbers, one writes.
    """
    step = training.step
    for name, p in step.parameters.items():
        if not np.isfinite(p.data).all():
            raise Explosion(f"iteration {step.iteration}: parameter {name!r} is not finite after the update before")
    if not leads():
        return
    about = {
        "settings": asdict(training.settings), "alphabet": training.alphabet, "text": digest(training.text),
        "iteration": step.iteration, "position": step.position, "smooth_loss": step.smooth_loss,
        "seconds": training.seconds, "curve": training.curve, "checks": [asdict(check) for check in training.checks],
    }  # fmt: skip
    checkpoint.write(run / checkpoint.NAME, about, dict(arrays(step)))


def arrays(step: Step) -> Iterator[tuple[str, Any]]:
    """What a step computes with, by name."""
    yield from ((f"parameter.{name}", p.data) for name, p in step.parameters.items())
    yield from ((f"optimizer.{name}", array) for name, array in step.optimizer.state().items())
    states = chain.from_iterable(in_parts(state) for state in step.states if state is not None)  # stream by stream
    yield from ((f"state.{k}", part) for k, part in enumerate(states))


def begin(settings: Settings, text: str, run: Path) -> Training:
    """A new training in the folder `run`, saved once; ValueError if there is one already."""
    if not leads():
        return Training(settings, text)
    if (run / checkpoint.NAME).exists():
        raise ValueError(f"{run} holds a training already; go on with `resume {run}`, or choose another --out")
    training = Training(settings, text)
    try:
        run.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise ValueError(f"{run} is a file; --out names a folder") from None
    files.write(run / TEXT, text.encode("utf-8", "surrogatepass"))
    save(training, run)
    return training


def restore(run: Path, engine: str = "") -> Training:
    """The training in the folder `run` as its checkpoint left it, to go on by its engine or another one.

    CheckpointError names what does not fit; ValueError an engine that is not installed.
    """
    path = checkpoint.located(run)
    settings, about, saved = _described(path)
    text = _text(path.parent / TEXT, about)
    chosen = engines.opened(engine or settings.engine)
    chosen.require_shares(settings.streams)
    native = settings.native and chosen.name == "numpy"
    with _fitting(path):
        training = Training(replace(settings, native=native), text, chosen)
        _take_over(training, about, saved)
    return training


def opened(run: Path) -> tuple[Network, str, dict[str, Any]]:
    """A trained network with its alphabet and what else is known, without the text: for writing."""
    path = checkpoint.located(run)
    settings, about, saved = _described(path)
    with _fitting(path):
        network = Network(settings.cell, len(about["alphabet"]), settings.hidden, settings.seed)
        set_weights(network, saved)
    return network, about["alphabet"], about


def _described(path: Path) -> tuple[Settings, dict[str, Any], dict[str, np.ndarray]]:
    """A checkpoint all of whose parts are of their kinds, and whose network is no larger than the file."""
    about, saved = checkpoint.read(path)
    with _fitting(path):
        settings = Settings(**about.get("settings", {}))
        about["settings"] = asdict(settings)
        checkpoint.require_alike(about, EXAMPLE)
        engines.require_known(settings.engine)
        wanted = settings.hidden * max(settings.hidden, len(about["alphabet"]))  # every cell has such weights
        if wanted > sum(array.size for array in saved.values()):
            raise ValueError(f"hidden = {settings.hidden}: the file holds fewer numbers than such a network has")
        for name, array in saved.items():
            if array.dtype.kind not in "fiu":
                raise ValueError(f"{name!r} holds {array.dtype}, expected numbers")
    return settings, about, saved


@contextmanager
def _fitting(path: Path) -> Iterator[None]:
    try:
        yield
    except (KeyError, ValueError, TypeError) as error:
        raise CheckpointError(f"{path} does not fit its own settings: {error}") from error


def _text(path: Path, about: Mapping[str, Any]) -> str:
    try:
        text = path.read_bytes().decode("utf-8", "surrogatepass")
    except (OSError, UnicodeDecodeError) as error:
        raise CheckpointError(f"{path}, the text of this training, cannot be read: {error}") from error
    if digest(text) != about["text"]:
        raise CheckpointError(f"{path} has changed since this training began; it cannot go on from another")
    return text


def _take_over(training: Training, about: Mapping[str, Any], saved: Mapping[str, np.ndarray]) -> None:
    step = training.step
    set_weights(step.network, saved)
    step.optimizer.load({n.removeprefix("optimizer."): a for n, a in saved.items() if n.startswith("optimizer.")})
    parts = [saved[f"state.{k}"] for k in range(sum(name.startswith("state.") for name in saved))]
    shapes = [part.shape for part in in_parts(step.network.cell.initial_state())]
    if parts and [part.shape for part in parts] != shapes * step.streams:
        raise ValueError(f"the state has shapes {[part.shape for part in parts]}, expected {shapes * step.streams}")
    if parts:
        n = len(shapes)
        step.states = parts if n == 1 else [tuple(parts[k : k + n]) for k in range(0, len(parts), n)]
    step.iteration, step.position = about["iteration"], about["position"]
    step.smooth_loss, training.seconds = about["smooth_loss"], about["seconds"]
    training.curve = [(n, loss) for n, loss in about["curve"]]
    training.checks = [Check(**{**check, "flow": tuple(check["flow"])}) for check in about["checks"]]


def set_weights(network: Network, saved: Mapping[str, np.ndarray]) -> None:
    """Give a network the saved numbers; ValueError if shapes differ."""
    for name, p in network.parameters().items():
        array = saved[f"parameter.{name}"]
        if array.shape != p.shape:
            raise ValueError(f"parameter {name!r} has shape {array.shape}, expected {p.shape}")
        p.data = array.astype(float)


# The headline runs, which come along: the lecture's network after its 185,000 iterations, and an LSTM beside it -------


def headline(cell: str = "rnn") -> Path:
    """The checkpoint of a run that comes along, "rnn" or "lstm": to write with and to look at, not to go on from."""
    return Path(__file__).parents[1] / "data" / f"headline-{cell}.npz"


def abridge(run: Path, target: Path, points: int = 200) -> Path:
    """Write what is shown of a run: its weights in half precision, its curve in so many points, every tenth check."""
    settings, about, saved = _described(checkpoint.located(run))
    last = len(about["curve"]) - 1
    shown = sorted({round(k * last / (points - 1)) for k in range(points)})
    kept = [c for k, c in enumerate(about["checks"]) if c["sample"] or k % 10 == 0]
    about |= {"curve": [about["curve"][k] for k in shown], "checks": kept, "settings": asdict(settings)}
    del about["form"]
    weights = {name: array.astype(np.float16) for name, array in saved.items() if name.startswith("parameter.")}
    checkpoint.write(target, about, weights)
    return target
