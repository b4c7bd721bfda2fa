"""What a training shows while it runs: a live picture in a terminal, plain lines elsewhere; and how it is stopped."""

from __future__ import annotations

import math
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from rich.console import Group
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from lessons.experiments.char_rnn.training import Training, is_milestone
from viz.words.blocks import sparkline

Show = Callable[[Training, int], None]  # called after every iteration, with the iteration that is aimed at
FRESH = 0.25  # seconds between two pictures


def bits(training: Training) -> float:
    """The smooth loss in bits per character."""
    return training.step.smooth_loss / training.settings.seq_length / math.log(2)


def line(training: Training) -> str:
    """How the training stands, in one line."""
    held_out = training.checks[-1].held_out_bits if training.checks else None
    told = f", held out {held_out:.3f}" if held_out is not None else ""
    return (
        f"iteration {training.step.iteration:,}: smooth loss {training.step.smooth_loss:.4f}, "
        f"{bits(training):.3f} bits per character{told}, {speed(training):,.0f} characters per second"
    )


def speed(training: Training) -> float:
    """Characters per second."""
    characters = training.step.iteration * training.settings.seq_length * training.step.streams
    return characters / training.seconds if training.seconds else 0.0


def plain(training: Training, until: int) -> None:
    """A line at every check, and at milestones a sample of its writing."""
    n = training.step.iteration
    if training.checks and training.checks[-1].iteration == n:
        print(line(training), flush=True)  # through a pipe, too, it is seen when it happens
        if is_milestone(n) or n >= until:
            print("\n".join("    " + row for row in training.checks[-1].sample.splitlines()), flush=True)


def picture(training: Training, until: int) -> Panel:
    """The training as a panel for the terminal."""
    settings, n = training.settings, training.step.iteration
    numbers = Table.grid(padding=(0, 2))
    left = (until - n) * training.seconds / n if n else 0.0
    numbers.add_row("iteration", f"{n:,} of {until:,}", ProgressBar(until, n, 30), f"{left:.0f} s left")
    numbers.add_row("smooth loss", f"{training.step.smooth_loss:.4f}", sparkline([y for _, y in training.curve]))
    checked = training.checks[-1]
    told = "" if checked.held_out_bits is None else f"{checked.held_out_bits:.3f} on text held out"
    numbers.add_row("bits per character", f"{bits(training):.3f}", told)
    flow = f"{checked.flow[0]:.1e} … {checked.flow[-1]:.1e}"
    numbers.add_row("‖∂L_T/∂h_t‖, t = 1 … T", flow, sparkline(checked.flow, scale=lambda x: math.log10(x or 1e-300)))
    numbers.add_row("characters per second", f"{speed(training):,.0f}")
    sample = Panel(
        Text(printable(checked.sample)), title=f"a sample, iteration {checked.iteration:,}", title_align="left"
    )
    title = f"{settings.cell}, {settings.hidden} hidden units, learns {settings.source}"
    # Narrower than the terminal: the ^C that it echoes must not wrap onto a line that the picture does not count.
    wide = min(shutil.get_terminal_size().columns - 4, 110)
    return Panel(Group(numbers, sample, Text("Ctrl-C saves and stops", style="dim")), title=Text(title), width=wide)


def printable(text: str) -> str:
    """The text without characters that would move a terminal's cursor."""
    return "".join(c if c.isprintable() or c == "\n" else " " if c == "\t" else "·" for c in text)


@contextmanager
def face() -> Iterator[Show]:
    """The face that suits the output."""
    if not sys.stdout.isatty():
        yield plain
        return
    shown = 0.0
    with Live(auto_refresh=False, vertical_overflow="crop") as live:

        def show(training: Training, until: int) -> None:
            nonlocal shown
            now = time.monotonic()
            if now - shown >= FRESH or training.step.iteration >= until:
                shown = now
                live.update(picture(training, until), refresh=True)

        yield show


@contextmanager
def stoppable() -> Iterator[Callable[[], bool]]:
    """Ctrl-C (or a polite request to end) asks to stop between two iterations; a second Ctrl-C stops at once."""
    asked = False

    def ask(number: int, frame: Any) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True

    before = {}
    with suppress(ValueError):  # outside the main thread, signals stay as they are
        before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
