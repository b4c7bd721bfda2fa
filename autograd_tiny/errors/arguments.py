"""Arguments of the wrong kind: the annotations of a public function say what it takes, and its errors name what it got.

Nothing is looked at until something has gone wrong, so a call costs no more than another function around it.
"""

from __future__ import annotations

import difflib
import inspect
import os
import traceback
import types
from collections.abc import Callable, Iterable, Mapping, Sequence, Sized
from functools import wraps
from numbers import Integral, Real
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

Function = TypeVar("Function", bound=Callable[..., Any])


def annotated(function: Function) -> Function:
    """The function itself; where it stumbles over an argument of the wrong kind, a TypeError names it.

    Errors that were put into words already stay as they are, and so do those that have another reason.
    """
    who = function.__qualname__.removesuffix(".__init__").split(".")[-1]

    @wraps(function)
    def call(*positional: Any, **options: Any) -> Any:
        try:
            return function(*positional, **options)
        except Exception as error:
            if error.__traceback__ and error.__traceback__.tb_next is None:  # the call itself failed
                raise _unbound(who, function, positional, options, error) from None
            misfit = _misfit(function, positional, options)
            if misfit is None or _deliberate(error):
                raise
            argument, wanted, given = misfit
            raise TypeError(f"{who}: {argument}: expected {wanted}, got {_shown(given)}") from error

    return call  # type: ignore[return-value]


def _deliberate(error: Exception) -> bool:
    """Whether somebody wrote `raise`, and so put into words what is wrong."""
    return str(traceback.extract_tb(error.__traceback__)[-1].line).startswith("raise")


def require_function(who: str, f: Any) -> None:
    """TypeError for what is no function, where a function of it is made that would stumble only when it is called."""
    if not callable(f):
        raise TypeError(f"{who}: f: expected a function, got {_shown(f)}")


def _unbound(who: str, function: Callable[..., Any], positional: Any, options: Any, error: Exception) -> Exception:
    """The error for arguments that the function does not have, with a remedy for misspelt options and for too many."""
    parameters = inspect.signature(function).parameters.values()
    kinds = {p.kind for p in parameters}
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    named = [p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    for unknown in sorted(options.keys() - set(named)) if inspect.Parameter.VAR_KEYWORD not in kinds else ():
        near = difflib.get_close_matches(unknown, named, 1, 0.5)
        optional = [p.name for p in parameters if p.name in named and p.default is not p.empty]
        remedy = f"did you mean {near[0]}?" if near else f"there are {', '.join(optional) or 'none'}"
        return TypeError(f"{who}: there is no option {unknown}; {remedy}")
    if len(positional) <= len(names) or inspect.Parameter.VAR_POSITIONAL in kinds:
        return error
    return TypeError(
        f"{who}: takes {len(names)} without a name ({', '.join(names)}), got {len(positional)}; "
        "give several values in a list, options by their names"
    )


def _misfit(function: Callable[..., Any], positional: Any, options: Any) -> tuple[str, str, Any] | None:
    """The first argument that is not of its annotated kind: its name, the kind, and what was given."""
    try:
        given = inspect.signature(function).bind(*positional, **options).arguments
        hints = get_type_hints(function)
    except (TypeError, NameError):  # too many arguments, which Python says well enough; a name for type checkers alone
        return None
    for name, x in given.items():
        parameter = inspect.signature(function).parameters[name]
        several = parameter.kind is parameter.VAR_POSITIONAL
        for one in x if several else () if parameter.kind is parameter.VAR_KEYWORD else (x,):
            if name in hints and not fits(one, hints[name]):
                return name, kind(hints[name]), one
    return None


def fits(x: Any, hint: Any) -> bool:
    """Whether `x` may be meant by an annotation; what is not understood may be."""
    origin, parts = get_origin(hint), get_args(hint)
    cls = origin or hint
    if origin in (Union, types.UnionType):
        return any(fits(x, part) for part in parts)
    if origin is Literal:
        return x in parts
    if cls is Callable:
        return callable(x)
    if cls in (int, float):
        return _number(x, cls)
    if cls is Any or not isinstance(cls, type):
        return cls is not None or x is None
    if issubclass(cls, Mapping):
        return isinstance(x, Mapping) and _elements_fit(x.values(), parts[1:])
    if cls in (list, tuple, Iterable, Sequence):
        return _iterable(x, sized=issubclass(cls, Sized)) and _elements_fit(x, parts)
    return isinstance(x, cls)


def _number(x: Any, cls: type) -> bool:
    try:
        return bool(abs(float(x)) < 2.0**63) if isinstance(x, Integral) else cls is float and isinstance(x, Real)
    except OverflowError:
        return False


def _iterable(x: Any, sized: bool) -> bool:
    """Lists, arrays, values of several numbers; where a size matters, no dict, set or file."""
    if sized and not (isinstance(x, Sized) and hasattr(x, "__getitem__") and not isinstance(x, Mapping)):
        return False
    try:
        iter(x)
    except TypeError:
        return False
    return not isinstance(x, bytes)


def _elements_fit(x: Any, parts: tuple[Any, ...]) -> bool:
    return not parts or not hasattr(x, "__len__") or all(fits(element, parts[0]) for element in x)


def kind(hint: Any) -> str:
    """An annotation in words: "a function", "a whole number or None"."""
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return " or ".join(dict.fromkeys(map(kind, parts)))
    cls = origin or hint
    if cls in _WORDS:
        return _WORDS[cls]
    if isinstance(cls, type) and issubclass(cls, Mapping):
        return "a dict"
    if cls in (Iterable, Sequence):
        return "a list" + (f" of {kind(parts[0]).removeprefix('a ')}s" if isinstance(parts[0], type) else "")
    return f"a {cls.__name__}" if isinstance(cls, type) else str(hint)


_WORDS: dict[Any, str] = {
    int: "a whole number", float: "a number", str: "a text", bool: "True or False", Callable: "a function",
    type(None): "None", os.PathLike: "a path", tuple: "a tuple",
}  # fmt: skip


def _shown(x: Any) -> str:
    try:
        text = " ".join(repr(x).split())
    except Exception:  # an int of very many digits; an object of somebody else's
        text = "…"
    return f"{type(x).__name__} {text if len(text) <= 40 else text[:39] + '…'}"
