"""`python -m autograd_tiny.check module:f --inputs module:example --grad module:df`: a check from the shell.

`module:name` is a name in a module on Python's path or in this folder. `--inputs` is a value, a tuple of several, or a
function that gives them. Prints the table; exits with 0 if the derivative is right, 1 if wrong, 2 if it can't be told,
3 if nothing could be checked.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any

from autograd_tiny.check.check import check_gradients

CODES = {"right": 0, "wrong": 1, "unsure": 2}
WAYS = ("grad", "vjp", "jvp", "jacobian", "hvp")


def main(arguments: Sequence[str] | None = None) -> int:
    """Check what is named, print the report, and give the exit code."""
    given = _parser().parse_args(arguments)
    sys.path.insert(0, os.getcwd())
    try:
        inputs = named(given.inputs)
        inputs = inputs() if callable(inputs) else inputs
        options: dict[str, Any] = {way: named(getattr(given, way)) for way in WAYS if getattr(given, way)}
        options |= {"returns": given.returns} if given.returns else {}
        report = check_gradients(
            named(given.f), *(inputs if type(inputs) is tuple else (inputs,)), full=given.full or None, seed=given.seed,
            points=given.points, spread=given.spread, **options,
        )  # fmt: skip
        if given.plot:
            report.plot().save(given.plot)
    except (ValueError, TypeError, ImportError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 3
    sys.stdout.write(f"{report}\n")
    return CODES[report.verdict]


def named(place: str) -> Any:
    """What stands at "module:name"; ValueError says what is missing."""
    module, colon, name = place.partition(":")
    if not colon or not module or not name:
        raise ValueError(f"{place!r} is not of the form module:name")
    thing = importlib.import_module(module)
    for part in name.split("."):
        if not hasattr(thing, part):
            raise ValueError(f"{module} has no {name}")
        thing = getattr(thing, part)
    return thing


def _parser() -> argparse.ArgumentParser:
    text = (__doc__ or "").split("\n\n", 1)
    parser = argparse.ArgumentParser(prog="python -m autograd_tiny.check", description=text[1])
    parser.add_argument("f", help="module:f, a function of numbers and arrays, or, without a derivative, of Values")
    parser.add_argument("--inputs", required=True, metavar="module:example", help="where to check it")
    for way in WAYS:
        parser.add_argument(f"--{way}", metavar=f"module:{way}", help=f"the derivative, as {way}= of check_gradients")
    parser.add_argument("--returns", metavar="NAMES", help='what f returns, as "value, grads"')
    parser.add_argument("--points", type=int, default=1, help="at how many points")
    parser.add_argument(
        "--spread", type=float, nargs=2, default=(1.0, 30.0), metavar=("FROM", "TO"), help="how far away"
    )
    parser.add_argument("--full", action="store_true", help="every number of the inputs and of the output")
    parser.add_argument("--seed", type=int, default=0, help="of directions and points")
    parser.add_argument("--plot", metavar="FILE", help="the error over the step, as .svg, .png, .pdf, .html or .txt")
    return parser


if __name__ == "__main__":
    sys.exit(main())
