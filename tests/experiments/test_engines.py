"""A training is the same on every engine, in one process or several; what cannot be is refused by name."""

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lessons.experiments.char_rnn import Explosion, checkpoint, engines, make_step, runs
from lessons.experiments.char_rnn.__main__ import main
from tests.experiments.processes import TEXT

ROOT = Path(__file__).resolve().parents[2]
PEERS = [
    pytest.param(name, marks=pytest.mark.skipif(importlib.util.find_spec(name) is None, reason=f"{name} is absent"))
    for name in ("torch", "jax")
]
EXACT = 1e-12  # sums of some hundred products near 1, in another order
SMALL = "--hidden 8 --seq-length 10 --cell gru --save-every 0".split()
ENVIRONMENT = os.environ | {"OMP_NUM_THREADS": "1"}  # two processes share the cores


@pytest.fixture
def book(tmp_path: Path) -> str:
    path = tmp_path / "book.txt"
    path.write_text("In the beginning was the word. " * 60)
    return str(path)


def curve(run: Path) -> list[float]:
    """The loss after each saved part of a training, and its last position in the text."""
    about, _ = checkpoint.read(run / checkpoint.NAME)
    return [about["iteration"], about["position"], about["smooth_loss"]]


@pytest.mark.parametrize("engine", PEERS)
@pytest.mark.parametrize("cell", ["rnn", *[pytest.param(c, marks=pytest.mark.slow) for c in ("lstm", "mut1")]])
def test_loss_gradients_and_states_are_ours(cell: str, engine: str) -> None:
    settings: dict[str, Any] = {"cell": cell, "hidden": 5, "streams": 3 if cell in ("rnn", "lstm") else 1}
    ours, theirs = make_step(TEXT, **settings), make_step(TEXT, engine=engine, **settings)
    for _ in range(4):
        assert theirs() == pytest.approx(ours(), rel=EXACT)
        for name, p in ours.parameters.items():
            np.testing.assert_allclose(theirs.parameters[name].grad, p.grad, rtol=0, atol=EXACT, err_msg=name)
            theirs.parameters[name].data[...] = p.data  # Adagrad magnifies rounding where gradients are 0
        for a, b in zip(theirs.states, ours.states, strict=True):
            np.testing.assert_allclose(a, b, rtol=0, atol=EXACT)


def test_streams_are_the_mean_of_their_parts() -> None:
    whole = make_step(TEXT, hidden=5, streams=2, clip=0.0)
    part = len(TEXT) // 2
    halves = [make_step(TEXT, hidden=5, clip=0.0) for _ in range(2)]
    for k, half in enumerate(halves):
        half.ids = whole.ids[k * part : (k + 1) * part]
    for _ in range(30):  # through the end of the parts, where they begin anew
        assert whole() == pytest.approx(sum(half() for half in halves) / 2, rel=EXACT)
        for name, p in whole.parameters.items():
            mean = sum(half.parameters[name].grad for half in halves) / 2
            np.testing.assert_allclose(p.grad, mean, rtol=0, atol=EXACT)
            for half in halves:
                half.parameters[name].data = p.data.copy()
        assert {half.position for half in halves} == {whole.position}


