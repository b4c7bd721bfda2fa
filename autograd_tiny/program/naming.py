"""Names of a program's variables: labels and scopes where there are any (`h_2` in the scope "t=2"), else v1, v2 …"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable

from autograd_tiny.program.dialects import DIALECTS
from autograd_tiny.value import Value

# What generated code calls must not be a variable's name in it, nor a word that Python or C keep for themselves.
_TAKEN = (
    frozenset(keyword.kwlist)
    | frozenset(name for dialect in DIALECTS.values() for name in dialect.defined)
    | frozenset(
        """program auto break case char const continue default do double else enum extern float for goto if inline int
        long register restrict return short signed sizeof static struct switch typedef union unsigned void volatile
        while fabs log1p fmax fmin jax np numpy math add multiply subtract divide negative dot copyto matmul one reduce
        """.split()
    )
)
# The names of memory that a program brings with it when it runs in place.
_BEGINS = ("room_", "place_", "steps_", "n_")
_MEMORY = re.compile(rf"({'|'.join(_BEGINS)})\w*\d+|\w+_part_\d+")


class Names:
    """Gives every value a name of its own."""

    def __init__(self) -> None:
        self.of: dict[int, str] = {}
        self._used: dict[str, int] = {}
        self._count = 0

    def __getitem__(self, v: Value) -> str:
        return self.of[id(v)]

    def __contains__(self, v: Value) -> bool:
        return id(v) in self.of

    def give(self, v: Value, wanted: str = "") -> str:
        """The name of `v`: as wanted, or from its label and the step it belongs to."""
        label = readable(wanted or str(v.label)) if wanted or v.label else ""
        if label:
            steps = (
                [] if wanted else [found.group(1) for name in v.scope if (found := re.fullmatch(r"\w*=(\w+)", name))]
            )
            name = self.free("_".join([label, *steps]))
        else:
            self._count += 1
            name = self.free(f"v{self._count}")
        self.of[id(v)] = name
        return name

    def free(self, name: str) -> str:
        """`name`, with a number behind it if it is taken."""
        used = self._used
        if (name.startswith(_BEGINS) or "_part_" in name) and _MEMORY.fullmatch(name):
            name = f"its_{name}"
        if name not in used and name not in _TAKEN:
            used[name] = 1
            return name
        candidate, count = name, used.get(name, 1)
        while candidate in used or candidate in _TAKEN:
            count += 1
            candidate = f"{name}_{count}"
        used[name] = count  # where to look on: a thousand values may have one label
        used.setdefault(candidate, 1)
        return candidate


def readable(label: str) -> str:
    """A label as a name that every dialect accepts; "" if nothing of it can be kept."""
    name = re.sub(r"\W+", "_", label, flags=re.ASCII).strip("_")
    return f"n{name}" if name[:1].isdigit() else name[:40]


def called(names: Iterable[str]) -> list[str]:
    """The names of arguments, each once."""
    names_ = Names()
    return [names_.free(readable(name) or "x") for name in names]
