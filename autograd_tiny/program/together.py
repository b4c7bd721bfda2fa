"""Lines that do the same to different names become one line about the stack of these names.

    a_1 = x_1 @ U                       rows = stack([x_1, x_2])
    b_1 = exp(a_1)                      all = rows @ U
    a_2 = x_2 @ U         becomes       a_1 = all[0]
    b_2 = exp(a_2)                      a_2 = all[1]
                                        b_1 = exp(a_1)
                                        b_2 = exp(a_2)

What reads one of the results waits until all that goes into them is there. Where that would be to wait for itself, as
in h_2 = h_1 @ W, the lines stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from autograd_tiny.program.lines import Code, Line
from autograd_tiny.program.rows import Fresh, stacked
from autograd_tiny.shapes import Shape

FEWEST = 2  # lines from which on it pays


class Form(NamedTuple):
    """How a line reads about a stack: its text, and the place of the argument that all share, which comes last then."""

    text: str
    shared: int | None = None


Chosen = Callable[[Line], Form | None]
Key = tuple[str, Shape, str, Form]  # the text, the shape, the argument that is shared, the form


def grouped(code: Code, fresh: Fresh, chosen: Chosen) -> Code:
    """The lines that `chosen` has a form for at once, where text, shape and shared argument are the same."""
    forward = _Grouping(code, fresh, chosen).done(code.forward)
    return code.with_lines(forward, _Grouping(code, fresh, chosen).done(code.backward))


class _Grouping:
    """Groups lines of one part of a program, forward or backward."""

    def __init__(self, code: Code, fresh: Fresh, chosen: Chosen) -> None:
        self.code, self.fresh, self.chosen = code, fresh, chosen
        # In the order of the steps: backward, the last step comes first.
        self.order = {line.target: number for number, line in enumerate(code.forward)}
        self.order |= {line.target: -number for number, line in enumerate(code.backward)}

    def done(self, lines: Sequence[Line]) -> tuple[Line, ...]:
        """The lines, all groups at once that can be."""
        sizes: dict[Key, int] = {}
        for line in lines:
            key = self.key(line)
            if key:
                sizes[key] = sizes.get(key, 0) + 1
        for key, size in sizes.items():
            lines = self._together(lines, key) if size >= FEWEST else lines
        return tuple(lines)

    def key(self, line: Line) -> Key | None:
        """What a line has in common with those that it can be together with."""
        form = self.chosen(line)
        return form and (line.text, line.shape, "" if form.shared is None else line.args[form.shared], form)

    def _together(self, given: Sequence[Line], key: Key) -> Sequence[Line]:
        """One group as rows of one line; the lines as they are if one of the group needs another."""
        lines = list(self._apart(given, key))
        members = [line for line in lines if line.single and self.key(line) == key]
        split = _postponed(lines, members)
        if not split or all(line.args == members[0].args for line in members):
            return given
        members.sort(key=lambda line: [self.order.get(arg, -1) for arg in line.args])
        new = list(self._at_once(members, key[3]))
        rows = [self._row(line, k, new[-1].target) for k, line in enumerate(members)]
        return [*split[0], *new, *rows, *split[1]]

    def _apart(self, lines: Sequence[Line], key: Key) -> Iterator[Line]:
        """What is computed and added in one line is computed in a line of its own first."""
        for line in lines:
            if line.adds and self.key(line) == key:
                name = self.fresh(f"{line.target}_part")
                yield line._replace(target=name, adds=False)
                line = line.reading((name,), "{0}")
            yield line

    def _at_once(self, members: list[Line], form: Form) -> Iterator[Line]:
        """The stacks of what differs between the members, and the one line about them."""
        first, args = members[0], list(members[0].args)
        for place, arg in enumerate(first.args):
            column = [line.args[place] for line in members]
            if any(name != arg for name in column):
                args[place] = self.fresh(f"rows_{column[0]}")
                yield stacked(column, self.code.shapes.get(arg, ()), args[place])
        if form.shared is not None:
            args.append(args.pop(form.shared))
        shape = (len(members), *first.shape)
        yield Line(self.fresh(f"all_{first.target}"), form.text, tuple(args), shape)

    def _row(self, line: Line, k: int, whole: str) -> Line:
        """A member's result as a row of all results; a copy if more will be added to it."""
        text = f"copy({{0}}[{k}])" if line.target in self.code.growing else f"{{0}}[{k}]"
        return line.reading((whole,), text)


def _postponed(lines: Sequence[Line], members: Sequence[Line]) -> tuple[list[Line], list[Line]] | None:
    """The other lines: what comes before the members and what after; None if that would change what is computed."""
    own = {line.target for line in members}
    last = {line.target: number for number, line in enumerate(lines)}
    first = next(number for number, line in enumerate(lines) if line.target in own)
    place = max(first, 1 + max(last.get(arg, -1) for line in members for arg in line.args))
    waiting, read = set(own), {arg for line in members for arg in line.args}
    early: list[Line] = []
    late: list[Line] = []
    for number, line in enumerate(lines):
        if line.single and line.target in own:
            continue
        if number >= place or line.target in waiting or not waiting.isdisjoint(line.args):
            late.append(line)
            waiting.add(line.target)
            read.update(line.args)
        elif line.single or line.target not in read or number < first:
            early.append(line)
        else:
            return None  # a late line, or a member, has read this before more is added to it
    return None if any(not waiting.isdisjoint(line.args) for line in members) else (early, late)
