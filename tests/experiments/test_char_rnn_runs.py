"""A training may be stopped, killed and damaged: what was saved is whole, and goes on to exactly the same weights."""

import copy
import errno
import json
import math
import os
import re
import shlex
import signal
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_tiny import files
from lessons.experiments.char_rnn import checkpoint, page, runs
from lessons.experiments.char_rnn.__main__ import main
from lessons.experiments.char_rnn.text import read
from lessons.experiments.char_rnn.training import Settings, is_milestone
from tests import SHARE

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
SMALL = "--hidden 12 --seq-length 10 --cell lstm --iterations 300".split()


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "book.txt"
    path.write_text("In the beginning was the word. " * 60)
    return path


def weights(run: Path) -> dict[str, np.ndarray]:
    about, arrays = checkpoint.read(run / checkpoint.NAME)
    return arrays | {name: np.array(about[name]) for name in ("iteration", "position", "smooth_loss")}


def same(a: Path, b: Path) -> bool:
    ours, theirs = weights(a), weights(b)
    return set(ours) == set(theirs) and all(np.array_equal(ours[name], theirs[name]) for name in ours)


def test_killed_at_any_moment_it_ends_with_the_same_weights(book: Path, tmp_path: Path) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    long = [*SMALL, "--iterations", "1000"]  # long enough to be met on its way by a parent that has to wait
    assert main(["train", str(book), "--out", str(whole), *long]) == 0
    program = [sys.executable, "-m", "lessons.experiments.char_rnn"]
    command = [*program, "train", str(book), "--out", str(killed), "--save-every", "0.01", *long]
    rounds, seen = 0, 0
    while seen < 1000 and rounds < 8:
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            deadline = time.monotonic() + 60
            while process.poll() is None and progressed(killed) < seen + 40 and time.monotonic() < deadline:
                time.sleep(0.002)
            process.kill()
            assert process.stderr is not None and process.stderr.read() == b""
        rounds, seen = rounds + 1, progressed(killed)
        command = [*program, "resume", str(killed), "--save-every", "0.01"]
    assert main(["resume", str(killed)]) == 0
    assert same(whole, killed)


def progressed(run: Path) -> int:
    path = run / checkpoint.NAME
    return int(checkpoint.read(path)[0]["iteration"]) if path.exists() else 0  # it is whole at every moment


