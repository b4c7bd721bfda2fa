"""Pictures in Graphviz's columns: wires lead where they should, also where boxes feed each other."""

from autograd_tiny import Value, scope
from tests.viz.wires import assert_wires_lead
from viz.graph.circuit import circuit
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
