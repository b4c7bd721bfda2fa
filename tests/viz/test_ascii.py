"""Where a terminal lacks the letters of mathematics they are spelled: nothing is lost, and nothing fails."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from viz.words.ascii import spelled
from viz.words.notation import NAMES

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("text", "ascii"),
    [
        ("∂f/∂q", "df/dq"),
        ("w²(w − 3)", "w^2(w - 3)"),
        ("x⁻¹⁰", "x^-10"),
        ("w₁₂ᵀ", "w12^T"),
        ("δ · σ′", "delta * sigma'"),
        ("╭──╮", "+--+"),
        ("é ü Ł", "e u ?"),
        ("☃", "?"),
        ("x * y", "x * y"),
    ],
)
def test_signs_are_spelled(text: str, ascii: str) -> None:
    assert spelled(text) == ascii


def test_every_sign_that_pictures_know_is_spelled() -> None:
    assert not [sign for sign in NAMES if "?" in spelled(sign)]


@pytest.mark.share(3)
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp437"])
@pytest.mark.parametrize("arguments", [["viz", "w²(w−3)", "w=5"], ["lessons", "gates/8"], ["lessons", "list"]])
def test_a_terminal_without_the_letters_reads_on(arguments: list[str], encoding: str, tmp_path: Path) -> None:
    surroundings = {**os.environ, "PYTHONIOENCODING": encoding, "AUTOGRAD_TINY_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=ROOT, env=surroundings, input=b"\n:quit\n", capture_output=True
    )
    shown = done.stdout.decode(encoding)
    assert (done.returncode, done.stderr) == (0, b"")
    assert "?f/?" not in shown and "?z/?" not in shown
    assert arguments[0] == "lessons" or "dz/dw" in shown
