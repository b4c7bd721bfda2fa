"""``python -m lessons``: take a lesson, list them, check them, export one."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from lessons.faces.output import take_any
from lessons.format.lesson import LessonError

HELP = """\
python -m lessons                     the lessons; goes on where you stopped
python -m lessons LESSON[/STEP]       take one lesson, perhaps from a step on
python -m lessons web [LESSON[/STEP]] the same in your browser (--no-browser only prints its address; --port N)
python -m lessons list                what there is, and how far you have come
python -m lessons map                 the same, and a picture of what builds on what
python -m lessons aim LESSON          the shortest way there
python -m lessons check [LESSON …]    execute everything that lessons say (--write renews what can be computed,
                                      --train runs the trainings once more)
python -m lessons report [FILE …]     what was answered, looked up, skipped, attempts and time (--to text|json|csv);
                                      several learners' progress.json at once
python -m lessons export LESSON --to notebook|slides|handout
                                      write a lesson for a classroom (--into DIR)
python -m lessons build DIR           write everything as pages that work without Python and without a network
                                      (python -m lessons build DIR LESSON … only these lessons)
--plain                               no colours, no panels (so does NO_COLOR, and output that is no terminal)
--pictures DIR                        where the tour leaves its pictures (default: lesson-pictures)

Without a terminal to type in (</dev/null), the first lesson plays by itself: a tour."""


def main(arguments: list[str] | None = None) -> int:
    """Do what the words ask for; the exit code."""
    take_any()
    try:
        code = _run(_parsed(sys.argv[1:] if arguments is None else arguments))
        if sys.stdout:
            sys.stdout.flush()
        return code
    except LessonError as error:
        print(error, file=sys.stderr)
        return 2
    except BrokenPipeError:
        _silence()  # the reader has gone: `| head`
        return 0
    except OSError as error:
        _silence()
        print(f"python -m lessons: {error}", file=sys.stderr)
        return 2
    except ValueError:
        if not sys.stdout.closed:
            raise
        return 0  # someone has closed the output: nothing can be said any more
    except KeyboardInterrupt:
        print("\nGoodbye.")
        return 0


def _silence() -> None:
    """What is still to be written goes nowhere: Python would try, and complain, when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parsed(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m lessons", usage=HELP, add_help=False)
    parser.add_argument("what", nargs="?", default="")
    parser.add_argument("lessons", nargs="*")
    parser.add_argument("-h", "--help", action="store_true")
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--train", action="store_true")
    parser.add_argument("--to", default="")
    parser.add_argument("--into", type=Path, default=Path.cwd())
    parser.add_argument("--no-browser", action="store_true")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--pictures", type=Path, default=Path("lesson-pictures"))
    return parser.parse_intermixed_args(arguments)


def _run(options: argparse.Namespace) -> int:
    if options.help or options.what == "help":
        print(HELP)
        return 0
    if options.what == "check":
        from lessons.check.checking import check_all

        wanted = [Path(name) if name.endswith(".md") else name for name in options.lessons]
        return check_all(wanted, options.write, options.train)
    if options.what == "export":
        return _export(options)
    if options.what == "report":
        from lessons.classes.report import report

        print(report([Path(name) for name in options.lessons], options.to or "text"))
        return 0
    if options.what == "web":
        return _web(options)
    if options.what == "build":
        return _build(options.lessons)
    from lessons.faces import welcome

    if options.what == "list":
        return welcome.listed(options.plain)
    if options.what == "map" and not options.lessons:
        return welcome.mapped(options.plain)
    if options.what == "aim":
        if len(options.lessons) != 1:
            raise LessonError("aim takes one lesson:  python -m lessons aim lstm")
        return welcome.mapped(options.plain, options.lessons[0])
    if options.lessons:
        raise LessonError(f"One lesson at a time: {options.what} or {options.lessons[0]}?")
    return welcome.enter(options.what, options.plain, options.pictures)


def _web(options: argparse.Namespace) -> int:
    from lessons.web.start import serve

    if len(options.lessons) > 1:
        raise LessonError(f"One lesson at a time: {options.lessons[0]} or {options.lessons[1]}?")
    return serve("".join(options.lessons), options.port, not options.no_browser)


def _build(words: list[str]) -> int:
    from lessons.site.build import build

    if not words:
        raise LessonError("build takes a folder:  python -m lessons build DIR")
    folder, *only = words
    print(build(Path(folder), only, lambda line: print(line, flush=True)))
    print(f"Open it in a browser: {(Path(folder) / 'index.html').resolve().as_uri()}")
    return 0


def _export(options: argparse.Namespace) -> int:
    from lessons.classes.export import export
    from lessons.format import library

    if len(options.lessons) != 1:
        raise LessonError("export takes one lesson:  python -m lessons export LESSON --to notebook|slides|handout")
    written = export(library.load(options.lessons[0]), options.to or "notebook", options.into)
    for path in written.files:
        print(f"Written: {path}")
    if written.remark:
        print(written.remark[0].upper() + written.remark[1:])
    return 0


if __name__ == "__main__":
    sys.exit(main())
