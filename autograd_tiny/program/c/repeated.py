"""Long programs in C: a function for each block of lines, with loops where they repeat.

A compiler takes longer over a line the more lines a function has, and most lines of a long program say the same of
other numbers. What is needed outside of the repetition that computes it lies in the array m.
"""

from __future__ import annotations

from collections.abc import Sequence

from autograd_tiny.program.c.body import Body
from autograd_tiny.program.c.lanes import ADD_UP, Lanes
from autograd_tiny.program.c.layout import indices
from autograd_tiny.program.lines import Line
from autograd_tiny.program.rolling import Block, Places, blocks

LONG = 300  # lines of one function without a loop


def functions(lines: Sequence[Line], arguments: Sequence[str], results: Sequence[str]) -> list[str]:
    """The functions of the blocks, and `program`, which calls them in turn."""
    places = Places(lines, arguments)
    bodies = [body for block in blocks(places) for body in _bodies(block, lines, places)]
    index = indices(bodies, places, results)
    text = [ADD_UP] if any(isinstance(body, Lanes) and body.terms for body in bodies) else []
    text += [line for number, body in enumerate(bodies) for line in body.function(number, index)]
    text += ["void program(const double *inputs, double *results) {", f"    static double m[{index.max() + 2}];"]
    text += [f"    part_{number}(inputs, m);" for number in range(len(bodies))]
    for k, name in enumerate(results):
        place = places.of.get(name, -1)
        given = name if place < 0 else f"inputs[{place}]" if place < places.inputs else f"m[{index[place]}]"
        text.append(f"    results[{k}] = {given};")
    return [*text, "}"]


def _bodies(block: Block, lines: Sequence[Line], places: Places) -> list[Body]:
    """One loop, or functions of some hundred lines."""
    if block.count > 1 and not (body := Body(block, lines, places)).entangled:
        lanes = Lanes(block, lines, places)
        return [lanes if lanes.possible else body]
    pieces = range(block.start, block.end, LONG)
    return [Body(Block(k, min(LONG, block.end - k), 1), lines, places) for k in pieces]
