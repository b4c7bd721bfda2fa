"""Which files are changed, and which tests are asked about each: the one place to edit when files move."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.mutants.changes import Texts

ROOT = Path(__file__).parents[2]
PACKAGE = "autograd_tiny"


@dataclass(frozen=True)
class Area:
    """Files that are tested alike: their own tests are asked first, others about what those let pass."""

    files: tuple[str, ...]  # inside the package; patterns
    quick: tuple[str, ...]
    others: tuple[str, ...]
    own: tuple[str, ...] = ()  # asked first; of the table, those that name its operation
    texts: Texts = ""  # what their strings hold: expressions, or pieces of code
    named: bool = True  # whether `make mutants` changes them if no files are named
    plain: bool = False  # whether the fast engine stands in for some of it: the quick tests are asked without it, too


ENGINE = tuple(
    f"tests/engine/test_{name}.py"
    for name in (
        "gradients pulls value arrays manners refusals parts operation kinks_and_extremes numpy_arguments "
        "numpy_protocol nonfinite scopes check nesting changes batches to_scalars micrograd_usage torch mistakes "
        "program_source testing table expressions"
    ).split()
)
PROGRAM = tuple(f"tests/engine/test_{name}.py" for name in ("passes", "program_steps", "program_source", "program"))
TABLE = tuple(f"tests/engine/test_{name}.py" for name in ("table", "kinks_and_extremes", "expressions", "arrays"))
CORE = tuple(f"tests/engine/test_{name}.py" for name in ("gradients", "pulls", "value", "parts"))
ROOM = "tests/optim/test_room.py"
ALL = ("tests/engine", "tests/nn", "tests/optim")

AREAS = (
    Area(("table.py",), ENGINE, ALL, TABLE, texts="expressions"),
    Area(("fast/recorders.py", "fast/pulls.py"), ENGINE, ALL, CORE, texts="code"),
    Area(
        ("value.py", "gradients.py", "compiling.py", "numbers.py", "shapes.py", "words/indexing.py", "functions.py",
         "data.py"),
        ENGINE, ALL, CORE, plain=True,
    ),
    Area(("fast/walk.py", "fast/collected.py", "fast/slices.py"), (*ENGINE, ROOM), ALL, (*CORE, ROOM)),
    Area(("program/passes.py", "program/steps.py", "program/structure.py"), PROGRAM, ALL, PROGRAM[:1]),
    Area(("nn/attention.py",), ("tests/nn/test_layers.py", "tests/nn/test_torch.py"), ALL),
    Area(("program/*", "program/c/*", "program/run/*"), PROGRAM, ALL, named=False),
    Area(("nn/*", "optim/*"), ("tests/nn", "tests/optim"), ALL, named=False),
    Area(("*",), ENGINE, ALL, named=False),
)  # fmt: skip


def area_of(file: Path) -> Area:
    """The first area that holds the file."""
    inside = file.resolve().relative_to(ROOT / PACKAGE)
    return next(area for area in AREAS if any(inside.match(pattern) for pattern in area.files))


def named_files() -> list[Path]:
    """The files that are changed if none are named."""
    return [path for area in AREAS if area.named for name in area.files for path in sorted((ROOT / PACKAGE).glob(name))]


def module_of(file: Path) -> str:
    """The name under which a file is imported."""
    parts = file.resolve().relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
