"""The face that all experiments share: options from the command line, progress, the verdict, the picture.

An experiment is a module with one function

    def run(report: Report, *, seed: int = 0, steps: int = 500) -> Outcome: ...

    if __name__ == "__main__":
        sys.exit(console.main(run, __doc__))

Every keyword of `run` is an option of `python -m lessons.experiments NAME` (--seed 0 --steps 500), with its type and
default. `report(step, steps, "loss 0.25")` shows progress: a live bar in a terminal, ten plain lines elsewhere; tests
pass `silent`. The Outcome is a number beside the bar that it must reach, with the picture and a few lines
to print. `main` prints them, saves the picture (--picture FILE, or --out; else into the user's data folder), and
returns 0 if the bar was reached, 1 if not.
"""

from __future__ import annotations

import argparse
import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import Any

from lessons.faces.output import take_any
from lessons.session import progress
from viz import Chart, Drawing
from viz.chart.chart import FORMATS

Report = Callable[[int, int, str], None]  # (step, steps, what to say about it)


HELP = {
    "seed": "where everything drawn at random starts", "steps": "how long it goes on", "epochs": "passes over the data",
    "hidden": "hidden units", "units": "hidden units", "size": "units of the reservoir",
    "small": "units of the reservoir that is trained as a whole", "channels": "kernels of each convolution",
    "batch": "sequences per step", "length": "time steps of a sequence", "sentences": "sentences of the corpus",
    "dimensions": "numbers per word", "budget": "gradients that each way may compute",
}  # fmt: skip

# How long each takes with its defaults, in seconds, on one core of a laptop: rounded up to what one remembers.
SECONDS = {
    "attention": 70, "binary_addition": 2, "captioning": 15, "character_model": 20, "echo_state": 15,
    "gradient_flow": 2, "hello": 2, "hessian_free": 40, "multiplicative_rnn": 15, "next_word": 120, "relations": 3,
    "sentences": 5, "skip_gram": 3, "training_tricks": 60, "universality": 2,
}  # fmt: skip


def duration(name: str) -> str:
    """About how long an experiment takes: "20 s", "2 min"; "" where that is not known."""
    seconds = SECONDS.get(name, 0)
    return "" if not seconds else f"{seconds} s" if seconds < 100 else f"{round(seconds / 60)} min"


@dataclass(frozen=True)
class Claim:
    """A number that must be `at_most` or `at_least` its bar."""

    claim: str  # what the number is: "mean squared error of the trained readout"
    number: float
    at_most: float | None = None
    at_least: float | None = None

    @property
    def reached(self) -> bool:
        """Whether the number is within its bar; NaN never is."""
        above = self.at_least is None or self.number >= self.at_least
        return above and (self.at_most is None or self.number <= self.at_most)

    def __str__(self) -> str:
        bar = f"at most {self.at_most:g}" if self.at_most is not None else f"at least {self.at_least:g}"
        return f"{'Reached' if self.reached else 'MISSED'}: {self.claim}: {self.number:.4g} (must be {bar})"


@dataclass(frozen=True)
class Outcome(Claim):
    """What an experiment gave: its first claim, with the others beside it; words; a picture."""

    also: tuple[Claim, ...] = ()
    lines: tuple[str, ...] = ()
    picture: Drawing | Chart | None = None

    @property
    def reached(self) -> bool:
        """Whether every number is within its bar."""
        return super().reached and all(claim.reached for claim in self.also)

    def __str__(self) -> str:
        own = Claim(self.claim, self.number, self.at_most, self.at_least)
        return "\n".join(map(str, (own, *self.also)))


Experiment = Callable[..., Outcome]


def silent(step: int, steps: int, text: str) -> None:
    """The report that says nothing."""


def timed(module: str, seed: int) -> tuple[Outcome, float]:
    """What the experiment of this module gives from a seed, without its picture, and in how many seconds."""
    start = perf_counter()
    result: Outcome = import_module(module).run(silent, seed=seed)
    return replace(result, picture=None), perf_counter() - start


def main(run: Experiment, about: str | None, arguments: list[str] | None = None) -> int:
    """Run the experiment as the command line asks; the exit code."""
    name = Path(inspect.getfile(run)).stem
    given = vars(_parser(run, name, about or "").parse_args(arguments))
    chosen = given.pop("picture")
    take_any()
    try:
        with reporting(name) as report:
            outcome = run(report, **given)
    except KeyboardInterrupt:
        print("\nStopped.")
        return 130
    except ValueError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 2
    for text in (*outcome.lines, str(outcome), *_saved(outcome, name, chosen)):
        print(text)
    return 0 if outcome.reached else 1


def _parser(run: Experiment, name: str, about: str) -> argparse.ArgumentParser:
    """Every keyword of `run` as an option."""
    form = argparse.RawDescriptionHelpFormatter
    program, long = f"python -m lessons.experiments {name}", duration(name)
    last = f"It takes about {long} as it is, on one core; --seed another, and another run begins." if long else None
    parser = argparse.ArgumentParser(program, description=about, epilog=last, formatter_class=form)
    for option in inspect.signature(run).parameters.values():
        if option.kind is option.KEYWORD_ONLY:
            kind = whole(0 if option.name == "seed" else 1) if isinstance(option.default, int) else float
            word = f"{HELP.get(option.name, option.name)} (default: {option.default})"
            flag = f"--{option.name.replace('_', '-')}"
            parser.add_argument(flag, type=kind, default=option.default, help=word, metavar="N")
    endings = ", ".join(FORMATS)
    parser.add_argument("--picture", "--out", type=writable, metavar="FILE", help=f"where the picture goes: {endings}")
    return parser


def writable(text: str) -> Path:
    """A path for a picture, before anything is computed that could not be drawn there."""
    path = Path(text)
    if path.suffix.lower() not in FORMATS:
        raise argparse.ArgumentTypeError(f"{text!r} should end in {', '.join(FORMATS)}")
    if not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {str(path.parent)!r}")
    return path


def whole(least: int) -> Callable[[str], int]:
    """What reads an option that is a whole number from `least` on."""

    def read(text: str) -> int:
        if not (text.isdecimal() and int(text) >= least):
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number from {least} on")
        return int(text)

    return read


def _saved(outcome: Outcome, name: str, chosen: Path | None) -> Iterator[str]:
    """Write the picture; a line that says where, or why not."""
    if outcome.picture is None:
        return
    target = chosen or progress.folder() / "pictures" / f"{name}.svg"
    try:
        if not chosen:
            target.parent.mkdir(parents=True, exist_ok=True)
        yield f"Picture: {outcome.picture.save(target)}"
    except OSError as error:
        yield f"The picture could not be saved: {error}"


@contextmanager
def reporting(name: str) -> Iterator[Report]:
    """A report for this output: a live bar in a terminal, plain lines elsewhere."""
    if not sys.stdout.isatty():
        yield _plain()
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns: list[Any] = [TextColumn("{task.fields[name]}"), BarColumn(30), TextColumn("{task.completed}/{task.total}")]
    columns += [TimeElapsedColumn(), TimeRemainingColumn(), TextColumn("{task.description}", markup=False)]
    with Progress(*columns) as bar:
        task = bar.add_task("", total=None, name=name)
        yield lambda step, steps, text: bar.update(task, completed=step, total=steps, description=text)


def _plain() -> Report:
    """A line at the first step, at every tenth of the way, and at the last."""
    shown = -1

    def report(step: int, steps: int, text: str) -> None:
        nonlocal shown
        tenth = 10 * step // max(steps, 1)
        if tenth != shown:
            shown = tenth
            print(f"{step}/{steps}  {text}", flush=True)

    return report
