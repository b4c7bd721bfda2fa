"""What `make mutants` changes, and that a child notices it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutants.areas import AREAS, PACKAGE, ROOT, area_of, module_of, named_files
from tests.mutants.changes import mutants

SOURCE = '''\
"""A docstring - not code."""
LINES = (op("sub", "x - y", words="a - b, see there"),)

def f(x: int = 1, *, strict: bool = True) -> int:
    """More, and less - of this."""
    if x > 0 and not x == 2:
        x += 1
    elif x is None:
        raise ValueError("x - y")
    return g(-x, zip(x, strict=True)) * 2.0 if x else x
'''
CHANGED = {
    'LINES = (op("sub", "(x + y)", words="a - b, see there"),)',
    'LINES = (op("sub", "z - y", words="a - b, see there"),)',
    'LINES = (op("sub", "(x)", words="a - b, see there"),)',
    "if (x >= 0) and not x == 2:", "if (x <= 0) and not x == 2:", "if x > 1 and not x == 2:", "if (x > 0):", "if True:",
    "if x > 0 and not (x != 2):", "if x > 0 and (x == 2):", "x = 1", "x -= 1", "x += 2", "elif (x is not None):",
    "return g((x), zip(x, strict=True)) * 2.0 if x else x", "return (g(-x, zip(x, strict=True)) / 2.0) if x else x",
    "return g(-x, (x)) * 2.0 if x else x", "return g(-x, zip(x, strict=True)) * 5.0 if x else x", "return (x)",
}  # fmt: skip


def test_small_changes(tmp_path: Path) -> None:
    file = tmp_path / "module.py"
    file.write_text(SOURCE)
    found = {mutant.new for mutant in mutants(file, "expressions")}
    assert found >= CHANGED
    assert not any("see there" in new and "a + b" in new for new in found)
    for mutant in mutants(file, "expressions"):
        before, after = SOURCE.splitlines(), mutant.source.splitlines()
        assert mutant.function == ("f" if mutant.line > 3 else "")
        assert [k for k, (a, b) in enumerate(zip(before, after, strict=True), 1) if a != b] == [mutant.line]
        assert 'raise ValueError("x - y")' in mutant.source
        assert "strict=False" not in mutant.source


def test_texts_of_code(tmp_path: Path) -> None:
    file = tmp_path / "templates.py"
    file.write_text('HEAD = """\\\ndef {name}(left):\n    x = left.data\n    if x is not None and x < 0:\n"""\n')
    found = {mutant.new for mutant in mutants(file, "code")}
    assert {"x = right.data", "if x is None and x < 0:", "if x is not None or x < 0:"} <= found
    assert not mutants(file)


def test_every_file_that_is_named_is_there() -> None:
    for area in AREAS:
        assert all(list((ROOT / PACKAGE).glob(pattern)) for pattern in area.files)
        assert all((ROOT / tests).exists() for tests in (*area.quick, *area.others, *area.own))
    assert area_of(ROOT / PACKAGE / "table.py").texts == "expressions"
    assert module_of(ROOT / PACKAGE / "program" / "__init__.py") == f"{PACKAGE}.program"
    assert len(named_files()) == len(set(named_files()))


CHILDREN = """
import sys
from functools import partial
from tests.mutants import running
from tests.mutants.areas import PACKAGE, ROOT
from tests.mutants.changes import mutants
every = mutants(ROOT / PACKAGE / "table.py", "expressions")
chosen = [next(m for m in every if new in m.new) for new in ('"sin(z)"', '"cosh(z)"')] + [None]
work = [(m, partial(running.survives, m, [sys.argv[1]], False)) for m in chosen]
outcome = {about: survived for about, survived, _ in running.in_children(work, 2, 60.0)}
print([outcome[m] for m in chosen])
"""


@pytest.mark.slow
def test_a_child_sees_the_change_and_nobody_else_does(tmp_path: Path) -> None:
    test = tmp_path / "test_sine.py"
    test.write_text("import autograd_tiny as at\n\ndef test():\n    assert at.sin(at.Value(0.5)).data < 0.5\n")
    done = subprocess.run([sys.executable, "-c", CHILDREN, str(test)], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "[False, True, True]\n", done.stderr
