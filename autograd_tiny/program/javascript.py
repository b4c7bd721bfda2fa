"""The JavaScript dialect: a program as a function of numbers and nested arrays, for a page that has no Python.

Numbers are JavaScript's own. Among arrays an array is {shape, data}, its numbers row by row, and every view of it is a
list of places in that data: a transposed matrix, a slice, a row that is repeated are all made by one function.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from autograd_tiny.program.dialects import JAVASCRIPT
from autograd_tiny.program.lines import Code, Guard, Line
from autograd_tiny.program.printing import check, plain
from autograd_tiny.program.tracing import ProgramError
from autograd_tiny.table import Op

_INFIX = {ast.Add: ("+", 5), ast.Sub: ("-", 5), ast.Mult: ("*", 6), ast.Div: ("/", 6),
          ast.Mod: ("%", 6), ast.BitAnd: ("&&", 2), ast.BitOr: ("||", 1)}  # fmt: skip
_PREFIXED, _ATOM = 7, 8
# A comparison's answer is compared with 0 to turn it round, and 0 == false in JavaScript, but not 0 === false.
_COMPARED = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}
_EQUALITY, _ORDER = 3, 4
_OVER_ARRAYS = {
    ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide", ast.BitAnd: "logical_and",
    ast.BitOr: "logical_or", ast.MatMult: "matmul", ast.Lt: "less", ast.LtE: "less_equal", ast.Gt: "greater",
    ast.GtE: "greater_equal", ast.Eq: "equal", ast.NotEq: "not_equal",
}  # fmt: skip
_NUMBERS = {"inf": "Infinity", "nan": "NaN"}


def javascript_source(code: Code) -> str:
    """The program as JavaScript: `program(…inputs)` returns [value, [gradients]], arrays as arrays of arrays."""
    check(code, "javascript")
    body = [*_body(code)]
    constants = [f"const {name} = {array_of(array)};" for name, array in code.constants.items()]
    given = "numbers" if code.scalar else "numbers and arrays of (arrays of) numbers"
    words = definitions("\n".join([*constants, *body]), elementwise=not code.scalar)
    top = [f"// The function below takes {given} and returns [value, [gradients]].", *words, *constants, ""]
    return "\n".join([*top, f"function program({', '.join(code.arguments)}) {{", *body, "}"]) + "\n"


def javascript_functions(operations: Iterable[Op]) -> str:
    """Operations as an object of functions of numbers: each one's value, its letters, and where it is defined.

    >>> from autograd_tiny.table import TABLE
    >>> print(javascript_functions([TABLE["relu"]]))
    const functions = (() => {
    return {
    relu: { letters: ["x"], value: (x) => x <= 0 ? 0.0 : x },
    };
    })();
    """
    lines = [f"{op.name}: {{ {_function(op)} }}," for op in operations]
    words = definitions("\n".join(lines), elementwise=False)
    return "\n".join(["const functions = (() => {", *words, "return {", *lines, "};", "})();"])


def _function(op: Op) -> str:
    write, letters = Writer({}), ["x", "y"][: op.arity]
    given = [*letters, *(f"{name} = {value}" for name, value in zip(op.parameters, op.defaults, strict=True))]
    parts = [f"letters: {json.dumps(letters)}", f"value: ({', '.join(given)}) => {write(op.forward)}"]
    if op.domain:
        within = json.dumps([letter for letter in letters if letter in op.domain])
        parts += [f"inside: ({', '.join(letters)}) => {write(op.domain)}", f"within: {within}"]
        parts += [f"words: {json.dumps(op.domain_words, ensure_ascii=False)}"]
    return ", ".join(parts)


def definitions(text: str, elementwise: bool) -> Iterator[str]:
    """The words that a text uses, each after those that it uses itself."""
    ordered: dict[str, str] = {}

    def bring(name: str) -> None:
        if name in ordered:
            return
        cell = JAVASCRIPT.defined[name]
        among_arrays = elementwise and name in JAVASCRIPT.elementwise
        for other in _called(f"each({cell})" if among_arrays else cell):
            if other != name:
                bring(other)
        ordered[name] = f"const {name} = each({cell});" if among_arrays else _defined(name, cell)

    for name in sorted(_called(text)):
        bring(name)
    yield from ordered.values()


def _called(text: str) -> list[str]:
    return [
        name for name in dict.fromkeys(re.findall(r"(?<![.\w])[a-z_]\w*(?=\()", text)) if name in JAVASCRIPT.defined
    ]


def _defined(name: str, cell: str) -> str:
    return cell if cell.startswith(("function ", "//")) else f"const {name} = {cell};"


# Lines ----------------------------------------------------------------------------------------------------------------


def _body(code: Code) -> Iterator[str]:
    shapes, write = code.shapes, Writer(code.shapes)
    yield from (f"    {name} = array({name}, {list(shapes[name])});" for name in code.arguments if shapes[name])
    begun: set[str] = set()
    for title, lines in (("forward", code.forward), ("backward", code.backward)):
        yield from [f"    // {title}"] if title == "forward" or lines else []
        scope: tuple[str, ...] = ()
        for line in lines:
            if line.scope != scope:
                scope = line.scope
                yield f"    // {' / '.join(map(plain, scope)) or 'outside the steps'}"
            keyword = "" if line.target in begun else "let " if line.target in code.growing else "const "
            begun.add(line.target)
            yield f"    {keyword}{statement(line, write)};"
        if title == "forward":
            yield from (_guarded(guard, write) for guard in code.guards)
    yield f"    {returned(code.values, code.gradients, write)}"


def statement(line: Line, write: Writer) -> str:
    """A line as an assignment, without its keyword."""
    value = write(line.value)
    if line.part:
        return f"add_at({line.target}, {write.index(line.part.format(*line.args))}, {value})"
    if line.adds and line.shape:
        return f"{line.target} = add({line.target}, {value})"
    return f"{line.target} {'+=' if line.adds else '='} {value}"


def returned(values: Iterable[str], gradients: Iterable[str], write: Writer) -> str:
    """The line that gives the results, arrays as arrays of arrays."""
    given, slopes = [[write.result(text) for text in texts] for texts in (values, gradients)]
    return f"return [{given[0] if len(given) == 1 else '[' + ', '.join(given) + ']'}, [{', '.join(slopes)}]];"


def _guarded(guard: Guard, write: Writer) -> str:
    asked = write(guard.question)
    said = json.dumps(f"{plain(guard.question)} was {guard.answer} when traced", ensure_ascii=False)
    return f"    if ({f'!({asked})' if guard.answer else asked}) throw new Error({said});"


def array_of(array: Any) -> str:
    """A constant array."""
    return f"array({_numbers(array.tolist())}, {list(array.shape)})"


def _numbers(nested: Any) -> str:
    return f"[{', '.join(map(_numbers, nested))}]" if isinstance(nested, list) else _number(nested)


def _number(number: float | bool) -> str:
    if isinstance(number, bool):
        return str(number).lower()
    text = repr(number)
    return text.replace("inf", _NUMBERS["inf"]) if "inf" in text else text.replace("nan", _NUMBERS["nan"])


# Expressions ----------------------------------------------------------------------------------------------------------


class Writer:
    """Writes an expression of the table's language; operators between numbers stay operators."""

    def __init__(self, shapes: Mapping[str, Sequence[Any]]) -> None:
        self.shapes = shapes

    def __call__(self, text: str) -> str:
        return self.write(ast.parse(text, mode="eval").body)

    def result(self, text: str) -> str:
        """An expression as the program gives it back."""
        node = ast.parse(text, mode="eval").body
        return self.write(node) if self._plain(node) else f"nested({self.write(node)})"

    def index(self, text: str) -> str:
        """An index as it is typed in Python, as a list with a part for each axis."""
        index = ast.parse(f"_[{text}]", mode="eval").body
        assert isinstance(index, ast.Subscript)
        return self._index(index.slice)

    def write(self, node: ast.expr, beside: int = 0) -> str:
        """The text of a node, in brackets where what stands beside it binds more strongly."""
        text, binds = self._written(node)
        return f"({text})" if binds < beside else text

    def _written(self, node: ast.expr) -> tuple[str, int]:
        match node:
            case ast.Constant(value=bool() | int() | float() as number):
                return _number(number), _ATOM
            case ast.Constant(value=None):
                return "null", _ATOM
            case ast.Name(id=name):
                return _NUMBERS.get(name, name), _ATOM
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                return f"[{', '.join(map(self.write, elements))}]", _ATOM
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self._negative(node, operand)
            case ast.BinOp(left=left, op=ast.Pow(), right=right):
                return self._call("pow", [left, right])
            case ast.BinOp(left=left, op=operator, right=right):
                return self._between(node, type(operator), left, right)
            case ast.Compare(left=left, ops=[operator], comparators=[right]):
                return self._between(node, type(operator), left, right)
            case ast.Attribute(value=value, attr="T"):
                return self._call("transpose", [value])
            case ast.Subscript(value=value, slice=index) if not (isinstance(value, ast.Name) and value.id == "at"):
                return f"take({self.write(value)}, {self._index(index)})", _ATOM
            case ast.Subscript(slice=index):
                return self._index(index), _ATOM
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
                return self._call(name, arguments)
            case ast.Call(func=ast.Attribute(value=value, attr="reshape"), args=shape, keywords=[]):
                return self._call("reshape", [value, ast.List(shape)])
        raise ProgramError(f"source: {ast.unparse(node)} is not written in 'javascript'; choose 'numpy'")

    def _negative(self, node: ast.expr, operand: ast.expr) -> tuple[str, int]:
        if not self._plain(node):
            return self._call("negative", [operand])
        return f"-{self.write(operand, _PREFIXED + 1)}", _PREFIXED

    def _between(self, node: ast.expr, operator: Any, left: ast.expr, right: ast.expr) -> tuple[str, int]:
        if not self._plain(node) or operator is ast.MatMult:
            return self._call(_OVER_ARRAYS[operator], [left, right])
        binds = _EQUALITY if operator in (ast.Eq, ast.NotEq) else _ORDER
        sign, binds = _INFIX[operator] if operator in _INFIX else (_COMPARED[operator], binds)
        return f"{self.write(left, binds)} {sign} {self.write(right, binds + 1)}", binds

    def _call(self, name: str, arguments: Iterable[ast.expr]) -> tuple[str, int]:
        if name not in JAVASCRIPT.defined:
            raise ProgramError(f"source: {name!r} is not written in 'javascript'; choose 'numpy'")
        given = [*arguments]
        if name == "where" and all(map(self._plain, given)):
            condition, a, b = (self.write(node, 1) for node in given)
            return f"{condition} ? {a} : {b}", 0
        return f"{name}({', '.join(map(self.write, given))})", _ATOM

    def _plain(self, node: ast.expr) -> bool:
        """Whether an expression is of numbers only: no array goes in, and no function makes one of a number."""
        if self._is_element(node):
            return True
        if isinstance(node, ast.Name):
            return not self.shapes.get(node.id)
        if isinstance(node, ast.Call):
            return isinstance(node.func, ast.Name) and (
                node.func.id in JAVASCRIPT.elementwise and all(map(self._plain, node.args))
            )
        return all(self._plain(child) for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr))

    def _is_element(self, node: ast.expr) -> bool:
        """Whether this is one number of an array with one axis: x[t]."""
        array = node.value if isinstance(node, ast.Subscript) else None
        is_row = isinstance(array, ast.Name) and len(self.shapes.get(array.id, ())) == 1
        return is_row and isinstance(node, ast.Subscript) and self._plain(node.slice) and not _names_rows(node.slice)

    def _index(self, index: ast.expr) -> str:
        parts = index.elts if isinstance(index, ast.Tuple) else [index]
        return f"[{', '.join(map(self._part, parts))}]"

    def _part(self, part: ast.expr) -> str:
        if isinstance(part, ast.Slice):
            ends = [part.lower, part.upper, *([part.step] if part.step else [])]
            return f"slice({', '.join(ast.unparse(end) if end else 'null' for end in ends)})"
        if isinstance(part, ast.Constant) and part.value in (None, ...):
            return "null" if part.value is None else '"..."'
        return self.write(part)


def _names_rows(index: ast.expr) -> bool:
    """Whether an index is anything but one number."""
    return any(
        isinstance(node, ast.Slice | ast.Tuple | ast.List | ast.Constant) and not _whole(node)
        for node in ast.walk(index)
    )


def _whole(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int) and not isinstance(node.value, bool)
