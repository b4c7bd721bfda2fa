"""LaTeX as it is installed, or a reason to skip."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from pypdf import PdfReader


def compiled(document: str, folder: Path) -> PdfReader:
    """The document as pdflatex sets it; where it stops, its words."""
    program = shutil.which("pdflatex")
    packages = "texlive-latex-recommended texlive-latex-extra texlive-pictures"
    if program is None:
        pytest.skip(f"no pdflatex on this machine (Debian: apt-get install {packages})")
    (folder / "z.tex").write_text(document, encoding="utf-8")
    command = [program, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "z.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=120, check=False)
    said = done.stdout.decode("utf-8", "replace")
    missing = re.search(r"File `(\S+)' not found", said)
    if missing:
        pytest.skip(f"this machine's LaTeX lacks {missing[1]} (Debian: apt-get install {packages})")
    assert done.returncode == 0, said[-1500:]
    return PdfReader(folder / "z.pdf")
