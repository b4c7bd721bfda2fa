"""Where the project stands, and what belongs to it."""

import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("autograd_tiny", "viz", "lessons")


def modules(package: str) -> list[Path]:
    """Every Python file of a package."""
    return sorted((ROOT / package).rglob("*.py"))


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that git keeps; outside a repository (an unpacked sdist) there is nothing to ask."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("not a git checkout: which files are the project's cannot be asked")
    return tuple(path for name in done.stdout.split("\0") if name and (path := ROOT / name).is_file())
