"""The C dialect: a program as C99 text, and compiled."""

from autograd_tiny.program.c.arrays import array_source
from autograd_tiny.program.c.floats import float_source
from autograd_tiny.program.lines import Code
from autograd_tiny.program.printing import check


def c_source(code: Code, plain: Code) -> str:
    """The program as a function over floats, or over arrays if it has any; `plain` are its lines before all passes."""
    check(code, "c")
    return float_source(code, plain) if code.scalar else array_source(code)
