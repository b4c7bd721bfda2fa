"""The lectures' char-RNN at the command line: train, sample, resume, report.

python -m lessons.experiments.char_rnn train
python -m lessons.experiments.char_rnn train novel.txt --cell lstm --out run
python -m lessons.experiments.char_rnn resume run
python -m lessons.experiments.char_rnn sample run --seed-text "It was" --temperature 0.8
python -m lessons.experiments.char_rnn report run
torchrun --nproc_per_node=2 -m lessons.experiments.char_rnn train --engine torch --out run
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from contextlib import redirect_stdout
from dataclasses import fields, replace
from pathlib import Path
from shlex import quote

from lessons.experiments.char_rnn import faces, page, runs, text, writing
from lessons.experiments.char_rnn.checkpoint import NAME, located
from lessons.experiments.char_rnn.engines.engine import leads
from lessons.experiments.char_rnn.options import PROGRAM, parser
from lessons.experiments.char_rnn.step import Explosion
from lessons.experiments.char_rnn.training import Settings, Training
from lessons.experiments.data.holmes import TITLE, holmes
from lessons.faces.output import take_any
from lessons.session import progress


def train(options: argparse.Namespace) -> int:
    """Begin a training."""
    source = str(options.file.name) if options.file else TITLE
    learned = text.read(options.file, options.encoding) if options.file else holmes()
    chosen = {f.name: getattr(options, f.name) for f in fields(Settings) if f.name != "source"}
    settings = Settings(**chosen, source=source)
    run = options.out or unused(progress.folder() / "char-rnn", f"{slug(Path(source).stem)}-{settings.cell}")
    training = runs.begin(settings, learned, run)
    print(f"{source}: {len(learned):,} characters, {len(training.alphabet)} different. The run is kept in {run}")
    return go_on(training, run, settings.iterations, options.save_every)


def resume(options: argparse.Namespace) -> int:
    """Go on with a training."""
    training = runs.restore(options.run, options.engine)
    until = options.iterations or training.settings.iterations
    run = located(options.run).parent
    drafts = run.glob(".draft-*") if leads() else ()
    for draft in drafts:  # of a checkpoint, when the training was killed while writing it
        draft.unlink(missing_ok=True)
    if training.step.iteration >= until:
        reached = training.step.iteration
        print(f"{run} has reached its {reached:,} iterations; --iterations {2 * reached} would go on")
        return 0
    training.settings = replace(training.settings, iterations=until)  # what the next `resume` goes on to
    print(f"{run} goes on from iteration {training.step.iteration:,}")
    return go_on(training, run, until, options.save_every)


def go_on(training: Training, run: Path, until: int, save_every: float) -> int:
    """Train, save every so often and at the end; say how to go on."""
    with faces.face() as show, faces.stoppable() as asked:
        saved = time.monotonic()

        def after(training: Training) -> bool:
            nonlocal saved
            show(training, until)
            if time.monotonic() - saved >= save_every:
                saved = time.monotonic()
                keep(training, run)
            return not training.engine.any(asked())

        training.run(until, after)
        finish(training, run)
    named = quote(str(run))  # so that the line can be given to a shell
    if training.step.iteration < until:
        print(f"{faces.line(training)}\nStopped and saved. To go on: {PROGRAM} resume {named}")
    else:
        print(f"Saved. Let it write: {PROGRAM} sample {named}\nIts story: {PROGRAM} report {named}")
    return 0


def keep(training: Training, run: Path) -> None:
    """Save under way; what cannot be saved now may be saved in a minute, so the training goes on."""
    try:
        runs.save(training, run)
    except OSError as error:
        print(f"The checkpoint could not be saved ({error}); the one before is kept, and training goes on.")


def finish(training: Training, run: Path) -> None:
    """Save at the end; OSError says from where one can go on."""
    try:
        runs.save(training, run)
    except OSError as error:
        advice = f"the checkpoint before is kept; to go on from there: {PROGRAM} resume {quote(str(run))}"
        raise OSError(f"{error}; {advice}") from error


def sample(options: argparse.Namespace) -> int:
    """Let a trained network write."""
    network, alphabet, _ = runs.opened(options.run or runs.headline())
    chosen = {"temperature": options.temperature, "greedy": options.greedy, "seed": options.seed}
    written = writing.write(network, alphabet, options.length, seed_text=options.seed_text, **chosen)
    print(options.seed_text + written)
    return 0


def report(options: argparse.Namespace) -> int:
    """Write a training's story as a page."""
    _, alphabet, about = runs.opened(options.run or runs.headline())
    folder = located(options.run).parent if options.run else progress.folder() / "char-rnn"
    target = options.out or folder / "report.html"
    if not options.run:
        target.parent.mkdir(parents=True, exist_ok=True)
    print(f"Report: {page.save(target, about, alphabet)}")
    return 0


def slug(name: str) -> str:
    """A name as a folder is best called: letters and digits, the rest hyphens."""
    return re.sub(r"[\W_]+", "-", name.lower()).strip("-") or "text"


def unused(folder: Path, name: str) -> Path:
    """A folder in which no run is kept: `name`, or `name-2`, `name-3` …"""
    number, run = 1, folder / name
    while (run / NAME).exists():
        number += 1
        run = folder / f"{name}-{number}"
    return run


COMMANDS = {"train": train, "sample": sample, "resume": resume, "report": report}


def main(arguments: list[str] | None = None) -> int:
    """Do as the command line says; the exit code."""
    options = parser(__doc__).parse_args(arguments)
    take_any()
    try:
        with open(os.devnull, "w") as nowhere, redirect_stdout(sys.stdout if leads() else nowhere):
            return COMMANDS[options.command](options)
    except KeyboardInterrupt:
        print("\nStopped.")
        return 130
    except Explosion as error:
        print(f"Training stopped at {error}. The last good checkpoint is kept.", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"char_rnn: {error}", file=sys.stderr)
        return 1
    except ValueError as error:
        print(f"char_rnn: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
