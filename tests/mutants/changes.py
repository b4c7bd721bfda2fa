"""Small changes to a source: a sign, a factor, a comparison, an off by one, an and for an or, another letter.

Code is changed by its syntax tree; the texts of code that some files hold (the table's formulas, templates) likewise
where they are expressions, else word by word.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

SWAPPED: dict[type[ast.AST], tuple[str, ...]] = {
    ast.Add: ("-",), ast.Sub: ("+",), ast.Mult: ("/",), ast.Div: ("*",), ast.FloorDiv: ("*",), ast.Mod: ("*",),
    ast.Pow: ("*",), ast.BitAnd: ("|",), ast.BitOr: ("&",),
    ast.Lt: ("<=", ">="), ast.LtE: ("<", ">"), ast.Gt: (">=", "<="), ast.GtE: (">", "<"), ast.Eq: ("!=",),
    ast.NotEq: ("==",), ast.Is: ("is not",), ast.IsNot: ("is",), ast.In: ("not in",), ast.NotIn: ("in",),
}  # fmt: skip
LETTERS = {"x": "z", "y": "x", "z": "x", "g": "(2 * g)"}  # in the table's formulas
# In a text of code that is no expression: a word, and what stands for it instead.
WORDS = (
    (r"\bis not\b", "is"), (r"\bis (?!not)", "is not "), (r"\bnot in\b", "in"), (r"\band\b", "or"), (r"\bor\b", "and"),
    (r"\bnot (?!in)", ""), (r"\bleft\b", "right"), (r"\bright\b", "left"), (r"\bx\b", "y"), (r"\by\b", "x"),
    (r" \+ ", " - "), (r" - ", " + "), (r" \* ", " / "), (r" / ", " * "), (r" < ", " <= "), (r" > ", " >= "),
    (r" <= ", " < "), (r" >= ", " > "), (r" == ", " != "), (r"\b0\.0\b", "1.0"), (r"\bTrue\b", "False"),
    (r"\bFalse\b", "True"), (r" \+= ", " = "),
)  # fmt: skip
OPERATION = re.compile(r'^ +(?:_unary|_binary|_shaping|Op)\(\s*"(\w+)"', re.M)  # a line of the table


Texts = Literal["", "expressions", "code"]
Key = tuple[str, str, str]  # by which a change is known: its function, the line before and the line after


@dataclass(frozen=True)
class Mutant:
    """A file with one small change; it is known by the function, the line before and the line after."""

    file: Path
    line: int
    function: str
    old: str
    new: str
    source: str

    @property
    def key(self) -> Key:
        return self.function, self.old, self.new

    @property
    def operation(self) -> str:
        """The operation in whose line of the table it is; "" elsewhere."""
        before = "".join(self.source.splitlines(keepends=True)[: self.line])
        names = OPERATION.findall(before)
        return str(names[-1]) if names else ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}, in {self.function or 'the module'}\n    - {self.old}\n    + {self.new}"


Change = tuple[int, int, str]  # from here to there in the source's bytes stands this instead


def mutants(file: Path, texts: Texts = "") -> list[Mutant]:
    """Every small change to a file; its strings may be `texts` of code, too."""
    source = _Source(file.read_bytes(), texts)
    found: dict[str, Mutant] = {}
    for function, change in source.changes(ast.parse(source.text), ""):
        mutant = source.spliced(file, function, change)
        if mutant.old != mutant.new and _compiles(mutant.source):
            found.setdefault(mutant.source, mutant)
    return list(found.values())


def _compiles(source: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(source, "<mutant>", "exec")
        except (SyntaxError, ValueError):
            return False
    return True


def _line(text: bytes) -> str:
    return " ".join(text.decode().split())


class _Source:
    """The bytes of a source, and the changes that they allow."""

    def __init__(self, text: bytes, texts: Texts) -> None:
        self.text, self.texts = text, texts
        self.starts = [0, *(found.end() for found in re.finditer(rb"\n", text))]

    def spliced(self, file: Path, function: str, change: Change) -> Mutant:
        """The source with one change, and the lines that it touches."""
        start, end, new = change
        head = self.text.rfind(b"\n", 0, start) + 1
        tail = self.text.find(b"\n", end) if b"\n" in self.text[end:] else len(self.text)
        changed = self.text[head:start] + new.encode() + self.text[end:tail]
        mutated = (self.text[:head] + changed + self.text[tail:]).decode()
        return Mutant(
            file, self.text.count(b"\n", 0, start) + 1, function, _line(self.text[head:tail]), _line(changed), mutated
        )

    def changes(self, node: ast.AST, function: str) -> Iterator[tuple[str, Change]]:
        """All changes inside a node, each with the function that it stands in."""
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            function = f"{function}.{node.name}".lstrip(".")
        for place, new in _at(node):
            yield function, (*self.span(place), new)
        if self.texts and isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from ((function, change) for change in self.in_text(node))
        for child in _children(node):
            yield from self.changes(child, function)

    def span(self, node: Any) -> tuple[int, int]:
        return (
            self.starts[node.lineno - 1] + node.col_offset,
            self.starts[node.end_lineno - 1] + node.end_col_offset,
        )

    def in_text(self, node: ast.Constant) -> Iterator[Change]:
        """Changes inside a text of code: by its syntax tree where it is an expression, else word by word."""
        start, end = self.span(node)
        raw, value = self.text[start:end], str(node.value)
        if raw[1:-1] == value.encode() and _is_expression(value):
            for first, last, new in _in_expression(value):
                yield start + 1 + first, start + 1 + last, new
        elif self.texts == "code" and re.search(r"[=().]", value):
            for pattern, new in WORDS:
                for found in re.finditer(pattern.encode(), raw):
                    yield start + found.start(), start + found.end(), new


def _is_expression(text: str) -> bool:
    try:
        ast.parse(text, mode="eval")
    except (SyntaxError, ValueError):
        return False
    return True


def _in_expression(text: str) -> Iterator[Change]:
    tree = ast.parse(text, mode="eval")
    if isinstance(tree.body, ast.Name) and tree.body.id not in LETTERS:
        return  # a name, of an operation perhaps: no formula
    for node in ast.walk(tree):
        changes = list(_at(node))
        if isinstance(node, ast.Name) and node.id in LETTERS:
            changes.append((node, LETTERS[node.id]))
        for place, new in changes:
            yield place.col_offset, place.end_col_offset, new  # type: ignore[attr-defined]


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """What may be changed: no annotation, docstring, decorator, message of an error, or assertion."""
    if isinstance(node, ast.Raise | ast.Assert | ast.Import | ast.ImportFrom | ast.JoinedStr):
        return
    skipped = {"annotation", "returns", "decorator_list", "bases", "type_params"}
    for name, inside in ast.iter_fields(node):
        if name not in skipped:
            for child in inside if isinstance(inside, list) else [inside]:
                if isinstance(child, ast.AST) and not _is_idle(child):
                    yield child


def _is_idle(node: ast.AST) -> bool:
    """Whether a node is a docstring, or strict=…, which only watches."""
    if isinstance(node, ast.keyword):
        return node.arg == "strict"
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _at(node: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """The changes of one node itself."""
    match node:
        case ast.BinOp(left, op, right):
            for sign in SWAPPED.get(type(op), ()):
                yield node, f"({_text(left)} {sign} {_text(right)})"
            yield node, f"({_text(left)})"
        case ast.UnaryOp(ast.USub() | ast.Not(), operand):
            yield node, f"({_text(operand)})"
        case ast.Compare(left, [op], [right]):
            for sign in SWAPPED[type(op)]:
                yield node, f"({_text(left)} {sign} {_text(right)})"
        case ast.BoolOp(op, parts):
            for k in range(len(parts)):
                left = [_text(part) for j, part in enumerate(parts) if j != k]
                yield node, f"({(' and ' if isinstance(op, ast.And) else ' or ').join(left)})"
        case ast.IfExp(_, body, orelse):
            yield node, f"({_text(body)})"
            yield node, f"({_text(orelse)})"
        case ast.If(test) | ast.While(test):
            yield from ((test, word) for word in ("True", "False") if word == "False" or isinstance(node, ast.If))
        case ast.AugAssign(target, op, value):
            yield node, f"{_text(target)} = {_text(value)}"
            yield from ((node, f"{_text(target)} {sign}= {_text(value)}") for sign in SWAPPED.get(type(op), ())[:1])
        case ast.Expr(ast.Call()) | ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield node, "pass"
        case ast.Call(_, [first, *_]):
            yield node, f"({_text(first)})"
        case ast.Constant(value):
            yield from ((node, new) for new in _constants(value))


def _text(node: ast.AST) -> str:
    return f"({ast.unparse(node)})" if isinstance(node, ast.BoolOp | ast.IfExp | ast.Lambda) else ast.unparse(node)


def _constants(value: object) -> Iterator[str]:
    if value is True or value is False:
        yield str(not value)
    elif isinstance(value, int):
        yield str(value + 1)
    elif isinstance(value, float):
        yield repr(value * 2 + 1)
