"""What is wrong with the gradients of one point, in words: read off their numbers, or found by making the mistake."""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import numpy as np

from autograd_tiny.check.examination import SAMPLE, Examination
from autograd_tiny.check.report import Block, Finding
from autograd_tiny.check.subject import Subject
from autograd_tiny.check.why.mistakes import Mistake, Mistakes
from autograd_tiny.check.why.reasons import Evidence, Reason, reason
from autograd_tiny.errors.flags import quiet
from autograd_tiny.graphs.replay import Fault, Wire, backward
from autograd_tiny.value import Value

TELLING = (
    "zero",
    "sign",
    "transposed",
    "reversed",
    "swapped",
    "clipped",
    "not summed",
    "shape",
    "mean subtracted",
    "its numbers",
    "only at",
    "term of",
    "constant term",
)


def evidence(
    blocks: Sequence[Block], names: Sequence[str], points: Sequence[Any], claimed: Sequence[Any]
) -> list[Evidence]:
    """What speaks for or against each input whose numbers were looked at one by one."""
    found = []
    for name, x, g in zip(names, points, claimed, strict=True):
        block = next((b for b in blocks if b.name == name and b.size and not isinstance(b.places[0], str)), None)
        if block is None or g is None:
            continue
        wrong = np.array([v == "wrong" for v in block.verdicts])
        places = [place for place in block.places if not isinstance(place, str)]
        found.append(
            Evidence(name, x, np.asarray(g), places, block.numerical, np.nan_to_num(block.bars, posinf=0.0), wrong)
        )
    return found


def sizes_of(s: Subject, output: Any) -> dict[int, str]:
    """What there are n of, by n: axes of the inputs and of the output."""
    sizes: dict[int, str] = {}
    for name, x in [*((leaf.name, leaf.numbers) for leaf in s.told), ("the output", output)]:
        for axis, n in enumerate(np.shape(x)):
            sizes.setdefault(n, f"axis {axis} of {name}")
    return sizes


def told(reasons: Sequence[tuple[str, Reason]]) -> tuple[list[Finding], list[tuple[str, str]]]:
    """Reasons as findings and tags; a sentence that holds of several inputs is said once."""
    inputs: dict[str, list[str]] = defaultdict(list)
    sentences: dict[str, str] = {}
    for name, r in reasons:
        inputs[r.tag].append(name)
        sentences.setdefault(r.tag, r.sentence)
    findings = []
    for tag, names in inputs.items():
        rest = [name for name in names if not _names(sentences[tag], name)]
        also = f" So it is with {', '.join(rest)}." if rest else ""
        findings.append(Finding(sentences[tag] + also, "wrong", names[0]))
    return findings, [(name, r.tag) for name, r in reasons]


def _names(sentence: str, name: str) -> bool:
    """Whether a sentence is about an input: its subject stands before the colon or the verb."""
    sentence = sentence.removeprefix("the gradient of ")
    subject = sentence.split(":")[0] if ":" in sentence else sentence.split(" ")[0]
    return name in subject.split(", ") or subject.split(" ")[0] == name


def of_another_shape(examined: Examination, claimed: Sequence[Any]) -> list[Evidence]:
    """Some numbers of the inputs whose gradients are no arrays of their shape."""
    found = []
    for k, (x, g) in enumerate(zip(examined.points, claimed, strict=True)):
        if g is not None and np.shape(g) != np.shape(x) and np.asarray(g).dtype.kind in "fiub":
            places = list(np.ndindex(*np.shape(x)))[:SAMPLE]
            slopes = [examined.number(k, place, np.nan, 0.0)[0] for place in places]
            numbers, bars = (np.array([getattr(s, what) for s in slopes]) for what in ("number", "bar"))
            g = np.asarray(g, float)
            found.append(Evidence(examined.names[k], x, g, places, numbers, bars, np.full(len(places), True)))
    return found


