"""A program with loops as text, in every dialect that has them; and in words, what it repeats and keeps."""

from __future__ import annotations

from autograd_tiny.program.dialects import DIALECTS
from autograd_tiny.program.printing import require_known
from autograd_tiny.program.rolled.fitting import Lengths, named
from autograd_tiny.program.rolled.loops import Loop
from autograd_tiny.program.rolled.pages.checkpoint import FloatWindows, Windows
from autograd_tiny.program.rolled.pages.floats import Floats
from autograd_tiny.program.rolled.pages.javascript import Script
from autograd_tiny.program.rolled.pages.printing import Page, Scan
from autograd_tiny.program.rolled.running import Checkpointed, Loops
from autograd_tiny.program.tracing import ProgramError

PAGES: dict[str, type[Page]] = {"numpy": Page, "torch": Page, "jax": Scan, "javascript": Script, "python": Floats}
WINDOWS: dict[str, type[Page]] = {"numpy": Windows, "torch": Windows, "python": FloatWindows}


def source(made: Loops, name: str) -> str:
    """The program in a dialect; ProgramError says what that cannot express."""
    code = made.step_by_step if name == "python" else made.text
    pages = WINDOWS if isinstance(made, Checkpointed) else PAGES
    if name not in pages:
        raise ProgramError(f"source: windows that are computed once more are not written in {name!r}; choose 'numpy'")
    page = pages[name](code, DIALECTS[name])
    require_known(code.lines, name)
    return "\n".join(page.written()) + "\n"


def told(made: Loops | str, lengths: Lengths = ()) -> str:
    """Some sentences about the loops; or why there are none. What windows save is told for some lengths."""
    if isinstance(made, str):
        return f"loops: none, for {made}"
    code = made.text
    page = made.page if isinstance(made, Checkpointed) else Page(code, DIALECTS["numpy"])
    short, long = code.seen
    found = [part for part in code.parts if isinstance(part, Loop)]
    over = " and ".join(f"{name} = {length}" for name, length in code.times.items())
    lines = [f"loops: {len(found)}, over {over} steps; found by recording {short} and {long} of them:"]
    for loop in found:
        way = "from the last step to the first" if loop.backward else "from the first step to the last"
        carried = f", carrying {', '.join(loop.initial)}" if loop.initial else ""
        lines.append(f"    {len(loop.lines)} lines for every step, {way}{carried}")
    kept = [f"{name} ({', '.join([page.home[name].steps, *page.shapes[name]])})" for name in sorted(page.kept)]
    lines.append(f"    kept of all steps: {', '.join(kept) or 'nothing'}")
    if isinstance(page, Windows):
        at = " and ".join(f"{name} = {length}" for name, length in named(lengths).items())
        few, many = page.numbers(lengths)
        lines += [
            f"    kept at the beginning of every window of √T steps: {', '.join(sorted(page.saved)) or 'nothing'}",
            f"    kept of one window, which is computed once more: {', '.join(sorted(page.window)) or 'nothing'}",
            f"    so at {at} the way back needs {few:,} numbers of the steps, where it would be {many:,}",
        ]
    return "\n".join(lines)
