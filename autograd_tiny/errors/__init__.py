"""What the engine says when something cannot be done: each names the thing and the remedy."""


class AutogradError(ValueError):
    """The engine was asked for something that has no answer."""


class DomainError(AutogradError, ArithmeticError):
    """An operation met a number outside its domain, or its result is too large for a float."""


class ShapeError(AutogradError):
    """The shapes of an operation's inputs do not fit together."""


class BoundsError(ShapeError, IndexError):
    """An index points outside the array."""


class GraphError(AutogradError):
    """A question about a graph that this graph cannot answer: a missing path, a missing seed."""
