"""What the engine says when something cannot be done: each names the thing and the remedy."""


class AutogradError(ValueError):
    """The engine was asked for something that has no answer.

    >>> try:
    ...     log(Value(0.0, "x"))
    ... except AutogradError as error:
    ...     print(error)
    ...
    log: x = 0.0 ('x'): defined for x > 0
    """


class DomainError(AutogradError, ArithmeticError):
    """An operation met a number outside its domain, or its result is too large for a float.

    >>> log(Value(-1.0, "x"))
    Traceback (most recent call last):
        ...
    autograd_tiny.errors.DomainError: log: x = -1.0 ('x'): defined for x > 0
    """


class ShapeError(AutogradError):
    """The shapes of an operation's inputs do not fit together.

    >>> Value([1.0, 2.0], "x") @ Value([1.0, 2.0, 3.0], "y")
    Traceback (most recent call last):
        ...
    autograd_tiny.errors.ShapeError: matmul: (2,) ('x') @ (3,) ('y'): inner sizes 2 and 3 differ; transpose one?
    """


class BoundsError(ShapeError, IndexError):
    """An index points outside the array.

    >>> Value([1.0, 2.0], "x")[5]
    Traceback (most recent call last):
        ...
    autograd_tiny.errors.BoundsError: take: (2,) ('x'): index 5 is out of bounds for axis 0 with size 2
    """


class GraphError(AutogradError):
    """A question about a graph that this graph cannot answer: a missing path, a missing seed.

    >>> Value(1.0, "x").backward()
    Traceback (most recent call last):
        ...
    autograd_tiny.errors.GraphError: backward: 1.0 ('x') was not computed from Values by a recorded operation, ...
    """