def test_ctrl_c_saves_and_says_how_to_go_on(book: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    command = [sys.executable, "-m", "lessons.experiments.char_rnn", "train", str(book), "--out", str(run)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stderr is not None
        for line in process.stdout:
            if line.startswith("iteration 100"):
                break
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
        assert process.wait(60) == 0
        assert process.stderr.read() == ""
    assert f"Stopped and saved. To go on: python -m lessons.experiments.char_rnn resume {run}" in rest
    assert progressed(run) >= 100


def test_a_run_is_told_sampled_and_reported(book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = str(tmp_path / "run")
    assert main(["train", str(book), "--out", run, *SMALL]) == 0
    lines = re.findall(r"^iteration (\d+): smooth loss ([\d.]+), .* held out ([\d.]+)", capsys.readouterr().out, re.M)
    assert [n for n, _, _ in lines] == ["0", "100", "200", "300"]
    assert float(lines[-1][2]) < float(lines[0][2])
    assert main(["sample", run, "--seed-text", "In the ", "--length", "40", "--greedy"]) == 0
    written = capsys.readouterr().out
    assert written.startswith("In the ") and len(written) == 7 + 40 + 1
    assert main(["sample", run, "--seed-text", "Ω"]) == 2
    assert "GREEK CAPITAL LETTER OMEGA" in capsys.readouterr().err
    assert main(["report", run]) == 0
    page = (tmp_path / "run" / "report.html").read_text()
    assert page.count("<svg") == 2 and page.count("<pre>") == 4 and "<h1>char-RNN: lstm" in page
    assert main(["resume", run]) == 0 and "has reached its 300 iterations" in capsys.readouterr().out
    assert main(["resume", run, "--iterations", "310"]) == 0 and progressed(tmp_path / "run") == 310
    assert main(["resume", run]) == 0 and "has reached its 310 iterations" in capsys.readouterr().out


@pytest.mark.parametrize("option", ["--iterations", "--seed", "--hidden"])
def test_a_number_below_zero_is_refused_by_its_option(
    book: Path, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["train", str(book), f"{option}=-1"])
    assert f"argument {option}: '-1' is no whole number from 0 on" in capsys.readouterr().err


def test_what_is_advised_can_be_given_to_a_shell(
    book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTOGRAD_TINY_HOME", str(tmp_path / "it's mine"))
    copied = book.rename(tmp_path / "Don't panic_(1).txt")
    assert main(["train", str(copied), *SMALL, "--iterations", "2"]) == 0
    [advised] = re.findall(r"^Saved\. Let it write: python -m \S+ (.*)$", capsys.readouterr().out, re.M)
    assert shlex.split(advised) == ["sample", str(tmp_path / "it's mine" / "char-rnn" / "don-t-panic-1-lstm")]
    assert main(shlex.split(advised)) == 0


def test_what_is_there_is_not_overwritten(book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = str(tmp_path / "run")
    assert main(["train", str(book), "--out", run, *SMALL, "--iterations", "3"]) == 0
    assert main(["train", str(book), "--out", run, *SMALL]) == 2
    assert f"resume {run}" in capsys.readouterr().err
    assert main(["train", str(book), "--out", str(book), *SMALL]) == 2
    assert "is a file" in capsys.readouterr().err


@pytest.mark.parametrize("left", [0, 1, 100, -1, -30])
def test_a_truncated_checkpoint_is_refused_by_name(
    book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], left: int
) -> None:
    run = tmp_path / "run"
    assert main(["train", str(book), "--out", str(run), *SMALL, "--iterations", "2"]) == 0
    path = run / checkpoint.NAME
    path.write_bytes(path.read_bytes()[:left])
    for command in ("resume", "sample", "report"):
        capsys.readouterr()
        assert main([command, str(run)]) == 2
        assert f"{path} is not a char-RNN checkpoint, or only a part of one" in capsys.readouterr().err


def test_foreign_and_spoilt_checkpoints_are_refused_by_name(book: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    assert main(["train", str(book), "--out", str(run), *SMALL, "--iterations", "2"]) == 0
    path = run / checkpoint.NAME
    good, (about, arrays) = path.read_bytes(), checkpoint.read(path)

    def refused(message: str) -> None:
        with pytest.raises(checkpoint.CheckpointError, match=re.escape(str(run)) + ".*" + message):
            runs.restore(run)

    np.savez(path, something=np.zeros(3))
    refused("is not a char-RNN checkpoint")
    checkpoint.write(path, {**about, "form": "another"}, arrays)
    refused("it says 'another'")
    checkpoint.write(path, about, {**arrays, "parameter.U": np.zeros((2, 2))})
    refused("parameter 'U' has shape")
    checkpoint.write(path, about, {name: a for name, a in arrays.items() if name != "parameter.W"})
    refused("does not fit")
    checkpoint.write(path, {**about, "settings": {"cell": "lstm", "colour": 3}}, arrays)
    refused("colour")
    damaged = bytearray(good)
    damaged[good.index(arrays["parameter.W"].tobytes())] ^= 1  # one bit: the entries carry checksums
    path.write_bytes(damaged)
    refused("is not a char-RNN checkpoint")
    path.write_bytes(good)
    (run / runs.TEXT).write_text("another text, long enough to read")
    refused("has changed")
    (run / runs.TEXT).unlink()
    refused("cannot be read")
    path.unlink()
    refused("there is no such checkpoint")


FOREIGN: list[Any] = ["x", None, {}, -1, 10**9, 10**400, math.inf, [{}]]
STRANGE = [
    np.zeros(()), np.zeros(0), np.zeros((2, 2, 2)), np.array(["x"]), np.array([1j]), np.zeros(3, bool),
    np.zeros(2, "datetime64[s]"), np.zeros(2, [("a", float)]), np.full((3, 3), np.nan),
]  # fmt: skip


def places(about: Any) -> Iterator[tuple[Any, ...]]:
    """The way to everything in nested dicts and lists."""
    for key in list(about) if isinstance(about, dict) else range(len(about)) if isinstance(about, list) else ():
        yield (key,)
        yield from ((key, *rest) for rest in places(about[key]))


def changed(about: Any, way: tuple[Any, ...], part: Any) -> Any:
    """A copy with another part at the end of the way."""
    about, (key, *rest) = copy.copy(about), way
    about[key] = changed(about[key], tuple(rest), part) if rest else part
    return about


def test_whatever_stands_in_a_checkpoint_it_opens_or_is_refused_by_name(book: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    assert main(["train", str(book), "--out", str(run), *SMALL, "--iterations", "2"]) == 0
    path = run / checkpoint.NAME
    about, arrays = checkpoint.read(path)
    kinds = [(changed(about, way, part), arrays) for way in places(about) for part in FOREIGN]
    kinds += [({key: part for key, part in about.items() if key != gone}, arrays) for gone in about]
    kinds += [(about, arrays | {name: array}) for name in (*arrays, "more") for array in STRANGE]
    kinds += [(about, {name: a for name, a in arrays.items() if name != gone}) for gone in arrays]
    kinds, refused = kinds[::SHARE], 0
    for said, held in kinds:
        checkpoint.write(path, said, held)
        try:
            _, alphabet, told = runs.opened(run)
            page.page(told, alphabet)
            runs.restore(run)
        except checkpoint.CheckpointError as error:
            assert str(path.parent) in str(error) and len(str(error)) < 400
            refused += 1
    assert refused > len(kinds) / 2


def test_a_packed_checkpoint_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / checkpoint.NAME, about=np.zeros(50_000_000, np.uint8))
    tracemalloc.start()
    try:
        with pytest.raises(checkpoint.CheckpointError, match="is not a char-RNN checkpoint"):
            checkpoint.read(tmp_path / checkpoint.NAME)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_a_full_disk_keeps_the_checkpoint_before(
    book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    assert main(["train", str(book), "--out", str(run), *SMALL, "--iterations", "5"]) == 0
    before = (run / checkpoint.NAME).read_bytes()

    def full(path: Path, content: bytes) -> Path:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr(files, "write", full)
    assert main(["resume", str(run), "--iterations", "20", "--save-every", "0"]) == 1
    told = capsys.readouterr()
    assert "could not be saved" in told.out and "No space left on device" in told.err and f"resume {run}" in told.err
    assert (run / checkpoint.NAME).read_bytes() == before
    assert main(["train", str(book), "--out", str(tmp_path / "new"), *SMALL]) == 1  # said at once, not after hours


def test_an_explosion_keeps_the_checkpoint_before(
    book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    wild = "--hidden 12 --optimizer sgd --clip 0 --learning-rate 1e4 --save-every 0".split()
    assert main(["train", str(book), "--out", str(run), *wild]) == 1
    said = capsys.readouterr().err
    assert re.search(r"Training stopped at iteration \d+: .* first: \w+ \(", said) and "checkpoint is kept" in said
    _, arrays = checkpoint.read(run / checkpoint.NAME)
    assert all(np.isfinite(array).all() for array in arrays.values())


def test_what_cannot_be_read_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "some.txt"
    for content, options, message in (
        (b"abc\xff", [], "byte 0xff at offset 3 is not utf-8.*--encoding latin-1"),
        (b"abc", ["--encoding", "klingon"], "'klingon' is unknown"),
        (b"abc", ["--encoding", "hex"], "'hex' is unknown"),
        (b"\xff\xfea\0b\0", [], "byte 0xff at offset 0 is not utf-8.*--encoding utf-16"),
        (b"", [], "empty"), (b"a", [], "one character"), (b"abc", [], "3 characters to train on"),
        (b"abcabc" * 9, ["--clip", "-1"], "clip"), (b"abcabc" * 9, ["--held-out", "1"], "held_out"),
    ):  # fmt: skip
        path.write_bytes(content)
        assert main(["train", str(path), "--out", str(tmp_path / "run"), *options]) == 2
        assert re.search(message, capsys.readouterr().err)
        assert not (tmp_path / "run").exists()
    path.unlink()
    assert main(["train", str(path)]) == 2 and "there is no such file" in capsys.readouterr().err
    assert main(["train", str(tmp_path)]) == 2 and "is a folder" in capsys.readouterr().err


def test_texts_are_read_with_plain_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "some.txt"
    path.write_bytes("\ufeffone\r\ntwo\rthrée\n".encode())
    assert read(path) == "one\ntwo\nthrée\n"
    path.write_bytes("thrée".encode("latin-1"))
    assert read(path, "latin-1") == "thrée"


def test_settings_survive_the_checkpoint(book: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    settings = Settings(hidden=5, seq_length=7, iterations=4, cell="mut2", optimizer="adam", source="<b> & ☃")
    training = runs.begin(settings, book.read_text(), run)
    assert runs.restore(run).settings == settings
    training.run(4, lambda training: True)
    runs.save(training, run)
    _, _, about = runs.opened(run)
    json.dumps(about)
    assert main(["report", str(run)]) == 0
    page = (run / "report.html").read_text()
    assert "&lt;b&gt; &amp; ☃" in page and "<b>" not in page


def test_milestones() -> None:
    assert [n for n in range(6000) if is_milestone(n)] == [0, 100, 200, 500, 1000, 2000, 5000]
