"""`python -m viz "w**2 * (w - 3)" w=5 --save z.html`: a picture or a film of any formula, from the shell."""

from __future__ import annotations

import argparse
import ast
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from autograd_tiny import Value
from autograd_tiny.learners.expression import LONGEST, parse, parse_assignments, plain_name
from autograd_tiny.value import ancestors
from viz.drawing import FORMATS, draw
from viz.film import film
from viz.fitting.room import Fit
from viz.layout.press import LayoutError
from viz.look import ARRAYS, BACKGROUNDS, PORTS, SHOWS, THEMES
from viz.output import plate
from viz.play import play
from viz.text.circuit_text import text
from viz.text.ledger import ledger
from viz.words import ascii
from viz.words.figures import Precision

# A formula and its values as they are typed into a shell: `w**2 * (w - 3)` and `w=5` ---------------------------------

OUTPUTS = "zLfy"  # what a result without a name of its own is called: the first letter that is free


def given(pairs: Sequence[str]) -> dict[str, Value]:
    """`w=5 x=[1,2]` as labelled values."""
    values: dict[str, Value] = {}
    for pair in pairs:
        name, equals, number = (part.strip() for part in pair.partition("="))
        name = plain_name(name)
        if not equals or not name.isidentifier():
            raise ValueError(f"{pair.strip()!r} is no name=value, such as w=5")
        if name in values:
            raise ValueError(f"{name} is given twice; keep one {name}=…")
        try:
            values[name] = Value(_number(number), name)
        except (ValueError, TypeError) as error:
            raise ValueError(f"{pair}: {error}; write a number or a list, as in {name}=5 or {name}=[1,2]") from None
    return values


def _number(typed: str) -> Any:
    """A number or a list of numbers; nothing typed is evaluated as Python."""
    if not typed.startswith("["):
        return parse(typed, names=()).evaluate()
    try:
        return ast.literal_eval(typed[:LONGEST])
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        raise ValueError("this is no list of numbers") from None


def compute(formulas: str, values: Mapping[str, Value]) -> Value:
    """The last statement's result; every statement's name labels its value."""
    known = dict(values)
    used: set[str] = set()
    result: Any = None
    for name, formula in parse_assignments(formulas):
        missing = [free for free in formula.names if free not in known]
        if missing:
            raise ValueError(f"no value for {' and '.join(missing)}; add {' '.join(f'{free}=1' for free in missing)}")
        used.update(formula.names)
        result = formula.evaluate(known)
        if name:
            result = known[name] = _labelled(result, name)
    idle = [name for name in values if name not in used]
    if idle:
        raise ValueError(f"not in the formula: {', '.join(idle)}; leave it out, or use it")
    return _labelled(result, next(letter for letter in (*OUTPUTS, "result") if letter not in known))


def named(output: Value, names: Sequence[str]) -> list[Value]:
    """Those of the values behind `output` that have these names."""
    known = {value.label: value for value in ancestors(output) if value.label}
    for name in names:
        if plain_name(name) not in known:
            raise ValueError(f"{name}: the formula has no such name; known: {', '.join(known)}")
    return [known[plain_name(name)] for name in names]


def _labelled(result: Any, name: str) -> Value:
    """The result under its name; a number alone, or a name that only repeats another, is a value of its own."""
    if not isinstance(result, Value):
        return Value(result, name)
    if not result.label:
        result.label = name
    return result


# The command line ----------------------------------------------------------------------------------------------------

FILMS = (".html", ".gif", ".mp4")  # and a folder
EITHER = (".pdf", ".tex")  # a drawing, or a film with --film
DRAWINGS = tuple(suffix for suffix in FORMATS if suffix not in FILMS)
LOOK = ("show", "direction", "precision", "theme", "background", "constants", "predict", "arrays", "fit")
EPILOG = """\
examples:
  python -m viz "w**2 * (w - 3)" w=5                          the circuit and the ledger, as text
  python -m viz "w**2 * (w - 3)" w=5 --save z.html            a film to step through in a browser
  python -m viz "x = w^2; y = w - 3; z = x*y" w=5 --save z.svg --save z.gif
  python -m viz "sigmoid(w*x + b)" w=[1,-2] x=[3,1] b=0.5 --show locals --theme dark --save neuron.png
  python -m viz "w**2 * (w - 3)" w=5 --play --save z.html     a slider for w; every number follows
  python -m viz "tanh(W @ x + b)" W=[[1,2],[3,4]] x=[1,0] b=[0,1] --save layer.png --width 1600
  python -m viz "w**2 * (w - 3)" w=5 --film --save z.tex      slides for LaTeX (Beamer), an overlay for every step

A formula is written as in a notebook: 3w², 2(w−1), w^3, √(x), σ(x). Statements are separated by ; and their names
label the picture. Gradients are those of the last result; of a list, those of the sum of its numbers.
"""


