"""The strategies need hypothesis and say so; the engine itself does not."""

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd_tiny import Value
from autograd_tiny.table import TABLE
from autograd_tiny.testing import Function, functions
from autograd_tiny.testing.drawing import result


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_the_engine_does_not_import_hypothesis() -> None:
    assert run("import sys, autograd_tiny; print('hypothesis' in sys.modules)") == "False\n"


def test_without_hypothesis_the_error_says_what_to_install() -> None:
    code = """
import sys
sys.modules["hypothesis"] = None  # as if it were not installed
try:
    import autograd_tiny.testing
except ImportError as error:
    print(error)
"""
    assert "pip install 'autograd-tiny[test]'" in run(code)


@settings(max_examples=300)
@given(functions(), st.data())
def test_a_random_function_has_no_step_close_to_its_point(f: Function, data: st.DataObject) -> None:
    """Not where floor takes its next number, nor where the angle of atan2 turns over: differences would straddle it."""
    moved = [x + data.draw(st.sampled_from([-1e-7, 1e-7])) for x in f.point]
    here, there = (f(*(Value(x) for x in point)).data for point in (f.point, moved))
    assert abs(there - here) < 1e-2


def test_no_random_function_takes_an_angle_where_it_turns_over() -> None:
    assert result(TABLE["atan2"], [0.0, -1.0], [True, True], {}, True) is None
    assert result(TABLE["atan2"], [0.0, 1.0], [True, True], {}, True) == 0.0


@pytest.mark.parametrize("y", [0.3, 0.04, -0.04, 0.003])
@pytest.mark.parametrize("name", ["mod", "fmod"])
def test_a_small_step_on_a_steep_slope_is_one(name: str, y: float) -> None:
    assert result(TABLE[name], [50 * y, y], [True, True], {}, False) is None
