"""Nothing recurses over a graph: a chain of a million values is like any other."""

import copy
import math
import pickle
import sys

import pytest

from autograd_tiny import Value, backward_steps, formula, forward_steps, grad, to_scalars
from autograd_tiny.value import ancestors

DEEP = 1_000_000
LONG = 30_000  # where a million takes long; a recursion would fail here too


def chain_of(length: int) -> tuple[Value, Value]:
    x = v = Value(1.0, "x")
    for _ in range(length):
        v = -v
    return x, v


@pytest.fixture(scope="module")
def chain() -> tuple[Value, Value]:
    """x and −(−(… x))."""
    return chain_of(DEEP)


def test_backward(chain: tuple[Value, Value]) -> None:
    x, z = chain
    x.grad = 0
    z.backward()
    assert x.grad == 1.0
    z.zero_grad()
    assert x.grad == 0.0


def test_grad() -> None:
    x, z = chain_of(10 * LONG)
    assert grad(z, [x])[0].data == 1.0


def test_gradients_of_gradients() -> None:
    x = z = Value(0.5)
    value, slope, curvature = 0.5, 1.0, 0.0
    for _ in range(20_000):
        z = z.sin()
        # (sin f)' = cos f · f' and (sin f)'' = cos f · f'' − sin f · f'²
        cosine = math.cos(value)
        value, slope, curvature = (
            math.sin(value),
            cosine * slope,
            cosine * curvature - math.sin(value) * slope * slope,
        )
    (first,) = grad(z, [x], create_graph=True)
    (second,) = grad(first, [x])
    # 20,000 products of factors that are exact to 1e-16 each.
    assert (first.data, second.data) == pytest.approx((slope, curvature), rel=1e-10)


def test_ancestors_and_repr(chain: tuple[Value, Value]) -> None:
    _, z = chain
    assert len(ancestors(z)) == DEEP + 1
    assert repr(z).startswith("Value(data=1.0")


def test_a_formula_is_refused(chain: tuple[Value, Value]) -> None:
    with pytest.raises(ValueError, match="too many to read"):
        formula(chain[1])


def test_doubling_is_refused_before_it_is_written() -> None:
    v = Value(1.0, "v")
    for _ in range(2000):  # written out, 2^2000 times v
        v = v * 0.5 + v * 0.5
    with pytest.raises(ValueError, match="too many to read"):
        formula(v)


def test_steps() -> None:
    x, z = chain_of(LONG)
    assert sum(1 for _ in forward_steps(z)) == LONG
    *_, last = backward_steps(z)
    assert last.index == last.count == LONG + 1
    assert last.contributions[0].input is x
    assert last.contributions[0].total == 1.0


def test_to_scalars() -> None:
    assert to_scalars(chain_of(LONG)[1]).data == 1.0


def test_copies() -> None:
    _, z = chain_of(LONG)
    for twin in (pickle.loads(pickle.dumps(z)), copy.deepcopy(z)):
        leaf = ancestors(twin)[0]
        twin.backward()
        assert (leaf.label, leaf.grad, twin.data) == ("x", 1.0, 1.0)


def test_deletion() -> None:
    v = Value(1.0)
    for _ in range(DEEP):
        v = -v
    del v  # a recursive deallocator would overflow the C stack here
    assert sys.getrecursionlimit() <= 10_000


def test_a_value_used_a_million_times() -> None:
    x = Value(1.0)
    total = Value(0.0)
    for _ in range(200_000):
        total = total + x
    total.backward()
    assert x.grad == 200_000.0
