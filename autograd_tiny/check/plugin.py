"""The pytest fixture `gradcheck`."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from autograd_tiny.check.check import asserted
from autograd_tiny.check.report import GradientReport


@pytest.fixture
def gradcheck() -> Callable[..., GradientReport]:
    """`gradcheck(f, *inputs, grad=df)`: as `assert_gradients`, and gives the report."""
    return asserted
