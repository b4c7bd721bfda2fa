"""Which mistake gives this number? The backward pass is run with each mistake in it, and the one that fits is named.

The passes use the engine's own pullbacks: what is broken is only what the sentence says. A sentence says what is true
of the number, whoever found it and how; one that blames a place is said of no number that the same mistake in another
place gives as well.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

from autograd_tiny.graphs.replay import Numbers
from autograd_tiny.learners import arrays, circuits, elsewhere, sequences
from autograd_tiny.learners.case import Case, Mistake, Target, equal

__all__ = ["Mistake", "Target", "broken_passes", "mistakes", "pairs"]

# What the sentences take as known.
TERMS = (
    "path", "upstream", "local derivative", "swaps", "+=", "gate", "tanh",
    "outer product", "batch", "axis", "transpose",
)  # fmt: skip
MANY = 200  # wires; a larger circuit is diagnosed by the mistakes that are made everywhere, not wire by wire

Family = Callable[[Case], Iterator[Mistake]]

# The likeliest first.
FAMILIES: tuple[Family, ...] = (
    elsewhere.other_paths,
    elsewhere.no_path,
    sequences.sequences,
    circuits.paths,
    circuits.signs,
    circuits.last_gate,
    elsewhere.near_values,
    elsewhere.seed,
    arrays.arrays,
    circuits.one_path,
    circuits.overwritten,
    circuits.all_uses,
    elsewhere.values_on_the_way,
    circuits.everywhere_slopes,
    circuits.last_slopes,
    elsewhere.halves,
    circuits.shares,
    elsewhere.other_gradients,
    elsewhere.slopes_of_parts,
    elsewhere.far_values,
    circuits.everywhere,
    circuits.without,
    circuits.added_up,
    elsewhere.near_neighbours,
    circuits.other_gates,
    circuits.skipped,
    circuits.part_only,
    circuits.slope_for_factor,
    circuits.one_slope,
    elsewhere.multiples,
    elsewhere.second,
    elsewhere.neighbours,
)
WHOLE: tuple[Family, ...] = (  # those that do not go wire by wire
    elsewhere.other_paths,
    elsewhere.no_path,
    elsewhere.near_values,
    circuits.overwritten,
    circuits.everywhere,
    elsewhere.halves,
)


def mistakes(target: Target, numbers: Numbers) -> list[Mistake]:
    """Every mistake this question invites, the likeliest first; those that nobody can be sure of have no number (NaN).

    At other numbers they are the same, in the same order.
    """
    case = Case(target, numbers)
    tried = list(_tried(case))
    return [each if _is_sure(each, tried, case) else each.unsure() for each in tried]


def broken_passes(target: Target, numbers: Numbers) -> Iterator[Mistake]:
    """Every mistake with its number, whether it could be another's as well; some give the right one, or none (NaN)."""
    return _tried(Case(target, numbers))


def _tried(case: Case) -> Iterator[Mistake]:
    for family in FAMILIES if len(case.way) <= MANY else WHOLE:
        yield from family(case)
    if len(case.way) > MANY:
        yield Mistake("sign", -case.right, "The size is right, the sign is not.")


def _is_sure(one: Mistake, tried: list[Mistake], case: Case) -> bool:
    """Whether the same mistake gives this number in no other place; of twice the right one, whether it is no value."""
    if equal(one.number, case.right):
        return False
    if one.kind in ("twice", "half"):
        return not any(equal(one.number, number) for number in case.numbers.values())
    others = (other for other in tried if other.place and other.kind == one.kind and other.sentence != one.sentence)
    return not one.place or not any(equal(one.number, other.number) for other in others)


# Two at once ----------------------------------------------------------------------------------------------------------


TOGETHER = (
    "no local",
    "no upstream",
    "own factor",
    "slope",
    "path missed",
    "sign",
    "neighbour",
    "no factor",
    "truncated",
)
TWICE = "Two mistakes together. {} And: {}"
TURNED = "Two mistakes together. {} And the sign is not right."
AT_MOST = 60  # mistakes that are tried in pairs


def pairs(target: Target, numbers: Numbers) -> Iterator[Mistake]:
    """Two mistakes in one pass: the likely ones, each with each that is made elsewhere."""
    case = Case(target, numbers)
    tried = list(_tried(case)) if len(case.way) <= MANY else []
    for one in tried:
        if (one.changes and one.kind != "sign") or one.kind == "second":
            yield Mistake("two", -one.number, TURNED.format(one.sentence))
    single = [m for m in tried if m.changes and m.kind in TOGETHER]
    for one, other in itertools.combinations(single[:AT_MOST], 2):
        if one.changes and other.changes and not one.changes.keys() & other.changes.keys():
            number = case.broken({**one.changes, **other.changes})
            yield Mistake("two", number, TWICE.format(one.sentence, other.sentence))
