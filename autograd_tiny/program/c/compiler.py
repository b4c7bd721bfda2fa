"""This machine's C compiler: what it has compiled is kept, in a folder of the user's cache.

Nobody else may write to that folder. A library's name is a hash of everything that went into it, and a hash of its own
bytes: what is damaged is compiled again. The libraries that were not used for longest go when there is too much.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from autograd_tiny.program.tracing import ProgramError

COMPILERS = ("cc", "gcc", "clang")
SERVES = "program.value_and_grad computes the same"
MOST = 100_000_000  # bytes that the kept libraries may fill
_ALWAYS = ("-std=c99", "-fPIC", "-shared", "-w")

Flags = tuple[str, ...]


def loaded(text: str, flags: Flags) -> ctypes.CDLL:
    """The library of a source with its function `program`, from the folder or compiled now."""
    for _ in range(2):  # another process may have thrown it away in between
        path = compiled(text, flags)
        try:
            library = ctypes.CDLL(str(path))
            library.program  # noqa: B018 – whether it is there
            return library
        except (OSError, AttributeError) as error:
            reason = error
            path.unlink(missing_ok=True)
    raise ProgramError(
        f"native: what {found_compiler()} made cannot be loaded ({reason}); if programs may not run from {folder()}, "
        f"set XDG_CACHE_HOME; {SERVES}"
    )


def compiled(text: str, flags: Flags) -> Path:
    """The shared library of a source."""
    name = key(text, *flags)
    for path in folder().glob(f"{name}-*.so"):
        if path.stem == _stem(name, path):
            os.utime(path)  # used now, so it stays
            return path
        path.unlink(missing_ok=True)
    try:
        return _compiled(text, flags, name)
    except OSError as error:  # no room left, or what is called a compiler is no program
        raise ProgramError(f"native: {found_compiler()} did not run in {folder()}: {error}; {SERVES}") from None


def _compiled(text: str, flags: Flags, name: str) -> Path:
    """Compile in a folder of its own and move the result to its place in one go."""
    with tempfile.TemporaryDirectory(dir=folder()) as room:
        source, made = Path(room, "program.c"), Path(room, "program.so")
        source.write_text(text, encoding="utf-8")
        command = [found_compiler(), *_ALWAYS, "-o", str(made), str(source), *flags]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace")
        if done.returncode or not made.exists():
            why = done.stderr.strip()[:400] or "it wrote nothing"
            raise ProgramError(f"native: {found_compiler()} failed: {why}; {SERVES}")
        path = folder() / f"{_stem(name, made)}.so"
        os.replace(made, path)
    for old in _too_many():
        old.unlink(missing_ok=True)
    return path


def _stem(name: str, path: Path) -> str:
    """What a library is called: the key of what it was made of, and a hash of what it is."""
    try:
        return f"{name}-{hashlib.sha256(path.read_bytes()).hexdigest()[:16]}"
    except OSError:  # another process has thrown it away
        return ""


def _too_many() -> Iterator[Path]:
    """The libraries that were not used for longest, as far as all together are too large."""
    entries = [(entry.stat(), entry.path) for entry in os.scandir(folder()) if entry.name.endswith(".so")]
    room = MOST
    for status, path in sorted(entries, key=lambda entry: entry[0].st_mtime, reverse=True):
        room -= status.st_size
        if room < 0:
            yield Path(path)


def key(*words: str) -> str:
    """A hash of these words, of the compiler and of the machine."""
    everything = [*words, *_ALWAYS, *_compiler(found_compiler()), platform.platform(), _processor()]
    return hashlib.sha256(chr(0).join(everything).encode()).hexdigest()[:32]


def found_compiler() -> str:
    """This machine's C compiler; ProgramError if it has none."""
    compiler = next(filter(None, map(shutil.which, COMPILERS)), None)
    if compiler is None:
        raise ProgramError(
            f"native: this machine has no C compiler (cc, gcc or clang; Debian: apt install gcc); {SERVES}"
        )
    return compiler


def _compiler(path: str) -> list[str]:
    """A compiler and which one it is at the moment: another version may come to the same place."""
    status = os.stat(path)
    return [path, str(status.st_size), str(status.st_mtime_ns)]


@cache
def _processor() -> str:
    """What the processor can do: a folder may be shared by machines, and not every one runs what another compiled."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor()
    return next((line for line in lines if line.startswith(("flags", "Features"))), platform.processor())


def folder() -> Path:
    """The user's own folder for compiled programs; ProgramError if there is none, or if others could write to it."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "autograd-tiny" / "programs"
    try:
        base.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ProgramError(f"native: no folder for compiled programs ({error}): set XDG_CACHE_HOME; {SERVES}") from None
    status = base.stat()
    if hasattr(os, "getuid") and status.st_uid != os.getuid():
        raise ProgramError(f"native: {base} belongs to another user; set XDG_CACHE_HOME to a folder of your own")
    if hasattr(os, "getuid") and stat.S_IMODE(status.st_mode) & 0o022:
        raise ProgramError(f"native: others may write to {base}: chmod 700 it, or set XDG_CACHE_HOME")
    return base
