"""A program on paper: its source in a dialect."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, Protocol

import numpy as np

from autograd_tiny.program.dialects import DIALECTS, NUMPY, Dialect
from autograd_tiny.program.lines import Code, Guard, Line
from autograd_tiny.program.texts import over_one
from autograd_tiny.program.tracing import ProgramError
from autograd_tiny.words import WORDS

# PyTorch's own functions of two tensors, which take no plain number beside one; only powers do.
_OF_TWO = {w.name for w in WORDS.values() if w.letters == ("x", "y") and w.meaning("torch").startswith("torch.")} - {
    "pow"
}
_CALLS_OF_TWO = re.compile(rf"\b(?:{'|'.join(sorted(_OF_TWO))})\(")


class _Numbers(ast.NodeTransformer):
    """Where a function is called on a plain number, or on a list with some, that is made what the dialect takes."""

    def __init__(self, form: str) -> None:
        self.form = form

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        if node.args and isinstance(node.args[0], ast.List):
            node.args[0].elts = [self._wrapped(each) for each in node.args[0].elts]
        elif node.args and isinstance(node.func, ast.Name):
            both = node.func.id in _OF_TWO
            node.args = [self._wrapped(x) if both or not k else x for k, x in enumerate(node.args)]
        return node

    def _wrapped(self, node: ast.expr) -> ast.expr:
        numerals = (ast.Constant, ast.UnaryOp, ast.BinOp, ast.unaryop, ast.operator)
        if all(isinstance(n, numerals) and getattr(n, "value", 0).__class__ in (int, float) for n in ast.walk(node)):
            return ast.parse(self.form.format(number=ast.unparse(node)), mode="eval").body
        return node


def _with_numbers(value: str, form: str) -> str:
    if not re.search(r"\w\((?:\[.*)?\(?-?\d", value) and not _CALLS_OF_TWO.search(value):
        return value  # as most do
    return ast.unparse(_Numbers(form).visit(ast.parse(value, mode="eval")))


@cache
def _calls(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"(?<![.\w])([a-z_]\w*)[(\[]", text)) | frozenset(re.findall(r"\b(?:inf|nan)\b", text))


def source(code: Code, name: str) -> str:
    """The program in the dialect of that name, one of Python's; ProgramError says what it cannot express."""
    check(code, name)
    return "\n".join(_python(code, DIALECTS[name])) + "\n"


def check(code: Code, name: str) -> None:
    """ProgramError if the dialect of that name cannot express the program; ValueError if there is none."""
    if name not in DIALECTS:
        raise ValueError(f"source: dialect {name!r} is unknown; choose one of {', '.join(DIALECTS)}")
    if name == "python" and not code.scalar:
        raise ProgramError(f"source: {name!r} computes with single floats, and this program has arrays; choose 'numpy'")
    if name in ("torch", "jax", "c") and code.guards:
        raise ProgramError(
            f"source: the function asks {code.guards[0].question}, and {name!r} has no branches; "
            "write where(…) or maximum"
        )
    require_known(code.lines, name)


class _Text(Protocol):
    """What lines have that stand in a program with loops or without."""

    @property
    def text(self) -> str: ...
    @property
    def part(self) -> str: ...


def require_known(lines: Iterable[_Text], name: str) -> None:
    """ProgramError that names every word and index in these lines that a dialect does not know, or reads otherwise."""
    lines = list(lines)
    words = called([line.text for line in lines]) & WORDS.keys()
    if lacking := sorted(word for word in words if WORDS[word].meaning(name) == "-"):
        raise ProgramError(f"source: {name!r} has no {', '.join(lacking)}; choose 'numpy', 'torch' or 'jax'")
    foreign = [index for line in lines for index in _indices(line) if _reads_otherwise(index)]
    if name == "torch" and foreign:
        raise ProgramError(
            f"source: 'torch' does not read the index [{foreign[0]}] as NumPy does; take the part in two steps, "
            "or by index arrays, as x[[2, 1, 0]] for x[::-1]"
        )


def _python(code: Code, dialect: Dialect) -> Iterator[str]:
    body = [*_body(code, dialect)]
    definitions = header(code, dialect, extra=_extra(code, dialect))
    if dialect.note:
        yield f"# The function below {dialect.note}."
    yield from definitions
    if definitions:
        yield ""
    for name, array in code.constants.items():
        yield assigned(name, array, dialect)
    yield f"def program({', '.join(code.arguments)}):"
    yield from body


def _extra(code: Code, dialect: Dialect) -> set[str]:
    """Names that lines use beside those in their texts."""
    extra = set(dialect.literal_needs) if code.constants else set()
    for array in code.constants.values():
        extra |= set(re.findall("inf|nan", _array(array)))
    for line in code.lines:
        if line.part:
            extra |= set(re.findall(r"(?<!\.)\b(add_at|at)\b", statement(line, dialect)))
    if "(" in dialect.number:
        wrapped = _calls(dialect.number)
        extra |= {call for line in code.lines for call in wrapped if f"{call}(" in statement(line, dialect)}
        extra |= {call for name in (*code.values, *code.gradients) for call in _calls(_returned(name, dialect))}
    return extra


def _indices(line: _Text) -> list[str]:
    return [*re.findall(r"\[([^\[\]]*)\]", line.text), *([line.part] if line.part else [])]


