"""Code of several lines, edited: in the learner's own editor, or in a prompt of several lines."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

HOW = "Esc, then Enter: done. Ctrl-C: give it up."
BAR = re.compile(r"^\s*[│|] ?(.*?)\s*[│|]?\s*$")  # a line copied out of a panel
PROMPT = re.compile(r"^(?:>>>|\.\.\.)(?: |$)")


def edited(text: str) -> str | None:
    """The text as it is after editing; None where that is given up, or there is nothing to edit with (OSError)."""
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if editor:
        return _in_editor(editor, text)
    if not (sys.stdin and sys.stdin.isatty() and sys.stdout and sys.stdout.isatty()):
        raise OSError("there is no editor here; set EDITOR, or type the code")
    return _in_prompt(text)


def _in_editor(editor: str, text: str) -> str | None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lesson.py"
        path.write_text(text.rstrip() + "\n", encoding="utf-8")
        done = subprocess.run([*shlex.split(editor), str(path)])
        return path.read_text(encoding="utf-8", errors="replace") if done.returncode == 0 else None


def _in_prompt(text: str) -> str | None:
    from prompt_toolkit import prompt
    from prompt_toolkit.lexers import PygmentsLexer
    from pygments.lexers.python import PythonLexer  # type: ignore[import-untyped]

    print(HOW)
    try:
        return prompt("", default=text.rstrip() + "\n", multiline=True, lexer=PygmentsLexer(PythonLexer))
    except (EOFError, KeyboardInterrupt):
        return None


def cleaned(code: str) -> str:
    """Pasted code as it was meant: without the bars of a panel, the prompts of a session, and a common indent."""
    lines = code.expandtabs(4).strip("\n").splitlines()
    full = [line for line in lines if line.strip()]
    if full and all(line.lstrip().startswith(("│", "|")) for line in full):
        lines = [found[1] if (found := BAR.match(line)) else line for line in lines]
    elif full and PROMPT.match(full[0]):
        lines = [PROMPT.sub("", line) for line in lines]
    return textwrap.dedent("\n".join(lines)).strip("\n")
