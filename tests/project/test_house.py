"""How the house stays as it is drawn: what one reads is short, nothing needs itself, what is shown is public."""

import ast

import pytest

from tests.project import documents, house
from tests.project.checkout import PACKAGES, ROOT, modules

MEANING = ("autograd_tiny", "autograd_tiny.graphs", "autograd_tiny.check", "autograd_tiny.learners")
ENGINE = (*MEANING, "autograd_tiny.fast")


def test_the_engine_is_read_in_an_hour() -> None:
    assert house.to_read() <= house.MOST_TO_READ


def _home(name: str) -> str:
    return name.rpartition(".")[0]


def test_what_the_engine_means_needs_nothing_fast() -> None:
    needs = house.imports("autograd_tiny")
    quick = {name: [x for x in needs[name] if "fast" in x.split(".")] for name in needs if _home(name) in MEANING}
    del quick["autograd_tiny.fast"]  # itself
    assert quick
    assert not any(quick.values()), quick


def test_the_engine_has_no_circles() -> None:
    needs = house.imports("autograd_tiny")
    engine = {name for name in needs if _home(name) in ENGINE}
    assert house.circles({name: needs[name] & engine for name in engine}) == []


def test_a_circle_is_found() -> None:
    needs = {"a": frozenset("b"), "b": frozenset("ca"), "c": frozenset("d"), "d": frozenset()}
    assert house.circles(needs) == [["a", "b"]]
    assert house.circles(needs | {"d": frozenset("a")}) == [["a", "b", "c", "d"]]


def test_no_file_is_longer_than_one_noun() -> None:
    assert house.long_files() == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_dir_shows_what_is_public(package: str) -> None:
    assert house.hidden_names(package) == []


def test_the_reading_page_walks_in_this_order() -> None:
    text = (ROOT / "docs" / "READING.md").read_text("utf-8")
    places = [text.index(f"| [`{name}.py`](") for name in house.READING]
    assert places == sorted(places)


@pytest.mark.slow
def test_the_house_prints_what_it_measures() -> None:
    assert f"{len(house.READING)} / {house.to_read()}" in house.report()


@pytest.mark.parametrize("package", PACKAGES)
def test_what_a_module_does_as_a_program_it_does_at_its_end(package: str) -> None:
    for path in modules(package):
        body = ast.parse(path.read_text("utf-8")).body
        starts = [k for k, node in enumerate(body) if isinstance(node, ast.If) and "__name__" in ast.unparse(node.test)]
        assert starts in ([], [len(body) - 1]), path


# Flat in a package stand what one reads first and what people call.
FLAT = {"autograd_tiny": 18, "viz": 12, "lessons": 6}


@pytest.mark.parametrize("package", PACKAGES)
def test_no_modules_need_each_other(package: str) -> None:
    assert house.circles(house.imports(package)) == []


@pytest.mark.parametrize("package", PACKAGES)
def test_a_folder_can_be_looked_over(package: str) -> None:
    full = {folder: n for folder, n in house.folders(package).items() if n > FLAT.get(folder, house.FULLEST)}
    assert full == {}


def test_the_tree_in_the_documents_is_the_tree() -> None:
    there = {folder for package in PACKAGES for folder in house.folders(package)}
    assert documents.folders("docs/ARCHITECTURE.md") == there
