"""A short program that shows a disagreement; it needs nothing of the tests."""

from __future__ import annotations

from autograd_tiny.testing.function import literal
from tests.fuzz import recurrence
from tests.fuzz.agreement import Disagreement
from tests.fuzz.cases import Case, weights

_SLOPE = """
def slope({names}):
    leaves = [x if isinstance(x, at.Value) else at.Value(x) for x in ({names},)]
    gradients = gradients_or_zero(loss(*leaves), leaves, create_graph=True)
    return at.sum(at.stack([at.sum(g * d) for g, d in zip(gradients, {directions})]))
"""
_EAGER = "leaves = [{leaves}]\nz = {scalar}(*leaves)\nz.backward()\nprint(z.data, [x.grad for x in leaves])"
_SOURCE = (
    "import os; os.environ['JAX_ENABLE_X64'] = '1'\nspace = {{}}\n"
    "exec(at.trace({scalar}, *point).source({dialect!r}), space)\n{given}print(space['program'](*point))"
)
_ASKED = {
    "grad": "leaves = [{leaves}]\nprint([g.data for g in gradients_or_zero({scalar}(*leaves), leaves)])",
    "recorded grad": "leaves = [{leaves}]\n"
    "print([g.data for g in gradients_or_zero({scalar}(*leaves), leaves, create_graph=True)])",
    "jvp": "print(at.jvp({scalar}, point, {directions}))",
    "hvp": "print(at.hvp(loss, point, {directions}))",
    "to_scalars": "z = at.to_scalars({scalar}({leaves}))\nz.backward()\n"
    "print(z.data, {{v.label: v.grad for v in ancestors(z) if v.label}})",
    "formula": "print(at.formula(f({leaves})))",
    "program": "print(at.trace({scalar}, *point).value_and_grad(*point))",
    "captured": "*rest, outside = [{leaves}]\n"
    "program = at.trace(lambda *xs: {scalar}(*xs, outside), *[x.data for x in rest])\n"
    "print(program.backward(*[x.data for x in rest]), outside.grad)",
    "rolled": "weights = {weights}\n{recurrence}\n"
    "program = at.trace(recurrence, *{traced})\nprint(program.source('numpy', rolled=True))\n"
    "leaves = [at.Value(x) for x in {run}]\nz = recurrence(*leaves)\nz.backward()\n"
    "print(program.value_and_grad(*[x.data for x in leaves]), z.data, [x.grad for x in leaves])",
    "native": "print(at.trace({scalar}, *point).native().value_and_grad(*point))",
}  # fmt: skip
_GIVEN = {
    "torch": "import numpy, torch; point = [torch.tensor(numpy.array(x, order='C')) for x in point]\n",
    "jax": "import jax; point = [jax.numpy.asarray(x) for x in point]\n",
}


def reproduction(case: Case, wrong: Disagreement) -> str:
    """The program, and what it ought to print."""
    leaves = ", ".join(f"at.Value({literal(x)}, {name!r})" for x, name in zip(case.point, case.names, strict=True))
    places = {
        "names": ", ".join(case.names),
        "leaves": leaves,
        "scalar": "loss" if case.order == 1 else "slope",
        "directions": f"[{', '.join(map(literal, case.directions))}]",
        "dialect": wrong.reading,
        "given": _GIVEN.get(wrong.reading, ""),
        "weights": _weights(case),
        "recurrence": recurrence.source(case),
        "traced": f"[{', '.join(map(literal, recurrence.inputs(case, recurrence.TRACED)))}]",
        "run": f"[{', '.join(map(literal, recurrence.inputs(case, recurrence.RUN[0])))}]",
    }
    asked = _ASKED.get(
        "rolled" if wrong.reading.startswith("rolled") else wrong.reading,
        _SOURCE if wrong.reading in ("python", "numpy", "torch", "jax") else _EAGER,
    )
    return (
        "import numpy as np\nimport autograd_tiny as at\n"
        "from autograd_tiny.gradients import ancestors, gradients_or_zero\n\n"
        f"{case.function.source}\n"
        f"loss = lambda *inputs: at.sum(f(*inputs) * {_weights(case)})\n"
        f"{_SLOPE.format(**places) if case.order == 2 else ''}"
        f"point = [{', '.join(map(literal, case.point))}]\n"
        f"{asked.format(**places)}\n"
        f"# {wrong}"
    )


def _weights(case: Case) -> str:
    try:
        return literal(weights(case.function(*case.point).shape))
    except Exception:
        return "1.0"  # the function itself fails
