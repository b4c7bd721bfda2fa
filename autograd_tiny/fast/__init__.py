"""The fast engine: the same meaning as `value` and `gradients`, quicker. Left out, every test of meaning passes too.

`install` puts compiled functions in the place of what one reads there: `recorders` compute and record in one go,
`pulls` hand one gate's gradient on, `walk` goes backward through many, `collected` adds up what arrives at an array,
`slices` cuts rows and sections, and the `collector` of cycles rests, since graphs have none.
"""

from typing import Any

from autograd_tiny import behaviour, data, value
from autograd_tiny.data import zeros_like
from autograd_tiny.fast import collector, slices, walk
from autograd_tiny.fast.collected import Room, completed
from autograd_tiny.fast.pulls import rule
from autograd_tiny.fast.recorders import recorder, reflected
from autograd_tiny.value import Value


def install() -> None:
    """Let the fast functions do what the plain ones mean."""
    for attribute, method in list(vars(Value).items()):
        name, by = getattr(method, "records", ("", ""))
        if name:
            setattr(Value, attribute, reflected(name) if by == "reflected" else recorder(name))
    value.recorder, value.reflected, value.rule = recorder, reflected, rule
    value.backpropagate, value.carry, data.room = walk.backpropagate, walk.carry, Room
    behaviour.rows, behaviour.sections = slices.rows, slices.sections
    for name, getter in {"has_grad": _has_grad, "grad": _grad}.items():
        setattr(Value, name, vars(Value)[name].getter(getter))
    collector.relax()

    from autograd_tiny import gradients  # which takes what it is made of from the modules as they are now

    gradients.way_to, gradients.numerically = walk.way_to, walk.gradients  # type: ignore[assignment]


def _has_grad(v: Any) -> bool:
    return v._grad is not None and v._grad.__class__ is not Room


def _grad(v: Any) -> Any:
    with value.passing:
        return completed(v) if v.has_grad else zeros_like(v._data)
