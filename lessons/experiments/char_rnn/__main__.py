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
from lessons.experiments.char_rnn.engines import LIBRARIES
from lessons.experiments.char_rnn.engines.engine import leads
from lessons.experiments.char_rnn.networks import CELLS
from lessons.experiments.char_rnn.step import OPTIMIZERS, Explosion
from lessons.experiments.char_rnn.training import Settings, Training
from lessons.experiments.console import duration, whole
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


# The command line of the char-RNN: four commands and their options ----------------------------------------------------


PROGRAM = "python -m lessons.experiments.char_rnn"

HELP = {
    "cell": "what happens at each time step",
    "hidden": "numbers in the hidden state",
    "seq_length": "characters per iteration: as far as gradients flow back",
    "optimizer": "how the weights follow the gradient",
    "learning_rate": "how far",
    "clip": "each number of the gradient is cut to ± this; 0: none is",
    "iterations": "how many",
    "seed": "where the weights and samples start",
    "native": "compute in C, which needs a C compiler",
    "engine": "what runs the program of loss and gradients; torch and jax also in many processes, started by torchrun",
    "streams": "places of the text that are read at once; 0: one for each process or device",
    "held_out": "the share of the text, at its end, that is not learned but judged by",
}


def parser(about: str | None) -> argparse.ArgumentParser:
    """The parser; `command` will hold the command's name."""
    form = argparse.RawDescriptionHelpFormatter
    made = argparse.ArgumentParser(PROGRAM, description=about, formatter_class=form)
    commands = made.add_subparsers(required=True, dest="command", metavar="train | sample | resume | report")
    long = f"It takes about {duration('char_rnn')} as it is, on one core. Ctrl-C keeps the run, resume goes on."
    _train(commands.add_parser("train", help="learn a text", epilog=long))
    _sample(commands.add_parser("sample", help="let a trained network write"))
    _resume(commands.add_parser("resume", help="go on with a training"))
    _report(commands.add_parser("report", help="a training's story as an HTML page"))
    return made


def _train(command: argparse.ArgumentParser) -> None:
    choices = {"cell": list(CELLS), "optimizer": list(OPTIMIZERS), "engine": list(LIBRARIES)}
    command.add_argument("file", nargs="?", type=Path, metavar="FILE", help=f"a text (default: {TITLE})")
    command.add_argument("--encoding", default="utf-8", help="the file's encoding (default: utf-8)")
    for f in fields(Settings):
        if f.name in HELP:
            default = 0 if f.name == "streams" else f.default  # only the engine knows how many it can share
            _setting(command, f.name, default, choices.get(f.name))
    command.add_argument(
        "--out", type=Path, metavar="RUN", help="the folder to keep it in (default: a new one of yours)"
    )
    _save_every(command)


def _setting(command: argparse.ArgumentParser, name: str, default: object, choices: list[str] | None) -> None:
    flag, word = f"--{name.replace('_', '-')}", HELP[name]
    if default is False:
        command.add_argument(flag, action="store_true", help=word)
    else:
        word += f" (default: {default})"
        kind = whole(0) if isinstance(default, int) else type(default)
        command.add_argument(flag, type=kind, default=default, choices=choices, help=word)


def _sample(command: argparse.ArgumentParser) -> None:
    _run(command, "?")
    command.add_argument("--seed-text", default="", metavar="TEXT", help="what it reads first, and goes on from")
    command.add_argument("--length", type=whole(0), default=500, help="characters to write (default: 500)")
    command.add_argument("--temperature", type=float, default=1.0, help="below 1 likelier, above 1 wilder (default: 1)")
    command.add_argument("--greedy", action="store_true", help="always the likeliest character")
    command.add_argument("--seed", type=whole(0), default=0, help="another seed, another text (default: 0)")


def _resume(command: argparse.ArgumentParser) -> None:
    _run(command)
    command.add_argument("--iterations", type=whole(0), help="how many in all (default: as many as it began with)")
    command.add_argument("--engine", choices=list(LIBRARIES), default="", help="another engine than it ran on so far")
    _save_every(command)


def _report(command: argparse.ArgumentParser) -> None:
    _run(command, "?")
    command.add_argument("--out", type=Path, metavar="FILE", help="the page (default: report.html in the run's folder)")


def _run(command: argparse.ArgumentParser, number: str | None = None) -> None:
    least = "" if number is None else " (default: a run that comes along, on Sherlock Holmes)"
    command.add_argument("run", type=Path, metavar="RUN", nargs=number, help=f"the folder of a training{least}")


def _save_every(command: argparse.ArgumentParser) -> None:
    word = "how often the checkpoint is written (default: 60)"
    command.add_argument("--save-every", type=float, default=60.0, metavar="SECONDS", help=word)


if __name__ == "__main__":
    sys.exit(main())
