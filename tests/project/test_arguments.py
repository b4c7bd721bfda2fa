"""Whatever a public function is given in place of what it takes, it answers, or its error is in words."""

import inspect
import io
import math
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd_tiny as at
import viz
from autograd_tiny import Value, nn, optim, scope
from autograd_tiny.table import TABLE
from tests.project.checkout import PACKAGES, ROOT

W = Value([[1.0, 2.0], [3.0, 4.0]], "W")
V = Value([0.5, -0.5], "v")
CELL, LINEAR = nn.RNNCell(2, 2, seed=1), nn.Linear(2, 2, seed=1)
ROWS = np.ones((3, 2))
with scope("t=1"):
    STEP = Value(0.5, "s").tanh()
STATE = nn.unroll(CELL, ROWS)[1]


def loss(x: Value) -> Value:
    return (x * x).sum()


# Every public function with arguments that it takes; each argument in turn is then replaced.
CALLS: dict[Any, tuple[Any, ...]] = {
    **{
        getattr(at, name): (Value([0.3, 0.4] if name != "acosh" else [1.5, 2.5], "v"), V)[: op.arity]
        for name, op in TABLE.items()
        if op.elementwise
    },
    **dict.fromkeys((at.square, at.reciprocal, at.deg2rad, at.rad2deg, at.nan_to_num, at.glu, at.softmin, at.rint),
        (V,)),
    **dict.fromkeys((
        at.log_softmax, at.logsumexp, at.max, at.mean,
        at.min, at.norm, at.ravel, at.softmax, at.squeeze, at.std, at.sum, at.transpose, at.var, at.to_scalars,
        at.forward_steps, at.formula,
    ), (V,)),
    **dict.fromkeys((at.add, at.div, at.dot, at.maximum, at.minimum, at.mul, at.outer, at.sub), (V, V)),
    at.log: (W,), at.sqrt: (W,), at.pow: (W, W), at.matmul: (W, V), at.where: (np.array([True, False]), V, V),
    at.clip: (V, 0.0, 1.0), at.broadcast_to: (V, (2, 2)), at.expand_dims: (V, 0), at.reshape: (W, (4,)),
    at.scatter: (V, [0, 1], (3,)), at.split: (V, 2), at.swapaxes: (W, 0, 1), at.take: (V, [0, 1]), Value: ([1.0],),
    **dict.fromkeys((at.concatenate, at.hstack, at.stack, at.vstack), ([V, V],)),
    **dict.fromkeys((at.check_gradients, at.assert_gradients, at.trace), (loss, [1.0, 2.0])),
    **dict.fromkeys((
        at.argmax, at.argmin, at.argsort, at.average, at.cummax, at.cummin, at.cumprod, at.cumsum, at.diag, at.diagflat,
        at.diff, at.ediff1d, at.flip, at.gradient, at.logcumsumexp, at.median, at.prod, at.ptp, at.sort,
    ), (V,)),
    **dict.fromkeys((at.append, at.inner, at.kron, at.tensordot, at.vdot, at.vecdot), (W, W)),
    **dict.fromkeys((
        at.diagonal, at.fliplr, at.flipud, at.rot90, at.tril, at.triu, at.linalg.cholesky, at.linalg.det,
        at.linalg.eigh, at.linalg.eigvalsh, at.linalg.inv, at.linalg.pinv, at.linalg.slogdet, at.linalg.svd,
        at.linalg.svdvals,
    ), (W @ W.T,)),
    **dict.fromkeys((
        at.array_split, at.delete, at.hsplit, at.pad, at.partition, at.repeat, at.roll, at.tile, at.vsplit,
        at.linalg.matrix_power,
    ), (W, 1)),
    **dict.fromkeys((at.percentile, at.quantile), (V, 0.5)), at.dsplit: (np.ones((2, 2, 2)), 2), at.moveaxis: (W, 0, 1),
    **dict.fromkeys((at.column_stack, at.dstack, at.multi_dot), ([W, W],)), at.cross: (np.ones(3), np.ones(3)),
    at.einsum: ("ij,j", W, V), at.take_along_axis: (W, np.array([[0], [1]]), 1), at.linalg.solve: (W, V),
    at.value_and_grad: (loss,), at.grad: (loss(V), [V]),
    at.backward_steps: (loss(V),), at.jvp: (loss, [V], [V]), at.hvp: (loss, [V], [V]), at.scope: ("t=1",),
    **dict.fromkeys((at.jacobian, at.hessian), (loss, [1.0, 2.0])), at.operation: ("g",), at.no_grad: (),
    **dict.fromkeys((
        nn.RBF, nn.Attention, nn.ConcatenatedRNNCell, nn.Embedding, nn.GRUCell, nn.LSTMCell, nn.Linear, nn.MUT1Cell,
        nn.MUT2Cell, nn.MUT3Cell, nn.MultiplicativeRNNCell, nn.RNNCell,
    ), (2, 2)),
    **dict.fromkeys((nn.Conv1d, nn.Conv2d, nn.ConvTranspose1d, nn.ConvTranspose2d, nn.Maxout), (2, 2, 2)),
    nn.BatchNorm: (2,), nn.Dropout: (0.5,),
    nn.Bidirectional: (CELL, CELL), nn.OneHot: ([0, 1], 2), nn.one_hot: ([0, 1], 2), nn.Residual: (LINEAR,),
    nn.Sequential: ([LINEAR, LINEAR],), nn.StackedCells: ([CELL, CELL],), nn.affine: (V, W, V),
    nn.avg_pool: (np.ones((4, 4)), 2), nn.max_pool: (np.ones((4, 4)), 2), nn.mse: (V, V),
    nn.binary_cross_entropy: (0.5, 1.0), nn.binary_cross_entropy_with_logits: (V, [0.0, 1.0]),
    **dict.fromkeys((nn.conv, nn.conv_transpose), (np.ones((1, 2, 4)), np.ones((2, 2, 2)))),
    nn.cross_entropy: (W, [0, 1]), nn.hinge: (W, [0, 1]),
    nn.l1_penalty: ([W],), nn.l2_penalty: ([W],), nn.scaled_dot_product_attention: (W, W, W),
    nn.summary: (LINEAR,), nn.unroll: (CELL, ROWS),
    **dict.fromkeys((
        optim.SGD, optim.Adagrad, optim.RMSprop, optim.Adam, optim.clip_by_norm, optim.clip_by_value,
    ), ([Value(1.0, "w")], 0.1)),
    optim.HessianFree: (LINEAR.parameters(),), optim.EarlyStopping: ([Value(1.0, "w")], 3), optim.cosine: (0.1, 10),
    optim.exponential: (0.1, 0.9), optim.stepwise: (0.1, 10), optim.warmup: (lambda k: 0.1, 3),
    **dict.fromkeys((viz.draw, viz.film, viz.ledger, viz.play, viz.text), (loss(V),)),
    viz.chart: ([4.0, 2.0, 1.0],),
    viz.flow: (STEP,), viz.inside: (W @ V,), viz.paths: (STEP, "s"), viz.rolled: (STATE,),
    viz.beside: (viz.draw(STEP), viz.draw(STEP)),
}  # fmt: skip
WRONG: tuple[Any, ...] = (
    None, "x", b"x", [], {}, set(), object(), 1.5, -1, math.nan, 1j, True, [None], ["x"], {"x": 1}, abs,
    lambda *x: None, 10**320, Value(2.0, "a"), V, [V], np.ones((2, 3, 4)), np.array(["x"]), np.array([None]),
    Path("x"), io.StringIO(), CELL,
)  # fmt: skip


