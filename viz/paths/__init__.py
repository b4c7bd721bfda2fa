"""The sum over paths: every way from a result back to an input, with its product of local derivatives.

print(viz.paths(z, w))          one line a path, and their sum: the gradient
viz.paths(z, w).save("z.svg")   the circuit, the paths told apart by colour and number, the table below
"""

from viz.paths.paths import Paths, paths

__all__ = ["Paths", "paths"]
