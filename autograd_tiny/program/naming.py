"""Names of a program's variables: labels and scopes where there are any (`h_2` in the scope "t=2"), else v1, v2 …"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable

from autograd_tiny.graphs.namesakes import entered, run
from autograd_tiny.program.dialects import DIALECTS
from autograd_tiny.program.lines import Scope
from autograd_tiny.value import Value

# What generated code calls must not be a variable's name in it, nor a word that a dialect keeps for itself.
_TAKEN = (
    frozenset(keyword.kwlist)
    | frozenset(name for dialect in DIALECTS.values() for name in dialect.defined)
    | frozenset(
        """program auto break case char const continue default do double else enum extern float for goto if inline int
        long register restrict return short signed sizeof static struct switch typedef union unsigned void volatile
        while fabs log1p fmax fmin jax np numpy math add multiply subtract divide negative dot copyto matmul one reduce
        arguments await catch debugger delete eval export false function implements instanceof interface let new null
        package private protected public super this throw true typeof undefined var Infinity NaN Math Array Error
        Boolean String
        """.split()
    )
)
# The names of memory that a program brings with it when it runs in place.
_BEGINS = ("room_", "place_", "steps_", "n_")
_MEMORY = re.compile(rf"({'|'.join(_BEGINS)})\w*\d+|\w+_part_\d+")


_DIGITS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")


class Names:
    """Gives every value a name of its own."""

    def __init__(self) -> None:
        self.of: dict[Value | None, str] = {None: ""}  # None is the second input of what has only one
        self._used: dict[str, int] = {}
        self._count = 0

    def __getitem__(self, v: Value) -> str:
        return self.of[v]

    def __contains__(self, v: Value) -> bool:
        return v in self.of

    def give(self, v: Value, wanted: str = "", scope: Scope = ()) -> str:
        """The name of `v`: as wanted, or from its label and the step it belongs to."""
        wanted = wanted or (v.label and _labelled(str(v.label), scope or v.scope))
        name = self.of[v] = self.free(wanted) if wanted else self._next()
        return name

    def _next(self) -> str:
        self._count += 1
        name = f"v{self._count}"
        if name in self._used:
            return self.free(name)
        self._used[name] = 1
        return name

    def free(self, name: str) -> str:
        """`name`, with a number behind it if it is taken."""
        used = self._used
        if name not in used and not _reserved(name):
            used[name] = 1
            return name
        if _MEMORY.fullmatch(name):
            name = f"its_{name}"
        candidate, count = name, used.get(name, 1)
        while candidate in used or candidate in _TAKEN:
            count += 1
            candidate = f"{name}_{count}"
        used[name] = count  # where to look on: a thousand values may have one label
        used.setdefault(candidate, 1)
        return candidate


def _reserved(name: str) -> bool:
    return name in _TAKEN or bool((name.startswith(_BEGINS) or "_part_" in name) and _MEMORY.fullmatch(name))


def _labelled(label: str, scope: Scope) -> str:
    """A label with the steps of its scope: h in "t=2" is h_2, as is h₂ itself; in the second sequence's it is h_2_2."""
    name = readable(label)
    steps = [(found[1], run(place)) for place in scope if (found := re.fullmatch(r"\w*=(\w+)", entered(place)))]
    numbers = [f"{step}_{again}" if again > 1 else step for step, again in steps]
    numbers = [] if name.endswith("_".join(["", *numbers])) else numbers
    return "_".join([name, *numbers]) if name else ""


def readable(label: str) -> str:
    """A label as a name that every dialect accepts; "" if nothing of it can be kept."""
    lowered = re.sub("[₀-₉]+", lambda digits: f"_{digits[0].translate(_DIGITS)}", label)
    name = re.sub(r"\W+", "_", lowered, flags=re.ASCII).strip("_")
    return f"n{name}" if name[:1].isdigit() else name[:40]


def called(names: Iterable[str]) -> list[str]:
    """The names of arguments, each once."""
    names_ = Names()
    return [names_.free(readable(name) or "x") for name in names]
