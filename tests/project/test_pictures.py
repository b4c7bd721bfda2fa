"""The README's pictures are what the code draws today."""

import subprocess
import sys
from pathlib import Path

from tests.project.checkout import ROOT


def test_the_pictures_of_docs_are_up_to_date(tmp_path: Path) -> None:
    subprocess.run([sys.executable, ROOT / "docs" / "pictures.py", "--into", tmp_path], check=True, capture_output=True)
    fresh = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    kept = {path.name: path.read_bytes() for path in (ROOT / "docs" / "pictures").iterdir()}
    changed = sorted(name for name in fresh.keys() | kept.keys() if fresh.get(name) != kept.get(name))
    assert not changed, "run `make pictures` and look at what changed"