def in_our_words(error: Exception) -> bool:
    """Whether it was raised on purpose, by a statement of this project, and is short enough to be read."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    ours = any(Path(where.filename).is_relative_to(ROOT / package) for package in PACKAGES)
    # Of arrays of objects, and of arguments that the caller's own function lacks, NumPy and Python say what is wrong.
    theirs = str(error).startswith(("matmul: ", "loss() missing"))
    return (theirs or (ours and str(where.line).startswith("raise"))) and len(str(error)) < 1000


@pytest.mark.parametrize("function", CALLS, ids=lambda f: f"{f.__module__}.{f.__name__}")
def test_a_wrong_argument_is_named(function: Callable[..., Any]) -> None:
    good = CALLS[function]
    function(*good)
    for k in range(len(good)):
        for wrong in WRONG:
            answered(function, *good[:k], wrong, *good[k + 1 :])


@pytest.mark.share(4)
@pytest.mark.parametrize("function", CALLS, ids=lambda f: f"{f.__module__}.{f.__name__}")
def test_a_wrong_option_is_named(function: Callable[..., Any]) -> None:
    """But for seeds, of which NumPy says in its own words what is wrong."""
    good = CALLS[function]
    for parameter in [*inspect.signature(function).parameters.values()][len(good) :]:
        if (
            parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
            and parameter.name[0] != "_"
            and parameter.name != "seed"
        ):
            for wrong in WRONG[::2]:
                answered(function, *good, **{parameter.name: wrong})


def answered(function: Callable[..., Any], *arguments: Any, **options: Any) -> None:
    """The call gives something, or an error in words."""
    try:
        function(*arguments, **options)
    except AssertionError:
        assert function is at.assert_gradients
    except (TypeError, ValueError, viz.LayoutError) as error:
        assert in_our_words(error), (arguments, options, error)


def test_what_there_is_too_much_of_gets_a_remedy() -> None:
    with pytest.raises(
        TypeError, match=r"draw: takes 1 without a name \(value\), got 2; give several values in a list"
    ):
        viz.draw(STEP, STEP)  # type: ignore[call-arg]


@pytest.mark.parametrize("package", [at, nn, optim, viz], ids=lambda package: package.__name__)
def test_every_public_function_is_tried(package: Any) -> None:
    public = {getattr(package, name) for name in package.__all__}
    records = {at.BackwardStep, at.Contribution, at.ForwardStep, at.GradientReport, optim.Evaluation, at.Program}
    records |= {viz.Chart, viz.Drawing, viz.Film, viz.Play, viz.Flow, viz.Paths}  # what functions return
    abstract = {nn.Cell, nn.Layer, optim.Optimizer}
    functions = {f for f in public if callable(f) and not (isinstance(f, type) and issubclass(f, Exception))}
    assert not functions - set(CALLS) - records - abstract - {nn.save, nn.load, viz.live}
