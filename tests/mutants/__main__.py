"""python -m tests.mutants [FILE …]: change the engine in small ways and report which changes no test notices.

Each change is first shown to its file's or operation's own tests, what survives to the fuzz and to quick tests, at
last to all. Where the fast engine stands in for code, it is left out at first. A survivor wants a test, or an entry in
equivalent.toml with the reason why it computes the same; what has its reason is shown to the first tests only.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
import tomllib
from collections.abc import Container
from functools import partial
from pathlib import Path
from typing import Literal

from tests.mutants import running
from tests.mutants.areas import ROOT, area_of, named_files
from tests.mutants.changes import Key, Mutant, mutants

LIST = Path(__file__).with_name("equivalent.toml")
PATIENCE = 4  # times as long as without a change
Round = Literal["own", "plain", "quick", "all"]
ROUNDS: tuple[Round, ...] = ("own", "plain", "quick", "all")  # who is asked about what the others let pass


def main() -> int:
    """Run; 1 if a survivor is not explained, or an explanation explains nothing."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # as an interrupt: the children are ended, too
    files = [path for name in options.files for path in _matching(name)] or named_files()
    changed = [m for file in files for m in mutants(file, area_of(file).texts) if options.only in str(m)]
    if options.sample and options.sample < len(changed):
        changed = random.Random(options.seed).sample(changed, options.sample)
    print(f"{len(changed):,} changes in {len(files)} files", flush=True)
    running.prepare()
    listed = _explained()
    with tempfile.TemporaryDirectory() as cache:
        os.environ["XDG_CACHE_HOME"] = cache
        survivors = _survivors(changed, listed, options.jobs, ROUNDS[: ROUNDS.index(options.until) + 1])
    whole = not (options.files or options.sample or options.only or options.until != ROUNDS[-1])
    return _report(survivors, listed, changed, whole)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("files", nargs="*", help="files, folders or patterns; the table and the core if none is named")
    parser.add_argument("--sample", type=int, default=0, help="only so many changes, drawn at random")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="only changes whose description holds this text")
    parser.add_argument("--until", choices=ROUNDS, default=ROUNDS[-1], help="the last round of tests that is asked")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    return parser.parse_args()


def _matching(name: str) -> list[Path]:
    path = ROOT / name
    found = sorted(path.rglob("*.py")) if path.is_dir() else sorted(ROOT.glob(name))
    if not found:
        raise SystemExit(f"mutants: no file {name}; name one from the root of the repository")
    return found


def _survivors(changed: list[Mutant], explained: Container[Key], jobs: int, rounds: tuple[Round, ...]) -> list[Mutant]:
    """What none of the rounds notices."""
    for asked in rounds:
        about = [m for m in changed if _concerns(m, asked, explained)]
        limit = _patience(about, asked)
        work = [(m, _task(m, m.file, asked)) for m in about]
        left, started = [m for m in changed if m not in about], time.perf_counter()
        for k, (mutant, survived, _) in enumerate(running.in_children(work, jobs, limit), 1):
            left += [mutant] * survived
            if survived and (asked == rounds[-1] or asked != "own"):
                print(f"\r{mutant}", flush=True)
            _progress(k, f"{k:,} of {len(about):,}, {len(left)} unnoticed, {time.perf_counter() - started:.0f} s")
        print(f"{asked} tests: {len(changed) - len(left):,} noticed, {len(left):,} not", flush=True)
        changed = left
    return changed


def _concerns(mutant: Mutant, asked: Round, explained: Container[Key]) -> bool:
    """Whether the round has something to ask about the change."""
    if asked != "own" and mutant.key in explained:  # others look for whoever notices what nobody has explained
        return False
    return asked != "plain" or area_of(mutant.file).plain


def _task(mutant: Mutant | None, file: Path, asked: Round) -> partial[bool]:
    area = area_of(file)
    tests = {"own": area.own, "all": area.others}.get(asked, area.quick)
    # The fuzz has graphs with a given operation; else it takes as long as all of a file's own tests.
    fuzz = asked == "plain" or asked == ("own" if area.texts == "expressions" else "quick")
    plain = area.plain and asked in ("own", "plain")
    return partial(running.survives, mutant, tests, fuzz=fuzz, plain=plain, own=asked == "own")


def _patience(changed: list[Mutant], asked: Round) -> float:
    """How long a mutant may take; SystemExit if the tests fail without any change."""
    longest = 10.0
    for area in dict.fromkeys(area_of(m.file) for m in changed):
        work = [(None, _task(None, next(m.file for m in changed if area_of(m.file) == area), asked))]
        output = Path(os.environ["XDG_CACHE_HOME"], "output")
        ((_, survived, seconds),) = running.in_children(work, 1, 3600, str(output))
        if not survived:
            print(output.read_text()[-3000:])
            raise SystemExit(f"mutants: the {asked} tests fail without any change: repair that first")
        longest = max(longest, seconds)
    return PATIENCE * longest


def _progress(k: int, text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r{text}   ", end="", file=sys.stderr, flush=True)
    elif k % 100 == 0:
        print(text, file=sys.stderr, flush=True)


def _explained() -> set[Key]:
    """The changes that compute the same, for the reasons given in equivalent.toml."""
    return {(e["function"], e["old"], e["new"]) for e in tomllib.loads(LIST.read_text()).get("mutant", [])}


def _report(survivors: list[Mutant], listed: set[Key], changed: list[Mutant], whole: bool) -> int:
    unexplained = [m for m in survivors if m.key not in listed]
    print(f"\n{len(unexplained)} without an explanation" + (":" if unexplained else ""))
    for mutant in sorted(unexplained, key=lambda m: (m.file, m.line)):
        print(mutant)
    stale = listed & {m.key for m in changed} - {m.key for m in survivors}
    for function, old, new in sorted(stale):
        print(f"{LIST.name}: in {function}, a test notices this now\n    - {old}\n    + {new}")
    gone = listed - {m.key for file in named_files() for m in mutants(file, area_of(file).texts)} if whole else set()
    for function, old, new in sorted(gone):
        print(f"{LIST.name}: in {function}, there is no such change\n    - {old}\n    + {new}")
    print(f"of {len(changed):,} changes {len(survivors):,} survive, {len(survivors) - len(unexplained)} explained")
    return 1 if unexplained or stale or gone else 0


if __name__ == "__main__":
    sys.exit(main())
