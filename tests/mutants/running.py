"""Mutants run in forked children of a process that has imported everything but the engine: most live for a second.

A child imports the engine with one file changed, then asks the fuzz and the tests; the first that fails kills it.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from importlib.abc import MetaPathFinder, SourceLoader
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from math import ceil
from typing import Any

from tests.mutants.areas import PACKAGE, ROOT, module_of
from tests.mutants.changes import Mutant

GRAPHS = 120  # of the fuzz, before any test
READINGS = ("grad", "recorded grad", "jvp", "differences", "pytorch", "to_scalars", "program", "numpy", "python")
MEMORY = 4 << 30
WAITING = 10  # times as long as it may compute: other work on the machine, or for ever
QUICK = "not browser and (share or not slow)"  # all cases of what `make test` asks in part
IGNORED = "ignore::pytest.PytestAssertRewriteWarning"  # of what the parent has imported
KILLED, SURVIVED = 1, 0


class _Changed(MetaPathFinder, SourceLoader):
    """Imports one module from another source."""

    def __init__(self, mutant: Mutant) -> None:
        self.name, self.path, self.source = module_of(mutant.file), str(mutant.file.resolve()), mutant.source

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        return spec_from_loader(fullname, self) if fullname == self.name else None

    def get_filename(self, fullname: str) -> str:
        return self.path

    def get_data(self, path: str | bytes) -> bytes:
        return self.source.encode() if path == self.path else b""


def prepare() -> None:
    """Import what all children need, so that they need not; the engine is not among it."""
    for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[threads] = "1"  # before NumPy is imported: a process with threads must not fork
    os.environ["CI"] = "1"  # hypothesis draws the same examples each time
    import hypothesis.extra.numpy
    import numpy as np
    import pytest

    try:
        import torch

        torch.set_num_threads(1)
    except ImportError:
        pass
    assert not any(name.split(".")[0] == PACKAGE for name in sys.modules), "the engine must not be imported yet"
    assert hypothesis and np and pytest


def survives(
    mutant: Mutant | None, tests: Sequence[str], fuzz: bool = False, plain: bool = False, own: bool = False
) -> bool:
    """Whether the fuzz and the tests (perhaps only the operation's own) notice nothing; in a child with the mutant."""
    if plain:
        os.environ["AUTOGRAD_TINY"] = "plain"
    if mutant is not None:
        sys.meta_path.insert(0, _Changed(mutant))
        import_module(module_of(mutant.file))  # before pytest, which reads a package with a plugin in its own way
    operation = mutant.operation if mutant else ""
    if fuzz and not _fuzz_is_content(operation):
        return False
    if not tests:
        return True
    import pytest

    options = ["-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", "--no-header", "-W", IGNORED]
    chosen = ["-k", operation] if own and operation else []
    passed = pytest.main([*options, "-m", QUICK, *chosen, *tests])
    return passed in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)


def _fuzz_is_content(operation: str) -> bool:
    """Whether all readings agree on random graphs; for an operation, on those that have it."""
    from tests.fuzz.agreement import Unreadable, disagreements
    from tests.fuzz.cases import drawn

    cases = [drawn(("mutants", number)) for number in range(GRAPHS)]
    for case in [case for case in cases if any(step.name == operation for step in case.function.steps)] or cases:
        try:
            if wrong := disagreements(case, READINGS):
                print(case.seed, *wrong)
                return False
        except Unreadable:
            continue
    return True


def in_children(
    work: Sequence[tuple[Any, Callable[[], bool]]], jobs: int, limit: float, output: str = os.devnull
) -> Iterator[tuple[Any, bool, float]]:
    """Each task in a child of its own, `jobs` at a time: its subject, whether it survived, its processor seconds.

    A child that computes longer than the limit, waits for ever, or dies, has noticed the change.
    """
    waiting, running = list(reversed(work)), dict[int, tuple[Any, float]]()
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                about, task = waiting.pop()
                running[_child(task, limit, output)] = about, time.perf_counter()
            for pid, status, seconds in _ended(running, WAITING * limit):
                about, _ = running.pop(pid)
                yield about, status == SURVIVED, seconds
    finally:
        for pid in running:  # whoever interrupts leaves no child behind
            os.killpg(pid, signal.SIGKILL)


def _child(task: Callable[[], bool], limit: float, output: str) -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return pid
    status = KILLED
    try:
        os.setpgrp()
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (ceil(limit), ceil(limit) + 1))  # of the processor: load does not count
        said = os.open(output, os.O_WRONLY | os.O_CREAT)
        os.dup2(said, 1)
        os.dup2(said, 2)
        os.chdir(ROOT)
        status = SURVIVED if task() else KILLED
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)  # whatever went wrong: the change was noticed


def _ended(running: dict[int, tuple[Any, float]], limit: float) -> Iterator[tuple[int, int, float]]:
    """The children that have ended, with their status and seconds; those that wait for ever are ended."""
    time.sleep(0.02)
    for pid in list(running):
        done, status, used = os.wait4(pid, os.WNOHANG)
        if done:
            yield pid, os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime
        elif time.perf_counter() - running[pid][1] > limit:
            os.killpg(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            yield pid, KILLED, limit
