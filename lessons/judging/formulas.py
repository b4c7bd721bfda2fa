"""Formulas gone wrong: the right one with a term lost, a sign turned, a bracket forgotten, and what is said of each.

For questions that are about no gradient this is what the broken backward passes are for the others.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass

OPPOSITE: dict[type[ast.operator], ast.operator] = {
    ast.Add: ast.Sub(),
    ast.Sub: ast.Add(),
    ast.Mult: ast.Div(),
    ast.Div: ast.Mult(),
}
MOST = 6  # terms, and exponents, of what is multiplied out
LONGEST = 40  # characters of a part that a sentence names


@dataclass(frozen=True)
class Broken:
    """A formula gone wrong, as text, and what is said of it."""

    text: str
    sentence: str


def broken(formula: str) -> Iterator[Broken]:
    """Every formula that one slip makes of this one, the likeliest first; none where it is no formula."""
    try:
        tree = ast.parse(formula, mode="eval").body
    except (SyntaxError, ValueError):
        return
    for way in (_terms, _parts, _signs, _brackets, _signs_exchanged, _powers):
        yield from way(tree)
    yield Broken(f"-({formula})", "The size is right, the sign is not.")
    yield Broken(f"2*({formula})", "That is twice the right number.")
    yield Broken(f"({formula})/2", "That is half of the right number.")


def _places(tree: ast.expr, kinds: type | tuple[type, ...]) -> Iterator[ast.expr]:
    """The parts of these kinds, from the outside in; nothing inside of calls, which are read as one number."""
    waiting = [tree]
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, kinds):
            yield node
        if isinstance(node, ast.BinOp | ast.UnaryOp):
            waiting += [part for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr)]


def _with(tree: ast.expr, node: ast.expr, other: ast.expr) -> str:
    """The formula with another part in the place of this one."""

    class Exchange(ast.NodeTransformer):
        def visit(self, at: ast.AST) -> ast.AST:
            return other if at is node else self.generic_visit(at) if isinstance(at, ast.expr) else at

    # A copy of the whole would not know the node any more; the transformer changes parents, so they are put back.
    kept = copy.deepcopy(tree, {id(node): node})
    return ast.unparse(Exchange().visit(kept))


def _said(node: ast.expr) -> str:
    text = ast.unparse(node).replace(" ** ", "**").replace(" * ", "*")
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 2]} …"


def _terms(tree: ast.expr) -> Iterator[Broken]:
    """A sum of products has other terms when it is multiplied out; one is missing, or has another sign."""
    written = [polynomial(summand) for summand in _summands(tree)]
    terms = [_written(*term) for term in (polynomial(tree) or {}).items()]
    if not 1 < len(terms) <= MOST or len(written) == 1 or all(each and len(each) == 1 for each in written):
        return
    for at, term in enumerate(terms):
        rest = " + ".join(f"({other})" for other in [*terms[:at], *terms[at + 1 :]])
        yield Broken(rest, f"Multiplied out, there is a term {term}, too; it is missing.")
        yield Broken(f"{rest} - ({term})", f"Multiplied out, the term {term} has the other sign in yours.")
        if len(terms) == 2:
            yield Broken(f"-({rest})", f"The term {term} is missing, and the other one has the wrong sign.")


def _summands(tree: ast.expr) -> list[ast.expr]:
    """What is added up, and subtracted."""
    if isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Add | ast.Sub):
        return _summands(tree.left) + _summands(tree.right)
    return [tree]


Polynomial = dict[tuple[tuple[str, int], ...], float]


def polynomial(tree: ast.expr) -> Polynomial | None:
    """A formula multiplied out: coefficients by the powers of its names, the highest first; None for anything else."""
    match tree:
        case ast.Constant(value=int() | float() as number):
            return {(): number}
        case ast.Name(id=name):
            return {((name, 1),): 1}
        case ast.UnaryOp(op=ast.USub(), operand=part):
            return _combined([(part, -1)])
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _combined([(left, 1), (right, 1)])
        case ast.BinOp(left=left, op=ast.Sub(), right=right):
            return _combined([(left, 1), (right, -1)])
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return _multiplied(polynomial(left), polynomial(right))
        case ast.BinOp(left=left, op=ast.Pow(), right=ast.Constant(value=int() as n)) if 0 < n <= MOST:
            power = base = polynomial(left)
            for _ in range(n - 1):
                power = _multiplied(power, base)
            return power
    return None


def _combined(parts: list[tuple[ast.expr, int]]) -> Polynomial | None:
    total: Polynomial = {}
    for part, sign in parts:
        terms = polynomial(part)
        if terms is None:
            return None
        for powers, factor in terms.items():
            total[powers] = total.get(powers, 0) + sign * factor
    return _sorted(total)


def _multiplied(one: Polynomial | None, other: Polynomial | None) -> Polynomial | None:
    if one is None or other is None:
        return None
    total: Polynomial = {}
    for a, m in one.items():
        for b, n in other.items():
            powers = dict(a)
            for name, power in b:
                powers[name] = powers.get(name, 0) + power
            key = tuple(sorted(powers.items()))
            total[key] = total.get(key, 0) + m * n
    return _sorted(total)


def _sorted(terms: Polynomial) -> Polynomial:
    kept = {powers: factor for powers, factor in terms.items() if factor}
    return dict(sorted(kept.items(), key=lambda term: (-sum(n for _, n in term[0]), term[0])))


def _written(powers: tuple[tuple[str, int], ...], factor: float) -> str:
    """A term as text: -6*w."""
    names = "*".join(f"{name}**{n}" if n > 1 else name for name, n in powers)
    return (
        names if factor == 1 and names else f"-{names}" if factor == -1 and names else f"{factor:g}*{names}".strip("*")
    )


def _parts(tree: ast.expr) -> Iterator[Broken]:
    """A term or a factor is missing, or stands alone."""
    for node in _places(tree, ast.BinOp):
        assert isinstance(node, ast.BinOp)
        left, right = node.left, node.right
        if isinstance(node.op, ast.Add | ast.Sub):
            alone = "That is {} alone." if node is tree else f"Of {_said(node)} only {{}} is left."
            yield Broken(_with(tree, node, left), alone.format(_said(left)) + f" {_said(right)} is missing.")
            turned = ast.UnaryOp(ast.USub(), right) if isinstance(node.op, ast.Sub) else right
            yield Broken(_with(tree, node, turned), alone.format(_said(turned)) + f" {_said(left)} is missing.")
            yield Broken(_with(tree, node, right), alone.format(_said(right)) + f" {_said(left)} is missing.")
        elif isinstance(node.op, ast.Mult | ast.Div):
            yield Broken(
                _with(tree, node, left),
                f"The factor {_said(right)} is missing."
                if isinstance(node.op, ast.Mult)
                else f"It is not divided by {_said(right)}.",
            )
            if isinstance(node.op, ast.Mult):
                yield Broken(_with(tree, node, right), f"The factor {_said(left)} is missing.")


def _signs(tree: ast.expr) -> Iterator[Broken]:
    """Plus and minus, or times and divided by, exchanged."""
    for node in _places(tree, ast.BinOp):
        assert isinstance(node, ast.BinOp)
        other = OPPOSITE.get(type(node.op))
        if other is not None:
            a, b = _said(node.left), _said(node.right)
            sentence = {
                ast.Add: f"{b} has to be added, not subtracted.",
                ast.Sub: f"{b} has to be subtracted; you added it.",
                ast.Mult: f"You divided {a} by {b}: they are multiplied.",
                ast.Div: f"You multiplied {a} by {b}: it is divided.",
            }[type(node.op)]
            yield Broken(_with(tree, node, ast.BinOp(node.left, other, node.right)), sentence)
            if isinstance(node.op, ast.Mult):
                yield Broken(_with(tree, node, ast.BinOp(node.right, other, node.left)), sentence)


def _signs_exchanged(tree: ast.expr) -> Iterator[Broken]:
    """Added where one multiplies, multiplied where one adds."""
    for node in _places(tree, ast.BinOp):
        assert isinstance(node, ast.BinOp)
        a, b = _said(node.left), _said(node.right)
        if isinstance(node.op, ast.Mult):
            for one, sign, other in (
                (node.left, ast.Add(), node.right),
                (node.left, ast.Sub(), node.right),
                (node.right, ast.Sub(), node.left),
            ):
                yield Broken(
                    _with(tree, node, ast.BinOp(one, sign, other)),
                    f"{a} and {b} are multiplied; you added or subtracted them.",
                )
        elif isinstance(node.op, ast.Add | ast.Sub):
            yield Broken(
                _with(tree, node, ast.BinOp(node.left, ast.Mult(), node.right)),
                f"You multiplied {a} and {b}; they are {'added' if isinstance(node.op, ast.Add) else 'subtracted'}.",
            )


def _brackets(tree: ast.expr) -> Iterator[Broken]:
    """2·(p − t) read as 2·p − t."""
    for node in _places(tree, ast.BinOp):
        assert isinstance(node, ast.BinOp)
        for one, other in ((node.left, node.right), (node.right, node.left)):
            if isinstance(node.op, ast.Mult) and isinstance(one, ast.BinOp) and isinstance(one.op, ast.Add | ast.Sub):
                opened = ast.BinOp(ast.BinOp(other, ast.Mult(), one.left), one.op, one.right)
                yield Broken(
                    _with(tree, node, opened),
                    f"A bracket was forgotten: {_said(other)} multiplies all of {_said(one)}.",
                )
                opened = ast.BinOp(one.left, one.op, ast.BinOp(other, ast.Mult(), one.right))
                yield Broken(
                    _with(tree, node, opened),
                    f"A bracket was forgotten: {_said(other)} multiplies all of {_said(one)}.",
                )


def _powers(tree: ast.expr) -> Iterator[Broken]:
    """An exponent off by one, multiplied by, or taken for the base."""
    for node in _places(tree, ast.BinOp):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
            base, n = node.left, node.right
            for by, said in ((-1, "one too small"), (1, "one too large")):
                other = ast.BinOp(base, ast.Pow(), ast.BinOp(n, ast.Add(), ast.Constant(by)))
                yield Broken(_with(tree, node, other), f"The exponent of {_said(node)} is {said} in yours.")
            yield Broken(
                _with(tree, node, ast.BinOp(base, ast.Mult(), n)),
                f"{_said(node)} is a power; you multiplied {_said(base)} by {_said(n)}.",
            )
            yield Broken(
                _with(tree, node, ast.BinOp(n, ast.Pow(), base)), f"In {_said(node)} base and exponent are exchanged."
            )
            yield Broken(_with(tree, node, base), f"The exponent of {_said(node)} is missing.")


# Numbers that are counted ---------------------------------------------------------------------------------------------


COUNTED: tuple[tuple[Callable[[float], float], str], ...] = (
    (lambda n: n - 1, "That is one too few."),
    (lambda n: n + 1, "That is one too many."),
    (lambda n: 2 * n, "That is twice the right number."),
    (lambda n: n / 2, "That is half of the right number."),
    (lambda n: -n, "The size is right, the sign is not."),
    (lambda n: n * n, "That is the square of the right number."),
)
