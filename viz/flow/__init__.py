"""Gradient flow: how large the gradient is at every node of every step, on one log scale.

viz.flow(loss, over="t")                            a strip per node, a column per step
viz.flow({"RNN": one, "LSTM": other}, over="t")     two models on one scale
viz.flow(loss, jacobians=True, bound=True)          with the product of the Jacobians' norms, and (γ_W γ_φ)^n
.circuit()   the recorded circuit, its wires coloured      .figure()   with matplotlib (extra: plots)
"""

from viz.flow.flow import Flow, flow

__all__ = ["Flow", "flow"]