def explained(
    s: Subject, examined: Examination, output: Any, claimed: Sequence[Any], blocks: Sequence[Block]
) -> list[tuple[str, Reason]]:
    """A reason for each wrong input, where one is found."""
    points, u = examined.points, examined.u
    found = evidence(blocks, s.names, points, claimed) + of_another_shape(examined, claimed)
    wrong = [e for e in found if np.any(e.wrong) or np.shape(e.claimed) != np.shape(e.x)]
    sizes = sizes_of(s, output)
    read = {e.name: reason(e, found, sizes) for e in wrong}
    plain = all(r is not None and r.whole and _is_telling(r) for r in read.values())
    if plain and (len(wrong) == 1 or len(wrong) == len(found)) and len({r.tag for r in read.values() if r}) <= 1:
        return [(name, r) for name, r in read.items() if r]
    made = dict(_made(s, points, u, output, claimed, {e.name for e in wrong}))
    chosen = [(name, _simpler(read[name], made.get(name))) for name in read]
    return [(name, r) for name, r in chosen if r]


def _simpler(read: Reason | None, made: Reason | None) -> Reason | None:
    """A mistake that was made rather than a pattern of numbers; but one pattern of all of them before two mistakes."""
    return read if made is None or (read is not None and read.whole and " And: " in made.sentence) else made


def _is_telling(r: Reason) -> bool:
    return r.tag.startswith(TELLING) or "for mean" in r.tag or "for sum" in r.tag or r.tag in ("factor 2", "factor 0.5")


def _made(
    s: Subject, points: Sequence[Any], u: Any, output: Any, claimed: Sequence[Any], wrong: set[str]
) -> list[tuple[str, Reason]]:
    """Reasons by making the mistakes, where f can be recorded and what was recorded is f."""
    known = recorded(s, points, output)
    if known is None:
        return []
    usable = [g if g is not None and np.shape(g) == np.shape(x) else None for g, x in zip(claimed, points, strict=True)]
    suspect = Suspect(known.output, known.leaves, u, usable, [name in wrong for name in s.names], known.names)
    sound = [not bad and g is not None for bad, g in zip(suspect.wrong, usable, strict=True)]
    if any(not suspect.fits(k, suspect.right[k]) for k, is_sound in enumerate(sound) if is_sound):
        return []
    return suspect.reasons()


# Why a gradient is wrong, found by making the mistake: f is recorded, and its backward pass run with faults in it -----


SAME = 1e-7  # relative: a pass with the same mistake is the same but for rounding; others are not
EFFORT = 40_000  # gates that are walked through in search of a mistake: a second or two


@dataclass
class Suspect:
    """A recorded function, the gradients that are claimed of it, and which of them are wrong."""

    output: Value
    leaves: list[Value]
    u: Any
    claimed: list[Any]
    wrong: list[bool]
    names: dict[Value, str]  # what f calls its values

    def __post_init__(self) -> None:
        self.faults = Mistakes(self.output, self.leaves, self.names)
        self.right = self.passed(None)
        self.walked = 0

    @property
    def seed(self) -> Any:
        """What arrives at the output."""
        return np.asarray(self.u).reshape(self.output.shape) if self.output.shape else float(np.ravel(self.u)[0])

    def passed(self, fault: Fault | None, overwrite: bool = False) -> list[Any]:
        """The gradients of the leaves in a backward pass with a fault in it."""
        gradients = backward(self.output, self.faults.numbers, fault, overwrite, self.seed).gradients
        return [np.asarray(gradients.get(x, np.zeros(x.shape)), float) for x in self.leaves]

    def reasons(self) -> list[tuple[str, Reason]]:
        """For each wrong input the mistake that explains it: one for all of them, or each its own."""
        partly: dict[int, Mistake] = {}
        tried: list[Mistake] = []
        for mistake in self.faults.all(self.seed):
            found = self.tried(mistake)
            if found is None:
                break
            tried.append(mistake)
            fits = [k for k, g in enumerate(found) if self.fits(k, g)]
            if len(fits) == len(self.leaves):
                return self.told({k: mistake for k, bad in enumerate(self.wrong) if bad})
            for k in fits:
                if self.wrong[k]:
                    partly.setdefault(k, mistake)
        if len(partly) < sum(self.wrong):
            partly = self.pairs([m for m in tried if m.fault and not m.overwrite]) or partly
        return self.told(partly)

    def tried(self, mistake: Mistake) -> list[Any] | None:
        """The gradients that a mistake gives; none that fit where it can't be made; None when it has taken too long."""
        self.walked += len(self.faults.order)
        if self.walked > EFFORT:
            return None
        try:
            with quiet():
                return self.passed(mistake.fault, mistake.overwrite)
        except (ArithmeticError, ValueError, TypeError):
            return [None for _ in self.leaves]

    def fits(self, k: int, g: Any) -> bool:
        """Whether this is what is claimed of leaf k."""
        c = self.claimed[k]
        if g is None or c is None or np.shape(g) != np.shape(c):
            return c is None
        largest = float(np.max(np.abs(g), initial=0.0))
        return bool(np.all(np.abs(c - g) <= SAME * largest)) and (not self.wrong[k] or largest > 0)

    def pairs(self, mistakes: Sequence[Mistake]) -> dict[int, Mistake]:
        """Two mistakes at once that explain everything."""
        for a, b in combinations(mistakes, 2):
            both = Mistake(
                f"{a.tag}; {b.tag}", f"{a.sentence} And: {b.sentence}", _one_after_the_other(a.fault, b.fault)
            )
            found = self.tried(both)
            if found is None:
                break
            if all(self.fits(k, g) for k, g in enumerate(found)):
                return {k: both for k, bad in enumerate(self.wrong) if bad}
        return {}

    def told(self, mistakes: dict[int, Mistake]) -> list[tuple[str, Reason]]:
        """A reason for each input; those of one mistake share its sentence."""
        inputs = defaultdict(list)
        for k, mistake in mistakes.items():
            inputs[mistake.sentence].append(self.leaves[k].label)
        return [
            (self.leaves[k].label, Reason(m.tag, f"{', '.join(inputs[m.sentence])}: {m.sentence}"))
            for k, m in sorted(mistakes.items())
        ]


