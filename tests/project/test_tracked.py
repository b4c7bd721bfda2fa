"""What git keeps is the project's alone: no paths of somebody's machine, no names that say nothing."""

import re

from tests.project.checkout import ROOT, tracked

MACHINE = re.compile(r"(?<![\w.])/(?:work|root|tmp|opt|home/[a-z]+|Users/[A-Za-z]+)/")
NAMELESS = {"utils", "util", "helpers", "helper", "common", "misc", "manager"}
TEXT = {".py", ".md", ".toml", ".css", ".js", ".html", ".svg", ".json", ".txt", ""}  # "": Makefile, LICENSE, run


def test_no_file_names_a_path_of_a_machine() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in tracked()
        if path.suffix in TEXT
        for match in MACHINE.finditer(path.read_text("utf-8"))
    ]
    assert not found


def test_the_pattern_finds_one() -> None:
    assert MACHINE.search("open('/" + "home/anna/notes')")
    assert not MACHINE.search("see /docs/root/home for more")


def test_every_module_has_a_name_that_says_something() -> None:
    assert not [path for path in tracked() if path.stem in NAMELESS]


def test_what_every_project_needs_is_there() -> None:
    names = {path.relative_to(ROOT).as_posix() for path in tracked()}
    assert {"README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile", "pyproject.toml", ".ci/run"} <= names
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111
