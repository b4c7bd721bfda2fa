"""Parameters that stand in their gates, ×W and +b, as lectures write them: each once, below the picture, with its sum.

In a row of steps the wires of three shared weights would take more room than the steps.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from autograd_tiny import Value
from viz.graph import folding
from viz.graph.scopes import Stands

# What weights are called: a letter, or a word, and their index.
_NAMES = re.compile(r"(?:[WUVKEBGwuvbgθβγμ]|p|weights?|bias|gain|scale|shift|kernel)(?:[_ ]?\w{0,3}(?:_\d+)?)?")


def in_gates(values: Sequence[Value], outputs: Sequence[Value], stands: Stands, constants: bool) -> frozenset[Value]:
    """The leaves that a picture may write into their gates: what several scopes share, and what is called a weight.

    Every gate keeps a wire, but a part, E[3], which reads as a name: of W·x where both might stand in it, the one that
    is called a weight does, or the first.
    """
    homes: dict[Value, set[tuple[str, ...]]] = {}
    for v in values:
        for _, x in folding.drawn(v, constants):
            if not x.inputs and not x.is_constant and x.label:
                homes.setdefault(x, set()).add(stands[v])
    outs = set(outputs)
    held = {x for x, scopes in homes.items() if x not in outs and (len(scopes) > 1 or _is_weight(x))}
    for v in values:
        wires = [x for _, x in folding.drawn(v, constants)]
        if wires and all(x in held for x in wires) and v.op not in folding.PARTS:
            held.discard(min(wires, key=lambda x: (_is_weight(x), len(homes[x]) > 1)))
    return frozenset(held)


def constants_in_gates(values: Sequence[Value], held: Collection[Value], constants: bool) -> frozenset[Value]:
    """The arrays without a name that a gate may say it takes, as in − const, because it takes something else, too."""
    found: set[Value] = set()
    kept: set[Value] = set()
    for v in values:
        wires = [x for _, x in folding.drawn(v, constants)]
        plain = [x for x in wires if x.is_constant and x.ndim and not x.label]
        stays = len(wires) == len(plain) + sum(x in held for x in wires) or v.op not in folding.INFIX
        (kept if stays else found).update(plain)
    return frozenset(found - kept)


def _is_weight(x: Value) -> bool:
    return bool(_NAMES.fullmatch(x.label.replace("$", "").replace("{", "").replace("}", "")))
