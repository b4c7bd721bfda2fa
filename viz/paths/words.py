"""Paths as text: one line each with its product, and their sum, which is the gradient.

∂z/∂w = 45.00: the sum over 2 paths

1  z ← × ← x ← ( )² ← w  ∂z/∂x · ∂x/∂w = 2.00 × 10.00 = 20.00
2  z ← × ← y ← −3 ← w    ∂z/∂y · ∂y/∂w = 25.00 × 1.00 = 25.00
Σ  all paths             = 45.00
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod
from operator import attrgetter
from textwrap import wrap

from rich.cells import cell_len

from autograd_tiny import Value
from autograd_tiny.value import ancestors
from viz.graph import history, wording
from viz.paths.routes import Route, Routes, Step
from viz.words import figures
from viz.words.columns import aligned, cut
from viz.words.figures import Precision
from viz.words.lettering import BELOW

FACTORS = 6  # of a product that are printed; of a longer one its ends
SYMBOLS = 4  # factors up to which they are printed as symbols, too
PARTS = 14  # gates and names of a path that are printed; of a longer one where it begins, and its end
COLUMN, WIDTH = 72, 100  # columns of a path, and of the legend
EXACT = 10**15  # paths up to which their number is printed in full


@dataclass(frozen=True)
class Spelling:
    """How values are called and numbers are printed."""

    name: wording.Name
    precision: Precision
    changed: str = ""  # which numbers are others now

    def path(self, route: Route, routes: Routes) -> str:
        """`z ← × ← x ← ( )² ← w`: gates, and the names of what has a label."""
        steps = route.steps
        if len(steps) > 2 * PARTS:  # of a million steps only those are spelled that are printed
            steps = (*steps[:PARTS], *steps[-PARTS:])
        parts = [self.name(routes.output), *(part for step in steps for part in self._step(step, routes))]
        lines = (" ← ".join(_elided(parts, 2, tail)) for tail in range(PARTS - 2, 1, -1))
        return next((line for line in lines if cell_len(line) <= COLUMN), cut(" ← ".join(_elided(parts, 1, 1)), COLUMN))

    def _step(self, step: Step, routes: Routes) -> list[str]:
        gate, after = step.consumer, step.input
        several = sum(x is after for x in gate.inputs) > 1
        which = str(step.slot + 1).translate(BELOW) if several else ""
        named = after.label or after is routes.input
        return [wording.gate(gate) + which, *([self.name(after)] if named else [])]

    def symbols(self, route: Route) -> str:
        """`∂z/∂x · ∂x/∂w = `; empty for a long path."""
        if not 0 < len(route.steps) <= SYMBOLS:
            return ""
        return " · ".join(f"∂{self.name(step.consumer)}/∂{self.name(step.input)}" for step in route.steps) + " = "

    def numbers(self, route: Route) -> str:
        """`2.00 × 10.00 = 20.00`; `≈` where the printed factors do not give the printed product."""
        if len(route.steps) < 2:
            return self.number(route.product)
        factors = [step.local for step in route.steps]
        sign = figures.equals(route.product, lambda *seen: prod(seen), factors, self.precision)
        printed = [self.number(x) for x in factors]
        bracketed = [f"({x})" if x.startswith("−") else x for x in printed]
        return f"{' × '.join(_elided(bracketed, FACTORS // 2, FACTORS // 2))} {sign} {self.number(route.product)}"

    def number(self, x: float) -> str:
        """A number of the table."""
        return figures.number(x, self.precision)

    def head(self, routes: Routes) -> str:
        """`∂z/∂w = 45.00: the sum over 2 paths`."""
        gradient = f"∂{self.name(routes.output)}/∂{self.name(routes.input)} = {self.number(routes.total)}"
        if routes.count == 1:
            return f"{gradient}: there is one path"
        shown = len(routes.first)
        limited = f"; the first {shown} are shown" if shown < routes.count else ""
        return f"{gradient}: the sum over {counted(routes.count)} paths{limited}"

    def sum(self, routes: Routes) -> str:
        """What the products add up to: `= 45.00`; `≈` where the printed ones do not."""
        parts = [route.product for route in routes.first] + ([routes.rest] if routes.more else [])
        sign = figures.equals(routes.total, lambda *seen: sum(seen), parts, self.precision)
        return f"{sign} {self.number(routes.total)}"


def spelling(routes: Routes, precision: Precision) -> Spelling:
    """Names as the ledger's."""
    order = [v for v in ancestors(routes.output) if not v.is_constant or v is routes.output]
    name = wording.names(order)
    return Spelling(name, precision, history.told(order, name, precision))


def counted(count: int) -> str:
    """1,048,576; a power of two below it where the digits would fill the page."""
    return f"{count:,}" if count < EXACT else f"at least 2^{count.bit_length() - 1:,}"


def text(routes: Routes, spelled: Spelling) -> str:
    """The table, its sum, and what the names without a label stand for."""
    rows = [
        (str(number), spelled.path(route, routes), spelled.symbols(route) + spelled.numbers(route))
        for number, route in enumerate(routes.first, 1)
    ]
    if routes.more:
        rows.append(("…", f"{counted(routes.more)} more", f"together {spelled.number(routes.rest)}"))
    if routes.count > 1:
        rows.append(("Σ", "all paths", spelled.sum(routes)))
    return "\n".join(
        [
            spelled.head(routes),
            "",
            *aligned(rows, "><<", COLUMN),
            *(("", *where) if (where := meanings(routes, spelled)) else ()),
        ]
    )


def meanings(routes: Routes, spelled: Spelling) -> list[str]:
    """What values stand for that have no label, as far as the listed factors name them; what has changed; lines."""
    named = (step for route in routes.first if len(route.steps) <= SYMBOLS for step in route.steps)
    met = _with_inputs(step.consumer for step in named if not step.consumer.label)
    said = wording.by_name(spelled.name)
    steps = [f"{spelled.name(v)} = {wording.step(v, said)}" for v in sorted(met, key=attrgetter("birth"))]
    unbroken = ",   ".join(step.replace(" ", "\xa0") for step in steps)  # a line ends between steps, not within one
    lines = wrap("where  " + unbroken, WIDTH, subsequent_indent="       ", break_long_words=False) if steps else []
    return [line.replace("\xa0", " ") for line in [*lines, *wrap(spelled.changed, WIDTH)]]


def _with_inputs(values: Iterable[Value]) -> list[Value]:
    """The values and what without a label they are made of, as far as there is room to say it."""
    found = dict.fromkeys(values)
    waiting = list(found)
    while waiting and len(found) < PARTS:
        made_of = [x for x in waiting.pop(0).inputs if x.inputs and not x.label and x not in found]
        found |= dict.fromkeys(made_of)
        waiting += made_of
    return list(found)


def described(routes: Routes, spelled: Spelling) -> str:
    """The same in sentences."""
    told = [
        f"Path {number}, {spelled.path(route, routes)}: {spelled.numbers(route)}."
        for number, route in enumerate(routes.first, 1)
    ]
    return " ".join(filter(None, (f"{spelled.head(routes)}.", *told, spelled.changed)))


def _elided(parts: Sequence[str], head: int, tail: int) -> list[str]:
    """All of them, or the first and the last with an ellipsis between."""
    return [*parts] if len(parts) <= head + tail else [*parts[:head], "…", *parts[-tail:]]