@pytest.mark.slow
@pytest.mark.parametrize("engine", PEERS)
def test_a_checkpoint_goes_on_by_any_engine(
    engine: str, book: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    assert main(["train", book, "--out", str(ours), *SMALL, "--iterations", "6", "--streams", "2"]) == 0
    there = ["--engine", engine, "--streams", "2"]
    assert main(["train", book, "--out", str(theirs), *SMALL, "--iterations", "3", *there]) == 0
    assert runs.restore(theirs).settings.engine == engine
    assert main(["resume", str(theirs), "--iterations", "6", "--engine", "numpy"]) == 0
    assert curve(theirs) == pytest.approx(curve(ours), rel=1e-9)  # training magnifies rounding
    for run, by in ((ours, engine), (theirs, "numpy")):
        assert main(["resume", str(run), "--iterations", "9", "--engine", by]) == 0
    assert curve(theirs) == pytest.approx(curve(ours), rel=1e-9)
    assert runs.restore(ours).settings.engine == engine
    capsys.readouterr()
    assert main(["sample", str(theirs), "--length", "20"]) == 0 and len(capsys.readouterr().out) == 21


@pytest.mark.parametrize("engine", PEERS)
def test_what_is_not_finite_is_named(engine: str) -> None:
    said = []
    for each in ("numpy", engine):
        step = make_step(TEXT, hidden=5, engine=each)
        step.parameters["Why"].data[0, 0] = np.inf
        with pytest.raises(Explosion, match=r"iteration 0: .*logsumexp") as raised:
            step()
        said.append(str(raised.value))
    assert said[0] == said[1]


def test_an_engine_that_is_not_installed_is_named(
    book: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run, absent = tmp_path / "run", {"torch", "jax"}
    monkeypatch.setattr(engines, "find_spec", lambda name: None if name in absent else name)
    for name, library in (("torch", "PyTorch"), ("jax", "JAX")):
        assert main(["train", book, "--out", str(run), "--engine", name]) == 2
        said = capsys.readouterr().err
        assert f"engine '{name}' needs {library}, which is not installed" in said and "autograd-tiny[peers]" in said
        assert not run.exists()
    assert main(["train", book, "--out", str(run), *SMALL, "--iterations", "1"]) == 0
    about, arrays = checkpoint.read(run / checkpoint.NAME)
    about["settings"]["engine"] = "torch"
    checkpoint.write(run / checkpoint.NAME, about, arrays)
    assert main(["resume", str(run), "--iterations", "2"]) == 2 and "needs PyTorch" in capsys.readouterr().err
    assert main(["sample", str(run), "--length", "5"]) == 0  # which needs no engine
    assert main(["resume", str(run), "--iterations", "2", "--engine", "numpy"]) == 0


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"engine": "abacus"}, "engine 'abacus' is unknown; choose one of numpy, torch, jax"),
        ({"streams": 99}, "12 for each of 99 streams.* seq_length of at most 11"),
        pytest.param({"engine": "torch", "native": True}, "a compiler of its own", marks=PEERS[0].marks),
        pytest.param({"engine": "torch", "compiled": False}, "runs programs only", marks=PEERS[0].marks),
    ],
)
def test_what_does_not_fit_an_engine_is_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        make_step(TEXT, **settings)


def test_several_processes_want_an_engine_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(ValueError, match="runs in one process, here are 2: choose --engine torch or jax"):
        make_step(TEXT)


def child(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    program = [sys.executable, "-m", "tests.experiments.processes", *arguments]
    return subprocess.Popen(program, cwd=ROOT, env=ENVIRONMENT | environment, stdout=subprocess.PIPE, text=True)


@pytest.mark.slow
@pytest.mark.parametrize("_", PEERS[:1])
def test_two_processes_have_the_gradient_of_one(_: str, tmp_path: Path) -> None:
    going = [child(str(tmp_path / "met"), str(rank), "2") for rank in range(2)]
    try:
        results = [json.loads(process.communicate(timeout=300)[0]) for process in going]
    finally:
        for process in going:
            process.kill()
    for result in results:
        assert result["ddp"] <= EXACT and result["fsdp"] <= EXACT
        assert result["asked"] is True  # one was: both know


@pytest.mark.slow
@pytest.mark.parametrize("_", PEERS[1:])
def test_two_devices_have_the_gradient_of_one(_: str) -> None:
    with child("devices", XLA_FLAGS="--xla_force_host_platform_device_count=2") as process:
        result = json.loads(process.communicate(timeout=300)[0])
    assert result["devices"] == 2 and result["shard_map"] <= EXACT


@pytest.mark.slow
@pytest.mark.parametrize("engine", PEERS)
def test_torchrun_trains_as_one_process_does(engine: str, book: str, tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="torchrun is PyTorch's")
    together, alone = tmp_path / "together", tmp_path / "alone"
    launched = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2"]
    ours = ["-m", "lessons.experiments", "char_rnn", "train", book, "--engine", engine, "--out", str(together)]
    done = subprocess.run(
        [*launched, *ours, *SMALL, "--iterations", "20"],
        cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, timeout=400,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert len(re.findall(r"^iteration 20: ", done.stdout, re.M)) == 1  # one process speaks
    assert main(["train", book, "--out", str(alone), *SMALL, "--iterations", "20", "--streams", "2"]) == 0
    assert curve(together) == pytest.approx(curve(alone), rel=1e-6)  # twenty steps magnify rounding
    assert main(["resume", str(together), "--iterations", "22", "--engine", "numpy"]) == 0
