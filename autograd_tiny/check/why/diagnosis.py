"""What is wrong with the gradients of one point, in words: read off their numbers, or found by making the mistake."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_tiny.check.examination import SAMPLE, Examination
from autograd_tiny.check.report import Block, Finding
from autograd_tiny.check.subject import Subject
from autograd_tiny.check.why.faults import Suspect
from autograd_tiny.check.why.reasons import Evidence, Reason, reason
from autograd_tiny.check.why.recording import recorded

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
