"""The strategies need hypothesis and say so; the engine itself does not."""

import subprocess
import sys


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
