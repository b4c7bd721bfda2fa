"""A learner's backward pass, by what it returns: held against the engine's gradients, and its mistake looked up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np

from autograd_tiny import Value, grad
from autograd_tiny.graphs.replay import Number, Numbers, recorded
from autograd_tiny.learners.case import Mistake, Target, equal
from autograd_tiny.learners.mistakes import mistakes, pairs

Returned: TypeAlias = tuple[Any, Value, Sequence[Value]]  # what came back, the output, the leaves in the same order
Family: TypeAlias = Callable[[Target, Numbers], Iterable[Mistake]]
MaySay: TypeAlias = Callable[[str], bool]


def sayable(sentence: str) -> bool:
    """Whether a sentence can name all that it speaks of."""
    return "…" not in sentence


def compare_gradients(cases: Iterable[Returned], may_say: MaySay = sayable) -> None:
    """Hold what a learner's function returned against the engine; AssertionError says what is wrong, and why.

    Each case is (what was returned, the output, the leaves): one gradient for each leaf, in their order; of one leaf,
    the gradient itself. A mistake is named where it gives what was returned in every case.

    >>> x = Value(3.0, "x")
    >>> compare_gradients([((6.0,), x * x, [x])])
    >>> compare_gradients([((3.0,), x * x, [x])])
    Traceback (most recent call last):
    AssertionError: for x the engine says 6, you 3. The path from x through the gate x × x is missing. …
    """
    known = [(_each(made, leaves), output, leaves) for made, output, leaves in cases]
    for made, output, leaves in known:
        for k, (own, right) in enumerate(zip(made, grad(output, list(leaves)), strict=True)):
            problem = _problem(leaves[k].label or f"input {k + 1}", own, right.data)
            if problem:
                raise AssertionError(f"{problem} {_named([(m[k], o, ls[k]) for m, o, ls in known], may_say)}".rstrip())


def _each(made: Any, leaves: Sequence[Value]) -> Sequence[Any]:
    """The returned gradients, one for each leaf."""
    if len(leaves) == 1 and not isinstance(made, tuple | list):
        return (made,)
    names = ", ".join(leaf.label for leaf in leaves)
    assert isinstance(made, tuple | list) and len(made) == len(leaves), f"return {len(leaves)} gradients: for {names}"
    return made


def _problem(name: str, own: Any, right: Number) -> str:
    """What is wrong with one gradient; "" where it is right."""
    if isinstance(own, Value):
        return f"for {name} you return a Value: plain numbers, please."
    try:
        own = np.asarray(own, dtype=float)
    except (TypeError, ValueError):
        return f"for {name} you return {own!r}, which is no number."
    if own.shape != np.shape(right):
        return f"{name} has the shape {np.shape(right)}, and so has its gradient; yours has {own.shape}."
    if np.allclose(own, right, rtol=1e-9, atol=1e-9):
        return ""
    return f"for {name} the engine says {_shown(right)}, you {_shown(own)}."


def _shown(number: Number) -> str:
    return f"{float(number):.6g}" if np.ndim(number) == 0 else str(np.round(number, 4).tolist())


def _named(cases: Sequence[tuple[Any, Value, Value]], may_say: MaySay) -> str:
    """What is said of the likeliest mistake that gives these numbers wherever they are wrong; "" if none does."""
    wrong = [case for case in cases if _problem("", case[0], grad(case[1], [case[2]])[0].data)]
    for family in (mistakes, pairs):
        first, *rest = (_giving(family, *case) for case in wrong)
        kinds = [{each.kind for each in others} for others in rest]
        for mistake in first:
            if all(mistake.kind in each for each in kinds) and may_say(mistake.sentence):
                return mistake.text if may_say(mistake.rule) else mistake.sentence
    return ""


def _giving(family: Family, own: Any, output: Value, leaf: Value) -> list[Mistake]:
    """The mistakes that give exactly this, the likeliest first; none where it is no number."""
    try:
        given = float(own) if np.ndim(own) == 0 else np.asarray(own, float)
    except (TypeError, ValueError):
        return []
    return [each for each in family(Target(output, leaf), recorded(output)) if equal(given, each.number)]


def tools(may_say: MaySay) -> Iterator[tuple[str, Any]]:
    """What an exercise's check may use beyond the lesson's names."""
    yield "compare_gradients", lambda cases: compare_gradients(cases, may_say)
