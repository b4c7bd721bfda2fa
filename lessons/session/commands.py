"""What a typed line means, a command, an answer or Python, and what the session then does.

A line that begins with ``:`` is a command, one that begins with ``=`` an answer, an empty one goes on. A command's word
alone is the command, too, where no variable has that name. At an open
prediction a line that reads as an answer is one without the ``=`` too: a number, a formula in the lesson's names (but a
lone name is looked up), a choice. Everything else is Python.
"""

from __future__ import annotations

import builtins
import codeop
import re
import warnings
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

from lessons.format.lesson import Predict, Question
from lessons.format.quoting import quoted
from lessons.session.reply import Reply

if TYPE_CHECKING:  # the first screen needs the commands' names, and waits for no engine
    from lessons.session.session import Session, Watch

SESSION = "lesson"  # what a session is called in Python; no lesson's own code may use this name
COMMANDS = {
    "next": "go on",
    "back": "go back one screen",
    "goto": "go to a step: :goto 3, :goto backward",
    "list": "the steps of this lesson",
    "map": "all lessons, and how far you have come",
    "hint": "a hint to the open question",
    "solve": "show the answer, and why",
    "skip": "leave the question open, or an optional step, and go on",
    "again": "show this screen again, its question open",
    "edit": "write code of several lines, from your last attempt on",
    "reset": "forget your variables (:reset all begins the lesson anew)",
    "pic": "open the picture or the film",
    "play": "step through a film here",
    "live": "show every picture in the browser from now on",
    "train": "run the training here: :train, or with a seed, :train 7",
    "export": "write this lesson as a notebook",
    "help": "this list",
    "quit": "leave; the lesson remembers where you are",
}


@dataclass(frozen=True)
class Meaning:
    """A line understood: kind is "command", "answer", "python" or "unknown", text what belongs to it."""

    kind: str
    name: str = ""
    text: str = ""
    bare: bool = False  # an answer without its =, or Python that may be one


BARE = re.compile(r"([a-z]+)(?: +([\w-]+))?")
TAKES_ONE = ("goto", "train", "reset")  # commands with a word behind


def understand(
    line: str, question: Question | None, names: Mapping[str, Any], defined: Collection[str] = ()
) -> Meaning:
    """What this line means where this question is open; `defined` are the variables besides the lesson's `names`."""
    typed = line.strip()
    if not typed:
        return Meaning("command", "next")
    if "\n" in typed and getattr(question, "accept", "") != "array":
        return Meaning("python", text=line)
    bare = BARE.fullmatch(typed)
    if bare and bare[1] in COMMANDS and bare[1] not in {*names, *defined} and (not bare[2] or bare[1] in TAKES_ONE):
        return Meaning("command", bare[1], bare[2] or "")
    if typed.startswith(":"):
        return _command(typed[1:].strip())
    if typed.startswith("=") and not typed.startswith("=="):
        return Meaning("answer", text=typed[1:].strip())
    return (
        _at_question(line, question, names, defined) if isinstance(question, Predict) else Meaning("python", text=line)
    )


def _at_question(line: str, question: Predict, names: Mapping[str, Any], defined: Collection[str]) -> Meaning:
    """A line without a sign where a prediction is open: what can only be meant as an answer is one."""
    from lessons.judging.answers import is_lone_name, reads_as_answer, right_side

    typed = right_side(line.strip())
    unknown = typed.isidentifier() and typed not in {*names, *defined} and not hasattr(builtins, typed)
    if unknown or reads_as_answer(question, typed, names):
        return Meaning("answer", text=typed, bare=True)
    return Meaning("python", text=line, bare=is_lone_name(question, typed, names))


def _command(typed: str) -> Meaning:
    word, _, rest = typed.partition(" ")
    wanted = word.casefold()
    found = [name for name in COMMANDS if name.startswith(wanted)] if wanted else []
    if wanted in COMMANDS:
        found = [wanted]
    if len(found) == 1:
        return Meaning("command", found[0], rest.strip())
    if found:
        return Meaning("unknown", text=f":{word} may be {' or '.join(':' + name for name in found)}.")
    return Meaning("unknown", text=f"There is no :{word}. :help lists what there is.")


def is_unfinished(code: str, kind: str = "single") -> bool:
    """Whether a Python statement goes on in the next line; `kind` is "exec" for several statements."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is to be warned of is warned of when it runs
            return codeop.compile_command(code, "<you>", kind) is None
    except (SyntaxError, ValueError, OverflowError, MemoryError, RecursionError):
        return False


# What the session does ------------------------------------------------------------------------------------------------


NUMBER = re.compile(r"[-−]?[\d.]+")
LOOKED_UP = "Python ran this. To give it as your answer, put = in front."
TAKEN = "I took that as your answer; to compute, write print(…)."


def carried_out(session: Session, meaning: Meaning, live: TextIO | None = None, watch: Watch | None = None) -> Reply:
    """The session's reply; `live` is told what code prints, `watch` what a training yields.

    A command that shows something in the way of its face (the map, help …) is for that face to carry out.
    """
    if meaning.kind == "unknown":
        return Reply("note", quoted(meaning.text))
    if meaning.kind == "answer":
        return session.answer(meaning.text)
    if meaning.kind == "python":
        return session.run(meaning.text, live)
    word = meaning.text
    match meaning.name:
        case "goto":
            known = "Where to? :goto 3, or the id of a step; :list shows them."
            return session.goto(word) if word else Reply("note", known)
        case "train":
            if word and not word.lstrip("-").isdecimal():
                return Reply("note", "A seed is a whole number:  :train 7")
            return session.train(int(word) if word else None, watch)
        case "reset":
            return session.reset(everything=word in ("all", "lesson"))
    reply: Reply = getattr(session, meaning.name)()
    return reply


def remark(meaning: Meaning, reply: Reply) -> str:
    """What may be said, once, where a line without = may have been meant otherwise than it was taken."""
    if meaning.bare and meaning.kind == "python":
        return LOOKED_UP
    return TAKEN if meaning.bare and reply.kind == "wrong" and not NUMBER.fullmatch(meaning.text) else ""
