"""Pictures in Graphviz's columns: wires lead where they should, also where boxes feed each other."""

from itertools import combinations
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from autograd_tiny import Value, scope, tanh
from tests.viz.wires import assert_wires_lead
from viz.graph.circuit import Circuit, Node, circuit
from viz.layout.faults import faults
from viz.layout.geometry import Rectangle
from viz.layout.layout import lay_out
from viz.look import look
from viz.wires.inscriptions import inscribe
from viz.wires.readings import recorded


def entered_again() -> Value:
    """Scope a feeds scope b and is entered again with what b gives: Graphviz turns some of these wires round."""
    o = Value(4.0, "o")
    with scope("a"):
        w, x = Value(0.5, "w"), Value(3.0, "x")
    with scope("b"):
        p = w * x
        q = w * p
    with scope("a"):
        z = o * q
    z.backward()
    return z


def test_every_wire_runs_from_its_tail_to_its_head() -> None:
    drawn = circuit([entered_again()])
    assert_wires_lead(drawn, lay_out(drawn, inscribe(drawn, recorded(drawn), look()), look()))


# The order of birth --------------------------------------------------------------------------------------------------


@some.composite
def layers(draw: Any) -> Value:
    """Layers of boxes side by side, over leaves that they share, used in any order; some with boxes inside."""
    values = [Value(0.1 * (k + 1), f"x_{k + 1}") for k in range(draw(some.integers(1, 3)))]
    inputs = values
    for layer in range(draw(some.integers(1, 2))):
        count = draw(some.integers(2, 4))
        born = []
        for k in range(count):
            with scope(f"unit {layer}-{k}"):
                used = draw(some.permutations(inputs))[: draw(some.integers(1, len(inputs)))]
                total = Value(0.3, f"w_{k}") * used[0]
                for x in used[1:]:
                    total = draw(some.sampled_from((total + x, x * total, total - x)))
                if draw(some.booleans()):
                    with scope("inside"):
                        total = tanh(total) * Value(1.5, "v")
                born.append(total)
        inputs = draw(some.permutations(born))
    result: Value = inputs[0]
    for x in inputs[1:]:
        result = draw(some.sampled_from((result + x, x * result)))
    result.backward()
    return result


def made_of(drawn: Circuit) -> dict[str, set[str]]:
    """For each node all that it is made of, and itself."""
    found: dict[str, set[str]] = {}
    for node in drawn.nodes:
        found[node.id] = {node.id}.union(*(found[wire.tail] for wire in drawn.wires_into(node.id)))
    return found


def born(node: Node) -> tuple[int, ...]:
    """The positions of the values that a node draws."""
    return node.inside or (node.value,)


def beside(one: Rectangle, other: Rectangle) -> bool:
    return abs(one.x - other.x) < (one.width + other.width) / 2


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(total=layers(), folded=some.booleans())
def test_boxes_and_leaves_stand_in_the_order_of_their_birth(total: Value, folded: bool) -> None:
    closed = [(f"unit 0-{k}",) for k in range(4)] if folded else []
    drawn = circuit([total], folded=closed)
    layout = lay_out(drawn, inscribe(drawn, recorded(drawn), look()), look())
    boxes = [(box.scope, box.id) for box in drawn.boxes] + [(node.folded, node.id) for node in drawn.folded]
    before = made_of(drawn)
    inside = {
        name: {node.id for node in drawn.nodes if (node.folded or node.scope)[: len(home)] == home}
        for home, name in boxes
    }
    births = {name: min(at for node in each for at in born(drawn.node(node))) for name, each in inside.items()}
    for (home, one), (other_home, other) in combinations(boxes, 2):
        linked = any(before[node] & inside[b] for a, b in ((one, other), (other, one)) for node in inside[a])
        if home[:-1] == other_home[:-1] and not linked:
            first, second = (layout.places[name] for name in sorted((one, other), key=births.__getitem__))
            assert not beside(first, second) or first.y < second.y
    heads: dict[tuple[Any, ...], list[str]] = {}
    for node in drawn.nodes:
        if node.kind == "leaf":
            entered = {wire.head for wire in drawn.wires if wire.value == node.value and wire.use}
            heads.setdefault((node.scope, *sorted(entered)), []).append(node.id)
    for (_, *gates), leaves in heads.items():
        if all(drawn.values[drawn.node(gate).value].op in ("add", "mul") for gate in gates):
            at = [layout.places[leaf].y for leaf in leaves]
            assert at == sorted(at)
    assert_wires_lead(drawn, layout)
    assert not [wire for wire, met in faults(drawn, layout) if met.startswith("box")]
    assert all(path.points[0][0] <= path.points[-1][0] for path in layout.paths.values())
