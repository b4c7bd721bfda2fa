"""The machine's compiler: it is tried before it is trusted, what it made is kept, and its faults are told in words."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd_tiny as ad
from autograd_tiny import Program, ProgramError, Value, trace
from autograd_tiny.program.c import compiler, native, selftest

pytestmark = pytest.mark.skipif(not any(map(shutil.which, compiler.COMPILERS)), reason="no C compiler on this machine")
QUICK = ("-O0", "-lm")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own, where nothing has been tried yet."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(native, "FLOATS", (QUICK,))
    monkeypatch.setattr(native, "ARRAYS", (QUICK,))
    selftest._trusted.cache_clear()
    return compiler.folder()


def cubic(w: Value) -> Value:
    return w**2 * (w - 3)


def right(program: Program) -> bool:
    return program.native().value_and_grad(5.0) == (50.0, [45.0])


# Whether it is trusted ------------------------------------------------------------------------------------------------


def test_it_is_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    program, tried = trace(cubic, 5.0), []
    original = selftest._try
    monkeypatch.setattr(selftest, "_try", lambda *given: (tried.append(given), original(*given)))
    assert right(program) and right(trace(lambda w: cubic(w) * 1, 5.0)) and tried == [(QUICK, True)]
    selftest._trusted.cache_clear()  # as in another process
    assert right(program) and len(tried) == 1
    trace(lambda x: ad.sum(x * x), np.ones(2)).native()
    assert tried[1:] == [(QUICK, False)]


WRONG = ("-Dtanh=sin", *QUICK)  # a compiler that computes something else


@pytest.mark.parametrize("flags", [WRONG, ("-no-such-flag",)], ids=["wrong numbers", "unknown flags"])
@pytest.mark.parametrize("example", [0.5, np.array([0.5])], ids=["floats", "arrays"])
def test_flags_that_do_not_work_are_passed_over(flags: Any, example: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "FLOATS", (flags, QUICK))
    monkeypatch.setattr(native, "ARRAYS", (flags, QUICK))
    program = trace(lambda x: ad.sum(ad.tanh(x) * ad.sigmoid(x)), example)
    assert np.allclose(program.native().value_and_grad(example)[1], program.value_and_grad(example)[1])


@pytest.mark.parametrize("example", [0.5, np.array([0.5])], ids=["floats", "arrays"])
def test_a_compiler_that_computes_wrong_numbers_is_refused(example: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "FLOATS", (WRONG,))
    monkeypatch.setattr(native, "ARRAYS", (WRONG,))
    with pytest.raises(ProgramError, match=r"computes wrong numbers here.*another version.*value_and_grad computes"):
        trace(lambda x: ad.sum(x * x), example).native()


@pytest.mark.parametrize("name", [*selftest.ARRAYS, "everything"])
def test_what_is_tried_is_right_in_numpy(name: str) -> None:
    """Else a compiler would be blamed for it."""
    f, inputs = selftest.ARRAYS.get(name, (None, [x for _, xs in selftest.ARRAYS.values() for x in xs]))
    total = (lambda *xs: ad.sum(f(*xs) * 1.5)) if f else (lambda *xs: selftest.over_arrays(*xs)[0])
    program = trace(total, *inputs)
    value, gradients = ad.value_and_grad(total)(*inputs)
    found = program.value_and_grad(*inputs)
    assert np.allclose(found[0], value) and all(map(np.allclose, found[1], gradients))


@pytest.mark.parametrize("size", [(4, 5), (3, 7), (1, 9), (6, 2)])
def test_a_mask_of_two_axes_chooses_among_arrays(size: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """As gcc 12.2 did not at -O3 on a machine with AVX."""
    monkeypatch.undo()
    mask, weights = np.eye(*size) > 0, np.arange(float(np.prod(size))).reshape(size) + 1
    x, y = np.full(size, 2.0), np.full(size, 3.0)
    program = trace(lambda x, y: ad.sum(ad.where(mask, x, y) * weights), x, y)
    value, gradients = program.native().value_and_grad(x, y)
    assert value == np.sum(np.where(mask, x, y) * weights)
    assert (gradients[0] == mask * weights).all() and (gradients[1] == ~mask * weights).all()


# What is kept ---------------------------------------------------------------------------------------------------------


def library(folder: Path, program: Program) -> Path:
    """The kept library of a program."""
    (path,) = folder.glob(f"{compiler.key(program.source('c'), *QUICK)}-*.so")
    return path


@pytest.mark.parametrize("bytes_", [b"", b"no library", None], ids=["empty", "foreign", "cut off"])
def test_what_is_damaged_is_compiled_again(bytes_: bytes | None, folder: Path) -> None:
    program = trace(cubic, 5.0)
    path = compiler.compiled(program.source("c"), QUICK)
    whole = path.read_bytes()
    path.unlink()  # a library that is open is not to be written to
    path.write_bytes(whole[: len(whole) // 2] if bytes_ is None else bytes_)
    assert right(program) and library(folder, program).read_bytes() == whole


def test_a_library_without_the_program_is_refused(folder: Path) -> None:
    with pytest.raises(ProgramError, match=r"cannot be loaded.*undefined symbol: program.*XDG_CACHE_HOME"):
        compiler.loaded("int other(void) { return 1; }", QUICK)
    assert not list(folder.glob("*.so"))


def test_what_was_not_used_for_longest_goes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = [trace(lambda w, k=k: cubic(w) * k, 5.0) for k in range(1, 5)]
    for k, program in enumerate(programs[:3]):
        program.native()
        os.utime(library(folder, program), (k, k))
    programs[0].native()  # used again: now the second is the oldest
    monkeypatch.setattr(compiler, "MOST", sum(path.stat().st_size for path in folder.glob("*.so")))
    programs[3].native()
    keys = [compiler.key(program.source("c"), *QUICK) for program in programs]
    assert [bool(list(folder.glob(f"{key}-*.so"))) for key in keys] == [True, False, True, True]
    assert programs[1].native().value_and_grad(5.0) == (100.0, [90.0])


def test_another_process_may_throw_it_away(monkeypatch: pytest.MonkeyPatch) -> None:
    program, original = trace(cubic, 5.0), compiler.compiled
    gone: list[Path] = []

    def stolen(text: str, flags: Any) -> Path:
        path = original(text, flags)
        if text == program.source("c") and not gone:
            gone.append(path)
            path.unlink()
        return path

    monkeypatch.setattr(compiler, "compiled", stolen)
    assert right(program) and gone


def test_the_cache_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(ProgramError, match=r"no folder for compiled programs.*XDG_CACHE_HOME"):
        trace(cubic, 5.0).native()


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("#!/bin/sh\nexit 0\n", "wrote nothing"),
        ("#!/bin/sh\necho it is broken >&2\nexit 1\n", "it is broken"),
        ("no program at all", "did not run"),
    ],
    ids=["silent", "failing", "no program"],
)
def test_what_is_no_compiler(script: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cc = tmp_path / "cc"
    cc.write_text(script)
    cc.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ProgramError, match=rf"native: .*{said}.*value_and_grad computes the same"):
        trace(cubic, 5.0).native()


def test_another_compiler_at_the_same_place_compiles_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, cc = compiler.found_compiler(), tmp_path / "cc"
    keys = []
    for version in ("one", "another"):
        cc.write_text(f'#!/bin/sh\n# {version}\nexec {real} "$@"\n')
        cc.chmod(0o755)
        monkeypatch.setattr(compiler, "COMPILERS", (str(cc),))
        keys.append(compiler.key("text"))
    assert keys[0] != keys[1]


def test_processes_compile_at_the_same_time(tmp_path: Path) -> None:
    text = (
        "import autograd_tiny as ad; from autograd_tiny.program.c import compiler; compiler.MOST = 20_000\n"
        "for k in range(4): assert ad.trace(lambda w: w**2 * (w - 3) + k, 5.0).native()(5.0) == 50.0 + k"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", text], env=os.environ | {"XDG_CACHE_HOME": str(tmp_path)}) for _ in "ab"
    ]
    assert [process.wait() for process in running] == [0, 0]
