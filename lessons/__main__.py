"""``python -m lessons``: list, check and take the lessons.

python -m lessons                       the lessons, and where you stopped
python -m lessons gates                 take one; gates/3 begins at step 3
python -m lessons list                  only the list
python -m lessons check [LESSON …]      execute everything that lessons say (--write: renew outputs and pictures)
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from lessons.parts import LessonError


def main(arguments: list[str] | None = None) -> int:
    """Do what the words ask for; the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if given[:1] == ["check"]:
            return _check(given[1:])
        return 0
    except LessonError as error:
        print(error.message, file=sys.stderr)
        return 2


def _check(given: list[str]) -> int:
    from lessons.report import check_all

    parser = argparse.ArgumentParser("python -m lessons check", description="Execute everything that lessons say.")
    parser.add_argument("lessons", nargs="*", metavar="LESSON", help="lessons by name, or files; all if none")
    parser.add_argument("--write", action="store_true", help="write outputs and pictures into the files first")
    options = parser.parse_args(given)
    return check_all([Path(name) if name.endswith(".md") else name for name in options.lessons], options.write)


if __name__ == "__main__":
    sys.exit(main())
