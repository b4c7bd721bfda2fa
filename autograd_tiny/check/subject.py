"""What is checked: a function of arrays, and what somebody claims of its derivative, however it is given.

u weighs the numbers of the output: what is checked is the scalar Σ u·f(x), so a vjp is asked for u.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from autograd_tiny.errors.flags import quiet
from autograd_tiny.value import Value

# Structures: numbers, arrays and Values in dicts, tuples and lists, as one list of named arrays -----------------------

MISSING = object()  # the gradient of what a dict of gradients does not name


class Leaf(NamedTuple):
    """One array of an input: what it is called, and its numbers."""

    name: str
    numbers: Any


def is_leaf(x: Any) -> bool:
    """Whether this is numbers (or something that has none) and no container of several things."""
    if isinstance(x, Mapping):
        return False
    return not (isinstance(x, list | tuple) and any(_holds_arrays(part) for part in x))


def _holds_arrays(x: Any) -> bool:
    if isinstance(x, list | tuple):
        return any(_holds_arrays(part) for part in x)
    return not isinstance(x, int | float | np.number | np.bool_)


def leaves(x: Any, name: str) -> Iterator[Leaf]:
    """The arrays of a structure in order, by their names."""
    if is_leaf(x):
        yield Leaf(name, x)
    elif isinstance(x, Mapping):
        for key, part in x.items():
            yield from leaves(part, f"{name}.{key}" if name else str(key))
    else:
        for key, part in zip(_keys(x), x, strict=True):
            yield from leaves(part, f"{name}{key}" if key[0] == "[" else f"{name}.{key}".lstrip("."))


def _keys(x: Sequence[Any]) -> Sequence[str]:
    return getattr(x, "_fields", None) or [f"[{k}]" for k in range(len(x))]


def rebuilt(x: Any, numbers: Iterator[Any]) -> Any:
    """The structure again, its arrays taken from `numbers` in order."""
    if is_leaf(x):
        return next(numbers)
    if isinstance(x, Mapping):
        parts = {key: rebuilt(part, numbers) for key, part in x.items()}
        return parts if type(x) is dict else _same_kind(x, parts)
    listed = [rebuilt(part, numbers) for part in x]
    return type(x)(*listed) if hasattr(x, "_fields") else type(x)(listed)


def _same_kind(x: Any, parts: dict[Any, Any]) -> Any:
    try:
        return type(x)(parts)
    except TypeError:
        return parts


def matched(gradients: Any, x: Any, name: str, refuse: Callable[[str], Exception]) -> Iterator[Any]:
    """The gradient of each array of `x`, from an answer of the same structure; None or MISSING where none is given."""
    if gradients is None or gradients is MISSING:
        yield from (gradients for _ in leaves(x, name))
    elif is_leaf(x):
        yield gradients
    elif isinstance(x, Mapping):
        if not isinstance(gradients, Mapping):
            raise refuse(f"the gradient of {name or 'the inputs'} is a {type(gradients).__name__}, not a dict by name")
        for key, part in x.items():
            place = f"{name}.{key}" if name else str(key)
            yield from matched(gradients.get(key, MISSING), part, place, refuse)
    else:
        if not isinstance(gradients, list | tuple) or len(gradients) != len(x):
            raise refuse(f"{name or 'the inputs'}: {len(x)} arrays, but {_counted(gradients)}; give one for each")
        for key, g, part in zip(_keys(x), gradients, x, strict=True):
            yield from matched(g, part, f"{name}{key}", refuse)


def _counted(gradients: Any) -> str:
    if isinstance(gradients, list | tuple):
        return f"{len(gradients)} gradients"
    return f"a gradient of type {type(gradients).__name__}"


def plain(x: Any) -> Any:
    """The numbers of a Value, and anything else as it is."""
    return x._data if isinstance(x, Value) else x


# A function of such inputs --------------------------------------------------------------------------------------------

Arrays = list[Any]


@dataclass
class Subject:
    """A function of the differentiable arrays of its inputs; the others are data that it is given each time."""

    f: Callable[..., Any]  # the user's
    inputs: tuple[Any, ...]
    names: list[str]  # of the differentiable arrays
    points: Arrays  # where it was asked for, as float64
    told: list[Leaf]  # every array of the inputs, in order
    differentiable: list[bool]
    output: Callable[[Any], Any]  # what f gives ↦ its value
    calls: int = 0
    vectors: Arrays = field(default_factory=list)  # along which it is a slope, if it is one

    def arguments(self, points: Sequence[Any]) -> list[Any]:
        """The inputs with these numbers in the place of the differentiable ones; data as they are."""
        given = iter(points)
        numbers = iter(
            [next(given) if d else leaf.numbers for d, leaf in zip(self.differentiable, self.told, strict=True)]
        )
        return [rebuilt(x, numbers) for x in self.inputs]

    def call(self, points: Sequence[Any]) -> Any:
        """What f gives, at copies of these numbers: it may overwrite them."""
        self.calls += 1
        return self.f(*self.arguments([_own(x) for x in points]))

    def value(self, points: Sequence[Any]) -> Any:
        """The numbers of f as one float64 array; those of several outputs one after the other."""
        return flat(self.output(self.call(points)))

    def safe(self, points: Sequence[Any]) -> Any:
        """As `value`; NaN where f is not defined."""
        try:
            with quiet():
                return self.value(points)
        except (ArithmeticError, ValueError):
            return np.nan

    def per_array(self, gradients: Sequence[Any]) -> list[Any]:
        """Of gradients for the inputs, in any structure, the differentiable arrays' own."""
        whole: Any = self.inputs
        if len(self.inputs) == 1:
            whole = self.inputs[0]
            gradients = gradients[0] if _wrapped(gradients, whole) else gradients
        elif not isinstance(gradients, list | tuple) or len(gradients) != len(self.inputs):
            whole = tuple(x for x in self.inputs if not self._is_data(x))
            gradients = (gradients,) if len(whole) == 1 and not isinstance(gradients, list | tuple) else gradients
        numbers = len(self.inputs) > 1 and is_leaf(whole)  # each input is one number, and has a gradient of its own
        several = numbers and isinstance(gradients, list | tuple) and len(gradients) == len(whole)
        found = list(gradients) if several else list(matched(gradients, whole, "", self.refusal))
        if len(found) == len(self.told):
            found = [g for g, d in zip(found, self.differentiable, strict=True) if d]
        missing = [name for name, g in zip(self.names, found, strict=True) if g is MISSING]
        if missing:
            raise self.refusal(f"no gradient is given for {', '.join(missing)}; give each, or None where none is meant")
        return found

    def arrays_in(self, inputs: Sequence[Any]) -> Arrays:
        """The differentiable arrays of such inputs."""
        parts = [leaf.numbers for x in inputs for leaf in leaves(x, "")]
        return [np.asarray(x, float) for x, d in zip(parts, self.differentiable, strict=True) if d]

    def _is_data(self, x: Any) -> bool:
        return not any(
            d for leaf, d in zip(self.told, self.differentiable, strict=True)
            if any(leaf.numbers is other.numbers for other in leaves(x, ""))
        )  # fmt: skip

    def refusal(self, text: str) -> Exception:
        """An error about the derivative that was given."""
        return ValueError(f"check_gradients: {text}")


