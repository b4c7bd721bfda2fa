"""What the gates of a graph are for: which of them stand for one line of somebody's loop, and what to call them.

Wires of one *role* are broken together, as one line in a loop over time would break them: the same operation, from the
same kind of value, in each step. A *chain* is gates in a row that somebody may have differentiated as one function.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from autograd_tiny import gradients
from autograd_tiny.graphs.replay import Wire
from autograd_tiny.value import Value, ancestors

LONGEST = 6  # gates in a row that may be one function of somebody's, as 1/(1 + exp(−z))


class Anatomy:
    """A graph with its leaves, and what somebody calls its values."""

    def __init__(self, output: Value, leaves: Sequence[Value], names: dict[Value, str]) -> None:
        self.output, self.leaves, self.names = output, leaves, names
        self.order = ancestors(output)
        self.numbers = {v: v._data for v in self.order}
        self.inputs = frozenset(leaves)
        self.kinds: dict[Value, Any] = {}
        for v in self.order:
            self.kinds[v] = self.kind(v)
        self.said = {self.kinds[v]: name for v, name in names.items() if v in self.kinds and v.inputs}

    def roles(self) -> dict[Any, list[Wire]]:
        """The wires on which gradients flow, by what they are for; those of one role in order of birth."""
        roles: dict[Any, list[Wire]] = defaultdict(list)
        for v, slots in gradients.way_to(list(self.leaves), self.order).items():
            if v.operation is not None:
                for k in slots:
                    roles[v.operation.name, k, self.kinds[v.inputs[k]], self.kinds[v]].append((v, k))
        return roles

    def kind(self, v: Value) -> Any:
        """What tells a value from the others of its time step, and is the same in the next.

        A leaf is itself; else it is the gates of one input above a gate of several, that gate's parameters, and the
        leaves that enter it.
        """
        if v.operation is None:
            return v.label if v in self.inputs else "constant"
        x = only_input(v)
        if x is not None and x.operation is not None:
            return (v.operation.name, *self.kinds[x])
        return (v.operation.name, repr(v.parameters), frozenset(self.leaves_near(v)))

    def leaves_near(self, v: Value, depth: int = 3) -> Iterator[str]:
        """The names of the leaves that enter a value within a few gates."""
        for x in v.inputs:
            if x in self.inputs:
                yield x.label
            elif depth > 1 and x.operation is not None:
                yield from self.leaves_near(x, depth - 1)

    def chains(self) -> dict[Any, list[list[Value]]]:
        """Functions of one number that somebody may have differentiated as one, by what they are made of."""
        consumers = Counter(x for v in self.order for x in v.inputs)
        above: dict[Value, list[Value]] = {}
        found: dict[Any, list[list[Value]]] = defaultdict(list)
        for v in self.order:
            x = only_input(v)
            if x is None or np.shape(x._data) != np.shape(v._data):
                continue
            before = above.get(x, []) if consumers[x] == 1 else []
            above[v] = [*before, v][-LONGEST:]
            for start in range(len(above[v])):
                chain = above[v][start:]
                bottom = only_input(chain[0])
                assert bottom is not None
                found[tuple(_signature(w) for w in chain), self.kinds[bottom]].append(chain)
        return dict(sorted(found.items(), key=lambda item: (not self.is_known(item[1][0]), len(item[0][0]))))

    def is_known(self, chain: Sequence[Value]) -> bool:
        """Whether these gates are a function with a name."""
        return len(chain) == 1 or self.name_of(chain) == "sigmoid"

    def name_of(self, chain: Sequence[Value]) -> str:
        """What these gates are called together."""
        x = only_input(chain[0])
        assert x is not None
        z, s = np.asarray(x._data), np.asarray(chain[-1]._data)
        with np.errstate(all="ignore"):
            if len(chain) > 1 and np.allclose(s, 1 / (1 + np.exp(-z)), rtol=1e-9, atol=0):
                return "sigmoid"
        names = [v.operation.name for v in chain if v.operation]
        return {"mul": "the factor"}.get(names[0], names[0]) if len(names) == 1 else " of ".join(reversed(names))

    @staticmethod
    def is_softmax(v: Value, k: int) -> bool:
        """Whether this is exp(y) above Σ exp(y)."""
        if v.operation is None or v.operation.name != "div" or k != 0:
            return False
        above, below = v.inputs
        return above.op == "exp" and below.op == "sum" and below.inputs[0].op == "exp"

    def is_recurrent(self, wires: Sequence[Wire]) -> bool:
        """Whether each of these leads to the one before it, through time."""
        if len(wires) < 2:
            return False
        (first, _), (second, k) = wires[0], wires[1]
        return first in set(ancestors(second.inputs[k]))

    @staticmethod
    def neighbour(x: Value, line: Sequence[Value], shift: int) -> Value:
        """The value after (or before) x among those of its kind; what comes before them all has the first after it."""
        here = next((k for k, v in enumerate(line) if v is x), None)
        if here is None:
            return line[0] if shift > 0 else x
        return line[here + shift] if 0 <= here + shift < len(line) else x

    # Words ------------------------------------------------------------------------------------------------------------

    def expression(self, v: Value) -> str:
        """A gate as it may have been written: "Whh @ tanh(…)"."""
        assert v.operation is not None
        sign = {"matmul": "@", "mul": "*", "add": "+", "sub": "−", "div": "/", "pow": "**"}.get(v.operation.name)
        if sign and len(v.inputs) == 2:
            return f" {sign} ".join(map(self.short, v.inputs))
        if v.operation.name == "take":
            return f"{self.short(v.inputs[0])}[…]"
        return f"{v.operation.name}({', '.join(map(self.short, v.inputs[:3]))})"

    def short(self, v: Value) -> str:
        """A value in a word: its name, its number, or the operation it comes from."""
        if v.label or v in self.names or self.kinds[v] in self.said:
            return v.label or self.names.get(v) or self.said[self.kinds[v]]
        if v.operation is None:
            return f"{v._data:.4g}" if not v.shape else "a constant"
        sign = {"matmul": "@", "mul": "*", "add": "+", "sub": "−", "div": "/"}.get(v.operation.name)
        inside = [x.label or self.names.get(x) or self.said.get(self.kinds[x]) or "…" for x in v.inputs]
        return f"({f' {sign} '.join(inside)})" if sign and len(inside) == 2 else f"{v.operation.name}(…)"


def only_input(v: Value) -> Value | None:
    """The one input of a gate that goes number by number and has no other but constants."""
    if v.operation is None or not v.operation.elementwise:
        return None
    moving = [x for x in v.inputs if not x.is_constant]
    return moving[0] if len(moving) == 1 else None


def _signature(v: Value) -> Any:
    assert v.operation is not None
    return v.operation.name, tuple(float(x._data) for x in v.inputs if x.is_constant and not x.shape)
