"""The house, measured: which files there are, what they import, and whether that is as it should be (`make house`).

Imports within functions and for annotations count as all others: a circle is a circle, however late it closes.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.project.checkout import PACKAGES, ROOT, modules

# What one reads to understand the engine, in this order.
READING = ("table", "shapes", "numbers", "compiling", "value", "gradients")
LONGEST, FULLEST, MOST_TO_READ = 500, 15, 1250

Graph = Mapping[str, frozenset[str]]


def name_of(path: Path) -> str:
    """A file's dotted name."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports(package: str) -> Graph:
    """For each module of a package, the modules of the same package that it imports, wherever in its text."""
    files = {name_of(path): path for path in modules(package)}
    return {name: frozenset(_imported(path, name, set(files))) - {name} for name, path in files.items()}


def _imported(path: Path, name: str, known: set[str]) -> Iterator[str]:
    home = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(home.split(".")[: len(home.split(".")) + 1 - node.level]) if node.level else ""
            origin = ".".join(filter(None, (base, node.module)))
            parts = [f"{origin}.{alias.name}" for alias in node.names]
            yield from (part if part in known else origin for part in parts if part in known or origin in known)


def circles(graph: Graph) -> list[list[str]]:
    """Groups of modules that need each other: the strongly connected components of more than one."""
    reach = {name: _reached(name, graph) for name in graph}
    together = {frozenset(b for b in reach[a] if a in reach[b]) for a in graph if a in reach[a]}
    return sorted(sorted(group) for group in together)


def _reached(start: str, graph: Graph) -> set[str]:
    met, waiting = set[str](), [start]
    while waiting:
        for name in graph[waiting.pop()]:
            if name not in met:
                met.add(name)
                waiting.append(name)
    return met


def folders(package: str) -> Counter[str]:
    """How many files each folder of a package holds."""
    return Counter(str(path.parent.relative_to(ROOT)) for path in modules(package))


def lines(path: Path) -> int:
    """How many lines a file has."""
    return len(path.read_text("utf-8").splitlines())


def long_files() -> dict[str, int]:
    """The files that are longer than one noun should be."""
    sizes = {str(path.relative_to(ROOT)): lines(path) for package in PACKAGES for path in modules(package)}
    return {name: size for name, size in sizes.items() if size > LONGEST}


def hidden_names(package: str) -> list[str]:
    """What `dir` of a package shows although it is not public; abs, max and their like are, beside Python's own."""
    module = importlib.import_module(package)
    public = {*module.__all__, *dir(builtins)}
    return sorted(name for name in dir(module) if name not in public and not name.startswith("_"))


def to_read() -> int:
    """How many lines one reads to understand the engine."""
    return sum(lines(ROOT / "autograd_tiny" / f"{name}.py") for name in READING)


def report() -> str:
    """The measurements as a table."""
    every = [path for package in PACKAGES for path in modules(package)]
    rows = [
        ("files / lines to understand a product and its gradient", f"{len(READING)} / {to_read()}"),
        ("circles of imports", sum(len(circles(imports(package))) for package in PACKAGES)),
        ("modules / lines in one, on average", f"{len(every)} / {sum(map(lines, every)) // len(every)}"),
        *((f"files flat in {package}", folders(package)[package]) for package in PACKAGES),
        ("files in the fullest other folder", max(n for p in PACKAGES for f, n in folders(p).items() if f != p)),
        (f"files of more than {LONGEST} lines", len(long_files())),
        *((f"names in dir({package}) that are not public", len(hidden_names(package))) for package in PACKAGES),
    ]
    return "\n".join(f"{name:<58}{number}" for name, number in rows)


if __name__ == "__main__":
    sys.stdout.write(report() + "\n")