def _own(x: Any) -> Any:
    return x.copy() if isinstance(x, np.ndarray) and x.ndim else float(x)


def _wrapped(gradients: Any, whole: Any) -> bool:
    """Whether a gradient for the one input came in a tuple of one."""
    return (
        isinstance(gradients, list | tuple) and len(gradients) == 1 and is_leaf(whole) and np.shape(whole)[:1] != (1,)
    )


def flat(output: Any) -> Any:
    """An output of any structure as one array: itself, or the numbers of all its arrays."""
    parts = [np.asarray(plain(leaf.numbers)) for leaf in leaves(output, "")]
    for part in parts:
        if part.dtype.kind not in "fiub":
            raise TypeError(f"check_gradients: f gives {_kind(part)}; it must give real numbers")
    if len(parts) == 1:
        return parts[0].astype(np.float64)
    return np.concatenate([part.ravel() for part in parts]).astype(np.float64)


def _kind(part: Any) -> str:
    return (
        "complex numbers" if part.dtype.kind == "c" else f"a {type(part.item() if part.ndim == 0 else part).__name__}"
    )


def subject(f: Callable[..., Any], inputs: Sequence[Any], output: Callable[[Any], Any] = lambda z: z) -> Subject:
    """A function and its inputs, taken apart; arrays of whole numbers are data where another input is real."""
    told = [leaf for name, x in zip(names_of(f, inputs), inputs, strict=True) for leaf in leaves(x, name)]
    told = [Leaf(leaf.name, plain(leaf.numbers)) for leaf in told]
    kinds = [np.asarray(leaf.numbers).dtype.kind if _is_numeric(leaf.numbers) else "O" for leaf in told]
    differentiable = [kind in ("f" if "f" in kinds else "iu") for kind in kinds]
    chosen = [leaf for leaf, d in zip(told, differentiable, strict=True) if d]
    if not chosen:
        raise no_numbers()
    points = [np.array(leaf.numbers, np.float64) for leaf in chosen]
    return Subject(f, tuple(inputs), [leaf.name for leaf in chosen], points, told, differentiable, output)


