"""How long a person waits: the import beyond NumPy's own, the list of lessons, the first screen."""

import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent

PROMPT = "›".encode()
PATIENCE = 20.0  # seconds
_IMPORT = "import time, numpy; t = time.perf_counter(); import autograd_tiny; print(time.perf_counter() - t)"


def _environment(home: str) -> dict[str, str]:
    """The caller's environment with an empty home, so that nobody's progress is read or written.

    Compiled modules are kept there too, whatever the caller's settings are, as they are for a person.
    """
    own = {"HOME": home, "XDG_DATA_HOME": home, "PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": home, "TERM": "xterm"}
    return {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"} | own


def _import(home: str) -> float:
    done = subprocess.run(
        [sys.executable, "-c", _IMPORT], capture_output=True, check=True, env=_environment(home), text=True
    )
    return float(done.stdout)


def _list(home: str) -> float:
    start = time.perf_counter()
    command = [sys.executable, "-m", "lessons", "list"]
    subprocess.run(command, capture_output=True, check=True, env=_environment(home), cwd=home)
    return time.perf_counter() - start


def _first_screen(home: str) -> float:
    """Until a terminal that runs `python -m lessons` shows its first prompt."""
    import pty  # where it is absent (Windows), that is reported as a missing package is

    start = time.perf_counter()
    master, terminal = pty.openpty()
    command = [sys.executable, "-m", "lessons"]
    lesson = subprocess.Popen(
        command,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env=_environment(home),
        cwd=home,
        start_new_session=True,
    )
    os.close(terminal)
    try:
        _read_until(PROMPT, master, start + PATIENCE)
        return time.perf_counter() - start
    except OSError as error:  # the terminal closed, or time ran out
        raise RuntimeError(f"no prompt {PROMPT.decode()} on the first screen: {error}") from error
    finally:
        lesson.kill()
        lesson.wait()
        os.close(master)


def _read_until(mark: bytes, terminal: int, deadline: float) -> None:
    screen = b""
    while mark not in screen:
        ready, _, _ = select.select([terminal], [], [], max(0.0, deadline - time.perf_counter()))
        if not ready:
            raise TimeoutError(f"nothing new for {PATIENCE:.0f} s")
        screen += os.read(terminal, 65536)


WAITS: dict[str, Callable[[str], float]] = {
    "import autograd_tiny, beyond NumPy's own import": _import,
    "python -m lessons list": _list,
    "python -m lessons, first screen": _first_screen,
}


def measure(wait: str, repeats: int = 5) -> dict[str, float | str]:
    """The median of some fresh processes after one that compiles."""
    try:
        with tempfile.TemporaryDirectory() as home:
            WAITS[wait](home)
            return {"seconds": median(WAITS[wait](home) for _ in range(repeats))}
    except ModuleNotFoundError as error:
        return {"missing": f"not installed: {error.name}"}
    except (subprocess.CalledProcessError, RuntimeError) as error:
        return {"failed": str(error)}
