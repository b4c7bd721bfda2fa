"""Unrolled networks as rows of identical boxes, one per time step.

A step is laid out once and stamped on a grid; wires between boxes have channels and lanes. Inputs stand below their
box, what is made of its results above it, the state runs from left to right; shared parameters are drawn once, and each
step has its tap.
"""

from viz.layout.rows.layout import lay_out, seated, upright
from viz.layout.rows.seats import different

__all__ = ["different", "lay_out", "seated", "upright"]
