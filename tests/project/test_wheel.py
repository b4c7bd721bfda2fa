"""The wheel holds what runs and nothing else, and the lessons run from it outside the checkout."""

import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from tests.project.checkout import PACKAGES, ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A freshly built wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with the wheel in it, and this environment's third-party packages beside it.

    A path file lends those packages: path files in the lent folder are not read, so the editable checkout stays out.
    """
    home = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    python = home / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    site = Path(sysconfig.get_path("purelib", vars={"base": str(home), "platbase": str(home)}))
    lent = [path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")]  # of this environment
    (site / "lent.pth").write_text("\n".join(lent) + "\n")
    pip = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "-qq", "--no-deps", "--no-index", "--ignore-installed", str(wheel)], check=True)
    return python


def _run(python: Path, home: Path, *arguments: str) -> str:
    """What a command prints, run in an empty folder that is also the home; nothing may come on stderr."""
    environment = {"HOME": str(home), "XDG_DATA_HOME": str(home), "PATH": "", "LANG": "C.UTF-8", "PYTHONUTF8": "1"}
    done = subprocess.run(
        [str(python), *arguments], cwd=home, env=environment, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_the_wheel_holds_what_runs(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == set(PACKAGES)
    assert {f"{package}/py.typed" for package in PACKAGES} <= set(names)
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    assert not [name for name in names if "__pycache__" in name or "/test_" in name]


def test_the_wheel_holds_every_file_of_the_packages(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    files = {path for package in PACKAGES for path in (ROOT / package).rglob("*") if path.is_file()}
    here = {path.relative_to(ROOT).as_posix() for path in files if "__pycache__" not in path.parts}
    assert here <= names
    assert any(name.startswith("lessons/texts/") and name.endswith(".md") for name in names)


@pytest.mark.slow
def test_the_lessons_run_from_the_wheel(python: Path, tmp_path: Path) -> None:
    where = _run(python, tmp_path, "-c", "import autograd_tiny, lessons, viz; print(viz.__file__)")
    assert not Path(where.strip()).is_relative_to(ROOT)
    listed = _run(python, tmp_path, "-m", "lessons", "list")
    assert all(path.stem in listed for path in (ROOT / "lessons" / "texts").glob("*.md"))


def test_a_picture_comes_out_of_the_wheel_without_dot_on_the_path(python: Path, tmp_path: Path) -> None:
    _run(python, tmp_path, "-m", "viz", "w**2 * (w - 3)", "w=5", "--save", "z.svg")
    assert "<svg" in (tmp_path / "z.svg").read_text("utf-8")