def _one_after_the_other(a: Fault | None, b: Fault | None) -> Fault:
    assert a and b

    def fault(wire: Wire, g: Any, c: Any) -> Any:
        between = a(wire, g, c)
        return None if between is None else b(wire, g, between) if between is c else between

    return fault


# A function of plain arrays, run over Values: its graph, and what it calls its values ---------------------------------


# Where nobody's own functions are: this package, NumPy, Python's library.
ELSEWHERE = tuple(
    {str(Path(__file__).parents[2]), *(str(Path(str(m.__file__)).parent) for m in (np, os)), "<autograd_tiny"}
)


class Recorded(NamedTuple):
    """A function's graph, its leaves, and what it calls its values."""

    output: Value
    leaves: list[Value]
    names: dict[Value, str]


def recorded(s: Subject, points: Sequence[Any], value: Any) -> Recorded | None:
    """f over Values; None where f is not a function of those.

    A function that gives its gradients, too, may fail on its way back; then its value is among its locals.
    """
    leaves = [Value(x if np.ndim(x) else float(x), name) for x, name in zip(points, s.names, strict=True)]
    names: dict[Value, str] = {}
    output: Any = None
    with _locals_of(s.f, names), suppress(Exception), quiet():  # whatever Values do not do
        output = s.output(s.f(*s.arguments(leaves)))
    if not isinstance(output, Value):
        output = max((v for v in names if v.inputs and _is(v, value)), key=lambda v: v.birth, default=None)
    if output is None or not _is(output, value):
        return None
    return Recorded(output, leaves, names)


@contextmanager
def _locals_of(f: Callable[..., Any], names: dict[Value, str]) -> Iterator[None]:
    """Inside, the names that people's functions give to Values are collected, when these return or fail."""
    code = getattr(f, "__code__", None)
    own: dict[Value, str] = {}

    def returning(frame: FrameType, event: str, _: Any) -> None:
        if event == "return" and not frame.f_code.co_filename.startswith(ELSEWHERE):
            into = own if frame.f_code is code else names
            for name, x in frame.f_locals.items():
                items = x.items() if isinstance(x, dict) else enumerate(x) if isinstance(x, list) else ()
                into.update({v: f"{name}[t]" for key, v in items if isinstance(v, Value) and isinstance(key, int)})
                if isinstance(x, Value):
                    into[x] = name

    before = sys.getprofile()
    sys.setprofile(returning)
    try:
        yield
    finally:
        sys.setprofile(before)
        for v, name in own.items():  # f's own names count before those of functions that it calls, and come last
            names.pop(v, None)
            names[v] = name


def _is(v: Value, value: Any) -> bool:
    numbers = np.asarray(v._data)
    return numbers.size == np.size(value) and np.allclose(numbers.ravel(), np.ravel(value), rtol=1e-9, atol=0)
