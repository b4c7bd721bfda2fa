"""The child process of `press`: read DOT documents from a file, lay out, render, print. Run by path, never imported.

    python press_child.py FOLDER-OF-PYGRAPHVIZ SECONDS ENGINE FORMAT OFFSET...  < documents

It imports nothing but pygraphviz's C module, because starting quickly is the whole point: about 40 ms against 110.
"""

import os
import signal
import sys
from typing import Any


def main(folder: str, seconds: str, engine: str, form: str, *offsets: str) -> None:
    """Answer each document with a line of its length and then its bytes."""
    if hasattr(signal, "alarm"):
        # Should the parent die, nobody is left to stop this process: it ends by itself, even inside C code.
        signal.alarm(int(float(seconds)) + 2)
    if hasattr(os, "add_dll_directory"):
        libraries = os.path.join(os.path.dirname(folder), "pygraphviz.libs")
        if os.path.isdir(libraries):
            os.add_dll_directory(libraries)
    sys.path.insert(0, folder)
    import _graphviz as graphviz  # type: ignore[import-not-found,unused-ignore]

    context = graphviz.gvContextWithBuiltins()
    for offset in offsets:
        # Graphviz reads ahead into a buffer of its own: each document is found by its place in the file.
        os.lseek(0, int(offset), os.SEEK_SET)
        content = render(graphviz, context, engine, form)
        sys.stdout.buffer.write(b"%d\n" % len(content) + content)


def render(graphviz: Any, context: Any, engine: str, form: str) -> bytes:
    """One document, laid out and rendered."""
    graph = graphviz.agread(sys.stdin, None)
    if graph is None or graphviz.gvLayout(context, graph, engine.encode()):
        sys.exit("Graphviz cannot lay this out")
    failed, content = graphviz.gvRenderData(context, graph, form.encode())
    if failed:
        sys.exit(f"Graphviz cannot render {form}")
    graphviz.gvFreeLayout(context, graph)
    graphviz.agclose(graph)
    return content if isinstance(content, bytes) else str(content).encode("utf-8", "surrogateescape")


if __name__ == "__main__":
    main(*sys.argv[1:])