def no_numbers() -> TypeError:
    """The error for inputs by which nothing can be differentiated."""
    return TypeError("check_gradients: the inputs hold no numbers; give numbers, arrays or Values, in dicts or tuples")


def _is_numeric(x: Any) -> bool:
    return isinstance(x, int | float | np.ndarray | np.generic | list | tuple) and not isinstance(x, bool)


def names_of(f: Callable[..., Any], inputs: Sequence[Any]) -> Iterator[str]:
    """What f calls its inputs; a single dict or tuple needs no name beside those of its parts."""
    if len(inputs) == 1 and not is_leaf(inputs[0]):
        yield ""
        return
    try:
        parameters = [
            p
            for p in inspect.signature(f).parameters.values()
            if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
        ]
    except (TypeError, ValueError):  # some of NumPy's have no signature
        parameters = []
    for k in range(len(inputs)):
        yield parameters[k].name if k < len(parameters) else f"input {k}"


# However a derivative is given: what it claims of Σ u·f -------------------------------------------------------------

Claim = Callable[[Sequence[Any], Any], list[Any]]  # points, u ↦ a gradient for each array


def takes(f: Callable[..., Any], count: int) -> bool:
    """Whether a function can be called with so many arguments; one that does not say can."""
    try:
        inspect.signature(f).bind(*range(count))
    except TypeError:
        return False
    except ValueError:
        return True
    return True


def by_gradient(s: Subject, df: Callable[..., Any]) -> Claim:
    """`grad=`: the gradient of a number; of an array that f makes number by number, its derivatives."""

    def claim(points: Sequence[Any], u: Any) -> list[Any]:
        gradients = s.per_array(df(*s.arguments([_own(x) for x in points])))
        if np.ndim(u) == 0:
            return [_times(g, u) for g in gradients]
        if any(np.shape(g) != np.shape(u) for g in gradients if g is not None):
            raise s.refusal(
                f"f gives an array of shape {np.shape(u)}, and grad= is not of this shape; "
                "give vjp=, a function of the inputs and of the gradient that arrives at the output, or jacobian="
            )
        return [_summed(_times(g, u), x) for g, x in zip(gradients, points, strict=True)]

    return claim


def _times(g: Any, u: Any) -> Any:
    if g is None or (np.ndim(u) == 0 and u == 1.0):  # whose kind of numbers is looked at later
        return None if g is None else np.asarray(plain(g))
    return np.asarray(plain(g)) * u


def _summed(g: Any, x: Any) -> Any:
    return g.sum() if g is not None and np.ndim(x) == 0 and np.ndim(g) else g


def by_vjp(s: Subject, vjp: Callable[..., Any], template: Any) -> Claim:
    """`vjp=`: of the inputs and the gradient that arrives, `vjp(x, g)`; or first of the one, then of the other."""
    curried = not takes(vjp, len(s.inputs) + 1) and takes(vjp, len(s.inputs))

    def claim(points: Sequence[Any], u: Any) -> list[Any]:
        arguments, g = s.arguments([_own(x) for x in points]), shaped_like(template, u)
        return s.per_array(vjp(*arguments)(g) if curried else vjp(*arguments, g))

    return claim


def shaped_like(template: Any, u: Any) -> Any:
    """Weights in the structure of an output."""
    if is_leaf(template):
        return u if np.ndim(u) else float(u)
    parts, start = [], 0
    for leaf in leaves(template, ""):
        size = np.size(plain(leaf.numbers))
        parts.append(u[start : start + size].reshape(np.shape(plain(leaf.numbers))))
        start += size
    return rebuilt(template, iter(parts))


def by_jacobian(s: Subject, jacobian: Callable[..., Any]) -> Claim:
    """`jacobian=`: every ∂f_i/∂x_j, of shape (*output, *input) for each input."""

    def claim(points: Sequence[Any], u: Any) -> list[Any]:
        gradients = []
        for J, x, name in zip(
            s.per_array(jacobian(*s.arguments([_own(x) for x in points]))), points, s.names, strict=True
        ):
            wanted = (*np.shape(u), *np.shape(x))
            if J is not None and np.shape(J) != wanted:
                raise s.refusal(f"the Jacobian by {name} has shape {np.shape(J)}; (*output, *input) is {wanted}")
            gradients.append(None if J is None else np.tensordot(u, np.asarray(J), np.ndim(u)))
        return gradients

    return claim