class Shell(argparse.ArgumentParser):
    """A parser whose complaints are one line."""

    def error(self, message: str) -> NoReturn:
        if "required: formula" in message:
            message = "there is no formula"
        raise ValueError(f"{message}; python -m viz --help shows how")


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw what the command line asks for; the exit code is 0, or 2 after one line on stderr."""
    ascii.speak()
    try:
        _run(_shell().parse_intermixed_args(_protected(sys.argv[1:] if arguments is None else arguments)))
        sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (ValueError, TypeError, ArithmeticError, OSError, LayoutError) as error:
        print(f"viz: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    return 0


def _shell() -> Shell:
    shell = Shell(
        prog="python -m viz",
        description="Draw the circuit of a formula: values forward, gradients backward.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    shell.add_argument("formula", help='a formula, or statements: "x = w**2; z = x*(w - 3)"')
    shell.add_argument(
        "values", nargs="*", metavar="name=value", help="a number, or a list: w=5 x=[1,2] W=[[1,2],[3,4]]"
    )
    shell.add_argument("--save", action="append", default=[], metavar="FILE", help=_save_help())
    shell.add_argument("--film", action="store_true", help="save a .pdf as a film, one page a frame, a .tex as slides")
    shell.add_argument("--play", action="store_true", help="save an .html with a slider for each name=value")
    shell.add_argument("--show", choices=SHOWS, default="both", help="what stands on the wires of a drawing (both)")
    shell.add_argument("--direction", choices=PORTS, default="LR", help="where the circuit flows (LR)")
    shell.add_argument("--theme", choices=THEMES, default="lecture", help="colours (lecture)")
    shell.add_argument("--background", choices=BACKGROUNDS, help="leave the paper out, for slides of another colour")
    shell.add_argument("--precision", type=_precision, default=2, metavar="N", help="decimals (2), or digits: 3g")
    shell.add_argument(
        "--fit", type=_fit, default="page", help="where a picture is read: page, slide, 1280x720 or none"
    )
    shell.add_argument("--fold", action="append", default=[], metavar="NAME", help="draw this scope as one gate")
    shell.add_argument("--arrays", choices=ARRAYS, default="size", help="larger arrays: their size, or squares, too")
    shell.add_argument("--width", type=int, metavar="PIXELS", help="of a .png, .gif, .mp4 or a folder's pictures")
    shell.add_argument("--dpi", type=float, help="the same in dots per inch")
    shell.add_argument("--predict", action="append", default=[], metavar="NAME", help="ask for this gradient first")
    shell.add_argument("--constants", action="store_true", help="draw constants as leaves, not folded into their gates")
    return shell


def _fit(typed: str) -> Fit:
    wide, by, high = typed.partition("x")
    if by and wide.isdecimal() and high.isdecimal():
        return int(wide), int(high)
    return None if typed == "none" else typed


def _precision(typed: str) -> Precision:
    return int(typed) if typed.isdecimal() else typed


def _save_help() -> str:
    films, drawings = (", ".join(suffixes) for suffixes in (FILMS, DRAWINGS))
    return (
        f"may be given several times; a film: {films} or a folder/; a drawing: {drawings}; without it, text is printed"
    )


def _protected(arguments: Sequence[str]) -> list[str]:
    """A formula may begin with a minus sign: the blank before it tells it from an option."""
    return [f" {a}" if a.startswith("-") and not a.startswith("--") and a != "-h" else a for a in arguments]


def _run(asked: argparse.Namespace) -> None:
    for path in asked.save:
        _is_film(path, asked.film)  # before any work is done, and any other file is written
    if asked.play and not any(Path(path).suffix.lower() == ".html" for path in asked.save):
        raise ValueError("--play is a page: add --save z.html")
    output = compute(asked.formula, given(asked.values))
    backward = asked.show not in ("forward", "circuit")
    if backward:
        output.grad = 1.0  # of a bare number there is no more to be told
    if backward and output.op:
        output.backward(np.ones(output.shape) if output.shape else None)
    asked.predict = named(output, asked.predict)
    if not asked.save:
        print(text(output, precision=asked.precision, predict=asked.predict))
    if not asked.save and backward and not asked.predict:
        print("", ledger(output, precision=asked.precision), sep="\n")
    for path in asked.save:
        print(_save(output, path, asked))


def _is_film(path: str, as_film: bool) -> bool:
    suffix = Path(path).suffix.lower()
    folder = path.endswith(("/", os.sep)) or Path(path).is_dir()
    if not folder and suffix not in FILMS + DRAWINGS:
        known = ", ".join(FILMS + DRAWINGS)
        raise ValueError(
            f"--save {path}: suffix {suffix!r} is unknown; known: {known}, or a folder/ for a film's frames"
        )
    return folder or suffix in FILMS or (as_film and suffix in EITHER)


def _save(output: Value, path: str, asked: argparse.Namespace) -> Path:
    look = {name: getattr(asked, name) for name in LOOK} | ({"fold": asked.fold} if asked.fold else {})
    sharp = {"width": asked.width, "dpi": asked.dpi}
    if asked.play and Path(path).suffix.lower() == ".html":
        if look.pop("predict"):
            raise ValueError("--play and --predict: what is played is predicted on its page; leave one out")
        plate.sharpness(path, asked.width, asked.dpi, False)  # it has no pixels
        del look["arrays"]
        return play(output, **look).save(path)
    if _is_film(path, asked.film):
        return film(output, **look).save(path, **sharp)
    return draw(output, **look).save(path, **sharp)


if __name__ == "__main__":
    sys.exit(main())
