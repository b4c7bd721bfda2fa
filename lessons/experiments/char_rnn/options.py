"""The command line of the char-RNN: four commands and their options."""

from __future__ import annotations

import argparse
from dataclasses import fields
from pathlib import Path

from lessons.experiments.char_rnn.engines import LIBRARIES
from lessons.experiments.char_rnn.networks import CELLS
from lessons.experiments.char_rnn.step import OPTIMIZERS
from lessons.experiments.char_rnn.training import Settings
from lessons.experiments.console import whole
from lessons.experiments.data.holmes import TITLE

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
    _train(commands.add_parser("train", help="learn a text"))
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