@cache
def _reads_otherwise(index: str) -> bool:
    """Whether PyTorch takes another part: it has no steps backwards, a number is no array of indices to it, and … that
    stands for no axis keeps no arrays apart.
    """
    parts = index.split(", ")
    if any(re.search(":.*:-", part) for part in parts):
        return True
    kinds = "".join(_kind(part) for part in parts)
    return bool(re.search("n.*[se].*a|a.*[se].*n|a.*e.*a", kinds))


def _kind(part: str) -> str:
    """What a part of an index is: e …, s a slice or a new axis, n a number, a an array."""
    return (
        "e" if part == "..." else "s" if ":" in part or part == "None" else "n" if re.fullmatch(r"-?\d+", part) else "a"
    )


def header(code: Code, dialect: Dialect, extra: Iterable[str] = ()) -> list[str]:
    """The imports and definitions that the lines need."""
    names = set(extra) | called(line.text for line in code.lines)
    args = {arg for line in code.lines for arg in line.args}
    names |= {arg.strip("(-)") for arg in args & {"inf", "(-inf)", "nan"}}
    names |= called([*[guard.text for guard in code.guards], *code.gradients])
    return definitions(names, dialect, _dtype(code))


def called(texts: Iterable[str]) -> set[str]:
    """The names of functions, and of numbers that have a name, in some texts."""
    return {name for text in set(texts) for name in _calls(text)}


def definitions(names: set[str], dialect: Dialect, dtype: str) -> list[str]:
    """The imports and definitions that bring these names: imports first, then each definition after what it uses."""
    ordered: dict[str, None] = {}

    def bring(name: str) -> None:
        for other in dialect.needs.get(name, ()):
            bring(other)
        for statement in [dialect.defined[name]] if dialect.defined.get(name) else []:
            ordered.setdefault(statement.replace("{dtype}", dtype))

    for name in sorted(names & set(dialect.defined)):
        bring(name)
    return _gathered(list(ordered))


def _gathered(statements: list[str]) -> list[str]:
    """Imports from one module on one line."""
    modules: dict[str, list[str]] = {}
    others: list[str] = []
    for statement in statements:
        found = re.fullmatch(r"from (\S+) import (.+)", statement)
        if found:
            modules.setdefault(found.group(1), []).append(found.group(2))
        else:
            others.append(statement)
    imports = [f"from {module} import {', '.join(sorted(names))}" for module, names in modules.items()]
    plain = [s for s in others if s.startswith("import ")]
    return plain + imports + [f"\n{s}" if "\n" in s else s for s in others if not s.startswith("import ")]


def _dtype(code: Code) -> str:
    return "float32" if code.single_precision else "float64"


def _array(array: Any) -> str:
    with np.printoptions(threshold=array.size + 1, precision=17, floatmode="unique"):
        return " ".join(np.array2string(array, separator=", ").split())


def assigned(name: str, array: Any, dialect: Dialect) -> str:
    """The line that writes down a constant array."""
    form = dialect.literal if array.size and array.dtype.name in ("float64", "int64", "bool") else dialect.typed
    return form.format(name=name, numbers=_array(array), dtype=array.dtype.name) + _emptied(array)


def _emptied(array: Any) -> str:
    return "" if array.size else f".reshape{array.shape}"


def _body(code: Code, dialect: Dialect) -> Iterator[str]:
    for title, lines in (("forward", code.forward), ("backward", code.backward)):
        if title == "forward" or lines:
            yield f"    # {title}"
        scope: tuple[str, ...] = ()
        for line in lines:
            if line.scope != scope:
                scope = line.scope
                yield f"    # {' / '.join(plain(name) for name in scope) or 'outside the steps'}"
            yield f"    {statement(line, dialect)}"
        if title == "forward":
            yield from map(_guarded, code.guards)
    given = [_returned(name, dialect) for name in code.values]
    values = given[0] if len(given) == 1 else f"({', '.join(given)})"
    yield f"    return {values}, [{', '.join(_returned(name, dialect) for name in code.gradients)}]"


def _returned(name: str, dialect: Dialect) -> str:
    """A result; a number that depends on nothing is made what the dialect computes with."""
    return name if _is_name(name) else dialect.number.format(number=name)


def plain(name: str) -> str:
    """A scope's name as a comment: on one line, without signs that end or continue a comment."""
    return "".join(sign if sign.isprintable() and sign != "\\" else " " for sign in name).replace("*/", "* /")[:60]


def statement(line: Line, dialect: Dialect) -> str:
    """One line in a dialect."""
    value = (line.text if dialect.arrays else over_one(line.text)).format(*line.args)
    if line.part and ("{" in line.part or not dialect.plain_parts):
        return dialect.part.format(target=line.target, part=line.part.format(*line.args), value=value)
    if line.part:
        return f"{line.target}[{line.part}] += {value}"
    if not line.shape and not any(map(_is_name, line.args)) and not _calls(line.text):
        value = dialect.number.format(number=value)
    elif "(" in dialect.number:
        value = _with_numbers(value, dialect.number)
    if line.adds and not line.shape:  # `+=` would write into an array that a batch of numbers has here
        return f"{line.target} = {line.target} + {value}" if dialect.arrays else f"{line.target} += {value}"
    if line.adds:
        return dialect.grows.format(target=line.target, value=value)
    return f"{line.target} = {value}"


def _is_name(arg: str) -> bool:
    return arg[0] not in "(-.0123456789"


def _guarded(guard: Guard) -> str:
    asked = f"not ({guard.question})" if guard.answer else guard.question
    return f"    if {asked}: raise ValueError({f'{guard.question} was {guard.answer} when traced'!r})"


__all__ = ["NUMPY", "header", "source", "statement"]