def along_jvp(s: Subject, jvp: Callable[..., Any]) -> Callable[[Sequence[Any], Any, Sequence[Any]], float]:
    """`jvp=`: what it claims of the slope of Σ u·f along a direction; `jvp(x, v)`, or `jvp((x, y), (v, w))`."""
    n = len(s.inputs)
    paired = n > 1 and not takes(jvp, 2 * n) and takes(jvp, 2)

    def claim(points: Sequence[Any], u: Any, direction: Sequence[Any]) -> float:
        primals, tangents = s.arguments([_own(x) for x in points]), s.arguments([_own(d) for d in direction])
        answer = jvp(tuple(primals), tuple(tangents)) if paired else jvp(*primals, *tangents)
        both = isinstance(answer, tuple) and len(answer) == 2 and np.shape(answer[1]) == np.shape(u)  # value, tangent
        tangent = flat(answer[1] if both else answer)
        if tangent.shape != np.shape(u):
            raise s.refusal(f"jvp= gives shape {tangent.shape}, but f gives {np.shape(u)}; it is J·v")
        return float(np.sum(u * tangent))

    return claim


def gradient_of_jvp(s: Subject, along: Callable[[Sequence[Any], Any, Sequence[Any]], float]) -> Claim:
    """The gradient that a jvp claims, one direction for each number."""

    def claim(points: Sequence[Any], u: Any) -> list[Any]:
        gradients = [np.zeros_like(x) for x in points]
        for gradient in gradients:
            for index in np.ndindex(*gradient.shape):
                directions = [np.zeros_like(x) for x in points]
                for direction, g in zip(directions, gradients, strict=True):
                    if g is gradient:
                        direction[index] = 1.0
                gradient[index] = along(points, u, directions)
        return gradients

    return claim


# `returns=`: a function that gives its value and its gradients together ---------------------------------------------


@dataclass(frozen=True)
class Returned:
    """Where in what a function returns its value stands, and where its gradients."""

    value: int
    gradients: slice | int
    count: int

    def value_of(self, answer: Any) -> Any:
        """The value."""
        return (
            answer[self.value]
            if isinstance(answer, list | tuple) and self.value < len(answer)
            else _short(answer, self)
        )

    def gradients_of(self, answer: Any) -> Any:
        """The gradients, in one object or one after the other."""
        if not isinstance(answer, list | tuple) or len(answer) < self.count:
            _short(answer, self)
        if isinstance(self.gradients, int):
            return answer[self.gradients]
        start, stop = self.gradients.start, len(answer) - (self.count - self.gradients.stop)
        return tuple(answer[start:stop])


def _short(answer: Any, returned: Returned) -> Any:
    kind = f"{len(answer)} things" if isinstance(answer, list | tuple) else f"a {type(answer).__name__}"
    raise ValueError(f"check_gradients: returns= names {returned.count} things, but f returns {kind}")


def returned(text: str) -> Returned:
    """`"value, grads"` read: "grads" is one object with all of them, "*grads" are several; other names are passed over.

    >>> returned("loss, *grads, state")
    Returned(value=0, gradients=slice(1, 2, None), count=3)
    """
    names = [part.strip() for part in text.split(",")]
    values = [k for k, name in enumerate(names) if name in ("value", "loss")]
    gradients = [k for k, name in enumerate(names) if name.lstrip("*") in ("grad", "grads", "gradient", "gradients")]
    if len(values) != 1 or len(gradients) != 1:
        raise ValueError(
            f'check_gradients: returns={text!r}; it names what f returns in order, as "value, grads", or where the '
            'gradients are returned one by one, "value, *grads", with any other name for what is to be passed over'
        )
    (k,) = gradients
    several = names[k].startswith("*")
    value = values[0] - len(names) if several and values[0] > k else values[0]  # counted from the end behind them
    return Returned(value, slice(k, k + 1) if several else k, len(names))


def by_return(s: Subject, form: Returned) -> Claim:
    """`returns=`: the gradients that f itself returns with its value."""

    def claim(points: Sequence[Any], u: Any) -> list[Any]:
        return [_times(g, u) for g in s.per_array(form.gradients_of(s.call(points)))]

    return claim
