"""What every test stands on: how hypothesis searches, and how much CI asks of what takes long."""

import os
from math import ceil
from zlib import crc32

import pytest
from hypothesis import settings

from tests import SHARE

# No deadline anywhere: the first example pays for imports and compiled readings, which says nothing about a law.
settings.register_profile("dev", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)  # the same examples in every run
settings.load_profile("ci" if os.environ.get("CI") else "dev")


@pytest.hookimpl(tryfirst=True)  # before `-m "not slow"` chooses
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of a test with `share(n)` one case of n is asked at once, the others are slow; of slow cases CI asks a share."""
    slow = [item for item in items if item.get_closest_marker("slow")]
    quick = set(items) - set(slow)
    for cases in _by_test([item for item in items if item in quick and item.get_closest_marker("share")]):
        later = _rest(cases, *next(cases[0].iter_markers("share")).args)
        for item in later:
            item.add_marker("slow")
        slow += later
    left = {item for cases in _by_test(slow) for item in _rest(cases, SHARE)}
    config.hook.pytest_deselected(items=[item for item in items if item in left])
    items[:] = [item for item in items if item not in left]


def _by_test(items: list[pytest.Item]) -> list[list[pytest.Item]]:
    """The cases of each test, in an order that their names draw."""
    tests: dict[str, list[pytest.Item]] = {}
    for item in sorted(items, key=lambda item: crc32(item.nodeid.encode())):
        tests.setdefault(item.nodeid.partition("[")[0], []).append(item)
    return list(tests.values())


def _rest(cases: list[pytest.Item], share: int) -> list[pytest.Item]:
    """All but one of so many, and but one at least."""
    return cases[ceil(len(cases) / share) :]
