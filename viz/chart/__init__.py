"""Charts: numbers as curves, points, bars, counts and heat maps, drawn by matplotlib and described in words.

viz.chart({"plain": losses, "lstm": others}, x="iteration", y="loss", log="y", title="Two networks")
viz.chart(matrix, x="read", y="written")                 a heat map
viz.chart({"before": a, "after": b}, kind="histogram")   small multiples

A *series* is what has a name, a *panel* one pair of axes, its *frame* what these are.
"""

from viz.chart.chart import Chart, chart

__all__ = ["Chart", "chart"]
