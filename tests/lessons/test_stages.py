"""The lessons' folders stand on each other, and no two modules need each other."""

import pytest

from tests.project.house import FULLEST, circles, folders, imports

# What stands earlier never needs what stands later.
STAGES = ("format", "judging", "session", "map", "faces", "pages", "classes", "check", "web", "experiments", "site")
IMPORTS = imports("lessons")


def _stage(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def test_every_folder_has_its_stage() -> None:
    assert {_stage(name) for name in IMPORTS} == {"", "__main__", *STAGES}


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_stands_on_earlier_ones(stage: str) -> None:
    allowed = set(STAGES[: STAGES.index(stage) + 1])
    needed = {(name, other) for name in IMPORTS if _stage(name) == stage for other in IMPORTS[name]}
    assert needed
    assert not {pair for pair in needed if _stage(pair[1]) not in allowed}


def test_no_modules_need_each_other() -> None:
    assert not circles(IMPORTS)


def test_no_folder_is_too_full() -> None:
    assert max(folders("lessons").values()) <= FULLEST
