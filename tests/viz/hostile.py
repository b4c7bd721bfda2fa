"""Labels that no format is made for, and random graphs that carry them everywhere."""

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from autograd_tiny import Value, scope
from autograd_tiny.testing import functions
from autograd_tiny.value import ancestors

SCRIPT = "</script><script>window.stolen = 1</script>"
LABELS = (
    *("<", "&", "&lt;", "&#0;", "<b>&amp;\"'", "]]>", "<![CDATA[", "<!--", "-->", "--!>", "<?xml", "&quot;x"),
    *(SCRIPT, "<!--<script>", "<img src=x onerror=window.stolen=1>", "javascript:window.stolen=1"),
    *("\\", "\\N", "\\G\\E\\L", '"];}', "{|<p>|}", "a:w", "%s{}", "$name", "${window.stolen=1}"),
    *("\\end{document}", "$\\input{x}$", "$}{$", "^^M", "#$%&~_^{}", "$h_{t-1}$", "$x_$", "", " "),
    *("a\nb", "\r\n\t", "\x00", "\x1b[31m", "\x7f\x85", "\ud800", "\udfff\ud800", "\ufffe\uffff", "\u2028\u2029"),
    *("\ufeff", "שלום", "\u202egnp", "\u2067a", "\u0301", "🙂👩\u200d👧", "漢字", "½²₁ᵀ", "W_é"),
    *("x" * 10_000, "<" * 10_000, "🙂" * 5_000, "_" * 300, "$" * 301),
)
INPUTS = (None, (np.array([0.5, -1.5]), 2.0), (np.array([[1.0, 2.0, 3.0], [0.1, 0.2, 0.3]]),))  # None: scalars
labels = st.sampled_from(LABELS) | st.text(max_size=20) | st.lists(st.sampled_from(LABELS), max_size=4).map("".join)


@st.composite
def graphs(draw: st.DrawFn, max_operations: int = 6) -> Value:
    """A random function with random labels on its leaves, its results and its scopes, after its backward pass."""
    function = draw(functions(draw(st.sampled_from(INPUTS)), max_operations))
    with scope(draw(labels)):
        inner = function(*(Value(x) for x in function.point))
        with scope(draw(labels)):
            inner = inner.tanh()
    outer = inner * 2 + inner if draw(st.booleans()) else inner.tanh()
    for value in ancestors(outer):
        if not value.is_constant:
            value.label = draw(labels)
    result = outer.sum() if outer.shape else outer
    result.backward()
    return result


def row(names: Sequence[str]) -> Value:
    """Each of them as a leaf's, a result's and a scope's, in one sum."""
    total: Value = Value(0.0)
    for name in names:
        with scope(name):
            each = Value(0.5, name).tanh()
        each.label = name
        total = total + each
    total.backward()
    return total
