"""Imports point one way: lessons → viz → autograd_tiny, and inside the engine down to the table."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.project.checkout import PACKAGES, ROOT, modules
from tests.project.house import circles, imports

# What a package may import of ours, besides itself.
BELOW = {"autograd_tiny": set(), "viz": {"autograd_tiny"}, "lessons": {"autograd_tiny", "viz"}}

# The engine's order: what stands earlier never needs what stands later. Modules not named here may stand anywhere.
ENGINE = ("table", "shapes", "numbers", "compiling", "value", "gradients")
ALONE = {"table"}  # the heart reads without anything else of the engine


def _is_typing_only(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def _statements(tree: ast.Module, everywhere: bool) -> Iterator[ast.AST]:
    """The statements that run at import, or all of them; imports for annotations alone run never."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        inside = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        if not (inside and not everywhere) and not (isinstance(node, ast.If) and _is_typing_only(node)):
            waiting += ast.iter_child_nodes(node)


def imported(path: Path, *, everywhere: bool) -> set[str]:
    """Dotted names that a file imports; `from a import b` counts as a and a.b, since b may be a module."""
    names: set[str] = set()
    package = ".".join(path.relative_to(ROOT).parent.parts)
    for node in _statements(ast.parse(path.read_text("utf-8")), everywhere):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = (
                package.rsplit(".", node.level - 1)[0] + ("." + node.module if node.module else "")
                if node.level
                else node.module
            )
            names |= {str(base)} | {f"{base}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_point_one_way(package: str) -> None:
    allowed = BELOW[package] | {package}
    ours = set(PACKAGES) | {"tests", "benchmarks"}
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(package)
        for name in imported(path, everywhere=True)
        if name.split(".")[0] in ours - allowed
    }
    assert not wrong


@pytest.mark.parametrize("package", ["lessons"])
def test_no_modules_need_each_other(package: str) -> None:
    files = {f"{package}.{path.stem}": path for path in modules(package) if path.parent.name == package}
    files.pop(f"{package}.__init__")
    # Imports within functions count too: a circle is a circle, however late it closes.
    needs = {name: imported(path, everywhere=True) & set(files) - {name} for name, path in files.items()}
    while free := [name for name, wanted in needs.items() if not wanted & set(needs)]:
        for name in free:
            del needs[name]
    assert not needs, f"in a circle, or above one: {sorted(needs)}"


# The way of a picture: from letters to the views. A folder is a stage, and what stands earlier never needs what stands
# later; stages in one line do not need each other.
STAGES = """
    words audience
    look graph
    wires
    layout told
    opening page text
    output fitting
    drawing
    chart
    beside cells flow inside live notebook rolled
    paths
    play
    film
    __main__
"""


def test_the_stages_of_viz_point_one_way() -> None:
    level = {stage: number for number, line in enumerate(STAGES.strip().splitlines()) for stage in line.split()}
    needs = {name: others for name, others in imports("viz").items() if name != "viz"}
    stages = {name: name.split(".")[1] for name in needs}
    assert set(stages.values()) == set(level), "a new stage has a line of its own, or a place in one"
    wrong = {
        f"{name} imports {other}"
        for name, others in needs.items()
        for other in others
        if stages[name] != stages.get(other) and level[stages[name]] <= level.get(stages.get(other, ""), len(level))
    }
    assert not wrong


def test_no_modules_of_viz_need_each_other() -> None:
    assert not circles(imports("viz"))


def test_the_front_of_viz_says_where_its_names_stand_as_types_know_it() -> None:
    import viz

    tree = ast.parse((ROOT / "viz" / "__init__.py").read_text("utf-8"))
    (typed,) = (node for node in tree.body if isinstance(node, ast.If) and _is_typing_only(node))
    places = {
        alias.name: (line.module or "").removeprefix("viz").removeprefix(".")
        for line in typed.body
        if isinstance(line, ast.ImportFrom)
        for alias in line.names
    }
    assert places == viz._PLACES
    assert sorted(places) == sorted(viz.__all__)


def test_a_part_of_viz_brings_no_more_than_itself_and_hides_no_function() -> None:
    program = """
import sys, viz.output.loopback, viz.output.browser
assert not {"numpy", "autograd_tiny", "viz.drawing", "graphviz"} & set(sys.modules), sorted(sys.modules)
import viz.film, viz.flow.model, viz.paths.routes, viz.play
for name in viz.__all__:
    assert callable(getattr(viz, name)) or name == "cells", name
from viz import *
assert film is viz.film and cells is sys.modules["viz.cells"] and not hasattr(viz, "nothing")
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def _needs(module: str) -> set[str]:
    """The engine's modules that importing this one runs, itself included (but for the package's own front)."""
    known = {path.stem for path in modules("autograd_tiny") if path.parent.name == "autograd_tiny"} - {"__init__"}
    seen: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        seen.add(name)
        found = imported(ROOT / "autograd_tiny" / f"{name}.py", everywhere=False)
        named = {dotted.split(".")[1] for dotted in found if dotted.startswith("autograd_tiny.")}
        waiting += (named & known) - seen
    return seen


@pytest.mark.parametrize("module", ENGINE)
def test_the_engine_stands_on_its_table(module: str) -> None:
    later = set(ENGINE[ENGINE.index(module) + 1 :])
    assert not _needs(module) & later
    if module in ALONE:
        assert _needs(module) == {module}


def test_the_reader_of_imports_sees_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.project.test_imports.ROOT", tmp_path)
    file = tmp_path / "viz" / "one.py"
    file.parent.mkdir()
    file.write_text("import lessons.session\nfrom . import two\ndef f():\n    from autograd_tiny import table\n")
    assert imported(file, everywhere=False) == {"lessons.session", "viz", "viz.two"}
    assert imported(file, everywhere=True) >= {"autograd_tiny.table"}
