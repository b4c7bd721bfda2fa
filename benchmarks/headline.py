"""The lecture's headline: min-char-rnn on a big English text, from loss 25·ln 93 = 113.31 down to the slide's 49.67.

    python -m benchmarks.headline TEXT          # min-char-rnn's settings, 185,000 iterations, some minutes

Prints the curve of the smooth loss, and what an iteration takes beside one of the hand-written program, whose
iterations are run in between on the same core.
"""

import argparse
import math
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks import handwritten
from lessons.experiments.char_rnn import Step, make_step
from lessons.experiments.char_rnn.text import read

SLIDE = 49.67  # the smooth loss on the lecture's slide, after
ITERATIONS = 185_000
HIDDEN, SEQ_LENGTH = 100, 25
SHARE = 20  # for so many of our iterations, one of the hand-written program's


def seconds_each(step: Callable[[], object], count: int) -> float:
    """What one of `count` iterations takes, in seconds of this process's own work."""
    start = time.process_time()
    for _ in range(count):
        step()
    return (time.process_time() - start) / count


def show(step: Step, ours: float, theirs: float) -> None:
    """A line of the curve."""
    bits = step.smooth_loss / SEQ_LENGTH / math.log(2)
    speed = f"{1e6 * ours:6.0f} µs, by hand {1e6 * theirs:6.0f} µs, {theirs / ours:.2f}×"
    print(
        f"iter {step.iteration:7,}  smooth loss {step.smooth_loss:8.4f}  {bits:.3f} bits/character  {speed}", flush=True
    )


def run(text: str, iterations: int, seed: int, every: int) -> tuple[Step, float, float]:
    """Train, telling the curve; the step at its end, and the median seconds of an iteration: ours, by hand."""
    step = make_step(text, hidden=HIDDEN, seq_length=SEQ_LENGTH, seed=seed)
    V = len(set(text))
    print(f"{len(text):,} characters, {V} different: an untrained loss of {SEQ_LENGTH}·ln {V} = {step.guessing:.6f}")
    print(f"iter 0: loss {step():.6f}", flush=True)
    by_hand = handwritten.make_step(text, handwritten.rnn_weights(HIDDEN, V, seed), SEQ_LENGTH)
    ours, theirs, reached = [], [], None
    while step.iteration < iterations:
        ours.append(seconds_each(step, min(every, iterations - step.iteration)))
        theirs.append(seconds_each(by_hand, max(1, every // SHARE)))
        show(step, ours[-1], theirs[-1])
        if reached is None and step.smooth_loss <= SLIDE:
            reached = step.iteration
            print(f"the slide's {SLIDE} is reached: {reached:,} iterations", flush=True)
    return step, median(ours), median(theirs)


def main() -> None:
    """Read the options, run, print the verdict."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.headline", description=__doc__)
    parser.add_argument("text", type=Path, metavar="TEXT", help="a text file")
    parser.add_argument("--iterations", type=int, default=ITERATIONS)
    parser.add_argument("--every", type=int, default=5_000, help="iterations between two lines")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    try:
        text = read(options.text)
    except ValueError as error:
        parser.error(f"{error}. Any long English text will do; the slide's is norvig.com/big.txt")
    start = time.perf_counter()
    step, ours, theirs = run(text, options.iterations, options.seed, options.every)
    print(f"{step.iteration:,} iterations in {time.perf_counter() - start:.0f} s; smooth loss {step.smooth_loss:.4f}")
    print(f"an iteration: {1e6 * ours:.0f} µs; by hand {1e6 * theirs:.0f} µs: {theirs / ours:.2f}× as fast (medians)")


if __name__ == "__main__":
    main()
