"""The inside of one gate: of an array operation its scalar circuit, of a scope what was recorded there."""

from __future__ import annotations

from autograd_tiny import Value
from autograd_tiny.value import ancestors
from viz.audience import announced
from viz.drawing import Drawing, worded
from viz.graph import scopes
from viz.graph.circuit import circuit, drawn_values
from viz.graph.history import as_recorded
from viz.graph.model import Scope
from viz.layout.layout import admit
from viz.layout.press import TIMEOUT
from viz.look import look as look_of
from viz.opening import folded_in
from viz.page.interiors import scalar_circuit, scope_circuit, title_of
from viz.page.picture import picture
from viz.told.captions import Writer
from viz.words.figures import Precision


@announced
def inside(
    value: Value,
    scope: str | None = None,
    *,
    show: str = "both",
    direction: str = "LR",
    precision: Precision = 2,
    theme: str = "lecture",
    background: str | None = None,
    constants: bool = False,
    title: str | None = None,
    caption: str | None = None,
    timeout: float = TIMEOUT,
) -> Drawing:
    """The scalar circuit of the one operation that made the array `value`, with its numbers and gradients.

    With `scope`, the inside of that scope of `value`'s graph: what enters it stands at the left, what leaves it at the
    right, and the scopes in it are folded. The other options are those of `draw`.
    """
    if not isinstance(value, Value):
        raise TypeError(f"inside: expected a Value, got {type(value).__name__}")
    (value,), _ = as_recorded([value])
    look = look_of(show, direction, precision, theme, background=background)
    if scope is None:
        outputs = tuple(scalar_circuit(_array(value)))
        shown, about = (
            circuit(outputs, constants),
            title_of(value, Writer(drawn_values((value,), False), precision)),
        )
    else:
        outputs = (value,)
        path = _the_one(value, constants, scope)
        shown, about = scope_circuit(outputs, constants, path, precision), " › ".join(path)
    admit(shown.gates)
    made = picture(shown, look, title=title or f"Inside {about}", caption=caption or "", timeout=timeout)
    return Drawing(made.page, made.source, worded(outputs, precision), folded_in(shown))


def _array(value: Value) -> Value:
    if value.operation is None:
        raise ValueError(f"inside: {value.label or 'the value'!r} is a leaf; no operation made it")
    if not value.ndim and not any(x.ndim for x in value.inputs):
        raise ValueError(f"inside: {value.op} of single numbers is one gate already; name a scope: inside(z, 'cell')")
    return value


def _the_one(value: Value, constants: bool, scope: str) -> Scope:
    """The only scope of that name; ValueError if there are several."""
    stands = scopes.instances(ancestors(value))
    drawn = {v: stands[v] for v in drawn_values((value,), constants)}
    named = scopes.named(drawn, (scope,), "scope")
    found = [each for each in scopes.scopes_of(drawn) if each in named]
    if len(found) > 1:
        paths = ", ".join(scopes.exact(each, stands) for each in found[: scopes.LISTED])
        raise ValueError(f"inside: {scope!r} names {len(found)} scopes; give one path: {paths}")
    return found[0]
