"""An operation is two lines: one in the table, one in the words table. Here one is added, and found everywhere."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograd_tiny import compiling, functions, numbers
from autograd_tiny.graphs.formula import formula
from autograd_tiny.learners.expression import FUNCTIONS, parse
from autograd_tiny.program.dialects import DIALECTS
from autograd_tiny.table import TABLE
from autograd_tiny.value import Value
from autograd_tiny.words import WORDS
from autograd_tiny.words.words import LIBRARIES, word
from tests.engine.samples import ELEMENTWISE, apply, points
from tests.project.checkout import ROOT

WORLDS = {"float": numbers.FLOATS, "array": numbers.ARRAYS, "complex": numbers.COMPLEX}
SIGNED = {op.name for op in TABLE.values() if word(op.name).binds < 4}  # written by a sign, and not as a call


@pytest.mark.parametrize("name", WORDS)
def test_a_word_has_every_column_or_says_that_it_lacks_it(name: str) -> None:
    for world in LIBRARIES:
        meaning = WORDS[name].meaning(world)
        assert meaning == "-" or meaning or WORDS[name].text, f"{name} has no meaning in {world}"
        if world in WORLDS:
            assert (name in WORLDS[world]) == (meaning != "-")
        elif not meaning.startswith(("c.", "arrays.js")):
            assert meaning == "-" or name in DIALECTS[world].defined, (name, world)
            needed = {other for other in WORDS if other in DIALECTS[world].needs.get(name, ())}
            assert all(WORDS[other].meaning(world) != "-" for other in needed)


@pytest.mark.parametrize("name", TABLE)
def test_what_a_line_of_the_table_says_are_words(name: str) -> None:
    known = {
        *WORDS,
        *numbers.ASKED,
        "x",
        "y",
        "z",
        "g",
        "xs",
        "k",
        "shape",
        "axis",
        "keepdims",
        "axes",
        "index",
    }
    op = TABLE[name]
    for text in (op.forward, *op.pullbacks):
        assert set(compile(text, name, "eval").co_names) <= known | {*op.parameters}


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_an_operation_is_everywhere(name: str) -> None:
    op = TABLE[name]
    whole = len(op.parameters) == len(op.defaults)
    for also in (name, *word(name).names.split()):
        assert callable(getattr(functions, also))
        assert hasattr(Value, also) or op.parameters
    assert (name in FUNCTIONS) == (whole and name not in SIGNED)
    z = apply(name, *(Value(x, letter) for x, letter in zip(points(name)[0], "xy", strict=False)))
    assert formula(z) and formula(z, "latex") and word(name).spoken
    if name in FUNCTIONS:
        letters = compiling.arguments(op)
        typed = parse(f"{name}({', '.join(letters)})").evaluate(dict(zip(letters, points(name)[0], strict=True)))
        assert typed == pytest.approx(getattr(functions, name)(*points(name)[0]).data, rel=1e-14)


LINE = '    _unary("versine", "vers", "1 - cosine(x)", "g * sin(x)"),\n'
WORD = '    Word("cosine", float="cos", array="cos", torch="cos", c="-", javascript="cos", latex=r"\\\\cos"),\n'
EVERYWHERE = """
import math
import numpy as np, viz
import autograd_tiny as at
from autograd_tiny import Value, assert_gradients, formula, grad, trace
from autograd_tiny.learners.expression import parse
from autograd_tiny.program import ProgramError
from autograd_tiny.testing.drawing import names_of

x = Value(0.5, "x")
z = at.versine(x)
assert at.__file__.startswith(HOME) and x.versine().data == z.data == 1 - math.cos(0.5)
assert at.versine([0.5, 1.0]).shape == (2,) and np.vectorize(float)(at.versine(np.ones(2)).data).all()
z.backward()
assert x.grad == math.sin(0.5)
assert abs(grad(grad(at.versine(x), [x], create_graph=True)[0], [x])[0].data - math.cos(0.5)) < 1e-15
assert_gradients(at.versine, np.linspace(-1, 1, 5), order=2)
assert_gradients(at.versine, 0.3, method="complex")
assert parse("versine(w) + 1").evaluate({"w": 0.5}) == z.data + 1
assert formula(z) == "versine(x)" and "versine" in formula(z, "latex")
assert "versine" in names_of(structure=False)
drawing = viz.draw(z)
assert ">vers<" in drawing.svg and "versine(x)" in viz.text(z)
viz.film(z).save("film.html")
assert "versine(x)" in open("film.html", encoding="utf-8").read()
program = trace(at.versine, 0.5)
for dialect in ("python", "numpy", "torch", "jax", "javascript"):
    assert "cosine" in program.source(dialect), dialect
space = {}
exec(program.source("numpy"), space)
assert float(space["program"](0.5)[0]) == z.data
try:
    program.source("c")
except ProgramError as error:
    assert "cosine" in str(error) and "'c'" in str(error), error
else:
    raise AssertionError("C has no cosine")
print("everywhere")
"""


def test_two_lines_add_an_operation_everywhere(tmp_path: Path) -> None:
    for package in ("autograd_tiny", "viz"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    for path, before, line in (("table.py", '    _unary("sin",', LINE), ("words/words.py", '    Word("sin",', WORD)):
        file = tmp_path / "autograd_tiny" / path
        text = file.read_text("utf-8")
        assert text.count(before) == 1
        file.write_text(text.replace(before, line + before), "utf-8")
    script = tmp_path / "everywhere.py"
    script.write_text(f"HOME = {str(tmp_path)!r}\n{EVERYWHERE}", "utf-8")
    done = subprocess.run([sys.executable, str(script)], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout == "everywhere\n", done.stderr[-2000:]
