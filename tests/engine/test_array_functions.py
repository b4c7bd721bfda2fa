"""Functions of arrays under NumPy's names: NumPy's numbers, PyTorch's gradients, second order, programs, errors."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st
from hypothesis.extra import numpy as hn

import autograd_tiny as at
from autograd_tiny import Value, assert_gradients, grad, trace
from autograd_tiny.errors import AutogradError, DomainError, GraphError, ShapeError
from autograd_tiny.program import ProgramError
from tests.engine.dialects import needs, run

RANDOM = np.random.default_rng(3)
V, M, S = RANDOM.normal(size=5), RANDOM.normal(size=(3, 4)), RANDOM.normal(size=(2, 3, 3)) + 2 * np.eye(3)
P = S @ S.swapaxes(-1, -2) + np.eye(3)  # symmetric and positive definite


@dataclass(frozen=True)
class Case:
    """A call that NumPy and we understand alike, and the same in PyTorch; what it is tried on; what no program does."""

    numpy: Callable[[Any], Any]
    torch: Callable[[Any, Any], Any] | None
    x: Any
    traced: bool = True


def thin(x: Any) -> Any:
    return np.linalg.svd(x, full_matrices=False)


def reconstructed(svd: Any) -> Any:
    """Without the sign that is free in each pair of vectors."""
    u, s, vh = svd
    return u[..., 0, None] * vh[..., 0, None, :] + u[..., 1, None] * vh[..., 1, None, :] * s[..., 1, None, None]


def squares(eigh: Any) -> Any:
    return eigh[1] ** 2


def ordered(o: Any) -> dict[str, Case]:
    matrices = {
        f"norm {o} of matrices": Case(
            lambda x: np.linalg.norm(x, o, (1, 2), True), lambda t, x: t.linalg.norm(x, o, (1, 2), True), S
        )
    }
    vectors = {f"norm {o}": Case(lambda x: np.linalg.norm(x, o, 0), lambda t, x: t.linalg.norm(x, o, 0), M)}
    return matrices if isinstance(o, str) else vectors if o in (3, 0.5, -3) else matrices | vectors


CASES: dict[str, Case] = {
    "einsum": Case(lambda x: np.einsum("ij,kj->ik", x, x), lambda t, x: t.einsum("ij,kj->ik", x, x), M),
    "einsum of three": Case(
        lambda x: np.einsum("ij,kj,kl", x, x, x), lambda t, x: t.einsum("ij,kj,kl->il", x, x, x), M
    ),
    "einsum, optimized": Case(
        lambda x: np.einsum("ij,kj,kl->il", x, x, x, optimize=True), lambda t, x: t.einsum("ij,kj,kl->il", x, x, x), M
    ),
    "einsum diagonal": Case(lambda x: np.einsum("bii->b", x), lambda t, x: t.einsum("bii->b", x), S),
    "einsum batch": Case(lambda x: np.einsum("...ij,...jk", x, x), lambda t, x: x @ x, S),
    "einsum numbered": Case(lambda x: np.einsum(x, [0, 1], x, [2, 1], [0, 2]), lambda t, x: x @ x.T, M),
    "einsum broadcast": Case(lambda x: np.einsum("ij,ij->j", x, x[:1]), lambda t, x: (x * x[:1]).sum(0), M),
    "einsum outer": Case(lambda x: np.einsum("i,j->ji", x, x * 2), lambda t, x: t.outer(x * 2, x), V),
    "tensordot": Case(lambda x: np.tensordot(x, x, 2), lambda t, x: t.tensordot(x, x, 2), M),
    "tensordot axes": Case(
        lambda x: np.tensordot(x, x, ([1, 2], [2, 0])), lambda t, x: t.tensordot(x[:, :2], x[:, :2], ([1, 2], [2, 0])),
        RANDOM.normal(size=(2, 2, 2)),
    ),
    "inner": Case(lambda x: np.inner(x, x), lambda t, x: t.inner(x, x), M),
    "vdot": Case(lambda x: np.vdot(x, x[::1]), lambda t, x: (x * x).sum(), M),
    "vecdot": Case(lambda x: np.vecdot(x, x[0]), lambda t, x: (x * x[0]).sum(-1), M),
    "kron": Case(lambda x: np.kron(x, x[0]), lambda t, x: t.kron(x, x[0]), M),
    "cross": Case(lambda x: np.cross(x, x[:1] * 2 + 1), lambda t, x: t.linalg.cross(x, x[:1] * 2 + 1), M[:, :3]),
    "multi_dot": Case(
        lambda x: np.linalg.multi_dot([x, x.T, x]), lambda t, x: t.linalg.multi_dot([x, x.T, x]), M
    ),
    "prod": Case(lambda x: np.prod(x, 1), lambda t, x: x.prod(1), M),
    "prod of all": Case(lambda x: x.prod(), lambda t, x: x.prod(), M),
    "prod with zeros": Case(np.prod, lambda t, x: x.prod(), np.array([2.0, 0.0, 3.0, 0.0, 1.0])),
    "cumsum": Case(lambda x: np.cumsum(x, 1), lambda t, x: x.cumsum(1), M),
    "cumsum raveled": Case(np.cumsum, lambda t, x: x.reshape(-1).cumsum(0), M),
    "cumprod": Case(lambda x: x.cumprod(-1), lambda t, x: x.cumprod(-1), M),
    "cummax": Case(lambda x: np.maximum.accumulate(x, 1), lambda t, x: x.cummax(1)[0], M),
    "cummax of equals": Case(np.maximum.accumulate, lambda t, x: x.cummax(0)[0], np.array([1.0, 1.0, 0.0, 1.0, 2.0])),
    "cummin": Case(lambda x: np.minimum.accumulate(x, 1), lambda t, x: x.cummin(1)[0], M),
    "add.accumulate": Case(np.add.accumulate, lambda t, x: x.cumsum(0), M),
    "add.reduce": Case(np.add.reduce, lambda t, x: x.sum(0), M),
    "multiply.reduce": Case(lambda x: np.multiply.reduce(x, axis=1, keepdims=True), lambda t, x: x.prod(1, True), M),
    "multiply.outer": Case(lambda x: np.multiply.outer(x, x), lambda t, x: t.outer(x, x), V),
    "average": Case(lambda x: np.average(x, 1, np.arange(4.0)), lambda t, x: x @ t.arange(4.0).double() / 6, M),
    "ptp": Case(lambda x: np.ptp(x, 0), lambda t, x: x.amax(0) - x.amin(0), M),
    "sort": Case(lambda x: np.sort(x, 0), lambda t, x: x.sort(0)[0], M, False),
    "median": Case(np.median, lambda t, x: x.quantile(0.5), M, False),
    "quantile": Case(
        lambda x: np.quantile(x, [0.1, 0.7], axis=1),
        lambda t, x: x.quantile(t.tensor([0.1, 0.7], dtype=t.float64), 1), M, False,
    ),
    "percentile": Case(lambda x: np.percentile(x, 30, 0), lambda t, x: x.quantile(0.3, 0), M, False),
    "pad": Case(lambda x: np.pad(x, ((1, 2), (0, 3))), lambda t, x: t.nn.functional.pad(x, (0, 3, 1, 2)), M),
    "pad with a number": Case(
        lambda x: np.pad(x, 1, constant_values=2.5), lambda t, x: t.nn.functional.pad(x, (1, 1, 1, 1), value=2.5), M
    ),
    "pad reflect": Case(
        lambda x: np.pad(x, ((0, 0), (1, 2)), mode="reflect"), lambda t, x: t.nn.functional.pad(x, (1, 2), "reflect"), M
    ),
    "diff": Case(lambda x: np.diff(x, 2, 0), lambda t, x: x.diff(2, 0), M),
    "diff, prepended": Case(lambda x: np.diff(x, prepend=0.0), lambda t, x: x.diff(prepend=t.zeros(3, 1)), M),
    "gradient": Case(lambda x: np.gradient(x, 0.5, axis=1), lambda t, x: t.gradient(x, spacing=0.5, dim=1)[0], M),
    "tril": Case(lambda x: np.tril(x, 1), lambda t, x: x.tril(1), S),
    "triu": Case(lambda x: np.triu(x, -1), lambda t, x: x.triu(-1), M),
    "diag": Case(lambda x: np.diag(x, 1), lambda t, x: x.diag(1), V),
    "diag of a matrix": Case(lambda x: np.diag(x, -1), lambda t, x: x.diag(-1), M),
    "diagonal": Case(lambda x: np.diagonal(x, 0, -2, -1), lambda t, x: x.diagonal(0, -2, -1), S),
    "trace": Case(np.trace, lambda t, x: x.diagonal().sum(), M),
    "linalg.trace": Case(np.linalg.trace, lambda t, x: x.diagonal(0, -2, -1).sum(-1), S),
    "column_stack": Case(lambda x: np.column_stack([x, x * 2]), lambda t, x: t.column_stack([x, x * 2]), V),
    "dstack": Case(lambda x: np.dstack([x, x * 2]), lambda t, x: t.dstack([x, x * 2]), V),
    "append": Case(lambda x: np.append(x, x[0]), lambda t, x: t.cat([x.reshape(-1), x[0]]), M),
    "hsplit": Case(lambda x: np.hsplit(x, 2)[1], lambda t, x: t.hsplit(x, 2)[1], M),
    "vsplit": Case(lambda x: np.vsplit(x, [1])[1], lambda t, x: t.vsplit(x, [1])[1], M),
    "dsplit": Case(lambda x: np.dsplit(x, 3)[1], lambda t, x: t.dsplit(x, 3)[1], S),
    "array_split": Case(lambda x: np.array_split(x, 3)[1], lambda t, x: t.tensor_split(x, 3)[1], V),
    "roll": Case(lambda x: np.roll(x, 2, 1), lambda t, x: x.roll(2, 1), M),
    "flip": Case(lambda x: np.flip(x, 1), lambda t, x: x.flip(1), M),
    "rot90": Case(np.rot90, lambda t, x: t.rot90(x), M),
    "repeat": Case(lambda x: np.repeat(x, 2, 1), lambda t, x: x.repeat_interleave(2, 1), M),
    "tile": Case(lambda x: np.tile(x, (2, 1)), lambda t, x: x.tile((2, 1)), M),
    "moveaxis": Case(lambda x: np.moveaxis(x, 0, -1), lambda t, x: x.movedim(0, -1), S),
    "take_along_axis": Case(
        lambda x: np.take_along_axis(x, np.array([[2, 0], [1, 1], [3, 0]]), 1),
        lambda t, x: x.gather(1, t.tensor([[2, 0], [1, 1], [3, 0]])), M,
    ),
    "inv": Case(np.linalg.inv, lambda t, x: t.linalg.inv(x), S),
    "det": Case(np.linalg.det, lambda t, x: t.linalg.det(x), S),
    "slogdet": Case(lambda x: np.linalg.slogdet(x)[1], lambda t, x: t.linalg.slogdet(x)[1], S),
    "solve": Case(lambda x: np.linalg.solve(x, x * 2 + 1), lambda t, x: t.linalg.solve(x, x * 2 + 1), S),
    "solve for a vector": Case(lambda x: np.linalg.solve(x, x[0]), lambda t, x: t.linalg.solve(x, x[0]), S[0]),
    "pinv": Case(np.linalg.pinv, lambda t, x: t.linalg.pinv(x), M),
    "cholesky": Case(np.linalg.cholesky, lambda t, x: t.linalg.cholesky(x), P),
    "eigvalsh": Case(np.linalg.eigvalsh, lambda t, x: t.linalg.eigvalsh(x), P),
    "eigh": Case(lambda x: squares(np.linalg.eigh(x)), lambda t, x: squares(t.linalg.eigh(x)), P),
    "svdvals": Case(np.linalg.svdvals, lambda t, x: t.linalg.svdvals(x), M),
    "svd": Case(lambda x: reconstructed(thin(x)), lambda t, x: reconstructed(t.linalg.svd(x, False)), M),
    "svd of square ones": Case(
        lambda x: reconstructed(np.linalg.svd(x)), lambda t, x: reconstructed(t.linalg.svd(x, False)), S
    ),
    "svd, upright": Case(lambda x: reconstructed(thin(x)), lambda t, x: reconstructed(t.linalg.svd(x, False)), M.T),
    "matrix_power": Case(lambda x: np.linalg.matrix_power(x, 5), lambda t, x: t.linalg.matrix_power(x, 5), S),
    "matrix_power −3": Case(lambda x: np.linalg.matrix_power(x, -3), lambda t, x: t.linalg.matrix_power(x, -3), S),
    **{name: case for o in (1, -1, 2, np.inf, -np.inf, 3, 0.5, -3, "fro", "nuc") for name, case in ordered(o).items()},
}  # fmt: skip
by_name = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def bent(case: Case) -> Callable[[Value], Value]:
    """A number that is not linear in what the call gives."""
    return lambda x: (at.functions.value(case.numpy(x)) ** 2).sum()


@by_name
def test_numpys_number_is_recorded(case: Case) -> None:
    z, expected = case.numpy(Value(case.x)), case.numpy(case.x)
    assert isinstance(z, Value)
    assert z.shape == np.shape(expected)
    np.testing.assert_allclose(z.data, expected, rtol=1e-11, atol=1e-13)


@by_name
@pytest.mark.parametrize("order", [1, 2])
def test_gradients_are_differences(case: Case, order: int) -> None:
    if case is CASES["cummax of equals"]:
        pytest.skip("a kink")
    assert_gradients(bent(case), case.x, order=order, rtol=1e-4, atol=1e-6)


@needs("torch")
@by_name
def test_pytorch_has_the_same_gradient_and_second_order(case: Case) -> None:
    import torch

    assert case.torch is not None
    x, u = Value(case.x), torch.tensor(case.x, requires_grad=True)
    ours, theirs = bent(case)(x), (case.torch(torch, u) ** 2).sum()
    assert ours.data == pytest.approx(theirs.item(), rel=1e-10)
    (slope,) = grad(ours, [x], create_graph=True)
    (expected,) = torch.autograd.grad(theirs, [u], create_graph=True)
    np.testing.assert_allclose(slope.data, expected.detach(), rtol=1e-8, atol=1e-9)
    direction = np.cos(np.arange(case.x.size)).reshape(case.x.shape)
    (second,) = grad((slope * direction).sum(), [x])
    (wanted,) = torch.autograd.grad((expected * torch.tensor(direction)).sum(), [u])
    np.testing.assert_allclose(second.data, wanted, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("dialect", ["numpy", pytest.param("torch", marks=needs("torch"))])
@by_name
def test_programs_agree_or_refuse_by_name(case: Case, dialect: str) -> None:
    if not case.traced:
        with pytest.raises(GraphError, match="sort: a program does not sort"):
            trace(bent(case), case.x)
        return
    program = trace(bent(case), case.x)
    x = Value(case.x)
    z = bent(case)(x)
    value, (slope,) = run(program, dialect, case.x)
    assert value == pytest.approx(z.data, rel=1e-10)
    np.testing.assert_allclose(slope, grad(z, [x])[0].data, rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(program.value_and_grad(case.x)[1][0], slope, rtol=1e-8, atol=1e-9)


@pytest.mark.slow
@needs("jax")
def test_jax_knows_the_lines_of_matrices() -> None:
    for name in ("inv", "slogdet", "solve", "pinv", "cholesky", "eigh", "svd", "prod", "cummax"):
        case = CASES[name]
        _, (slope,) = run(trace(bent(case), case.x), "jax", case.x)
        x = Value(case.x)
        np.testing.assert_allclose(slope, grad(bent(case)(x), [x])[0].data, rtol=1e-7, atol=1e-8)


def test_c_refuses_the_lines_of_matrices_by_name() -> None:
    program = trace(bent(CASES["inv"]), S)
    with pytest.raises(ProgramError, match="'c' has no inv"):
        program.source("c")
    with pytest.raises(ProgramError, match="'c' has no inv"):
        program.native()


# Any shape and axis: NumPy's numbers, empty arrays and single numbers included ----------------------------------------


SHAPES = hn.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)
ARRAYS = SHAPES.flatmap(lambda shape: hn.arrays(float, shape, elements=st.floats(-2, 2).map(lambda x: round(x, 2))))
BY_AXIS: dict[str, Callable[..., Any]] = {
    name: getattr(np, name)
    for name in "prod cumsum cumprod sort ptp median flip diff argmax argmin sum mean var std".split()
} | {
    "norm 1": lambda x, axis: np.linalg.norm(x, 1, axis),
    "norm inf": lambda x, axis: np.linalg.norm(x, np.inf, axis),
    "maximum.accumulate": np.maximum.accumulate,
    "roll": lambda x, axis: np.roll(x, 2, axis),
    "repeat": lambda x, axis: np.repeat(x, 2, axis),
    "array_split": lambda x, axis: np.array_split(x, 3, axis)[1],
    "append": lambda x, axis: np.append(x, x, axis),
    "delete": lambda x, axis: np.delete(x, 0, axis),
}


@pytest.mark.share(6)
@pytest.mark.parametrize("name", BY_AXIS)
@drawn(x=ARRAYS, axis=st.none() | st.integers(-3, 2))
def test_any_shape_and_axis(name: str, x: Any, axis: Any) -> None:
    if (not x.ndim and axis in (0, -1)) or (name == "maximum.accumulate" and (axis is None or not x.ndim)):
        return  # the one axis that a single number has with us
    try:
        with warnings.catch_warnings(action="ignore"), np.errstate(all="ignore"):
            expected = BY_AXIS[name](x, axis=axis)
    except (ValueError, IndexError, TypeError) as refused:
        if "no identity" in str(refused) and name.startswith("norm"):
            return  # of no numbers at all: 0, says a newer NumPy, and so do we
        with pytest.raises((ValueError, IndexError, TypeError)):
            BY_AXIS[name](Value(x), axis=axis)
        return
    if np.any(np.isnan(expected)):  # of no numbers: NumPy warns, we refuse
        with pytest.raises(AutogradError):
            BY_AXIS[name](Value(x), axis=axis)
        return
    z = BY_AXIS[name](Value(x), axis=axis)
    found = z.data if isinstance(z, Value) else z
    assert np.shape(found) == np.shape(expected)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13)


@st.composite
def summations(draw: st.DrawFn) -> tuple[str, list[Any]]:
    sizes = {letter: draw(st.integers(0, 3)) for letter in "abcd"}
    rows = draw(st.lists(st.text("abcd", max_size=3), min_size=1, max_size=3))
    letters = sorted(set("".join(rows)))
    result = "".join(draw(st.permutations(letters)))[: draw(st.integers(0, len(letters)))]
    arrays = [RANDOM.integers(-3, 4, [sizes[c] for c in row]).astype(float) for row in rows]
    return ",".join(rows) + draw(st.sampled_from(["", f"->{result}"])), arrays


@drawn(summations(), st.booleans())
def test_any_summation(case: tuple[str, list[Any]], optimize: bool) -> None:
    subscripts, arrays = case
    expected = np.einsum(subscripts, *arrays)
    leaves = [Value(x) for x in arrays]
    z = at.einsum(subscripts, *leaves, optimize=optimize)
    assert z.shape == expected.shape
    np.testing.assert_array_equal(z.data, expected)
    for leaf in leaves:
        direction = np.ones(leaf.shape)  # linear in each operand
        (slope,) = grad((z * np.ones(z.shape)).sum(), [leaf]) if z.op else (Value(direction),)
        moved = [Value(x.data + (direction if x is leaf else 0)) for x in leaves]
        if z.op and len(set(map(id, leaves))) == len(leaves):
            difference = at.einsum(subscripts, *moved).data.sum() if z.shape else at.einsum(subscripts, *moved).data
            assert np.sum(slope.data) == pytest.approx(difference - np.sum(expected))


# What other suites ask for first: each name records, or is refused in words ------------------------------------------


A = np.array([[2.0, 0.5], [0.3, 1.5]])
ASKED: dict[str, tuple[Any, ...]] = {
    "einsum": ("ij,jk", A, A), "tensordot": (A, A), "inner": (A, A), "outer": (A, A), "vdot": (A, A), "kron": (A, A),
    "dot": (A, A), "matmul": (A, A), "cross": (np.ones(3), np.ones(3)), "linalg.norm": (A, 1), "prod": (A,),
    "cumsum": (A,), "cumprod": (A,), "tril": (A,), "triu": (A,), "pad": (A, 1), "sort": (A,), "partition": (A, 1),
    "append": (A, A), "diff": (A,), "diag": (A,), "diagonal": (A,), "trace": (A,), "column_stack": ([A, A],),
    "hstack": ([A, A],), "vstack": ([A, A],), "dstack": ([A, A],), "split": (A, 2), "array_split": (A, 2),
    "hsplit": (A, 2), "vsplit": (A, 2), "dsplit": (np.ones((2, 2, 2)), 2), "roll": (A, 1), "flip": (A,), "rot90": (A,),
    "repeat": (A, 2), "tile": (A, 2), "squeeze": (A,), "expand_dims": (A, 0), "swapaxes": (A, 0, 1),
    "moveaxis": (A, 0, 1), "rollaxis": (A, 1), "ravel": (A,), "var": (A,), "std": (A,), "max": (A,), "min": (A,),
    "median": (A,), "quantile": (A, 0.3), "percentile": (A, 30), "average": (A,), "ptp": (A,), "gradient": (A,),
    "ediff1d": (A,), "diagflat": (A,), "delete": (A, 0), "take": (A, 0),
    "take_along_axis": (A, np.array([[0], [1]]), 1),
    "atleast_3d": (A,), "fliplr": (A,), "flipud": (A,), "permute_dims": (A, (1, 0)), "matrix_transpose": (A,),
    "concat": ([A, A],), "linalg.inv": (A,), "linalg.solve": (A, A), "linalg.det": (A,), "linalg.slogdet": (A,),
    "linalg.eigh": (A @ A.T,), "linalg.eigvalsh": (A @ A.T,), "linalg.svd": (A,), "linalg.svdvals": (A,),
    "linalg.cholesky": (A @ A.T,), "linalg.pinv": (A,), "linalg.multi_dot": ([A, A, A],),
    "linalg.matrix_power": (A, 3), "linalg.trace": (A,), "linalg.diagonal": (A,), "linalg.outer": (A[0], A[0]),
    "linalg.tensordot": (A, A), "linalg.cross": (np.ones(3), np.ones(3)), "linalg.vecdot": (A, A),
    "add.reduce": (A,), "multiply.reduce": (A,), "add.accumulate": (A,), "multiply.accumulate": (A,),
    "maximum.accumulate": (A,), "minimum.accumulate": (A,), "multiply.outer": (A, A), "subtract.outer": (A, A),
}  # fmt: skip
REFUSED = {
    "linalg.qr": (A,), "linalg.eig": (A,), "linalg.eigvals": (A,), "linalg.lstsq": (A, A), "linalg.cond": (A,),
    "convolve": (A[0], A[0]), "correlate": (A[0], A[0]), "interp": (A[0], A[0], A[0]), "nansum": (A,), "cov": (A,),
    "add.reduceat": (A, [0]), "select": ([A > 1], [A]), "insert": (A, 0, 1.0), "fft.fft": (A,),
}  # fmt: skip


def numpys(name: str) -> Any:
    found: Any = np
    for part in name.split("."):
        found = getattr(found, part)
    return found


def _given(arguments: tuple[Any, ...], wrapped: Callable[[Any], Any]) -> list[Any]:
    def one(x: Any) -> Any:
        if isinstance(x, np.ndarray) and x.dtype == float:
            return wrapped(x)
        return [one(each) for each in x] if isinstance(x, list) else x

    return [one(x) for x in arguments]


@pytest.mark.parametrize("name", ASKED)
def test_what_is_asked_for_records(name: str) -> None:
    z = numpys(name)(*_given(ASKED[name], Value))
    expected = numpys(name)(*ASKED[name])
    many = zip(z, expected, strict=True) if isinstance(z, list | tuple) else [(z, expected)]
    for found, number in many:
        if name == "linalg.slogdet" and not isinstance(found, Value):
            continue  # the sign
        assert isinstance(found, Value)
        assert found.op or found.is_constant is False
        np.testing.assert_allclose(found.data, number, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_recorded_is_refused_by_name(name: str) -> None:
    with pytest.raises(TypeError, match=rf"numpy\.{name}.* does not record a gradient; .*v.data for numbers"):
        numpys(name)(*_given(REFUSED[name], Value))


METHODS = (
    "prod cumsum cumprod cummax cummin var std norm ptp median argmax argmin argsort diagonal trace tril triu diag "
    "diff flip squeeze logsumexp softmax log_softmax det inverse pinverse"
).split()


@pytest.mark.parametrize("name", METHODS)
def test_methods_are_the_functions(name: str) -> None:
    arguments = {"quantile": (0.3,), "roll": (1,), "repeat": (2,), "take": (0,)}.get(name, ())
    function = {"inverse": at.linalg.inv, "pinverse": at.linalg.pinv, "det": at.linalg.det}.get(name)
    function = function or (np.trace if name == "trace" else getattr(at, name))
    ours, theirs = getattr(Value(A), name)(*arguments), function(Value(A), *arguments)
    np.testing.assert_array_equal(getattr(ours, "data", ours), getattr(theirs, "data", theirs))


ERRORS: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "einsum letters": (lambda: at.einsum("ij,jk", A), ShapeError, "names 2 operands, 1 are given"),
    "einsum axes": (lambda: at.einsum("ijk", A), ShapeError, "'ijk' has not the number of axes"),
    "einsum sizes": (lambda: at.einsum("ij,jk", A, np.ones((3, 2))), ShapeError, "'j' is an axis of 2 and one of 3"),
    "einsum result": (lambda: at.einsum("ij->ik", A), ShapeError, "only letters of the operands"),
    "einsum signs": (lambda: at.einsum("i?", A), ShapeError, "axes are letters"),
    "tensordot": (lambda: at.tensordot(A, np.ones((3, 2)), 1), ShapeError, "axis 1 of (2, 2) and axis 0 of (3, 2)"),
    "cross": (lambda: at.cross(A, A), ShapeError, "both have 3 numbers"),
    "multi_dot": (lambda: at.multi_dot([A]), ShapeError, "expected two or more matrices"),
    "pad": (lambda: at.pad(Value(A), 1, "mean"), ValueError, "mode 'mean' does not record a gradient"),
    "diag": (lambda: at.diag(np.ones((2, 2, 2))), ShapeError, "expected a vector or a matrix"),
    "tril": (lambda: at.tril(Value(1.0)), ShapeError, "2 or more are needed"),
    "sort": (lambda: at.sort(Value(1.0)), ShapeError, "a single number"),
    "quantile": (lambda: at.quantile(Value(A), 1.5), ValueError, "q lies from 0 to 1"),
    "inv": (lambda: at.linalg.inv(np.ones((2, 3))), ShapeError, "inv: (2, 3); expected square matrices"),
    "singular": (lambda: at.linalg.inv(Value(np.ones((2, 2)), "K")), DomainError, "('K'): singular matrix"),
    "indefinite": (lambda: at.linalg.cholesky(Value(-A)), DomainError, "not positive definite"),
    "solve": (lambda: at.linalg.solve(A, np.ones(3)), ShapeError, "b is a vector (n,), or matrices"),
    "svd": (lambda: at.linalg.svd(np.ones((2, 3))), ShapeError, "full_matrices=False"),
    "norm of text": (lambda: at.norm(Value([1.0]), "nuc"), ValueError, "ord='nuc' of vectors has no gradient"),
    "norm 0": (lambda: at.norm(Value([1.0]), 0), ValueError, "ord=0 of vectors"),
    "norm 3 of matrices": (lambda: at.norm(Value(A), 3), ValueError, "ord=3 of matrices"),
    "gradient": (lambda: at.gradient(Value(A), 1.0, 2.0, 3.0), ValueError, "3 distances for 2 axes"),
    "roll": (lambda: at.roll(Value(A), 1, 5), ShapeError, "roll: (2, 2): axis 5 is out of bounds"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_errors_name_things(case: str) -> None:
    call, error, said = ERRORS[case]
    with pytest.raises(error) as caught:
        call()
    assert said in str(caught.value)


def test_where_there_is_no_derivative_it_is_said() -> None:
    with pytest.raises(DomainError, match=r"det: .*no finite derivative there \(Singular matrix\)"):
        at.linalg.det(Value(np.ones((2, 2)))).backward()
    with pytest.raises(DomainError, match=r"eigenvectors: .*no finite derivative there"):
        at.linalg.eigh(Value(np.eye(2))).eigenvectors.sum().backward()


def test_a_sum_of_eigenvalues_has_a_gradient_where_they_are_equal() -> None:
    x = Value(np.eye(3))
    at.linalg.eigvalsh(x).sum().backward()
    assert np.allclose(x.grad, np.eye(3))


def test_running_sums_in_c_and_number_by_number() -> None:
    program = trace(lambda x: (np.cumsum(x * x, 0)[1] * np.cumsum(x, 1)).sum(), M)
    x = Value(M)
    z = (np.cumsum(x * x, 0)[1] * np.cumsum(x, 1)).sum()
    (slope,) = grad(z, [x])
    value, (found,) = program.native().value_and_grad(M)
    assert value == pytest.approx(z.data, rel=1e-13)
    np.testing.assert_allclose(found, slope.data, rtol=1e-12, atol=1e-13)
    assert at.to_scalars(z).data == pytest.approx(z.data, rel=1e-13)


@pytest.mark.parametrize("a", [(3,), (5, 3), (2, 5, 3)])
@pytest.mark.parametrize("b", [(3,), (3, 4), (2, 3, 4), (6, 2, 3, 4), (0, 3, 4)])
def test_dot_sums_over_the_axes_that_numpy_sums_over(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    x, y = np.random.default_rng(0).standard_normal(a), np.random.default_rng(1).standard_normal(b)
    for z in (at.dot(Value(x), y), np.dot(Value(x), Value(y))):
        np.testing.assert_allclose(z.data, np.dot(x, y), rtol=1e-13, atol=1e-13)  # sums in another order
    if y.size:
        assert at.check_gradients(at.dot, x, y).ok
