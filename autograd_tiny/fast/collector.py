"""Python's cyclic garbage collector, asked to look less often.

A graph of values holds no reference cycle: it is freed by counting the moment it is dropped, and the
collector never finds anything in it. Yet by default it searches all that is alive after every 700 new
objects, which costs a third of the time of recording. So its first threshold is raised on import,
unless somebody has set the thresholds already or AUTOGRAD_TINY_COLLECTOR=python asks for Python's own.
"""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager

YOUNG = 50_000  # new objects between two searches of the young ones
PYTHONS_OWN = 2000  # the largest first threshold that a version of Python begins with


def relax() -> None:
    """Raise the collector's first threshold, if it is still Python's own."""
    first, *older = gc.get_threshold()
    if 0 < first <= PYTHONS_OWN and os.environ.get("AUTOGRAD_TINY_COLLECTOR") != "python":
        gc.set_threshold(YOUNG, *older)


@contextmanager
def paused() -> Iterator[None]:
    """No searches meanwhile: for work that makes many objects, all of which are kept."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
