"""What the passes did to a program, for reading."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from autograd_tiny.program.lines import Code, Line

SHOWN = 6  # products of one pass that are written out


class Account(NamedTuple):
    """What one pass did: lines and products of matrices or vectors before and after, and the names of new products."""

    name: str
    sentence: str
    before: int
    after: int
    changed: bool
    products: tuple[int, int]
    new: tuple[str, ...]


def account(name: str, sentence: str, before: Code, after: Code) -> Account:
    """The account of a pass, from the programs before and after it."""
    earlier, later = products(before), products(after)
    known = {(line.text, line.args) for line in earlier}
    new = tuple(line.target for line in later if (line.text, line.args) not in known)
    counts = (len(earlier), len(later))
    changed = before.lines != after.lines or before.gradients != after.gradients
    sizes = (len(before.lines), len(after.lines))
    return Account(name, sentence, *sizes, changed, counts, new if counts[1] < counts[0] else ())


def products(code: Code) -> list[Line]:
    """The lines that are products of matrices or vectors."""
    return [line for line in code.lines if "@" in line.text or "outer(" in line.text]


def explained(accounts: Sequence[Account], code: Code) -> str:
    """A row for each pass, and below it the products that it made of several, as they read in the finished program."""
    width = max(len(each.name) for each in accounts)
    titles = ["lines", "products"] if any(any(each.products) for each in accounts) else ["lines"]
    finished = {line.target: str(line) for line in code.lines if line.single}
    rows = ["  ".join([f"{'pass':{width}}", *[f"{title:^13}" for title in titles], "what it does"])]
    for each in accounts:
        start = f"{each.name:{width}}  {_numbers(each, len(titles))}  "
        rows.append(start + each.sentence)
        rows += [" " * len(start) + text for text in _shown([finished[name] for name in each.new if name in finished])]
    idle = [] if all(each.changed for each in accounts) else ["– : found nothing to do"]
    return "\n".join(rows + idle)


def _numbers(each: Account, columns: int) -> str:
    numbers = [(each.before, each.after), each.products][:columns]
    return "  ".join(f"{before:>5} → {after:<5}" if each.changed else f"{'–':^13}" for before, after in numbers)


def _shown(texts: Sequence[str]) -> Iterator[str]:
    yield from (f"at once: {text}" for text in texts[:SHOWN])
    if len(texts) > SHOWN:
        yield f"and {len(texts) - SHOWN} more"
